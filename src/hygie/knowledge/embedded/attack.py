"""ATT&CK Enterprise, as the MISP galaxies carry it.

The galaxies mix Enterprise, Mobile and the former PRE matrix, and keep what MITRE has revoked or deprecated. What is
taken is what MITRE counts in its release notes: objects in force of the Enterprise matrix.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from hygie.knowledge.actor_names import fold_name
from hygie.knowledge.embedded.galaxies import (
    Cluster,
    Galaxy,
    clean_text,
    describe_source,
    drop_object,
    list_texts,
    make_record,
    read_galaxy,
    require_text,
)
from hygie.knowledge.importers.protocol import ImportItem, Release
from hygie.knowledge.kinds import IntelRecord, Kind

__all__ = ["ATTACK_LICENCE", "Attack", "describe_attack", "read_attack", "strip_id"]

# The ATT&CK release that a galaxy holds is nowhere written. That galaxy 33 holds release 17 is derived: numbers of
# tactics (14), techniques (211), sub-techniques (468), groups (166), software (755), campaigns (47) and mitigations
# (44) in force are those of https://attack.mitre.org/resources/updates/updates-april-2025/. Releases 17.0 and 17.1
# differ in nothing that galaxies carry. A galaxy that is not listed here gives its own number as version.
_RELEASES: Mapping[str, tuple[str, str]] = {"33": ("17", "2025-04-22")}

ATTACK_LICENCE = (
    "ATT&CK terms of use: (c) 2025 The MITRE Corporation. This work is reproduced and distributed with the permission "
    "of The MITRE Corporation."
)

_REVOKED = "revoked by MITRE"
_DEPRECATED = "deprecated by MITRE"
_ELSEWHERE = "not of the Enterprise matrix (mobile, or the former PRE matrix)"
_UNLINKED = "nothing of the Enterprise matrix in force is linked to it: deprecated by MITRE, or of another matrix"
_OLD_MITIGATION = "a mitigation of before 2019, which MITRE replaced by the M identifiers"

_VERBS = frozenset({"uses", "mitigates"})
_ID = re.compile(r"\s+-\s+[A-Z]{1,2}\d{4}(?:\.\d{3})?$")
# How MITRE's own text says it: the galaxies carry no field for it.
_DEPRECATION = re.compile(r"\W*This \w+ (?:has been|is|was) deprecated", re.IGNORECASE)


def strip_id(value: str) -> str:
    """Return the name of an ATT&CK cluster, whose value is written “name - id”."""
    return _ID.sub("", value)


def _id_of(cluster: Cluster) -> str:
    return require_text(cluster, "external_id")


def _judge(cluster: Cluster) -> str | None:
    """Return why an object is out of force by its own account, or None."""
    if cluster.revoked:
        return _REVOKED
    return _DEPRECATED if _DEPRECATION.match(cluster.description) else None


def _judge_matrix(cluster: Cluster) -> str | None:
    chain = list_texts(cluster.meta, "kill_chain")
    return None if any(phase.startswith("attack-") for phase in chain) else _ELSEWHERE


@dataclass(frozen=True)
class Attack:
    """The galaxies that carry ATT&CK, and what of them is in force.

    `techniques`, `mitigations`, `groups` and `software` map the uuid of each object in force to its ATT&CK id.
    """

    patterns: Galaxy
    courses: Galaxy
    sets: Galaxy
    malware: Galaxy
    tools: Galaxy

    @classmethod
    def read(cls) -> Attack:
        """Read the galaxies of the installed package."""
        return cls(
            patterns=read_galaxy("mitre-attack-pattern"),
            courses=read_galaxy("mitre-course-of-action"),
            sets=read_galaxy("mitre-intrusion-set"),
            malware=read_galaxy("mitre-malware"),
            tools=read_galaxy("mitre-tool"),
        )

    @cached_property
    def reasons(self) -> dict[str, str]:
        """Why each object that is left out is left out, by uuid."""
        reasons: dict[str, str] = {}
        anchors: set[str] = set()

        def sift(galaxy: Galaxy, judge: Callable[[Cluster], str | None]) -> None:
            for cluster in galaxy.clusters:
                reason = _judge(cluster) or judge(cluster)
                if reason is not None:
                    reasons[cluster.uuid] = reason

        def judge_link(cluster: Cluster) -> str | None:
            linked = any(verb in _VERBS and target in anchors for verb, target in cluster.related)
            return None if linked else _UNLINKED

        sift(self.patterns, _judge_matrix)
        anchors.update(self._ids(self.patterns, reasons))
        sift(self.courses, lambda cluster: judge_link(cluster) if _id_of(cluster)[0] == "M" else _OLD_MITIGATION)
        for galaxy in (self.malware, self.tools):
            sift(galaxy, judge_link)
        for galaxy in (self.malware, self.tools):
            anchors.update(self._ids(galaxy, reasons))
        sift(self.sets, judge_link)
        return reasons

    def _ids(self, galaxy: Galaxy, reasons: Mapping[str, str]) -> dict[str, str]:
        return {cluster.uuid: _id_of(cluster) for cluster in galaxy.clusters if cluster.uuid not in reasons}

    @cached_property
    def techniques(self) -> dict[str, str]:
        return self._ids(self.patterns, self.reasons)

    @cached_property
    def mitigations(self) -> dict[str, str]:
        return self._ids(self.courses, self.reasons)

    @cached_property
    def groups(self) -> dict[str, str]:
        return self._ids(self.sets, self.reasons)

    @cached_property
    def groups_by_name(self) -> dict[str, str]:
        """Ids of groups in force by their folded names."""
        return {
            fold_name(strip_id(cluster.value)): self.groups[cluster.uuid]
            for cluster in self.sets.clusters
            if cluster.uuid in self.groups
        }

    @cached_property
    def software(self) -> dict[str, str]:
        return {**self._ids(self.malware, self.reasons), **self._ids(self.tools, self.reasons)}

    @property
    def release(self) -> tuple[str, str | None]:
        """ATT&CK version and day of publication, as far as they are known."""
        known = _RELEASES.get(self.patterns.version)
        return known or (f"MISP galaxy {self.patterns.version}", None)


def describe_attack(attack: Attack) -> IntelRecord:
    """Return ATT&CK, as the galaxies carry it, as a source."""
    version, published_on = attack.release
    return describe_source(
        source="https://attack.mitre.org/",
        statement=f"Enterprise matrix, version {version}, as carried by the MISP galaxies",
        en=f"MITRE ATT&CK Enterprise, version {version}",
        fr=f"MITRE ATT&CK Enterprise, version {version}, base de connaissances des techniques d’attaque",
        publisher="MITRE ATT&CK",
        published_on=published_on,
        licence=ATTACK_LICENCE,
        grade="A2",
    )


def read_attack() -> Iterator[ImportItem]:
    """Yield ATT&CK Enterprise: tactics, techniques, mitigations, groups, software, campaigns and relations.

    Raises
    ------
    DocumentError
        The galaxies are not installed or have another shape.
    """
    attack = Attack.read()
    yield Release(name="attack-enterprise", version=attack.release[0])
    source = describe_attack(attack)
    yield source
    tactics = _list_tactics()
    yield from _read_tactics(tactics)
    yield from _read_techniques(attack, [_shorten(tactic) for tactic in tactics], source.ref)
    yield from _read_mitigations(attack)
    yield from _read_groups(attack, source.ref)
    yield from _read_software(attack, source.ref)
    yield from _read_campaigns(source.ref)
    yield from _read_relations(attack)


def _list_tactics() -> list[Cluster]:
    """Return the tactics in the order of the matrix; only Tidal's copy of ATT&CK has them as objects."""
    return sorted(
        read_galaxy("tidal-tactic").clusters, key=lambda cluster: int(require_text(cluster, "ordinal_position"))
    )


def _shorten(tactic: Cluster) -> str:
    return tactic.value.lower().replace(" ", "-")


def _read_tactics(tactics: Sequence[Cluster]) -> Iterator[ImportItem]:
    for tactic in tactics:
        yield make_record(
            "tactic",
            require_text(tactic, "tactic_attack_id"),
            name=tactic.value,
            domain="enterprise",
            shortname=_shorten(tactic),
            summary=clean_text(tactic.description),
        )


def _read_techniques(attack: Attack, phases: Sequence[str], source: str) -> Iterator[ImportItem]:
    mitigated: dict[str, list[str]] = {}
    for cluster in attack.courses.clusters:
        if cluster.uuid in attack.mitigations:
            for _, target in cluster.related:
                mitigated.setdefault(target, []).append(_id_of(cluster))
    for cluster in attack.patterns.clusters:
        ref = _id_of(cluster)
        if cluster.uuid in attack.reasons:
            yield _drop(cluster, attack, attack.patterns, "technique")
            continue
        # A phase is written platform by platform: “attack-Windows:persistence”.
        named = {phase.partition(":")[2] for phase in list_texts(cluster.meta, "kill_chain")}
        known = [phase for phase in phases if phase in named]
        yield make_record(
            "technique",
            ref,
            name=strip_id(cluster.value),
            domain="enterprise",
            tactics=[*known, *sorted(named.difference(known))],
            platforms=list_texts(cluster.meta, "mitre_platforms"),
            parent=ref.partition(".")[0] if "." in ref else None,
            mitigations=sorted(set(mitigated.get(cluster.uuid, ()))),
            evidence=[source],
            summary=clean_text(cluster.description),
        )


def _read_mitigations(attack: Attack) -> Iterator[ImportItem]:
    for cluster in attack.courses.clusters:
        if cluster.uuid in attack.reasons:
            yield _drop(cluster, attack, attack.courses, "mitigation")
            continue
        targets = {attack.techniques[target] for _, target in cluster.related if target in attack.techniques}
        yield make_record(
            "mitigation",
            _id_of(cluster),
            name=strip_id(cluster.value),
            domain="enterprise",
            techniques=sorted(targets),
            summary=clean_text(cluster.description),
        )


def _read_groups(attack: Attack, source: str) -> Iterator[ImportItem]:
    for cluster in attack.sets.clusters:
        if cluster.uuid in attack.reasons:
            yield _drop(cluster, attack, attack.sets, "actor")
            continue
        yield make_record(
            "actor",
            _id_of(cluster),
            attack_ids=[_id_of(cluster)],
            evidence=[source],
            **_describe(cluster),
        )


def _read_software(attack: Attack, source: str) -> Iterator[ImportItem]:
    for galaxy, kind in ((attack.malware, "malware"), (attack.tools, "tool")):
        for cluster in galaxy.clusters:
            if cluster.uuid in attack.reasons:
                yield _drop(cluster, attack, galaxy, "software")
                continue
            yield make_record(
                "software",
                _id_of(cluster),
                kind=kind,
                attack_ids=[_id_of(cluster)],
                platforms=list_texts(cluster.meta, "mitre_platforms"),
                evidence=[source],
                **_describe(cluster),
            )


def _read_campaigns(source: str) -> Iterator[ImportItem]:
    """Yield the campaigns that MITRE names; those that Tidal Cyber adds are not ATT&CK's and are left aside."""
    for cluster in read_galaxy("tidal-campaigns").clusters:
        if cluster.meta.get("source") != "MITRE":
            continue
        yield make_record(
            "campaign",
            require_text(cluster, "campaign_attack_id"),
            name={"en": cluster.value, "fr": cluster.value},
            # ATT&CK dates campaigns by month and writes an instant, mostly of its first day.
            started_on=cluster.meta.get("first_seen", "")[:7],
            ended_on=cluster.meta.get("last_seen", "")[:7],
            date_precision="month",
            evidence=[source],
            summary=clean_text(cluster.description),
        )


def _read_relations(attack: Attack) -> Iterator[ImportItem]:
    """Yield who uses what and what mitigates what, where both ends are in force."""
    kinds: dict[str, tuple[str, Kind]] = {
        **{uuid: (ref, "technique") for uuid, ref in attack.techniques.items()},
        **{uuid: (ref, "software") for uuid, ref in attack.software.items()},
        **{uuid: (ref, "actor") for uuid, ref in attack.groups.items()},
        **{uuid: (ref, "mitigation") for uuid, ref in attack.mitigations.items()},
    }
    for galaxy in (attack.sets, attack.malware, attack.tools, attack.courses):
        for cluster in galaxy.clusters:
            if cluster.uuid not in kinds:
                continue
            source, source_kind = kinds[cluster.uuid]
            for verb, uuid in dict.fromkeys(cluster.related):
                if verb in _VERBS and uuid in kinds:
                    target, target_kind = kinds[uuid]
                    yield make_record(
                        "relationship",
                        f"{source}-{verb}-{target}",
                        type=verb,
                        source=source,
                        target=target,
                        source_kind=source_kind,
                        target_kind=target_kind,
                    )


def _describe(cluster: Cluster) -> dict[str, Any]:
    name = strip_id(cluster.value)
    return {
        "name": name,
        "aliases": [alias for alias in list_texts(cluster.meta, "synonyms") if alias != name],
        "summary": clean_text(cluster.description),
    }


def _drop(cluster: Cluster, attack: Attack, galaxy: Galaxy, kind: Kind) -> ImportItem:
    return drop_object(
        _id_of(cluster), attack.reasons[cluster.uuid], kind=kind, name=strip_id(cluster.value), galaxy=galaxy
    )
