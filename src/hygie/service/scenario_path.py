"""The way an attack takes through a facility, step by step, and the ATT&CK techniques of each step."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Literal

import numpy as np

from hygie.core.waists import CompiledModel
from hygie.facility.zone_graphs import ZoneGraph
from hygie.knowledge.technique_words import TechniqueWords
from hygie.scenario.specs import ScenarioSpecs
from hygie.service.scenario_runs import ScenarioRun
from hygie.simulation.replay import EventsReplay

__all__ = ["PathReader", "PathStep", "StepKind", "count_techniques"]

StepKind = Literal["entry", "move", "seen", "theft", "damage", "contained", "left", "outage"]

# What a technique of a zone says of an attack depends on what it is for (ATT&CK tactics, Enterprise and ICS).
_HARM = frozenset({"impact", "inhibit-response-function", "impair-process-control"})
_THEFT = frozenset({"collection", "exfiltration"})
_ENTRY = frozenset({"initial-access"})


@dataclass(frozen=True, slots=True, kw_only=True)
class PathStep:
    """One step of an event.

    Parameters
    ----------
    hour
        Since the first foothold [h].
    zone, source
        Positions of the zone where it happens and of the one it comes from, -1 for none.
    crossing
        Crossing that was made, or entry vector; empty for other steps.
    """

    kind: StepKind
    hour: float
    zone: int = -1
    source: int = -1
    crossing: str = ""
    techniques: tuple[str, ...] = ()


@dataclass(frozen=True)
class PathReader:
    """Reads the steps of replayed events of one model."""

    model: CompiledModel
    graph: ZoneGraph
    specs: ScenarioSpecs
    words: Mapping[str, TechniqueWords]
    threat_class: int

    @classmethod
    def of(cls, run: ScenarioRun, words: Mapping[str, TechniqueWords]) -> PathReader:
        """Return the reader of a scenario's events."""
        return cls(run.shown.model, run.graph, run.specs, words, run.choice.threat_class)

    @cached_property
    def _edge_source(self) -> list[int]:
        template = int(self.model.arrays["node_template"][0])
        base = int(self.model.arrays["template_zone_ptr"][template])
        pointers = np.asarray(self.model.arrays["edge_ptr"], dtype=np.int64)
        return list((np.repeat(np.arange(pointers.size - 1), np.diff(pointers)) - base).tolist())

    def read(self, replays: EventsReplay, index: int) -> list[PathStep]:
        """Return the steps of one event in order of time."""
        entry = int(replays.entry_zone[index])
        if entry < 0:
            spec = self.specs.classes[self.threat_class]
            # A provider that only fails used no technique against the facility.
            used = spec.techniques if spec.occurs_as == "campaign" else ()
            return [PathStep(kind="outage", hour=0.0, techniques=used)]
        reach, end = replays.reach_h[index], float(replays.end_h[index])
        start = float(reach[entry])
        held = [int(z) for z in np.argsort(reach, kind="stable") if reach[z] <= end]
        steps = [self._enter(int(replays.vector[index]), entry)]
        steps += [self._move(int(replays.via_edge[index, z]), z, float(reach[z]) - start) for z in held if z != entry]
        if replays.detected_h[index] <= end:
            steps.append(PathStep(kind="seen", hour=float(replays.detected_h[index]) - start))
        steps.sort(key=lambda step: step.hour)
        if replays.stolen[index]:
            steps.append(PathStep(kind="theft", hour=end - start, techniques=self._pick(held, _THEFT)))
        hit = [int(z) for z in np.flatnonzero(replays.hosts[index] > 0.0)]
        if hit:
            steps.append(PathStep(kind="damage", hour=end - start, techniques=self._pick(hit, _HARM)))
        else:
            kind: StepKind = "contained" if replays.contained_h[index] <= end else "left"
            steps.append(PathStep(kind=kind, hour=end - start))
        return steps

    def _enter(self, vector: int, zone: int) -> PathStep:
        if vector < 0:
            name, used = "", self.specs.classes[self.threat_class].techniques
        else:
            name, used = self.specs.vectors[vector].id, self.specs.vectors[vector].techniques
        return PathStep(kind="entry", hour=0.0, zone=zone, crossing=name, techniques=_once(used, self._inside(zone)))

    def _move(self, edge: int, zone: int, hour: float) -> PathStep:
        kind = self.specs.crossings[int(self.model.arrays["edge_type"][edge])]
        return PathStep(
            kind="move",
            hour=hour,
            zone=zone,
            source=self._edge_source[edge],
            crossing=kind.id,
            techniques=_once(kind.techniques, self._inside(zone)),
        )

    def _inside(self, zone: int) -> tuple[str, ...]:
        """Return what is done in a zone on the way: neither ways in, nor what belongs to theft or to harm."""
        return tuple(
            name
            for name in self.graph.zones[zone].techniques
            if not (tactics := self._tactics(name)) & _HARM and not (tactics and tactics <= _THEFT | _ENTRY)
        )

    def _pick(self, zones: Iterable[int], tactics: frozenset[str]) -> tuple[str, ...]:
        return _once(*(tuple(t for t in self.graph.zones[z].techniques if self._tactics(t) & tactics) for z in zones))

    def _tactics(self, technique: str) -> frozenset[str]:
        found = self.words.get(technique)
        return frozenset() if found is None else found.tactics


def _once(*lists: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(name for names in lists for name in names))


def count_techniques(reader: PathReader, replays: EventsReplay) -> dict[str, float]:
    """Return the share of replayed events that use each technique, the most used first."""
    total = replays.rows.size
    counts: Counter[str] = Counter()
    for index in range(total):
        counts.update({name for step in reader.read(replays, index) for name in step.techniques})
    return {name: count / total for name, count in sorted(counts.items(), key=lambda item: (-item[1], item[0]))}
