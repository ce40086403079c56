"""CRML, the Cyber Risk Modeling Language: scenario documents in and out.

Read: documents of language 1.0 and 1.1 (``crml:``, model below ``model``) and scenario documents of language 1.2
(``crml_scenario:``, model below ``scenario``). Written: the latter, and a portfolio that names them.

Source: github.com/Faux16/crml, spec/crml-1.1.md; schemas of crml-lang 1.2.1 (PyPI).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from math import exp, log
from typing import Any

import numpy as np

from hygie.core.distributions import LogNormal
from hygie.core.errors import DocumentError, SchemaError
from hygie.core.typed_model import draw_from_table, tabulate_quantiles
from hygie.scenario.typed.ranges import build_distribution
from hygie.scenario.typed.register import Register, TypedScenario

__all__ = ["Exchange", "export_crml", "import_crml", "is_crml", "slug"]

_SAMPLE = 200_000
_MAX_LOSSES = 100_000


@dataclass(frozen=True, slots=True)
class Exchange:
    """A register as plain data, and what did not carry over."""

    register: dict[str, Any]
    notes: tuple[str, ...]


def is_crml(data: object) -> bool:
    """Return whether a document says that it is CRML."""
    return isinstance(data, Mapping) and any(key in data for key in ("crml", "crml_scenario", "crml_portfolio"))


def slug(text: object, *, fallback: str) -> str:
    """Return an id made of the letters and digits of a text.

    >>> slug("Data breach — EU", fallback="scenario")
    'data-breach-eu'
    """
    words = "".join(ch if ch.isascii() and ch.isalnum() else " " for ch in str(text).lower()).split()
    return "-".join(words)[:60].strip("-") or fallback


def import_crml(data: Mapping[str, Any], *, rate: float | None, file: str) -> Exchange:
    """Return a CRML scenario as a register.

    Parameters
    ----------
    rate
        Euros for one unit of the document's currency; needed when that is not the euro.

    Raises
    ------
    DocumentError, SchemaError
        The document is a portfolio, or a part of its model has no counterpart.
    """
    if "crml_portfolio" in data:
        raise DocumentError(
            "this is a CRML portfolio, which only names its scenarios",
            file=file,
            repair="import its scenario documents one by one, and put their scenarios into one register",
        )
    model = data.get("scenario") if "crml_scenario" in data else data.get("model")
    meta = data.get("meta")
    if not isinstance(model, Mapping) or not isinstance(meta, Mapping):
        raise SchemaError("a CRML document has `meta` and a model", file=file, repair="check the document")
    notes: list[str] = []
    frequency = _read_frequency(_mapping(model, "frequency", file), model, notes, file)
    severity = _read_severity(_mapping(model, "severity", file), rate, notes, file)
    for part in ("dependency", "controls", "temporal"):
        if model.get(part):
            notes.append(f"`{part}` is not carried over")
    for part in ("data", "pipeline", "output"):
        if data.get(part):
            notes.append(f"`{part}` is not carried over: hygie runs from the register alone")
    name = str(meta.get("name") or "CRML scenario")[:400]
    scenario: dict[str, Any] = {
        "id": slug(name, fallback="scenario"),
        "name": name,
        "method": "assumed",
        "threat_event_frequency": frequency,
        "susceptibility": 1,
        "primary_loss": {"unsplit": severity},
    }
    if meta.get("description"):
        scenario["description"] = str(meta["description"])[:4000]
    register = {"schema": "hygie.fair/1", "id": scenario["id"], "name": name, "scenarios": [scenario]}
    return Exchange(register, tuple(notes))


def _mapping(parent: Mapping[str, Any], key: str, file: str) -> Mapping[str, Any]:
    found = parent.get(key)
    if not isinstance(found, Mapping):
        raise SchemaError(f"“{key}” is missing or not a group of lines", file=file, field=key, repair=f"add `{key}:`")
    return found


def _number(value: object, *, field: str, file: str) -> float:
    text = "".join(value.split()).replace("\u202f", "").replace("_", "") if isinstance(value, str) else value
    try:
        number = float(text)  # type: ignore[arg-type]
    except (TypeError, ValueError):
        number = float("nan")
    if isinstance(value, bool) or not np.isfinite(number):
        raise SchemaError(
            f"“{field}” is not a number",
            file=file,
            field=field,
            value=value,
            repair="write the number that the expression stands for",
        )
    return number


def _read_frequency(
    frequency: Mapping[str, Any], model: Mapping[str, Any], notes: list[str], file: str
) -> dict[str, Any] | float:
    kind = frequency.get("model", "poisson")
    parameters = _mapping(frequency, "parameters", file)
    units = 1.0
    if frequency.get("scope") == "asset" or frequency.get("basis") == "per_asset_unit_per_year":
        assets = model.get("assets")
        listed = assets if isinstance(assets, list) else [assets]
        counts = [item.get("cardinality") for item in listed if isinstance(item, Mapping)]
        if not counts or any(count is None for count in counts):
            raise SchemaError(
                "the frequency is per asset, and the document does not say how many there are",
                file=file,
                field="frequency",
                repair="give `assets.cardinality`, or turn the frequency into one of the organisation",
            )
        units = sum(_number(count, field="cardinality", file=file) for count in counts)
        notes.append(f"the frequency per asset was multiplied by {units:g} assets")
    if kind == "poisson":
        return units * _number(parameters.get("lambda"), field="lambda", file=file)
    if kind in ("gamma_poisson", "hierarchical_gamma_poisson"):
        shape = _number(parameters.get("alpha_base"), field="alpha_base", file=file)
        rate = _number(parameters.get("beta_base"), field="beta_base", file=file)
        notes.append("the gamma rate became a belief: one unknown rate for all years, not another one each year")
        return {"distribution": {"family": "gamma", "shape": shape, "rate": rate / units}}
    raise SchemaError(
        f"the frequency model “{kind}” has no counterpart",
        file=file,
        field="frequency.model",
        value=kind,
        allowed="poisson, gamma_poisson, hierarchical_gamma_poisson",
        repair="describe the frequency by one of these",
    )


def _read_severity(severity: Mapping[str, Any], rate: float | None, notes: list[str], file: str) -> dict[str, Any]:
    kind = severity.get("model")
    if kind == "mixture":
        components = severity.get("components")
        if not isinstance(components, list) or not components:
            raise SchemaError("a mixture has no components", file=file, field="severity.components", repair="add them")
        parts = []
        for component in components:
            if not isinstance(component, Mapping) or len(component) != 1:
                raise SchemaError(
                    "a component names one model", file=file, field="severity.components", repair="split it"
                )
            name, parameters = next(iter(component.items()))
            if not isinstance(parameters, Mapping):
                raise SchemaError(
                    "a component has no parameters", file=file, field="severity.components", repair="add them"
                )
            weight = _number(parameters.get("weight"), field="weight", file=file)
            parts.append({"weight": weight, **_shape(name, parameters, rate, notes, file)})
        total = sum(part["weight"] for part in parts) or 1.0
        parts = [{**part, "weight": part["weight"] / total} for part in parts]
        return {"distribution": {"family": "mixture", "parts": parts}}
    shape = _shape(kind, _mapping(severity, "parameters", file), rate, notes, file)
    if shape.get("sigma", 0.0) > 2.0:
        notes.append("σ is above 2: `hygie fair check` asks for `upper`, the most that one event can cost")
    return {"distribution": shape}


def _shape(
    kind: object, parameters: Mapping[str, Any], rate: float | None, notes: list[str], file: str
) -> dict[str, Any]:
    currency = str(parameters.get("currency", "EUR")).upper()
    if currency not in ("EUR", "€") and rate is None:
        raise SchemaError(
            f"amounts are in {currency}",
            file=file,
            field="severity.parameters.currency",
            value=currency,
            allowed="EUR",
            repair="say how many euros one unit is worth: --rate 0.92",
        )
    factor = rate if rate is not None else 1.0
    if kind == "lognormal":
        losses = parameters.get("single_losses")
        if losses is not None:
            if not isinstance(losses, list) or not 2 <= len(losses) <= _MAX_LOSSES:
                raise SchemaError(
                    "`single_losses` is a list of two losses or more",
                    file=file,
                    field="single_losses",
                    repair="add losses",
                )
            logs = np.log([max(_number(loss, field="single_losses", file=file), 1e-9) for loss in losses])
            notes.append(
                f"σ was estimated from {len(losses)} losses, as the language prescribes: median and sd of logs"
            )
            return {"family": "lognormal", "mu": float(np.median(logs)) + log(factor), "sigma": float(np.std(logs))}
        sigma = _number(parameters.get("sigma"), field="sigma", file=file)
        if parameters.get("median") is not None:
            mu = log(max(_number(parameters["median"], field="median", file=file), 1e-9))
        else:
            mu = _number(parameters.get("mu"), field="mu", file=file)
        return {"family": "lognormal", "mu": mu + log(factor), "sigma": sigma}
    if kind == "gamma":
        scale = _number(parameters.get("scale"), field="scale", file=file) * factor
        return {
            "family": "gamma",
            "shape": _number(parameters.get("shape"), field="shape", file=file),
            "rate": 1.0 / max(scale, 1e-12),
        }
    raise SchemaError(
        f"the severity model “{kind}” has no counterpart",
        file=file,
        field="severity.model",
        value=kind,
        allowed="lognormal, gamma, mixture",
        repair="describe the severity by one of these",
    )


def export_crml(register: Register) -> tuple[dict[str, dict[str, Any]], tuple[str, ...]]:
    """Return CRML documents by file name, and what CRML cannot hold.

    CRML 1.2 has one rate and one severity: attempts and susceptibility are multiplied into events, ranges become their
    means, forms of loss become one lognormal with the same mean and standard deviation.
    """
    documents: dict[str, dict[str, Any]] = {}
    notes: list[str] = []
    for scenario in register.scenarios:
        lam = _mean_frequency(scenario) * _mean_loss_share(scenario)
        median, sigma, exact = _one_severity(scenario)
        if not exact:
            notes.append(f"{scenario.id}: forms of loss became one lognormal with their mean and standard deviation")
        if scenario.terms is not None:
            notes.append(f"{scenario.id}: terms of cover are left out")
        documents[f"{scenario.id}.crml.yaml"] = {
            "crml_scenario": "1.0",
            "meta": {"name": scenario.name, "description": scenario.description or scenario.name},
            "scenario": {
                "frequency": {
                    "basis": "per_organization_per_year",
                    "model": "poisson",
                    "parameters": {"lambda": float(f"{lam:.8g}")},
                },
                "severity": {
                    "model": "lognormal",
                    "parameters": {
                        "median": float(f"{median:.8g}"),
                        "sigma": float(f"{sigma:.8g}"),
                        "currency": "EUR",
                    },
                },
            },
        }
    notes.append("uncertainty about frequencies is left out: CRML has one rate per scenario")
    if register.controls:
        notes.append("controls are left out")
    documents["portfolio.crml.yaml"] = {
        "crml_portfolio": "1.0",
        "meta": {"name": register.name},
        "portfolio": {
            "semantics": {"method": "sum"},
            "scenarios": [{"id": scenario.id, "path": f"{scenario.id}.crml.yaml"} for scenario in register.scenarios],
        },
    }
    return documents, tuple(notes)


def _mean_frequency(scenario: TypedScenario) -> float:
    if scenario.threat_event_frequency is not None:
        return build_distribution(scenario.threat_event_frequency, lower=0.0, upper=float("inf")).mean()
    assert scenario.contact_frequency is not None
    assert scenario.probability_of_action is not None
    contact = build_distribution(scenario.contact_frequency, lower=0.0, upper=float("inf")).mean()
    return contact * build_distribution(scenario.probability_of_action, lower=0.0, upper=1.0).mean()


def _mean_loss_share(scenario: TypedScenario) -> float:
    if scenario.susceptibility is not None:
        return build_distribution(scenario.susceptibility, lower=0.0, upper=1.0).mean()
    assert scenario.threat_capability is not None
    assert scenario.resistance_strength is not None
    capability = build_distribution(scenario.threat_capability, lower=0.0, upper=1.0)
    strength = build_distribution(scenario.resistance_strength, lower=0.0, upper=1.0)
    u = (np.arange(4096) + 0.5) / 4096
    return float(np.mean(strength.cdf(np.nextafter(capability.ppf(u), 0.0))))


def _one_severity(scenario: TypedScenario) -> tuple[float, float, bool]:
    """Return median and σ of one lognormal, and whether that is exactly what was typed."""
    sides = [(scenario.primary_loss, 1.0)]
    if scenario.secondary_loss is not None:
        sides.append(
            (
                scenario.secondary_loss,
                build_distribution(scenario.secondary_loss.frequency, lower=0.0, upper=1.0).mean(),
            )
        )
    forms = [(spec, share) for side, share in sides for spec in side.forms().values()]
    if len(forms) == 1:
        alone = build_distribution(forms[0][0], lower=0.0, upper=float("inf"))
        if isinstance(alone, LogNormal):
            return exp(alone.mu), alone.sigma, True
    generator = np.random.Generator(np.random.Philox(1))
    follows = generator.random(_SAMPLE)
    total = np.zeros(_SAMPLE)
    for spec, share in forms:
        words = generator.integers(0, 1 << 32, _SAMPLE, dtype=np.uint32)
        distribution = build_distribution(spec, lower=0.0, upper=float("inf"))
        total += draw_from_table(tabulate_quantiles(distribution.ppf), words) * (follows < share)
    fitted = LogNormal.from_moments(float(total.mean()), max(float(total.std()), 1e-9 * float(total.mean())))
    return exp(fitted.mu), fitted.sigma, False
