"""Speed of the spine: one hospital from file to curve. Prints JSON; figures are medians with their spread.

Run with ``make bench``. Absolute times belong to one machine: compare medians of the same run only.
"""

from __future__ import annotations

import json
import os
import platform
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import date
from importlib.metadata import version
from pathlib import Path

ROOT = Path(__file__).parents[1]
EXAMPLE = ROOT / "examples" / "chsf.yaml"
YEARS, DRAWS, RUNS = 1_000_000, 200, 5


def measure(action: Callable[[], object], *, runs: int = RUNS, warm_up: int = 1) -> dict[str, float]:
    for _ in range(warm_up):
        action()
    seconds = []
    for _ in range(runs):
        start = time.perf_counter()
        action()
        seconds.append(time.perf_counter() - start)
    return {
        "median_s": round(statistics.median(seconds), 3),
        "min_s": round(min(seconds), 3),
        "max_s": round(max(seconds), 3),
        "runs": runs,
    }


def command(*arguments: str, **environment: str) -> Callable[[], None]:
    def call() -> None:
        subprocess.run([sys.executable, *arguments], check=True, capture_output=True, env={**os.environ, **environment})

    return call


def machine() -> dict[str, object]:
    model = "unknown"
    cpuinfo = Path("/proc/cpuinfo")
    if cpuinfo.exists():
        names = [
            line.split(":", 1)[1].strip() for line in cpuinfo.read_text().splitlines() if line.startswith("model name")
        ]
        model = names[0] if names else model
    packages = ("hygie", "numba", "numpy", "scipy", "duckdb")
    return {
        "processor": model,
        "cores": os.cpu_count(),
        "python": platform.python_version(),
        "system": platform.platform(),
        "versions": {name: version(name) for name in packages},
        "date": date.today().isoformat(),
    }


def main() -> None:
    from hygie.service.assess import assess
    from hygie.service.figures import derive_figures
    from hygie.service.requests import AssessmentRequest
    from hygie.simulation.runners import simulate

    request = AssessmentRequest(facility=str(EXAMPLE), years=YEARS, draws=DRAWS, as_of=date(2026, 11, 23))
    done = assess(request)
    plan, model = done.yelt.plan, done.model
    results: dict[str, object] = {
        "simulate 1,000,000 years, 2 threads": measure(lambda: simulate(model, plan, threads=2)),
        "simulate 1,000,000 years, 1 thread": measure(lambda: simulate(model, plan, threads=1), runs=3),
        "figures, curves and bands": measure(lambda: derive_figures(done.yelt), runs=3),
        "assess in process, calibration cached": measure(lambda: assess(request, threads=2), runs=3),
    }
    cli = "from hygie.cli.main import run; run()"
    with tempfile.TemporaryDirectory() as folder:
        out = str(Path(folder) / "result")
        base = ["-c", cli, "assess", str(EXAMPLE), "--as-of", "2026-11-23", "--out", out, "--threads", "2"]
        results["command line, 1,000,000 years, warm"] = measure(command(*base, "--years", str(YEARS)), runs=3)
        results["command line, 200,000 years, warm"] = measure(command(*base), runs=3)
        results["command line, very first run (compiles)"] = measure(
            command(*base, HYGIE_CACHE_DIR=str(Path(folder) / "cache")), runs=1, warm_up=0
        )
    results["import hygie"] = measure(command("-c", "import hygie"))
    results["python alone"] = measure(command("-c", "pass"))
    results["hygie --help"] = measure(command("-c", cli, "--help"))
    events = len(done.yelt)
    report = {
        "machine": machine(),
        "years": YEARS,
        "draws": DRAWS,
        "rows": events,
        "digest": done.view.digest,
        "results": results,
    }
    text = json.dumps(report, indent=1)
    target = ROOT / "results" / "bench" / "spine.json"
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_text(text + "\n", encoding="utf-8")
    print(text)


if __name__ == "__main__":
    main()
