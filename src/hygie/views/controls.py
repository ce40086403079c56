"""View models of controls: what each does, what it costs, and which items of frameworks it answers."""

from __future__ import annotations

from pydantic import Field

from hygie.views.assessment import View
from hygie.views.explanation import EstimateView

__all__ = ["ControlCatalogueView", "ControlRow", "ControlView", "FrameworkView", "NamedItem", "ReferenceView"]


class NamedItem(View):
    """Something with an id and a name."""

    id: str
    name: str


class FrameworkView(View):
    """A framework, and how far the controls answer it."""

    id: str
    name: str
    edition: str
    items: int
    answered: int
    open: list[str] = Field(description="Items that no control answers; `PE-1..PE-6` is a range")


class ControlRow(View):
    """One control in a list."""

    id: str
    name: str
    function: str
    function_label: str
    references: list[str] = Field(description="Items of the chosen framework; empty without one")


class ControlCatalogueView(View):
    """All controls, and the framework they are read against."""

    controls: list[ControlRow]
    framework: FrameworkView | None


class ReferenceView(View):
    """What a control answers in one framework."""

    framework: str
    name: str
    items: list[str]
    unconfirmed: dict[str, str] = Field(description="Items that the published mapping does not confirm, and why")


class ControlView(View):
    """One control."""

    id: str
    name: str
    description: str
    function: str
    function_label: str
    crossings: list[NamedItem] = Field(description="Steps of an attack that it resists")
    levers: list[NamedItem] = Field(description="What else it moves")
    mitigations: list[str] = Field(description="ATT&CK mitigations")
    techniques: list[str] = Field(description="ATT&CK techniques that these mitigations hold back")
    efficacy: EstimateView
    coverage: EstimateView
    setup_cost: EstimateView
    yearly_cost: EstimateView
    references: list[ReferenceView]
