"""Which record a STIX object is: its kind and its ref."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from hygie.core.errors import SchemaError
from hygie.core.evidence import derive_evidence_id
from hygie.knowledge.importers.stix_extension import read_extension
from hygie.knowledge.importers.stix_fields import read_list, read_text, read_texts
from hygie.knowledge.importers.stix_terms import (
    ATTACK_DOMAINS,
    ATTACK_SOURCES,
    KIND_OF_TYPE,
    RECORD_TYPE,
)
from hygie.knowledge.kinds import KINDS, Kind

__all__ = ["find_attack_id", "find_domain", "identify_object", "iterate_references", "locate_report"]

_CVE = re.compile(r"CVE-\d{4}-\d{4,19}", re.I)
_ATTACK_ID: Mapping[str, re.Pattern[str]] = {
    "technique": re.compile(r"T\d{4}(\.\d{3})?"),
    "tactic": re.compile(r"TA\d{4}"),
    "mitigation": re.compile(r"M\d{4}"),
    "actor": re.compile(r"G\d{4}"),
    "software": re.compile(r"S\d{4}"),
    "campaign": re.compile(r"C\d{4}"),
}
# Kinds that are nothing without their ATT&CK id: without it, the object is kept as it is.
_ATTACK_ONLY = frozenset({"technique", "tactic", "mitigation"})


def identify_object(found: Mapping[str, Any]) -> tuple[Kind, str]:
    """Return kind and ref of the record that a sound STIX object becomes.

    Raises
    ------
    SchemaError
        A field that decides it is not of its type.
    """
    if found["type"] == RECORD_TYPE:
        return _identify_record(found)
    kind, ref = identify_standard(found)
    stated = read_extension(found)
    return (stated.kind or kind, stated.ref or ref) if stated is not None else (kind, ref)


def identify_standard(found: Mapping[str, Any]) -> tuple[Kind, str]:
    """Return kind and ref as the standard fields alone give them.

    Raises
    ------
    SchemaError
        A field that decides it is not of its type.
    """
    kind = KIND_OF_TYPE.get(found["type"], "other")
    if kind in _ATTACK_ID:
        attack_id = find_attack_id(found, kind)
        if attack_id is not None:
            return kind, attack_id
        return ("other" if kind in _ATTACK_ONLY else kind), found["id"]
    if kind == "vulnerability":
        names = [str(item.get("external_id", "")) for item in iterate_references(found) if _is_cve_source(item)]
        names.append(read_text(found, "name") or "")
        cve = next((name.strip().upper() for name in names if _CVE.fullmatch(name.strip())), None)
        return kind, cve or found["id"]
    if kind == "source":
        return kind, str(derive_evidence_id(*locate_report(found)))
    return kind, found["id"]


def _identify_record(found: Mapping[str, Any]) -> tuple[Kind, str]:
    kind, facts = found.get("record_kind"), found.get("facts")
    ref = facts.get("ref") if isinstance(facts, dict) else None
    if kind not in KINDS or not isinstance(ref, str):
        raise SchemaError(
            "this record does not say what it is",
            field="record_kind" if kind not in KINDS else "facts.ref",
            value=kind if kind not in KINDS else ref,
            allowed=", ".join(KINDS) if kind not in KINDS else "the ref of the record",
            repair="export it again",
        )
    return kind, ref


def _is_cve_source(item: Mapping[str, Any]) -> bool:
    return str(item.get("source_name", "")).strip().lower() == "cve"


def iterate_references(found: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    """Yield the external references of an object.

    Raises
    ------
    SchemaError
        They are not a list of objects.
    """
    for index, item in enumerate(read_list(found, "external_references")):
        if not isinstance(item, dict):
            raise SchemaError(
                "this is not an external reference",
                field=f"external_references[{index}]",
                value=item,
                allowed="a JSON object",
                repair="correct it",
            )
        yield item


def find_attack_id(found: Mapping[str, Any], kind: str) -> str | None:
    """Return the ATT&CK id that an object states for its kind, None when it states none."""
    pattern = _ATTACK_ID[kind]
    for item in iterate_references(found):
        name = item.get("external_id")
        if str(item.get("source_name")) in ATTACK_SOURCES and isinstance(name, str) and pattern.fullmatch(name):
            return name
    return None


def find_domain(found: Mapping[str, Any], attack_id: str) -> str:
    """Return the ATT&CK domain of an object: as it states it, else by its kill chain, its source or its id.

    The ids of techniques for industrial control systems begin with T0, A0 and TA01.
    """
    for item in read_texts(found, "x_mitre_domains"):
        if item in ATTACK_DOMAINS:
            return ATTACK_DOMAINS[item]
    chains = [
        str(item.get("kill_chain_name")) for item in read_list(found, "kill_chain_phases") if isinstance(item, dict)
    ]
    names = [str(item.get("source_name")) for item in iterate_references(found)]
    for name in (*chains, *names):
        if name in ATTACK_SOURCES and name != "mitre-attack":
            return ATTACK_SOURCES[name]
    return "ics" if re.match(r"T0|TA01", attack_id) else "enterprise"


def locate_report(found: Mapping[str, Any]) -> tuple[str, str]:
    """Return (source, statement) of a report: its first address, or its STIX id, and the whole of it."""
    addresses = (read_text(item, "url") for item in iterate_references(found))
    return next((item for item in addresses if item is not None), found["id"]), "report"
