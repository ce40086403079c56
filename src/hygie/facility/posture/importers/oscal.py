"""OSCAL assessment results: findings on objectives and statements of NIST SP 800-53.

Written from the OSCAL assessment results model 1.1.2
(https://pages.nist.gov/OSCAL-Reference/models/v1.1.2/assessment-results/json-reference/): `results[].findings[].target`
with `target-id` and `status.state`. Ids of objectives and statements begin with the id of their control: `ac-6.1_obj`.
"""

from __future__ import annotations

import re
from datetime import date
from typing import Any

from hygie.core.errors import Finding, SchemaError
from hygie.facility.posture.importers.context import ImportContext
from hygie.facility.posture.importers.tables import read_day
from hygie.facility.posture.readings import Imported, Reading, combine_readings
from hygie.store.documents import Document

__all__ = ["import_oscal"]

FRAMEWORK = "nist80053"

_STATES = {"satisfied": "satisfied", "not-satisfied": "not_satisfied"}
_CONTROL = re.compile(r"([a-z]{2}-[0-9]{1,2}(?:\.[0-9]{1,2})?)(?:_.*)?")


def import_oscal(document: Document, context: ImportContext, *, source_name: str) -> Imported:
    """Read assessment results: one reading for each control with findings, the mean of its findings.

    The latest result that speaks of a control counts alone. Controls that were reviewed without a finding are left
    out: the format does not say that they are satisfied.

    Raises
    ------
    SchemaError
        The document holds no results, or no finding on a control of NIST SP 800-53.
    """
    results = document.value_at(("assessment-results", "results"))
    if not isinstance(results, list):
        raise SchemaError("“results” must be a list", file=document.name, field="assessment-results.results")
    findings: list[Finding] = []
    latest: dict[str, tuple[date, list[float]]] = {}
    for rank, result in enumerate(results):
        day = _read_date(result, context.on)
        shares: dict[str, list[float]] = {}
        listed = result.get("findings", []) if isinstance(result, dict) else []
        for index, finding in enumerate(listed if isinstance(listed, list) else []):
            place = ("assessment-results", "results", rank, "findings", index, "target")
            found = _read_finding(finding, context)
            if isinstance(found, str):
                findings.append(_explain(found, document, place))
            else:
                shares.setdefault(found[0], []).append(found[1])
        for control, values in shares.items():
            if control not in latest or latest[control][0] <= day:
                latest[control] = (day, values)
    if not latest:
        findings.append(
            SchemaError(
                "there is no finding on a control of NIST SP 800-53",
                file=document.name,
                field="assessment-results.results",
                allowed="findings with target.target-id such as ac-6.1_obj and target.status.state",
                repair="export the assessment with its findings, satisfied ones too",
            ).findings[0]
        )
        raise SchemaError.from_findings(findings)
    readings = [
        Reading(control, context.requirements.find(FRAMEWORK, control), sum(values) / len(values), day)
        for control, (day, values) in latest.items()
    ]
    return combine_readings(readings, origin="oscal", source=source_name, on=context.on, findings=findings)


def _read_date(result: Any, default: date) -> date:
    for name in ("end", "start"):
        stated = result.get(name) if isinstance(result, dict) else None
        if isinstance(stated, str):
            try:
                return read_day(stated)
            except ValueError:
                continue
    return default


def _read_finding(finding: Any, context: ImportContext) -> tuple[str, float] | str:
    """Return control and share of a finding, or why it is passed over."""
    target = finding.get("target") if isinstance(finding, dict) else None
    if not isinstance(target, dict):
        return "the finding has no target"
    match = _CONTROL.fullmatch(str(target.get("target-id", "")).strip().lower())
    if match is None:
        return "the target is no control of NIST SP 800-53"
    status = target.get("status")
    state = status.get("state") if isinstance(status, dict) else None
    verdict = _STATES.get(str(state))
    if verdict is None:
        return "the state is neither satisfied nor not-satisfied"
    return match[1], context.scale[verdict]


def _explain(message: str, document: Document, place: tuple[str | int, ...]) -> Finding:
    return SchemaError(
        message,
        file=document.name,
        line=document.line_near(place),
        field=".".join(str(part) for part in place),
        repair="correct the finding, or leave it out",
    ).findings[0]
