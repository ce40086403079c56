"""Controls: what each does, what it is counted by, and what it must come with."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Annotated, Literal

from pydantic import Field

from hygie.core.errors import EvidenceError, Finding, suggest
from hygie.core.estimate import Estimate
from hygie.facility.records import Identifier, Record, Words

__all__ = ["COST_UNITS", "ControlSpec", "CostDriver", "Lever", "check_control_parameters"]

Lever = Literal[
    "visibility",
    "monitoring",
    "response",
    "share_affected",
    "exfiltration",
    "records",
    "backup_survival",
    "restoration",
    "degraded_mode",
    "ddos",
]
CostDriver = Literal["organisation", "fte", "workstations", "servers", "devices", "beds"]

COST_UNITS: Mapping[CostDriver, str] = {
    "organisation": "EUR_2024/entity",
    "fte": "EUR_2024/fte",
    "workstations": "EUR_2024/host",
    "servers": "EUR_2024/host",
    "devices": "EUR_2024/device",
    "beds": "EUR_2024/bed",
}


class ControlSpec(Record):
    """A control in a FAIR-CAM function: it resists the crossings that name it, and pulls levers."""

    id: Identifier
    function: Literal["prevent", "detect", "respond", "recover"]
    mitigations: Annotated[tuple[Annotated[str, Field(pattern=r"^M\d{4}$")], ...], Field(max_length=20)] = ()
    levers: tuple[Lever, ...] = ()
    cost_driver: CostDriver
    name: Words
    description: Words


def check_control_parameters(controls: Sequence[ControlSpec], estimates: Mapping[str, Estimate]) -> list[Finding]:
    """Return the parameters of controls that are missing, or in another unit than their cost driver asks for."""
    findings = []
    for control in controls:
        cost = COST_UNITS[control.cost_driver]
        units = {"efficacy": "share", "coverage": "share", "setup_cost": cost, "yearly_cost": f"{cost}/y"}
        for part, unit in units.items():
            name = f"control.{control.id}.{part}"
            found = estimates.get(name)
            if found is not None and found.unit == unit:
                continue
            findings.append(
                EvidenceError(
                    f"no loaded pack has a parameter “{name}”" if found is None else f"“{name}” is in another unit",
                    field=name,
                    value=None if found is None else found.unit,
                    allowed=unit,
                    repair=(found is None and suggest(name, estimates)) or f"state it in {unit}",
                ).findings[0]
            )
    return findings
