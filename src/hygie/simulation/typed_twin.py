"""Typed scenarios in NumPy, one scenario and year at a time: to read, and to test the kernel against."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from hygie.core.typed_model import CELLS_PER_OCTAVE, OCTAVES, TypedModel
from hygie.core.waists import SimulationPlan
from hygie.simulation.streams import derive_keys
from hygie.simulation.twin import philox4x32
from hygie.simulation.typed import GROUP_YEARS, TYPED_ATTEMPT, TYPED_COUNT, TYPED_FORM, TYPED_HOLD
from hygie.simulation.typed_words import STREAM_BITS

__all__ = ["look_up", "simulate_typed_twin"]

_MASK = 0xFFFFFFFF


def look_up(table: NDArray[np.float64], word: int) -> float:
    """Return the tabulated quantile of one 32-bit word."""
    near_one = word >= 1 << 31
    distance = (_MASK - word if near_one else word) + 0.5
    mantissa, exponent = np.frexp(distance)
    cell = int(exponent) * CELLS_PER_OCTAVE + int((float(mantissa) * 2.0 - 1.0) * CELLS_PER_OCTAVE)
    line = table[cell + OCTAVES * CELLS_PER_OCTAVE * near_one]
    return float(line[0] + line[1] * distance)


def _words(key: NDArray[np.uint32], entity: int, group: int, number: int, stream: int) -> list[int]:
    counter = np.array([[entity & _MASK, entity >> 32, group, (number << STREAM_BITS) | stream]], dtype=np.uint32)
    return [int(word) for word in philox4x32(counter, key[None, :])[0]]


def _count(word: int, rate: float) -> int:
    """Return the Poisson quantile of a word, from terms relative to the one at the mode."""
    low, term = int(rate), 1.0
    while low > 0 and term >= 1e-20:
        term *= low / rate
        low -= 1
    n, terms = low, [term]
    while n < rate or term >= 1e-20:
        n += 1
        term *= rate / n
        terms.append(term)
    total = np.cumsum(terms)
    uniform = (word + 0.5) / 2.0**32
    return low + min(int(np.searchsorted(total / total[-1], uniform)), n - low)


def simulate_typed_twin(model: TypedModel, plan: SimulationPlan) -> list[tuple[int, int, int, float, float]]:
    """Return (year, scenario, number of the attempt, gross, paid) of each loss event, in that order of keys."""
    a = {name: np.asarray(array) for name, array in model.arrays.items()}
    keys = derive_keys(plan.seed, plan.draws)
    rows = []
    offset = 0
    for draw, years in enumerate(plan.years_per_draw().tolist()):
        for s in range(len(model.names)):
            entity = int(a["entity"][s])
            for group in range(-(-years // GROUP_YEARS)):
                word = _words(keys[draw], entity, group // 4, 0, TYPED_COUNT)[group % 4]
                for number in range(_count(word, GROUP_YEARS * float(a["rate_per_y"][draw, s]))):
                    hold = _words(keys[draw], entity, group, number // 4, TYPED_HOLD)[number % 4]
                    push, size, second, when = _words(keys[draw], entity, group, number, TYPED_ATTEMPT)
                    year = GROUP_YEARS * group + when * GROUP_YEARS // 2**32
                    pushed = look_up(a["tables"][a["push_table"][s]], push) * a["push_factor"][draw, s]
                    held = look_up(a["tables"][a["hold_table"][s]], hold) + a["hold_shift"][draw, s]
                    if year >= years or not pushed - held > 0.0:
                        continue
                    follows = (second + 0.5) / 2.0**32 < a["secondary_share"][draw, s]
                    gross = 0.0
                    for f in range(int(a["form_ptr"][s]), int(a["form_ptr"][s + 1])):
                        form = int(a["form_entity"][f])
                        word = _words(keys[draw], entity ^ form, group, number, TYPED_FORM)[0] if form else size
                        amount = look_up(a["tables"][a["form_table"][f]], word) * a["form_factor"][draw, f]
                        gross += amount if follows or not a["form_secondary"][f] else 0.0
                    gross = min(gross, float(a["loss_cap_eur"][s]))
                    paid = min(max(gross - float(a["deductible_eur"][s]), 0.0), float(a["limit_eur"][s]))
                    rows.append((offset + year, s, number, gross, paid))
        offset += years
    return sorted(rows)
