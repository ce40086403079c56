"""Words and fixed ids of STIX 2.1, of the OASIS extensions and of ATT&CK, and our own extension.

Sources: STIX 2.1 (OASIS Standard, 10 June 2021), sections 2.9, 4.1.3 and 7.2; OASIS TC CTI common objects,
extension definitions “TLP 2.0” and “Incident Core” (draft 2.1 of 20 February 2024),
https://github.com/oasis-open/cti-stix-common-objects; ATT&CK in STIX,
https://github.com/mitre-attack/attack-stix-data.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final
from uuid import UUID

from hygie.core.evidence import TLP
from hygie.knowledge.kinds import PAP, Kind

__all__ = [
    "ATTACK_COLLECTIONS",
    "ATTACK_DOMAINS",
    "ATTACK_SOURCES",
    "FACTS_EXTENSION",
    "HYGIE_IDENTITY",
    "INCIDENT_CORE",
    "KIND_OF_TYPE",
    "MITRE_IDENTITY",
    "MOTIVES",
    "OWN_IDS",
    "PAP_MARKINGS",
    "RECORD_EXTENSION",
    "RECORD_TYPE",
    "STIX_NAMESPACE",
    "TLP_1_MARKINGS",
    "TLP_2_EXTENSION",
    "TLP_2_MARKINGS",
    "UNDATED",
    "WELL_KNOWN_TLP",
]

# UUIDv5 of the DNS name "stix.hygie"; the three ids that follow are UUIDv5 in it, of "facts-extension",
# "record-extension" and "identity".
STIX_NAMESPACE: Final = UUID("fb113047-ceee-5905-8ae1-8b22d6bc6e12")
FACTS_EXTENSION: Final = "extension-definition--c3504fe0-bba2-5ed9-9838-0fd3d1291b7a"
RECORD_EXTENSION: Final = "extension-definition--40b3697f-f437-57d7-b94d-9bbdd960747f"
HYGIE_IDENTITY: Final = "identity--e14534f1-434b-5f74-ae44-22f6309f3fda"
# Our objects of kinds for which STIX has no type: counts, sources, tactics without their document.
RECORD_TYPE: Final = "x-hygie-record"
# What an export of ours says when nobody stated a date of creation.
UNDATED: Final = "2000-01-01T00:00:00.000Z"

INCIDENT_CORE: Final = "extension-definition--ef765651-680c-498d-9894-99799f2fa126"
TLP_2_EXTENSION: Final = "extension-definition--60a3c5c5-0d10-413e-aab3-9e08dde9e88d"

TLP_1_MARKINGS: Final[Mapping[str, TLP]] = {
    "marking-definition--613f2e26-407d-48c7-9eca-b8e91df99dc9": TLP.CLEAR,
    "marking-definition--34098fce-860f-48ae-8e50-ebd3cc5e41da": TLP.GREEN,
    "marking-definition--f88d31f6-486f-44da-b317-01333bde0b82": TLP.AMBER,
    "marking-definition--5e57c739-391a-4eb3-b6be-7d15ca92d5ed": TLP.RED,
}
TLP_2_MARKINGS: Final[Mapping[str, TLP]] = {
    "marking-definition--94868c89-83c2-464b-929b-a1a8aa3c8487": TLP.CLEAR,
    "marking-definition--bab4a63c-aed9-4cf5-a766-dfca5abac2bb": TLP.GREEN,
    "marking-definition--55d920b0-5e8b-4f79-9ee9-91f868d9b421": TLP.AMBER,
    "marking-definition--939a9414-2ddd-4d32-a0cd-375ea402b003": TLP.AMBER_STRICT,
    "marking-definition--e828b379-4e03-4974-9ac4-e53a884c97c1": TLP.RED,
}
# STIX has no markings of PAP: ours are UUIDv5 of "pap:clear" and so on.
PAP_MARKINGS: Final[Mapping[str, PAP]] = {
    "marking-definition--160e8b66-f7cf-5f0d-8791-a3e249be5153": "clear",
    "marking-definition--d91fca7e-5777-5286-baa5-f6547f0728e9": "green",
    "marking-definition--ed9e896c-a30c-5957-a831-446f0445a99f": "amber",
    "marking-definition--ee4f822a-802e-53c3-8048-1c7eeffea659": "red",
}
WELL_KNOWN_TLP: Final[Mapping[str, TLP]] = {
    **TLP_1_MARKINGS,
    **TLP_2_MARKINGS,
    # OpenCTI's own definition of TLP:AMBER+STRICT.
    "marking-definition--826578e1-40ad-459f-bc73-ede076f81f37": TLP.AMBER_STRICT,
    # The copyright statement on all of ATT&CK, which MITRE publishes to everyone without a TLP.
    "marking-definition--fa42a846-8d90-4e51-bc29-71d5b4802168": TLP.CLEAR,
}
# Definitions that every export writes anew: they are not records.
OWN_IDS: Final = frozenset(
    {FACTS_EXTENSION, RECORD_EXTENSION, HYGIE_IDENTITY, *TLP_1_MARKINGS, *TLP_2_MARKINGS, *PAP_MARKINGS}
)

MITRE_IDENTITY: Final = "identity--c78cb6e5-0c4b-4611-8297-d1b8b55e40b5"
ATTACK_COLLECTIONS: Final[Mapping[str, str]] = {
    "x-mitre-collection--1f5f1533-f617-4ca8-9ab4-6a02367fa019": "attack-enterprise",
    "x-mitre-collection--90c00720-636b-4485-b342-8751d232bf09": "attack-ics",
    "x-mitre-collection--dac0d2d7-8653-445c-9bff-82f934c1e858": "attack-mobile",
}
ATTACK_DOMAINS: Final[Mapping[str, str]] = {
    "enterprise-attack": "enterprise",
    "ics-attack": "ics",
    "mobile-attack": "mobile",
}
# Names of sources and of kill chains under which ATT&CK states its ids and its tactics.
ATTACK_SOURCES: Final[Mapping[str, str]] = {
    "mitre-attack": "enterprise",
    "mitre-ics-attack": "ics",
    "mitre-mobile-attack": "mobile",
}

KIND_OF_TYPE: Final[Mapping[str, Kind]] = {
    "attack-pattern": "technique",
    "x-mitre-tactic": "tactic",
    "course-of-action": "mitigation",
    "intrusion-set": "actor",
    "threat-actor": "actor",
    "malware": "software",
    "tool": "software",
    "campaign": "campaign",
    "vulnerability": "vulnerability",
    "incident": "incident",
    "identity": "identity",
    "location": "identity",
    "relationship": "relationship",
    "sighting": "relationship",
    "report": "source",
}

# attack-motivation-ov, STIX 2.1 section 10.3.
MOTIVES: Final = frozenset(
    {
        "accidental",
        "coercion",
        "dominance",
        "ideology",
        "notoriety",
        "organizational-gain",
        "personal-gain",
        "personal-satisfaction",
        "revenge",
        "unpredictable",
    }
)

StixObject = Mapping[str, Any]
