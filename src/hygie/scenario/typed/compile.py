"""From a register to arrays: beliefs are drawn once per draw, what varies between events becomes a quantile table."""

from __future__ import annotations

from collections.abc import Callable, Collection
from datetime import date, timedelta
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hygie.core.distributions import Constant, Distribution
from hygie.core.estimate import draw_uniforms
from hygie.core.ids import derive_entity
from hygie.core.typed_model import FORM_NAMES, TypedModel, tabulate_quantiles
from hygie.core.units import DAYS_PER_YEAR
from hygie.scenario.typed.register import Register, RegisterControl, TypedScenario, list_quantities

__all__ = ["compile_register", "find_exposed_share"]

FloatArray = NDArray[np.float64]
_ONE_YEAR = timedelta(days=DAYS_PER_YEAR)


def find_exposed_share(scenario: TypedScenario, *, as_of: date) -> float:
    """Return the share of the twelve months after `as_of` in which the scenario is valid."""
    begin = max(as_of, date.fromisoformat(scenario.valid_from)) if scenario.valid_from else as_of
    end = as_of + _ONE_YEAR
    if scenario.valid_until:
        end = min(end, date.fromisoformat(scenario.valid_until))
    return max(0.0, (end - begin) / (as_of + _ONE_YEAR - as_of))


class _Tables:
    """Quantile tables, each kept once."""

    def __init__(self) -> None:
        self.rows: list[FloatArray] = []
        self._known: dict[Distribution | str, int] = {}

    def add(self, key: Distribution | str, ppf: Callable[[FloatArray], FloatArray]) -> int:
        if key not in self._known:
            self._known[key] = len(self.rows)
            self.rows.append(tabulate_quantiles(ppf))
        return self._known[key]


def _ones(u: FloatArray) -> FloatArray:
    return np.ones_like(u)


def compile_register(
    register: Register, *, seed: int, draws: int, as_of: date, controls: Collection[str] | None = None
) -> TypedModel:
    """Compile a checked register.

    Parameters
    ----------
    seed, draws
        Beliefs are Latin hypercube columns keyed by register, owner and field: another scenario moves none of them.
    as_of
        First day of the twelve months.
    controls
        Ids of the controls that are in place; those that the register says are in place by default.
    """
    active = [
        control for control in register.controls if (control.in_place if controls is None else control.id in controls)
    ]
    quantities = {quantity.path: quantity for quantity in list_quantities(register)}
    tables = _Tables()

    def believe(path: tuple[str | int, ...]) -> FloatArray:
        quantity = quantities[path]
        uniforms = draw_uniforms(f"fair.{quantity.owner}.{quantity.label}", seed=seed, draws=draws)
        return quantity.distribution().ppf(uniforms)

    def spread(path: tuple[str | int, ...]) -> tuple[int, FloatArray]:
        """Return table and factor: the quantity's own table and 1, or a table of ones and what is believed."""
        quantity = quantities[path]
        distribution = quantity.distribution()
        if quantity.varies == "belief" or isinstance(distribution, Constant):
            return tables.add("one", _ones), believe(path)
        return tables.add(distribution, distribution.ppf), np.ones(draws)

    order = sorted(range(len(register.scenarios)), key=lambda index: register.scenarios[index].id)
    columns: dict[str, list[Any]] = {
        name: []
        for name in (
            "entity", "rate_per_y", "push_table", "hold_table", "push_factor", "hold_shift", "secondary_share",
            "loss_cap_eur", "deductible_eur", "limit_eur", "annual_limit_eur",
        )
    }  # fmt: skip
    forms: dict[str, list[Any]] = {
        name: [] for name in ("form_name", "form_secondary", "form_entity", "form_table", "form_factor")
    }
    ptr = [0]
    uniform = tables.add("uniform", np.copy)
    for index in order:
        scenario = register.scenarios[index]
        path = ("scenarios", index)
        effect = _Effects(scenario, active, register, believe)
        frequency = (
            believe((*path, "threat_event_frequency"))
            if scenario.threat_event_frequency is not None
            else believe((*path, "contact_frequency")) * believe((*path, "probability_of_action"))
        )
        exposed = find_exposed_share(scenario, as_of=as_of)
        if scenario.susceptibility is not None:
            push, factor = spread((*path, "susceptibility"))
            hold, shift = uniform, np.zeros(draws)
        else:
            push, factor = spread((*path, "threat_capability"))
            hold, strength = spread((*path, "resistance_strength"))
            # Strength of one value is a shift of a hold that is always 0: tables of ones cannot be scaled apart.
            known = quantities[(*path, "resistance_strength")]
            if known.varies == "belief" or isinstance(known.distribution(), Constant):
                hold, shift = tables.add("zero", np.zeros_like), strength
            else:
                shift = np.zeros(draws)
            shift = shift + effect.strength
        terms = scenario.terms
        caps = [cap for cap in (scenario.loss_cap, register.loss_cap) if cap is not None]
        columns["entity"].append(derive_entity("fair", scenario.id))
        columns["rate_per_y"].append(frequency * exposed * effect.frequency)
        columns["push_table"].append(push)
        columns["hold_table"].append(hold)
        columns["push_factor"].append(factor * effect.susceptibility)
        columns["hold_shift"].append(shift)
        columns["loss_cap_eur"].append(min(caps, default=np.inf))
        columns["deductible_eur"].append(terms.deductible if terms else 0.0)
        columns["limit_eur"].append(terms.limit if terms and terms.limit is not None else (np.inf if terms else 0.0))
        columns["annual_limit_eur"].append(terms.annual_limit if terms and terms.annual_limit is not None else np.inf)
        columns["secondary_share"].append(
            believe((*path, "secondary_loss", "frequency")) if scenario.secondary_loss is not None else np.zeros(draws)
        )
        for side, secondary in (("primary_loss", False), ("secondary_loss", True)):
            losses = getattr(scenario, side)
            for name in losses.forms() if losses is not None else ():
                table, scale = spread((*path, side, name))
                forms["form_name"].append(FORM_NAMES.index(name))
                forms["form_secondary"].append(int(secondary))
                alone = name == "unsplit" and not secondary
                forms["form_entity"].append(0 if alone else derive_entity("fair-form", side, name))
                forms["form_table"].append(table)
                forms["form_factor"].append(scale * effect.magnitude)
        ptr.append(len(forms["form_name"]))
    arrays: dict[str, NDArray[Any]] = {}
    for name, values in {**columns, **forms}.items():
        array = np.asarray(values, dtype=np.uint64 if name.endswith("entity") else None)
        arrays[name] = array.T if array.ndim == 2 else array
    return TypedModel(
        draws=draws,
        names=tuple(register.scenarios[index].id for index in order),
        arrays={**arrays, "form_ptr": np.array(ptr), "tables": np.stack(tables.rows)},
    )


class _Effects:
    """What the controls in place do to one scenario, per draw."""

    def __init__(
        self,
        scenario: TypedScenario,
        controls: list[RegisterControl],
        register: Register,
        believe: Callable[[tuple[str | int, ...]], FloatArray],
    ) -> None:
        self.frequency: FloatArray | float = 1.0
        self.susceptibility: FloatArray | float = 1.0
        self.magnitude: FloatArray | float = 1.0
        self.strength: FloatArray | float = 0.0
        for control in controls:
            if control.applies_to and scenario.id not in control.applies_to:
                continue
            path = ("controls", register.controls.index(control))
            if control.frequency is not None:
                self.frequency = self.frequency * (1.0 - control.coverage * believe((*path, "frequency")))
            if control.magnitude is not None:
                self.magnitude = self.magnitude * (1.0 - control.coverage * believe((*path, "magnitude")))
            if control.susceptibility is not None and scenario.susceptibility is not None:
                self.susceptibility = self.susceptibility * (
                    1.0 - control.coverage * believe((*path, "susceptibility"))
                )
            if control.strength is not None and scenario.susceptibility is None:
                self.strength = self.strength + control.coverage * believe((*path, "strength"))
