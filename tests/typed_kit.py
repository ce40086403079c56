"""Typed registers for tests."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

from hygie.core.typed_model import TypedModel
from hygie.scenario.typed.compile import compile_register
from hygie.scenario.typed.register import Register

__all__ = ["AS_OF", "EXAMPLE", "compile_typed", "make_register", "plain"]

AS_OF = date(2026, 11, 23)
EXAMPLE = Path(__file__).parents[1] / "examples" / "manufacturer-fair.yaml"


def plain(name: str, **changed: Any) -> dict[str, Any]:
    """Return one scenario with constants, and what is changed."""
    base: dict[str, Any] = {
        "id": name,
        "name": name,
        "method": "assumed",
        "last_checked_on": "2026-11-20",
        "threat_event_frequency": 2.0,
        "susceptibility": 0.3,
        "primary_loss": {"unsplit": {"p05": 10_000, "p95": 500_000}},
    }
    return {key: value for key, value in {**base, **changed}.items() if value is not None}


def make_register(*scenarios: dict[str, Any], **changed: Any) -> Register:
    """Return a register of these scenarios."""
    return Register.model_validate({"id": "test", "name": "Test", "scenarios": list(scenarios), **changed})


def compile_typed(
    register: Register, *, draws: int = 1, seed: int = 1, controls: list[str] | None = None
) -> TypedModel:
    """Compile a register for the test date."""
    return compile_register(register, seed=seed, draws=draws, as_of=AS_OF, controls=controls)
