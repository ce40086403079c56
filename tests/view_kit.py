"""Views of made-up assessments: every state that a page or a chart must be able to show, without a simulation."""

from __future__ import annotations

from typing import Any

from hygie.views.assessment import AssessmentView

# Markup, quotes, a right-to-left override, an isolate without its end, a formula.
HOSTILE = "<script>alert('x')</script> \"&amp;\u202egnp\u2067 =1+1"


def figure(name: str, value: float, unit: str = "EUR_2024", *, spread: float = 3.0) -> dict[str, Any]:
    return {
        "id": name,
        "label": f"Label of {name}",
        "value": value,
        "low": value / spread,
        "high": min(value * spread, 1.0) if unit == "share" else value * spread,
        "mc_error": value / 100.0,
        "unit": unit,
    }


def part(name: str, loss: float, share: float, frequency: float | None = 0.1) -> dict[str, Any]:
    return {
        "id": name,
        "label": f"Part {name}",
        "frequency_per_y": frequency,
        "loss_eur_per_y": loss,
        "loss_mc_error": loss / 50.0,
        "share": share,
    }


def curve(basis: str, factor: float) -> dict[str, Any]:
    loss = [2_000.0 * 1.25**i for i in range(48)]
    probability = [factor * 0.3 / (1.0 + (x / 2e5) ** 0.8) for x in loss]
    return {
        "basis": basis,
        "loss_eur": loss,
        "probability": probability,
        "band_low": [p / 4.0 for p in probability],
        "band_high": [min(1.0, p * 2.0) for p in probability],
        "mc_error": [p / 100.0 for p in probability],
    }


def bad_event(days: int = 20) -> dict[str, Any]:
    def fall(depth: float, back: int) -> list[float]:
        return [depth if day <= back else 1.0 for day in range(1, days + 1)]

    return {
        "sentence": "A typical major encryption.",
        "origin": "Attack on the facility itself",
        "outcome": "Several servers encrypted",
        "day": list(range(1, days + 1)),
        "services": [
            {"id": "emergency", "label": "Emergency department", "capacity": fall(0.2, days // 2)},
            {"id": "therapy", "label": "Radiotherapy and chemotherapy", "capacity": fall(0.6, days // 4)},
            {"id": "archive", "label": "Untouched", "capacity": [1.0] * days},
        ],
        "zones": [
            {"id": "office", "label": "Office workstations", "reached_h": 4.0, "hosts": 300, "down_days": 9.0},
            {"id": "backup", "label": "Backups", "reached_h": None, "hosts": 0, "down_days": 3.0},
            {"id": "lab", "label": "Laboratory", "reached_h": None, "hosts": 0, "down_days": 0.0},
        ],
        "detected_h": 30.0,
        "damage_h": 60.0,
        "backups_lost": True,
        "outage_days": 9.0,
        "loss_eur": 3e6,
        "loss_own_eur": 1e6,
        "bed_days_lost": 9_000.0,
        "visits_diverted": 800.0,
        "events_like_this": 500,
    }


def view_data(language: str = "en") -> dict[str, Any]:
    """Return the data of a complete view, to be changed by a test."""
    amounts = {"aal": 3.5e5, "aal_own": 2.3e5, "tvar_99": 1.8e7, "var_99_own": 6e6}
    amounts |= {f"aep_{n}": 1e5 * n for n in (10, 50, 100, 200)} | {f"oep_{n}": 9e4 * n for n in (10, 50, 100, 200)}
    chances = {"p_encryption": 0.11, "p_major": 0.038, "p_outage_week": 0.056, "p_data_stolen": 0.048}
    care = {"bed_days_per_y": 680.0, "bed_days_1_in_100": 2e4, "operations_per_y": 38.0}
    care |= {"visits_diverted_per_y": 119.0, "overtime_h_per_y": 360.0}
    figures = [figure(name, value) for name, value in amounts.items()]
    figures += [figure(name, value, "share") for name, value in chances.items()]
    figures += [figure(name, value, "beds") for name, value in care.items()]
    return {
        "language": language,
        "subject": {
            "id": "toy",
            "name": "Toy hospital",
            "category": "General hospital",
            "status": "public",
            "beds": 300,
            "fte": 1200.0,
            "posture_known_share": 0.25,
        },
        "plan": {
            "years": 20_000,
            "draws": 50,
            "seed": 1,
            "as_of": "2026-11-23",
            "neighbours": ["Hospital B"],
            "providers": ["A host"],
        },
        "headline": ["About 4 in 100 facilities like this one.", "It would cost €350k a year."],
        "figures": {row["id"]: row for row in figures},
        "curves": [curve("OEP", 0.95), curve("AEP", 1.0)],
        "by_class": [part("ddos", 5e3, 0.01), part("ransomware", 3.45e5, 0.99)],
        "by_form": [
            part("response", 1e5, 0.3, None),
            part("activity", 2.5e5, 0.7, None),
            part("extortion", 0, 0, None),
        ],
        "by_origin": [part("own", 2.8e5, 0.8), part("provider", 5e4, 0.15), part("neighbour", 2e4, 0.05)],
        "by_outcome": [part("server", 1e5, 0.3), part("everything", 2.5e5, 0.7)],
        "levels": [
            {
                "threat_class": "ransomware",
                "counts": ["count-2023"],
                "checks": ["count-2022"],
                "prior_median": 0.01,
                "low": 0.018,
                "median": 0.025,
                "high": 0.036,
                "effective_size": 900.0,
            }
        ],
        "checks": [
            {"id": "noise", "ok": True, "value": 0.01, "threshold": 0.02, "sentence": "The noise is small."},
            {"id": "assumed", "ok": False, "value": 0.8, "threshold": 0.5, "sentence": "Many inputs are assumptions."},
        ],
        "validity": "Read with care.",
        "assumptions": [
            {"id": "attack.x", "description": "Something", "unit": "share", "low": 0.1, "median": 0.2, "high": 0.3},
            {"id": "attack.y", "description": "A delay", "unit": "h", "low": 4.0, "median": 48.0, "high": 96.0},
        ],
        "evidence": [
            {
                "ref": "linked",
                "title": "A published statement.",
                "publisher": "An agency",
                "link": "https://example.org/a?b=1&c=2",
                "grade": "B2",
                "published_on": "2024-10",
                "derived": None,
            },
            {
                "ref": "unlinked",
                "title": "Another statement.",
                "publisher": "A newspaper",
                "link": None,
                "grade": "C3",
                "published_on": None,
                "derived": "47 × 0.51",
            },
        ],
        "drivers": [
            {"id": "attack.x", "description": "Success of a crossing", "correlation": 0.43, "assumed": True},
            {"id": "care.y", "description": "Median delay", "correlation": -0.22, "assumed": False},
        ],
        "bad_event": bad_event(),
        "reproduce": "hygie assess toy.yaml --years 20000",
        "digest": "sha256:0123",
        "model_digest": "sha256:4567",
        "packs": {"base": "2026.11 sha256:89ab"},
        "version": "0.1.0",
    }


def make_view(language: str = "en", **changes: Any) -> AssessmentView:
    """Return a complete view, with some of its fields replaced."""
    return AssessmentView.model_validate({**view_data(language), **changes})


def quiet_view(language: str = "en") -> AssessmentView:
    """Return the view of a facility for which nothing was simulated: no loss, no event, no input that stands out."""
    data = view_data(language)
    for row in data["figures"].values():
        row.update(value=0.0, low=0.0, high=0.0, mc_error=0.0)
    for one in data["curves"]:
        one.update({name: [] for name in ("loss_eur", "probability", "band_low", "band_high", "mc_error")})
    data["by_form"] = [part("response", 0.0, 0.0, None)]
    for name in ("by_class", "by_origin", "by_outcome", "levels", "assumptions", "evidence", "drivers"):
        data[name] = []
    data["plan"].update(neighbours=[], providers=[])
    data["subject"]["posture_known_share"] = 1.0
    return AssessmentView.model_validate(data | {"bad_event": None, "packs": {}})


def hostile_view(language: str = "en") -> AssessmentView:
    """Return a view in which every text that could come from a file tries to break out."""

    def poison(value: Any, key: str = "") -> Any:
        if isinstance(value, dict):
            return {name: poison(item, name) for name, item in value.items()}
        if isinstance(value, list):
            return [poison(item, key) for item in value]
        return HOSTILE if isinstance(value, str) and key not in KEPT else value

    data = poison(view_data(language))
    for row in data["evidence"]:
        row["link"] = "javascript:alert(1)"
    return AssessmentView.model_validate(data)


# Names of things and words of a closed list, which no file sets.
KEPT = {"id", "language", "basis", "unit", "as_of", "threat_class"}
