"""The charts of the pages of a portfolio by name, each with its rows: a study, a what-if, a group side by side."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType

from hygie.core.errors import UsageError, suggest
from hygie.views.charts_bars import Bar, draw_rows
from hygie.views.charts_curve import draw_loss_exceedance
from hygie.views.charts_data import Cell, Rows, tabulate_curve
from hygie.views.charts_layout import BLUE, BROWN, WIDE, Chart
from hygie.views.charts_portfolio import draw_lacking_beds, draw_origins, draw_tail
from hygie.views.charts_rebound import draw_rebound_map
from hygie.views.charts_rebound_graph import draw_rebound_graph
from hygie.views.messages import translator
from hygie.views.numbers import format_euros, format_percent
from hygie.views.portfolio import GroupRow, PortfolioView, WhatIfView
from hygie.views.portfolio_pages import GroupView
from hygie.views.portfolio_ties import Member, Ties

__all__ = [
    "STUDY_CHARTS",
    "draw_group",
    "draw_outage",
    "draw_study_chart",
    "draw_study_charts",
    "tabulate_group",
    "tabulate_outage",
    "tabulate_study_chart",
]

_TOP = 15
_NARROW = 500
_TAILS: Mapping[str, Callable[[PortfolioView], list[GroupRow]]] = MappingProxyType(
    {
        "tail_by_provider": lambda view: view.by_provider,
        "tail_by_ght": lambda view: view.by_ght,
        "tail_by_region": lambda view: view.by_region,
        "tail_by_entity": lambda view: view.by_entity,
        "tail_by_organisation": lambda view: view.by_organisation,
        "tail_by_class": lambda view: view.by_class,
    }
)
STUDY_CHARTS = ("loss_exceedance", "origins", "rebound_map", "rebound_graph", *_TAILS, "lacking_beds")


def draw_study_chart(view: PortfolioView, ties: Ties | None, name: str, *, width: int | None = None) -> Chart | None:
    """Return one chart of a study; None when there is nothing to show.

    Raises
    ------
    UsageError
        No chart of that name.
    """
    room = WIDE if width is None else width
    match _check(name):
        case "loss_exceedance":
            return draw_loss_exceedance(view, width=room)
        case "origins":
            return draw_origins(view.by_origin, language=view.language, width=room)
        case "rebound_map":
            return draw_rebound_map(ties, language=view.language, width=room) if ties is not None else None
        case "rebound_graph":
            return draw_rebound_graph(ties, language=view.language, width=room) if ties is not None else None
        case "lacking_beds":
            return draw_lacking_beds(view, width=room)
    return draw_tail(
        _TAILS[name](view), name=name, title=_title(name, view.language), language=view.language, width=room
    )


def draw_study_charts(view: PortfolioView, ties: Ties | None) -> dict[str, Chart]:
    """Return every chart of a study that has something to show."""
    drawn = {name: draw_study_chart(view, ties, name) for name in STUDY_CHARTS}
    return {name: chart for name, chart in drawn.items() if chart is not None}


def tabulate_study_chart(view: PortfolioView, ties: Ties | None, name: str) -> Rows:
    """Return the rows behind a chart of a study.

    Raises
    ------
    UsageError
        No chart of that name.
    """
    if _check(name) == "loss_exceedance":
        return tabulate_curve(view)
    if name == "lacking_beds":
        return _tabulate([area.model_dump() for area in view.areas])
    if name == "origins":
        return _tabulate([row.model_dump() for row in view.by_origin])
    if name == "rebound_map" and ties is not None:
        return _tabulate(
            [
                {
                    **member.model_dump(include={"id", "name", "region", "department", "loss_eur_per_y"}),
                    "through_share": member.through_share,
                }
                for member in ties.members
                if member.assessed
            ]
        )
    if name == "rebound_graph" and ties is not None:
        return _tabulate_ties(ties, view.language)
    return _tabulate([row.model_dump() for row in _TAILS[name](view)] if name in _TAILS else [])


def draw_outage(view: WhatIfView, *, width: int = WIDE) -> Chart | None:
    """Return what each organisation loses in a what-if, the dearest first; None when nobody loses anything."""
    _ = translator(view.language)
    rows = [row for row in view.rows if row.loss_eur > 0.0][:_TOP]
    if not rows:
        return None
    bars = [
        Bar(
            row.name,
            row.loss_eur,
            f"{format_euros(row.loss_eur, view.language)} ({format_euros(row.loss_low_eur, view.language)} – "
            f"{format_euros(row.loss_high_eur, view.language)})",
            BROWN if row.through is not None else BLUE,
        )
        for row in rows
    ]
    parts = [
        _(
            "Median loss of each organisation when it is reached, with its likely range. The most: “{name}”.",
            name=rows[0].name,
        )
    ]
    if any(row.through is not None for row in rows):
        parts.append(_("The bars of another colour: reached through a neighbour."))
    return draw_rows(
        bars,
        domain=(0.0, max(bar.value for bar in bars)),
        colour={"field": "colour", "type": "nominal", "scale": None, "legend": None},
        id="outage",
        title=_("Who loses what"),
        sentence=" ".join(parts),
        width=width,
    )


def tabulate_outage(view: WhatIfView) -> Rows:
    """Return what each organisation loses in a what-if."""
    return _tabulate([row.model_dump() for row in view.rows])


def draw_group(view: GroupView, *, language: str, width: int = WIDE) -> Chart | None:
    """Return the members of a group by average annual loss, with what comes through others; None without any loss."""
    _ = translator(language)
    members = [row.member for row in view.rows if row.member.loss_eur_per_y > 0.0][:_TOP]
    if not members:
        return None
    bars = [
        Bar(
            member.name,
            member.loss_eur_per_y,
            _say_member(member, language, short=width < _NARROW),
            BLUE,
        )
        for member in members
    ]
    return draw_rows(
        bars,
        domain=(0.0, bars[0].value),
        colour={"field": "colour", "type": "nominal", "scale": None, "legend": None},
        id="group",
        title=_("The members side by side"),
        sentence=_(
            "Average annual loss of each member, and the share of it that comes through others; “{name}” has the "
            "largest.",
            name=members[0].name,
        ),
        width=width,
    )


def _say_member(member: Member, language: str, *, short: bool) -> str:
    loss, share = format_euros(member.loss_eur_per_y, language), format_percent(member.through_share, language)
    # Where names have little room, the sentence alone says what the share is.
    _ = translator(language)
    return f"{loss} · {share}" if short else _("{loss} · of which {share} through others", loss=loss, share=share)


def tabulate_group(view: GroupView) -> Rows:
    """Return the members of a group as rows."""
    return _tabulate([{**row.member.model_dump(exclude={"posture"}), "providers": row.providers} for row in view.rows])


def _title(name: str, language: str) -> str:
    _ = translator(language)
    return {
        "tail_by_provider": _("Providers in the worst 1% of years"),
        "tail_by_ght": _("Territorial groups in the worst 1% of years"),
        "tail_by_region": _("Regions in the worst 1% of years"),
        "tail_by_entity": _("Legal entities in the worst 1% of years"),
        "tail_by_organisation": _("Organisations in the worst 1% of years"),
        "tail_by_class": _("Kinds of attack in the worst 1% of years"),
    }[name]


def _tabulate_ties(ties: Ties, language: str) -> Rows:
    rows: list[list[Cell]] = [
        [ties.members[link.source].id, ties.members[link.source].name, ties.members[link.target].id,
         ties.members[link.target].name, ties.name_kind(link.kind, "fr" if language == "fr" else "en")]
        for link in ties.links
    ]  # fmt: skip
    rows += [
        [ties.providers[one.provider].id, ties.providers[one.provider].name.read(language),
         ties.members[one.member].id, ties.members[one.member].name,
         ties.name_kind(ties.providers[one.provider].kind, "fr" if language == "fr" else "en")]
        for one in ties.contracts
    ]  # fmt: skip
    return ["from", "from_name", "to", "to_name", "kind"], rows


def _tabulate(rows: list[dict[str, Cell]]) -> Rows:
    header = list(rows[0]) if rows else []
    return header, [[row[name] for name in header] for row in rows]


def _check(name: str) -> str:
    if name not in STUDY_CHARTS:
        raise UsageError(
            "there is no such chart",
            value=name,
            allowed=", ".join(STUDY_CHARTS),
            repair=suggest(name, STUDY_CHARTS) or "choose one of these",
        )
    return name
