"""A study without simulation: numbers made up once, the same in every language; tests of words take no minute."""

from __future__ import annotations

from datetime import date
from typing import Any

from hygie.core.evidence import TLP
from hygie.knowledge.landscape import Knowledge
from hygie.service import study as study_room
from hygie.service.study_request import StudyRequest
from hygie.views.assessment import FigureView
from hygie.views.decide import RangeView
from hygie.views.portfolio import AreaView, GroupRow, PortfolioView
from hygie.views.study import (
    CascadePart,
    CaseNumbers,
    ControlGain,
    ModelNumbers,
    SectorRate,
    StudyPlan,
    StudyView,
    TypicalHospital,
)
from hygie.views.threat import ActorShareView, BandView

AS_OF = date(2026, 11, 23)


def band(mean: float) -> BandView:
    return BandView(low=mean / 2, median=mean, high=2 * mean, mean=mean)


def spread(value: float) -> RangeView:
    return RangeView(value=value, low=value / 2, high=2 * value, mc_error=value / 10)


def group(ref: str, loss: float, **more: Any) -> GroupRow:
    return GroupRow(id=ref, label=ref, loss_eur_per_y=loss, share=loss / 1e6, tail_eur=loss, tail_share=0.1, **more)


def make_portfolio(language: str) -> PortfolioView:
    return PortfolioView(
        language=language, name="synthetic", synthetic=True, organisations=300, neighbours=0, sites=400, links=20,
        providers=2, clients=400, years=100, draws=4, seed=1, as_of="2026-11-23", rows=10, headline=[],
        figures={"aal": FigureView(id="aal", label="", value=1e6, low=1e5, high=1e7, mc_error=1e4, unit="EUR_2024")},
        curves=[], alone_eur_per_y=7e5, through_share=0.3, through_error=0.01, generations=[10, 5],
        by_origin=[group("own", 7e5), group("neighbour", 2e5), group("provider", 1e5)], by_class=[],
        by_provider=[group("host-a", 1e5, members=120, events_per_y=0.05, widest=110)], by_ght=[], by_region=[],
        by_organisation=[],
        areas=[
            AreaView(code="75", name="Paris", organisations=10, beds=1000, beds_lost=1.0, beds_lost_100=50.0,
                     visits_lost=1.0, visits_lost_100=5.0, visits_per_day=100.0),
            AreaView(code="", name="France", organisations=300, beds=9000, beds_lost=2.0, beds_lost_100=90.0,
                     visits_lost=2.0, visits_lost_100=9.0, visits_per_day=900.0),
        ],
        assumptions=[], seconds=0.0, digest="sha256:00", model_digest="sha256:11", version="0",
    )  # fmt: skip


def make_numbers() -> ModelNumbers:
    """Return numbers of a model that never ran."""
    return ModelNumbers(
        plan=StudyPlan(
            draws=4, case_draws=50, decision_years=100, portfolio_draws=4, portfolio_years=100, cascade_attempts=100,
            cascade_replays=10,
        ),
        seed=1,
        typical=TypicalHospital(
            id="synthetic-1", category="ch", beds=480, fte=1600.0, neighbours=3, file="schema: x\n"
        ),
        rates=[
            SectorRate(id="ransomware", hospital=band(0.05), sector=band(50.0)),
            SectorRate(id="ddos", hospital=band(0.02), sector=band(20.0)),
            SectorRate(id="ot", hospital=band(1e-4), sector=band(0.1)),
            SectorRate(id="provider", hospital=band(0.15), sector=None),
        ],
        shares=[
            ActorShareView(ref="unattributed", name="", share=band(0.5), state=None, state_since=None,
                           state_evidence=[], incidents=0),
            ActorShareView(ref="lockbit", name="", share=band(0.1), state=0.4, state_since="2025-09",
                           state_evidence=[], incidents=2),
            ActorShareView(ref="alphv", name="", share=band(0.0), state=0.0, state_since="2024-03",
                           state_evidence=[], incidents=0),
        ],
        campaigns=[],
        cases=[
            CaseNumbers(id="dax-direct-cost", kind="cost", role="fitted", observed_low=2.2e6, observed_high=2.35e6,
                        low=1.3e6, median=2.3e6, high=4.7e6, inside=True, events=100, evidence=["dax-cost"]),
            CaseNumbers(id="direct-cost-above-7m", kind="cost", role="held_back", observed_low=7e6, observed_high=7e6,
                        low=2e6, median=3.4e6, high=6e6, inside=None, events=100, evidence=["chsf-cost"]),
            CaseNumbers(id="villefranche-rebuild", kind="outage", role="held_back", observed_low=49.0,
                        observed_high=49.0, low=33.0, median=68.0, high=168.0, inside=True, events=100,
                        evidence=["villefranche-duration"]),
        ],
        aal_eur=spread(65_000.0),
        bed_days_per_y=spread(100.0),
        horizon_y=5,
        controls=[
            ControlGain(id=ref, function="prevent", coverage_now=0.4, avoided_eur_per_y=spread(value),
                        bed_days_per_y=spread(value / 500), cost_eur=spread(20_000.0), p_worth=0.5)
            for ref, value in (("mfa", 5_000.0), ("segmentation", 4_000.0), ("endpoint_protection", 12_000.0))
        ],
        cascade=[
            CascadePart(id="all", events=10, hours={"own": 5.0, "precaution": 0.0, "it": 95.0, "other": 0.0},
                        touched=None, stays=10.0, stays_without=9.0, bed_days=100.0, bed_days_without=94.0),
            CascadePart(id="medical_ot", events=10, hours={"own": 5.0, "precaution": 0.0, "it": 95.0, "other": 0.0},
                        touched=0.15),
        ],
        portfolio={language: make_portfolio(language) for language in ("fr", "en")},
        evidence=["dax-cost", "chsf-cost"],
        assumed=290,
        inputs=367,
    )  # fmt: skip


def make_study(monkeypatch: Any, *, knowledge: Knowledge | None = None, **fields: Any) -> StudyView:
    """Return a study whose simulated numbers are made up."""
    numbers = make_numbers()
    monkeypatch.setattr(study_room, "model_sector", lambda *_arguments, **_more: numbers)
    asked = {"from": "2022-01", "to": "2023-05", "as_of": AS_OF, "language": "fr", **fields}
    return study_room.study_sector(StudyRequest.model_validate(asked), knowledge=knowledge)


__all__ = ["AS_OF", "TLP", "make_numbers", "make_study"]
