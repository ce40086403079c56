"""What a victim is called on a page."""

from __future__ import annotations

from hygie.knowledge.records import Victim
from hygie.views.landscape_words import label_of
from hygie.views.messages import translator

__all__ = ["name_victim"]


def name_victim(victim: Victim, language: str) -> str:
    """Return the name of a victim; what it is, and where, when no source names it.

    >>> name_victim(Victim(name="CH A", kind="ch"), "fr")
    'CH A'
    >>> name_victim(Victim(name="clinic (name withheld)", kind="private_clinic", town="Nice", unnamed=True), "en")
    'Private clinic, Nice (not named)'
    """
    if not victim.unnamed:
        return victim.name
    _ = translator(language)
    kind = label_of("kind", victim.kind, language)
    return _("{what} (not named)", what=f"{kind}, {victim.town}" if victim.town else kind)
