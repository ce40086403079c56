"""Layers of the ATT&CK Navigator whose scores say how far techniques are covered by one's defences.

Written from the layer file format 4.5
(https://github.com/mitre-attack/attack-navigator/blob/master/layers/spec/v4.5/layerformat.md). A layer may as well show
what attackers use: nothing in it tells, so this importer must be asked for by name.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from typing import Any

from hygie.core.errors import Finding, SchemaError
from hygie.facility.posture.importers.context import ImportContext
from hygie.facility.posture.readings import Imported, Reading, combine_readings
from hygie.store.documents import Document

__all__ = ["import_navigator", "is_layer"]

_ID = re.compile(r"(?:T[0-9]{4}(?:\.[0-9]{3})?|M[0-9]{4})")


def is_layer(data: Any) -> bool:
    """Return whether a document is a layer."""
    return isinstance(data, dict) and isinstance(data.get("techniques"), list) and "domain" in data


def import_navigator(document: Document, context: ImportContext, *, source_name: str) -> Imported:
    """Read a layer: scores become shares between the ends of its gradient, techniques lead to controls by mitigations.

    A technique leads to every preventive control that carries out one of the mitigations that ATT&CK names for it; a
    control gets the mean of its techniques. Techniques that are disabled or without score are passed over. An id of a
    mitigation (M1032) in place of a technique leads to its controls directly.

    Raises
    ------
    SchemaError
        The document is no layer, has no gradient, or has no scored technique.
    """
    if not is_layer(document.data):
        raise SchemaError(
            "this is not a layer of the ATT&CK Navigator",
            file=document.name,
            allowed="an object with “domain” and the list “techniques”",
            repair="download the layer as JSON from the Navigator",
        )
    low, high = _read_range(document)
    controls: dict[str, list[str]] = {}
    for spec in context.controls:
        # Mitigations prevent: what detects or restores is not to be read from them.
        for mitigation in spec.mitigations if spec.function == "prevent" else ():
            controls.setdefault(mitigation, []).append(spec.id)
    scores: dict[str, float] = {}
    findings: list[Finding] = []
    for index, item in enumerate(document.data["techniques"]):
        ref = str(item.get("techniqueID", "")) if isinstance(item, dict) else ""
        score = item.get("score") if isinstance(item, dict) else None
        if not isinstance(item, dict) or item.get("enabled") is False or score is None or score == "":
            continue
        share = _read_score(score, low, high)
        if not _ID.fullmatch(ref) or share is None:
            findings.append(
                SchemaError(
                    "this is no scored technique" if not _ID.fullmatch(ref) else "the score is outside the gradient",
                    file=document.name,
                    line=document.line_near(("techniques", index)),
                    field=f"techniques.{index}",
                    value=f"{ref} {score}",
                    allowed=f"an id such as T1078 and a score from {low:g} to {high:g}",
                    repair="correct the score, or the ends of the gradient",
                ).findings[0]
            )
            continue
        # A technique stands once under each of its tactics: the lowest coverage is the one that counts.
        scores[ref] = min(share, scores.get(ref, 1.0))
    readings = [
        Reading(ref, _find_controls(ref, controls, context.mitigated), share) for ref, share in sorted(scores.items())
    ]
    if not readings:
        raise SchemaError.from_findings(
            [
                *findings,
                SchemaError(
                    "no technique has a score",
                    file=document.name,
                    field="techniques",
                    repair="score techniques in the Navigator",
                ).findings[0],
            ]
        )
    return combine_readings(readings, origin="navigator", source=source_name, on=context.on, findings=findings)


def _find_controls(ref: str, controls: Mapping[str, list[str]], mitigated: Mapping[str, Any]) -> tuple[str, ...]:
    mitigations = [ref] if ref.startswith("M") else list(mitigated.get(ref, ()))
    return tuple(dict.fromkeys(control for name in mitigations for control in controls.get(name, ())))


def _read_range(document: Document) -> tuple[float, float]:
    gradient = document.data.get("gradient")
    ends: list[Any] = [gradient.get(name) if isinstance(gradient, dict) else None for name in ("minValue", "maxValue")]
    low, high = ends
    if not (_is_number(low) and _is_number(high) and low < high):
        raise SchemaError(
            "the layer does not say what its lowest and highest scores are",
            file=document.name,
            line=document.line_near(("gradient",)),
            field="gradient",
            allowed="minValue below maxValue",
            repair="set the gradient in the Navigator: lowest = no coverage, highest = full coverage",
        )
    return float(low), float(high)


def _read_score(score: Any, low: float, high: float) -> float | None:
    return (score - low) / (high - low) if _is_number(score) and low <= score <= high else None


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)
