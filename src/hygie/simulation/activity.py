"""One event day by day: activity of each service with the scar that follows, and how much of the systems works."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import special

from hygie.core.units import HOURS_PER_DAY
from hygie.core.waists import CompiledModel, YearEventLossTable
from hygie.simulation.replay import replay_event
from hygie.simulation.streams import Stream, derive_keys
from hygie.simulation.twin import draw_uniforms

__all__ = ["DailyActivity", "follow_event"]

FloatArray = NDArray[np.float64]
_STEP_H = 12.0
_SERVERS = 1


@dataclass(frozen=True, slots=True)
class DailyActivity:
    """Daily means after the onset of damage.

    Parameters
    ----------
    activity
        Share of normal activity [day, service], scar included.
    systems
        Share of the servers' function that is there [day].
    """

    activity: FloatArray
    systems: FloatArray


def follow_event(
    model: CompiledModel, yelt: YearEventLossTable, row: int, *, days: int, step_h: float = _STEP_H
) -> DailyActivity:
    """Return the first `days` days of an own attempt of the loss table.

    ``a_s(t) = c_s(t)·(1 − h_s e^{−(t−T_s)⁺/τ})`` with ``h_s = h (1 − e^{−g_s/onset})``, g_s the full-service hours lost
    and T_s the end of the outage of the service: the same definitions as the impact kernel, before its integral.
    """
    replay = replay_event(model, yelt, row, step_h=step_h)
    k, node = int(yelt.columns["draw"][row]), int(yelt.columns["facility"][row])
    a = model.arrays
    plan = yelt.plan
    start = int(plan.years_per_draw()[:k].sum())
    u = draw_uniforms(
        derive_keys(plan.seed, plan.draws)[k],
        entity=a["node_source"][node, max(int(yelt.columns["process"][row]), 0)],
        year=int(yelt.columns["year"][row]) - start,
        occurrence=int(yelt.columns["occurrence"][row]),
        stream=int(Stream.SCAR),
    )
    scar = special.expit(a["scar_mu"][k] + a["scar_sigma"][k] * special.ndtri(u[0]))
    tau = np.exp(a["scar_tau_mu"][k] + a["scar_tau_sigma"][k] * special.ndtri(u[1]))
    steps = int(days * HOURS_PER_DAY / step_h)
    time = (np.arange(steps) + 0.5) * step_h
    capacity = _extend(replay.capacity, steps, fill=1.0)
    missing = 1.0 - replay.capacity
    gone = missing.sum(axis=0) * step_h
    touched = missing > 1e-12
    ends = np.where(touched.any(axis=0), (missing.shape[0] - np.argmax(touched[::-1], axis=0)) * step_h, 0.0)
    share = scar * (1.0 - np.exp(-gone / a["scar_onset_h"][k]))
    away = share * np.exp(-np.maximum(time[:, None] - ends, 0.0) / tau)
    activity = capacity * (1.0 - away)
    begin, end = (int(a["template_zone_ptr"][replay.template + d]) for d in (0, 1))
    first = int(a["node_zone_ptr"][node])
    hosts = np.asarray(a["node_zone_hosts"][first : first + end - begin], dtype=np.float64)
    servers = hosts * (a["zone_kind"][begin:end] == _SERVERS)
    down = _extend(replay.zone_down, steps, fill=0.0)
    systems = 1.0 - down @ servers / max(float(servers.sum()), 1.0)
    return DailyActivity(_daily(activity, days), _daily(systems[:, None], days)[:, 0])


def _extend(values: FloatArray, steps: int, *, fill: float) -> FloatArray:
    if values.shape[0] >= steps:
        return values[:steps]
    return np.concatenate([values, np.full((steps - values.shape[0], values.shape[1]), fill)])


def _daily(values: FloatArray, days: int) -> FloatArray:
    return np.asarray(values.reshape(days, -1, values.shape[1]).mean(axis=1), dtype=np.float64)
