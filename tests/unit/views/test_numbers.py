"""Numbers as people read them, in both languages."""

from __future__ import annotations

import pytest

from hygie.views.numbers import (
    format_count,
    format_euros,
    format_number,
    format_percent,
    natural_frequency,
    round_significant,
)
from hygie.views.theme import CLASS_COLOURS, theme_config

NARROW, NO_BREAK = "\u202f", "\u00a0"


@pytest.mark.parametrize(
    ("value", "english", "french"),
    [
        (0.0, "€0", f"0{NO_BREAK}€"),
        (348.2, "€350", f"350{NO_BREAK}€"),
        (348_834.0, "€350k", f"350{NO_BREAK}k€"),
        (9_740_000.0, "€9.7m", f"9,7{NO_BREAK}M€"),
        (999_600.0, "€1m", f"1{NO_BREAK}M€"),
        (2.4e9, "€2.4bn", f"2,4{NO_BREAK}Md€"),
        (-52_000.0, "−€52k", f"−52{NO_BREAK}k€"),
    ],
)
def test_euros(value: float, english: str, french: str) -> None:
    assert format_euros(value, "en") == english
    assert format_euros(value, "fr") == french


def test_percent_and_counts() -> None:
    assert format_percent(0.1135, "en") == "11%"
    assert format_percent(0.00123, "fr") == f"0,12{NARROW}%"
    assert format_count(1_000_000, "fr") == f"1{NARROW}000{NARROW}000"
    assert format_number(0.0068, "fr") == "0,0068"
    assert round_significant(0.0) == 0.0


@pytest.mark.parametrize(
    ("probability", "expected"),
    [(0.5, (5, 10)), (0.0383, (4, 100)), (0.007, (7, 1_000)), (0.0004, (4, 10_000)), (0.0, (0, 100_000))],
)
def test_natural_frequency(probability: float, expected: tuple[int, int]) -> None:
    assert natural_frequency(probability) == expected


def test_theme_is_plain_data_with_one_typeface() -> None:
    config = theme_config()["config"]
    assert config["font"] == config["axis"]["labelFont"] == config["title"]["font"]
    assert config["range"]["category"] == list(CLASS_COLOURS.values())
