"""The two weaknesses of the sector: what hospitals share, and machines that stand still without their IT."""

from __future__ import annotations

from collections import Counter

from hygie.report.document import Block, Bullets, Section, Table, Term, Text
from hygie.report.study_attacks import cite_incidents
from hygie.report.study_kit import StudyWriter, cell, paragraph, say_places
from hygie.views.charts_bars import Bar, draw_rows
from hygie.views.charts_layout import BLUE, BROWN, NARROW, WIDE, Chart
from hygie.views.charts_portfolio import draw_lacking_beds
from hygie.views.charts_study import Split, draw_splits
from hygie.views.landscape_words import capitalise, join_words, say_events, say_victims
from hygie.views.portfolio import PortfolioView
from hygie.views.study import CascadePart

__all__ = ["write_weaknesses"]

_PROVIDERS = 12
_FAMILIES = ("medical_ot", "iomt", "building_ot")


def write_weaknesses(writer: StudyWriter) -> Section:
    """Return interconnection and convergence."""
    _ = writer._
    return Section(
        "weaknesses",
        _("Two weaknesses"),
        (
            paragraph(
                _(
                    "Two things make an attack on one hospital larger than itself: "
                    "hospitals lean on one another and on "
                    "the same providers, and machines that treat patients lean on office computers."
                ),
                lead=True,
            ),
            _write_interconnection(writer),
            _write_convergence(writer),
        ),
        new_page=True,
    )


def _write_interconnection(writer: StudyWriter) -> Section:
    _, view = writer._, writer.view
    blocks: list[Block | Section] = [
        paragraph(
            _("When one member of a group is hit, others cut their links or lose what they share: a "),
            Term(_("rebound"), "rebound"),
            _(". When a provider is hit, all of its clients are."),
        ),
        *_list_shared_events(writer),
    ]
    facts = writer.facts("interconnection", _("interconnection"))
    if facts is not None:
        blocks.append(facts)
    if view.numbers is not None:
        portfolio = view.numbers.portfolio[view.language]
        blocks += [_write_dependence(writer, portfolio), _write_rebounds(writer, portfolio)]
    else:
        blocks.append(say_no_model(writer))
    return Section("interconnection", _("Interconnection: what hospitals share"), tuple(blocks))


def say_no_model(writer: StudyWriter) -> Block:
    """Return why a simulated part is not there."""
    _ = writer._
    why = {
        "asked": _("The simulated part was left out on request (--no-simulation)."),
        "other_sector": _("The packs describe no population of this sector and country: nothing is simulated here."),
        "marked": _("The model rests on a source that may not travel this far: nothing is simulated here."),
    }
    return paragraph(why[writer.view.no_model or "asked"])


def _list_shared_events(writer: StudyWriter) -> list[Block]:
    _ = writer._
    rows = writer.incidents
    counted = Counter(row.event for row in rows if row.event)
    shared = [event for event, number in counted.items() if number > 1]
    if not rows:
        return []
    if not shared:
        return [paragraph(_("No documented event of this window struck several victims at once."))]
    items: list[Text] = []
    for event in shared:
        members = [row for row in rows if row.event == event]
        items.append(
            (
                _(
                    "{date}, {label}: {names}.",
                    date=capitalise(members[0].date_label),
                    label=members[0].class_label,
                    names=join_words([row.victim for row in members], writer.language),
                ),
                *cite_incidents(writer, [row.ref for row in members], _("incidents")),
            )
        )
    struck = say_victims(sum(counted[event] for event in shared), writer.language)
    lead = _(
        "Documented in the window: {victims} struck in {events}.",
        victims=struck,
        events=say_events(len(shared), writer.language),
    )
    return [paragraph(lead), Bullets(tuple(items))]


def _say_interval(per_year: float, writer: StudyWriter) -> str:
    """Return how often something comes, as one in so many years."""
    _ = writer._
    if per_year <= 0.0:
        return _("not in these years")
    if per_year >= 1.0:
        return _("about {n} a year", n=writer.number(per_year))
    return _("once in {n} years", n=writer.count(1.0 / per_year))


def _write_dependence(writer: StudyWriter, view: PortfolioView) -> Section:
    _ = writer._
    rows = sorted(view.by_provider, key=lambda row: (-(row.members or 0), row.id))[:_PROVIDERS]
    table: Table = writer.table(
        "dependence",
        _("Who depends on whom: the providers with most clients"),
        (("provider", _("Provider"), 2.2), ("clients", ">" + _("clients"), 0.7),
         ("events", ">" + _("outage, on average"), 1.1),
         ("widest", ">" + _("most organisations hit at once"), 1.2),
         ("share", ">" + _("share of all losses"), 0.9)),
        (
            (
                cell(row.label),
                cell(writer.count(row.members or 0), row.members),
                cell(_say_interval(row.events_per_y or 0.0, writer), row.events_per_y),
                cell(writer.count(row.widest or 0), row.widest),
                cell(writer.percent(row.share), row.share),
            )
            for row in rows
        ),
        _(
            "No market share by provider is published: how many clients each has is an assumption, and names are "
            "letters."
        ),
    )  # fmt: skip
    return Section(
        "who-depends",
        _("Who depends on whom"),
        (
            paragraph(
                _(
                    "The model of the sector has {places}, {links} links within territorial groups and {clients} "
                    "contracts with {providers} shared providers. The organisations are drawn at random so that their "
                    "sums are those of the official statistics; none of them exists.",
                    places=say_places(view.organisations, writer),
                    links=writer.count(view.links),
                    clients=writer.count(view.clients),
                    providers=writer.count(view.providers),
                )
            ),
            table,
        ),
    )


def _write_rebounds(writer: StudyWriter, view: PortfolioView) -> Section:
    _ = writer._
    numbers = writer.require_numbers()
    share = view.through_share
    sentence = _(
        "Of every 100 euros lost to attacks in an average year, about {n} come through a neighbour or a provider.",
        n=writer.count(100 * share),
    )
    rows = [row for row in view.by_origin if row.loss_eur_per_y > 0.0]

    def draw(width: int) -> Chart:
        return draw_rows(
            [
                Bar(
                    row.label,
                    row.loss_eur_per_y,
                    f"{writer.euros(row.loss_eur_per_y)} · {writer.percent(row.share)}",
                    BROWN if row.id in ("neighbour", "provider") else BLUE,
                )
                for row in rows
            ],
            domain=(0.0, rows[0].loss_eur_per_y),
            colour={"field": "colour", "type": "nominal", "scale": None, "legend": None},
            id="origin",
            title=_("Where the losses of an average year come from"),
            sentence=sentence,
            width=width,
        )

    rows.sort(key=lambda row: -row.loss_eur_per_y)
    blocks: list[Block] = []
    if rows:
        data = writer.tabulate(
            "origin",
            _("Where the losses of an average year come from"),
            (
                [_("Part"), _("Loss per year (EUR of 2024)"), _("simulation error"), _("share")],
                [[row.label, row.loss_eur_per_y, row.loss_mc_error, row.share] for row in rows],
            ),
        )
        blocks.append(writer.picture(draw(WIDE), data, narrow=draw(NARROW)))
    widest = max(view.by_provider, key=lambda row: (row.widest or 0, row.id), default=None)
    if widest is not None:
        blocks.append(
            paragraph(
                _(
                    "One event can reach far: in the simulated years the widest outage, of "
                    "“{provider}”, hit {places} at "
                    "once.",
                    provider=widest.label,
                    places=say_places(widest.widest or 0, writer),
                )
            )
        )
    pictures: list[Block] = []
    chart = draw_lacking_beds(view)
    if chart is not None:
        areas = writer.tabulate(
            "lacking-beds",
            chart.title,
            (
                [
                    _("Department"),
                    _("organisations"),
                    _("beds"),
                    _("beds lacking on average"),
                    _("beds lacking, worst day in 100"),
                ],
                [[row.name, row.organisations, row.beds, row.beds_lost, row.beds_lost_100] for row in view.areas],
            ),
        )  # fmt: skip
        pictures.append(writer.picture(chart, areas))
    blocks.append(
        writer.simulated(
            _(
                "The whole sector over {years} years, which {draws} sets of plausible values of what is not known "
                "share; digest of the run {digest}. The share through others is known to ± {error} by simulation "
                "alone. "
                "Few years: the order of things is sound, the last digit is not.",
                years=writer.count(view.years),
                draws=writer.count(view.draws),
                digest=view.digest.removeprefix("sha256:")[:12],
                error=writer.percent(view.through_error),
            ),
            f"hygie facility synthesize --seed {numbers.seed} --import; hygie portfolio run --register synthetic "
            f"--years {view.years} --draws {view.draws} --seed {view.seed} --as-of {view.as_of}",
            with_file=False,
        )
    )
    return Section("rebounds", _("How much comes through others"), (*blocks, *pictures))


def _write_convergence(writer: StudyWriter) -> Section:
    _, view = writer._, writer.view
    told = [row for row in writer.incidents if row.ot_text]
    blocks: list[Block | Section] = [
        paragraph(
            _("Ventilation, power, scanners, analysers and pumps are machines. They are called "),
            Term(_("operational technology"), "ot"),
            _(" in the building, and connected medical devices ("),
            Term("IoMT", "iomt"),
            _(
                ") at the bed. They need orders, images and results from ordinary computers: when these stop, so do "
                "they."
            ),
        ),
        paragraph(view.landscape.breakdowns["ot"].sentence),
    ]
    if told:
        blocks.append(
            Bullets(
                tuple(
                    (
                        f"{row.victim}, {row.date_label}",
                        _(": "),
                        row.ot_text or "",
                        *writer.cite(row.sources, _("incidents")),
                    )
                    for row in told
                )
            )
        )
    if view.numbers is not None and view.numbers.cascade:
        blocks.append(_write_cascade(writer))
    else:
        blocks.append(say_no_model(writer))
    for subject, title in (
        ("building_ot", _("Building systems")),
        ("medical_ot", _("Medical machines")),
        ("iomt", _("Connected devices at the bed")),
    ):
        facts = writer.facts(subject, _("building and medical systems"))
        if facts is not None:
            blocks.append(Section(subject.replace("_", "-"), title, (facts,)))
    return Section("convergence", _("Convergence: machines that need computers"), tuple(blocks))


def _write_cascade(writer: StudyWriter) -> Section:
    _ = writer._
    numbers = writer.require_numbers()
    parts = {part.id: part for part in numbers.cascade}
    whole = parts["all"]
    shown: list[tuple[str, CascadePart]] = [
        (label, parts[name])
        for name, label in (
            ("all", _("All machines outside IT")),
            ("medical_ot", _("Medical machines")),
            ("iomt", _("Connected devices at the bed")),
            ("building_ot", _("Building systems")),
        )
        if name in parts and sum(parts[name].hours.values()) > 0.0
    ]
    words = {
        "it": _("without the IT they need"),
        "own": _("hit themselves"),
        "precaution": _("cut off as a precaution"),
        "other": _("without another machine"),
    }
    causes = [cause for cause in words if any(part.hours[cause] > 0.0 for _label, part in shown)]
    names = [words[cause] for cause in causes]
    sentence = _(
        "Of every 100 hours in which machines outside IT stand still, about {n} are lost because the IT they "
        "need is down.",
        n=writer.count(100 * whole.share("it")),
    )

    def draw(width: int) -> Chart:
        return draw_splits(
            [
                Split(
                    label,
                    [part.share(cause) for cause in causes],
                    "" if part.touched is None else _("touched in {n} of 100", n=writer.count(100 * part.touched)),
                )
                for label, part in shown
            ],
            names,
            id="cascade",
            title=_("Why machines stand still after an encryption"),
            sentence=sentence,
            width=width,
        )

    data = writer.tabulate(
        "cascade",
        _("Why machines stand still after an encryption"),
        (
            [_("Family"), *names, _("share of encryptions that touch it")],
            [[label, *(part.share(cause) for cause in causes), part.touched] for label, part in shown],
        ),
    )
    blocks: list[Block] = [writer.picture(draw(WIDE), data, narrow=draw(NARROW))] if shown else []
    if whole.bed_days and whole.bed_days_without is not None:
        blocks.append(
            paragraph(
                _(
                    "If these machines could work without IT, an attempted attack would cost {n} fewer bed-days in "
                    "every 100. Most encryptions stop at one workstation or one server, and touch none of them.",
                    n=writer.count(100 * (1.0 - whole.bed_days_without / whole.bed_days)),
                )
            )
        )
    blocks.append(
        writer.simulated(
            _(
                "{attempts} attempted attacks on the typical hospital, alone; {events} encryptions replayed four "
                "times, "
                "each time with one cause taken away. The account is part of this study only.",
                attempts=writer.count(numbers.plan.cascade_attempts),
                events=writer.count(whole.events),
            )
        )
    )
    return Section("cascade-counted", _("The cascade, counted"), tuple(blocks))
