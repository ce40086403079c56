"""What is down and what each service can give, over time, for many events at once.

The definitions are those of ``impact.py``; here they are drawn on a grid of times instead of integrated.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from hygie.simulation.layout import I, KernelArrays

__all__ = ["Outages", "draw_timelines"]

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]

# Rows of the per-zone scratch of impact.py.
_LEVEL, _FIRST, _FULL, _CUT_END, _BEGIN = 0, 1, 2, 3, 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Outages:
    """What events leave behind in the scratch of the impact kernel.

    Parameters
    ----------
    draws
        Epistemic draw of each event [events].
    zones
        Scratch of each event [events, 8, MAX_ZONES].
    external_zone, external_level, external_h
        Zone lost from outside [events], -1 for none, how far, and for how long [h].
    """

    draws: IntArray
    zones: FloatArray
    external_zone: IntArray
    external_level: FloatArray
    external_h: FloatArray


def draw_timelines(
    arrays: KernelArrays, node: int, outages: Outages, time_h: FloatArray
) -> tuple[FloatArray, FloatArray]:
    """Return impairment [events, times, zones] and capacity [events, times, services] at times since the damage [h].

    Parameters
    ----------
    node
        The organisation that was hit, the same for all events.
    """
    template = int(arrays.node_i[node, 0])
    base = int(arrays.template1_p[template, 0])
    n = int(arrays.template1_p[template + 1, 0]) - base
    k, scratch = outages.draws, outages.zones
    time = time_h[None, :]
    down = np.zeros((k.size, time_h.size, n))
    partial = arrays.draw_f[k, I.partial_level][:, None]
    cut = arrays.draw_f[k, I.cut_level][:, None]
    for z in (int(arrays.zone_i[base + i, I.zone_need_order]) for i in range(n)):
        at = [scratch[:, row, z][:, None] for row in (_LEVEL, _FIRST, _FULL, _CUT_END)]
        level = np.where(time < at[1], 1.0, np.where(time < at[2], partial, 0.0)) * at[0]
        level = np.maximum(level, cut * (time < at[3]))
        outside = np.where(outages.external_zone == z, outages.external_level, 0.0)[:, None]
        level = np.maximum(level, outside * (time < outages.external_h[:, None]))
        for j in range(int(arrays.zone1_p[base + z, I.need_ptr]), int(arrays.zone1_p[base + z + 1, I.need_ptr])):
            s = int(arrays.need_i[j, 0])
            felt = time >= (scratch[:, _BEGIN, s] + arrays.draw_need_f[k, j, I.need_autonomy_h])[:, None]
            strength = arrays.draw_need_f[k, j, I.need_strength][:, None]
            level = np.maximum(level, felt * strength * down[:, :, s])
        down[:, :, z] = level
    services = arrays.template_service_f.shape[1]
    capacity = np.ones((k.size, time_h.size, services))
    for s in range(services):
        begin, end = (int(arrays.templateservice1_p[template * services + s + d, 0]) for d in (0, 1))
        floor = float(arrays.template_service_f[template, s, 0])
        if floor >= 1.0:
            continue
        kept = np.ones((k.size, time_h.size))
        for j in range(begin, end):
            kept *= 1.0 - arrays.use_f[j, 0] * down[:, :, int(arrays.use_i[j, 0])]
        paper = arrays.draw_node_service_f[k, node, s, 0][:, None]
        capacity[:, :, s] = paper + (1.0 - paper) * (kept - floor) / (1.0 - floor)
    return down, capacity
