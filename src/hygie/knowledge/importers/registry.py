"""Formats that can be imported from a file: their names, their readers, and how to tell them apart."""

from __future__ import annotations

import csv
import importlib
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import cast

from hygie.core.errors import DocumentError, UsageError, suggest
from hygie.knowledge.importers.protocol import Importer
from hygie.store.byte_sources import ByteSource

__all__ = ["FORMATS", "FileFormat", "detect_format", "find_importer"]

# Enough of a file to see its first keys, whatever stands before the first object.
HEAD_BYTES = 64 * 1024


@dataclass(frozen=True, slots=True)
class FileFormat:
    """A format: what a person calls it, and where its reader lives (imported when needed)."""

    title: str
    reader: str


FORMATS: Mapping[str, FileFormat] = {
    "stix": FileFormat("STIX 2.1 bundle (JSON)", "hygie.knowledge.importers.stix:import_stix"),
    "misp": FileFormat("MISP event or list of events (JSON)", "hygie.knowledge.importers.misp:import_misp"),
    "veris": FileFormat("VERIS incident records (JSON or JSON lines)", "hygie.knowledge.importers.veris:import_veris"),
    "kev": FileFormat("CISA Known Exploited Vulnerabilities (JSON or CSV)", "hygie.knowledge.importers.kev:import_kev"),
    "epss": FileFormat("FIRST EPSS scores (CSV or JSON)", "hygie.knowledge.importers.epss:import_epss"),
    "leak-site": FileFormat(
        "posts of ransomware leak sites (JSON)", "hygie.knowledge.importers.leak_sites:import_leak_site"
    ),
    "table": FileFormat(
        "table of incidents, counts or others (CSV or XLSX)", "hygie.knowledge.importers.tables:import_table"
    ),
}


def find_importer(name: str) -> Importer:
    """Return the reader of a format.

    Raises
    ------
    UsageError
        No such format.
    """
    if name not in FORMATS:
        raise UsageError(
            f"there is no format “{name}”",
            field="--format",
            value=name,
            allowed=", ".join(FORMATS),
            repair=suggest(name, FORMATS) or "leave --format out to let the file tell",
        )
    module, _, function = FORMATS[name].reader.partition(":")
    return cast("Importer", getattr(importlib.import_module(module), function))


def detect_format(source: ByteSource) -> str:
    """Return the format of a file from its first bytes.

    Raises
    ------
    DocumentError
        None of the known formats.
    """
    with source.open_packed() as packed:
        if packed.read(4) == b"PK\x03\x04" and source.name.lower().endswith((".xlsx", ".xlsm")):
            return "table"
    with source.open() as stream:
        head = stream.read(HEAD_BYTES).decode("utf-8", errors="replace").lstrip("\ufeff \t\r\n")
    found = _read_json_head(head) if head[:1] in "{[" and head else _read_text_head(head)
    if found is None:
        raise DocumentError(
            "the format of this file cannot be told from its beginning",
            file=source.name,
            allowed=", ".join(FORMATS),
            repair="choose the format in the form, or name it with --format",
        )
    return found


def _read_json_head(head: str) -> str | None:
    # Keys as they stand in the text: the beginning of a large document is no valid JSON.
    keys = set(re.findall(r'"([A-Za-z_][\w.-]{0,60})"\s*:', head))
    types = set(re.findall(r'"type"\s*:\s*"([a-z0-9-]+)"', head))
    if "vulnerabilities" in keys and ("cveID" in keys or "catalogVersion" in keys):
        return "kev"
    if {"cve", "epss"} <= keys:
        return "epss"
    if "bundle" in types or ("spec_version" in keys and "id" in keys) or ("objects" in keys and types):
        return "stix"
    if "Event" in keys or {"info", "Attribute"} <= keys:
        return "misp"
    if "schema_version" in keys or {"incident_id", "action"} <= keys:
        return "veris"
    if keys & {"group_name", "post_title", "gang", "victim", "group"}:
        return "leak-site"
    return None


def _read_text_head(head: str) -> str | None:
    if head.startswith("#model_version") or head.lower().startswith("cve,epss"):
        return "epss"
    first = head.splitlines()[0] if head else ""
    columns = {cell.strip().casefold() for cell in next(csv.reader([first], delimiter=","), [])}
    if {"cveid", "dateadded"} <= columns or {"cve", "date_added"} <= columns:
        return "kev"
    if any(mark in first for mark in ",;\t|"):
        return "table"
    return None
