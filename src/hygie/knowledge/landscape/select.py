"""What a landscape is made from, and which of it falls in its scope."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Literal, Protocol

from hygie.core.evidence import TLP, Evidence, LocalText
from hygie.knowledge.actor_names import ActorIndex, fold_name
from hygie.knowledge.catalogue import Catalogue
from hygie.knowledge.landscape.windows import Place, Window, cut_span, place_span
from hygie.knowledge.markings import DEFAULT_UNMARKED, exceeds_ceiling, strictest_tlp
from hygie.knowledge.records import UNKNOWN_ACTOR, Campaign, CountObservation, Incident
from hygie.store.documents import Document

__all__ = [
    "LATE",
    "ActorNames",
    "Knowledge",
    "KnownActor",
    "Scope",
    "Selection",
    "ThreatClass",
    "knowledge_of",
    "list_counts",
    "place_incident",
    "read_classes",
    "select_incidents",
]

# What dates the news of an attack, not the attack.
LATE = frozenset({"leak_post", "disclosure"})

RecordKind = Literal["incident", "count", "campaign"]


class KnownActor(Protocol):
    """What a landscape reads of an actor; `ThreatActor` and `ActorFacts` both have it."""

    @property
    def ref(self) -> str: ...
    @property
    def name(self) -> str: ...
    @property
    def aliases(self) -> Iterable[str]: ...
    @property
    def attack_ids(self) -> Iterable[str]: ...
    @property
    def misp_uuid(self) -> str | None: ...
    @property
    def kind(self) -> str | None: ...


@dataclass(frozen=True, slots=True)
class ThreatClass:
    """A threat class that a pack declares; `occurs_as` is facility, campaign, shared or conditional."""

    id: str
    name: LocalText
    occurs_as: str

    @property
    def is_independent(self) -> bool:
        """False where one campaign strikes many victims at once: their number is no number of events."""
        return self.occurs_as != "campaign"


@dataclass(frozen=True, slots=True, kw_only=True)
class Knowledge:
    """All that a landscape may be drawn from, in the order in which it is to be listed.

    Parameters
    ----------
    actors, evidence, classes
        By ref. `classes` are in the order in which they are shown.
    tlp
        Markings by (kind, ref), where a record has one of its own; else the strictest of its evidence holds.
    packs
        Name to version and digest of where it comes from.
    """

    incidents: Sequence[Incident]
    counts: Sequence[CountObservation]
    campaigns: Sequence[Campaign]
    actors: Mapping[str, KnownActor]
    evidence: Mapping[str, Evidence]
    classes: Mapping[str, ThreatClass]
    tlp: Mapping[tuple[str, str], TLP] = field(default_factory=dict)
    packs: Mapping[str, str] = field(default_factory=dict)

    def marking(self, kind: RecordKind, ref: str, evidence: Iterable[str]) -> TLP:
        """Return the level under which a record travels: its own, else the strictest of its evidence."""
        own = self.tlp.get((kind, ref))
        if own is not None:
            return own
        cited = (self.evidence[name].tlp for name in evidence if name in self.evidence)
        return strictest_tlp(cited) or DEFAULT_UNMARKED


@dataclass(frozen=True, slots=True, kw_only=True)
class Scope:
    """What a landscape is about. Empty sets and None do not filter.

    Parameters
    ----------
    as_of
        Day on which the question is asked: what began later is not known yet.
    region, department, kinds
        Of the victim; regions compare without case, accents and punctuation.
    actors
        Refs; `unknown` keeps incidents of unknown actors.
    ceiling
        Nothing marked above it is used or shown.
    """

    sector: str
    country: str
    window: Window
    as_of: date
    region: str | None = None
    department: str | None = None
    classes: frozenset[str] = frozenset()
    actors: frozenset[str] = frozenset()
    kinds: frozenset[str] = frozenset()
    ceiling: TLP | None = None

    @property
    def known_window(self) -> Window:
        """The part of the window that is over."""
        return self.window.end_at(self.as_of)

    @property
    def keeps_whole_country(self) -> bool:
        """False when a filter keeps only some of the victims that a published count may hold."""
        return not (self.region or self.department or self.actors or self.kinds)

    def allows(self, level: TLP) -> bool:
        """Return whether information at a level may be used."""
        return self.ceiling is None or not exceeds_ceiling(level, ceiling=self.ceiling)


@dataclass(frozen=True, slots=True, kw_only=True)
class Selection:
    """Incidents of a scope, each in one part only, oldest first.

    Parameters
    ----------
    counted
        Dated by the attack or its discovery, wholly inside the window.
    possible
        The same, but the date is too coarse to tell whether it is inside.
    after_the_fact
        Dated by a leak post or a disclosure that lies, or may lie, in the window.
    unplaced
        How many more fit, but for a country or a sector that they do not state.
    """

    counted: tuple[Incident, ...]
    possible: tuple[Incident, ...]
    after_the_fact: tuple[Incident, ...]
    unplaced: int

    @property
    def listed(self) -> tuple[Incident, ...]:
        """Every incident, oldest first."""
        return tuple(sorted((*self.counted, *self.possible, *self.after_the_fact), key=_order))


class ActorNames:
    """The one ref of each actor, whatever a source calls it."""

    def __init__(self, actors: Mapping[str, KnownActor]) -> None:
        self._actors = actors
        self._index: ActorIndex | None = None

    def resolve(self, name: str) -> str:
        """Return the ref of the actor that a name means; a name that means none, or several, stays as it is."""
        if name == UNKNOWN_ACTOR or name in self._actors:
            return name
        if self._index is None:
            self._index = ActorIndex.build(self._actors.values())
        return self._index.resolve(name) or name

    def name(self, ref: str) -> str:
        """Return what people call an actor."""
        return self._actors[ref].name if ref in self._actors else ref


def knowledge_of(catalogue: Catalogue) -> Knowledge:
    """Return what loaded packs say."""
    return Knowledge(
        incidents=catalogue.incidents,
        counts=catalogue.counts,
        campaigns=catalogue.campaigns,
        actors=catalogue.actors,
        evidence=catalogue.evidence,
        classes=read_classes(catalogue.sections.get("classes", ())),
        packs={pack.name: f"{pack.version} {pack.digest}" for pack in catalogue.packs},
    )


def read_classes(documents: Iterable[Document]) -> dict[str, ThreatClass]:
    """Return the threat classes of the sections `classes`, in their order; rows of another shape are passed over.

    The scenario room judges them; here they only lend their names.
    """
    classes: dict[str, ThreatClass] = {}
    for document in documents:
        rows = document.data.get("classes")
        for row in rows if isinstance(rows, list) else ():
            if isinstance(row, dict) and {"id", "name", "occurs_as"} <= row.keys():
                name = row["name"]
                if isinstance(name, dict) and {"en", "fr"} <= name.keys():
                    label = LocalText(str(name["en"]), str(name["fr"]))
                    classes[str(row["id"])] = ThreatClass(str(row["id"]), label, str(row["occurs_as"]))
    return classes


def select_incidents(knowledge: Knowledge, scope: Scope, *, names: ActorNames | None = None) -> Selection:
    """Return the incidents of a scope, those of uncertain date and those dated by their disclosure apart."""
    names = names or ActorNames(knowledge.actors)
    parts: dict[str, list[Incident]] = {"counted": [], "possible": [], "after_the_fact": []}
    unplaced = 0
    for incident in knowledge.incidents:
        if not (_fits(incident, scope, names) and _is_shared(incident, knowledge, scope)):
            continue
        place = place_incident(incident, scope.known_window, as_of=scope.as_of)
        if place == "outside":
            continue
        placed = _match_place(incident, scope)
        if placed is None:
            unplaced += 1
        elif placed:
            late = incident.date_basis in LATE
            part = "after_the_fact" if late else ("counted" if place == "inside" else "possible")
            parts[part].append(incident)
    return Selection(
        **{part: tuple(sorted(incidents, key=_order)) for part, incidents in parts.items()},
        unplaced=unplaced,
    )


def place_incident(incident: Incident, window: Window, *, as_of: date) -> Place:
    """Return where an incident lies against a window, given that it cannot have begun after `as_of`."""
    span = cut_span(incident.span, as_of=as_of)
    return "outside" if span is None else place_span(span, window)


def list_counts(knowledge: Knowledge, scope: Scope) -> list[CountObservation]:
    """Return the published counts of the sector and country that share a day with the window, as it is known.

    A class keeps the counts of that class. Counts that do not state sector and country are left out: what they
    count cannot be told.
    """
    return [
        count
        for count in knowledge.counts
        if (count.sector, count.country) == (scope.sector, scope.country)
        and (not scope.classes or count.threat_class in scope.classes)
        and scope.allows(knowledge.marking("count", count.ref, count.evidence))
        and scope.known_window.overlaps(window_of(count))
    ]


def window_of(record: CountObservation | Campaign) -> Window:
    """Return the window over which a count or a campaign was observed."""
    return Window(date.fromisoformat(record.window_start), date.fromisoformat(record.window_end))


def _order(incident: Incident) -> tuple[date, date, str]:
    return (*incident.span, incident.ref)


def _match_place(incident: Incident, scope: Scope) -> bool | None:
    """Return whether the victim is of the sector and country; None when it may be, but does not say."""
    pairs = ((incident.victim.sector, scope.sector), (incident.victim.country, scope.country))
    if any(stated is not None and stated != wanted for stated, wanted in pairs):
        return False
    return None if any(stated is None for stated, _wanted in pairs) else True


def _fits(incident: Incident, scope: Scope, names: ActorNames) -> bool:
    victim = incident.victim
    return (
        (not scope.classes or incident.threat_class in scope.classes)
        and (not scope.kinds or victim.kind in scope.kinds)
        and (scope.region is None or fold_name(victim.region or "") == fold_name(scope.region))
        and (scope.department is None or (victim.department or "").upper() == scope.department.upper())
        and (not scope.actors or names.resolve(incident.actor.name) in scope.actors)
    )


def _is_shared(incident: Incident, knowledge: Knowledge, scope: Scope) -> bool:
    return scope.allows(knowledge.marking("incident", incident.ref, incident.evidence))
