"""Cells that no spreadsheet runs: which ones change, and that all of them come back."""

from __future__ import annotations

import pytest

from hygie.core.spreadsheets import neutralise_cell, neutralise_text, restore_text


@pytest.mark.parametrize(
    ("text", "safe"),
    [
        ("plain", "plain"),
        ("l'hôpital", "l'hôpital"),
        ("3-day stop, then x=1", "3-day stop, then x=1"),
        ("=1+1", "'=1+1"),
        ("'=1+1", "''=1+1"),
        (" \u00a0\u200b=1", "' \u00a0\u200b=1"),
        ("“@x”", "'“@x”"),
        ("\uff1d1", "'\uff1d1"),
        ("\tx", "'\tx"),
        (" \nx", "' \nx"),
        ("a;=1", "a;'=1"),
        ("a, -5 %", "a,' -5 %"),
        ("a\n+1", "a\n'+1"),
        ("a|b\t@c", "a|b\t'@c"),
        ("\x01", "\\u0001"),
        ("\\u0001", "\\u005Cu0001"),
        ("C:\\users", "C:\\users"),
        ("_x000D_", "\\u005Fx000D_"),
        ("", ""),
    ],
)
def test_texts_are_made_safe_and_restored(text: str, safe: str) -> None:
    assert neutralise_text(text) == safe
    assert restore_text(safe) == text


def test_what_no_record_holds_stays_written_out() -> None:
    assert neutralise_text("\0\ud800").encode() == b"\\u0000\\uD800"
    assert restore_text("\\u0000\\uD800") == "\\u0000\\uD800"


def test_cells() -> None:
    assert [neutralise_cell(value) for value in (None, "=x", -0.5, 3, 0.1 + 0.2)] == ["", "'=x", "-0.5", "3", "0.3"]


def test_long_texts_take_no_long_time() -> None:
    # Spaces may stand before a sign of calculation: a million of them must be read once, not once each.
    text = " " * 1_000_000 + "x" + ",\"'" * 300_000
    assert restore_text(neutralise_text(text)) == text
