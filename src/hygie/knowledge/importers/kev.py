"""CISA's Known Exploited Vulnerabilities catalogue: JSON and CSV, whole or with fewer columns.

Written from the catalogue itself, its CSV and its JSON schema (`known_exploited_vulnerabilities*.{json,csv}`, in
https://github.com/cisagov/kev-data; home: https://www.cisa.gov/known-exploited-vulnerabilities-catalog), and from
an extract with the columns `cve,vendor,product,name,date_added,due_date,ransomware_use,cwes`.

Two traps. `dateAdded` is the day on which CISA listed the vulnerability: exploitation began on that day or before.
`Unknown` ransomware use means that CISA has no confirmation, not that there is none. The source is graded A2: CISA
lists on reliable evidence of exploitation, which it does not publish. It
publishes the catalogue for everyone (CC0): entries are TLP:CLEAR.

The JSON catalogue states how many entries it has. When it also names its version before its list, it is a release:
it replaces earlier ones, and entries that CISA withdrew go. A file with fewer entries than it states is refused.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from hygie.core.errors import DocumentError, Finding, SchemaError
from hygie.core.evidence import TLP, derive_evidence_id
from hygie.knowledge.importers.delimited import TextRow, limit_refusals, looks_like_json, read_rows
from hygie.knowledge.importers.protocol import ImportItem, ImportOptions, Refusal, Release
from hygie.knowledge.kinds import IntelRecord, validate_facts
from hygie.store.byte_sources import ByteSource
from hygie.store.json_stream import stream_members

__all__ = ["import_kev"]

HOME = "https://www.cisa.gov/known-exploited-vulnerabilities-catalog"
TITLE = "CISA Catalog of Known Exploited Vulnerabilities"
STATEMENT = "catalogue entry of the vulnerability"

# Columns of the extract → names of the catalogue.
_EXTRACT = {
    "cve": "cveID",
    "vendor": "vendorProject",
    "product": "product",
    "name": "vulnerabilityName",
    "date_added": "dateAdded",
    "due_date": "dueDate",
    "ransomware_use": "knownRansomwareCampaignUse",
    "cwes": "cwes",
}
_NEEDED = ("cveID", "dateAdded")
_TEXTS = ("cveID", "vendorProject", "product", "vulnerabilityName", "dateAdded", "dueDate", "shortDescription")


def import_kev(source: ByteSource, options: ImportOptions) -> Iterator[ImportItem]:
    """Yield the release if it is one, the catalogue as a source, and one vulnerability per entry.

    Raises
    ------
    DocumentError
        Not the catalogue, cut short, or more than 1,000 bad entries.
    """
    items = _read_json(source, options) if looks_like_json(source) else _read_csv(source, options)
    yield from limit_refusals(items, name=source.name)


def _read_json(source: ByteSource, options: ImportOptions) -> Iterator[ImportItem]:
    head: dict[str, Any] = {}
    seen = 0
    with source.open() as stream:
        for member in stream_members(stream, name=source.name, lists={"vulnerabilities"}):
            if member.index is None:
                head[str(member.key)] = member.value
                continue
            if seen == 0:
                yield from _begin(head, options)
            seen += 1
            yield _read_entry(member.value, document_format="kev", file=source.name, place=f"entry {seen}")
    stated = head.get("count")
    if seen == 0:
        raise DocumentError(
            "this is not the KEV catalogue: it lists no vulnerabilities",
            file=source.name,
            allowed="an object with the list “vulnerabilities”",
            repair=f"fetch it from {HOME}",
        )
    if isinstance(stated, int) and stated != seen:
        raise DocumentError(
            "the catalogue does not hold as many entries as it states",
            file=source.name,
            field="count",
            value=f"{stated:,} stated, {seen:,} found",
            repair="fetch it again; in an extract, remove “count” and “catalogVersion”",
        )


def _begin(head: Mapping[str, Any], options: ImportOptions) -> Iterator[ImportItem]:
    version = head.get("catalogVersion")
    # Without the stated number nobody can tell a whole catalogue from a part of it.
    if isinstance(version, str) and version.strip() and isinstance(head.get("count"), int):
        yield Release(name="kev", version=version.strip())
    yield _describe_catalogue(options)


def _read_csv(source: ByteSource, options: ImportOptions) -> Iterator[ImportItem]:
    with source.open() as stream:
        rows = read_rows(stream, name=source.name)
        header = next(rows, None)
        columns = _read_header(header, file=source.name)
        # An extract has nothing that the facts do not say.
        keep = "kev-csv" if "shortDescription" in columns else None
        yield _describe_catalogue(options)
        for row in rows:
            flaw = row.flaw
            if flaw is None and len(row.cells) != len(columns):
                flaw = f"the row has {len(row.cells)} cells instead of {len(columns)} ({row.place})"
            if flaw is not None:
                finding = Finding(
                    message=flaw, code=DocumentError.code, file=source.name, line=row.line, repair="correct the row"
                )
                yield Refusal(ref=row.place, finding=finding, kind="vulnerability")
                continue
            entry = dict(zip(columns, row.cells, strict=True))
            yield _read_entry(entry, document_format=keep, file=source.name, place=row.place, line=row.line)


def _read_header(header: TextRow | None, *, file: str) -> list[str]:
    cells = [cell.strip() for cell in header.cells] if header is not None else []
    columns = [_EXTRACT.get(cell.casefold(), cell) for cell in cells]
    missing = [name for name in _NEEDED if name not in columns]
    if missing or len(set(columns)) != len(columns):
        raise DocumentError(
            "this is not the KEV catalogue: its columns are others",
            file=file,
            line=1,
            value=", ".join(cells)[:200] or "no columns",
            allowed="cveID, vendorProject, product, vulnerabilityName, dateAdded, … each once",
            repair=f"fetch it from {HOME}",
        )
    return columns


def _read_entry(
    entry: Any, *, document_format: str | None, file: str, place: str, line: int | None = None
) -> IntelRecord | Refusal:
    ref = place
    try:
        if not isinstance(entry, dict):
            raise SchemaError("the entry is not an object", value=entry, repair="remove it")
        texts = {name: _read_text(entry, name) for name in _TEXTS}
        ref = texts["cveID"] or place
        data = {
            "ref": texts["cveID"],
            "name": texts["vulnerabilityName"],
            "vendor": texts["vendorProject"],
            "product": texts["product"],
            "cwes": _read_cwes(entry.get("cwes")),
            "exploited_since": texts["dateAdded"],
            "due_on": texts["dueDate"],
            "ransomware_use": _read_use(entry),
            "evidence": [_catalogue_ref()],
            "summary": texts["shortDescription"],
        }
        facts = validate_facts("vulnerability", {key: value for key, value in data.items() if value})
    except SchemaError as error:
        return Refusal(ref=ref, finding=error.located(file=file, line=line).findings[0], kind="vulnerability")
    return IntelRecord.from_facts(
        "vulnerability",
        facts,
        tlp=TLP.CLEAR,
        document=entry if document_format else None,
        document_format=document_format,
    )


def _read_text(entry: Mapping[str, Any], name: str) -> str | None:
    value = entry.get(name)
    if value is not None and not isinstance(value, str):
        raise SchemaError(f"“{name}” must be a text", field=name, value=value, repair="put it in quotes")
    text = (value or "").strip()
    if not text and name in _NEEDED:
        raise SchemaError(f"“{name}” is missing", field=name, repair="fetch the catalogue again")
    return text or None


def _read_cwes(value: Any) -> list[str]:
    if isinstance(value, str):
        return [cwe for cwe in re.split(r"[\s,;|]+", value) if cwe]
    if value is None or (isinstance(value, list) and all(isinstance(cwe, str) for cwe in value)):
        return [cwe.strip() for cwe in value or [] if cwe.strip()]
    raise SchemaError("“cwes” must be a list of texts", field="cwes", value=value, repair='write ["CWE-79"]')


def _read_use(entry: Mapping[str, Any]) -> str | None:
    text = _read_text(entry, "knownRansomwareCampaignUse")
    if text is None:
        return None
    if text.casefold() not in ("known", "unknown"):
        raise SchemaError(
            "unknown kind of ransomware use", field="knownRansomwareCampaignUse", value=text, allowed="Known, Unknown"
        )
    return text.casefold()


def _catalogue_ref() -> str:
    return str(derive_evidence_id(HOME, STATEMENT))


def _describe_catalogue(options: ImportOptions) -> IntelRecord:
    facts = validate_facts(
        "source",
        {
            "ref": _catalogue_ref(),
            "source": HOME,
            "statement": STATEMENT,
            "title": {"en": TITLE, "fr": TITLE},
            "publisher": "CISA",
            "read_on": options.received_on.isoformat(),
            "reliability": "A",
            "credibility": 2,
            "tlp": "clear",
            "licence": "CC0-1.0",
        },
    )
    return IntelRecord.from_facts("source", facts, tlp=TLP.CLEAR)
