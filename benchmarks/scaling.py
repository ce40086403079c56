"""How time and memory grow with years, threads and draws. Prints a table, writes it with a plot to results/.

Each case is a process of its own: model compiled from the example, then simulated to parts or in memory, and figures
made. Times are of simulation and figures, without start-up; CPU seconds tell more than wall time on a busy machine.
Peak memory is that of the whole process, about 200 MB of it libraries.

    python benchmarks/scaling.py [--quick]
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from datetime import date
from pathlib import Path

ROOT = Path(__file__).parents[1]
EXAMPLE = ROOT / "examples" / "chsf.yaml"
RESULTS = ROOT / "results"

YEARS = (100_000, 300_000, 1_000_000, 3_000_000, 10_000_000)
THREADS = (1, 2, 4, 8)
DRAWS = (20, 100, 200, 500, 1000)


def run_case(case: dict[str, int | bool]) -> dict[str, float]:
    """Simulate one case in this process."""
    from hygie.core.waists import SimulationPlan
    from hygie.service.figures import derive_figures
    from hygie.service.runs import choose_runner, simulate_to_parts
    from hygie.service.threat_world import calibrate_world, compile_world, load_world, rate_world
    from hygie.simulation.runners import simulate

    years, draws, threads = int(case["years"]), int(case["draws"]), int(case["threads"])
    world = load_world(EXAMPLE, as_of=date(2026, 11, 23))
    rates, sample = rate_world(world, seed=1, draws=draws)
    calibration = calibrate_world(world, seed=1, draws=draws, threads=2)
    model = compile_world(world, rates, sample, susceptibility=calibration.susceptibility)
    runner = choose_runner(threads=threads)
    # Warm: the kernel is loaded, nothing else is kept.
    simulate(model, SimulationPlan(2 * draws, draws, 1), runner=runner)
    plan = SimulationPlan(years, draws, 1)
    with tempfile.TemporaryDirectory() as folder:
        begin, busy = time.perf_counter(), time.process_time()
        if case["stream"]:
            table = simulate_to_parts(model, plan, Path(folder) / "r", runner=runner)
        else:
            table = simulate(model, plan, runner=runner)
        middle, busy_middle = time.perf_counter(), time.process_time()
        derive_figures(table)
        end, busy_end = time.perf_counter(), time.process_time()
        disk = sum(part.stat().st_size for part in Path(folder).rglob("part-*.parquet"))
    return {
        "events": len(table),
        "simulate_s": middle - begin,
        "simulate_cpu_s": busy_middle - busy,
        "figures_s": end - middle,
        "figures_cpu_s": busy_end - busy_middle,
        "peak_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
        "disk_mb": disk / 2**20,
    }


def list_cases(*, quick: bool) -> list[dict[str, int | bool | str]]:
    years = YEARS[:3] if quick else YEARS
    base = 300_000 if quick else 1_000_000
    cores = os.cpu_count() or 1
    cases: list[dict[str, int | bool | str]] = []
    for stream in (True, False):
        cases += [{"by": "years", "years": n, "draws": 200, "threads": cores, "stream": stream} for n in years]
    cases += [
        {"by": "threads", "years": base, "draws": 200, "threads": n, "stream": True} for n in THREADS if n <= cores
    ]
    cases += [{"by": "draws", "years": base, "draws": n, "threads": cores, "stream": True} for n in DRAWS]
    return cases


def plot(rows: list[dict[str, float]]) -> bytes:
    """Return three panels as PNG."""
    import vl_convert

    def panel(by: str, x: str, y: str, title: str, *, log: bool) -> dict[str, object]:
        scale = {"type": "log"} if log else {"zero": True}
        return {
            "title": title,
            "width": 260,
            "height": 220,
            "transform": [{"filter": f"datum.by == '{by}'"}],
            "mark": {"type": "line", "point": True},
            "encoding": {
                "x": {"field": x, "type": "quantitative", "scale": scale, "axis": {"format": "~s"}},
                "y": {"field": y, "type": "quantitative", "scale": scale, "axis": {"format": "~g"}, "title": None},
                "color": {"field": "where", "type": "nominal", "title": None},
            },
        }

    named = [{**row, "where": "parts on disk" if row["stream"] else "in memory"} for row in rows]
    chart = {
        "$schema": "https://vega.github.io/schema/vega-lite/v5.json",
        "data": {"values": named},
        "background": "white",
        "hconcat": [
            panel("years", "years", "simulate_cpu_s", "CPU seconds by years", log=True),
            panel("years", "years", "peak_mb", "Peak memory (MB) by years", log=True),
            panel("threads", "threads", "simulate_s", "Wall seconds by threads", log=False),
            panel("draws", "draws", "simulate_cpu_s", "CPU seconds by draws", log=False),
        ],
    }
    return bytes(vl_convert.vegalite_to_png(json.dumps(chart), scale=2))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="up to a million years")
    parser.add_argument("--case", help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.case:
        print(json.dumps(run_case(json.loads(arguments.case))))
        return
    rows = []
    head = f"{'by':<9}{'years':>11}{'draws':>7}{'threads':>9}{'where':>9}{'events':>11}"
    print(head + f"{'sim s':>8}{'CPU s':>8}{'fig CPU':>9}{'peak MB':>9}{'disk MB':>9}{'years/CPU s':>13}")
    for case in list_cases(quick=arguments.quick):
        done = subprocess.run(
            [sys.executable, __file__, "--case", json.dumps(case)], check=True, stdout=subprocess.PIPE, text=True
        )
        row = {**case, **json.loads(done.stdout)}
        rows.append(row)
        print(
            f"{row['by']:<9}{row['years']:>11,}{row['draws']:>7}{row['threads']:>9}"
            f"{'parts' if row['stream'] else 'memory':>9}{row['events']:>11,}{row['simulate_s']:>8.1f}"
            f"{row['simulate_cpu_s']:>8.1f}{row['figures_cpu_s']:>9.1f}{row['peak_mb']:>9.0f}{row['disk_mb']:>9.0f}"
            f"{row['years'] / row['simulate_cpu_s']:>13,.0f}",
            flush=True,
        )
    RESULTS.mkdir(exist_ok=True)
    (RESULTS / "scaling.json").write_text(json.dumps(rows, indent=1) + "\n", encoding="utf-8")
    (RESULTS / "scaling.png").write_bytes(plot(rows))
    print(f"written: {RESULTS / 'scaling.json'}, {RESULTS / 'scaling.png'}")


if __name__ == "__main__":
    main()
