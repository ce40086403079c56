"""Boundaries that a user gives: a GeoJSON file is judged before anything is drawn from it.

The format is RFC 7946: longitude and latitude in WGS 84. Everything in the file is text or numbers to us: nothing is
fetched, nothing is run, and what is too large, too deep or out of range is refused with the place where it stands.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from math import isfinite
from typing import Any

from hygie.core.errors import DocumentError
from hygie.views.charts_layout import clean_label
from hygie.views.tile_map import LEVELS, Level, find_territory, load_tiles

__all__ = ["MAX_BYTES", "MAX_FEATURES", "MAX_VERTICES", "Boundaries", "Shape", "check_geojson", "read_geojson"]

# More than the communes of a region drawn finely; a browser slows down long before.
MAX_BYTES, MAX_FEATURES, MAX_VERTICES = 20_000_000, 5_000, 500_000

Ring = tuple[tuple[float, float], ...]

# Names under which published files carry codes and names, in the order of trust; compared in lower case.
_CODES: Mapping[Level, tuple[str, ...]] = {
    "departments": (
        "code_insee_dep",
        "insee_dep",
        "code_dep",
        "code_dept",
        "code_departement",
        "dept_code",
        "dep_code",
        "ddep_c_cod",
        "dep",
        "dept",
        "departement",
    ),
    "regions": ("code_insee_reg", "insee_reg", "code_reg", "code_region", "reg_code", "region_code", "reg", "region"),
}
_PLAIN = ("code", "code_insee", "insee", "insee_code", "ref:insee", "codgeo", "id")
_NAMES = (
    "nom",
    "name",
    "nom_dep",
    "nom_dept",
    "nom_departement",
    "nom_reg",
    "nom_region",
    "libelle",
    "libgeo",
    "label",
)
# Mainland France and Corsica, with a margin [degrees]: outside, latitude and longitude were exchanged.
_FRAME = (-10.0, 38.0, 15.0, 55.0)
_SHOWN = 40


@dataclass(frozen=True, slots=True)
class Shape:
    """One feature: the code that it matches (None for none), what it calls itself, its rings."""

    code: str | None
    label: str
    rings: tuple[Ring, ...]


@dataclass(frozen=True, slots=True)
class Boundaries:
    """The shapes of a file, and the level that they draw."""

    level: Level
    shapes: tuple[Shape, ...]

    @property
    def unmatched(self) -> tuple[str, ...]:
        """What the features that match no territory call themselves."""
        return tuple(shape.label for shape in self.shapes if shape.code is None)

    @property
    def codes(self) -> frozenset[str]:
        """The territories that have a shape."""
        return frozenset(shape.code for shape in self.shapes if shape.code is not None)


def read_geojson(content: bytes, *, name: str) -> dict[str, Any]:
    """Return the GeoJSON object in a file's bytes.

    Raises
    ------
    DocumentError
        Too large, not UTF-8, not JSON, nested too deep, or not an object.
    """
    if len(content) > MAX_BYTES:
        raise DocumentError(
            "the file of boundaries is too large",
            file=name,
            value=f"{len(content)} bytes",
            allowed=f"at most {MAX_BYTES} bytes",
            repair="simplify the boundaries, for example to 100 m",
        )
    try:
        document = json.loads(content.decode("utf-8-sig"), parse_constant=_refuse_constant)
    except RecursionError:
        raise DocumentError("the JSON is nested too deep", file=name, repair="give a plain GeoJSON file") from None
    except ValueError as error:
        # UnicodeDecodeError and JSONDecodeError are both ValueError.
        raise DocumentError(
            "the file of boundaries is not JSON in UTF-8",
            file=name,
            line=getattr(error, "lineno", None),
            value=str(error),
            repair="export it as GeoJSON (RFC 7946)",
        ) from None
    if not isinstance(document, dict):
        raise DocumentError(
            "a file of boundaries is one JSON object",
            file=name,
            value=type(document).__name__,
            allowed="a FeatureCollection",
            repair="export it as GeoJSON (RFC 7946)",
        )
    return document


def check_geojson(document: Mapping[str, Any], *, name: str = "geojson") -> Boundaries:
    """Return the boundaries of departments or regions in a GeoJSON object.

    A feature is matched by any property that holds a code (``code``, ``insee_dep``, ``dep``, ``reg``…), else by its
    name; several features may draw one territory. Features that match nothing are kept and reported.

    Raises
    ------
    DocumentError
        Not a FeatureCollection of polygons, too many features or vertices, a coordinate out of range, or nothing
        that is a department or a region of France.
    """
    features = document.get("features")
    if document.get("type") != "FeatureCollection" or not isinstance(features, Sequence) or isinstance(features, str):
        raise DocumentError(
            "this is not a collection of features",
            file=name,
            field="type",
            value=str(document.get("type")),
            allowed="FeatureCollection, with its list of features",
            repair="export departments or regions as GeoJSON (RFC 7946)",
        )
    if not 0 < len(features) <= MAX_FEATURES:
        raise DocumentError(
            "the number of features is out of range",
            file=name,
            field="features",
            value=len(features),
            allowed=f"1 to {MAX_FEATURES}",
            repair="give one feature for each department or region",
        )
    rings: list[tuple[Ring, ...]] = []
    vertices = 0
    for index, feature in enumerate(features):
        rings.append(_read_rings(feature, name=name, field=f"features[{index}]", room=MAX_VERTICES - vertices))
        vertices += sum(len(ring) for ring in rings[-1])
    properties = [_read_properties(feature) for feature in features]
    level = _choose_level(properties, name)
    shapes = tuple(
        Shape(code=_match(facts, level), label=_label(facts, index), rings=own)
        for index, (facts, own) in enumerate(zip(properties, rings, strict=True))
    )
    _check_frame(shapes, level, name)
    return Boundaries(level, shapes)


def _refuse_constant(text: str) -> float:
    raise ValueError(f"{text} is not a JSON number")


def _read_rings(feature: Any, *, name: str, field: str, room: int) -> tuple[Ring, ...]:
    geometry = feature.get("geometry") if isinstance(feature, Mapping) else None
    kind = geometry.get("type") if isinstance(geometry, Mapping) else None
    if not isinstance(geometry, Mapping) or kind not in ("Polygon", "MultiPolygon"):
        raise DocumentError(
            "a feature is not a polygon",
            file=name,
            field=f"{field}.geometry.type",
            value=str(kind),
            allowed="Polygon, MultiPolygon",
            repair="keep the surfaces, and leave points and lines out",
        )
    coordinates = geometry.get("coordinates")
    field = f"{field}.geometry.coordinates"
    polygons = [coordinates] if kind == "Polygon" else _list_of(coordinates, name, field)
    found: list[Ring] = []
    for polygon in polygons:
        for place, ring in enumerate(_list_of(polygon, name, field)):
            positions = _list_of(ring, name, field)
            room -= len(positions)
            if room < 0:
                raise DocumentError(
                    "the boundaries have too many vertices",
                    file=name,
                    field=field,
                    allowed=f"at most {MAX_VERTICES} in all",
                    repair="simplify the boundaries, for example to 100 m",
                )
            found.append(_turn_ring(_read_ring(positions, name, field), outer=place == 0))
    return tuple(found)


def _read_ring(positions: Sequence[Any], name: str, field: str) -> Ring:
    ring = tuple(_read_position(position, name, field) for position in positions)
    if len(ring) < 4 or ring[0] != ring[-1]:
        raise DocumentError(
            "a ring of a polygon is not closed",
            file=name,
            field=field,
            value=f"{len(ring)} positions",
            allowed="four positions or more, the last one equal to the first",
            repair="export the boundaries again as GeoJSON (RFC 7946)",
        )
    return ring


def _turn_ring(ring: Ring, *, outer: bool) -> Ring:
    """Return the ring clockwise when it is an outline, the other way round when it is a hole, as SVG fills them."""
    turn = sum(x * v - u * y for (x, y), (u, v) in pairwise(ring))
    return ring if (turn < 0.0) == outer else ring[::-1]


def _read_position(position: Any, name: str, field: str) -> tuple[float, float]:
    numbers = isinstance(position, list | tuple) and 2 <= len(position) <= 4
    if not numbers or not all(type(part) in (int, float) for part in position):
        raise DocumentError(
            "a position is not a pair of numbers",
            file=name,
            field=field,
            value=position,
            allowed="[longitude, latitude]",
            repair="export the boundaries again as GeoJSON (RFC 7946)",
        )
    longitude, latitude = position[0], position[1]
    # Compared before any conversion: a whole number of a thousand digits does not fit in a float.
    if not (-180 <= longitude <= 180 and -90 <= latitude <= 90 and isfinite(longitude) and isfinite(latitude)):
        raise DocumentError(
            "a position is outside the world",
            file=name,
            field=field,
            value=str([longitude, latitude])[:80] if isinstance(longitude, float) else "beyond ±180, ±90",
            allowed="longitude -180 to 180, latitude -90 to 90 [degrees]",
            repair="convert the coordinates to WGS 84 (EPSG:4326), longitude first",
        )
    return float(longitude), float(latitude)


def _list_of(value: Any, name: str, field: str) -> Sequence[Any]:
    if isinstance(value, list | tuple) and value:
        return value
    raise DocumentError(
        "a list of coordinates is missing",
        file=name,
        field=field,
        value=type(value).__name__ if not isinstance(value, list | tuple) else "empty list",
        allowed="nested lists of [longitude, latitude]",
        repair="export the boundaries again as GeoJSON (RFC 7946)",
    )


def _read_properties(feature: Mapping[str, Any]) -> dict[str, str]:
    """Return the short texts and whole numbers among the properties, by lower-case name."""
    given = feature.get("properties")
    facts = {"id": feature.get("id"), **(given if isinstance(given, Mapping) else {})}
    return {
        str(key).strip().lower(): str(value)
        for key, value in facts.items()
        if (type(value) is str and 0 < len(value) <= 200) or (type(value) is int and 0 <= value < 1000)
    }


def _matches(facts: Mapping[str, str], level: Level) -> Iterator[tuple[int, str]]:
    """Yield (strength, code) for each property that names a territory of a level; named properties weigh most."""
    for strength, keys in ((3, _CODES[level]), (2, _NAMES), (1, _PLAIN)):
        for key in keys:
            code = find_territory(level, facts[key]) if key in facts else None
            if code is not None:
                yield strength, code


def _choose_level(properties: Sequence[Mapping[str, str]], name: str) -> Level:
    """Return the level that the features draw: the one with most matches, weighted by what they rest on.

    Region codes are department codes too (11 is Île-de-France and Aude): bare codes that are all region codes, each
    once, are read as regions when no name speaks against it.
    """
    scores: dict[Level, int] = {}
    for level in LEVELS:
        best = [max((strength for strength, _code in _matches(facts, level)), default=0) for facts in properties]
        scores[level] = sum(best)
    if not any(scores.values()):
        raise DocumentError(
            "no feature is a department or a region of France",
            file=name,
            field="features[0].properties",
            value=", ".join(sorted(properties[0])) or "no property",
            allowed="a property with the INSEE code or the name, such as code or nom",
            repair="add the property code: 01 to 95, 2A, 2B, 971 to 976, or the code of the region",
        )
    if scores["departments"] == scores["regions"]:
        codes = [_match(facts, "regions") for facts in properties]
        overseas = {tile.code for tile in load_tiles("regions") if tile.group == "overseas"}
        mainland = {tile.code for tile in load_tiles("regions")} - overseas
        return "regions" if len(set(codes)) == len(codes) and mainland <= set(codes) else "departments"
    return max(LEVELS, key=lambda level: scores[level])


def _match(facts: Mapping[str, str], level: Level) -> str | None:
    # The first of the strongest: codes written for this level, then plain codes, then names.
    found = sorted(_matches(facts, level), key=lambda match: {3: 0, 1: 1, 2: 2}[match[0]])
    return found[0][1] if found else None


def _label(facts: Mapping[str, str], index: int) -> str:
    text = next((facts[key] for key in (*_NAMES, *_PLAIN) if key in facts), f"features[{index}]")
    text = clean_label(text).strip()
    return text if len(text) <= _SHOWN else text[: _SHOWN - 1] + "…"


def _check_frame(shapes: Sequence[Shape], level: Level, name: str) -> None:
    """Refuse a mainland territory that lies elsewhere in the world."""
    home = {tile.code for tile in load_tiles(level) if tile.group in ("mainland", "corsica")}
    west, south, east, north = _FRAME
    for index, shape in enumerate(shapes):
        if shape.code not in home:
            continue
        for ring in shape.rings:
            for x, y in ring:
                if not (west <= x <= east and south <= y <= north):
                    raise DocumentError(
                        "a territory of mainland France lies elsewhere",
                        file=name,
                        field=f"features[{index}].geometry.coordinates",
                        value=f"{shape.label}: [{x:g}, {y:g}]",
                        allowed=f"longitude {west:g} to {east:g}, latitude {south:g} to {north:g} [degrees]",
                        repair="write longitude first, and check the code of this feature",
                    )
