"""Shares of a change: the laws that define Shapley values, for any figures."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from hygie.core.errors import ModelError
from hygie.core.shapley import MAX_CAUSES, split_change

FIGURES = st.floats(-1e6, 1e6)


def sets_of(causes: list[str]) -> list[frozenset[str]]:
    return [frozenset(come) for size in range(len(causes) + 1) for come in combinations(causes, size)]


@st.composite
def games(draw: st.DrawFn) -> tuple[list[str], dict[frozenset[str], NDArray[np.float64]]]:
    causes = list("abcde"[: draw(st.integers(0, 5))])
    return causes, {come: np.array(draw(st.lists(FIGURES, min_size=2, max_size=2))) for come in sets_of(causes)}


@given(games())
def test_parts_sum_to_the_change(game: tuple[list[str], dict[frozenset[str], NDArray[np.float64]]]) -> None:
    causes, value = game
    parts = split_change(value.__getitem__, causes)
    total = value[frozenset(causes)] - value[frozenset()]
    assert np.allclose(sum(parts.values(), start=np.zeros(2)), total, rtol=1e-12, atol=1e-9)


@given(games())
def test_a_cause_that_changes_nothing_gets_nothing(
    game: tuple[list[str], dict[frozenset[str], NDArray[np.float64]]],
) -> None:
    causes, value = game
    parts = split_change(lambda come: value[come - {"idle"}], [*causes, "idle"])
    assert not parts["idle"].any()
    alone = split_change(value.__getitem__, causes)
    assert all(np.allclose(parts[cause], alone[cause], rtol=1e-9, atol=1e-6) for cause in causes)


@given(st.lists(FIGURES, min_size=6, max_size=6))
def test_causes_that_do_the_same_get_the_same(figures: list[float]) -> None:
    """The value depends on how many of `a` and `b` have come, and on `c`."""
    parts = split_change(lambda come: np.array([figures[2 * len(come & {"a", "b"}) + ("c" in come)]]), ["a", "b", "c"])
    assert parts["a"] == pytest.approx(parts["b"], rel=1e-12, abs=1e-9)


def test_the_value_is_the_mean_over_all_orders() -> None:
    """Three causes, by hand: v(a)=1, v(b)=2, v(c)=0, v(ab)=4, v(ac)=1, v(bc)=5, v(abc)=9."""
    value = {"": 0.0, "a": 1.0, "b": 2.0, "c": 0.0, "ab": 4.0, "ac": 1.0, "bc": 5.0, "abc": 9.0}
    parts = split_change(lambda come: np.array([value["".join(sorted(come))]]), ["a", "b", "c"])
    # Orders abc, acb, bac, bca, cab, cba: a adds 1, 1, 2, 4, 1, 4; b adds 3, 8, 2, 2, 8, 5; c adds 5, 0, 5, 3, 0, 0.
    assert {name: float(part[0]) for name, part in parts.items()} == pytest.approx(
        {"a": 13 / 6, "b": 28 / 6, "c": 13 / 6}
    )


def test_each_set_is_asked_once() -> None:
    asked: list[frozenset[str]] = []

    def value(come: frozenset[str]) -> NDArray[np.float64]:
        asked.append(come)
        return np.array([float(len(come))])

    split_change(value, list("abcd"))
    assert sorted(asked, key=sorted) == sorted(sets_of(list("abcd")), key=sorted)


@pytest.mark.parametrize("causes", [[str(i) for i in range(MAX_CAUSES + 1)], ["a", "a"]])
def test_too_many_causes_are_refused(causes: list[str]) -> None:
    with pytest.raises(ModelError, match="cannot be told apart"):
        split_change(lambda _: np.zeros(1), causes)
