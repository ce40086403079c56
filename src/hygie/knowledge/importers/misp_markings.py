"""Markings and grades of MISP events, from their tags and their distribution.

Sources: the taxonomies `tlp`, `PAP` and `admiralty-scale` of https://github.com/MISP/misp-taxonomies; MISP core format,
section 2.2.2.16 (distribution).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal, cast

from hygie.core.evidence import TLP
from hygie.knowledge.importers.misp_fields import iterate_attributes, iterate_objects, list_tags
from hygie.knowledge.kinds import PAP
from hygie.knowledge.markings import read_pap, read_tlp, strictest_pap, strictest_tlp

__all__ = ["Markings", "read_markings"]

Reliability = Literal["A", "B", "C", "D", "E", "F"]

# Who may see an event that no tag marks: its organisation, its community, a group of named organisations. Connected
# and all communities say nothing of TLP.
_DISTRIBUTIONS: Mapping[str, TLP] = {"0": TLP.AMBER_STRICT, "1": TLP.AMBER, "4": TLP.AMBER}

_GRADE = re.compile(r'admiralty-scale:(source-reliability|information-credibility)="([a-g1-6])"', re.I)


@dataclass(frozen=True, slots=True, kw_only=True)
class Markings:
    """How far an event may travel, what may be done with it, and what its author thinks of its source."""

    tlp: TLP | None
    pap: PAP | None
    reliability: Reliability
    credibility: int


def read_markings(event: Mapping[str, Any]) -> Markings:
    """Return the strictest marking that the event or anything in it carries, and the poorest grade of the event.

    A record holds the whole event: an attribute that may travel less keeps the event from travelling. A TLP tag that
    has no level of its own, such as ``tlp:ex:chr``, counts as TLP:RED.

    Raises
    ------
    SchemaError
        Tags, attributes or objects are not lists.
    """
    tags = list_tags(event)
    levels: list[TLP | None] = [_read_level(tag) for tag in tags if tag.lower().startswith("tlp:")]
    if not levels:
        levels = [_DISTRIBUTIONS.get(str(event.get("distribution")))]
    paps = [read_pap(tag) for tag in tags]
    for part in _iterate_parts(event):
        marks = list_tags(part)
        levels.extend(_read_level(tag) for tag in marks if tag.lower().startswith("tlp:"))
        levels.append(_DISTRIBUTIONS.get(str(part.get("distribution"))))
        paps.extend(read_pap(tag) for tag in marks)
    grades = [(match[1].lower(), match[2].upper()) for tag in tags if (match := _GRADE.fullmatch(tag))]
    letters = [grade for predicate, grade in grades if predicate == "source-reliability" and grade in "ABCDEFG"]
    digits = [grade for predicate, grade in grades if predicate == "information-credibility" and grade in "123456"]
    # G, deceptive on purpose, is MISP's own: the scale ends with E before “cannot be judged”.
    reliability = max(("E" if letter == "G" else letter for letter in letters), default="F")
    return Markings(
        tlp=strictest_tlp(levels),
        pap=strictest_pap(paps),
        reliability=cast("Reliability", reliability),
        credibility=int(max(digits, default="6")),
    )


def _iterate_parts(event: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    yield from iterate_objects(event)
    yield from iterate_attributes(event)


def _read_level(tag: str) -> TLP:
    return read_tlp(tag) or TLP.RED
