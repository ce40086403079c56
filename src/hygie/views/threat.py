"""View models of threat: frequencies on a date, what changed them and why, what moved the risk since a date."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from hygie.views.assessment import EvidenceView, View

__all__ = [
    "ActorShareView",
    "BandView",
    "CampaignsView",
    "CauseView",
    "ClassRateView",
    "ContextPartView",
    "ContextView",
    "CountView",
    "DiffView",
    "FigureChangeView",
    "LevelFitView",
    "ProviderRateView",
    "RatesView",
    "ShareView",
    "TieView",
    "VulnerabilityView",
    "WatchActorView",
    "WatchTechniqueView",
    "WatchView",
]


class BandView(View):
    """A figure over epistemic draws: mean, and 5 %, 50 % and 95 % quantiles."""

    low: float
    median: float
    high: float
    mean: float


class ClassRateView(View):
    """How often a class strikes this facility, and the sector.

    `facility` counts the events of a year after the facility's own defences; `average_defences` is what it would be
    with the defences of the sector.
    """

    id: str
    label: str
    facility: Annotated[BandView, Field(description="events a year [1/y]")]
    average_defences: Annotated[BandView | None, Field(description="[1/y]; None where defences do not enter")]
    sector: Annotated[BandView | None, Field(description="[1/y] per legal entity; None for shared events")]
    expected_in_sector: Annotated[BandView | None, Field(description="events a year in the whole population")]
    sentence: str


class ShareView(View):
    """Prior and posterior of one unknown between events and counts: κ, q, o or δ, in 5-50-95 % quantiles [share]."""

    kind: str
    label: str
    symbol: str
    source: str
    prior: tuple[float, float, float]
    posterior: tuple[float, float, float]


class CountView(View):
    """A published count: what it says, how it is used, and what the model would have expected."""

    ref: str
    label: str
    window: str
    count: int
    at_least: bool
    role: Literal["level", "check", "nested"]
    role_label: str
    grades: list[str]
    low: int | None = None
    high: int | None = None
    inside: bool | None = None


class LevelFitView(View):
    """The level of a class, per legal entity and year: prior and posterior [1/y], and the counts behind it."""

    threat_class: str
    label: str
    prior: tuple[float, float, float]
    posterior: tuple[float, float, float]
    entities: int
    effective_size: float
    ahead: Annotated[BandView, Field(description="state of the sector over the year ahead, relative to ordinary times")]
    lost_activity: Annotated[BandView, Field(description="share of attempts gone with actors since the last count")]
    shares: list[ShareView]
    counts: list[CountView]


class ContextPartView(View):
    """One trait of the facility and the factor that it multiplies frequency by, against the average entity."""

    id: str
    label: str
    factor: BandView


class ContextView(View):
    """m: how much more often than the average entity this facility is attacked, and the traits that make it so."""

    threat_class: str
    label: str
    factor: BandView
    parts: list[ContextPartView]


class TieView(View):
    """TEF and LEF: S̄ and S_f are the shares of attempts that end in the counted outcome, in the sector and here."""

    process: str
    label: str
    counted_class: str
    attempts: Annotated[BandView, Field(description="attempts against the facility [1/y]; driven by priors")]
    sector: Annotated[BandView, Field(description="S̄ [share]")]
    facility: Annotated[BandView, Field(description="S_f [share]")]
    ratio: Annotated[BandView, Field(description="S_f / S̄, all that data can identify")]


class ActorShareView(View):
    """An actor: share of attempts, state of activity on the date, and the incidents that inform the share."""

    ref: str
    name: str
    share: BandView
    state: float | None
    state_since: str | None
    state_evidence: list[str]
    incidents: int


class CampaignsView(View):
    """Campaigns that strike many at once: how often, how many victims, and the chance to be one of them."""

    threat_class: str
    label: str
    rate: Annotated[BandView, Field(description="campaigns a year")]
    victims: Annotated[BandView, Field(description="mean victims of a campaign")]
    hit: Annotated[BandView, Field(description="chance that one campaign strikes the facility [share]")]
    seen: list[str]


class ProviderRateView(View):
    """A provider that the facility depends on: disabling events a year, and those that reach the facility."""

    id: str
    name: str
    kind: str
    rate: BandView
    reaching: BandView


class RatesView(View):
    """Yearly frequencies of one facility on a date, with all that they rest on."""

    language: Literal["fr", "en"]
    facility: str
    name: str
    as_of: str
    seed: int
    draws: int
    what_if: Annotated[list[str], Field(description="what was asked of actors, and what moves with it")]
    headline: list[str]
    classes: list[ClassRateView]
    levels: list[LevelFitView]
    context: list[ContextView]
    ties: list[TieView]
    calibration: str
    actors: list[ActorShareView]
    campaigns: list[CampaignsView]
    providers: list[ProviderRateView]
    evidence: list[EvidenceView]
    reproduce: str


class FigureChangeView(View):
    """One figure before and after."""

    id: str
    label: str
    unit: str
    before: float
    after: float
    change: float


class CauseView(View):
    """What one cause contributes to each figure, and the pieces of evidence that moved most.

    `changes` go by the ids of the figures.
    """

    id: str
    label: str
    changes: dict[str, float]
    loss_noise: Annotated[float | None, Field(description="standard error of the change of loss [EUR_2024/y]")]
    pieces: list[str]
    piece_effects: Annotated[
        list[float], Field(description="change of all frequencies [1/y] that goes when the piece alone is put back")
    ]
    more: int
    sentence: str


class DiffView(View):
    """Why frequencies and loss of one facility differ between two states of knowledge; causes sum to the change."""

    language: Literal["fr", "en"]
    facility: str
    name: str
    from_: Annotated[str, Field(serialization_alias="from")]
    to: str
    seed: int
    draws: int
    years: int | None
    headline: list[str]
    figures: list[FigureChangeView]
    causes: list[CauseView]
    unexplained: Annotated[dict[str, float], Field(description="change less the sum of causes: rounding only")]
    notes: list[str]
    reproduce: str


class WatchActorView(View):
    """An actor: share of attempts, activity and loss through it, then and now."""

    ref: str
    name: str
    state_before: float | None
    state_after: float | None
    share_before: float
    share_after: float
    loss_before: Annotated[float, Field(description="average annual loss through the actor [EUR_2024]")]
    loss_after: float
    change: float
    noise: Annotated[float, Field(description="standard error of the change [EUR_2024]; both dates share their luck")]
    loss_per_event: Annotated[float | None, Field(description="mean loss of an event by the actor, now [EUR_2024]")]


class WatchTechniqueView(View):
    """A technique on this facility's ways in and steps, and the change of loss through actors known to use it."""

    id: str
    name: str
    where: list[str]
    actors: list[str]
    change: float


class VulnerabilityView(View):
    """A vulnerability exploited since the date: to be read, not a figure."""

    ref: str
    name: str
    vendor: str | None
    product: str | None
    exploited_since: str
    ransomware_use: str | None
    touches: list[str]


class WatchView(View):
    """What moved this facility's risk since a date: figures for actors, association for techniques, a reading list."""

    language: Literal["fr", "en"]
    facility: str
    name: str
    since: str
    to: str
    seed: int
    draws: int
    years: int
    headline: list[str]
    loss_before: float
    loss_after: float
    elsewhere: Annotated[float, Field(description="change of loss through no actor: campaigns, providers, outages")]
    actors: list[WatchActorView]
    techniques: list[WatchTechniqueView]
    vulnerabilities: list[VulnerabilityView]
    in_base: Annotated[int, Field(description="exploited vulnerabilities in the base, whatever their date")]
    notes: list[str]
    reproduce: str
