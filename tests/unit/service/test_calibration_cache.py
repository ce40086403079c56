"""S̄ is kept by the digest of what it rests on: the kernel and the compiled population, not how often attempts come."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from hygie.facility.blueprints import Blueprints
from hygie.knowledge.catalogue import Catalogue
from hygie.scenario.specs import ScenarioSpecs
from hygie.service import calibrate as module
from hygie.service.calibrate import Calibration, calibrate


@pytest.fixture
def run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, blueprints: Blueprints, specs: ScenarioSpecs, as_of: date
) -> object:
    monkeypatch.setenv("HYGIE_CACHE_DIR", str(tmp_path))

    def calibrate_small(catalogue: Catalogue, *, attempts: int = 20, **more: Any) -> Calibration:
        given = {"seed": 1, "draws": 2, "as_of": as_of} | more
        return calibrate(catalogue=catalogue, blueprints=blueprints, specs=specs, attempts=attempts, **given)

    return calibrate_small


def test_counts_of_events_do_not_make_it_stale(run, catalogue: Catalogue) -> None:  # type: ignore[no-untyped-def]
    first = run(catalogue)
    fewer = replace(catalogue, counts=tuple(c for c in catalogue.counts if c.ref != "count-ransomware-2024"))
    second = run(fewer)
    assert (first.cached, second.cached) == (False, True)
    assert first.digest == second.digest
    np.testing.assert_array_equal(first.counts, second.counts)


def test_actors_make_it_stale_whatever_the_digest_of_the_catalogue(run, catalogue: Catalogue) -> None:  # type: ignore[no-untyped-def]
    """Same digest of the catalogue, other incidents: the compiled population tells."""
    first = run(catalogue)
    second = run(replace(catalogue, incidents=catalogue.incidents[:5]))
    assert second.digest != first.digest
    assert (second.cached, second.stale) == (False, ("population",))


def test_a_kernel_that_deepens_makes_it_stale(run, catalogue: Catalogue, monkeypatch: pytest.MonkeyPatch) -> None:  # type: ignore[no-untyped-def]
    assert run(catalogue).stale == ()
    monkeypatch.setattr(module, "digest_package", lambda *_rooms: "another kernel")
    second = run(catalogue)
    assert (second.cached, second.stale) == (False, ("kernel",))
    assert run(catalogue).cached


def test_another_sample_is_another_calibration(run, catalogue: Catalogue) -> None:  # type: ignore[no-untyped-def]
    run(catalogue)
    second = run(catalogue, attempts=21)
    assert (second.cached, second.stale) == (False, ("sample",))


def test_known_inputs_lead_to_the_counts_without_compiling(
    run, catalogue: Catalogue, monkeypatch: pytest.MonkeyPatch
) -> None:  # type: ignore[no-untyped-def]
    first = run(catalogue, inputs_digest=catalogue.digest)
    compiled = []
    compile_population = module.compile_population
    monkeypatch.setattr(
        module, "compile_population", lambda **given: compiled.append(given) or compile_population(**given)
    )
    second = run(catalogue, inputs_digest=catalogue.digest)
    assert not compiled
    assert second.cached
    assert second.digest == first.digest
    np.testing.assert_array_equal(second.counts, first.counts)
    np.testing.assert_array_equal(second.susceptibility, first.susceptibility)
    for other in (
        {"inputs_digest": "other packs"},
        {"seed": 2},
        {"draws": 3},
        {"attempts": 21},
        {"as_of": date(2025, 1, 1)},
        {},
    ):
        compiled.clear()
        run(catalogue, **({"inputs_digest": catalogue.digest} | other if other else {}))
        assert compiled, other


def test_any_line_of_code_that_compiles_breaks_the_shortcut(
    run, catalogue: Catalogue, monkeypatch: pytest.MonkeyPatch
) -> None:  # type: ignore[no-untyped-def]
    run(catalogue, inputs_digest=catalogue.digest)
    rooms: list[tuple[str, ...]] = []
    monkeypatch.setattr(module, "digest_package", lambda *names: rooms.append(names) or "another line")
    assert not run(catalogue, inputs_digest=catalogue.digest).cached
    assert {"core", "facility", "knowledge", "scenario", "simulation", "threat"} <= set(rooms[0])


@pytest.mark.parametrize("broken", ["note", "array"])
def test_a_shortcut_that_leads_nowhere_is_forgotten(run, catalogue: Catalogue, tmp_path: Path, broken: str) -> None:  # type: ignore[no-untyped-def]
    first = run(catalogue, inputs_digest=catalogue.digest)
    for file in (tmp_path / "calibration").glob("*.json" if broken == "note" else "*.npy"):
        file.write_bytes(b"{}" if broken == "note" else b"")
    second = run(catalogue, inputs_digest=catalogue.digest)
    np.testing.assert_array_equal(second.counts, first.counts)
