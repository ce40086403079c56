"""Sums of a portfolio: parts add up, events are summed over organisations, contributions add up to TVaR."""

from __future__ import annotations

import numpy as np
import pytest

from hygie.core.errors import ModelError
from hygie.loss.accumulation import PortfolioTally, allocate_tail, choose_tail_years, summarise_group
from hygie.loss.metrics import estimate_tail_value_at_risk
from hygie.loss.territory import DAYS, TerritoryTally

YEARS, NODES = 400, 6


def random_rows(seed: int = 1, rows: int = 900) -> dict[str, np.ndarray]:
    rng = np.random.default_rng(seed)
    year = np.sort(rng.integers(0, YEARS, rows))
    root = rng.choice([0, 2], rows)
    return {
        "year": year,
        "facility": rng.integers(0, NODES, rows),
        "loss_eur": rng.lognormal(10.0, 2.0, rows),
        "loss_own_eur": np.ones(rows),
        "bed_days_lost": rng.random(rows),
        "visits_diverted": rng.random(rows),
        "threat_class": rng.integers(0, 3, rows),
        "origin": rng.integers(0, 4, rows),
        "generation": rng.integers(0, 3, rows),
        "root": root,
        "root_index": np.where(root == 2, rng.integers(0, 2, rows), rng.integers(0, NODES, rows)),
        "occurrence": rng.integers(0, 2, rows),
    }


def make_tally() -> PortfolioTally:
    groups = {"ght": (np.array([0, 0, 1, 1, 1, -1]), 2), "region": (np.array([0, 1, 2, 0, 1, 2]), 3)}
    return PortfolioTally(years=YEARS, nodes=NODES, roots=NODES, classes=3, providers=2, groups=groups)


def fill(rows: dict[str, np.ndarray], step: int) -> PortfolioTally:
    tally = make_tally()
    for begin in range(0, YEARS, step):
        end = min(begin + step, YEARS)
        mine = (rows["year"] >= begin) & (rows["year"] < end)
        tally.add({name: column[mine] for name, column in rows.items()}, begin=begin, end=end)
    return tally


def test_parts_add_up_to_the_whole() -> None:
    rows = random_rows()
    whole, parts = fill(rows, YEARS), fill(rows, 37)
    for name in ("loss", "own", "largest", "bed_days", "widest", "by_class", "by_provider", "facility_events"):
        np.testing.assert_allclose(getattr(parts, name), getattr(whole, name), rtol=1e-12, err_msg=name)
    np.testing.assert_array_equal(parts.generations, np.bincount(rows["generation"]))
    assert whole.rows == parts.rows == rows["year"].size
    np.testing.assert_allclose(whole.by_group["region"].sum(axis=0), whole.loss)
    np.testing.assert_allclose(whole.by_class.sum(axis=0), whole.loss)
    np.testing.assert_allclose(whole.by_origin.sum(axis=0), whole.loss)
    # One organisation is in no group.
    assert whole.by_group["ght"].sum() == pytest.approx(rows["loss_eur"][rows["facility"] != 5].sum())


def test_rows_of_one_event_are_one_event() -> None:
    rows = random_rows()
    tally = fill(rows, 50)
    events: dict[tuple[int, ...], list[float]] = {}
    for at in range(rows["year"].size):
        key = tuple(int(rows[name][at]) for name in ("year", "root", "root_index", "occurrence"))
        events.setdefault(key, []).append(float(rows["loss_eur"][at]))
    largest, widest, provider = np.zeros(YEARS), np.zeros(YEARS), np.zeros((2, YEARS))
    for (year, root, index, _), losses in events.items():
        largest[year] = max(largest[year], sum(losses))
        widest[year] = max(widest[year], len(losses))
        if root == 2:
            provider[index, year] += sum(losses)
    np.testing.assert_allclose(tally.largest, largest)
    np.testing.assert_array_equal(tally.widest, widest)
    np.testing.assert_allclose(tally.by_provider, provider)


def test_contributions_add_up_to_the_tail_value_at_risk() -> None:
    tally = fill(random_rows(), 50)
    years, weights = choose_tail_years(tally.loss, level=0.99)
    assert weights.sum() == pytest.approx(1.0)
    regions = allocate_tail(tally.by_group["region"], years, weights)
    expected = estimate_tail_value_at_risk(tally.year_table(np.array([YEARS])), 0.99).value
    assert regions.sum() == pytest.approx(expected, rel=1e-9)
    group = summarise_group(tally.by_group["region"][0], tail=float(regions[0]))
    assert group.aal == pytest.approx(tally.by_group["region"][0].mean())
    assert (tally.by_group["region"][0] > group.loss_100).mean() <= 0.01


def test_years_that_tie_share_the_tail() -> None:
    annual = np.concatenate([np.zeros(90), np.full(10, 7.0)])
    years, weights = choose_tail_years(annual, level=0.95)
    assert weights @ annual[years] == pytest.approx(7.0)
    assert weights.size == 10


def test_a_row_outside_its_part_is_refused() -> None:
    with pytest.raises(ModelError, match="outside"):
        make_tally().add(random_rows(), begin=0, end=10)


def test_territories_day_by_day_against_a_calendar() -> None:
    rng = np.random.default_rng(3)
    years, rows, area = 5, 60, np.array([0, 1, 0, -1])
    year, day = rng.integers(0, years, rows), rng.integers(0, DAYS, rows)
    node = rng.integers(0, 4, rows)
    outage = rng.uniform(1.0, 24.0 * 500, rows)
    beds = rng.lognormal(3.0, 1.0, rows)
    tally = TerritoryTally(area, 2, measures=("beds",))
    for begin in range(years):
        mine = year == begin
        tally.add(
            year=year[mine] - begin, day=day[mine], node=node[mine], outage_h=outage[mine],
            lost={"beds": beds[mine]}, years=1,
        )  # fmt: skip
    calendar = np.zeros((3, years, DAYS))
    for at in range(rows):
        length = int(np.clip(np.ceil(outage[at] / 24.0), 1, DAYS))
        for step in range(length):
            for place in {int(area[node[at]]), 2} - {-1}:
                calendar[place, year[at], (day[at] + step) % DAYS] += beds[at] / length
    np.testing.assert_allclose(tally.mean("beds"), calendar.mean(axis=(1, 2)))
    for share in (0.01, 0.05, 0.2):
        exact = [np.sort(days.ravel())[::-1][int(share * days.size)] for days in calendar]
        np.testing.assert_allclose(tally.quantile("beds", share), exact, rtol=0.03)
