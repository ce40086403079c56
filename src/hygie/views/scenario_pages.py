"""View models of the scenario explorer's pages: the form with its choices, and one day of an event."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from hygie.views.assessment import View
from hygie.views.scenario import ChoiceView, ClassChoiceView

__all__ = ["ControlGroupView", "ControlOptionView", "DayLinkView", "ScenarioFormView", "ServiceDayView", "ZoneDayView"]
__all__ += ["ScenarioDayView"]


class ControlOptionView(View):
    """A control that can be supposed."""

    id: str
    label: str
    coverage: Annotated[float | None, Field(description="how far it is in place as described; None: not described")]


class ControlGroupView(View):
    """Controls of one function, such as protection or detection."""

    label: str
    controls: list[ControlOptionView]


class ScenarioFormView(View):
    """What can be supposed for one class at one facility."""

    facility: str
    classes: list[ClassChoiceView]
    chosen: ClassChoiceView
    actors: list[ChoiceView]
    providers: list[ChoiceView]
    groups: list[ControlGroupView]


class ServiceDayView(View):
    """What one service can do on a day, as shares of its normal capacity."""

    id: str
    label: str
    low: float
    median: float
    high: float
    told: float


class ZoneDayView(View):
    """In what share of events one zone is down on a day; on day 0, before the damage, held by the attackers."""

    id: str
    label: str
    share: float


class DayLinkView(View):
    """A day worth looking at."""

    day: int
    label: str


class ScenarioDayView(View):
    """The state of a facility on one day of the event; day 0 is before the damage."""

    day: int
    first: int
    last: int
    title: str
    sentences: list[str]
    services: list[ServiceDayView]
    zones: list[ZoneDayView]
    marks: list[DayLinkView]
