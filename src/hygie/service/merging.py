"""Two versions of a document that come from one: what each changed, and both together where they do not clash."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from hygie.views.application import FieldDifference

__all__ = ["list_differences", "merge"]


class _Absent:
    """Stands for a field that is not there."""


_ABSENT = _Absent()


def list_differences(base: Any, theirs: Any, mine: Any) -> list[FieldDifference]:
    """Return the fields in which two versions differ, by dotted path; who moved each one from the base.

    Mappings are compared field by field, and so are lists of the same length in all three versions. Without a common
    base, what differs counts as changed by both.
    """
    found: list[FieldDifference] = []
    _compare(base, theirs, mine, path="", found=found)
    return found


def merge(base: Any, theirs: Any, mine: Any) -> Any | None:
    """Return both changes together; None where both moved the same field, each to another value."""
    if base is None or any(row.changed_by == "both" for row in list_differences(base, theirs, mine)):
        return None
    return _join(base, theirs, mine)


def _children(value: Any) -> list[Any] | None:
    if isinstance(value, Mapping):
        return list(value)
    return list(range(len(value))) if isinstance(value, list) else None


def _alike(*values: Any) -> bool:
    """Return whether values can be walked together."""
    if all(isinstance(value, Mapping) for value in values):
        return True
    return all(isinstance(value, list) for value in values) and len({len(value) for value in values}) == 1


def _pick(value: Any, key: Any) -> Any:
    if isinstance(value, Mapping):
        return value.get(key, _ABSENT)
    return value[key]


def _keys(*values: Any) -> list[Any]:
    return list(dict.fromkeys(key for value in values for key in _children(value) or ()))


def _show(value: Any) -> Any:
    return None if value is _ABSENT else value


def _compare(base: Any, theirs: Any, mine: Any, *, path: str, found: list[FieldDifference]) -> None:
    if theirs == mine:
        return
    if _alike(base, theirs, mine):
        for key in _keys(mine, theirs, base):
            inner = f"{path}.{key}" if path else str(key)
            _compare(_pick(base, key), _pick(theirs, key), _pick(mine, key), path=inner, found=found)
        return
    if base is None and path == "" and _alike(theirs, mine):
        for key in _keys(mine, theirs):
            _compare(_ABSENT, _pick(theirs, key), _pick(mine, key), path=str(key), found=found)
        return
    by = "mine" if theirs == base else "theirs" if mine == base else "both"
    found.append(
        FieldDifference.model_validate(
            {"path": path, "base": _show(base), "theirs": _show(theirs), "mine": _show(mine), "changed_by": by}
        )
    )


def _join(base: Any, theirs: Any, mine: Any) -> Any:
    if theirs == mine or mine == base:
        return theirs
    if theirs == base:
        return mine
    joined = {key: _join(_pick(base, key), _pick(theirs, key), _pick(mine, key)) for key in _keys(mine, theirs, base)}
    if isinstance(base, list):
        return list(joined.values())
    return {key: value for key, value in joined.items() if value is not _ABSENT}
