"""Layers for the MITRE ATT&CK Navigator: which techniques the base knows, and how often.

Written from the layer file format 4.5
(https://github.com/mitre-attack/attack-navigator/blob/master/layers/spec/v4.5/layerformat.md). Scores are counts of
records, never probabilities: what is often reported is often observed, which is not the same as often used.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from hygie.core.errors import SchemaError
from hygie.core.evidence import TLP
from hygie.knowledge.kinds import IntelRecord, Kind
from hygie.knowledge.markings import DEFAULT_UNMARKED, exceeds_ceiling, judge_tlp

__all__ = ["LAYER_VERSION", "LayerDomain", "TechniqueCount", "count_techniques", "export_navigator"]

LayerDomain = Literal["enterprise-attack", "ics-attack", "mobile-attack"]

LAYER_VERSION = "4.5"
# The oldest Navigator that the format asks for.
_NAVIGATOR_VERSION = "4.9.0"
# Pale to deep blue: readable by those who do not tell red from green, and calm.
_COLOURS = ("#e8f1f8", "#7fb2d6", "#0b5c94")
_LEGEND_STEPS = 4

_DOMAINS: Mapping[str, LayerDomain] = {
    "enterprise": "enterprise-attack",
    "ics": "ics-attack",
    "mobile": "mobile-attack",
}
_TECHNIQUE = re.compile(r"T\d{4}(?:\.\d{3})?")
# ATT&CK for ICS numbers its techniques from T0800 on; the other domains from T1001.
_ICS_TECHNIQUE = re.compile(r"T0\d{3}(?:\.\d{3})?")
# Kinds of records that use techniques, in the order in which comments list them: English and French, one and many.
_USERS: Mapping[Kind, tuple[tuple[str, str], tuple[str, str]]] = {
    "incident": (("incident", "incidents"), ("incident", "incidents")),
    "campaign": (("campaign", "campaigns"), ("campagne", "campagnes")),
    "actor": (("actor", "actors"), ("acteur", "acteurs")),
    "software": (("software", "software"), ("logiciel", "logiciels")),
    "other": (("other", "others"), ("autre", "autres")),
}
_RECORDS = ("records", "objets")


@dataclass(frozen=True, slots=True)
class TechniqueCount:
    """How many records say that they, or those whom they describe, used a technique.

    Parameters
    ----------
    by_kind
        Kind of record → number of different records [1].
    """

    by_kind: Mapping[Kind, int]

    @property
    def total(self) -> int:
        """Number of different records of all kinds [1]."""
        return sum(self.by_kind.values())


def count_techniques(
    records: Iterable[IntelRecord],
    *,
    domain: LayerDomain = "enterprise-attack",
    ceiling: TLP = TLP.RED,
    unmarked: TLP = DEFAULT_UNMARKED,
) -> dict[str, TechniqueCount]:
    """Count the records that use each technique: incidents by `techniques`, others by relationships `uses`.

    A record counts once for a technique, however often it says so. Sub-techniques count for themselves only: the
    Navigator adds them up where it is asked to. The domain of a technique is that of its record among `records`; one
    without a record is taken for ICS when its number is below T1000, else for enterprise.

    Parameters
    ----------
    ceiling
        Records marked above it are not counted.
    unmarked
        Level at which records without TLP are judged.

    Returns
    -------
    dict
        ATT&CK id → count, in the order of ids.
    """
    domains: dict[str, LayerDomain] = {}
    users: dict[str, set[tuple[Kind, str]]] = {}
    for record in records:
        if exceeds_ceiling(judge_tlp(record, unmarked=unmarked), ceiling=ceiling):
            continue
        if record.kind == "technique":
            domains[record.ref] = _DOMAINS[record.data["domain"]]
        for technique, user in _iterate_uses(record):
            users.setdefault(technique, set()).add(user)
    counts: dict[str, TechniqueCount] = {}
    for technique in sorted(users):
        if _find_domain(technique, domains) == domain:
            kinds = [kind for kind, _ in users[technique]]
            by_kind: dict[Kind, int] = {kind: kinds.count(kind) for kind in _USERS if kind in kinds}
            counts[technique] = TechniqueCount(by_kind)
    return counts


def _iterate_uses(record: IntelRecord) -> Iterator[tuple[str, tuple[Kind, str]]]:
    if record.kind == "incident":
        for technique in record.data.get("techniques", ()):
            if _TECHNIQUE.fullmatch(technique):
                yield technique, ("incident", record.ref)
    elif record.kind == "relationship" and record.data["type"] == "uses":
        target, user = record.data["target"], record.data.get("source_kind") or _guess_kind(record.data["source"])
        if _TECHNIQUE.fullmatch(target):
            yield target, (user if user in _USERS else "other", record.data["source"])


def _guess_kind(ref: str) -> Kind:
    """Return what an ATT&CK id or a STIX id stands for."""
    starts: tuple[tuple[str, Kind], ...] = (
        (r"G\d{4}|intrusion-set--.*|threat-actor--.*", "actor"),
        (r"S\d{4}|malware--.*|tool--.*", "software"),
        (r"C\d{4}|campaign--.*", "campaign"),
        (r"incident--.*", "incident"),
    )
    return next((kind for start, kind in starts if re.fullmatch(start, ref)), "other")


def _find_domain(technique: str, domains: Mapping[str, LayerDomain]) -> LayerDomain:
    known = domains.get(technique)
    if known is not None:
        return known
    if _ICS_TECHNIQUE.fullmatch(technique):
        return "ics-attack"
    # Enterprise and mobile share their numbers: only a record tells a mobile technique.
    return "enterprise-attack"


def export_navigator(
    scores: Mapping[str, float | TechniqueCount],
    *,
    name: str,
    description: str,
    attack_version: str,
    domain: LayerDomain = "enterprise-attack",
    marking: TLP | None = None,
    metadata: Mapping[str, str] | None = None,
    language: Literal["en", "fr"] = "en",
) -> bytes:
    """Return a layer as JSON; equal content gives equal bytes.

    Parameters
    ----------
    scores
        ATT&CK id → score [any unit], or how many records use it.
    attack_version
        Version of ATT&CK that the ids are of, such as ``18``.
    marking
        Written into description and metadata of the layer: a layer has no field for it.
    metadata
        What else the layer should say of itself: label → text.
    language
        Of comments and legend; technique names are ATT&CK's.

    Raises
    ------
    SchemaError
        A key is no ATT&CK technique, or a score is not a finite number.
    """
    values = {technique: _read_score(technique, score) for technique, score in sorted(scores.items())}
    top = max([*values.values(), 1])
    low = min([*values.values(), 0])
    texts = {"TLP": f"TLP:{marking.value.upper()}"} if marking else {}
    lines = [*texts.values(), description]
    layer: dict[str, Any] = {
        "name": name,
        "versions": {"attack": attack_version, "navigator": _NAVIGATOR_VERSION, "layer": LAYER_VERSION},
        "domain": domain,
        "description": "\n".join(line for line in lines if line),
        "sorting": 3,
        "layout": {
            "layout": "side",
            "aggregateFunction": "max",
            "showID": True,
            "showName": True,
            "showAggregateScores": False,
            "countUnscored": False,
            "expandedSubtechniques": "annotated",
        },
        "hideDisabled": False,
        "techniques": [
            _describe_technique(technique, value, scores[technique], language=language)
            for technique, value in values.items()
        ],
        "gradient": {"colors": list(_COLOURS), "minValue": low, "maxValue": top},
        "legendItems": list(_iterate_legend(low, top, counted=_are_counts(scores), language=language)),
        "metadata": [{"name": label, "value": text} for label, text in {**texts, **(metadata or {})}.items()],
        "links": [],
        "showTacticRowBackground": False,
        "tacticRowBackground": "#dddddd",
        "selectTechniquesAcrossTactics": True,
        "selectSubtechniquesWithParent": False,
        "selectVisibleTechniques": False,
    }
    return (json.dumps(layer, ensure_ascii=False, indent=2, allow_nan=False) + "\n").encode()


def _read_score(technique: str, score: float | TechniqueCount) -> float:
    value = score.total if isinstance(score, TechniqueCount) else score
    if not _TECHNIQUE.fullmatch(technique):
        raise SchemaError(
            "this is no ATT&CK technique", value=technique, allowed="T1234 or T1234.001", repair="leave it out"
        )
    if isinstance(value, bool) or not math.isfinite(value):
        raise SchemaError("a score is a finite number", field=technique, value=value, repair="leave it out")
    return value


def _are_counts(scores: Mapping[str, float | TechniqueCount]) -> bool:
    return bool(scores) and all(isinstance(score, TechniqueCount) for score in scores.values())


def _describe_technique(
    technique: str, value: float, score: float | TechniqueCount, *, language: str
) -> dict[str, Any]:
    found: dict[str, Any] = {"techniqueID": technique, "score": value, "enabled": True, "comment": ""}
    if isinstance(score, TechniqueCount):
        french = language == "fr"
        parts = {
            _USERS[kind][french][1]: (count, _USERS[kind][french][count != 1]) for kind, count in score.by_kind.items()
        }
        found["comment"] = ", ".join(f"{count} {word}" for count, word in parts.values())
        found["metadata"] = [{"name": label, "value": str(count)} for label, (count, _) in parts.items()]
    return found


def _iterate_legend(low: float, top: float, *, counted: bool, language: str) -> Iterator[dict[str, str]]:
    unit = f" {_RECORDS[language == 'fr']}" if counted else ""
    shown: set[str] = set()
    for step in range(_LEGEND_STEPS):
        share = step / (_LEGEND_STEPS - 1)
        value = low + share * (top - low)
        # Between counts there is nothing: the nearest whole one is shown, in its own colour.
        value = round(value) if counted else value
        label = f"{value:g}{unit}"
        if label not in shown:
            shown.add(label)
            yield {"label": label, "color": _mix_colour((value - low) / (top - low))}


def _mix_colour(share: float) -> str:
    """Return the colour of the gradient at a share in [0, 1]."""
    place = min(max(share, 0.0), 1.0) * (len(_COLOURS) - 1)
    first = min(int(place), len(_COLOURS) - 2)
    pairs = [(int(_COLOURS[first][at : at + 2], 16), int(_COLOURS[first + 1][at : at + 2], 16)) for at in (1, 3, 5)]
    return "#" + "".join(f"{round(start + (end - start) * (place - first)):02x}" for start, end in pairs)
