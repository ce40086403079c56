"""Loss tables in the columns of ORD."""

from __future__ import annotations

import numpy as np
import pytest

from hygie.core.errors import ModelError
from hygie.loss.curves import loss_at_return_period
from hygie.loss.metrics import estimate_aal, estimate_tail_value_at_risk
from hygie.loss.ord_tables import ORD_TABLES, build_ord_table
from hygie.loss.tables import build_year_loss_table

# ORD, Schema/ORD_List_of_Fields.csv, without the fields on exposure in the footprint.
FIELDS = {
    "SELT": ["EventId", "SummaryId", "SampleId", "Loss"],
    "MELT": ["EventId", "SummaryId", "SampleType", "EventRate", "ChanceOfLoss", "MeanLoss", "SDLoss", "MaxLoss"],
    "SPLT": ["Period", "PeriodWeight", "EventId", "Year", "Month", "Day", "Hour", "Minute", "SummaryId", "SampleId",
             "Loss"],
    "ALT": ["SummaryId", "SampleType", "LossMethod", "MeanLoss", "SDLoss"],
    "EPT": ["SummaryId", "EPMethod", "EPType", "ReturnPeriod", "Loss"],
}  # fmt: skip


def build(table: str, **more: object) -> dict[str, np.ndarray]:
    rng = np.random.default_rng(2)
    year = np.sort(rng.integers(0, 2000, 900))
    loss = rng.lognormal(8.0, 1.5, 900) * (rng.random(900) < 0.8)
    columns = {"year": year, "day": rng.integers(0, 365, 900), "facility": np.zeros(900)}
    return build_ord_table(table, loss, columns=columns, event=np.arange(1, 901), n_years=2000, **more)  # type: ignore[arg-type]


def reference():
    rng = np.random.default_rng(2)
    year = np.sort(rng.integers(0, 2000, 900))
    return build_year_loss_table(year, rng.lognormal(8.0, 1.5, 900) * (rng.random(900) < 0.8), years_per_draw=[2000])


@pytest.mark.parametrize("table", ORD_TABLES)
def test_columns_are_those_of_the_standard_and_of_one_length(table: str) -> None:
    made = build(table)
    if table in FIELDS:
        assert list(made) == FIELDS[table]
    assert len({column.shape for column in made.values()}) == 1


def test_the_average_is_that_of_the_result() -> None:
    made = build("ALT")
    table = reference()
    assert made["MeanLoss"][0] == pytest.approx(estimate_aal(table).value)
    assert made["SDLoss"][0] / np.sqrt(2000) == pytest.approx(estimate_aal(table).mc_error, rel=1e-6)
    melt = build("MELT")
    assert float((melt["EventRate"] * melt["MeanLoss"]).sum()) == pytest.approx(made["MeanLoss"][0])


def test_exceedance_is_that_of_the_result() -> None:
    made = build("EPT")
    table = reference()
    for kind, basis in (("OEP", "OEP"), ("AEP", "AEP")):
        for period in (10.0, 100.0):
            row = (made["EPType"] == kind) & (made["ReturnPeriod"] == period)
            assert made["Loss"][row].tolist() == [loss_at_return_period(table, period, basis=basis).value]  # type: ignore[arg-type]
    row = (made["EPType"] == "TVAR_AEP") & (made["ReturnPeriod"] == 100.0)
    assert made["Loss"][row][0] == pytest.approx(estimate_tail_value_at_risk(table, 0.99).value)


def test_version_one_writes_numbers() -> None:
    made = build("EPT", version=1)
    assert set(made["EPType"].tolist()) == {1, 2, 3, 4}
    assert set(made["EPCalc"].tolist()) == {2}
    assert "LossMethod" not in build("ALT", version=1)


def test_dates_are_those_of_a_common_year() -> None:
    columns = {"year": np.zeros(4), "day": np.array([0, 31, 58, 364]), "facility": np.zeros(4)}
    made = build_ord_table("SPLT", np.ones(4), columns=columns, event=np.arange(4), n_years=10)
    assert list(zip(made["Month"].tolist(), made["Day"].tolist(), strict=True)) == [(1, 1), (2, 1), (2, 28), (12, 31)]


def test_an_unknown_table_is_refused() -> None:
    with pytest.raises(ModelError, match="no table “QELT”"):
        build("QELT")
