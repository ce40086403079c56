"""Speed of insurance terms: six layers on ten million events, a NumPy twin on a part of them, a preview.

Run ``python benchmarks/terms.py``. Prints JSON. Processor time of one thread: compare figures of one run only.
"""

from __future__ import annotations

import json
import platform
import statistics
import sys
import time
from collections.abc import Callable

import numpy as np

from hygie.core.programmes import Coverage, Layer, Programme
from hygie.core.tables import FORMS
from hygie.loss.preview import prepare_preview, preview
from hygie.loss.terms import apply_programme
from hygie.loss.terms_twin import apply_programme_slowly

ROWS, RUNS = 10_000_000, 5
TWIN_ROWS = 20_000
PREVIEW_YEARS, DRAWS = 200_000, 200

PROGRAMME = Programme(
    coverages=(
        Coverage(id="incident", forms=("response", "restoration"), deductible_eur=1e4, sub_limit_eur=1e6),
        Coverage(id="bi", forms=("activity", "reputation"), waiting_h=12.0, sub_limit_eur=2e6),
        Coverage(id="liability", forms=("third_party",), deductible_eur=5e3),
    ),
    layers=tuple(
        Layer(
            id=f"layer{number}",
            attachment_eur=attachment,
            limit_eur=limit,
            aggregate_deductible_eur=1e4 * number,
            aggregate_limit_eur=2.0 * limit,
            share=1.0 - 0.1 * number,
        )
        for number, (attachment, limit) in enumerate(
            [(0.0, 5e4), (5e4, 5e4), (1e5, 2e5), (3e5, 2e5), (5e5, 5e5), (1e6, 5e6)]
        )
    ),
    deductible_eur=1e4,
)


def make(rows: int, years: int) -> dict[str, np.ndarray]:
    """Return a loss table of lognormal losses: made for speed, stands for nothing."""
    rng = np.random.default_rng(1)
    columns = {
        "year": np.sort(rng.integers(0, years, rows)),
        "day": rng.integers(0, 365, rows).astype(np.int16),
        "facility": np.zeros(rows, dtype=np.int32),
        "threat_class": rng.integers(0, 6, rows).astype(np.int8),
        "outage_h": rng.exponential(50.0, rows),
        **{f"loss_{form}_eur": rng.lognormal(10.0, 2.0, rows) for form in FORMS},
    }
    columns["loss_eur"] = np.sum([columns[f"loss_{form}_eur"] for form in FORMS], axis=0)
    columns["loss_own_eur"] = columns["loss_eur"]
    return columns


def measure(action: Callable[[], object], runs: int = RUNS) -> dict[str, float]:
    """Return processor seconds of one thread, after a warm-up."""
    action()
    seconds = []
    for _ in range(runs):
        begin = time.process_time()
        action()
        seconds.append(time.process_time() - begin)
    return {"median_s": round(statistics.median(seconds), 4), "min_s": round(min(seconds), 4), "runs": runs}


def measure_terms(columns: dict[str, np.ndarray]) -> dict[str, float]:
    """Return the cost of the programme on a table, which is freed afterwards."""
    return measure(lambda: apply_programme(columns, PROGRAMME))


def main() -> None:
    kernel = measure_terms(make(ROWS, ROWS * 4 // 5))
    small = make(TWIN_ROWS, TWIN_ROWS * 4 // 5)
    twin = measure(lambda: apply_programme_slowly(small, PROGRAMME), runs=1)
    stored = make(PREVIEW_YEARS * 2 // 5, PREVIEW_YEARS)
    base = prepare_preview(stored, years_per_draw=[PREVIEW_YEARS // DRAWS] * DRAWS, n_classes=6)
    previews = {
        "terms_only": measure(lambda: preview(base, programme=PROGRAMME)),
        "frequency_only": measure(lambda: preview(base, factors=[1.5] * 6)),
        "both": measure(lambda: preview(base, factors=[1.5] * 6, programme=PROGRAMME)),
    }
    per_row = twin["median_s"] / TWIN_ROWS
    result = {
        "machine": {"processor": platform.processor() or platform.machine(), "python": platform.python_version()},
        "numpy": np.__version__,
        "terms": {"rows": ROWS, "layers": len(PROGRAMME.layers), **kernel, "goal_s": 2.0},
        "twin": {"rows": TWIN_ROWS, **twin, "times_slower_per_row": round(per_row * ROWS / kernel["median_s"], 1)},
        "preview": {"years": PREVIEW_YEARS, "events": PREVIEW_YEARS * 2 // 5, "goal_s": 0.1, **previews},
    }
    json.dump(result, sys.stdout, indent=2)
    sys.stdout.write("\n")


if __name__ == "__main__":
    main()
