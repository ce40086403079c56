import gzip
import io
import os
import zipfile

import pytest

from hygie.core.errors import DocumentError
from hygie.store.byte_sources import RATIO_FREE_BYTES, ByteSource, LimitedReader


def read_all(source: ByteSource) -> bytes:
    with source.open() as stream:
        return stream.read()


def zipped(**members: bytes) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return buffer.getvalue()


@pytest.mark.parametrize("pack", [lambda b: b, gzip.compress, lambda b: zipped(a=b)], ids=["plain", "gzip", "zip"])
def test_content_is_the_same_however_it_is_packed(pack, tmp_path):
    content = b"[1, 2, 3]" * 100
    path = tmp_path / "a.json"
    path.write_bytes(pack(content))
    assert read_all(ByteSource.from_path(path)) == content
    assert read_all(ByteSource(name="a", content=pack(content))) == content


def test_progress_counts_packed_bytes(tmp_path):
    path = tmp_path / "a.gz"
    path.write_bytes(gzip.compress(os.urandom(300_000)))
    seen: list[int] = []
    read_all(ByteSource.from_path(path, progress=seen.append))
    assert seen == sorted(seen)
    assert seen[-1] == path.stat().st_size


@pytest.mark.parametrize("pack", [gzip.compress, lambda b: zipped(a=b)], ids=["gzip", "zip"])
def test_a_bomb_is_refused_long_before_its_end(pack):
    source = ByteSource(name="bomb", content=pack(bytes(200 * 1024**2)))
    read = 0
    with source.open() as stream, pytest.raises(DocumentError, match="expands beyond reason"):
        while chunk := stream.read(1 << 20):
            read += len(chunk)
    # The reader of ZIP takes its packed bytes a mebibyte at a time, and the ratio counts what was taken.
    assert read <= 3 * RATIO_FREE_BYTES


class Endless:
    def read(self, size: int = -1, /) -> bytes:
        return b"x" * size


def test_an_endless_stream_is_refused():
    reader = LimitedReader(Endless(), name="endless", max_bytes=10_000)
    with pytest.raises(DocumentError, match="too large"):
        while reader.read(1000):
            pass


def test_damage_and_cuts_are_told():
    packed = gzip.compress(b"x" * 10_000)
    with pytest.raises(DocumentError, match="cut short"):
        read_all(ByteSource(name="a", content=packed[:20]))
    with pytest.raises(DocumentError, match="damaged"):
        read_all(ByteSource(name="a", content=zipped(a=b"x")[:-10]))


def test_a_zip_holds_one_file():
    with pytest.raises(DocumentError, match="one file"):
        read_all(ByteSource(name="a", content=zipped(a=b"1", b=b"2")))


def test_only_regular_files_are_read(tmp_path):
    with pytest.raises(DocumentError, match="a folder"):
        ByteSource.from_path(tmp_path)
    with pytest.raises(DocumentError, match="cannot be read"):
        ByteSource.from_path(tmp_path / "absent")
    fifo = tmp_path / "pipe"
    os.mkfifo(fifo)
    with pytest.raises(DocumentError, match="not a regular file"):
        ByteSource.from_path(fifo)
