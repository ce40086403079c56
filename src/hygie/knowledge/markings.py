"""Markings of information: how far it may travel (TLP) and what may be done with it (PAP), and their order."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import get_args

from hygie.core.evidence import TLP
from hygie.knowledge.kinds import PAP, IntelRecord

__all__ = [
    "DEFAULT_UNMARKED",
    "exceeds_ceiling",
    "exceeds_pap",
    "judge_tlp",
    "read_pap",
    "read_tlp",
    "strictest_pap",
    "strictest_tlp",
]

# What carries no marking may have been shared in confidence: it travels as far as TLP:AMBER, no further.
DEFAULT_UNMARKED = TLP.AMBER

# They say how to handle and how to read other objects, and nothing of the world: unmarked, they travel with these.
_DEFINITIONS = frozenset({"marking-definition", "extension-definition"})

_TLP_ORDER: Mapping[TLP, int] = {level: rank for rank, level in enumerate(TLP)}
_PAP_LEVELS: tuple[PAP, ...] = get_args(PAP)

_TLP_TEXT = re.compile(
    r"\s*tlp[:=](?:[0-9.]+:)?\"?(white|clear|green|amber\+strict|amber-strict|amber|red)\"?\s*", re.I
)
_PAP_TEXT = re.compile(r"\s*pap[:=]\"?(white|clear|green|amber|red)\"?\s*", re.I)


def read_tlp(text: str) -> TLP | None:
    """Return the level that a text such as ``TLP:AMBER+STRICT`` states, or None; WHITE of TLP 1 is CLEAR of TLP 2.

    >>> read_tlp("tlp:white")
    <TLP.CLEAR: 'clear'>
    """
    match = _TLP_TEXT.fullmatch(text)
    if match is None:
        return None
    word = match[1].lower().replace("amber-strict", "amber+strict")
    return TLP.CLEAR if word == "white" else TLP(word)


def read_pap(text: str) -> PAP | None:
    """Return the level that a text such as ``PAP:GREEN`` states, or None.

    >>> read_pap("PAP:RED")
    'red'
    """
    match = _PAP_TEXT.fullmatch(text)
    if match is None:
        return None
    word = match[1].lower()
    return next((level for level in _PAP_LEVELS if level == ("clear" if word == "white" else word)), None)


def strictest_tlp(levels: Iterable[TLP | None]) -> TLP | None:
    """Return the most restricted level, or None when none is stated."""
    return max((level for level in levels if level is not None), key=_TLP_ORDER.__getitem__, default=None)


def strictest_pap(levels: Iterable[PAP | None]) -> PAP | None:
    """Return the most restricted level, or None when none is stated."""
    return max((level for level in levels if level is not None), key=_PAP_LEVELS.index, default=None)


def exceeds_ceiling(level: TLP, *, ceiling: TLP) -> bool:
    """Return whether information at `level` may not travel under `ceiling`.

    >>> exceeds_ceiling(TLP.AMBER_STRICT, ceiling=TLP.AMBER)
    True
    """
    return _TLP_ORDER[level] > _TLP_ORDER[ceiling]


def exceeds_pap(level: PAP | None, *, ceiling: PAP | None) -> bool:
    """Return whether the permitted actions are fewer than `ceiling` asks for.

    Few publishers use PAP: what carries none is not restricted by it.
    """
    if level is None or ceiling is None:
        return False
    return _PAP_LEVELS.index(level) > _PAP_LEVELS.index(ceiling)


def judge_tlp(record: IntelRecord, *, unmarked: TLP = DEFAULT_UNMARKED) -> TLP:
    """Return the level under which a record travels: the strictest that it states, `unmarked` when it states none.

    Definitions of markings and extensions are TLP:CLEAR unless they state more. A source also states a level among its
    facts.
    """
    stated = [record.tlp]
    if record.kind == "source" and isinstance(record.data.get("tlp"), str):
        stated.append(TLP(record.data["tlp"]))
    defines = record.kind == "other" and record.data.get("type") in _DEFINITIONS
    return strictest_tlp(stated) or (TLP.CLEAR if defines else unmarked)
