"""Public registers through the command line: into the workspace, found again, and made into facility files."""

from __future__ import annotations

import csv
import os
import pty
import re
import select
import signal
import subprocess
import sys
import time
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import yaml

from base_kit import Desk
from register_kit import DATA, ROWS, pack_sae, write_register


@pytest.fixture
def shelf(tmp_path: Path) -> Desk:
    """A desk with an empty workspace, and a register beside it."""
    write_register(tmp_path / "sae_2023.csv")
    return Desk(tmp_path)


def read_facility(desk: Desk, name: str) -> dict[str, object]:
    return yaml.safe_load((desk.folder / name).read_text(encoding="utf-8"))


def test_an_import_says_what_it_read_and_what_to_check(shelf: Desk) -> None:
    report = shelf.ask("facility", "import", "sae_2023.csv", "--findings", "findings.csv")
    assert (report["sites"], report["entities"], report["groups"]) == (5, 4, 1)
    assert (report["kind"], report["year"], report["new"], report["dry_run"]) == ("sae", 2023, True, False)
    assert report["regions"] == {"Ailleurs": 2, "Exemple": 3}
    missing = [found for found in report["findings"] if found["kind"] == "missing"]
    assert [(found["about"], found["count"]) for found in missing] == [("no site gives its staff", 1)]
    assert "980000003 CENTRE SANS EFFECTIFS" in missing[0]["example"]
    with (shelf.folder / "findings.csv").open(encoding="utf-8-sig", newline="") as stream:
        rows = list(csv.DictReader(stream))
    assert sum(int(row["count"]) for row in rows) == report["finding_count"]
    assert all(row["repair"] for row in rows)
    shown = shelf.run("facility", "import", "sae_2023.csv", "--lang", "fr")
    assert shown.returncode == 0
    assert "Déjà là" in shown.stdout
    assert "aucun site ne donne ses effectifs" in shown.stdout
    assert shown.stderr == "Lecture…\nÉcriture…\n"


def test_the_same_file_twice_is_one_edition_and_another_stands_beside(shelf: Desk) -> None:
    shelf.ask("facility", "import", "sae_2023.csv")
    assert shelf.ask("facility", "import", "sae_2023.csv")["new"] is False
    write_register(shelf.folder / "sae_2024.csv", *ROWS[:2])
    assert shelf.ask("facility", "import", "sae_2024.csv")["year"] == 2024
    editions = shelf.ask("facility", "registers")
    assert [(edition["year"], edition["used"]) for edition in editions] == [(2024, True), (2023, False)]
    assert shelf.ask("facility", "find", "colline", code=1) == []
    assert [match["year"] for match in shelf.ask("facility", "find", "rivieres")] == [2024]
    shown = shelf.run("facility", "registers", "--lang", "fr").stdout
    assert shown.index("● ") < shown.index("sae_2024.csv") < shown.index("○ ") < shown.index("sae_2023.csv")


def test_a_dry_run_writes_nothing(shelf: Desk) -> None:
    report = shelf.ask("facility", "import", "sae_2023.csv", "--dry-run")
    assert (report["dry_run"], report["number"], report["sites"]) == (True, None, 5)
    assert not shelf.workspace.exists()
    assert shelf.ask("facility", "registers") == []


def test_a_region_or_a_group_is_imported_alone(shelf: Desk) -> None:
    assert shelf.ask("facility", "import", "sae_2023.csv", "--region", "ailleurs")["entities"] == 2
    assert shelf.ask("facility", "find", "colline", code=1) == []
    group = shelf.ask("facility", "import", "sae_2023.csv", "--ght", "9901")
    assert (group["entities"], group["name"]) == (2, "sae_2023.csv · 9901")
    done = shelf.run("facility", "import", "sae_2023.csv", "--region", "Exampel")
    assert done.returncode == 3
    assert "did you mean “Exemple”?" in done.stderr


def test_a_zip_archive_is_unpacked_on_the_way(shelf: Desk) -> None:
    with zipfile.ZipFile(shelf.folder / "sae_2023.zip", "w") as archive:
        archive.write(shelf.folder / "sae_2023.csv", "sae_2023.csv")
    assert shelf.ask("facility", "import", "sae_2023.zip")["sites"] == 5
    assert shelf.ask("facility", "import", "sae_2023.csv")["new"] is False
    pack_sae(shelf.folder / "tables.zip")
    from_folder = shelf.ask("facility", "import", str(DATA / "sae" / "2031"), "--dry-run")
    from_archive = shelf.ask("facility", "import", "tables.zip")
    assert from_archive["year"] == 2031
    for name in ("sites", "entities", "groups", "finding_count"):
        assert from_archive[name] == from_folder[name]
    examples = [found["example"] for found in from_archive["findings"]]
    assert any("tables.zip" in example for example in examples)
    assert not any("hygie-register-" in example for example in examples)
    with zipfile.ZipFile(shelf.folder / "other.zip", "w") as archive:
        archive.writestr("a.txt", "a")
        archive.writestr("b.txt", "b")
    refused = shelf.run("facility", "import", "other.zip")
    assert refused.returncode == 3
    assert "other.zip: the folder holds no register" in refused.stderr


def test_an_archive_that_leads_out_of_its_folder_is_refused(shelf: Desk) -> None:
    with zipfile.ZipFile(shelf.folder / "evil.zip", "w") as archive:
        archive.writestr("../out.csv", "x")
    done = shelf.run("facility", "import", "evil.zip")
    assert (done.returncode, "leads out of it" in done.stderr) == (3, True)
    assert not (shelf.folder.parent / "out.csv").exists()


def test_what_cannot_be_read_leaves_nothing(shelf: Desk) -> None:
    (shelf.folder / "broken.csv").write_text("finess;rs\n1;2\n", encoding="utf-8")
    (shelf.folder / "sae.7z").write_bytes(b"7z\xbc\xaf\x27\x1c\x00\x04")
    assert "7-Zip" in shelf.run("facility", "import", "sae.7z").stderr
    for path, code in (("broken.csv", 3), ("absent.csv", 3), ("sae.7z", 3), ("a" * 300, 3)):
        done = shelf.run("facility", "import", path)
        assert done.returncode == code
        assert path[:100] in done.stderr
        assert "Traceback" not in done.stderr
    assert shelf.ask("facility", "registers") == []


def test_words_and_numbers_find_legal_entities(shelf: Desk) -> None:
    shelf.ask("facility", "import", "sae_2023.csv")
    by_staff = shelf.ask("facility", "find", "DEUX rivières")
    assert [match["finess"] for match in by_staff] == ["990000001", "980000001"]
    assert (by_staff[0]["beds"], by_staff[0]["fte"], by_staff[0]["sites"]) == (460, 1300.0, 2)
    assert [match["finess"] for match in shelf.ask("facility", "find", "990 000 028")] == ["990000001"]
    assert shelf.ask("facility", "find", "deux rivières", "--register", "sae_2023.csv") == by_staff
    shown = shelf.run("facility", "find", "rivieres", "--lang", "fr").stdout
    assert "effectifs (ETP)" in shown
    assert "1\u202f300" in shown


def test_without_a_register_the_way_is_shown(shelf: Desk) -> None:
    for words in (["find", "dax"], ["new", "dax"], ["new", "--finess", "990000001"]):
        done = shelf.run("facility", *words)
        assert done.returncode == 2
        assert "hygie facility import FILE" in done.stderr
    done = shelf.run("facility", "new")
    assert done.returncode == 2
    assert "--form" in done.stderr


def test_a_site_number_makes_the_file_of_its_legal_entity(shelf: Desk) -> None:
    shelf.ask("facility", "import", "sae_2023.csv")
    made = shelf.ask("facility", "new", "--finess", "990000028")
    assert (made["path"], made["site"], made["complete"]) == ("990000001.yaml", "990000028", True)
    facility = read_facility(shelf, "990000001.yaml")
    assert facility["activity"]["fte"] == 1300
    # The whole group, though only one of its members was asked for.
    assert [link["neighbour"]["finess"] for link in facility["links"]] == ["990000002"]
    from_file = shelf.ask("facility", "new", "--finess", "990000001", "--register", "sae_2023.csv", "--out", "b.yaml")
    assert from_file["site"] is None
    assert read_facility(shelf, "b.yaml") == facility


def test_nothing_is_overwritten_unasked(shelf: Desk) -> None:
    shelf.ask("facility", "import", "sae_2023.csv")
    (shelf.folder / "990000001.yaml").write_text("mine\n", encoding="utf-8")
    done = shelf.run("facility", "new", "--finess", "990000001")
    assert (done.returncode, "--overwrite" in done.stderr) == (3, True)
    assert (shelf.folder / "990000001.yaml").read_text(encoding="utf-8") == "mine\n"
    long = shelf.run("facility", "new", "--finess", "990000001", "--out", "a" * 300)
    assert (long.returncode, "cannot be written" in long.stderr) == (3, True)
    shelf.ask("facility", "new", "--finess", "990000001", "--overwrite")
    assert read_facility(shelf, "990000001.yaml")["finess"] == "990000001"


def test_several_matches_are_listed_and_none_is_taken(shelf: Desk) -> None:
    shelf.ask("facility", "import", "sae_2023.csv")
    done = shelf.run("facility", "new", "deux rivieres")
    assert done.returncode == 2
    assert "several organisations match" in done.stderr
    assert "990000001" in done.stdout
    assert "980000001" in done.stdout
    assert not list(shelf.folder.glob("*.yaml"))
    assert [match["finess"] for match in shelf.ask("facility", "new", "deux rivieres", code=2)] == [
        "990000001",
        "980000001",
    ]
    assert shelf.ask("facility", "new", "colline")["path"] == "990000002.yaml"
    done = shelf.run("facility", "new", "--finess", "999999999")
    assert (done.returncode, "no organisation" in done.stderr) == (3, True)


def test_what_the_register_leaves_open_is_said(shelf: Desk) -> None:
    shelf.ask("facility", "import", "sae_2023.csv")
    shown = shelf.run("facility", "new", "sans effectifs", "--lang", "fr")
    assert shown.returncode == 0
    assert "Ses effectifs (fte) ne sont pas connus" in shown.stdout
    assert "aucun site" in shown.stdout


def test_a_form_makes_a_file_that_can_be_checked(shelf: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    answers = ["Hôpital de l’Exemple", "91000", "910002773", "2", "public", "", "", "2024", "beaucoup", "1 250,5",
               "300", "301", "12", "2,5", "20", *[""] * 8]  # fmt: skip
    monkeypatch.setattr(sys, "stdin", _Answers(answers))
    done = shelf.run("facility", "new", "--form", "--lang", "fr")
    assert done.returncode == 0, done.stderr
    assert "Un numéro FINESS a neuf caractères" in done.stderr
    assert "Ce n’est pas un nombre" in done.stderr
    assert "parmi les lits MCO\u00a0: 300 au plus" in done.stderr
    assert "donnez un nombre entier" in done.stderr
    assert read_facility(shelf, "910002773.yaml") == {
        "schema": "hygie.facility/1",
        "id": "fr-910002773",
        "name": "Hôpital de l’Exemple",
        "finess": "910002773",
        "category": "ch",
        "status": "public",
        "department": "91",
        "activity": {"year": 2024, "fte": 1250.5, "beds_mco": 300, "beds_icu": 12, "places": 20},
    }
    assert shelf.run("facility", "check", "910002773.yaml").returncode == 0


def test_a_form_proposes_what_the_register_says(shelf: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    shelf.ask("facility", "import", "sae_2023.csv")
    shelf.ask("facility", "new", "--finess", "990000001", "--out", "as-is.yaml")
    monkeypatch.setattr(sys, "stdin", _Answers([""] * 19))
    assert shelf.run("facility", "new", "--finess", "990000001", "--form").returncode == 0
    assert read_facility(shelf, "990000001.yaml") == read_facility(shelf, "as-is.yaml")
    # Another staff: no longer a figure of the register, but its group is still known.
    monkeypatch.setattr(sys, "stdin", _Answers([*[""] * 7, "1400", *[""] * 11]))
    assert shelf.run("facility", "new", "--finess", "990000001", "--form", "--overwrite").returncode == 0
    changed = read_facility(shelf, "990000001.yaml")
    assert changed["activity"]["fte"] == 1400
    assert "evidence" not in changed["activity"]
    assert len(changed["links"]) == 1


def test_a_form_that_is_left_is_taken_up_again(shelf: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", _Answers(["Hôpital de l’Exemple", "910002773"]))
    left = shelf.run("facility", "new", "--form", "--lang", "fr")
    assert left.returncode == 130
    assert "Vos réponses sont gardées dans facility.draft.json" in left.stderr
    assert not list(shelf.folder.glob("*.yaml"))
    monkeypatch.setattr(sys, "stdin", _Answers(["", "", "chu", "1", *[""] * 3, "3000", *[""] * 11]))
    done = shelf.run("facility", "new", "--form", "--lang", "fr")
    assert done.returncode == 0, done.stderr
    assert "Réponses de la dernière fois\u00a0: 2" in done.stderr
    assert read_facility(shelf, "910002773.yaml")["name"] == "Hôpital de l’Exemple"
    assert not list(shelf.folder.glob("*.draft.json"))


class _Answers:
    """Answers typed in advance; then the line is closed."""

    def __init__(self, lines: list[str]) -> None:
        self._lines = list(lines)

    def isatty(self) -> bool:
        return False

    def readline(self, *_: object) -> str:
        return self._lines.pop(0) + "\n" if self._lines else ""


class _Terminal:
    """A command that believes it runs in a terminal."""

    def __init__(self, master: int, process: subprocess.Popen[bytes]) -> None:
        self._master, self._process, self.seen = master, process, ""

    def wait_for(self, text: str, *, seconds: float = 60.0) -> None:
        """Read until a text is shown after what was waited for before."""
        end, start = time.monotonic() + seconds, len(self.seen)
        while text not in self.seen[start:]:
            assert time.monotonic() < end, f"no “{text}” in:\n{self.seen}"
            if select.select([self._master], [], [], 0.1)[0]:
                try:
                    chunk = os.read(self._master, 4096).decode(errors="replace")
                except OSError:
                    chunk = ""
                # Colours are of no interest here.
                self.seen += re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", chunk)
                assert chunk, f"ended before “{text}”:\n{self.seen}"

    def type(self, text: str) -> None:
        os.write(self._master, text.encode())

    def interrupt(self) -> None:
        """Press Ctrl-C."""
        self._process.send_signal(signal.SIGINT)

    def end(self) -> tuple[int, str]:
        """Return exit code and standard output."""
        output, _ = self._process.communicate(timeout=60)
        return self._process.returncode, output.decode()


@contextmanager
def open_terminal(desk: Desk, *arguments: str) -> Iterator[_Terminal]:
    master, slave = pty.openpty()
    process = subprocess.Popen(
        [sys.executable, "-c", "from hygie.cli.main import run; run()", *arguments],
        stdin=slave,
        stderr=slave,
        stdout=subprocess.PIPE,
        cwd=desk.folder,
        env={
            **os.environ,
            "HYGIE_WORKSPACE": str(desk.workspace),
            "COLUMNS": "120",
            "TERM": "xterm",
            "LANG": "C.UTF-8",
        },
        start_new_session=True,
    )
    os.close(slave)
    try:
        yield _Terminal(master, process)
    finally:
        process.kill()
        process.wait()
        os.close(master)


def test_in_a_terminal_one_of_several_is_chosen(shelf: Desk) -> None:
    shelf.ask("facility", "import", "sae_2023.csv")
    with open_terminal(shelf, "facility", "new", "deux rivieres") as terminal:
        terminal.wait_for("Which one? (1 to 2)")
        assert terminal.seen.index("1.  990000001") < terminal.seen.index("2.  980000001")
        terminal.type("7\n")
        terminal.wait_for("Please give a number from 1 to 2.")
        terminal.type("2\n")
        code, output = terminal.end()
    assert (code, output.splitlines()[0].startswith("980000001.yaml: CLINIQUE")) == (0, True)
    assert read_facility(shelf, "980000001.yaml")["category"] == "clinic"


def test_in_a_terminal_ctrl_c_keeps_the_answers(shelf: Desk) -> None:
    with open_terminal(shelf, "facility", "new", "--finess", "910002773") as terminal:
        terminal.wait_for("No register was imported: some questions instead.")
        terminal.wait_for("Name: ")
        terminal.type("Hospital of the Example\n")
        terminal.wait_for("FINESS number [910002773]: ")
        terminal.interrupt()
        terminal.wait_for("Your answers are kept in facility.draft.json")
        code, output = terminal.end()
    assert (code, output) == (130, "")
    assert "Hospital of the Example" in (shelf.folder / "facility.draft.json").read_text(encoding="utf-8")
    assert not list(shelf.folder.glob("*.yaml"))
