"""Who simulates, and how the years are cut, leaves no trace: same rows, same digest, same figures."""

from __future__ import annotations

import logging
import os
import signal
from pathlib import Path

import numpy as np
import pytest

from hygie.core.errors import ModelError, RunnerError, StoreError, UsageError
from hygie.core.tables import YELT_COLUMNS
from hygie.core.waists import CompiledModel, SimulationPlan, YearEventLossTable
from hygie.service.figures import derive_figures
from hygie.service.runs import choose_runner, find_kept, is_streamed, simulate_to_parts
from hygie.simulation import runners_dask
from hygie.simulation.runners import OneEvent, ThreadRunner, simulate
from hygie.simulation.runners_dask import DaskRunner
from runs_kit import Cluster, dask_cluster, rich_model, stop

pytestmark = pytest.mark.xdist_group("runners")

PLAN = SimulationPlan(years=30_000, draws=3, seed=1)


@pytest.fixture(scope="module")
def model() -> CompiledModel:
    return rich_model(draws=3)


@pytest.fixture(scope="module")
def reference(model: CompiledModel) -> YearEventLossTable:
    return simulate(model, PLAN, threads=1)


def check_same(found: YearEventLossTable, expected: YearEventLossTable) -> None:
    assert found.digest == expected.digest
    assert len(found) == len(expected)
    for name in YELT_COLUMNS:
        np.testing.assert_array_equal(found.columns[name], expected.columns[name], err_msg=name)
        assert found.columns[name].dtype == expected.columns[name].dtype


@pytest.mark.parametrize("threads", [1, 2])
@pytest.mark.parametrize("block_years", [999, 8192, 100_000])
def test_parts_hold_what_memory_holds(
    model: CompiledModel, reference: YearEventLossTable, tmp_path: Path, threads: int, block_years: int
) -> None:
    table = simulate_to_parts(model, PLAN, tmp_path / "r", runner=ThreadRunner(threads), block_years=block_years)
    check_same(table, reference)


def test_figures_from_parts_are_those_from_memory(
    model: CompiledModel, reference: YearEventLossTable, tmp_path: Path
) -> None:
    table = simulate_to_parts(model, PLAN, tmp_path / "r", block_years=4000)
    found, expected = derive_figures(table), derive_figures(reference)
    assert found.figures == expected.figures
    for basis, curve in expected.curves.items():
        np.testing.assert_array_equal(found.curves[basis].band_high, curve.band_high)
    for name, summary in expected.breakdowns.items():
        np.testing.assert_array_equal(found.breakdowns[name].annual_loss, summary.annual_loss)


def test_a_given_event_goes_to_parts_too(model: CompiledModel, tmp_path: Path) -> None:
    event = OneEvent("provider", 0)
    check_same(
        simulate_to_parts(model, PLAN, tmp_path / "r", given=event, block_years=7000),
        simulate(model, PLAN, given=event),
    )


class Counting:
    """A runner that notes which blocks it was asked for, and may stop after some."""

    def __init__(self, *, fail_after: int = 1000) -> None:
        self.spans: list[tuple[int, int]] = []
        self._fail_after = fail_after

    def map_blocks(self, task, spans):  # type: ignore[no-untyped-def]
        self.spans = list(spans)
        for number, block in enumerate(ThreadRunner(1).map_blocks(task, spans)):
            if number >= self._fail_after:
                raise KeyboardInterrupt
            yield block


def test_a_stopped_run_goes_on_from_its_parts(
    model: CompiledModel, reference: YearEventLossTable, tmp_path: Path
) -> None:
    with pytest.raises(KeyboardInterrupt):
        simulate_to_parts(model, PLAN, tmp_path / "r", runner=Counting(fail_after=4), block_years=3000)
    kept = find_kept(tmp_path / "r")
    assert kept is not None
    assert (kept.done, kept.total) == (12_000, 30_000)
    runner = Counting()
    check_same(simulate_to_parts(model, PLAN, tmp_path / "r", runner=runner, block_years=3000), reference)
    assert runner.spans == [(begin, begin + 3000) for begin in range(12_000, 30_000, 3000)]


@pytest.mark.parametrize("damage", ["cut", "garbage", "swapped", "empty"])
def test_a_damaged_part_is_made_again(
    model: CompiledModel, reference: YearEventLossTable, tmp_path: Path, damage: str
) -> None:
    simulate_to_parts(model, PLAN, tmp_path / "r", block_years=6000)
    first, second, *_ = sorted(tmp_path.rglob("part-*.parquet"))
    data = second.read_bytes()
    if damage == "swapped":
        second.write_bytes(first.read_bytes())
    else:
        second.write_bytes({"cut": data[: len(data) // 2], "garbage": os.urandom(len(data)), "empty": b""}[damage])
    runner = Counting()
    check_same(simulate_to_parts(model, PLAN, tmp_path / "r", runner=runner, block_years=6000), reference)
    assert runner.spans == []


def test_values_changed_inside_a_part_are_noticed(
    model: CompiledModel, reference: YearEventLossTable, tmp_path: Path
) -> None:
    """The receipt is over the values, not over the file: a part that reads well but says else is made again."""
    import duckdb

    simulate_to_parts(model, PLAN, tmp_path / "r", block_years=10_000)
    part = sorted(tmp_path.rglob("part-*.parquet"))[1]
    with duckdb.connect() as connection:
        pairs = connection.execute(f"SELECT key, value FROM parquet_kv_metadata('{part}')").fetchall()
        metadata = ", ".join(f"'{key.decode()}': '{value.decode()}'" for key, value in pairs)
        connection.execute(
            f"COPY (SELECT * REPLACE (loss_eur + 1 AS loss_eur) FROM '{part}') TO '{part}.new' "
            f"(FORMAT parquet, KV_METADATA {{{metadata}}})"
        )
    Path(f"{part}.new").replace(part)
    check_same(simulate_to_parts(model, PLAN, tmp_path / "r", block_years=10_000), reference)


def test_another_model_or_plan_has_parts_of_its_own(model: CompiledModel, tmp_path: Path) -> None:
    simulate_to_parts(model, PLAN, tmp_path / "r", block_years=15_000)
    others = [
        (rich_model(draws=3, item_sigma=np.zeros((3, 2))), PLAN, 15_000),
        (model, SimulationPlan(years=30_000, draws=3, seed=2), 15_000),
        (model, SimulationPlan(years=30_001, draws=3, seed=1), 15_000),
        (model, PLAN, 10_000),
    ]
    for other, plan, block in others:
        runner = Counting()
        table = simulate_to_parts(other, plan, tmp_path / "r", runner=runner, block_years=block)
        assert runner.spans, "nothing of the other run may be taken"
        assert table.digest == simulate(other, plan).digest
    assert len(list((tmp_path / "r.parts").iterdir())) == 5


def test_two_processes_cannot_be_at_one_run(model: CompiledModel, tmp_path: Path) -> None:
    def again(done: int, total: int) -> None:
        simulate_to_parts(model, PLAN, tmp_path / "r", block_years=15_000)

    with pytest.raises(StoreError, match="another process"):
        simulate_to_parts(model, PLAN, tmp_path / "r", block_years=15_000, progress=again)


def test_more_years_keep_the_first_rows(tmp_path: Path) -> None:
    one = rich_model(draws=1)
    short, long = (
        simulate_to_parts(one, SimulationPlan(years, 1, 1), tmp_path / str(years), block_years=2500)
        for years in (7000, 21_000)
    )
    for name in YELT_COLUMNS:
        np.testing.assert_array_equal(long.columns[name][: len(short)], short.columns[name], err_msg=name)


def test_missing_parts_are_no_silent_short_table(model: CompiledModel, tmp_path: Path) -> None:
    table = simulate_to_parts(model, PLAN, tmp_path / "r", block_years=15_000)
    sorted(tmp_path.rglob("part-*.parquet"))[0].unlink()
    with pytest.raises(StoreError, match="missing or damaged"):
        table.columns["loss_eur"]


def test_runs_beyond_a_million_years_are_streamed() -> None:
    assert [is_streamed(years, None) for years in (2, 1_000_000, 1_000_001)] == [False, False, True]
    assert is_streamed(2, True)
    assert not is_streamed(10**8, False)


@pytest.fixture(scope="module")
def cluster(tmp_path_factory: pytest.TempPathFactory):  # type: ignore[no-untyped-def]
    with dask_cluster(tmp_path_factory.mktemp("dask")) as running:
        yield running


def test_a_cluster_gives_the_same_rows(model: CompiledModel, reference: YearEventLossTable, cluster: Cluster) -> None:
    for block_years in (1000, 8192):
        check_same(simulate(model, PLAN, runner=DaskRunner(cluster.address), block_years=block_years), reference)


def test_an_error_of_the_model_comes_back_as_it_is(cluster: Cluster) -> None:
    busy = rich_model(node_rate_per_y=np.full((1, 2, 1), 1e5))
    with pytest.raises(ModelError, match="more than 4096 events"):
        simulate(busy, SimulationPlan(years=100, draws=1, seed=1), runner=DaskRunner(cluster.address))


def test_a_worker_killed_in_the_middle_changes_nothing(model: CompiledModel, tmp_path: Path, cluster: Cluster) -> None:
    plan = SimulationPlan(years=300_000, draws=3, seed=1)
    dead: list[int] = []

    def kill_one(done: int, total: int) -> None:
        if done >= 30_000 and not dead:
            worker = cluster.workers[0]
            assert worker.poll() is None
            worker.send_signal(signal.SIGKILL)
            dead.append(worker.pid)

    table = simulate_to_parts(
        model, plan, tmp_path / "r", runner=DaskRunner(cluster.address), block_years=5000, progress=kill_one
    )
    assert dead
    assert cluster.workers[0].wait(timeout=30) == -signal.SIGKILL
    check_same(table, simulate(model, plan))
    cluster.start_worker()


def test_a_worker_with_another_engine_is_refused(
    model: CompiledModel, cluster: Cluster, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(runners_dask, "fingerprint_engine", lambda: "another engine")
    with pytest.raises(RunnerError, match="another engine"):
        simulate(model, PLAN, runner=DaskRunner(cluster.address))


def test_a_scheduler_that_dies_leaves_a_run_that_goes_on(
    model: CompiledModel, reference: YearEventLossTable, tmp_path: Path
) -> None:
    folder = tmp_path / "dask"
    folder.mkdir()
    with dask_cluster(folder, workers=1) as doomed:

        def kill(done: int, total: int) -> None:
            if done >= 6000:
                stop(doomed.scheduler)

        with pytest.raises(RunnerError, match="connection to the Dask scheduler broke|does not answer|no worker"):
            simulate_to_parts(
                model,
                PLAN,
                tmp_path / "r",
                runner=DaskRunner(doomed.address, patience_s=10),
                block_years=500,
                progress=kill,
            )
    kept = find_kept(tmp_path / "r")
    assert kept is not None
    assert 6000 <= kept.done < 30_000
    check_same(simulate_to_parts(model, PLAN, tmp_path / "r", block_years=500), reference)


def test_an_unreachable_scheduler_is_one_clear_error(model: CompiledModel, capfd: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(RunnerError, match="does not answer") as caught:
        simulate(model, PLAN, runner=DaskRunner("tcp://127.0.0.1:9", patience_s=2))
    assert "--scheduler" in str(caught.value)
    assert capfd.readouterr().err == ""
    assert logging.getLogger("distributed").level != logging.CRITICAL + 1


def test_a_cluster_without_workers_is_one_clear_error(model: CompiledModel, tmp_path: Path) -> None:
    with (
        dask_cluster(tmp_path, workers=0) as empty,
        pytest.raises(RunnerError, match="no worker"),
    ):
        simulate(model, PLAN, runner=DaskRunner(empty.address, patience_s=1))


@pytest.mark.parametrize("address", ["localhost:8786", "http://host", "", "tcp:/host"])
def test_what_is_no_address_is_refused(address: str) -> None:
    with pytest.raises(UsageError, match="not the address"):
        choose_runner(threads=1, scheduler=address)
