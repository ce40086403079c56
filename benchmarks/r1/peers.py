"""R1 as each peer can do it; run by the interpreter of that peer's own environment: peers.py NAME SPECIFICATION."""

from __future__ import annotations

import io
import json
import math
import statistics
import sys
import tempfile
import time
import warnings
from collections.abc import Callable
from contextlib import redirect_stdout
from pathlib import Path
from typing import Any

warnings.filterwarnings("ignore")
Figures = dict[str, float]


def pert_mean(low: float, mode: float, high: float) -> float:
    return (low + 4.0 * mode + high) / 6.0


def read_sample(total: Any, level: float) -> Figures:
    import numpy as np

    total = np.asarray(total, dtype=float)
    threshold = float(np.quantile(total, level, method="inverted_cdf"))
    tail = threshold + float(np.maximum(total - threshold, 0.0).mean()) / (1.0 - level)
    return {"aal": float(total.mean()), "var": threshold, "tvar": tail}


def lognormal_as_pert(scenario: dict[str, Any]) -> tuple[float, float, float]:
    """A PERT from 0 to the 99.5 % quantile, with the mean of the lognormal where that can be."""
    mean = math.exp(scenario["mu"] + scenario["sigma"] ** 2 / 2)
    high = math.exp(scenario["mu"] + 2.5758 * scenario["sigma"])
    return 0.0, min(max((6.0 * mean - high) / 4.0, 0.0), high), high


def pyfair(spec: dict[str, Any], years: int) -> Figures:
    from pyfair import FairMetaModel, FairModel

    models = []
    for number, scenario in enumerate(spec["scenarios"]):
        low, mode, high = scenario["susceptibility"]
        model = FairModel(name=f"s{number}", n_simulations=years)
        model.input_data("Threat Event Frequency", constant=scenario["rate"])
        model.input_data("Vulnerability", low=low, mode=mode, high=high)
        low, mode, high = lognormal_as_pert(scenario)
        model.input_data("Loss Magnitude", low=low, mode=mode, high=high)
        models.append(model)
    meta = FairMetaModel(name="all", models=models)
    meta.calculate_all()
    return read_sample(meta.export_results()["Risk"], spec["level"])


def pycrq(spec: dict[str, Any], years: int) -> Figures:
    from pycrq import FAIRSimulator, LogNormalDistribution, ScenarioBuilder, constant, pert

    simulator = FAIRSimulator(n_simulations=years, seed=1)
    total = 0.0
    for number, scenario in enumerate(spec["scenarios"]):
        built = (
            ScenarioBuilder(f"s{number}")
            .asset("asset", "Information")
            .threat("threat", "External Adversarial")
            .tef(constant(scenario["rate"]))
            .vulnerability(pert(*scenario["susceptibility"]))
            .primary_loss(LogNormalDistribution(scenario["mu"], scenario["sigma"]))
            .build()
        )
        result = simulator.simulate(built)
        total = total + result.annual_loss_exposure
    return read_sample(total, spec["level"])


def risksim(spec: dict[str, Any], years: int) -> Figures:
    from lossmodels import CollectiveRiskModel, Lognormal, Poisson
    from risksim import Portfolio, PortfolioItem

    items = [
        PortfolioItem(
            f"s{number}",
            CollectiveRiskModel(
                Poisson(scenario["rate"] * pert_mean(*scenario["susceptibility"])),
                Lognormal(scenario["mu"], scenario["sigma"]),
            ),
        )
        for number, scenario in enumerate(spec["scenarios"])
    ]
    result = Portfolio(items).simulate(years, rng=1)
    gross = result.gross if hasattr(result, "gross") else result.losses
    return read_sample(gross, spec["level"])


def prospicio(spec: dict[str, Any], years: int) -> Figures:
    from prospicio.aggregate import simulate_events
    from prospicio.distributions import Lognormal, Poisson

    figures: list[float] = []
    for number, scenario in enumerate(spec["scenarios"]):
        rate = scenario["rate"] * pert_mean(*scenario["susceptibility"])
        events = simulate_events(Poisson(rate), Lognormal(scenario["mu"], scenario["sigma"]), years, seed=number)
        figures.append(events.totals().mean())
    return {"aal": sum(figures)}


def gemact(spec: dict[str, Any], years: int) -> Figures:
    return _gemact(spec, aggr_loss_dist_method="mc", n_sim=years, random_state=1)


def gemact_fft(spec: dict[str, Any], _years: int) -> Figures:
    return _gemact(
        spec, aggr_loss_dist_method="fft", n_aggr_dist_nodes=2**15, sev_discr_step=1000.0, n_sev_discr_nodes=2**12
    )


def _gemact(spec: dict[str, Any], **method: Any) -> Figures:
    import logging

    logging.disable(logging.CRITICAL)
    from gemact.lossmodel import Frequency, Layer, LossModel, PolicyStructure, Severity

    mean = 0.0
    for scenario in spec["scenarios"]:
        rate = scenario["rate"] * pert_mean(*scenario["susceptibility"])
        with redirect_stdout(io.StringIO()):
            model = LossModel(
                frequency=Frequency(dist="poisson", par={"mu": rate}),
                severity=Severity(
                    dist="lognormal", par={"shape": scenario["sigma"], "scale": math.exp(scenario["mu"])}
                ),
                policystructure=PolicyStructure(
                    Layer(cover=spec["limit"], deductible=spec["deductible"], aggr_cover=spec["annual_limit"])
                ),
                **method,
            )
            mean += float(model.mean(use_dist=True))
    return {"aal": mean}


def aggregate(spec: dict[str, Any], _years: int) -> Figures:
    from aggregate import build

    mean = 0.0
    for number, scenario in enumerate(spec["scenarios"]):
        rate = scenario["rate"] * pert_mean(*scenario["susceptibility"])
        size = math.exp(scenario["mu"] + scenario["sigma"] ** 2 / 2)
        spread = math.sqrt(math.expm1(scenario["sigma"] ** 2))
        text = (
            f"agg R1.{number} {rate} claims sev lognorm {size} cv {spread} "
            f"occurrence ceded to {spec['limit']} xs {spec['deductible']} poisson "
            f"aggregate ceded to {spec['annual_limit']} xs 0"
        )
        made = build(text, log2=16, bs=1024)
        mean += float(made.est_m)
    return {"aal": mean}


def crml(spec: dict[str, Any], years: int) -> Figures:
    import numpy as np
    from crml_engine.runtime import run_simulation
    from crml_lang import CRPortfolio, CRScenario, bundle_portfolio

    mean = 0.0
    for number, scenario in enumerate(spec["scenarios"]):
        rate = scenario["rate"] * pert_mean(*scenario["susceptibility"])
        document = {
            "crml_scenario": "1.0",
            "meta": {"name": f"s{number}"},
            "scenario": {
                "frequency": {"basis": "per_organization_per_year", "model": "poisson", "parameters": {"lambda": rate}},
                "severity": {
                    "model": "lognormal",
                    "parameters": {"median": math.exp(scenario["mu"]), "sigma": scenario["sigma"], "currency": "USD"},
                },
            },
        }
        portfolio = {
            "crml_portfolio": "1.0",
            "meta": {"name": "R1"},
            "portfolio": {
                "semantics": {"method": "sum"},
                "scenarios": [{"id": f"s{number}", "path": f"s{number}.yaml"}],
            },
        }
        report = bundle_portfolio(
            CRPortfolio.model_validate(portfolio),
            source_kind="model",
            scenarios={f"s{number}": CRScenario.model_validate(document)},
        )
        bundle = report.bundle.model_dump(by_alias=True, exclude_none=True)
        result = run_simulation(bundle, n_runs=years, seed=number)
        mean += float(np.asarray(result.metrics.eal))
    return {"aal": mean}


# Name → function, years of one timed run, repetitions. Peers too slow for a million years run fewer, and say so.
PEERS: dict[str, tuple[Callable[[dict[str, Any], int], Figures], int, int]] = {
    "pyfair": (pyfair, 1_000_000, 5),
    "pycrq": (pycrq, 1_000_000, 3),
    "risksim": (risksim, 1_000_000, 3),
    "prospicio": (prospicio, 1_000_000, 3),
    "gemact": (gemact, 20_000, 1),
    "gemact_fft": (gemact_fft, 0, 3),
    "aggregate": (aggregate, 0, 3),
    "crml": (crml, 100_000, 1),
}


def main() -> None:
    name, place = sys.argv[1:]
    spec = json.loads(Path(place).read_text())
    run, years, repeats = PEERS[name]
    run(spec, max(years // 100, 1000) if years else 0)  # imports and compilation are not timed
    seconds, cpu = [], []
    figures: Figures = {}
    for _ in range(repeats):
        start, used = time.perf_counter(), time.process_time()
        figures = run(spec, years)
        seconds.append(time.perf_counter() - start)
        cpu.append(time.process_time() - used)
    print(
        json.dumps(
            {
                "name": name,
                "years": years,
                "runs": repeats,
                "seconds": statistics.median(seconds),
                "cpu_seconds": statistics.median(cpu),
                **figures,
            }
        )
    )


if __name__ == "__main__":
    with tempfile.TemporaryDirectory():
        main()
