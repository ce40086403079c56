"""Ransomware families of the MISP galaxy, and the techniques that they use."""

from __future__ import annotations

from collections.abc import Iterator

from hygie.knowledge.embedded.attack import Attack
from hygie.knowledge.embedded.galaxies import (
    clean_text,
    describe_source,
    list_texts,
    make_record,
    read_galaxy,
)
from hygie.knowledge.embedded.places import MISP_LICENCE
from hygie.knowledge.importers.protocol import ImportItem, Release

__all__ = ["read_ransomware"]


def read_ransomware() -> Iterator[ImportItem]:
    """Yield ransomware families; ransom notes, payment addresses and leak-site addresses are left aside.

    Raises
    ------
    DocumentError
        The galaxies are not installed or have another shape.
    """
    galaxy = read_galaxy("ransomware")
    yield Release(name="misp-ransomware", version=galaxy.version)
    source = describe_source(
        source="https://github.com/MISP/misp-galaxy",
        statement=f"galaxy of ransomware, version {galaxy.version}",
        en=f"MISP galaxy of ransomware, version {galaxy.version}",
        fr=f"Galaxie MISP des rançongiciels, version {galaxy.version}",
        publisher="MISP project, after ransomlook.io and others",
        published_on=None,
        licence=MISP_LICENCE,
        grade="B3",
    )
    yield source
    attack = Attack.read()
    for cluster in galaxy.clusters:
        similar = [
            attack.software[uuid] for verb, uuid in cluster.related if verb == "similar" and uuid in attack.software
        ]
        yield make_record(
            "software",
            f"misp-{cluster.uuid}",
            name=cluster.value,
            kind="ransomware",
            aliases=[alias for alias in list_texts(cluster.meta, "synonyms") if alias != cluster.value],
            attack_ids=sorted(set(similar)),
            evidence=[source.ref],
            summary=clean_text(cluster.description),
        )
    for cluster in galaxy.clusters:
        ref = f"misp-{cluster.uuid}"
        for verb, uuid in dict.fromkeys(cluster.related):
            if verb == "uses" and uuid in attack.techniques:
                yield make_record(
                    "relationship",
                    f"{ref}-uses-{attack.techniques[uuid]}",
                    type="uses",
                    source=ref,
                    target=attack.techniques[uuid],
                    source_kind="software",
                    target_kind="technique",
                )
