"""What the model adds to a study: a typical hospital, the sector over the year ahead, rebounds, the IT/OT cascade.

Numbers and ids only: words come later, in each language. They are kept by the digest of all that they depend on.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np

from hygie.core.estimate import Method
from hygie.core.ids import digest_text
from hygie.core.waists import CompiledModel
from hygie.facility.blueprints import load_blueprints
from hygie.facility.facility_graphs import build_graph
from hygie.facility.organisation import Facility
from hygie.facility.registers import Register, to_facility, write_facility_yaml
from hygie.facility.synthetic import load_totals, synthesize_register
from hygie.knowledge.catalogue import Catalogue
from hygie.knowledge.study_subjects import TypicalEntity
from hygie.scenario.specs import load_specs
from hygie.service.cascade import measure_cascade
from hygie.service.decide_controls import decide_controls
from hygie.service.portfolio import PortfolioRequest, prepare_portfolio, run_portfolio
from hygie.service.portfolio_show import read_view
from hygie.service.requests import DecideControlsRequest, RatesRequest
from hygie.service.study_cases import measure_cases
from hygie.service.threat_rates import show_rates
from hygie.service.threat_world import calibrate_world, compile_world, load_world, rate_world
from hygie.store.cache import digest_package, read_note, write_note
from hygie.views.decide import OptionView
from hygie.views.messages import LANGUAGES
from hygie.views.portfolio import PortfolioView
from hygie.views.study import CascadePart, ControlGain, ModelNumbers, SectorRate, StudyPlan, TypicalHospital

__all__ = ["PLAN", "choose_typical", "model_sector"]

Progress = Callable[[str, int, int], None]

# Moderate plans: a study reads the order of things, a portfolio or an assessment has its own command.
PLAN = StudyPlan(
    draws=40,
    case_draws=80,
    decision_years=20_000,
    portfolio_draws=16,
    portfolio_years=1_600,
    cascade_attempts=6_000,
    cascade_replays=150,
)
# What the simulated numbers depend on beside packs, date and plan.
_ROOMS = ("core", "decision", "facility", "knowledge", "loss", "scenario", "service", "simulation", "store", "threat")


def model_sector(
    catalogue: Catalogue,
    *,
    typical: TypicalEntity,
    as_of: date,
    seed: int,
    plan: StudyPlan = PLAN,
    threads: int = 2,
    progress: Progress | None = None,
) -> ModelNumbers:
    """Return what is simulated for a study; from the cache when nothing that it rests on has changed."""
    tell = progress or (lambda *_: None)
    key = digest_text(
        f"{catalogue.digest} {as_of} {seed} {plan.model_dump_json()} {typical.model_dump_json()} "
        f"{digest_package(*_ROOMS, 'views/study.py')}"
    )
    known = read_note("study", key)
    if "numbers" in known:
        return ModelNumbers.model_validate_json(known["numbers"])
    numbers = _model(catalogue, typical, as_of, seed, plan, threads, tell)
    write_note("study", key, {"numbers": numbers.model_dump_json()})
    return numbers


def choose_typical(register: Register, typical: TypicalEntity, catalogue: Catalogue) -> Facility:
    """Return the entity in which the middle bed of its kind stands, with its group, and one provider of each kind."""
    own = [
        entity
        for entity in register.entities.values()
        if (entity.category, entity.status) == (typical.category, typical.status)
    ]
    described = {entity.finess: Facility.model_validate(to_facility(entity, register)) for entity in own}
    rows = sorted(described.values(), key=lambda one: (one.activity.beds, one.id))
    beds = np.cumsum([one.activity.beds for one in rows])
    chosen = rows[int(np.searchsorted(beds, beds[-1] / 2.0))]
    providers = [
        {"kind": kind, "id": f"typical-{kind.replace('_', '-')}", "name": spec.name.en, "method": "assumed"}
        for kind, spec in load_blueprints(catalogue).providers.items()
    ]
    return Facility.model_validate({**_dump(chosen), "providers": providers})


def _dump(facility: Facility) -> dict[str, Any]:
    return facility.model_dump(mode="json", by_alias=True, exclude_defaults=True, exclude_none=True) | {
        "schema": "hygie.facility/1"
    }


def _model(
    catalogue: Catalogue, typical: TypicalEntity, as_of: date, seed: int, plan: StudyPlan, threads: int, tell: Progress
) -> ModelNumbers:
    register = synthesize_register(load_totals(catalogue), seed=seed)
    facility = choose_typical(register, typical, catalogue)
    with tempfile.TemporaryDirectory() as folder, ThreadPoolExecutor(max_workers=1) as beside:
        path = Path(folder) / f"{facility.id}.yaml"
        write_facility_yaml(_dump(facility), path, synthetic=True)
        text = path.read_text(encoding="utf-8")
        # The sector is compiled in Python while kernels simulate the hospital: neither changes the other's figures.
        sector = beside.submit(_model_portfolio, register, Path(folder) / "portfolio", as_of, seed, plan, threads)
        tell("calibrate", 0, 1)
        rates = show_rates(RatesRequest(facility=str(path), draws=plan.draws, seed=seed, as_of=as_of), threads=threads)
        tell("validate", 0, 1)
        cases = measure_cases(catalogue, as_of=as_of, seed=seed, draws=plan.case_draws, threads=threads)
        decision = decide_controls(
            DecideControlsRequest(
                facility=str(path), years=plan.decision_years, draws=plan.draws, seed=seed, as_of=as_of
            ),
            threads=threads,
            progress=tell,
        )
        tell("measure", 0, 1)
        cascade = _measure_cascade(path, as_of, seed, plan, threads)
        portfolio, lineage = sector.result()
    evidence = {ref for name in lineage for ref in catalogue.estimate(name).evidence}
    return ModelNumbers(
        plan=plan,
        seed=seed,
        typical=TypicalHospital(
            id=facility.id,
            category=facility.category,
            beds=facility.activity.beds,
            fte=facility.activity.fte,
            neighbours=len(facility.links),
            file=text,
        ),
        rates=[SectorRate(id=row.id, hospital=row.facility, sector=row.expected_in_sector) for row in rates.classes],
        shares=rates.actors,
        campaigns=rates.campaigns,
        cases=cases,
        aal_eur=decision.aal_eur,
        bed_days_per_y=decision.bed_days_per_y,
        horizon_y=decision.horizon_y,
        controls=[_show_gain(row) for row in decision.options],
        cascade=cascade,
        portfolio=portfolio,
        evidence=sorted(evidence | {item.ref for item in rates.evidence}),
        assumed=sum(catalogue.estimate(name).method is Method.ASSUMED for name in lineage),
        inputs=len(lineage),
    )


def _show_gain(row: OptionView) -> ControlGain:
    return ControlGain(
        id=row.id,
        function=row.function,
        coverage_now=row.coverage_now,
        avoided_eur_per_y=row.loss_avoided_eur_per_y,
        bed_days_per_y=row.bed_days_avoided_per_y,
        cost_eur=row.cost_eur,
        p_worth=row.p_worth,
    )


def _model_portfolio(
    register: Register, place: Path, as_of: date, seed: int, plan: StudyPlan, threads: int
) -> tuple[dict[str, PortfolioView], set[str]]:
    """Return the whole sector over the same years, in every language, and the names of the inputs behind it."""
    request = PortfolioRequest(years=plan.portfolio_years, draws=plan.portfolio_draws, seed=seed, as_of=as_of)
    prepared = prepare_portfolio(request, spec=None, register=register, threads=threads)
    run_portfolio(prepared, request, place, threads=threads)
    views = {language: read_view(place, language=language) for language in LANGUAGES}
    # How long a run took is not a figure of the study.
    still = {str(language): view.model_copy(update={"seconds": 0.0}) for language, view in views.items()}
    return still, {name for names in prepared.model.lineage.values() for name in names}


def _measure_cascade(path: Path, as_of: date, seed: int, plan: StudyPlan, threads: int) -> list[CascadePart]:
    """Return why zones outside IT stand still in encryptions at the facility alone, by family; `all` first."""
    world = load_world(path, as_of=as_of)
    alone = world.facility.model_copy(update={"links": (), "providers": (), "groups": ()})
    world = type(world)(
        catalogue=world.catalogue, blueprints=world.blueprints, specs=load_specs(world.catalogue), facility=alone,
        as_of=as_of,
    )  # fmt: skip
    rates, sample = rate_world(world, seed=seed, draws=plan.draws)
    calibration = calibrate_world(
        world, seed=seed, draws=plan.draws, threads=threads, fitted=rates.sector.fitted, as_read=True
    )
    model: CompiledModel = compile_world(world, rates, sample, susceptibility=calibration.susceptibility)
    account = measure_cascade(
        model,
        families={zone.id: zone.family for zone in build_graph(alone, world.blueprints).zones},
        attempts=plan.cascade_attempts,
        replays=plan.cascade_replays,
        seed=seed,
    )
    whole = CascadePart(
        id="all",
        events=account.events,
        hours=dict(account.zone_hours),
        touched=None,
        stays=account.care["stays_lost"],
        stays_without=account.care_without["stays_lost"],
        bed_days=account.care["bed_days_lost"],
        bed_days_without=account.care_without["bed_days_lost"],
    )
    return [
        whole,
        *(
            CascadePart(id=name, events=account.events, hours=dict(hours), touched=account.touched[name])
            for name, hours in account.by_family.items()
        ),
    ]
