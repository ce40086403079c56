"""Random streams against published vectors and the NumPy twin.

The vectors are those of ``kat_vectors`` in Random123 (Salmon, Moraes, Dror & Shaw 2011,
doi:10.1145/2063384.2063405). ``numpy.random.Philox`` is the 4x64 variant, so its words cannot be compared.
"""

from __future__ import annotations

import numba
import numpy as np
import pytest

from hygie.simulation import twin
from hygie.simulation.streams import Stream, derive_keys, draw_block, philox_block, to_uniform

KNOWN_ANSWERS = [
    ("00000000 00000000 00000000 00000000", "00000000 00000000", "6627e8d5 e169c58d bc57ac4c 9b00dbd8"),
    ("ffffffff ffffffff ffffffff ffffffff", "ffffffff ffffffff", "408f276d 41c83b0e a20bc7c6 6d5451fd"),
    ("243f6a88 85a308d3 13198a2e 03707344", "a4093822 299f31d0", "d16cfe09 94fdcceb 5001e420 24126ea1"),
]


def read_words(text: str) -> np.ndarray:
    return np.array([[int(word, 16) for word in text.split()]], dtype=np.uint32)


def run_kernel(counters: np.ndarray, keys: np.ndarray) -> np.ndarray:
    out = np.zeros_like(counters)
    philox_block(counters, keys, out)
    return out


@pytest.mark.parametrize(("counter", "key", "words"), KNOWN_ANSWERS)
def test_published_vectors(counter: str, key: str, words: str) -> None:
    expected = read_words(words)
    np.testing.assert_array_equal(run_kernel(read_words(counter), read_words(key)), expected)
    np.testing.assert_array_equal(twin.philox4x32(read_words(counter), read_words(key)), expected)


def test_kernel_and_twin_agree_on_random_counters() -> None:
    rng = np.random.default_rng(1)
    counters = rng.integers(0, 1 << 32, (10_000, 4), dtype=np.uint32)
    keys = rng.integers(0, 1 << 32, (10_000, 2), dtype=np.uint32)
    np.testing.assert_array_equal(run_kernel(counters, keys), twin.philox4x32(counters, keys))


def test_every_draw_has_its_key() -> None:
    keys = derive_keys(7, 50)
    np.testing.assert_array_equal(keys, [twin.derive_key(7, draw) for draw in range(50)])
    assert np.unique(keys, axis=0).shape[0] == 50
    np.testing.assert_array_equal(derive_keys(7, 3), keys[:3])


@numba.njit
def draw_all(
    key: np.ndarray, entity: np.ndarray, year: np.ndarray, occurrence: np.ndarray, stream: np.ndarray, out: np.ndarray
) -> None:
    for i in range(entity.size):
        out[i] = draw_block(key[0], key[1], entity[i], year[i], occurrence[i], stream[i])


def test_uniforms_of_a_decision_agree() -> None:
    rng = np.random.default_rng(2)
    n, key = 2000, twin.derive_key(3, 1)
    entity = rng.integers(0, 1 << 64, n, dtype=np.uint64)
    year, occurrence = rng.integers(0, 1 << 32, n), rng.integers(0, 1 << 12, n)
    stream = rng.integers(0, len(Stream), n)
    out = np.empty((n, 4))
    draw_all(key, entity, year, occurrence, stream, out)
    expected = [
        twin.draw_uniforms(key, entity=entity[i], year=year[i], occurrence=int(occurrence[i]), stream=int(stream[i]))
        for i in range(n)
    ]
    np.testing.assert_array_equal(out, expected)
    assert np.all((out > 0.0) & (out < 1.0))


@numba.njit
def place_words(words: np.ndarray, out: np.ndarray) -> None:
    for i in range(words.size):
        out[i] = to_uniform(words[i])


def test_uniforms_are_midpoints_and_never_zero_or_one() -> None:
    words = np.array([0, 1, 0x7FFFFFFF, 0x80000000, 0xFFFFFFFF], dtype=np.uint64)
    out = np.empty(words.size)
    place_words(words, out)
    np.testing.assert_array_equal(out * 2.0**33, 2.0 * words + 1.0)
    assert out[0] > 0.0 and out[-1] < 1.0
