"""What is shown of a posture: each control with what is known of it, and how much of it is the sector average."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict

from hygie.views.messages import Language, Translate, translator
from hygie.views.numbers import NO_BREAK, format_percent

__all__ = [
    "ChangeRow",
    "ChoiceView",
    "ControlRow",
    "PostureEdit",
    "PostureView",
    "QuestionView",
    "describe_age",
    "label_function",
    "label_origin",
    "label_outcome",
    "state_meter",
]


class _View(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class ControlRow(_View):
    """One control: what its owner says, or the sector average.

    `coverage` is the share that counts [share]; `known` says whether it is the facility's own. `sector_low` to
    `sector_high` hold 90 % of what is assumed for the sector [share].
    """

    id: str
    name: str
    function: Literal["prevent", "detect", "respond", "recover"]
    known: bool
    coverage: float
    origin: str | None = None
    on: str | None = None
    age_days: int | None = None
    evidence: str | None = None
    sector_mean: float
    sector_low: float
    sector_high: float


class PostureView(_View):
    """A posture: controls by function, and the meter of how much is known."""

    facility: str
    name: str
    file: str
    as_of: str
    known: int
    controls: int
    known_share: float
    meter: str
    rows: list[ControlRow]


class ChangeRow(_View):
    """What becomes of one control; see `hygie.facility.posture.merging`."""

    control: str
    name: str
    function: str
    outcome: Literal["added", "changed", "confirmed", "replaced", "conflict"]
    reason: Literal["owner", "newer", "undated", "same_day"] | None = None
    before: float | None = None
    before_origin: str | None = None
    before_on: str | None = None
    after: float
    on: str | None = None
    evidence: str | None = None


class PostureEdit(_View):
    """What a form or an import does to a facility file.

    `read` and `used` count requirements of an imported assessment; `passed_over` are those that lead to no control.
    """

    file: str
    source: str
    format: str
    written: bool
    dry_run: bool
    backup: str | None = None
    read: int
    used: int
    passed_over: list[str] = []
    notes: list[str] = []
    findings: list[str] = []
    rows: list[ChangeRow]
    meter: str


class ChoiceView(_View):
    """One possible answer."""

    id: str
    name: str


class QuestionView(_View):
    """One question as it is asked."""

    id: str
    number: int
    total: int
    topic: str
    text: str
    why: str
    choices: list[ChoiceView]
    percent: bool


def state_meter(known_share: float, language: Language, *, advice: bool = True) -> str:
    """Return the sentence on how much of a posture is the sector average; every control counts alike.

    >>> state_meter(0.375, "en", advice=False)
    '62% of the posture is the sector average, each control counted alike.'
    """
    _ = translator(language)
    if known_share >= 1.0:
        return _("Every control is described: nothing of the posture is the sector average.")
    share = format_percent(1.0 - known_share, language)
    if advice:
        return _(
            "{share} of the posture is the sector average, each control counted alike: describe your controls "
            "(hygie posture ask) to sharpen the result.",
            share=share,
        )
    return _("{share} of the posture is the sector average, each control counted alike.", share=share)


def label_function(function: str, _: Translate) -> str:
    """Return what a FAIR-CAM function does, in words."""
    return {
        "prevent": _("Prevent"),
        "detect": _("Detect"),
        "respond": _("Respond"),
        "recover": _("Recover"),
    }[function]


def label_origin(origin: str | None, _: Translate) -> str:
    """Return where an entry comes from, in words."""
    if origin is None:
        return _("sector average")
    return {
        "owner": _("owner"),
        "questionnaire": _("questionnaire"),
        "csv": _("table"),
        "oscal": "OSCAL",
        "ciso_assistant": "CISO Assistant",
        "navigator": "Navigator",
    }[origin]


def label_outcome(row: ChangeRow, _: Translate) -> str:
    """Return what becomes of a control, in words."""
    if row.outcome == "conflict":
        reasons = {
            "owner": _("kept: its owner wrote it"),
            "newer": _("kept: it is newer"),
            "undated": _("kept: it has no date"),
            "same_day": _("kept: as recent, from elsewhere"),
        }
        return reasons[row.reason or "owner"]
    return {
        "added": _("new"),
        "changed": _("updated"),
        "confirmed": _("confirmed"),
        "replaced": _("replaced"),
    }[row.outcome]


def describe_age(days: int | None, _: Translate) -> str:
    """Return an age in days, months or years."""
    if days is None:
        return "–"
    if days < 60:
        return _("{count} d", count=days).replace(" ", NO_BREAK)
    if days < 730:
        return _("{count} months", count=round(days / 30.44)).replace(" ", NO_BREAK)
    return _("{count} years", count=f"{days / 365.25:.0f}").replace(" ", NO_BREAK)
