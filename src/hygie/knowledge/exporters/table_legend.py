"""The first sheet of an exported workbook: marking, provenance, how to read the others; in English and French."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date

from hygie.core.evidence import TLP
from hygie.knowledge.flat_columns import RECORD_COLUMNS, Form, list_columns
from hygie.knowledge.kinds import Kind

__all__ = ["iterate_legend", "show_marking"]

_FORMS: Mapping[Form, tuple[str, str]] = {
    "text": ("text", "texte"),
    "ref": ("reference", "référence"),
    "date": ("date: YYYY, YYYY-MM or YYYY-MM-DD", "date\u00a0: AAAA, AAAA-MM ou AAAA-MM-JJ"),
    "whole": ("whole number", "nombre entier"),
    "number": ("number", "nombre"),
    "flag": ("true or false", "true (vrai) ou false (faux)"),
    "list": ("list, divided by semicolons", "liste, séparée par des points-virgules"),
    "json": ("list in JSON", "liste en JSON"),
}

_NOTES = (
    (
        "A blank cell means not reported, never zero. Columns without any value are hidden.",
        "Une cellule vide signifie non renseigné, jamais zéro. Les colonnes sans aucune valeur sont masquées.",
    ),
    (
        "An apostrophe that stands before a sign of calculation keeps a text from being run; the import removes it.",
        "Une apostrophe placée devant un signe de calcul empêche d’exécuter un texte\u00a0; l’import la retire.",
    ),
    (
        "Amounts are in the unit that stands in the column beside them; dates are text.",
        "Les montants sont dans l’unité de la colonne voisine\u00a0; les dates sont du texte.",
    ),
)


def show_marking(level: TLP) -> str:
    """Return a level as documents state it.

    >>> show_marking(TLP.AMBER_STRICT)
    'TLP:AMBER+STRICT'
    """
    return f"TLP:{level.value.upper()}"


def iterate_legend(
    written: Mapping[Kind, int], *, marking: TLP, ceiling: TLP, exported_on: date, provenance: Mapping[str, str]
) -> Iterator[tuple[str, ...]]:
    """Yield the rows of the sheet: English, French, value; then column by column what the others hold.

    Parameters
    ----------
    written
        Number of records by kind [1].
    """
    yield "Marking of this file", "Marquage de ce fichier", show_marking(marking)
    yield "Nothing above", "Rien au-dessus de", show_marking(ceiling)
    yield "Exported on", "Exporté le", exported_on.isoformat()
    for label, text in provenance.items():
        yield label, label, text
    for kind, count in written.items():
        yield f"Records on the sheet {kind}", f"Objets de la feuille {kind}", str(count)
    yield from _NOTES
    yield ()
    yield "Column · Colonne", "Holds", "Contient", "Values · Valeurs"
    for kind in written:
        for column in (*list_columns(kind), *RECORD_COLUMNS):
            english, french = _FORMS[column.form]
            yield f"{kind}: {column.name}", english, french, ", ".join(column.allowed)
