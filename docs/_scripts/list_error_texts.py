"""Every text that an error or a finding can be made of, read out of the source; f-strings become templates.

    python docs/_scripts/list_error_texts.py            the texts, one a line, with the place of the first
    python docs/_scripts/list_error_texts.py --missing  those without French, as entries for errors.po

A text is what stands as message, ``repair=`` or ``allowed=`` in a call of an error or of a finding, wherever it comes
from: a local name, a condition, a table, a helper that passes its argument on, or a function that builds the text.
"""

from __future__ import annotations

import ast
import errno
import os
import re
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any, get_args

from syntax_names import (
    Function,
    assigned,
    enclosing,
    is_inside,
    last_name,
    looped,
    name_value,
    parameters,
    returns,
)

PACKAGE = Path(__file__).resolve().parents[2] / "src" / "hygie"

_WORDS = ("message", "repair", "allowed")
# Parameters of helpers that are words of a sentence when they stand in the middle of one; others are data.
_SENTENCES = frozenset({*_WORDS, "reason", "why", "text"})
_SAID = _SENTENCES | {"what", "expected", "kind", "noun", "words", "form", "owner"}
_DEEPEST, _MOST = 6, 24
# Calls that carry these keywords without being errors.
_OTHERS = frozenset({"replace", "getattr", "Diagnosis", "_"})

_SHOULD = "Input should be "

Part = str | tuple[str]
"""A literal, or the name of a placeholder in a tuple."""
Parts = tuple[Part, ...]
Key = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ErrorText:
    """One text, and where it stands first."""

    text: str
    place: str


@dataclass(slots=True)
class _Module:
    path: Path
    name: str
    tree: ast.Module
    parents: dict[ast.AST, ast.AST] = field(default_factory=dict)
    imported: dict[str, str] = field(default_factory=dict)
    calls: list[ast.Call] = field(default_factory=list)
    classes: list[ast.ClassDef] = field(default_factory=list)
    functions: list[Function] = field(default_factory=list)


def key_of(text: str) -> Key:
    """Return the literals of a template: what it is recognised by, whatever its placeholders are called.

    >>> key_of("“{field}” must be {kind}")
    ('“', '” must be ', '')
    """
    return tuple(part.replace("{{", "{").replace("}}", "}") for part in re.split(r"(?<!\{)\{\w+\}(?!\})", text))


class _Source:
    """The package as syntax trees, with what helpers pass on."""

    def __init__(self, package: Path) -> None:
        self.modules = [self._read(path, package) for path in sorted(package.rglob("*.py"))]
        self.functions: dict[str, list[tuple[_Module, Function]]] = {}
        for module in self.modules:
            for function in module.functions:
                self.functions.setdefault(function.name, []).append((module, function))
        # Parameters that become a text: by the function.
        self.passed: dict[Function, set[str]] = {}
        self.found: dict[Key, ErrorText] = {}
        self.calls = [(module, call) for module in self.modules for call in module.calls]

    @staticmethod
    def _read(path: Path, package: Path) -> _Module:
        tree = ast.parse(path.read_text(encoding="utf-8"))
        name = ".".join(path.relative_to(package.parent).with_suffix("").parts)
        module = _Module(path, name, tree)
        for node in ast.walk(tree):
            for child in ast.iter_child_nodes(node):
                module.parents[child] = node
            if isinstance(node, ast.Call):
                module.calls.append(node)
            elif isinstance(node, ast.ClassDef):
                module.classes.append(node)
            elif isinstance(node, Function):
                module.functions.append(node)
            elif isinstance(node, ast.ImportFrom) and node.module:
                for alias in node.names:
                    module.imported[alias.asname or alias.name] = f"{node.module}.{alias.name}"
        return module

    @cached_property
    def errors(self) -> set[str]:
        """Names of the classes that are errors or findings."""
        names = {"HygieError", "Finding"}
        before = 0
        while len(names) != before:
            before = len(names)
            for module in self.modules:
                for made in module.classes:
                    if any(last_name(base) in names for base in made.bases):
                        names.add(made.name)
        return names

    def collect(self) -> dict[Key, ErrorText]:
        """Return all texts; helpers are followed until nothing new comes."""
        before = (-1, -1)
        while before != (len(self.found), sum(map(len, self.passed.values()))):
            before = (len(self.found), sum(map(len, self.passed.values())))
            for module, call in self.calls:
                for expression in self._texts_of(module, call):
                    self._keep(module, expression)
        return self.found

    def _texts_of(self, module: _Module, call: ast.Call) -> Iterator[ast.expr]:
        name, within = last_name(call.func), enclosing(module.parents, call)
        if name in _OTHERS:
            return
        if name == "PydanticCustomError" and len(call.args) >= 2:
            yield call.args[1]
            for context in call.args[2:]:
                if isinstance(context, ast.Dict):
                    pairs = zip(context.keys, context.values, strict=True)
                    yield from (value for key, value in pairs if isinstance(key, ast.Constant) and key.value in _WORDS)
            return
        if name in ("ValueError", "AssertionError"):
            yield from call.args[:1]
            return
        is_error = name in self.errors or (within is not None and name in parameters(within))
        if is_error and call.args and (name in self.errors or any(key.arg in _WORDS for key in call.keywords)):
            yield call.args[0]
        # `manual` says how to do by hand what a download does: it becomes a repair.
        yield from (key.value for key in call.keywords if key.arg in (*_WORDS, "manual"))
        for owner, function in self._callees(module, call):
            wanted = self.passed.get(function, set())
            if isinstance(call.func, ast.Attribute):
                # Methods are known by their name alone: those that pass sentences on are safe to follow.
                wanted = wanted & _SENTENCES
            if not wanted:
                continue
            names = [argument.arg for argument in (*function.args.posonlyargs, *function.args.args)]
            if names and names[0] in ("self", "cls") and isinstance(owner.parents.get(function), ast.ClassDef):
                names = names[1:]
            yield from (value for known, value in zip(names, call.args, strict=False) if known in wanted)
            yield from (key.value for key in call.keywords if key.arg in wanted)

    def _callees(self, module: _Module, call: ast.Call) -> Iterator[tuple[_Module, Function]]:
        name = last_name(call.func)
        for owner, function in self.functions.get(name, ()):
            is_method = isinstance(owner.parents.get(function), ast.ClassDef)
            if isinstance(call.func, ast.Attribute):
                if is_method or module.imported.get(name) == f"{owner.name}.{name}":
                    yield owner, function
            elif owner is module or module.imported.get(name) == f"{owner.name}.{name}":
                yield owner, function

    def _keep(self, module: _Module, expression: ast.expr) -> None:
        for parts in self._resolve(module, expression, 0):
            text = _write(parts)
            if re.search(r"[a-z]{2}", "".join(part for part in parts if isinstance(part, str))):
                place = f"{module.path.relative_to(PACKAGE.parent)}:{expression.lineno}"
                self.found.setdefault(key_of(text), ErrorText(text, place))

    def _resolve(self, module: _Module, node: ast.expr, depth: int) -> list[Parts]:
        """Return what an expression may be, as templates; whatever is not text is one placeholder."""
        unknown: list[Parts] = [((name_value(node),),)]
        if depth > _DEEPEST:
            return unknown
        match node:
            case ast.Constant(value=str(value)):
                return [(value,)]
            case ast.Constant(value=None):
                return []
            case ast.JoinedStr(values=values):
                return self._join(module, values, depth)
            case ast.IfExp(body=body, orelse=orelse):
                return self._all(module, [body, orelse], depth)
            case ast.BoolOp(op=ast.Or(), values=values):
                return self._all(module, values, depth)
            case ast.BinOp(left=left, op=ast.Add(), right=right):
                return self._join(module, [left, right], depth)
            case ast.NamedExpr(value=value):
                return self._resolve(module, value, depth + 1)
            case ast.Subscript(value=table) | ast.Call(func=ast.Attribute(value=table, attr="get")) if (
                cells := self._cells(module, table)
            ):
                more = list(node.args[1:]) if isinstance(node, ast.Call) else []
                return self._all(module, [*cells, *more], depth)
            case ast.Call(func=ast.Attribute(value=ast.Constant(value=str(form)), attr="format")):
                return [tuple(_split(form))]
            case ast.Call():
                returned = [
                    (owner, value) for owner, function in self._callees(module, node) for value in returns(function)
                ]
                texts = [parts for owner, value in returned for parts in self._resolve(owner, value, depth + 1)]
                return _unique(texts) or unknown
            case ast.Name(id=name):
                return self._resolve_name(module, node, name, depth) or unknown
        return unknown

    def _resolve_name(self, module: _Module, node: ast.expr, name: str, depth: int) -> list[Parts]:
        within = enclosing(module.parents, node)
        while within is not None:
            values = [value for value in assigned(within, name) if not is_inside(module.parents, node, value)]
            values = values or list(looped(within, name, module.tree))
            if values:
                return self._all(module, values, depth)
            if name in parameters(within):
                if name in _SAID:
                    self.passed.setdefault(within, set()).add(name)
                return [((name,),)]
            within = enclosing(module.parents, within)
        values = list(assigned(module.tree, name))
        if not values and name in module.imported:
            home, _, own = module.imported[name].rpartition(".")
            for other in self.modules:
                if other.name == home:
                    return self._all(other, list(assigned(other.tree, own)), depth)
        return self._all(module, values, depth)

    def _cells(self, module: _Module, table: ast.expr) -> list[ast.expr]:
        if isinstance(table, ast.Name):
            within = enclosing(module.parents, table)
            tables = [*(assigned(within, table.id) if within else ()), *assigned(module.tree, table.id)]
            table = tables[0] if tables else table
        if isinstance(table, ast.Dict):
            return [value for value in table.values if isinstance(value, ast.Constant | ast.JoinedStr)]
        return []

    def _all(self, module: _Module, nodes: list[ast.expr], depth: int) -> list[Parts]:
        return _unique([parts for node in nodes for parts in self._resolve(module, node, depth + 1)])

    def _join(self, module: _Module, nodes: list[Any], depth: int) -> list[Parts]:
        joined: list[Parts] = [()]
        for node in nodes:
            options: list[Parts]
            if isinstance(node, ast.FormattedValue):
                options = self._resolve(module, node.value, depth + 1)
                whole = all(len(parts) == 1 and isinstance(parts[0], str) for parts in options)
                said = whole and all(re.search("[A-Za-z]", str(parts[0])) for parts in options)
                # A number may change with the next version: it is a placeholder, too.
                if not options or not said or len(options) * len(joined) > _MOST:
                    # What stands in the middle is another text of its own, or no text at all.
                    for parts in options:
                        text = _write(parts)
                        if any(isinstance(part, str) and re.search("[a-z]{3}", part) for part in parts):
                            place = f"{module.path.relative_to(PACKAGE.parent)}:{node.value.lineno}"
                            self.found.setdefault(key_of(text), ErrorText(text, place))
                    options = [((name_value(node.value),),)]
            else:
                options = self._resolve(module, node, depth + 1) or [((name_value(node),),)]
            joined = [(*head, *tail) for head in joined for tail in options][:_MOST]
        return joined


def list_error_texts(package: Path = PACKAGE) -> dict[Key, ErrorText]:
    """Return every text of errors and findings in the source, by its literals."""
    found = _Source(package).collect()
    for place, texts in _list_foreign().items():
        for text in texts:
            found.setdefault(key_of(text), ErrorText(text, place))
    return found


def _list_foreign() -> dict[str, list[str]]:
    """Return texts that no literal in a call gives: of libraries, and of the tables of `store.validation`."""
    import yaml
    from pydantic_core import _pydantic_core

    from hygie.knowledge.kinds import Kind
    from hygie.store import validation

    listed = yaml.safe_load(Path(__file__).with_name("library_texts.yaml").read_text(encoding="utf-8"))
    pydantic = {
        str(one["type"]): str(one["message_template_python"])
        for one in _pydantic_core.list_all_errors()  # type: ignore[attr-defined]
    }
    messages = [pydantic[kind] for kind in listed["pydantic"]]
    # The command line shows what follows these words as what is allowed.
    messages += [text.removeprefix(_SHOULD) for text in messages if re.match(_SHOULD + "[^{]", text)]
    bounds = validation._BOUNDS.values()
    return {
        "pydantic": messages,
        "system": [os.strerror(getattr(errno, name)) for name in listed["system"]],
        "yaml": [*listed["yaml"], *listed["readers"]],
        "built": listed["built"],
        "words": [*listed["words"], *get_args(Kind)],
        "store/validation.py": [
            *(f"{{name}} {words}" for words, _key, _form in bounds),
            *(form.replace("{}", f"{{{key}}}") for _words, key, form in bounds if re.search("[a-z]", form)),
            *validation._KINDS.values(),
        ],
    }


def _unique(items: list[Parts]) -> list[Parts]:
    return list(dict.fromkeys(items))


def _split(form: str) -> Iterator[Part]:
    for position, piece in enumerate(re.split(r"\{(\w*)(?:[^}]*)\}", form)):
        if position % 2:
            yield (piece if piece.isidentifier() else "value",)
        elif piece:
            yield piece


def _write(parts: Parts) -> str:
    """Return a template; placeholders of one name are numbered, braces of the text doubled.

    >>> _write((("name",), " or ", ("name",)))
    '{name} or {name2}'
    """
    seen: dict[str, int] = {}
    text = ""
    for part in parts:
        if isinstance(part, str):
            text += part.replace("{", "{{").replace("}", "}}")
            continue
        seen[part[0]] = seen.get(part[0], 0) + 1
        text += "{" + part[0] + (str(seen[part[0]]) if seen[part[0]] > 1 else "") + "}"
    return text


def list_missing(found: Mapping[Key, ErrorText], catalogue: Iterable[str]) -> list[ErrorText]:
    """Return the texts that a catalogue lacks."""
    known = {key_of(text) for text in catalogue}
    return [entry for key, entry in found.items() if key not in known]


def _main(arguments: Sequence[str]) -> None:
    from hygie.views.messages import read_catalogue

    found = list_error_texts()
    if "--missing" in arguments:
        for entry in list_missing(found, read_catalogue("fr", domain="errors")):
            text = entry.text.replace("\\", "\\\\").replace('"', '\\"')
            sys.stdout.write(f'# {entry.place}\nmsgid "{text}"\nmsgstr ""\n\n')
        return
    for entry in sorted(found.values(), key=lambda one: (one.place, one.text)):
        sys.stdout.write(f"{entry.place}\t{entry.text}\n")


if __name__ == "__main__":
    _main(sys.argv[1:])
