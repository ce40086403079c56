"""Tables that need a run of the model: small ones, made each time the pages are built."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from pathlib import Path

import numpy as np
from level_tables import LEVEL_TABLES
from tables import Table

from hygie.core.tables import OUTCOMES
from hygie.facility.blueprints import load_blueprints
from hygie.facility.facility_graphs import build_graph
from hygie.knowledge.packs import load_catalogue
from hygie.scenario.specs import load_specs
from hygie.service.assess import assess
from hygie.service.calibrate import calibrate
from hygie.service.cascade import measure_cascade
from hygie.service.requests import AssessmentRequest

__all__ = ["EXPERIMENTS"]

_EXAMPLE = Path(__file__).parents[2] / "examples" / "chsf.yaml"
_AS_OF = date(2026, 11, 23)
_DRAWS = 100


def _outcome_split() -> Table:
    """Return reported and simulated shares of the outcomes of encryption."""
    catalogue = load_catalogue(as_of=_AS_OF)
    result = calibrate(
        catalogue=catalogue,
        blueprints=load_blueprints(catalogue),
        specs=load_specs(catalogue),
        seed=1,
        draws=_DRAWS,
        as_of=_AS_OF,
    )
    first = OUTCOMES.index("workstation")
    encrypted = result.counts[:, 0, first : first + 4].astype(np.float64)
    shares = encrypted / encrypted.sum(axis=1, keepdims=True)
    simulated = np.stack([shares[:, 0], shares[:, 1], shares[:, 2] + shares[:, 3]], axis=1)
    counts = {count.ref: count.count for count in catalogue.counts}
    names = {
        "count-ransomware-2024-workstation": "single workstation",
        "count-ransomware-2024-server": "single server",
        "count-ransomware-2024-several-servers": "several servers or everything",
    }
    total = sum(counts[ref] for ref in names)
    rows = []
    for column, (ref, name) in enumerate(names.items()):
        low, middle, high = np.quantile(simulated[:, column], [0.05, 0.5, 0.95])
        rows.append(
            (
                name,
                f"{counts[ref]} of {total} ({counts[ref] / total:.0%})",
                f"{middle:.0%} ({low:.0%} to {high:.0%})",
            )
        )
    return ("encrypted", "reported in 2024, providers left out", "simulated, median (5 % to 95 % over draws)"), rows


def _major_events() -> Table:
    """Return cost and duration of the events of the example in which the directory was lost."""
    request = AssessmentRequest(facility=str(_EXAMPLE), years=40_000, draws=_DRAWS, seed=1, as_of=_AS_OF)
    columns = assess(request).yelt.columns
    chosen = np.asarray(columns["outcome"]) == OUTCOMES.index("everything")

    def row(name: str, values: np.ndarray, *, divide: float) -> tuple[str, ...]:
        return (name, *(f"{value / divide:.1f}" for value in np.quantile(values[chosen], [0.05, 0.5, 0.95])))

    direct = columns["loss_response_eur"] + columns["loss_restoration_eur"]
    rows = [
        row("response and restoration, M€", direct, divide=1e6),
        row("all forms of loss, M€", columns["loss_eur"], divide=1e6),
        row("until every zone is fully back, days", columns["outage_h"], divide=24.0),
    ]
    return (f"simulated, {int(chosen.sum())} events", "5 %", "median", "95 %"), rows


def _cascade() -> Table:
    """Return why zones outside IT stood still in encryptions of the example, and care without their needs of IT."""
    done = assess(AssessmentRequest(facility=str(_EXAMPLE), years=4_000, draws=_DRAWS, seed=1, as_of=_AS_OF))
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
    "major-events": _major_events,
    "outcome-split": _outcome_split,
}
