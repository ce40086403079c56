"""The pictures of a facility: how an attack can move in it, what needs what, who it shares something with."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from types import MappingProxyType

from hygie.core.errors import StoreError, UsageError, suggest
from hygie.views.charts_network import draw_network, tabulate_network
from hygie.views.charts_zone_graph import draw_attack_ways, draw_needs, tabulate_attack_ways, tabulate_needs
from hygie.views.facility import FacilityView
from hygie.views.picture import Picture, picture_png

__all__ = ["FACILITY_PICTURE_IDS", "draw_facility_picture", "export_facility_picture", "tabulate_facility_picture"]

_DRAWN: Mapping[str, tuple[Callable[[FacilityView], Picture], Callable[[FacilityView], str]]] = MappingProxyType(
    {
        "attack_ways": (lambda view: draw_attack_ways(view.graph), lambda view: tabulate_attack_ways(view.graph)),
        "needs": (lambda view: draw_needs(view.graph), lambda view: tabulate_needs(view.graph)),
        "network": (lambda view: draw_network(view.network), lambda view: tabulate_network(view.network)),
    }
)
FACILITY_PICTURE_IDS = tuple(_DRAWN)


def draw_facility_picture(view: FacilityView, picture_id: str) -> Picture:
    """Return one picture.

    Raises
    ------
    UsageError
        No picture of that name.
    """
    return _DRAWN[_check_id(picture_id)][0](view)


def tabulate_facility_picture(view: FacilityView, picture_id: str) -> str:
    """Return the lines of one picture as CSV (RFC 4180), formulas neutralised.

    Raises
    ------
    UsageError
        No picture of that name.
    """
    return _DRAWN[_check_id(picture_id)][1](view)


def export_facility_picture(view: FacilityView, picture_id: str, path: Path) -> None:
    """Write a picture as its ending says: SVG, PNG (two pixels for one), or its lines as CSV.

    Raises
    ------
    UsageError
        No picture of that name, or an ending that is none of these.
    StoreError
        The file cannot be written.
    """
    draw, tabulate = _DRAWN[_check_id(picture_id)]
    ending = path.suffix.lower()
    if ending == ".svg":
        content = draw(view).svg_alone.encode("utf-8")
    elif ending == ".png":
        content = picture_png(draw(view))
    elif ending == ".csv":
        # Spreadsheets know UTF-8 by its mark.
        content = tabulate(view).encode("utf-8-sig")
    else:
        raise UsageError(
            "this ending names no picture",
            file=str(path),
            allowed=".svg, .png, .csv",
            repair=f"write {path.stem or 'picture'}.svg",
        )
    try:
        path.write_bytes(content)
    except OSError as error:
        raise StoreError(
            "the picture could not be written",
            file=str(path),
            value=error.strerror or str(error),
            repair="choose a folder that exists and that you may write to",
        ) from error


def _check_id(picture_id: str) -> str:
    if picture_id not in _DRAWN:
        raise UsageError(
            "there is no such picture",
            value=picture_id,
            allowed=", ".join(FACILITY_PICTURE_IDS),
            repair=suggest(picture_id, FACILITY_PICTURE_IDS) or "choose one of these",
        )
    return picture_id
