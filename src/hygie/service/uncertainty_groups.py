"""Sources of what is not known: every estimate and every column drawn beside them belongs to a group by its prefix."""

from __future__ import annotations

from hygie.core.errors import ModelError

__all__ = ["GROUPS", "GROUP_LABELS", "group_of"]

GROUPS: dict[str, tuple[str, ...]] = {
    "frequency": ("threat", "state", "context", "level", "actor"),
    "attack": ("attack", "crossing", "entry", "needs"),
    "controls": ("control",),
    "recovery": ("recovery", "cut", "care", "service", "impact", "exposure"),
    "money": ("cost", "finance", "decision"),
    "shared": ("provider", "campaign", "link", "stakes"),
}
"""First word of an id, by group; `level` and `actor` are columns of the fitted counts and shares."""

GROUP_LABELS = {
    "frequency": "How often attacks come, and for whom",
    "attack": "How an attack goes",
    "controls": "Controls: how much they do, and which are there",
    "recovery": "Recovery and care",
    "money": "Prices and finance",
    "shared": "Shared events: providers, campaigns, links",
}

_GROUP_OF = {prefix: group for group, prefixes in GROUPS.items() for prefix in prefixes}


def group_of(name: str) -> str:
    """Return the group of an estimate or column.

    Raises
    ------
    ModelError
        Its first word is in no group.
    """
    prefix = name.partition(".")[0]
    if prefix not in _GROUP_OF:
        raise ModelError(
            f"“{name}” belongs to no source of uncertainty", allowed=", ".join(_GROUP_OF), repair="add its first word"
        )
    return _GROUP_OF[prefix]
