"""How many machines each zone of a facility holds."""

from __future__ import annotations

from collections.abc import Callable

from hygie.facility.organisation import Facility, Organisation
from hygie.facility.zone_graphs import ZoneGraph

__all__ = ["count_hosts"]

_PER_BED = {
    "medical_ot": "exposure.medical_ot_per_bed",
    "iomt": "exposure.iomt_per_bed",
    "building_ot": "exposure.building_ot_per_bed",
}
_PER_FTE = {"servers": "exposure.servers_per_fte", "workstations": "exposure.workstations_per_fte"}


def count_hosts(organisation: Organisation, graph: ZoneGraph, ratio: Callable[[str], float]) -> list[int]:
    """Return the machines of each zone [hosts]: what its owner says, else a share of what size and equipment imply.

    Parameters
    ----------
    ratio
        Value of a parameter such as ``exposure.servers_per_fte`` [hosts/fte].
    """
    activity = organisation.activity
    totals = {base: ratio(name) * activity.fte for base, name in _PER_FTE.items()}
    totals |= {base: ratio(name) * activity.beds for base, name in _PER_BED.items()}
    own = organisation.zones if isinstance(organisation, Facility) else {}
    counts = []
    for zone, portion in zip(graph.zones, graph.portions, strict=True):
        override = own.get(zone.id)
        if override is not None and override.hosts is not None:
            counts.append(override.hosts)
            continue
        implied = sum(each * activity.equipment.get(name, 0) for name, each in zone.hosts.equipment.items())
        counts.append(max(round(max(totals[zone.hosts.base] * zone.hosts.share, implied) * portion), 1))
    return counts
