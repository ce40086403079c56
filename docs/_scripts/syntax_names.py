"""What a syntax tree says about names: where they are given, what they stand for, which function they belong to."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping

Function = ast.FunctionDef | ast.AsyncFunctionDef
Parents = Mapping[ast.AST, ast.AST]


def last_name(node: ast.AST) -> str:
    if isinstance(node, ast.Attribute):
        return node.attr
    return node.id if isinstance(node, ast.Name) else ""


def enclosing(parents: Parents, node: ast.AST) -> Function | None:
    above = parents.get(node)
    while above is not None and not isinstance(above, Function):
        above = parents.get(above)
    return above


def is_inside(parents: Parents, node: ast.AST, outer: ast.AST) -> bool:
    above: ast.AST | None = node
    while above is not None:
        if above is outer:
            return True
        above = parents.get(above)
    return False


def parameters(function: Function) -> set[str]:
    arguments = function.args
    return {argument.arg for argument in (*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs)}


def _own_nodes(scope: ast.AST) -> Iterator[ast.AST]:
    """Walk a scope without the functions inside it."""
    for child in ast.iter_child_nodes(scope):
        yield child
        if not isinstance(child, Function | ast.ClassDef | ast.Lambda):
            yield from _own_nodes(child)


def assigned(scope: ast.AST, name: str) -> Iterator[ast.expr]:
    """Return what a name stands for in a scope."""
    for node in _own_nodes(scope):
        match node:
            case ast.Assign(targets=targets, value=value):
                for target in targets:
                    yield from _pick(target, value, name)
            case ast.AnnAssign(target=target, value=ast.expr() as value) | ast.NamedExpr(target=target, value=value):
                yield from _pick(target, value, name)
            case ast.For(target=target, iter=ast.Tuple(elts=items) | ast.List(elts=items)):
                for item in items:
                    yield from _pick(target, item, name)
            case ast.comprehension(target=target, iter=ast.Tuple(elts=items) | ast.List(elts=items)):
                for item in items:
                    yield from _pick(target, item, name)


def _pick(target: ast.expr, value: ast.expr, name: str) -> Iterator[ast.expr]:
    if isinstance(target, ast.Name):
        if target.id == name:
            yield value
    elif isinstance(target, ast.Tuple) and isinstance(value, ast.IfExp):
        yield from _pick(target, value.body, name)
        yield from _pick(target, value.orelse, name)
    elif isinstance(target, ast.Tuple) and isinstance(value, ast.Tuple) and len(target.elts) == len(value.elts):
        for one, two in zip(target.elts, value.elts, strict=True):
            yield from _pick(one, two, name)


def looped(scope: ast.AST, name: str, home: ast.AST) -> Iterator[ast.expr]:
    """Return what a name of a loop stands for, when the loop goes through a table of the module."""
    for node in _own_nodes(scope):
        match node:
            case (
                ast.For(target=target, iter=ast.Name(id=table))
                | ast.comprehension(target=target, iter=ast.Name(id=table))
            ):
                for rows in assigned(home, table):
                    for row in rows.elts if isinstance(rows, ast.Tuple | ast.List) else ():
                        yield from _pick(target, row, name)


def returns(function: Function) -> Iterator[ast.expr]:
    for node in _own_nodes(function):
        if isinstance(node, ast.Return) and node.value is not None:
            yield node.value


def name_value(node: ast.AST) -> str:
    """Return a name for a placeholder: the last word of what fills it."""
    match node:
        case ast.Name(id=name) | ast.Attribute(attr=name):
            return name.strip("_") or "value"
        case ast.Call(func=ast.Name(id="len")):
            return "count"
        case ast.Call(args=[first, *_]):
            return name_value(first)
        case ast.Call(func=ast.Attribute(value=inner)) | ast.Subscript(value=inner):
            return name_value(inner)
    return "value"
