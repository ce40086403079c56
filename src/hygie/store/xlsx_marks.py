"""A first pass over a worksheet: what does not show in the values that are read from it afterwards.

Formulas that were never computed, merged cells, cells out of order or too long; ECMA-376 part 1, section 18.3.1.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from xml.parsers import expat

from openpyxl.utils import get_column_letter

from hygie.core.errors import DocumentError
from hygie.store.sheet_rows import MAX_CELL, MAX_COLUMNS, MAX_ROWS
from hygie.store.xlsx_packages import Package, SheetPart, feed_part

__all__ = ["Flaw", "Marks", "scan_sheet"]

# Marks of a sheet that are kept while it is read.
MAX_MARKS = 100_000

# A cell or a range, and what is wrong there with its repair.
Flaw = tuple[str, str]

_MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_PLACE = re.compile(r"([A-Z]{1,3})([1-9][0-9]{0,6})")
_RANGE = re.compile(r"([A-Z]{1,3}[1-9][0-9]{0,6}):([A-Z]{1,3}[1-9][0-9]{0,6})")


@dataclass(slots=True)
class Marks:
    """What a first pass finds in a sheet: cells whose formula was never computed, and merged ranges, by row."""

    name: str
    unset: dict[int, list[str]] = field(default_factory=dict)
    merged: list[tuple[int, int, str]] = field(default_factory=list)
    count: int = 0

    def add(self) -> None:
        self.count += 1
        if self.count > MAX_MARKS:
            raise DocumentError(
                "the sheet has too many merged cells, or formulas that were never computed",
                file=self.name,
                allowed=f"at most {MAX_MARKS:,}",
                repair="open and save the workbook in a spreadsheet, then copy the cells as values",
            )

    def find(self, row: int, *, pending: list[tuple[int, int, str]]) -> list[Flaw]:
        """Return what is wrong in a row; rows must be asked for in order."""
        while self.merged and self.merged[-1][0] <= row:
            pending.append(self.merged.pop())
        pending[:] = [one for one in pending if one[1] >= row]
        found = [
            (place, "the formula was never computed: open and save the workbook in a spreadsheet")
            for place in self.unset.pop(row, [])
        ]
        merged = "the cells are merged: unmerge them, and write the value in each"
        return found + [(area, merged) for _, _, area in pending]


class Scanner:
    """Handlers of the first pass over a sheet."""

    def __init__(self, package: Package, chosen: SheetPart) -> None:
        self.marks = Marks(package.name)
        self._package, self._sheet = package, chosen
        self._row = self._column = self._filled = 0
        self._place = ""
        self._formula = self._value = False
        self._size: int | None = None

    def refuse(self, message: str, *, place: str, allowed: str | None = None) -> DocumentError:
        return DocumentError(
            message,
            file=self._package.name,
            value=f"{self._sheet.name}!{place}"[:100],
            allowed=allowed,
            repair="save the sheet as CSV" if allowed else "save the workbook again as XLSX",
        )

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        match tag:
            case "c":
                self._start_cell(attributes.get("r"))
            case "row":
                self._start_row(attributes.get("r"))
            case "f":
                self._formula = True
            case "v" | "t":
                self._size = 0
            case "is":
                self._value = True
            case "mergeCell":
                self._add_merged(attributes.get("ref", ""))

    def text(self, data: str) -> None:
        if self._size is None:
            return
        self._value = True
        self._size += len(data)
        if self._size > MAX_CELL:
            raise self.refuse("a cell is too long", place=self._place, allowed=f"at most {MAX_CELL:,} characters")

    def end(self, tag: str) -> None:
        if tag in ("v", "t"):
            self._size = None
        elif tag == "c":
            self._end_cell()

    def _start_row(self, number: str | None) -> None:
        row = self._row + 1 if number is None else int(number) if re.fullmatch("[1-9][0-9]{0,6}", number) else 0
        if not self._row < row <= MAX_ROWS:
            raise self.refuse("the rows are not in order", place=f"row {number}")
        self._row, self._column = row, 0

    def _start_cell(self, place: str | None) -> None:
        if place is None:
            self._column += 1
        else:
            match = _PLACE.fullmatch(place)
            column = _count_letters(match.group(1)) if match and int(match.group(2)) == self._row else 0
            if column <= self._column:
                raise self.refuse("the cells are not in order", place=place)
            self._column = column
        self._place = place or f"{get_column_letter(self._column)}{self._row}"
        self._formula = self._value = False

    def _end_cell(self) -> None:
        if self._value and self._column > MAX_COLUMNS:
            raise self.refuse(
                "the table has too many columns", place=self._place, allowed=f"at most {MAX_COLUMNS} columns"
            )
        if self._formula and not self._value:
            self.marks.add()
            self.marks.unset.setdefault(self._row, []).append(self._place)

    def _add_merged(self, area: str) -> None:
        match = _RANGE.fullmatch(area)
        if match is None:
            raise self.refuse("a merged range is not written as one", place=area)
        rows = [int(corner.lstrip("ABCDEFGHIJKLMNOPQRSTUVWXYZ")) for corner in match.groups()]
        self.marks.add()
        self.marks.merged.append((min(rows), max(rows), area))


def _count_letters(letters: str) -> int:
    number = 0
    for letter in letters:
        number = number * 26 + ord(letter) - 64
    return number


def scan_sheet(package: Package, chosen: SheetPart) -> Marks:
    """Read a sheet once for what does not show in its values.

    Raises
    ------
    DocumentError
        Rows or cells out of order, a cell or a row that is too long, not XML.
    """
    scanner = Scanner(package, chosen)
    parser = expat.ParserCreate(namespace_separator=" ")
    parser.buffer_text = True
    prefix = f"{_MAIN} "
    parser.StartElementHandler = lambda tag, found: scanner.start(tag.removeprefix(prefix), found)
    parser.EndElementHandler = lambda tag: scanner.end(tag.removeprefix(prefix))
    parser.CharacterDataHandler = scanner.text
    feed_part(package.archive, chosen.part, parser, name=package.name)
    scanner.marks.merged.sort(reverse=True)
    return scanner.marks
