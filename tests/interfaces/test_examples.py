"""Every facility among the examples can be assessed, and reported on."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from cli_kit import hygie_here

EXAMPLES = Path(__file__).parents[2] / "examples"
FACILITIES = sorted(
    file for file in EXAMPLES.glob("*.yaml") if "schema: hygie.facility/" in file.read_text(encoding="utf-8")
)


def test_there_are_facilities_among_the_examples() -> None:
    assert {"chsf.yaml", "chu-rouen.yaml", "clinique-reims.yaml", "dax.yaml", "ehpad.yaml"} <= {
        file.name for file in FACILITIES
    }


@pytest.mark.parametrize("file", FACILITIES, ids=lambda file: file.stem)
def test_an_example_is_assessed_and_reported(file: Path, tmp_path: Path) -> None:
    asked = ["--years", "2000", "--draws", "20", "--as-of", "2026-11-23", "--lang", "fr"]
    done = hygie_here("assess", str(file), *asked, "--out", "r", "--json", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    view = json.loads(done.stdout)
    assert view["bad_event"]["zones"]
    assert view["figures"]["aal"]["value"] > 0.0
    reported = hygie_here("report", "r", "--lang", "fr", cwd=tmp_path)
    assert reported.returncode == 0, reported.stderr
    page = (tmp_path / "r" / "report.fr.html").read_text(encoding="utf-8")
    assert view["subject"]["name"].split()[0] in page
