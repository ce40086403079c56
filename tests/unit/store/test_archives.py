"""ZIP archives from outside: unpacked whole, or refused without a trace."""

from __future__ import annotations

import stat
import zipfile
from pathlib import Path

import pytest

from hygie.core.errors import DocumentError, StoreError
from hygie.store.archives import unpack_zip


def pack(path: Path, members: dict[str, bytes], *, method: int = zipfile.ZIP_DEFLATED) -> Path:
    with zipfile.ZipFile(path, "w", method) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return path


def test_files_come_out_in_their_folders(tmp_path: Path) -> None:
    archive = pack(tmp_path / "a.zip", {"SAE 2023/ID_2023r.csv": b"a;b\n", "SAE 2023/Bases/MCO_2023r.csv": b"c\n"})
    files = unpack_zip(archive, tmp_path / "out")
    assert [path.relative_to(tmp_path / "out").as_posix() for path in files] == [
        "SAE 2023/ID_2023r.csv",
        "SAE 2023/Bases/MCO_2023r.csv",
    ]
    assert files[0].read_bytes() == b"a;b\n"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a.zip", "out"]
    with pytest.raises(StoreError, match="exists already"):
        unpack_zip(archive, tmp_path / "out")


@pytest.mark.parametrize(
    "name",
    ["../evil.csv", "a/../../evil.csv", "/evil.csv", "a\\..\\evil.csv", "C:evil.csv", "a/b\n.csv", "x/" * 9 + "y"],
)
def test_names_that_lead_out_are_refused(tmp_path: Path, name: str) -> None:
    archive = pack(tmp_path / "a.zip", {"good.csv": b"1", name: b"2"})
    with pytest.raises(DocumentError, match="leads out of it"):
        unpack_zip(archive, tmp_path / "deep" / "out")
    assert not (tmp_path / "evil.csv").exists()
    assert list((tmp_path / "deep").iterdir()) == []


def test_links_are_refused(tmp_path: Path) -> None:
    link = zipfile.ZipInfo("link")
    link.external_attr = (stat.S_IFLNK | 0o777) << 16
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as archive:
        archive.writestr(link, "/etc/passwd")
    with pytest.raises(DocumentError, match="a link or a device"):
        unpack_zip(tmp_path / "a.zip", tmp_path / "out")


def test_bombs_are_refused_before_they_are_unpacked(tmp_path: Path) -> None:
    archive = pack(tmp_path / "a.zip", {"zeros.csv": bytes(64 * 1024**2)})
    with pytest.raises(DocumentError, match="expands beyond reason"):
        unpack_zip(archive, tmp_path / "out")
    small = pack(tmp_path / "b.zip", {"a.csv": b"x" * 1_000, "b.csv": b"x" * 1_000})
    with pytest.raises(DocumentError, match="expands beyond reason"):
        unpack_zip(small, tmp_path / "out", max_bytes=1_500)
    many = pack(tmp_path / "c.zip", {f"{number}.csv": b"" for number in range(2_001)})
    with pytest.raises(DocumentError, match="too many files"):
        unpack_zip(many, tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_a_file_that_says_less_than_it_holds_is_refused(tmp_path: Path) -> None:
    archive = pack(tmp_path / "a.zip", {"a.csv": b"x" * 5_000}, method=zipfile.ZIP_STORED)
    data = bytearray(archive.read_bytes())
    # The size in the central directory, and the one beside the content.
    for signature, offset in ((b"PK\x01\x02", 24), (b"PK\x03\x04", 22)):
        place = data.index(signature) + offset
        data[place : place + 4] = (10).to_bytes(4, "little")
    archive.write_bytes(bytes(data))
    with pytest.raises(DocumentError, match=r"damaged|more than it says"):
        unpack_zip(archive, tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_two_names_for_one_place_are_refused(tmp_path: Path) -> None:
    archive = pack(tmp_path / "a.zip", {"a.csv": b"1", "A.csv": b"2"})
    with pytest.raises(DocumentError, match="holds a file twice"):
        unpack_zip(archive, tmp_path / "out")


def test_damage_leaves_nothing(tmp_path: Path) -> None:
    archive = pack(tmp_path / "a.zip", {"a.csv": bytes(range(256)) * 100, "b.csv": b"b" * 500})
    data = bytearray(archive.read_bytes())
    data[60] ^= 0xFF
    archive.write_bytes(bytes(data))
    with pytest.raises(DocumentError, match="damaged"):
        unpack_zip(archive, tmp_path / "out")
    (tmp_path / "b.zip").write_bytes(b"PK\x03\x04 and nothing else")
    with pytest.raises(DocumentError, match="damaged"):
        unpack_zip(tmp_path / "b.zip", tmp_path / "out")
    empty = pack(tmp_path / "c.zip", {})
    with pytest.raises(DocumentError, match="is empty"):
        unpack_zip(empty, tmp_path / "out")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a.zip", "b.zip", "c.zip"]
