"""Message catalogues: English in the code, French in ``locale/fr/LC_MESSAGES``.

``hygie.po`` holds what interfaces say, ``errors.po`` the texts of errors and findings (see `hygie.views.error_words`).
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from importlib.resources import files
from io import BytesIO
from typing import Literal

from babel.messages.pofile import read_po

__all__ = ["LANGUAGES", "Language", "Translate", "read_catalogue", "translator"]

Language = Literal["fr", "en"]
LANGUAGES: tuple[Language, ...] = ("fr", "en")

Translate = Callable[..., str]


@cache
def read_catalogue(language: str, *, domain: str = "hygie") -> dict[str, str]:
    """Return the texts of a domain, each with its translation."""
    source = files("hygie.views") / "locale" / language / "LC_MESSAGES" / f"{domain}.po"
    catalogue = read_po(BytesIO(source.read_bytes()), locale=language)
    return {str(message.id): str(message.string) for message in catalogue if message.id and message.string}


def translator(language: str) -> Translate:
    """Return ``_(text, **values)`` for a language: the translated text with its values filled in.

    >>> translator("fr")("Result saved in {path}", path="results")
    'Résultat enregistré dans results'
    """
    words = read_catalogue(language) if language != "en" else {}

    def translate(text: str, /, **values: object) -> str:
        return words.get(text, text).format(**values)

    return translate
