"""Registers through their use cases, the same on SQLite and on a real PostgreSQL server."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from hygie.core.errors import DataError, UsageError
from hygie.facility.registers import read_register
from hygie.facility.registers.editions import restore_register
from hygie.service.new_facility import choose_candidates, prefill_facility
from hygie.service.register_imports import RegisterImport, import_register
from hygie.service.registers import RegisterFile, RegisterShelf, find_matches, list_registers, open_registers
from hygie.store.register_store import RegisterStore
from register_kit import DATA, ROWS, write_register

pytestmark = pytest.mark.xdist_group("bases")


@pytest.fixture
def store(tmp_path: Path, database_url: str) -> Iterator[RegisterStore]:
    with open_registers(tmp_path / "workspace", database=database_url, author="ana") as opened:
        yield opened


@pytest.fixture
def register(tmp_path: Path) -> Path:
    return write_register(tmp_path / "sae_2023.csv")


def test_an_imported_register_is_the_one_that_was_read(store: RegisterStore, register: Path) -> None:
    import_register(store, RegisterImport(path=register))
    (edition,) = store.list_editions()
    assert restore_register(edition, store.load_sites(edition)) == read_register(register)


@pytest.mark.parametrize("question", ["rivieres", "99 RIVE", "990000028", "exemple", "COLLINE", "980000003", "zzz"])
def test_the_workspace_answers_as_the_file_does(store: RegisterStore, register: Path, question: str) -> None:
    import_register(store, RegisterImport(path=register))
    shelf, file = RegisterShelf(store), RegisterFile(register)
    found = find_matches(shelf, question)
    assert [one.entity for one in found] == [one.entity for one in find_matches(file, question)]
    for one, other in zip(found, find_matches(file, question), strict=True):
        assert prefill_facility(shelf, one)[0] == prefill_facility(file, other)[0]


def test_statistics_speak_before_the_directory_and_own_tables_before_both(
    store: RegisterStore, register: Path, tmp_path: Path
) -> None:
    import_register(store, RegisterImport(path=DATA / "finess"))
    assert [edition.kind for edition in list_registers(store)] == ["finess"]
    (home,) = find_matches(RegisterShelf(store), "019900117")
    assert (home.entity.category, home.entity.fte) == ("ehpad", 0)
    import_register(store, RegisterImport(path=register))
    own = tmp_path / "own_2023.csv"
    own.write_text(
        "finess;finess_ej;nom;lits mco;etp\n990000036;990000002;La Colline à nous;100;400\n", encoding="utf-8"
    )
    import_register(store, RegisterImport(path=own))
    assert {edition.kind for edition in list_registers(store) if edition.used} == {"own", "sae", "finess"}
    shelf = RegisterShelf(store)
    assert [one.register.kind for one in find_matches(shelf, "990000002")] == ["own"]
    assert [one.register.kind for one in find_matches(shelf, "990000001")] == ["sae"]
    assert [one.register.kind for one in find_matches(shelf, "019900117")] == ["finess"]


def test_what_breaks_off_leaves_nothing(store: RegisterStore, tmp_path: Path) -> None:
    broken = write_register(tmp_path / "broken.csv", *ROWS, '990000044,"990000004')
    with pytest.raises(DataError, match="broken"):
        import_register(store, RegisterImport(path=broken))
    assert store.list_editions() == []
    with pytest.raises(UsageError, match="no register was imported"):
        choose_candidates(RegisterShelf(store), "dax")
