"""Public registers fetched through the command line, from a portal on this machine that has the faults of real ones."""

from __future__ import annotations

import hashlib
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from base_kit import Desk
from file_server_kit import FileServer, ServedFile, serve_files
from hygie.store.http import HttpLimits
from register_kit import pack_sae, write_register

DATASET = "/api/1/datasets/finess/"
EXTRACT = "/resources/20260512/etalab-cs1100502-stock-20260512-0339.csv"
ENTITIES = "/resources/20260512/etalab-cs1100501-stock-20260512-0339.csv"
DATA = Path(__file__).parents[1] / "data"


@pytest.fixture
def shelf(tmp_path: Path) -> Desk:
    return Desk(tmp_path)


@pytest.fixture
def portal() -> Iterator[FileServer]:
    with serve_files() as server:
        yield server


@pytest.fixture
def register(tmp_path: Path) -> bytes:
    return write_register(tmp_path / "there.csv").read_bytes()


def publish(portal: FileServer, *contents: bytes, sha1: str | None = None) -> str:
    """Put the extracts of establishments and of legal entities on the portal; return the address of the dataset."""
    resources = []
    for path, content in zip((EXTRACT, ENTITIES), contents, strict=False):
        portal.files[path] = ServedFile(content)
        resources.append(
            {
                "title": "Extraction Finess",
                "url": portal.url(path),
                "checksum": {"type": "sha1", "value": sha1 or hashlib.sha1(content).hexdigest()},  # noqa: S324
                "filesize": len(content),
                "last_modified": "2026-05-12T09:13:08+00:00",
            }
        )
    portal.files[DATASET] = ServedFile(json.dumps({"resources": resources}).encode())
    return portal.url(DATASET)


def test_a_register_is_fetched_checked_and_imported(shelf: Desk, portal: FileServer) -> None:
    extracts = [path.read_bytes() for path in sorted((DATA / "finess").glob("etalab-*.csv"), reverse=True)]
    url = publish(portal, *extracts)
    done = shelf.ask("facility", "download", "finess", "--url", url, "--out", "down")
    file, entities = done["files"]
    assert entities["path"].endswith("etalab-cs1100501-stock-20260512-0339.csv")
    assert file["path"] == "down/finess-2026-05-12/etalab-cs1100502-stock-20260512-0339.csv"
    assert (shelf.folder / file["path"]).read_bytes() == extracts[0]
    assert (file["verified"], file["held"], done["ready"]) == (True, False, "down/finess-2026-05-12")
    again = shelf.ask("facility", "download", "finess", "--url", url, "--out", "down")
    assert again["files"][0]["held"] is True
    report = shelf.ask("facility", "import", done["ready"])
    assert (report["kind"], report["sites"]) == ("finess", 6)
    shown = shelf.run("facility", "download", "finess", "--url", url, "--out", "down", "--lang", "fr").stdout
    assert "Il a l’empreinte que son éditeur publie." in shown
    assert "hygie facility import down/finess-2026-05-12" in shown


def test_an_archive_is_unpacked_and_imported(shelf: Desk, portal: FileServer) -> None:
    packed = pack_sae(shelf.folder / "there.zip")
    portal.files["/sae/SAE_2023.zip"] = ServedFile(packed.read_bytes())
    done = shelf.ask("facility", "download", "sae", "--year", "2023", "--url", portal.url("/sae/SAE_2023.zip"))
    assert (done["files"][0]["path"], done["files"][0]["verified"]) == ("SAE_2023.zip", False)
    assert (done["ready"], done["packed"]) == ("SAE_2023", None)
    # The tables are two folders down, as in the archive of DREES.
    from_folder = shelf.ask("facility", "import", "SAE_2023")
    assert (from_folder["kind"], from_folder["year"]) == ("sae", 2031)
    assert from_folder["sites"] > 0
    assert shelf.ask("facility", "import", "SAE_2023.zip")["new"] is False


def test_an_archive_that_has_to_be_unpacked_by_hand_is_told(shelf: Desk, portal: FileServer) -> None:
    portal.files["/sae/sae_7z"] = ServedFile(b"7z\xbc\xaf\x27\x1c\x00\x04" + b"x" * 100)
    shown = shelf.run("facility", "download", "sae", "--url", portal.url("/sae/sae_7z"), "--lang", "fr")
    assert shown.returncode == 0, shown.stderr
    assert "Cette archive 7Z est à décompresser d’abord" in shown.stdout
    assert "Son éditeur ne publie pas d’empreinte" in shown.stdout


def test_a_killed_download_goes_on(shelf: Desk, portal: FileServer) -> None:
    content = bytes(range(256)) * 20_000
    url = publish(portal, b"finess;etalab\n" + content)
    portal.files[EXTRACT].cuts, portal.files[EXTRACT].stalls = [2_000_000], [30.0]
    process = subprocess.Popen(
        [sys.executable, "-c", "from hygie.cli.main import run; run()", "facility", "download", "finess", "--url", url],
        cwd=shelf.folder,
        env={**os.environ, "LANG": "C.UTF-8"},
        stderr=subprocess.PIPE,
        text=True,
    )
    part = shelf.folder / "finess-2026-05-12" / f"{Path(EXTRACT).name}.part"
    end = time.monotonic() + 60
    while not (part.exists() and part.stat().st_size >= 1_900_000):
        assert time.monotonic() < end
        time.sleep(0.05)
    process.send_signal(signal.SIGINT)
    _, errors = process.communicate(timeout=60)
    assert (process.returncode, errors) == (
        130,
        "Stopped. What has come is kept; the same command goes on from there.\n",
    )
    held = part.stat().st_size
    (file,) = shelf.ask("facility", "download", "finess", "--url", url)["files"]
    assert (file["resumed_at"], file["verified"]) == (held, True)
    assert portal.requests[-1][1] == f"bytes={held}-"


def test_wrong_bytes_are_refused_with_the_way_by_hand(shelf: Desk, portal: FileServer, register: bytes) -> None:
    url = publish(portal, register, sha1="0" * 40)
    done = shelf.run("facility", "download", "finess", "--url", url)
    assert done.returncode == 3
    assert "not the one that was announced" in done.stderr
    assert "https://www.data.gouv.fr/datasets/finess-extraction-du-fichier-des-etablissements" in done.stderr
    assert [path.name for path in shelf.folder.glob("*/etalab*")] == [f"{Path(EXTRACT).name}.part.json"]


@pytest.mark.parametrize("source", ["finess", "sae"])
def test_without_a_network_the_way_by_hand_is_told(shelf: Desk, source: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(
        "hygie.service.register_downloads.LIMITS", HttpLimits(connect_s=0.5, attempts=2, backoff_s=0.01)
    )
    done = shelf.run("facility", "download", source, "--url", "http://127.0.0.1:9/", "--lang", "fr")
    assert done.returncode == 3
    assert "le serveur ne peut être joint" in done.stderr
    assert "navigateur" in done.stderr
    assert "hygie facility import" in done.stderr
    assert done.stderr.count("Nouvel essai dans 0\u00a0s") == 1


def test_a_page_to_sign_in_is_no_register(shelf: Desk, portal: FileServer) -> None:
    portal.files["/sae"] = ServedFile(b"<!DOCTYPE html><title>Sign in to the network</title>")
    done = shelf.run("facility", "download", "sae", "--url", portal.url("/sae"))
    assert done.returncode == 3
    assert "a web page came instead of the file" in done.stderr
    assert list(shelf.folder.iterdir()) == []


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["saee"], "did you mean “sae”?"),
        (["sae", "--year", "2012"], "2013 or later"),
        (["finess", "--year", "2023"], "leave --year out"),
        (["sae", "--url", "http://example.org/x"], "would not be encrypted"),
        (["finess", "--url", "ftp://example.org/x"], "not the address of a server"),
        (["sae", "--url", "https://user:secret@example.org/x"], "holds a user or a password"),
    ],
)
def test_wrong_options_are_told(shelf: Desk, words: list[str], message: str) -> None:
    done = shelf.run("facility", "download", *words)
    assert done.returncode == 2
    assert message in done.stderr
    assert "secret" not in done.stderr
