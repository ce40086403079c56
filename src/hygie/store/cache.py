"""Small arrays that are costly to compute, kept by the digest of what they depend on."""

from __future__ import annotations

import hashlib
import os
import tempfile
from collections.abc import Callable
from pathlib import Path

import numpy as np
import platformdirs
from numpy.typing import NDArray

__all__ = ["cache_root", "digest_package", "remember_array"]


def cache_root() -> Path:
    """Return the folder of caches: ``HYGIE_CACHE_DIR`` when set, else the user's cache folder."""
    chosen = os.environ.get("HYGIE_CACHE_DIR")
    return Path(chosen) if chosen else platformdirs.user_cache_path("hygie", appauthor=False)


def digest_package() -> str:
    """Return the SHA-256 of the installed Python sources: what is computed may change with any of them."""
    package = Path(__file__).resolve().parents[1]
    state = hashlib.sha256(np.__version__.encode())
    for source in sorted(package.rglob("*.py")):
        state.update(source.read_bytes())
    return state.hexdigest()


def remember_array(kind: str, key: str, compute: Callable[[], NDArray[np.int64]]) -> tuple[NDArray[np.int64], bool]:
    """Return the array stored under `kind` and `key`, computing and storing it when absent.

    A cache that cannot be read or written is no failure: the array is computed again.

    Returns
    -------
    tuple
        The array, and whether it came from the cache.
    """
    file = cache_root() / kind / f"{key.removeprefix('sha256:')[:40]}.npy"
    try:
        return np.load(file, allow_pickle=False), True
    except (OSError, ValueError):
        pass
    array = compute()
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile(dir=file.parent, suffix=".part", delete=False) as part:
            np.save(part, array, allow_pickle=False)
        Path(part.name).replace(file)
    except OSError:
        pass
    return array, False
