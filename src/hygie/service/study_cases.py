"""Published losses beside what the model says of the same event: a part of the validation dossier, in numbers."""

from __future__ import annotations

from datetime import date

from hygie.knowledge.catalogue import Catalogue
from hygie.service.validation.experiments import Laboratory, open_world
from hygie.service.validation.judge import judge_values
from hygie.service.validation.measures import measure_events
from hygie.views.study import CaseNumbers

__all__ = ["CASES", "measure_cases"]

# Targets of the dossier that a reader of a study asks about: what it cost, how long it lasted.
CASES = (
    "direct-cost-above-7m",
    "dax-direct-cost",
    "dax-staff",
    "cour-des-comptes-activity",
    "coeur-grand-est-usual",
    "villefranche-rebuild",
    "dax-duration",
    "chsf-inpatients-day-58",
    "chsf-emergencies-day-58",
    "versailles-weeks-1-3",
)
_ATTEMPTS = 400
_PER_DRAW = 1


def measure_cases(catalogue: Catalogue, *, as_of: date, seed: int, draws: int, threads: int = 2) -> list[CaseNumbers]:
    """Return each case that the packs have: observed, and the 5, 50 and 95 % of the model."""
    world = open_world(catalogue, as_of=as_of)
    by_id = {target.id: target for target in world.targets.entries}
    chosen = [by_id[name] for name in CASES if name in by_id]
    laboratory = Laboratory(world, seed, draws, _ATTEMPTS, threads)
    measured = measure_events(chosen, laboratory, per_draw=_PER_DRAW)
    rows = []
    for target in chosen:
        judged = judge_values(target, measured[target.id].values)
        if not judged.events or target.observed is None:
            continue
        rows.append(
            CaseNumbers(
                id=target.id,
                kind=target.measure.kind,
                role=target.role,
                observed_low=target.observed.low,
                observed_high=target.observed.high,
                low=judged.quantiles[0],
                median=judged.quantiles[2],
                high=judged.quantiles[-1],
                inside=judged.passed,
                events=judged.events,
                evidence=list(target.evidence),
            )
        )
    return rows
