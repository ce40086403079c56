"""The yearly frequencies of one facility on a date, with all that they rest on."""

from __future__ import annotations

import shlex
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from hygie.core.sampling import EpistemicSample
from hygie.core.tables import OUTCOMES
from hygie.core.waists import CompiledModel
from hygie.knowledge.records import CountObservation, expand_date
from hygie.service.calibrate import ATTEMPTS, Calibration
from hygie.service.evidence import show_evidence
from hygie.service.requests import RatesRequest
from hygie.service.threat_context import band_of, show_context
from hygie.service.threat_words import class_label, name_actor, say_frequency
from hygie.service.threat_world import (
    World,
    calibrate_world,
    chance_of_hit,
    compile_world,
    load_world,
    measure_frequencies,
    rate_world,
)
from hygie.simulation.runners import count_population_outcomes
from hygie.threat.actors import activity_state, start_of
from hygie.threat.rates import ThreatRates, change_rates
from hygie.views.landscape_words import window_label
from hygie.views.messages import Translate, translator
from hygie.views.numbers import format_number
from hygie.views.threat import (
    ActorShareView,
    CampaignsView,
    ClassRateView,
    CountView,
    LevelFitView,
    ProviderRateView,
    RatesView,
    ShareView,
    TieView,
)

__all__ = ["show_rates"]

FloatArray = NDArray[np.float64]

_BLOCKED = OUTCOMES.index("blocked")
_FIRST_ENCRYPTION = OUTCOMES.index("workstation")
_SYMBOLS = {"coverage": "κ", "definition": "q", "out_of_scope": "o", "discount": "δ"}


def show_rates(request: RatesRequest, *, threads: int = 2) -> RatesView:
    """Return the frequencies of a facility: after its own defences, before them, and in the sector.

    Raises
    ------
    HygieError
        A pack or the facility file is wrong, with file, line and repair.
    """
    world = load_world(Path(request.facility), as_of=request.as_of, packs=[Path(pack) for pack in request.packs])
    usual, sample = rate_world(world, seed=request.seed, draws=request.draws)
    rates = usual
    for wanted in request.changes:
        rates = change_rates(rates, wanted.actor, change=wanted.change)
    calibration = calibrate_world(
        world, seed=request.seed, draws=request.draws, threads=threads, fitted=rates.sector.fitted, as_read=True
    )
    model = compile_world(world, rates, sample, susceptibility=calibration.susceptibility)
    only = np.zeros((request.draws, len(model.labels.nodes)))
    only[:, 0] = 1.0
    outcomes = count_population_outcomes(model, only, seed=request.seed, attempts=ATTEMPTS, threads=threads)
    return _Page(request, world, rates, sample, calibration, model, outcomes, usual).build()


@dataclass(frozen=True, slots=True)
class _Page:
    request: RatesRequest
    world: World
    rates: ThreatRates
    sample: EpistemicSample
    calibration: Calibration
    model: CompiledModel
    outcomes: NDArray[np.int64]
    usual: ThreatRates

    @property
    def language(self) -> Literal["fr", "en"]:
        return self.request.language

    @property
    def _(self) -> Translate:
        return translator(self.request.language)

    @property
    def attempts(self) -> FloatArray:
        """Attempts against the facility [K, processes] [1/y]."""
        return np.asarray(self.model.arrays["node_rate_per_y"], dtype=np.float64)[:, 0, :]

    def build(self) -> RatesView:
        request, world = self.request, self.world
        classes = self.classes()
        first = [row for row in classes if row.facility.mean > 0.0]
        packs = "".join(f" --pack {shlex.quote(pack)}" for pack in request.packs)
        changes = "".join(f" --actor {wanted.actor}={wanted.change}" for wanted in request.changes)
        return RatesView(
            language=self.language,
            facility=world.facility.id,
            name=world.facility.name,
            as_of=request.as_of.isoformat(),
            seed=request.seed,
            draws=request.draws,
            what_if=self.what_if(),
            headline=[row.sentence for row in sorted(first, key=lambda row: -row.facility.mean)],
            classes=classes,
            levels=[self.level(name) for name in self.rates.level],
            context=show_context(world, self.rates, self.sample, language=self.language),
            ties=self.ties(),
            calibration=self.describe_calibration(),
            actors=self.actors(),
            campaigns=[self.campaigns(kind) for kind in self.rates.campaign_rate],
            providers=self.providers(),
            evidence=[
                show_evidence(world.catalogue.evidence[ref], self.language) for ref in sorted(self.evidence_refs())
            ],
            reproduce=(
                f"hygie threat rates {shlex.quote(request.facility)}{packs}{changes} --as-of {request.as_of} "
                f"--draws {request.draws} --seed {request.seed} --lang {request.language}"
            ),
        )

    def what_if(self) -> list[str]:
        """Return what was asked of actors, and by how much the sector's frequencies move with it."""
        _ = self._
        said = []
        for wanted in self.request.changes:
            name = name_actor(wanted.actor, self.world.catalogue, self.language)
            if wanted.change == "gone":
                said.append(_("What if {actor} is gone?", actor=name))
            elif wanted.change == "returns":
                said.append(_("What if {actor} is as active as its incidents tell?", actor=name))
            else:
                factor = format_number(float(wanted.change), self.language)
                said.append(_("What if {actor} is {factor} times as active?", actor=name, factor=factor))
        pairs = [(name, values, self.rates.level[name]) for name, values in self.usual.level.items()]
        pairs += [(name, values, self.rates.campaign_rate[name]) for name, values in self.usual.campaign_rate.items()]
        for name, before, after in pairs if said else []:
            ratio = float(after.mean() / before.mean())
            if abs(ratio - 1.0) > 5e-4:
                label = class_label(name, self.world.catalogue, self.language)
                said.append(
                    _(
                        "{label}: × {ratio} in the sector.",
                        label=label,
                        ratio=format_number(ratio, self.language, digits=3),
                    )
                )
        return said

    def classes(self) -> list[ClassRateView]:
        """Return every class: attempts by their outcomes, campaigns, providers."""
        average = measure_frequencies(self.world, self.rates, self.sample)
        entities = float(sum(stratum.entities for stratum in self.world.blueprints.population.strata))
        here, there = self.split_outcomes(self.outcomes), self.split_outcomes(self.calibration.counts)
        resisted = np.asarray(self.model.arrays["node_resists_ddos"], dtype=np.float64)[:, 0]
        rows = []
        for spec in self.world.specs.classes:
            sector: FloatArray | None = None
            mean: FloatArray | None
            if spec.id in self.rates.campaign_rate:
                sector = self.rates.campaign_rate[spec.id] * self.mean_victims(spec.id) / entities
                facility, mean = average[spec.id] * (1.0 - resisted), None
            elif spec.id in here:
                facility = (self.attempts * here[spec.id]).sum(axis=1)
                mean = (self.attempts * there[spec.id]).sum(axis=1)
                sector = (self.attempts * there[spec.id] / self.rates.multiplier[:, :1]).sum(axis=1)
            elif spec.id in average:
                facility, mean = average[spec.id], None
            else:
                continue
            label = spec.name.local().in_language(self.language)
            band = band_of(facility)
            rows.append(
                ClassRateView(
                    id=spec.id,
                    label=label,
                    facility=band,
                    average_defences=None if mean is None else band_of(mean),
                    sector=None if sector is None else band_of(sector),
                    expected_in_sector=None if sector is None else band_of(sector * entities),
                    sentence=self._(
                        "{label}: {frequency}, likely between {low} and {high} per 1,000.",
                        label=label,
                        frequency=say_frequency(band.mean, self.language),
                        low=format_number(1_000 * band.low, self.language),
                        high=format_number(1_000 * band.high, self.language),
                    ),
                )
            )
        return rows

    def split_outcomes(self, counts: NDArray[np.int64]) -> Mapping[str, FloatArray]:
        """Return the share of attempts that end in each class [K, processes]; what is blocked ends in none."""
        owner = np.asarray(self.model.arrays["process_outcome_class"], dtype=np.int64)
        total = counts.sum(axis=2)
        found: dict[str, FloatArray] = {}
        for process in range(counts.shape[1]):
            for outcome in range(counts.shape[2]):
                seen = counts[:, process, outcome]
                if outcome == _BLOCKED or not seen.any():
                    continue
                name = self.model.labels.classes[int(owner[process, outcome])]
                share = found.setdefault(name, np.zeros(counts.shape[:2]))
                share[:, process] += seen / total[:, process]
        return found

    def level(self, name: str) -> LevelFitView:
        fitted = self.rates.sector.fitted[name]
        summary = fitted.summary
        known = {count.ref: count for count in self.world.catalogue.counts}
        return LevelFitView(
            threat_class=name,
            label=class_label(name, self.world.catalogue, self.language),
            prior=(summary.prior_low, summary.prior_median, summary.prior_high),
            posterior=(summary.low, summary.median, summary.high),
            entities=summary.entities,
            effective_size=summary.effective_size,
            ahead=band_of(self.rates.sector.ahead[name]),
            lost_activity=band_of(self.rates.actors.lost_activity),
            shares=[
                ShareView(
                    kind=share.kind,
                    label=self.share_label(share.kind),
                    symbol=_SYMBOLS[share.kind],
                    source=self.source_label(share.key),
                    prior=share.prior,
                    posterior=share.posterior,
                )
                for share in summary.nuisances
            ],
            counts=[
                self.count(known[row.ref]).model_copy(
                    update={"role": row.role, "low": row.low, "high": row.high, "inside": row.inside}
                )
                for row in summary.compared
            ],
        )

    def count(self, record: CountObservation) -> CountView:
        _, language = self._, self.language
        roles = {"level": _("sets the level"), "check": _("check"), "nested": _("part of another")}
        return CountView(
            ref=record.ref,
            label=class_label(record.threat_class, self.world.catalogue, language),
            window=window_label(expand_date(record.window_start)[0], expand_date(record.window_end)[1], language),
            count=record.count,
            at_least=record.at_least,
            role=record.role,
            role_label=roles[record.role],
            grades=[self.world.catalogue.evidence[ref].grade for ref in record.evidence],
        )

    def source_label(self, key: str) -> str:
        """Return the source of a key, with its step and that its counts are minima."""
        _ = self._
        parts = []
        for part in key.split(", "):
            step = part.removeprefix("from ")
            if part == "at least":
                parts.append(_("minima"))
            elif step != part:
                parts.append(_("since {day}", day=step))
            else:
                parts.append(part)
        return ", ".join(parts)

    def share_label(self, kind: str) -> str:
        _ = self._
        return {
            "coverage": _("coverage: share of events that the source sees"),
            "definition": _("definition: share of events that meet the source’s"),
            "out_of_scope": _("out of scope: share of the count outside the population"),
            "discount": _("memory: share of information kept per year"),
        }[kind]

    def ties(self) -> list[TieView]:
        ties = []
        for index, process in enumerate(self.world.specs.processes):
            counted = self.outcomes[:, index, _FIRST_ENCRYPTION:].sum(axis=1)
            here = counted / float(ATTEMPTS)
            sector = self.calibration.susceptibility[:, index]
            ties.append(
                TieView(
                    process=process.id,
                    label=process.name.local().in_language(self.language),
                    counted_class=class_label(process.counted_class, self.world.catalogue, self.language),
                    attempts=band_of(self.attempts[:, index]),
                    sector=band_of(sector),
                    facility=band_of(here),
                    ratio=band_of(here / sector),
                )
            )
        return ties

    def describe_calibration(self) -> str:
        _ = self._
        if self.calibration.cached:
            return _(
                "Calibration {digest}, kept from before: nothing that it rests on has changed.", digest=self.digest
            )
        reasons = {
            "kernel": _("the attack kernel has changed"),
            "population": _("the population or the attack model has changed"),
            "sample": _("seed, draws or attempts differ"),
        }
        why = ", ".join(reasons[part] for part in self.calibration.stale)
        if not why:
            return _("Calibration {digest}, made now.", digest=self.digest)
        return _("Calibration {digest}, made now, for the one before was stale: {why}.", digest=self.digest, why=why)

    @property
    def digest(self) -> str:
        return self.calibration.digest.removeprefix("sha256:")[:12]

    def actors(self) -> list[ActorShareView]:
        catalogue, shares = self.world.catalogue, self.rates.actors
        informed = {incident.ref: incident.actor.name for incident in catalogue.incidents}
        by_actor = [informed[ref] for ref in shares.incidents]
        rows = []
        for index, ref in enumerate(shares.actors):
            actor = catalogue.actors.get(ref)
            states = [] if actor is None else [x for x in actor.activity if start_of(x.from_) <= self.world.as_of]
            latest = max(states, key=lambda x: start_of(x.from_), default=None)
            rows.append(
                ActorShareView(
                    ref=ref,
                    name=name_actor(ref, catalogue, self.language),
                    share=band_of(shares.shares[:, index]),
                    state=None if actor is None else activity_state(actor, self.world.as_of),
                    state_since=None if latest is None else latest.from_,
                    state_evidence=[] if latest is None else list(latest.evidence),
                    incidents=by_actor.count(ref),
                )
            )
        return sorted(rows, key=lambda row: -row.share.mean)

    def mean_victims(self, kind: str) -> FloatArray:
        """Return the mean number of victims of a campaign [K]: a negative binomial law without its zero."""
        mean, shape = (self.sample.values(f"campaign.{kind}.{what}") for what in ("size_mean", "size_shape"))
        return np.asarray(mean / (1.0 - (shape / (shape + mean)) ** shape))

    def campaigns(self, kind: str) -> CampaignsView:
        names = {each.ref: each.name for each in self.world.catalogue.campaigns}
        seen = self.rates.sector.campaigns[kind].fitted.seen
        return CampaignsView(
            threat_class=kind,
            label=class_label(kind, self.world.catalogue, self.language),
            rate=band_of(self.rates.campaign_rate[kind]),
            victims=band_of(self.mean_victims(kind)),
            hit=band_of(chance_of_hit(kind, self.rates, self.sample)),
            seen=[name.in_language(self.language) if (name := names[ref]) else ref for ref in seen],
        )

    def providers(self) -> list[ProviderRateView]:
        kinds = self.world.blueprints.providers
        rows = []
        for use in self.world.facility.providers:
            rate, hit = (self.sample.values(f"provider.{use.kind}.{what}") for what in ("rate", "hit"))
            rows.append(
                ProviderRateView(
                    id=use.id,
                    name=use.name,
                    kind=kinds[use.kind].name.local().in_language(self.language),
                    rate=band_of(rate),
                    reaching=band_of(rate * hit),
                )
            )
        return rows

    def evidence_refs(self) -> set[str]:
        catalogue, states = self.world.catalogue, self.rates.sector.states
        refs = {ref for count in self.rates.counts for ref in count.evidence}
        refs |= {ref for row in self.actors() for ref in row.state_evidence}
        informing = set(self.rates.actors.incidents)
        refs |= {ref for each in catalogue.incidents if each.ref in informing for ref in each.evidence}
        seen = {ref for kind in self.rates.sector.campaigns.values() for ref in kind.fitted.seen}
        refs |= {ref for each in catalogue.campaigns if each.ref in seen for ref in each.evidence}
        refs |= {ref for state in states for ref in state.spec.evidence}
        return refs
