"""View models of the pages of decisions: what was decided, choices of a form, quick guesses."""

from __future__ import annotations

from datetime import datetime

from pydantic import Field

from hygie.views.assessment import View
from hygie.views.decide import OptionView

__all__ = [
    "ControlChoiceView",
    "ControlPreviewView",
    "DecisionRowView",
    "RankedOptionView",
    "TermView",
    "TermsPartView",
    "TermsPreviewView",
]


class DecisionRowView(View):
    """A decision in a list."""

    result_id: str
    kind: str
    label: str
    title: str
    sentence: str
    author: str
    at: datetime
    stale: bool


class ControlChoiceView(View):
    """A control that can be chosen in a form."""

    id: str
    label: str
    description: str
    function: str
    coverage: float | None = Field(description="What the facility says of it today; None: nothing")


class RankedOptionView(View):
    """A control with what it costs for each euro avoided and each bed-day spared."""

    option: OptionView
    net: float
    avoided: float
    cost: float
    per_euro: float | None = Field(description="Cost over loss avoided, present values; None when nothing is avoided")
    per_day: float | None = Field(description="Cost over bed-days spared within the horizon [EUR_2024/d]")


class ControlPreviewView(View):
    """A quick guess of what a set of controls leaves of the loss."""

    controls: list[str]
    names: list[str]
    before_eur: float
    after_eur: float
    cost_eur: float
    sentence: str


class TermView(View):
    """A term of a priced programme that can be changed on its page."""

    place: str = Field(description="Its place in the document, such as layers.0.limit")
    layer: str
    term: str
    now: float | None = Field(description="None: no limit")


class TermsPartView(View):
    """One amount with terms as they are and as they would be."""

    id: str
    label: str
    aal_now: float
    aal_then: float
    bad_now: float
    bad_then: float


class TermsPreviewView(View):
    """A quick computation of other retentions and limits on the stored events."""

    parts: list[TermsPartView]
    premium: float | None = Field(description="Technical premium with these terms; None where the programme has none")
    sentence: str
    milliseconds: float
