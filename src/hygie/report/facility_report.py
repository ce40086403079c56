"""The report of a facility: everything an assessment knows, as a document, and the choices studied beside it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from hygie.core.evidence import TLP
from hygie.report.blocks import (
    read_day,
    tabulate_versions,
    write_bullets,
    write_note,
    write_paragraph,
)
from hygie.report.document import Beside, Block, Document, Paragraph, Section
from hygie.report.facility_charts import show_chart
from hygie.report.facility_choices import describe_decision, describe_programme, describe_scenario
from hygie.report.facility_summary import summarise_facility
from hygie.report.facility_tables import (
    tabulate_assumptions,
    tabulate_event,
    tabulate_figures,
    tabulate_items,
    tabulate_levels,
    tabulate_modules,
    tabulate_parts,
    tabulate_periods,
    tabulate_services,
    tabulate_zones,
)
from hygie.report.facility_words import list_facts, write_subject
from hygie.report.house_terms import explain_terms
from hygie.report.sources import list_sources
from hygie.report.typography import mend_view
from hygie.views.assessment import AssessmentView, LevelView
from hygie.views.decide import ControlDecisionView
from hygie.views.messages import Translate, translator
from hygie.views.numbers import format_number
from hygie.views.programme import ProgrammeView
from hygie.views.scenario import ScenarioView

__all__ = ["FacilityStudy", "build_facility_report", "mend_study"]

_HOW_OFTEN = ("p_encryption", "p_major", "p_outage_week", "p_data_stolen", "p_provider_theft")
_HOW_MUCH = ("aal", "aal_own", "aal_insured", "aep_10", "aep_100", "aep_200", "tvar_99", "var_99_own")
_CARE = (
    "bed_days_per_y",
    "bed_days_1_in_100",
    "stays_per_y",
    "operations_per_y",
    "consultations_per_y",
    "visits_diverted_per_y",
    "ambulances_diverted_per_y",
    "transfers_per_y",
    "exposed_bed_days_per_y",
    "neighbour_load_per_y",
    "neighbour_load_1_in_100",
    "overtime_h_per_y",
    "crisis_h_per_y",
)
_TERMS = (
    *("aal", "aep", "oep", "var", "tvar", "own_loss", "likely_range", "monte_carlo_noise", "bed_day", "rebound"),
    *("cnil", "digest", "ehpad", "fair", "fft", "fte", "it", "ot", "seed", "smur", "tlp"),
)


@dataclass(frozen=True, slots=True)
class FacilityStudy:
    """The result of an assessment, and what was studied beside it in the same language."""

    view: AssessmentView
    decision: ControlDecisionView | None = None
    programme: ProgrammeView | None = None
    scenarios: tuple[ScenarioView, ...] = ()


def mend_study(study: FacilityStudy) -> FacilityStudy:
    """Return a study whose texts are fit for print."""
    language = study.view.language
    return FacilityStudy(
        mend_view(study.view, language),
        None if study.decision is None else mend_view(study.decision, language),
        None if study.programme is None else mend_view(study.programme, language),
        tuple(mend_view(scenario, language) for scenario in study.scenarios),
    )


def build_facility_report(study: FacilityStudy, *, tlp: TLP, reproduce: str) -> Document:
    """Return the report of a facility.

    Parameters
    ----------
    tlp
        Its marking: that of all it is made from, or stricter.
    reproduce
        The commands that make it again.
    """
    study = mend_study(study)
    view, language = study.view, study.view.language
    _ = translator(language)
    evidence = [*view.evidence, *(view.mortality.evidence if view.mortality else ())]
    return Document(
        id=f"report-{view.subject.id}",
        kind="report",
        language=language,
        title=view.subject.name,
        subtitle=f"{_('Cyber risk over the next 12 months')} · {write_subject(view)}",
        running=_("{name}: cyber risk", name=view.subject.name),
        tlp=tlp,
        stated_on=read_day(view.plan.as_of),
        facts=list_facts(view),
        summary=tuple(summarise_facility(view)),
        sections=tuple(
            section
            for section in (
                _tell_figures(view, _),
                _tell_curve(view, _),
                _tell_parts(view, _),
                _tell_origin(view, _),
                _tell_care(view, _),
                _tell_event(view, _),
                _tell_choices(study, _),
                _tell_drivers(view, _),
                _tell_frequency(view, _),
                _tell_validity(view, _),
                _tell_assumptions(view, _),
                _tell_versions(view, _),
            )
            if section is not None
        ),
        sources=list_sources(evidence, language),
        glossary=explain_terms(language, _TERMS),
        reproduce=reproduce,
        keywords=(view.subject.name, view.subject.category),
    )


def _tell_figures(view: AssessmentView, _: Translate) -> Section:
    return Section(
        "figures",
        _("Key figures"),
        (
            write_paragraph(
                _(
                    "Each figure has a value, the range in which it likely lies given what is not known (9 chances in "
                    "10), and the noise of the simulation. Amounts are euros of 2024, before any insurance."
                )
            ),
            tabulate_figures(view, _HOW_OFTEN, table_id="how_often", title=_("How often, within a year")),
            tabulate_figures(view, _choose_amounts(view), table_id="how_much", title=_("What it costs")),
        ),
    )


def _choose_amounts(view: AssessmentView) -> list[str]:
    """Return the figures of money; what insurance pays only where a programme was there."""
    paid = view.figures.get("aal_insured")
    return [name for name in _HOW_MUCH if name != "aal_insured" or (paid is not None and paid.value > 0.0)]


def _tell_curve(view: AssessmentView, _: Translate) -> Section:
    curve = show_chart(view, "loss_exceedance")
    if curve is None:
        return Section("curve", _("How much could a year cost?"), (_tell_nothing(_),))
    periods = tabulate_periods(view)
    note = write_note(
        "reading",
        _("How to read the curve"),
        [
            _(
                "Choose an amount at the foot; the line gives the chance that a year costs more. Further right is "
                "dearer, further down is rarer. The band holds 9 chances in 10, given what is not known."
            )
        ],
    )
    return Section("curve", _("How much could a year cost?"), (curve, note, *((periods,) if periods else ())))


def _tell_parts(view: AssessmentView, _: Translate) -> Section:
    title, language = _("What the loss is made of"), view.language
    by_form, by_class = show_chart(view, "loss_by_form"), show_chart(view, "loss_by_class")
    if by_form is None:
        return Section("parts", title, (_tell_nothing(_),))
    blocks: list[Block] = [write_paragraph(_("Average annual loss, cut in several ways; each adds up to the same."))]
    blocks.append(Beside((by_form,), (by_class,)) if by_class else by_form)
    blocks.append(tabulate_parts(view.by_form, language, table_id="by_form", title=_("By form of loss")))
    if view.by_module:
        blocks += [tabulate_modules(view), tabulate_items(view)]
    blocks += [
        tabulate_parts(rows, language, table_id=table_id, title=name)
        for rows, table_id, name in (
            (view.by_class, "by_class", _("By threat")),
            (view.by_outcome, "by_outcome", _("By outcome")),
        )
        if rows
    ]
    return Section("parts", title, tuple(blocks))


def _tell_origin(view: AssessmentView, _: Translate) -> Section:
    title = _("Where it comes from")
    picture = show_chart(view, "loss_by_origin")
    if picture is None:
        return Section("origin", title, (_tell_nothing(_),))
    named: list[Block] = []
    for heading, names in (
        (_("Linked facilities"), view.plan.neighbours),
        (_("Shared providers"), view.plan.providers),
    ):
        if names:
            named += [write_paragraph(f"{heading}"), write_bullets(names)]
    lead = write_paragraph(
        _(
            "An attack can start elsewhere: at a linked facility, or at a provider that many facilities share. What "
            "comes through others is shown in brown."
        )
    )
    return Section(
        "origin",
        title,
        (
            lead,
            Beside((picture,), tuple(named), share=0.55) if named else picture,
            tabulate_parts(view.by_origin, view.language, table_id="by_origin", title=title),
        ),
    )


def _tell_care(view: AssessmentView, _: Translate) -> Section:
    blocks: list[Block | Section] = [
        write_paragraph(_("Days of care lost are counted, never converted into money.")),
        tabulate_figures(view, _CARE, table_id="care_figures", title=_("Care lost")),
    ]
    if view.mortality is not None:
        low, value, high = (
            format_number(x, view.language) for x in (view.mortality.low, view.mortality.value, view.mortality.high)
        )
        sentence = _(
            "{value} deaths a year on average (likely between {low} and {high}).", value=value, low=low, high=high
        )
        blocks.append(
            Section(
                "mortality",
                _("Deaths, by evidence from abroad"),
                (write_paragraph(sentence), write_paragraph(view.mortality.caveat)),
            )
        )
    return Section("care", _("What it means for care"), tuple(blocks))


def _tell_event(view: AssessmentView, _: Translate) -> Section:
    title, event = _("One bad event, day by day"), view.bad_event
    if event is None:
        return Section(
            "event", title, (write_paragraph(_("No major encryption was simulated, so there is no event to tell.")),)
        )
    lead = _("This is not the worst case, and not a forecast: it is the middle one of the major encryptions.")
    blocks: list[Block] = [
        write_paragraph(lead),
        write_paragraph(event.sentence),
        tabulate_event(event, view.language),
    ]
    for picture, table in (
        (show_chart(view, "services"), tabulate_services(event, view.language)),
        (show_chart(view, "zones"), tabulate_zones(event, view.language)),
    ):
        if picture is not None:
            blocks += [picture, *((table,) if table else ())]
    return Section("event", title, tuple(blocks))


def _tell_choices(study: FacilityStudy, _: Translate) -> Section | None:
    parts: list[Section] = []
    if study.decision is not None:
        parts.append(describe_decision(study.decision))
    if study.programme is not None:
        parts.append(describe_programme(study.programme))
    parts += [describe_scenario(one, index) for index, one in enumerate(study.scenarios, 1)]
    return Section("choices", _("What could be done"), tuple(parts)) if parts else None


def _tell_drivers(view: AssessmentView, _: Translate) -> Section:
    picture = show_chart(view, "drivers")
    if picture is None:
        text = _("No single input stands out: either there are fewer than 30 draws, or none passes the noise of ranks.")
        return Section("what-moves", _("What moves the result most"), (write_paragraph(text),))
    lead = _(
        "Rank correlation of each uncertain input with the average annual loss: from −1 to +1, and 0 when it does "
        "not matter. Better evidence on the first ones narrows the range most."
    )
    return Section("what-moves", _("What moves the result most"), (write_paragraph(lead), picture))


def _tell_frequency(view: AssessmentView, _: Translate) -> Section:
    title = _("What the counts say about frequency")
    if not view.levels:
        text = _("No published count places a frequency here: all of them are assumptions.")
        return Section("frequency", title, (write_paragraph(text),))
    lead = _(
        "Published counts of incidents place the frequency of each threat, for an average facility and before its "
        "own defences."
    )
    labels = {row.id: row.label for row in view.by_class}
    used = []
    for level in view.levels:
        name = labels.get(level.threat_class, level.threat_class)
        if level.counts:
            used.append(_("{threat}: placed by {counts}.", threat=name, counts=_list_counts(level, level.counts)))
        if level.checks:
            used.append(_("{threat}: compared with {counts}.", threat=name, counts=_list_counts(level, level.checks)))
    return Section(
        "frequency",
        title,
        (
            write_paragraph(lead),
            tabulate_levels(view),
            write_note("method", _("Counts used"), used, listed=True),
        ),
    )


def _list_counts(level: LevelView, refs: Sequence[str]) -> str:
    return " · ".join(level.named.get(ref, ref) for ref in refs)


def _tell_validity(view: AssessmentView, _: Translate) -> Section:
    good = [check.sentence for check in view.checks if check.ok]
    careful = [check.sentence for check in view.checks if not check.ok]
    blocks: list[Block] = [write_paragraph(view.validity)]
    if careful:
        blocks.append(write_note("caution", _("With care"), careful, listed=True))
    if good:
        blocks += [write_paragraph(_("Checked and in order:")), write_bullets(good)]
    return Section("validity", _("How far to trust it"), tuple(blocks))


def _tell_assumptions(view: AssessmentView, _: Translate) -> Section:
    if not view.assumptions:
        return Section("assumptions", _("Assumptions"), (write_paragraph(_("Every input has published evidence.")),))
    lead = _(
        "Inputs that rest on judgement, without published evidence: the middle value, and the range that holds 9 "
        "chances in 10. They are the first to question and to replace."
    )
    return Section("assumptions", _("Assumptions"), (write_paragraph(lead), tabulate_assumptions(view)))


def _tell_versions(view: AssessmentView, _: Translate) -> Section:
    named = [
        (_("Version"), f"hygie {view.version}"),
        (_("Digest of the result"), view.digest),
        (_("Digest of the model"), view.model_digest),
        *((_("Pack {name}", name=name), version) for name, version in view.packs.items()),
    ]
    return Section("versions", _("Versions and digests"), (tabulate_versions(named, view.language),))


def _tell_nothing(_: Translate) -> Paragraph:
    return write_paragraph(_("No loss was simulated: there is nothing to draw."))
