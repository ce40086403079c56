"""View models of the page of sources: parameters, their evidence, what the model is for."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from hygie.views.assessment import View
from hygie.views.landscape import SourceView

__all__ = [
    "EvidenceLineView",
    "EvidencePageView",
    "ModelCardView",
    "PackLineView",
    "ParameterLineView",
    "ParameterPageView",
    "ParameterValueView",
    "ParametersPageView",
    "ShareRowView",
]


class ShareRowView(View):
    """One row of a tally."""

    id: str
    label: str
    count: int


class ParameterLineView(View):
    """One parameter in a list; texts are written in its unit, numbers are in its canonical unit."""

    id: str
    description: str
    group: str
    group_label: str
    unit: str
    median: float
    median_text: str
    range_text: Annotated[str, Field(description="5 % to 95 % quantile")]
    method: str
    method_label: str
    grade: Annotated[str, Field(description="Admiralty grade of its best source; empty without one")]
    grade_text: str
    sources: int
    last_checked_on: str
    age_days: int


class ParametersPageView(View):
    """The parameters that a search finds."""

    rows: list[ParameterLineView]
    found: int
    known: int
    methods: list[ShareRowView]
    groups: list[ShareRowView]
    sentence: str


class ParameterValueView(View):
    """One value that a parameter had, has, or had before a fit."""

    role: Annotated[str, Field(description="now, earlier, prior")]
    valid_from: str
    median_text: str
    range_text: str
    method_label: str


class ParameterPageView(View):
    """One parameter with all that it rests on."""

    line: ParameterLineView
    low: float
    high: float
    valid_from: str
    note: str | None
    values: list[ParameterValueView]
    sources: list[SourceView]
    pack: str


class EvidenceLineView(View):
    """One piece of evidence, and how much rests on it."""

    source: SourceView
    parameters: int
    records: int


class EvidencePageView(View):
    """The evidence that a search finds."""

    rows: list[EvidenceLineView]
    found: int
    known: int
    grades: list[ShareRowView]


class PackLineView(View):
    """A loaded pack."""

    name: str
    version: str
    digest: str


class ModelCardView(View):
    """What the model is, what it is for, what it is not for, and what it rests on."""

    purpose: list[str]
    not_for: list[str]
    method: list[str]
    limits: list[str]
    packs: list[PackLineView]
    parameters: int
    methods: list[ShareRowView]
    grades: list[ShareRowView]
    incidents: int
    counts: int
    version: str
    as_of: str
    most_uncertain: list[ParameterLineView]
