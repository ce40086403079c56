"""What each change of a record did, field by field, read from the log and from what is said now."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from hygie.store.record_store import Change, StoredLayer
from hygie.views.intel import FieldStep, flatten_facts

__all__ = ["trace_fields"]

# The other actions leave what the origins say as it is.
_REWRITING = frozenset({"added", "joined", "changed", "retired", "created", "patched", "unpatched"})


def trace_fields(history: Sequence[Change], layers: Sequence[StoredLayer]) -> list[tuple[FieldStep, ...]]:
    """Return, for each change, the fields of its origin that it changed.

    The log keeps the layer before each change; the layer after it is the one before the next change of the same
    origin, or the one that stands now.
    """
    following: dict[str, Mapping[str, str]] = {layer.origin: _say(_content_of(layer)) for layer in layers}
    steps: list[tuple[FieldStep, ...]] = []
    for change in reversed(history):
        if change.action not in _REWRITING:
            steps.append(())
            continue
        after, before = following.get(change.origin, {}), _say(change.before or {})
        following[change.origin] = before
        steps.append(
            tuple(
                FieldStep(field=field, before=before.get(field), after=after.get(field))
                for field in sorted({*before, *after})
                if before.get(field) != after.get(field)
            )
        )
    return steps[::-1]


def _content_of(layer: StoredLayer) -> dict[str, Any]:
    if layer.patch is not None:
        return {"data": layer.patch, "is_patch": True}
    content = layer.content
    return {"data": content.data, "tlp": content.tlp, "pap": content.pap, "is_patch": False}


def _say(content: Mapping[str, Any]) -> dict[str, str]:
    """Return what a layer says as texts by field; a patch holds its markings and its facts side by side."""
    data = dict(content.get("data") or {})
    if content.get("is_patch"):
        marks = {name: data[name] for name in ("tlp", "pap", "name") if name in data}
        data = data.get("data", {})
    else:
        marks = {name: content[name] for name in ("tlp", "pap") if content.get(name) is not None}
    # A marking lies beside the facts, which may hold a field of the same name.
    return {**dict(flatten_facts(data)), **{name.upper(): str(value) for name, value in marks.items()}}
