"""French typography of what comes from packs."""

from __future__ import annotations

import pytest

from hygie.report.document import Cite, Paragraph, Table, Term
from hygie.report.study_terms import list_initials
from hygie.report.typography import mend_text, set_french


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("7 M€ ou plus", "7\u00a0M€ ou plus"),
        ("39 % des structures", "39\u202f% des structures"),
        ("un plan ; puis : « rien »", "un plan\u202f; puis\u00a0: «\u202frien\u202f»"),
        ("491 840 personnes", "491\u202f840 personnes"),
        ("en 2022 et 2023", "en 2022 et 2023"),
        ("l'hôpital", "l’hôpital"),
        ("déjà\u202f; bien", "déjà\u202f; bien"),
    ],
)
def test_spaces_do_not_break(text: str, wanted: str) -> None:
    assert mend_text(text) == wanted
    assert mend_text(wanted) == wanted


def test_names_addresses_and_commands_stay() -> None:
    paragraph = Paragraph(("a ; b", Cite("ref ; x"), Term("c ; d", "key ; y"), "hygie study ; x"))
    assert set_french(paragraph).text == (
        "a\u202f; b",
        Cite("ref ; x"),
        Term("c\u202f; d", "key ; y"),
        "hygie study ; x",
    )
    table = Table("id ; z", "titre ; x", (), ())
    assert (set_french(table).id, set_french(table).title) == ("id ; z", "titre\u202f; x")


def test_only_initials_that_are_used_are_explained() -> None:
    assert [entry.key for entry in list_initials("fr", ["Le CHU et l’ENISA"])] == ["enisa", "french_hospitals"]
    assert list_initials("en", ["nothing"]) == ()
