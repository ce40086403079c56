"""Loss tables made by hand for tests of insurance terms; nothing stands for a real organisation."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from hygie.core.programmes import Coverage, Layer, Programme
from hygie.core.tables import FORMS


def make_columns(
    *,
    year: Any,
    response: Any = 0.0,
    day: Any = 0,
    facility: Any = 0,
    outage_h: Any = 0.0,
    own: float = 1.0,
    **forms: Any,
) -> dict[str, NDArray[Any]]:
    """Return columns of a loss table; `forms` are named as in FORMS, [rows] or one number."""
    years = np.asarray(year, dtype=np.int64)
    given = {"response": response, **forms}
    columns: dict[str, NDArray[Any]] = {
        "year": years,
        "day": np.broadcast_to(np.asarray(day, dtype=np.int16), years.shape).copy(),
        "facility": np.broadcast_to(np.asarray(facility, dtype=np.int32), years.shape).copy(),
        "outage_h": np.broadcast_to(np.asarray(outage_h, dtype=np.float64), years.shape).copy(),
    }
    for form in FORMS:
        columns[f"loss_{form}_eur"] = np.broadcast_to(
            np.asarray(given.get(form, 0.0), dtype=np.float64), years.shape
        ).copy()
    columns["loss_eur"] = np.sum([columns[f"loss_{form}_eur"] for form in FORMS], axis=0)
    columns["loss_own_eur"] = own * columns["loss_eur"]
    return columns


def everything(*layers: Layer, **terms: Any) -> Programme:
    """Return a programme whose only coverage takes every form without terms of its own."""
    return Programme(coverages=(Coverage(id="all", forms=FORMS),), layers=layers, **terms)
