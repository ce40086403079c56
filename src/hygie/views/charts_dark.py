"""Charts on a dark ground: the same specification, its colours turned over in lightness, hue kept."""

from __future__ import annotations

import colorsys
import re
from functools import cache
from typing import Any

from hygie.views.charts_layout import Spec

__all__ = ["darken_chart", "turn_colour"]

_COLOUR = re.compile(r"#[0-9a-fA-F]{6}\b")
# Lightness of the darkest ground and of the lightest ink on it.
_GROUND, _LIGHTEST = 0.135, 0.93
# The cards of a dark page, which charts stand on.
_CARD = "#18222b"


def darken_chart(spec: Spec) -> Spec:
    """Return a specification for a dark page: transparent ground, light ink, colours as far from it as before."""
    dark = _turn(spec)
    assert isinstance(dark, dict)
    dark["config"] = {**dark.get("config", {}), "background": "transparent"}
    return dark


@cache
def turn_colour(colour: str) -> str:
    """Return a colour with its lightness turned over.

    >>> turn_colour("#ffffff"), turn_colour("#000000")
    ('#18222b', '#ededed')
    """
    if colour == "#ffffff":
        return _CARD
    red, green, blue = (int(colour[i : i + 2], 16) / 255.0 for i in (1, 3, 5))
    hue, lightness, saturation = colorsys.rgb_to_hls(red, green, blue)
    turned = _GROUND + (1.0 - lightness) * (_LIGHTEST - _GROUND)
    # Strong colours glare on a dark ground.
    channels = colorsys.hls_to_rgb(hue, turned, saturation * 0.75)
    return "#" + "".join(f"{round(255.0 * channel):02x}" for channel in channels)


def _turn(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _turn(part) for key, part in value.items()}
    if isinstance(value, list):
        return [_turn(part) for part in value]
    if isinstance(value, str):
        if value == "white":
            return _CARD
        return _COLOUR.sub(lambda found: turn_colour(found[0].lower()), value)
    return value
