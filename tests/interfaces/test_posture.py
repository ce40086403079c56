"""`hygie posture` as a person uses it, the questionnaire in a terminal included."""

from __future__ import annotations

import json
import os
import pty
import select
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from cli_kit import EXAMPLE, hygie_here

pytestmark = pytest.mark.xdist_group("assess")

DATA = Path(__file__).parents[1] / "data" / "posture"
PROMPT = "> "


@pytest.fixture
def place(tmp_path: Path) -> Path:
    """Return a folder with a copy of the example, with a comment at its end."""
    text = EXAMPLE.read_text(encoding="utf-8") + "# The end, mine.\n"
    (tmp_path / "chsf.yaml").write_text(text, encoding="utf-8")
    return tmp_path


class Terminal:
    """A program in a pseudo-terminal of 80 columns."""

    def __init__(self, arguments: list[str], cwd: Path) -> None:
        self.master, slave = pty.openpty()
        self.process = subprocess.Popen(
            [sys.executable, "-c", "from hygie.cli.main import run; run()", *arguments],
            stdin=slave,
            stdout=slave,
            stderr=slave,
            cwd=cwd,
            env={**os.environ, "COLUMNS": "80", "TERM": "dumb", "NO_COLOR": "1"},
            start_new_session=True,
        )
        os.close(slave)
        self.text = ""

    def read_prompt(self) -> str:
        """Return what is shown until the next prompt, or until the end."""
        seen = len(self.text)
        deadline = time.monotonic() + 120
        while time.monotonic() < deadline:
            if select.select([self.master], [], [], 0.2)[0]:
                try:
                    chunk = os.read(self.master, 65536)
                except OSError:  # the other side is closed
                    break
                if not chunk:
                    break
                self.text += chunk.decode("utf-8", errors="replace").replace("\r\n", "\n")
            elif self.text[seen:].endswith(PROMPT):
                break
        return self.text[seen:]

    def type(self, line: str) -> str:
        """Type a line; return what is shown until the next prompt."""
        os.write(self.master, line.encode() + b"\n")
        return self.read_prompt()

    def interrupt(self) -> str:
        """Press Ctrl-C; return what is shown until the end."""
        self.process.send_signal(signal.SIGINT)
        return self.read_prompt()

    def leave(self) -> int:
        code = self.process.wait(timeout=60)
        os.close(self.master)
        return code


@contextmanager
def terminal(*arguments: str, cwd: Path) -> Iterator[Terminal]:
    program = Terminal(list(arguments), cwd)
    try:
        yield program
    finally:
        if program.process.poll() is None:
            program.process.kill()


def test_the_questionnaire_stopped_and_taken_up_again(place: Path) -> None:
    before = (place / "chsf.yaml").read_bytes()
    with terminal("posture", "ask", "chsf.yaml", "--lang", "en", cwd=place) as screen:
        shown = screen.read_prompt()
        assert "1 / 15" in shown
        assert "0  I do not know" in shown
        shown = screen.type("9")
        assert "“9” is not an answer here. Type a number from 0 to 4." in shown
        assert "2 / 15" in screen.type("3")
        assert "3 / 15" in screen.type("60 %")
        shown = screen.type("b")
        assert "2 / 15" in shown
        assert "Present answer: 60%" in shown
        shown = screen.type("")
        assert "3 / 15" in shown
        shown = screen.type("q")
        assert "Answers kept in chsf.answers.yaml: 2 of 15. chsf.yaml is as it was." in shown
        assert "hygie posture ask chsf.yaml" in shown
        assert screen.leave() == 0
    assert (place / "chsf.yaml").read_bytes() == before
    kept = (place / "chsf.answers.yaml").read_text(encoding="utf-8")
    assert kept.count("answer:") == 2

    with terminal("posture", "ask", "chsf.yaml", "--lang", "fr", cwd=place) as screen:
        shown = screen.read_prompt()
        assert "Déjà répondu\u00a0: 2 sur 15" in shown
        assert "3 / 15" in shown
        assert "4 / 15" in screen.type("0")
        shown = screen.interrupt()
        assert "chsf.answers.yaml\u00a0: 3 sur 15" in shown
        assert screen.leave() == 130
    assert (place / "chsf.yaml").read_bytes() == before
    assert (place / "chsf.answers.yaml").read_text(encoding="utf-8").startswith(kept)

    with terminal("posture", "ask", "chsf.yaml", "--lang", "fr", cwd=place) as screen:
        assert "4 / 15" in screen.read_prompt()
        for number in range(5, 16):
            assert f"{number} / 15" in screen.type("2")
        shown = screen.type("2")
        assert "Écrire cela dans chsf.yaml" in shown
        shown = screen.type("")
        assert "chsf.yaml écrit" in shown
        assert screen.leave() == 0
    after = (place / "chsf.yaml").read_bytes()
    assert after.startswith(before)
    assert (place / "chsf.yaml.bak").read_bytes() == before
    assert hygie_here("facility", "check", "chsf.yaml", cwd=place).returncode == 0
    view = json.loads(hygie_here("posture", "show", "chsf.yaml", "--json", cwd=place).stdout)
    # Fifteen questions, one of them answered “I do not know”.
    assert view["known"] == 14
    assert {row["origin"] for row in view["rows"] if row["known"]} == {"questionnaire"}


def test_the_end_of_input_loses_nothing(place: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-c", "from hygie.cli.main import run; run()", "posture", "ask", "chsf.yaml", "--lang", "en"],
        cwd=place,
        input="3\n2\n",
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert "Answers kept in chsf.answers.yaml: 2 of 15" in done.stdout
    assert "Traceback" not in done.stderr


def test_a_form_filled_away_and_the_meter(place: Path) -> None:
    made = hygie_here("posture", "form", "form.yaml", "--lang", "en", "--full", cwd=place)
    assert made.returncode == 0, made.stderr
    again = hygie_here("posture", "form", "form.yaml", cwd=place)
    assert again.returncode == 3
    assert "exists already" in again.stderr
    assert hygie_here("posture", "form", "form.pdf", cwd=place).returncode == 2
    text = (place / "form.yaml").read_text(encoding="utf-8")
    (place / "form.yaml").write_text(
        text.replace("  mfa_remote:\n", "  mfa_remote: 90 %\n").replace("  mfa_admin:\n", "  mfa_admin: unknown\n"),
        encoding="utf-8",
    )
    tried = hygie_here("posture", "fill", "chsf.yaml", "form.yaml", "--dry-run", "--json", cwd=place)
    edit = json.loads(tried.stdout)
    assert [(row["control"], row["after"], row["outcome"]) for row in edit["rows"]] == [("mfa", 0.9, "added")]
    assert not edit["written"]
    assert not (place / "chsf.yaml.bak").exists()
    done = hygie_here("posture", "fill", "chsf.yaml", "form.yaml", "--lang", "en", "--as-of", "2026-11-20", cwd=place)
    assert done.returncode == 0, done.stderr
    shown = hygie_here(
        "posture", "show", "chsf.yaml", "--lang", "en", "--as-of", "2026-11-27", cwd=place, COLUMNS="80"
    ).stdout
    assert "2026-11-20" in shown
    assert "form.yaml: mfa_remote" in shown
    view = json.loads(hygie_here("posture", "show", "chsf.yaml", "--json", "--as-of", "2026-11-27", cwd=place).stdout)
    assert view["known_share"] == pytest.approx(1 / view["controls"])
    assert view["meter"] in " ".join(shown.split())
    (row,) = [row for row in view["rows"] if row["known"]]
    assert (row["id"], row["coverage"], row["age_days"]) == ("mfa", 0.9, 7)
    assert all(row["coverage"] == row["sector_mean"] for row in view["rows"] if not row["known"])


def test_what_the_owner_wrote_is_kept_until_asked(place: Path) -> None:
    path = place / "chsf.yaml"
    path.write_text(path.read_text(encoding="utf-8") + "posture:\n  mfa: 0.5  # the VPN only\n", encoding="utf-8")
    before = path.read_bytes()
    done = hygie_here("posture", "import", "chsf.yaml", str(DATA / "audit.csv"), "--lang", "en", cwd=place)
    assert done.returncode == 1
    assert "kept: its owner wrote it" in done.stdout
    assert "--replace" in done.stdout
    assert path.read_bytes().startswith(before)
    done = hygie_here("posture", "import", "chsf.yaml", str(DATA / "audit.csv"), "--replace", cwd=place)
    assert done.returncode == 0, done.stderr
    text = path.read_text(encoding="utf-8")
    assert 'origin: ciso_assistant, evidence: "audit.csv: anssi-guide-hygiene 13"}  # the VPN only' in text
    assert hygie_here("facility", "check", "chsf.yaml", cwd=place).returncode == 0


@pytest.mark.parametrize(
    ("file", "options", "form"),
    [
        ("audit.csv", [], "ciso-assistant"),
        ("domain.json", [], "ciso-assistant"),
        ("nist_ifa_assessment_results.json", [], "oscal"),
        ("layer.json", ["--format", "navigator"], "navigator"),
    ],
)
def test_imports_of_every_format(place: Path, file: str, options: list[str], form: str) -> None:
    done = hygie_here("posture", "import", "chsf.yaml", str(DATA / file), *options, "--json", cwd=place)
    assert done.returncode == 0, done.stderr
    edit = json.loads(done.stdout)
    assert edit["format"] == form
    assert edit["written"]
    assert all(row["evidence"].startswith(f"{file}: ") for row in edit["rows"])
    assert hygie_here("facility", "check", "chsf.yaml", cwd=place).returncode == 0
    # The same file again confirms what is there, and writes nothing.
    again = json.loads(
        hygie_here("posture", "import", "chsf.yaml", str(DATA / file), *options, "--json", cwd=place).stdout
    )
    assert {row["outcome"] for row in again["rows"]} == {"confirmed"}
    assert not again["written"]


def test_what_is_refused_leaves_the_file_alone(place: Path) -> None:
    before = (place / "chsf.yaml").read_bytes()
    (place / "bad.csv").write_text("control,coverage\nmfaa,0.5\n", encoding="utf-8")
    (place / "other.yaml").write_text("schema: hygie.answers/1\nfacility: other\nanswers: {}\n", encoding="utf-8")
    for arguments, code, message in (
        (["import", "chsf.yaml", "bad.csv"], 3, "did you mean “mfa”?"),
        (["import", "chsf.yaml", "absent.csv"], 3, "absent.csv"),
        (["import", "chsf.yaml", "bad.csv", "--format", "docx"], 2, "csv, oscal, ciso-assistant, navigator"),
        (["import", "chsf.yaml", str(DATA / "layer.json")], 2, "--format navigator"),
        (["import", "chsf.yaml", "bad.csv", "--score-max", "0"], 2, "above 0"),
        (["fill", "chsf.yaml", "other.yaml"], 2, "those of another facility"),
        (["ask", "chsf.yaml", "--answers", "other.yaml"], 2, "those of another facility"),
        (["show", "absent.yaml"], 3, "no such file"),
    ):
        done = hygie_here("posture", *arguments, cwd=place)
        assert done.returncode == code, (arguments, done.stderr)
        assert message in done.stderr
        assert "Traceback" not in done.stderr
    assert (place / "chsf.yaml").read_bytes() == before
    assert not (place / "chsf.yaml.bak").exists()
