"""Answers: what may be written, and the coverage that they make."""

from __future__ import annotations

from datetime import date

import pytest

from hygie.core.errors import SchemaError
from hygie.facility.posture.answers import (
    Answer,
    derive_entries,
    interpret_answer,
    read_answers,
    read_share,
    write_answers,
)
from hygie.store.documents import parse_document
from posture_kit import make_question, small_questionnaire

DAY = date(2026, 11, 27)


@pytest.mark.parametrize(
    ("text", "share"),
    [
        ("60 %", 0.6),
        ("60%", 0.6),
        ("62,5\u202f%", 0.625),
        ("0.6", 0.6),
        ("0,6", 0.6),
        ("1", 1.0),
        ("100 pct", 1.0),
        ("60", None),
        ("120 %", None),
        ("-5 %", None),
        ("nan", None),
        ("1e-3", None),
        ("", None),
        ("six", None),
    ],
)
def test_shares_are_read_as_people_write_them(text: str, share: float | None) -> None:
    assert read_share(text) == share


@pytest.mark.parametrize("text", ["partly", "PARTLY", " En  partie ", "en\u00a0partie"])
def test_a_choice_is_known_by_its_id_and_its_words(text: str) -> None:
    assert interpret_answer(make_question("remote"), text) == Answer(value="partly", share=0.4)


def test_apostrophes_of_keyboards_are_accepted() -> None:
    assert interpret_answer(make_question("remote"), "I'd say all of it").value == "all"


@pytest.mark.parametrize("text", ["unknown", "?", "Je ne sais pas", "I don’t know"])
def test_not_knowing_is_an_answer(text: str) -> None:
    assert interpret_answer(make_question("remote"), text).share is None


def test_a_percentage_only_where_it_is_asked_for() -> None:
    assert interpret_answer(make_question("remote", percent=True), "60 %").share == 0.6
    assert interpret_answer(make_question("remote", percent=True), 0.6).share == 0.6
    for value in ("60 %", 0.6):
        with pytest.raises(SchemaError, match="not an answer") as caught:
            interpret_answer(make_question("remote"), value)
        assert "percentage" not in str(caught.value.findings[0].allowed)


@pytest.mark.parametrize("value", ["often", "60", 60.0, -0.1, float("nan"), float("inf")])
def test_what_is_no_answer(value: str | float) -> None:
    with pytest.raises(SchemaError) as caught:
        interpret_answer(make_question("remote", percent=True), value)
    (finding,) = caught.value.findings
    assert finding.field == "remote"
    assert "partly" in str(finding.allowed)
    assert "60 %" in str(finding.allowed)


def test_the_weighted_mean_of_what_is_known() -> None:
    questionnaire = small_questionnaire()
    answers = {
        "remote": Answer(value=0.7, share=0.7, on=date(2026, 11, 20)),
        "admin": Answer(value="partly", share=0.4, on=DAY),
        "zones": Answer(value="unknown", share=None, on=DAY),
    }
    entries = derive_entries(questionnaire, answers, source="a.yaml", on=DAY)
    assert entries.keys() == {"mfa", "privileged_access"}
    # (2 × 0.7 + 1 × 0.4) / 3
    assert entries["mfa"].coverage == 0.6
    assert entries["mfa"].on == date(2026, 11, 20)
    assert entries["mfa"].evidence == "a.yaml: remote, admin"
    assert entries["mfa"].origin == "questionnaire"
    assert entries["privileged_access"].coverage == 0.4


def test_an_unknown_answer_does_not_pull_the_mean() -> None:
    questionnaire = small_questionnaire()
    answers = {"remote": Answer(value=0.7, share=0.7), "admin": Answer(value="unknown", share=None)}
    entries = derive_entries(questionnaire, answers, source="a.yaml", on=DAY)
    assert entries["mfa"].coverage == 0.7
    assert entries["mfa"].on == DAY
    assert "privileged_access" not in entries


def test_no_answer_makes_no_entry() -> None:
    assert derive_entries(small_questionnaire(), {}, source="a.yaml", on=DAY) == {}


def test_what_is_written_is_read_back() -> None:
    answers = {
        "remote": Answer(value=0.625, share=0.625, on=DAY, note='the "VPN", since 2024: all\\none'),
        "admin": Answer(value="partly", share=0.4),
        "zones": Answer(value="unknown", share=None, on=DAY),
    }
    text = write_answers(answers, facility="fr-910002773")
    document = parse_document(text.encode(), name="a.yaml")
    assert read_answers(document, small_questionnaire()) == (answers, "fr-910002773")


def test_a_form_filled_by_hand() -> None:
    lines = ("  remote: 60 %", "  admin:", "  zones: {answer: all, on: 2026-10-01}", "")
    text = "schema: hygie.answers/1\non: 2026-11-01\nanswers:\n" + "\n".join(lines)
    answers, facility = read_answers(parse_document(text.encode(), name="a.yaml"), small_questionnaire())
    assert facility is None
    assert answers == {
        "remote": Answer(value=0.6, share=0.6, on=date(2026, 11, 1)),
        "zones": Answer(value="all", share=1.0, on=date(2026, 10, 1)),
    }


def test_every_fault_of_a_form_is_told_with_its_line() -> None:
    text = "schema: hygie.answers/1\nanswers:\n  remot: all\n  remote: often\n  admin: 0.5\n"
    with pytest.raises(SchemaError) as caught:
        read_answers(parse_document(text.encode(), name="a.yaml"), small_questionnaire())
    assert [(finding.line, finding.field) for finding in caught.value.findings] == [
        (3, "answers.remot"),
        (4, "remote"),
        (5, "admin"),
    ]
    assert caught.value.findings[0].repair == "did you mean “remote”?"


def test_truth_values_are_no_answers() -> None:
    text = "schema: hygie.answers/1\nanswers: {remote: true}\n"
    with pytest.raises(SchemaError, match="remote"):
        read_answers(parse_document(text.encode(), name="a.yaml"), small_questionnaire())
