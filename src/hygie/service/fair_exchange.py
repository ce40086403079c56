"""Registers from other tools, and to them."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import yaml

from hygie.core.errors import DataError, DocumentError
from hygie.scenario.typed.crml import export_crml, import_crml, is_crml
from hygie.scenario.typed.pyfair import import_pyfair, is_pyfair
from hygie.scenario.typed.register import Register, check_register, load_register
from hygie.store.documents import parse_document, read_document, validate_model

__all__ = ["ImportedRegister", "export_register", "import_register"]


@dataclass(frozen=True, slots=True)
class ImportedRegister:
    """A register as text and data, and what did not carry over."""

    text: str
    register: dict[str, Any]
    notes: tuple[str, ...]


def import_register(path: Path, *, rate: float | None) -> ImportedRegister:
    """Read a CRML document or a pyfair model as a register.

    Raises
    ------
    DocumentError, SchemaError
        The file is neither, or holds what a register cannot.
    """
    document = read_document(path)
    data = document.value_at(())
    if is_crml(data):
        found = import_crml(data, rate=rate, file=document.name)
    elif is_pyfair(data):
        found = import_pyfair(data, rate=rate, file=document.name)
    else:
        raise DocumentError(
            "this is neither a CRML document nor a pyfair model",
            file=document.name,
            allowed="`crml:`, `crml_scenario:`, or a JSON with `type: FairModel` or `FairMetaModel`",
            repair="export it again from the tool",
        )
    text = _write_yaml(found.register)
    parsed = parse_document(text.encode(), name=f"{found.register['id']}.yaml")
    findings = check_register(validate_model(parsed, Register), parsed)
    notes = (*found.notes, *(f"to repair: {finding.field}: {finding.message}" for finding in findings))
    return ImportedRegister(text, found.register, notes)


def export_register(path: Path, *, form: Literal["crml"]) -> tuple[dict[str, str], tuple[str, ...]]:
    """Return a register as documents by file name, and what the format cannot hold."""
    if form != "crml":
        raise DataError(f"unknown format “{form}”", allowed="crml", repair="use --format crml")
    documents, notes = export_crml(load_register(path))
    return {name: _write_yaml(document) for name, document in documents.items()}, notes


def _write_yaml(data: dict[str, Any]) -> str:
    return str(yaml.safe_dump(data, sort_keys=False, allow_unicode=True, width=120))
