"""All that is embedded, one catalogue after the other."""

from __future__ import annotations

from collections.abc import Iterator

from hygie.knowledge.embedded.actors import read_misp_actors, read_tidal_groups
from hygie.knowledge.embedded.attack import read_attack
from hygie.knowledge.embedded.places import read_countries, read_sectors
from hygie.knowledge.embedded.software import read_ransomware
from hygie.knowledge.importers.protocol import ImportItem

__all__ = ["read_embedded"]


def read_embedded() -> Iterator[ImportItem]:
    """Yield the objects of every embedded catalogue; each catalogue begins with its `Release`.

    An object may stand in several catalogues (an ATT&CK group and whom it targets, after Tidal Cyber): each says what
    it knows. Nothing is read before the first object is asked for.

    Raises
    ------
    DocumentError
        The galaxies are not installed or have another shape.
    """
    yield from read_attack()
    yield from read_misp_actors()
    yield from read_ransomware()
    yield from read_tidal_groups()
    yield from read_sectors()
    yield from read_countries()
