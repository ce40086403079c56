r"""Cells that no spreadsheet takes for a formula, and the way back to the text.

A text from outside that begins with `=` is run when a table is opened in a spreadsheet. OWASP, *CSV Injection*
(https://owasp.org/www-community/attacks/CSV_Injection), and OWASP ASVS 5.0, requirement 1.2.10: an apostrophe before
what begins with = + - @ tab or line break, full-width forms too, behind spaces and quotation marks too, and also
inside a text after a separator, because a spreadsheet set to another separator begins a cell there.

Characters that a table cannot carry (controls, lone surrogates, U+FFFE, U+FFFF) are written `\uHHHH`, as JSON
(RFC 8259, section 7) writes them, and so is a backslash that would read as such a code. An underscore before what
looks like an escape of workbooks (`_xHHHH_`, ECMA-376 part 1, section 22.9.2.19) is written so, too: writers and
readers of workbooks do not agree on how to escape that one.

`restore_text` undoes `neutralise_text` exactly, except for NUL and lone surrogates, which stay written out: no
record holds them.
"""

from __future__ import annotations

import re

__all__ = ["neutralise_cell", "neutralise_text", "restore_text"]

# What begins a formula, with the wide forms that East Asian spreadsheets read alike.
_TRIGGER = "=+\\-@\uff1d\uff0b\uff0d\uff20\ufe66\ufe62\ufe63\ufe6b"
# What may stand before it and be trimmed: spaces, invisible marks, quotation marks.
_LEAD = (
    " \u0085\u00a0\u00ad\u1680\u180e\u2000-\u200f\u2028-\u202f\u205f-\u206f\u3000\ufeff"
    "\"'`\u00b4\u2018-\u201f\u2039\u203a\u00ab\u00bb\uff02\uff07"
)
# Behind each of these a spreadsheet may begin a cell.
_SEPARATOR = ",;|\t\r\n"

_CELL_START = rf"(?:\A|(?<=[{_SEPARATOR}]))"
_DANGER = rf"(?=[{_LEAD}]*[{_TRIGGER}])"
_BREAK_FIRST = rf"(?=[{_LEAD}]*[\t\r\n])"
_NEUTRALISE = re.compile(rf"{_CELL_START}{_DANGER}|\A{_BREAK_FIRST}")
_RESTORE = re.compile(rf"{_CELL_START}'{_DANGER}|\A'{_BREAK_FIRST}")

_UNCARRIED = re.compile(
    r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff\ufffe\uffff]|_(?=x[0-9A-Fa-f]{4})|\\(?=u[0-9A-F]{4})"
)
_WRITTEN = re.compile(r"\\u(00(?!00)[01][0-9A-F]|007F|005C|005F|FFFE|FFFF)")


def neutralise_text(text: str) -> str:
    r"""Return a text that no spreadsheet runs, whatever its separator.

    >>> neutralise_text("=1+1"), neutralise_text("seen; @SUM(1)"), neutralise_text("3-day stop")
    ("'=1+1", "seen;' @SUM(1)", '3-day stop')
    """
    written = _UNCARRIED.sub(lambda match: f"\\u{ord(match.group()):04X}", text)
    return _NEUTRALISE.sub("'", written)


def restore_text(text: str) -> str:
    r"""Return the text that `neutralise_text` was given.

    >>> restore_text("'=1+1"), restore_text("l'hôpital")
    ('=1+1', "l'hôpital")
    """
    return _WRITTEN.sub(lambda match: chr(int(match.group(1), 16)), _RESTORE.sub("", text))


def neutralise_cell(value: str | float | None) -> str:
    """Return a cell that no spreadsheet takes for a formula; numbers stay numbers.

    >>> neutralise_cell("=1+1"), neutralise_cell(-0.5)
    ("'=1+1", '-0.5')
    """
    if value is None:
        return ""
    return neutralise_text(value) if isinstance(value, str) else f"{value:.10g}"
