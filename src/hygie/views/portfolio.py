"""What is shown of a portfolio: figures, where losses pile up, territories, a provider that is down."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from hygie.core.evidence import TLP
from hygie.views.assessment import CurveView, EvidenceView, FigureView

__all__ = ["AreaView", "GroupRow", "OutageRow", "PortfolioView", "WhatIfView"]


class _View(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class GroupRow(_View):
    """One group in a division of the portfolio (a provider, a territorial group, a region, a class, an organisation).

    `tail_eur`: contribution to the TVaR of the portfolio; `members`: organisations in it; `widest`: most organisations
    that one event hit, where that is counted; `through_share`: share of its loss that came through others.
    """

    id: str
    label: str
    members: int | None = None
    loss_eur_per_y: float
    loss_mc_error: float | None = None
    share: float
    loss_100_eur: float | None = None
    tail_eur: float
    tail_share: float
    p_hit: float | None = None
    events_per_y: float | None = None
    widest: int | None = None
    through_share: float | None = None


class AreaView(_View):
    """A department, or all of them: what it lacks on an average day and on the worst day in 100."""

    code: str
    name: str
    organisations: int
    beds: int
    beds_lost: float
    beds_lost_100: float
    visits_lost: float
    visits_lost_100: float
    visits_per_day: float


class PortfolioView(_View):
    """A portfolio over twelve months."""

    language: str
    name: str
    synthetic: bool
    level: Literal["entity", "site"] = "entity"
    organisations: int
    entities: int | None = None
    neighbours: int
    sites: int | None
    links: int
    providers: int
    clients: int
    years: int
    draws: int
    seed: int
    as_of: str
    rows: int
    headline: list[str]
    figures: dict[str, FigureView]
    curves: list[CurveView]
    alone_eur_per_y: float
    through_share: float
    through_error: float
    generations: list[int]
    by_origin: list[GroupRow]
    by_class: list[GroupRow]
    by_provider: list[GroupRow]
    by_ght: list[GroupRow]
    by_region: list[GroupRow]
    by_entity: list[GroupRow] = []
    by_organisation: list[GroupRow]
    areas: list[AreaView]
    assumptions: list[str]
    evidence: list[EvidenceView] = []
    reproduce: str = ""
    seconds: float
    digest: str
    model_digest: str
    version: str
    tlp: Annotated[TLP | None, Field(description="marking of the knowledge behind it, null if not kept")] = None


class OutageRow(_View):
    """What one organisation loses; medians over the events that reach it, with the range from 5 to 95 %.

    `hit_share`: share of the events that reach it.
    """

    id: str
    name: str
    department: str
    through: str | None
    hit_share: float
    outage_days: float
    bed_days: float
    visits: float
    loss_eur: float
    loss_low_eur: float
    loss_high_eur: float


class WhatIfView(_View):
    """A provider down for a given time, or a site that is struck: every organisation that an event reaches.

    Of a struck site, `provider` is its id, `days` its median outage, `clients` how many links leave it, and
    `spread_share` the share of events that reach somebody else.
    """

    kind: Literal["provider", "site"] = "provider"
    language: str
    provider: str
    provider_name: str
    days: float
    clients: int
    touched: int
    spread_share: float | None = None
    bed_days: float
    visits: float
    loss_eur: float
    loss_low_eur: float
    loss_high_eur: float
    rows: list[OutageRow]
    reproduce: str = ""
    draws: int
    seed: int
    as_of: str
    version: str
    tlp: Annotated[TLP | None, Field(description="marking of the knowledge behind it, null if not kept")] = None
