"""Documents: YAML and JSON files as plain data with line numbers, and their validation against a model."""

from __future__ import annotations

import stat
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar, cast

from pydantic import BaseModel, ValidationError

from hygie.core.errors import DocumentError, Finding, HygieError, SchemaError, suggest
from hygie.store.validation import DataPath, Problem, explain_validation, has_entry
from hygie.store.yaml_reader import MAX_BYTES, Places, read_text

__all__ = [
    "MAX_BYTES",
    "DataPath",
    "Document",
    "parse_document",
    "read_document",
    "render_path",
    "validate_model",
]

ModelT = TypeVar("ModelT", bound=BaseModel)


@dataclass(frozen=True, slots=True)
class Document:
    """The content of one file: plain dict, list, str, int, float, bool and None, with a line for each entry.

    Parameters
    ----------
    name
        What messages call the file.
    data
        The content.
    places
        The line of each entry, in the same shape as `data`.
    """

    name: str
    data: Any
    places: Places = field(default=(1, None), repr=False, compare=False)

    def line_of(self, path: DataPath) -> int | None:
        """Return the line (from 1) of the key or list item at `path`, or None when there is none."""
        line, depth = self._walk(path)
        return line if depth == len(path) else None

    def line_near(self, path: DataPath) -> int:
        """Return the line of `path`, or of its nearest ancestor that exists."""
        return self._walk(path)[0]

    def _walk(self, path: DataPath) -> tuple[int, int]:
        line, children = self.places
        for depth, part in enumerate(path):
            if not has_entry(children, part):
                return line, depth
            line, children = cast("Any", children)[part]
        return line, len(path)

    def value_at(self, path: DataPath) -> Any:
        """Return the data at `path`.

        Raises
        ------
        SchemaError
            When the document has no such entry.
        """
        value = self.data
        for depth, part in enumerate(path):
            if not has_entry(value, part):
                known = value if isinstance(value, dict) else ()
                raise SchemaError(
                    f"“{part}” is missing",
                    file=self.name,
                    line=self.line_near(path),
                    field=render_path(path[: depth + 1]),
                    repair=suggest(str(part), known) or f"add “{part}”",
                )
            value = value[part]
        return value


def render_path(path: DataPath) -> str:
    """Return a path as messages print it; list items count from 0.

    >>> render_path(("evidence", 3, "title", "fr"))
    'evidence.3.title.fr'
    """
    return ".".join(str(part) for part in path)


def read_document(path: Path, *, max_bytes: int = MAX_BYTES) -> Document:
    """Read a YAML or JSON file.

    Parameters
    ----------
    path
        A regular file.
    max_bytes
        Refuse more than this many bytes.

    Raises
    ------
    DocumentError
        The file does not exist, cannot be read, or is not an acceptable document.
    SchemaError
        A key is empty, is not text, or stands twice in one mapping.
    """
    name = str(path)
    try:
        mode = path.stat().st_mode
        # A pipe or a device could keep the reader waiting for ever.
        if not stat.S_ISREG(mode):
            kind = "a folder" if stat.S_ISDIR(mode) else "not a regular file"
            raise DocumentError(f"this is {kind}", file=name, repair="give the path of a YAML or JSON file")
        with path.open("rb") as stream:
            data = stream.read(max_bytes + 1)
    except FileNotFoundError:
        raise DocumentError("no such file", file=name, repair=_suggest_sibling(path) or "check the path") from None
    except (OSError, ValueError) as error:
        reason = (error.strerror if isinstance(error, OSError) else None) or str(error)
        raise DocumentError(
            f"the file cannot be read: {reason}", file=name, repair="check the path and its permissions"
        ) from None
    return parse_document(data, name=name, max_bytes=max_bytes)


def parse_document(data: bytes, *, name: str, max_bytes: int = MAX_BYTES) -> Document:
    r"""Build a document from the bytes of a YAML or JSON file.

    Parameters
    ----------
    data
        UTF-8 text holding one document.
    name
        What messages call the file; with `.json` at its end, JSON escapes are read as JSON does.
    max_bytes
        Refuse more than this many bytes.

    Raises
    ------
    DocumentError
        Too large, too deep, too many entries, empty, not UTF-8, control characters, not YAML, or a YAML
        feature that data files do not need (anchors, tags, directives, merge keys, several documents).
    SchemaError
        A key is empty, is not text, or stands twice in one mapping.

    >>> parse_document(b"beds: 120\nopen: no", name="a.yaml").data
    {'beds': 120, 'open': 'no'}
    """
    content, places = read_text(data, name=name, max_bytes=max_bytes)
    return Document(name, content, places)


def validate_model(document: Document, model: type[ModelT], *, path: DataPath = ()) -> ModelT:
    """Build `model` from the part of `document` at `path`.

    Raises
    ------
    SchemaError
        With one finding per wrong field: file, line, dotted field, value, what is allowed, and the repair.
    HygieError
        An error raised by a validator of the model, with its place filled in.
    """
    data = document.value_at(path)
    try:
        return model.model_validate(data)
    except ValidationError as error:
        problems = explain_validation(error, model=model, data=data)
        raise SchemaError.from_findings(
            _place(problem, document=document, path=(*path, *problem.path)) for problem in problems
        ) from None
    except HygieError as error:
        inner = error.findings[0].field
        line = document.line_near((*path, *inner.split("."))) if inner else document.line_near(path)
        raise error.located(file=document.name, line=line, field=render_path(path) or None) from error


def _place(problem: Problem, *, document: Document, path: DataPath) -> Finding:
    return SchemaError(
        problem.message,
        file=document.name,
        line=document.line_near(path),
        field=render_path(path) or None,
        value=problem.value,
        allowed=problem.allowed,
        repair=problem.repair,
    ).findings[0]


def _suggest_sibling(path: Path) -> str | None:
    try:
        return suggest(path.name, (entry.name for entry in path.parent.iterdir()))
    except OSError:
        return None
