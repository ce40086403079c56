"""Speed of frequencies: every French site, and what-ifs. Prints JSON; figures are medians with their spread.

Needs the shared data: ``HYGIE_SHARED=… python benchmarks/threat.py``. Absolute times belong to one machine.
"""

from __future__ import annotations

import json
import os
import sys
from datetime import date
from pathlib import Path

import numpy as np

from hygie.core.sampling import EpistemicSample
from hygie.facility.blueprints import load_blueprints
from hygie.facility.facility_files import load_facility
from hygie.facility.registers import Register, read_register
from hygie.knowledge.packs import load_catalogue
from hygie.scenario.specs import load_specs
from hygie.threat.rates import RateBasis, change_rates, derive_rates, prepare_rates, rate_organisations
from hygie.threat.register_rates import RegisterRates, rate_register
from hygie.threat.sector import derive_levels, fit_classes
from spine import EXAMPLE, machine, measure

AS_OF = date(2026, 11, 23)
DRAWS = 200
TABLE_DRAWS = 1_000
# A university hospital, a general hospital and a small clinic: category, staff from, staff to.
SIDE_BY_SIDE = (("chu", 5_000, 12_000), ("ch", 500, 1_500), ("clinic", 0, 40))


def pick(register: Register, category: str, low: float, high: float) -> int:
    entities = enumerate(register.entities.values())
    found = [index for index, one in entities if one.category == category and low <= one.fte < high]
    return found[len(found) // 2]


def main() -> None:
    shared = os.environ.get("HYGIE_SHARED")
    if shared is None:
        sys.exit("HYGIE_SHARED is not set: it names the folder that contains data/")
    catalogue = load_catalogue(as_of=AS_OF)
    blueprints = load_blueprints(catalogue)
    classes = [process.counted_class for process in load_specs(catalogue).processes]
    facility = load_facility(EXAMPLE, blueprints=blueprints, known_evidence=frozenset(catalogue.evidence))
    register = read_register(Path(shared) / "data" / "fr_hospitals_sae2023.csv")
    entities = len(register.entities)
    sample = EpistemicSample(catalogue.estimate, seed=1, draws=DRAWS)
    fitted = fit_classes(catalogue, classes, entities=entities, sample=sample, as_of=AS_OF)

    def all_sites() -> RegisterRates:
        levels = derive_levels(catalogue, classes, entities=entities, sample=sample, as_of=AS_OF, fitted=fitted)
        rates = rate_register(register, levels, catalogue=catalogue, sample=sample)
        for name in rates.rates:
            rates.site_bands(name)
        return rates

    known = derive_rates(
        catalogue,
        [facility],
        population=blueprints.population,
        classes=classes,
        sample=sample,
        as_of=AS_OF,
        fitted=fitted,
    )

    def everything_but_the_fit() -> RateBasis:
        return prepare_rates(
            catalogue, population=blueprints.population, classes=classes, sample=sample, as_of=AS_OF, fitted=fitted
        )

    basis = everything_but_the_fit()
    result: dict[str, object] = {
        "machine": machine(),
        "draws": DRAWS,
        "sites": len(register.sites),
        "fit": measure(lambda: fit_classes(catalogue, classes, entities=entities, sample=sample, as_of=AS_OF)),
        "all_sites_fit_known": measure(all_sites),
        "what_if_evidence_fit_known": measure(everything_but_the_fit, runs=15),
        "what_if_facility": measure(lambda: rate_organisations([facility], basis), runs=15),
        "what_if_actor": measure(lambda: change_rates(known, "lockbit", change="gone"), runs=15),
    }
    print(json.dumps({**result, "mean_rate_per_y": side_by_side(register)}, indent=2))


def side_by_side(register: Register) -> dict[str, list[float]]:
    """Mean yearly rates of three facilities under two size floors, and their hits by campaigns."""
    catalogue = load_catalogue(as_of=AS_OF)
    sample = EpistemicSample(catalogue.estimate, seed=1, draws=TABLE_DRAWS)
    levels = derive_levels(catalogue, ["ransomware"], entities=len(register.entities), sample=sample, as_of=AS_OF)
    three = [pick(register, *which) for which in SIDE_BY_SIDE]
    table = {}
    for floor in (50.0, 20.0):
        rates = rate_register(register, levels, catalogue=catalogue, sample=sample, floor=floor)
        for name, values in rates.rates.items():
            table[f"{name}, floor {floor:g}"] = [float(f"{each:.3g}") for each in np.mean(values[:, three], axis=0)]
    return table


if __name__ == "__main__":
    main()
