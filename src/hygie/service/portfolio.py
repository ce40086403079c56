"""Simulate a portfolio: many organisations in the same years, streamed to disk, summed up part by part."""

from __future__ import annotations

import shlex
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

import hygie
from hygie.core.errors import ModelError
from hygie.core.sampling import EpistemicSample
from hygie.core.tables import ORIGINS, YELT_COLUMNS
from hygie.core.waists import CompiledModel, SimulationPlan
from hygie.facility.blueprints import Blueprints, load_blueprints
from hygie.facility.registers import Register
from hygie.knowledge.packs import Catalogue, load_catalogue
from hygie.loss.accumulation import PortfolioTally, choose_tail_years
from hygie.loss.territory import TerritoryTally
from hygie.scenario.compile import compile_model
from hygie.scenario.specs import ScenarioSpecs, load_specs
from hygie.service.calibrate import calibrate
from hygie.service.evidence import mark_result
from hygie.service.portfolio_request import PortfolioRequest
from hygie.service.portfolio_sites import Level
from hygie.service.portfolio_spec import PortfolioSpec, Roster, assemble
from hygie.service.portfolio_ties import describe_ties
from hygie.service.portfolio_view import build_views
from hygie.service.runs import PART_YEARS, choose_runner, parts_of, simulate_to_parts
from hygie.simulation.runners_blocks import Columns, choose_block_years
from hygie.store.parts import PartColumns
from hygie.store.results import check_place, write_result
from hygie.threat.rates import prepare_rates, rate_organisations
from hygie.threat.sites import share_rates
from hygie.views.portfolio import PortfolioView

__all__ = ["PortfolioRequest", "PreparedPortfolio", "prepare_portfolio", "run_portfolio", "write_run_command"]

Progress = Callable[[str, int, int], None]
FloatArray = NDArray[np.float64]

TAIL = 0.99


@dataclass(frozen=True, slots=True)
class PreparedPortfolio:
    """A portfolio compiled to arrays, and what its parts are called."""

    roster: Roster
    model: CompiledModel
    catalogue: Catalogue
    blueprints: Blueprints
    specs: ScenarioSpecs
    overtime_per_bed_day: FloatArray
    evidence: tuple[str, ...] = ()
    """Refs of what its figures rest on."""


def prepare_portfolio(
    request: PortfolioRequest,
    *,
    spec: PortfolioSpec | None,
    register: Register | None,
    beside: Path | None = None,
    region: str | None = None,
    department: str | None = None,
    ght: str | None = None,
    level: Level | None = None,
    threads: int = 2,
    progress: Progress | None = None,
) -> PreparedPortfolio:
    """Read, calibrate and compile a portfolio.

    Raises
    ------
    HygieError
        Input that is wrong, with file, line, field and repair.
    """
    tell = progress or (lambda *_: None)
    tell("read", 0, 1)
    catalogue = load_catalogue(as_of=request.as_of, extra_paths=[Path(pack) for pack in request.packs])
    blueprints = load_blueprints(catalogue)
    specs = load_specs(catalogue)
    roster = assemble(
        spec, register=register, blueprints=blueprints, known_evidence=frozenset(catalogue.evidence), beside=beside,
        region=region, department=department, ght=ght, level=level,
    )  # fmt: skip
    tell("calibrate", 0, 1)
    calibration = calibrate(
        catalogue=catalogue, blueprints=blueprints, specs=specs, seed=request.seed, draws=request.draws,
        as_of=request.as_of, threads=threads,
    )  # fmt: skip
    sample = EpistemicSample(catalogue.estimate, seed=request.seed, draws=request.draws)
    basis = prepare_rates(
        catalogue,
        population=blueprints.population,
        classes=[process.counted_class for process in specs.processes],
        sample=sample,
        as_of=request.as_of,
    )
    rates = rate_organisations([node.organisation for node in roster.portfolio.nodes], basis)
    if roster.level == "site":
        whole = rate_organisations(roster.ownership.entities, basis)
        rates = share_rates(whole, rates, owner=roster.ownership.owner)
    model = compile_model(
        roster.portfolio, catalogue=catalogue, blueprints=blueprints, specs=specs, rates=rates,
        susceptibility=calibration.susceptibility, sample=sample,
    )  # fmt: skip
    used = {ref for names in model.lineage.values() for name in names for ref in catalogue.estimate(name).evidence}
    return PreparedPortfolio(
        roster, model, catalogue, blueprints, specs, np.asarray(model.arrays["overtime_per_bed_day"], np.float64),
        tuple(sorted(used | {ref for count in rates.counts for ref in count.evidence})),
    )  # fmt: skip


def run_portfolio(
    prepared: PreparedPortfolio,
    request: PortfolioRequest,
    out: Path,
    *,
    threads: int = 2,
    scheduler: str | None = None,
    block_years: int | None = None,
    progress: Progress | None = None,
    reproduce: str = "",
) -> PortfolioView:
    """Simulate a portfolio and write its folder: events in parts, tables, views; whole or not at all.

    Parts lie beside `out` while it runs, and a run that was stopped goes on from there.

    Parameters
    ----------
    threads, scheduler, block_years
        How the work is cut, and the Dask cluster that does it; the rows do not depend on them.
    progress
        Called with (stage, done, in all).
    reproduce
        The command that makes it again, kept with the view.

    Raises
    ------
    StoreError
        The folder cannot be written; parts written so far are kept.
    RunnerError
        The cluster cannot be reached; parts written so far are kept.
    """
    tell = progress or (lambda *_: None)
    began = time.monotonic()
    check_place(out.absolute())
    runner = choose_runner(threads=threads, scheduler=scheduler)
    plan = SimulationPlan(years=request.years, draws=request.draws, seed=request.seed)
    model, roster = prepared.model, prepared.roster
    codes = code_groups(roster)
    tally = PortfolioTally(
        years=plan.years,
        nodes=len(model.labels.nodes),
        roots=max(len(model.labels.nodes) * len(model.labels.processes), len(model.labels.providers), 1),
        classes=len(model.labels.classes),
        providers=len(model.labels.providers),
        processes=len(model.labels.processes),
        owner=roster.ownership.owner,
        groups={name: (code, len(names)) for name, (code, names) in codes.items() if name != "department"},
    )
    territory = TerritoryTally(codes["department"][0], len(codes["department"][1]), measures=("beds", "visits"))

    def visit(begin: int, end: int, columns: Columns) -> None:
        tally.add(columns, begin=begin, end=end)
        _add_territory(territory, columns, prepared.overtime_per_bed_day, begin=begin, end=end)

    tell("simulate", 0, plan.years)
    yelt = simulate_to_parts(
        model, plan, out, runner=runner, block_years=block_years or choose_block_years(model, most=PART_YEARS),
        progress=lambda done, total: tell("simulate", done, total), visit=visit,
    )  # fmt: skip
    tell("measure", 0, 1)
    parts = parts_of(yelt)
    if parts is None:
        raise ModelError("the loss table of a portfolio is not in parts")
    tail = choose_tail_years(tally.loss, level=TAIL)
    facility_tail = _measure_facility_tail(parts, tail, nodes=len(model.labels.nodes), years=plan.years)
    views = build_views(
        prepared, request, plan, tally=tally, territory=territory, codes=codes, tail=tail,
        facility_tail=facility_tail, digest=yelt.digest, seconds=time.monotonic() - began, reproduce=reproduce,
    )  # fmt: skip
    written = write_result(
        out,
        manifest=_describe(prepared, request, yelt.digest),
        views={
            **{f"portfolio.{language}": view.model_dump(mode="json") for language, view in views.items()},
            "ties": describe_ties(prepared, tally, facility_tail).model_dump(mode="json"),
        },
        tables={"organisations": (tabulate_organisations(prepared, tally, facility_tail), {})},
        folders={"events": parts.folder},
    )
    parts.move_to(written / "events")
    return views[request.language]


def write_run_command(
    request: PortfolioRequest, *, spec: Path | None, scheduler: str | None = None, **chosen: str | None
) -> str:
    """Return the command that makes the run of a request again, without its place."""
    words = ["hygie", "portfolio", "run", *([str(spec)] if spec else [])]
    asked: dict[str, object] = {
        **chosen, "years": request.years, "draws": request.draws, "seed": request.seed,
        "as-of": request.as_of.isoformat(), "lang": request.language, "scheduler": scheduler,
    }  # fmt: skip
    for name, value in asked.items():
        words += [] if value is None else [f"--{name}", str(value)]
    for pack in request.packs:
        words += ["--pack", pack]
    return shlex.join(words)


def code_groups(roster: Roster) -> dict[str, tuple[NDArray[np.int64], list[str]]]:
    """Return, for each division, the group of each organisation and the names of the groups in order."""
    nodes = roster.portfolio.nodes
    found: dict[str, tuple[NDArray[np.int64], list[str]]] = {}
    for division, of in (
        ("ght", [roster.groups.get(node.organisation.id, "") for node in nodes]),
        ("region", [node.organisation.region or "" for node in nodes]),
        ("department", [node.organisation.department or "" for node in nodes]),
    ):
        names = sorted({name for name in of if name})
        place = {name: index for index, name in enumerate(names)}
        found[division] = (np.array([place.get(name, -1) for name in of], dtype=np.int64), names)
    return found


def _add_territory(
    territory: TerritoryTally, columns: Columns, overtime_per_bed_day: FloatArray, *, begin: int, end: int
) -> None:
    draw = np.asarray(columns["draw"], np.int64)
    # Overtime is worked for bed-days in degraded care: those of the outage itself, without the scar.
    beds = np.asarray(columns["overtime_h"], np.float64) / overtime_per_bed_day[draw]
    territory.add(
        year=np.asarray(columns["year"], np.int64) - begin,
        day=np.asarray(columns["day"], np.int64),
        node=np.asarray(columns["facility"], np.int64),
        outage_h=np.asarray(columns["outage_h"], np.float64),
        lost={"beds": beds, "visits": np.asarray(columns["visits_diverted"], np.float64)},
        years=end - begin,
    )


def _measure_facility_tail(
    parts: PartColumns, tail: tuple[NDArray[np.int64], FloatArray], *, nodes: int, years: int
) -> FloatArray:
    """Return each organisation's contribution to TVaR: a second look at the worst years, part by part."""
    weight = np.zeros(years)
    weight[tail[0]] = tail[1]
    total = np.zeros(nodes)
    for columns in parts.read_each("year", "facility", "loss_eur"):
        at = weight[np.asarray(columns["year"], np.int64)]
        chosen = at > 0.0
        total += np.bincount(
            np.asarray(columns["facility"], np.int64)[chosen],
            np.asarray(columns["loss_eur"], np.float64)[chosen] * at[chosen],
            minlength=nodes,
        )
    return total


def tabulate_organisations(
    prepared: PreparedPortfolio, tally: PortfolioTally, tail: FloatArray
) -> dict[str, NDArray[np.generic]]:
    """Return one row per assessed organisation: where it is and what it loses."""
    nodes = prepared.roster.portfolio.nodes
    kept = np.array([index for index, node in enumerate(nodes) if node.assessed], dtype=np.int64)
    chosen = [nodes[int(index)].organisation for index in kept]
    texts: dict[str, list[str]] = {
        "id": [one.id for one in chosen],
        "name": [one.name for one in chosen],
        "category": [one.category for one in chosen],
        "region": [one.region or "" for one in chosen],
        "department": [one.department or "" for one in chosen],
        "ght": [prepared.roster.groups.get(one.id, "") for one in chosen],
    }
    table: dict[str, NDArray[np.generic]] = {name: np.array(column, dtype=object) for name, column in texts.items()}
    if prepared.roster.level == "site":
        owners = [prepared.roster.ownership.entities[int(at)] for at in prepared.roster.ownership.owner[kept]]
        table["entity"] = np.array([one.id for one in owners], dtype=object)
        table["entity_name"] = np.array([one.name for one in owners], dtype=object)
    table["loss_eur_per_y"] = tally.facility_loss[kept] / tally.years
    table["through_eur_per_y"] = tally.facility_through[kept] / tally.years
    table["tail_eur"] = tail[kept]
    table["bed_days_per_y"] = tally.facility_bed_days[kept] / tally.years
    table["events_per_y"] = tally.facility_events[kept] / tally.years
    return table


def _describe(prepared: PreparedPortfolio, request: PortfolioRequest, digest: str) -> dict[str, Any]:
    labels = prepared.model.labels
    return {
        "kind": "portfolio",
        "level": prepared.roster.level,
        "version": hygie.__version__,
        "created_at": datetime.now(UTC).isoformat(timespec="seconds"),
        "request": request.model_dump(mode="json"),
        "digest": digest,
        "model_digest": prepared.model.digest,
        "packs": {pack.name: f"{pack.version} {pack.digest}" for pack in prepared.catalogue.packs},
        "tlp": mark_result(prepared.catalogue),
        "origins": ORIGINS,
        "labels": {name: getattr(labels, name) for name in ("nodes", "classes", "processes", "providers", "campaigns")},
        "links": labels.links,
        "clients": labels.clients,
        "units": {name: column.unit for name, column in YELT_COLUMNS.items()},
    }
