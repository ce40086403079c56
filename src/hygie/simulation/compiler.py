"""How kernels are compiled, and where the compiled code is kept.

The one place that configures Numba. ``error_model="numpy"`` removes the zero-division branches that stop
vectorisation; there is no ``fastmath``: results must not depend on how the compiler reorders sums.
"""

from __future__ import annotations

import hashlib
import os
import platform
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import numba
import numpy
import platformdirs

__all__ = ["cache_folder", "fingerprint_engine", "inline", "is_cache_warm", "kernel", "stage", "subroutine"]

Function = TypeVar("Function", bound=Callable[..., Any])


def _writable(folder: Path) -> bool:
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder):
            return True
    except OSError:
        return False


def _choose_cache() -> Path:
    # An install may be read-only, and so may the home folder of a service account: code is cached in the
    # user's cache folder, else in a temporary one (compiled again after a reboot).
    chosen = os.environ.get("HYGIE_CACHE_DIR")
    candidates = [Path(chosen)] if chosen else [platformdirs.user_cache_path("hygie", appauthor=False)]
    identity = os.getuid() if hasattr(os, "getuid") else 0
    candidates.append(Path(tempfile.gettempdir()) / f"hygie-cache-{identity}")
    version = _digest_sources()
    for candidate in candidates:
        if _writable(candidate / "kernels" / version):
            return candidate / "kernels" / version
    return candidates[-1] / "kernels" / version


def _digest_sources() -> str:
    # Numba notices a change in the file of a kernel, not in the functions it inlines: compiled code is kept by the
    # digest of everything that enters it.
    package = Path(__file__).resolve().parent
    state = hashlib.sha256(f"{numba.__version__} {numpy.__version__}".encode())
    beside = ("twin", "runners", "typed_twin", "typed_runner")
    kernels = [source for source in package.glob("*.py") if not source.name.startswith(beside)]
    for source in sorted([*kernels, package.parent / "core" / "tables.py"]):
        state.update(source.read_bytes())
    return state.hexdigest()[:16]


if not os.environ.get("NUMBA_CACHE_DIR"):
    setattr(numba.config, "CACHE_DIR", str(_choose_cache()))  # noqa: B010 - not in the typed part of Numba


def fingerprint_engine() -> str:
    """Return what two machines must share to give the same bits: kernels, Numba, NumPy and processor family."""
    return f"{_digest_sources()} {platform.machine()}"


def cache_folder() -> Path:
    """Return the folder that holds compiled kernels."""
    return Path(getattr(numba.config, "CACHE_DIR"))  # noqa: B009


def is_cache_warm(name: str) -> bool:
    """Return whether compiled code for the kernel function `name` is already on disk."""
    return any(cache_folder().rglob(f"*.{name}-*.nbi"))


# Numba's own option, not in its types: no reference counts.
_UNCOUNTED: dict[str, Any] = {"_nrt": False}


def kernel(function: Function) -> Function:
    """Compile `function` on first call: no Python objects, GIL released, code cached on disk."""
    return numba.njit(nogil=True, cache=True, error_model="numpy")(function)  # type: ignore[return-value]


def stage(function: Function) -> Function:
    """Compile a kernel that makes no arrays: it keeps no reference counts of those it is given.

    A packed model holds some sixty arrays. Counting references to each, at every call that takes it, costs more than
    what the calls do, in time to run and in code to compile.
    """
    return numba.njit(nogil=True, cache=True, error_model="numpy", **_UNCOUNTED)(function)  # type: ignore[no-any-return]


def subroutine(function: Function) -> Function:
    """Compile `function` once, called rather than copied: for long code used in many places; it makes no arrays."""
    return numba.njit(nogil=True, error_model="numpy", **_UNCOUNTED)(function)  # type: ignore[no-any-return]


def inline(function: Function) -> Function:
    """Compile a small `function` into its callers; it makes no arrays."""
    return numba.njit(nogil=True, error_model="numpy", forceinline=True, **_UNCOUNTED)(function)  # type: ignore[no-any-return]
