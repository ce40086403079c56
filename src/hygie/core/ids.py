"""Deterministic ids and digests: the same thing always has the same name."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hygie.core.errors import ModelError

__all__ = ["ColumnDigest", "check_entities", "derive_entity", "digest_arrays", "digest_columns", "digest_text"]


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


class ColumnDigest:
    """SHA-256 of the columns of a table, fed piece by piece: where the table was cut leaves no trace.

    Each column has a hash of its own over its values in canonical form (little-endian), piece after piece; the digest
    is over names, types, number of rows and these hashes, sorted by name. So a table that never was in memory as a
    whole has the same digest as one that was.
    """

    def __init__(self) -> None:
        self._states: dict[str, Any] = {}
        self._types: dict[str, str] = {}
        self.rows = 0

    def update(self, columns: Mapping[str, NDArray[np.generic]]) -> None:
        """Add the next rows; every piece has the same columns, of the same types."""
        if self._states and columns.keys() != self._states.keys():
            raise ModelError("pieces of a table differ in columns", value=sorted(columns.keys() ^ self._states.keys()))
        sizes = set()
        for name, column in columns.items():
            array = np.ascontiguousarray(column)
            canonical = array.astype(array.dtype.newbyteorder("<"), copy=False)
            kind = self._types.setdefault(name, canonical.dtype.str)
            if canonical.dtype.str != kind or canonical.ndim != 1:
                raise ModelError(f"column “{name}” changes its type", value=canonical.dtype.str, allowed=kind)
            self._states.setdefault(name, hashlib.sha256()).update(canonical.data)
            sizes.add(canonical.shape[0])
        if len(sizes) > 1:
            raise ModelError("columns of a table differ in length", value=sorted(sizes))
        self.rows += sizes.pop() if sizes else 0

    def finish(self) -> str:
        """Return the digest of all rows so far."""
        lines = [
            f"{name}\x1f{self._types[name]}\x1f{self.rows}\x1f{state.hexdigest()}\n"
            for name, state in sorted(self._states.items())
        ]
        return "sha256:" + hashlib.sha256("".join(lines).encode()).hexdigest()


def digest_columns(columns: Mapping[str, NDArray[np.generic]]) -> str:
    """Return the digest of a table that is there as a whole; see `ColumnDigest`."""
    state = ColumnDigest()
    state.update(columns)
    return state.finish()


def digest_text(text: str) -> str:
    """Return the SHA-256 of a text."""
    return "sha256:" + hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()
