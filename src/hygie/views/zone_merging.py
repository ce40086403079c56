"""Zones that there are once for each site, drawn as one: they are joined with the same zones."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from hygie.views.facility import FacilityGraphView, ZoneView

__all__ = ["ZoneBox", "merge_sites"]


@dataclass(frozen=True, slots=True)
class ZoneBox:
    """One box of the picture: a zone, or its copies at several sites."""

    id: str
    label: str
    band: str
    zones: tuple[ZoneView, ...]

    @property
    def hosts(self) -> int:
        """Machines of all its zones."""
        return sum(zone.hosts for zone in self.zones)


def merge_sites(view: FacilityGraphView) -> tuple[list[ZoneBox], dict[str, str]]:
    """Return the boxes to draw, and the box of each zone.

    Copies of one zone share a box unless an owner has joined them differently, or with each other.
    """
    copies: dict[str, list[ZoneView]] = {}
    for zone in view.zones:
        copies.setdefault(zone.original, []).append(zone)
    names = {zone.id: zone.original for zone in view.zones}
    joined = _join(view, names)
    merged = {
        original
        for original, zones in copies.items()
        if len(zones) > 1
        and all(joined[zone.id] == joined[zones[0].id] for zone in zones)
        and not any(original in ends for ends in joined[zones[0].id])
    }
    boxes: dict[str, ZoneBox] = {}
    for zone in view.zones:
        if zone.original not in merged:
            boxes[zone.id] = ZoneBox(zone.id, zone.label, zone.band, (zone,))
        elif zone.original not in boxes:
            label = zone.label.removesuffix(f" · {zone.site}")
            boxes[zone.original] = ZoneBox(zone.original, label, zone.band, tuple(copies[zone.original]))
    return list(boxes.values()), {zone.id: zone.original if zone.original in merged else zone.id for zone in view.zones}


def _join(view: FacilityGraphView, names: Mapping[str, str]) -> dict[str, set[tuple[str, ...]]]:
    """Return what each zone is joined with, by names in the library; ways in are left to the main site."""
    joined: dict[str, set[tuple[str, ...]]] = {zone.id: set() for zone in view.zones}
    for passage in view.passages:
        joined[passage.source].add(("to", names[passage.target], passage.kind))
        joined[passage.target].add(("from", names[passage.source], passage.kind))
    for need in view.needs:
        joined[need.zone].add(("needs", names[need.needs], f"{need.autonomy_h:g}"))
        joined[need.needs].add(("serves", names[need.zone], f"{need.autonomy_h:g}"))
    return joined
