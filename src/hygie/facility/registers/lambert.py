"""From Lambert-93, the map projection of metropolitan France, to latitude and longitude.

Inverse Lambert conformal conic projection with two standard parallels: J. P. Snyder, *Map Projections: A Working
Manual*, USGS Professional Paper 1395 (1987), equations 15-1 to 15-11 and 7-9; constants of EPSG:2154 (ellipsoid
GRS 80). RGF93 and WGS 84 agree within a metre.
"""

from __future__ import annotations

import math

__all__ = ["from_lambert93"]

_SEMI_MAJOR = 6_378_137.0
_FLATTENING = 1 / 298.257222101
_ECCENTRICITY = math.sqrt(2 * _FLATTENING - _FLATTENING**2)
_PARALLELS = math.radians(44.0), math.radians(49.0)
_ORIGIN = math.radians(46.5), math.radians(3.0)
_FALSE_ORIGIN = 700_000.0, 6_600_000.0


def _conformal(latitude: float) -> float:
    """Return Snyder's t (15-9): tangent of half the conformal colatitude."""
    bent = _ECCENTRICITY * math.sin(latitude)
    flattened: float = ((1 - bent) / (1 + bent)) ** (_ECCENTRICITY / 2)
    return math.tan(math.pi / 4 - latitude / 2) / flattened


def _parallel(latitude: float) -> float:
    """Return Snyder's m (14-15): radius of a parallel in units of the semi-major axis."""
    return math.cos(latitude) / math.sqrt(1 - (_ECCENTRICITY * math.sin(latitude)) ** 2)


_FIRST, _SECOND = _PARALLELS
_CONE = math.log(_parallel(_FIRST) / _parallel(_SECOND)) / math.log(_conformal(_FIRST) / _conformal(_SECOND))
_SCALE = _SEMI_MAJOR * _parallel(_FIRST) / (_CONE * _conformal(_FIRST) ** _CONE)
_RADIUS = _SCALE * _conformal(_ORIGIN[0]) ** _CONE


def from_lambert93(x: float, y: float) -> tuple[float, float]:
    """Return latitude and longitude [°] of a point given in Lambert-93 [m].

    >>> from_lambert93(700_000.0, 6_600_000.0)
    (46.5, 3.0)
    """
    east, north = x - _FALSE_ORIGIN[0], _RADIUS - (y - _FALSE_ORIGIN[1])
    ratio = (math.hypot(east, north) / _SCALE) ** (1 / _CONE)
    longitude = math.atan2(east, north) / _CONE + _ORIGIN[1]
    latitude = math.pi / 2 - 2 * math.atan(ratio)
    # Equation 7-9 converges by a factor of about 150 a step.
    for _ in range(6):
        bent = _ECCENTRICITY * math.sin(latitude)
        latitude = math.pi / 2 - 2 * math.atan(ratio * ((1 - bent) / (1 + bent)) ** (_ECCENTRICITY / 2))
    return round(math.degrees(latitude), 7), round(math.degrees(longitude), 7)
