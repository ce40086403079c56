"""Registers in a workspace: once, whole, beside each other, each organisation its own; on both databases."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Connection, Table, func, select

from hygie.store import register_store
from hygie.store.bulk import insert_rows
from hygie.store.register_store import BATCH, EditionContent, RegisterStore, SiteRow
from hygie.store.schema import register, register_site
from hygie.store.workspace import open_workspace


def make_site(number: int, *, entity: int | None = None, text: str = "", group: str = "", **payload: Any) -> SiteRow:
    finess, owner = f"{number:09}", f"{entity if entity is not None else number:09}"
    return SiteRow(
        finess=finess, entity=owner, group=group, text=f"{owner} {finess} {text}", payload={"n": number, **payload}
    )


def make_content(*sites: SiteRow, **changes: Any) -> EditionContent:
    content = EditionContent(
        kind="sae",
        name="sae.csv",
        year=2023,
        evidence=("sae-2023-register",),
        sites=sites,
        counts={"sites": len(sites), "entities": len({site.entity for site in sites}), "groups": 0},
        findings=[{"message": "a figure cannot be read", "line": 3}],
    )
    return replace(content, **changes)


@contextmanager
def open_shelf(folder: Path, database: str, *, organisation: str = "default") -> Iterator[RegisterStore]:
    workspace = open_workspace(folder, database=database, organisation=organisation)
    try:
        yield RegisterStore(workspace, author="ana")
    finally:
        workspace.engine.dispose()


@pytest.fixture
def shelf(tmp_path: Path, database_url: str) -> Iterator[RegisterStore]:
    with open_shelf(tmp_path, database_url) as opened:
        yield opened


CORBEIL = make_site(1, entity=100, text="CH Sud Francilien – Cœur d’Essonne Corbeil-Essonnes", group="1102")
EVRY = make_site(2, entity=100, text="CH Sud Francilien ÉVRY", group="1102")
DAX = make_site(3, entity=300, text="Centre hospitalier de Dax-Côte d'Argent DAX")
ETAMPES = make_site(4, entity=400, text="CH Sud Essonne Étampes", group="1102")


def count_rows(shelf: RegisterStore) -> tuple[int, int]:
    with shelf._workspace.engine.connect() as connection:
        return (
            connection.execute(select(func.count()).select_from(register)).scalar_one(),
            connection.execute(select(func.count()).select_from(register_site)).scalar_one(),
        )


def test_an_edition_comes_back_as_it_went_in(shelf: RegisterStore) -> None:
    before = datetime.now(UTC)
    sites = (make_site(1, name="Hôpital « É »", beds=12, fte=3.5, lat=None, on=True), make_site(2, entity=1))
    edition, new = shelf.add(make_content(*sites))
    assert new
    assert (edition.kind, edition.name, edition.year, edition.synthetic) == ("sae", "sae.csv", 2023, False)
    assert (edition.author, edition.evidence) == ("ana", ("sae-2023-register",))
    assert edition.counts == {"sites": 2, "entities": 1, "groups": 0}
    assert list(edition.findings) == [{"message": "a figure cannot be read", "line": 3}]
    assert before <= edition.imported_at <= datetime.now(UTC)
    assert shelf.list_editions() == [edition]
    assert shelf.load_sites(edition) == [dict(site.payload) for site in sites]


def test_importing_twice_changes_nothing(shelf: RegisterStore) -> None:
    first, new = shelf.add(make_content(CORBEIL, DAX))
    again, newer = shelf.add(make_content(CORBEIL, DAX, name="the same under another name.csv"))
    assert (new, newer) == (True, False)
    assert again == first
    assert count_rows(shelf) == (1, 2)


def test_a_new_edition_stands_beside_the_old_one_and_comes_first(shelf: RegisterStore) -> None:
    old, _ = shelf.add(make_content(CORBEIL))
    newer, _ = shelf.add(make_content(CORBEIL, DAX, year=2024))
    drawn, _ = shelf.add(make_content(CORBEIL, year=2026, synthetic=True))
    corrected, _ = shelf.add(make_content(CORBEIL, DAX, EVRY, year=2024))
    older, _ = shelf.add(make_content(CORBEIL, year=2020))
    assert shelf.list_editions() == [corrected, newer, old, older, drawn]
    assert [site["n"] for site in shelf.load_sites(old)] == [1]
    assert [site["n"] for site in shelf.load_sites(corrected)] == [1, 3, 2]


def test_an_edition_that_breaks_off_leaves_nothing(shelf: RegisterStore, monkeypatch: pytest.MonkeyPatch) -> None:
    shelf.add(make_content(DAX))
    content = make_content(*(make_site(number) for number in range(BATCH + 10)))
    written: list[int] = []

    def write(connection: Connection, table: Table, rows: Sequence[Mapping[str, Any]]) -> None:
        if written:
            raise RuntimeError("power cut")
        insert_rows(connection, table, rows)
        written.append(len(rows))

    monkeypatch.setattr(register_store, "insert_rows", write)
    with pytest.raises(RuntimeError, match="power cut"):
        shelf.add(content)
    assert written == [BATCH]
    assert count_rows(shelf) == (1, 1)
    monkeypatch.undo()
    _, new = shelf.add(content)
    assert new
    assert count_rows(shelf) == (2, BATCH + 11)


def test_organisations_do_not_see_each_other(tmp_path: Path, database_url: str) -> None:
    with (
        open_shelf(tmp_path, database_url) as mine,
        open_shelf(tmp_path, database_url, organisation="other") as theirs,
    ):
        held, _ = mine.add(make_content(CORBEIL))
        assert theirs.list_editions() == []
        other, new = theirs.add(make_content(CORBEIL))
        assert new
        assert other.number != held.number
        assert theirs.list_editions() == [other]
        assert mine.list_editions() == [held]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("corbeil", [100]),
        ("CŒUR", [100]),
        ("coeur essonne", [100]),
        # Words may stand on two sites of one legal entity.
        ("corbeil evry", [100]),
        ("essonn", [100, 400]),
        ("étampes", [400]),
        ("etampes corbeil", []),
        ("COTE d'argent", [300]),
        ("000000300", [300]),
        ("0003", [300]),
        ("%", []),
        ("_", []),
        ("", []),
        ("'; DROP TABLE register; --", []),
    ],
)
def test_words_find_legal_entities(shelf: RegisterStore, text: str, found: list[int]) -> None:
    edition, _ = shelf.add(make_content(CORBEIL, EVRY, DAX, ETAMPES))
    assert shelf.find_entities(edition, text) == [f"{number:09}" for number in found]


def test_numbers_and_groups_find_legal_entities(shelf: RegisterStore) -> None:
    edition, _ = shelf.add(make_content(CORBEIL, EVRY, DAX, ETAMPES, make_site(100, entity=500)))
    assert shelf.find_number(edition, "000000003") == ["000000300"]
    assert shelf.find_number(edition, "000000300") == ["000000300"]
    # A site of one legal entity may have the number that another legal entity has.
    assert shelf.find_number(edition, "000000100") == ["000000100", "000000500"]
    assert shelf.find_number(edition, "00000010") == []
    assert shelf.list_group(edition, "1102") == ["000000100", "000000400"]
    assert shelf.list_group(edition, "9") == []
    sites = shelf.load_sites(edition, entities=["000000400", "000000100", "000000400", "999999999"])
    assert [site["n"] for site in sites] == [1, 2, 4]


def test_more_legal_entities_than_one_question_takes(shelf: RegisterStore) -> None:
    sites = [make_site(number) for number in range(2 * BATCH + 5)]
    edition, _ = shelf.add(make_content(*sites))
    wanted = [site.entity for site in sites]
    assert [site["n"] for site in shelf.load_sites(edition, entities=wanted)] == list(range(2 * BATCH + 5))
