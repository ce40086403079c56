"""Typed FAIR scenarios: from a register file to figures, curves, options and checks."""

from __future__ import annotations

import platform
import shlex
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

import hygie
from hygie.core.errors import Finding, HygieError
from hygie.core.typed_model import TypedModel, TypedResult
from hygie.core.waists import SimulationPlan
from hygie.scenario.typed.compile import compile_register
from hygie.scenario.typed.register import Register, check_register, list_quantities, load_register, read_register
from hygie.service.fair_figures import (
    check_typed,
    compare_shortcut,
    derive_typed_figures,
    list_forms,
    list_scenarios,
    price_option,
    show_typed_curves,
    write_typed_headline,
)
from hygie.simulation.typed_runner import TYPED_BLOCK, simulate_typed
from hygie.store.results import write_result
from hygie.views.fair import FairView, RangeRow
from hygie.views.messages import LANGUAGES, Language, translator

__all__ = ["MAX_EVENT_ROWS", "FairRun", "check_register_file", "run_register", "save_fair_run"]

MAX_EVENT_ROWS = 5_000_000
"""Most loss events that are kept one by one: about half a gigabyte."""

Progress = Callable[[str, int, int], None]


@dataclass(frozen=True, slots=True)
class FairRun:
    """What is shown of a run, in each language, and the tables behind it."""

    register: Register
    views: Mapping[Language, FairView]
    result: TypedResult
    model: TypedModel


def check_register_file(path: Path) -> list[Finding]:
    """Return what is wrong with a register file."""
    try:
        register, document = read_register(path)
    except HygieError as error:
        return list(error.findings)
    return check_register(register, document)


def run_register(
    path: Path,
    *,
    plan: SimulationPlan,
    as_of: date,
    threads: int = 2,
    block_years: int = TYPED_BLOCK,
    progress: Progress | None = None,
) -> FairRun:
    """Simulate the twelve months after `as_of` of a register.

    Raises
    ------
    DataError, ModelError
        The file is wrong, with file, line and repair; or its figures do not fit together.
    """

    def report(stage: str, done: int = 0, total: int = 1) -> None:
        if progress is not None:
            progress(stage, done, total)

    report("read")
    register = load_register(path)
    model = compile_register(register, seed=plan.seed, draws=plan.draws, as_of=as_of)
    expected = float((np.asarray(model.arrays["rate_per_y"]).mean(axis=0)).sum()) * plan.years
    report("simulate", 0, plan.years)
    result = simulate_typed(
        model,
        plan,
        threads=threads,
        block_years=block_years,
        keep_events=expected <= MAX_EVENT_ROWS,
        progress=lambda done, total: report("simulate", done, total),
    )
    report("measure")
    options = {}
    in_place = [control.id for control in register.controls if control.in_place]
    for control in register.controls:
        if not control.in_place:
            changed = compile_register(
                register, seed=plan.seed, draws=plan.draws, as_of=as_of, controls=[*in_place, control.id]
            )
            options[control.id] = simulate_typed(
                changed, plan, threads=threads, block_years=block_years, by_scenario=False
            ).gross_sum_eur
    command = (
        f"hygie fair run {shlex.quote(str(path))} --years {plan.years} --draws {plan.draws} --seed {plan.seed} "
        f"--as-of {as_of.isoformat()}"
    )
    views = {
        language: _build_view(
            register, model, result, options, as_of=as_of, reproduce=f"{command} --lang {language}", language=language
        )
        for language in LANGUAGES
    }
    report("measure", 1, 1)
    return FairRun(register, views, result, model)


def _build_view(
    register: Register,
    model: TypedModel,
    result: TypedResult,
    options: Mapping[str, NDArray[np.float64]],
    *,
    as_of: date,
    reproduce: str,
    language: Language,
) -> FairView:
    _ = translator(language)
    figures = derive_typed_figures(result, _)
    shortcut = compare_shortcut(model, result, language=language, _=_)
    quantities = list_quantities(register)
    ranges = []
    for quantity in quantities:
        made = quantity.distribution()
        low, high = made.quantile(0.05), made.quantile(0.95)
        ranges.append(
            RangeRow(
                owner=quantity.owner,
                field=quantity.label,
                unit=quantity.unit,
                varies=quantity.varies,
                p05=low,
                mean=made.mean(),
                p95=high,
                method=str(quantity.method or "published"),
                sources=list(quantity.sources),
            )
        )
    names = {scenario.id: scenario.name for scenario in register.scenarios}
    return FairView(
        language=language,
        id=register.id,
        name=register.name,
        as_of=as_of.isoformat(),
        years=result.plan.years,
        draws=result.plan.draws,
        seed=result.plan.seed,
        headline=write_typed_headline(figures, language=language, _=_),
        figures=figures,
        curves=show_typed_curves(result),
        scenarios=list_scenarios(result, names=names, shortcut=shortcut.by_scenario),
        forms=list_forms(result, _),
        options=[
            price_option(control.id, control.name, control.cost_per_y, base=result, changed=options[control.id])
            for control in register.controls
            if control.id in options
        ],
        shortcut=shortcut.view,
        ranges=ranges,
        sources={source.ref: source.title for source in register.sources},
        checks=check_typed(register, model, result, ranges, as_of=as_of, language=language, _=_),
        reproduce=reproduce,
        digest=result.digest,
        model_digest=model.digest,
        version=hygie.__version__,
    )


def save_fair_run(run: FairRun, folder: Path) -> Path:
    """Write manifest, views, the year table and, where kept, the event table; whole or not at all.

    Raises
    ------
    StoreError
        The place is taken by something else, or cannot be written.
    """
    result = run.result
    columns = {"year": np.arange(result.plan.years, dtype=np.int64)}
    annual = {
        name: getattr(result, name) for name in ("gross_sum_eur", "gross_max_eur", "paid_sum_eur", "paid_max_eur")
    }
    tables = {"years": ({**columns, **annual}, {"digest": result.digest, "unit": "EUR_2024"})}
    if result.events:
        tables["events"] = (dict(result.events), {"digest": result.digest, "unit": "EUR_2024"})
    view = run.views["en"]
    return write_result(
        folder,
        manifest={
            "kind": "fair",
            "version": view.version,
            "created_at": datetime.now(UTC).isoformat(timespec="seconds"),
            "register": run.register.model_dump(mode="json", by_alias=True, exclude_none=True),
            "plan": {"years": view.years, "draws": view.draws, "seed": view.seed, "as_of": view.as_of},
            "scenarios": list(result.names),
            "digest": view.digest,
            "model_digest": view.model_digest,
            "platform": {"python": platform.python_version(), "machine": platform.machine(), "numpy": np.__version__},
        },
        views={f"fair.{name}": item.model_dump(mode="json") for name, item in run.views.items()},
        tables=tables,
    )
