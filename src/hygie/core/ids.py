"""Deterministic ids and digests: the same thing always has the same name."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping

import numpy as np
from numpy.typing import NDArray

from hygie.core.errors import ModelError

__all__ = ["check_entities", "derive_entity", "digest_arrays", "digest_text"]


def derive_entity(*parts: str) -> int:
    """Return the 64-bit entity of a stable id, for use in random-stream counters.

    >>> derive_entity("fr-910002773", "hands_on") == derive_entity("fr-910002773", "hands_on")
    True
    """
    text = "\x1f".join(parts).encode()
    return int.from_bytes(hashlib.blake2b(text, digest_size=8, person=b"hygie-entity").digest(), "little")


def check_entities(entities: NDArray[np.uint64], *, names: Iterable[str]) -> None:
    """Raise when two different names share one entity, which would tie their random streams together."""
    flat = np.asarray(entities, dtype=np.uint64).ravel()
    order = np.argsort(flat, kind="stable")
    clash = np.flatnonzero(np.diff(flat[order]) == 0)
    if clash.size:
        listed = list(names)
        first, second = listed[order[clash[0]]], listed[order[clash[0] + 1]]
        raise ModelError(
            f"“{first}” and “{second}” fall on the same random stream",
            repair="rename one of them, or remove the duplicate",
        )


def digest_arrays(arrays: Mapping[str, NDArray[np.generic]]) -> str:
    """Return the SHA-256 of named arrays in canonical form (little-endian, C order, sorted by name)."""
    state = hashlib.sha256()
    for name in sorted(arrays):
        array = np.ascontiguousarray(arrays[name])
        canonical = array.astype(array.dtype.newbyteorder("<"), copy=False)
        state.update(f"{name}\x1f{canonical.dtype.str}\x1f{canonical.shape}\x1f".encode())
        state.update(canonical.tobytes())
    return "sha256:" + state.hexdigest()


def digest_text(text: str) -> str:
    """Return the SHA-256 of a text."""
    return "sha256:" + hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()
