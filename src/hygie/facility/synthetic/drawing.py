"""Draw a register from published totals: establishments that do not exist, and whose sums are the real ones."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hygie.core.errors import UsageError
from hygie.facility.registers import Notebook, Register, RegisterSite, build_register
from hygie.facility.registers.nomenclature import SYNTHETIC_PREFIX
from hygie.facility.registers.notes import note_synthetic
from hygie.facility.synthetic.chance import Chance
from hygie.facility.synthetic.places import Places, group_entities, place_sites
from hygie.facility.synthetic.profiles import Profiles, draw_profiles
from hygie.facility.synthetic.published import FIGURES, PopulationTotals
from hygie.facility.synthetic.regions import place_entities
from hygie.facility.synthetic.sites import SiteFigures, fit_sites

__all__ = ["EVIDENCE", "KIND", "LABEL", "MAX_SEED", "synthesize_register"]

IntArray = NDArray[np.int64]

KIND = "synthetic"
# What the pack says of such figures.
EVIDENCE = "synthetic-register"
# Stands in every record, in both languages.
LABEL = "synthétique · synthetic"
MAX_SEED = 2**63 - 1

_NOUNS = {
    "chu": "CHU synthétique",
    "ch": "Hôpital synthétique",
    "local_hospital": "Hôpital de proximité synthétique",
    "clinic": "Clinique synthétique",
    "psychiatric": "Établissement psychiatrique synthétique",
    "rehabilitation": "Centre de réadaptation synthétique",
    "cancer_centre": "Centre de cancérologie synthétique",
    "home_care": "Hospitalisation à domicile synthétique",
    "long_stay": "Établissement de long séjour synthétique",
}
_NOUN = "Établissement synthétique"
# Numbers of sites follow those of legal entities within a region.
_FIRST_SITE = 5_000


def synthesize_register(totals: PopulationTotals, *, seed: int) -> Register:
    """Draw a register of establishments that do not exist.

    The numbers of legal entities and of sites by category, legal status and region, the sites by department, the
    members of territorial groups by region, and the sums of every figure and of staff by region are those published,
    to the unit. Sums by size band are as near as that lets them. Nursing homes and laboratories are absent, like in
    the register that the totals come from.

    Parameters
    ----------
    totals
        What is published of the population.
    seed
        The same seed gives the same register.

    Raises
    ------
    UsageError
        The seed is negative or too large.
    """
    if not 0 <= seed <= MAX_SEED:
        raise UsageError("this seed cannot be used", field="seed", value=seed, allowed=f"0 to {MAX_SEED}")
    chance = Chance(seed)
    profiles = draw_profiles(totals, chance.branch(0))
    region = place_entities(totals, profiles, chance.branch(1))
    places = place_sites(totals, profiles, region, chance=chance.branch(2))
    drawn = fit_sites(totals, profiles, places, chance=chance.branch(3))
    department = [name for name, main in zip(places.department, places.main, strict=True) if main]
    group = group_entities(totals, profiles, region=region, department=department, chance=chance.branch(4))
    sites = _write_sites(totals, profiles, places, drawn, named=_name_entities(totals, profiles, region), group=group)
    notes = Notebook("synthetic register")
    note_synthetic(notes, len(sites), of=len(sites))
    return build_register(
        sites, year=totals.year, evidence=(EVIDENCE,), findings=notes.findings, kind=KIND, synthetic=True
    )


def _name_entities(totals: PopulationTotals, profiles: Profiles, region: IntArray) -> list[tuple[str, str]]:
    """Return number and name of each legal entity, counted region after region, the largest first."""
    named = [("", "")] * len(region)
    serials = [0] * len(totals.regions)
    for rank, entity in enumerate(np.lexsort((-profiles.fte, region)).tolist(), start=1):
        place = totals.regions[region[entity]]
        serials[region[entity]] += 1
        noun = _NOUNS.get(totals.sizes[profiles.size[entity]].category, _NOUN)
        number = _number(place.code, serials[region[entity]])
        named[entity] = (number, f"{noun} {rank:04d} ({place.name})")
    return named


def _write_sites(
    totals: PopulationTotals,
    profiles: Profiles,
    places: Places,
    drawn: SiteFigures,
    *,
    named: Sequence[tuple[str, str]],
    group: IntArray,
) -> list[RegisterSite]:
    """Return the sites as a register holds them; a figure of nothing is blank."""
    groups = _name_groups(totals)
    serials = [_FIRST_SITE] * len(totals.regions)
    sites, turn = [], 0
    for site, entity in enumerate(places.entity.tolist()):
        turn = 1 if places.main[site] else turn + 1
        at = int(places.region[site])
        serials[at] += 1
        number, name = named[entity]
        size = totals.sizes[profiles.size[entity]]
        code, title = groups.get(int(group[entity]), ("", ""))
        figures: dict[str, Any] = {
            key: count or None for key, count in zip(FIGURES, drawn.figures[site].tolist(), strict=True)
        }
        sites.append(
            RegisterSite(
                finess=_number(totals.regions[at].code, serials[at]),
                entity=number,
                name=name if turn == 1 else f"{name}, site {turn}",
                category=size.category,
                status=size.status,
                register_category=size.category,
                register_status=size.status,
                region=totals.regions[at].name,
                department=places.department[site],
                city=LABEL,
                ght_code=code,
                ght_name=title,
                **figures,
                fte=int(drawn.staff[site]) / 100,
            )
        )
    return sorted(sites, key=lambda one: (one.entity, one.finess))


def _name_groups(totals: PopulationTotals) -> dict[int, tuple[str, str]]:
    """Return code and name of each territorial group, numbered within the region of most members."""
    names = {one.code: one.name for one in totals.regions}
    counts: dict[str, int] = {}
    named = {}
    for index, group in enumerate(totals.groups):
        code = max(group, key=lambda one: group[one])
        counts[code] = counts.get(code, 0) + 1
        named[index] = (
            f"{SYNTHETIC_PREFIX}{code}{counts[code]:02d}",
            f"GHT {LABEL} {code}-{counts[code]:02d} ({names[code]})",
        )
    return named


def _number(region: str, serial: int) -> str:
    """Return the number of an establishment that does not exist, in the form of a FINESS number."""
    stem = f"{SYNTHETIC_PREFIX}{region}{serial:04d}"
    # The digit that makes the sum of Luhn a multiple of ten; every other digit is doubled, the last of the stem first.
    digits = [int(digit) for digit in reversed(stem)]
    doubled = [2 * digit - 9 * (digit > 4) for digit in digits[::2]]
    return f"{stem}{-(sum(doubled) + sum(digits[1::2])) % 10}"
