"""Models of pyfair (JSON of ``FairModel.to_json`` and ``FairMetaModel.to_json``) as a register.

Source: github.com/Hive-Systems/pyfair, pyfair/model/model_input.py and model_tree.py (read at 0.1-alpha.12).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from hygie.core.errors import SchemaError
from hygie.scenario.typed.crml import Exchange, slug

__all__ = ["import_pyfair", "is_pyfair"]

_FREQUENCIES = {
    "Threat Event Frequency": "threat_event_frequency",
    "Contact Frequency": "contact_frequency",
    "Probability of Action": "probability_of_action",
    "Vulnerability": "susceptibility",
    "Threat Capability": "threat_capability",
    "Control Strength": "resistance_strength",
}


def is_pyfair(data: object) -> bool:
    """Return whether a document is a model or a meta-model of pyfair."""
    return isinstance(data, Mapping) and data.get("type") in ("FairModel", "FairMetaModel")


def import_pyfair(data: Mapping[str, Any], *, rate: float | None, file: str) -> Exchange:
    """Return pyfair models as a register; amounts without currency are euros unless `rate` says otherwise.

    Raises
    ------
    SchemaError
        A model holds raw data, several sources of loss in one node, or misses a part.
    """
    name = str(data.get("name") or "pyfair model")[:400]
    models = [data] if data["type"] == "FairModel" else [
        value for value in data.values() if isinstance(value, Mapping) and value.get("type") == "FairModel"
    ]  # fmt: skip
    if not models:
        raise SchemaError("the meta-model holds no model", file=file, repair="export it again with its models")
    notes = [
        "pyfair multiplies frequency by one loss; here each event has its own: the mean agrees and the tail does not"
    ]
    if rate is None:
        notes.append("pyfair names no currency: amounts are read as euros (use --rate for another)")
    factor = rate if rate is not None else 1.0
    scenarios: list[dict[str, Any]] = []
    for index, model in enumerate(models):
        made = _read_model(model, factor, file, fallback=f"model-{index + 1}")
        taken = {scenario["id"] for scenario in scenarios}
        while made["id"] in taken:
            made["id"] += "-2"
        scenarios.append(made)
    register = {
        "schema": "hygie.fair/1",
        "id": slug(name, fallback="pyfair"),
        "name": name,
        "scenarios": scenarios,
    }
    return Exchange(register, tuple(notes))


def _read_model(model: Mapping[str, Any], factor: float, file: str, *, fallback: str) -> dict[str, Any]:
    name = str(model.get("name") or fallback)[:400]
    scenario: dict[str, Any] = {"id": slug(name, fallback=fallback), "name": name, "method": "assumed"}

    def take(node: str, scale: float = 1.0) -> dict[str, Any] | None:
        given = model.get(node)
        return None if given is None else _read_input(given, scale, node=f"{name}: {node}", file=file)

    for node, field in _FREQUENCIES.items():
        found = take(node)
        if found is not None:
            scenario[field] = found
    whole = take("Loss Event Frequency")
    if whole is not None:
        scenario["threat_event_frequency"] = whole
        scenario["susceptibility"] = 1
    primary = take("Loss Magnitude", factor) or take("Primary Loss", factor)
    if primary is None:
        raise SchemaError(
            f"“{name}” has no loss magnitude",
            file=file,
            repair="give Loss Magnitude or Primary Loss; raw data and several losses in one node are not read",
        )
    scenario["primary_loss"] = {"unsplit": primary}
    magnitude = take("Secondary Loss Event Magnitude", factor)
    often = take("Secondary Loss Event Frequency")
    if magnitude is not None and often is not None:
        scenario["secondary_loss"] = {"frequency": often, "unsplit": magnitude}
    elif take("Secondary Loss", factor) is not None:
        scenario["secondary_loss"] = {"frequency": 1, "unsplit": take("Secondary Loss", factor)}
    if any(str(key).startswith("multi_") for key in model):
        raise SchemaError(
            f"“{name}” has several losses in one node",
            file=file,
            field="multi_",
            repair="type them as forms of loss in the register",
        )
    return scenario


def _read_input(given: object, scale: float, *, node: str, file: str) -> dict[str, Any]:
    def refuse() -> SchemaError:
        return SchemaError(
            f"“{node}” is not a range",
            file=file,
            field=node,
            value=given,
            allowed="constant, or low – mode – high, or mean with stdev",
            repair="give one of these; raw data are not read",
        )

    if not isinstance(given, Mapping):
        raise refuse()
    numbers = {
        str(key): float(value)
        for key, value in given.items()
        if isinstance(value, (int, float)) and not isinstance(value, bool)
    }
    if numbers.keys() == {"constant"}:
        return {"value": numbers["constant"] * scale}
    if numbers.keys() - {"gamma"} == {"low", "mode", "high"}:
        low, mode, high = (numbers[key] * scale for key in ("low", "mode", "high"))
        if low == high:
            return {"value": low}
        shape = {"family": "pert", "low": low, "mode": mode, "high": high}
        return {"distribution": {**shape, "gamma": numbers["gamma"]} if "gamma" in numbers else shape}
    if numbers.keys() == {"mean", "stdev"}:
        if numbers["stdev"] == 0.0:
            return {"value": numbers["mean"] * scale}
        return {"distribution": {"family": "normal", "mean": numbers["mean"] * scale, "sd": numbers["stdev"] * scale}}
    raise refuse()
