"""Made-up results that documents are written from: decisions, programmes, scenarios, portfolios, a dossier."""

from __future__ import annotations

from typing import Any

from hygie.views.assessment import AssessmentView
from hygie.views.decide import ControlDecisionView
from hygie.views.fair import FairView
from hygie.views.portfolio import PortfolioView, WhatIfView
from hygie.views.programme import ProgrammeView
from hygie.views.scenario import ScenarioView
from hygie.views.validation import ValidationView
from view_kit import curve, figure

LONG_NAME = "Centre hospitalier intercommunal de la Communauté d’agglomération du Pays des Deux Rivières et de la Forêt"


def name_view(view: AssessmentView, name: str, *, providers: int) -> AssessmentView:
    """Return a view of a facility with a long name and many providers."""
    subject = view.subject.model_copy(update={"name": name})
    names = [f"Un éditeur de système d’information hospitalier numéro {at}" for at in range(providers)]
    return view.model_copy(
        update={"subject": subject, "plan": view.plan.model_copy(update={"providers": names, "neighbours": names})}
    )


def spread(value: float) -> dict[str, Any]:
    return {"value": value, "low": value / 4.0, "high": value * 3.0, "mc_error": abs(value) / 50.0}


def worth(gain: float, cost: float) -> dict[str, Any]:
    return {
        "loss_avoided_eur_per_y": spread(gain),
        "tail_avoided_eur": spread(gain * 40.0),
        "bed_days_avoided_per_y": spread(gain / 500.0),
        "cost_eur": spread(cost),
        "net_eur": spread(4.5 * gain - cost),
        "rosi": spread(0.5),
        "p_worth": 0.6,
        "payback_y": 1.5,
    }


def make_decision(language: str = "en", *, options: int = 6, **changes: Any) -> ControlDecisionView:
    """Return a decision about some controls, with a best set."""
    rows = [
        {
            **worth(27_000.0 / (at + 1), 40_000.0),
            "id": f"control_{at}",
            "name": f"Mesure {at}",
            "function": "prevent",
            "coverage_now": 0.3,
            "coverage_after": 0.95,
            "left": [1.0],
            "variance_ratio": 8.0,
        }
        for at in range(options)
    ]
    names = [row["name"] for row in rows[:3]]
    chosen = {"controls": [row["id"] for row in rows[:3]], "names": names, "sum_of_parts_eur_per_y": 50_000.0}
    nothing = {**worth(0.0, 0.0), "controls": [], "names": [], "best": False, "sum_of_parts_eur_per_y": 0.0}
    best = {**worth(45_000.0, 120_000.0), **chosen, "best": True}
    data = {
        "language": language,
        "facility": "toy",
        "name": "Toy hospital",
        "view": "economic",
        "horizon_y": 5,
        "discount": 0.032,
        "budget_eur": 5e5,
        "tail_level": 0.99,
        "aal_eur": spread(3.5e5),
        "tvar_eur": spread(1.8e7),
        "bed_days_per_y": spread(680.0),
        "options": rows,
        "frontier": [nothing, best],
        "best": best,
        "furthest": best,
        "parts_eur_per_y": [1.0],
        "exact": True,
        "simulated_sets": 12,
        "sentences": ["First of all.", "Three of six are worth it.", "Take these three."],
        "assumed_inputs": 286,
        "years": 1000,
        "draws": 10,
        "seed": 1,
        "as_of": "2026-11-23",
        "reproduce": "hygie decide controls toy.yaml",
        "tlp": "clear",
    }
    return ControlDecisionView.model_validate(data | changes)


def make_programme(language: str = "en") -> ProgrammeView:
    """Return a programme of two layers on the made-up assessment."""
    layers = [
        {
            "id": name,
            "label": f"Layer {name}",
            "attachment_eur": attachment,
            "limit_eur": 3e6,
            "annual_limit_eur": 3e6,
            "share": 1.0,
            "premium_eur": 6e4,
            "paid": figure(f"paid_{name}", 6e4),
            "attachment": figure(f"reached_{name}", 0.08, "share"),
            "exhaustion": figure(f"exhausted_{name}", 0.009, "share"),
            "rate_on_line": 0.02,
            "reinstatement_premium": 0.0,
            "pure_premium": 6e4,
            "loss_ratio": 1.0,
            "technical": None,
        }
        for name, attachment in (("one", 0.0), ("two", 3e6))
    ]
    periods = [
        {"period_y": n, **{key: figure(key, 1e5 * n) for key in ("aep_before", "aep_after", "oep_before", "oep_after")}}
        for n in (10, 100)
    ]
    return ProgrammeView.model_validate(
        {
            "language": language,
            "subject": "Toy hospital",
            "name": "Programme",
            "note": "",
            "basis": "economic",
            "years": 1000,
            "draws": 10,
            "seed": 1,
            "figures": {name: figure(name, 8e4) for name in ("aal_insured", "var_99_before", "var_99_after")},
            "curves_before": [curve("OEP", 0.95), curve("AEP", 1.0)],
            "curves_after": [curve("OEP", 0.5), curve("AEP", 0.5)],
            "periods": periods,
            "event_deductible_eur": 1e5,
            "coverages": [],
            "uncovered": [],
            "layers": layers,
            "treaties": [],
            "technical": None,
            "sentences": ["It would pay half.", "And leave the rest."],
            "cautions": ["Terms are assumed."],
            "reproduce": "hygie insure price toy",
            "result_digest": "sha256:0123",
            "version": "0.1.0",
        }
    )


def make_scenario(language: str = "en", **changes: Any) -> ScenarioView:
    """Return a scenario of the made-up facility."""
    thing = {"id": "toy", "label": "Toy"}
    band = {"id": "emergency", "label": "Emergency", "low": [0.1, 1.0], "median": [0.4, 1.0], "high": [0.8, 1.0]}
    data: dict[str, Any] = {
        "language": language,
        "title": "If an encryption came",
        "question": {
            "threat_class": {"id": "ransomware", "label": "Ransomware"},
            "facility": thing,
            **dict.fromkeys(("actor", "entry", "provider")),
            "outcomes": [],
            "targets": [],
            "controls": {},
        },
        "plan": {
            "events": 100, "kept": 50, "draws": 10, "seed": 1, "as_of": "2026-11-23", "replays": 20,
            "choice": "by rank",
        },
        "sentences": ["Half of these events stop care.", "It takes a week."],
        "frequency_per_y": 0.1,
        "ends": [],
        "figures": [
            {
                "id": "loss", "group": "loss", "label": "Loss", "unit": "EUR_2024", "mean": 3e6, "mean_error": 1e5,
                "low": 1e6, "median": 2e6, "high": 8e6,
            }
        ],
        "shares": [],
        "zones": [],
        "day": [1, 2],
        "services": [{**band, "told": [0.3, 1.0]}],
        "zones_down": {**band, "id": "zones", "label": "Zones", "told": [3.0, 0.0]},
        "event": {
            "rule": "the middle one", "rank": 25, "outcome": thing, "actor": None, "entry": None, "sentences": [],
            "steps": [], "zones": [], "outage_days": 7.0, "loss_eur": 2e6, "loss_own_eur": 1e6, "care": {},
        },
        "paired": [],
        "techniques": [],
        "graph": {
            "language": language, "name": "Toy", "template": "t", "basis": "b", "zones": [], "entries": [],
            "passages": [], "needs": [],
        },
        "reproduce": "hygie scenario run toy.yaml",
        "digest": "sha256:0123",
        "model_digest": "sha256:4567",
        "packs": {},
        "version": "0.1.0",
        "tlp": "TLP:AMBER",
    }  # fmt: skip
    return ScenarioView.model_validate(data | changes)


def group(name: str, tail: float, **more: Any) -> dict[str, Any]:
    row = {"id": name, "label": f"Group {name}", "loss_eur_per_y": tail / 20.0, "share": 0.4, "tail_eur": tail}
    return {**row, "tail_share": 0.5, **more}


def make_portfolio(language: str = "en", **changes: Any) -> PortfolioView:
    """Return a portfolio of three organisations in two departments."""
    names = ["aal", "aal_own", "bed_days_per_y", "visits_diverted_per_y", "var_99", "tvar_99"]
    names += [f"{basis}_{period}" for basis in ("oep", "aep") for period in (10, 50, 100, 200)]
    area = {"organisations": 2, "beds": 400, "beds_lost": 0.4, "beds_lost_100": 9.0}
    area |= {"visits_lost": 0.1, "visits_lost_100": 3.0, "visits_per_day": 110.0}
    data = {
        "language": language,
        "name": "Three hospitals",
        "synthetic": False,
        "organisations": 3,
        "neighbours": 1,
        "sites": 4,
        "links": 2,
        "providers": 2,
        "clients": 4,
        "years": 4000,
        "draws": 20,
        "seed": 1,
        "as_of": "2026-11-23",
        "rows": 1234,
        "headline": ["A mean year costs something.", "A fifth of it comes through others."],
        "figures": {name: figure(name, 1e6 + 1e5 * at) for at, name in enumerate(names)},
        "curves": [curve("OEP", 0.95), curve("AEP", 1.0)],
        "alone_eur_per_y": 8e5,
        "through_share": 0.2,
        "through_error": 0.01,
        "generations": [100, 20, 3],
        "by_origin": [group("own", 8e6), group("provider", 2e6)],
        "by_class": [group("ransomware", 9e6)],
        "by_provider": [group("host", 2e6, members=3, widest=3), group("editor", 1e6, members=1, widest=1)],
        "by_ght": [group("g1", 5e6, members=2), group("g2", 5e6, members=1)],
        "by_region": [group("r1", 1e7, members=3)],
        "by_organisation": [group(f"o{at}", 1e6, through_share=0.1) for at in range(45)],
        "areas": [
            {"code": "35", "name": "Ille-et-Vilaine", **area},
            {"code": "29", "name": "Finistère", **area},
            {"code": "", "name": "France", **area},
        ],
        "assumptions": ["Two links are assumed."],
        "evidence": [
            {
                "ref": "one", "title": "A statement.", "publisher": "An agency", "link": "https://example.org/",
                "grade": "B2", "published_on": "2024", "derived": None,
            }
        ],
        "reproduce": "hygie portfolio run three.yaml",
        "seconds": 1.0,
        "digest": "sha256:0123",
        "model_digest": "sha256:4567",
        "version": "0.1.0",
        "tlp": "clear",
    }  # fmt: skip
    return PortfolioView.model_validate(data | changes)


def quiet_portfolio(language: str = "en") -> PortfolioView:
    """Return a portfolio for which no loss was simulated."""
    whole = make_portfolio(language)
    empty = [row.model_dump() | {"loss_eur": [], "probability": [], "band_low": [], "band_high": [], "mc_error": []}
             for row in whole.curves]  # fmt: skip
    zero = {name: {**row.model_dump(), "value": 0.0, "low": 0.0, "high": 0.0} for name, row in whole.figures.items()}
    rows = {f"by_{name}": [] for name in ("origin", "class", "provider", "ght", "region", "organisation")}
    return make_portfolio(
        language, figures=zero, curves=empty, generations=[0], areas=[], assumptions=[], evidence=[],
        alone_eur_per_y=0.0, through_share=0.0, through_error=0.0, **rows,
    )  # fmt: skip


def make_outage(language: str = "en", *, days: float = 10.0) -> WhatIfView:
    """Return the outage of a provider."""
    rows = [
        {
            "id": f"o{at}", "name": f"Hospital {at}", "department": "35", "through": None if at else "Hospital B",
            "hit_share": 1.0, "outage_days": days, "bed_days": 600.0, "visits": 80.0, "loss_eur": 2e6,
            "loss_low_eur": 1e6, "loss_high_eur": 5e6,
        }
        for at in range(3)
    ]  # fmt: skip
    return WhatIfView.model_validate(
        {
            "language": language, "provider": "host", "provider_name": "A host", "days": days, "clients": 3,
            "touched": 3, "bed_days": 1800.0, "visits": 240.0, "loss_eur": 6e6, "loss_low_eur": 3e6,
            "loss_high_eur": 1.5e7, "rows": rows, "draws": 20, "seed": 1, "as_of": "2026-11-23", "version": "0.1.0",
            "tlp": "clear",
        }
    )  # fmt: skip


def target(name: str, role: str, **changes: Any) -> dict[str, Any]:
    row = {
        "id": name,
        "name": f"Target {name}",
        "role": role,
        "group": name if role == "held_back" else None,
        "observed_low": 2e6,
        "observed_high": 2.2e6,
        "observed_counts": [],
        "unit": "EUR_2024",
        "events": 500,
        "quantiles": {"0.05": 1e6, "0.25": 1.5e6, "0.5": 2.2e6, "0.75": 3e6, "0.95": 5e6},
        "shares": [],
        "predicted_counts": [],
        "position": 0.4,
        "statistic": None,
        "rule": "inside",
        "rule_low": None,
        "rule_high": None,
        "verdict": "reported" if role == "reported" else "pass",
        "sentence": "The model holds it.",
        "limits": "One case only.",
        "drivers": [{"id": "attack.x", "description": "A delay", "correlation": -0.4, "assumed": True}],
        "evidence": [
            {
                "ref": f"ref-{name}", "title": "A statement.", "publisher": "An agency", "link": None, "grade": "B2",
                "published_on": "2022", "derived": None,
            }
        ],
    }  # fmt: skip
    return row | changes


def make_dossier(language: str = "en", **changes: Any) -> ValidationView:
    """Return a dossier with a target of each role and unit."""
    share = {"0.05": 0.2, "0.25": 0.3, "0.5": 0.4, "0.75": 0.6, "0.95": 0.8}
    days = {"0.05": 10.0, "0.25": 20.0, "0.5": 30.0, "0.75": 60.0, "0.95": 90.0}
    split: dict[str, Any] = {"observed_low": None, "observed_high": None, "observed_counts": [16, 18, 4]}
    split["predicted_counts"] = [[9, 26], [9, 24], [0, 13]]
    data: dict[str, Any] = {
        "language": language,
        "draws": 300,
        "seed": 1,
        "as_of": "2026-11-23",
        "targets": [
            target("cost", "fitted"),
            target("split", "fitted", **split, unit="share", position=None),
            target("care", "held_back", observed_low=0.6, observed_high=0.6, unit="share", quantiles=share),
            target("days", "reported", observed_low=49.0, observed_high=49.0, unit="d", quantiles=days),
        ],
        "fits": [
            {
                "id": "impact", "draws": 1500, "seed": 1, "as_of": "2026-11-23", "effective_size": 248.1, "rounds": 4,
                "stale": [],
            }
        ],
        "parameters": [
            {
                "id": "attack.x", "description": "A delay", "unit": "h", "fit": "impact", "prior": [4.0, 48.0, 96.0],
                "posterior": [8.0, 40.0, 80.0], "width_ratio": 0.8, "shift": -0.2, "width": 0.8, "watched": False,
            }
        ],
        "held_back_passed": 1,
        "held_back_groups": 1,
        "held_back_needed": 1,
        "passed": True,
        "summary": ["All is met."],
        "limits": ["Few cases."],
        "packs": {"base": "2026.11 sha256:89ab"},
        "version": "0.1.0",
        "reproduce": "hygie validate --draws 300",
        "tlp": "clear",
    }  # fmt: skip
    return ValidationView.model_validate(data | changes)


def make_fair(language: str = "en", **changes: Any) -> FairView:
    """Return a run of two typed scenarios."""
    names = [
        "aal",
        "var_99",
        "tvar_99",
        *(f"{basis}_{period}" for basis in ("oep", "aep") for period in (10, 100, 200)),
    ]
    row = {
        "id": "s1", "name": "Plants stop", "attempts_per_y": 5.0, "loss_share": 0.1, "losses_per_y": 0.5,
        "mean_event_eur": 3e6, "aal_eur": 1.4e6, "aal_mc_error": 2e4, "aal_insured_eur": 0.0, "share": 0.8,
        "tail_share": 0.9, "shortcut_p99_eur": 7e6, "p99_eur": 1.2e7,
    }  # fmt: skip
    data: dict[str, Any] = {
        "language": language,
        "id": "toy",
        "name": "Toy plant",
        "as_of": "2026-11-23",
        "years": 20_000,
        "draws": 200,
        "seed": 1,
        "headline": ["It costs something in a mean year.", "And more in a bad one."],
        "figures": {name: figure(name, 1e6) for name in names},
        "curves": {"gross": [curve("OEP", 0.9), curve("AEP", 1.0)], "insured": []},
        "scenarios": [row, {**row, "id": "s2", "name": "Laptop lost"}],
        "forms": [{"id": "response", "label": "Response", "aal_eur": 1e6, "share": 1.0}],
        "options": [
            {
                "id": "o", "name": "Backups", "aal_saved_eur": 4e5, "aal_saved_mc_error": 6e3,
                "tvar_99_saved_eur": 4e6, "cost_per_y": None, "p_worth_it": None,
            }
        ],
        "shortcut": {
            "sentence": "A shortcut would say less.", "mean_eur": 1.7e6, "p95_eur": 4e6, "p99_eur": 8e6,
            "compound_p95_eur": 7e6, "compound_p99_eur": 1.3e7,
        },
        "ranges": [
            {
                "owner": "s1", "field": "contact_frequency", "unit": "1/y", "varies": "belief", "p05": 5.0,
                "mean": 12.0, "p95": 20.0, "method": "assumed", "sources": [],
            }
        ],
        "sources": {},
        "checks": [{"id": "mean", "ok": True, "value": 1.0, "threshold": 4.0, "sentence": "The mean holds."}],
        "reproduce": "hygie fair run toy.yaml",
        "digest": "sha256:0123",
        "model_digest": "sha256:4567",
        "version": "0.1.0",
    }  # fmt: skip
    return FairView.model_validate(data | changes)
