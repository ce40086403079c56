"""What a use case is asked, as data: the same class is the command line, the API body and the manifest."""

from __future__ import annotations

import shlex
from datetime import date
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from hygie.core.evidence import TLP

__all__ = [
    "AssessmentRequest",
    "BacktestRequest",
    "ControlOption",
    "DecideControlsRequest",
    "DecideMixRequest",
    "DecideUncertaintyRequest",
    "LandscapeRequest",
    "RatesRequest",
    "ThreatDiffRequest",
    "ThreatWatchRequest",
    "ValidationRequest",
    "write_command",
]


class AssessmentRequest(BaseModel):
    """Assess one facility over the twelve months after `as_of`."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    facility: Annotated[str, Field(description="path of the facility file")]
    years: Annotated[int, Field(ge=2, le=100_000_000, description="simulated years in all")] = 200_000
    draws: Annotated[int, Field(ge=1, le=10_000, description="epistemic draws that share the years")] = 200
    seed: Annotated[int, Field(ge=0, le=2**63 - 1)] = 1
    as_of: date
    language: Literal["fr", "en"] = "en"
    packs: Annotated[tuple[str, ...], Field(description="extra pack folders, after the built-in ones")] = ()
    mortality: Annotated[bool, Field(description="also show a range of deaths, from evidence abroad")] = False


def write_command(request: AssessmentRequest) -> str:
    """Return the command that gives this assessment again."""
    packs = "".join(f" --pack {shlex.quote(pack)}" for pack in request.packs)
    packs += " --mortality" if request.mortality else ""
    return (
        f"hygie assess {shlex.quote(request.facility)}{packs} --years {request.years} --draws {request.draws} "
        f"--seed {request.seed} --as-of {request.as_of} --lang {request.language}"
    )


_Words = Annotated[tuple[str, ...], Field(max_length=100)]
_Text = Annotated[str, Field(min_length=1, max_length=200)]


class LandscapeRequest(BaseModel):
    """Describe the threat in a sector, a country and a window. Windows are months (or days), both ends included."""

    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True)

    sector: Annotated[str, Field(min_length=1, max_length=120, description="ref of a sector")] = "health"
    country: Annotated[str, Field(pattern=r"^[A-Z]{2}$", description="ISO 3166-1 alpha-2 code")] = "FR"
    from_: Annotated[_Text, Field(alias="from", description="YYYY, YYYY-MM or YYYY-MM-DD")]
    to: Annotated[_Text, Field(description="YYYY, YYYY-MM or YYYY-MM-DD")]
    region: Annotated[_Text | None, Field(description="name or code of a region")] = None
    department: Annotated[_Text | None, Field(description="code or name of a department")] = None
    classes: Annotated[_Words, Field(description="threat classes; all when empty")] = ()
    actors: Annotated[_Words, Field(description="names or refs of actors, `unknown` among them; all when empty")] = ()
    kinds: Annotated[_Words, Field(description="kinds of facilities; all when empty")] = ()
    tlp_ceiling: Annotated[TLP | None, Field(description="nothing marked above it is used or shown")] = None
    compare_from: Annotated[_Text | None, Field(description="first month of a window to compare with")] = None
    compare_to: Annotated[_Text | None, Field(description="last month of a window to compare with")] = None
    language: Literal["fr", "en"] = "en"
    as_of: date
    packs: Annotated[tuple[str, ...], Field(description="extra pack folders, after the built-in ones")] = ()


_Draws = Annotated[int, Field(ge=1, le=10_000, description="epistemic draws")]
_Seed = Annotated[int, Field(ge=0, le=2**63 - 1)]
_Refs = Annotated[tuple[Annotated[str, Field(min_length=1, max_length=200)], ...], Field(max_length=100)]


class ActorChangeRequest(BaseModel):
    """What if an actor is gone, returns, or is some times as active."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    actor: Annotated[str, Field(min_length=1, max_length=80)]
    change: Literal["gone", "returns"] | Annotated[float, Field(ge=0.0, le=100.0)]


class RatesRequest(BaseModel):
    """Show the yearly frequencies of one facility over the twelve months after `as_of`."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    facility: Annotated[str, Field(description="path of the facility file")]
    draws: _Draws = 200
    seed: _Seed = 1
    as_of: date
    language: Literal["fr", "en"] = "en"
    packs: Annotated[tuple[str, ...], Field(description="extra packs, after the built-in ones")] = ()
    changes: Annotated[tuple[ActorChangeRequest, ...], Field(max_length=20, description="what if actors change")] = ()


class ThreatDiffRequest(BaseModel):
    """Explain why frequencies and loss differ between two dates, two states of knowledge, or two facility files."""

    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True)

    facility: Annotated[str, Field(description="path of the facility file")]
    before: Annotated[str | None, Field(description="facility file as it was; the same by default")] = None
    from_: Annotated[date, Field(alias="from")]
    to: date
    packs: Annotated[tuple[str, ...], Field(description="extra packs, on both sides")] = ()
    add: Annotated[tuple[str, ...], Field(description="packs, or single files, on the second side only")] = ()
    without: Annotated[_Refs, Field(description="evidence and records left out on the second side")] = ()
    loss: Annotated[bool, Field(description="also split the average annual loss, by simulation")] = True
    years: Annotated[int, Field(ge=2, le=10_000_000, description="simulated years of each simulation")] = 20_000
    draws: _Draws = 50
    seed: _Seed = 1
    language: Literal["fr", "en"] = "en"


class ThreatWatchRequest(BaseModel):
    """Say which actors, techniques and vulnerabilities moved the risk of one facility since a date."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    facility: Annotated[str, Field(description="path of the facility file")]
    since: date
    to: date
    packs: Annotated[tuple[str, ...], Field(description="extra packs, after the built-in ones")] = ()
    years: Annotated[int, Field(ge=2, le=10_000_000, description="simulated years of each simulation")] = 20_000
    draws: _Draws = 50
    seed: _Seed = 1
    language: Literal["fr", "en"] = "en"


class ControlOption(BaseModel):
    """Raise the coverage of one control."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    control: Annotated[str, Field(min_length=1, max_length=80)]
    coverage: Annotated[float, Field(gt=0.0, le=1.0, description="coverage reached, share")] = 0.95


class DecideControlsRequest(BaseModel):
    """Say what controls are worth at one facility, and which to take under a budget."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    facility: Annotated[str, Field(description="path of the facility file")]
    options: Annotated[tuple[ControlOption, ...], Field(max_length=60, description="every control when empty")] = ()
    budget_eur: Annotated[
        float | None,
        Field(ge=0.0, le=1e12, description="most to spend over the horizon, present value; None: no search"),
    ] = None
    horizon_y: Annotated[int, Field(ge=1, le=20, description="years over which costs and gains are added up")] = 5
    discount: Annotated[float | None, Field(ge=0.0, le=0.5, description="yearly rate; that of the packs when None")] = (
        None
    )
    view: Annotated[Literal["economic", "own"], Field(description="whose loss is avoided")] = "economic"
    years: Annotated[int, Field(ge=2, le=10_000_000, description="simulated years of each simulation")] = 100_000
    draws: _Draws = 200
    seed: _Seed = 1
    as_of: date
    language: Literal["fr", "en"] = "en"
    packs: Annotated[tuple[str, ...], Field(description="extra packs, after the built-in ones")] = ()


class DecideMixRequest(BaseModel):
    """Choose controls and an insurance programme together."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    facility: Annotated[str, Field(description="path of the facility file")]
    programmes: Annotated[tuple[str, ...], Field(min_length=1, max_length=10, description="programme files")]
    options: Annotated[tuple[ControlOption, ...], Field(max_length=60, description="every control when empty")] = ()
    budget_eur: Annotated[
        float, Field(ge=0.0, le=1e12, description="most for controls and premiums over the horizon, present value")
    ]
    alpha: Annotated[float, Field(ge=0.0, le=10.0, description="price of a euro of TVaR, per year")] = 0.1
    appetite: Annotated[str | None, Field(description="appetite file, for the loss that stays")] = None
    horizon_y: Annotated[int, Field(ge=1, le=20, description="years over which costs are added up")] = 5
    discount: Annotated[float | None, Field(ge=0.0, le=0.5, description="yearly rate; that of the packs when None")] = (
        None
    )
    years: Annotated[int, Field(ge=2, le=10_000_000, description="simulated years of each simulation")] = 100_000
    draws: _Draws = 200
    seed: _Seed = 1
    as_of: date
    language: Literal["fr", "en"] = "en"
    packs: Annotated[tuple[str, ...], Field(description="extra packs, after the built-in ones")] = ()


class DecideUncertaintyRequest(BaseModel):
    """Say what is not known does to the result, and what it would be worth to know."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    facility: Annotated[str, Field(description="path of the facility file")]
    options: Annotated[
        tuple[ControlOption, ...], Field(max_length=12, description="controls among which to choose; none: no values")
    ] = ()
    horizon_y: Annotated[int, Field(ge=1, le=20, description="years over which costs and gains are added up")] = 5
    years: Annotated[int, Field(ge=2, le=10_000_000, description="simulated years of each simulation")] = 200_000
    draws: Annotated[int, Field(ge=30, le=10_000, description="epistemic draws that share the years")] = 400
    seed: _Seed = 1
    as_of: date
    language: Literal["fr", "en"] = "en"
    packs: Annotated[tuple[str, ...], Field(description="extra packs, after the built-in ones")] = ()


class BacktestRequest(BaseModel):
    """Score forecasts of a series of counts, each made from the counts before it."""

    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True)

    series: Annotated[str, Field(description="path of a CSV or XLSX file")]
    date_: Annotated[_Text, Field(alias="date", description="column of the date")] = "date"
    column: Annotated[_Text | None, Field(description="column of the number of events; none: each row is one")] = None
    where: Annotated[_Words, Field(description="texts that columns must hold, as column=text")] = ()
    by: Annotated[_Text | None, Field(description="column that splits the file into several series")] = None
    period: Literal["month", "week", "day"] = "month"
    from_: Annotated[_Text | None, Field(alias="from", description="YYYY, YYYY-MM or YYYY-MM-DD")] = None
    to: Annotated[_Text | None, Field(description="YYYY, YYYY-MM or YYYY-MM-DD")] = None
    as_of: Annotated[date, Field(description="date of the facts of the packs")]
    language: Literal["fr", "en"] = "en"


class ValidationRequest(BaseModel):
    """Compute the validation dossier, or fit to its targets."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    draws: Annotated[int, Field(ge=50, le=10_000, description="epistemic draws")] = 1000
    seed: _Seed = 1
    as_of: date
    language: Literal["fr", "en"] = "en"
    packs: Annotated[tuple[str, ...], Field(description="extra pack folders, after the built-in ones")] = ()
