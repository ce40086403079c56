"""View model of the first page."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from hygie.views.actors import ActorLineView, IncidentLineView
from hygie.views.assessment import View

__all__ = ["ChangeLineView", "HomeView", "TaskView", "WatchedVulnerabilityView"]


class ChangeLineView(View):
    """One thing that changed: an import, or what a person did to a record."""

    at: str
    author: str
    text: str
    reason: str | None
    kind: Annotated[str | None, Field(description="of the record; null for an import")]
    ref: str | None


class TaskView(View):
    """Something that waits for somebody."""

    id: Literal["duplicates", "dates", "packs", "parameters", "vulnerabilities"]
    title: str
    text: str
    count: int


class WatchedVulnerabilityView(View):
    """A vulnerability that attackers use."""

    ref: str
    name: str
    since: str
    ransomware: bool


class HomeView(View):
    """What changed, what to watch, what waits."""

    changes: list[ChangeLineView]
    imports: list[ChangeLineView]
    incidents: list[IncidentLineView]
    actors: list[ActorLineView]
    vulnerabilities: list[WatchedVulnerabilityView]
    tasks: list[TaskView]
    known_incidents: int
    known_actors: int
    as_of: str
