"""A small questionnaire, whose answers can be counted by hand."""

from __future__ import annotations

from hygie.core.evidence import LocalText
from hygie.facility.posture.questionnaire import Choice, Question, Questionnaire
from hygie.facility.records import Basis, Words

CHOICES = (
    Choice("none", 0.0, LocalText("Not at all", "Pas du tout")),
    Choice("partly", 0.4, LocalText("Partly", "En partie")),
    Choice("all", 1.0, LocalText("I’d say all of it", "Tout, « je dirais »")),
)


def make_question(name: str, *, percent: bool = False, short: bool = True, **weights: float) -> Question:
    """Return a question with the three choices."""
    text = LocalText(f"{name}?", f"{name}\u202f?")
    return Question(
        id=name,
        topic=LocalText("Access", "Accès"),
        short=short,
        percent=percent,
        text=text,
        why=text,
        choices=CHOICES,
        weights=weights,
    )


def small_questionnaire() -> Questionnaire:
    """Return three questions on two controls."""
    return Questionnaire(
        Basis(method="assumed", note=Words(en="x", fr="x")),
        (
            make_question("remote", percent=True, mfa=2.0),
            make_question("admin", mfa=1.0, privileged_access=1.0),
            make_question("zones", short=False, percent=True, segmentation=1.0),
        ),
    )
