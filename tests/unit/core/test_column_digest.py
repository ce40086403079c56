"""The digest of a table does not know where the table was cut, and knows everything else."""

from __future__ import annotations

import hashlib

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hygie.core.errors import ModelError
from hygie.core.ids import ColumnDigest, digest_columns

TABLE = {"year": np.arange(50, dtype=np.int64), "loss": np.linspace(0.0, 9.0, 50), "code": np.arange(50, dtype=np.int8)}


@given(st.lists(st.integers(0, 50), max_size=6))
def test_cuts_leave_no_trace(cuts: list[int]) -> None:
    state = ColumnDigest()
    edges = [0, *sorted(cuts), 50]
    for begin, end in zip(edges, edges[1:]):
        state.update({name: column[begin:end] for name, column in TABLE.items()})
    assert state.finish() == digest_columns(TABLE)
    assert state.rows == 50


def test_it_is_what_the_page_says() -> None:
    lines = [
        f"{name}\x1f{kind}\x1f50\x1f{hashlib.sha256(TABLE[name].tobytes()).hexdigest()}\n"
        for name, kind in (("code", "|i1"), ("loss", "<f8"), ("year", "<i8"))
    ]
    assert digest_columns(TABLE) == "sha256:" + hashlib.sha256("".join(lines).encode()).hexdigest()


@pytest.mark.parametrize(
    "other",
    [
        TABLE | {"loss": np.nextafter(TABLE["loss"], 10.0)},
        TABLE | {"code": TABLE["code"].astype(np.int16)},
        {"years" if name == "year" else name: column for name, column in TABLE.items()},
        {name: column[::-1] for name, column in TABLE.items()},
        {name: column[:-1] for name, column in TABLE.items()},
        {name: column for name, column in TABLE.items() if name != "code"},
        TABLE | {"year": TABLE["loss"].view(np.int64), "loss": TABLE["year"].view(np.float64)},
    ],
)
def test_any_difference_shows(other: dict[str, np.ndarray]) -> None:
    assert digest_columns(other) != digest_columns(TABLE)


def test_byte_order_and_strides_do_not_show() -> None:
    swapped = {name: column.astype(column.dtype.newbyteorder(">")) for name, column in TABLE.items()}
    strided = {name: np.repeat(column, 2)[::2] for name, column in TABLE.items()}
    assert digest_columns(swapped) == digest_columns(strided) == digest_columns(TABLE)


@pytest.mark.parametrize(
    "piece",
    [{"year": TABLE["year"]}, TABLE | {"loss": TABLE["loss"].astype(np.float32)}, TABLE | {"loss": TABLE["loss"][:3]}],
)
def test_pieces_that_do_not_fit_are_refused(piece: dict[str, np.ndarray]) -> None:
    state = ColumnDigest()
    state.update(TABLE)
    with pytest.raises(ModelError):
        state.update(piece)
