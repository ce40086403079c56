"""Appetite against a curve; technical premiums."""

from __future__ import annotations

import numpy as np
import pytest

from hygie.core.errors import ModelError
from hygie.loss.appetite import AppetitePoint, compare_with_appetite
from hygie.loss.preview import prepare_preview, preview
from hygie.loss.pricing import compute_technical_premium
from hygie.loss.tables import build_year_loss_table


def table(draws: int = 1):
    """Return 1,000 years: 100 of them cost 1 to 100."""
    year = np.arange(0, 1000, 10)
    return build_year_loss_table(year, np.arange(1.0, 101.0), years_per_draw=[1000 // draws] * draws)


def test_a_point_below_the_curve_is_exceeded_by_the_distance_to_it() -> None:
    (verdict,) = compare_with_appetite(table(), [AppetitePoint(amount_eur=50.0, probability=0.02)])
    assert verdict.probability.value == 0.05
    assert verdict.exceeded
    assert verdict.loss_eur.value == 80.0
    assert verdict.excess_eur == 30.0
    (fine,) = compare_with_appetite(table(), [AppetitePoint(amount_eur=90.0, probability=0.02)])
    assert not fine.exceeded
    assert fine.excess_eur == 0.0


def test_a_horizon_counts_its_worst_year() -> None:
    (verdict,) = compare_with_appetite(table(), [AppetitePoint(amount_eur=50.0, probability=0.3, horizon_y=5.0)])
    assert verdict.probability.value == pytest.approx(1.0 - 0.95**5)
    assert not verdict.exceeded


def test_doubt_about_the_rate_makes_years_of_a_horizon_alike() -> None:
    # Half the draws lose every tenth year, half never: with one mean, ten years are less likely to hold a loss.
    year = np.arange(0, 1000, 10)
    mixed = build_year_loss_table(year, np.full(100, 9.0), years_per_draw=[1000, 1000])
    (verdict,) = compare_with_appetite(mixed, [AppetitePoint(amount_eur=5.0, probability=0.5, horizon_y=10.0)])
    assert verdict.probability.value < 1.0 - 0.95**10
    assert verdict.probability.value == pytest.approx(0.5 * (1.0 - 0.9**10), rel=0.05)


@pytest.mark.parametrize(
    "points",
    [
        [AppetitePoint(amount_eur=10.0, probability=0.01), AppetitePoint(amount_eur=20.0, probability=0.02)],
        [AppetitePoint(amount_eur=10.0, probability=0.02), AppetitePoint(amount_eur=20.0, probability=0.02)],
        [AppetitePoint(amount_eur=10.0, probability=0.05), AppetitePoint(amount_eur=10.0, probability=0.02)],
        # 10 % in ten years is rarer than 2 % in one.
        [
            AppetitePoint(amount_eur=10.0, probability=0.10, horizon_y=10.0),
            AppetitePoint(amount_eur=20.0, probability=0.02),
        ],
    ],
)
def test_an_appetite_that_decreases_is_refused(points: list[AppetitePoint]) -> None:
    with pytest.raises(ModelError, match="the appetite decreases"):
        compare_with_appetite(table(), points)


@pytest.mark.parametrize(
    ("point", "message"),
    [
        (AppetitePoint(amount_eur=-1.0, probability=0.1), "amount is not above 0"),
        (AppetitePoint(amount_eur=1.0, probability=0.0), "tolerated probability"),
        (AppetitePoint(amount_eur=1.0, probability=0.1, horizon_y=0.5), "horizon"),
    ],
)
def test_wrong_points_are_refused(point: AppetitePoint, message: str) -> None:
    with pytest.raises(ModelError, match=message):
        compare_with_appetite(table(), [point])


def test_parts_of_a_premium_add_up() -> None:
    years = table()
    for principle, rate in (("standard_deviation", 0.3), ("capital", 0.08)):
        done = compute_technical_premium(
            years, principle=principle, rate=rate, expense_share=0.2, expense_fixed_eur=1.0, capital_level=0.95
        )
        assert done.premium.value == pytest.approx(done.expected.value + done.load + done.expenses)
        assert done.expected.value == pytest.approx(5.05)
    # TVaR at 95 % is the mean of the 50 worst years: 75.5.
    assert done.load == pytest.approx(0.08 * (75.5 - 5.05))
    assert done.premium.value == pytest.approx((5.05 + done.load + 1.0) / 0.8)


def test_a_standard_deviation_load_sees_what_is_not_known() -> None:
    # Both draws have the same variance inside; their means differ.
    year = np.concatenate([np.arange(0, 1000), np.arange(1000, 2000, 2)])
    values = np.concatenate([np.full(1000, 10.0), np.full(500, 20.0)])
    sure = compute_technical_premium(
        build_year_loss_table(year, values, years_per_draw=[1000, 1000]), principle="standard_deviation", rate=1.0
    )
    assert sure.load == pytest.approx(np.sqrt(np.mean(np.concatenate([values, np.zeros(500)]) ** 2) - 100.0), rel=1e-3)


def test_premiums_out_of_range_are_refused() -> None:
    with pytest.raises(ModelError, match="unknown premium principle"):
        compute_technical_premium(table(), principle="guess", rate=0.1)
    with pytest.raises(ModelError, match="“expense_share” is out of its range"):
        compute_technical_premium(table(), principle="capital", rate=0.1, expense_share=1.0)


def test_a_preview_is_for_one_facility_and_positive_factors() -> None:
    columns = {
        "year": np.array([0, 1]),
        "facility": np.array([0, 1]),
        "threat_class": np.zeros(2),
        "loss_eur": np.ones(2),
        "loss_own_eur": np.ones(2),
    }
    with pytest.raises(ModelError, match="a preview is for one facility"):
        prepare_preview(columns, years_per_draw=[5], n_classes=1)
    base = prepare_preview({**columns, "facility": np.zeros(2)}, years_per_draw=[5], n_classes=1)
    for factors in ([0.0], [1.0, 1.0], [float("nan")]):
        with pytest.raises(ModelError, match="factor of a frequency"):
            preview(base, factors=factors)
    # Two years with one event, three without: weights 2, 2, 1, 1, 1 of 7.
    assert preview(base, factors=[2.0])["gross"].aal.value == pytest.approx(4.0 / 7.0)
