"""A simulated scenario made ready to be shown, in one language."""

from __future__ import annotations

import shlex
from collections.abc import Mapping

import numpy as np

import hygie
from hygie.core.tables import FORMS, OUTCOMES, YELT_COLUMNS
from hygie.knowledge.technique_words import TechniqueWords
from hygie.service.facility_view import describe_facility
from hygie.service.scenario_event import HALF_DOWN, tell_event
from hygie.service.scenario_figures import (
    Paired,
    Spread,
    band_of,
    care_columns,
    pair_events,
    share_with_error,
    spread_of,
    summarise_columns,
)
from hygie.service.scenario_path import PathReader, count_techniques
from hygie.service.scenario_runs import ScenarioRun
from hygie.service.scenario_words import label_quantity, say_frequency, say_paired, say_results, say_supposition
from hygie.service.words import OUTCOME_LABELS
from hygie.threat.actors import UNATTRIBUTED, UNATTRIBUTED_SKILLED
from hygie.views.messages import Language, Translate, translator
from hygie.views.numbers import format_count, format_percent
from hygie.views.scenario import (
    ChoiceView,
    EndView,
    PairedView,
    ScenarioPlanView,
    ScenarioQuestionView,
    ScenarioView,
    ServiceBandView,
    ShareView,
    SpreadView,
    TechniqueView,
    ZoneSpreadView,
)

__all__ = ["build_scenario_view", "name_actors"]

_HOURS_PER_DAY = 24.0


def name_actors(run: ScenarioRun, _: Translate) -> dict[str, str]:
    """Return the names of the actors of the model."""
    known = {ref: actor.name for ref, actor in run.catalogue.actors.items()}
    known |= {UNATTRIBUTED: _("Unattributed"), UNATTRIBUTED_SKILLED: _("Unattributed, skilled")}
    return {ref: known.get(ref, ref) for ref in run.shown.model.labels.actors}


def build_scenario_view(run: ScenarioRun, language: Language, *, words: Mapping[str, TechniqueWords]) -> ScenarioView:
    """Return everything that a scenario shows."""
    _ = translator(language)
    reader = PathReader.of(run, words)
    actors = name_actors(run, _)
    question = _show_question(run, actors, language, _)
    figures = _collect_figures(run)
    ends = _list_ends(run, _)
    paired = {} if run.as_described is None else pair_events(run.as_described, run.events)
    seen = _share_seen(run)
    event = tell_event(run, reader, actors=actors, language=language, _=_)
    shares = count_techniques(reader, run.replays)
    used = {name for step in event.steps for name in step.techniques}
    shares |= {name: 0.0 for name in used if name not in shares}
    return ScenarioView(
        language=language,
        title=f"{run.facility.name} · {question.threat_class.label}",
        question=question,
        plan=ScenarioPlanView(
            events=run.request.events,
            kept=int(run.events.rows.size),
            draws=run.request.draws,
            seed=run.request.seed,
            as_of=run.request.as_of.isoformat(),
            replays=int(run.replays.rows.size),
            choice=_(
                "{count} of {kept} events are replayed day by day, spread evenly over the ranks of loss.",
                count=format_count(run.replays.rows.size, language),
                kept=format_count(run.shown.rows.size, language),
            ),
        ),
        sentences=_write_sentences(run, question, figures, ends, paired, seen, language, _),
        frequency_per_y=None if run.choice.targets else run.shown.frequency_per_y,
        ends=ends,
        figures=_show_figures(figures, _),
        shares=_list_shares(run, seen, _),
        zones=_list_zones(run, language),
        day=list(range(1, run.days + 1)),
        services=_list_services(run, language),
        zones_down=_band_zones(run, _),
        event=event,
        paired=[
            PairedView(
                id=name,
                label=label_quantity(name, _),
                unit="share" if name == "kept" else YELT_COLUMNS[name].unit,
                without=pair.without,
                with_controls=pair.with_,
                difference=pair.difference,
                error=pair.error,
                unpaired_error=pair.unpaired_error,
            )
            for name, pair in paired.items()
        ],
        techniques=[
            TechniqueView(id=name, name=words[name].name if name in words else name, share=share, told=name in used)
            for name, share in shares.items()
        ],
        graph=describe_facility(
            run.facility, catalogue=run.catalogue, blueprints=run.blueprints, language=language
        ).graph,
        reproduce=_reproduce(run),
        digest=run.events.yelt.digest,
        model_digest=run.events.model.digest,
        packs={pack.name: f"{pack.version} {pack.digest}" for pack in run.catalogue.packs},
        version=hygie.__version__,
        tlp=f"TLP:{run.request.tlp.value.upper()}",
    )


def _show_question(
    run: ScenarioRun, actors: Mapping[str, str], language: Language, _: Translate
) -> ScenarioQuestionView:
    choice, labels = run.choice, run.events.model.labels
    spec = run.specs.classes[choice.threat_class]
    actor = None if choice.actor is None else labels.actors[choice.actor]
    vector = None if choice.vector is None else run.specs.vectors[choice.vector]
    provider = None
    if choice.kind == "provider":
        ref = labels.providers[choice.index]
        provider = ChoiceView(id=ref, label={use.id: use.name for use in run.facility.providers}[ref])
    return ScenarioQuestionView(
        threat_class=ChoiceView(id=spec.id, label=spec.name.local().in_language(language)),
        facility=ChoiceView(id=run.facility.id, label=run.facility.name),
        actor=None if actor is None else ChoiceView(id=actor, label=actors[actor]),
        entry=None if vector is None else ChoiceView(id=vector.id, label=vector.name.local().in_language(language)),
        provider=provider,
        outcomes=[
            ChoiceView(id=OUTCOMES[o], label=_(OUTCOME_LABELS[OUTCOMES[o]]))
            for o in choice.outcomes
            if run.request.outcome
        ],
        targets=[
            ChoiceView(id=run.graph.zones[z].id, label=run.graph.zones[z].name.local().in_language(language))
            for z in choice.targets
        ],
        controls=dict(run.request.control),
    )


def _write_sentences(
    run: ScenarioRun,
    question: ScenarioQuestionView,
    figures: Mapping[str, Spread],
    ends: list[EndView],
    paired: Mapping[str, Paired],
    seen: tuple[float, float] | None,
    language: Language,
    _: Translate,
) -> list[str]:
    names = {
        name: choice.label for name in ("actor", "entry", "provider") if (choice := getattr(question, name)) is not None
    }
    for name, choices in (("targets", question.targets), ("outcomes", question.outcomes)):
        if choices:
            names[name] = ", ".join(choice.label for choice in choices)
    lines = say_supposition(
        kind=run.choice.kind,
        facility=question.facility.label,
        threat_class=question.threat_class.label,
        names=names,
        per_100=sum(end.per_100 for end in ends if end.kept),
        language=language,
        _=_,
    )
    if run.choice.targets:
        # How many of those who come are after just this is not known.
        lines.append(_("How often someone is after just this is not known."))
    elif run.shown is run.events:
        lines.append(say_frequency(run.events.frequency_per_y, language, _))
    else:
        lines.append(_("The supposed controls leave none of them: what is shown is what happens without."))
    lines += say_results(figures, seen=None if seen is None else seen[0], language=language, _=_)
    if paired:
        controls = {control.id: control.name.local().in_language(language) for control in run.blueprints.controls}
        listed = ", ".join(
            _("“{control}” at {share}", control=controls[name], share=format_percent(share, language))
            for name, share in run.request.control.items()
        )
        lines.append(say_paired(paired, controls=listed, language=language, _=_))
    return lines


def _collect_figures(run: ScenarioRun) -> dict[str, Spread]:
    found = summarise_columns(run.shown)
    outage = found.pop("outage_h")
    found["outage_days"] = Spread(
        *(getattr(outage, name) / _HOURS_PER_DAY for name in ("mean", "error", "low", "median", "high"))
    )
    entered = run.replays.entry_zone >= 0
    if entered.any():
        rows = np.flatnonzero(entered)
        start = run.replays.reach_h[rows, run.replays.entry_zone[rows]]
        inside = np.maximum(run.replays.end_h[rows] - start, 0.0) / _HOURS_PER_DAY
        found["inside_days"] = spread_of(inside, _replay_draws(run)[rows], draws=run.request.draws)
    return found


def _replay_draws(run: ScenarioRun) -> np.ndarray[tuple[int], np.dtype[np.int64]]:
    return np.asarray(run.shown.yelt.columns["draw"], dtype=np.int64)[run.replays.rows]


def _show_figures(figures: Mapping[str, Spread], _: Translate) -> list[SpreadView]:
    groups = {
        "spread": ["zones_hit", "hosts_hit"],
        "race": ["inside_days"],
        "outage": ["outage_days"],
        "care": care_columns(),
        "loss": ["loss_eur", "loss_own_eur"],
        "form": [f"loss_{form}_eur" for form in FORMS],
    }
    units = {"outage_days": "d", "inside_days": "d"}
    return [
        SpreadView.model_validate(
            {
                "id": name,
                "group": group,
                "label": label_quantity(name, _),
                "unit": units.get(name) or YELT_COLUMNS[name].unit,
                "mean": figures[name].mean,
                "mean_error": figures[name].error,
                "low": figures[name].low,
                "median": figures[name].median,
                "high": figures[name].high,
            }
        )
        for group, names in groups.items()
        for name in names
        if name in figures
    ]


def _list_ends(run: ScenarioRun, _: Translate) -> list[EndView]:
    """Return how many of 100 events end in each way, those that leave no row included."""
    yelt = run.events.yelt
    outcome = np.asarray(yelt.columns["outcome"], dtype=np.int64)
    per_draw = np.asarray(yelt.plan.years_per_draw(), dtype=np.float64)
    every = np.repeat(np.arange(yelt.plan.draws), yelt.plan.years_per_draw())
    number = np.asarray(yelt.columns["year"], dtype=np.int64)
    ends = np.zeros(int(per_draw.sum()), dtype=np.int64)
    ends[number] = outcome
    rows = []
    for position in np.unique(ends):
        name = OUTCOMES[int(position)]
        label = _(OUTCOME_LABELS[name])
        if name == "blocked" and run.choice.kind != "attempt":
            label = _("No visible effect")
        share, error = share_with_error(ends == position, every, draws=yelt.plan.draws)
        rows.append(
            EndView(
                id=name,
                label=label,
                per_100=100.0 * share,
                error=100.0 * error,
                kept=int(position) in run.choice.outcomes,
            )
        )
    return rows


def _share_seen(run: ScenarioRun) -> tuple[float, float] | None:
    entered = np.flatnonzero(run.replays.entry_zone >= 0)
    if entered.size == 0 or run.choice.kind != "attempt":
        return None
    seen = run.replays.detected_h[entered] <= run.replays.end_h[entered]
    return share_with_error(seen, _replay_draws(run)[entered], draws=run.request.draws)


def _list_shares(run: ScenarioRun, seen: tuple[float, float] | None, _: Translate) -> list[ShareView]:
    rows = run.shown.rows
    columns = run.shown.yelt.columns
    draw, draws = np.asarray(columns["draw"], dtype=np.int64)[rows], run.request.draws
    found = {
        "backups_lost": (_("Usable backups are lost"), np.asarray(columns["backups_lost"], dtype=np.int64)[rows] > 0),
        "data_stolen": (_("Personal data are stolen"), np.asarray(columns["data_stolen"], dtype=np.int64)[rows] > 0),
    }
    shares = {name: (label, *share_with_error(flags, draw, draws=draws)) for name, (label, flags) in found.items()}
    entered = np.flatnonzero(run.replays.entry_zone >= 0)
    if seen is not None:
        of_replays = _replay_draws(run)[entered]
        in_time = run.replays.contained_h[entered] <= run.replays.end_h[entered]
        shares = {
            "seen": (_("The attackers are seen before the end of the attack"), *seen),
            "contained": (_("The attack is contained in time"), *share_with_error(in_time, of_replays, draws=draws)),
            "fired": (
                _("The attackers strike"),
                *share_with_error(run.replays.fired[entered], of_replays, draws=draws),
            ),
            **shares,
        }
    return [ShareView(id=name, label=label, share=share, error=error) for name, (label, share, error) in shares.items()]


def _list_zones(run: ScenarioRun, language: Language) -> list[ZoneSpreadView]:
    replays = run.replays
    held = replays.reach_h <= replays.end_h[:, None]
    held &= (replays.entry_zone >= 0)[:, None]
    half = replays.zone_down >= HALF_DOWN
    days = band_of(half.sum(axis=1).astype(np.float64))
    rows = []
    for z, zone in enumerate(run.graph.zones):
        hosts = replays.hosts[:, z]
        rows.append(
            ZoneSpreadView(
                id=zone.id,
                label=zone.name.local().in_language(language),
                reached=float(held[:, z].mean()),
                hit=float((hosts > 0.0).mean()),
                hosts=float(np.median(hosts[hosts > 0.0])) if (hosts > 0.0).any() else 0.0,
                down_days=[float(x) for x in days[:, z]],
                down_share=[round(float(x), 4) for x in half[:, :, z].mean(axis=0)],
            )
        )
    return rows


def _list_services(run: ScenarioRun, language: Language) -> list[ServiceBandView]:
    flows = np.asarray(run.shown.model.arrays["node_flow_per_h"])[0].sum(axis=1)
    bands = band_of(run.replays.capacity)
    return [
        _show_band(service.id, service.name.local().in_language(language), bands[:, :, s], run.told.capacity[0, :, s])
        for s, service in enumerate(run.blueprints.services)
        if flows[s] > 0.0
    ]


def _band_zones(run: ScenarioRun, _: Translate) -> ServiceBandView:
    counts = (run.replays.zone_down >= HALF_DOWN).sum(axis=2).astype(np.float64)
    told = (run.told.zone_down[0] >= HALF_DOWN).sum(axis=1).astype(np.float64)
    return _show_band("zones_down", _("Zones with half of their function lost"), band_of(counts), told)


def _show_band(
    name: str,
    label: str,
    band: np.ndarray[tuple[int, ...], np.dtype[np.float64]],
    told: np.ndarray[tuple[int, ...], np.dtype[np.float64]],
) -> ServiceBandView:
    low, median, high, own = ([round(float(x), 4) for x in line] for line in (*band, told))
    return ServiceBandView(id=name, label=label, low=low, median=median, high=high, told=own)


def _reproduce(run: ScenarioRun) -> str:
    request = run.request
    options = ["--class", request.threat_class]
    for option, value in (("--actor", request.actor), ("--entry", request.entry), ("--provider", request.provider)):
        options += [] if value is None else [option, value]
    for option, values in (("--outcome", request.outcome), ("--target", request.target), ("--pack", request.packs)):
        options += [word for value in values for word in (option, value)]
    for name, share in request.control.items():
        options += ["--control", f"{name}={share:g}"]
    options += ["--event", str(request.event), "--events", str(request.events), "--draws", str(request.draws)]
    options += ["--replays", str(request.replays), "--seed", str(request.seed), "--as-of", str(request.as_of)]
    options += ["--lang", request.language]
    return shlex.join(["hygie", "scenario", "run", request.facility, *options])
