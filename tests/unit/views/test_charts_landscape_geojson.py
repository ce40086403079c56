"""Boundaries that a user gives: what is read, what is matched, and what is refused before anything is drawn."""

from __future__ import annotations

import json
from copy import deepcopy
from pathlib import Path
from typing import Any

import pytest

from hygie.core.errors import DocumentError
from hygie.views import charts_landscape_geojson
from hygie.views.charts_landscape_choropleth import draw_choropleth, project_mercator
from hygie.views.charts_landscape_geojson import MAX_BYTES, check_geojson, read_geojson
from hygie.views.tile_map import load_tiles

SQUARE = [[2.0, 48.0], [3.0, 48.0], [3.0, 49.0], [2.0, 49.0], [2.0, 48.0]]


def feature(properties: dict[str, Any] | None, ring: Any = None, **more: Any) -> dict[str, Any]:
    geometry = {"type": "Polygon", "coordinates": [SQUARE if ring is None else ring]}
    return {"type": "Feature", "properties": properties, "geometry": geometry} | more


def collection(*features: Any) -> dict[str, Any]:
    return {"type": "FeatureCollection", "features": list(features)}


@pytest.fixture(scope="module")
def departments(shared_data: Path) -> dict[str, Any]:
    return read_geojson((shared_data / "fr_departements.geojson").read_bytes(), name="departments")


def test_departments_and_regions_are_told_apart(shared_data: Path, departments: dict[str, Any]) -> None:
    assert check_geojson(departments).level == "departments"
    assert check_geojson(departments).codes == {tile.code for tile in load_tiles("departments")}
    regions = read_geojson((shared_data / "fr_regions.geojson").read_bytes(), name="regions")
    assert check_geojson(regions).level == "regions"
    for one in regions["features"]:
        del one["properties"]["nom"]
    # Bare codes that are region codes each once, though all are department codes too.
    assert check_geojson(regions).level == "regions"
    assert check_geojson(collection(feature({"code": "11"}), feature({"code": "24"}))).level == "departments"


@pytest.mark.parametrize(
    "properties",
    [
        {"code": "75"},
        {"CODE_INSEE": "75"},
        {"INSEE_DEP": "75", "INSEE_REG": "11"},
        {"dep": 75, "reg": 11},
        {"code_dept": " 75 "},
        {"nom": "Paris"},
        {"name": "PARIS", "gid": 12},
    ],
)
def test_codes_are_found_whatever_their_property_is_called(properties: dict[str, Any]) -> None:
    boundaries = check_geojson(collection(feature(properties)))
    assert (boundaries.level, boundaries.codes) == ("departments", {"75"})


def test_an_identifier_of_the_feature_is_a_code_too() -> None:
    assert check_geojson(collection(feature(None, id="2B"))).codes == {"2B"}


def test_features_that_match_nothing_are_reported_by_name() -> None:
    boundaries = check_geojson(
        collection(feature({"code": "75"}), feature({"nom": "Bavaria\u202e"}), feature({"code": True}))
    )
    assert boundaries.unmatched == ("Bavaria", "features[2]")
    chart = draw_choropleth({"75": 2}, boundaries, unplaced=0, language="en")
    assert "Shapes that match no territory, not drawn: Bavaria, features[2]." in chart.sentence
    assert "Not in the file and not drawn: Ain, Aisne" in chart.sentence


def test_rings_turn_as_svg_fills_them() -> None:
    hole = [[2.4, 48.4], [2.6, 48.4], [2.6, 48.6], [2.4, 48.6], [2.4, 48.4]]
    for outer, inner in ((SQUARE, hole), (SQUARE[::-1], hole), (SQUARE[::-1], hole[::-1])):
        document = collection(feature({"code": "75"}))
        document["features"][0]["geometry"]["coordinates"] = [outer, inner]
        rings = check_geojson(document).shapes[0].rings
        areas = [sum(a[0] * b[1] - b[0] * a[1] for a, b in zip(ring, ring[1:], strict=False)) for ring in rings]
        assert areas[0] < 0.0 < areas[1]


@pytest.mark.parametrize(
    ("document", "message"),
    [
        ({}, "not a collection of features"),
        ({"type": "FeatureCollection"}, "not a collection of features"),
        ({"type": "FeatureCollection", "features": "75"}, "not a collection of features"),
        ({"type": "Topology", "objects": {}}, "not a collection of features"),
        (collection(), "number of features"),
        (collection(7), "not a polygon"),
        (collection(feature({"code": "75"}, geometry=None)), "not a polygon"),
        (collection(feature({"code": "75"}, geometry={"type": "Point", "coordinates": [2, 48]})), "not a polygon"),
        (collection(feature({"code": "75"}, geometry={"type": ["Polygon"]})), "not a polygon"),
        (collection(feature({"code": "75"}, geometry={"type": "Polygon"})), "coordinates is missing"),
        (collection(feature({"code": "75"}, ring=[])), "coordinates is missing"),
        (collection(feature({"code": "75"}, ring="ring")), "coordinates is missing"),
        (collection(feature({"code": "75"}, ring=SQUARE[:-1])), "not closed"),
        (collection(feature({"code": "75"}, ring=SQUARE[:1] * 3)), "not closed"),
        (collection(feature({"code": "75"}, ring=[[2.0, "48"]] * 4)), "not a pair of numbers"),
        (collection(feature({"code": "75"}, ring=[[2.0, True]] * 4)), "not a pair of numbers"),
        (collection(feature({"code": "75"}, ring=[[2.0]] * 4)), "not a pair of numbers"),
        (collection(feature({"code": "75"}, ring=[[[2.0, 48.0]]] * 4)), "not a pair of numbers"),
        (collection(feature({"code": "75"}, ring=[[2.0, 91.0]] * 4)), "outside the world"),
        (collection(feature({"code": "75"}, ring=[[652_000.0, 6_862_000.0]] * 4)), "outside the world"),
        (collection(feature({"code": "75"}, ring=[[float("nan"), 48.0]] * 4)), "outside the world"),
        (collection(feature({"code": "75"}, ring=[[10**400, 48.0]] * 4)), "outside the world"),
        (collection(feature({"code": "75"}, ring=[[48.5, 2.3]] * 4)), "lies elsewhere"),
        (collection(feature({"nom": "Bavaria"})), "no feature is a department"),
        (collection(feature(None)), "no feature is a department"),
        (collection(feature({"code": "x" * 10_000})), "no feature is a department"),
        (collection(feature({"code": {"deep": []}})), "no feature is a department"),
    ],
)
def test_wrong_boundaries_are_refused_with_their_place(document: dict[str, Any], message: str) -> None:
    with pytest.raises(DocumentError, match=message) as caught:
        check_geojson(document, name="mine.geojson")
    finding = caught.value.findings[0]
    assert finding.file == "mine.geojson"
    assert finding.field
    assert finding.repair


def test_a_finding_names_the_feature(departments: dict[str, Any]) -> None:
    document = deepcopy(departments)
    document["features"][41]["geometry"]["coordinates"] = [[[400.0, 0.0]] * 4]
    with pytest.raises(DocumentError, match="outside the world") as caught:
        check_geojson(document)
    assert str(caught.value.findings[0].field).startswith("features[41].geometry")


def test_too_many_vertices_are_refused_across_features(monkeypatch: pytest.MonkeyPatch) -> None:
    document = collection(feature({"code": "75"}), feature({"code": "69"}))
    monkeypatch.setattr(charts_landscape_geojson, "MAX_VERTICES", 10)
    assert check_geojson(document).codes == {"75", "69"}
    monkeypatch.setattr(charts_landscape_geojson, "MAX_VERTICES", 9)
    with pytest.raises(DocumentError, match="too many vertices") as caught:
        check_geojson(document)
    assert caught.value.findings[0].field == "features[1].geometry.coordinates"


def test_too_many_features_are_refused() -> None:
    with pytest.raises(DocumentError, match="number of features"):
        check_geojson(collection(*[feature({"code": "75"})] * 5_001))


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b" " * (MAX_BYTES + 1), "too large"),
        (b"\xff\xfe{}", "not JSON in UTF-8"),
        (b"", "not JSON in UTF-8"),
        (b'{"type": "FeatureCollection", "features": [NaN]}', "not JSON in UTF-8"),
        (b'{"a": ' + b"9" * 5_000 + b"}", "not JSON in UTF-8"),
        (b'{"a": [1,', "not JSON in UTF-8"),
        (b"[]", "one JSON object"),
        (b"[" * 200_000, "nested too deep"),
    ],
)
def test_files_that_are_not_geojson_are_refused(content: bytes, message: str) -> None:
    with pytest.raises(DocumentError, match=message) as caught:
        read_geojson(content, name="mine.geojson")
    assert caught.value.findings[0].file == "mine.geojson"


def test_a_byte_order_mark_is_read_over() -> None:
    content = b"\xef\xbb\xbf" + json.dumps(collection(feature({"code": "75"}))).encode()
    assert check_geojson(read_geojson(content, name="mine")).codes == {"75"}


def test_mercator_is_that_of_the_textbook() -> None:
    # Snyder 1987, Map Projections: A Working Manual, equation 7-2: y = ln tan(45° + φ/2).
    assert project_mercator(90.0, 0.0) == pytest.approx((1.5707963, 0.0), abs=1e-7)
    assert project_mercator(0.0, 60.0)[1] == pytest.approx(1.3169579, abs=1e-7)
    assert project_mercator(0.0, -90.0)[1] == project_mercator(0.0, -80.0)[1]


@pytest.mark.parametrize("width", [572, 350])
def test_the_drawn_map_stays_in_its_frame_and_small(departments: dict[str, Any], width: int) -> None:
    spec = draw_choropleth({"59": 3}, check_geojson(departments), unplaced=0, language="fr", width=width).spec
    shapes = next(layer for layer in spec["layer"] if layer["mark"]["type"] == "geoshape")["data"]["values"]
    assert len(shapes) == 101
    points = [point for shape in shapes for ring in shape["geometry"]["coordinates"][0] for point in ring]
    assert len(points) < 18_000
    assert all(0.0 <= x <= width + 0.1 and 0.0 <= y <= spec["height"] + 0.1 for x, y in points)


def test_boundaries_of_overseas_only_are_drawn() -> None:
    ring = [[-61.8, 16.0], [-61.0, 16.0], [-61.0, 16.5], [-61.8, 16.5], [-61.8, 16.0]]
    chart = draw_choropleth(
        {"971": 1}, check_geojson(collection(feature({"code": "971"}, ring))), unplaced=0, language="en"
    )
    assert chart.spec["height"] > 50.0
    assert "Guadeloupe" in json.dumps(chart.spec, ensure_ascii=False)


def test_a_shape_without_any_extent_does_not_break_the_map() -> None:
    flat = [[2.0, 48.0]] * 4
    chart = draw_choropleth(
        {"75": 1}, check_geojson(collection(feature({"code": "75"}, flat))), unplaced=0, language="en"
    )
    assert chart.spec["height"] >= 0.0
