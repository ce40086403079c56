"""Actors: the MISP galaxy of threat actors, and whom they target according to Tidal Cyber's."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from importlib.metadata import version as version_of
from typing import Literal

from hygie.knowledge.actor_names import ActorIndex, fold_name
from hygie.knowledge.embedded.attack import Attack, describe_attack, strip_id
from hygie.knowledge.embedded.galaxies import (
    PACKAGE,
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
from hygie.knowledge.embedded.places import MISP_LICENCE, CountryNames, SectorNames
from hygie.knowledge.importers.protocol import ImportItem, Refusal, Release
from hygie.knowledge.kinds import ActorFacts, IntelRecord, Kind

__all__ = ["read_misp_actors", "read_tidal_groups"]

_GROUP_ID = re.compile(r"G\d{4}")
_YEAR = re.compile(r"\d{4}")
# Motives that say what an actor is; the galaxy's field on suspected state sponsors does not (it names one for crime
# groups that a state merely tolerates).
_KINDS: dict[str, Literal["criminal", "hacktivist"]] = {
    "Hacktivists-Nationalists": "hacktivist",
    "Cybercrime": "criminal",
}
_SUPERSEDED = "marked as deprecated by Tidal Cyber"
_NOT_IN_FORCE = "targets of an ATT&CK group that is not in force"


def read_misp_actors() -> Iterator[ImportItem]:
    """Yield the threat actors of the MISP galaxy, and what they use.

    `attack_ids` are the groups of ATT&CK in force that the galaxy names among synonyms or calls similar, or else the
    one that bears the same name. Suspected victims that are countries become ISO codes; regions, companies and
    alliances are left aside.

    Raises
    ------
    DocumentError
        The galaxies are not installed or have another shape.
    """
    galaxy = read_galaxy("threat-actor")
    yield Release(name="misp-threat-actor", version=galaxy.version)
    yield _describe_misp(galaxy)
    attack = Attack.read()
    yield from _read_clusters(galaxy, attack)
    yield from _read_uses(galaxy, attack)


def _describe_misp(galaxy: Galaxy) -> IntelRecord:
    return describe_source(
        source="https://github.com/MISP/misp-galaxy",
        statement=f"galaxy of threat actors, version {galaxy.version}",
        en=f"MISP galaxy of threat actors, version {galaxy.version}",
        fr=f"Galaxie MISP des acteurs de la menace, version {galaxy.version}",
        publisher="MISP project",
        published_on=None,
        licence=MISP_LICENCE,
        grade="B3",
    )


def _read_clusters(galaxy: Galaxy, attack: Attack) -> Iterator[IntelRecord | Refusal]:
    sectors, countries = SectorNames.read(), CountryNames.read()
    source = _describe_misp(galaxy)
    for cluster in galaxy.clusters:
        motives = list_texts(cluster.meta, "motive")
        aliases = [alias for alias in list_texts(cluster.meta, "synonyms") if not _GROUP_ID.fullmatch(alias)]
        victims = list_texts(cluster.meta, "cfr-suspected-victims", "suspected-victims")
        since = next(iter(list_texts(cluster.meta, "since")), "")
        yield make_record(
            "actor",
            f"misp-{cluster.uuid}",
            name=cluster.value,
            aliases=[alias for alias in aliases if alias != cluster.value],
            attack_ids=_find_groups(cluster, attack),
            misp_uuid=cluster.uuid,
            kind=next((_KINDS[motive] for motive in motives if motive in _KINDS), None),
            target_sectors=sectors.unify(list_texts(cluster.meta, "targeted-sector", "cfr-target-category")),
            target_countries=countries.find_codes(victims),
            origin_country=next(iter(countries.find_codes(list_texts(cluster.meta, "country"))), None),
            motives=motives,
            first_seen=since if _YEAR.fullmatch(since) else None,
            evidence=[source.ref],
            summary=clean_text(cluster.description),
        )


def _find_groups(cluster: Cluster, attack: Attack) -> list[str]:
    in_force = set(attack.groups.values())
    named = [name for name in list_texts(cluster.meta, "synonyms") if name in in_force]
    similar = [attack.groups[uuid] for kind, uuid in cluster.related if kind == "similar" and uuid in attack.groups]
    # Recent entries of the galaxy say nothing of ATT&CK: the same name is then the only link.
    same = attack.groups_by_name.get(fold_name(cluster.value))
    return sorted({*named, *similar, *([same] if same and not named else [])})


def _read_uses(galaxy: Galaxy, attack: Attack) -> Iterator[ImportItem]:
    targets: dict[str, tuple[str, Kind]] = {
        **{uuid: (ref, "technique") for uuid, ref in attack.techniques.items()},
        **{uuid: (ref, "software") for uuid, ref in attack.software.items()},
        **{cluster.uuid: (f"misp-{cluster.uuid}", "software") for cluster in read_galaxy("ransomware").clusters},
    }
    for cluster in galaxy.clusters:
        for verb, uuid in dict.fromkeys(cluster.related):
            if verb == "uses" and uuid in targets:
                target, kind = targets[uuid]
                source = f"misp-{cluster.uuid}"
                yield make_record(
                    "relationship",
                    f"{source}-uses-{target}",
                    type="uses",
                    source=source,
                    target=target,
                    source_kind="actor",
                    target_kind=kind,
                )


@dataclass(slots=True)
class _Targets:
    """What Tidal's entries say of one actor, put together with what is known of it elsewhere."""

    name: str
    summary: str | None = None
    origin: str | None = None
    sectors: dict[str, None] = field(default_factory=dict)
    countries: dict[str, None] = field(default_factory=dict)
    motives: dict[str, None] = field(default_factory=dict)
    evidence: dict[str, None] = field(default_factory=dict)


def read_tidal_groups() -> Iterator[ImportItem]:
    """Yield the sectors and countries that groups target, and their motives, as layers on the actors they are about.

    An entry that Tidal Cyber copies from ATT&CK bears the id of the group. Its own entries bear ids that look alike
    but are not ATT&CK's (nor unique): they are joined by name, or else stand for themselves. A layer replaces the
    lists of the layers below it: lists are those of ATT&CK or MISP with Tidal's added.

    Raises
    ------
    DocumentError
        The galaxies are not installed or have another shape.
    """
    galaxy = read_galaxy("tidal-groups")
    # Tidal's galaxies always bear number 1: the package that carries them says which copy it is.
    version = f"{PACKAGE} {version_of(PACKAGE)}"
    yield Release(name="tidal-groups", version=version)
    source = describe_source(
        source="https://github.com/MISP/misp-galaxy",
        statement=f"galaxy of Tidal Cyber groups, as carried by {version}",
        en="Tidal Cyber groups, in the MISP galaxies",
        fr="Groupes de Tidal Cyber, dans les galaxies MISP",
        publisher="Tidal Cyber",
        published_on=None,
        licence="CC0-1.0 or BSD-2-Clause, at choice (MISP galaxy); Tidal Cyber",
        grade="B3",
    )
    yield source
    known = {actor.ref: actor for actor in _list_actors()}
    index = ActorIndex.build(known.values())
    sectors, countries = SectorNames.read(), CountryNames.read()
    merged: dict[str, _Targets] = {}
    for cluster in galaxy.clusters:
        group = require_text(cluster, "group_attack_id")
        copied = cluster.meta.get("source") == "MITRE"
        own = f"misp-{cluster.uuid}"
        if cluster.value.endswith("(Deprecated)"):
            yield drop_object(own, _SUPERSEDED, kind="actor", name=cluster.value, galaxy=galaxy)
            continue
        if copied and group not in known:
            yield drop_object(group, _NOT_IN_FORCE, kind="actor", name=cluster.value, galaxy=galaxy)
            continue
        ref = group if copied else index.resolve(cluster.value) or own
        entry = merged.setdefault(ref, _start_entry(cluster, known.get(ref)))
        entry.sectors.update(dict.fromkeys(sectors.unify(list_texts(cluster.meta, "target_categories"))))
        entry.countries.update(dict.fromkeys(countries.find_codes(list_texts(cluster.meta, "observed_countries"))))
        entry.motives.update(dict.fromkeys(list_texts(cluster.meta, "observed_motivations")))
        entry.origin = entry.origin or next(iter(countries.find_codes(list_texts(cluster.meta, "country"))), None)
    for ref, entry in merged.items():
        yield make_record(
            "actor",
            ref,
            name=entry.name,
            target_sectors=list(entry.sectors),
            target_countries=list(entry.countries),
            motives=list(entry.motives),
            origin_country=entry.origin,
            evidence=[*entry.evidence, source.ref],
            summary=entry.summary,
        )


def _start_entry(cluster: Cluster, joined: ActorFacts | None) -> _Targets:
    if joined is None:
        return _Targets(cluster.value, clean_text(cluster.description))
    return _Targets(
        joined.name,
        origin=joined.origin_country,
        sectors=dict.fromkeys(joined.target_sectors),
        countries=dict.fromkeys(joined.target_countries),
        motives=dict.fromkeys(joined.motives),
        evidence=dict.fromkeys(joined.evidence),
    )


def _list_actors() -> Iterator[ActorFacts]:
    """Yield what the other embedded catalogues say of actors."""
    attack = Attack.read()
    evidence = [describe_attack(attack).ref]
    for cluster in attack.sets.clusters:
        if cluster.uuid in attack.groups:
            ref = attack.groups[cluster.uuid]
            synonyms = list_texts(cluster.meta, "synonyms")
            yield ActorFacts(
                ref=ref, name=strip_id(cluster.value), aliases=synonyms, attack_ids=[ref], evidence=evidence
            )
    for record in _read_clusters(read_galaxy("threat-actor"), attack):
        facts = record.facts() if isinstance(record, IntelRecord) else None
        if isinstance(facts, ActorFacts):
            yield facts
