"""The state of the threat, in the terminal."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from textwrap import wrap
from urllib.parse import urlsplit

from rich.console import Console
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from hygie.views.charts_layout import clean_label
from hygie.views.landscape import (
    BreakdownView,
    ChangeView,
    LandscapeView,
    MonthView,
    ReconciliationView,
    SourceView,
)
from hygie.views.landscape_words import date_label, format_ratio, month_letters
from hygie.views.messages import Translate, translator
from hygie.views.numbers import format_count, format_number, format_percent

__all__ = ["print_landscape"]

_BARS = "▁▂▃▄▅▆▇█"
_TABLED = ("class", "kind", "region", "care", "data")
_ROWS = 8
_LISTED = 20


def print_landscape(view: LandscapeView, *, evidence: bool = False) -> None:
    """Print a landscape: the counts, the difference, actors, months, breakdowns, what is missing.

    Parameters
    ----------
    evidence
        Also list every incident with its evidence.
    """
    page = _Printer(view)
    page.head()
    page.census()
    page.actors()
    page.months()
    page.breakdowns()
    for change in (view.trend, view.comparison):
        if change is not None:
            page.change(change)
    page.apart()
    page.gaps()
    if evidence:
        page.incidents()
    page.foot(evidence=evidence)


def _plain(text: str, style: str = "") -> Text:
    """Return a text that came from a file: no markup, no control characters."""
    return Text(clean_label(text), style=style)


def _host(source: SourceView) -> str:
    """Return the site of a link; the words for none where there is none."""
    return urlsplit(source.link).hostname or source.link_text if source.link else source.link_text


def _table(*columns: str, left: int = 1) -> Table:
    table = Table(box=None, pad_edge=False, padding=(0, 1, 0, 0))
    for index, column in enumerate(columns):
        # The longest words of labels stay whole: the columns beside can wrap better than they.
        width = 13 if index == 0 else None
        table.add_column(column, justify="left" if index < left else "right", header_style="dim", min_width=width)
    return table


class _Printer:
    def __init__(self, view: LandscapeView) -> None:
        self.view = view
        self.language = view.language
        self.console = Console(highlight=False)
        self._: Translate = translator(view.language)

    def number(self, value: int) -> str:
        return format_count(value, self.language)

    def join(self, parts: Iterable[str]) -> str:
        return ("\u00a0; " if self.language == "fr" else "; ").join(parts)

    def title(self, text: str) -> None:
        self.console.print()
        self.console.print(_plain(text, "bold"))

    def line(self, text: str, *, indent: int = 0, style: str = "") -> None:
        # Rich breaks lines at no-break spaces, too; textwrap does not.
        room = max(self.console.width - indent, 1)
        for part in wrap(clean_label(text), room, break_long_words=False, break_on_hyphens=False):
            self.console.print(Padding(Text(part, style=style), (0, 0, 0, indent), expand=False))

    def items(self, lines: Iterable[str], *, indent: int = 1) -> None:
        for text in lines:
            self.line(f"• {text}", indent=indent)

    def more(self, number: int, shown: int) -> None:
        if number > shown:
            self.line(self._("… {n} more rows; --json has them all", n=self.number(number - shown)), style="dim")

    def head(self) -> None:
        scope, _ = self.view.scope, self._
        self.console.print()
        self.line(f"{scope.sector_label} · {scope.country_label} · {scope.window.label}", style="bold")
        self.line(_("As of {date}", date=date_label(scope.as_of, "day", self.language)), style="dim")
        for text in scope.filters:
            self.line(text, style="dim")
        self.console.print()
        self.items(self.view.headline)

    def census(self) -> None:
        census, _ = self.view.census, self._
        self.title(census.title)
        if census.comparisons:
            table = _table(
                "", _("window"), _("published"), _("documented"), _("events"), _("our class"), _("not here"), left=2
            )
            periods = {count.ref: count.period.label for count in census.counts}
            for row in census.comparisons:
                table.add_row(
                    _plain(row.label),
                    periods[row.count],
                    self.published(row.published, at_least=row.at_least),
                    self.number(row.facilities),
                    self.number(row.events),
                    self.number(row.own_facilities),
                    self.number(row.missing) if row.compared else "–",
                )
            self.console.print(table)
        self.line(census.sentence, style="dim")
        positions = {count.ref: count.position for count in census.counts}
        same = [row for row in census.comparisons if positions[row.count] == "same"]
        for row in same or census.comparisons:
            self.console.print()
            self.comparison(row)
        self.counts()

    def published(self, count: int, *, at_least: bool) -> str:
        number = self.number(count)
        return self._("at least {n}", n=number) if at_least else number

    def comparison(self, row: ReconciliationView) -> None:
        self.line(row.sentences[0])
        self.items(row.sentences[1:])
        definition = next(count.definition for count in self.view.census.counts if count.ref == row.count)
        self.items([self._("Its definition: {text}", text=definition)])
        # Several incidents often share their reasons and their note: told once.
        groups: dict[tuple[tuple[str, ...], str | None], list[str]] = {}
        for note in row.notes:
            groups.setdefault((tuple(note.reasons), note.text), []).append(note.victim)
        for (reasons, text), victims in list(groups.items())[:_LISTED]:
            self.line(self._("{name}: {text}", name=self.join(victims[:_ROWS]), text=", ".join(reasons)), indent=3)
            if text:
                self.line(self._("“{text}”", text=text), indent=5, style="dim")
        self.more(len(groups), _LISTED)

    def counts(self) -> None:
        _, counts = self._, self.view.census.counts
        if not counts:
            return
        self.console.print()
        table = _table(_("published count"), _("window"), _("number"), _("range"), left=2)
        table.add_column(_("grade"), header_style="dim")
        table.add_column(_("source"), header_style="dim", overflow="fold")
        for count in counts:
            beside = count.position == "overlapping"
            table.add_row(
                _plain(count.label, "dim" if beside else ""),
                count.period.label,
                self.published(count.count, at_least=count.at_least),
                self.bounds(count.low, count.high),
                " ".join(source.grade for source in count.sources),
                _plain(self.join(f"{source.publisher} ({_host(source)})" for source in count.sources)),
            )
        self.console.print(table)
        self.line(_("Dim rows overlap the window only in part: context, not comparison."), style="dim")

    def bounds(self, low: float | None, high: float | None) -> str:
        if low is None or high is None:
            return "–"
        return f"{format_number(low, self.language)} – {format_number(high, self.language)}"

    def actors(self) -> None:
        _, actors = self._, self.view.actors
        self.title(actors.title)
        if actors.rows:
            table = _table("", _("victims"), _("events"))
            table.add_column(_("confidence"), header_style="dim")
            table.add_column(_("named by a published count"), header_style="dim")
            for row in actors.rows[:_LISTED]:
                table.add_row(
                    _plain(row.label),
                    self.number(row.facilities),
                    self.number(row.events),
                    ", ".join(f"{self.confidence(level)} {self.number(n)}" for level, n in row.confidence.items()),
                    _("yes") if row.named_by else "",
                )
            self.console.print(table)
        self.more(len(actors.rows), _LISTED)
        self.line(actors.sentence, style="dim")
        for campaign in self.view.campaigns:
            self.line(_("{name}: {text}", name=f"{campaign.name}, {campaign.date}", text=campaign.sentence))

    def confidence(self, level: str) -> str:
        _ = self._
        return {"high": _("high"), "medium": _("medium"), "low": _("low"), "none": _("none")}[level]

    def months(self) -> None:
        timeline = self.view.timeline
        self.title(timeline.title)
        years: dict[str, dict[int, MonthView]] = {}
        for month in timeline.months:
            years.setdefault(month.month[:4], {})[int(month.month[5:])] = month
        most = max((month.facilities for month in timeline.months), default=0)
        table = _table("", *month_letters(self.language))
        for year, found in years.items():
            cells = [self.cell(found.get(month), most) for month in range(1, 13)]
            table.add_row(year, *cells)
        self.console.print(table)
        self.line(timeline.sentence, style="dim")

    def cell(self, month: MonthView | None, most: int) -> str:
        if month is None:
            return ""
        if not month.facilities:
            return "·" if month.status == "none_documented" else "…"
        bar = _BARS[(len(_BARS) - 1) * month.facilities // most]
        return f"{bar}{self.number(month.facilities)}"

    def breakdowns(self) -> None:
        for trait in _TABLED:
            self.breakdown(self.view.breakdowns[trait])
        self.console.print()
        others = [part for trait, part in self.view.breakdowns.items() if trait not in _TABLED]
        for title, sentence in (
            *((part.title, part.sentence) for part in others),
            *((part.title, part.sentence) for part in self.view.spreads.values()),
        ):
            self.line(title, style="bold")
            self.line(sentence)

    def breakdown(self, part: BreakdownView) -> None:
        _ = self._
        self.title(part.title)
        table = _table("", _("victims"), _("events"), _("share"), _("range"))
        for row in part.rows[:_ROWS]:
            share = "" if row.share is None else format_percent(round(row.share, 2), self.language)
            table.add_row(
                _plain(row.label, "" if row.reported else "dim"),
                self.number(row.facilities),
                self.number(row.events),
                share,
                self.shares(row.share_low, row.share_high),
            )
        if part.rows:
            self.console.print(table)
        self.more(len(part.rows), _ROWS)
        self.line(part.sentence, style="dim")

    def shares(self, low: float | None, high: float | None) -> str:
        if low is None or high is None:
            return ""
        return " – ".join(format_percent(round(value, 2), self.language) for value in (low, high))

    def change(self, change: ChangeView) -> None:
        _ = self._
        self.title(change.title)
        table = _table("", change.before.label, change.after.label, _("ratio"), _("range"))
        for row in change.rows:
            table.add_row(
                _plain(row.label),
                self.number(row.before),
                self.number(row.after),
                "–" if row.ratio is None else format_ratio(row.ratio, self.language),
                " – ".join("∞" if x is None else format_ratio(x, self.language) for x in (row.low, row.high)),
            )
        self.console.print(table)
        self.line(change.sentence, style="dim")
        self.items(change.cautions)

    def apart(self) -> None:
        names = {
            incident.ref: f"{incident.victim} ({incident.date_label}, {incident.actor_label})"
            for incident in self.view.incidents
        }
        for part in self.view.apart:
            if part.incidents:
                self.title(self._("{name}: {text}", name=part.title, text=self.number(part.facilities)))
                self.line(part.sentence, style="dim")
                self.items(names[ref] for ref in part.incidents[:_LISTED])
                self.more(len(part.incidents), _LISTED)

    def gaps(self) -> None:
        if self.view.gaps:
            self.title(self._("What is missing"))
            self.items(gap.sentence for gap in self.view.gaps)

    def incidents(self) -> None:
        _ = self._
        self.title(_("Published counts and their sources"))
        for count in self.view.census.counts:
            number = self.published(count.count, at_least=count.at_least)
            self.line(self._("{name}: {text}", name=f"{count.label}, {count.period.label}", text=number))
            self.line(count.definition, indent=2, style="dim")
            self.sources(count.sources)
        self.title(_("Incidents and their evidence"))
        for incident in self.view.incidents:
            facts = (incident.date_label, incident.date_basis_label, incident.class_label, incident.actor_label)
            self.line(f"{incident.victim} ({incident.ref})")
            self.line(" · ".join(facts), indent=2, style="dim")
            self.sources(incident.sources)

    def sources(self, sources: Sequence[SourceView]) -> None:
        for source in sources:
            text = f"{source.grade} ({source.grade_text}) · {source.publisher} · {source.link_text}"
            self.console.print(Padding(_plain(text), (0, 0, 0, 2), expand=False), soft_wrap=True)

    def foot(self, *, evidence: bool) -> None:
        _ = self._
        self.console.print()
        for text in self.view.methods:
            self.line(text, style="dim")
        if not evidence:
            self.line(_("Each incident with its evidence: add --evidence; everything: --json."), style="dim")
        self.console.print(_plain(_("Again: {command}", command=self.view.reproduce), "dim"), soft_wrap=True)
