"""What a scenario can suppose: names of a request turned into indices of the model, with advice where one is wrong."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from hygie.core.errors import UsageError, suggest
from hygie.core.tables import OUTCOMES
from hygie.facility.blueprints import Blueprints
from hygie.facility.zone_graphs import ZoneGraph
from hygie.knowledge.actor_names import ActorIndex
from hygie.knowledge.packs import Catalogue
from hygie.scenario.specs import ClassSpec, ProcessSpec, ScenarioSpecs
from hygie.service.scenario_request import ScenarioRequest

__all__ = [
    "Choice",
    "attack_outcomes",
    "check_controls",
    "choose_scenario",
    "list_entries",
    "list_targets",
    "process_of_class",
]

_HIT = OUTCOMES.index("outage")


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """A scenario in the indices of the model.

    Parameters
    ----------
    kind
        An attempt against the facility, an event of a provider, or a campaign.
    index
        Of the provider or the campaign; 0, the facility, for an attempt.
    process
        Attack process of an attempt.
    outcomes
        Positions in ``OUTCOMES`` of the events that are kept.
    targets
        Positions of the zones that the attacker is after; none: as the process says.
    """

    kind: Literal["attempt", "provider", "campaign"]
    index: int
    process: int
    threat_class: int
    outcomes: tuple[int, ...]
    actor: int | None
    vector: int | None
    targets: tuple[int, ...]


def process_of_class(specs: ScenarioSpecs, threat_class: str) -> int | None:
    """Return the position of the attack process that can end in a class; None for shared events and campaigns."""
    for position, process in enumerate(specs.processes):
        if threat_class in process.classes.values():
            return position
    return None


def attack_outcomes(process: ProcessSpec, threat_class: str) -> tuple[str, ...]:
    """Return the outcomes of a process that are reported under a class."""
    return tuple(
        outcome
        for outcome in OUTCOMES
        if outcome not in ("blocked", "outage")
        and process.classes[outcome if outcome in ("stopped", "theft_only") else "encrypted"]  # type: ignore[index]
        == threat_class
    )


def list_entries(process: ProcessSpec, graph: ZoneGraph | None) -> list[str]:
    """Return the entry vectors of a process that lead somewhere in a graph."""
    return [vector for vector in process.entries if graph is None or vector in graph.entries]


def list_targets(process: ProcessSpec, graph: ZoneGraph) -> list[str]:
    """Return the zones of a graph that a process can aim at: none for attackers who want the directory.

    Whoever encrypts IT takes what they hold; only an attack on equipment is after one thing.
    """
    if "it" in process.payload_kinds:
        return []
    return [zone.id for zone in graph.zones if zone.family in process.payload_kinds]


def choose_scenario(
    request: ScenarioRequest,
    *,
    catalogue: Catalogue,
    specs: ScenarioSpecs,
    graph: ZoneGraph,
    actors: Sequence[str],
    vectors: Sequence[str],
    providers: Sequence[str],
    campaigns: Sequence[str],
) -> Choice:
    """Return a scenario in the indices of the model.

    Parameters
    ----------
    graph
        Zones of the facility.
    actors, vectors, providers, campaigns
        Labels of the model.

    Raises
    ------
    UsageError
        A name that leads nowhere, or suppositions that do not go together.
    """
    classes = [spec.id for spec in specs.classes]
    spec = specs.classes[_find(classes, request.threat_class, what="threat class", option="--class")]
    position = process_of_class(specs, spec.id)
    if position is None:
        return _choose_shared(request, spec, classes=classes, providers=providers, campaigns=campaigns)
    process = specs.processes[position]
    _refuse(request.provider, "--provider", spec.id, "only events at a provider have one")
    possible = attack_outcomes(process, spec.id)
    wanted = request.outcome or possible
    if request.target and not list_targets(process, graph):
        aimed = [one.classes["encrypted"] for one in specs.processes if list_targets(one, graph)]
        raise UsageError(
            f"--target does not go with --class {spec.id}: these attackers are after the directory",
            field="--target",
            value=", ".join(request.target),
            allowed=f"with --class {' or '.join(aimed)}",
            repair="leave --target out, or keep some ends with --outcome",
        )
    vector = None
    if request.entry is not None:
        entries = list_entries(process, graph)
        vector = vectors.index(entries[_find(entries, request.entry, what="entry", option="--entry")])
    return Choice(
        kind="attempt",
        index=0,
        process=position,
        threat_class=classes.index(spec.id),
        outcomes=tuple(
            OUTCOMES.index(possible[_find(possible, name, what="outcome of this class", option="--outcome")])
            for name in wanted
        ),
        actor=None if request.actor is None else _find_actor(request.actor, catalogue, actors),
        vector=vector,
        targets=tuple(dict.fromkeys(z for name in request.target for z in _find_zones(name, process, graph))),
    )


def check_controls(controls: Mapping[str, float], blueprints: Blueprints) -> None:
    """Refuse a control that does not exist."""
    known = [control.id for control in blueprints.controls]
    for name in controls:
        _find(known, name, what="control", option="--control")


def _choose_shared(
    request: ScenarioRequest,
    spec: ClassSpec,
    *,
    classes: Sequence[str],
    providers: Sequence[str],
    campaigns: Sequence[str],
) -> Choice:
    for given, option in (
        (request.entry, "--entry"),
        (request.target or None, "--target"),
        (request.outcome or None, "--outcome"),
    ):
        _refuse(given, option, spec.id, "it belongs to attacks on the facility itself")
    _refuse(request.actor, "--actor", spec.id, "who is behind changes nothing there")
    if spec.occurs_as == "campaign":
        _refuse(request.provider, "--provider", spec.id, "only events at a provider have one")
        kind: Literal["provider", "campaign"] = "campaign"
        index = campaigns.index(spec.id)
        kept: tuple[int, ...] = (_HIT,)
    else:
        kind = "provider"
        if not providers:
            raise UsageError(
                "this facility file names no provider",
                field="--class",
                value=spec.id,
                repair="add `providers:` to the facility file, or choose another class",
            )
        if request.provider is None and len(providers) > 1:
            raise UsageError(
                "which provider is attacked or down?",
                field="--provider",
                allowed=", ".join(providers),
                repair=f"write --provider {providers[0]}",
            )
        index = _find(providers, request.provider or providers[0], what="provider", option="--provider")
        kept = tuple(position for position, name in enumerate(OUTCOMES) if name != "blocked")
    return Choice(
        kind=kind,
        index=index,
        process=0,
        threat_class=classes.index(spec.id),
        outcomes=kept,
        actor=None,
        vector=None,
        targets=(),
    )


def _refuse(given: object, option: str, threat_class: str, why: str) -> None:
    if given is not None:
        raise UsageError(
            f"{option} does not go with --class {threat_class}: {why}",
            field=option,
            value=str(given),
            repair=f"leave {option} out",
        )


def _find(known: Sequence[str], name: str, *, what: str, option: str) -> int:
    if name in known:
        return list(known).index(name)
    raise UsageError(
        f"there is no {what} “{name}”",
        field=option,
        value=name,
        allowed=", ".join(known),
        repair=suggest(name, known) or "use one of the listed names; `hygie scenario list` explains them",
    )


def _find_actor(name: str, catalogue: Catalogue, actors: Sequence[str]) -> int:
    if name in actors:
        return list(actors).index(name)
    index = ActorIndex.build(catalogue.actors.values())
    ref = index.resolve(name)
    if ref is not None and ref in actors:
        return list(actors).index(ref)
    known = list(actors)
    if ref is not None:
        raise UsageError(
            f"“{catalogue.actors[ref].name}” takes no part in attacks of this kind",
            field="--actor",
            value=name,
            allowed=", ".join(known),
            repair="choose an actor that breaks in; denial of service is --class ddos",
        )
    # A name is suggested as people write it, and leads to the same actor as its ref.
    names = [*known, *(catalogue.actors[ref].name for ref in known if ref in catalogue.actors)]
    raise UsageError(
        f"no actor is called “{name}”",
        field="--actor",
        value=name,
        allowed=", ".join(known),
        repair=suggest(name.lower(), names) or suggest(name, names) or "use one of the listed names",
    )


def _find_zones(name: str, process: ProcessSpec, graph: ZoneGraph) -> Iterable[int]:
    targets = list_targets(process, graph)
    found = [graph.position(name)] if graph.position(name) >= 0 else graph.copies_of(name)
    usable = [position for position in found if graph.zones[position].id in targets]
    if usable:
        return usable
    if found:
        raise UsageError(
            f"an attack of this class does no damage in “{name}”",
            field="--target",
            value=name,
            allowed=", ".join(targets),
            repair="choose one of these zones, or another --class",
        )
    return [graph.position(targets[_find(targets, name, what="zone in this facility", option="--target")])]
