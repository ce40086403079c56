"""View model of a drawn register: what it adds up to, beside what is published."""

from __future__ import annotations

from typing import Literal

from hygie.views.assessment import View

__all__ = ["ClassSumsView", "RegionSumsView", "SumView", "SyntheticView"]


class SumView(View):
    """One sum, as it was drawn and as it is published."""

    drawn: float
    published: float

    @property
    def difference(self) -> float:
        """What was drawn, less what is published."""
        return round(self.drawn - self.published, 2)


class RegionSumsView(View):
    """Sums over the sites of a region; `entities` counts legal entities by their main site."""

    region: str
    sums: dict[str, SumView]


class ClassSumsView(View):
    """Sums over the legal entities of a category and legal status."""

    category: str
    status: Literal["public", "private"]
    name: str
    sums: dict[str, SumView]


class SyntheticView(View):
    """A register of establishments that do not exist.

    `sums` are those of the country, or of the region that was asked for; `sites`, `entities` and `groups` count what
    the register holds, where a legal entity is whole; `strays`: legal entities outside the size band that they were
    drawn in; `path`: the file that was written; `number`: the edition in the workspace; `new` is False when it was
    there already.
    """

    synthetic: Literal[True] = True
    notice: dict[Literal["en", "fr"], str]
    seed: int
    year: int
    region: str | None
    sites: int
    entities: int
    groups: int
    all_entities: int
    sums: dict[str, SumView]
    regions: tuple[RegionSumsView, ...]
    classes: tuple[ClassSumsView, ...]
    strays: int
    path: str | None
    number: int | None
    new: bool | None
