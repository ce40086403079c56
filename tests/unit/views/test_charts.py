"""Charts: what they show, that they draw, and that they say nothing when there is nothing to say."""

from __future__ import annotations

import csv
import io
import json
import re
from typing import Any

import altair
import pytest

from hygie.core.errors import UsageError
from hygie.views.assessment import AssessmentView
from hygie.views.charts import (
    CHART_IDS,
    NARROW,
    WIDE,
    add_title,
    chart_csv,
    draw_chart,
    draw_charts,
    draw_services,
    neutralise_cell,
    render_png,
    render_svg,
)
from hygie.views.charts_curve import count_likelihood
from hygie.views.charts_layout import break_label, choose_days, clean_label, euro_axis, label_expression, next_step
from view_kit import HOSTILE, bad_event, figure, hostile_view, make_view, quiet_view, view_data


def texts_of(svg: str) -> list[str]:
    return re.findall(r"<text[^>]*>([^<]*)", svg) + re.findall(r"<tspan[^>]*>([^<]*)", svg)


def spec_of(view: AssessmentView, chart_id: str, **options: Any) -> dict[str, Any]:
    chart = draw_chart(view, chart_id, **options)
    assert chart is not None
    return chart.spec


def values_of(spec: dict[str, Any], layer: int = 0) -> list[dict[str, Any]]:
    own = spec["layer"][layer].get("data") if "layer" in spec else None
    return (own or spec["data"])["values"]


@pytest.mark.parametrize("language", ["fr", "en"])
@pytest.mark.parametrize("chart_id", CHART_IDS)
def test_every_chart_is_valid_vega_lite_and_draws_the_same_bytes_twice(chart_id: str, language: str) -> None:
    chart = draw_chart(make_view(language), chart_id)
    assert chart is not None
    # Altair checks against the Vega-Lite schema, and raises.
    altair.Chart.from_dict(chart.spec)
    first, second = (render_svg(add_title(chart), language) for _ in range(2))
    assert first == second
    assert "clip" not in first
    assert 'style="' not in first
    assert 'role="img"' in first
    assert render_png(add_title(chart), language, scale=1.0).startswith(b"\x89PNG")


@pytest.mark.parametrize("chart_id", CHART_IDS)
def test_the_image_is_named_by_its_sentence(chart_id: str) -> None:
    chart = draw_chart(make_view("fr"), chart_id)
    assert chart is not None
    svg = render_svg(chart.spec, "fr")
    name = re.search(r'aria-label="([^"]*)"', svg)
    assert name is not None
    assert name.group(1) == chart.sentence.replace("&", "&amp;")
    assert len(chart.sentence) > 30
    assert svg.count("aria-") == 1


def test_text_is_set_in_the_embedded_face() -> None:
    faces = set(re.findall(r'font-family="([^"]*)"', render_svg(spec_of(make_view(), "loss_exceedance"), "en")))
    assert faces == {"Source Sans Pro, sans-serif"}


def test_no_chart_without_anything_to_show() -> None:
    view = quiet_view()
    assert draw_charts(view) == {}
    assert all(draw_chart(view, chart_id) is None for chart_id in CHART_IDS)


def test_unknown_charts_are_refused_with_a_suggestion() -> None:
    with pytest.raises(UsageError, match="drivers"):
        draw_chart(make_view(), "driver")
    with pytest.raises(UsageError, match="there is no such chart"):
        chart_csv(make_view(), "nothing")


@pytest.mark.parametrize(
    ("value", "dots", "filled"),
    [(0.038, 100, 4), (0.35, 100, 35), (1.0, 100, 100), (0.0042, 1000, 4)],
)
def test_dots_show_a_natural_frequency(value: float, dots: int, filled: int) -> None:
    data = view_data()
    data["figures"]["p_major"] = figure("p_major", value, "share")
    rows = values_of(spec_of(AssessmentView.model_validate(data), "likelihood"))
    assert len(rows) == dots
    assert sum(row["kind"] == "hit" for row in rows) == filled
    assert len({(row["x"], row["y"]) for row in rows}) == dots


def test_dots_are_left_out_when_the_chance_is_below_one_in_a_thousand() -> None:
    data = view_data()
    data["figures"]["p_major"] = figure("p_major", 0.00004, "share")
    view = AssessmentView.model_validate(data)
    assert draw_chart(view, "likelihood") is None
    known = count_likelihood(view)
    assert known is not None
    assert (known.count, known.base) == (4, 100_000)


@pytest.mark.parametrize("width", [WIDE, NARROW])
def test_the_curve_stays_in_its_frame_and_its_axes_are_in_words(width: int) -> None:
    spec = spec_of(make_view("fr"), "loss_exceedance", width=width)
    (low, high), (rarest, most) = (spec["encoding"][axis]["scale"]["domain"] for axis in "xy")
    for layer in range(len(spec["layer"])):
        for row in values_of(spec, layer):
            assert low <= row["x"] <= high * (1 + 1e-9)
            for name in ("y", "low", "high"):
                if name in row:
                    assert rarest * (1 - 1e-9) <= row[name] <= most * (1 + 1e-9)
    words = texts_of(render_svg(spec, "fr"))
    assert {"1 sur 10", "1 sur 100", "1 sur 1\u202f000", "100\u00a0k€", "1\u00a0M€", "10\u00a0M€"} <= set(words)


def test_the_curve_never_rises_and_its_band_holds_it() -> None:
    spec = spec_of(make_view(), "loss_exceedance")
    line = [row["y"] for row in values_of(spec, 1)]
    assert len(line) > 50
    assert line == sorted(line, reverse=True)
    band = {row["x"]: row for row in values_of(spec, 0)}
    for row in values_of(spec, 1):
        assert band[row["x"]]["low"] <= row["y"] <= band[row["x"]]["high"]


def test_the_frame_ends_where_losses_become_too_rare_to_show() -> None:
    data = view_data()
    for one in data["curves"]:
        one |= {"loss_eur": [1e4, 1e5, 1e6, 1e12], "probability": [0.3, 0.1, 2e-3, 1e-6]}
        one |= {"band_low": [0.1, 0.03, 1e-4, 0.0], "band_high": [0.5, 0.2, 5e-3, 2e-6], "mc_error": [0.0] * 4}
    scale = spec_of(AssessmentView.model_validate(data), "loss_exceedance")["encoding"]["x"]["scale"]
    assert scale["domain"] == [100.0, 2e6]


def test_a_curve_of_one_rare_loss_is_drawn() -> None:
    data = view_data()
    for one in data["curves"]:
        one |= {"loss_eur": [5e4], "probability": [3e-4], "band_low": [0.0], "band_high": [1e-3], "mc_error": [0.0]}
    spec = spec_of(AssessmentView.model_validate(data), "loss_exceedance")
    words = texts_of(render_svg(spec, "en"))
    assert {"1 in 1,000", "1 in 10,000", "1 in 20,000"} <= set(words)


def test_parts_are_sorted_and_keep_the_colour_of_their_class() -> None:
    rows = values_of(spec_of(make_view(), "loss_by_class"))
    assert [row["label"] for row in rows] == ["Part ransomware", "Part ddos"]
    assert rows[0]["colour"] == "#0072b2"
    assert rows[1]["text"] == "€5k · 1%"


def test_rebounds_have_a_colour_of_their_own() -> None:
    rows = {row["label"]: row["colour"] for row in values_of(spec_of(make_view(), "loss_by_origin"))}
    assert rows["Part provider"] == rows["Part neighbour"] != rows["Part own"]
    chart = draw_chart(make_view(), "loss_by_origin")
    assert chart is not None
    assert chart.sentence.startswith("20% ")


def test_bars_never_meet_their_labels() -> None:
    data = view_data()
    data["drivers"][0]["description"] = "A very long description that takes several lines on a telephone " * 3
    for width in (WIDE, NARROW):
        rows = values_of(spec_of(AssessmentView.model_validate(data), "drivers", width=width))
        for above, below in zip(rows, rows[1:], strict=False):
            assert above["bar_bottom"] < below["top"]
        assert all(row["top"] + 18 * (1 + row["label"].count("\n")) <= row["bar_top"] for row in rows)


def test_services_are_sorted_by_what_they_lose_and_untouched_ones_left_out() -> None:
    spec = spec_of(make_view(), "services")
    labels = [row["label"].replace("\n", " ") for row in values_of(spec, 1)]
    assert labels == ["Emergency department", "Radiotherapy and chemotherapy"]
    chart = draw_services(make_view())
    assert chart is not None
    assert "down to 20%" in chart.sentence
    assert "after day 10 " in chart.sentence


def test_a_service_that_is_not_back_in_time_is_said_so() -> None:
    event = bad_event(12)
    event["services"][0]["capacity"] = [0.5] * 12
    chart = draw_services(make_view(bad_event=event))
    assert chart is not None
    assert "on day 12 not every service is back to normal" in chart.sentence


def test_a_year_of_days_stays_a_small_picture() -> None:
    svg = render_svg(spec_of(make_view(bad_event=bad_event(366)), "services"), "en")
    assert len(svg) < 30_000


def test_zones_come_in_the_order_in_which_they_are_reached() -> None:
    rows = values_of(spec_of(make_view(), "zones"), 4)
    assert [row["label"] for row in rows] == ["Office workstations", "Backups"]
    assert rows[0]["reached"] == pytest.approx(4.0 / 24.0)
    assert rows[1]["reached"] is None
    chart = draw_chart(make_view(), "zones")
    assert chart is not None
    assert "reach 1 of 3 zones and are seen after 30\u00a0h" in chart.sentence


def test_the_grid_of_zones_stops_at_the_bars() -> None:
    spec = spec_of(make_view(), "zones")
    strips = {(row["strip"] - 2.0, row["bottom"] + 2.0) for row in values_of(spec, 4)}
    assert {(line["y"], line["y2"]) for line in values_of(spec)} == strips


@pytest.mark.parametrize(("width", "lines"), [(310, 2), (900, 1)])
def test_the_note_of_a_chart_is_broken_where_it_does_not_fit(width: int, lines: int) -> None:
    chart = draw_chart(make_view(), "loss_exceedance", width=width)
    assert chart is not None
    text = chart.spec["title"]["text"]
    assert len([text] if isinstance(text, str) else text) == lines


def test_an_attack_that_nobody_sees_is_said_so() -> None:
    chart = draw_chart(make_view(bad_event=bad_event() | {"detected_h": None}), "zones")
    assert chart is not None
    assert "before anyone sees them" in chart.sentence


@pytest.mark.parametrize("chart_id", CHART_IDS)
def test_hostile_texts_stay_texts_in_pictures(chart_id: str) -> None:
    svg = render_svg(add_title(draw_charts(hostile_view("fr"))[chart_id]), "fr")
    assert "<script" not in svg
    assert not re.search("[\u202a-\u202e\u2066-\u2069]", svg)


@pytest.mark.parametrize("chart_id", CHART_IDS)
@pytest.mark.parametrize("language", ["fr", "en"])
def test_tables_of_charts_are_rectangular(chart_id: str, language: str) -> None:
    rows = list(csv.reader(io.StringIO(chart_csv(make_view(language), chart_id))))
    assert len(rows) > 1
    assert len({len(row) for row in rows}) == 1
    assert all(rows[0])


def test_table_of_the_curve_holds_the_view_exactly() -> None:
    view = make_view()
    rows = list(csv.DictReader(io.StringIO(chart_csv(view, "loss_exceedance"))))
    oep = [row for row in rows if row["Basis"] == "OEP"]
    assert [float(row["Probability to exceed"]) for row in oep] == pytest.approx(view.curves[0].probability, rel=1e-9)


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t", "\r"])
def test_texts_that_look_like_formulas_are_neutralised(start: str) -> None:
    assert neutralise_cell(f"{start}1+1") == f"'{start}1+1"
    data = view_data()
    data["by_class"][0]["label"] = f"{start}cmd|' /C calc'!A0"
    text = chart_csv(AssessmentView.model_validate(data), "loss_by_class")
    cells = [cell for row in csv.reader(io.StringIO(text, newline="")) for cell in row]
    assert any(cell.startswith(f"'{start}cmd") for cell in cells)
    assert not any(cell.startswith(start) for cell in cells)


def test_negative_numbers_stay_numbers() -> None:
    rows = list(csv.DictReader(io.StringIO(chart_csv(make_view(), "drivers"))))
    assert [float(row["Rank correlation"]) for row in rows] == [0.43, -0.22]


def test_labels_break_at_spaces_and_lose_invisible_marks() -> None:
    assert clean_label("a\tb\u202ec\u2066d\u0007") == "a bcd"
    assert break_label(HOSTILE, 10_000).count("\n") == 0
    assert max(map(len, break_label("one two three four five six seven", 100).split("\n"))) <= 14
    assert break_label("10\u00a0000 lits", 54) == "10\u00a0000\nlits"
    assert break_label("\u202e", 100) == "–"


def test_axes_use_the_numbers_of_javascript() -> None:
    assert label_expression({5e-05: "a", 1e7: "b"}) == '{"0.00005": "a", "10000000": "b"}[datum.value]'
    axis = euro_axis(1e4, 5e7, "en")
    assert axis["values"] == [1e4, 1e5, 1e6, 1e7]
    assert json.loads(axis["labelExpr"].removesuffix("[datum.value]"))["10000000"] == "€10m"


@pytest.mark.parametrize(("value", "expected"), [(1.0, 1.0), (1.01, 2.0), (4e6, 5e6), (5e6, 5e6), (0.06, 0.1)])
def test_frames_end_on_a_round_number(value: float, expected: float) -> None:
    assert next_step(value) == pytest.approx(expected)


@pytest.mark.parametrize(
    ("first", "last", "room", "expected"),
    [
        (1, 6, 300, [1, 2, 3, 4, 5, 6]),
        (1, 7, 130, [1, 3, 5, 7]),
        (0, 18, 200, [0, 5, 10, 15]),
        (1, 366, 200, [1, 100, 200, 300]),
    ],
)
def test_days_on_the_axis_fit_the_room(first: int, last: int, room: float, expected: list[int]) -> None:
    assert choose_days(first, last, room) == expected
