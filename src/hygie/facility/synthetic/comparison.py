"""What a drawn register adds up to, beside what is published."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from hygie.facility.registers import LegalEntity, Register, RegisterSite
from hygie.facility.synthetic.published import FIGURES, FTE_BANDS, PopulationTotals, SizeTotals

__all__ = ["Comparison", "compare_totals"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """Sums of a drawn register and those published, as (drawn, published).

    Parameters
    ----------
    regions
        By name of the region and figure: `entities` [1] by main site, `sites` [1], `fte` [fte], and `FIGURES`, of the
        sites that stand there.
    classes
        By category, legal status and figure, of all sites of these legal entities.
    strays
        Legal entities that the fit has moved out of the size band that they were drawn in [1].
    """

    regions: Mapping[str, Mapping[str, tuple[float, float]]]
    classes: Mapping[tuple[str, str], Mapping[str, tuple[float, float]]]
    strays: int


def compare_totals(register: Register, totals: PopulationTotals) -> Comparison:
    """Return the sums of a whole drawn register beside those published.

    >>> from hygie.facility.registers import build_register
    >>> from hygie.knowledge.packs import load_catalogue
    >>> from hygie.facility.synthetic import load_totals
    >>> from datetime import date
    >>> nothing = build_register([], year=2023, evidence=())
    >>> compared = compare_totals(nothing, load_totals(load_catalogue(as_of=date(2026, 11, 23))))
    >>> compared.regions["Corse"]["sites"]
    (0.0, 37.0)
    """
    regions: dict[str, dict[str, tuple[float, float]]] = {}
    for place in totals.regions:
        published: dict[str, float] = {
            "entities": sum(one.entities.get(place.code, 0) for one in totals.classes),
            "sites": sum(place.departments.values()),
            **{str(name): place.figures.get(name, 0) for name in FIGURES},
            "fte": place.fte,
        }
        here = [site for site in register.sites if site.region == place.name]
        mains = sum(entity.region == place.name for entity in register.entities.values())
        regions[place.name] = _pair(here, published, entities=mains)
    classes: dict[tuple[str, str], dict[str, tuple[float, float]]] = {}
    for one in totals.classes:
        key = (one.category, one.status)
        sizes = [size for size in totals.sizes if (size.category, size.status) == key]
        entities = {entity.finess for entity in register.entities.values() if (entity.category, entity.status) == key}
        sites = [site for site in register.sites if site.entity in entities]
        classes[key] = _pair(sites, _sum_sizes(sizes), entities=len(entities))
    return Comparison(regions=regions, classes=classes, strays=_count_strays(register.entities.values(), totals))


def _sum_sizes(sizes: Iterable[SizeTotals]) -> dict[str, float]:
    sums: dict[str, float] = dict.fromkeys(("entities", "sites", *FIGURES, "fte"), 0.0)
    for size in sizes:
        sums["entities"] += size.entities
        sums["sites"] += size.sites
        sums["fte"] += size.fte
        for name in FIGURES:
            sums[name] += size.figures.get(name, (0, 0, 0))[0]
    return sums


def _pair(
    sites: list[RegisterSite], published: Mapping[str, float], *, entities: int
) -> dict[str, tuple[float, float]]:
    drawn: dict[str, Callable[[], float]] = {"entities": lambda: entities, "sites": lambda: len(sites)}
    return {
        name: (
            round(float(drawn[name]() if name in drawn else sum(getattr(site, name) or 0 for site in sites)), 2),
            round(float(amount), 2),
        )
        for name, amount in published.items()
    }


def _count_strays(entities: Iterable[LegalEntity], totals: PopulationTotals) -> int:
    """Return how many legal entities there are in a band beyond those published."""
    left: dict[tuple[str, str, float], int] = {}
    for size in totals.sizes:
        left[size.category, size.status, size.fte_from] = size.entities
    strays = 0
    for entity in entities:
        band = max(low for low in FTE_BANDS if low <= entity.fte)
        key = (entity.category, entity.status, band)
        if left.get(key, 0):
            left[key] -= 1
        else:
            strays += 1
    return strays
