"""One row of a table as a record and its source, or what is wrong with it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import PurePath
from typing import Any
from urllib.parse import urlsplit

from hygie.core.errors import Finding, SchemaError
from hygie.core.evidence import TLP, derive_evidence_id
from hygie.core.ids import digest_text
from hygie.knowledge.flat_columns import RECORD_COLUMNS, FlatColumn, nest_values
from hygie.knowledge.importers.leak_sites import slugify_actor
from hygie.knowledge.importers.protocol import ImportOptions
from hygie.knowledge.importers.table_maps import SOURCE_COLUMNS, Plan
from hygie.knowledge.importers.table_values import read_binding, read_value
from hygie.knowledge.kinds import KIND_MODELS, IntelRecord, Kind, name_record, validate_facts
from hygie.knowledge.markings import DEFAULT_UNMARKED
from hygie.knowledge.pseudonyms import pseudonymise_victim
from hygie.knowledge.records import UNKNOWN_ACTOR
from hygie.store.sheets import SheetHead, SheetRow
from hygie.store.text_folding import fold_text

__all__ = ["RowReader"]

_PSEUDONYM = re.compile(r"victim-[0-9a-f]{12}")
_STAMP = re.compile(r"\d{4}-\d{2}-\d{2}(T\d{2}:\d{2}(:\d{2}(\.\d{1,9})?)?(Z|\+00:00))?", re.ASCII)
_PRECISIONS = {4: "year", 7: "month", 10: "day"}
# What makes two rows one record, for kinds whose records have no name of their own.
_IDENTITY: Mapping[Kind, tuple[str, ...]] = {
    "incident": ("victim.name", "started_on", "threat_class"),
    "count": ("threat_class", "window.start", "window.end", "population", "source_kind"),
    "campaign": ("name.en", "started_on", "threat_class", "actor"),
}


@dataclass(frozen=True, slots=True)
class _Values:
    """Values of one row: of the record, of its source, and what is said beside the facts."""

    facts: dict[str, Any]
    source: dict[str, Any]
    beside: dict[str, Any]


@dataclass(slots=True)
class RowReader:
    """Reads the rows of one table; remembers refs, so that no row silently takes the place of another.

    Raises
    ------
    SchemaError
        A constant of the column map cannot be read.
    """

    plan: Plan
    head: SheetHead
    options: ImportOptions
    _lines: dict[str, int] = field(default_factory=dict)
    _sources: set[str] = field(default_factory=set)
    _constants: dict[str, Any] = field(default_factory=dict)
    _columns: dict[str, FlatColumn] = field(default_factory=dict)
    _headers: dict[str, str] = field(default_factory=dict)
    _bound_groups: set[tuple[str, ...]] = field(default_factory=set)

    def __post_init__(self) -> None:
        for column, value in self.plan.constants:
            try:
                read = value if isinstance(value, list) else read_value(value, column, self.plan)
                _check_choice(column, read)
            except SchemaError as error:
                raise error.located(field=f"constants.{column.name}") from None
            self._constants[column.name] = read
            self._columns[column.name] = column
        for binding in self.plan.bindings:
            column = binding.column
            self._columns[column.name] = column
            self._headers[column.name] = ", ".join(binding.headers)
            self._bound_groups |= {column.path[:depth] for depth in range(1, len(column.path))}

    def read(self, row: SheetRow) -> tuple[tuple[IntelRecord, ...], tuple[Finding, ...]]:
        """Return the records of a row, its source first, or else what is wrong with it."""
        if row.findings:
            return (), row.findings
        given, findings = self._collect(row)
        if findings:
            return (), tuple(findings)
        try:
            return self._build(self._sort(given), line=row.line), ()
        except SchemaError as error:
            return (), tuple(self._place(finding, line=row.line) for finding in error.findings)

    def _collect(self, row: SheetRow) -> tuple[dict[str, Any], list[Finding]]:
        given: dict[str, Any] = {}
        findings: list[Finding] = []
        for binding in self.plan.bindings:
            try:
                value = read_binding(row.cells, binding, self.plan)
                _check_choice(binding.column, value)
            except SchemaError as error:
                place = error.located(field=binding.column.name)
                findings += [self._place(finding, line=row.line) for finding in place.findings]
                continue
            if value is not None:
                given[binding.column.name] = value
        return given, findings

    def _place(self, finding: Finding, *, line: int) -> Finding:
        """Say where a finding stands in the table, and which column to repair."""
        name = finding.field or ""
        header = self._headers.get(name)
        repair = finding.repair
        if finding.message.endswith(" is missing"):
            repair = (
                f"fill the column “{header}”" if header else f"give “{name}” a column or a constant in the column map"
            )
        shown = f"{name} (column “{header}”)" if header and header != name else name
        return replace(finding, file=self.head.name, line=line, field=shown or None, repair=repair)

    def _sort(self, given: dict[str, Any]) -> _Values:
        """Add constants, and sort values by what they are about."""
        groups = {
            self._columns[name].path[:depth] for name in given for depth in range(1, len(self._columns[name].path))
        }
        for name, value in self._constants.items():
            group = self._columns[name].group
            # The unit of a duration that this row does not give says nothing.
            idle = group and group in self._bound_groups and group not in groups
            if not idle and value is not None:
                given.setdefault(name, value)
        beside = {column.name: column.path[0] for column in RECORD_COLUMNS}
        sources = {column.name: column.path[0] for column in SOURCE_COLUMNS} if self.plan.sourced else {}
        facts = {
            self._columns[name].path: value for name, value in given.items() if name not in beside.keys() | sources
        }
        return _Values(
            nest_values(facts),
            {key: given[name] for name, key in sources.items() if name in given},
            {key: given[name] for name, key in beside.items() if name in given},
        )

    def _build(self, values: _Values, *, line: int) -> tuple[IntelRecord, ...]:
        kind, data, beside = self.plan.kind, values.facts, values.beside
        if beside.pop("kind", kind) != kind:
            raise SchemaError(
                "the row is of another kind than the first one",
                field="record.kind",
                allowed=kind,
                repair="keep the rows of each kind in a file of their own",
            )
        self._complete(data)
        if self._pseudonymise(data):
            beside.pop("name", None)
        if "ref" not in data and (ref := _derive_ref(kind, data, values.source)) is not None:
            data["ref"] = ref
        tlp = TLP(beside["tlp"]) if "tlp" in beside else None
        source = None
        if self._needs_source(data):
            source = self._describe_source(values.source, data, tlp=tlp)
            data["evidence"] = [source["ref"]]
        facts = validate_facts(kind, data)
        record = IntelRecord.from_facts(
            kind,
            facts,
            name=beside.get("name"),
            tlp=tlp,
            pap=beside.get("pap"),
            stamp=_check_stamp(beside.get("stamp")),
        )
        records: tuple[IntelRecord, ...] = (record,)
        if source is not None and source["ref"] not in self._sources:
            read = validate_facts("source", source)
            records = (IntelRecord.from_facts("source", read, tlp=tlp, pap=beside.get("pap")), record)
        self._remember(record, source, line=line)
        return records

    def _needs_source(self, data: Mapping[str, Any]) -> bool:
        if not self.plan.sourced or data.get("evidence") or "ref" not in data:
            return False
        # What was exported without evidence comes back without, where that is allowed.
        return not self.plan.exact or KIND_MODELS[self.plan.kind].model_fields["evidence"].is_required()

    def _remember(self, record: IntelRecord, source: Mapping[str, Any] | None, *, line: int) -> None:
        first = self._lines.setdefault(record.ref, line)
        if first != line:
            raise SchemaError(
                f"the same record stands on line {first}",
                field="ref",
                value=record.ref,
                repair="keep one of the two rows, or give each a reference of its own in a column for “ref”",
            )
        if source is not None:
            self._sources.add(source["ref"])

    def _complete(self, data: dict[str, Any]) -> None:
        """Add the weakest statement there is where a record must say something."""
        if self.plan.kind == "count":
            data.setdefault("outcomes", [])
        if self.plan.kind != "incident":
            return
        if "date_precision" not in data and (precision := _PRECISIONS.get(len(str(data.get("started_on", ""))))):
            data["date_precision"] = precision
        actor = data.setdefault("actor", {})
        actor.setdefault("name", UNKNOWN_ACTOR)
        if not self.plan.exact and actor["name"] == UNKNOWN_ACTOR:
            actor["confidence"] = "none"
        actor.setdefault("confidence", "none")

    def _pseudonymise(self, data: dict[str, Any]) -> bool:
        """Take the name out of a victim that only a leak site names."""
        name = data.get("victim", {}).get("name") if self.plan.kind == "incident" else None
        leaked = data.get("date_basis") == "leak_post" and isinstance(name, str)
        if self.options.keep_names or not leaked or _PSEUDONYM.fullmatch(str(name)):
            return False
        data["victim"]["name"] = pseudonymise_victim(str(name), key=self.options.pseudonym_key)
        data.pop("title", None)
        return True

    def _describe_source(self, said: Mapping[str, Any], data: Mapping[str, Any], *, tlp: TLP | None) -> dict[str, Any]:
        """Return the source that a row names, or the table itself."""
        file = PurePath(self.head.name).name
        locator = said.get("url") or said.get("title") or file
        title = said.get("title") or said.get("url") or f"Table {file}"
        host = urlsplit(said["url"]).hostname if _is_address(said.get("url")) else None
        name = name_record(data)
        day = data.get("started_on") or data.get("window", {}).get("start")
        statement = said.get("statement") or f"{self.plan.kind} {data['ref']}: {', '.join(filter(None, (name, day)))}"
        found = {
            "ref": str(derive_evidence_id(locator, statement)),
            "source": locator,
            "statement": statement,
            "title": {"en": title, "fr": title},
            "publisher": said.get("publisher") or said.get("title") or host or file,
            "published_on": said.get("published_on"),
            "read_on": self.options.received_on.isoformat(),
            "reliability": said.get("reliability", "F"),
            "credibility": said.get("credibility", 6),
            "tlp": (tlp or DEFAULT_UNMARKED).value,
            "licence": said.get("licence", "not stated"),
        }
        return {key: value for key, value in found.items() if value is not None}


def _is_address(text: Any) -> bool:
    try:
        return isinstance(text, str) and bool(urlsplit(text).hostname)
    except ValueError:
        return False


def _check_choice(column: FlatColumn, value: Any) -> None:
    if value is None or not column.allowed or isinstance(value, list) or value in column.allowed:
        return
    raise SchemaError(
        f"“{column.name}” is not one of the accepted values",
        value=value,
        allowed=", ".join(column.allowed),
        repair="use one of the accepted values, or say with “values:” in the column map what this one means",
    )


def _check_stamp(stamp: Any) -> str | None:
    if stamp is None or (isinstance(stamp, str) and _STAMP.fullmatch(stamp)):
        return stamp
    raise SchemaError(
        "this is not an instant in UTC",
        field="record.stamp",
        value=stamp,
        allowed="YYYY-MM-DDThh:mm:ssZ",
        repair="correct the cell, or empty it",
    )


def _derive_ref(kind: Kind, data: Mapping[str, Any], source: Mapping[str, Any]) -> str | None:
    """Return a ref that the same row always has, or None for kinds whose refs are given by their publishers."""
    if kind in ("actor", "software"):
        name = data.get("name")
        return slugify_actor(name) if isinstance(name, str) else None
    if kind not in _IDENTITY:
        return None
    parts = [*_iterate_identity(kind, data), str(source.get("url") or source.get("title") or "")]
    return f"row-{digest_text(chr(31).join(map(fold_text, parts))).partition(':')[2][:20]}"


def _iterate_identity(kind: Kind, data: Mapping[str, Any]) -> Iterator[str]:
    for name in _IDENTITY[kind]:
        value: Any = data
        for part in name.split("."):
            value = value.get(part) if isinstance(value, Mapping) else None
        yield "" if value is None else str(value)
