"""How it was made and what it lacks: method, limits, and every incident and published count with its sources."""

from __future__ import annotations

from hygie.report.document import Block, Bullets, Cell, Note, Section, Text
from hygie.report.study_kit import StudyWriter, cell, paragraph, say_days
from hygie.report.study_outlook import say_typical
from hygie.views.landscape import IncidentRowView

__all__ = ["write_annex", "write_method"]


def write_method(writer: StudyWriter) -> Section:
    """Return method and limits."""
    _, view = writer._, writer.view
    landscape = view.landscape
    counting: list[Block] = [
        paragraph(
            _(
                "An incident is counted when public sources give its victim and a date inside the window. Incidents "
                "dated by their disclosure, or too coarsely, stand apart and are in no other figure. Several victims "
                "of one action are one event."
            )
        ),
        Bullets(tuple((text,) for text in landscape.methods)),
    ]
    for part in landscape.apart:
        if part.incidents:
            counting.append(paragraph(part.title, _(": "), part.sentence))
    blocks: list[Block | Section] = [Section("counting", _("How incidents are counted"), tuple(counting))]
    if view.numbers is not None:
        numbers = view.numbers
        writer.stand_behind(view.inputs, _("inputs of the model"))
        blocks.append(
            Section(
                "model",
                _("How the rest is computed"),
                (
                    paragraph(
                        _(
                            "The model simulates years: attempts come at rates fitted to published counts, cross zones "
                            "of a hospital step by step against its defences, stop machines, and care stops with them. "
                            "Loss is booked item by item in euros of 2024. What is not known is drawn, not averaged."
                        )
                    ),
                    paragraph(_("The typical hospital is {what}.", what=say_typical(writer))),
                    paragraph(
                        _(
                            "{assumed} of the {all} inputs of the model are assumptions without "
                            "published evidence; each "
                            "has a range, and the ranges are in the bands.",
                            assumed=writer.count(numbers.assumed),
                            all=writer.count(numbers.inputs),
                        )
                    ),
                    paragraph(
                        _(
                            "Seed {seed}; digest of all simulated figures {digest}. The file "
                            "typical-hospital.yaml that "
                            "comes with this study gives each figure again with the commands shown beside it.",
                            seed=str(numbers.seed),
                            digest=writer.digest,
                        )
                    ),
                ),
            )
        )
    return Section("method", _("Method"), (*blocks, _write_limits(writer)), new_page=True)


def _write_limits(writer: StudyWriter) -> Section:
    _, view = writer._, writer.view
    blocks: list[Block] = []
    gaps: tuple[Text, ...] = tuple((gap.sentence,) for gap in view.landscape.gaps)
    if gaps:
        blocks += [paragraph(_("What is known to be missing in this window:")), Bullets(gaps)]
    general: list[Text] = [
        (_("Only what became public is counted. Nobody knows the rest."),),
        (_("Attribution is often a claim of the attacker. A payload alone proves no hand."),),
    ]
    if view.numbers is not None:
        general += [
            (_("Simulated figures are about the whole country, whatever region this study is about."),),
            (_("Who shares which provider is assumed: a real list would move the rebounds more than anything else."),),
            (_("Simulated figures say what is plausible, not what will happen."),),
        ]
    blocks.insert(0, Note(kind="caution", title=_("Limits"), blocks=(Bullets(tuple(general)),)))
    return Section("limits", _("What this study cannot say"), tuple(blocks))


def write_annex(writer: StudyWriter) -> Section:
    """Return every incident and every published count, with sources."""
    _, view = writer._, writer.view.landscape
    blocks: list[Block | Section] = []
    if view.incidents:
        rows = [_show_incident(row, writer) for row in view.incidents]
        blocks.append(
            Section(
                "every-incident",
                _("Every incident"),
                (
                    writer.table(
                        "incidents",
                        _("Incidents of the window, with their sources"),
                        (("date", _("Date"), 0.9), ("victim", _("Victim"), 1.4), ("class", _("Class, actor"), 1.2),
                         ("told", _("What is reported"), 2.4)),
                        rows,
                        _("Names in brackets say where an incident is counted when it is not among the others."),
                    ),
                ),
            )
        )  # fmt: skip
    else:
        blocks.append(paragraph(_("No incident is documented in this window. That is not the same as no attack.")))
    if view.census.counts:
        blocks.append(
            Section(
                "every-count",
                _("Every published count"),
                (
                    writer.table(
                        "counts",
                        _("Published counts over the window or a part of it"),
                        (("count", _("What"), 1.0), ("window", _("Window"), 1.2), ("number", ">" + _("Number"), 0.7),
                         ("definition", _("Definition"), 2.4)),
                        (
                            (
                                cell(count.label),
                                cell(count.period.label),
                                cell(
                                    _("at least {n}", n=writer.count(count.count))
                                    if count.at_least
                                    else writer.count(count.count),
                                    count.count,
                                ),
                                cell((count.definition, *writer.cite(count.sources, _("published counts")))),
                            )
                            for count in view.census.counts
                        ),
                        _("Counts over other windows are context: they overlap, and are never added up."),
                    ),
                ),
                new_page=True,
            )
        )  # fmt: skip
    return Section("annex", _("Annex"), tuple(blocks))


def _show_incident(row: IncidentRowView, writer: StudyWriter) -> tuple[Cell, ...]:
    _ = writer._
    place = ", ".join(part for part in (row.kind_label, row.town) if part)
    apart = {"possible": _("may fall in the window"), "after_the_fact": _("dated by its disclosure")}.get(row.part)
    told = [part for part in (row.care_text, row.ot_text) if part]
    if row.disruption_days:
        told.append(_("Disruption: {days}.", days=say_days(row.disruption_days, writer)))
    victim = row.victim if place in row.victim else f"{row.victim} · {place}"
    return (
        cell(row.date_label, row.date),
        cell(victim if apart is None else f"{victim} ({apart})"),
        cell(f"{row.class_label} · {row.actor_label}"),
        cell((" ".join(told) or _("Nothing more is reported."), *writer.cite(row.sources, _("incidents")))),
    )
