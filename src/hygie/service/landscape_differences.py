"""A published count beside documented incidents, and one window beside another: the difference, in words."""

from __future__ import annotations

from collections.abc import Sequence

from hygie.knowledge.landscape import Landscape
from hygie.knowledge.landscape.counts import count_events
from hygie.knowledge.landscape.reconcile import Reason, Reconciliation
from hygie.knowledge.landscape.trends import Change, ChangeRow
from hygie.knowledge.landscape.windows import place_span
from hygie.knowledge.records import Incident
from hygie.service.landscape_sentences import list_publishers, name_actor, name_class, name_count
from hygie.service.victims import name_victim
from hygie.views.landscape import ChangeRow as ChangeRowView
from hygie.views.landscape import ChangeView, NoteView, PeriodView, ReconciliationView
from hygie.views.landscape_words import (
    capitalise,
    format_ratio,
    join_words,
    label_of,
    say_events,
    say_victims,
    window_label,
)
from hygie.views.messages import translator
from hygie.views.numbers import format_count

__all__ = ["show_change", "show_reconciliation"]

_NAMED = 6
_COUNTED_REASONS: tuple[Reason, ...] = (
    "unnamed_actor",
    "claim_only",
    "low_confidence",
    "year_only",
    "after_the_fact",
)


def show_reconciliation(row: Reconciliation, landscape: Landscape, language: str) -> ReconciliationView:
    """Return one published count beside the documented incidents, with what explains the difference."""
    count = row.published.count
    return ReconciliationView(
        count=count.ref,
        label=name_count(landscape, count, language),
        published=count.count,
        at_least=count.at_least,
        facilities=row.facilities,
        events=row.events,
        possible=len(row.possible),
        after_the_fact=row.after_the_fact,
        own_facilities=len(row.own),
        own_events=count_events(row.own),
        missing=row.missing,
        surplus=row.surplus,
        compared=row.compared,
        sentences=_explain(row, landscape, language),
        notes=[
            NoteView(
                incident=doubt.incident.ref,
                victim=name_victim(doubt.incident.victim, language),
                reasons=[label_of("reason", reason, language) for reason in doubt.reasons],
                text=doubt.incident.notes.in_language(language) if doubt.incident.notes else None,
            )
            for doubt in row.doubts
        ],
        incidents=[incident.ref for incident in row.documented],
    )


def _explain(row: Reconciliation, landscape: Landscape, language: str) -> list[str]:
    _ = translator(language)
    count = row.published.count
    number = format_count(count.count, language)
    label = name_count(landscape, count, language)
    values = {
        "label": label,
        "window": window_label(row.published.window.first, row.published.window.last, language),
        "who": join_words(list_publishers([count], landscape), language),
        "count": number,
        "victims": say_victims(row.facilities, language),
        "events": say_events(row.events, language),
    }
    if count.at_least:
        text = _("{label}, {window}: at least {count} by {who}; documented here: {victims}, {events}.", **values)
    else:
        text = _("{label}, {window}: {count} by {who}; documented here: {victims}, {events}.", **values)
    lines = [text]
    if not row.compared:
        lines.append(_("A filter keeps only a part of what was counted: the two are not compared."))
        return lines
    if row.missing:
        lines.append(
            _(
                "No public record here for at least {n} of the {count}.",
                n=format_count(row.missing, language),
                count=number,
            )
        )
    if row.surplus:
        lines.append(
            _(
                "More are documented than counted, by {n}: the count may define the class more narrowly, or see less.",
                n=format_count(row.surplus, language),
            )
        )
    if row.possible:
        lines.append(
            _(
                "More that may fall in its window, their dates being too coarse: {n}.",
                n=format_count(len(row.possible), language),
            )
        )
    return [
        *lines,
        *_explain_definition(row, landscape, language),
        *_explain_waves(row, landscape, language),
        *_explain_doubts(row, landscape, language),
    ]


def _explain_definition(row: Reconciliation, landscape: Landscape, language: str) -> list[str]:
    _ = translator(language)
    lines: list[str] = []
    known = landscape.knowledge.classes.get(row.published.count.threat_class)
    if known is not None and not known.is_independent:
        lines.append(_("The count is one of victims: a campaign that strikes many at once is one event."))
    elif row.events < row.facilities:
        lines.append(
            _(
                "The documented victims were struck in {events}: a count that takes events, or sites, gives another "
                "number.",
                events=say_events(row.events, language),
            )
        )
    if row.published.count.out_of_scope:
        lines.append(_("The count takes in bodies outside the population that rates refer to."))
    if row.by_fallback:
        lines.append(
            _(
                "The class of the census is worked out from our own for {n}.",
                n=format_count(row.by_fallback, language),
            )
        )
    return lines


def _explain_waves(row: Reconciliation, landscape: Landscape, language: str) -> list[str]:
    _ = translator(language)
    return [
        _(
            "{name}: {published} victims published, {named} named, {documented} documented.",
            name=wave.campaign.name.in_language(language) if wave.campaign.name else wave.campaign.ref,
            published=format_count(wave.campaign.victims_published, language),
            named=format_count(wave.campaign.victims_named, language),
            documented=format_count(len(wave.documented), language),
        )
        for wave in landscape.waves
        if wave.campaign.threat_class == row.published.count.threat_class
        and wave.campaign.victims_published is not None
        and place_span(wave.campaign.span, row.published.window) != "outside"
    ]


def _explain_doubts(row: Reconciliation, landscape: Landscape, language: str) -> list[str]:
    _ = translator(language)

    def with_reason(reason: Reason) -> list[Incident]:
        return [doubt.incident for doubt in row.doubts if reason in doubt.reasons]

    lines: list[str] = []
    other = with_reason("other_class")
    if other:
        held = [
            f"{name_victim(item.victim, language)} ({name_class(landscape, item.threat_class, language)})"
            for item in other[:_NAMED]
        ]
        lines.append(
            _(
                "Counted in this class by the census, held here under another: {parts}.",
                parts=", ".join(held),
            )
        )
    outside = with_reason("outside_population")
    if outside:
        kinds = list(dict.fromkeys(label_of("kind", incident.victim.kind, language) for incident in outside))
        lines.append(
            _(
                "Outside the population of the count: {n} ({kinds}).",
                n=format_count(len(outside), language),
                kinds=", ".join(kinds),
            )
        )
    unknown = with_reason("unknown_actor")
    if unknown:
        named = [name_actor(landscape, ref, language) for ref in row.published.count.actors]
        lines.append(
            _(
                "The source names {actors}; the actor of {n} documented here is not known: whether it counts them is "
                "inferred.",
                actors=join_words(named, language),
                n=format_count(len(unknown), language),
            )
        )
    numbers: dict[Reason, int] = {reason: len(with_reason(reason)) for reason in _COUNTED_REASONS}
    shown = {reason: format_count(number, language) for reason, number in numbers.items()}
    texts: dict[Reason, str] = {
        "unnamed_actor": _("Attributed to an actor that the source does not name: {n}.", n=shown["unnamed_actor"]),
        "claim_only": _("Publication of data claimed by the attacker, not confirmed: {n}.", n=shown["claim_only"]),
        "low_confidence": _("Attributed with low confidence: {n}.", n=shown["low_confidence"]),
        "year_only": _("Dated to the year only: {n}.", n=shown["year_only"]),
        "after_the_fact": _(
            "Dated by a leak-site entry or a disclosure, not by the attack: {n}.", n=shown["after_the_fact"]
        ),
    }
    return [*lines, *(texts[reason] for reason in _COUNTED_REASONS if numbers[reason])]


def show_change(
    change: Change, title: str, *, before: PeriodView, after: PeriodView, landscape: Landscape, language: str
) -> ChangeView:
    """Return two windows compared, with what to bear in mind."""
    _ = translator(language)
    rows = [_show_row(row, change, landscape, language) for row in change.rows]
    return ChangeView(
        title=title,
        sentence=_(
            "{before}: {first}; {after}: {then}. {verdict}",
            before=capitalise(before.label),
            first=say_events(rows[0].before, language),
            after=after.label,
            then=say_events(rows[0].after, language),
            verdict=rows[0].sentence,
        ),
        before=before,
        after=after,
        rows=rows,
        cautions=_list_cautions(change, rows, language),
    )


def _show_row(row: ChangeRow, change: Change, landscape: Landscape, language: str) -> ChangeRowView:
    _ = translator(language)
    before, after = count_events(row.before), count_events(row.after)
    return ChangeRowView(
        id=row.key or "all",
        label=name_class(landscape, row.key, language) if row.key else _("All classes"),
        before=before,
        after=after,
        before_facilities=len(row.before),
        after_facilities=len(row.after),
        before_per_y=before / change.before.years,
        after_per_y=after / change.after.years,
        ratio=row.ratio.ratio,
        low=row.ratio.low,
        high=row.ratio.high,
        sentence=_judge(row, language),
    )


def _judge(row: ChangeRow, language: str) -> str:
    _ = translator(language)
    ratio = row.ratio
    if not row.before and not row.after:
        return _("Nothing is documented in either: nothing can be said of a change.")
    low = format_ratio(ratio.low, language)
    if ratio.high is None:
        text = _("The documented yearly rate is at least {low} times the earlier one, allowing for chance.", low=low)
    elif ratio.ratio is None or not row.after:
        high = format_ratio(ratio.high, language)
        text = _("The documented yearly rate is at most {high} times the earlier one, allowing for chance.", high=high)
    else:
        text = _(
            "The documented yearly rate is {ratio} times the earlier one ({low} to {high}, allowing for chance).",
            ratio=format_ratio(ratio.ratio, language),
            low=low,
            high=format_ratio(ratio.high, language),
        )
    if ratio.excludes_one:
        return text + " " + _("Chance alone hardly explains it; a change in reporting may.")
    return text + " " + _("That is compatible with no change.")


def _list_cautions(change: Change, rows: Sequence[ChangeRowView], language: str) -> list[str]:
    _ = translator(language)
    lines = [
        _(
            "These are attacks that became public. Laws, habits and attention of the press change from year to year: a "
            "rise may be one of reporting."
        ),
        _("Events are compared, not victims: a campaign that strikes many at once counts once."),
    ]
    if change.before.days != change.after.days:
        lines.append(
            _(
                "The windows have {before} and {after} days: their rates are compared, not their numbers.",
                before=format_count(change.before.days, language),
                after=format_count(change.after.days, language),
            )
        )
    if len(rows) > 2:
        lines.append(
            _(
                "{n} rows are compared at once: about one in 20 would stand out by chance.",
                n=format_count(len(rows), language),
            )
        )
    if change.unsure:
        lines.append(
            _(
                "Not compared, their dates being too coarse to tell the window: {n}.",
                n=format_count(len(change.unsure), language),
            )
        )
    return lines
