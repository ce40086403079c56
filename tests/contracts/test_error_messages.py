"""Every text that an error can be made of exists in French, with the same values, and none is left over."""

from __future__ import annotations

import importlib
import re
import sys
from pathlib import Path
from types import ModuleType

import pytest
import yaml

from hygie.views.error_words import translate_text
from hygie.views.messages import read_catalogue

SCRIPTS = Path(__file__).parents[2] / "docs" / "_scripts"
PLACEHOLDER = re.compile(r"(?<!\{)\{(\w+)\}(?!\})")
NARROW, NO_BREAK = "\u202f", "\u00a0"
# Modules whose texts have no French yet, as they stand in the list of the script. It only ever gets shorter.
UNCOVERED: frozenset[str] = frozenset()


@pytest.fixture(scope="module")
def script() -> ModuleType:
    sys.path.insert(0, str(SCRIPTS))
    try:
        return importlib.import_module("list_error_texts")
    finally:
        sys.path.remove(str(SCRIPTS))


@pytest.fixture(scope="module")
def texts(script: ModuleType) -> dict[tuple[str, ...], str]:
    found = script.list_error_texts()
    return {key: entry.text for key, entry in found.items() if entry.place.rpartition(":")[0] not in UNCOVERED}


@pytest.fixture(scope="module")
def french() -> dict[str, str]:
    return read_catalogue("fr", domain="errors")


def test_every_text_is_translated_and_none_is_left_over(
    script: ModuleType, texts: dict[tuple[str, ...], str], french: dict[str, str]
) -> None:
    known = {script.key_of(text): text for text in french}
    assert len(known) == len(french), "two entries are recognised by the same literals"
    missing = [text for key, text in texts.items() if key not in known]
    assert not missing, "python docs/_scripts/list_error_texts.py --missing writes these entries"
    assert not [text for key, text in known.items() if key not in texts], "no error has these texts any more"


def test_texts_are_found_wherever_they_are_written(texts: dict[tuple[str, ...], str]) -> None:
    found = set(texts.values())
    assert len(found) > 2000
    # A call, a condition in an f-string, a table of the module, a helper, a method, a validator, a library.
    for text in (
        "no such file",
        "this is a folder",
        "{name} must be a whole number",
        "the provider gave no identity",
        "quantiles of a lognormal are positive and increase",
        "two sites have the same FINESS number",
        "the facility cannot be its own neighbour ({id})",
        "did you mean “{matches}”?",
        "Input should be greater than or equal to {ge}",
        "No space left on device",
    ):
        assert text in found, text


def test_texts_listed_by_hand_are_still_written_somewhere(script: ModuleType) -> None:
    listed = yaml.safe_load((SCRIPTS / "library_texts.yaml").read_text(encoding="utf-8"))["built"]
    written = "".join(path.read_text(encoding="utf-8") for path in script.PACKAGE.rglob("*.py"))
    for text in listed:
        for literal in script.key_of(text):
            assert literal.strip(" ,;:“”") in written, text


def test_every_text_is_recognised_in_what_it_becomes(french: dict[str, str]) -> None:
    for english, text in french.items():
        values = {name: f"v{rank}" for rank, name in enumerate(PLACEHOLDER.findall(english))}
        made = english.format(**values)
        # A single word is data.
        if " " in made:
            assert translate_text(made, "fr") == text.format(**values)


def test_translations_use_the_same_values(french: dict[str, str]) -> None:
    for english, text in french.items():
        assert sorted(PLACEHOLDER.findall(english)) == sorted(PLACEHOLDER.findall(text)), english
        names = PLACEHOLDER.findall(english)
        assert len(set(names)) == len(names), english
        # Both must be well-formed for `str.format`.
        text.format(**dict.fromkeys(names, "x"))


def test_french_typography(french: dict[str, str]) -> None:
    for text in french.values():
        # Code keeps its signs: what stands in back quotes, addresses, and the list with a semicolon.
        plain = re.sub(r"`[^`]*`|\w+://\S+|premier; second", "", text)
        assert not re.search(r"\w'\w", plain), text
        assert "“" not in plain, text
        assert "”" not in plain, text
        assert not re.search(r" [:;!?»](\s|$)", plain), text
        assert not re.search(r"«(?!\u202f)|(?<!\u202f)»", plain), text
        assert not re.search(r"\d ?%(?!\w)", plain), text
        assert not re.search(r"\w[;!?](\s|$)", plain), text


def test_nobody_is_addressed_as_a_friend(french: dict[str, str]) -> None:
    for text in french.values():
        assert not re.search(r"\b(tu|ton|tes|toi)\b", text), text
