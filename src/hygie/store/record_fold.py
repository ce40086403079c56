"""From layers to the effective record: who speaks last, what a patch changes, what a merge unites."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from hygie.core.evidence import TLP
from hygie.store.json_text import digest_json, encode_json
from hygie.store.record_types import LayerContent, StoredLayer

__all__ = [
    "PAP_ORDER",
    "TLP_ORDER",
    "UNITED",
    "Effective",
    "apply_patch",
    "compose_patches",
    "digest_content",
    "drop_from_patch",
    "fold_below",
    "fold_layers",
    "is_older",
]

TLP_ORDER: tuple[str, ...] = tuple(level.value for level in TLP)
PAP_ORDER: tuple[str, ...] = ("clear", "green", "amber", "red")

# Lists of which a merge keeps both sides.
UNITED = frozenset({"aliases", "attack_ids", "evidence", "ids", "techniques"})
# Descriptions of one thing, part by part: a merge fills the parts that one side leaves open. A figure and its unit, or
# a text in two languages, are not taken apart.
FILLED = frozenset({"victim"})
UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True, kw_only=True)
class Effective:
    """What the layers of a record say together."""

    ref: str
    name: str
    data: Mapping[str, Any]
    tlp: str | None
    pap: str | None
    document: Mapping[str, Any] | None
    document_format: str | None
    stamp: str | None
    digest: str


def fold_layers(
    layers: Sequence[StoredLayer], *, joined: Sequence[Effective], name_of: Callable[[Mapping[str, Any]], str]
) -> Effective:
    """Fold layers, in the order of rank and origin; what was merged in fills gaps, a patch has the last word.

    Parameters
    ----------
    layers
        At least one that is not a patch.
    joined
        Effective records that were merged into this one, in the order of their refs.
    name_of
        Returns what a person calls the object with these data.
    """
    below = fold_below(layers, joined=joined)
    patch = next((layer.patch for layer in layers if layer.patch is not None), None)
    if patch is None:
        return below
    said = apply_patch(_judged_part(below), patch)
    name = said["name"]
    if "name" not in patch:
        # A patch of the field that the name comes from renames the record.
        former, present = name_of(below.data), name_of(said["data"])
        name = name if former == present else present
    return _seal(below, name=name, data=said["data"], tlp=said.get("tlp"), pap=said.get("pap"))


def fold_below(layers: Sequence[StoredLayer], *, joined: Sequence[Effective] = ()) -> Effective:
    """Fold layers without the analyst's patch."""
    contents = [layer.content for layer in sorted(layers, key=_rank_layer) if layer.patch is None]
    top = contents[-1]
    if len(contents) == 1 and not joined:
        return Effective(
            ref=top.ref,
            name=top.name,
            data=top.data,
            tlp=top.tlp,
            pap=top.pap,
            document=top.document,
            document_format=top.document_format,
            stamp=top.stamp,
            digest=top.digest,
        )
    data: dict[str, Any] = {}
    speakers: dict[str, LayerContent] = {}
    for content in contents:
        data.update(content.data)
        speakers.update(dict.fromkeys(content.data, content))
    speakers.pop("ref", None)
    cited = [content for content in reversed(contents) if content.data.get("evidence")]
    if cited:
        # What several say rests on the sources of all of them.
        data["evidence"] = list(dict.fromkeys(ref for content in cited for ref in content.data["evidence"]))
    documented = next((content for content in reversed(contents) if content.document is not None), top)
    named = next((content for content in reversed(contents) if content.name != content.ref), top)
    # A record that shows a word of a restricted source is restricted as that source is.
    heard = {id(content): content for content in (*speakers.values(), *cited, documented, named, top)}.values()
    effective = Effective(
        ref=top.ref,
        name=named.name,
        data=data,
        tlp=_find_strictest((content.tlp for content in heard), TLP_ORDER),
        pap=_find_strictest((content.pap for content in heard), PAP_ORDER),
        document=documented.document,
        document_format=documented.document_format,
        stamp=next((content.stamp for content in reversed(contents) if content.stamp is not None), None),
        digest="",
    )
    for other in joined:
        effective = _join(effective, other)
    return _seal(effective)


def apply_patch(target: Any, patch: Any) -> Any:
    """Return `target` with a JSON merge patch applied (RFC 7396, section 2)."""
    if not isinstance(patch, Mapping):
        return patch
    result = dict(target) if isinstance(target, Mapping) else {}
    for key, value in patch.items():
        if value is None:
            result.pop(key, None)
        else:
            result[key] = apply_patch(result.get(key), value)
    return result


def compose_patches(first: Any, then: Any, *, base: Any) -> Any:
    """Return the one patch that does to `base` what `first` and `then` do one after the other.

    A merge patch cannot say "this mapping and nothing else": where `first` took a mapping away and `then` gives a
    new one, the keys of `base` are removed by name.
    """
    if not isinstance(then, Mapping):
        return then
    if not isinstance(first, Mapping):
        return _replace_whole(base, apply_patch(None, then))
    result = dict(first)
    for key, value in then.items():
        under = base.get(key) if isinstance(base, Mapping) else None
        result[key] = compose_patches(first[key], value, base=under) if key in first else value
    return result


def _replace_whole(base: Any, value: Any) -> Any:
    """Return the patch that puts a value in the place of another, and leaves nothing of it."""
    if not isinstance(value, Mapping) or not isinstance(base, Mapping):
        return value
    return {**dict.fromkeys(base), **{key: _replace_whole(base.get(key), part) for key, part in value.items()}}


def drop_from_patch(patch: Mapping[str, Any], path: Sequence[str]) -> dict[str, Any] | None:
    """Return a patch without what it says at a path; None when it says nothing there."""
    key, *rest = path
    if key not in patch:
        return None
    if not rest:
        return {name: value for name, value in patch.items() if name != key}
    if not isinstance(patch[key], Mapping):
        return None
    inner = drop_from_patch(patch[key], rest)
    if inner is None:
        return None
    return {name: (inner if name == key else value) for name, value in patch.items() if name != key or inner}


def is_older(stamp: str | None, than: str | None) -> bool:
    """Return whether a publisher's version is older than another; False when one of them states no instant.

    >>> is_older("2024-05-01T00:00:00Z", "2024-05-01T00:00:00.000Z")
    False
    """
    if stamp is None or than is None or stamp == than:
        return False
    try:
        return _read_instant(stamp) < _read_instant(than)
    except ValueError:
        return False


def digest_content(effective: Effective | LayerContent) -> str:
    """Return the SHA-256 of everything that a record says."""
    said = (effective.name, effective.data, effective.tlp, effective.pap)
    return digest_json([*said, effective.document, effective.document_format, effective.stamp])


def _rank_layer(layer: StoredLayer) -> tuple[int, str]:
    return layer.rank, layer.origin


def _judged_part(effective: Effective) -> dict[str, Any]:
    return {"data": effective.data, "tlp": effective.tlp, "pap": effective.pap, "name": effective.name}


def _join(keep: Effective, other: Effective) -> Effective:
    data = _fill(keep.data, other.data)
    for key in FILLED & keep.data.keys() & other.data.keys():
        mine, theirs = keep.data[key], other.data[key]
        if isinstance(mine, Mapping) and isinstance(theirs, Mapping):
            data[key] = _fill(mine, theirs)
    for key in UNITED & keep.data.keys() & other.data.keys():
        mine, theirs = keep.data[key], other.data[key]
        if isinstance(mine, list) and isinstance(theirs, list):
            data[key] = list({encode_json(item): item for item in (*mine, *theirs)}.values())
    return Effective(
        ref=keep.ref,
        name=other.name if keep.name == keep.ref and other.name != other.ref else keep.name,
        data=data,
        tlp=_find_strictest((keep.tlp, other.tlp), TLP_ORDER),
        pap=_find_strictest((keep.pap, other.pap), PAP_ORDER),
        document=keep.document,
        document_format=keep.document_format,
        stamp=keep.stamp,
        digest="",
    )


def _fill(said: Mapping[str, Any], more: Mapping[str, Any]) -> dict[str, Any]:
    """Return what is said, and what more is known where nothing, or only that it is unknown, is said."""
    return {**more, **{key: value for key, value in said.items() if key not in more or not _is_open(value)}}


def _is_open(value: Any) -> bool:
    return value == UNKNOWN or (isinstance(value, Mapping) and value.get("name") == UNKNOWN)


def _seal(effective: Effective, **changes: Any) -> Effective:
    fields = {name: getattr(effective, name) for name in Effective.__slots__} | changes
    return Effective(**{**fields, "digest": digest_content(Effective(**fields))})


def _find_strictest(markings: Any, order: Sequence[str]) -> str | None:
    stated = [marking for marking in markings if marking is not None]
    # A marking that is not in the list is not known to be mild.
    return max(stated, key=lambda marking: order.index(marking) if marking in order else len(order), default=None)


def _read_instant(text: str) -> datetime:
    instant = datetime.fromisoformat(text)
    return instant if instant.tzinfo is not None else instant.replace(tzinfo=UTC)
