"""View model of the form of an insurance programme."""

from __future__ import annotations

from pydantic import Field

from hygie.views.assessment import View

__all__ = ["ProgrammeFormView"]


class ProgrammeFormView(View):
    """The fields of a programme, by their place in the document."""

    fields: dict[str, str]
    problems: dict[str, str] = Field(description="What is wrong, by field")
    coverages: int
    layers: int
    forms: list[tuple[str, str]] = Field(description="Kinds of loss: id and label")
