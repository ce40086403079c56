"""What jobs are asked that no command is asked in the same way: refs of what the workspace holds, never paths."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from hygie.service.portfolio_request import PortfolioRequest

__all__ = [
    "BackupRequest",
    "CompareRequest",
    "ImportRequest",
    "InsurePriceRequest",
    "PortfolioJobRequest",
    "PortfolioWhatIfRequest",
    "PullRequest",
    "RegisterRequest",
    "SynthesizeRequest",
]

Ref = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9._-]{0,79}(@[1-9][0-9]{0,8})?$")]
Id = Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{0,79}$")]


class InsurePriceRequest(BaseModel):
    """Price a programme on a saved assessment."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    result: Annotated[Id, Field(description="id of a saved assessment")]
    programme: Annotated[Ref, Field(description="ref of a stored programme")]


class PortfolioJobRequest(PortfolioRequest):
    """Simulate the facilities of a stored portfolio file, of a register, or of both."""

    portfolio: Annotated[Ref | None, Field(description="ref of a stored portfolio")] = None
    register_kind: Annotated[Id | None, Field(description="kind of a register in the workspace")] = None
    region: Annotated[str | None, Field(max_length=120)] = None
    department: Annotated[str | None, Field(max_length=120)] = None
    ght: Annotated[str | None, Field(max_length=120)] = None
    level: Annotated[
        Literal["entity", "site"] | None, Field(description="organisations: legal entities, or each of their sites")
    ] = None


class PortfolioWhatIfRequest(BaseModel):
    """Take a provider of a saved portfolio study down for some time, or strike one of its members."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    result: Annotated[Id, Field(description="id of a saved portfolio study")]
    provider: Annotated[str | None, Field(max_length=120, description="id of a provider that is down")] = None
    hours: Annotated[float, Field(gt=0, le=8760, description="for how long it is down [h]")] = 240.0
    site: Annotated[str | None, Field(max_length=120, description="id of a member that is struck")] = None
    draws: Annotated[int | None, Field(ge=1, le=1_000, description="epistemic draws; those of the study")] = None
    language: Literal["fr", "en"] = "en"


class SynthesizeRequest(BaseModel):
    """Draw a register of establishments that do not exist, and keep it as one of the workspace."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    seed: Annotated[int, Field(ge=0, le=2**31 - 1)] = 1
    region: Annotated[str | None, Field(max_length=120)] = None
    language: Literal["fr", "en"] = "en"


class CompareRequest(BaseModel):
    """Split the difference of two saved assessments of a facility by cause."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    before: Annotated[Id, Field(description="id of the earlier assessment")]
    after: Annotated[Id, Field(description="id of the later assessment")]
    years: Annotated[int | None, Field(ge=2, le=10_000_000, description="simulated years of each simulation")] = None
    language: Literal["fr", "en"] = "en"


class ImportRequest(BaseModel):
    """Import an uploaded file into the base of threat intelligence."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    upload: Annotated[Id, Field(description="id of an uploaded file")]
    format: Annotated[Id | None, Field(description="format; told from the file by default")] = None
    keep_names: Annotated[bool, Field(description="keep victim names that leak sites publish")] = False
    column_map: Annotated[Id | None, Field(description="id of an uploaded column map (YAML), for tables")] = None
    sheet: Annotated[str | None, Field(min_length=1, max_length=120, description="sheet of a workbook")] = None
    dry_run: Annotated[bool, Field(description="read and compare everything, write nothing")] = False


class PullRequest(BaseModel):
    """Pull a connector now."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    connector: Annotated[Id, Field(description="id of a connector")]
    asked_on: Annotated[date | None, Field(description="day, for the record")] = None


class RegisterRequest(BaseModel):
    """Import an uploaded register: the yearly statistics (SAE), the directory (FINESS), or an own table."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    upload: Annotated[Id, Field(description="id of an uploaded file")]
    groups: Annotated[Id | None, Field(description="id of an uploaded list of members of territorial groups (GHT)")] = (
        None
    )
    column_map: Annotated[Id | None, Field(description="id of an uploaded column map (YAML), for own tables")] = None
    year: Annotated[int | None, Field(ge=2000, le=2100, description="year of the figures")] = None
    region: Annotated[str | None, Field(min_length=1, max_length=120)] = None
    department: Annotated[str | None, Field(min_length=1, max_length=120)] = None
    ght: Annotated[str | None, Field(min_length=1, max_length=120)] = None
    dry_run: Annotated[bool, Field(description="read and report only, write nothing")] = False


class BackupRequest(BaseModel):
    """Write the whole installation to one file on the server."""

    model_config = ConfigDict(frozen=True, extra="forbid")
