"""The brief of two pages for those who decide: what could happen, what it would cost and mean, what to decide."""

from __future__ import annotations

from collections.abc import Iterator

from hygie.core.evidence import TLP
from hygie.report.blocks import (
    make_cell,
    make_key_figure,
    make_table,
    read_day,
    write_bullets,
    write_paragraph,
)
from hygie.report.brief_words import (
    join_names,
    list_decisions,
    list_unknowns,
    lower_article,
    say_chances,
    say_event,
    say_own_share,
    say_parts,
    say_paths,
)
from hygie.report.document import Beside, Block, Document, KeyFigures, Paragraph, Picture, Section, Table
from hygie.report.document_words import write_date
from hygie.report.facility_charts import show_chart
from hygie.report.facility_report import FacilityStudy, mend_study
from hygie.report.facility_words import write_subject
from hygie.views.assessment import AssessmentView
from hygie.views.charts_event import sort_services
from hygie.views.decide import ControlDecisionView
from hygie.views.messages import Translate, translator
from hygie.views.numbers import format_count, format_euros, format_percent, round_significant

__all__ = ["build_board_brief"]

_SERVICES = 6
_OPTIONS = 4
_PROVIDERS = 5
_NORMAL, _TOUCHED = 0.95, 0.9
_NOT_CARE = ("administration", "cold_chain")


def build_board_brief(study: FacilityStudy, *, tlp: TLP, reproduce: str) -> Document:
    """Return the brief of a facility: two A4 pages, plain words first.

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
    return Document(
        id=f"brief-{view.subject.id}",
        kind="brief",
        language=language,
        title=view.subject.name,
        subtitle=_("Cyber risk in two pages, for those who decide"),
        running=_("{name}: cyber risk in two pages", name=view.subject.name),
        tlp=tlp,
        stated_on=read_day(view.plan.as_of),
        facts=(
            (_("Facility"), write_subject(view)),
            (_("As of"), write_date(view.plan.as_of, language)),
            (_("Version"), f"hygie {view.version}"),
        ),
        sections=tuple(_tell_all(study, _)),
        reproduce=reproduce,
        keywords=(view.subject.name, view.subject.category),
    )


def _tell_all(study: FacilityStudy, _: Translate) -> Iterator[Section]:
    view = study.view
    yield Section("happen", _("What could happen"), tuple(_tell_happening(view, _)))
    yield Section("cost", _("What it would cost"), tuple(_tell_cost(view, _)))
    yield Section("patients", _("What it would mean for patients"), tuple(_tell_patients(view, _)))
    yield Section("reach", _("How it would reach us"), tuple(_tell_origin(view, _)), new_page=True)
    yield Section("help", _("What would help most"), tuple(_tell_help(study.decision, _)))
    yield Section("decide", _("What to decide"), (write_bullets(list_decisions(study), numbered=True),))
    yield Section("unknown", _("What we do not know"), (write_bullets(list_unknowns(view)),))


def _tell_happening(view: AssessmentView, _: Translate) -> Iterator[Block]:
    said: list[Block] = [write_paragraph(view.headline[0], lead=True)]
    said += [write_paragraph(text) for text in say_chances(view)]
    dots = show_chart(view, "likelihood")
    if isinstance(dots, Picture):
        yield Beside(tuple(said), (dots,), share=0.6)
    else:
        yield from said


def _tell_cost(view: AssessmentView, _: Translate) -> Iterator[Block]:
    language, figures = view.language, view.figures
    items = [
        make_key_figure(figures[name], language, label=label)
        for name, label in (
            ("aal", _("an average year, good and bad ones together")),
            ("aep_10", _("one year in 10 costs more than this")),
            ("aep_100", _("one year in 100 costs more than this")),
        )
        if name in figures and (figures[name].value > 0.0 or name == "aal")
    ]
    yield KeyFigures("costs", tuple(items))
    said = " ".join(text for text in (say_parts(view), say_own_share(view)) if text)
    if said:
        yield write_paragraph(said)


def _tell_patients(view: AssessmentView, _: Translate) -> Iterator[Block]:
    event, language = view.bad_event, view.language
    if event is None:
        yield write_paragraph(_("No serious attack was simulated: too rare at this size to be told in days of care."))
        return
    said: list[Block] = [write_paragraph(text) for text in say_event(event, language)]
    tail = view.figures.get("bed_days_1_in_100")
    if tail is not None and tail.value > 0.0:
        days, low, high = (
            format_count(round_significant(value, 2), language) for value in (tail.value, tail.low, tail.high)
        )
        said.append(
            write_paragraph(
                _(
                    "One year in 100 would lose more than {days} bed-days (likely between {low} and {high}).",
                    days=days,
                    low=low,
                    high=high,
                )
            )
        )
    table = _tabulate_hit_services(view, _)
    if table is None:
        yield from said
    else:
        yield Beside(tuple(said), (table,), share=0.46)


def _tabulate_hit_services(view: AssessmentView, _: Translate) -> Table | None:
    event, language = view.bad_event, view.language
    hit = (
        []
        if event is None
        else [one for one in sort_services(event) if min(one.capacity) < _TOUCHED and one.id not in _NOT_CARE]
    )
    if not hit:
        return None
    rows = []
    for service in sorted(hit, key=lambda one: min(one.capacity))[:_SERVICES]:
        days = sum(value < _NORMAL for value in service.capacity)
        rows.append(
            (
                make_cell(service.label),
                make_cell(format_percent(min(service.capacity), language), min(service.capacity)),
                make_cell(format_count(days, language), days),
            )
        )
    columns = [("service", _("Service")), ("lowest", _("falls to"), "share"), ("days", _("days below normal"), "d")]
    return make_table("hit_services", _("Hardest hit in that attack"), columns, rows, shares=(1.9, 0.8, 1.3))


def _tell_origin(view: AssessmentView, _: Translate) -> Iterator[Block]:
    said: list[Paragraph] = [write_paragraph(text) for text in say_paths(view)]
    if view.plan.providers:
        shown = [lower_article(name, view.language) for name in view.plan.providers[:_PROVIDERS]]
        names = join_names(shown, view.language)
        said.append(write_paragraph(_("Providers described: {names}.", names=names)))
    picture = show_chart(view, "loss_by_origin")
    if picture is None:
        yield from said
    else:
        yield Beside(tuple(said), (picture,), share=0.5)


def _tell_help(decision: ControlDecisionView | None, _: Translate) -> Iterator[Block]:
    if decision is None:
        yield write_paragraph(
            _(
                "The measures were not studied for this brief. The security officer can have them tried one by one and "
                "together, on the same simulated years, with their cost: command “hygie decide controls”. The brief "
                "then shows here what each avoids in euros and in days of care."
            )
        )
        return
    best = decision.best
    sentences = [text for text in decision.sentences[1:] if best is not None] or decision.sentences[:1]
    yield write_paragraph(" ".join(sentences[:2]))
    table = _tabulate_best(decision, _)
    if table is not None:
        yield table


def _tabulate_best(decision: ControlDecisionView, _: Translate) -> Table | None:
    language = decision.language
    if not decision.options:
        return None
    rows = []
    for row in decision.options[:_OPTIONS]:
        beds = row.bed_days_avoided_per_y.value
        rows.append(
            (
                make_cell(row.name),
                make_cell(format_euros(row.loss_avoided_eur_per_y.value, language), row.loss_avoided_eur_per_y.value),
                make_cell(format_count(round_significant(beds, 2), language), beds),
                make_cell(format_euros(row.cost_eur.value, language), row.cost_eur.value),
                make_cell(format_euros(row.net_eur.value, language), row.net_eur.value),
            )
        )
    columns = [
        ("control", _("Measure")),
        ("avoided", _("avoided a year"), "EUR_2024/y"),
        ("bed_days", _("bed-days spared a year"), "beds/y"),
        ("cost", _("cost over {years} years", years=decision.horizon_y), "EUR_2024"),
        ("net", _("gain after cost"), "EUR_2024"),
    ]
    return make_table("best_controls", _("Worth most for their cost"), columns, rows, shares=(2.6, 1, 1.1, 1, 1))
