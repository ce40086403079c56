"""How kernels see a compiled model: columns with the same axes and type packed side by side.

A kernel that takes a hundred arrays spends its time on their headers. Packing keeps the numbers that one decision
reads together in memory. ``I.<column>`` is the position of a column inside its pack.
"""

from __future__ import annotations

from collections import namedtuple
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np

from hygie.core.tables import COMPILED_COLUMNS
from hygie.core.waists import CompiledModel

__all__ = ["I", "KernelArrays", "pack_model"]


def _group_columns() -> dict[str, tuple[str, ...]]:
    groups: dict[str, list[str]] = {}
    for column in COMPILED_COLUMNS.values():
        suffix = {"float64": "f", "int32": "i", "int64": "p", "uint8": "b", "uint64": "e"}[column.dtype]
        key = "_".join(axis.replace("+1", "1").replace("-", "") for axis in column.axes) + "_" + suffix
        groups.setdefault(key, []).append(column.name)
    return {key: tuple(names) for key, names in groups.items()}


_GROUPS = _group_columns()

if TYPE_CHECKING:  # Numba, not mypy, knows the types of packed arrays.
    KernelArrays: TypeAlias = Any
    I: Any
else:
    KernelArrays = namedtuple("KernelArrays", list(_GROUPS))
    _Positions = namedtuple("_Positions", list(COMPILED_COLUMNS))
    I = _Positions(**{name: names.index(name) for names in _GROUPS.values() for name in names})


def pack_model(model: CompiledModel) -> KernelArrays:
    """Return the arrays of `model` as kernels read them: one array per group, columns on the last axis."""
    packs = {}
    for key, names in _GROUPS.items():
        packs[key] = np.ascontiguousarray(np.stack([model.arrays[name] for name in names], axis=-1))
    return KernelArrays(**packs)
