"""Public registers, in the workspace or in a file: which editions there are, and whom they know."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from hygie.core.errors import EvidenceError, UsageError
from hygie.facility.registers import (
    LegalEntity,
    Register,
    read_register,
)
from hygie.facility.registers.editions import restore_register
from hygie.service.workspace import name_author
from hygie.store.register_store import Edition, RegisterStore
from hygie.store.workspace import open_workspace
from hygie.views.registers import EditionView, MatchView

__all__ = [
    "Candidate",
    "RegisterFile",
    "RegisterShelf",
    "RegisterStore",
    "Registers",
    "choose_editions",
    "find_matches",
    "list_registers",
    "open_registers",
    "view_match",
]

_FINESS = re.compile(r"[0-9][0-9AB][0-9]{7}")
_PRECEDENCE = {"own": 0, "sae": 1, "finess": 2}


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """A legal entity that answers a question, the register that says so, and how people call that register.

    `register` holds at least the entity itself; `Registers.complete` adds the members of its group.
    """

    entity: LegalEntity
    register: Register
    register_name: str


@contextmanager
def open_registers(
    folder: Path | None = None,
    *,
    database: str | None = None,
    organisation: str = "default",
    author: str | None = None,
) -> Iterator[RegisterStore]:
    """Open the registers of a workspace; nothing else is loaded into it.

    Raises
    ------
    StoreError
        The workspace cannot be opened.
    """
    workspace = open_workspace(folder, database=database, organisation=organisation)
    try:
        yield RegisterStore(workspace, author=name_author(author))
    finally:
        workspace.engine.dispose()


def list_registers(store: RegisterStore) -> list[EditionView]:
    """Return all editions of the workspace, those that searches use marked."""
    editions = store.list_editions()
    used = {edition.number for edition in choose_editions(editions)}
    return [
        EditionView(
            number=edition.number,
            kind=edition.kind,
            name=edition.name,
            year=edition.year,
            sites=edition.counts["sites"],
            entities=edition.counts["entities"],
            groups=edition.counts["groups"],
            findings=len(edition.findings),
            synthetic=edition.synthetic,
            used=edition.number in used,
            author=edition.author,
            imported_at=edition.imported_at.isoformat(timespec="seconds"),
            digest=edition.digest,
        )
        for edition in editions
    ]


def choose_editions(editions: Sequence[Edition]) -> list[Edition]:
    """Return the editions that searches use, those that speak first before the others.

    Of each kind the latest counts; own tables speak before the statistics, these before the directory; synthetic ones
    count only without a real one.
    """
    latest: dict[str, Edition] = {}
    for edition in editions:
        latest.setdefault(edition.kind, edition)
    real = [edition for edition in latest.values() if not edition.synthetic]
    return sorted(real or latest.values(), key=lambda edition: _PRECEDENCE.get(edition.kind, len(_PRECEDENCE)))


class Registers:
    """Where organisations are looked up: the imported registers, or one file."""

    # True when there is no register to look in.
    is_empty = False

    def find(self, text: str) -> list[Candidate]:
        """Return the legal entities that match every word of a text, the largest staff first."""
        raise NotImplementedError

    def find_number(self, finess: str) -> list[Candidate]:
        """Return the legal entities that have this FINESS number or run a site that has it."""
        raise NotImplementedError

    def complete(self, candidate: Candidate) -> Candidate:
        """Return the candidate with its whole territorial group in its register."""
        raise NotImplementedError


class RegisterFile(Registers):
    """One file, read for this question."""

    def __init__(self, path: Path) -> None:
        self._register = read_register(path)
        self._name = path.name

    def find(self, text: str) -> list[Candidate]:
        return [self._candidate(entity) for entity in self._register.find(text)]

    def find_number(self, finess: str) -> list[Candidate]:
        try:
            return [self._candidate(self._register.get_entity(finess))]
        except EvidenceError:
            return []

    def complete(self, candidate: Candidate) -> Candidate:
        return candidate

    def _candidate(self, entity: LegalEntity) -> Candidate:
        return Candidate(entity=entity, register=self._register, register_name=self._name)


class RegisterShelf(Registers):
    """The imported registers: the latest edition of each kind. Asking an empty shelf raises `UsageError`."""

    def __init__(self, store: RegisterStore) -> None:
        self._store = store
        self._editions = choose_editions(store.list_editions())
        self.is_empty = not self._editions

    def find(self, text: str) -> list[Candidate]:
        return self._gather(lambda edition: self._store.find_entities(edition, text))

    def find_number(self, finess: str) -> list[Candidate]:
        return self._gather(lambda edition: self._store.find_number(edition, finess))

    def complete(self, candidate: Candidate) -> Candidate:
        entity, register = candidate.entity, candidate.register
        edition = next(edition for edition in self._editions if edition.kind == register.kind)
        numbers = [entity.finess]
        if entity.ght_code:
            numbers += self._store.list_group(edition, entity.ght_code)
        whole = restore_register(edition, self._store.load_sites(edition, entities=numbers))
        return Candidate(entity=whole.entities[entity.finess], register=whole, register_name=candidate.register_name)

    def _gather(self, ask: Callable[[Edition], list[str]]) -> list[Candidate]:
        if self.is_empty:
            raise UsageError(
                "no register was imported into this workspace",
                field="--register",
                repair="run `hygie facility import FILE`, or give the file with --register; "
                "`hygie facility download sae` fetches a public one, `hygie facility synthesize --import` draws one",
            )
        best: dict[str, Candidate] = {}
        for edition in self._editions:
            numbers = ask(edition)
            if not numbers:
                continue
            register = restore_register(edition, self._store.load_sites(edition, entities=numbers))
            for number in numbers:
                found = Candidate(entity=register.entities[number], register=register, register_name=edition.name)
                held = best.get(number)
                # The directory names an organisation, the statistics say how large it is.
                if held is None or (_is_described(found) and not _is_described(held)):
                    best[number] = found
        return sorted(best.values(), key=lambda found: (-found.entity.fte, -found.entity.beds, found.entity.finess))


def _is_described(candidate: Candidate) -> bool:
    return candidate.entity.fte > 0 or candidate.entity.beds > 0


def find_matches(registers: Registers, text: str) -> list[Candidate]:
    """Return what a FINESS number or some words stand for; a whole number never matches as a part of another."""
    number = re.sub(r"[\s.]", "", text).upper()
    return registers.find_number(number) if _FINESS.fullmatch(number) else registers.find(text)


def view_match(candidate: Candidate) -> MatchView:
    """Return the line of a legal entity in a list."""
    entity = candidate.entity
    return MatchView(
        finess=entity.finess,
        name=entity.name,
        city=entity.city,
        category=entity.category,
        beds=entity.beds,
        fte=entity.fte,
        sites=len(entity.sites),
        group=entity.ght_name,
        register_name=candidate.register_name,
        year=candidate.register.year,
        synthetic=candidate.register.synthetic,
    )
