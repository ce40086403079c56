"""Compute the published totals of the French population from the yearly statistics (SAE).

``HYGIE_SHARED=folder python docs/_scripts/make_population.py`` reads ``data/fr_hospitals_sae2023.csv`` of that folder
and writes ``packs/health_fr/population_totals.yaml``: aggregates only, no establishment.

- `sizes`: legal entities by category, legal status and size band (each band twice the one before); of each figure its
  sum, how many legal entities and how many sites have any.
- `classes`: legal entities by the region of their main site, and their sites by where these stand.
- `regions`: sums over the sites that stand there.
- `groups`: members of each territorial group (GHT) by region.
- `spreads`: pooled standard deviation of the logarithm of each figure per FTE (per acute bed and place for stays, bed
  days and critical care) within the size bands; `beds_spread`: that of the beds and places of all disciplines.

Legal entities are those of `hygie.facility.registers`: classed and placed after the site with most staff.
"""

from __future__ import annotations

import os
import sys
from collections import Counter, defaultdict
from pathlib import Path
from typing import Any

import numpy as np
import yaml

import hygie
from hygie.facility.registers import LegalEntity, Register, RegisterSite, read_register, sum_regions
from hygie.facility.registers.nomenclature import REGIONS
from hygie.facility.synthetic.profiles import PER_ACUTE_BED
from hygie.facility.synthetic.published import FIGURES, FTE_BANDS, PopulationTotals

_HEAD = """\
schema: hygie.pack/1
# Sums of the SAE 2023 register by size, category and region. Made by docs/_scripts/make_population.py: do not edit.
"""


def sum_sizes(register: Register, sites: dict[str, RegisterSite]) -> list[dict[str, Any]]:
    """Return the totals of each size band."""
    bands: defaultdict[tuple[str, str, float], list[LegalEntity]] = defaultdict(list)
    for entity in register.entities.values():
        band = FTE_BANDS[int(np.searchsorted(FTE_BANDS, entity.fte, side="right")) - 1]
        bands[entity.category, entity.status, band].append(entity)
    rows = []
    for (category, status, band), entities in sorted(bands.items()):
        run = [sites[finess] for entity in entities for finess in entity.sites]
        figures = {
            name: [
                sum(getattr(entity, name) or 0 for entity in entities),
                sum(bool(getattr(entity, name)) for entity in entities),
                sum(bool(getattr(site, name)) for site in run),
            ]
            for name in FIGURES
        }
        rows.append(
            {
                "category": category,
                "status": status,
                "fte_from": band,
                "entities": len(entities),
                "sites": len(run),
                "fte": round(sum(entity.fte for entity in entities), 2),
                "figures": {name: totals for name, totals in figures.items() if totals[0]},
            }
        )
    return rows


def sum_classes(register: Register, sites: dict[str, RegisterSite]) -> list[dict[str, Any]]:
    """Return how many legal entities and sites of each class stand in each region."""
    codes = {name: code for code, name in REGIONS.items()}
    classes: defaultdict[tuple[str, str], list[LegalEntity]] = defaultdict(list)
    for entity in register.entities.values():
        classes[entity.category, entity.status].append(entity)
    rows = []
    for (category, status), entities in sorted(classes.items()):
        several = [entity for entity in entities if len(entity.sites) > 1]
        row: dict[str, Any] = {
            "category": category,
            "status": status,
            "entities": count(codes[entity.region] for entity in entities),
            "sites": count(codes[sites[finess].region] for entity in entities for finess in entity.sites),
        }
        if members := sum(bool(entity.ght_code) for entity in entities):
            row["members"] = members
        if several:
            at_main = sum(sites[entity.sites[0]].fte or 0.0 for entity in several)
            row["main_share"] = round(at_main / sum(entity.fte for entity in several), 3)
        rows.append(row)
    return rows


def sum_places(register: Register) -> list[dict[str, Any]]:
    """Return the totals of the sites of each region."""
    totals = sum_regions(register)
    return [
        {
            "code": code,
            "name": name,
            "fte": round(totals[name]["fte"], 2),
            "figures": {figure: int(totals[name][figure]) for figure in FIGURES if totals[name][figure]},
            "departments": count(site.department for site in register.sites if site.region == name),
        }
        for code, name in REGIONS.items()
    ]


def count_groups(register: Register) -> list[dict[str, int]]:
    """Return the members of each territorial group by region."""
    codes = {name: code for code, name in REGIONS.items()}
    members: defaultdict[str, list[str]] = defaultdict(list)
    for entity in register.entities.values():
        if entity.ght_code:
            members[entity.ght_code].append(codes[entity.region])
    return sorted((count(regions) for regions in members.values()), key=lambda group: list(group.items()))


def measure_spreads(register: Register) -> dict[str, float]:
    """Return the pooled standard deviation of the logarithm of each ratio within the size bands."""
    spreads: dict[str, float] = {}
    for name in ("beds", *FIGURES):
        logs: defaultdict[tuple[str, str, int], list[float]] = defaultdict(list)
        for entity in register.entities.values():
            base = entity.beds_mco + entity.places if name in PER_ACUTE_BED else entity.fte
            figure = getattr(entity, name)
            if figure and base:
                band = int(np.searchsorted(FTE_BANDS, entity.fte, side="right"))
                logs[entity.category, entity.status, band].append(float(np.log(figure / base)))
        several = [np.array(one) for one in logs.values() if len(one) > 1]
        squares = sum(float(np.sum((one - one.mean()) ** 2)) for one in several)
        spreads[name] = round(float(np.sqrt(squares / sum(len(one) - 1 for one in several))), 3)
    return spreads


def count(names: Any) -> dict[str, int]:
    """Return how often each name stands, in order of the names."""
    return dict(sorted(Counter(names).items()))


class _Dumper(yaml.SafeDumper):
    """Keeps codes texts, whatever version of YAML reads them."""

    def ignore_aliases(self, _data: Any) -> bool:
        return True


_Dumper.add_representer(
    str,
    lambda dumper, text: dumper.represent_scalar(
        "tag:yaml.org,2002:str", text, style='"' if text[:1].isdigit() else None
    ),
)


def write_rows(totals: dict[str, Any]) -> str:
    """Return the section as YAML, one row of a table per item."""
    lines = ["population_totals:"]
    for name, value in totals.items():
        if isinstance(value, list) and value and isinstance(value[0], dict):
            lines.append(f"  {name}:")
            lines += [f"    - {_flow(row)}" for row in value]
        else:
            lines.append(f"  {name}: {_flow(value)}")
    return "\n".join(lines) + "\n"


def _flow(value: Any) -> str:
    text = yaml.dump(
        value, Dumper=_Dumper, default_flow_style=True, allow_unicode=True, sort_keys=False, width=float("inf")
    )
    return text.removesuffix("...\n").strip()


def main() -> None:
    """Write the section of the pack."""
    folder = os.environ.get("HYGIE_SHARED")
    if not folder:
        sys.exit("HYGIE_SHARED names the folder that contains data/")
    register = read_register(Path(folder) / "data" / "fr_hospitals_sae2023.csv")
    sites = {site.finess: site for site in register.sites}
    spreads = measure_spreads(register)
    totals = {
        "year": register.year,
        "evidence": list(register.evidence),
        "sizes": sum_sizes(register, sites),
        "classes": sum_classes(register, sites),
        "regions": sum_places(register),
        "groups": count_groups(register),
        "beds_spread": spreads.pop("beds"),
        "spreads": spreads,
    }
    PopulationTotals.model_validate(totals)
    target = Path(hygie.__file__).parent / "packs" / "health_fr" / "population_totals.yaml"
    target.write_text(_HEAD + write_rows(totals), encoding="utf-8")


if __name__ == "__main__":
    main()
