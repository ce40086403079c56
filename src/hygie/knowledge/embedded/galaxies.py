"""Read the galaxies that the package `pymispgalaxies` carries, straight from its files.

Its own API is not used: importing it and listing the clusters takes three seconds, these files a tenth of one.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from hygie.core.errors import DataError, DocumentError, SchemaError
from hygie.core.evidence import TLP, derive_evidence_id
from hygie.knowledge.importers.protocol import Refusal
from hygie.knowledge.kinds import IntelRecord, Kind, validate_facts
from hygie.knowledge.schemas import EvidenceRow

__all__ = [
    "PACKAGE",
    "READ_ON",
    "Cluster",
    "Galaxy",
    "clean_text",
    "describe_source",
    "drop_object",
    "list_texts",
    "make_record",
    "read_galaxy",
    "require_text",
]

PACKAGE = "pymispgalaxies"
# The day on which these galaxies were read and judged fit; the reading date of the sources that stand for them.
READ_ON = "2026-11-23"

_CLUSTERS = Path("data", "misp-galaxy", "clusters")
_REPAIR = f"install {PACKAGE} 1.1 or later again"

_CITATION = re.compile(r"\s*\(Citation:[^()]*(?:\([^()]*\)[^()]*)*\)")
_NUMBERED = re.compile(r"<sup>.*?</sup>", re.DOTALL)
_LINK = re.compile(r"\[([^\]\[]*)\]\([^()\s]*\)")
_TAG = re.compile(r"</?(?:code|br|p|b|i|u|em|strong|ul|ol|li|a|div|span|h[1-6])\b[^<>]*>")


@dataclass(frozen=True, slots=True, kw_only=True)
class Cluster:
    """One entry of a galaxy; `related` holds pairs (type of relation, uuid of the other entry)."""

    uuid: str
    value: str
    description: str
    meta: Mapping[str, Any]
    related: tuple[tuple[str, str], ...]
    revoked: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Galaxy:
    """A galaxy: its number grows by one whenever its maintainers change it (Tidal's, a plain copy, keeps 1)."""

    name: str
    version: str
    clusters: tuple[Cluster, ...]


def read_galaxy(name: str) -> Galaxy:
    """Return a galaxy of the installed package.

    Raises
    ------
    DocumentError
        The package is not installed, or its file is missing or has another shape.
    """
    # `find_spec` locates a top-level package without running it.
    spec = find_spec(PACKAGE)
    if spec is None or spec.origin is None:
        raise DocumentError(f"the package {PACKAGE} is not installed", repair=_REPAIR)
    path = Path(spec.origin).parent / _CLUSTERS / f"{name}.json"
    label = f"{PACKAGE}/{path.name}"
    try:
        content = json.loads(path.read_bytes())
        clusters = tuple(_read_cluster(value) for value in content["values"])
        return Galaxy(name=name, version=str(content["version"]), clusters=clusters)
    except OSError as error:
        raise DocumentError(
            f"the galaxy cannot be read: {error.strerror or error}", file=label, repair=_REPAIR
        ) from None
    except (ValueError, KeyError, TypeError, AttributeError):
        raise DocumentError("the galaxy has another shape than expected", file=label, repair=_REPAIR) from None


def _read_cluster(value: Mapping[str, Any]) -> Cluster:
    return Cluster(
        uuid=str(value["uuid"]),
        value=value["value"].strip(),
        description=value.get("description") or "",
        meta=value.get("meta") or {},
        related=tuple((link["type"], link["dest-uuid"]) for link in value.get("related") or ()),
        revoked=bool(value.get("revoked")),
    )


def require_text(cluster: Cluster, key: str) -> str:
    """Return a field without which a cluster means nothing.

    Raises
    ------
    DocumentError
        The field is missing or is no text.
    """
    value = cluster.meta.get(key)
    if not isinstance(value, str) or not value:
        raise DocumentError("a cluster lacks a field", field=key, value=cluster.value, repair=_REPAIR)
    return value


def list_texts(meta: Mapping[str, Any], *keys: str) -> list[str]:
    """Return the texts of some fields, each once and in their order; a field is one text or a list of texts."""
    found: dict[str, None] = {}
    for key in keys:
        value = meta.get(key)
        for text in value if isinstance(value, list) else [value]:
            if isinstance(text, str) and text.strip():
                found.setdefault(text.strip())
    return list(found)


def clean_text(text: str) -> str | None:
    """Return a description without citation marks, links and HTML tags, or None when nothing is left."""
    text = _NUMBERED.sub("", _CITATION.sub("", text))
    text = _TAG.sub("", _LINK.sub(r"\1", text))
    return text.strip() or None


def make_record(kind: Kind, ref: str, /, **fields: Any) -> IntelRecord | Refusal:
    """Build a record from the fields that say something; a value that the model refuses makes a refusal.

    Galaxies are published for everyone (CC0), hence TLP:CLEAR.
    """
    data = {"ref": ref, **{key: value for key, value in fields.items() if value not in (None, "", [])}}
    try:
        return IntelRecord.from_facts(kind, validate_facts(kind, data), tlp=TLP.CLEAR)
    except DataError as error:
        return Refusal(ref=ref, finding=error.findings[0], kind=kind)


def drop_object(ref: str, reason: str, *, kind: Kind, name: str, galaxy: Galaxy) -> Refusal:
    """Return the trace of an object that is left out on purpose; `reason` is one of a few fixed sentences."""
    finding = SchemaError(reason, file=f"{PACKAGE}/{galaxy.name}.json", value=name).findings[0]
    return Refusal(ref=ref, finding=finding, kind=kind, dropped=True)


def describe_source(
    *, source: str, statement: str, en: str, fr: str, publisher: str, licence: str, grade: str, published_on: str | None
) -> IntelRecord:
    """Return the record of a catalogue as a source, `grade` being the Admiralty one, such as ``A2``.

    The grades are our own judgement, as in packs: A2 for MITRE, who is the authority on its own identifiers; B3 for
    what is edited by many hands (MISP) or by one vendor (Tidal Cyber).
    """
    facts = EvidenceRow.model_validate(
        {
            "ref": str(derive_evidence_id(source, statement)),
            "source": source,
            "statement": statement,
            "title": {"en": en, "fr": fr},
            "publisher": publisher,
            "published_on": published_on,
            "read_on": READ_ON,
            "reliability": grade[0],
            "credibility": int(grade[1]),
            "tlp": "clear",
            "licence": licence,
        }
    )
    return IntelRecord.from_facts("source", facts, tlp=TLP.CLEAR)
