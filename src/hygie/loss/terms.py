"""Insured and retained loss of every event under a programme, and what the year's layers paid.

Per event, never on means. Years in order; events of a year by day, then in the order of the table; each insured
(facility) has its own annual aggregates. The loop is ``loss/terms_kernel.py``.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from hygie.core.errors import ModelError
from hygie.core.programmes import ACCRUING_FORMS, Layer, Programme
from hygie.core.tables import FORMS
from hygie.loss.terms_kernel import LAYER_FIELDS, run_terms

__all__ = ["InsuredLosses", "apply_layer", "apply_programme", "find_reinstatement_premium"]

AnyArray = NDArray[np.generic]
FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]

_EMPTY = np.zeros(0, dtype=np.float64)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class InsuredLosses:
    """What a programme pays.

    Parameters
    ----------
    paid
        [rows] Insurance recovery of each event [EUR_2024].
    year
        [groups] Year of each insured year with an event, increasing for one insured.
    annual
        [layers, groups] Paid by each layer in that year [EUR_2024].
    full
        [layers, groups] True when an event of the year went through the top of the layer.
    extra
        [layers, groups] Reinstatement premiums that the insured pays in that year [EUR_2024].
    """

    paid: FloatArray
    year: IntArray
    annual: FloatArray
    full: NDArray[np.bool_]
    extra: FloatArray


def apply_programme(
    columns: Mapping[str, AnyArray], programme: Programme, *, filed: NDArray[np.bool_] | None = None
) -> InsuredLosses:
    """Apply a programme to the rows of a year-event loss table; every facility is insured on these terms by itself.

    Parameters
    ----------
    columns
        ``year``, ``day``, ``facility``, ``outage_h`` and one ``loss_<form>_eur`` per form, in the order of the table;
        with basis ``own`` also ``loss_eur`` and ``loss_own_eur``.
    filed
        [rows] Whether a complaint was filed in time; None for always.

    Returns
    -------
    InsuredLosses

    Raises
    ------
    ModelError
        Years of one facility are not in order, or lengths differ.

    References
    ----------
    Klugman, Panjer & Willmot, *Loss Models*, 4th ed., chapter 8: deductible, limit, coinsurance.
    Sundt (1991), *Bulletin of the Swiss Association of Actuaries* 1991 (1), 51-65, and Mata (2000), *ASTIN Bulletin*
    30 (2), 349-368: reinstatements.

    Examples
    --------
    >>> from hygie.core.programmes import Coverage
    >>> columns = {f"loss_{form}_eur": np.zeros(3) for form in FORMS} | {
    ...     "year": np.array([0, 0, 4]), "day": np.array([200, 10, 5]), "facility": np.zeros(3, dtype=np.int32),
    ...     "outage_h": np.zeros(3), "loss_response_eur": np.array([6.0, 3.0, 9.0]),
    ... }
    >>> layer = Layer(id="primary", attachment_eur=1.0, limit_eur=5.0, aggregate_limit_eur=6.0)
    >>> whole = Coverage(id="all", forms=FORMS)
    >>> apply_programme(columns, Programme(coverages=(whole,), layers=(layer,))).paid.tolist()
    [4.0, 2.0, 5.0]
    """
    facility = np.asarray(columns["facility"])
    year = np.asarray(columns["year"], dtype=np.int64)
    place: IntArray | None = None
    if facility.size and np.any(facility != facility[0]):
        place = np.argsort(facility, kind="stable")

    def read(name: str, dtype: type[np.generic]) -> AnyArray:
        array = np.ascontiguousarray(columns[name], dtype=dtype)
        if array.shape != year.shape:
            raise ModelError(f"column “{name}” has another length than “year”", field=name, repair="pass one table")
        return array if place is None else array[place]

    factor = _EMPTY
    if programme.basis == "own":
        gross = np.asarray(read("loss_eur", np.float64), dtype=np.float64)
        factor = np.divide(read("loss_own_eur", np.float64), gross, out=np.zeros_like(gross), where=gross > 0.0)
    told = np.zeros(0, dtype=np.uint8)
    if filed is not None:
        told = np.ascontiguousarray(filed, dtype=np.uint8)
        told = told if place is None else told[place]
    code = {form: index for index, coverage in enumerate(programme.coverages) for form in coverage.forms}
    result = _run(
        np.asarray(read("year", np.int64)),
        insured=None if place is None else facility[place],
        day=np.asarray(read("day", np.int16)),
        outage_h=np.asarray(read("outage_h", np.float64)),
        forms=tuple(np.asarray(read(f"loss_{form}_eur", np.float64)) for form in FORMS),
        factor=factor,
        filed=told,
        coverage_of=np.array([code.get(form, -1) for form in FORMS], dtype=np.int64),
        accrues=np.array([form in ACCRUING_FORMS for form in FORMS], dtype=np.uint8),
        coverages=np.array(
            [(item.waiting_h, item.deductible_eur, item.sub_limit_eur) for item in programme.coverages],
            dtype=np.float64,
        ),
        deductible=programme.deductible_eur,
        layers=programme.layers,
    )
    if place is None:
        return result
    paid = np.empty_like(result.paid)
    paid[place] = result.paid
    return InsuredLosses(paid=paid, year=result.year, annual=result.annual, full=result.full, extra=result.extra)


def apply_layer(year: IntArray, day: AnyArray, loss_eur: FloatArray, layer: Layer) -> InsuredLosses:
    """Apply one layer to one column of losses: `year` increasing, [rows] each."""
    return _run(
        np.ascontiguousarray(year, dtype=np.int64),
        insured=None,
        day=np.ascontiguousarray(day, dtype=np.int16),
        outage_h=loss_eur,
        forms=(np.ascontiguousarray(loss_eur, dtype=np.float64),),
        factor=_EMPTY,
        filed=np.zeros(0, dtype=np.uint8),
        coverage_of=np.zeros(1, dtype=np.int64),
        accrues=np.zeros(1, dtype=np.uint8),
        coverages=np.array([(0.0, 0.0, np.inf)]),
        deductible=0.0,
        layers=(layer,),
    )


def _run(
    year: IntArray,
    *,
    insured: AnyArray | None,
    day: NDArray[np.int16],
    outage_h: FloatArray,
    forms: tuple[FloatArray, ...],
    factor: FloatArray,
    filed: NDArray[np.uint8],
    coverage_of: IntArray,
    accrues: NDArray[np.uint8],
    coverages: FloatArray,
    deductible: float,
    layers: tuple[Layer, ...],
) -> InsuredLosses:
    step = np.diff(year)
    change = step != 0
    late = step < 0
    if insured is not None:
        other = insured[1:] != insured[:-1]
        change |= other
        late &= ~other
    if np.any(late):
        raise ModelError(
            "years are not in order",
            field="year",
            allowed="the order of the loss table: draw, year",
            repair="sort the events by year",
        )
    rows = year.size
    starts = np.concatenate([np.zeros(min(rows, 1), dtype=np.int64), np.flatnonzero(change) + 1, [rows]])
    groups = starts.size - 1
    n_layers = len(layers)
    paid = np.zeros(rows)
    annual = np.zeros((groups, n_layers))
    full = np.zeros((groups, n_layers), dtype=np.uint8)
    costly = [index for index, layer in enumerate(layers) if _reinstatement_rate(layer) > 0.0]
    priced = np.full(n_layers, -1, dtype=np.int64)
    priced[costly] = np.arange(len(costly))
    bill = np.zeros((groups, len(costly)))
    run_terms(
        starts.astype(np.int64),
        day,
        outage_h,
        forms,
        factor,
        filed,
        coverage_of,
        accrues,
        coverages,
        float(deductible),
        _tabulate(layers),
        priced,
        paid,
        annual,
        full,
        bill,
    )
    extra = np.zeros((n_layers, groups)) if costly else np.broadcast_to(np.zeros(1), (n_layers, groups))
    if costly:
        extra[costly] = bill.T
    return InsuredLosses(paid=paid, year=year[starts[:-1]], annual=annual.T, full=full.view(np.bool_).T, extra=extra)


def _reinstatement_rate(layer: Layer) -> float:
    if not layer.reinstatements or layer.premium_eur is None:
        return 0.0
    return layer.reinstatement_price * layer.premium_eur / layer.limit_eur


def _tabulate(layers: tuple[Layer, ...]) -> FloatArray:
    table = np.zeros((len(layers), len(LAYER_FIELDS)))
    for row, layer in zip(table, layers, strict=True):
        row[:] = (
            layer.attachment_eur,
            layer.limit_eur,
            layer.aggregate_deductible_eur,
            layer.annual_limit_eur,
            layer.share,
            (layer.reinstatements or 0) * layer.limit_eur if layer.limit_eur < np.inf else 0.0,
            _reinstatement_rate(layer),
            float(layer.reinstatement_by_time),
        )
    return table


def find_reinstatement_premium(layer: Layer, annual: FloatArray, *, n_years: int) -> float:
    """Return the initial pure premium of a layer whose reinstatements are paid in proportion to the amount.

    With Z the annual loss to the layer, m its limit, K reinstatements at price c, expected income
    P (1 + (c / m) E[min(Z, K m)]) equals expected loss E[min(Z, (K + 1) m)], so

        P = E[min(Z, (K + 1) m)] / (1 + (c / m) E[min(Z, K m)]).

    Parameters
    ----------
    layer
        Terms; time is not taken into account.
    annual
        [years with a loss] Paid by the layer in a year, its share included [EUR_2024].
    n_years
        All simulated years.

    References
    ----------
    Sundt (1991) and Mata (2000), as in `apply_programme`: the pure premium of a layer with paid reinstatements.

    Examples
    --------
    >>> once = Layer(id="cat", limit_eur=10.0, reinstatements=1, reinstatement_price=1.0)
    >>> find_reinstatement_premium(once, np.array([20.0, 10.0]), n_years=10)
    2.5
    """
    expected = float(annual.sum()) / n_years
    if not layer.reinstatements:
        return expected
    reinstated = np.minimum(annual / layer.share, layer.reinstatements * layer.limit_eur)
    return expected / (1.0 + layer.reinstatement_price * float(reinstated.sum()) / n_years / layer.limit_eur)
