"""Texts of errors in French: recognised in whatever they carry, at a cost that hostile values do not raise."""

from __future__ import annotations

import time

import pytest

from hygie.core.errors import Finding, ModelError, SchemaError, suggest
from hygie.views.error_words import (
    LONGEST,
    render_error,
    render_finding,
    translate_finding,
    translate_rendered,
    translate_text,
)

NARROW, NO_BREAK = "\u202f", "\u00a0"


def plain(text: str) -> str:
    """Spell special spaces as ordinary ones, for readable expectations."""
    return text.replace(NARROW, " ").replace(NO_BREAK, " ")


@pytest.mark.parametrize(
    ("english", "french"),
    [
        ("the password is too short", "le mot de passe est trop court"),
        ("“beds_mco” must be a whole number", "« beds_mco » doit être un nombre entier"),
        ("this entry must be a list or a text", "cette entrée doit être une liste ou un texte"),
        ("unknown category “clinics”", "« clinics » n’est pas connu (catégorie)"),
        ("the file cannot be read: Permission denied", "le fichier ne peut être lu : accès refusé"),
        ("there is no facility “x”", "« x » n’existe pas (établissement)"),
        ("there is no facility revision 3 of “x”", "la révision 3 de « x » n’existe pas (établissement)"),
        ("Field required", "ce champ est obligatoire"),
        ("Input should be greater than or equal to 1", "la valeur doit être supérieure ou égale à 1"),
        ("Input should be 'fr' or 'en'", "la valeur doit être « fr » ou « en »"),
        ("String should have at least 2 characters", "le texte doit avoir au moins 2 caractères"),
        ("Value error, two providers have the same id", "valeur refusée : deux prestataires ont le même identifiant"),
        ("at most 200", "au plus 200"),
    ],
)
def test_texts_are_recognised(english: str, french: str) -> None:
    assert plain(translate_text(english, "fr")) == french
    assert translate_text(english, "en") == english


def test_unknown_texts_stay_as_they_are() -> None:
    for text in ("", " ", "nobody wrote this sentence", "{}", "{name}", "a, b or c d", "0 to nowhere at all"):
        assert translate_text(text, "fr") == text


def test_a_single_word_is_data() -> None:
    # Words of the catalogue stand in the middle of sentences; alone they name a field, a format, a file.
    for word in ("control", "site", "zone", "facility", "or"):
        assert translate_text(word, "fr") == word
    assert translate_text("no such file", "fr") == "ce fichier n’existe pas"


@pytest.mark.parametrize(
    "value",
    [
        "no such file",
        "the password is too short",
        "unknown field “x”",
        "{name}",
        "{0.__class__}",
        "{{",
        "}",
        "%s",
        "” must be a number",
        "<script>alert(1)</script>",
        "a\nb",
    ],
)
def test_values_in_quotes_are_kept_verbatim(value: str) -> None:
    found = translate_text(f"there is no scenario “{value}”", "fr")
    assert found == f"il n’y a pas de scénario «{NARROW}{value}{NARROW}»"


def test_the_most_literal_template_wins() -> None:
    # Also recognised by “… must be …”.
    said = translate_text("“date” must be a date written YYYY-MM-DD", "fr")
    assert plain(said) == "« date » doit être une date écrite AAAA-MM-JJ"


def test_short_templates_need_single_words() -> None:
    assert translate_text("1 to 12", "fr") == "1 à 12"
    assert translate_text("go to the end", "fr") == "go to the end"


def test_lists_are_joined_when_every_part_is_known() -> None:
    assert translate_text("a whole number or a text", "fr") == "un nombre entier ou un texte"
    assert translate_text("a whole number or the moon and stars", "fr") == "a whole number or the moon and stars"


@pytest.mark.parametrize(
    "text",
    [
        "x" * 1_000_000,
        "“" * LONGEST,
        "a or " * (LONGEST // 5),
        "there is no x x " * (LONGEST // 16),
        "unknown “" * (LONGEST // 9),
        "the file cannot be read: " * (LONGEST // 25),
        "Value error, " * (LONGEST // 13),
        ", " * (LONGEST // 2),
        "{}" * (LONGEST // 2),
        "at most 1" * (LONGEST // 9),
    ],
)
def test_hostile_texts_cost_little(text: str) -> None:
    translate_text("no such file", "fr")
    start = time.process_time()
    said = translate_text(text, "fr")
    assert time.process_time() - start < 0.5
    assert len(said) < 2 * len(text) + 100


def test_a_finding_keeps_its_place_and_its_value() -> None:
    finding = Finding(
        message="“beds” is too large",
        code="HYG-202",
        file="no such file",
        line=3,
        field="activity.beds",
        value="no such file",
        allowed="at most 3",
        repair=suggest("beds_mcco", ["beds_mco"]),
    )
    said = translate_finding(finding, "fr")
    assert (said.code, said.file, said.line, said.field, said.value) == (
        "HYG-202",
        "no such file",
        3,
        "activity.beds",
        "no such file",
    )
    assert plain(said.message) == "« beds » est trop grand"
    assert said.allowed == "au plus 3"
    assert plain(str(said.repair)) == "vouliez-vous dire « beds_mco » ?"
    assert translate_finding(finding, "en") is finding


def test_findings_are_printed_with_their_labels() -> None:
    error = SchemaError("the text is empty", file="a.yaml", line=2, field="name", value="", repair="give a value")
    assert plain(render_error(error, "fr")).splitlines() == [
        "[HYG-202] a.yaml:2 : le texte est vide",
        "    champ :   name",
        "    valeur :  ",
        "    remède :  donnez une valeur",
    ]
    assert render_error(error, "en") == str(error)
    assert render_finding(error.findings[0], "en") == error.findings[0].render()
    bare = ModelError("too few simulated years for the draws").findings[0]
    assert render_finding(bare, "fr") == "[HYG-300] trop peu d’années simulées pour les tirages"


def test_rendered_findings_are_said_again() -> None:
    error = SchemaError("the text is empty", file="C: no such file.yaml", line=2, allowed="at most 3", repair="odd")
    lines = plain(translate_rendered(str(error), "fr")).splitlines()
    assert lines == [
        "[HYG-202] C: no such file.yaml:2 : le texte est vide",
        "    admis :   au plus 3",
        "    remède :  odd",
    ]
    assert translate_rendered(str(error), "en") == str(error)
    assert translate_rendered("no finding at all", "fr") == "no finding at all"
