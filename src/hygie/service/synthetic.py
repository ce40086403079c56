"""A register of establishments that do not exist, for those who have no register: drawn, compared, kept."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Literal

from hygie.facility.blueprints import load_blueprints
from hygie.facility.registers import select
from hygie.facility.registers.editions import count_register, to_edition
from hygie.facility.synthetic import load_totals, synthesize_register, write_table
from hygie.facility.synthetic.comparison import compare_totals
from hygie.knowledge.packs import load_catalogue
from hygie.store.register_store import RegisterStore
from hygie.views.messages import LANGUAGES, Language, translator
from hygie.views.registers import SYNTHETIC
from hygie.views.synthetic import ClassSumsView, RegionSumsView, SumView, SyntheticView

__all__ = ["SyntheticRequest", "synthesize_population"]


@dataclass(frozen=True, slots=True, kw_only=True)
class SyntheticRequest:
    """What to draw, and where it goes.

    Parameters
    ----------
    seed
        The same seed gives the same register.
    region
        Keep the legal entities of one region only.
    out, overwrite
        Table to write, and whether it may replace a file.
    """

    seed: int
    as_of: date
    region: str | None = None
    out: Path | None = None
    overwrite: bool = False


def synthesize_population(
    store: RegisterStore | None, request: SyntheticRequest, *, language: Language
) -> SyntheticView:
    """Draw a register from the published totals of the packs, and return what it adds up to.

    Parameters
    ----------
    store
        Where to keep it as an edition; None to keep nothing.

    Raises
    ------
    UsageError
        The seed is out of range.
    EvidenceError
        There is no such region, or no pack carries published totals.
    StoreError
        The table or the database cannot be written.
    """
    catalogue = load_catalogue(as_of=request.as_of)
    categories = load_blueprints(catalogue).categories
    totals = load_totals(catalogue)
    register = synthesize_register(totals, seed=request.seed)
    compared = compare_totals(register, totals)
    region, regions = None, compared.regions
    if request.region is not None:
        register = select(register, region=request.region)
        region = next(iter(register.entities.values())).region
        regions = {region: regions[region]}
    if request.out is not None:
        write_table(register, request.out, overwrite=request.overwrite)
    edition, new = None, None
    if store is not None:
        name = " · ".join(filter(None, (f"synthetic, seed {request.seed}", region)))
        edition, new = store.add(to_edition(register, name=name))
    counts = count_register(register)
    return SyntheticView(
        notice=_write_notice(),
        seed=request.seed,
        year=register.year,
        region=region,
        sites=counts["sites"],
        entities=counts["entities"],
        groups=counts["groups"],
        all_entities=totals.entities,
        sums=_add_up(regions),
        regions=tuple(RegionSumsView(region=name, sums=_view(sums)) for name, sums in regions.items()),
        classes=tuple(
            ClassSumsView(
                category=category,
                status="public" if status == "public" else "private",
                name=categories[category].name.local().in_language(language),
                sums=_view(sums),
            )
            for (category, status), sums in compared.classes.items()
        ),
        strays=compared.strays,
        path=str(request.out) if request.out is not None else None,
        number=edition.number if edition is not None else None,
        new=new,
    )


def _write_notice() -> dict[Literal["en", "fr"], str]:
    return {language: translator(language)(SYNTHETIC) for language in LANGUAGES}


def _view(sums: Mapping[str, tuple[float, float]]) -> dict[str, SumView]:
    return {name: SumView(drawn=drawn, published=published) for name, (drawn, published) in sums.items()}


def _add_up(regions: Mapping[str, Mapping[str, tuple[float, float]]]) -> dict[str, SumView]:
    names = list(next(iter(regions.values())))
    return {
        name: SumView(
            drawn=round(sum(sums[name][0] for sums in regions.values()), 2),
            published=round(sum(sums[name][1] for sums in regions.values()), 2),
        )
        for name in names
    }
