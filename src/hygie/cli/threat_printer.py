"""Lines, lists and tables of the pages on threat, within the width of the terminal."""

from __future__ import annotations

from collections.abc import Iterable
from textwrap import wrap

from rich.console import Console
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from hygie.views.charts_layout import clean_label
from hygie.views.messages import Language, Translate, translator
from hygie.views.numbers import format_count, format_euros

__all__ = ["Printer"]

_MINUS = "\u2212"


class Printer:
    """Prints texts that came from files: no markup, no control characters, never wider than the terminal."""

    def __init__(self, language: Language) -> None:
        self.language = language
        self.translate: Translate = translator(language)
        self.console = Console(highlight=False)

    def blank(self) -> None:
        """Print an empty line."""
        self.console.print()

    def title(self, text: str) -> None:
        """Print the title of a part."""
        self.blank()
        self.line(text, style="bold")

    def line(self, text: str, *, indent: int = 0, style: str = "") -> None:
        """Print a paragraph."""
        # Rich breaks lines at no-break spaces, too; textwrap does not.
        room = max(self.console.width - indent, 1)
        for part in wrap(clean_label(text), room, break_long_words=False, break_on_hyphens=False):
            self.console.print(Padding(Text(part, style=style), (0, 0, 0, indent), expand=False))

    def items(self, lines: Iterable[str]) -> None:
        """Print a list."""
        for text in lines:
            self.line(f"• {text}", indent=1)

    def table(self, *columns: str, left: int = 1) -> Table:
        """Return an empty table; the first columns stand to the left."""
        table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0))
        for index, column in enumerate(columns):
            table.add_column(column, justify="left" if index < left else "right", header_style="dim")
        return table

    def row(self, table: Table, *cells: str) -> None:
        """Add a row of plain texts."""
        table.add_row(*(Text(clean_label(cell)) for cell in cells))

    def draw(self, table: Table) -> None:
        """Print a table."""
        self.console.print(table)

    def more(self, number: int, shown: int) -> None:
        """Say how many rows are left out."""
        if number > shown:
            left = format_count(number - shown, self.language)
            self.line(self.translate("… {n} more rows; --json has them all", n=left), style="dim")

    def euros(self, change: float) -> str:
        """Return a signed amount."""
        return f"{_MINUS if change < 0 else '+'}{format_euros(abs(change), self.language)}" if change else "–"

    def arrow(self, before: str, after: str) -> str:
        """Return two values, or one when they are the same."""
        return before if before == after else f"{before} → {after}"

    def again(self, command: str) -> None:
        """Print the command that gives the page again."""
        text = self.translate("Again: {command}", command=command)
        self.console.print(Text(clean_label(text), style="dim"), soft_wrap=True)
