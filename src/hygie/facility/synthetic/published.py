"""Published totals of a population: what a register may be drawn from when nobody has the register itself.

Aggregates only, in pack section `population_totals`; the script `make_population.py` computes those of a register.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Literal, Self, get_args

from pydantic import Field, model_validator

from hygie.facility.blueprints import read_section
from hygie.facility.records import Identifier, Record, Share
from hygie.knowledge.packs import Catalogue

__all__ = [
    "BEDS",
    "FIGURES",
    "FTE_BANDS",
    "ClassTotals",
    "PopulationTotals",
    "RegionTotals",
    "SizeTotals",
    "load_totals",
]

# Lower ends of the size bands [fte]: each is twice the one before.
FTE_BANDS = (0.0, *(50.0 * 2**step for step in range(12)))

Number = Annotated[int, Field(ge=0, le=1_000_000_000)]
Staff = Annotated[float, Field(ge=0.0, le=10_000_000.0)]
Region = Annotated[str, Field(pattern=r"^[0-9]{2}$")]
Department = Annotated[str, Field(pattern=r"^[0-9][0-9AB][0-9]?$")]
Spread = Annotated[float, Field(ge=0.0, le=5.0)]
Status = Literal["public", "private"]
# Figures of a site that totals are published of, besides staff.
Figure = Literal[
    "beds_mco",
    "places",
    "beds_ssr",
    "beds_psy",
    "beds_usld",
    "beds_icu",
    "stays",
    "bed_days",
    "emergency_visits",
    "operating_rooms",
    "had_places",
    "mri",
    "ct_scanners",
]
FIGURES: tuple[Figure, ...] = get_args(Figure)
# The first of them add up to the beds of an establishment.
BEDS = FIGURES[:5]


class SizeTotals(Record):
    """Legal entities of one category, legal status and size band.

    `figures` gives, of each figure that is not zero, its sum, and how many legal entities and sites have any.
    """

    category: Identifier
    status: Status
    fte_from: Annotated[float, Field(ge=0.0)]
    entities: Annotated[int, Field(ge=1)]
    sites: Annotated[int, Field(ge=1)]
    fte: Staff
    figures: Mapping[Figure, tuple[Number, Number, Number]]

    @model_validator(mode="after")
    def _fits_its_band(self) -> Self:
        if self.fte_from not in FTE_BANDS:
            raise ValueError(f"no size band begins at {self.fte_from:g} FTE")
        if not self.fte_from <= self.fte / self.entities < self.fte_below:
            raise ValueError(f"the mean staff lies outside {self.fte_from:g} to {self.fte_below:g} FTE")
        if self.sites < self.entities:
            raise ValueError("every legal entity has a site")
        return self

    @property
    def fte_below(self) -> float:
        """Upper end of the band [fte]."""
        return 2.0 * self.fte_from if self.fte_from else FTE_BANDS[1]


class ClassTotals(Record):
    """Legal entities of one category and legal status.

    `entities` counts them by the region of their main site, `sites` counts their sites by where these stand, `members`
    those in a territorial group; `main_share` is the share of staff at the main site of those with several sites.
    """

    category: Identifier
    status: Status
    entities: Mapping[Region, Number]
    sites: Mapping[Region, Number]
    members: Number = 0
    main_share: Share | None = None


class RegionTotals(Record):
    """Sums over the sites that stand in a region, and how many stand in each department."""

    code: Region
    name: str
    fte: Staff
    figures: Mapping[Figure, Number]
    departments: Mapping[Department, Number]


class PopulationTotals(Record):
    """Published totals of a population.

    `spreads`: standard deviation of the logarithm of each figure per full-time equivalent (per acute bed and place for
    stays, bed days and critical care) within a size band; `beds_spread`: that of beds and places of all disciplines;
    `groups`: members of each territorial group by region.
    """

    year: Annotated[int, Field(ge=1990, le=2100)]
    evidence: tuple[str, ...]
    sizes: Annotated[tuple[SizeTotals, ...], Field(min_length=1)]
    classes: Annotated[tuple[ClassTotals, ...], Field(min_length=1)]
    regions: Annotated[tuple[RegionTotals, ...], Field(min_length=1)]
    groups: tuple[Mapping[Region, Annotated[int, Field(ge=1)]], ...]
    spreads: Mapping[Figure, Spread]
    beds_spread: Spread

    @property
    def entities(self) -> int:
        """Legal entities."""
        return sum(size.entities for size in self.sizes)

    @property
    def sites(self) -> int:
        """Sites."""
        return sum(size.sites for size in self.sizes)

    @model_validator(mode="after")
    def _tables_agree(self) -> Self:
        for part in ("entities", "sites"):
            by_size: dict[tuple[str, str], int] = {}
            for size in self.sizes:
                key = (size.category, size.status)
                by_size[key] = by_size.get(key, 0) + getattr(size, part)
            by_class = {(one.category, one.status): sum(getattr(one, part).values()) for one in self.classes}
            if by_size != by_class:
                raise ValueError(f"`sizes` and `classes` do not count the same {part}")
        codes = {region.code for region in self.regions}
        used = {code for one in self.classes for code in one.sites} | {code for one in self.groups for code in one}
        if used - codes:
            raise ValueError(f"no such region: {', '.join(sorted(used - codes))}")
        for region in self.regions:
            placed = sum(one.sites.get(region.code, 0) for one in self.classes)
            if placed != sum(region.departments.values()):
                raise ValueError(f"`classes` and `departments` do not count the same sites in {region.name}")
        for figure in FIGURES:
            by_sizes = sum(size.figures.get(figure, (0, 0, 0))[0] for size in self.sizes)
            if by_sizes != sum(region.figures.get(figure, 0) for region in self.regions):
                raise ValueError(f"`sizes` and `regions` do not add up to the same {figure}")
        return self


class _Section(Record):
    population_totals: PopulationTotals


def load_totals(catalogue: Catalogue) -> PopulationTotals:
    """Return the published totals of the last pack that has some.

    Raises
    ------
    SchemaError
        The tables contradict each other, or a field is wrong.
    EvidenceError
        No pack carries published totals.
    """
    return read_section(catalogue, "population_totals", _Section)[-1][1].population_totals
