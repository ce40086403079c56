"""The financial terms once more, in plain NumPy: to read, and to test the kernel against."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from hygie.core.programmes import ACCRUING_FORMS, Programme

__all__ = ["apply_programme_slowly"]

FloatArray = NDArray[np.float64]


def apply_programme_slowly(
    columns: Mapping[str, NDArray[np.generic]], programme: Programme, *, filed: NDArray[np.bool_] | None = None
) -> FloatArray:
    """Return what each layer pays of each event [rows, layers] [EUR_2024]; see `hygie.loss.terms.apply_programme`."""
    outage = np.asarray(columns["outage_h"], dtype=np.float64)
    keep = np.ones_like(outage)
    if programme.basis == "own":
        gross = np.asarray(columns["loss_eur"], dtype=np.float64)
        keep = np.divide(columns["loss_own_eur"], gross, out=np.zeros_like(gross), where=gross > 0.0)
    claim = np.zeros_like(outage)
    for coverage in programme.coverages:
        loss = np.zeros_like(outage)
        for form in coverage.forms:
            after = np.ones_like(outage)
            if form in ACCRUING_FORMS and coverage.waiting_h > 0.0:
                after = np.maximum(0.0, 1.0 - coverage.waiting_h / np.maximum(outage, 1e-300))
            loss += np.asarray(columns[f"loss_{form}_eur"], dtype=np.float64) * after
        claim += np.clip(loss * keep - coverage.deductible_eur, 0.0, coverage.sub_limit_eur)
    claim = np.maximum(0.0, claim - programme.deductible_eur)
    if filed is not None:
        claim = np.where(filed, claim, 0.0)
    paid = np.zeros((claim.size, len(programme.layers)))
    year = np.asarray(columns["year"])
    facility = np.asarray(columns["facility"])
    for key in dict.fromkeys(zip(facility.tolist(), year.tolist(), strict=True)):
        rows = np.flatnonzero((facility == key[0]) & (year == key[1]))
        rows = rows[np.argsort(np.asarray(columns["day"])[rows], kind="stable")]
        for place, layer in enumerate(programme.layers):
            taken = np.cumsum(np.clip(claim[rows] - layer.attachment_eur, 0.0, layer.limit_eur))
            payable = np.clip(taken - layer.aggregate_deductible_eur, 0.0, layer.annual_limit_eur)
            paid[rows, place] = layer.share * np.diff(payable, prepend=0.0)
    return paid
