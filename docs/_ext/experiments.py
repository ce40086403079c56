"""Tables that need a run of the model: small ones, made each time the pages are built."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from functools import cache
from pathlib import Path

from level_tables import LEVEL_TABLES
from tables import Table

from hygie.facility.blueprints import load_blueprints
from hygie.facility.facility_graphs import build_graph
from hygie.knowledge.packs import load_catalogue
from hygie.service.assess import assess
from hygie.service.cascade import measure_cascade
from hygie.service.requests import AssessmentRequest, ValidationRequest
from hygie.service.validation.dossier import validate
from hygie.views.validation import ValidationView

__all__ = ["EXPERIMENTS"]

_EXAMPLE = Path(__file__).parents[2] / "examples" / "chsf.yaml"
_AS_OF = date(2026, 11, 23)
_DRAWS = 300


@cache
def _dossier() -> ValidationView:
    return validate(ValidationRequest(draws=_DRAWS, seed=1, as_of=_AS_OF))


def _validation_dossier() -> Table:
    """Return each target beside the model."""
    roles = {"fitted": "fitted", "held_back": "held back", "reported": "shown only"}
    verdicts = {"pass": "met", "fail": "**missed**", "reported": "–"}
    rows = [(row.name, roles[row.role], row.sentence, verdicts[row.verdict]) for row in _dossier().targets]
    return ("target", "role", f"model, {_DRAWS} draws", "verdict"), rows


def _validation_inputs() -> Table:
    """Return the inputs that move each target most."""
    rows = [
        (row.name, ", ".join(f"`{driver.id}` ({driver.correlation:+.2f})" for driver in row.drivers) or "–")
        for row in _dossier().targets
    ]
    return ("target", "inputs, with their rank correlation"), rows


def _validation_fit() -> Table:
    """Return parameters before and after the stored fit."""

    def show(values: list[float] | None, *, watched: bool) -> str:
        return ("watched" if watched else "kept") if values is None else " – ".join(f"{value:.3g}" for value in values)

    rows = [
        (
            f"`{row.id}`",
            row.unit,
            show(row.prior, watched=False),
            show(row.posterior, watched=row.watched),
            "–" if row.width_ratio is None else f"{row.width_ratio:.2f}",
            f"{row.shift:+.2f}",
            f"{row.width:.2f}",
        )
        for row in _dossier().parameters
    ]
    return (
        "parameter",
        "unit",
        "prior, 5 – 50 – 95 %",
        "after the fit",
        "width after / before",
        "shift",
        "spread",
    ), rows


def _validation_summary() -> Table:
    """Return the dossier in a few sentences."""
    return ("in short",), [(line,) for line in _dossier().summary]


def _cascade() -> Table:
    """Return why zones outside IT stood still in encryptions of the example, and care without their needs of IT."""
    done = assess(AssessmentRequest(facility=str(_EXAMPLE), years=4_000, draws=100, seed=1, as_of=_AS_OF))
    zones = build_graph(done.facility, load_blueprints(load_catalogue(as_of=_AS_OF))).zones
    families = dict.fromkeys((name for names in done.model.labels.zones for name in names), "it")
    families |= {zone.id: zone.family for zone in zones}
    account = measure_cascade(done.model, families=families, attempts=20_000, replays=100)
    causes = {
        "it": "an IT zone that they need, directly or through others",
        "own": "they were hit themselves",
        "precaution": "they were disconnected as a precaution",
        "other": "another building or medical system that they need",
    }
    rows = [
        (f"lost hours of OT zones, {account.events} encryptions: {text}", f"{account.share(cause):.0%}")
        for cause, text in causes.items()
    ]
    for name, label in (
        ("bed_days_lost", "bed-days"),
        ("operations_lost", "operations"),
        ("visits_diverted", "visits"),
    ):
        saved = account.care[name] - account.care_without[name]
        share, error = saved / account.care[name], account.care_error[name] / account.care[name]
        rows.append((f"{label} spared per attempt if OT did not need IT", f"{share:.1%} (standard error {error:.1%})"))
    return ("what", "share"), rows


EXPERIMENTS: dict[str, Callable[[], Table]] = {
    **LEVEL_TABLES,
    "cascade": _cascade,
    "validation-dossier": _validation_dossier,
    "validation-fit": _validation_fit,
    "validation-inputs": _validation_inputs,
    "validation-summary": _validation_summary,
}
