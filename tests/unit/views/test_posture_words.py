"""The meter and the words of a posture."""

from __future__ import annotations

import pytest

from hygie.views.messages import LANGUAGES, translator
from hygie.views.posture import ChangeRow, describe_age, label_origin, label_outcome, state_meter


def test_the_meter_says_how_controls_are_counted() -> None:
    assert state_meter(0.38, "en", advice=False) == (
        "62% of the posture is the sector average, each control counted alike."
    )
    assert state_meter(0.38, "fr").startswith(
        "62\u202f% de la posture est la moyenne du secteur, chaque mesure comptant"
    )
    assert "hygie posture ask" in state_meter(0.0, "en")
    assert state_meter(1.0, "en") == "Every control is described: nothing of the posture is the sector average."


def test_a_posture_that_is_almost_known_is_not_called_known() -> None:
    assert state_meter(44 / 45, "en", advice=False).startswith("2.2% of the posture")


@pytest.mark.parametrize(
    ("days", "english", "french"),
    [
        (None, "–", "–"),
        (0, "0 d", "0 j"),
        (59, "59 d", "59 j"),
        (420, "14 months", "14 mois"),
        (1096, "3 years", "3 ans"),
    ],
)
def test_ages(days: int | None, english: str, french: str) -> None:
    assert describe_age(days, translator("en")).replace("\u00a0", " ") == english
    assert describe_age(days, translator("fr")).replace("\u00a0", " ") == french


def test_every_origin_outcome_and_reason_has_words() -> None:
    for language in LANGUAGES:
        _ = translator(language)
        origins = [label_origin(origin, _) for origin in (None, "owner", "questionnaire", "csv", "oscal")]
        assert len(set(origins)) == 5
        rows = [
            ChangeRow(control="mfa", name="x", function="prevent", outcome="conflict", reason=reason, after=0.5)
            for reason in ("owner", "newer", "undated", "same_day")
        ]
        rows += [
            ChangeRow(control="mfa", name="x", function="prevent", outcome=outcome, after=0.5)
            for outcome in ("added", "changed", "confirmed", "replaced")
        ]
        assert len({label_outcome(row, _) for row in rows}) == 8
