"""What comes: the next twelve months with their bands, and what would help most."""

from __future__ import annotations

from collections.abc import Sequence

from hygie.report.document import Block, Bullets, Note, Section
from hygie.report.study_kit import StudyWriter, cell, paragraph
from hygie.report.study_weaknesses import say_no_model
from hygie.views.charts_layout import NARROW, WIDE, Chart
from hygie.views.charts_study import Band, draw_bands, draw_icons
from hygie.views.landscape_words import date_label, name_state
from hygie.views.study import SectorRate, StudyControl

__all__ = ["say_typical", "write_measures", "write_outlook"]

_CHARTED, _LISTED, _ACTORS = 10, 20, 10
_THOUSAND = 1_000
# Fewer events a year in the whole sector than this are told, not drawn.
_DRAWN = 0.5


def say_typical(writer: StudyWriter) -> str:
    """Return what the typical hospital is."""
    _, typical = writer._, writer.require_numbers().typical
    return _(
        "a general hospital of {beds} beds and places and {staff} full-time equivalents, the one in which the middle "
        "bed of its kind stands; it does not exist, and its defences are those of the sector",
        beds=writer.count(typical.beds),
        staff=writer.count(typical.fte),
    )


def write_outlook(writer: StudyWriter) -> Section:
    """Return the year ahead of the sector and of the typical hospital."""
    _, view = writer._, writer.view
    blocks: list[Block | Section] = []
    if view.numbers is None:
        blocks.append(say_no_model(writer))
    else:
        blocks += [
            paragraph(
                _(
                    "What follows is computed, not observed: published counts, corrected for what they miss, carried "
                    "forward twelve months from {date} with the state of each actor. Bands hold 90 of 100 plausible "
                    "values; what truly surprises is not in them.",
                    date=_format_day(writer),
                )
            ),
            _write_sector(writer),
            _write_hospital(writer),
            _write_actor_states(writer),
        ]
    if view.states:
        blocks.append(
            Section(
                "sector-states",
                _("What weighs on the whole sector today"),
                (
                    Bullets(
                        tuple(
                            (
                                _(
                                    "{label} ({what}, since {date}).",
                                    label=row.label,
                                    what=row.class_label,
                                    date=row.since,
                                ),
                                *((" ", row.note) if row.note else ()),
                                *writer.cite(row.sources, _("state of the sector")),
                            )
                            for row in view.states
                        )
                    ),
                ),
            )
        )
    return Section("outlook", _("The next twelve months"), tuple(blocks), new_page=True)


def _format_day(writer: StudyWriter) -> str:
    return date_label(writer.day, "day", writer.language)


def _list_decades(low: float, high: float) -> list[float]:
    """Return powers of ten that bound a range."""
    value = 1e-3
    while value * 10.0 <= low:
        value *= 10.0
    steps = [value]
    while steps[-1] < high:
        steps.append(steps[-1] * 10.0)
    return steps


def _label(writer: StudyWriter, row: SectorRate) -> str:
    return writer.view.class_labels.get(row.id, row.id)


def _write_sector(writer: StudyWriter) -> Section:
    _, numbers = writer._, writer.require_numbers()
    rows = [row for row in numbers.rates if row.sector is not None and row.sector.median >= _DRAWN]
    rare = [_label(writer, row) for row in numbers.rates if row.sector is not None and row.sector.median < _DRAWN]
    rows.sort(key=lambda row: -(row.sector.mean if row.sector else 0.0))
    if not rows:
        return Section("outlook-in-sector", _("In the sector"), (paragraph(_("Nothing stands out.")),))
    bands = [
        Band(
            label=_label(writer, row),
            low=max(row.sector.low, 0.1),
            middle=max(row.sector.median, 0.1),
            high=row.sector.high,
            text=writer.range(row.sector.low, row.sector.high),
        )
        for row in rows
        if row.sector is not None
    ]
    first = rows[0].sector
    assert first is not None
    sentence = _(
        "Most often: {label}, likely {low} to {high} organisations struck in the year.",
        label=_label(writer, rows[0]),
        low=writer.number(first.low),
        high=writer.number(first.high),
    )
    title = _("Organisations struck in the next twelve months, in the whole sector")
    ticks = [
        (value, writer.number(value)) for value in _list_decades(min(b.low for b in bands), max(b.high for b in bands))
    ]

    def draw(width: int) -> Chart:
        return draw_bands(
            bands, id="outlook-sector", title=title, sentence=sentence, ticks=ticks, log=True, width=width
        )

    data = writer.tabulate(
        "outlook-sector",
        title,
        (
            [_("Class"), _("low (5%)"), _("middle"), _("high (95%)")],
            [[_label(writer, row), row.sector.low, row.sector.median, row.sector.high] for row in rows if row.sector],
        ),
    )
    return Section(
        "outlook-in-sector",
        _("In the sector"),
        (
            writer.picture(draw(WIDE), data, narrow=draw(NARROW)),
            paragraph(
                _(
                    "These are attacks that leave a mark, small ones included: an encryption that stops at one "
                    "workstation counts. Published counts are lower, because few of them become public."
                )
            ),
            *(
                [paragraph(_("Rarer than once in two years in the whole sector: {names}.", names=", ".join(rare)))]
                if rare
                else []
            ),
        ),
    )


def _write_hospital(writer: StudyWriter) -> Section:
    _, numbers = writer._, writer.require_numbers()
    rows = sorted((row for row in numbers.rates if row.hospital.mean > 1e-6), key=lambda row: -row.hospital.mean)
    blocks: list[Block] = [paragraph(_("The typical hospital is {what}.", what=say_typical(writer)))]
    chosen = next((row for row in rows if row.id == "ransomware"), rows[0] if rows else None)
    if chosen is not None:
        count = round(_THOUSAND * chosen.hospital.mean)
        sentence = _(
            "{label}: of 1,000 hospitals like this one, about {n} are struck in the next twelve months, likely "
            "{low} to "
            "{high}. One square is one hospital.",
            label=_label(writer, chosen),
            n=writer.count(count),
            low=writer.number(_THOUSAND * chosen.hospital.low),
            high=writer.number(_THOUSAND * chosen.hospital.high),
        )
        title = _("A thousand hospitals, one year")
        data = writer.tabulate("thousand", title, ([_("struck"), _("not struck")], [[count, _THOUSAND - count]]))
        blocks.append(
            writer.picture(
                draw_icons(count, id="thousand", title=title, sentence=sentence),
                data,
                narrow=draw_icons(count, id="thousand", title=title, sentence=sentence, width=NARROW),
            )
        )
    blocks.append(
        writer.table(
            "outlook-hospital",
            _("Events in a year, in 1,000 typical hospitals"),
            (("class", _("Class"), 2.4), ("mean", ">" + _("expected"), 0.8), ("range", ">" + _("likely"), 1.2)),
            (
                (
                    cell(_label(writer, row)),
                    cell(writer.number(_THOUSAND * row.hospital.mean), _THOUSAND * row.hospital.mean),
                    cell(writer.range(_THOUSAND * row.hospital.low, _THOUSAND * row.hospital.high)),
                )
                for row in rows
            ),
            _("Attacks on a neighbour that come over are not in this table."),
        )
    )
    blocks.append(
        paragraph(
            _(
                "Put together, an average year costs the typical hospital {loss} and {days} bed-days, most of it in "
                "a few "
                "bad years: likely {low} to {high} on average, for what is not known.",
                loss=writer.euros(numbers.aal_eur.value),
                days=writer.count(numbers.bed_days_per_y.value),
                low=writer.euros(numbers.aal_eur.low),
                high=writer.euros(numbers.aal_eur.high),
            )
        )
    )
    blocks.append(
        writer.simulated(
            _("{draws} sets of plausible values of what is not known.", draws=writer.count(numbers.plan.draws)),
            f"hygie threat rates typical-hospital.yaml --draws {numbers.plan.draws} --seed {numbers.seed} "
            f"--as-of {writer.day}",
        )
    )
    return Section("outlook-typical", _("At a typical hospital"), tuple(blocks))


def _write_actor_states(writer: StudyWriter) -> Section:
    _, numbers, labels = writer._, writer.require_numbers(), writer.view.actor_labels
    rows = [row for row in numbers.shares if row.share.mean > 0.0][:_ACTORS]
    gone = [labels[row.ref] for row in numbers.shares if row.state == 0.0]
    blocks: list[Block] = [
        writer.table(
            "outlook-actors",
            _("Who would be behind the next intrusion"),
            (("actor", _("Actor"), 2.0), ("share", ">" + _("in 100 attempts"), 0.9), ("range", ">" + _("likely"), 0.9),
             ("state", _("State today"), 0.9)),
            (
                (
                    cell(labels[row.ref]),
                    cell(writer.number(100 * row.share.mean), row.share.mean),
                    cell(writer.range(100 * row.share.low, 100 * row.share.high)),
                    cell(name_state(row.state, writer.language)),
                )
                for row in rows
            ),
            _("Shares rest on few attributed cases: bands are wide, and nearby ranks may well be swapped."),
        )
    ]  # fmt: skip
    if gone:
        blocks.append(
            paragraph(_("Counted as gone: {names}. Their people often go on elsewhere.", names=", ".join(gone)))
        )
    return Section("outlook-who", _("Who"), tuple(blocks))


def write_measures(writer: StudyWriter) -> Section:
    """Return which controls avoid most at the typical hospital."""
    _, view = writer._, writer.view
    blocks: list[Block | Section] = []
    if view.numbers is None:
        blocks.append(say_no_model(writer))
    else:
        blocks += _write_controls(writer, view.controls)
    facts = writer.facts("defence", _("defences in the sector"))
    if facts is not None:
        blocks.append(Section("defence", _("Where the sector stands"), (facts,)))
    return Section("measures", _("What helps most"), tuple(blocks), new_page=True)


def _write_controls(writer: StudyWriter, rows: Sequence[StudyControl]) -> list[Block]:
    _, numbers = writer._, writer.require_numbers()
    if not rows:
        return [paragraph(_("No control of the catalogue would change anything here."))]
    first = rows[0].numbers.avoided_eur_per_y
    sentence = _(
        "What avoids most is “{label}”: about {value} a year, likely {low} to {high}. The order of "
        "neighbours in this list "
        "is not certain.",
        label=rows[0].label,
        value=writer.euros(first.value),
        low=writer.euros(first.low),
        high=writer.euros(first.high),
    )
    shown = rows[:_CHARTED]
    title = _("Loss avoided a year at the typical hospital, each control alone")
    most = max(row.numbers.avoided_eur_per_y.high for row in shown)
    ticks = _list_decades(100.0, most)

    def draw(width: int) -> Chart:
        return draw_bands(
            [
                Band(
                    label=row.label,
                    low=max(row.numbers.avoided_eur_per_y.low, ticks[0]),
                    middle=max(row.numbers.avoided_eur_per_y.value, ticks[0]),
                    high=max(row.numbers.avoided_eur_per_y.high, ticks[0]),
                    text=writer.euros(row.numbers.avoided_eur_per_y.value),
                )
                for row in shown
            ],
            id="controls",
            title=title,
            sentence=sentence,
            ticks=[(value, writer.euros(value)) for value in ticks],
            log=True,
            width=width,
        )

    data = writer.tabulate(
        "controls",
        title,
        (
            [_("Control"), _("avoided a year (EUR of 2024)"), _("low (5%)"), _("high (95%)"), _("simulation error")],
            [
                [row.label, row.numbers.avoided_eur_per_y.value, row.numbers.avoided_eur_per_y.low,
                 row.numbers.avoided_eur_per_y.high, row.numbers.avoided_eur_per_y.mc_error]
                for row in rows
            ],
        ),
    )  # fmt: skip
    return [
        paragraph(
            _(
                "Each control is brought from where the sector stands to almost everywhere (95 in 100), alone, on the "
                "same simulated years. Controls overlap: their gains do not add up."
            )
        ),
        writer.picture(draw(WIDE), data, narrow=draw(NARROW)),
        _tabulate_controls(writer, rows),
        Note(
            kind="caution",
            title=_("A typical hospital is not yours"),
            blocks=(
                paragraph(
                    _("What pays depends on what is there already. “hygie decide controls” answers for one hospital, "
                      "with its own defences.")
                ),
            ),
        ),
        writer.simulated(
            _(
                "{years} years for each control, which {draws} sets of plausible values of what is not known share.",
                years=writer.count(numbers.plan.decision_years),
                draws=writer.count(numbers.plan.draws),
            ),
            f"hygie decide controls typical-hospital.yaml --years {numbers.plan.decision_years} "
            f"--draws {numbers.plan.draws} --seed {numbers.seed} --as-of {writer.day}",
        ),
    ]  # fmt: skip


def _tabulate_controls(writer: StudyWriter, rows: Sequence[StudyControl]) -> Block:
    _, horizon = writer._, writer.require_numbers().horizon_y
    return writer.table(
        "controls-listed",
        _("Controls one by one"),
        (("control", _("Control"), 2.1), ("function", _("Function"), 0.8), ("now", ">" + _("in place"), 0.7),
         ("avoided", ">" + _("avoided a year"), 0.9), ("days", ">" + _("bed-days a year"), 0.8),
         ("cost", ">" + _("cost over {years} years", years=str(horizon)), 1.0), ("pays", ">" + _("pays, in 100"), 0.7)),
        (
            (
                cell(row.label),
                cell(row.function_label),
                cell(writer.percent(row.numbers.coverage_now), row.numbers.coverage_now),
                cell(writer.euros(row.numbers.avoided_eur_per_y.value), row.numbers.avoided_eur_per_y.value),
                cell(writer.number(row.numbers.bed_days_per_y.value), row.numbers.bed_days_per_y.value),
                cell(writer.euros(row.numbers.cost_eur.value), row.numbers.cost_eur.value),
                cell(writer.count(100 * row.numbers.p_worth), row.numbers.p_worth),
            )
            for row in rows[:_LISTED]
        ),
        _(
            "“In place” is the average of the sector, drawn; costs are set-up and running costs at their present "
            "value. “Pays” says in how many of 100 plausible worlds the control avoids more money than it costs; "
            "patients are not in it."
        ),
    )  # fmt: skip
