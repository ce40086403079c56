"""Facilities of the workspace: found, edited by several, compared, taken from a register or from answers."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from functools import lru_cache
from pathlib import Path
from typing import Any

from hygie.core.errors import DataError, EvidenceError, Finding
from hygie.facility.blueprints import Blueprints, load_blueprints
from hygie.facility.facility_files import check_facility
from hygie.facility.organisation import Facility
from hygie.facility.registers.prefill import render_facility_yaml
from hygie.knowledge.packs import load_catalogue
from hygie.service.accounts.principal import Principal
from hygie.service.facility_form import Answer, build_facility
from hygie.service.new_facility import choose_candidates, prefill_facility
from hygie.service.registers import RegisterShelf
from hygie.service.stored_documents import DocumentKind, StoredDocuments, write_yaml
from hygie.store.document_store import DocumentStore, Revision
from hygie.store.documents import Document, parse_document, validate_model
from hygie.store.register_store import RegisterStore
from hygie.store.workspace import Workspace
from hygie.views.application import DocumentView

__all__ = [
    "check_revision",
    "create_from_answers",
    "create_from_register",
    "open_facilities",
    "place_document",
]


def open_facilities(workspace: Workspace) -> StoredDocuments:
    """Return the facilities of an organisation: find, get, save, history, restore."""
    return StoredDocuments(workspace, FACILITY)


def create_from_register(workspace: Workspace, finess: str, *, principal: Principal) -> DocumentView:
    """Save the facility that the registers of the workspace describe under a FINESS number.

    The number of a site leads to its legal entity.

    Raises
    ------
    ConflictError
        It is there already: what somebody has added by hand is never lost.
    DataError, EvidenceError
        No register knows the number, or it lacks what a facility cannot do without.
    """
    registers = RegisterShelf(RegisterStore(workspace, author=principal.name))
    found = choose_candidates(registers, finess)
    if len(found) > 1:
        raise EvidenceError(
            f"{len(found)} organisations answer to “{finess[:60]}”",
            value=finess,
            allowed=", ".join(candidate.entity.finess for candidate in found[:8]),
            repair="give the FINESS number of one of them",
        )
    data, candidate = prefill_facility(registers, found[0])
    text = render_facility_yaml(data, synthetic=candidate.register.synthetic)
    origin = f"register {candidate.register.kind} {candidate.register.year}"
    return open_facilities(workspace).save(text, expected_revision=None, principal=principal, origin=origin)


def create_from_answers(
    workspace: Workspace, answers: Mapping[str, Answer], *, principal: Principal, base: Mapping[str, Any] | None = None
) -> DocumentView:
    """Save the facility that the short form makes.

    Parameters
    ----------
    base
        What a register already says; answers replace it field by field.

    Raises
    ------
    ConflictError
        There is a facility of that id already.
    """
    text = write_yaml(build_facility(answers, base=base))
    return open_facilities(workspace).save(text, expected_revision=None, principal=principal, origin="form")


def check_revision(workspace: Workspace, ref: str, revision: int | None = None) -> tuple[str, int, str, list[Finding]]:
    """Return ref, number and name of a revision, the latest by default, and what is wrong with it.

    Raises
    ------
    NotFoundError
        There is no such facility or revision.
    """
    row = DocumentStore(workspace, kind=FACILITY.name).get(ref, revision=revision)
    document = parse_document(row.text.encode(), name=f"{ref}.yaml")
    return row.ref, row.revision, str(row.data.get("name", ref)), _check(document)


def place_document(workspace: Workspace, kind: str, row: Revision) -> Path:
    """Write a revision of a document to its file, unless it is there with the same text."""
    folder = workspace.folder / "documents" / workspace.organisation_id / kind
    file = folder / f"{row.ref}@{row.revision}.yaml"
    content = row.text.encode()
    # A restored workspace may have another text under the same number.
    if not file.is_file() or file.read_bytes() != content:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        draft = file.with_name(f".{file.name}.draft")
        draft.write_bytes(content)
        draft.replace(file)
    return file


def _check(document: Document) -> list[Finding]:
    blueprints, evidence = _known(date.today())
    try:
        facility = validate_model(document, Facility)
    except DataError as error:
        return list(error.findings)
    return check_facility(facility, document, blueprints=blueprints, known_evidence=evidence)


@lru_cache(maxsize=2)
def _known(today: date) -> tuple[Blueprints, frozenset[str]]:
    """Return what facility files are checked against: packs are read once a day."""
    catalogue = load_catalogue(as_of=today)
    return load_blueprints(catalogue), frozenset(catalogue.evidence)


def _list_words(data: Mapping[str, Any]) -> str:
    fields = ("name", "id", "finess", "category", "region", "department")
    places = [data, *(site for site in _items(data.get("sites")))]
    groups = [str(group.get("name", "")) for group in _items(data.get("groups"))]
    return " ".join([str(place[field]) for place in places for field in fields if place.get(field)] + groups)


def _items(value: Any) -> list[Mapping[str, Any]]:
    return [item for item in value if isinstance(item, Mapping)] if isinstance(value, list) else []


FACILITY = DocumentKind(name="facility", check=_check, ref_of=lambda data: data.get("id"), words_of=_list_words)
