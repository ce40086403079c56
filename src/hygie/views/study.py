"""The view model of a study: the landscape, what is known of its actors, losses, and what the model adds.

`ModelNumbers` holds numbers and ids only, the same in every language; the other views hold words.
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from hygie.core.evidence import TLP
from hygie.views.assessment import View
from hygie.views.decide import RangeView
from hygie.views.landscape import LandscapeView, SourceView
from hygie.views.portfolio import PortfolioView
from hygie.views.threat import ActorShareView, BandView, CampaignsView

__all__ = [
    "CascadePart",
    "CaseNumbers",
    "ControlGain",
    "ModelNumbers",
    "SectorRate",
    "StateView",
    "StudyActor",
    "StudyCase",
    "StudyControl",
    "StudyFact",
    "StudyPlan",
    "StudyTechnique",
    "StudyView",
    "TypicalHospital",
]


class StudyPlan(View):
    """How much is simulated."""

    draws: Annotated[int, Field(description="epistemic draws of frequencies, decisions and cascade")]
    case_draws: Annotated[int, Field(description="epistemic draws of published cases")]
    decision_years: Annotated[int, Field(description="years simulated for each control")]
    portfolio_draws: int
    portfolio_years: int
    cascade_attempts: int
    cascade_replays: int


class TypicalHospital(View):
    """The hospital that figures of one hospital are about: it does not exist."""

    id: str
    category: str
    beds: int
    fte: float
    neighbours: int
    file: Annotated[str, Field(description="the facility file, with which each command can be run again")]


class SectorRate(View):
    """Events a year of one class: at the typical hospital, and in the whole sector where that is counted."""

    id: str
    hospital: BandView
    sector: BandView | None


class CaseNumbers(View):
    """A published observation and the 5, 50 and 95 % of the model, in the unit of the measure."""

    id: str
    kind: Annotated[str, Field(description="cost [EUR_2024], outage [d] or activity [share]")]
    role: Literal["fitted", "held_back", "reported"]
    observed_low: float | None
    observed_high: float | None
    low: float
    median: float
    high: float
    inside: bool | None
    events: int
    evidence: list[str]


class ControlGain(View):
    """What one control, in place almost everywhere, takes from the loss of the typical hospital."""

    id: str
    function: str
    coverage_now: float
    avoided_eur_per_y: RangeView
    bed_days_per_y: RangeView
    cost_eur: RangeView
    p_worth: float


class CascadePart(View):
    """Why zones of one family outside IT stand still in encryptions, in lost hours by cause; `all` for all of them."""

    id: str
    events: int
    hours: Annotated[dict[str, float], Field(description="own, precaution, it, other")]
    touched: Annotated[float | None, Field(description="share of encryptions in which anything stood still")]
    stays: float | None = None
    stays_without: float | None = None
    bed_days: Annotated[float | None, Field(description="mean bed-days lost per attempt")] = None
    bed_days_without: Annotated[float | None, Field(description="the same if nothing outside IT needed IT")] = None

    def share(self, cause: str) -> float:
        """Return the share of lost hours that has a cause."""
        total = sum(self.hours.values())
        return self.hours[cause] / total if total > 0.0 else 0.0


class ModelNumbers(View):
    """All that is simulated for a study."""

    plan: StudyPlan
    seed: int
    typical: TypicalHospital
    rates: list[SectorRate]
    shares: list[ActorShareView]
    campaigns: list[CampaignsView]
    cases: list[CaseNumbers]
    aal_eur: RangeView
    bed_days_per_y: RangeView
    horizon_y: int
    controls: list[ControlGain]
    cascade: list[CascadePart]
    portfolio: dict[str, PortfolioView]
    evidence: Annotated[list[str], Field(description="refs behind the inputs of the model")]
    assumed: int
    inputs: int


class StudyTechnique(View):
    """A technique that actors of the study are known to use, and the controls that hold it back."""

    id: str
    name: str
    tactics: list[str]
    actors: list[str]
    controls: list[str]


class StudyActor(View):
    """An actor: what it is, its state over the window and on the date, and how many techniques are known of it."""

    id: str
    label: str
    kind: str | None
    facilities: int
    events: int
    confidence: dict[str, int]
    named_by_census: bool
    victims: list[str]
    description: str | None
    state: Annotated[float | None, Field(description="1 active … 0 dismantled; null: not followed")]
    state_label: str
    state_since: str | None
    state_assumed: bool
    techniques: list[str]
    sources: list[SourceView]


class StudyFact(View):
    """A statement of the sector with its source, told as the source is summed up."""

    text: str
    source: SourceView


class StudyCase(View):
    """A published observation beside the model, in words."""

    id: str
    label: str
    numbers: CaseNumbers
    sources: list[SourceView]
    limits: str | None


class StudyControl(View):
    """A control and what it is worth at the typical hospital."""

    id: str
    label: str
    function_label: str
    numbers: ControlGain


class StateView(View):
    """A state of the whole sector that holds on the date."""

    label: str
    class_label: str
    since: str
    until: str | None
    note: str | None
    sources: list[SourceView]


class StudyView(View):
    """The state of the threat in a sector, a country and a window."""

    language: Literal["fr", "en"]
    ceiling: TLP
    tlp: Annotated[TLP, Field(description="highest marking of anything used")]
    landscape: LandscapeView
    actors: list[StudyActor]
    techniques: list[StudyTechnique]
    states: list[StateView]
    facts: Annotated[dict[str, list[StudyFact]], Field(description="by subject")]
    cases: list[StudyCase]
    controls: list[StudyControl]
    class_labels: dict[str, str]
    actor_labels: dict[str, str]
    numbers: ModelNumbers | None
    no_model: Annotated[
        Literal["asked", "other_sector", "marked"] | None, Field(description="why nothing is simulated")
    ]
    inputs: Annotated[list[SourceView], Field(description="sources behind the inputs of the model")]
    packs: dict[str, str]
    version: str
    reproduce: str
