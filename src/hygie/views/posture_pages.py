"""View models of the pages of a posture: the questionnaire as a form."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from hygie.views.assessment import View

__all__ = ["AskedTopicView", "AskedView", "QuestionnaireView"]


class AskedView(View):
    """One question with its answer, and why it was not taken."""

    id: str
    text: str
    why: str
    choices: Annotated[list[tuple[str, str]], Field(description="id and words, “I do not know” last")]
    takes_percent: bool
    chosen: Annotated[str, Field(description="id of a choice, empty without an answer")]
    percent: Annotated[str, Field(description="percentage as written, empty without one")]
    on: Annotated[str | None, Field(description="day of the answer")]
    error: str


class AskedTopicView(View):
    """Questions on one subject."""

    name: str
    questions: list[AskedView]


class QuestionnaireView(View):
    """The short or the full questionnaire."""

    full: bool
    total: Annotated[int, Field(description="questions of this form")]
    others: Annotated[int, Field(description="questions of the full form that this one leaves out")]
    answered: int
    topics: list[AskedTopicView]
