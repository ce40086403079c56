"""Boxes in bands, bands in rows: who stands where, so that what is joined stands close."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import ceil

from hygie.views.picture_nets import Arrow
from hygie.views.picture_routes import Cell

__all__ = ["Band", "arrange_rows"]

_SWEEPS = 12


@dataclass(frozen=True, slots=True)
class Band:
    """Boxes that belong together, under one name; bands stand one below the other."""

    id: str
    label: str
    names: tuple[str, ...]


def arrange_rows(
    bands: Sequence[Band], arrows: Sequence[Arrow], *, most: int
) -> tuple[dict[str, Cell], list[str], int]:
    """Return the cell of each box, the band of each row, and the number of columns.

    Parameters
    ----------
    most
        Columns at most: a band with more boxes has several rows of about the same length.

    Notes
    -----
    Two boxes of a band change places as long as that makes the arrows shorter, in the order of the bands: the same
    boxes and arrows always give the same picture.
    """
    rows = {band.id: ceil(len(band.names) / most) for band in bands if band.names}
    columns = max((ceil(len(band.names) / rows[band.id]) for band in bands if band.names), default=1)
    cells: dict[str, Cell] = {}
    row_bands: list[str] = []
    for band in bands:
        if not band.names:
            continue
        slots = _slots(len(band.names), rows[band.id], columns, first=len(row_bands))
        cells |= dict(zip(band.names, slots, strict=True))
        row_bands += [band.id] * rows[band.id]
    _improve(bands, arrows, cells)
    return cells, row_bands, columns


def _slots(number: int, rows: int, columns: int, *, first: int) -> list[Cell]:
    """Return the cells of a band: rows of about the same length, in the middle."""
    cells: list[Cell] = []
    for row in range(rows):
        length = ceil((number - len(cells)) / (rows - row))
        left = (columns - length) // 2
        cells += [Cell(first + row, left + i) for i in range(length)]
    return cells


def _improve(bands: Sequence[Band], arrows: Sequence[Arrow], cells: dict[str, Cell]) -> None:
    joined: dict[str, list[str]] = {}
    for arrow in arrows:
        joined.setdefault(arrow.source, []).append(arrow.target)
        joined.setdefault(arrow.target, []).append(arrow.source)
    for _ in range(_SWEEPS):
        changed = False
        for band in bands:
            for index, one in enumerate(band.names):
                for other in band.names[index + 1 :]:
                    before = _length(one, joined, cells) + _length(other, joined, cells)
                    cells[one], cells[other] = cells[other], cells[one]
                    if _length(one, joined, cells) + _length(other, joined, cells) < before:
                        changed = True
                    else:
                        cells[one], cells[other] = cells[other], cells[one]
        if not changed:
            return


def _length(name: str, joined: Mapping[str, Sequence[str]], cells: Mapping[str, Cell]) -> int:
    """Return how far a box is from those it is joined with: steps, and one more where the line cannot run straight."""
    cell = cells[name]
    steps = 0
    for other in joined.get(name, ()):
        aside = abs(cells[other].column - cell.column)
        steps += 2 * (abs(cells[other].row - cell.row) + aside) + bool(aside)
    return steps
