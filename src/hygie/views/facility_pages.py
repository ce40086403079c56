"""View models of the pages of facilities: a form, and a search in the registers."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from hygie.views.application import DocumentRowView
from hygie.views.assessment import View
from hygie.views.registers import MatchView

__all__ = ["FacilityPickerView", "FormFieldView", "RegisterSearchView"]


class FormFieldView(View):
    """One question of a form, with its answer and what is wrong with it."""

    field: str
    label: str
    help: str
    value: str
    required: bool
    options: Annotated[list[tuple[str, str]] | None, Field(description="code and name; None for a free text")]
    error: str


class RegisterSearchView(View):
    """Organisations that a number or some words may mean."""

    has_register: Annotated[bool, Field(description="whether the workspace has a register at all")]
    matches: list[MatchView]
    more: Annotated[int, Field(description="matches that are not shown")]


class FacilityPickerView(View):
    """Facilities to choose from in a form."""

    items: list[DocumentRowView]
    q: str
    chosen: str
    more: Annotated[bool, Field(description="whether there are others that only a search finds")]
    has_search: Annotated[bool, Field(description="whether there are so many that a search helps")]
