"""Speed of decisions: twelve controls at one hospital in full, and a preview from what was saved.

Run ``python benchmarks/decide.py``. Prints JSON; wall-clock seconds after a warm-up, packs and calibration included.
"""

from __future__ import annotations

import json
import os
import statistics
import sys
import time
from datetime import date
from pathlib import Path

from hygie.service.decide_controls import decide_controls
from hygie.service.decide_preview import preview_loss
from hygie.service.requests import ControlOption, DecideControlsRequest

EXAMPLE = Path(__file__).parents[1] / "examples" / "chsf.yaml"
CONTROLS = (
    "credential_protection", "account_hygiene", "backup_isolation", "segmentation", "endpoint_protection", "hardening",
    "patch_internal", "directory_hardening", "monitoring", "incident_response", "privileged_access", "continuity_plan",
)  # fmt: skip
RUNS = 20


def main() -> None:
    options = tuple(ControlOption(control=name, coverage=0.98) for name in CONTROLS)
    request = DecideControlsRequest(facility=str(EXAMPLE), options=options, as_of=date(2026, 11, 23))
    threads = os.cpu_count() or 1
    decide_controls(request.model_copy(update={"years": 2_000, "draws": 200}), threads=threads)
    begin, used = time.perf_counter(), time.process_time()
    view = decide_controls(request, threads=threads)
    wall, used = time.perf_counter() - begin, time.process_time() - used
    seconds = []
    for _ in range(RUNS):
        begin = time.perf_counter()
        preview_loss(view, CONTROLS)
        seconds.append(time.perf_counter() - begin)
    full = {"controls": len(CONTROLS), "years": request.years, "wall_s": round(wall, 2), "processor_s": round(used, 2)}
    ratios = [row.variance_ratio for row in view.options]
    result = {
        "threads": threads,
        "full": {**full, "goal_s": 10.0},
        "preview": {"median_s": round(statistics.median(seconds), 6), "runs": RUNS, "goal_s": 0.1},
        "variance_ratio": {"least": round(min(ratios), 1), "median": round(statistics.median(ratios), 1)},
    }
    json.dump(result, sys.stdout, indent=2)
    sys.stdout.write("\n")


if __name__ == "__main__":
    main()
