"""Charts of a landscape: what they show, that their words fit, and that they say what is not known."""

from __future__ import annotations

import csv
import io
import json
import re
from functools import cache
from pathlib import Path
from typing import Any

import altair
import pytest

from hygie.core.errors import DocumentError, StoreError, UsageError
from hygie.views.charts import render_png, render_svg
from hygie.views.charts_landscape import (
    LANDSCAPE_CHART_IDS,
    add_caption,
    draw_landscape_chart,
    draw_landscape_charts,
    export_landscape_charts,
    landscape_chart_csv,
)
from hygie.views.charts_landscape_layout import COUNT_COLOURS, NONE_FILL
from hygie.views.charts_landscape_timeline import MonthRow, group_months, list_months
from hygie.views.charts_layout import NARROW, Spec
from hygie.views.landscape import LandscapeView
from landscape_view_kit import CLASSES, compared, contrast, counted, face, incident, make_landscape, many_incidents
from view_kit import HOSTILE

ALWAYS = ("timeline", "tiles_departments", "tiles_regions")
LANGUAGES = ("fr", "en")


def square(code: str, x: float = 2.0, y: float = 48.0) -> dict[str, Any]:
    ring = [[x, y], [x + 1.0, y], [x + 1.0, y + 1.0], [x, y + 1.0], [x, y]]
    geometry = {"type": "Polygon", "coordinates": [ring]}
    return {"type": "Feature", "properties": {"code": code}, "geometry": geometry}


BOUNDARIES = {
    "type": "FeatureCollection",
    "features": [square("59"), square("69", 4.0, 45.0), square("974", 55.0, -21.5), square("971", -61.5, 16.0)],
}


def wave(language: str = "en", size: int = 16) -> list[dict[str, Any]]:
    """Return the victims of one event: a wave of denial of service in January 2023."""
    facts: dict[str, Any] = {"date": "2023-01", "threat_class": "ddos", "event": "wave", "actor": "killnet"}
    return [
        incident(f"w{i}", language=language, confidence="high", disruption_days=0.5, estimated=True, **facts)
        for i in range(size)
    ]


def census(language: str = "en") -> list[tuple[dict[str, Any], dict[str, Any]]]:
    return [
        (counted("a", 47, at_least=True, language=language), compared("a", 47, 21, at_least=True)),
        (counted("b", 32, language=language), compared("b", 32, 40)),
        (
            counted("c", 16, threat_class="ddos", low=None, high=None, language=language),
            compared("c", 16, 16),
        ),
        (counted("d", 220, threat_class="intrusion", language=language), compared("d", 220, 3)),
        (counted("e", 0, threat_class="ot", low=0.0, high=3.7, language=language), compared("e", 0, 0)),
        (counted("f", 90, language=language), compared("f", 90, 5, compared=False)),
    ]


@cache
def view_of(state: str, language: str = "en") -> LandscapeView:
    """Return the landscape in a state: nothing documented, one incident, an ordinary one, a large one."""
    if state == "none":
        return make_landscape([], language=language)
    if state == "one":
        one = incident("x", language=language, disruption_days=3.0)
        return make_landscape([one], language=language, census=census(language)[:1])
    number, first = {"some": (59, 2019), "many": (500, 2005)}[state]
    return make_landscape(
        many_incidents(number, first=first, language=language) + wave(language),
        language=language,
        window=(f"{first}-01-01", "2023-12-31"),
        known_until="2023-10-15",
        census=census(language),
    )


def spec_of(view: LandscapeView, chart_id: str, **options: Any) -> Spec:
    chart = draw_landscape_chart(view, chart_id, geojson=BOUNDARIES, **options)
    assert chart is not None
    return chart.spec


def rows_of(spec: Spec, *fields: str) -> list[dict[str, Any]]:
    """Return the rows of all layers that have these fields."""
    rows = [row for layer in spec["layer"] for row in layer.get("data", {}).get("values", [])]
    return [row for row in rows if all(field in row for field in fields)]


def text_boxes(spec: Spec) -> list[tuple[float, float, float, float, str]]:
    """Return left, top, right, bottom [px] of each line of text, measured with the typeface itself."""
    boxes = []
    for layer in spec["layer"]:
        mark = layer["mark"]
        if mark["type"] != "text":
            continue
        size, align = mark["fontSize"], mark["align"]
        for row in layer["data"]["values"]:
            for index, line in enumerate(row["text"].split("\n")):
                # Measured at twenty times the size: glyph widths are rounded to pixels.
                wide = face(size, mark.get("fontWeight", 400)).getlength(line) * size / round(size * 20)
                left = row["x"] - wide * {"left": 0.0, "center": 0.5, "right": 1.0}[align]
                middle = (
                    row["y"] + index * mark.get("lineHeight", size) + (0.5 * size if mark["baseline"] == "top" else 0)
                )
                boxes.append((left, middle - 0.36 * size, left + wide, middle + 0.36 * size, line))
    return boxes


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("chart_id", LANDSCAPE_CHART_IDS)
def test_every_chart_is_valid_vega_lite_and_draws_the_same_bytes_twice(chart_id: str, language: str) -> None:
    chart = draw_landscape_chart(view_of("some", language), chart_id, geojson=BOUNDARIES)
    assert chart is not None
    assert chart.id == chart_id
    # Altair checks against the Vega-Lite schema, and raises.
    altair.Chart.from_dict(chart.spec)
    altair.VConcatChart.from_dict(add_caption(chart))
    first, second = (render_svg(add_caption(chart), language) for _ in range(2))
    assert first == second
    assert "clip" not in first
    assert 'style="' not in first
    assert len(first) < 250_000
    assert render_png(add_caption(chart), language, scale=1.0).startswith(b"\x89PNG")


@pytest.mark.parametrize("chart_id", LANDSCAPE_CHART_IDS)
def test_the_image_is_named_by_its_sentence_and_carries_it_below(chart_id: str) -> None:
    chart = draw_landscape_chart(view_of("some", "fr"), chart_id, geojson=BOUNDARIES)
    assert chart is not None
    assert len(chart.sentence) > 30
    svg = render_svg(add_caption(chart), "fr")
    name = re.search(r'aria-label="([^"]*)"', svg)
    assert name is not None
    assert name.group(1) == chart.sentence
    written = " ".join(re.findall(r"<text[^>]*>([^<]*)", svg))
    assert all(word in written for word in chart.sentence.split())


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("width", [None, NARROW])
@pytest.mark.parametrize("state", ["none", "one", "some", "many"])
def test_words_stay_in_the_frame_and_apart(state: str, width: int | None, language: str) -> None:
    for chart_id in LANDSCAPE_CHART_IDS:
        chart = draw_landscape_chart(view_of(state, language), chart_id, width=width, geojson=BOUNDARIES)
        if chart is None:
            continue
        boxes = text_boxes(chart.spec)
        for left, top, right, bottom, line in boxes:
            assert left >= -2.0, (chart_id, line)
            assert right <= chart.spec["width"] + 2.0, (chart_id, line)
            assert top >= -2.0, (chart_id, line)
            assert bottom <= chart.spec["height"] + 2.0, (chart_id, line)
        for index, one in enumerate(boxes):
            for other in boxes[index + 1 :]:
                wide = min(one[2], other[2]) - max(one[0], other[0])
                high = min(one[3], other[3]) - max(one[1], other[1])
                assert wide <= 1.0 or high <= 1.0, (chart_id, one[4], other[4])


@pytest.mark.parametrize("state", ["none", "one", "some", "many"])
def test_boxes_stay_in_the_frame(state: str) -> None:
    for width in (None, NARROW):
        for chart_id in LANDSCAPE_CHART_IDS:
            chart = draw_landscape_chart(view_of(state), chart_id, width=width, geojson=BOUNDARIES)
            for row in rows_of(chart.spec, "left", "right", "upper", "lower") if chart else []:
                assert -0.1 <= row["left"] <= row["right"] <= chart.spec["width"] + 0.1, chart_id
                assert min(row["upper"], row["lower"]) >= -0.1, chart_id
                assert max(row["upper"], row["lower"]) <= chart.spec["height"] + 0.1, chart_id


def test_nothing_documented_leaves_the_frames_that_say_so() -> None:
    charts = draw_landscape_charts(view_of("none"))
    assert set(charts) == set(ALWAYS)
    assert charts["timeline"].sentence == "No event is documented with its month."
    assert charts["tiles_departments"].sentence == "No victim is documented with its place."


def test_one_incident_is_said_as_one() -> None:
    charts = draw_landscape_charts(view_of("one"))
    assert set(charts) == set(LANDSCAPE_CHART_IDS) - {"choropleth"}
    assert charts["timeline"].sentence == "One event is documented, in June\u00a02022."
    assert charts["disruption"].sentence == "One duration is reported: 3 d."


def test_the_drawn_map_needs_boundaries() -> None:
    assert "choropleth" not in draw_landscape_charts(view_of("some"))
    chart = draw_landscape_charts(view_of("some"), geojson=BOUNDARIES)["choropleth"]
    assert chart.title == "Map of documented victims, by department"
    with pytest.raises(DocumentError, match="not a collection of features"):
        draw_landscape_charts(view_of("some"), geojson={})


def test_maps_of_france_are_not_drawn_for_another_country() -> None:
    view = view_of("some")
    elsewhere = view.model_copy(update={"scope": view.scope.model_copy(update={"country": "DE"})})
    drawn = draw_landscape_charts(elsewhere, geojson=BOUNDARIES)
    assert not {"tiles_departments", "tiles_regions", "choropleth"} & set(drawn)
    assert "timeline" in drawn


def test_unknown_charts_are_refused_with_a_suggestion() -> None:
    with pytest.raises(UsageError, match="no such chart") as caught:
        draw_landscape_chart(view_of("one"), "actor")
    assert "actors" in caught.value.findings[0].render()
    with pytest.raises(UsageError, match="no such chart"):
        landscape_chart_csv(view_of("one"), "nothing")


# Timeline


def test_a_wave_is_one_event_and_its_victims_stand_apart() -> None:
    view = make_landscape([incident("x", date="2022-06"), *wave()])
    months = {row.month: row for row in list_months(view)}
    assert months["2023-01"].events == {"ddos": 1}
    assert months["2023-01"].victims == 16
    assert months["2022-06"].victims == 0
    chart = draw_landscape_chart(view, "timeline")
    assert chart is not None
    assert chart.sentence.startswith("2 events are documented from June\u00a02022 to January\u00a02023.")
    assert "made 16 victims; each such event counts once" in chart.sentence
    bars = rows_of(chart.spec, "what")
    assert [(row["what"], row["count"]) for row in bars] == [("Ransomware", "1"), ("Denial of service", "1")]
    heights = {row["lower"] - row["upper"] for row in bars}
    assert max(heights) == pytest.approx(min(heights))


def test_incidents_without_a_month_are_said_and_not_drawn() -> None:
    chart = draw_landscape_chart(make_landscape([incident("x"), incident("y", date="2021")]), "timeline")
    assert chart is not None
    assert chart.sentence.endswith("Events without a known month, not drawn: 1.")
    assert len(rows_of(chart.spec, "what")) == 1


def test_months_have_their_letters_where_there_is_room() -> None:
    def letters(width: int) -> list[str]:
        spec = spec_of(make_landscape([incident("x")], window=("2022-01-01", "2023-05-31")), "timeline", width=width)
        return [row["text"] for row in rows_of(spec, "text") if len(row["text"]) == 1 and row["text"].isalpha()]

    assert letters(840) == [*"JFMAMJJASOND", *"JFMAMJJASOND"]
    assert letters(300) == []


def test_stacks_have_no_gap_and_end_at_the_total() -> None:
    view = view_of("some")
    spec = spec_of(view, "timeline")
    by_month: dict[str, list[dict[str, Any]]] = {}
    for row in rows_of(spec, "what"):
        by_month.setdefault(row["when"], []).append(row)
    assert len(by_month) > 20
    scale = next(iter(by_month.values()))[0]
    unit = (scale["lower"] - scale["upper"]) / int(scale["count"])
    for rows in by_month.values():
        ordered = sorted(rows, key=lambda row: -row["lower"])
        for below, above in zip(ordered, ordered[1:], strict=False):
            assert above["lower"] == pytest.approx(below["upper"])
        height = ordered[0]["lower"] - ordered[-1]["upper"]
        assert height == pytest.approx(unit * sum(int(row["count"]) for row in rows))


def test_months_outside_the_window_and_not_over_are_shaded() -> None:
    view = make_landscape([incident("x")], window=("2021-03-01", "2022-12-31"), known_until="2022-09-30")
    shades = [row for row in rows_of(spec_of(view, "timeline"), "left", "fill") if row["fill"] == "#f0f2f5"]
    # January and February 2021, October to December 2022; the third is the key.
    month = (840 - 30) / 24
    wide = sorted(round((row["right"] - row["left"]) / month, 2) for row in shades)[1:]
    assert wide == [2.0, 3.0]
    months = [row for row in list_months(view) if row.status == "none_documented"]
    assert len(months) == 18


def test_long_windows_are_told_by_quarter_then_by_year() -> None:
    view = view_of("many")
    titles = [draw_landscape_chart(view, "timeline", width=width).title for width in (2000, 840, 200)]  # type: ignore[union-attr]
    assert titles == ["Events by month", "Events by quarter", "Events by year"]
    assert sum(sum(row.events.values()) for row in group_months(list_months(view), 12)) == view.timeline.months[
        0
    ].events + sum(month.events for month in view.timeline.months[1:])


def test_a_span_is_documented_as_soon_as_one_month_is() -> None:
    rows = [
        MonthRow("2021-01", {}, 0, "none_documented"),
        MonthRow("2021-02", {"ot": 1}, 0, "documented"),
        MonthRow("2021-04", {}, 0, "none_documented"),
        MonthRow("2021-05", {}, 0, "not_over"),
    ]
    assert [(row.month, row.status) for row in group_months(rows, 3)] == [
        ("2021-01", "documented"),
        ("2021-04", "none_documented"),
    ]


# Actors


def test_actors_are_sorted_unknown_last_and_small_ones_together() -> None:
    rows = [incident(f"{n}-{i}", actor=f"actor-{n:02d}", confidence="low") for n in range(14) for i in range(n + 1)]
    rows += [incident(f"u{i}") for i in range(40)]
    spec = spec_of(make_landscape(rows), "actors")
    names = [row["text"] for row in rows_of(spec, "text") if row["text"].startswith(("Actor", "Unknown", "3 other"))]
    assert names[0] == "Actor-13"
    assert names[-2:] == ["3 other actors", "Unknown"]
    assert len(names) == 13


def test_bars_of_actors_are_stacked_by_confidence() -> None:
    rows = [
        incident(f"{level}{i}", actor="lockbit", confidence=level)
        for level in ("low", "high", "medium")
        for i in (0, 1)
    ]
    bars = rows_of(spec_of(make_landscape(rows), "actors"), "level")
    assert [row["level"] for row in bars] == ["attribution sure", "likely", "weak"]
    assert [row["fill"] for row in bars] == [COUNT_COLOURS[4], COUNT_COLOURS[3], COUNT_COLOURS[1]]
    assert bars[-1]["right"] == pytest.approx(840.0)


def test_victims_of_one_event_are_said_beside_their_actor() -> None:
    texts = [row["text"] for row in rows_of(spec_of(make_landscape(wave()), "actors"), "text")]
    assert "16 in one event" in texts


# Tiles


def test_tiles_show_counts_and_none_documented_is_no_shade() -> None:
    rows = [incident(f"n{i}") for i in range(3)] + [incident("c", department="2A", region="Corse")]
    spec = spec_of(make_landscape(rows), "tiles_departments")
    tiles = {row["name"]: row for row in rows_of(spec, "name")}
    assert len(tiles) == 101
    assert tiles["Nord (59)"]["count"] == "3"
    assert tiles["Corse-du-Sud (2A)"]["fill"] in COUNT_COLOURS
    assert tiles["Ain (01)"]["count"] == "none documented"
    assert {row["fill"] for row in tiles.values()} - set(COUNT_COLOURS) == {NONE_FILL}
    sides = {round(row["right"] - row["left"], 6) for row in tiles.values()}
    assert len(sides) == 1


def test_a_place_that_is_not_told_is_counted_and_not_drawn() -> None:
    rows = [
        incident("a"),
        incident("b", department=None, region=None),
        incident("c", department="Bavaria", region=None),
    ]
    chart = draw_landscape_chart(make_landscape(rows), "tiles_departments")
    assert chart is not None
    assert chart.sentence.endswith("Documented without a place, and not on the map: 2.")


def test_incidents_that_are_counted_apart_are_not_on_the_map() -> None:
    view = make_landscape([incident("a"), incident("b", part="possible"), incident("c", part="after_the_fact")])
    rows = list(csv.DictReader(io.StringIO(landscape_chart_csv(view, "tiles_departments"))))
    assert {row["Code"]: row["Documented victims"] for row in rows if row["Documented victims"]} == {"59": "1", "": "0"}


def test_a_region_is_found_by_its_department() -> None:
    rows = [incident("a", department="69", region=None), incident("b", department=None, region="bretagne")]
    table = csv.DictReader(io.StringIO(landscape_chart_csv(make_landscape(rows), "tiles_regions")))
    assert {row["Code"] for row in table if row["Documented victims"] == "1"} == {"84", "53"}


def test_collectivities_appear_only_when_one_is_documented() -> None:
    spec = spec_of(make_landscape([incident("a", department="988", region=None)]), "tiles_departments")
    names = {row["name"] for row in rows_of(spec, "name")}
    assert len(names) == 107
    assert "Nouvelle-Calédonie (988)" in names


# Heat maps


def test_cells_hold_what_the_incidents_say() -> None:
    view = view_of("some")
    cells = {(row["row"], row["column"]): row["count"] for row in rows_of(spec_of(view, "kinds"), "row", "column")}
    assert len(cells) == 5 * len(CLASSES)
    for (kind, threat), count in cells.items():
        own = [row for row in view.incidents if (row.kind_label, row.class_label) == (kind, threat)]
        assert count == (str(len(own)) if own else "none documented")


def test_narrow_heads_are_letters_that_are_told() -> None:
    texts = [row["text"] for row in rows_of(spec_of(view_of("some"), "kinds", width=NARROW), "text")]
    assert texts.count("A") == 2
    assert "Attack on building or medical systems" in texts


def test_quarters_become_years_where_they_have_no_room() -> None:
    wide = draw_landscape_chart(view_of("some"), "quarters")
    narrow = draw_landscape_chart(view_of("many"), "quarters", width=NARROW)
    assert wide is not None
    assert narrow is not None
    assert (wide.title, narrow.title) == (
        "Documented victims, by region and quarter",
        "Documented victims, by region and year",
    )


def test_many_kinds_are_put_together() -> None:
    rows = [incident(f"{n}", kind=f"kind-{n}") for n in range(40)]
    table = list(csv.reader(io.StringIO(landscape_chart_csv(make_landscape(rows), "kinds"))))
    assert len(table) == 1 + 15
    assert table[-1][:2] == ["26 other kinds", "26"]


# Census


def test_small_tiles_print_a_code_or_a_count() -> None:
    view = make_landscape([incident(f"n{i}") for i in range(3)])
    for width, both in ((NARROW - 40, False), (572, True)):
        texts = [str(row["text"]) for row in rows_of(spec_of(view, "tiles_departments", width=width), "text", "ink")]
        assert "01" in texts
        assert ("59" in texts) is both


def test_census_bars_are_the_published_counts_and_their_documented_part() -> None:
    spec = spec_of(view_of("some"), "census")
    bars = rows_of(spec, "what", "part")
    parts = {(row["what"], row["part"], row["count"]) for row in bars}
    assert ("Ransomware", "documented one by one", "21") in parts
    assert ("Ransomware", "no public record", "26") in parts
    assert ("Ransomware", "documented beyond the published count", "8") in parts
    assert ("Contained intrusion", "no public record", "217") in parts
    # A comparison that filters make meaningless is not drawn.
    assert not any(row["count"] == "85" for row in bars)
    light = {row["fill"] for row in bars if row["part"] == "no public record"}
    dark = {row["fill"] for row in bars if row["part"] == "documented one by one"}
    assert contrast(light.pop(), dark.pop()) > 3.0


def test_whiskers_are_the_interval_of_the_count() -> None:
    pair = (counted("a", 40, low=28.6, high=54.5), compared("a", 40, 10))
    spec = spec_of(make_landscape([], census=[pair]), "census")
    whiskers = [layer for layer in spec["layer"] if layer["mark"].get("strokeWidth") == 1.4]
    line = whiskers[0]["data"]["values"][0]
    assert (line["x"] / 840 * 60, line["x2"] / 840 * 60) == pytest.approx((28.6, 54.5))


def source(publisher: str, link: str | None, published_on: str | None = None) -> dict[str, Any]:
    shown = {"ref": publisher, "title": "t", "publisher": publisher, "link": link, "grade": "B2"}
    text = {"link_text": link or "no public link", "grade_text": "t", "read_on": "2026-11-23", "tlp": "clear"}
    return {**shown, "published_on": published_on, "derived": None, **text}


def test_counts_of_one_publisher_are_told_apart_by_when_they_were_published() -> None:
    pairs = [
        (counted(name, 40, sources=[source("Paper", None, month)]), compared(name, 40, 10))
        for name, month in (("first", "2022-08"), ("second", "2023"))
    ]
    texts = {str(row["text"]) for row in rows_of(spec_of(make_landscape([], census=pairs), "census"), "text")}
    assert {text.rpartition(", ")[2] for text in texts if "Paper" in text} == {"August\u00a02022", "2023"}


def test_every_bar_of_the_census_names_who_counted() -> None:
    pairs = [
        (counted(name, 40, sources=[source(name, link)]), compared(name, 40, 10))
        for name, link in (("Paper A", "https://a.example/x"), ("Paper B", None))
    ]
    view = make_landscape([], census=pairs)
    spec = spec_of(view, "census")
    labels = [row["text"].replace("\u00a0", " ") for row in rows_of(spec, "text")]
    assert {"Ransomware · 2021 · Paper A", "Ransomware · 2021 · Paper B"} <= set(labels)
    table = list(csv.DictReader(io.StringIO(landscape_chart_csv(view, "census"))))
    assert [(row["Source"], row["Link"], row["grade"]) for row in table] == [
        ("Paper A", "https://a.example/x", "B2"),
        ("Paper B", "no public link", "B2"),
    ]


def test_lines_over_bars_are_explained_where_there_are_some() -> None:
    for low, said in ((28.6, True), (None, False)):
        pair = (counted("a", 40, low=low, high=low and 54.5), compared("a", 40, 10))
        chart = draw_landscape_chart(make_landscape([], census=[pair]), "census")
        assert chart is not None
        assert ("Lines: what chance alone would do" in chart.sentence) is said


def test_a_table_is_empty_where_nothing_is_documented() -> None:
    rows = [incident("a"), incident("b", kind="clinic", threat_class="ddos")]
    table = list(csv.reader(io.StringIO(landscape_chart_csv(make_landscape(rows), "kinds"))))
    assert sorted(cell for row in table[1:] for cell in row[1:] if cell) == ["1", "1"]
    assert "0" not in {cell for row in table for cell in row}


def test_a_count_stated_as_a_minimum_is_said_so() -> None:
    chart = draw_landscape_chart(view_of("one"), "census")
    assert chart is not None
    assert "21 of at least 47 (at most 45%)" in chart.sentence
    assert any("at least 47" in row["text"] for row in rows_of(chart.spec, "text"))


# Disruption


def test_durations_stand_in_order_and_estimates_are_hollow() -> None:
    rows = [incident("a", disruption_days=1.0), incident("b", disruption_days=60.0, estimated=True), incident("c")]
    chart = draw_landscape_chart(make_landscape(rows), "disruption")
    assert chart is not None
    dots = sorted(rows_of(chart.spec, "victim", "days"), key=lambda row: row["x"])
    assert [(row["days"], row["fill"]) for row in dots] == [(1.0, "#0072b2"), (60.0, "white")]
    assert chart.sentence.endswith("For 1 of 3 victims no duration is reported, which does not mean none.")


def test_a_pile_too_high_shows_its_number() -> None:
    view = make_landscape([incident(f"i{n}", disruption_days=2.0) for n in range(100)])
    spec = spec_of(view, "disruption")
    dots = rows_of(spec, "victim", "days")
    assert len(dots) < 30
    assert "100" in [row["text"] for row in rows_of(spec, "text")]
    assert len(list(csv.reader(io.StringIO(landscape_chart_csv(view, "disruption"))))) == 101


# Tables and files


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("chart_id", LANDSCAPE_CHART_IDS)
@pytest.mark.parametrize("state", ["none", "some"])
def test_tables_of_charts_are_rectangular(state: str, chart_id: str, language: str) -> None:
    text = landscape_chart_csv(view_of(state, language), chart_id, geojson=BOUNDARIES)
    rows = list(csv.reader(io.StringIO(text)))
    assert len({len(row) for row in rows}) == 1
    assert all(rows[0])
    if state == "some":
        assert len(rows) > 1


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t", "\r"])
def test_texts_that_look_like_formulas_are_neutralised(start: str) -> None:
    text = f"{start}cmd|' /C calc'!A0"
    row = incident("x", actor_label=text, kind=text, kind_label=text, victim=text, disruption_days=2.0)
    view = make_landscape([row], census=[(counted("a", 5, label=text), compared("a", 5, 1))])
    for chart_id in LANDSCAPE_CHART_IDS:
        content = landscape_chart_csv(view, chart_id, geojson=BOUNDARIES)
        cells = [cell for line in csv.reader(io.StringIO(content, newline="")) for cell in line]
        assert not any(cell.startswith(start) for cell in cells if cell != start), chart_id


def test_export_writes_picture_and_table_of_every_chart(tmp_path: Path) -> None:
    folder = tmp_path / "new" / "charts"
    paths = export_landscape_charts(view_of("one"), folder, geojson=BOUNDARIES)
    names = {f"{chart_id}.{kind}" for chart_id in LANDSCAPE_CHART_IDS for kind in ("svg", "png", "csv")}
    assert {path.name for path in paths} == names == {path.name for path in folder.iterdir()}
    for path in paths:
        start = {".svg": b"<svg", ".png": b"\x89PNG", ".csv": b"\xef\xbb\xbf"}[path.suffix]
        assert path.read_bytes().startswith(start)


def test_a_folder_that_cannot_be_made_is_refused(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")
    with pytest.raises(StoreError, match="could not be written"):
        export_landscape_charts(view_of("none"), tmp_path / "file")


def test_wrong_boundaries_write_nothing(tmp_path: Path) -> None:
    with pytest.raises(DocumentError, match="number of features"):
        export_landscape_charts(view_of("none"), tmp_path / "out", geojson={**BOUNDARIES, "features": []})
    assert not (tmp_path / "out").exists()


def test_hostile_texts_stay_texts_in_pictures() -> None:
    texts = dict.fromkeys(("victim", "kind", "kind_label", "actor_label", "department"), HOSTILE * 20)
    rows = [incident("x", region=HOSTILE, disruption_days=2.0, confidence="low", **texts, actor="a")]
    view = make_landscape(rows, census=[(counted("a", 5, label=HOSTILE * 20), compared("a", 5, 1))])
    geojson = json.loads(json.dumps(BOUNDARIES))
    geojson["features"][0]["properties"] = {"nom": HOSTILE[:190]}
    charts = draw_landscape_charts(view, geojson=geojson)
    assert {"actors", "kinds", "census", "disruption", "choropleth"} <= set(charts)
    for chart in charts.values():
        svg = render_svg(add_caption(chart), "en")
        assert "<script" not in svg
        assert not re.search("[\u202a-\u202e\u2066-\u2069]", svg)
        assert chart.spec["height"] < 1500
        assert all(box[2] <= chart.spec["width"] + 2.0 for box in text_boxes(chart.spec)), chart.id
