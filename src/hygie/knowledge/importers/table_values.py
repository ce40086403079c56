"""From the cell of a table to the value of a field; what cannot be read for certain is refused, never guessed at."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Sequence
from datetime import date
from typing import Any

from hygie.core.errors import SchemaError
from hygie.core.spreadsheets import restore_text
from hygie.knowledge.flat_columns import FlatColumn, split_items
from hygie.knowledge.importers.leak_sites import slugify_actor
from hygie.knowledge.importers.table_maps import Binding, Plan
from hygie.knowledge.importers.table_words import UNKNOWN_WORDS, translate_value
from hygie.knowledge.records import UNKNOWN_ACTOR
from hygie.store.sheet_rows import Cell, is_blank
from hygie.store.text_folding import fold_text

__all__ = ["read_binding", "read_value"]

_ISO = re.compile(r"(\d{4}(?:-\d{2}(?:-\d{2})?)?)(?:[T ]\d{2}:\d{2}.{0,30})?", re.ASCII)
_TOKENS = {"YYYY": r"(?P<y>\d{4})", "MM": r"(?P<m>\d{1,2})", "DD": r"(?P<d>\d{1,2})"}
_FORMAT = re.compile(r"(?:YYYY|MM|DD|[^A-Za-z0-9])+")
_NUMBER = re.compile(r"[+-]?\d{1,17}(?:\.\d{1,25})?(?:[eE][+-]?\d{1,3})?", re.ASCII)
_NO_CHARACTER = re.compile("[\0\ud800-\udfff]")
_SPACES = re.compile(r"(?<=\d)[ \u00a0\u2009\u202f](?=\d{3}(?!\d))")
_PLAIN_REF = re.compile(r"[a-z0-9][a-z0-9._-]{0,119}")
# Ids of other catalogues keep their capitals.
_CATALOGUE_REF = re.compile(r"(T\d{4}(\.\d{3})?|TA\d{4}|[MGSC]\d{4}|CVE-\d{4}-\d{4,19}|[a-z-]+--[0-9a-f-]{36})")
_FLAGS = {"true": True, "yes": True, "oui": True, "vrai": True, "1": True} | {
    "false": False,
    "no": False,
    "non": False,
    "faux": False,
    "0": False,
}
# No figure of a table has more digits than a spreadsheet keeps.
_MAX_WHOLE = 10**15


def read_binding(cells: Sequence[Cell], binding: Binding, plan: Plan) -> Any:
    """Return the value that a row gives to a field, or None when it gives none.

    Raises
    ------
    SchemaError
        The cell cannot be read as such a value.
    """
    if len(binding.places) > 1:
        # Each text under the name of its column: they come from different questions.
        texts = [
            f"{header}: {text}"
            for place, header in zip(binding.places, binding.headers, strict=True)
            if (text := _read_text(cells[place], plan)) is not None
        ]
        return "\n".join(texts) or None
    cell = cells[binding.places[0]]
    if is_blank(cell):
        return None
    folded = fold_text(str(cell)) if plan.blanks or binding.values else None
    if folded in plan.blanks:
        return None
    if folded is None or folded not in binding.values:
        return read_value(cell, binding.column, plan)
    meant = binding.values[folded]
    return meant if isinstance(meant, list) else read_value(meant, binding.column, plan)


def _read_text(cell: Cell, plan: Plan) -> str | None:
    if is_blank(cell) or (plan.blanks and fold_text(str(cell)) in plan.blanks):
        return None
    return _check_text(restore_text(_show(cell)).strip())


def read_value(cell: Cell, column: FlatColumn, plan: Plan) -> Any:
    """Return the value of one field.

    Raises
    ------
    SchemaError
        The cell cannot be read as such a value.
    """
    if is_blank(cell):
        return None
    text = restore_text(_show(cell))
    if not plan.exact:
        text = text.strip()
    _check_text(text)
    match column.form:
        case "whole":
            return _read_whole(cell, text, plan)
        case "number":
            return _read_number(cell, text, plan)
        case "flag":
            return _read_flag(cell, text)
        case "list":
            return [_read_item(item, column, plan) for item in split_items(text, divider=plan.separator)] or None
        case "json":
            return _read_json(text)
        case "date" if not plan.exact:
            return _read_date(text, plan.date_formats)
        case "ref" if not plan.exact:
            return _read_ref(text, column, plan)
    return text if plan.exact else _read_item(text, column, plan)


def _show(cell: Cell) -> str:
    if isinstance(cell, bool):
        return "true" if cell else "false"
    if isinstance(cell, float) and cell.is_integer() and abs(cell) < _MAX_WHOLE:
        return str(int(cell))
    return str(cell)


def _check_text(text: str) -> str:
    if _NO_CHARACTER.search(text):
        raise SchemaError("the text holds a character that is none", value=text, repair="write the text again")
    return text


def _read_item(text: str, column: FlatColumn, plan: Plan) -> str:
    """Return a text, or the value of a closed list that it stands for."""
    if plan.exact:
        return text
    if column.name == "victim.country" and re.fullmatch("[A-Za-z]{2}", text):
        return text.upper()
    if column.name == "ref" and plan.kind == "vulnerability":
        return text.upper() if text.lower().startswith("cve-") else text
    return (translate_value(text, column=column.name, allowed=column.allowed) if column.allowed else None) or text


def _read_whole(cell: Cell, text: str, plan: Plan) -> int:
    number = _read_number(cell, text, plan)
    if not number.is_integer() or abs(number) >= _MAX_WHOLE:
        raise SchemaError("this is not a whole number", value=text, repair="write digits only")
    return int(number)


def _read_number(cell: Cell, text: str, plan: Plan) -> float:
    if isinstance(cell, int | float) and not isinstance(cell, bool):
        return float(cell)
    plain = _SPACES.sub("", text)
    if plan.thousands:
        plain = re.sub(rf"(?<=\d)\{plan.thousands}(?=\d{{3}}(?!\d))", "", plain)
    if plan.decimal == ",":
        # A point that is left was neither a decimal mark nor between thousands.
        plain = plain.replace(".", "?").replace(",", ".")
    number = float(plain) if _NUMBER.fullmatch(plain) else math.nan
    if not math.isfinite(number):
        comma = "," in text and plan.decimal == "."
        raise SchemaError(
            "this is not a number",
            value=text,
            allowed=f"digits with “{plan.decimal}” for decimals, no unit",
            repair="say “decimal: ','” or “thousands: ','” in the column map" if comma else "write the number only",
        )
    return number


def _read_flag(cell: Cell, text: str) -> bool:
    if isinstance(cell, bool):
        return cell
    found = _FLAGS.get(fold_text(text))
    if found is None:
        raise SchemaError(
            "this is neither yes nor no", value=text, allowed="yes, no, true, false, oui, non", repair="use one of them"
        )
    return found


def _read_json(text: str) -> Any:
    try:
        items = json.loads(text)
        encoded = json.dumps(items, ensure_ascii=False, allow_nan=False)
    except (ValueError, RecursionError):
        items, encoded = None, ""
    if not isinstance(items, list):
        raise SchemaError(
            "this is not a list in JSON", value=text, allowed="[{…}, {…}]", repair="correct the cell, or empty it"
        )
    _check_text(encoded)
    return items


def _read_date(text: str, formats: Sequence[str]) -> str:
    iso = _ISO.fullmatch(text)
    if iso is not None:
        return iso.group(1)
    for form in formats:
        found = _compile_format(form).fullmatch(text)
        if found is None:
            continue
        parts = found.groupdict()
        day = "-".join(
            [parts["y"], *(parts[key].zfill(2) for key in ("m", "d") if parts.get(key))],
        )
        try:
            date.fromisoformat(f"{day}{'-01' * (2 - day.count('-'))}")
        except ValueError:
            continue
        return day
    raise SchemaError(
        "this is not a date that can be read for certain",
        value=text,
        allowed=", ".join(("YYYY-MM-DD", "YYYY-MM", "YYYY", *formats)),
        repair="check the date" if formats else "say “date_format: DD/MM/YYYY” in the column map, or as it is written",
    )


def _compile_format(form: str) -> re.Pattern[str]:
    """Return the pattern of a date format; JJ and AAAA are French for DD and YYYY.

    Raises
    ------
    SchemaError
        The format has no year, or letters that stand for nothing.
    """
    plain = form.upper().replace("JJ", "DD").replace("AAAA", "YYYY")
    counts = [plain.count(token) for token in _TOKENS]
    if not _FORMAT.fullmatch(plain) or counts[0] != 1 or max(counts) > 1 or (counts[2] and not counts[1]):
        raise SchemaError(
            "this is not a date format",
            field="date_format",
            value=form,
            allowed="YYYY, MM and DD once each, with marks between them, such as DD/MM/YYYY or MM.YYYY",
            repair="correct it in the column map",
        )
    pieces = re.split("(YYYY|MM|DD)", plain)
    return re.compile("".join(_TOKENS.get(piece, re.escape(piece)) for piece in pieces), re.ASCII)


def _read_ref(text: str, column: FlatColumn, plan: Plan) -> str:
    if column.name == "ref":
        return _read_own_ref(text, plan)
    if _CATALOGUE_REF.fullmatch(text):
        return text
    found = translate_value(text, column=column.name, allowed=column.allowed)
    if found is not None:
        return found
    if column.name in ("actor.name", "actor"):
        return UNKNOWN_ACTOR if fold_text(text) in UNKNOWN_WORDS else slugify_actor(text)
    if _PLAIN_REF.fullmatch(text.lower()):
        return text.lower()
    if column.name == "threat_class":
        raise SchemaError(
            "no class is called so",
            value=text,
            allowed="a class of the packs, such as ransomware, extortion, intrusion, ddos, provider",
            repair="say in the column map what it stands for: “values: {threat_class: {…: ransomware}}”",
        )
    return slugify_actor(text)


def _read_own_ref(text: str, plan: Plan) -> str:
    ref = plan.prefix + re.sub(r"[^A-Za-z0-9._-]+", "-", text).strip("-")
    if ref.isdigit():
        raise SchemaError(
            "a number alone is no name for a record: another table has the same one",
            value=text,
            repair="give a prefix in the column map, such as “prefix: ars-2023-”, or leave “ref” out",
        )
    return ref
