"""Audits of CISO Assistant: their spreadsheet, or requirement assessments as JSON or YAML.

Written from the documentation of its data import wizard (columns urn, assessable, ref_id, compliance_result, score)
and from what its export of a domain writes (objects with `model` and `fields`: requirement, result, score, is_scored;
min_score and max_score on the audit), https://github.com/intuitem/ciso-assistant-community.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from hygie.core.errors import Finding, SchemaError
from hygie.facility.posture.importers.context import ImportContext
from hygie.facility.posture.importers.tables import fold
from hygie.facility.posture.readings import Imported, Reading, combine_readings
from hygie.store.byte_sources import ByteSource
from hygie.store.documents import Document
from hygie.store.sheets import open_sheet

__all__ = ["import_ciso_document", "import_ciso_table", "is_ciso_document", "is_ciso_header"]

RESULTS = ("compliant", "partially_compliant", "non_compliant")
# Without a verdict there is nothing to read.
_SILENT = ("not_assessed", "not_applicable", "")

_URN = "urn:intuitem:risk:req_node:"


@dataclass(frozen=True, slots=True)
class _Row:
    """One requirement: its urn or id, its verdict, and the part of its score range that it reached [share]."""

    requirement: str
    result: str
    score: float | None
    line: int | None


def is_ciso_header(columns: tuple[str, ...]) -> bool:
    """Return whether a table has the columns of an audit."""
    folded = {fold(column) for column in columns}
    return "compliance_result" in folded and bool({"urn", "ref_id"} & folded)


def is_ciso_document(data: Any) -> bool:
    """Return whether a document holds requirement assessments."""
    if isinstance(data, dict) and isinstance(data.get("objects"), list):
        return any(str(_get(item, "model")).endswith("requirementassessment") for item in data["objects"])
    rows = data.get("requirement_assessments") if isinstance(data, dict) else data
    return isinstance(rows, list) and any(_get(row, "result") in (*RESULTS, *_SILENT) for row in rows)


def import_ciso_table(source: ByteSource, context: ImportContext, *, source_name: str) -> Imported:
    """Read the spreadsheet of an audit, CSV or XLSX.

    Raises
    ------
    DocumentError, UsageError
        The file is no table, or a sheet must be chosen.
    SchemaError
        No row has a verdict, or the framework is not known.
    """
    rows: list[_Row] = []
    with open_sheet(source, sheet=context.sheet) as sheet:
        folded = [fold(column) for column in sheet.head.columns]
        for row in sheet.rows:
            cells = {
                name: "" if cell is None else str(cell).strip() for name, cell in zip(folded, row.cells, strict=True)
            }
            rows.append(
                _Row(
                    cells.get("urn") or cells.get("ref_id", ""),
                    cells.get("compliance_result", "").lower(),
                    _scale_score(cells.get("score"), 0.0, context.score_max),
                    row.line,
                )
            )
    return _combine(rows, context, name=source.name, source=source_name)


def import_ciso_document(document: Document, context: ImportContext, *, source_name: str) -> Imported:
    """Read requirement assessments: a list, an object with `requirement_assessments`, or the export of a domain.

    Raises
    ------
    SchemaError
        No requirement has a verdict, or the framework is not known.
    """
    return _combine(list(_read_rows(document, context)), context, name=document.name, source=source_name)


def _read_rows(document: Document, context: ImportContext) -> Iterator[_Row]:
    data = document.data
    if isinstance(data, dict) and isinstance(data.get("objects"), list):
        ranges = {
            str(_get(item, "id")): (_number(_fields(item).get("min_score")), _number(_fields(item).get("max_score")))
            for item in data["objects"]
            if str(_get(item, "model")).endswith("complianceassessment")
        }
        for index, item in enumerate(data["objects"]):
            if str(_get(item, "model")).endswith("requirementassessment"):
                fields = _fields(item)
                low, high = ranges.get(str(fields.get("compliance_assessment")), (None, None))
                yield _read_object(fields, low or 0.0, high, document.line_near(("objects", index)))
        return
    nested = isinstance(data, dict)
    for index, item in enumerate(data["requirement_assessments"] if nested else data):
        place = ("requirement_assessments", index) if nested else (index,)
        if isinstance(item, dict):
            yield _read_object(item, 0.0, context.score_max, document.line_near(place))


def _read_object(fields: Mapping[str, Any], low: float, high: float | None, line: int) -> _Row:
    requirement = fields.get("requirement") or fields.get("urn") or fields.get("ref_id") or ""
    if isinstance(requirement, dict):
        requirement = requirement.get("urn") or requirement.get("ref_id") or ""
    score = fields.get("score") if fields.get("is_scored", True) else None
    return _Row(str(requirement), str(fields.get("result") or "").lower(), _scale_score(score, low, high), line)


def _combine(rows: list[_Row], context: ImportContext, *, name: str, source: str) -> Imported:
    readings: list[Reading] = []
    findings: list[Finding] = []
    for row in rows:
        if row.result in _SILENT:
            continue
        if row.result not in RESULTS:
            findings.append(
                SchemaError(
                    "this is not a verdict of CISO Assistant",
                    file=name,
                    line=row.line,
                    field="result",
                    value=row.result,
                    allowed=", ".join((*RESULTS, *_SILENT[:2])),
                    repair="use one of these, or leave the row out",
                ).findings[0]
            )
            continue
        framework, ref = _split(row.requirement, context.framework)
        if framework is None:
            raise SchemaError(
                "the framework of this requirement is not known",
                file=name,
                line=row.line,
                field="urn",
                value=row.requirement,
                allowed=f"a urn such as {_URN}anssi-guide-hygiene:18",
                repair="keep the column urn, or name the framework: --framework "
                + " or ".join(context.requirements.frameworks),
            )
        share = context.scale[row.result] if row.score is None else row.score
        readings.append(Reading(f"{framework} {ref}", context.requirements.find(framework, ref), share))
    if not readings:
        findings.append(
            SchemaError(
                "no requirement has a verdict",
                file=name,
                field="result",
                allowed=", ".join(RESULTS),
                repair="export the audit after it has been filled in",
            ).findings[0]
        )
        raise SchemaError.from_findings(findings)
    return combine_readings(readings, origin="ciso_assistant", source=source, on=context.on, findings=findings)


def _split(requirement: str, framework: str | None) -> tuple[str | None, str]:
    if requirement.startswith(_URN):
        library, _, ref = requirement.removeprefix(_URN).partition(":")
        return library, ref
    return framework, requirement


def _scale_score(score: Any, low: float, high: float | None) -> float | None:
    value = _number(score)
    if value is None or high is None or high <= low or not low <= value <= high:
        return None
    return (value - low) / (high - low)


def _number(value: Any) -> float | None:
    if isinstance(value, bool) or value is None:
        return None
    try:
        return float(value)
    except (TypeError, ValueError):
        return None


def _get(item: Any, name: str) -> Any:
    return item.get(name) if isinstance(item, dict) else None


def _fields(item: Any) -> Mapping[str, Any]:
    fields = _get(item, "fields")
    return fields if isinstance(fields, dict) else {}
