"""What the parts of a landscape say, in sentences: derived from figures and fields, never from one incident."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from hygie.knowledge.landscape import Landscape
from hygie.knowledge.landscape.counts import Breakdown, Spread, Tally
from hygie.knowledge.landscape.gaps import Gap
from hygie.knowledge.landscape.reconcile import Published
from hygie.knowledge.landscape.select import LATE
from hygie.knowledge.landscape.trends import Timeline
from hygie.knowledge.landscape.waves import Wave
from hygie.knowledge.records import UNKNOWN_ACTOR, CountObservation, Incident
from hygie.views.landscape_words import (
    capitalise,
    join_words,
    label_of,
    month_label,
    say_events,
    say_months,
    say_victims,
    territory_label,
    window_label,
)
from hygie.views.messages import translator
from hygie.views.numbers import format_count, format_euros, format_number, format_percent
from hygie.views.tile_map import Level

__all__ = [
    "describe_actors",
    "describe_apart",
    "describe_breakdown",
    "describe_census",
    "describe_gap",
    "describe_spread",
    "describe_timeline",
    "describe_wave",
    "list_methods",
    "name_actor",
    "name_class",
    "name_count",
    "name_key",
    "write_headline",
]

_NAMED = 5
_TIED = 3
_LEVELS: Mapping[str, Level] = {"region": "regions", "department": "departments"}


def name_class(landscape: Landscape, ref: str, language: str) -> str:
    """Return what a threat class is called."""
    classes = landscape.knowledge.classes
    return classes[ref].name.in_language(language) if ref in classes else ref


def name_count(landscape: Landscape, count: CountObservation, language: str) -> str:
    """Return what a published count counts, in a few words: as a census says it, else as our class says it."""
    if count.source_kind == "press_census" and count.threat_class == "intrusion":
        return label_of("census_class", "other", language)
    return name_class(landscape, count.threat_class, language)


def name_actor(landscape: Landscape, ref: str, language: str) -> str:
    """Return what an actor is called."""
    name = landscape.names.resolve(ref)
    return label_of("actor", name, language) if name == UNKNOWN_ACTOR else landscape.names.name(name)


def name_key(landscape: Landscape, trait: str, key: str | None, language: str) -> str:
    """Return what a value of a trait is called."""
    if key is not None and trait == "class":
        return name_class(landscape, key, language)
    if key is not None and trait in _LEVELS and landscape.scope.country == "FR":
        return territory_label(_LEVELS[trait], key)
    return label_of(trait, key, language)


def list_publishers(counts: Sequence[CountObservation], landscape: Landscape) -> list[str]:
    """Return who published some counts, each once."""
    known, scope = landscape.knowledge.evidence, landscape.scope
    cited = [known[ref] for count in counts for ref in count.evidence if ref in known]
    return list(dict.fromkeys(source.publisher for source in cited if scope.allows(source.tlp)))


def write_headline(landscape: Landscape, language: str) -> list[str]:
    """Return the few sentences that a reader takes away."""
    _ = translator(language)
    window = landscape.scope.window
    when = capitalise(window_label(window.first, window.last, language))
    lines: list[str] = []
    if landscape.facilities:
        victims, events = say_victims(landscape.facilities, language), say_events(landscape.events, language)
        lines.append(
            _("{window}: {victims} documented one by one, in {events}.", window=when, victims=victims, events=events)
        )
    else:
        lines.append(_("{window}: no incident is documented. That is not the same as no attack.", window=when))
    same = [row for row in landscape.comparisons if row.published.position == "same" and row.compared]
    if same:
        names = [name_count(landscape, row.published.count, language) for row in same]
        counted = [format_count(row.published.count.count, language) for row in same]
        found = [format_count(row.facilities, language) for row in same]
        who = join_words(list_publishers([row.published.count for row in same], landscape), language)
        lines.append(_("Counted over the same window by {who}: {parts}.", who=who, parts=_pair(names, counted)))
        late = {item.ref for row in same for item in row.documented if item.date_basis in LATE}
        values = {"parts": _pair(names, found), "n": format_count(len(late), language)}
        lines.append(
            _("Documented here, in the same classes: {parts}; dated by their disclosure: {n}.", **values)
            if late
            else _("Documented here, in the same classes: {parts}.", **values)
        )
    if landscape.facilities:
        lines.append(describe_actors(landscape, language))
        lines.append(_describe_care(landscape.breakdowns["care"], language))
    return lines


def _pair(names: Sequence[str], numbers: Sequence[str]) -> str:
    return ", ".join(f"{name} {number}" for name, number in zip(names, numbers, strict=True))


def _describe_care(care: Breakdown, language: str) -> str:
    _ = translator(language)
    numbers = {row.key: row.facilities for row in care.rows}
    return _(
        "Care: an effect is stated for {effect} of {total}; none is stated or known for {none}; nothing is said for "
        "{silent}.",
        effect=format_count(numbers.get("effect", 0), language),
        total=format_count(care.facilities, language),
        none=format_count(numbers.get("none_stated", 0) + numbers.get("none_known", 0), language),
        silent=format_count(numbers.get(None, 0), language),
    )


def describe_census(landscape: Landscape, language: str) -> str:
    """Return the sentence of the published counts."""
    _ = translator(language)
    if not landscape.published:
        return _("No published count of this sector and country shares a day with the window.")
    lines = [
        _(
            "Counts and documented incidents are two readings of the same events, under different definitions: they "
            "stand side by side and are never added up."
        )
    ]
    if any(item.position == "overlapping" for item in landscape.published):
        lines.append(_("Counts over other windows are listed for context only."))
    return " ".join(lines)


def describe_actors(landscape: Landscape, language: str) -> str:
    """Return the sentence of the actors."""
    _ = translator(language)
    rows = landscape.actors
    known = sorted(
        (row for row in rows if row.ref != UNKNOWN_ACTOR and row.incidents),
        key=lambda row: (-row.facilities, name_actor(landscape, row.ref, language)),
    )
    unknown = sum(row.facilities for row in rows if row.ref == UNKNOWN_ACTOR)
    total = format_count(landscape.facilities, language)
    if not known:
        return _("No documented incident of the window is attributed to an actor.")
    # Never "1 other": a last one is named instead.
    named = known if len(known) == _NAMED + 1 else known[:_NAMED]
    rest = known[len(named) :]
    parts = [
        f"{name_actor(landscape, row.ref, language)} {format_count(row.facilities, language)}"
        + (f" ({say_events(row.events, language)})" if row.events < row.facilities else "")
        for row in named
    ]
    if rest:
        others = _("{count} other actors", count=format_count(len(rest), language))
        parts.append(f"{others} {format_count(sum(row.facilities for row in rest), language)}")
    lines = [_("Documented victims by actor: {parts}.", parts=", ".join(parts))]
    if unknown:
        lines.append(_("Actor not known: {n} of {total}.", n=format_count(unknown, language), total=total))
    return " ".join(lines)


def describe_breakdown(landscape: Landscape, breakdown: Breakdown, language: str) -> str:
    """Return the sentence of a count by trait."""
    _ = translator(language)
    if not breakdown.facilities:
        return _("No documented incident.")
    if breakdown.trait == "care":
        return _describe_care(breakdown, language)
    total = format_count(breakdown.facilities, language)
    if breakdown.trait == "ot":
        told = sum(row.facilities for row in breakdown.rows if row.key == "effect")
        return _(
            "An effect on building or medical systems is told for {n} of {total}; sources seldom say that there was "
            "none.",
            n=format_count(told, language),
            total=total,
        )
    silent = breakdown.facilities - breakdown.reported
    rows = [row for row in breakdown.rows if row.key is not None]
    lines = [_describe_first(landscape, breakdown, rows, language)] if rows else []
    if silent:
        lines.append(_("Not reported: {n} of {total}.", n=format_count(silent, language), total=total))
    return " ".join(lines)


def _describe_first(landscape: Landscape, breakdown: Breakdown, rows: Sequence[Tally], language: str) -> str:
    _ = translator(language)
    first = rows[0]
    tied = [row for row in rows if row.facilities == first.facilities]
    values = {"n": format_count(first.facilities, language), "total": format_count(breakdown.reported, language)}
    if len(tied) > _TIED:
        return _("None stands out: at most {n} of {total} each.", **values)
    label = join_words([name_key(landscape, breakdown.trait, row.key, language) for row in tied], language)
    if len(rows) == 1 or first.share_range is None:
        return _("{label}: {n} of {total}.", label=label, **values)
    values |= {
        "low": format_percent(round(first.share_range.low, 2), language),
        "high": format_percent(round(first.share_range.high, 2), language),
    }
    if len(tied) > 1:
        return _(
            "Most often: {label}, {n} of {total} each ({low} to {high}, allowing for chance).", label=label, **values
        )
    return _("Most often: {label}, {n} of {total} ({low} to {high}, allowing for chance).", label=label, **values)


def describe_spread(spread: Spread, language: str) -> str:
    """Return the sentence of a measured trait."""
    _ = translator(language)
    total, reported = format_count(spread.facilities, language), format_count(len(spread.values), language)
    middle = spread.median
    if middle is None:
        return _("Not reported for any of {total}.", total=total) if spread.facilities else _("No documented incident.")

    def show(value: float) -> str:
        return format_number(value, language, digits=3) if spread.unit == "d" else format_euros(value, language)

    values = {
        "n": reported,
        "total": total,
        "median": show(middle),
        "low": show(spread.values[0][2]),
        "high": show(spread.values[-1][2]),
    }
    if spread.unit == "d":
        text = _("Reported for {n} of {total}: median {median} days, from {low} to {high}.", **values)
    elif len(spread.values) == 1:
        text = _("Reported for {n} of {total}: {median}, in euros of its day.", **values)
    else:
        text = _("Reported for {n} of {total}: from {low} to {high}, in euros of their day.", **values)
    estimated = sum(quantity.estimated for _incident, quantity, _value in spread.values)
    if estimated:
        text += " " + _("Worked out, not stated, for {n}.", n=format_count(estimated, language))
    return text


def describe_timeline(timeline: Timeline, language: str) -> str:
    """Return the sentence of the months."""
    _ = translator(language)
    over = [month for month in timeline.months if month.is_over]
    quiet = sum(not month.incidents for month in over)
    lines: list[str] = []
    busiest = max(timeline.months, key=lambda month: len(month.incidents), default=None)
    if busiest is not None and busiest.incidents:
        lines.append(
            _(
                "Most in {month}: {victims}.",
                month=month_label(busiest.window.first.isoformat()[:7], language),
                victims=say_victims(len(busiest.incidents), language),
            )
        )
    if quiet:
        lines.append(
            _(
                "None documented in {n} of {months}, which does not mean no attack.",
                n=format_count(quiet, language),
                months=say_months(len(over), language),
            )
        )
    if len(over) < len(timeline.months):
        lines.append(_("The window is not over yet."))
    if timeline.undated:
        lines.append(
            _("In the window, but in no one month for certain: {n}.", n=format_count(len(timeline.undated), language))
        )
    return " ".join(lines)


def describe_wave(wave: Wave, language: str) -> str:
    """Return the sentence of a campaign."""
    _ = translator(language)
    documented = format_count(len(wave.documented), language)
    named = format_count(wave.campaign.victims_named, language)
    if wave.campaign.victims_published is None:
        return _("One event: {named} victims named, {documented} documented.", named=named, documented=documented)
    return _(
        "One event: {published} victims published, {named} named, {documented} documented.",
        published=format_count(wave.campaign.victims_published, language),
        named=named,
        documented=documented,
    )


def describe_apart(part: str, incidents: Sequence[Incident], language: str) -> str:
    """Return the sentence of incidents that are counted apart."""
    _ = translator(language)
    if not incidents:
        return _("None.")
    if part == "possible":
        return _("Their dates are too coarse to tell whether they fall in the window: they are in no other figure.")
    return _(
        "Dated by a leak-site entry or a disclosure, which comes days or months after the attack: they are in no other "
        "figure, and the attack may lie before the window."
    )


def _identify_count(landscape: Landscape, published: Published, language: str) -> str:
    """Return what a count counts, when and by whom: several of one class differ in nothing else."""
    window = window_label(published.window.first, published.window.last, language)
    who = ", ".join(list_publishers([published.count], landscape))
    return "\u00a0· ".join(part for part in (name_count(landscape, published.count, language), window, who) if part)


def describe_gap(gap: Gap, landscape: Landscape, language: str) -> str:
    """Return the sentence of something missing."""
    _ = translator(language)
    values = {"n": format_count(gap.count, language), "total": format_count(gap.of, language)}
    if gap.id == "census":
        published = next(item for item in landscape.published if item.count.ref == gap.subject)
        label = _identify_count(landscape, published, language)
        return _("{label}: no public record here for at least {n} of the {total} counted.", label=label, **values)
    if gap.id == "campaign":
        return _("Campaign: no record here for at least {n} of the {total} victims published.", **values)
    return {
        "actor": _("Actor not known: {n} of {total}.", **values),
        "care": _("Silent on care: {n} of {total}.", **values),
        "region": _("Place not reported: {n} of {total}.", **values),
        "disruption_days": _("Length of the disruption not reported: {n} of {total}.", **values),
        "ransom_eur": _("Ransom demand, or that there was none, not reported: {n} of {total}.", **values),
        "loss_eur": _("Cost not reported: {n} of {total}.", **values),
        "link": _("Evidence without a public link: {n} of {total}.", **values),
        "undated": _("In no one month for certain: {n} of {total}.", **values),
        "quiet_months": _("Months with none documented: {n} of {total}.", **values),
        "possible": _("Dates too coarse to tell whether they fall in the window: {n} of {total}.", **values),
        "unplaced": _("Left out, for they state no sector or no country: {n} of {total}.", **values),
    }[gap.id]


def list_methods(language: str) -> list[str]:
    """Return how the intervals were computed, and what they leave out."""
    _ = translator(language)
    return [
        _(
            "Intervals hold what chance alone would do 95 times in 100, and nothing of what was never made public. "
            "Counts: Garwood 1936 ({doi}), on events.",
            doi="doi:10.1093/biomet/28.3-4.437",
        ),
        _(
            "Shares: Clopper and Pearson 1934 ({doi}), the victims of one event taken as one (Kish 1965; Korn and "
            "Graubard 1998).",
            doi="doi:10.1093/biomet/26.4.404",
        ),
        _(
            "Ratios of rates: Przyborowski and Wilenski 1940 ({doi}), in the exact conditional form of Fay 2010 "
            "({doi_fay}).",
            doi="doi:10.1093/biomet/31.3-4.313",
            doi_fay="doi:10.32614/RJ-2010-008",
        ),
    ]
