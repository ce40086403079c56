"""Pictures of a study: bands with what was observed, shares of causes, a thousand squares."""

from __future__ import annotations

import pytest

from hygie.views.charts import render_svg
from hygie.views.charts_layout import BROWN, NARROW, WIDE, Chart
from hygie.views.charts_study import Band, Split, draw_bands, draw_icons, draw_splits

BANDS = [
    Band("Dax 2021, coût direct", 1.3e6, 2.3e6, 4.7e6, "2,4 M€", (2.2e6, 2.35e6)),
    Band("A label so long that it needs several lines on a telephone, and then some", 1e5, 1e6, 1e7, "1 M€"),
]
KEY = ("probable selon le modèle, 90 fois sur 100", "rapporté")


def draw(width: int) -> Chart:
    ticks = [(1e5, "100 k€"), (1e6, "1 M€"), (1e7, "10 M€")]
    return draw_bands(BANDS, id="x", title="X", sentence="S.", ticks=ticks, key=KEY, log=True, width=width)


@pytest.mark.parametrize("width", [WIDE, NARROW])
def test_bands_show_labels_ticks_and_key(width: int) -> None:
    chart = draw(width)
    svg = render_svg(chart.spec, "fr")
    for word in ("2,4 M€", "100 k€", "10 M€", *KEY):
        assert word in svg
    assert chart.spec["width"] == width
    first, second = chart.spec["data"]["values"]
    assert first["seen"] == pytest.approx((2.2e6 * 2.35e6) ** 0.5)
    assert second["seen"] is None
    assert second["top"] >= first["bar_bottom"]


def test_a_key_that_does_not_fit_stands_on_two_lines() -> None:
    tops = [draw(width).spec["data"]["values"][0]["top"] for width in (WIDE, NARROW)]
    assert tops == [30.0, 50.0]


def test_shares_fill_their_bar() -> None:
    rows = [Split("All machines", (0.9, 0.1), "touched in 15 of 100"), Split("Pumps", (1.0, 0.0), "")]
    chart = draw_splits(rows, ["it", "own"], id="x", title="X", sentence="S.", width=NARROW)
    parts = chart.spec["layer"][0]["data"]["values"]
    assert [part["to"] for part in parts] == pytest.approx([0.9, 1.0, 1.0, 1.0])
    assert "touched in 15 of 100" in render_svg(chart.spec, "en")


@pytest.mark.parametrize("count", [0, 59, 1000])
def test_a_square_is_a_hospital(count: int) -> None:
    rows = draw_icons(count, id="x", title="X", sentence="S.").spec["data"]["values"]
    assert len(rows) == 1000
    assert sum(row["ink"] == BROWN for row in rows) == count
