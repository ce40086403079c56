"""MISP feeds: folders that PyMISP writes, the same over HTTP, and what a feed may get wrong."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from pymisp.tools import feed_meta_generator

from hygie.core.errors import DocumentError, UsageError
from hygie.knowledge.importers import misp_feeds
from hygie.knowledge.importers.misp_feeds import MispFeed, MispPage, pull_feed, read_feed
from misp_kit import EDITED, OPTIONS, make_event, make_uuid, pick, refusals, serve

COUNT = 7


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A feed of seven events, as PyMISP's own generator writes it; later numbers were edited earlier."""
    feed = tmp_path / "feed"
    feed.mkdir()
    for number in range(COUNT):
        event = make_event(number, info=f"Event {number}", tags=["tlp:white"], edited=EDITED - 60 * number)
        event.add_attribute("comment", f"comment {number}", category="Other")
        (feed / f"{event.uuid}.json").write_text(json.dumps(event.to_feed()), encoding="utf-8")
    feed_meta_generator(feed)
    # PyMISP dates its own edit; here the dates are ours.
    change_manifest(
        feed, lambda entries: [entry.update(timestamp=str(EDITED - 60 * place)) for place, entry in entries]
    )
    return feed


def change_manifest(feed: Path, change: Any) -> None:
    path = feed / "manifest.json"
    manifest = json.loads(path.read_text(encoding="utf-8"))
    change([(number, manifest[make_uuid(number)]) for number in range(COUNT)])
    path.write_text(json.dumps(manifest), encoding="utf-8")


def infos(pages: list[MispPage]) -> list[str]:
    return [record.name for page in pages for record in pick(page.items, "other")]


def test_folder_is_read_oldest_edits_first(folder: Path) -> None:
    pages = list(read_feed(folder, options=OPTIONS))
    assert infos(pages) == [f"Event {number}" for number in reversed(range(COUNT))]
    assert [page.last for page in pages] == [True]
    assert refusals(pages[0].items) == []
    assert pages[0].feed == f"misp:{folder}"


def test_pages_are_small(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(misp_feeds, "PAGE_EVENTS", 3)
    pages = list(read_feed(folder, options=OPTIONS))
    assert [(page.number, page.events, page.last) for page in pages] == [(1, 3, False), (2, 3, False), (3, 1, True)]


def test_known_editions_are_not_read_again(folder: Path) -> None:
    first = next(read_feed(folder, options=OPTIONS))
    known = {record.ref: record.stamp or "" for record in pick(first.items, "other")}
    # PyMISP wrote the files later than the manifest says: what counts is the edition that the manifest announces.
    known = {ref: min(stamp, "2026-03-01T00:00:00Z") for ref, stamp in known.items()}
    assert infos(list(read_feed(folder, options=OPTIONS, known=known))) == []
    change_manifest(folder, lambda entries: entries[4][1].update(timestamp=str(EDITED + 5)))
    assert infos(list(read_feed(folder, options=OPTIONS, known=known))) == ["Event 4"]


def test_event_published_late_is_not_missed(folder: Path) -> None:
    # Edited before everything that is known: a cursor by date would pass over it.
    known = {f"misp-{make_uuid(number)}": "2026-03-01T00:00:00Z" for number in range(COUNT - 1)}
    assert infos(list(read_feed(folder, options=OPTIONS, known=known))) == [f"Event {COUNT - 1}"]


def serve_folder(folder: Path, *, requests: list[str] | None = None) -> Any:
    def reply(method: str, path: str, headers: Mapping[str, str], body: bytes) -> tuple[int, Mapping[str, str], bytes]:
        if requests is not None:
            requests.append(path)
        file = folder / path.removeprefix("/osint/")
        if not path.startswith("/osint/") or not file.is_file():
            return 404, {}, b""
        return 200, {"Content-Type": "text/plain"}, file.read_bytes()

    return serve(reply)


@pytest.mark.parametrize("end", ["/osint", "/osint/", "/osint/manifest.json"])
def test_address_gives_what_the_folder_gives(folder: Path, end: str) -> None:
    with serve_folder(folder) as base:
        pages = list(pull_feed(MispFeed(url=base + end), options=OPTIONS))
    assert infos(pages) == infos(list(read_feed(folder, options=OPTIONS)))


def test_only_new_events_are_fetched(folder: Path) -> None:
    requests: list[str] = []
    known = {f"misp-{make_uuid(number)}": "2026-03-01T00:00:00Z" for number in range(COUNT) if number != 2}
    with serve_folder(folder, requests=requests) as base:
        list(pull_feed(MispFeed(url=f"{base}/osint/"), options=OPTIONS, known=known))
    assert requests == ["/osint/manifest.json", f"/osint/{make_uuid(2)}.json"]


def test_missing_event_is_refused_and_the_others_are_taken(folder: Path) -> None:
    (folder / f"{make_uuid(3)}.json").unlink()
    with serve_folder(folder) as base:
        (page,) = pull_feed(MispFeed(url=f"{base}/osint/"), options=OPTIONS)
    (refusal,) = refusals(page.items)
    assert refusal.ref == f"misp-{make_uuid(3)}"
    assert "does not give it" in refusal.finding.message
    assert len(infos([page])) == COUNT - 1


def test_digest_of_the_manifest_is_checked(folder: Path) -> None:
    digests = [hashlib.sha256((folder / f"{make_uuid(n)}.json").read_bytes()).hexdigest() for n in range(COUNT)]
    change_manifest(folder, lambda entries: [entry.update({"integrity:sha256": digests[n]}) for n, entry in entries])
    assert refusals(next(read_feed(folder, options=OPTIONS)).items) == []
    path = folder / f"{make_uuid(3)}.json"
    path.write_text(path.read_text(encoding="utf-8").replace("comment 3", "comment !"), encoding="utf-8")
    (refusal,) = refusals(next(read_feed(folder, options=OPTIONS)).items)
    assert "is not the one that the manifest describes" in refusal.finding.message


@pytest.mark.parametrize(
    ("content", "match"),
    [
        (b'{"Event": {"uuid": ', "breaks off"),
        (b'{"Event": {"uuid": "00000000-0000-4000-8000-000000000000", "info": "x"}}', "holds another event"),
        (b"[]", "holds another event"),
        (b"{}", "there is no MISP event"),
    ],
)
def test_bad_event_file_is_refused(folder: Path, content: bytes, match: str) -> None:
    (folder / f"{make_uuid(3)}.json").write_bytes(content)
    page = next(read_feed(folder, options=OPTIONS))
    (refusal,) = refusals(page.items)
    assert match in refusal.finding.message
    assert f"{make_uuid(3)}.json" in str(refusal.finding.file)
    assert len(infos([page])) == COUNT - 1


@pytest.mark.parametrize(
    ("uuid", "entry", "match"),
    [
        ("../../etc/passwd", {"timestamp": "1"}, "not an entry of a manifest"),
        ("https://elsewhere.example.org/x", {"timestamp": "1"}, "not an entry of a manifest"),
        (make_uuid(50), [], "not an entry of a manifest"),
        (make_uuid(50), {}, "does not say when"),
        (make_uuid(50), {"timestamp": "-5"}, "does not say when"),
        (make_uuid(50), {"timestamp": "1", "integrity:sha256": "abc"}, "not a SHA-256"),
    ],
)
def test_bad_entry_of_the_manifest_is_refused_and_never_fetched(
    folder: Path, uuid: str, entry: Any, match: str
) -> None:
    path = folder / "manifest.json"
    path.write_text(json.dumps({**json.loads(path.read_text(encoding="utf-8")), uuid: entry}), encoding="utf-8")
    requests: list[str] = []
    with serve_folder(folder, requests=requests) as base:
        (page,) = pull_feed(MispFeed(url=f"{base}/osint/"), options=OPTIONS)
    (refusal,) = refusals(page.items)
    assert match in refusal.finding.message
    assert len(requests) == COUNT + 1


@pytest.mark.parametrize(
    ("content", "match"),
    [(None, "there is no manifest"), (b"[]", "not an object"), (b'{"a": ', "breaks off"), (b"", "is empty")],
)
def test_feed_without_a_manifest_is_refused(folder: Path, content: bytes | None, match: str) -> None:
    path = folder / "manifest.json"
    path.unlink() if content is None else path.write_bytes(content)
    with pytest.raises(DocumentError, match=match):
        list(read_feed(folder, options=OPTIONS))
    with serve_folder(folder) as base, pytest.raises(DocumentError, match=match):
        list(pull_feed(MispFeed(url=f"{base}/osint/"), options=OPTIONS))


def test_feed_of_bad_events_is_given_up(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(misp_feeds, "MAX_REFUSALS", 2)
    for number in range(COUNT):
        (folder / f"{make_uuid(number)}.json").write_bytes(b"{}")
    with pytest.raises(DocumentError, match="too many events"):
        list(read_feed(folder, options=OPTIONS))


def test_password_of_a_feed_is_sent_and_not_shown(folder: Path) -> None:
    seen: list[str | None] = []

    def reply(method: str, path: str, headers: Mapping[str, str], body: bytes) -> tuple[int, Mapping[str, str], bytes]:
        seen.append(headers.get("Authorization"))
        return 401, {}, b""

    with serve(reply) as base:
        feed = MispFeed(url=base, user="me", password="secret word")
        with pytest.raises(DocumentError, match="refuses these credentials") as caught:
            list(pull_feed(feed, options=OPTIONS))
    assert seen == ["Basic bWU6c2VjcmV0IHdvcmQ="]
    assert "secret" not in str(caught.value) + repr(feed)


def test_address_that_is_not_encrypted_is_refused() -> None:
    with pytest.raises(UsageError, match="would not be encrypted"):
        list(pull_feed(MispFeed(url="http://feeds.example.org/osint/"), options=OPTIONS))
