"""What a portfolio study is asked, apart from what computes it."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

__all__ = ["PortfolioRequest"]


class PortfolioRequest(BaseModel):
    """Simulate a portfolio over the twelve months after `as_of`."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    years: Annotated[int, Field(ge=2, le=10_000_000, description="simulated years in all")] = 10_000
    draws: Annotated[int, Field(ge=1, le=1_000, description="epistemic draws that share the years")] = 20
    seed: Annotated[int, Field(ge=0, le=2**63 - 1)] = 1
    as_of: date
    language: Literal["fr", "en"] = "en"
    packs: tuple[str, ...] = ()
