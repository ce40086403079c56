"""The glossary: every term in both languages, in plain words, in the order of the alphabet."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

import hygie
from document_kit import read_through, split_sentences
from document_samples import make_brief, make_document, make_long
from hygie.core.errors import UsageError
from hygie.report.glossary import TERM_KEYS, list_terms

PACKAGE = Path(hygie.__file__).parent


@pytest.mark.parametrize("language", ["fr", "en"])
def test_entries_are_plain_words(language: str) -> None:
    entries = list_terms(language, TERM_KEYS)
    assert len(entries) == len(TERM_KEYS) >= 45
    assert len({entry.term for entry in entries}) == len(entries)
    for entry in entries:
        assert entry.meaning.endswith(".")
        assert len(split_sentences(entry.meaning)) <= 3
        assert len(entry.meaning) <= 190, entry.key


def test_every_entry_is_translated() -> None:
    english = {entry.key: entry for entry in list_terms("en", TERM_KEYS)}
    for entry in list_terms("fr", TERM_KEYS):
        assert entry.meaning != english[entry.key].meaning


def test_order_is_that_of_a_dictionary() -> None:
    terms = [entry.term for entry in list_terms("fr", ["ehr", "edr", "exposure", "ehr", "extortion", "likely_range"])]
    assert terms == [
        "Détection et réponse sur les postes (EDR)",
        "Dossier patient informatisé (DPI)",
        "Exposition",
        "Fourchette probable",
        "Vol de données et chantage",
    ]


def test_unknown_term_is_refused_with_the_nearest() -> None:
    with pytest.raises(UsageError, match="no such term") as caught:
        list_terms("en", ["ransomwares"])
    assert "did you mean “ransomware”?" in str(caught.value)


def test_every_term_that_code_names_exists() -> None:
    """Each `Term(words, "key")` and each `list_terms` with literal keys, wherever documents are built."""
    named: set[str] = set()
    for source in PACKAGE.rglob("*.py"):
        for node in ast.walk(ast.parse(source.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "Term":
                keys = [*node.args[1:2], *(word.value for word in node.keywords if word.arg == "key")]
                named |= {key.value for key in keys if isinstance(key, ast.Constant)}
    assert named <= set(TERM_KEYS)


@pytest.mark.parametrize("language", ["fr", "en"])
@pytest.mark.parametrize("make", [make_document, make_brief, make_long])
def test_our_own_samples_read_well(language: str, make: object) -> None:
    assert read_through(make(language)) == []  # type: ignore[operator]


def test_texts_of_the_kit_would_be_noticed() -> None:
    """The reader notices what it is for."""
    from dataclasses import replace

    from hygie.report.document import Cite, Paragraph, Section, Term

    document = make_document("fr")
    long = "Il pleut " + "et il pleut encore " * 20 + "."
    wrong = {
        "Vraiment ?": "no narrow no-break space",
        "Il a dit : non": "no no-break space before :",
        "l'hôpital": "straight quotation mark",
        "deux  espaces": "doubled spaces",
        "Le taux est de 2.5 fois": "decimal point",
        "Il coûte 5 M€ environ": "plain space before a unit",
        "Le «\u202fmot»": "inside « »",
        "La DGOS le dit": "DGOS is not explained",
        "Un total de {count} cas": "a value not filled in",
        long: "a sentence of",
    }
    for text, message in wrong.items():
        found = read_through(replace(document, summary=(Paragraph((text,)),)))
        assert any(message in line for line in found), (text, found)
    odd = (Paragraph((Cite("nowhere"), Term("mot", "no_such_term"))), *document.summary)
    found = read_through(replace(document, summary=odd, sections=(*document.sections, Section("links", "Vide", ()))))
    for message in ("no source is called nowhere", "lacks no_such_term", "two parts are called links", "empty section"):
        assert any(message in line for line in found), message
    assert re.match("title: ", read_through(replace(document, title="Oui ?"))[0])
