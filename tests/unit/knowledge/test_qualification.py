import pytest

from hygie.core.errors import SchemaError
from hygie.core.evidence import TLP
from hygie.knowledge.kinds import IntelRecord
from hygie.knowledge.qualification import Qualification, check_record, qualify_record

INCIDENT = {
    "ref": "a",
    "evidence": ["e"],
    "started_on": "2022-03",
    "date_precision": "month",
    "victim": {"name": "CH de Dax", "kind": "ch"},
    "threat_class": "ransomware",
    "actor": {"name": "unknown", "confidence": "none"},
}


def record(kind="incident", data=INCIDENT):
    return IntelRecord(kind=kind, ref="a", name="a", data=data)


def test_a_judgement_becomes_a_merge_patch():
    judgement = Qualification(actor="lockbit", confidence="high", tlp=TLP.AMBER, pap="green")
    assert qualify_record(record(), judgement) == {
        "data": {"actor": {"name": "lockbit", "confidence": "high"}},
        "tlp": "amber",
        "pap": "green",
    }


def test_a_date_brings_its_precision():
    assert qualify_record(record(), Qualification(started_on="2022-03-04"))["data"] == {
        "started_on": "2022-03-04",
        "date_precision": "day",
    }


@pytest.mark.parametrize(
    ("kind", "judgement", "words"),
    [
        ("incident", Qualification(reliability="B"), "reliability and credibility"),
        ("source", Qualification(confidence="high"), "actor and confidence"),
        ("source", Qualification(started_on="2022"), "started_on"),
        ("campaign", Qualification(date_basis="attack"), "date_basis"),
        ("incident", Qualification(), "nothing is said"),
    ],
)
def test_what_does_not_apply_is_refused(kind, judgement, words):
    with pytest.raises(SchemaError, match=words):
        qualify_record(record(kind), judgement)


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"date_precision": "day"}, "not known to the day"),
        ({"published_on": "2022-01"}, "before|begin after"),
        ({"actor": {"name": "lockbit", "confidence": "none"}}, "named one with some"),
        ({"actor": {"name": "unknown", "confidence": "high"}}, "unknown actor"),
        ({"threat_class": 3}, "threat_class"),
        ({"beds": 3}, "beds"),
    ],
)
def test_facts_that_contradict_each_other_are_refused(changes, words):
    check_record("incident", INCIDENT)
    with pytest.raises(SchemaError, match=words):
        check_record("incident", {**INCIDENT, **changes})


def test_a_leak_post_may_be_dated_by_its_publication():
    check_record("incident", {**INCIDENT, "published_on": "2022-01", "date_basis": "leak_post"})
