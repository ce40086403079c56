"""Which marking a document bears: never below that of the knowledge behind it."""

from __future__ import annotations

from collections.abc import Iterable

from hygie.core.errors import UsageError
from hygie.core.evidence import TLP
from hygie.knowledge.markings import exceeds_ceiling, read_tlp, strictest_tlp
from hygie.report.document_words import show_tlp

__all__ = ["NAMED", "choose_marking", "parse_tlp"]

# What a named organisation lacks concerns it and those whom it chooses, unless it decides otherwise.
NAMED = TLP.AMBER


def parse_tlp(text: str | None) -> TLP | None:
    """Return a marking from an option: ``amber``, ``TLP:AMBER``.

    Raises
    ------
    UsageError
        Not a marking.
    """
    if text is None:
        return None
    found = read_tlp(text if text.lower().startswith("tlp") else f"tlp:{text}")
    if found is None:
        raise UsageError(
            "this is not a marking",
            field="--tlp",
            value=text,
            allowed=", ".join(level.value for level in TLP),
            repair="write --tlp amber",
        )
    return found


def choose_marking(marks: Iterable[TLP | None], *, wanted: TLP | None, usual: TLP = TLP.CLEAR) -> TLP:
    """Return the marking of a document: the one asked for, or the usual one; never below that of its sources.

    Figures cannot be taken out of what was computed with them, so a document is never marked below its sources.

    Raises
    ------
    UsageError
        A marking is asked for that is below that of the sources.
    """
    floor = strictest_tlp(marks) or TLP.CLEAR
    if wanted is None:
        return usual if exceeds_ceiling(usual, ceiling=floor) else floor
    if exceeds_ceiling(floor, ceiling=wanted):
        raise UsageError(
            f"this result was computed with knowledge marked {show_tlp(floor)}, which it cannot be freed of",
            field="--tlp",
            value=wanted.value,
            allowed=f"{floor.value} or stricter",
            repair="leave --tlp out, or make the result again without the pack that holds this knowledge",
        )
    return wanted
