"""The questionnaire on defences, as a domain expert may read it."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest

from hygie.core.evidence import LocalText
from hygie.facility.blueprints import Blueprints
from hygie.facility.posture.questionnaire import Questionnaire, find_unasked, load_questionnaire
from hygie.facility.posture.readings import load_assessment_scale
from hygie.knowledge.catalogue import Catalogue

# The short form asks one question on each of these: see docs/reference/posture-formats.md for the ranking.
SHORT = {
    "account_hygiene",
    "backup_isolation",
    "continuity_plan",
    "credential_protection",
    "directory_hardening",
    "email_filtering",
    "endpoint_protection",
    "incident_response",
    "log_coverage",
    "mfa",
    "monitoring",
    "patch_exposed",
    "privileged_access",
    "segmentation",
    "watch_24_7",
}


@pytest.fixture(scope="module")
def questionnaire(catalogue: Catalogue, blueprints: Blueprints) -> Questionnaire:
    # Loading refuses a question on a control that does not exist.
    return load_questionnaire(catalogue, blueprints.controls)


def list_texts(questionnaire: Questionnaire) -> Iterator[LocalText]:
    for question in questionnaire.questions:
        yield from (question.text, question.why, question.topic, *(choice.name for choice in question.choices))


def test_every_control_has_a_question(questionnaire: Questionnaire, blueprints: Blueprints) -> None:
    assert find_unasked(questionnaire.select(full=True), blueprints.controls) == []


def test_the_short_form_asks_about_the_controls_that_matter_most(questionnaire: Questionnaire) -> None:
    short = questionnaire.select(full=False)
    assert len(short) == 15
    assert {control for question in short for control in question.weights} == SHORT


def test_the_full_form_has_about_sixty_questions(questionnaire: Questionnaire) -> None:
    assert 55 <= len(questionnaire.select(full=True)) <= 65


def test_questions_of_a_topic_stand_together(questionnaire: Questionnaire) -> None:
    topics = [question.topic.en for question in questionnaire.questions]
    changes = [topic for index, topic in enumerate(topics) if index == 0 or topic != topics[index - 1]]
    assert len(changes) == len(set(changes))


def test_answers_go_from_least_to_most(questionnaire: Questionnaire) -> None:
    for question in questionnaire.questions:
        shares = [choice.share for choice in question.choices]
        assert shares == sorted(shares), question.id
        # Nobody has everything everywhere, always kept up.
        assert shares[-1] < 1.0


def test_texts_are_questions_in_plain_words(questionnaire: Questionnaire) -> None:
    for question in questionnaire.questions:
        assert question.text.en.endswith("?"), question.id
        assert question.text.fr.endswith("\u202f?"), question.id
        assert len(question.text.en) <= 160, question.id
        assert len(question.why.en) <= 110, question.id


def test_french_typography(questionnaire: Questionnaire) -> None:
    for text in list_texts(questionnaire):
        assert "'" not in text.fr + text.en, text
        for mark in re.finditer(r"(.)[:;!?»%]", text.fr):
            assert mark.group(1) in "\u202f\u00a0", text.fr


def test_verdicts_of_assessors_never_stand_for_nothing_or_for_all(catalogue: Catalogue) -> None:
    scale = load_assessment_scale(catalogue)
    assert scale.keys() == {"satisfied", "not_satisfied", "compliant", "partially_compliant", "non_compliant"}
    assert all(0.0 < share < 1.0 for share in scale.values())
    assert scale["non_compliant"] < scale["partially_compliant"] < scale["compliant"]
