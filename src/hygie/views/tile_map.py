"""France as equal squares: every department, or every region, one tile of the same size.

A drawn map gives Lozère more ink than Paris; counts of incidents deserve the same square everywhere. The layouts are
our own, drawn by hand as plain text in ``data/``; codes and names are those of INSEE (Code officiel géographique).
"""

from __future__ import annotations

import csv
import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from types import MappingProxyType
from typing import Literal

from hygie.core.errors import DocumentError, UsageError, suggest

__all__ = ["GROUPS", "LEVELS", "Group", "Level", "Tile", "find_territory", "load_tiles", "read_layout"]

Level = Literal["departments", "regions"]
LEVELS: tuple[Level, ...] = ("departments", "regions")
Group = Literal["mainland", "corsica", "overseas", "collectivity"]
GROUPS: tuple[Group, ...] = ("mainland", "corsica", "overseas", "collectivity")

_EMPTY = "."


@dataclass(frozen=True, slots=True)
class Tile:
    """One territory and its square.

    Parameters
    ----------
    code, name
        INSEE code (``"2A"``, ``"971"``; regions ``"84"``) and French name.
    region
        INSEE code of its region: its own for a region, empty for a collectivity.
    group
        Where it belongs on the map: mainland, Corsica, overseas department or overseas collectivity.
    column, row
        Place on the grid, from the west and from the north.
    """

    code: str
    name: str
    region: str
    group: Group
    column: int
    row: int


@cache
def load_tiles(level: Level, *, collectivities: bool = False) -> tuple[Tile, ...]:
    """Return the tiles of a level in the order of their codes.

    Parameters
    ----------
    collectivities
        Also the six inhabited overseas collectivities (975, 977, 978, 986, 987, 988), which are neither department
        nor region; no effect on regions.

    Raises
    ------
    UsageError
        No such level.
    """
    if level not in LEVELS:
        raise UsageError(
            "there is no such level of territories",
            value=level,
            allowed=", ".join(LEVELS),
            repair=suggest(level, LEVELS) or "choose one of these",
        )
    folder = files("hygie.views") / "data"
    places = read_layout((folder / f"{level}.txt").read_text(encoding="utf-8"), name=f"{level}.txt")
    rows = csv.DictReader((folder / f"{level}.csv").read_text(encoding="utf-8").splitlines())
    tiles = [
        Tile(
            code=row["code"],
            name=row["name"],
            region=row["region"] if level == "departments" else row["code"],
            group=next(group for group in GROUPS if group == row["group"]),
            column=places[row["code"]][0],
            row=places[row["code"]][1],
        )
        for row in rows
    ]
    return tuple(
        sorted(
            (tile for tile in tiles if collectivities or tile.group != "collectivity"),
            key=lambda tile: tile.code,
        )
    )


def read_layout(text: str, *, name: str) -> dict[str, tuple[int, int]]:
    r"""Return the place (column, row) of each code in a layout: one row a line, cells between spaces, a dot for none.

    Raises
    ------
    DocumentError
        A row has another number of cells than the first, or a code stands twice.

    >>> read_layout("# two\n. 59\n02 08", name="layout")
    {'59': (1, 0), '02': (0, 1), '08': (1, 1)}
    """
    places: dict[str, tuple[int, int]] = {}
    row, width = 0, None
    for number, line in enumerate(text.splitlines(), start=1):
        cells = line.split()
        if not cells or cells[0].startswith("#"):
            continue
        width = width or len(cells)
        if len(cells) != width:
            raise DocumentError(
                "a row of the layout has another number of cells than the first",
                file=name,
                line=number,
                value=len(cells),
                allowed=str(width),
                repair="write a dot for each empty place",
            )
        for column, code in enumerate(cells):
            if code == _EMPTY:
                continue
            if code in places:
                raise DocumentError(
                    "a code stands twice in the layout",
                    file=name,
                    line=number,
                    value=code,
                    repair="keep one tile for each code",
                )
            places[code] = (column, row)
        row += 1
    return places


def find_territory(level: Level, text: str) -> str | None:
    """Return the code of a territory given by code or by name, however it is written; None when there is none.

    >>> find_territory("departments", "2a"), find_territory("regions", "ile de france")
    ('2A', '11')
    """
    return _index(level).get(_fold(text)) or _index(level).get(_fold(text).zfill(2))


@cache
def _index(level: Level) -> Mapping[str, str]:
    tiles = load_tiles(level, collectivities=True)
    names = {_fold(tile.name): tile.code for tile in tiles}
    codes = {_fold(tile.code): tile.code for tile in tiles}
    return MappingProxyType(names | codes)


def _fold(text: str) -> str:
    """Return letters and digits only, without accents, in lower case.

    >>> _fold("Provence-Alpes-Côte d’Azur")
    'provencealpescotedazur'
    """
    plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode("ascii")
    return re.sub("[^a-z0-9]", "", plain.lower())
