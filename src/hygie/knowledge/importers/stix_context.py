"""What the objects of a STIX source say of each other, gathered in a first pass: light maps, never the objects.

Objects come in any order, so a relationship may name what stands at the other end of the file. A source of 200,000
objects needs about 100 MB here.
"""

from __future__ import annotations

import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from hygie.core.errors import SchemaError
from hygie.core.evidence import TLP
from hygie.knowledge.importers.protocol import Release
from hygie.knowledge.importers.stix_fields import check_object, check_text, read_list, read_text, read_texts
from hygie.knowledge.importers.stix_identity import identify_object
from hygie.knowledge.importers.stix_terms import (
    ATTACK_COLLECTIONS,
    ATTACK_DOMAINS,
    MITRE_IDENTITY,
    PAP_MARKINGS,
    RECORD_TYPE,
    TLP_2_EXTENSION,
    WELL_KNOWN_TLP,
)
from hygie.knowledge.kinds import PAP, Kind
from hygie.knowledge.markings import read_pap, read_tlp, strictest_pap, strictest_tlp

__all__ = ["IncidentLink", "StixContext", "is_dropped"]

# Relationship types that say who hit whom in an incident, and how (OASIS Incident Core; STIX 2.1, section 4).
INCIDENT_LINKS = frozenset({"targets", "impacts", "attributed-to", "uses"})


@dataclass(frozen=True, slots=True)
class IncidentLink:
    """One relationship that leaves an incident; `confidence` is that of STIX, 0 to 100 [%]."""

    type: str
    target: str
    confidence: int | None


@dataclass(slots=True)
class StixContext:
    """Light maps over a STIX source, built object by object with `note`.

    Parameters
    ----------
    kinds, refs
        STIX id → kind of its record; → ref of its record, where it is not the STIX id.
    names
        STIX id → name, of identities, places and actors.
    dropped
        STIX ids of objects that are revoked or deprecated.
    links
        STIX id of an incident → the relationships that leave it.
    stated_sources
        Refs of sources that stand in the bundle as objects of their own.
    """

    kinds: dict[str, Kind] = field(default_factory=dict)
    refs: dict[str, str] = field(default_factory=dict)
    names: dict[str, str] = field(default_factory=dict)
    dropped: set[str] = field(default_factory=set)
    links: dict[str, list[IncidentLink]] = field(default_factory=dict)
    stated_sources: set[str] = field(default_factory=set)
    _tlp: dict[str, TLP] = field(default_factory=dict)
    _pap: dict[str, PAP] = field(default_factory=dict)
    _collection: Release | None = None
    _matrix: tuple[str, frozenset[str]] | None = None
    _tactics: set[str] = field(default_factory=set)
    _newest: str = ""

    def note(self, value: Any) -> None:
        """Take from an object what others may need; an object that is not sound says nothing here."""
        try:
            found = check_object(value)
            kind, ref = identify_object(found)
            dropped = is_dropped(found)
        except SchemaError:
            return
        if dropped:
            self.dropped.add(found["id"])
            return
        self.note_record(sys.intern(found["type"]), found["id"], kind=kind, ref=ref)
        try:
            self._note_details(found, kind=kind)
        except SchemaError:
            return

    def note_record(self, type_: str, stix_id: str, *, kind: Kind, ref: str) -> None:
        """Say which record stands behind a STIX id."""
        if type_ not in ("relationship", "sighting"):
            self.kinds[stix_id] = kind
            if ref != stix_id:
                self.refs[stix_id] = ref
        if kind == "source":
            self.stated_sources.add(ref)

    def _note_details(self, found: Mapping[str, Any], *, kind: Kind) -> None:
        stix_id, type_ = found["id"], found["type"]
        if kind in ("identity", "actor") and type_ != RECORD_TYPE:
            name = read_text(found, "name")
            if name is not None:
                self.names[stix_id] = name
        elif type_ == "relationship" and str(found.get("source_ref", "")).startswith("incident--"):
            link = check_text(found.get("relationship_type"), "relationship_type")
            target = check_text(found.get("target_ref"), "target_ref")
            if link in INCIDENT_LINKS and target is not None:
                confidence = found.get("confidence")
                self.links.setdefault(found["source_ref"], []).append(
                    IncidentLink(sys.intern(link), target, confidence if isinstance(confidence, int) else None)
                )
        elif type_ == "marking-definition":
            texts = _marking_texts(found)
            if (tlp := strictest_tlp(map(read_tlp, texts))) is not None:
                self._tlp[stix_id] = tlp
            if (pap := strictest_pap(map(read_pap, texts))) is not None:
                self._pap[stix_id] = pap
        self._note_catalogue(found)

    def _note_catalogue(self, found: Mapping[str, Any]) -> None:
        if found.get("created_by_ref") != MITRE_IDENTITY:
            return
        match found["type"]:
            case "x-mitre-collection" if found["id"] in ATTACK_COLLECTIONS:
                version = read_text(found, "x_mitre_version")
                if version is not None:
                    self._collection = Release(name=ATTACK_COLLECTIONS[found["id"]], version=version)
            case "x-mitre-matrix":
                domains = [ATTACK_DOMAINS.get(item) for item in read_texts(found, "x_mitre_domains")]
                tactics = frozenset(item for item in read_list(found, "tactic_refs") if isinstance(item, str))
                if len(domains) == 1 and domains[0] is not None and tactics:
                    self._matrix = (f"attack-{domains[0]}", tactics)
            case "x-mitre-tactic":
                self._tactics.add(found["id"])
        self._newest = max(self._newest, str(found.get("modified", "")))

    @property
    def release(self) -> Release | None:
        """The catalogue that the source is a release of, None for any other source.

        ATT&CK states its version in a collection object; older bundles have only the matrix, and count as a release
        (dated by their newest object) when they hold each of its tactics.
        """
        if self._collection is not None:
            return self._collection
        if self._matrix is not None and self._matrix[1] <= self._tactics:
            return Release(name=self._matrix[0], version=self._newest[:10])
        return None

    def ref_of(self, stix_id: str) -> tuple[Kind | None, str]:
        """Return kind and ref of the record behind a STIX id; the id itself when it is not in the source."""
        return self.kinds.get(stix_id), self.refs.get(stix_id, stix_id)

    def marks_of(self, found: Mapping[str, Any]) -> tuple[TLP | None, PAP | None]:
        """Return the strictest levels that the markings and the labels of an object state.

        Raises
        ------
        SchemaError
            The markings are not a list of texts.
        """
        marks, labels = read_texts(found, "object_marking_refs"), read_texts(found, "labels")
        tlp = strictest_tlp([*map(self.tlp_of, marks), *map(read_tlp, labels)])
        return tlp, strictest_pap([*map(self.pap_of, marks), *map(read_pap, labels)])

    def tlp_of(self, marking: str) -> TLP | None:
        """Return the level of a marking definition, None for one that states none or is not known."""
        return WELL_KNOWN_TLP.get(marking) or self._tlp.get(marking)

    def pap_of(self, marking: str) -> PAP | None:
        """Return the PAP level of a marking definition, None for one that states none or is not known."""
        return PAP_MARKINGS.get(marking) or self._pap.get(marking)


def is_dropped(found: Mapping[str, Any]) -> bool:
    """Return whether the publisher withdrew the object.

    Raises
    ------
    SchemaError
        The field is neither true nor false.
    """
    for name in ("revoked", "x_mitre_deprecated"):
        value = found.get(name)
        if value is None:
            continue
        if not isinstance(value, bool):
            raise SchemaError("this is neither true nor false", field=name, value=value, repair="correct it")
        if value:
            return True
    return False


def _marking_texts(found: Mapping[str, Any]) -> list[str]:
    """Return the texts of a marking definition that may state a level: STIX, OASIS TLP 2.0, OpenCTI."""
    texts = [found.get("name"), found.get("x_opencti_definition")]
    definition = found.get("definition")
    if isinstance(definition, dict):
        if isinstance(definition.get("tlp"), str):
            texts.append(f"tlp:{definition['tlp']}")
        texts += definition.values()
    else:
        texts.append(definition)
    extensions = found.get("extensions")
    if isinstance(extensions, dict) and isinstance(extensions.get(TLP_2_EXTENSION), dict):
        texts.append(f"tlp:{extensions[TLP_2_EXTENSION].get('tlp_2_0')}")
    return [text for text in texts if isinstance(text, str)]
