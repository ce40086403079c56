"""Files over HTTP, from a real server on this machine: broken off, changed, refused, too slow, too large."""

from __future__ import annotations

import hashlib
import random
from collections.abc import Iterator
from pathlib import Path

import pytest

from file_server_kit import FileServer, ServedFile, serve_files
from hygie.core.errors import DocumentError, StoreError, UsageError
from hygie.store.downloads import Checksum, Download, RemoteFile, fetch_file
from hygie.store.http import HttpClient, HttpLimits, HttpTools, Wait

CONTENT = random.Random(20261123).randbytes(3 * 1024**2)
SHA1 = Checksum(kind="sha1", value=hashlib.sha1(CONTENT).hexdigest())  # noqa: S324 - what the portal publishes


@pytest.fixture
def server() -> Iterator[FileServer]:
    with serve_files({"/a.csv": ServedFile(CONTENT)}) as running:
        yield running


class Fetcher:
    """Fetches from the server, without waiting between attempts."""

    def __init__(self, server: FileServer, folder: Path) -> None:
        self.server, self.folder = server, folder
        self.waits: list[Wait] = []
        self.seen: list[tuple[int, int | None]] = []
        self.stop_at: int | None = None

    def __call__(
        self,
        path: str = "/a.csv",
        *,
        checksum: Checksum | None = SHA1,
        size: int | None = None,
        limits: HttpLimits | None = None,
    ) -> Download:
        tools = HttpTools(sleep=lambda seconds: None, on_wait=self.waits.append)  # noqa: ARG005
        url = self.server.url(path)
        with HttpClient(url, limits=limits or HttpLimits(attempts=4), tools=tools) as client:
            remote = RemoteFile(url=url, name="a.csv", size=size, checksum=checksum)
            return fetch_file(client, remote, self.folder, progress=self._watch)

    def _watch(self, done: int, size: int | None) -> None:
        self.seen.append((done, size))
        if self.stop_at is not None and done >= self.stop_at:
            raise KeyboardInterrupt

    @property
    def names(self) -> list[str]:
        return sorted(path.name for path in self.folder.iterdir()) if self.folder.exists() else []


@pytest.fixture
def fetch(server: FileServer, tmp_path: Path) -> Fetcher:
    return Fetcher(server, tmp_path / "out")


def test_a_file_comes_whole_and_is_recognised_afterwards(fetch: Fetcher, server: FileServer) -> None:
    done = fetch(size=len(CONTENT))
    assert done.path.read_bytes() == CONTENT
    assert (done.state, done.verified, done.resumed_at) == ("fetched", True, 0)
    assert done.sha256 == hashlib.sha256(CONTENT).hexdigest()
    assert fetch.seen[-1] == (len(CONTENT), len(CONTENT))
    assert fetch.names == ["a.csv"]
    assert fetch().state == "held"
    assert len(server.requests) == 1


def test_an_interrupted_download_goes_on_where_it_stopped(fetch: Fetcher, server: FileServer) -> None:
    fetch.stop_at = 1_000_000
    with pytest.raises(KeyboardInterrupt):
        fetch()
    held = (fetch.folder / "a.csv.part").stat().st_size
    assert 1_000_000 <= held < len(CONTENT)
    assert not (fetch.folder / "a.csv").exists()
    fetch.stop_at = None
    done = fetch()
    assert done.path.read_bytes() == CONTENT
    assert done.resumed_at == held
    assert server.requests[-1] == ("/a.csv", f"bytes={held}-", '"v1"')
    assert fetch.names == ["a.csv"]


def test_a_line_that_breaks_again_and_again_is_followed(fetch: Fetcher, server: FileServer) -> None:
    # More breaks than attempts: each brings enough to go on.
    server.files["/a.csv"].cuts = [400_000] * 7
    assert fetch().path.read_bytes() == CONTENT
    assert len(fetch.waits) == 7
    assert {wait.reason for wait in fetch.waits} == {"the connection broke off"}
    assert [asked for _, asked, _ in server.requests][1] == "bytes=400000-"


def test_a_line_that_brings_nothing_is_given_up_and_what_came_is_kept(fetch: Fetcher, server: FileServer) -> None:
    server.files["/a.csv"].cuts = [1_000, 0, 0, 0, 0, 0]
    with pytest.raises(DocumentError, match="the connection broke off"):
        fetch()
    assert len(server.requests) == 4
    assert (fetch.folder / "a.csv.part").stat().st_size == 1_000
    server.files["/a.csv"].cuts = []
    assert fetch().resumed_at == 1_000


def test_a_server_that_stalls_is_left_and_asked_again(fetch: Fetcher, server: FileServer) -> None:
    server.files["/a.csv"].cuts, server.files["/a.csv"].stalls = [500_000], [5.0]
    done = fetch(limits=HttpLimits(read_s=0.3, attempts=3))
    assert done.path.read_bytes() == CONTENT
    assert [wait.reason for wait in fetch.waits] == ["the server is too slow"]


def test_an_answer_that_takes_too_long_is_taken_up_again(fetch: Fetcher) -> None:
    with pytest.raises(DocumentError, match="the answer takes too long"):
        fetch(limits=HttpLimits(total_s=-1.0, attempts=2))
    assert (fetch.folder / "a.csv.part").stat().st_size > 0
    assert fetch().resumed_at > 0


def test_a_server_without_ranges_sends_it_all_again(fetch: Fetcher, server: FileServer) -> None:
    file = server.files["/a.csv"]
    file.ranges, file.cuts = False, [2_000_000]
    done = fetch()
    assert done.path.read_bytes() == CONTENT
    assert [asked for _, asked, _ in server.requests] == [None, "bytes=2000000-"]


def test_a_file_that_changed_meanwhile_is_not_patched_together(fetch: Fetcher, server: FileServer) -> None:
    fetch.stop_at = 1_000_000
    with pytest.raises(KeyboardInterrupt):
        fetch(checksum=None)
    fetch.stop_at = None
    other = CONTENT[::-1]
    server.files["/a.csv"] = ServedFile(other, etag='"v2"')
    done = fetch(checksum=None)
    assert done.path.read_bytes() == other
    assert not done.verified


def test_halves_that_nothing_ties_together_are_not_joined(fetch: Fetcher, server: FileServer) -> None:
    server.files["/a.csv"].etag = None
    fetch.stop_at = 1_000_000
    with pytest.raises(KeyboardInterrupt):
        fetch(checksum=None)
    fetch.stop_at = None
    assert fetch(checksum=None).resumed_at == 0
    assert [asked for _, asked, _ in server.requests] == [None, None]


def test_a_checksum_ties_halves_together_without_a_validator(fetch: Fetcher, server: FileServer) -> None:
    server.files["/a.csv"].etag = None
    fetch.stop_at = 1_000_000
    with pytest.raises(KeyboardInterrupt):
        fetch()
    fetch.stop_at = None
    assert fetch().resumed_at >= 1_000_000


def test_the_part_of_another_file_is_thrown_away(fetch: Fetcher) -> None:
    fetch.folder.mkdir()
    (fetch.folder / "a.csv.part").write_bytes(b"x" * 1_000)
    assert fetch().resumed_at == 0
    (fetch.folder / "a.csv").unlink()
    (fetch.folder / "a.csv.part").write_bytes(b"x" * 1_000)
    (fetch.folder / "a.csv.part.json").write_text('{"url": "https://example.org/other"}', encoding="utf-8")
    assert fetch().path.read_bytes() == CONTENT
    assert fetch.names == ["a.csv"]


def test_a_part_longer_than_the_file_is_started_over(fetch: Fetcher, server: FileServer) -> None:
    fetch.stop_at = 1_000_000
    with pytest.raises(KeyboardInterrupt):
        fetch()
    fetch.stop_at = None
    with (fetch.folder / "a.csv.part").open("ab") as stream:
        stream.write(b"x" * len(CONTENT))
    assert fetch().path.read_bytes() == CONTENT
    assert [asked for _, asked, _ in server.requests][-1] is None


def test_other_bytes_than_announced_are_removed(fetch: Fetcher) -> None:
    wrong = Checksum(kind="sha256", value="0" * 64)
    with pytest.raises(DocumentError, match="not the one that was announced") as caught:
        fetch(checksum=wrong)
    assert hashlib.sha256(CONTENT).hexdigest() in str(caught.value)
    assert "a.csv" not in fetch.names
    assert "a.csv.part" not in fetch.names


def test_another_size_than_announced_is_refused(fetch: Fetcher) -> None:
    with pytest.raises(DocumentError, match="another size than announced"):
        fetch(checksum=None, size=5)
    assert "a.csv" not in fetch.names


@pytest.mark.parametrize(
    ("status", "message", "asked"),
    [(404, "there is nothing at this address", 1), (403, "does not let you read", 1), (503, "has a problem", 4)],
)
def test_refusals_are_told(fetch: Fetcher, server: FileServer, status: int, message: str, asked: int) -> None:
    server.files["/a.csv"].statuses = [status] * 4
    with pytest.raises(DocumentError, match=message):
        fetch()
    assert len(server.requests) == asked


def test_a_busy_server_is_asked_again(fetch: Fetcher, server: FileServer) -> None:
    server.files["/a.csv"].statuses = [503, 429]
    assert fetch().path.read_bytes() == CONTENT


def test_no_server_at_all(tmp_path: Path) -> None:
    tools = HttpTools(sleep=lambda seconds: None)  # noqa: ARG005
    url = "http://127.0.0.1:9/a.csv"
    with (
        HttpClient(url, limits=HttpLimits(attempts=2), tools=tools) as client,
        pytest.raises(DocumentError, match="the server cannot be reached"),
    ):
        fetch_file(client, RemoteFile(url=url, name="a.csv"), tmp_path)


def test_what_is_too_large_is_not_fetched(fetch: Fetcher, server: FileServer) -> None:
    limits = HttpLimits(max_bytes=1_000_000)
    with pytest.raises(DocumentError, match="too large"):
        fetch(size=len(CONTENT), limits=limits)
    assert server.requests == []
    with pytest.raises(DocumentError, match="too large"):
        fetch(limits=limits)
    server.files["/a.csv"].says_length = False
    with pytest.raises(DocumentError, match="too large"):
        fetch(limits=limits)


def test_redirects_are_followed_to_encrypted_or_local_addresses_only(fetch: Fetcher, server: FileServer) -> None:
    server.files["/r"] = ServedFile(b"", redirect="/a.csv")
    server.files["/plain"] = ServedFile(b"", redirect="http://example.org/a.csv")
    server.files["/loop"] = ServedFile(b"", redirect="/loop")
    assert fetch("/r").path.read_bytes() == CONTENT
    (fetch.folder / "a.csv").unlink()
    with pytest.raises(DocumentError, match="an address that is not accepted"):
        fetch("/plain")
    with pytest.raises(DocumentError, match="redirects without end"):
        fetch("/loop")


def test_plain_http_to_elsewhere_is_refused() -> None:
    with pytest.raises(UsageError, match="would not be encrypted"):
        HttpClient("http://example.org/a.csv")


def test_another_file_is_never_overwritten(fetch: Fetcher) -> None:
    fetch.folder.mkdir()
    (fetch.folder / "a.csv").write_text("mine", encoding="utf-8")
    with pytest.raises(StoreError, match="another file stands at this place"):
        fetch()
    assert (fetch.folder / "a.csv").read_text(encoding="utf-8") == "mine"


def test_a_folder_that_cannot_be_made(server: FileServer, tmp_path: Path) -> None:
    (tmp_path / "out").write_text("a file", encoding="utf-8")
    with pytest.raises(StoreError, match="cannot be written"):
        Fetcher(server, tmp_path / "out")()


@pytest.mark.parametrize("name", ["", "..", "../a", "a/b", "a\\b", ".hidden", "a..b", "é", "a\n"])
def test_odd_names_are_refused(name: str) -> None:
    with pytest.raises(UsageError, match="cannot have this name"):
        RemoteFile(url="https://example.org/a", name=name)


@pytest.mark.parametrize(("kind", "value"), [("crc", "0" * 8), ("sha1", "0" * 39), ("sha1", "g" * 40), ("sha1", "")])
def test_odd_checksums_are_refused(kind: str, value: str) -> None:
    with pytest.raises(DocumentError, match="this is not a checksum"):
        Checksum(kind=kind, value=value)
