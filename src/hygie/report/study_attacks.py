"""What happened: key figures, attacks, victims, places, care and money, from the landscape of a study."""

from __future__ import annotations

from collections.abc import Sequence

from hygie.report.document import (
    Beside,
    Block,
    Bullets,
    Cell,
    Cite,
    Inline,
    KeyFigure,
    KeyFigures,
    Note,
    Section,
    Table,
    Text,
)
from hygie.report.study_kit import StudyWriter, cell, paragraph
from hygie.views.charts_landscape import draw_landscape_chart
from hygie.views.charts_landscape_actors import tabulate_actors
from hygie.views.charts_landscape_census import tabulate_census
from hygie.views.charts_landscape_disruption import tabulate_disruption
from hygie.views.charts_landscape_heat import tabulate_kinds, tabulate_quarters
from hygie.views.charts_landscape_places import tabulate_departments, tabulate_regions
from hygie.views.charts_landscape_timeline import tabulate_timeline
from hygie.views.charts_layout import HALF, NARROW
from hygie.views.landscape import BreakdownView, CountedView, LandscapeView, ReconciliationView
from hygie.views.landscape_words import say_events, say_victims

__all__ = ["write_attacks", "write_care", "write_key_figures", "write_meanings", "write_places"]

_TABULATE = {
    "timeline": tabulate_timeline,
    "actors": tabulate_actors,
    "tiles_departments": tabulate_departments,
    "tiles_regions": tabulate_regions,
    "kinds": tabulate_kinds,
    "quarters": tabulate_quarters,
    "census": tabulate_census,
}


def list_comparisons(view: LandscapeView) -> list[tuple[CountedView, ReconciliationView]]:
    """Return the published counts of the very window, else those inside it, beside what is documented."""
    counts = {row.ref: row for row in view.census.counts}
    pairs = [(counts[row.count], row) for row in view.census.comparisons]
    same = [pair for pair in pairs if pair[0].position == "same"]
    return same or pairs[:3]


def draw_landscape(writer: StudyWriter, chart_id: str, *cites: Inline, width: int | None = None) -> list[Block]:
    """Return a picture of the landscape with the figures behind it; nothing when there is nothing to show."""
    view = writer.view.landscape
    chart = draw_landscape_chart(view, chart_id, width=width)
    if chart is None:
        return []
    narrow = draw_landscape_chart(view, chart_id, width=NARROW)
    return [writer.picture(chart, _TABULATE[chart_id](view), *cites, narrow=narrow)]


def write_key_figures(writer: StudyWriter) -> KeyFigures | None:
    """Return the large figures of the first page; None in a window without any."""
    _, view = writer._, writer.view.landscape
    items: list[KeyFigure] = []
    for count, row in list_comparisons(view)[:3]:
        number = writer.count(row.published)
        items.append(
            KeyFigure(
                id=f"published-{count.threat_class}",
                value=_("at least {n}", n=number) if row.at_least else number,
                label=row.label,
                meaning=(
                    _(
                        "Published count of {publisher}. Documented here one by one: {n}.",
                        publisher=", ".join(source.publisher for source in count.sources),
                        n=writer.count(row.facilities),
                    ),
                    *writer.cite(count.sources, _("published counts")),
                ),
                raw=row.published,
            )
        )
    if view.facilities:
        items.append(
            KeyFigure(
                id="documented",
                value=writer.count(view.facilities),
                label=_("victims documented one by one"),
                meaning=(
                    _(
                        "In {events}. Each has its sources at the end; many attacks never become public.",
                        events=say_events(view.events, writer.language),
                    ),
                ),
                raw=view.facilities,
            )
        )
        care = {row.id: row for row in view.breakdowns["care"].rows}
        if "effect" in care:
            items.append(
                KeyFigure(
                    id="care",
                    value=_(
                        "{n} of {all}", n=writer.count(care["effect"].facilities), all=writer.count(view.facilities)
                    ),
                    label=_("with an effect on care"),
                    meaning=(
                        _("An effect that a source states. What sources do not say is not counted as no effect."),
                    ),
                    raw=care["effect"].facilities,
                )
            )
    loss = max(view.spreads["loss_eur"].values, key=lambda row: row.value, default=None)
    if loss is not None:
        incident = next(row for row in view.incidents if row.ref == loss.incident)
        items.append(
            KeyFigure(
                id="loss",
                value=_("at least {n}", n=writer.euros(loss.value)),
                label=_("reported cost, {victim}", victim=loss.victim),
                meaning=(
                    _("The only cost that was reported.")
                    if view.spreads["loss_eur"].reported == 1
                    else _("The highest of the reported costs."),
                    " ",
                    _("Lost activity is seldom in such figures."),
                    *writer.cite(incident.sources, _("reported costs")),
                ),
                raw=loss.value,
                unit="EUR",
            )
        )
    return KeyFigures("key-figures", tuple(items)) if items else None


def write_meanings(writer: StudyWriter) -> Section:
    """Return what the key figures mean, and what they do not."""
    _ = writer._
    rows: list[Sequence[Cell]] = [
        (
            cell(_("A published count")),
            cell(_("How many attacks somebody counted, under a definition of their own, in a window of their own.")),
            cell(_("How many there were. Most attacks never become public, and definitions differ.")),
        ),
        (
            cell(_("A documented victim")),
            cell(_("An attack that public sources describe, with a victim and a date. Each is in the annex.")),
            cell(_("A sample of all attacks. Large hospitals and long outages are reported more often.")),
        ),
        (
            cell(_("An event")),
            cell(_("One action of an attacker. It may strike several victims at once.")),
            cell(_("A victim. Sixteen sites struck by one wave are one event.")),
        ),
        (
            cell(_("An effect on care")),
            cell(_("A source says that care was delayed, moved or given without computers.")),
            cell(_("A harm to patients. Sources rarely follow patients afterwards.")),
        ),
        (
            cell(_("A cost")),
            cell(_("What a hospital, or somebody for it, said after the event.")),
            cell(_("The whole loss. Staff time and lost activity are often left out.")),
        ),
        (
            cell(_("A range, “allowing for chance”")),
            cell(_("What luck alone would do 95 times in 100 with the same attackers.")),
            cell(_("What was never made public. That is larger, and nobody knows how large.")),
        ),
    ]
    return Section(
        "meaning",
        _("What the figures mean, and what they do not"),
        (
            paragraph(_("Every number of this study is of one of these kinds.")),
            writer.table(
                "meanings",
                _("How to read a figure"),
                (("figure", _("Figure"), 0.8), ("means", _("It means"), 1.4), ("not", _("It does not mean"), 1.4)),
                rows,
            ),
        ),
        new_page=True,
    )


def write_attacks(writer: StudyWriter) -> Section:
    """Return attacks: published counts beside documented incidents, months, classes, the trend."""
    _, view = writer._, writer.view.landscape
    blocks: list[Block | Section] = []
    census: list[Block | Section] = [paragraph(view.census.sentence)]
    census += draw_landscape(writer, "census", *_cite_counts(writer, [pair[0] for pair in list_comparisons(view)]))
    for count, row in list_comparisons(view):
        census.append(
            Section(
                f"census-{count.threat_class}",
                row.label,
                (
                    paragraph(row.sentences[0], *writer.cite(count.sources, _("published counts"))),
                    *_bullets(row.sentences[1:]),
                    paragraph(_("Its definition: {text}", text=count.definition)),
                ),
            )
        )
    if not view.census.comparisons:
        census.append(paragraph(_("No published count lies inside this window.")))
    blocks.append(Section("census-compared", view.census.title, tuple(census)))
    charts = ("timeline", "quarters") if view.incidents else ()
    months = [block for name in charts for block in draw_landscape(writer, name)]
    blocks.append(Section("months", view.timeline.title, (paragraph(view.timeline.sentence), *months)))
    blocks.append(
        Section("classes", _("Kinds of attacks"), (*_breakdown(writer, view.breakdowns["class"]), *_trend(writer)))
    )
    reporting = writer.facts("reporting", _("reporting in the sector"))
    if reporting is not None:
        blocks.append(
            Section(
                "reporting",
                _("What the sector reports"),
                (
                    paragraph(
                        _(
                            "Health bodies report their incidents to the authorities. Their "
                            "reports count far more than "
                            "the press tells, and about half are breakdowns or mistakes, not attacks."
                        )
                    ),
                    reporting,
                ),
            )
        )
    return Section("attacks", _("Attacks"), tuple(blocks), new_page=True)


def _cite_counts(writer: StudyWriter, counts: Sequence[CountedView]) -> Text:
    sources = {source.ref: source for count in counts for source in count.sources}
    return writer.cite(sources.values(), writer._("published counts"))


def _bullets(lines: Sequence[str]) -> list[Block]:
    return [Bullets(tuple((line,) for line in lines))] if lines else []


def _breakdown(writer: StudyWriter, part: BreakdownView) -> list[Block]:
    if not part.rows:
        return [paragraph(part.sentence)]
    return [tabulate_breakdown(writer, part)]


def tabulate_breakdown(writer: StudyWriter, part: BreakdownView, *, most: int = 30) -> Table:
    """Return a count by trait, with shares and their ranges."""
    _ = writer._
    rows = []
    for row in part.rows[:most]:
        share = "–" if row.share is None else writer.percent(round(row.share, 2))
        bounds = "–"
        if row.share_low is not None and row.share_high is not None:
            bounds = _(
                "{low} to {high}",
                low=writer.percent(round(row.share_low, 2)),
                high=writer.percent(round(row.share_high, 2)),
            )
        rows.append(
            (
                cell(row.label),
                cell(writer.count(row.facilities), row.facilities),
                cell(writer.count(row.events), row.events),
                cell(share, row.share),
                cell(bounds),
            )
        )
    return writer.table(
        f"by-{part.id.replace('_', '-')}",
        part.title,
        (
            ("label", "", 2.0),
            ("victims", ">" + _("victims"), 0.7),
            ("events", ">" + _("events"), 0.7),
            ("share", ">" + _("share"), 0.7),
            ("range", ">" + _("allowing for chance"), 1.1),
        ),
        rows,
        part.sentence,
    )


def _trend(writer: StudyWriter) -> list[Block]:
    change = writer.view.landscape.trend
    if change is None or not change.rows or not writer.view.landscape.facilities:
        return []
    blocks = [paragraph(change.sentence)]
    note = Note(
        kind="caution", title=change.title, blocks=tuple(blocks + [paragraph(text) for text in change.cautions])
    )
    return [note]


def write_places(writer: StudyWriter) -> Section:
    """Return where the victims are, and what kinds of facilities they are."""
    _, view = writer._, writer.view.landscape
    blocks: list[Block | Section] = []
    maps = [draw_landscape(writer, name, width=HALF) for name in ("tiles_departments", "tiles_regions")]
    where: list[Block] = [block for group in maps for block in group]
    if all(maps):
        where = [Beside(tuple(maps[0]), tuple(maps[1]))]
    elif not where:
        where = [paragraph(_("No victim of this window can be placed on a map."))]
    blocks.append(Section("map", _("Where"), (*where, *_breakdown(writer, view.breakdowns["region"]))))
    blocks.append(
        Section(
            "kinds-of-facilities",
            _("Which facilities"),
            (*draw_landscape(writer, "kinds"), *_breakdown(writer, view.breakdowns["kind"])),
        )
    )
    return Section("victims", _("Victims"), tuple(blocks), new_page=True)


def write_care(writer: StudyWriter) -> Section:
    """Return what attacks did to care, to data and to time."""
    _, view = writer._, writer.view.landscape
    told = [row for row in writer.incidents if row.care == "effect" and row.care_text]
    blocks: list[Block | Section] = [*_breakdown(writer, view.breakdowns["care"])]
    if told:
        blocks.append(
            writer.table(
                "care-told",
                _("Effects on care, as sources report them"),
                (("victim", _("Victim"), 1.1), ("date", _("Date"), 0.7), ("effect", _("Effect"), 2.6)),
                (
                    (
                        cell(row.victim),
                        cell(row.date_label),
                        cell((row.care_text or "", *writer.cite(row.sources, _("incidents")))),
                    )
                    for row in told
                ),
                _(
                    "Only effects that a source states; {victims} in all.",
                    victims=say_victims(len(told), writer.language),
                ),
            )
        )
    days: list[Block] = _draw_disruption(writer)
    spread = view.spreads["disruption_days"]
    blocks.append(Section("durations", spread.title, (paragraph(spread.sentence), *days)))
    blocks.append(Section("data", view.breakdowns["data"].title, tuple(_breakdown(writer, view.breakdowns["data"]))))
    facts = writer.facts("care", _("effects on care"))
    if facts is not None:
        blocks.append(Section("care-sector", _("What is known beyond these cases"), (facts,)))
    return Section("care", _("Effects on care"), tuple(blocks), new_page=True)


def _draw_disruption(writer: StudyWriter) -> list[Block]:
    view = writer.view.landscape
    chart = draw_landscape_chart(view, "disruption")
    if chart is None:
        return []
    reported = {row.incident for row in view.spreads["disruption_days"].values}
    sources = {s.ref: s for row in view.incidents if row.ref in reported for s in row.sources}
    writer.stand_behind(sources.values(), writer._("length of disruptions"))
    narrow = draw_landscape_chart(view, "disruption", width=NARROW)
    return [writer.picture(chart, tabulate_disruption(view), narrow=narrow)]


def cite_incidents(writer: StudyWriter, refs: Sequence[str], use: str) -> tuple[Cite, ...]:
    """Return the references of some incidents, each source once."""
    by_ref = {row.ref: row for row in writer.view.landscape.incidents}
    sources = {s.ref: s for ref in refs if ref in by_ref for s in by_ref[ref].sources}
    return tuple(part for part in writer.cite(sources.values(), use) if isinstance(part, Cite))
