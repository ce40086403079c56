"""The same events never set the level twice, and the best-graded figure does."""

from __future__ import annotations

from typing import Any

import pytest

from hygie.core.evidence import TLP, Evidence, LocalText
from hygie.knowledge.double_counts import find_double_counts
from hygie.knowledge.records import CountObservation

WORDS = LocalText("words", "mots")


def evidence(ref: str, grade: str, *, derived: bool = False) -> Evidence:
    return Evidence(
        ref=ref,
        source="https://example.org",
        statement="a statement",
        title=WORDS,
        publisher="a publisher",
        published_on="2024-01-01",
        read_on="2024-02-01",
        reliability=grade[0],
        credibility=int(grade[1]),
        tlp=TLP.CLEAR,
        licence="facts-only",
        derived=WORDS if derived else None,
    )


GRADES = {grade: evidence(grade, grade) for grade in ("A1", "B2", "B3")} | {
    "worked": evidence("worked", "A1", derived=True)
}


def count(ref: str, grade: str, **changes: Any) -> CountObservation:
    fields: dict[str, Any] = {
        "evidence": (grade,),
        "threat_class": "ransomware",
        "outcomes": ("server",),
        "count": 10,
        "at_least": False,
        "window_start": "2023-01-01",
        "window_end": "2023-12-31",
        "population": "hospitals",
        "definition": WORDS,
        "role": "level",
        "source_kind": "cert_sante",
        "out_of_scope": False,
    }
    return CountObservation(ref=ref, **{**fields, **changes})


def messages(*counts: CountObservation) -> list[tuple[str, str]]:
    return [(found.count.ref, found.message) for found in find_double_counts(counts, GRADES)]


def test_two_levels_on_the_same_days() -> None:
    one, other = count("a", "B2"), count("b", "B2", window_start="2023-12-31", window_end="2024-12-31")
    assert messages(one, other) == [("b", "two counts of the same events both set the level")]


@pytest.mark.parametrize(
    "changes",
    [
        {"window_start": "2024-01-01", "window_end": "2024-12-31"},
        {"threat_class": "ddos"},
        {"population": "laboratories"},
        {"role": "check"},
        {"role": "nested", "nested_in": "a"},
    ],
)
def test_what_may_stand_beside_it(changes: dict[str, Any]) -> None:
    assert messages(count("a", "B2"), count("b", "B2", **changes)) == []


def test_a_better_grade_must_enter() -> None:
    better = count("b", "A1", role="check", overlaps=("a",))
    assert messages(count("a", "B2"), better) == [("a", "a better-graded count of the same events exists")]


@pytest.mark.parametrize(
    "changes",
    [
        {"overlaps": ()},
        {"evidence": ("B3",)},
        {"evidence": ("worked",)},
        {"outcomes": ("several_servers",)},
        {"window_end": "2024-12-31"},
    ],
)
def test_what_is_no_better_count_of_the_same(changes: dict[str, Any]) -> None:
    """Not declared to overlap, worse, worked out from others, of other outcomes, or of another window."""
    assert messages(count("a", "B2"), count("b", "A1", **{"role": "check", "overlaps": ("a",), **changes})) == []


def test_a_figure_worked_out_from_others() -> None:
    (found,) = find_double_counts([count("a", "worked")], GRADES)
    assert found.message == "a figure worked out from others sets the level"
    assert "role: check" in found.repair
    assert messages(count("a", "worked", evidence=("worked", "B3"))) == []
