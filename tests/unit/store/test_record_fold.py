"""Folding layers and composing patches, without a database."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hygie.store.record_fold import (
    apply_patch,
    compose_patches,
    digest_content,
    drop_from_patch,
    fold_below,
    fold_layers,
    is_older,
)
from hygie.store.record_types import StoredLayer
from store_kit import content

NOW = datetime(2026, 11, 23, tzinfo=UTC)


def _layer(origin: str, rank: int, **fields: Any) -> StoredLayer:
    return StoredLayer(
        origin=origin,
        rank=rank,
        origin_version=None,
        content=content("a", **fields),
        is_patch=False,
        base_digest=None,
        patch=None,
        modified_at=NOW,
    )


# RFC 7396, appendix A; the cases whose target is no object come last.
@pytest.mark.parametrize(
    ("target", "patch", "result"),
    [
        ({"a": "b"}, {"a": "c"}, {"a": "c"}),
        ({"a": "b"}, {"b": "c"}, {"a": "b", "b": "c"}),
        ({"a": "b"}, {"a": None}, {}),
        ({"a": "b", "b": "c"}, {"a": None}, {"b": "c"}),
        ({"a": ["b"]}, {"a": "c"}, {"a": "c"}),
        ({"a": "c"}, {"a": ["b"]}, {"a": ["b"]}),
        ({"a": {"b": "c"}}, {"a": {"b": "d", "c": None}}, {"a": {"b": "d"}}),
        ({"a": [{"b": "c"}]}, {"a": [1]}, {"a": [1]}),
        (["a", "b"], ["c", "d"], ["c", "d"]),
        ({"a": "b"}, ["c"], ["c"]),
        ({"a": "foo"}, None, None),
        ({"a": "foo"}, "bar", "bar"),
        ({"e": None}, {"a": 1}, {"e": None, "a": 1}),
        ([1, 2], {"a": "b", "c": None}, {"a": "b"}),
        ({}, {"a": {"bb": {"ccc": None}}}, {"a": {"bb": {}}}),
    ],
)
def test_patches_are_applied_as_rfc_7396_says(target: Any, patch: Any, result: Any) -> None:
    assert apply_patch(target, patch) == result


values = st.recursive(
    st.one_of(st.integers(0, 3), st.lists(st.integers(0, 2), max_size=2)),
    lambda inner: st.dictionaries(st.sampled_from("abc"), inner, max_size=3),
    max_leaves=8,
)
patches = st.recursive(
    st.one_of(st.none(), st.integers(4, 6)),
    lambda inner: st.dictionaries(st.sampled_from("abc"), inner, max_size=3),
    max_leaves=8,
)


@settings(max_examples=500, deadline=None, derandomize=True, database=None)
@given(
    base=st.dictionaries(st.sampled_from("abc"), values, max_size=3),
    first=st.dictionaries(st.sampled_from("abc"), patches, max_size=3),
    then=st.dictionaries(st.sampled_from("abc"), patches, max_size=3),
)
def test_a_composed_patch_does_what_both_do(base: Any, first: Any, then: Any) -> None:
    composed = compose_patches(first, then, base=base)

    assert apply_patch(base, composed) == apply_patch(apply_patch(base, first), then)


@pytest.mark.parametrize(
    ("path", "left"),
    [
        (["a"], {"b": {"c": 1, "d": {"e": None}}}),
        (["b", "c"], {"a": None, "b": {"d": {"e": None}}}),
        (["b", "d", "e"], {"a": None, "b": {"c": 1}}),
        (["b"], {"a": None}),
        (["x"], None),
        (["a", "x"], None),
        (["b", "c", "x"], None),
        ([""], None),
    ],
)
def test_a_part_of_a_patch_is_dropped(path: list[str], left: dict[str, Any] | None) -> None:
    assert drop_from_patch({"a": None, "b": {"c": 1, "d": {"e": None}}}, path) == left


def test_layers_are_folded_by_rank_and_origin_whatever_their_order() -> None:
    layers = [_layer("b", 20, x=1, y=1, z=1), _layer("c", 20, x=2, y=2), _layer("a", 30, x=3)]

    folded = fold_below(layers)

    assert folded.data == {"ref": "a", "x": 3, "y": 2, "z": 1}
    assert fold_below(layers[::-1]) == folded


def test_a_layer_that_only_has_a_ref_for_a_name_does_not_name_the_record() -> None:
    assert fold_below([_layer("a", 20, name="Log4Shell"), _layer("b", 30, epss=0.9)]).name == "Log4Shell"
    assert fold_below([_layer("a", 20, x=1), _layer("b", 30, x=2)]).name == "a"


def test_document_and_stamp_come_from_the_highest_layer_that_has_them() -> None:
    stix = _layer("a", 20, document={"type": "x"}, document_format="stix-2.1", stamp="2024-01-01T00:00:00Z")
    folded = fold_below([stix, _layer("b", 30, x=1)])

    assert (folded.document, folded.document_format, folded.stamp) == (
        {"type": "x"},
        "stix-2.1",
        "2024-01-01T00:00:00Z",
    )


@pytest.mark.parametrize(
    ("low", "high", "marking"),
    [
        ("clear", "red", "red"),
        ("amber+strict", "amber", "amber+strict"),
        ("green", None, "green"),
        (None, "green", "green"),
        (None, None, None),
        ("unheard of", "red", "unheard of"),
    ],
)
def test_the_strictest_marking_of_what_shows_counts(low: str | None, high: str | None, marking: str | None) -> None:
    shows = [_layer("a", 20, tlp=low, x=1), _layer("b", 30, tlp=high, y=1)]

    assert fold_below(shows).tlp == marking
    assert fold_below(shows, joined=[]).tlp == marking


def test_a_marking_of_what_is_hidden_does_not_count() -> None:
    hidden = [_layer("a", 20, tlp="red", pap="red", x=1), _layer("b", 30, tlp="clear", pap="clear", x=2)]

    assert (fold_below(hidden).tlp, fold_below(hidden).pap) == ("clear", "clear")


def test_evidence_of_all_layers_is_kept() -> None:
    layers = [_layer("a", 20, evidence=["e1", "e2"], x=1, tlp="red"), _layer("b", 30, evidence=["e2", "e3"], x=2)]

    folded = fold_below(layers)

    assert folded.data["evidence"] == ["e2", "e3", "e1"]
    assert folded.tlp == "red"


def test_one_layer_speaks_for_itself() -> None:
    layer = _layer("a", 20, x=1, tlp="green")

    folded = fold_layers([layer], joined=[], name_of=lambda data: "never asked")

    assert (folded.data, folded.digest) == (layer.content.data, layer.content.digest)
    assert digest_content(folded) == layer.content.digest


@pytest.mark.parametrize(
    ("stamp", "than", "older"),
    [
        ("2024-01-01", "2024-01-02", True),
        ("2024-01-02", "2024-01-01", False),
        ("2024-01-01T00:00:00.123456789Z", "2024-01-01T00:00:00.2Z", True),
        ("2024-01-01T01:00:00+01:00", "2024-01-01T00:30:00Z", True),
        ("2024-01-01T00:00:00Z", "20240101T000000Z", False),
        ("soon", "2024-01-01", False),
        (None, "2024-01-01", False),
        ("2024-01-01", None, False),
    ],
)
def test_older_stamps(stamp: str | None, than: str | None, older: bool) -> None:
    assert is_older(stamp, than) is older
