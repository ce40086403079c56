"""explain(): from a figure, through compiled columns and estimates, back to evidence."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Any

import hygie
from hygie.core.errors import EvidenceError, StoreError, suggest
from hygie.core.estimate import Estimate, Method
from hygie.core.tables import COMPILED_COLUMNS
from hygie.knowledge.catalogue import Catalogue
from hygie.knowledge.packs import load_catalogue
from hygie.scenario.specs import load_specs
from hygie.service.evidence import show_estimate, show_evidence
from hygie.service.victims import name_victim
from hygie.store.results import read_result
from hygie.views.assessment import AssessmentView
from hygie.views.explanation import (
    ColumnView,
    CountView,
    ExplanationView,
    IncidentView,
    StepView,
)
from hygie.views.messages import Language, Translate, translator

__all__ = ["STEPS", "explain", "list_figures"]

# Steps of the method and the compiled columns that carry them, in the order of the method.
STEPS: dict[str, tuple[str, tuple[str, ...]]] = {
    "frequency": ("How often it is attempted", ("node_rate_per_y",)),
    "actors": (
        "Who attacks, and how they get in",
        (
            "actor_cumulative",
            "actor_capability",
            "actor_patience_mu",
            "actor_steals",
            "actor_theft_only",
            "entry_cumulative",
            "capability_sd",
        ),
    ),
    "spread": (
        "How far they get, against which defences",
        (
            "node_opeff",
            "type_logit",
            "type_time_mu",
            "type_time_sigma",
            "type_resistance",
            "steepness",
            "common_shape",
            "node_share_mu",
            "share_sigma",
            "local_share",
        ),
    ),
    "race": (
        "The race between detection and damage",
        (
            "node_detection_per_h",
            "node_response_mu",
            "response_sigma",
            "staging_mu",
            "staging_sigma",
            "reaction_mu",
            "reaction_sigma",
            "patience_sigma",
            "node_exfiltration_mu",
            "exfiltration_sigma",
        ),
    ),
    "campaign": (
        "Campaigns that hit many at once",
        (
            "campaign_rate_per_y",
            "campaign_size_mean",
            "campaign_size_shape",
            "campaign_outage_mu",
            "campaign_outage_sigma",
            "campaign_care_probability",
            "node_visibility",
        ),
    ),
    "shared": (
        "What comes through linked facilities and providers",
        (
            "link_penetration",
            "link_need_level",
            "link_need_autonomy_h",
            "provider_rate_per_y",
            "provider_outage_mu",
            "provider_outage_sigma",
            "provider_theft",
            "client_hit",
            "client_penetration",
        ),
    ),
    "recovery": (
        "How long systems stay down",
        (
            "node_zone_hosts",
            "impairment_exponent",
            "forensics_mu",
            "forensics_sigma",
            "zone_work_h",
            "host_work_h",
            "work_sigma",
            "node_crew",
            "node_backup_survival",
            "backup_lost_factor",
            "maintainer_wait_h",
            "maintainer_crew",
            "partial_share",
            "partial_level",
            "cut_probability",
            "cut_mu",
            "cut_sigma",
            "cut_level",
            "need_strength",
            "need_autonomy_h",
        ),
    ),
    "care": (
        "What care loses",
        (
            "node_flow_per_h",
            "node_paper_share",
            "scar_mu",
            "scar_sigma",
            "scar_tau_mu",
            "scar_tau_sigma",
            "scar_onset_h",
            "overtime_per_bed_day",
            "ambulance_share",
            "ambulance_first",
            "transfer_share",
            "transfer_onset_h",
        ),
    ),
    "money": (
        "What it costs",
        (
            "item_unit_cost",
            "item_sigma",
            "node_size_factor",
            "node_records",
            "node_exposed_share",
            "node_pays_ransom",
            "node_pays_blackmail",
            "node_loss_cap_eur",
        ),
    ),
    "compensation": ("What public funds give back", ("node_compensation",)),
}

_INTRUSION = ("frequency", "actors", "spread", "race", "shared")
_IMPACT = ("recovery", "care", "money")
_EVERYTHING = tuple(step for step in STEPS if step != "compensation")


def _steps_of(figure: str) -> tuple[str, ...]:
    if figure.startswith("p_"):
        return (*_INTRUSION, *(("recovery", "campaign") if figure == "p_outage_week" else ()))
    if figure in (
        "bed_days_per_y",
        "bed_days_1_in_100",
        "operations_per_y",
        "visits_diverted_per_y",
        "stays_per_y",
        "consultations_per_y",
        "ambulances_diverted_per_y",
        "transfers_per_y",
        "exposed_bed_days_per_y",
        "overtime_h_per_y",
        "crisis_h_per_y",
        "neighbour_load_per_y",
        "neighbour_load_1_in_100",
    ):
        return tuple(step for step in _EVERYTHING if step != "money")
    if figure.endswith("_own"):
        return tuple(STEPS)
    kind, _, name = figure.partition(".")
    if kind == "class":
        if name == "ddos":
            return ("campaign", *_IMPACT)
        if name == "provider":
            return ("shared", "spread", "race", *_IMPACT)
        return (*_INTRUSION, *_IMPACT)
    if kind == "origin":
        return {"own": (*_INTRUSION[:-1], *_IMPACT), "campaign": ("campaign", *_IMPACT)}.get(
            name, (*_INTRUSION, *_IMPACT)
        )
    return _EVERYTHING


def list_figures(view: AssessmentView) -> list[str]:
    """Return the names of all figures of a result that can be explained."""
    parts = [("class", view.by_class), ("form", view.by_form), ("origin", view.by_origin)]
    return [*view.figures, *(f"{kind}.{row.id}" for kind, rows in parts for row in rows)]


def explain(folder: Path, figure: str, *, language: Language) -> ExplanationView:
    """Walk a figure of a result back to its evidence.

    Parameters
    ----------
    folder
        Result folder written by `save_assessment`.
    figure
        A name of `list_figures`: ``aal``, ``var_99``, ``p_major``, ``class.ransomware``, ``form.activity`` …

    Raises
    ------
    StoreError
        Not a result, or one of another version or other packs, which would be explained wrongly.
    EvidenceError
        No such figure; the closest name is suggested.
    """
    manifest, data = read_result(folder, language=language)
    try:
        view = AssessmentView.model_validate(data)
        lineage: Mapping[str, Sequence[str]] = manifest["lineage"]
        as_of = date.fromisoformat(view.plan.as_of)
        packs = [Path(pack) for pack in manifest["request"]["packs"]]
    except (ValueError, KeyError, TypeError) as error:
        raise StoreError(
            "this result cannot be read by this version of hygie", file=str(folder), repair="run the assessment again"
        ) from error
    known = list_figures(view)
    if figure not in known:
        raise EvidenceError(
            f"this result has no figure “{figure}”",
            value=figure,
            allowed=", ".join(known),
            repair=suggest(figure, known) or "use one of the listed names",
        )
    catalogue = load_catalogue(as_of=as_of, extra_paths=packs)
    _check_same_inputs(manifest, view, catalogue, folder)
    _ = translator(language)
    steps = _steps_of(figure)
    form_factors = _form_factors(catalogue, figure)
    columns: list[StepView] = []
    used: dict[str, Estimate] = {}
    for step in steps:
        title, names = STEPS[step]
        shown = []
        for name in names:
            estimates = [ref for ref in lineage.get(name, ()) if _matters(ref, figure, name, form_factors)]
            used.update({ref: catalogue.estimate(ref) for ref in estimates})
            column = COMPILED_COLUMNS[name]
            shown.append(ColumnView(name=name, description=column.description, unit=column.unit, estimates=estimates))
        columns.append(StepView(id=step, title=_(title), columns=shown))
    value, low, high, unit, label = _read_figure(view, figure)
    return ExplanationView(
        figure=figure,
        label=label,
        value=value,
        low=low,
        high=high,
        unit=unit,
        definition=_define(figure, _),
        steps=columns,
        counts=_counts(catalogue, view, figure, language) if "frequency" in steps else [],
        incidents=_incidents(catalogue, manifest, language) if "actors" in steps else [],
        estimates=[show_estimate(estimate, catalogue, language) for estimate in used.values()],
        assumptions=[name for name, estimate in used.items() if estimate.method is Method.ASSUMED],
        reproduce=view.reproduce,
    )


def _check_same_inputs(manifest: Mapping[str, Any], view: AssessmentView, catalogue: Catalogue, folder: Path) -> None:
    packs = {pack.name: f"{pack.version} {pack.digest}" for pack in catalogue.packs}
    if manifest.get("version") != hygie.__version__ or view.packs != packs:
        raise StoreError(
            "this result was computed by another version of hygie or with other packs: explaining it with these would "
            "mislead",
            file=str(folder),
            value=f"hygie {manifest.get('version')}, packs {', '.join(sorted(view.packs))}",
            allowed=f"hygie {hygie.__version__} and the packs installed now",
            repair=f"run it again: {view.reproduce}",
        )


def _form_factors(catalogue: Catalogue, figure: str) -> set[str] | None:
    kind, _, form = figure.partition(".")
    if kind != "form":
        return None
    items = [item for item in load_specs(catalogue).items if item.form == form]
    return {name for item in items for name in (*item.factors, *item.complements, item.sigma) if name is not None}


def _matters(estimate: str, figure: str, column: str, form_factors: set[str] | None) -> bool:
    """Drop what entered a shared column for another class or form."""
    kind, _, name = figure.partition(".")
    if form_factors is not None and column in ("item_unit_cost", "item_sigma"):
        return estimate in form_factors
    if kind == "class" and name != "ot":
        return not (estimate.startswith(("threat.prior.ot", "entry.ot.")) or estimate.endswith(".case_list"))
    return True


def _read_figure(view: AssessmentView, figure: str) -> tuple[float, float | None, float | None, str, str]:
    if figure in view.figures:
        found = view.figures[figure]
        return found.value, found.low, found.high, found.unit, found.label
    kind, _, name = figure.partition(".")
    rows = {"class": view.by_class, "form": view.by_form, "origin": view.by_origin}[kind]
    row = next(row for row in rows if row.id == name)
    return row.loss_eur_per_y, None, None, "EUR_2024", row.label


def _define(figure: str, _: Translate) -> str:
    if figure.startswith("p_"):
        return _("Share of simulated years with at least one such event.")
    if figure.startswith("oep"):
        return _("Quantile of the largest event of each simulated year.")
    if figure.startswith(("aep", "var")):
        return _("Quantile of the losses of simulated years, added up year by year.")
    if figure.startswith("tvar"):
        return _("Mean of the worst simulated years.")
    if figure == "neighbour_load_1_in_100":
        return _("Quantile of visits, stays and transfers sent elsewhere, added up year by year.")
    if figure == "bed_days_1_in_100":
        return _("Quantile of the bed-days lost in simulated years, added up year by year.")
    return _("Mean over all simulated years, years without an event included.")


def _counts(catalogue: Catalogue, view: AssessmentView, figure: str, language: Language) -> list[CountView]:
    kind, _, name = figure.partition(".")
    wanted = {"extortion": "ransomware", "intrusion": "ransomware"}.get(name, name) if kind == "class" else None
    refs = {
        ref for level in view.levels if wanted in (None, level.threat_class) for ref in (*level.counts, *level.checks)
    }
    return [
        CountView(
            ref=count.ref,
            count=count.count,
            at_least=count.at_least,
            window=f"{count.window_start} … {count.window_end}",
            definition=count.definition.in_language(language),
            role=count.role,
            evidence=[show_evidence(catalogue.evidence[ref], language) for ref in count.evidence],
        )
        for count in catalogue.counts
        if count.ref in refs
    ]


def _incidents(catalogue: Catalogue, manifest: Mapping[str, Any], language: Language) -> list[IncidentView]:
    used = set(manifest["incidents"])
    return [
        IncidentView(
            ref=incident.ref,
            date=incident.started_on,
            victim=name_victim(incident.victim, language),
            threat_class=incident.threat_class,
            actor=incident.actor.name,
            confidence=incident.actor.confidence,
            evidence=[show_evidence(catalogue.evidence[ref], language) for ref in incident.evidence],
        )
        for incident in catalogue.incidents
        if incident.ref in used
    ]
