"""What a scenario is asked, as data: the same class is the command line, the API body and the manifest."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from hygie.core.evidence import TLP

__all__ = ["ScenarioRequest"]

_Name = Annotated[str, Field(min_length=1, max_length=120)]


class ScenarioRequest(BaseModel):
    """Suppose that one event of a class happens to a facility, and ask what follows."""

    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True)

    facility: Annotated[str, Field(description="path of the facility file")]
    threat_class: Annotated[_Name, Field(alias="class", description="threat class; see `hygie scenario list`")]
    actor: Annotated[_Name | None, Field(description="ref, name or alias of an actor; drawn by default")] = None
    entry: Annotated[_Name | None, Field(description="entry vector; drawn by default")] = None
    provider: Annotated[_Name | None, Field(description="provider of the facility, for events at a provider")] = None
    outcome: Annotated[tuple[_Name, ...], Field(max_length=8, description="only events that end so")] = ()
    target: Annotated[tuple[_Name, ...], Field(max_length=64, description="zones that the attacker is after")] = ()
    control: Annotated[
        dict[_Name, Annotated[float, Field(ge=0.0, le=1.0)]],
        Field(max_length=100, description="what if: coverage of controls, from 0 to 1"),
    ] = Field(default_factory=dict)
    events: Annotated[int, Field(ge=100, le=5_000_000, description="simulated events over all draws")] = 50_000
    draws: Annotated[int, Field(ge=1, le=10_000, description="epistemic draws that share the events")] = 200
    seed: Annotated[int, Field(ge=0, le=2**63 - 1)] = 1
    replays: Annotated[int, Field(ge=20, le=2_000, description="events replayed in full, day by day")] = 300
    event: Annotated[
        Literal["median", "worst"] | Annotated[int, Field(ge=1)],
        Field(
            description="the event that is told: nearest to the median loss, the dearest, or a rank from the dearest"
        ),
    ] = "median"
    as_of: date
    language: Literal["fr", "en"] = "en"
    packs: Annotated[tuple[str, ...], Field(description="extra packs, after the built-in ones")] = ()
    tlp: Annotated[TLP, Field(description="marking of what is written")] = TLP.AMBER
    tlp_ceiling: Annotated[TLP, Field(description="exports marked above it are not written")] = TLP.RED
