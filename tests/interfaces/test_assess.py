"""The command line, run as a person would: results, digests, bad input, interruptions."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import duckdb
import pytest

from cli_kit import EXAMPLE, SMALL, hygie
from hygie.core.tables import YELT_COLUMNS
from hygie.core.waists import SimulationPlan

pytestmark = pytest.mark.xdist_group("assess")


def assess_json(tmp_path: Path, name: str, *arguments: str) -> dict:
    done = hygie("assess", str(EXAMPLE), *SMALL, "--json", "--out", name, *arguments, cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


@pytest.fixture(scope="module")
def reference(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict]:
    folder = tmp_path_factory.mktemp("reference")
    return folder, assess_json(folder, "result")


def test_headline_has_units_bands_and_digest(reference: tuple[Path, dict]) -> None:
    _, view = reference
    assert view["digest"].startswith("sha256:")
    assert len(view["headline"]) == 4
    for figure in view["figures"].values():
        assert figure["unit"]
        assert figure["low"] <= figure["high"]
        assert figure["mc_error"] >= 0
    assert view["figures"]["aal"]["value"] > 0
    assert view["figures"]["tvar_99"]["value"] >= view["figures"]["var_99"]["value"]
    forms = sum(row["loss_eur_per_y"] for row in view["by_form"])
    assert forms == pytest.approx(view["figures"]["aal"]["value"], rel=1e-9)
    # Modules come from a second pass in whole cents: the same euros, and less after compensation.
    modules = view["by_module"]
    assert sum(row["loss_eur_per_y"] for row in modules) == pytest.approx(forms, abs=1.0)
    assert sum(row["loss_own_eur_per_y"] for row in modules) == pytest.approx(
        view["figures"]["aal_own"]["value"], abs=1.0
    )
    for row in modules:
        assert sum(item["loss_eur_per_y"] for item in row["items"]) == pytest.approx(row["loss_eur_per_y"])
        assert 0.0 < row["loss_own_eur_per_y"] <= row["loss_eur_per_y"]
    assert view["mortality"] is None
    assert {row["id"] for row in view["by_origin"]} >= {"own", "provider", "campaign"}


@pytest.mark.parametrize(
    "arguments",
    [["--threads", "1"], ["--threads", "2"], ["--threads", "3", "--block-years", "257"], ["--block-years", "100000"]],
    ids=" ".join,
)
def test_digest_does_not_depend_on_how_work_is_cut(
    reference: tuple[Path, dict], tmp_path: Path, arguments: list[str]
) -> None:
    assert assess_json(tmp_path, "result", *arguments)["digest"] == reference[1]["digest"]


def test_deaths_are_shown_on_request_and_change_nothing_else(reference: tuple[Path, dict], tmp_path: Path) -> None:
    asked = assess_json(tmp_path, "result", "--mortality")
    assert asked["digest"] == reference[1]["digest"]
    assert 0.0 <= asked["mortality"]["low"] < asked["mortality"]["value"] < asked["mortality"]["high"]
    assert "United States" in asked["mortality"]["caveat"]
    assert asked["reproduce"] == reference[1]["reproduce"].replace(" --years", " --mortality --years")
    same = {name: value for name, value in asked.items() if name not in ("mortality", "reproduce", "result")}
    assert same == {name: value for name, value in reference[1].items() if name in same}


def test_another_seed_or_date_gives_another_digest(reference: tuple[Path, dict], tmp_path: Path) -> None:
    seeds = assess_json(tmp_path, "seed", "--seed", "2")["digest"]
    dates = assess_json(tmp_path, "date", "--as-of", "2024-06-30")["digest"]
    assert len({reference[1]["digest"], seeds, dates}) == 3


def test_result_folder_can_be_read_without_hygie(reference: tuple[Path, dict]) -> None:
    folder, view = reference
    manifest = json.loads((folder / "result" / "manifest.json").read_text())
    assert manifest["digest"] == view["digest"]
    assert manifest["request"]["seed"] == 1
    file = folder / "result" / "events.parquet"
    with duckdb.connect() as connection:
        columns = connection.execute(f"DESCRIBE SELECT * FROM '{file}'").fetchall()
        total = connection.execute(f"SELECT sum(loss_eur) FROM '{file}'").fetchall()[0][0]
        units = connection.execute(f"SELECT key, value FROM parquet_kv_metadata('{file}')").fetchall()
    assert {row[0] for row in columns} == set(YELT_COLUMNS)
    assert total / SimulationPlan(4000, 20, 1).years == pytest.approx(view["figures"]["aal"]["value"], rel=1e-9)
    assert (b"unit.outage_h", b"h") in units


def test_french_output_is_french(tmp_path: Path) -> None:
    done = hygie("assess", str(EXAMPLE), *SMALL[:-1], "fr", "--out", "r", cwd=tmp_path, COLUMNS="200")
    assert done.returncode == 0, done.stderr
    assert "Perte annuelle moyenne" in done.stdout
    assert "Résultat enregistré dans" in done.stdout
    assert "k€" in done.stdout
    for english in ("Average", "years", "Read with care", "likely"):
        assert english not in done.stdout


def test_older_result_is_replaced_and_foreign_folder_refused(reference: tuple[Path, dict], tmp_path: Path) -> None:
    first = assess_json(tmp_path, "r", "--seed", "5")
    second = assess_json(tmp_path, "r", "--seed", "6")
    assert first["digest"] != second["digest"]
    assert json.loads((tmp_path / "r" / "manifest.json").read_text())["digest"] == second["digest"]
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "thesis.txt").write_text("precious")
    done = hygie("assess", str(EXAMPLE), *SMALL, "--out", "mine", cwd=tmp_path)
    assert done.returncode == 3
    assert "holds something else" in done.stderr
    assert [path.name for path in (tmp_path / "mine").iterdir()] == ["thesis.txt"]


BAD_FILES = {
    "unknown field": ("activity:", "activty:", "did you mean"),
    "negative beds": ("beds_mco: 694", "beds_mco: -694", "beds_mco"),
    "beds as text": ("beds_mco: 694", "beds_mco: many", "beds_mco"),
    "unknown category": ("category: ch\n", "category: chuu\n", "did you mean “chu”"),
    "unknown evidence": ("evidence: [sae-2023-register]", "evidence: [sae-2023-registre]", "sae-2023-register"),
    "syntax": ("activity:", "activity: [", "line"),
    "unknown link": ("kind: ght_shared_it", "kind: ght_shared", "did you mean"),
}


@pytest.mark.parametrize("case", BAD_FILES)
def test_bad_facility_file_gets_one_clear_message(tmp_path: Path, case: str) -> None:
    old, new, expected = BAD_FILES[case]
    text = EXAMPLE.read_text(encoding="utf-8")
    assert old in text
    (tmp_path / "bad.yaml").write_text(text.replace(old, new, 1), encoding="utf-8")
    done = hygie("assess", "bad.yaml", *SMALL, cwd=tmp_path)
    assert done.returncode == 3
    assert "Traceback" not in done.stderr
    assert "bad.yaml:" in done.stderr
    assert expected in done.stderr or case == "syntax"
    assert "HYG-" in done.stderr
    assert done.stdout == ""
    assert sorted(path.name for path in tmp_path.iterdir()) == ["bad.yaml"]


@pytest.mark.parametrize(
    ("arguments", "code", "expected"),
    [
        (["assess", "absent.yaml"], 3, "absent.yaml"),
        (["assess", str(EXAMPLE), "--years", "0"], 2, "--years"),
        (["assess", str(EXAMPLE), "--years", "10", "--draws", "20"], 3, "two years per draw"),
        (["assess", str(EXAMPLE), "--lang", "de"], 2, "--lang"),
        (["assess", str(EXAMPLE), "--as-of", "tomorrow"], 2, "YYYY-MM-DD"),
        (["assess", str(EXAMPLE), "--seed", "-1"], 2, "--seed"),
        (["assess", str(EXAMPLE), "--threads", "0"], 2, "--threads"),
        (["asses"], 2, "asses"),
    ],
)
def test_usage_errors(tmp_path: Path, arguments: list[str], code: int, expected: str) -> None:
    done = hygie(*arguments, cwd=tmp_path)
    assert done.returncode == code, done.stderr
    assert expected in done.stderr
    assert "Traceback" not in done.stderr
    assert list(tmp_path.iterdir()) == []


def start_long_run(tmp_path: Path) -> subprocess.Popen[str]:
    """A run in memory that does not end soon; what runs to parts leave is in `test_runs`."""
    return subprocess.Popen(
        [sys.executable, "-c", "from hygie.cli.main import run; run()", "assess", str(EXAMPLE), "--in-memory"]
        + ["--years", "60000000", "--draws", "20", "--as-of", "2026-11-23", "--out", "long"],
        cwd=tmp_path,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def test_interrupt_leaves_nothing(tmp_path: Path) -> None:
    process = start_long_run(tmp_path)
    time.sleep(8)
    assert process.poll() is None, process.communicate()
    process.send_signal(signal.SIGINT)
    _, errors = process.communicate(timeout=60)
    assert process.returncode == 130
    assert "Nothing was written" in errors
    assert "Traceback" not in errors
    assert list(tmp_path.iterdir()) == []


def test_kill_leaves_nothing_half_written(tmp_path: Path) -> None:
    process = start_long_run(tmp_path)
    time.sleep(8)
    process.kill()
    process.communicate(timeout=60)
    assert not (tmp_path / "long").exists()
    again = assess_json(tmp_path, "long")
    assert (tmp_path / "long" / "manifest.json").is_file()
    assert again["digest"].startswith("sha256:")
    assert [path.name for path in tmp_path.iterdir()] == ["long"]


def test_kill_while_writing_leaves_the_older_result(reference: tuple[Path, dict], tmp_path: Path) -> None:
    """A run killed in the middle of its files leaves only a hidden folder, which the next run removes."""
    assess_json(tmp_path, "r")
    code = (
        "import os, signal, hygie.store.results as results\n"
        "write = results._write_json\n"
        "def die(file, data):\n"
        "    write(file, data); os.kill(os.getpid(), signal.SIGKILL)\n"
        "results._write_json = die\n"
        "from hygie.cli.main import run; run()\n"
    )
    arguments = [sys.executable, "-c", code, "assess", str(EXAMPLE), *SMALL, "--seed", "9", "--out", "r"]
    done = subprocess.run(arguments, cwd=tmp_path, capture_output=True, timeout=300, check=False)
    assert done.returncode == -signal.SIGKILL
    before = json.loads((tmp_path / "r" / "manifest.json").read_text())
    assert before["digest"] == reference[1]["digest"]
    assert len(list(tmp_path.glob(".hygie-partial-*"))) == 1
    assess_json(tmp_path, "r", "--seed", "9")
    assert [path.name for path in tmp_path.iterdir()] == ["r"]


def test_works_from_a_read_only_install_without_a_home(tmp_path: Path) -> None:
    """Kernels compile into a temporary cache when neither the package nor the home folder can be written."""
    done = subprocess.run(
        [
            sys.executable,
            "-c",
            (
                "from hygie.simulation import compiler, streams\n"
                "import numpy as np\n"
                "out = np.zeros((1, 4), np.uint32)\n"
                "streams.philox_block(np.zeros((1, 4), np.uint32), np.zeros((1, 2), np.uint32), out)\n"
                "print(hex(out[0, 0]), compiler.cache_folder(), compiler.is_cache_warm('philox_block'))"
            ),
        ],
        env={**os.environ, "HYGIE_CACHE_DIR": "/proc/nowhere", "TMPDIR": str(tmp_path)},
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    word, folder, warm = done.stdout.split()
    assert word == "0x6627e8d5"
    assert folder.startswith(str(tmp_path))
    assert warm == "True"
