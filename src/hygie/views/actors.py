"""View models of actors and techniques: who, how active, by which means, and which controls hold them back."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from hygie.views.assessment import View
from hygie.views.landscape import SourceView

__all__ = [
    "ActivityView",
    "ActorLineView",
    "ActorProfileView",
    "ActorsPageView",
    "ControlMatchView",
    "IncidentLineView",
    "MatrixCellView",
    "MatrixColumnView",
    "MatrixView",
    "TechniqueGroupView",
    "TechniqueLineView",
    "TechniquePageView",
]


class IncidentLineView(View):
    """One incident in a short list."""

    ref: str
    date: str
    date_label: str
    victim: str
    class_label: str
    confidence_label: str


class ActivityView(View):
    """A state of activity, from a date on."""

    since: str
    since_label: str
    state: Annotated[float, Field(description="1 active … 0 dismantled")]
    label: str
    assumed: bool
    sources: list[SourceView]


class ActorLineView(View):
    """One actor in a list; `followed` are those whose activity is dated and graded."""

    ref: str
    name: str
    aliases: list[str]
    kind_label: str
    mode_label: str
    followed: bool
    state: float | None
    state_label: str
    state_since: str | None
    incidents: int
    last_incident: str | None
    last_incident_label: str | None
    techniques: int


class ActorsPageView(View):
    """The actors that a search finds."""

    actors: list[ActorLineView]
    found: int
    known: Annotated[int, Field(description="actors in the base")]
    followed: int
    as_of: str


class TechniqueLineView(View):
    """One technique."""

    id: str
    name: str


class TechniqueGroupView(View):
    """The techniques of one tactic."""

    id: str
    name: str
    techniques: list[TechniqueLineView]


class ControlMatchView(View):
    """A control, and how many of the techniques in question it holds back."""

    id: str
    name: str
    function_label: str
    held: int
    of: int


class ActorProfileView(View):
    """All that is known of one actor."""

    line: ActorLineView
    description: str
    capability_label: str
    origin: str | None
    attack_ids: list[str]
    activity: list[ActivityView]
    incidents: list[IncidentLineView]
    tactics: list[TechniqueGroupView]
    controls: list[ControlMatchView]
    sources: list[SourceView]


class MatrixCellView(View):
    """One technique of the matrix: how many of the chosen actors use it or a technique under it."""

    id: str
    name: str
    actors: int
    level: Annotated[int, Field(description="0 none … 5 most")]


class MatrixColumnView(View):
    """One tactic."""

    id: str
    name: str
    cells: list[MatrixCellView]


class MatrixView(View):
    """ATT&CK Enterprise, by the number of chosen actors known to use each technique."""

    columns: list[MatrixColumnView]
    actors: list[TechniqueLineView]
    without: Annotated[list[str], Field(description="chosen actors of which ATT&CK tells no technique")]
    most: int
    used: int
    techniques: int
    sentence: str


class TechniquePageView(View):
    """One technique: what it is, who uses it, what holds it back."""

    id: str
    name: str
    summary: str
    tactics: list[str]
    parent: TechniqueLineView | None
    children: list[TechniqueLineView]
    mitigations: list[TechniqueLineView]
    controls: list[ControlMatchView]
    actors: list[ActorLineView]
    address: str
