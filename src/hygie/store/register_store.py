"""Public registers of an organisation: every edition that was imported, whole or not at all, and their sites."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import islice
from typing import Any

from sqlalchemy import ColumnElement, Connection, case, func, insert, or_, select

from hygie.store.bulk import insert_rows
from hygie.store.engine import lock_for_writing, translate_errors, writing
from hygie.store.json_text import clean_json, clean_text, digest_json
from hygie.store.schema import register, register_site
from hygie.store.text_folding import fold_words
from hygie.store.workspace import Workspace

__all__ = ["Edition", "EditionContent", "RegisterStore", "SiteRow"]

BATCH = 2_000
MAX_QUERY_WORDS = 16


@dataclass(frozen=True, slots=True, kw_only=True)
class SiteRow:
    """One site: what it is found by, and all that the register says of it."""

    finess: str
    entity: str
    group: str
    text: str
    payload: Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class EditionContent:
    """An edition as it was read.

    Parameters
    ----------
    kind
        Editions of one kind follow each other; editions of several kinds complete each other.
    name
        What people call it, often the name of its file.
    year
        Year of the figures.
    findings
        What was noted when it was read.
    synthetic
        Whether it was drawn at random.
    """

    kind: str
    name: str
    year: int
    evidence: tuple[str, ...]
    sites: tuple[SiteRow, ...]
    counts: Mapping[str, int]
    findings: Sequence[Mapping[str, Any]]
    synthetic: bool = False

    @property
    def digest(self) -> str:
        """SHA-256 of what it says; where it came from and when does not count."""
        said = [self.kind, self.year, list(self.evidence), self.synthetic, [site.payload for site in self.sites]]
        return digest_json(clean_json(said)[0])


@dataclass(frozen=True, slots=True, kw_only=True)
class Edition:
    """An edition in the workspace, without its sites."""

    number: int
    kind: str
    name: str
    year: int
    digest: str
    evidence: tuple[str, ...]
    author: str
    imported_at: datetime
    synthetic: bool
    counts: Mapping[str, int]
    findings: Sequence[Mapping[str, Any]]


class RegisterStore:
    """The registers of the organisation of a workspace.

    Parameters
    ----------
    author
        Who signs what is imported.
    """

    def __init__(self, workspace: Workspace, *, author: str) -> None:
        self._workspace = workspace
        self._author = author

    def add(self, content: EditionContent) -> tuple[Edition, bool]:
        """Keep an edition, and return it with whether it is new: one that says the same is there already.

        Raises
        ------
        StoreError
            The database cannot be written; then nothing of the edition is kept.
        """
        digest = content.digest
        engine = self._workspace.engine
        with translate_errors(engine.url), writing(engine.connect()) as connection, connection.begin():
            lock_for_writing(connection, scope=f"registers of {self._workspace.organisation_id}")
            held = self._list(connection, register.c.digest == digest)
            if held:
                return held[0], False
            number = self._insert(connection, content, digest=digest)
            return self._list(connection, register.c.number == number)[0], True

    def list_editions(self) -> list[Edition]:
        """Return all editions: real ones before synthetic ones, the latest figures first, then the last import."""
        with self._reading() as connection:
            return self._list(connection)

    def find_entities(self, edition: Edition, text: str) -> list[str]:
        """Return the numbers of the legal entities whose sites have every word of `text`, in order.

        A word is a part of a word of any of the sites, in any case, with or without accents.
        """
        words = fold_words(text)[:MAX_QUERY_WORDS]
        if not words:
            return []
        # Folded words hold letters and digits only: nothing in them is a sign of LIKE.
        conditions = [func.max(case((register_site.c.words.like(f"%{word}%"), 1), else_=0)) == 1 for word in words]
        wanted = (
            select(register_site.c.entity)
            .where(register_site.c.register == edition.number)
            .group_by(register_site.c.entity)
            .having(*conditions)
            .order_by(register_site.c.entity)
        )
        with self._reading() as connection:
            return list(connection.execute(wanted).scalars())

    def find_number(self, edition: Edition, finess: str) -> list[str]:
        """Return the numbers of the legal entities that have this number, or run a site that has it."""
        wanted = (
            select(register_site.c.entity)
            .where(
                register_site.c.register == edition.number,
                or_(register_site.c.finess == finess, register_site.c.entity == finess),
            )
            .distinct()
            .order_by(register_site.c.entity)
        )
        with self._reading() as connection:
            return list(connection.execute(wanted).scalars())

    def load_sites(self, edition: Edition, *, entities: Sequence[str] | None = None) -> list[Mapping[str, Any]]:
        """Return what the register says of its sites, in the order of the file: all, or those of some entities."""
        if entities is None:
            return self._load(edition, [])
        numbers = iter(dict.fromkeys(entities))
        found: list[Mapping[str, Any]] = []
        while batch := list(islice(numbers, BATCH)):
            found += self._load(edition, [register_site.c.entity.in_(batch)])
        return found

    def list_group(self, edition: Edition, group: str) -> list[str]:
        """Return the numbers of the legal entities that have a site in a territorial group, in order."""
        wanted = (
            select(register_site.c.entity)
            .where(register_site.c.register == edition.number, register_site.c.group_code == group)
            .distinct()
            .order_by(register_site.c.entity)
        )
        with self._reading() as connection:
            return list(connection.execute(wanted).scalars())

    def _load(self, edition: Edition, conditions: Sequence[ColumnElement[bool]]) -> list[Mapping[str, Any]]:
        wanted = (
            select(register_site.c.payload)
            .where(register_site.c.register == edition.number, *conditions)
            .order_by(register_site.c.position)
        )
        with self._reading() as connection:
            return list(connection.execute(wanted).scalars())

    def _list(self, connection: Connection, *conditions: ColumnElement[bool]) -> list[Edition]:
        wanted = (
            select(*(column for column in register.c if column.name != "organisation_id"))
            .where(register.c.organisation_id == self._workspace.organisation_id, *conditions)
            .order_by(register.c.synthetic, register.c.year.desc(), register.c.number.desc())
        )
        rows = connection.execute(wanted).mappings()
        return [Edition(**{**row, "evidence": tuple(row["evidence"])}) for row in rows]

    def _insert(self, connection: Connection, content: EditionContent, *, digest: str) -> int:
        owner = self._workspace.organisation_id
        made = connection.execute(
            insert(register)
            .values(
                organisation_id=owner,
                kind=content.kind,
                name=clean_text(content.name),
                year=content.year,
                digest=digest,
                evidence=list(content.evidence),
                author=clean_text(self._author),
                imported_at=datetime.now(UTC),
                synthetic=content.synthetic,
                counts=dict(content.counts),
                findings=clean_json(list(content.findings))[0],
            )
            .returning(register.c.number)
        )
        number = int(made.scalar_one())
        rows = iter(enumerate(content.sites))
        while batch := list(islice(rows, BATCH)):
            insert_rows(
                connection,
                register_site,
                [
                    {
                        "register": number,
                        "position": position,
                        "organisation_id": owner,
                        "finess": site.finess,
                        "entity": site.entity,
                        "group_code": site.group,
                        "words": " ".join(fold_words(site.text)),
                        "payload": clean_json(site.payload)[1],
                    }
                    for position, site in batch
                ],
            )
        return number

    @contextmanager
    def _reading(self) -> Iterator[Connection]:
        engine = self._workspace.engine
        with translate_errors(engine.url), engine.connect() as connection:
            yield connection
