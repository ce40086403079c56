"""Speed of the kernel on a general hospital, one thread, warm. Prints JSON; figures are medians of CPU seconds.

Run with ``make bench``, or alone: ``python benchmarks/kernel.py``. Two models: the bundled example (with neighbours and
providers), and a general hospital alone. CPU seconds of the thread, so that a busy machine does less harm; clocks and
caches are still shared, so compare figures of one run only.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import date
from pathlib import Path

import numpy as np

from hygie.core.sampling import EpistemicSample
from hygie.core.tables import OUTCOMES
from hygie.core.waists import CompiledModel, SimulationPlan
from hygie.facility.blueprints import load_blueprints
from hygie.facility.facility_files import load_facility
from hygie.knowledge.packs import load_catalogue
from hygie.scenario.compile import compile_model
from hygie.scenario.portfolio import Node, Portfolio, portfolio_of
from hygie.scenario.specs import load_specs
from hygie.simulation.block import count_outcomes
from hygie.simulation.layout import pack_model
from hygie.simulation.replay import replay_event
from hygie.simulation.runners import OneEvent, simulate
from hygie.simulation.streams import derive_keys
from hygie.threat.rates import derive_rates
from spine import machine

ROOT = Path(__file__).parents[1]
AS_OF = date(2026, 11, 23)
DRAWS, ATTEMPTS, EVENTS, RUNS, REPLAYS = 100, 1000, 100_000, 7, 50
GOALS = {"spread events/s": 300_000, "full events/s": 50_000}


def build_models() -> dict[str, CompiledModel]:
    """Return the example, and a general hospital of the same size alone. Rates play no part: events are given."""
    catalogue = load_catalogue(as_of=AS_OF)
    blueprints, specs = load_blueprints(catalogue), load_specs(catalogue)
    example = load_facility(
        ROOT / "examples" / "chsf.yaml", blueprints=blueprints, known_evidence=frozenset(catalogue.evidence)
    )
    alone = example.model_copy(update={"links": (), "providers": (), "groups": ()})
    models = {}
    for name, portfolio in (
        ("examples/chsf.yaml", portfolio_of(example)),
        ("template ch, alone", Portfolio((Node(alone, assessed=True),), (), ())),
    ):
        sample = EpistemicSample(catalogue.estimate, seed=1, draws=DRAWS)
        rates = derive_rates(
            catalogue, [node.organisation for node in portfolio.nodes], population=blueprints.population,
            classes=[process.counted_class for process in specs.processes], sample=sample, as_of=AS_OF,
        )  # fmt: skip
        models[name] = compile_model(
            portfolio, catalogue=catalogue, blueprints=blueprints, specs=specs, rates=rates,
            susceptibility=np.full((DRAWS, len(specs.processes)), 0.15), sample=sample,
        )  # fmt: skip
    return models


def measure(action: Callable[[], object], *, runs: int) -> tuple[float, float, float]:
    """Return median, least and most CPU seconds of this thread."""
    action()
    seconds = []
    for _ in range(runs):
        start = time.thread_time()
        action()
        seconds.append(time.thread_time() - start)
    return statistics.median(seconds), min(seconds), max(seconds)


def rate(count: int, seconds: tuple[float, float, float]) -> dict[str, int]:
    median, least, most = seconds
    return {"per_s": round(count / median), "best": round(count / least), "worst": round(count / most)}


def measure_spread(model: CompiledModel, *, runs: int) -> dict[str, object]:
    """Attempts through the attack kernel alone, without a thread pool."""
    arrays, keys = pack_model(model), derive_keys(1, model.draws)
    only_first = np.ones((model.draws, model.arrays["node_template"].size))
    counts = np.zeros((model.draws, *model.arrays["process_outcome_class"].shape), dtype=np.int64)
    seconds = measure(lambda: count_outcomes(arrays, keys, only_first, ATTEMPTS, 0, model.draws, counts), runs=runs)
    total = int(counts.sum()) // (runs + 1)
    entered = total - int(counts[:, :, OUTCOMES.index("blocked")].sum()) // (runs + 1)
    return {"events that enter": rate(entered, seconds), "all attempts": rate(total, seconds), "entered": entered}


def measure_full(model: CompiledModel, *, runs: int) -> dict[str, object]:
    """Spread, outage, care and euros: rows of the loss table, one attempt given in each year.

    The pool of one worker does the work, so CPU seconds are those of the process.
    """
    plan = SimulationPlan(years=EVENTS, draws=model.draws, seed=1)
    figures: dict[str, object] = {}
    for process, name in enumerate(model.labels.processes):
        given = OneEvent("attempt", 0, process)
        rows = len(simulate(model, plan, given=given, threads=1))
        seconds = []
        for _ in range(runs):
            start = time.process_time()
            simulate(model, plan, given=given, threads=1)
            seconds.append(time.process_time() - start)
        figures[name] = rate(rows, (statistics.median(seconds), min(seconds), max(seconds)))
    return figures


def measure_replay(model: CompiledModel) -> dict[str, float]:
    """Milliseconds for one event again, day by day."""
    plan = SimulationPlan(years=2000, draws=model.draws, seed=1)
    table = simulate(model, plan, given=OneEvent("attempt", 0), threads=1)
    rows = np.flatnonzero(table.columns["outage_h"] > 0.0)[:REPLAYS]
    replay_event(model, table, int(rows[0]), step_h=24.0)
    start = time.process_time()
    for row in rows:
        replay_event(model, table, int(row), step_h=24.0)
    return {"ms": round(1e3 * (time.process_time() - start) / rows.size, 2), "events": int(rows.size)}


def measure_first_compile() -> dict[str, float]:
    """CPU seconds of kernel compilation in a fresh cache folder, by kernel."""
    code = (
        "import time, benchmarks_kernel as k;"
        "m = k.build_models()['template ch, alone'];"
        "t = time.process_time; a = t(); k.measure_spread(m, runs=1); b = t();"
        "k.simulate(m, k.SimulationPlan(years=200, draws=k.DRAWS, seed=1), threads=1); c = t();"
        "print(b - a, c - b)"
    )
    code = code.replace("benchmarks_kernel", Path(__file__).stem)
    with tempfile.TemporaryDirectory() as folder:
        done = subprocess.run(
            [sys.executable, "-c", code], check=True, capture_output=True, text=True, cwd=Path(__file__).parent,
            env={**os.environ, "HYGIE_CACHE_DIR": folder},
        )  # fmt: skip
    attack, block = (float(word) for word in done.stdout.split())
    return {"count_outcomes_cpu_s": round(attack, 1), "simulate_block_cpu_s": round(block, 1)}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=RUNS, help="timed runs of each figure, at least 5")
    parser.add_argument("--compile", action="store_true", help="also time the compilation of a first run (a minute)")
    options = parser.parse_args()
    results: dict[str, object] = {}
    for name, model in build_models().items():
        results[name] = {
            "zones": len(model.labels.zones[int(model.arrays["node_template"][0])]),
            "spread": measure_spread(model, runs=max(options.runs, 5)),
            "spread, outage, care and euros": measure_full(model, runs=max(options.runs, 5)),
            "replay by day": measure_replay(model),
        }
    if options.compile:
        results["first run"] = measure_first_compile()
    report = {"machine": machine(), "runs": max(options.runs, 5), "goals": GOALS, "results": results}
    text = json.dumps(report, indent=1)
    target = ROOT / "results" / "bench" / "kernel.json"
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_text(text + "\n", encoding="utf-8")
    print(text)


if __name__ == "__main__":
    main()
