"""JSON read as a stream: one item at a time, in bounded memory, refused with its place when it is not sound.

A document of several gigabytes costs no more memory than its largest item. What a lenient parser would let pass
is refused here: numbers that JSON does not know, numbers too large to be exact, half of a surrogate pair, a key
given twice, text that goes on after the end.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from hygie.core.errors import DocumentError
from hygie.store.byte_sources import Readable
from hygie.store.json_blocks import BLOCK_BYTES, parse_blocks

__all__ = [
    "MAX_DEPTH",
    "MAX_ITEM_BYTES",
    "MAX_ITEM_NODES",
    "JsonHead",
    "JsonMember",
    "JsonPath",
    "read_head",
    "stream_items",
    "stream_members",
    "walk_json",
]

# Published feeds nest 10 to 20 deep; what is deeper exhausts whoever reads it after us.
MAX_DEPTH = 64
# The largest single objects seen in feeds (MISP events with their attachments) are a few MiB.
MAX_ITEM_BYTES = 16 * 1024**2
# A value in memory weighs up to 300 bytes: 500,000 of them stay below 150 MB.
MAX_ITEM_NODES = 500_000
# Names of members that are checked for duplicates while an object is passed through.
MAX_OPEN_MEMBERS = 1_000_000

JsonPath = tuple[str | int, ...]
Decision = Literal["open", "build", "skip"]
Shape = Literal["object", "array", "value"]
Decide = Callable[[JsonPath, Shape], Decision]


@dataclass(frozen=True, slots=True, kw_only=True)
class JsonHead:
    """How a document begins: its shape and the plain members (no lists, no objects) that its beginning states."""

    shape: Shape
    members: Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class JsonMember:
    """A part of a document: a member of an object (`key`), an item of a list (`index`), or an item of a member's list.

    Parameters
    ----------
    document
        Number of the document in the stream, from 0: JSON lines hold one document per line.
    """

    document: int
    key: str | None
    index: int | None
    value: Any


def stream_items(
    stream: Readable,
    *,
    name: str,
    path: tuple[str, ...] | None = None,
    max_depth: int = MAX_DEPTH,
    max_item_bytes: int = MAX_ITEM_BYTES,
) -> Iterator[tuple[int, Any]]:
    """Yield (index, item) of a list in a JSON document.

    Parameters
    ----------
    stream
        Plain bytes, UTF-8; a byte order mark is passed over.
    name
        What messages call the document.
    path
        Keys that lead to the list, `()` for a list that is the whole document. None: the items of a list, or one
        object, or one object per line.
    max_depth
        Deepest nesting, counted from the top of the document.
    max_item_bytes
        Largest item [bytes], give or take one reading block of 64 KiB.

    Raises
    ------
    DocumentError
        Not JSON, not UTF-8, cut short, too deep, too large, or without the list.

    >>> from io import BytesIO
    >>> list(stream_items(BytesIO(b'{"count": 2, "items": [{"a": 1}, {"a": 2.5}]}'), name="x.json", path=("items",)))
    [(0, {'a': 1}), (1, {'a': 2.5})]
    """
    if path is None:
        yield from _stream_any(stream, name=name, max_depth=max_depth, max_item_bytes=max_item_bytes)
        return
    wanted: JsonPath = (0, *path)
    found = False

    def decide(at: JsonPath, shape: Shape) -> Decision:
        nonlocal found
        if at[0] != 0:
            raise _trailing(name)
        if len(at) == len(wanted) + 1 and at[:-1] == wanted:
            return "build"
        if at == wanted:
            found = True
            if shape != "array":
                raise _not_list(path, name=name)
            return "open"
        if at == wanted[: len(at)] and shape == "object":
            return "open"
        return "skip"

    for at, value in walk_json(stream, name=name, decide=decide, max_depth=max_depth, max_item_bytes=max_item_bytes):
        index = at[-1]
        assert isinstance(index, int)
        yield index, value
    if not found:
        raise _not_list(path, name=name)


def _stream_any(stream: Readable, *, name: str, max_depth: int, max_item_bytes: int) -> Iterator[tuple[int, Any]]:
    in_list = False

    def decide(at: JsonPath, shape: Shape) -> Decision:
        nonlocal in_list
        if len(at) == 2:
            return "build"
        if in_list:
            raise _trailing(name)
        if at == (0,) and shape == "array":
            in_list = True
            return "open"
        if shape != "object":
            raise DocumentError(
                "this document is not made of objects",
                file=name,
                allowed="a list of objects, one object, or one object per line",
                repair="check that this is the right file",
            )
        return "build"

    for at, value in walk_json(stream, name=name, decide=decide, max_depth=max_depth, max_item_bytes=max_item_bytes):
        index = at[-1]
        assert isinstance(index, int)
        yield index, value


def stream_members(
    stream: Readable,
    *,
    name: str,
    lists: Collection[str] = (),
    max_depth: int = MAX_DEPTH,
    max_item_bytes: int = MAX_ITEM_BYTES,
) -> Iterator[JsonMember]:
    """Yield the members of each document; those named in `lists` item by item.

    A document that is a list gives its items. The stream may hold several documents, as JSON lines do.

    Raises
    ------
    DocumentError
        As in `stream_items`.

    >>> from io import BytesIO
    >>> for member in stream_members(BytesIO(b'{"more": false, "objects": [1, 2]}'), name="x", lists={"objects"}):
    ...     print(member.key, member.index, member.value)
    more None False
    objects 0 1
    objects 1 2
    """

    def decide(at: JsonPath, shape: Shape) -> Decision:
        if len(at) == 1:
            if shape == "value":
                raise DocumentError(
                    "this document is neither an object nor a list", file=name, repair="check that it is the right file"
                )
            return "open"
        return "open" if len(at) == 2 and shape == "array" and at[1] in lists else "build"

    for at, value in walk_json(stream, name=name, decide=decide, max_depth=max_depth, max_item_bytes=max_item_bytes):
        document, second = at[0], at[1]
        assert isinstance(document, int)
        key = second if isinstance(second, str) else None
        last = at[-1]
        yield JsonMember(document=document, key=key, index=last if isinstance(last, int) else None, value=value)


def read_head(stream: Readable, *, name: str, max_bytes: int = BLOCK_BYTES) -> JsonHead:
    """Read how a document begins, without reading it whole.

    Members after the first `max_bytes` (or so) are not seen: a feed states its version before its list.

    Raises
    ------
    DocumentError
        The beginning is not JSON.

    >>> from io import BytesIO
    >>> read_head(BytesIO(b'{"catalogVersion": "2025.08.25", "vulnerabilities": []}'), name="kev.json").members
    {'catalogVersion': '2025.08.25'}
    """
    shapes: list[Shape] = []
    members: dict[str, Any] = {}

    def decide(at: JsonPath, shape: Shape) -> Decision:
        if len(at) == 1:
            shapes.append(shape)
            return "open" if shape == "object" and at == (0,) else "skip"
        return "build" if shape == "value" else "skip"

    for at, value in walk_json(stream, name=name, decide=decide, stop_after=max_bytes):
        members[str(at[1])] = value
    return JsonHead(shape=shapes[0] if shapes else "value", members=members)


def walk_json(
    stream: Readable,
    *,
    name: str,
    decide: Decide,
    max_depth: int = MAX_DEPTH,
    max_item_bytes: int = MAX_ITEM_BYTES,
    max_item_nodes: int = MAX_ITEM_NODES,
    stop_after: int | None = None,
) -> Iterator[tuple[JsonPath, Any]]:
    """Yield (path, value) of the parts of a stream of JSON documents that `decide` wants built.

    Parameters
    ----------
    decide
        Called with the path (number of the document, then keys and indexes) and the shape of each part met in an
        opened container: `open` looks inside it, `build` yields it whole, `skip` passes over it.
    stop_after
        Stop, without judging the rest, once this much has been read [bytes].

    Raises
    ------
    DocumentError
        Not JSON, not UTF-8, cut short, too deep or too large; see the module.
    """
    opened: list[_Open] = []
    built: list[Any] = []  # containers under construction, outermost first
    keys: list[str | None] = []
    skipped = document = nodes = item_start = 0
    at: JsonPath = ()

    for blocks in parse_blocks(stream, name=name, max_token_bytes=max_item_bytes):
        for event, value in blocks.events:
            shape: Shape = "object" if event == "start_map" else "array" if event == "start_array" else "value"
            if shape != "value" and len(opened) + len(built) + skipped >= max_depth:
                raise DocumentError(
                    f"the nesting is too deep, near byte {blocks.end:,}",
                    file=name,
                    field=_show_path(at or (document,)),
                    allowed=f"at most {max_depth} levels",
                    repair="check where the file comes from: published data do not nest like this",
                )
            if built:
                nodes += 1
                if event == "map_key":
                    if value in built[-1]:
                        raise _repeated(value, at, name=name, offset=blocks.end)
                    keys[-1] = value
                    continue
                if event in ("end_map", "end_array"):
                    done = built.pop()
                    keys.pop()
                    if not built:
                        yield at, done
                    continue
                if nodes > max_item_nodes:
                    raise _too_large(at, name=name, found=f"more than {max_item_nodes:,} values")
                new: Any = {} if shape == "object" else [] if shape == "array" else value
                key = keys[-1]
                if key is None:
                    built[-1].append(new)
                else:
                    built[-1][key] = new
                if shape != "value":
                    built.append(new)
                    keys.append("" if shape == "object" else None)
                continue
            if skipped:
                skipped += (shape != "value") - (event in ("end_map", "end_array"))
                continue
            if event == "map_key":
                opened[-1].name_member(value, name=name, offset=blocks.end)
                continue
            if event in ("end_map", "end_array"):
                opened.pop()
                if not opened:
                    document += 1
                continue
            at = opened[-1].next_path() if opened else (document,)
            decision = decide(at, shape)
            if not opened and decision != "open":
                document += 1
            if shape == "value":
                if decision == "build":
                    yield at, value
            elif decision == "open":
                opened.append(_Open(at, is_map=shape == "object"))
            elif decision == "skip":
                skipped = 1
            else:
                built.append({} if shape == "object" else [])
                keys.append("" if shape == "object" else None)
                nodes, item_start = 0, blocks.start
        if built and blocks.end - item_start > max_item_bytes:
            raise _too_large(at, name=name, found=f"more than {max_item_bytes:,} bytes")
        if blocks.error is not None:
            where = f", near byte {blocks.end:,}" + (f", in or after {_show_path(at)}" if at else "")
            raise DocumentError(
                f"this is not sound JSON: {blocks.error.reason}{where}", file=name, repair=blocks.error.repair
            )
        if stop_after is not None and blocks.end >= stop_after:
            return


class _Open:
    """An object or a list that is passed through, member by member."""

    __slots__ = ("_is_map", "_key", "_names", "_path", "index")

    def __init__(self, path: JsonPath, *, is_map: bool) -> None:
        self._path = path
        self._is_map = is_map
        self._names: set[str] = set()
        self._key = ""
        self.index = -1

    def name_member(self, key: str, *, name: str, offset: int) -> None:
        if key in self._names:
            raise _repeated(key, self._path, name=name, offset=offset)
        if len(self._names) >= MAX_OPEN_MEMBERS:
            raise _too_large(self._path, name=name, found=f"more than {MAX_OPEN_MEMBERS:,} members")
        self._names.add(key)
        self._key = key

    def next_path(self) -> JsonPath:
        if self._is_map:
            return (*self._path, self._key)
        self.index += 1
        return (*self._path, self.index)


def _show_path(path: JsonPath) -> str:
    document, *rest = path
    if not rest:
        return f"document {int(document) + 1}"
    text = "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in rest).removeprefix(".")
    return text if document == 0 else f"document {int(document) + 1}: {text}"


def _repeated(key: str, path: JsonPath, *, name: str, offset: int) -> DocumentError:
    return DocumentError(
        f"a key is given twice in one object, near byte {offset:,}",
        file=name,
        field=_show_path(path),
        value=key,
        repair="keep one of them: which one counts would be chance",
    )


def _too_large(path: JsonPath, *, name: str, found: str) -> DocumentError:
    return DocumentError(
        "one item is too large",
        file=name,
        field=_show_path(path),
        value=found,
        allowed=f"at most {MAX_ITEM_BYTES:,} bytes and {MAX_ITEM_NODES:,} values",
        repair="cut the item into smaller ones, or leave out what it carries along",
    )


def _trailing(name: str) -> DocumentError:
    return DocumentError(
        "the document goes on after its end",
        file=name,
        allowed="one document",
        repair="keep one JSON document per file",
    )


def _not_list(path: tuple[str, ...], *, name: str) -> DocumentError:
    wanted = f"a list at “{'.'.join(path)}”" if path else "a list"
    return DocumentError(
        f"this document does not hold {wanted}",
        file=name,
        field=".".join(path) or None,
        allowed=wanted,
        repair="check that this is the right file and the right format",
    )
