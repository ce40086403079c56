"""The view model of a scenario: what follows when one event of a kind happens to a facility."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from hygie.views.assessment import View
from hygie.views.facility import FacilityGraphView

__all__ = [
    "ChoiceView",
    "ClassChoiceView",
    "EndView",
    "EventStepView",
    "EventView",
    "PairedView",
    "ScenarioListView",
    "ScenarioPlanView",
    "ScenarioQuestionView",
    "ScenarioView",
    "ServiceBandView",
    "ShareView",
    "SpreadView",
    "TechniqueView",
    "ZoneSpreadView",
]


class ChoiceView(View):
    """Something that can be supposed: its id, and its name."""

    id: str
    label: str


class ClassChoiceView(View):
    """A threat class and what can be supposed with it."""

    id: str
    label: str
    occurs: Annotated[Literal["attempt", "provider", "campaign"], Field(description="what one simulated event is")]
    outcomes: list[ChoiceView]
    entries: list[ChoiceView]
    targets: list[ChoiceView]


class ScenarioListView(View):
    """What a scenario can suppose, in a facility or in general."""

    language: Literal["fr", "en"]
    facility: Annotated[str | None, Field(description="name of the facility; null for the library of zones")]
    classes: list[ClassChoiceView]
    actors: list[ChoiceView]
    providers: list[ChoiceView]
    controls: list[ChoiceView]


class ScenarioQuestionView(View):
    """What was supposed, in names."""

    threat_class: ChoiceView
    facility: ChoiceView
    actor: ChoiceView | None
    entry: ChoiceView | None
    provider: ChoiceView | None
    outcomes: list[ChoiceView]
    targets: list[ChoiceView]
    controls: Annotated[dict[str, float], Field(description="coverage of each supposed control")]


class ScenarioPlanView(View):
    """How it was computed."""

    events: int
    kept: Annotated[int, Field(description="events that end as the scenario asks")]
    draws: int
    seed: int
    as_of: str
    replays: Annotated[int, Field(description="kept events replayed day by day, spread over the ranks of loss")]
    choice: Annotated[str, Field(description="how the replayed events and the event that is told are chosen")]


class EndView(View):
    """One way an event ends, and how many of 100 events do."""

    id: str
    label: str
    per_100: float
    error: Annotated[float, Field(description="standard error of it")]
    kept: bool


class SpreadView(View):
    """A quantity over the kept events: mean with its standard error, and 5 %, 50 % and 95 % quantiles."""

    id: str
    group: Literal["spread", "race", "outage", "care", "loss", "form"]
    label: str
    unit: str
    mean: float
    mean_error: float
    low: float
    median: float
    high: float


class ShareView(View):
    """The share of kept events for which something holds."""

    id: str
    label: str
    share: float
    error: float


class ZoneSpreadView(View):
    """What happens to one zone over the replayed events."""

    id: str
    label: str
    reached: Annotated[float, Field(description="share of events in which the attackers hold it")]
    hit: Annotated[float, Field(description="share of events in which machines of it are hit")]
    hosts: Annotated[float, Field(description="median number of machines hit, where some are")]
    down_days: Annotated[list[float], Field(description="days with half of its function lost: 5 %, 50 %, 95 %")]
    down_share: Annotated[list[float], Field(description="share of events in which half is lost, by day")]


class ServiceBandView(View):
    """Capacity of one service by day: 5 %, 50 % and 95 % over the replayed events, and in the event that is told."""

    id: str
    label: str
    low: list[float]
    median: list[float]
    high: list[float]
    told: list[float]


class EventStepView(View):
    """One step of the event that is told."""

    kind: Literal["entry", "move", "seen", "theft", "damage", "contained", "left", "outage", "care", "back"]
    hour: Annotated[float, Field(description="since the first foothold, or the beginning of the outage")]
    when: Annotated[str, Field(description="the same in words")]
    text: str
    zone: str | None = None
    source: str | None = None
    crossing: str | None = None
    techniques: list[str] = Field(default_factory=list)


class EventZoneView(View):
    """One zone in the event that is told."""

    id: str
    label: str
    reached_h: Annotated[float | None, Field(description="since the first foothold; null when never held")]
    hosts: int
    down_days: float


class EventView(View):
    """One event in full."""

    rule: Annotated[str, Field(description="why this one")]
    rank: Annotated[int, Field(description="among the kept events, 1 is the dearest")]
    outcome: ChoiceView
    actor: ChoiceView | None
    entry: ChoiceView | None
    sentences: list[str]
    steps: list[EventStepView]
    zones: list[EventZoneView]
    outage_days: float
    loss_eur: float
    loss_own_eur: float
    care: dict[str, float]


class PairedView(View):
    """One quantity of the same events with and without the supposed controls, per simulated event."""

    id: str
    label: str
    unit: str
    without: float
    with_controls: float
    difference: float
    error: Annotated[float, Field(description="standard error of the difference, on common random numbers")]
    unpaired_error: Annotated[float, Field(description="what it would be on independent events")]


class TechniqueView(View):
    """An ATT&CK technique."""

    id: str
    name: str
    share: Annotated[float, Field(description="share of the replayed events that use it")]
    told: Annotated[bool, Field(description="whether the event that is told uses it")]


class ScenarioView(View):
    """Everything a scenario shows. Amounts are euros of 2024, before any insurance programme."""

    language: Literal["fr", "en"]
    title: str
    question: ScenarioQuestionView
    plan: ScenarioPlanView
    sentences: list[str]
    frequency_per_y: Annotated[
        float | None, Field(description="events like this a year at this facility, mean over draws; null with a target")
    ]
    ends: list[EndView]
    figures: list[SpreadView]
    shares: list[ShareView]
    zones: list[ZoneSpreadView]
    day: list[int]
    services: list[ServiceBandView]
    zones_down: Annotated[ServiceBandView, Field(description="zones with half of their function lost, by day")]
    event: EventView
    paired: list[PairedView]
    techniques: list[TechniqueView]
    graph: FacilityGraphView
    reproduce: str
    digest: str
    model_digest: str
    packs: dict[str, str]
    version: str
    tlp: str
