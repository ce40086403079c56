"""What the builders of a study share: its words, its numbers, its references, small tables."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from hygie.core.ids import digest_text
from hygie.report.document import Bullets, Cell, Cite, Column, Inline, Note, Paragraph, Picture, Source, Table, Text
from hygie.views.charts_data import Rows
from hygie.views.charts_layout import Chart
from hygie.views.landscape import IncidentRowView, SourceView
from hygie.views.messages import Translate, translator
from hygie.views.numbers import format_count, format_euros, format_number, format_percent
from hygie.views.study import ModelNumbers, StudyFact, StudyView

__all__ = ["StudyWriter", "cell", "paragraph", "say_days", "say_places"]


def paragraph(*parts: Inline, lead: bool = False) -> Paragraph:
    """Return a paragraph of words and references."""
    return Paragraph(tuple(parts), lead=lead)


def cell(text: str | Text, raw: str | float | None = None) -> Cell:
    """Return a cell from words."""
    return Cell((text,) if isinstance(text, str) else text, raw)


class StudyWriter:
    """Writes the parts of one study, and keeps the sources that they rest on in order."""

    def __init__(self, view: StudyView) -> None:
        self.view = view
        self.language = view.language
        self._: Translate = translator(view.language)
        self._sources: dict[str, SourceView] = {}
        self._uses: dict[str, list[str]] = {}

    @property
    def incidents(self) -> list[IncidentRowView]:
        """Incidents that are counted."""
        return [row for row in self.view.landscape.incidents if row.part == "counted"]

    def count(self, value: float) -> str:
        """Return a whole number."""
        return format_count(value, self.language)

    def number(self, value: float, digits: int = 2) -> str:
        """Return a number with so many significant digits."""
        return format_number(value, self.language, digits=digits)

    def percent(self, share: float, digits: int = 2) -> str:
        """Return a share."""
        return format_percent(share, self.language, digits=digits)

    def euros(self, value: float) -> str:
        """Return an amount."""
        return format_euros(value, self.language)

    def range(self, low: float, high: float) -> str:
        """Return a range of numbers."""
        return self._("{low} to {high}", low=self.number(low), high=self.number(high))

    def cite(self, sources: Iterable[SourceView], use: str = "") -> Text:
        """Return the references of sources, which the list of evidence then holds."""
        found = list(sources)
        self.stand_behind(found, use)
        return tuple(Cite(source.ref) for source in found)

    def stand_behind(self, sources: Iterable[SourceView], use: str = "") -> None:
        """Keep sources for the list of evidence without a reference in the text."""
        for source in sources:
            self._sources.setdefault(source.ref, source)
            uses = self._uses.setdefault(source.ref, [])
            if use and use not in uses:
                uses.append(use)

    def list_sources(self) -> tuple[Source, ...]:
        """Return the list of evidence."""
        return tuple(
            Source(
                ref=ref,
                title=source.title,
                publisher=source.publisher,
                url=source.link,
                grade=source.grade,
                grade_text=source.grade_text,
                published_on=source.published_on or "",
                read_on=source.read_on,
                tlp=source.tlp,
                used_for=("\u00a0; " if self.language == "fr" else "; ").join(self._uses[ref]),
            )
            for ref, source in self._sources.items()
        )

    def facts(self, subject: str, use: str) -> Bullets | None:
        """Return the statements on a subject, each with its reference; None without any."""
        rows = self.view.facts.get(subject, [])
        return Bullets(tuple(self._fact(row, use) for row in rows)) if rows else None

    def _fact(self, fact: StudyFact, use: str) -> Text:
        return (fact.text, *self.cite([fact.source], use))

    def picture(self, chart: Chart | None, rows: Rows | Table, *cites: Inline, narrow: Chart | None = None) -> Picture:
        """Return a picture with the figures behind it."""
        assert chart is not None
        data = rows if isinstance(rows, Table) else self.tabulate(chart.id, chart.title, rows)
        text: Text = (chart.sentence, *cites) if cites else ()
        return Picture(id=chart.id, chart=chart, data=data, narrow=narrow, text=text)

    def tabulate(self, id: str, title: str, rows: Rows) -> Table:  # noqa: A002
        """Return header and rows as a table."""
        header, body = rows
        numeric = [all(isinstance(row[i], int | float | None) for row in body) for i in range(len(header))]
        return Table(
            id=id,
            title=title,
            columns=tuple(
                Column(id=f"c{i}", label=label, align="right" if numeric[i] else "left")
                for i, label in enumerate(header)
            ),
            rows=tuple(
                tuple(cell("" if value is None else str(value), value) for value in row) for row in body
            ),
        )  # fmt: skip

    def table(
        self,
        id: str,  # noqa: A002
        title: str,
        columns: Sequence[tuple[str, str, float]],
        rows: Iterable[Sequence[Cell]],
        sentence: str | Text = "",
    ) -> Table:
        """Return a table; a column whose label starts with ``>`` holds numbers."""
        words: Text = sentence if isinstance(sentence, tuple) else (sentence,) if sentence else ()
        return Table(
            id=id,
            title=title,
            columns=tuple(
                Column(
                    id=name, label=label.removeprefix(">"), align="right" if label[:1] == ">" else "left", share=share
                )
                for name, label, share in columns
            ),
            rows=tuple(tuple(row) for row in rows),
            sentence=words,
        )  # fmt: skip

    def simulated(self, what: str, command: str = "", *, with_file: bool = True) -> Note:
        """Return the note that says how something was simulated, and how to do it again."""
        _ = self._
        numbers = self.require_numbers()
        lines = [paragraph(what)]
        if command:
            again = (
                _("Again, with the file that comes with this study: {command}", command=command)
                if with_file
                else _("Again: {command}", command=command)
            )
            lines.append(paragraph(again))
        lines.append(
            paragraph(
                _(
                    "Random numbers: seed {seed}; digest of all simulated figures: {digest}.",
                    seed=str(numbers.seed),
                    digest=self.digest,
                )
            )
        )
        return Note(kind="method", title=_("How this was simulated"), blocks=tuple(lines))

    def require_numbers(self) -> ModelNumbers:
        """Return what was simulated."""
        assert self.view.numbers is not None
        return self.view.numbers

    @property
    def digest(self) -> str:
        """Digest of all that was simulated: of the figures, whatever the words beside them."""
        numbers = self.require_numbers()
        sector = " ".join(sorted({one.digest for one in numbers.portfolio.values()}))
        return digest_text(f"{numbers.model_dump_json(exclude={'portfolio'})} {sector}").removeprefix("sha256:")[:12]

    @property
    def day(self) -> str:
        """The day of the question as commands write it."""
        return self.view.landscape.scope.as_of


def say_places(number: int, writer: StudyWriter) -> str:
    """Return a number of organisations."""
    _ = writer._
    one = number == 1 or (writer.language == "fr" and number == 0)
    shown = writer.count(number)
    return _("{n} organisation", n=shown) if one else _("{n} organisations", n=shown)


def say_days(number: float, writer: StudyWriter) -> str:
    """Return a number of days."""
    _ = writer._
    one = number == 1 or (writer.language == "fr" and number < 2)
    shown = writer.number(number)
    return _("{n} day", n=shown) if one else _("{n} days", n=shown)
