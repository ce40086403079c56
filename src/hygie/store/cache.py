"""Small arrays that are costly to compute, kept by the digest of what they depend on."""

from __future__ import annotations

import hashlib
import json
import os
import tempfile
from collections.abc import Callable, Mapping
from pathlib import Path

import numpy as np
import platformdirs
from numpy.typing import NDArray

__all__ = ["cache_root", "digest_package", "remember_array", "replace_note"]


def cache_root() -> Path:
    """Return the folder of caches: ``HYGIE_CACHE_DIR`` when set, else the user's cache folder."""
    chosen = os.environ.get("HYGIE_CACHE_DIR")
    return Path(chosen) if chosen else platformdirs.user_cache_path("hygie", appauthor=False)


def digest_package(*rooms: str) -> str:
    """Return the SHA-256 of the installed Python sources of some rooms: what they compute may change with any line."""
    package = Path(__file__).resolve().parents[1]
    state = hashlib.sha256(np.__version__.encode())
    for room in rooms:
        for source in sorted((package / room).rglob("*.py")):
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


def replace_note(kind: str, note: Mapping[str, str]) -> dict[str, str]:
    """Keep a small note under `kind`, and return the one that stood there before; empty without any.

    A note that cannot be read or written is no failure.
    """
    file = cache_root() / kind / "latest.json"
    try:
        before = json.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        before = {}
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile("w", encoding="utf-8", dir=file.parent, suffix=".part", delete=False) as part:
            json.dump(dict(note), part)
        Path(part.name).replace(file)
    except OSError:
        pass
    known = before if isinstance(before, dict) else {}
    return {str(name): value for name, value in known.items() if isinstance(value, str)}
