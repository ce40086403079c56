"""View model of a job under way."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from hygie.views.assessment import View

__all__ = ["ProgressView"]


class ProgressView(View):
    """How far a job is; what a page shows and what a stream of events sends."""

    share: Annotated[float | None, Field(ge=0.0, le=1.0, description="None while it is not known")]
    text: str
    done: Annotated[bool, Field(description="whether it is over, well or not")]
    status: str
    label: Annotated[str, Field(description="what kind of job it is")]
