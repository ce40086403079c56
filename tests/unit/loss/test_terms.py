"""Terms of a programme, case by case."""

from __future__ import annotations

from math import inf

import numpy as np
import pytest

from hygie.core.errors import ModelError
from hygie.core.programmes import Coverage, Layer, Programme
from hygie.loss.terms import apply_layer, apply_programme, find_reinstatement_premium
from terms_kit import everything, make_columns


def test_waiting_period_takes_its_share_of_lost_activity_and_of_nothing_else() -> None:
    columns = make_columns(year=[0, 1, 2], activity=100.0, response=10.0, outage_h=[48.0, 12.0, 0.0])
    business = Coverage(id="bi", forms=("activity", "response"), waiting_h=12.0)
    paid = apply_programme(columns, Programme(coverages=(business,), layers=(Layer(id="all"),))).paid
    np.testing.assert_allclose(paid, [75.0 + 10.0, 10.0, 10.0])


def test_coverage_terms_come_before_the_deductible_of_the_event() -> None:
    columns = make_columns(year=[0], response=100.0, third_party=50.0)
    coverages = (
        Coverage(id="a", forms=("response",), deductible_eur=20.0, sub_limit_eur=60.0),
        Coverage(id="b", forms=("third_party",), deductible_eur=10.0),
    )
    programme = Programme(coverages=coverages, layers=(Layer(id="all"),), deductible_eur=30.0)
    assert apply_programme(columns, programme).paid.tolist() == [60.0 + 40.0 - 30.0]


def test_a_form_outside_every_coverage_is_not_insured() -> None:
    columns = make_columns(year=[0], response=5.0, extortion=1000.0)
    programme = Programme(coverages=(Coverage(id="a", forms=("response",)),), layers=(Layer(id="all"),))
    assert apply_programme(columns, programme).paid.tolist() == [5.0]


def test_events_of_a_year_meet_the_annual_limit_by_day_then_by_row() -> None:
    columns = make_columns(year=[3, 3, 3, 4], day=[200, 10, 10, 0], response=[8.0, 5.0, 4.0, 8.0])
    result = apply_programme(columns, everything(Layer(id="a", limit_eur=6.0, aggregate_limit_eur=12.0)))
    assert result.paid.tolist() == [3.0, 5.0, 4.0, 6.0]
    assert result.year.tolist() == [3, 4]
    assert result.annual.tolist() == [[12.0, 6.0]]
    assert result.full.tolist() == [[True, True]]


def test_a_year_of_many_events_is_ordered_like_one_of_few() -> None:
    rng = np.random.default_rng(5)
    rows = 500
    day = rng.integers(0, 365, rows)
    columns = make_columns(year=np.zeros(rows), day=day, response=1.0)
    paid = apply_programme(columns, everything(Layer(id="a", aggregate_limit_eur=100.0))).paid
    first = np.argsort(day, kind="stable")[:100]
    assert sorted(np.flatnonzero(paid).tolist()) == sorted(first.tolist())


def test_aggregate_deductible_is_used_up_once_a_year() -> None:
    columns = make_columns(year=[0, 0, 0, 1], day=[1, 2, 3, 4], response=[4.0, 4.0, 4.0, 4.0])
    result = apply_programme(columns, everything(Layer(id="a", aggregate_deductible_eur=6.0)))
    assert result.paid.tolist() == [0.0, 2.0, 4.0, 0.0]


def test_reinstatements_bring_the_limit_back_and_cost_their_share_of_the_premium() -> None:
    layer = Layer(id="a", limit_eur=10.0, reinstatements=1, reinstatement_price=1.0, premium_eur=3.0)
    columns = make_columns(year=[0, 0, 0], day=[73, 146, 219], response=[10.0, 5.0, 10.0])
    result = apply_programme(columns, everything(layer))
    assert result.paid.tolist() == [10.0, 5.0, 5.0]
    # One limit was reinstated, in full by the first event.
    assert result.extra.tolist() == [[3.0]]
    by_time = Layer(**{**_fields(layer), "reinstatement_by_time": True})
    assert apply_programme(columns, everything(by_time)).extra.tolist() == [[pytest.approx(3.0 * (1.0 - 73 / 365))]]
    free = Layer(**{**_fields(layer), "reinstatement_price": 0.0})
    assert apply_programme(columns, everything(free)).extra.tolist() == [[0.0]]


def _fields(layer: Layer) -> dict[str, object]:
    return {name: getattr(layer, name) for name in layer.__slots__}


def test_without_a_complaint_nothing_is_paid_and_no_limit_is_used() -> None:
    columns = make_columns(year=[0, 0], day=[1, 2], response=[8.0, 8.0])
    layer = Layer(id="a", limit_eur=8.0, aggregate_limit_eur=8.0)
    paid = apply_programme(columns, everything(layer), filed=np.array([False, True])).paid
    assert paid.tolist() == [0.0, 8.0]


def test_each_insured_has_its_own_annual_limit() -> None:
    columns = make_columns(year=[0, 0, 0], day=[1, 2, 3], facility=[1, 0, 1], response=[5.0, 5.0, 5.0])
    result = apply_programme(columns, everything(Layer(id="a", aggregate_limit_eur=7.0)))
    assert result.paid.tolist() == [5.0, 5.0, 2.0]
    assert sorted(result.annual[0].tolist()) == [5.0, 7.0]


def test_own_basis_insures_what_compensation_leaves() -> None:
    columns = make_columns(year=[0], response=10.0, own=0.25)
    assert apply_programme(columns, everything(Layer(id="a"), basis="own")).paid.tolist() == [2.5]


def test_an_empty_table_pays_nothing() -> None:
    result = apply_programme(make_columns(year=[]), everything(Layer(id="a")))
    assert result.paid.size == result.year.size == 0


def test_years_out_of_order_are_refused() -> None:
    with pytest.raises(ModelError, match="years are not in order"):
        apply_programme(make_columns(year=[1, 0], response=1.0), everything(Layer(id="a")))


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: Layer(id="a", share=0.0), "share of a layer"),
        (lambda: Layer(id="a", limit_eur=-1.0), "not above 0"),
        (lambda: Layer(id="a", attachment_eur=float("nan")), "negative or not a number"),
        (lambda: Layer(id="a", reinstatements=1), "reinstatements need a limit"),
        (lambda: Coverage(id="a", forms=("respons",)), "unknown form"),
        (lambda: everything(Layer(id="a", limit_eur=5.0), Layer(id="b", attachment_eur=4.0)), "“a” and “b” overlap"),
        (lambda: everything(Layer(id="a"), complaint_filed=1.5), "probability of a complaint"),
        (lambda: everything(), "without layer pays nothing"),
    ],
)
def test_nonsense_is_refused(make: object, message: str) -> None:
    with pytest.raises(ModelError, match=message):
        make()  # type: ignore[operator]


def test_layers_of_one_band_may_share_it() -> None:
    two = everything(Layer(id="a", limit_eur=5.0, share=0.6), Layer(id="b", limit_eur=5.0, share=0.4))
    assert apply_programme(make_columns(year=[0], response=9.0), two).paid.tolist() == [5.0]


def test_pure_premium_balances_income_and_loss() -> None:
    rng = np.random.default_rng(3)
    layer = Layer(id="a", attachment_eur=5.0, limit_eur=10.0, reinstatements=2, reinstatement_price=0.5)
    year = np.sort(rng.integers(0, 1000, 2000))
    loss = rng.pareto(1.5, 2000) * 4.0
    annual = apply_layer(year, np.zeros(2000), loss, layer).annual[0]
    premium = find_reinstatement_premium(layer, annual, n_years=1000)
    priced = Layer(**{**_fields(layer), "premium_eur": premium})
    income = premium * 1000 + apply_layer(year, np.zeros(2000), loss, priced).extra.sum()
    assert income == pytest.approx(annual.sum())
    assert layer.annual_limit_eur == 30.0
    assert Layer(id="b").annual_limit_eur == inf
