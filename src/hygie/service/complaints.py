"""Was a complaint filed within 72 hours? One uniform per event, a function of what the event is.

Article L.12-10-1 of the Code des assurances (law 2023-22 of 24 January 2023, in force since 24 April 2023): what an
insurer pays for an attack on a system of automated data processing depends on a complaint within 72 hours after the
victim knows.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from hygie.core.ids import derive_entity
from hygie.core.tables import ORIGINS
from hygie.core.waists import SimulationPlan
from hygie.simulation.streams import MAX_OCCURRENCE, derive_keys, philox_block

__all__ = ["COMPLAINT_STREAM", "draw_complaints"]

COMPLAINT_STREAM = 1 << 12
"""Streams of `hygie.simulation.streams.Stream` count up from 0; decisions after the simulation count up from here."""


def draw_complaints(
    columns: Mapping[str, NDArray[np.generic]],
    *,
    plan: SimulationPlan,
    labels: Mapping[str, Sequence[str]],
    filed: float,
) -> NDArray[np.bool_] | None:
    """Return for each row whether the complaint was filed in time [rows]; None when it always is.

    The uniform belongs to the event (who, by which process, from where, which year and occurrence), not to its place
    in the table: more years, other facilities or other terms do not change it, and a higher probability only adds
    complaints.

    Parameters
    ----------
    columns
        Rows of the loss table.
    labels
        Names of nodes, processes, links, clients and campaigns.
    filed
        Probability that the complaint is filed in time.
    """
    if filed >= 1.0:
        return None
    draw = np.asarray(columns["draw"], dtype=np.int64)
    first = np.concatenate([[0], np.cumsum(plan.years_per_draw())[:-1]])
    year = np.asarray(columns["year"], dtype=np.int64) - first[draw]
    occurrence = np.asarray(columns["occurrence"], dtype=np.int64)
    kinds = np.stack(
        [np.asarray(columns[name], dtype=np.int64) for name in ("facility", "process", "origin", "origin_index")]
    )
    unique, place = np.unique(kinds, axis=1, return_inverse=True)
    entities = np.array([_name_entity(*kind, labels=labels) for kind in unique.T.tolist()], dtype=np.uint64)
    entity = entities[np.asarray(place).reshape(-1)] if entities.size else np.zeros(0, dtype=np.uint64)
    counters = np.empty((entity.size, 4), dtype=np.uint32)
    counters[:, 0] = entity & np.uint64(0xFFFFFFFF)
    counters[:, 1] = entity >> np.uint64(32)
    counters[:, 2] = year
    counters[:, 3] = ((occurrence % MAX_OCCURRENCE) << 20) | COMPLAINT_STREAM
    words = np.empty_like(counters)
    philox_block(counters, derive_keys(plan.seed, plan.draws)[draw], words)
    return np.asarray((words[:, 0] + 0.5) * 2.0**-32 < filed)


def _name_entity(
    facility: int, process: int, origin: int, origin_index: int, *, labels: Mapping[str, Sequence[str]]
) -> int:
    source = {1: "links", 2: "clients", 3: "campaigns"}.get(origin)
    return derive_entity(
        "complaint",
        labels["nodes"][facility],
        labels["processes"][process] if process >= 0 else "",
        ORIGINS[origin],
        labels[source][origin_index] if source is not None and origin_index >= 0 else "",
    )
