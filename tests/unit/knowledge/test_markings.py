"""TLP and PAP: words, order, and the level under which a record travels."""

from __future__ import annotations

import pytest

from hygie.core.evidence import TLP
from hygie.knowledge.kinds import IntelRecord
from hygie.knowledge.markings import (
    exceeds_ceiling,
    exceeds_pap,
    judge_tlp,
    read_pap,
    read_tlp,
    strictest_pap,
    strictest_tlp,
)

ORDER = [TLP.CLEAR, TLP.GREEN, TLP.AMBER, TLP.AMBER_STRICT, TLP.RED]


@pytest.mark.parametrize(
    ("text", "level"),
    [
        ("TLP:WHITE", TLP.CLEAR),
        ("tlp:clear", TLP.CLEAR),
        ("tlp:2.0:green", TLP.GREEN),
        ('tlp="amber"', TLP.AMBER),
        ("TLP:AMBER+STRICT", TLP.AMBER_STRICT),
        ("tlp:amber-strict", TLP.AMBER_STRICT),
        (" TLP:RED ", TLP.RED),
        ("TLP:PURPLE", None),
        ("not TLP:RED", None),
        ("red", None),
    ],
)
def test_levels_are_read_from_words(text: str, level: TLP | None) -> None:
    assert read_tlp(text) is level


def test_pap_is_read_from_words() -> None:
    assert [read_pap(text) for text in ("PAP:WHITE", "pap:clear", "PAP:GREEN", "pap:amber", "PAP:RED", "PAP:X")] == [
        "clear",
        "clear",
        "green",
        "amber",
        "red",
        None,
    ]


def test_the_order_is_that_of_first() -> None:
    for rank, level in enumerate(ORDER):
        assert [exceeds_ceiling(level, ceiling=ceiling) for ceiling in ORDER] == [
            rank > other for other in range(len(ORDER))
        ]
    assert strictest_tlp([TLP.AMBER, None, TLP.AMBER_STRICT, TLP.GREEN]) is TLP.AMBER_STRICT
    assert strictest_tlp([None]) is None


def test_pap_restricts_only_what_carries_it() -> None:
    assert exceeds_pap("red", ceiling="amber")
    assert not exceeds_pap("green", ceiling="green")
    assert not exceeds_pap(None, ceiling="clear")
    assert not exceeds_pap("red", ceiling=None)
    assert strictest_pap(["clear", None, "amber"]) == "amber"
    assert strictest_pap([]) is None


def test_a_record_travels_under_the_strictest_level_it_states() -> None:
    plain = IntelRecord(kind="other", ref="x", name="x", data={"ref": "x", "type": "y"})
    assert judge_tlp(plain) is TLP.AMBER
    assert judge_tlp(plain, unmarked=TLP.CLEAR) is TLP.CLEAR
    source = IntelRecord(kind="source", ref="s", name="s", data={"ref": "s", "tlp": "red"}, tlp=TLP.GREEN)
    assert judge_tlp(source) is TLP.RED
