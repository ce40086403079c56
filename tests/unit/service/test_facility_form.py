"""Answers of the guided form: what is taken, what is not and why, and the file that they make."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from hygie.facility.organisation import Facility
from hygie.service.facility_form import (
    QUESTIONS,
    Problem,
    build_facility,
    guess_department,
    judge_answer,
    read_answers,
    read_draft,
    save_draft,
)

QUESTION = {question.field: question for question in QUESTIONS}
CATEGORIES = {"chu": "University hospital", "ch": "General hospital"}
BEDS = {"beds_mco": 100, "beds_ssr": 20}


def judge(field: str, text: str, **answers: Any) -> Any:
    return judge_answer(QUESTION[field], text, answers={**BEDS, **answers}, categories=CATEGORIES)


@pytest.mark.parametrize(
    ("field", "text", "value"),
    [
        ("name", "  Hôpital de l’Exemple ", "Hôpital de l’Exemple"),
        ("finess", "91 000 277 3", "910002773"),
        ("finess", "2a0000014", "2A0000014"),
        ("finess", "", None),
        ("category", "2", "ch"),
        ("category", "CHU", "chu"),
        ("status", "1", "public"),
        ("status", "private", "private"),
        ("fte", "3 850,5", 3850.5),
        ("fte", "3\u202f850.5", 3850.5),
        ("fte", "0", 0.0),
        ("stays", "36\u00a0265", 36265),
        ("beds_mco", "", None),
        ("beds_icu", "100", 100),
        ("bed_days", str(366 * 120), 366 * 120),
        ("year", "2024", 2024),
    ],
)
def test_answers_are_taken_as_people_write_them(field: str, text: str, value: object) -> None:
    found = judge(field, text)
    assert found == value
    assert type(found) is type(value)


@pytest.mark.parametrize(
    ("field", "text", "reason", "limit"),
    [
        ("name", "   ", "empty", None),
        ("name", "a" * 201, "long", 200),
        ("name", "a\x00b", "sign", None),
        ("finess", "91000277", "finess", None),
        ("finess", "9C0002773", "finess", None),
        ("category", "3", "choice", 2),
        ("category", "hospital", "choice", 2),
        ("category", "0", "choice", 2),
        ("status", "mixed", "choice", 2),
        ("fte", "", "empty", None),
        ("fte", "many", "number", None),
        ("fte", "1e9", "number", None),
        ("fte", "nan", "number", None),
        ("fte", "-1", "small", 0),
        ("fte", "200001", "large", 200_000),
        ("beds_mco", "2.5", "whole", None),
        ("beds_mco", "1000001", "large", 1_000_000),
        ("beds_icu", "101", "icu", 100),
        ("bed_days", str(366 * 120 + 1), "days", 366 * 120),
        ("operating_rooms", "501", "large", 500),
        ("year", "1989", "small", 1990),
        ("year", "24", "small", 1990),
    ],
)
def test_answers_that_cannot_be_right_say_why(field: str, text: str, reason: str, limit: float | None) -> None:
    assert judge(field, text) == Problem(reason=reason, limit=limit)  # type: ignore[arg-type]


def test_answers_make_a_facility_file() -> None:
    answers = {"name": "Hôpital de l’Exemple", "category": "ch", "status": "public", "year": 2024, "fte": 10.0}
    facility = build_facility(answers)
    assert Facility.model_validate(facility).id == "hopital-de-l-exemple"
    assert Facility.model_validate(build_facility({**answers, "finess": "2A0000014"})).id == "fr-2a0000014"
    assert build_facility({**answers, "name": "« ! »"})["id"] == "facility"
    assert read_answers(facility) == answers


def test_answers_go_over_what_a_register_says() -> None:
    base = {
        "schema": "hygie.facility/1",
        "id": "fr-990000002",
        "finess": "990000002",
        "name": "CH",
        "category": "ch",
        "status": "public",
        "activity": {
            "year": 2023,
            "evidence": ["sae-2023-register"],
            "beds_mco": 10,
            "fte": 5.0,
            "equipment": {"mri": 1},
        },
        "links": [{"kind": "ght_shared_it"}],
    }
    same = build_facility(read_answers(base), base=base)
    assert same == base
    changed = build_facility({**read_answers(base), "beds_mco": 12}, base=base)
    assert changed["activity"] == {"year": 2023, "beds_mco": 12, "fte": 5.0, "equipment": {"mri": 1}}
    assert changed["links"] == base["links"]
    dropped = {name: value for name, value in read_answers(base).items() if name != "beds_mco"}
    assert "beds_mco" not in build_facility(dropped, base=base)["activity"]


def test_drafts_are_read_as_far_as_they_can_be(tmp_path: Path) -> None:
    draft = tmp_path / "a.draft.json"
    assert read_draft(draft) == {}
    save_draft({"name": "É", "fte": 2.5}, draft)
    assert read_draft(draft) == {"name": "É", "fte": 2.5}
    for text in ("", "[1]", "{", '{"name": ["x"], "stranger": 1}'):
        draft.write_text(text, encoding="utf-8")
        assert read_draft(draft) == {}


@pytest.mark.parametrize(
    ("finess", "department"),
    [("910002773", "91"), ("2A0000014", "2A"), ("970100186", None), ("990000002", None), ("", None)],
)
def test_departments_are_guessed_from_numbers(finess: str, department: str | None) -> None:
    assert guess_department({"finess": finess}) == department
