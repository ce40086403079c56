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

__all__ = [
    "cache_root",
    "digest_package",
    "read_note",
    "recall_array",
    "remember_array",
    "replace_note",
    "write_note",
]


def cache_root() -> Path:
    """Return the folder of caches: ``HYGIE_CACHE_DIR`` when set, else the user's cache folder."""
    chosen = os.environ.get("HYGIE_CACHE_DIR")
    return Path(chosen) if chosen else platformdirs.user_cache_path("hygie", appauthor=False)


def digest_package(*rooms: str) -> str:
    """Return the SHA-256 of the installed sources of some rooms or files: any line may change what they compute."""
    package = Path(__file__).resolve().parents[1]
    state = hashlib.sha256(np.__version__.encode())
    for room in rooms:
        place = package / room
        for source in [place] if place.suffix == ".py" else sorted(place.rglob("*.py")):
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
    file = _place(kind, key, ".npy")
    found = recall_array(kind, key)
    if found is not None:
        return found, True
    array = compute()
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile(dir=file.parent, suffix=".part", delete=False) as part:
            np.save(part, array, allow_pickle=False)
        Path(part.name).replace(file)
    except OSError:
        pass
    return array, False


def recall_array(kind: str, key: str) -> NDArray[np.int64] | None:
    """Return the array stored under `kind` and `key`; None when there is none that can be read."""
    try:
        array: NDArray[np.int64] = np.load(_place(kind, key, ".npy"), allow_pickle=False)
    except (OSError, ValueError, EOFError):
        return None
    return array


def _place(kind: str, key: str, suffix: str) -> Path:
    return cache_root() / kind / f"{key.removeprefix('sha256:')[:40]}{suffix}"


def replace_note(kind: str, note: Mapping[str, str]) -> dict[str, str]:
    """Keep a small note under `kind`, and return the one that stood there before; empty without any.

    A note that cannot be read or written is no failure.
    """
    file = cache_root() / kind / "latest.json"
    before = _load_note(file)
    _save_note(file, note)
    return before


def read_note(kind: str, key: str) -> dict[str, str]:
    """Return the note kept under `kind` and `key`; empty without any that can be read."""
    return _load_note(_place(kind, key, ".json"))


def write_note(kind: str, key: str, note: Mapping[str, str]) -> None:
    """Keep a small note under `kind` and `key`; one that cannot be written is no failure."""
    _save_note(_place(kind, key, ".json"), note)


def _load_note(file: Path) -> dict[str, str]:
    try:
        found = json.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    known = found if isinstance(found, dict) else {}
    return {str(name): value for name, value in known.items() if isinstance(value, str)}


def _save_note(file: Path, note: Mapping[str, str]) -> None:
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile("w", encoding="utf-8", dir=file.parent, suffix=".part", delete=False) as part:
            json.dump(dict(note), part)
        Path(part.name).replace(file)
    except OSError:
        pass
