"""What a use case is asked, as data: the same class is the command line, the API body and the manifest."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

__all__ = ["AssessmentRequest"]


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
