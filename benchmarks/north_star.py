"""R1: ten typed scenarios over a million years, by our kernel, by NumPy, and by peers in their own environments.

Run with ``make peers``; ``--install NAME…`` only makes the environments of some peers, for tests that ask them.
``benchmarks/README.md`` specifies the task so that anyone can run it with anything. Writes
``results/north_star/r1.json``, ``r1.md`` and ``r1.png``. Times belong to one machine: read ratios of one run.
"""

from __future__ import annotations

import json
import os
import platform
import shutil
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from r1.machine import measure_limits
from r1.ours import build_model, compute_exact, run_numpy, run_ours
from r1.pages import draw_plot, write_table

ROOT = Path(__file__).parents[1]
PLACE = Path(os.environ.get("HYGIE_PEERS", ROOT / ".peers"))
OUT = ROOT / "results" / "north_star"
SPECIFICATION = Path(__file__).parent / "r1" / "specification.json"
RUNS, THREADS, MAX_ERRORS, PEER_LIMIT_S = 7, 2, 3.0, 900

# Environment, packages pinned, names in peers.py.
PEERS = (
    ("pyfair", ("pyfair==0.1a13",), ("pyfair",)),
    ("pycrq", ("pycrq==1.1.0",), ("pycrq",)),
    ("risksim", ("lossmodels==0.8.2", "risksim==0.5.5"), ("risksim",)),
    ("prospicio", ("prospicio==0.0.5",), ("prospicio",)),
    ("gemact", ("gemact==1.3.0",), ("gemact", "gemact_fft")),
    ("aggregate", ("aggregate==0.30.1",), ("aggregate",)),
    ("crml", ("crml-engine==1.2.0", "crml-lang==1.2.1"), ("crml",)),
)


def find_uv() -> str:
    for candidate in (ROOT / ".uv" / "bin" / "uv", shutil.which("uv")):
        if candidate and Path(candidate).exists():
            return str(candidate)
    raise SystemExit("uv is needed to install peers: run `make help` once, or pip install uv")


def install(name: str, packages: tuple[str, ...]) -> Path:
    """Return the interpreter of a peer's environment, made on first use."""
    python = PLACE / name / "bin" / "python"
    stamp = PLACE / name / ".packages"
    wanted = "\n".join(packages)
    if not python.exists() or not stamp.exists() or stamp.read_text() != wanted:
        uv = find_uv()
        subprocess.run([uv, "venv", "--quiet", "--clear", "--python", sys.executable, str(PLACE / name)], check=True)
        subprocess.run([uv, "pip", "install", "--quiet", "--python", str(python), *packages], check=True)
        stamp.write_text(wanted)
    return python


def measure(action: Callable[[], Any], *, runs: int) -> tuple[Any, dict[str, float]]:
    """Return the last result, and median wall and processor seconds."""
    seconds, cpu = [], []
    result = None
    for _ in range(runs):
        start, used = time.perf_counter(), time.process_time()
        result = action()
        seconds.append(time.perf_counter() - start)
        cpu.append(time.process_time() - used)
    return result, {
        "seconds": statistics.median(seconds),
        "fastest_seconds": min(seconds),
        "cpu_seconds": statistics.median(cpu),
        "runs": runs,
    }


def run_peer(python: Path, name: str) -> dict[str, Any]:
    """Return what a peer measured, or why it did not."""
    try:
        done = subprocess.run(
            [str(python), str(Path(__file__).parent / "r1" / "peers.py"), name, str(SPECIFICATION)],
            capture_output=True,
            text=True,
            timeout=PEER_LIMIT_S,
            check=True,
        )
    except subprocess.TimeoutExpired:
        return {"name": name, "failed": f"longer than {PEER_LIMIT_S} s"}
    except subprocess.CalledProcessError as error:
        return {"name": name, "failed": (error.stderr or "").strip().splitlines()[-1:]}
    return dict(json.loads(done.stdout.strip().splitlines()[-1]))


def main() -> None:
    wanted = set(sys.argv[1:])
    if "--install" in wanted:
        for name, packages, _ in PEERS:
            if name in wanted:
                install(name, packages)
        return
    spec = json.loads(SPECIFICATION.read_text())
    exact = compute_exact(spec)
    model = build_model(spec)
    run_ours(model, spec, years=spec["slider_years"], threads=THREADS)
    # Ours and NumPy take turns, so that a neighbour on the machine slows both.
    ours_parts, numpy_parts = [], []
    for _ in range(RUNS):
        ours_parts.append(measure(lambda: run_ours(model, spec, years=spec["years"], threads=THREADS), runs=1))
        numpy_parts.append(measure(lambda: run_numpy(spec, years=spec["years"]), runs=1))
    _, one_thread = measure(lambda: run_ours(model, spec, years=spec["years"], threads=1), runs=3)
    _, slider = measure(lambda: run_ours(model, spec, years=spec["slider_years"], threads=THREADS), runs=15)
    result, figures = ours_parts[-1][0]

    def median(parts: list[tuple[Any, dict[str, float]]]) -> dict[str, float]:
        kept = {key: statistics.median(part[1][key] for part in parts) for key in ("seconds", "cpu_seconds")}
        return {**kept, "fastest_seconds": min(part[1]["seconds"] for part in parts), "runs": RUNS}

    rows: list[dict[str, Any]] = [
        {"name": "hygie", "years": spec["years"], **median(ours_parts), **figures},
        {"name": "numpy", "years": spec["years"], **median(numpy_parts), **numpy_parts[-1][0]},
    ]
    for environment, packages, names in PEERS:
        if wanted and environment not in wanted:
            continue
        try:
            python = install(environment, packages)
        except subprocess.CalledProcessError as error:
            rows += [{"name": name, "failed": f"not installed: {error}"} for name in names]
            continue
        for name in names:
            rows.append({**run_peer(python, name), "packages": list(packages)})
            print(json.dumps(rows[-1]), file=sys.stderr)
    root = spec["years"] ** 0.5
    gaps = {name: (figures[name] - exact.figures[name]) * root / error for name, error in exact.error.items()}
    report = {
        "machine": {"cores": os.cpu_count(), "python": platform.python_version(), "system": platform.platform()},
        "threads": THREADS,
        "exact": exact.figures,
        "standard_errors_from_fft": gaps,
        "agrees": all(abs(gap) <= MAX_ERRORS for gap in gaps.values()) and figures["oep"] == exact.figures["oep"],
        "attempts": int(result.attempts.sum()),
        "losses": int(result.losses.sum()),
        "one_thread": one_thread,
        "slider_milliseconds": slider["fastest_seconds"] * 1e3,
        "slider_median_milliseconds": slider["seconds"] * 1e3,
        "limits": measure_limits(model, result, spec, cpu_seconds=rows[0]["cpu_seconds"]),
        "rows": rows,
    }
    OUT.mkdir(parents=True, exist_ok=True)
    (OUT / "r1.json").write_text(json.dumps(report, indent=1) + "\n")
    table = write_table(report)
    (OUT / "r1.md").write_text(table)
    draw_plot(report, OUT / "r1.png")
    print(table)
    if not report["agrees"]:
        sys.exit("the simulation and FFT disagree: see standard_errors_from_fft in r1.json")


if __name__ == "__main__":
    main()
