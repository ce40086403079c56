"""`hygie report`: a stored result becomes one page, in both languages, without network."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from cli_kit import EXAMPLE, SMALL, hygie

pytestmark = pytest.mark.xdist_group("assess")

# Loaded by Python before anything else: a socket that reaches for anything but this machine fails the command.
NO_NETWORK = """
import socket
def refuse(self, address, *rest):
    raise AssertionError(f"network used: {address}")
socket.socket.connect = socket.socket.connect_ex = refuse
socket.getaddrinfo = lambda *address, **rest: refuse(None, address)
"""


@pytest.fixture(scope="module")
def result(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("report")
    (folder / "sitecustomize.py").write_text(NO_NETWORK)
    done = hygie("assess", str(EXAMPLE), *SMALL, "--out", "result", cwd=folder)
    assert done.returncode == 0, done.stderr
    return folder / "result"


@pytest.mark.parametrize("language", ["fr", "en"])
def test_the_page_says_what_the_result_says(result: Path, language: str) -> None:
    done = hygie("report", "result", "--lang", language, cwd=result.parent, PYTHONPATH=str(result.parent))
    assert done.returncode == 0, done.stderr
    page = (result / f"report.{language}.html").read_text(encoding="utf-8")
    view = json.loads((result / f"assessment.{language}.json").read_text(encoding="utf-8"))
    assert f'<html lang="{language}">' in page
    assert len(page.encode()) < 1_500_000
    shown = re.sub(r"<[^>]*>", "", page).replace("&#39;", "'").replace("&amp;", "&").replace("&#34;", '"')
    for sentence in [*view["headline"], view["validity"], view["bad_event"]["sentence"], view["digest"]]:
        assert sentence in shown
    for row in view["assumptions"]:
        assert f"<code>{row['id']}</code>" in page
    for row in view["evidence"]:
        assert f"<code>{row['ref']}</code>" in page


def test_the_same_result_gives_the_same_bytes(result: Path) -> None:
    pages = []
    for name in ("one.html", "two.html"):
        done = hygie("report", "result", "--lang", "fr", "--out", name, cwd=result.parent)
        assert done.returncode == 0, done.stderr
        pages.append((result.parent / name).read_bytes())
    assert pages[0] == pages[1]


def test_charts_are_written_beside_the_page(result: Path) -> None:
    done = hygie("report", "result", "--lang", "en", "--charts", "charts", cwd=result.parent)
    assert done.returncode == 0, done.stderr
    written = sorted(path.name for path in (result.parent / "charts").iterdir())
    assert {"loss_exceedance.svg", "loss_exceedance.png", "loss_exceedance.csv"} <= set(written)
    assert len(written) % 3 == 0


def test_a_folder_without_a_result_is_refused(tmp_path: Path) -> None:
    done = hygie("report", "nothing", "--lang", "en", cwd=tmp_path)
    assert done.returncode == 3
    assert "this is not a result folder" in done.stderr
    assert list(tmp_path.iterdir()) == []
