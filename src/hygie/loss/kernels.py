"""How kernels of this room are compiled.

Where compiled code is kept is configured once, in ``hygie.simulation.compiler``; `simulation` and `loss` do not know
each other, so this module configures nothing: a kernel is compiled when it is first called, into whatever folder is
set by then (in a program, the one of the simulation; alone, Numba's own). A kernel here inlines nothing from other
files: Numba sees by itself when its file has changed.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache, wraps
from typing import Any, TypeVar

import numba

__all__ = ["kernel"]

Function = TypeVar("Function", bound=Callable[..., Any])


def kernel(function: Function) -> Function:
    """Compile `function` on first call: no Python objects, GIL released, cached on disk where that is possible."""

    @wraps(function)
    def call(*arguments: Any) -> Any:
        return _compile(function)(*arguments)

    return call  # type: ignore[return-value]


@cache
def _compile(function: Callable[..., Any]) -> Callable[..., Any]:
    try:
        compiled = numba.njit(nogil=True, cache=True, error_model="numpy")(function)
    except RuntimeError:  # no folder that can be written
        compiled = numba.njit(nogil=True, error_model="numpy")(function)
    return compiled
