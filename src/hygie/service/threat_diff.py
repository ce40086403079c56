"""Why frequencies and loss of a facility differ between two dates or two states of knowledge, cause by cause."""

from __future__ import annotations

import shlex
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

import hygie
from hygie.core.errors import UsageError
from hygie.core.shapley import split_change
from hygie.core.waists import SimulationPlan
from hygie.knowledge.packs import load_catalogue
from hygie.service.requests import ThreatDiffRequest
from hygie.service.threat_pieces import rank_pieces
from hygie.service.threat_words import (
    cause_label,
    list_effects,
    list_facility_changes,
    name_actor,
    name_piece,
    say_frequency,
    write_cause,
)
from hygie.service.threat_world import (
    World,
    calibrate_world,
    compile_world,
    list_causes,
    load_world,
    measure_frequencies,
    mix_worlds,
    rate_world,
)
from hygie.simulation.runners import simulate
from hygie.threat.actors import UNATTRIBUTED, UNATTRIBUTED_SKILLED
from hygie.threat.known import NEWS, Kind, Omission, index_entries, know, leave_out
from hygie.threat.summaries import FittedClass
from hygie.views.landscape_words import day_label, join_words
from hygie.views.messages import translator
from hygie.views.numbers import format_count, format_euros
from hygie.views.threat import CauseView, DiffView, FigureChangeView

__all__ = ["diff_threat"]

FloatArray = NDArray[np.float64]
Progress = Callable[[str, int, int], None]

_LOSS = "aal"
_TOTAL = ""
_NAMED = 5
_CALIBRATED = frozenset({"time", "incidents", "actors", "model"})
_FITTED = frozenset({"time", "counts", "states", "model"})


def diff_threat(request: ThreatDiffRequest, *, threads: int = 2, progress: Progress | None = None) -> DiffView:
    """Split the change of frequencies and of loss by cause; causes sum to the change.

    Time is taken first, since no news can be learnt before its day; what is left is split by Shapley values. Each set
    of causes is a world of its own: rates are derived anew, and the loss is simulated anew with the same random
    numbers.

    Raises
    ------
    HygieError
        Dates in the wrong order, a ref that leads nowhere, or input that is wrong.
    """
    if request.from_ > request.to:
        raise UsageError(
            "the first date comes after the second",
            field="--from",
            value=request.from_.isoformat(),
            allowed=f"{request.to} or before",
            repair="exchange the two dates: changes are told forwards",
        )
    packs = [Path(pack) for pack in request.packs]
    before = load_world(Path(request.before or request.facility), as_of=request.from_, packs=packs)
    after, omission = _load_after(request, packs)
    causes = list_causes(before, after)
    plan = SimulationPlan(years=request.years, draws=request.draws, seed=request.seed) if request.loss else None
    game = _Game(before=before, after=after, request=request, plan=plan, threads=threads)
    rest = [cause for cause in causes if cause != "time"]
    first = frozenset({"time"}) & frozenset(causes)
    total = 2 ** len(rest) + len(first)
    start = game.value(frozenset())
    parts: dict[str, FloatArray] = {}
    if first:
        parts["time"] = game.value(first) - start

    def value(come: frozenset[str]) -> FloatArray:
        if progress is not None:
            progress("compare", len(game.values), total)
        return game.value(come | first)

    parts |= split_change(value, rest)
    return _View(request, game, omission).build({cause: parts[cause] for cause in causes})


def _load_after(request: ThreatDiffRequest, packs: list[Path]) -> tuple[World, Omission]:
    extra = [*packs, *(Path(pack) for pack in request.add)]
    world = load_world(Path(request.facility), as_of=request.to, packs=extra)
    if not request.without:
        return world, Omission((), ())
    catalogue, omission = leave_out(load_catalogue(as_of=request.to, extra_paths=extra), request.without)
    return replace(world, catalogue=know(catalogue, as_of=request.to)), omission


@dataclass(slots=True)
class _Game:
    """Figures of each set of causes: mean frequencies [1/y], average annual loss [EUR_2024/y], shares of actors."""

    before: World
    after: World
    request: ThreatDiffRequest
    plan: SimulationPlan | None
    threads: int
    classes: list[str] = field(default_factory=list)
    actors: list[str] = field(default_factory=list)
    values: dict[frozenset[str], FloatArray] = field(default_factory=dict)
    annual: dict[str, FloatArray] = field(default_factory=dict)
    digests: dict[frozenset[str], str] = field(default_factory=dict)
    calibrations: dict[frozenset[str], FloatArray] = field(default_factory=dict)
    fits: dict[frozenset[str], Mapping[str, FittedClass]] = field(default_factory=dict)

    def value(self, come: frozenset[str]) -> FloatArray:
        if come not in self.values:
            self.values[come] = self._compute(come)
        return self.values[come]

    def _compute(self, come: frozenset[str]) -> FloatArray:
        world = mix_worlds(self.before, self.after, come)
        # Levels are fitted once for all worlds that agree on what they are fitted to.
        key = come & _FITTED
        rates, sample = rate_world(world, seed=self.request.seed, draws=self.request.draws, fitted=self.fits.get(key))
        self.fits[key] = rates.sector.fitted
        found = {name: float(values.mean()) for name, values in measure_frequencies(world, rates, sample).items()}
        shares = dict(zip(rates.actors.actors, rates.actors.shares.mean(axis=0).tolist(), strict=True))
        if not self.actors:
            self.classes = list(found)
            both = [*_list_attackers(self.before), *_list_attackers(self.after)]
            self.actors = [*dict.fromkeys(both), UNATTRIBUTED, UNATTRIBUTED_SKILLED]
        figures = [found.get(name, 0.0) for name in self.classes]
        acting = [shares.get(name, 0.0) for name in self.actors]
        if self.plan is None:
            return np.array([*figures, *acting])
        # How attempts end in the population depends on who attacks and on the model, not on how often they come.
        key = come & _CALIBRATED
        if key not in self.calibrations:
            self.calibrations[key] = calibrate_world(
                world, seed=self.plan.seed, draws=self.plan.draws, threads=self.threads
            ).susceptibility
        model = compile_world(world, rates, sample, susceptibility=self.calibrations[key])
        self.digests[come] = model.digest
        # Sets of causes that compile to the same arrays have the same loss: simulated once.
        if model.digest not in self.annual:
            table = simulate(model, self.plan, threads=self.threads)
            sums = np.bincount(
                np.asarray(table.columns["year"], dtype=np.int64),
                weights=np.asarray(table.columns["loss_eur"], dtype=np.float64),
                minlength=self.plan.years,
            )
            self.annual[model.digest] = np.asarray(sums, dtype=np.float64)
        return np.array([*figures, float(self.annual[model.digest].mean()), *acting])

    def years_of(self, come: frozenset[str]) -> FloatArray:
        """Return the loss of each simulated year [years] [EUR_2024]."""
        self.value(come)
        return self.annual[self.digests[come]]

    def noise(self, causes: Sequence[str]) -> dict[str, float]:
        """Return standard errors of the loss that each cause contributes; years are paired, for they share their luck.

        Contributions are linear in the worlds, so that they can be worked out year by year.
        """
        first = frozenset({"time"}) & frozenset(causes)
        yearly = split_change(
            lambda come: self.years_of(come | first), [cause for cause in causes if cause not in first]
        )
        yearly |= {cause: self.years_of(first) - self.years_of(frozenset()) for cause in first}
        yearly[_TOTAL] = self.years_of(frozenset(causes)) - self.years_of(frozenset())
        return {name: float(change.std(ddof=1) / np.sqrt(change.size)) for name, change in yearly.items()}


def _list_attackers(world: World) -> list[str]:
    return sorted(ref for ref, actor in world.catalogue.actors.items() if actor.mode != "ddos" and actor.threat_classes)


class _View:
    """The page of a comparison."""

    def __init__(self, request: ThreatDiffRequest, game: _Game, omission: Omission) -> None:
        self.request, self.game, self.omission = request, game, omission
        self.language = request.language
        self._ = translator(request.language)
        self.noise: dict[str, float] = {}

    def build(self, parts: Mapping[str, FloatArray]) -> DiffView:
        game, request = self.game, self.request
        start, end = game.value(frozenset()), game.value(frozenset(parts))
        self.noise = game.noise(list(parts)) if request.loss else {}
        figures = self.figures(start, end)
        residue = end - start - sum(parts.values(), start=np.zeros_like(start))
        return DiffView(
            language=self.language,
            facility=game.after.facility.id,
            name=game.after.facility.name,
            from_=request.from_.isoformat(),
            to=request.to.isoformat(),
            seed=request.seed,
            draws=request.draws,
            years=request.years if request.loss else None,
            headline=self.headline(figures),
            figures=figures,
            causes=[self.cause(name, part, figures) for name, part in parts.items()],
            unexplained={row.id: float(value) for row, value in zip(figures, residue, strict=True)},
            notes=self.notes(frozenset(parts)),
            reproduce=self.reproduce(),
        )

    def figures(self, start: FloatArray, end: FloatArray) -> list[FigureChangeView]:
        _ = self._
        specs = {spec.id: spec.name.local().in_language(self.language) for spec in self.game.after.specs.classes}
        rows = [(name, specs.get(name, name), "1/y") for name in self.game.classes]
        rows += [(_LOSS, _("Average annual loss"), "EUR_2024/y")] if self.request.loss else []
        rows += [
            (f"share.{ref}", name_actor(ref, self.game.after.catalogue, self.language), "share")
            for ref in self.game.actors
        ]
        return [
            FigureChangeView(
                id=name, label=label, unit=unit, before=float(old), after=float(new), change=float(new - old)
            )
            for (name, label, unit), old, new in zip(rows, start, end, strict=True)
        ]

    def headline(self, figures: list[FigureChangeView]) -> list[str]:
        _, language = self._, self.language
        lines = []
        for row in figures:
            if row.unit == "share":
                continue
            moved = abs(row.change) > 1e-3 * max(row.before, row.after)
            said = [
                format_euros(x, language) if row.id == _LOSS else say_frequency(x, language)
                for x in (row.before, row.after)
            ]
            if moved and said[0] == said[1]:
                lines.append(_("{label}: {after}, hardly changed.", label=row.label, after=said[1]))
            elif moved:
                lines.append(_("{label}: from {before} to {after}.", label=row.label, before=said[0], after=said[1]))
        return lines or [_("None of these figures changes.")]

    def cause(self, name: str, part: FloatArray, figures: list[FigureChangeView]) -> CauseView:
        changes = {row.id: float(value) for row, value in zip(figures, part, strict=True)}
        effects = list_effects(changes, figures, noise=self.noise.get(name, 0.0), language=self.language)
        label = cause_label(name, self.language)
        pieces, moved, more = self.pieces(name)
        return CauseView(
            id=name,
            label=label,
            changes=changes,
            loss_noise=self.noise.get(name),
            pieces=pieces,
            piece_effects=moved,
            more=more,
            sentence=write_cause(label, effects, pieces, more=more, language=self.language),
        )

    def pieces(self, cause: str) -> tuple[list[str], list[float], int]:
        _, game, language = self._, self.game, self.language
        before, after = game.before, game.after
        if cause == "time":
            days = [day_label(day, language) for day in (before.as_of, after.as_of)]
            return [_("the clock goes from {start} to {end}, nothing new is learnt", start=days[0], end=days[1])], [], 0
        if cause in ("exposure", "controls"):
            changes = list_facility_changes(before.facility, after.facility, cause, after, language)
            return changes[:_NAMED], [], max(len(changes) - _NAMED, 0)
        kinds: tuple[Kind, ...] = (*NEWS, "model")
        kind = next(kind for kind in kinds if kind == cause)
        groups = rank_pieces(before, after, kind, seed=self.request.seed, draws=self.request.draws)
        # What moves nothing is named only where nothing moves.
        named = [group for group in groups if group.moved > 0.0][:_NAMED] or groups[:_NAMED]
        return (
            [name_piece(group, before, after, language) for group in named],
            [group.effect if group.effect is not None else 0.0 for group in named],
            sum(len(group.pieces) for group in groups[len(named) :]),
        )

    def notes(self, last: frozenset[str]) -> list[str]:
        _, language = self._, self.language
        notes = [
            _(
                "Frequencies are those of the facility with the average defences of the sector; what comes through "
                "neighbours is in the loss only."
            )
        ]
        if "time" in last and len(last) > 1:
            notes.append(
                _("Time comes first, for no news can be learnt before its day; the other causes by Shapley values.")
            )
        elif len(last) > 1:
            notes.append(_("Causes by Shapley values: what each changes, averaged over all orders of coming."))
        if self.request.loss:
            notes.append(
                _(
                    "Loss by {n} simulations of {years} years with the same random numbers; noise of its change: ± "
                    "{noise}.",
                    n=format_count(len(self.game.annual), language),
                    years=format_count(self.request.years, language),
                    noise=format_euros(self.noise[_TOTAL], language),
                )
            )
        if self.omission.kept:
            notes.append(
                _(
                    "Parameters that cite what was left out keep their value: {names}.",
                    names=join_words(list(self.omission.kept), language),
                )
            )
        idle = [piece.ref for piece in self.omission.removed if self.is_idle(piece.kind, piece.ref)]
        if idle:
            notes.append(_("Left out, but not known on the date anyway: {names}.", names=join_words(idle, language)))
        notes.append(
            _(
                "Both sides are computed by hygie {version}: a change of the code shows in neither.",
                version=hygie.__version__,
            )
        )
        return notes

    def is_idle(self, kind: Kind, ref: str) -> bool:
        """Return whether something that was left out was not known of on the date."""
        everything = load_catalogue(as_of=self.request.to, extra_paths=[Path(pack) for pack in self.request.packs])
        return ref not in index_entries(know(everything, as_of=self.request.to), kind)

    def reproduce(self) -> str:
        request = self.request
        words = ["hygie", "threat", "diff", request.facility]
        words += ["--before", request.before] if request.before else []
        words += ["--from", request.from_.isoformat(), "--to", request.to.isoformat()]
        for option, values in (("--pack", request.packs), ("--add", request.add), ("--without", request.without)):
            words += [word for value in values for word in (option, value)]
        words += ["--years", str(request.years)] if request.loss else ["--no-loss"]
        words += ["--draws", str(request.draws), "--seed", str(request.seed), "--lang", request.language]
        return shlex.join(words)
