"""Incidents that may be one: same facility, close dates, no actor that contradicts, perhaps the same source.

The rules are plain so that an analyst can argue with them; nothing is merged without a person's word. Two victims
of one event are not duplicates: they share `event` and differ in facility.
"""

from __future__ import annotations

import re
import unicodedata
from collections import defaultdict
from collections.abc import Container, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Literal

from hygie.core.evidence import Evidence
from hygie.knowledge.records import UNKNOWN_ACTOR, Incident

__all__ = ["CLOSE_DAYS", "LEAK_DAYS", "DuplicatePair", "find_duplicates", "normalise_facility"]

# Two reports of one attack may date it a few days apart: the night it began, the day it was found or told.
CLOSE_DAYS = 7
# A victim that does not pay is named weeks to months after the attack; a post long after may be a second attack.
LEAK_DAYS = 365

Reason = Literal[
    "same facility",
    "similar facility",
    "same pseudonym",
    "same place",
    "dates overlap",
    "dates close",
    "posted after the attack",
    "same actor",
    "actor known to one only",
    "same source",
]

# fmt: off
_FILLER = frozenset({
    "a", "au", "aux", "ch", "chu", "chr", "chru", "centre", "centres", "clinique", "clinic", "d", "de", "des",
    "du", "et", "ght", "groupe", "groupement", "hopital", "hopitaux", "hospital", "hospitalier", "hospitaliere",
    "hospitalo", "intercommunal", "l", "la", "le", "les", "of", "pole", "polyclinique", "prive", "privee",
    "regional", "saint", "sainte", "sante", "site", "st", "the", "universitaire", "university",
})
# fmt: on


# What stands where no victim is named: two such victims have nothing in common.
_NAMELESS = frozenset({"", "unknown", "unnamed", "undisclosed", "not disclosed", "inconnu", "inconnue", "non publie"})


@dataclass(frozen=True, slots=True, kw_only=True)
class DuplicatePair:
    """Two incidents that may be one.

    Parameters
    ----------
    keep, other
        Refs: the one that says more or dates the attack itself is kept.
    grade
        `likely`: facility and dates agree and no actor contradicts; `possible`: one of them only resembles.
    reasons
        What the pair has in common.
    doubts
        What speaks against it.
    """

    keep: str
    other: str
    grade: Literal["likely", "possible"]
    reasons: tuple[Reason, ...]
    doubts: tuple[str, ...]


def normalise_facility(name: str) -> frozenset[str]:
    """Return the words that tell a facility from others, without accents, legal forms and articles.

    >>> sorted(normalise_facility("CH Sud Francilien (CHSF)"))
    ['chsf', 'francilien', 'sud']
    """
    plain = _fold(name)
    words = re.findall(r"[a-z0-9]+", plain)
    telling = frozenset(word for word in words if word not in _FILLER)
    return telling or frozenset(words)


def _fold(name: str) -> str:
    return "".join(ch for ch in unicodedata.normalize("NFKD", name.casefold()) if not unicodedata.combining(ch))


def find_duplicates(
    incidents: Sequence[Incident],
    *,
    evidence: Mapping[str, Evidence] | None = None,
    pseudonyms: Mapping[str, str] | None = None,
    curated: Container[str] = (),
    distinct: Container[frozenset[str]] = (),
) -> list[DuplicatePair]:
    """Return the pairs that may be one incident, likely ones first.

    Parameters
    ----------
    evidence
        By ref; lets two incidents be tied by the address of a source.
    pseudonyms
        Victim name → pseudonym of that name; ties a named victim to its pseudonymised leak post.
    curated
        Refs of entries that one curated catalogue lists side by side: two of them are at most `possible`.
    distinct
        Pairs of refs that an analyst has told apart: never shown again.
    """
    sources = evidence or {}
    keys: dict[str, list[int]] = defaultdict(list)
    words = [normalise_facility(incident.victim.name) for incident in incidents]
    aliases = [{incident.victim.name, (pseudonyms or {}).get(incident.victim.name, "")} for incident in incidents]
    for index, incident in enumerate(incidents):
        for key in {*words[index], *(f"={alias}" for alias in aliases[index] if alias)}:
            keys[key].append(index)
        if incident.victim.town:
            keys[f"@{' '.join(sorted(normalise_facility(incident.victim.town)))}"].append(index)
    # A word shared by very many names tells nothing, and would make the search quadratic.
    common = max(50, len(incidents) // 20)
    pairs = {
        (first, second)
        for indexes in keys.values()
        if len(indexes) <= common
        for position, first in enumerate(indexes)
        for second in indexes[position + 1 :]
    }
    found = []
    for first, second in sorted(pairs):
        a, b = incidents[first], incidents[second]
        if frozenset((a.ref, b.ref)) in distinct:
            continue
        pair = _judge(a, b, words[first], words[second], sources, same_alias=bool(_shared(aliases, first, second)))
        if pair is not None and a.ref in curated and b.ref in curated:
            pair = replace(pair, grade="possible", doubts=(*pair.doubts, "one catalogue lists both"))
        if pair is not None:
            found.append(pair)
    return sorted(found, key=lambda pair: (pair.grade != "likely", pair.keep, pair.other))


def _shared(aliases: Sequence[set[str]], first: int, second: int) -> set[str]:
    return {alias for alias in aliases[first] & aliases[second] if alias}


def _judge(
    a: Incident,
    b: Incident,
    words_a: frozenset[str],
    words_b: frozenset[str],
    evidence: Mapping[str, Evidence],
    *,
    same_alias: bool,
) -> DuplicatePair | None:
    reasons: list[Reason] = []
    doubts: list[str] = []
    if a.victim.department and b.victim.department and a.victim.department != b.victim.department:
        return None
    if {" ".join(_fold(item.victim.name).split()) for item in (a, b)} & _NAMELESS:
        return None
    strength = _compare_facilities(a, b, words_a, words_b, reasons, same_alias=same_alias)
    if strength == 0:
        return None
    time = _compare_dates(a, b, reasons)
    if time == 0:
        return None
    if not _compare_actors(a, b, reasons):
        doubts.append(f"{a.actor.name} ≠ {b.actor.name}")
    if _links(a, evidence) & _links(b, evidence):
        reasons.append("same source")
    if a.threat_class != b.threat_class:
        doubts.append(f"{a.threat_class} ≠ {b.threat_class}")
    contradicted = any(doubt.startswith(a.actor.name) for doubt in doubts)
    likely = strength == 2 and time == 2 and not contradicted
    if not likely and (contradicted or strength + time < 3):
        return None
    keep, other = _choose_keeper(a, b)
    return DuplicatePair(
        keep=keep.ref,
        other=other.ref,
        grade="likely" if likely else "possible",
        reasons=tuple(reasons),
        doubts=tuple(doubts),
    )


def _compare_facilities(
    a: Incident,
    b: Incident,
    words_a: frozenset[str],
    words_b: frozenset[str],
    reasons: list[Reason],
    *,
    same_alias: bool,
) -> int:
    if same_alias and a.victim.name != b.victim.name:
        reasons.append("same pseudonym")
        return 2
    if words_a == words_b:
        reasons.append("same facility")
        return 2
    same_town = bool(
        a.victim.town and b.victim.town and normalise_facility(a.victim.town) == normalise_facility(b.victim.town)
    )
    shared, smaller = words_a & words_b, min(words_a, words_b, key=len)
    if shared == smaller and same_town:
        reasons.extend(("similar facility", "same place"))
        return 2
    if 2 * len(shared) >= len(words_a | words_b) or shared == smaller:
        reasons.append("similar facility")
        return 1
    return 0


def _compare_dates(a: Incident, b: Incident, reasons: list[Reason]) -> int:
    (a_first, a_last), (b_first, b_last) = a.span, b.span
    late = {"leak_post", "disclosure"}
    if (a.date_basis in late) != (b.date_basis in late):
        attack, post = (b, a) if a.date_basis in late else (a, b)
        gap = (post.span[1] - attack.span[0]).days
        if 0 <= gap <= LEAK_DAYS:
            reasons.append("posted after the attack")
            return 2
        return 0
    exact = (a_last - a_first).days <= 31 and (b_last - b_first).days <= 31
    if a_first <= b_last and b_first <= a_last:
        reasons.append("dates overlap")
        return 2 if exact else 1
    slack = timedelta(days=CLOSE_DAYS)
    if _near(a_first, b_last, slack) or _near(b_first, a_last, slack):
        reasons.append("dates close")
        return 2
    return 0


def _near(first: date, last: date, slack: timedelta) -> bool:
    return timedelta(0) <= first - last <= slack


def _compare_actors(a: Incident, b: Incident, reasons: list[Reason]) -> bool:
    if a.actor.name == b.actor.name:
        if a.actor.name != UNKNOWN_ACTOR:
            reasons.append("same actor")
        return True
    if UNKNOWN_ACTOR in (a.actor.name, b.actor.name):
        reasons.append("actor known to one only")
        return True
    return False


def _links(incident: Incident, evidence: Mapping[str, Evidence]) -> set[str]:
    return {evidence[ref].link or "" for ref in incident.evidence if ref in evidence} - {""}


def _choose_keeper(a: Incident, b: Incident) -> tuple[Incident, Incident]:
    """Keep the one that dates the attack itself, then the better dated, then the one that says more."""
    precision = ("day", "week", "month", "year")

    def rank(incident: Incident) -> tuple[int, int, int, str]:
        said: Iterable[object] = (
            incident.disruption,
            incident.care_impact,
            incident.loss,
            incident.data_leaked,
            incident.ot_effect,
            incident.notes,
        )
        basis = ("attack", "discovery", "disclosure", "leak_post").index(incident.date_basis)
        return basis, precision.index(incident.date_precision), -sum(x is not None for x in said), incident.ref

    keep, other = sorted((a, b), key=rank)
    return keep, other
