"""The questionnaire as a pack writes it: names that lead nowhere are told with their line."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from hygie.core.errors import EvidenceError, SchemaError
from hygie.facility.blueprints import Blueprints
from hygie.facility.posture.questionnaire import find_unasked, load_questionnaire
from hygie.knowledge.catalogue import Catalogue
from hygie.store.documents import parse_document

GOOD = """
questionnaire:
  basis: {method: assumed, note: {en: "x", fr: "x"}}
  scales:
    - id: extent
      choices:
        - {id: none, share: 0.0, name: {en: "No", fr: "Non"}}
        - {id: all, share: 1.0, name: {en: "Yes", fr: "Oui"}}
  topics:
    - {id: access, name: {en: "Access", fr: "Accès"}}
  questions:
    - id: factor
      topic: access
      scale: extent
      controls: {mfa: 2}
      text: {en: "Second factor?", fr: "Second facteur ?"}
      why: {en: "Stolen passwords.", fr: "Mots de passe volés."}
"""


def load(catalogue: Catalogue, blueprints: Blueprints, text: str) -> Any:
    document = parse_document(text.encode(), name="questionnaire.yaml")
    sections = {**catalogue.sections, "questionnaire": (document,)}
    return load_questionnaire(replace(catalogue, sections=sections), blueprints.controls)


def test_a_questionnaire_is_read(catalogue: Catalogue, blueprints: Blueprints) -> None:
    questionnaire = load(catalogue, blueprints, GOOD)
    (question,) = questionnaire.questions
    assert question.topic.fr == "Accès"
    assert [choice.share for choice in question.choices] == [0.0, 1.0]
    assert question.weights == {"mfa": 2.0}
    assert questionnaire.select(full=False) == ()
    assert questionnaire.select(full=True) == (question,)
    assert "mfa" not in find_unasked(questionnaire.questions, blueprints.controls)
    assert len(find_unasked(questionnaire.questions, blueprints.controls)) == len(blueprints.controls) - 1


@pytest.mark.parametrize(
    ("old", "new", "line", "message"),
    [
        ("mfa: 2", "mfaa: 2", 15, "unknown control “mfaa”"),
        ("scale: extent", "scale: extend", 14, "unknown scale “extend”"),
        ("topic: access", "topic: acces", 13, "unknown topic “acces”"),
        ("{id: all,", "{id: none,", 8, "the answer “none” is taken"),
        ("{id: all,", "{id: unknown,", 8, "the answer “unknown” is taken"),
    ],
)
def test_names_that_lead_nowhere(
    catalogue: Catalogue, blueprints: Blueprints, old: str, new: str, line: int, message: str
) -> None:
    with pytest.raises(EvidenceError, match=message) as caught:
        load(catalogue, blueprints, GOOD.replace(old, new))
    (finding,) = caught.value.findings
    assert finding.line == line
    assert finding.repair


def test_all_names_are_told_at_once(catalogue: Catalogue, blueprints: Blueprints) -> None:
    text = GOOD.replace("mfa: 2", "mfaa: 2").replace("topic: access", "topic: acces")
    with pytest.raises(EvidenceError) as caught:
        load(catalogue, blueprints, text)
    assert len(caught.value.findings) == 2


def test_a_question_twice(catalogue: Catalogue, blueprints: Blueprints) -> None:
    with pytest.raises(EvidenceError, match="“factor” stands twice"):
        load(catalogue, blueprints, GOOD + GOOD[GOOD.index("    - id: factor") :])


@pytest.mark.parametrize("bad", ["share: 1.5", "share: -1"])
def test_a_share_out_of_range(catalogue: Catalogue, blueprints: Blueprints, bad: str) -> None:
    with pytest.raises(SchemaError, match="share"):
        load(catalogue, blueprints, GOOD.replace("share: 1.0", bad))
