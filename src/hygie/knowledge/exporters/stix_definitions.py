"""STIX objects that an export defines for itself: markings, our extension and who defines it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from hygie.core.evidence import TLP
from hygie.knowledge.importers.stix_terms import (
    FACTS_EXTENSION,
    HYGIE_IDENTITY,
    PAP_MARKINGS,
    RECORD_EXTENSION,
    RECORD_TYPE,
    TLP_1_MARKINGS,
    TLP_2_EXTENSION,
    TLP_2_MARKINGS,
    UNDATED,
)
from hygie.knowledge.kinds import PAP

__all__ = ["define", "name_pap_marking", "name_tlp_marking"]

_TLP_1_CREATED: Final = "2017-01-20T00:00:00.000Z"
_TLP_2_CREATED: Final = "2022-10-01T00:00:00.000Z"
# STIX 2.1, section 7.3: an address, or the definition as plain text.
_SCHEMA: Final = (
    "The facts of a hygie record, named as in the reference pages “Packs” and “Formats of intelligence” of hygie."
)
_ID_OF_LEVEL: Final[Mapping[TLP, str]] = {level: name for name, level in TLP_2_MARKINGS.items()}
_ID_OF_PAP: Final[Mapping[PAP, str]] = {level: name for name, level in PAP_MARKINGS.items()}


def name_tlp_marking(level: TLP) -> str:
    """Return the id of the TLP 2.0 marking definition of a level."""
    return _ID_OF_LEVEL[level]


def name_pap_marking(level: PAP) -> str:
    """Return the id of our marking definition of a PAP level, for which STIX has none."""
    return _ID_OF_PAP[level]


def define(stix_id: str) -> list[dict[str, Any]]:
    """Return the objects that define an id, those that they need first; nothing for the id of anyone else."""
    if stix_id in TLP_2_MARKINGS:
        return [_define_tlp_2(stix_id, TLP_2_MARKINGS[stix_id])]
    if stix_id in TLP_1_MARKINGS:
        return [_define_tlp_1(stix_id, TLP_1_MARKINGS[stix_id])]
    if stix_id in PAP_MARKINGS:
        statement = f"PAP:{PAP_MARKINGS[stix_id].upper()}"
        return [
            {
                "type": "marking-definition",
                "spec_version": "2.1",
                "id": stix_id,
                "created": UNDATED,
                "name": statement,
                "definition_type": "statement",
                "definition": {"statement": statement},
            }
        ]
    if stix_id == HYGIE_IDENTITY:
        return [{**_start("identity", stix_id), "name": "hygie", "identity_class": "system"}]
    if stix_id == FACTS_EXTENSION:
        return [
            _define_extension(
                stix_id,
                name="hygie facts",
                description="What a record says beyond the fields that STIX has for it.",
                type_="property-extension",
            )
        ]
    if stix_id == RECORD_EXTENSION:
        return [
            _define_extension(
                stix_id,
                name="hygie record",
                description=f"The type {RECORD_TYPE}: counts, sources and others for which STIX has no type.",
                type_="new-sdo",
            )
        ]
    return []


def _start(type_: str, stix_id: str) -> dict[str, Any]:
    return {"type": type_, "spec_version": "2.1", "id": stix_id, "created": UNDATED, "modified": UNDATED}


def _define_extension(stix_id: str, *, name: str, description: str, type_: str) -> dict[str, Any]:
    return {
        **_start("extension-definition", stix_id),
        "created_by_ref": HYGIE_IDENTITY,
        "name": name,
        "description": description,
        "schema": _SCHEMA,
        "version": "1.0.0",
        "extension_types": [type_],
    }


def _define_tlp_1(stix_id: str, level: TLP) -> dict[str, Any]:
    word = "white" if level is TLP.CLEAR else level.value
    return {
        "type": "marking-definition",
        "spec_version": "2.1",
        "id": stix_id,
        "created": _TLP_1_CREATED,
        "name": f"TLP:{word.upper()}",
        "definition_type": "tlp",
        "definition": {"tlp": word},
    }


def _define_tlp_2(stix_id: str, level: TLP) -> dict[str, Any]:
    return {
        "type": "marking-definition",
        "spec_version": "2.1",
        "id": stix_id,
        "created": _TLP_2_CREATED,
        "name": f"TLP:{level.value.upper()}",
        "extensions": {TLP_2_EXTENSION: {"extension_type": "property-extension", "tlp_2_0": level.value}},
    }
