"""JSON that both databases give back as it was put."""

from __future__ import annotations

import json
from datetime import date
from types import MappingProxyType
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hygie.core.errors import SchemaError
from hygie.store.json_text import clean_json, clean_text, digest_json, encode_json

anything = st.recursive(
    st.one_of(
        st.none(),
        st.booleans(),
        st.integers(),
        st.floats(allow_nan=False, allow_infinity=False),
        st.text(st.characters(codec=None), max_size=8),
    ),
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(st.text(max_size=3), inner, max_size=3)),
    max_leaves=10,
)


def test_the_same_content_gives_the_same_text() -> None:
    assert encode_json({"b": 1, "a": ["é", None, True]}) == '{"a":["é",null,true],"b":1}'
    assert encode_json(MappingProxyType({"a": MappingProxyType({"b": 1})})) == '{"a":{"b":1}}'
    assert digest_json({"a": 1, "b": 2}) == digest_json({"b": 2, "a": 1})


@settings(max_examples=300, deadline=None, derandomize=True, database=None)
@given(value=anything)
def test_what_is_cleaned_stays_clean(value: Any) -> None:
    cleaned, text = clean_json(value)

    assert json.loads(text) == cleaned
    assert clean_json(cleaned) == (cleaned, text)
    text.encode()
    assert "\\u0000" not in text.replace("\\\\", "")


def test_what_is_clean_is_not_touched() -> None:
    value = {"a": "C:\\u0000", "b": 1e15, "c": -0.05, "d": "e+", "e": 10**30}

    assert clean_json(value)[0] == value


def test_texts_keep_their_letters() -> None:
    assert clean_text("é🏥\n\x00\ud800") == "é🏥\n\ufffd\ufffd"


def test_nesting_without_end_is_refused() -> None:
    value: list[Any] = []
    for _ in range(100_000):
        value = [value]

    with pytest.raises(SchemaError, match="cannot be kept as JSON"):
        encode_json(value)


@pytest.mark.parametrize("value", [float("nan"), float("-inf"), date(2024, 1, 1), {1, 2}, b"x"])
def test_what_is_not_json_is_refused(value: Any) -> None:
    with pytest.raises(SchemaError, match="cannot be kept as JSON"):
        encode_json({"a": value})
