"""What `hygie threat rates` shows in the terminal."""

from __future__ import annotations

from collections.abc import Sequence

from hygie.cli.threat_printer import Printer
from hygie.views.landscape_words import date_label
from hygie.views.numbers import format_count, format_number, format_percent
from hygie.views.threat import BandView, RatesView

__all__ = ["print_rates"]

_ACTORS = 10
# A factor this close to one says nothing.
_NEUTRAL = 0.005


def print_rates(view: RatesView, *, evidence: bool = False) -> None:
    """Print the frequencies, then what they rest on: counts, context, defences, actors, campaigns, providers.

    Parameters
    ----------
    evidence
        Also list every piece of evidence with its grade.
    """
    _Page(view).show(evidence=evidence)


class _Page(Printer):
    def __init__(self, view: RatesView) -> None:
        super().__init__(view.language)
        self.view = view

    def show(self, *, evidence: bool) -> None:
        self.head()
        self.classes()
        for position in range(len(self.view.levels)):
            self.level(position)
        self.context()
        self.ties()
        self.actors()
        self.shared()
        if evidence:
            self.evidence()
        self.blank()
        _ = self.translate
        if not evidence:
            count = format_count(len(self.view.evidence), self.language)
            self.line(_("Rests on {n} pieces of evidence: add --evidence; everything: --json.", n=count), style="dim")
        self.again(self.view.reproduce)

    def number(self, value: float) -> str:
        return format_number(value, self.language)

    def per_thousand(self, band: BandView | None) -> str:
        return "–" if band is None else self.band(band, scale=1_000.0)

    def band(self, band: BandView, *, scale: float = 1.0) -> str:
        low, mean, high = (self.number(scale * value) for value in (band.low, band.mean, band.high))
        return f"{mean} ({low} – {high})"

    def shares(self, values: Sequence[float]) -> str:
        low, middle, high = (format_percent(value, self.language) for value in values)
        return f"{middle} ({low} – {high})"

    def head(self) -> None:
        _, view = self.translate, self.view
        self.blank()
        self.line(view.name, style="bold")
        day = date_label(view.as_of, "day", self.language)
        self.line(
            _(
                "Twelve months after {date}; {draws} draws, seed {seed}",
                date=day,
                draws=format_count(view.draws, self.language),
                seed=view.seed,
            ),
            style="dim",
        )
        self.blank()
        self.items(view.what_if)
        self.items(view.headline)

    def classes(self) -> None:
        _ = self.translate
        self.title(_("Frequencies per 1,000 years: mean and 90% band"))
        table = self.table("", _("this facility"), _("average defences"), _("average entity"))
        for row in self.view.classes:
            bands = (row.facility, row.average_defences, row.sector)
            self.row(table, row.label, *(self.per_thousand(band) for band in bands))
        self.draw(table)
        expected = [row for row in self.view.classes if row.expected_in_sector is not None]
        self.title(_("Expected in the whole sector, events a year"))
        table = self.table("", _("mean and 90% band"))
        for row in expected:
            self.row(table, row.label, self.band(row.expected_in_sector) if row.expected_in_sector else "–")
        self.draw(table)

    def level(self, position: int) -> None:
        _, fit = self.translate, self.view.levels[position]
        self.title(_("Level of the sector: {label}", label=fit.label))
        table = self.table("", _("before counts"), _("after counts"))
        prior, posterior = (
            self.band(BandView(low=three[0], median=three[1], high=three[2], mean=three[1]), scale=1_000.0)
            for three in (fit.prior, fit.posterior)
        )
        self.row(table, _("level per 1,000 entities and year (median)"), prior, posterior)
        for share in fit.shares:
            name = f"{share.symbol} {share.source}" if share.source else share.symbol
            self.row(table, name, self.shares(share.prior), self.shares(share.posterior))
        self.draw(table)
        symbols = {share.symbol: share.label for share in fit.shares}
        for symbol, label in symbols.items():
            self.line(f"{symbol} {label}", indent=1, style="dim")
        self.line(
            _(
                "Year ahead: state of the sector × {ahead}; attempts gone with actors since the last count: {lost}.",
                ahead=self.number(fit.ahead.mean),
                lost=format_percent(fit.lost_activity.mean, self.language),
            )
        )
        table = self.table(_("published count"), _("use"), _("number"), _("expected"), _("grade"), left=2)
        for count in fit.counts:
            number = format_count(count.count, self.language)
            band = "–"
            if count.low is not None and count.high is not None:
                band = f"{format_count(count.low, self.language)} – {format_count(count.high, self.language)}"
                band += "" if count.inside else " !"
            self.row(
                table,
                count.window,
                count.role_label,
                f"≥ {number}" if count.at_least else number,
                band,
                " ".join(count.grades),
            )
        self.draw(table)

    def context(self) -> None:
        _ = self.translate
        for context in self.view.context:
            self.title(_("Against the average entity: × {factor}", factor=self.band(context.factor)))
            table = self.table("", _("factor"))
            for part in context.parts:
                told = abs(part.factor.mean - 1.0) > _NEUTRAL or part.factor.high - part.factor.low > _NEUTRAL
                self.row(table, part.label, f"× {self.band(part.factor)}" if told else _("nothing known that moves it"))
            self.draw(table)

    def ties(self) -> None:
        _ = self.translate
        self.title(_("From attempts to losses"))
        table = self.table("", _("attempts a year"), _("succeed: sector"), _("succeed: here"), _("ratio"))
        for tie in self.view.ties:
            self.row(
                table,
                tie.label,
                self.band(tie.attempts),
                self.shares((tie.sector.low, tie.sector.mean, tie.sector.high)),
                self.shares((tie.facility.low, tie.facility.mean, tie.facility.high)),
                self.number(tie.ratio.mean),
            )
        self.draw(table)
        self.line(
            _("Only the ratio is identified by data; the number of attempts rests on the attack model and its priors."),
            style="dim",
        )
        self.line(self.view.calibration, style="dim")

    def actors(self) -> None:
        _ = self.translate
        self.title(_("Who attacks"))
        table = self.table("", _("share of attempts"), _("activity"), _("since"), _("incidents"))
        for row in self.view.actors[:_ACTORS]:
            self.row(
                table,
                row.name,
                self.shares((row.share.low, row.share.mean, row.share.high)),
                "–" if row.state is None else self.number(row.state),
                row.state_since or "–",
                format_count(row.incidents, self.language),
            )
        self.draw(table)
        self.more(len(self.view.actors), _ACTORS)

    def shared(self) -> None:
        _ = self.translate
        for campaign in self.view.campaigns:
            self.title(_("Campaigns: {label}", label=campaign.label))
            self.line(
                _(
                    "{rate} a year, {victims} victims each; one strikes this facility with a chance of {hit}.",
                    rate=self.band(campaign.rate),
                    victims=self.band(campaign.victims),
                    hit=format_percent(campaign.hit.mean, self.language),
                )
            )
            self.items(campaign.seen)
        if self.view.providers:
            self.title(_("Providers, events per 1,000 years"))
            table = self.table("", _("of the provider"), _("reaching the facility"))
            for row in self.view.providers:
                self.row(table, row.kind, self.per_thousand(row.rate), self.per_thousand(row.reaching))
            self.draw(table)

    def evidence(self) -> None:
        _ = self.translate
        self.title(_("Published counts"))
        for count in (count for fit in self.view.levels for count in fit.counts):
            self.line(f"{count.ref}: {count.label}, {count.window}", indent=1)
        self.title(_("Evidence"))
        for row in self.view.evidence:
            self.line(f"{row.grade} · {row.ref} · {row.publisher}: {row.title}", indent=1)
