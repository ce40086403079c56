"""Cells of a register, each judged on its own.

A figure that cannot be right is reported and left out; none is ever corrected. What can be read in one way only (a
leading zero that a spreadsheet took away, blanks inside a FINESS number) is read so, and listed with what stood there.
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass

from hygie.facility.registers.nomenclature import read_department
from hygie.facility.registers.notes import Notebook
from hygie.store.sheet_rows import Cell

__all__ = ["CellReader", "has_check_digit", "show_cell"]

_FINESS = re.compile(r"[0-9][0-9AB][0-9]{7}")
_CUT = re.compile(r"[0-9]{8}")
_WHOLE = re.compile(r"[0-9]{1,12}")
_DECIMAL = re.compile(r"[0-9]{1,9}(?:\.[0-9]{1,9})?")
_GROUPED = re.compile(r"(?<=[0-9])[ \u00a0\u2009\u202f](?=[0-9]{3}(?![0-9]))")
_BLANKS = re.compile(r"\s+")
# A whole number that a program wrote with decimals.
_POINT_ZERO = re.compile(r"(?<=[0-9])\.0+$")
# How letters look once their UTF-8 bytes were read as Windows-1252.
_DAMAGED = re.compile("[ÃÂ][\u0080-\u00bf\u0152\u0153\u0160\u0161\u0178\u017d\u017e\u0192\u02c6\u02dc\u2013-\u2122]")


def has_check_digit(finess: str) -> bool:
    """Return whether the last digit of a FINESS number fits the others (Luhn); numbers of Corsica are not judged.

    >>> has_check_digit("010780054"), has_check_digit("010780055")
    (True, False)
    """
    if not finess.isdigit():
        return True
    doubled = (int(digit) * (2 if index % 2 else 1) for index, digit in enumerate(reversed(finess)))
    return sum(value - 9 if value > 9 else value for value in doubled) % 10 == 0


@dataclass(frozen=True, slots=True)
class CellReader:
    """Reads cells of one file and notes what is wrong with them.

    Parameters
    ----------
    comma
        Whether a comma marks decimals too, and blanks group thousands, as in French tables.
    """

    notes: Notebook
    file: str
    comma: bool = False

    def read_finess(self, cell: Cell, *, line: int, column: str, department: str = "") -> str | None:
        """Return a FINESS number, or None for a row that has to be left out.

        Parameters
        ----------
        department
            Of the site, when a column gives it: a restored number must belong there.
        """
        text = show_cell(cell)
        number = _POINT_ZERO.sub("", _BLANKS.sub("", text)).upper()
        if _FINESS.fullmatch(number):
            if number != text:
                self._repair(
                    "spelling", "a FINESS number was written with blanks, decimals or small letters", line, column, text
                )
            if not has_check_digit(number):
                self.notes.add(
                    "doubtful",
                    "check_digit",
                    "the last digit of this FINESS number does not fit the others: the row is kept",
                    file=self.file,
                    line=line,
                    column=column,
                    value=number,
                    repair="compare it with the national directory (finess.esante.gouv.fr)",
                )
            return number
        restored = f"0{number}"
        if _CUT.fullmatch(number) and has_check_digit(restored) and restored.startswith(department[:2]):
            self._repair("leading_zero", "a spreadsheet took the leading zero away", line, column, text, now=restored)
            return restored
        cut = number.isdigit() and len(number) < 9
        self.notes.add(
            "doubtful" if text else "missing",
            "finess",
            f"{'this is not a' if text else 'there is no'} FINESS number: the row is left out",
            file=self.file,
            line=line,
            column=column,
            value=text or None,
            allowed="nine characters: digits, or A or B in the second place for Corsica",
            repair="a spreadsheet has removed leading zeros: read the column as text"
            if cut
            else "give the nine characters of the national directory",
        )
        return None

    def _repair(self, topic: str, message: str, line: int, column: str, text: str, *, now: str = "") -> None:
        self.notes.add(
            "repaired",
            topic,
            message + (f": read as {now}" if now else ""),
            file=self.file,
            line=line,
            column=column,
            value=text,
            repair="check the number, and save the column as text",
        )

    def read_department(self, cell: Cell, *, finess: str, line: int, column: str) -> str:
        """Return the code of a department, its leading zero restored where the FINESS number shows it."""
        text = self.read_text(cell, line=line, column=column)
        if len(text) == 1 and finess.startswith(f"0{text}"):
            self._repair("department", "a spreadsheet took the leading zero away", line, column, text, now=f"0{text}")
            return f"0{text}"
        return read_department(text)

    def read_text(self, cell: Cell, *, line: int, column: str) -> str:
        """Return a text without outer blanks and invisible characters."""
        text = show_cell(cell)
        if not text.isprintable():
            # A facility file with such a character would be refused.
            self.notes.add(
                "repaired",
                "invisible",
                "the cell holds an invisible character: it is left out",
                file=self.file,
                line=line,
                column=column,
                value=ascii(text)[1:-1],
                repair="write the text again",
            )
            text = " ".join("".join(ch if ch.isprintable() else " " * ch.isspace() for ch in text).split())
        if _DAMAGED.search(text):
            self.notes.add(
                "doubtful",
                "mojibake",
                "accents were damaged before this file was written: the text is kept as it stands",
                file=self.file,
                line=line,
                column=column,
                value=text,
                repair="write the text again, or ask for the file before it was converted",
            )
        return text

    def read_count(self, cell: Cell, *, line: int, column: str) -> int | None:
        """Return a whole number of things, None for a blank and for what is left out."""
        number = self._read_number(cell, line=line, column=column, whole=True)
        return None if number is None else int(number)

    def read_amount(self, cell: Cell, *, line: int, column: str) -> float | None:
        """Return a number that may have decimals, None for a blank and for what is left out."""
        return self._read_number(cell, line=line, column=column, whole=False)

    def read_flag(self, cell: Cell, *, line: int, column: str) -> bool | None:
        """Return what a cell with 0 or 1, yes or no says."""
        text = show_cell(cell).casefold()
        if not text:
            return None
        if text in ("1", "oui", "yes", "true", "vrai", "o", "y"):
            return True
        if text in ("0", "non", "no", "false", "faux", "n"):
            return False
        self._refuse("this is neither 0 nor 1: it is left out", "write 0, 1 or nothing", text, line, column)
        return None

    def _read_number(self, cell: Cell, *, line: int, column: str, whole: bool) -> float | None:
        if isinstance(cell, float) and math.isfinite(cell) and abs(cell) < 1e12:
            text = str(int(cell)) if cell.is_integer() else format(cell, ".9f").rstrip("0")
        else:
            text = show_cell(cell)
        if not text:
            return None
        plain = _GROUPED.sub("", text).replace(",", ".") if self.comma else text
        if (_WHOLE if whole else _DECIMAL).fullmatch(plain):
            return float(plain)
        if plain[0] in "-−" and _DECIMAL.fullmatch(plain[1:]):
            self._refuse("a count cannot be negative: it is left out", "check the figure", text, line, column)
        elif _DECIMAL.fullmatch(plain):
            self._refuse("a count is a whole number: it is left out", "check the figure", text, line, column)
        else:
            repair = f"write digits only, with a point{' or a comma' * self.comma} for decimals"
            self._refuse("this is not a number: it is left out", repair, text, line, column)
        return None

    def _refuse(self, message: str, repair: str, text: str, line: int, column: str) -> None:
        self.notes.add(
            "doubtful",
            "number",
            message,
            file=self.file,
            line=line,
            column=column,
            value=text,
            allowed="0 or more",
            repair=repair,
        )


def show_cell(cell: Cell) -> str:
    """Return the text of a cell, whole numbers of a workbook without decimals."""
    if cell is None:
        return ""
    if isinstance(cell, bool):
        return "1" if cell else "0"
    if isinstance(cell, float) and cell.is_integer() and abs(cell) < 1e15:
        return str(int(cell))
    return str(cell).strip()
