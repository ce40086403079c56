"""Pulls from real servers into a real base: stopped, resumed, refused; nothing lost, nothing doubled."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from base_kit import Desk
from hygie.core.errors import DocumentError, UsageError
from hygie.service.intel_pull import pull
from hygie.service.workspace import Base, open_base
from taxii_kit import PASSWORD, READABLE, USER, TaxiiPeer, make_data, make_malware, serve_taxii, spread_dates

pytestmark = pytest.mark.xdist_group("intel")

COUNT = 23
EXPECTED = {make_malware(number)["id"] for number in range(COUNT)}


@pytest.fixture
def peer(tmp_path: Path):
    data = make_data([make_malware(number) for number in range(COUNT)], spread_dates)
    folder = tmp_path / "server"
    folder.mkdir()
    with serve_taxii(folder, data) as server:
        yield server


@pytest.fixture
def base(desk: Desk):
    with open_base(desk.workspace, author="analyst") as opened:
        yield opened


def names(base: Base) -> set[str]:
    return {record.ref for record in base.store.find("software", origin="import/stix")}


def ask(base: Base, peer: TaxiiPeer, monkeypatch: pytest.MonkeyPatch, progress: Any = lambda *_: None, **options: Any):
    monkeypatch.setenv("TAXII_SECRET", options.pop("password", PASSWORD))
    return pull(
        base,
        peer.url,
        collection=options.pop("collection", READABLE),
        user=USER,
        secret_env="TAXII_SECRET",
        progress=progress,
        **options,
    )


def test_a_pull_brings_every_object_once(base, peer, monkeypatch):
    report = ask(base, peer, monkeypatch)
    assert names(base) == EXPECTED
    assert report.by_kind["software"]["added"] == COUNT
    again = ask(base, peer, monkeypatch)
    assert again.counts["added"] == again.counts["changed"] == 0
    everything = ask(base, peer, monkeypatch, restart=True)
    assert everything.by_kind["software"] == {"unchanged": COUNT}


def test_a_pull_that_is_stopped_goes_on_where_it_was(base, peer, monkeypatch):
    class Stop(Exception):
        pass

    def stop_after_two(page: int, objects: int, note: str | None = None) -> None:
        if page == 2:
            raise Stop

    with pytest.raises(Stop):
        ask(base, peer, monkeypatch, progress=stop_after_two)
    held = names(base)
    assert 0 < len(held) < COUNT
    peer.restart()
    report = ask(base, peer, monkeypatch)
    assert names(base) == EXPECTED
    # The last object of a page may come twice, the pages before it do not.
    assert report.by_kind["software"]["added"] == COUNT - len(held)
    assert report.by_kind["software"].get("unchanged", 0) <= 1


def test_a_wrong_password_changes_nothing_and_is_not_shown(base, peer, monkeypatch):
    with pytest.raises(DocumentError) as refused:
        ask(base, peer, monkeypatch, password="not-the-password")
    assert "401" in str(refused.value)
    assert "not-the-password" not in str(refused.value)
    assert names(base) == set()


def test_a_secret_must_be_in_the_environment(base, peer):
    with pytest.raises(UsageError, match="NO_SUCH_VARIABLE"):
        pull(base, peer.url, user=USER, secret_env="NO_SUCH_VARIABLE", progress=lambda *_: None)
    with pytest.raises(UsageError, match="taxii, misp, misp-feed"):
        pull(base, peer.url, protocol="ftp", progress=lambda *_: None)


def test_the_command_tells_pages_on_the_way_and_counts_at_the_end(desk, peer):
    done = desk.run(
        "intel",
        "pull",
        peer.url,
        "--collection",
        READABLE,
        "--user",
        USER,
        "--secret-env",
        "S",
        "--lang",
        "en",
        S=PASSWORD,
    )
    assert done.returncode == 0, done.stderr
    assert f"{COUNT}" in done.stdout
    assert "page 1" in done.stderr
    assert PASSWORD not in done.stdout + done.stderr
