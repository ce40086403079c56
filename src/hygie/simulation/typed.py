"""Typed scenarios: attempts and losses of one block of years. Draw its loop in ``README.md``.

Attempts belong to a group of sixteen years; only one that may become a loss asks in which of them it falls. In a chunk
of attempts each step is one loop over a list (Philox rounds, tables, loss), which the compiler turns into vector
instructions; between two steps the list is made shorter.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from hygie.simulation.compiler import inline, kernel
from hygie.simulation.typed_counts import GUIDE, MAX_LINES, build_counts, count_attempts, find_last_word
from hygie.simulation.typed_words import TABLE_SIZE, fill_words, look_up

__all__ = [
    "EVENT_FIELDS",
    "FULL",
    "GROUP_YEARS",
    "TYPED_ATTEMPT",
    "TYPED_COUNT",
    "TYPED_FORM",
    "TYPED_HOLD",
    "simulate_typed_block",
]

TYPED_COUNT = 4100
TYPED_HOLD = 4101
TYPED_ATTEMPT = 4102
TYPED_FORM = 4103
"""Streams of typed scenarios: a range of their own, apart from `streams.Stream`; 4096 to 4099 were used before."""

GROUP_YEARS = 16
"""Years whose attempts are counted together. A Poisson count of all of them, each attempt in a year of its own at
random, is a Poisson count of each."""

FULL = -1
EVENT_FIELDS = 13
"""Year, scenario, number of the attempt in its group of years, gross, paid, secondary loss, then one amount per form
name."""

_FIRST_FORM = 6
_YEAR_SHIFT = np.uint32(28)
_QUADS = 512
"""Blocks of words in a chunk: four attempts each. A chunk stays in the cache of its core."""

_MEMBERS = [[j for j in range(4) if code >> j & 1] for code in range(16)]
_STAYS = np.array([[*members, 0, 0, 0, 0][:4] for members in _MEMBERS], dtype=np.uint32)
_HOW_MANY = np.array([len(members) for members in _MEMBERS], dtype=np.uint64)
"""For each set of the four attempts of a block: its members first, then any numbers; how many they are."""


@inline
def _list_quads(
    group: int, begin: int, count: int, quads: int,
    quad_group: NDArray[np.uint32], quad: NDArray[np.uint32], left: NDArray[np.int32],
) -> int:  # fmt: skip  # pragma: no cover - compiled
    """List the fours of attempts of one group from `begin` on, as far as there is room; return how many."""
    taken = min((count + 3) // 4 - begin, _QUADS - quads)
    for i in range(taken):
        quad_group[quads + i] = group
        quad[quads + i] = begin + i
        left[quads + i] = count - 4 * (begin + i)
    return taken


@inline
def _keep_hopeful(
    words: NDArray[np.uint32], left: NDArray[np.int32], quads: int, last: int,
    code: NDArray[np.uint32], place: NDArray[np.uint32],
) -> int:  # fmt: skip  # pragma: no cover - compiled
    """List the places in the chunk of the attempts whose hold is at most the word `last`; return how many.

    Four at a time: which of them stay is a number from 0 to 15, and a table says what to write for it.
    """
    if last < 0:
        return 0
    bound = np.uint32(last)
    for i in range(quads):
        rest = left[i]
        stays = np.int32(words[0, i] <= bound)
        stays |= np.int32((words[1, i] <= bound) & (rest > 1)) << 1
        stays |= np.int32((words[2, i] <= bound) & (rest > 2)) << 2
        stays |= np.int32((words[3, i] <= bound) & (rest > 3)) << 3
        code[i] = stays
    kept = np.uint64(0)
    for i in range(quads):
        stays = code[i]
        for j in range(4):
            place[kept + np.uint64(j)] = 4 * i + _STAYS[stays, j]
        kept += _HOW_MANY[stays]
    return np.int64(kept)


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
    first_group = first_year // GROUP_YEARS
    skip = first_year - GROUP_YEARS * first_group
    groups = (first_year + years - 1) // GROUP_YEARS - first_group + 1
    # Counts come four groups to a block of words.
    early = first_group % 4
    blocks = (first_group + groups - 1) // 4 - first_group // 4 + 1
    count = np.empty(4 * blocks, dtype=np.int32)
    cdf = np.empty(MAX_LINES)
    guide = np.empty(GUIDE, dtype=np.int32)
    room = max(4 * _QUADS, blocks)
    quad_group = np.empty(max(_QUADS, blocks), dtype=np.uint32)
    quad = np.empty(max(_QUADS, blocks), dtype=np.uint32)
    left = np.empty(_QUADS, dtype=np.int32)
    holds = np.empty((4, max(_QUADS, blocks)), dtype=np.uint32)
    code = np.empty(_QUADS, dtype=np.uint32)
    place = np.empty(room + 4, dtype=np.uint32)
    held = np.empty(room, dtype=np.uint32)
    group = np.empty(room, dtype=np.uint32)
    number = np.empty(room, dtype=np.uint32)
    words = np.empty((4, room), dtype=np.uint32)
    folded = np.empty(room)
    pushed = np.empty(room)
    amount = np.empty(room)
    hit = np.empty(room, dtype=np.uint32)
    year = np.empty(room, dtype=np.uint32)
    follows = np.empty(room)
    severity = np.empty(room)
    second = np.empty(room)
    own_gross = np.empty(years)
    own_paid = np.empty(years)
    parts = np.empty((room if keep else 0, 7))
    rows = 0
    own_gross[:] = 0.0
    own_paid[:] = 0.0
    all_gross = gross_sum[offset : offset + years]
    all_paid = paid_sum[offset : offset + years]
    worst_gross = gross_max[offset : offset + years]
    worst_paid = paid_max[offset : offset + years]
    all_gross[:] = 0.0
    all_paid[:] = 0.0
    worst_gross[:] = 0.0
    worst_paid[:] = 0.0
    for s in range(entity.shape[0]):
        low = entity[s] & mask
        high = entity[s] >> np.uint64(32)
        counted[s, 0] = 0
        counted[s, 1] = 0
        # How many attempts in each group of years: word g mod 4 of block g div 4.
        fewest = build_counts(GROUP_YEARS * rate[draw, s], cdf, guide)
        for q in range(blocks):
            quad_group[q] = q
            quad[q] = 0
        fill_words(
            k0, k1, low, high, first_group // 4, TYPED_COUNT, quad_group, quad, blocks,
            holds[0], holds[1], holds[2], holds[3],
        )  # fmt: skip
        for q in range(blocks):
            for j in range(4):
                count[4 * q + j] = count_attempts(holds[j, q], fewest, cdf, guide)
        push = tables[push_table[s]].reshape(TABLE_SIZE)
        hold = tables[hold_table[s]].reshape(TABLE_SIZE)
        factor = push_factor[draw, s]
        shift = hold_shift[draw, s]
        # (w + ½) / 2³² < share, on words.
        follow = np.int64(np.ceil(secondary_share[draw, s] * 4294967296.0 - 0.5))
        ceiling = loss_cap[s]
        floor = deductible[s]
        top = limit[s]
        most = annual_limit[s]
        last_word = find_last_word(push, factor, hold, shift)
        g = 0
        begin = 0
        while g < groups:
            # A chunk of attempts. A group that reaches beyond these years has a chunk of its own: there, each
            # attempt must be asked for its year.
            whole = True
            quads = 0
            while g < groups and quads < _QUADS:
                inside = GROUP_YEARS * g >= skip and GROUP_YEARS * (g + 1) <= skip + years
                if not inside and quads > 0:
                    break
                n = count[early + g]
                taken = _list_quads(g, begin, n, quads, quad_group, quad, left)
                quads += taken
                begin += taken
                if inside:
                    counted[s, 0] += min(n - 4 * (begin - taken), 4 * taken)
                else:
                    whole = False
                if 4 * begin >= n:
                    g += 1
                    begin = 0
                if not inside:
                    break
            # Which attempts may become losses: one block of words serves four.
            fill_words(
                k0, k1, low, high, first_group, TYPED_HOLD, quad_group, quad, quads,
                holds[0], holds[1], holds[2], holds[3],
            )  # fmt: skip
            kept = _keep_hopeful(holds, left, quads, last_word if whole else 0xFFFFFFFF, code, place)
            for i in range(kept):
                q = place[i] >> 2
                j = place[i] & 3
                group[i] = quad_group[q]
                number[i] = 4 * quad[q] + j
                held[i] = holds[j, q]
            # Which do: push, magnitude, secondary loss and year of each are one block.
            fill_words(
                k0, k1, low, high, first_group, TYPED_ATTEMPT, group, number, kept,
                words[0], words[1], words[2], words[3],
            )  # fmt: skip
            look_up(push, words[0], kept, folded, pushed)
            look_up(hold, held, kept, folded, amount)
            for i in range(kept):
                pushed[i] = pushed[i] * factor - (amount[i] + shift)
            if not whole:
                for i in range(kept):
                    y = GROUP_YEARS * np.int64(group[i]) + np.int64(words[3, i] >> _YEAR_SHIFT) - skip
                    if y < 0 or y >= years:
                        pushed[i] = 0.0
                    else:
                        counted[s, 0] += 1
            found = np.uint64(0)
            for i in range(kept):
                hit[found] = i
                found += np.uint64(pushed[i] > 0.0)
            hits = np.int64(found)
            if hits == 0:
                continue
            counted[s, 1] += hits
            # What they cost.
            for i in range(hits):
                at = hit[i]
                year[i] = GROUP_YEARS * np.int64(group[at]) + np.int64(words[3, at] >> _YEAR_SHIFT) - skip
                group[i] = group[at]
                number[i] = number[at]
                held[i] = words[1, at]
                follows[i] = 1.0 if np.int64(words[2, at]) < follow else 0.0
                severity[i] = 0.0
                second[i] = 0.0
            if keep:
                parts[:hits, :] = 0.0
            for f in range(form_ptr[s], form_ptr[s + 1]):
                if form_entity[f] == np.uint64(0):
                    look_up(tables[form_table[f]].reshape(TABLE_SIZE), held, hits, folded, amount)
                else:
                    own = entity[s] ^ form_entity[f]
                    fill_words(
                        k0, k1, own & mask, own >> np.uint64(32), first_group, TYPED_FORM, group, number, hits,
                        words[0], words[1], words[2], words[3],
                    )  # fmt: skip
                    look_up(tables[form_table[f]].reshape(TABLE_SIZE), words[0], hits, folded, amount)
                scale = form_factor[draw, f]
                for i in range(hits):
                    amount[i] *= scale
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
                y = year[i]
                gross = amount[i]
                paid = follows[i]
                own_gross[y] += gross
                own_paid[y] += paid
                worst_gross[y] = max(worst_gross[y], gross)
                worst_paid[y] = max(worst_paid[y], min(paid, most))
            if keep:
                if rows + hits > events.shape[0]:
                    return FULL
                for i in range(hits):
                    events[rows, 0] = offset + year[i]
                    events[rows, 1] = s
                    events[rows, 2] = number[i]
                    events[rows, 3] = amount[i]
                    events[rows, 4] = follows[i]
                    cut = amount[i] / severity[i] if severity[i] > 0.0 else 0.0
                    events[rows, 5] = second[i] * cut
                    for name in range(7):
                        events[rows, _FIRST_FORM + name] = parts[i, name] * cut
                    rows += 1
        if by_scenario:
            scenario_gross[s, offset : offset + years] = own_gross
            for y in range(years):
                scenario_paid[s, offset + y] = min(own_paid[y], most)
        for y in range(years):
            all_gross[y] += own_gross[y]
            all_paid[y] += min(own_paid[y], most)
            own_gross[y] = 0.0
            own_paid[y] = 0.0
    return rows
