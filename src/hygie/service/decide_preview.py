"""Decisions kept in a file, and quick guesses from them: no simulation, milliseconds."""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path

import numpy as np
from pydantic import ValidationError

from hygie.core.errors import DataError, StoreError, UsageError, suggest
from hygie.decision.search import preview_share
from hygie.store.text_files import replace_file
from hygie.views.decide import ControlDecisionView

__all__ = ["load_decision", "preview_loss", "save_decision"]

_MOST_BYTES = 50_000_000


def save_decision(view: ControlDecisionView, file: Path) -> Path:
    """Write a decision as JSON; whole or not at all.

    Raises
    ------
    StoreError
        The disk refuses.
    """
    replace_file(file, (view.model_dump_json(indent=1) + "\n").encode("utf-8"))
    return file


def load_decision(file: Path) -> ControlDecisionView:
    """Read a decision that `save_decision` wrote.

    Raises
    ------
    StoreError, DataError
        The file cannot be read, or is not a decision.
    """
    try:
        if file.stat().st_size > _MOST_BYTES:
            raise DataError("this file is too large for a decision", file=str(file), allowed=f"{_MOST_BYTES} bytes")
        return ControlDecisionView.model_validate_json(file.read_bytes())
    except OSError as error:
        raise StoreError(
            f"the decision cannot be read: {error.strerror}",
            file=str(file),
            repair="write one with `hygie decide controls --out`",
        ) from None
    except ValidationError as error:
        first = error.errors()[0]
        raise DataError(
            "this file is not a decision about controls",
            file=str(file),
            field=".".join(str(part) for part in first["loc"]) or None,
            repair="write one with `hygie decide controls --out`",
        ) from None


def preview_loss(view: ControlDecisionView, controls: Collection[str]) -> float:
    """Return the average annual loss [EUR_2024] that a set of the evaluated controls would leave.

    In each class and outcome the shares that the controls leave one by one multiply. Controls that resist the same step
    overlap more than that: the re-simulated figure of `decide_controls` is the one to quote.

    Raises
    ------
    UsageError
        A control was not evaluated.
    """
    position = {option.id: index for index, option in enumerate(view.options)}
    for name in controls:
        if name not in position:
            raise UsageError(
                f"the control “{name}” was not evaluated",
                field="take",
                value=name,
                allowed=", ".join(position),
                repair=suggest(name, position) or "evaluate it first",
            )
    parts = np.array(view.parts_eur_per_y)
    total = float(parts.sum())
    if total == 0.0:
        return 0.0
    shares = np.array([option.left for option in view.options])
    return total * preview_share(shares, frozenset(position[name] for name in controls), parts / total)
