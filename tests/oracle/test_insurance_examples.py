"""Worked examples from published texts, and cases of the Oasis financial module, reproduced."""

from __future__ import annotations

import numpy as np
import pytest

from hygie.core.programmes import Coverage, Layer, Programme, Treaty
from hygie.loss.reinsurance import apply_treaties
from hygie.loss.terms import apply_programme
from terms_kit import everything, make_columns


def pay(losses: list[float], *layers: Layer, **terms: float) -> list[float]:
    """Return what is paid of each loss, each in a year of its own."""
    columns = make_columns(year=np.arange(len(losses)), response=losses)
    return apply_programme(columns, everything(*layers, **terms)).paid.tolist()


def test_hmrc_excess_of_loss() -> None:
    """HM Revenue & Customs, General Insurance Manual, GIM8070: 20,000 in excess of 10,000."""
    layer = Layer(id="xl", attachment_eur=10_000.0, limit_eur=20_000.0)
    assert pay([12_000.0, 35_000.0, 60_000.0], layer) == [2_000.0, 20_000.0, 20_000.0]


def test_hmrc_layered_treaty() -> None:
    """GIM8080: four layers insure a loss of one million but for the first 10,000."""
    tower = [(10_000.0, 40_000.0), (50_000.0, 50_000.0), (100_000.0, 400_000.0), (500_000.0, 500_000.0)]
    layers = [Layer(id=f"l{low:.0f}", attachment_eur=low, limit_eur=size) for low, size in tower]
    columns = make_columns(year=[0, 1, 2], response=[1_200_000.0, 80_000.0, 9_000.0])
    result = apply_programme(columns, everything(*layers))
    assert result.annual[:, 0].tolist() == [40_000.0, 50_000.0, 400_000.0, 500_000.0]
    assert result.paid.tolist() == [990_000.0, 70_000.0, 0.0]


def test_reinstatement_premium_pro_rata_as_to_amount() -> None:
    """5,000,000 xs 400,000 at a premium of 50,000, one reinstatement at 100 %: a loss of 800,000 costs 4,000 more.

    Training deck “Premium adjustment”, fliphtml5.com/gcpwb/nyow, page 25.
    """
    layer = Layer(
        id="xl",
        attachment_eur=400_000.0,
        limit_eur=5_000_000.0,
        reinstatements=1,
        reinstatement_price=1.0,
        premium_eur=50_000.0,
    )
    result = apply_programme(make_columns(year=[0], day=92, response=800_000.0), everything(layer))
    assert result.paid.tolist() == [400_000.0]
    assert result.extra.tolist() == [[pytest.approx(4_000.0)]]


@pytest.mark.parametrize(
    ("theta", "terms", "expected"),
    [
        # Ordinary deductible of 500: 640 per loss; the loss elimination ratio is 0.36.
        (2000.0, {"attachment_eur": 500.0}, 640.0),
        # Limit of 3,000, then the same after 10 % inflation.
        (2000.0, {"limit_eur": 3000.0}, 840.0),
        (2200.0, {"limit_eur": 3000.0}, 903.11),
        # Deductible, limit and coinsurance of 80 %: 0.8 (E[X ∧ 3000] - E[X ∧ 500]) = 0.8 (840 - 360).
        (2000.0, {"attachment_eur": 500.0, "limit_eur": 2500.0, "share": 0.8}, 384.0),
    ],
)
def test_klugman_panjer_willmot_pareto(theta: float, terms: dict[str, float], expected: float) -> None:
    """*Loss Models*, chapter 8: Pareto losses with α = 3 and θ = 2,000, deductible, limit, inflation."""
    points = 1_000_000
    upper = (np.arange(points) + 0.5) / points
    losses = theta * (upper ** (-1.0 / 3.0) - 1.0)
    columns = make_columns(year=np.arange(points), response=losses)
    mean = apply_programme(columns, everything(Layer(id="a", **terms))).paid.mean()
    # Midpoints of a million slices miss about 0.01 % of so heavy a tail.
    assert mean == pytest.approx(expected, rel=5e-4)


def test_oasis_cyber_case() -> None:
    """OasisLMF ``validation/cyber``: nine coverages of 100,000, two deductibles, 10 % of 10 M xs 10,000 pay 85,500.

    ``expected/ils.csv``: 8,895.95 + 7,413.29 + 7 × 9,884.39. Coverages with terms are two forms here, the other seven a
    third one.
    """
    columns = make_columns(year=[0], activity=100_000.0, reputation=100_000.0, response=700_000.0)
    programme = Programme(
        coverages=(
            Coverage(id="npbi", forms=("activity",), deductible_eur=10_000.0, sub_limit_eur=2_000_000.0),
            Coverage(id="cbi", forms=("reputation",), deductible_eur=25_000.0, sub_limit_eur=3_000_000.0),
            Coverage(id="rest", forms=("response",)),
        ),
        layers=(Layer(id="1", attachment_eur=10_000.0, limit_eur=10_000_000.0, share=0.1),),
    )
    paid = apply_programme(columns, programme).paid[0]
    assert paid == pytest.approx(8_895.95 + 7_413.29 + 7 * 9_884.39, abs=0.05)


def test_oed_quota_share_limits_come_before_the_placed_share() -> None:
    """OED, *Reinsurance*, example 2: 20 % placed, limits of 100,000 a risk and 1,000,000 an event are gross amounts."""
    risk = Treaty(kind="quota_share", terms=Layer(id="qs", limit_eur=100_000.0, share=0.2))
    done = apply_treaties([50_000.0, 400_000.0], [risk], year=[0, 0], day=[1, 1], event=[0, 0])
    assert done[0].ceded.tolist() == [10_000.0, 20_000.0]


def test_oed_per_risk_inures_to_the_benefit_of_the_catastrophe_layer() -> None:
    """OED, *Reinsurance*, example 4: 1.5 M xs 0.5 M per risk, then 3 M xs 3 M per event on what is left."""
    treaties = [
        Treaty(kind="per_risk", terms=Layer(id="pr", attachment_eur=500_000.0, limit_eur=1_500_000.0)),
        Treaty(kind="per_event", terms=Layer(id="cxl", attachment_eur=3_000_000.0, limit_eur=3_000_000.0)),
    ]
    losses = [2_500_000.0, 2_000_000.0, 4_000_000.0, 400_000.0]
    done = apply_treaties(losses, treaties, year=[0] * 4, day=[5] * 4, event=[0] * 4)
    assert done[0].ceded.tolist() == [1_500_000.0, 1_500_000.0, 1_500_000.0, 0.0]
    # Left: 1.0 + 0.5 + 2.5 + 0.4 = 4.4 M, of which 1.4 M above the attachment.
    assert done[1].ceded.sum() == pytest.approx(1_400_000.0)
    np.testing.assert_allclose(done[1].ceded / np.array([1.0, 0.5, 2.5, 0.4]), 1_400_000.0 / 4.4)


# OasisLMF, validation/insurance: account.csv, location.csv and expected/loc_summary.csv. Two locations per account,
# both destroyed: ground-up loss, deductible of each location, deductible and limit of the policy, insured loss in all.
OASIS_POLICIES = {
    "Q1_5": ((91.2e6, 127.8e6), (0.0, 0.0), 7.29e6, np.inf, 88164164.0 + 123545827.0),
    "Q1_6": ((91.2e6, 127.8e6), (0.0, 0.0), 0.0, 51.14e6, 21493883.75 + 29646113.0),
    "Q1_7": ((91.2e6, 127.8e6), (20.98e6, 6.9e6), 8.03e6, 60.34e6, 22169708.0 + 38170294.0),
    "Q1_8": ((91.2e6, 127.8e6), (0.0, 0.0), 0.0, np.inf, 91200000.0 + 127799991.0),
    "Q1_9": ((91.2e6, 127.8e6), (0.0, 0.0), 0.0, 7.94e6, 3224624.84 + 4715375.74),
    "Q2_12": ((91.6e6, 91.2e6), (10.77e6, 6.92e6), 4.8e6, 5.6e6, 2741493.78 + 2858506.65),
}


@pytest.mark.parametrize("case", OASIS_POLICIES)
def test_oasis_policy_deductibles_and_layer_limits(case: str) -> None:
    losses, deductibles, policy_deductible, limit, expected = OASIS_POLICIES[case]
    columns = make_columns(year=[0], response=losses[0], restoration=losses[1])
    coverages = (
        Coverage(id="one", forms=("response",), deductible_eur=deductibles[0]),
        Coverage(id="two", forms=("restoration",), deductible_eur=deductibles[1]),
    )
    programme = Programme(
        coverages=coverages, layers=(Layer(id="a", limit_eur=limit),), deductible_eur=policy_deductible
    )
    # Oasis computes in single precision: a few euros in a hundred million.
    assert apply_programme(columns, programme).paid[0] == pytest.approx(expected, abs=20.0)
