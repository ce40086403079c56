"""Typed scenarios in NumPy, one scenario and year at a time: to read, and to test the kernel against."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from hygie.core.typed_model import CELLS_PER_OCTAVE, OCTAVES, TypedModel
from hygie.core.waists import SimulationPlan
from hygie.simulation.streams import derive_keys
from hygie.simulation.twin import philox4x32
from hygie.simulation.typed import TYPED_ATTEMPT, TYPED_COUNT, TYPED_FORM, TYPED_MAGNITUDE

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


def _words(key: NDArray[np.uint32], entity: int, year: int, occurrence: int, stream: int) -> list[int]:
    counter = np.array([[entity & _MASK, entity >> 32, year, (occurrence << 20) | stream]], dtype=np.uint32)
    return [int(word) for word in philox4x32(counter, key[None, :])[0]]


def _count(word: int, rate: float) -> int:
    uniform = (word + 0.5) / 2.0**32
    term = total = float(np.exp(-rate))
    n = 0
    while total < uniform and (term >= 1e-20 or n <= rate):
        n += 1
        term *= rate / n
        total += term
    return n


def simulate_typed_twin(model: TypedModel, plan: SimulationPlan) -> list[tuple[int, int, int, float, float]]:
    """Return (year, scenario, occurrence, gross, paid) of each loss event, in that order of keys."""
    a = {name: np.asarray(array) for name, array in model.arrays.items()}
    keys = derive_keys(plan.seed, plan.draws)
    rows = []
    offset = 0
    for draw, years in enumerate(plan.years_per_draw().tolist()):
        for year in range(years):
            for s in range(len(model.names)):
                entity = int(a["entity"][s])
                word = _words(keys[draw], entity, year // 4, 0, TYPED_COUNT)[year % 4]
                for o in range(_count(word, float(a["rate_per_y"][draw, s]))):
                    push, hold = np.reshape(_words(keys[draw], entity, year, o // 2, TYPED_ATTEMPT), (2, 2))[o % 2]
                    pushed = look_up(a["tables"][a["push_table"][s]], push) * a["push_factor"][draw, s]
                    held = look_up(a["tables"][a["hold_table"][s]], hold) + a["hold_shift"][draw, s]
                    if not pushed - held > 0.0:
                        continue
                    size, second = _words(keys[draw], entity, year, o, TYPED_MAGNITUDE)[:2]
                    follows = (second + 0.5) / 2.0**32 < a["secondary_share"][draw, s]
                    gross = 0.0
                    for f in range(int(a["form_ptr"][s]), int(a["form_ptr"][s + 1])):
                        form = int(a["form_entity"][f])
                        word = _words(keys[draw], entity ^ form, year, o, TYPED_FORM)[0] if form else size
                        amount = look_up(a["tables"][a["form_table"][f]], word) * a["form_factor"][draw, f]
                        gross += amount if follows or not a["form_secondary"][f] else 0.0
                    gross = min(gross, float(a["loss_cap_eur"][s]))
                    paid = min(max(gross - float(a["deductible_eur"][s]), 0.0), float(a["limit_eur"][s]))
                    rows.append((offset + year, s, o, gross, paid))
        offset += years
    return rows
