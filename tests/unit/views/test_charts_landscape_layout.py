"""What the landscape charts share: classes of counts, shades, and labels that fit."""

from __future__ import annotations

import pytest

from hygie.views.charts_landscape_layout import (
    COUNT_COLOURS,
    NONE_FILL,
    bin_counts,
    break_words,
    count_ticks,
    fit_label,
    format_month,
    measure_text,
    shorten,
    text_on,
)
from hygie.views.charts_layout import QUIET
from hygie.views.theme import INK
from hygie.views.tile_map import load_tiles
from landscape_view_kit import CLASSES, contrast, face


def test_numbers_are_readable_on_every_shade() -> None:
    for fill in COUNT_COLOURS:
        assert contrast(text_on(fill), fill) >= 4.5
    assert contrast(QUIET, NONE_FILL) >= 4.5
    assert contrast(INK, "white") >= 4.5


def test_shades_are_told_apart_by_lightness_alone() -> None:
    steps = [contrast(fill, "white") for fill in (NONE_FILL, *COUNT_COLOURS)]
    assert all(after / before > 1.2 for before, after in zip(steps, steps[1:], strict=False))


@pytest.mark.parametrize("largest", [1, 2, 5, 6, 9, 10, 41, 137, 1382, 99_999])
def test_every_count_has_one_class_and_one_shade(largest: int) -> None:
    bins = bin_counts(largest)
    assert bins.starts[0] == 1
    assert list(bins.starts) == sorted(set(bins.starts))
    assert bins.starts[-1] <= largest
    assert len(set(bins.shades)) == len(bins.starts) <= len(COUNT_COLOURS)
    assert [bins.index(start) for start in bins.starts] == list(range(len(bins.starts)))
    assert bins.index(largest) == len(bins.starts) - 1
    assert bins.colour(0) == NONE_FILL


@pytest.mark.parametrize(("largest", "ticks"), [(0, [0]), (1, [0, 1]), (7, [0, 2, 4, 6, 8]), (101, [0, 50, 100, 150])])
def test_ticks_are_whole_numbers_up_to_the_largest(largest: int, ticks: list[int]) -> None:
    assert count_ticks(largest) == ticks


def test_labels_fit_their_room_by_the_typeface() -> None:
    names = [tile.name for level in ("departments", "regions") for tile in load_tiles(level, collectivities=True)]
    names += [label for labels in CLASSES.values() for label in labels]
    for name in names:
        real = face(13.0, 400).getlength(name) * 13.0 / 260
        assert real <= measure_text(name, 13.0) + 1.0, name
        for line in break_words(name, 80.0, size=12.0).split("\n"):
            assert face(12.0, 400).getlength(line) * 12.0 / 240 <= 81.0, name


def test_labels_are_cut_where_they_have_no_room() -> None:
    assert fit_label("Hospital", 200.0, size=12.0) == "Hospital"
    assert fit_label("A very long name", 60.0, size=12.0).endswith("…")
    assert break_words("one two three four five six seven eight nine ten", 40.0, size=12.0).count("\n") == 3
    assert shorten("a\u202eb" + "x" * 200).startswith("abx")


def test_months_are_written_as_in_the_language() -> None:
    assert format_month("2021-08", "fr") == "août\u00a02021"
    assert format_month("2021-08", "en") == "August\u00a02021"
