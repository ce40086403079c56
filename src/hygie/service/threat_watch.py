"""What moved the risk of a facility since a date: actors in euros, techniques by association, a reading list."""

from __future__ import annotations

import shlex
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from hygie.core.errors import UsageError
from hygie.core.waists import SimulationPlan, YearEventLossTable
from hygie.facility.facility_graphs import build_graph
from hygie.knowledge.actor_techniques import list_actor_techniques, name_techniques
from hygie.service.requests import ThreatWatchRequest
from hygie.service.threat_words import name_actor, say_loss_change
from hygie.service.threat_world import World, load_world, rate_world, simulate_world
from hygie.service.workspace import Base
from hygie.threat.actors import activity_state
from hygie.views.messages import translator
from hygie.views.numbers import format_count, format_euros
from hygie.views.threat import VulnerabilityView, WatchActorView, WatchTechniqueView, WatchView

__all__ = ["watch_threat"]

FloatArray = NDArray[np.float64]
Progress = Callable[[str, int, int], None]

# Who leads campaigns and provider outages in the loss table.
_NOBODY = ""


@dataclass(frozen=True, slots=True)
class _Side:
    """One date: loss of each simulated year [EUR_2024], yearly events and share of attempts, by actor."""

    world: World
    annual: Mapping[str, FloatArray]
    events: Mapping[str, float]
    shares: Mapping[str, float]

    def years(self, actor: str) -> FloatArray:
        return self.annual[actor] if actor in self.annual else np.zeros_like(self.annual[_NOBODY])

    def loss(self, actor: str) -> float:
        return float(self.years(actor).mean())

    @property
    def total(self) -> float:
        return sum(self.loss(actor) for actor in self.annual)


def watch_threat(
    request: ThreatWatchRequest, *, base: Base | None = None, threads: int = 2, progress: Progress | None = None
) -> WatchView:
    """Rank actors, techniques and vulnerabilities by what they did to a facility's risk since a date.

    Parameters
    ----------
    base
        Where exploited vulnerabilities are looked up; none are listed without one.

    Raises
    ------
    HygieError
        Dates in the wrong order, or input that is wrong.
    """
    if request.since >= request.to:
        raise UsageError(
            "there is nothing between these dates",
            field="--since",
            value=request.since.isoformat(),
            allowed=f"before {request.to}",
            repair="give an earlier day",
        )
    sides = []
    for position, day in enumerate((request.since, request.to)):
        if progress is not None:
            progress("compare", position, 2)
        sides.append(
            _simulate_side(
                request,
                load_world(Path(request.facility), as_of=day, packs=[Path(pack) for pack in request.packs]),
                threads=threads,
            )
        )
    before, after = sides
    actors = _list_actors(before, after, request.language)
    vulnerabilities, known = ([], 0) if base is None else _list_vulnerabilities(base, after.world, request)
    elsewhere = after.loss(_NOBODY) - before.loss(_NOBODY)
    change = sum(after.annual.values()) - sum(before.annual.values())
    return WatchView(
        language=request.language,
        facility=after.world.facility.id,
        name=after.world.facility.name,
        since=request.since.isoformat(),
        to=request.to.isoformat(),
        seed=request.seed,
        draws=request.draws,
        years=request.years,
        headline=_write_headline(before, after, actors, elsewhere, request.language),
        loss_before=before.total,
        loss_after=after.total,
        elsewhere=elsewhere,
        actors=actors,
        techniques=_list_techniques(after.world, actors, request.language),
        vulnerabilities=vulnerabilities,
        in_base=known,
        notes=_write_notes(request, noise=_error_of(np.asarray(change)), known=known, has_base=base is not None),
        reproduce=_reproduce(request),
    )


def _simulate_side(request: ThreatWatchRequest, world: World, *, threads: int) -> _Side:
    plan = SimulationPlan(years=request.years, draws=request.draws, seed=request.seed)
    rates, _sample = rate_world(world, seed=plan.seed, draws=plan.draws)
    annual, events = _split_by_actor(simulate_world(world, plan, threads=threads))
    return _Side(
        world=world,
        annual=annual,
        events=events,
        shares=dict(zip(rates.actors.actors, rates.actors.shares.mean(axis=0).tolist(), strict=True)),
    )


def _split_by_actor(table: YearEventLossTable) -> tuple[dict[str, FloatArray], dict[str, float]]:
    """Return the loss of each year and the yearly number of events by actor; what has none goes under `_NOBODY`."""
    position = np.asarray(table.columns["actor"], dtype=np.int64) + 1
    year = np.asarray(table.columns["year"], dtype=np.int64)
    amounts = np.asarray(table.columns["loss_eur"], dtype=np.float64)
    annual, events = {}, {}
    for index, name in enumerate((_NOBODY, *table.labels.actors)):
        chosen = position == index
        sums = np.bincount(year[chosen], weights=amounts[chosen], minlength=table.plan.years)
        annual[name] = np.asarray(sums, dtype=np.float64)
        events[name] = float(chosen.sum()) / table.plan.years
    return annual, events


def _error_of(years: FloatArray) -> float:
    """Return the standard error of the mean over simulated years."""
    return float(years.std(ddof=1) / np.sqrt(years.size))


def _list_actors(before: _Side, after: _Side, language: str) -> list[WatchActorView]:
    rows = []
    for ref in dict.fromkeys([*before.shares, *after.shares]):
        then, now = before.loss(ref), after.loss(ref)
        events = after.events.get(ref, 0.0)
        states = [
            activity_state(actor, side.world.as_of) if (actor := side.world.catalogue.actors.get(ref)) else None
            for side in (before, after)
        ]
        rows.append(
            WatchActorView(
                ref=ref,
                name=name_actor(ref, after.world.catalogue, language),
                state_before=states[0],
                state_after=states[1],
                share_before=before.shares.get(ref, 0.0),
                share_after=after.shares.get(ref, 0.0),
                loss_before=then,
                loss_after=now,
                change=now - then,
                noise=_error_of(after.years(ref) - before.years(ref)),
                loss_per_event=now / events if events else None,
            )
        )
    return sorted(rows, key=lambda row: -abs(row.change))


def _list_techniques(world: World, actors: Sequence[WatchActorView], language: str) -> list[WatchTechniqueView]:
    """Return the techniques on the ways into and through this facility, with the actors known to use them."""
    where = _locate_techniques(world, language)
    known = list_actor_techniques({row.ref: world.catalogue.actors[row.ref] for row in actors if _is_named(row, world)})
    names = name_techniques()
    rows = []
    for technique, places in where.items():
        users = [row for row in actors if _uses(technique, known.get(row.ref, frozenset()))]
        if not users:
            continue
        facts = world.catalogue.techniques.get(technique)
        name = names.get(technique) or (facts.name if facts is not None else None)
        rows.append(
            WatchTechniqueView(
                id=technique,
                name=name or "",
                where=places,
                actors=[row.name for row in users],
                change=sum(row.change for row in users),
            )
        )
    return sorted(rows, key=lambda row: (-abs(row.change), row.id))


def _is_named(row: WatchActorView, world: World) -> bool:
    return row.ref in world.catalogue.actors


def _uses(technique: str, known: frozenset[str]) -> bool:
    return any(name == technique or name.startswith(technique + ".") for name in known)


def _locate_techniques(world: World, language: str) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    crossings = {spec.id: spec for spec in world.specs.crossings}
    for vector in world.specs.vectors:
        for technique in (*vector.techniques, *crossings[vector.crossing].techniques):
            found.setdefault(technique, []).append(vector.name.local().in_language(language))
    entered = {vector.crossing for vector in world.specs.vectors}
    for spec in world.specs.crossings:
        for technique in spec.techniques if spec.id not in entered else ():
            found.setdefault(technique, []).append(spec.name.local().in_language(language))
    for zone in build_graph(world.facility, world.blueprints).zones:
        for technique in zone.techniques:
            found.setdefault(technique, []).append(zone.name.local().in_language(language))
    return {technique: list(dict.fromkeys(places)) for technique, places in found.items()}


def _list_vulnerabilities(base: Base, world: World, request: ThreatWatchRequest) -> tuple[list[VulnerabilityView], int]:
    """Return the vulnerabilities of the base exploited since the date; those that touch the facility come first."""
    providers = [use.name for use in world.facility.providers]
    states = [
        (str(row["name"][request.language]), str(row))
        for document in world.catalogue.sections.get("states", ())
        for row in document.data["states"]
    ]
    rows, known = [], 0
    for stored in base.store.find("vulnerability"):
        data = stored.data
        since = data.get("exploited_since")
        known += since is not None
        if since is None or not request.since.isoformat() <= str(since) <= request.to.isoformat():
            continue
        vendor = str(data.get("vendor") or "")
        touches = [name for name in providers if vendor and vendor.lower() in name.lower()]
        touches += [name for name, text in states if stored.ref in text]
        rows.append(
            VulnerabilityView(
                ref=stored.ref,
                name=str(data.get("name") or f"{vendor} {data.get('product') or ''}".strip() or stored.ref),
                vendor=data.get("vendor"),
                product=data.get("product"),
                exploited_since=str(since),
                ransomware_use=data.get("ransomware_use"),
                touches=touches,
            )
        )
    rows.sort(key=lambda row: row.exploited_since, reverse=True)
    return sorted(rows, key=lambda row: (not row.touches, row.ransomware_use != "known")), known


def _write_headline(
    before: _Side, after: _Side, actors: Sequence[WatchActorView], elsewhere: float, language: str
) -> list[str]:
    _ = translator(language)
    lines = [
        _(
            "Average annual loss: from {before} to {after}.",
            before=format_euros(before.total, language),
            after=format_euros(after.total, language),
        )
    ]
    named = [row for row in actors if row.ref in after.world.catalogue.actors and row.change]
    if named:
        most = named[0]
        lines.append(
            _(
                "Actor that moved it most: {actor}, {change} a year.",
                actor=most.name,
                change=say_loss_change(most.change, language),
            )
        )
    if elsewhere:
        lines.append(
            _("Through no actor (campaigns, providers): {change} a year.", change=say_loss_change(elsewhere, language))
        )
    return lines


def _write_notes(request: ThreatWatchRequest, *, noise: float, known: int, has_base: bool) -> list[str]:
    _, language = translator(request.language), request.language
    notes = [
        _(
            "Actors are figures: the loss through each in {years} simulated years on either date, with the same random "
            "numbers; they and the rest sum to the change, whose noise is ± {noise}.",
            years=format_count(request.years, language),
            noise=format_euros(noise, language),
        ),
        _(
            "Techniques are no figures of their own: the change of loss through the actors known to use each (ATT&CK), "
            "on this facility’s ways in and steps; one actor counts under several."
        ),
    ]
    if not has_base or not known:
        notes.append(
            _("The base holds no exploited vulnerability yet: `hygie intel pull` or `hygie intel import` brings them.")
        )
    else:
        notes.append(
            _(
                "Vulnerabilities are a reading list from {n} exploited ones in the base: none enters the rates, unless "
                "a state of the sector names it.",
                n=format_count(known, language),
            )
        )
    return notes


def _reproduce(request: ThreatWatchRequest) -> str:
    words = ["hygie", "threat", "watch", request.facility, "--since", request.since.isoformat()]
    words += ["--to", request.to.isoformat()]
    words += [word for pack in request.packs for word in ("--pack", pack)]
    words += ["--years", str(request.years), "--draws", str(request.draws), "--seed", str(request.seed)]
    return shlex.join([*words, "--lang", request.language])
