"""View model of one incident, with its evidence, its history and what may be said of it."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from hygie.views.assessment import View
from hygie.views.intel import RecordPage
from hygie.views.landscape import SourceView

__all__ = ["ChoiceView", "FactView", "IncidentChoicesView", "IncidentPageView"]


class FactView(View):
    """One fact in words."""

    label: str
    text: str


class ChoiceView(View):
    """One word that a form may say."""

    id: str
    label: str


class IncidentChoicesView(View):
    """What an analyst may choose when judging an incident."""

    actors: list[ChoiceView]
    classes: list[ChoiceView]
    confidences: list[ChoiceView]
    precisions: list[ChoiceView]
    date_bases: list[ChoiceView]
    tlp: list[ChoiceView]
    pap: list[ChoiceView]
    reliabilities: list[ChoiceView]
    credibilities: list[ChoiceView]


class IncidentPageView(View):
    """One incident; `said` are the raw words of its fields that a form shows as chosen."""

    ref: str
    victim: str
    kind_label: str
    place: str
    date_label: str
    date_basis_label: str
    class_label: str
    actor: Annotated[str | None, Field(description="ref of its page; null when not known")]
    actor_label: str
    confidence_label: str
    facts: list[FactView]
    notes: list[str]
    sources: list[SourceView]
    tlp: str
    same_event: list[ChoiceView]
    joined: Annotated[list[str], Field(description="refs of the records that were joined to this one")]
    said: dict[str, str]
    page: RecordPage
