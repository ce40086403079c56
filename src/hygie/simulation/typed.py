"""Typed scenarios: counts, attempts and losses of one block of years. Draw its loop in ``README.md``.

Level by level: the first two attempts of every year of the block, then the next two, and so on. In a level each step is
one loop over a list (Philox rounds, push against hold, loss), which the compiler turns into vector instructions.
"""

from __future__ import annotations

from math import exp

import numpy as np
from numpy.typing import NDArray

from hygie.simulation.compiler import inline, kernel
from hygie.simulation.typed_words import fill_words, look_up, unfold

__all__ = [
    "EVENT_FIELDS",
    "FULL",
    "TYPED_ATTEMPT",
    "TYPED_COUNT",
    "TYPED_FORM",
    "TYPED_MAGNITUDE",
    "simulate_typed_block",
]

TYPED_COUNT = 4096
TYPED_ATTEMPT = 4097
TYPED_MAGNITUDE = 4098
TYPED_FORM = 4099
"""Streams of typed scenarios: a range of their own, apart from `streams.Stream`."""

FULL = -1
EVENT_FIELDS = 13
"""Year, scenario, occurrence, gross, paid, secondary loss, then one amount per form name."""

_FIRST_FORM = 6
_GUIDE = 1024
_MAX_COUNT = 4096


@inline
def _build_counts(
    rate: float, cdf: NDArray[np.float64], guide: NDArray[np.int32]
) -> int:  # pragma: no cover - compiled
    """Fill the Poisson distribution function and where to start looking in it; return its length."""
    term = exp(-rate)
    total = term
    n = 0
    cdf[0] = total
    while total < 1.0 and n < _MAX_COUNT - 1:
        n += 1
        term *= rate / n
        total += term
        cdf[n] = total
        # Terms rise up to the rate: only past it are small ones the end.
        if term < 1e-20 and n > rate:
            break
    cdf[n] = 2.0
    # A slot of uniforms in which every year has the same count says it; the others say where to start, as -1 - n.
    place = 0
    for slot in range(_GUIDE):
        start = slot / _GUIDE
        while cdf[place] < start:
            place += 1
        guide[slot] = place if cdf[place] >= (slot + 1) / _GUIDE else -1 - place
    return n + 1


@kernel
def simulate_typed_block(
    entity: NDArray[np.uint64],
    rate: NDArray[np.float64],
    push_table: NDArray[np.int64],
    hold_table: NDArray[np.int64],
    push_factor: NDArray[np.float64],
    hold_shift: NDArray[np.float64],
    secondary_share: NDArray[np.float64],
    loss_cap: NDArray[np.float64],
    deductible: NDArray[np.float64],
    limit: NDArray[np.float64],
    annual_limit: NDArray[np.float64],
    form_ptr: NDArray[np.int64],
    form_name: NDArray[np.int64],
    form_secondary: NDArray[np.int64],
    form_entity: NDArray[np.uint64],
    form_table: NDArray[np.int64],
    form_factor: NDArray[np.float64],
    tables: NDArray[np.float64],
    key: NDArray[np.uint32],
    draw: int,
    first_year: int,
    years: int,
    offset: int,
    gross_sum: NDArray[np.float64],
    gross_max: NDArray[np.float64],
    paid_sum: NDArray[np.float64],
    paid_max: NDArray[np.float64],
    scenario_gross: NDArray[np.float64],
    scenario_paid: NDArray[np.float64],
    counted: NDArray[np.int64],
    events: NDArray[np.float64],
) -> int:  # pragma: no cover - compiled
    """Simulate `years` years of one draw from its year `first_year` on; return the number of event rows.

    Parameters
    ----------
    offset
        Where the first of these years stands in the annual arrays [all years].
    scenario_gross, scenario_paid
        [scenarios, all years], or [scenarios, 0] when sums by scenario are not wanted.
    counted
        [scenarios, 2] Attempts and loss events, filled.
    events
        [capacity, EVENT_FIELDS]; with no capacity, events are not kept. Too little capacity returns FULL.
    """
    k0, k1 = np.uint64(key[0]), np.uint64(key[1])
    mask = np.uint64(0xFFFFFFFF)
    keep = events.shape[0] > 0
    by_scenario = scenario_gross.shape[1] > 0
    skip = first_year % 4
    quads = (first_year + years - 1) // 4 - first_year // 4 + 1
    room = max(years, 4 * quads)
    count = np.empty(room, dtype=np.int32)
    index = np.empty(room, dtype=np.int32)
    hit = np.empty(room, dtype=np.int32)
    w0 = np.empty(room)
    w1 = np.empty(room)
    w2 = np.empty(room)
    w3 = np.empty(room)
    gap = np.empty((2, room))
    follows = np.empty(room)
    severity = np.empty(room)
    second = np.empty(room)
    amount = np.empty(room)
    b0 = w0.view(np.uint64)
    b1 = w1.view(np.uint64)
    b2 = w2.view(np.uint64)
    b3 = w3.view(np.uint64)
    own_gross = np.empty(years)
    own_paid = np.empty(years)
    cdf = np.empty(_MAX_COUNT)
    guide = np.empty(_GUIDE, dtype=np.int32)
    parts = np.empty((room if keep else 0, 7))
    rows = 0
    gross_sum[offset : offset + years] = 0.0
    gross_max[offset : offset + years] = 0.0
    paid_sum[offset : offset + years] = 0.0
    paid_max[offset : offset + years] = 0.0
    for s in range(entity.shape[0]):
        low = entity[s] & mask
        high = entity[s] >> np.uint64(32)
        counted[s, 0] = 0
        counted[s, 1] = 0
        own_gross[:] = 0.0
        own_paid[:] = 0.0
        # How many attempts: the uniform of year y is word y mod 4 of block y div 4.
        _build_counts(rate[draw, s], cdf, guide)
        for q in range(quads):
            index[q] = q
        fill_words(k0, k1, low, high, first_year // 4, TYPED_COUNT, index, quads, w0, w1, w2, w3)
        for q in range(quads):
            severity[4 * q] = unfold(w0[q])
            severity[4 * q + 1] = unfold(w1[q])
            severity[4 * q + 2] = unfold(w2[q])
            severity[4 * q + 3] = unfold(w3[q])
        for y in range(years):
            count[y] = guide[np.int32(severity[y + skip] * _GUIDE)]
        unsure = 0
        for y in range(years):
            hit[unsure] = y
            unsure += np.int64(count[y] < 0)
        for i in range(unsure):
            y = hit[i]
            n = -1 - count[y]
            while cdf[n] < severity[y + skip]:
                n += 1
            count[y] = n
        active = 0
        for y in range(years):
            index[active] = y
            active += np.int64(count[y] > 0)
        push = tables[push_table[s]]
        hold = tables[hold_table[s]]
        factor = push_factor[draw, s]
        shift = hold_shift[draw, s]
        share = secondary_share[draw, s]
        ceiling = loss_cap[s]
        floor = deductible[s]
        top = limit[s]
        most = annual_limit[s]
        level = 0
        while active > 0:
            # Which attempts become loss events: one block of words serves two attempts.
            tail = ((np.uint64(level) >> np.uint64(1)) << np.uint64(20)) | np.uint64(TYPED_ATTEMPT)
            fill_words(k0, k1, low, high, first_year, tail & mask, index, active, w0, w1, w2, w3)
            for i in range(active):
                gap[0, i] = look_up(push, b0[i], w0[i]) * factor - (look_up(hold, b1[i], w1[i]) + shift)
            for i in range(active):
                gap[1, i] = look_up(push, b2[i], w2[i]) * factor - (look_up(hold, b3[i], w3[i]) + shift)
            counted[s, 0] += active
            for step in range(2):
                hits = 0
                if step == 0:
                    for i in range(active):
                        hit[hits] = index[i]
                        hits += np.int64(gap[0, i] > 0.0)
                else:
                    there = 0
                    for i in range(active):
                        y = index[i]
                        second_one = count[y] > level + 1
                        hit[hits] = y
                        hits += np.int64(second_one & (gap[1, i] > 0.0))
                        there += np.int64(second_one)
                    counted[s, 0] += there
                if hits == 0:
                    continue
                counted[s, 1] += hits
                # What they cost.
                tail = (np.uint64(level + step) << np.uint64(20)) | np.uint64(TYPED_MAGNITUDE)
                fill_words(k0, k1, low, high, first_year, tail & mask, hit, hits, w0, w1, w2, w3)
                for i in range(hits):
                    follows[i] = 1.0 if unfold(w1[i]) < share else 0.0
                    severity[i] = 0.0
                    second[i] = 0.0
                if keep:
                    parts[:hits, :] = 0.0
                for f in range(form_ptr[s], form_ptr[s + 1]):
                    table = tables[form_table[f]]
                    scale = form_factor[draw, f]
                    if form_entity[f] == np.uint64(0):
                        for i in range(hits):
                            amount[i] = look_up(table, b0[i], w0[i]) * scale
                    else:
                        own = entity[s] ^ form_entity[f]
                        tail = (np.uint64(level + step) << np.uint64(20)) | np.uint64(TYPED_FORM)
                        fill_words(
                            k0, k1, own & mask, own >> np.uint64(32), first_year, tail & mask, hit, hits, gap[0],
                            w1, w2, w3,
                        )  # fmt: skip
                        bits = gap[0].view(np.uint64)
                        for i in range(hits):
                            amount[i] = look_up(table, bits[i], gap[0, i]) * scale
                    if form_secondary[f] == 1:
                        for i in range(hits):
                            amount[i] *= follows[i]
                            second[i] += amount[i]
                    for i in range(hits):
                        severity[i] += amount[i]
                    if keep:
                        for i in range(hits):
                            parts[i, form_name[f]] += amount[i]
                for i in range(hits):
                    gross = min(severity[i], ceiling)
                    amount[i] = gross
                    follows[i] = min(max(gross - floor, 0.0), top)
                for i in range(hits):
                    y = hit[i]
                    gross = amount[i]
                    paid = follows[i]
                    own_gross[y] += gross
                    own_paid[y] += paid
                    gross_max[offset + y] = max(gross_max[offset + y], gross)
                    paid_max[offset + y] = max(paid_max[offset + y], min(paid, most))
                if keep:
                    if rows + hits > events.shape[0]:
                        return FULL
                    for i in range(hits):
                        events[rows, 0] = offset + hit[i]
                        events[rows, 1] = s
                        events[rows, 2] = level + step
                        events[rows, 3] = amount[i]
                        events[rows, 4] = follows[i]
                        cut = amount[i] / severity[i] if severity[i] > 0.0 else 0.0
                        events[rows, 5] = second[i] * cut
                        for name in range(7):
                            events[rows, _FIRST_FORM + name] = parts[i, name] * cut
                        rows += 1
            level += 2
            left = 0
            for i in range(active):
                y = index[i]
                index[left] = y
                left += np.int64(count[y] > level)
            active = left
        for y in range(years):
            own_paid[y] = min(own_paid[y], most)
            gross_sum[offset + y] += own_gross[y]
            paid_sum[offset + y] += own_paid[y]
        if by_scenario:
            scenario_gross[s, offset : offset + years] = own_gross
            scenario_paid[s, offset : offset + years] = own_paid
    return rows
