"""A user's own file is rewritten whole or not at all."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from hygie.core.errors import StoreError
from hygie.store.text_files import replace_file, write_new_file


def test_a_file_is_replaced_and_the_former_kept(tmp_path: Path) -> None:
    path = tmp_path / "f.yaml"
    path.write_bytes(b"one")
    path.chmod(0o640)
    kept = replace_file(path, b"two", expected=b"one", backup=True)
    assert (path.read_bytes(), (tmp_path / "f.yaml.bak").read_bytes()) == (b"two", b"one")
    assert kept == tmp_path / "f.yaml.bak"
    assert path.stat().st_mode & 0o777 == 0o640
    assert sorted(one.name for one in tmp_path.iterdir()) == ["f.yaml", "f.yaml.bak"]


def test_a_file_that_has_changed_meanwhile_is_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "f.yaml"
    path.write_bytes(b"edited")
    with pytest.raises(StoreError, match="has changed since it was read"):
        replace_file(path, b"two", expected=b"one", backup=True)
    assert path.read_bytes() == b"edited"
    assert [one.name for one in tmp_path.iterdir()] == ["f.yaml"]


def test_a_link_stays_a_link(tmp_path: Path) -> None:
    path, link = tmp_path / "f.yaml", tmp_path / "link.yaml"
    path.write_bytes(b"one")
    link.symlink_to(path)
    replace_file(link, b"two")
    assert link.is_symlink()
    assert path.read_bytes() == b"two"


def test_a_folder_that_refuses(tmp_path: Path) -> None:
    path = tmp_path / "f.yaml"
    path.write_bytes(b"one")
    with pytest.raises(StoreError, match="cannot be written"):
        replace_file(tmp_path / "absent" / "f.yaml", b"two")
    if os.geteuid() != 0:  # nothing refuses root
        tmp_path.chmod(0o500)
        with pytest.raises(StoreError, match="cannot be written"):
            replace_file(path, b"two")
        tmp_path.chmod(0o700)
    assert path.read_bytes() == b"one"


def test_a_new_file_replaces_nothing(tmp_path: Path) -> None:
    path = tmp_path / "form.csv"
    write_new_file(path, b"x")
    assert path.read_bytes() == b"x"
    with pytest.raises(StoreError, match="exists already"):
        write_new_file(path, b"y")
    assert path.read_bytes() == b"x"
