"""R2: 3,000 facilities with shared events and rebounds. The kernel that the product runs, beside straightforward NumPy.

    python benchmarks/portfolio.py [--years 100000] [--draws 4] [--facilities 3000] [--runs 3] [--out results]

What is measured, in one run: seconds for several numbers of years (cost linear in years) and several frequencies of
attacks (near-linear in events); peak memory of the kernel in a process of its own; the NumPy twin at 1/20 of the years
and at half of that (linearity), and the ratio of seconds per year. Both see the same compiled arrays; average annual
losses must agree. Organisations are those of the synthetic register, numbered on until there are enough: no data are
needed.
Prints JSON, and draws ``portfolio.png``.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np

from hygie.core.waists import CompiledModel, Labels, SimulationPlan
from hygie.simulation.runners_blocks import choose_block_years, cut_years, prepare_task
from hygie.simulation.runners_threads import ThreadRunner

AS_OF = date(2026, 11, 23)


def make_register(facilities: int) -> Any:
    """Return the synthetic register, its entities again under other numbers until there are enough."""
    # Imported where they are needed, so that the process whose memory is measured does not hold them.
    from hygie.facility.blueprints import load_blueprints
    from hygie.facility.synthetic import load_totals, synthesize_register
    from hygie.knowledge.packs import load_catalogue

    catalogue = load_catalogue(as_of=AS_OF)
    load_blueprints(catalogue)
    register = synthesize_register(load_totals(catalogue), seed=1)
    entities = dict(register.entities)
    copy = 0
    while len(entities) < facilities:
        copy += 1
        for entity in register.entities.values():
            if len(entities) < facilities:
                number = f"9A{len(entities):07d}"
                group = f"{entity.ght_code}-{copy}" if entity.ght_code else ""
                entities[number] = replace(entity, finess=number, ght_code=group)
    kept = dict(list(entities.items())[:facilities])
    return replace(register, entities=kept)


def scale_rates(model: CompiledModel, factor: float) -> CompiledModel:
    arrays = dict(model.arrays)
    for name in ("node_rate_per_y", "provider_rate_per_y", "campaign_rate_per_y"):
        arrays[name] = np.asarray(arrays[name]) * factor
    return CompiledModel(draws=model.draws, arrays=arrays, labels=model.labels, lineage={})


def run_kernel(model: CompiledModel, years: int, *, threads: int) -> tuple[float, float, int, np.ndarray]:
    """Return seconds, CPU seconds, rows and annual losses; rows are summed and dropped part by part."""
    plan = SimulationPlan(years=years, draws=model.draws, seed=1)
    annual = np.zeros(years)
    rows = 0
    start, cpu = time.perf_counter(), time.process_time()
    spans = cut_years(years, block_years=choose_block_years(model, most=8192))
    for part in ThreadRunner(threads).map_blocks(prepare_task(model, plan), spans):
        year = np.asarray(part["year"])
        annual += np.bincount(year, np.asarray(part["loss_eur"]), minlength=years)
        rows += year.size
    return time.perf_counter() - start, time.process_time() - cpu, rows, annual


def run_twin(model: CompiledModel, years: int) -> tuple[float, float, int, np.ndarray]:
    from portfolio_numpy import NumpyPortfolio

    twin = NumpyPortfolio(model.arrays, seed=1)
    start, cpu = time.perf_counter(), time.process_time()
    annual = np.concatenate([twin.simulate(k, years // model.draws) for k in range(model.draws)])
    return time.perf_counter() - start, time.process_time() - cpu, twin.rows, annual


def agree(kernel: np.ndarray, twin: np.ndarray, draws: int) -> float:
    """Return the difference of the two means in standard errors, draws taken as given."""

    def moments(annual: np.ndarray) -> tuple[float, float]:
        parts = np.array_split(annual, draws)
        mean = float(np.mean([part.mean() for part in parts]))
        return mean, float(np.sum([part.var() / part.size for part in parts])) / draws**2

    (a, va), (b, vb) = moments(kernel), moments(twin)
    return (b - a) / float(np.sqrt(va + vb))


def read_peak_mib() -> float:
    """Return the peak memory of this process; `ru_maxrss` of a child starts at that of the process that started it."""
    status = Path("/proc/self/status")
    if status.is_file():
        line = next(line for line in status.read_text(encoding="utf-8").splitlines() if line.startswith("VmHWM"))
        return int(line.split()[1]) / 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def measure_memory(file: Path, years: int, *, threads: int) -> None:
    """Print the peak memory of a process that does nothing but simulate a compiled model."""
    arrays = dict(np.load(file))
    empty: tuple[str, ...] = ()
    labels = Labels(**dict.fromkeys(Labels.__slots__, empty))
    model = CompiledModel(draws=arrays["steepness"].size, arrays=arrays, labels=labels, lineage={})
    del arrays
    before = read_peak_mib()
    run_kernel(model, years, threads=threads)
    peak = read_peak_mib()
    print(json.dumps({"model_mib": round(before), "peak_mib": round(peak)}))


def draw(points: dict[str, list[tuple[float, float]]], out: Path) -> None:
    import vl_convert

    axes = (("years", "simulated years"), ("events", "rows of the loss table"))
    panels: list[dict[str, Any]] = []
    for key, title in axes:
        data = [{"x": x, "y": y} for x, y in points[key]]
        panels.append(
            {
                "width": 320, "height": 240, "data": {"values": data},
                "mark": {"type": "line", "point": True, "color": "#0b5c94"},
                "encoding": {
                    "x": {"field": "x", "type": "quantitative", "title": title},
                    "y": {"field": "y", "type": "quantitative", "title": "CPU seconds"},
                },
            }
        )  # fmt: skip
    spec = {"$schema": "https://vega.github.io/schema/vega-lite/v6.json", "hconcat": panels, "background": "white"}
    out.mkdir(parents=True, exist_ok=True)
    (out / "portfolio.png").write_bytes(vl_convert.vegalite_to_png(spec, scale=2.0))


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--years", type=int, default=100_000)
    parser.add_argument("--draws", type=int, default=4)
    parser.add_argument("--facilities", type=int, default=3_000)
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--out", type=Path, default=Path("results"))
    parser.add_argument("--memory-of", type=Path, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.memory_of is not None:
        measure_memory(options.memory_of, options.years, threads=options.threads)
        return
    from hygie.service.portfolio import PortfolioRequest, prepare_portfolio

    request = PortfolioRequest(years=max(options.years, 2 * options.draws), draws=options.draws, as_of=AS_OF)
    prepared = prepare_portfolio(request, spec=None, register=make_register(options.facilities))
    model = prepared.model
    run_kernel(model, 64 * options.draws, threads=1)  # compiled, or read from the cache
    years = options.years
    found: dict[str, Any] = {"facilities": len(model.labels.nodes), "links": len(model.labels.links), "years": years}
    points: dict[str, list[tuple[float, float]]] = {"years": [], "events": []}
    annual = np.zeros(0)
    for part in (8, 4, 2, 1):
        times = [run_kernel(model, years // part, threads=options.threads) for _ in range(options.runs)]
        seconds, cpu, rows, annual = sorted(times, key=lambda each: each[0])[len(times) // 2]
        points["years"].append((years // part, cpu))
        found[f"kernel_{years // part}_years"] = {
            "median_s": round(seconds, 3), "cpu_s": round(cpu, 3), "rows": rows,
            "rows_per_cpu_s": round(rows / cpu), "all_s": [round(each[0], 3) for each in times],
        }  # fmt: skip
    kernel = statistics.median(each[0] for each in times)
    kernel_cpu = statistics.median(each[1] for each in times)
    for factor in (0.25, 0.5, 1.0, 2.0, 4.0):
        _, cpu, rows, _ = run_kernel(scale_rates(model, factor), max(years // 8, 64), threads=options.threads)
        points["events"].append((rows, cpu))
    found["events"] = [{"rows": int(rows), "cpu_s": round(cpu, 3)} for rows, cpu in points["events"]]
    half = run_twin(model, years // 40)
    twin = run_twin(model, years // 20)
    found["numpy"] = {
        "years": years // 20, "s": round(twin[0], 2), "cpu_s": round(twin[1], 2), "rows": twin[2],
        "half_the_years_s": round(half[0], 2), "half_cpu_s": round(half[1], 2),
        "difference_in_standard_errors": round(agree(annual, twin[3], model.draws), 2),
        "aal_kernel": round(float(annual.mean())), "aal_numpy": round(float(twin[3].mean())),
    }  # fmt: skip
    found["ratio_wall"] = round(twin[0] * 20 / kernel, 1)
    found["ratio_cpu_one_core"] = round(twin[1] * 20 / kernel_cpu, 1)
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "model.npz"
        np.savez(file, **model.arrays)
        child = subprocess.run(
            [sys.executable, __file__, "--memory-of", str(file), "--years", str(years)],
            capture_output=True, text=True, check=True,
        )  # fmt: skip
    found["memory"] = json.loads(child.stdout)
    found["machine"] = {"cores": os.cpu_count(), "python": platform.python_version(), "numpy": np.__version__}
    draw(points, options.out)
    print(json.dumps(found, indent=1))


if __name__ == "__main__":
    main()
