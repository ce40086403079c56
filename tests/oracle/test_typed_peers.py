"""Against peers, where `make peers` has installed them: means agree, tails of products do not, documents are valid."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path

import numpy as np
import pytest

from hygie.core.distributions import Pert
from hygie.core.waists import SimulationPlan
from hygie.service.fair_exchange import export_register
from hygie.simulation.typed_runner import simulate_typed
from typed_kit import EXAMPLE, compile_typed, make_register, plain

PEERS = Path(os.environ.get("HYGIE_PEERS", Path(__file__).parents[2] / ".peers"))

PYFAIR = """
import json, warnings
warnings.filterwarnings("ignore")
from pyfair import FairModel
model = FairModel(name="rare", n_simulations=200000, random_seed=1)
model.input_data("Threat Event Frequency", constant=0.5)
model.input_data("Vulnerability", low=0.02, mode=0.08, high=0.3)
model.input_data("Loss Magnitude", low=10000, mode=200000, high=3000000)
model.calculate_all()
risk = model.export_results()["Risk"]
print(json.dumps([float(risk.mean()), float(risk.quantile(0.99))]))
"""

CRML = """
import sys
from crml_lang import validate, validate_portfolio
check = validate_portfolio if sys.argv[1].endswith("portfolio.crml.yaml") else validate
report = check(sys.argv[1], source_kind="path")
print(report.ok, getattr(report, "errors", None))
"""


def ask(peer: str, program: str, *arguments: str) -> str:
    python = PEERS / peer / "bin" / "python"
    if not python.exists():
        pytest.skip(f"{peer} is not installed: make peers")
    done = subprocess.run(
        [str(python), "-c", program, *arguments], capture_output=True, text=True, timeout=300, check=True
    )
    return done.stdout.strip().splitlines()[-1]


def test_pyfair_has_the_same_mean_and_a_tail_that_is_far_too_thin() -> None:
    mean, p99 = json.loads(ask("pyfair", PYFAIR))
    scenario = plain(
        "rare",
        threat_event_frequency=0.5,
        susceptibility={"min": 0.02, "mode": 0.08, "max": 0.3},
        primary_loss={"unsplit": {"min": 10_000, "mode": 200_000, "max": 3_000_000}},
    )
    plan = SimulationPlan(years=400_000, draws=200, seed=1)
    ours = simulate_typed(compile_typed(make_register(scenario), draws=200), plan).gross_sum_eur
    exact = 0.5 * Pert(0.02, 0.08, 0.3).mean() * Pert(10_000, 200_000, 3_000_000).mean()
    assert mean == pytest.approx(exact, rel=0.02)
    assert ours.mean() == pytest.approx(exact, rel=0.02)
    assert float(np.quantile(ours, 0.99)) / p99 > 2.0


def test_exported_documents_are_valid_crml(tmp_path: Path) -> None:
    documents, _notes = export_register(EXAMPLE, form="crml")
    for name, text in documents.items():
        (tmp_path / name).write_text(text)
    for name in documents:
        answer = ask("crml", CRML, str(tmp_path / name))
        assert answer.startswith("True"), f"{name}: {answer}"
