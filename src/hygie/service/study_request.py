"""What a study is asked, as data: the command line, and later the API, fill the same fields."""

from __future__ import annotations

import shlex
from datetime import date
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from hygie.core.evidence import TLP
from hygie.service.requests import LandscapeRequest

__all__ = ["StudyRequest", "ask_landscape", "write_study_command"]

_Text = Annotated[str, Field(min_length=1, max_length=200)]


class StudyRequest(BaseModel):
    """Tell the state of the threat in a sector, a country and a window. A study is for others: TLP:CLEAR by default."""

    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True)

    sector: Annotated[str, Field(min_length=1, max_length=120, description="ref of a sector")] = "health"
    country: Annotated[str, Field(pattern=r"^[A-Z]{2}$", description="ISO 3166-1 alpha-2 code")] = "FR"
    from_: Annotated[_Text, Field(alias="from", description="YYYY, YYYY-MM or YYYY-MM-DD")]
    to: Annotated[_Text, Field(description="YYYY, YYYY-MM or YYYY-MM-DD")]
    region: Annotated[_Text | None, Field(description="name or code of a region")] = None
    department: Annotated[_Text | None, Field(description="code or name of a department")] = None
    tlp_ceiling: Annotated[TLP, Field(description="nothing marked above it is used or shown")] = TLP.CLEAR
    language: Literal["fr", "en"] = "en"
    as_of: date
    simulation: Annotated[bool, Field(description="whether the parts that are simulated are there")] = True
    seed: Annotated[int, Field(ge=0, le=2**63 - 1)] = 1


def ask_landscape(request: StudyRequest) -> LandscapeRequest:
    """Return the request of the landscape that a study rests on."""
    fields = request.model_dump(exclude={"simulation", "seed"})
    return LandscapeRequest.model_validate(fields)


def write_study_command(request: StudyRequest) -> str:
    """Return the command that makes the study again."""
    options: dict[str, object] = {
        "sector": request.sector,
        "country": request.country,
        "from": request.from_,
        "to": request.to,
        "region": request.region,
        "department": request.department,
        "tlp": request.tlp_ceiling.value,
        "as-of": request.as_of,
        "seed": request.seed,
        "lang": request.language,
    }
    words = ["hygie", "study"]
    for name, value in options.items():
        words += [] if value is None else [f"--{name}", str(value)]
    return shlex.join(words if request.simulation else [*words, "--no-simulation"])
