"""Why building systems and medical devices stand still: hit themselves, cut off as a precaution, or without their IT.

Every French case so far is of the last kind. The account is counterfactual: the same events are replayed with causes
taken away one after the other, on common random numbers, so the shares add up exactly.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from hygie.core.errors import ModelError
from hygie.core.waists import CompiledModel, SimulationPlan, YearEventLossTable
from hygie.simulation.attack import scope_of
from hygie.simulation.replay import replay_event
from hygie.simulation.runners import OneEvent, simulate

__all__ = ["CARE_COLUMNS", "CascadeAccount", "cut_needs", "measure_cascade"]

FloatArray = NDArray[np.float64]

CARE_COLUMNS = ("bed_days_lost", "stays_lost", "operations_lost", "visits_diverted")
_STEP_H = 6.0


@dataclass(frozen=True, slots=True, kw_only=True)
class CascadeAccount:
    """What made zones outside IT stand still, and what care would be without their needs of IT.

    Parameters
    ----------
    events
        Encryptions replayed.
    zone_hours
        Lost hours of zones outside IT, weighted by impairment, by cause: ``own`` damage, ``precaution``, ``it`` (a zone
        of IT that is needed, directly or through others), ``other`` (needs that do not come from IT).
    care, care_without
        Mean loss of care per attempt by column of the loss table, as modelled and with the needs of IT cut.
    care_error
        Standard error of the paired difference of the two.
    by_family
        `zone_hours` of each family outside IT.
    touched
        Share of the encryptions in which anything of a family stood still, by family.
    """

    events: int
    zone_hours: Mapping[str, float]
    care: Mapping[str, float]
    care_without: Mapping[str, float]
    care_error: Mapping[str, float]
    by_family: Mapping[str, Mapping[str, float]]
    touched: Mapping[str, float]

    def share(self, cause: str) -> float:
        """Return the share of lost zone-hours that has `cause`."""
        total = sum(self.zone_hours.values())
        return self.zone_hours[cause] / total if total > 0.0 else 0.0


def cut_needs(model: CompiledModel, *, needing: NDArray[np.bool_], needed: NDArray[np.bool_]) -> CompiledModel:
    """Return the model in which zones of `needing` [zones] work without those of `needed` [zones].

    Both count the zones of all templates, in the order of the model.
    """

    def read(name: str) -> NDArray[np.int64]:
        return np.asarray(model.arrays[name], dtype=np.int64)

    pointer, starts = read("need_ptr"), read("template_zone_ptr")
    zone = np.repeat(np.arange(pointer.size - 1), np.diff(pointer))
    first = starts[np.searchsorted(starts, zone, side="right") - 1]
    cut = needing[zone] & needed[first + read("need_source")]
    strength = np.where(cut, 0.0, np.asarray(model.arrays["need_strength"], dtype=np.float64))
    return _change(model, need_strength=strength)


def measure_cascade(
    model: CompiledModel,
    *,
    families: Mapping[str, str],
    attempts: int = 20_000,
    replays: int = 150,
    seed: int = 1,
) -> CascadeAccount:
    """Return what made zones outside IT stand still in encryptions at node 0.

    Parameters
    ----------
    families
        Family of each zone by its name in the model; ``it`` is what all others lean on.
    attempts
        Attempts simulated; care is compared over all of them, blocked ones included.
    replays
        Encryptions replayed at most, spread evenly over those simulated.

    Raises
    ------
    ModelError
        A zone has no family, or no attempt encrypts anything.
    """
    names = [name for zones in model.labels.zones for name in zones]
    unknown = sorted(set(names) - families.keys())
    if unknown:
        raise ModelError("a zone has no family", value=unknown[0], repair="name the family of every zone of the model")
    is_it = np.array([families[name] == "it" for name in names])
    everything = np.ones(is_it.size, dtype=np.bool_)
    no_it = cut_needs(model, needing=~is_it, needed=is_it)
    no_needs = cut_needs(model, needing=everything, needed=everything)
    alone = _change(no_needs, cut_probability=np.zeros_like(model.arrays["cut_probability"]))

    plan = SimulationPlan(years=attempts, draws=model.draws, seed=seed)
    table, without = (simulate(one, plan, given=OneEvent("attempt", 0)) for one in (model, no_it))
    rows = [row for row in range(len(table)) if scope_of(int(table.columns["outcome"][row])) > 0]
    rows = [row for row in rows if table.columns["origin"][row] == 0]
    if not rows:
        raise ModelError("no attempt encrypts anything", value=attempts, repair="simulate more attempts")
    picked = [rows[i] for i in np.linspace(0, len(rows) - 1, min(replays, len(rows))).astype(int)]

    starts = np.asarray(model.arrays["template_zone_ptr"], dtype=np.int64)
    template = int(model.arrays["node_template"][0])
    ot = np.flatnonzero(~is_it[starts[template] : starts[template + 1]])
    # Hours [variants][events, zones outside IT].
    hours = {
        name: np.stack([_sum_hours(one, table, row, ot) for row in picked])
        for name, one in (("all", model), ("no it", no_it), ("no needs", no_needs), ("alone", alone))
    }
    family = np.array([families[names[int(starts[template]) + int(zone)]] for zone in ot])
    care, care_without, error = {}, {}, {}
    for name in CARE_COLUMNS:
        pair = [np.bincount(t.columns["year"], t.columns[name], minlength=attempts) for t in (table, without)]
        care[name], care_without[name] = (float(values.mean()) for values in pair)
        error[name] = float((pair[0] - pair[1]).std() / np.sqrt(attempts))
    return CascadeAccount(
        events=len(picked),
        zone_hours=_split_hours(hours, np.ones(ot.size, dtype=np.bool_)),
        care=care,
        care_without=care_without,
        care_error=error,
        by_family={str(name): _split_hours(hours, family == name) for name in np.unique(family)},
        touched={
            str(name): float((hours["all"][:, family == name].sum(axis=1) > 0.0).mean()) for name in np.unique(family)
        },
    )


def _split_hours(hours: Mapping[str, FloatArray], zones: NDArray[np.bool_]) -> dict[str, float]:
    total = {name: float(values[:, zones].sum()) for name, values in hours.items()}
    return {
        "own": total["alone"],
        "precaution": total["no needs"] - total["alone"],
        "it": total["all"] - total["no it"],
        "other": total["no it"] - total["no needs"],
    }


def _change(model: CompiledModel, **arrays: NDArray[np.generic]) -> CompiledModel:
    return CompiledModel(
        draws=model.draws, arrays={**model.arrays, **arrays}, labels=model.labels, lineage=model.lineage
    )


def _sum_hours(model: CompiledModel, table: YearEventLossTable, row: int, zones: NDArray[np.intp]) -> FloatArray:
    # Needs and precaution come after the attack: the event of a row is the same in every variant of the model.
    replayed = replay_event(model, replace(table, model_digest=model.digest), row, step_h=_STEP_H)
    return np.asarray(replayed.zone_down[:, zones].sum(axis=0) * _STEP_H, dtype=np.float64)
