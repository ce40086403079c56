"""Words of texts and queries."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hygie.store.text_folding import fold_words


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("Été ETE été", ["ete"]),
        ("Œuvre œuvre oeuvre", ["oeuvre"]),
        ("İstanbul ISTANBUL ıstanbul", ["istanbul"]),
        ("Straße ﬁn x² ½", ["strasse", "fin", "x2", "1", "2"]),
        ("Łódź Ærø Đorđe Þór", ["lodz", "aero", "dorde", "thor"]),
        ("T1566.001 / CVE-2024-1", ["t1566", "001", "cve", "2024", "1"]),
        ("snake_case it's l’hôpital", ["snake", "case", "it", "s", "l", "hopital"]),
        ("e\u0301te\u0301 été", ["ete"]),
        ("Ελλάδα Δημοκρατία", ["ελλαδα", "δημοκρατια"]),
        ("🏥 … « » % * \x00 \ud800", []),
        ("", []),
        ("a" * 130, ["a" * 64, "aa"]),
    ],
)
def test_words_are_folded(text: str, words: list[str]) -> None:
    assert fold_words(text) == words


@settings(max_examples=300, deadline=None, derandomize=True, database=None)
@given(text=st.text(st.characters(codec=None)))
def test_folded_words_are_plain_and_fold_to_themselves(text: str) -> None:
    words = fold_words(text)

    # Nothing that either database would take for more than a word.
    assert all(word.isalnum() and len(word) <= 64 for word in words)
    assert set(fold_words(" ".join(words))) == set(words)
    "".join(words).encode()
