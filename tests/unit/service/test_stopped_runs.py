"""What a stopped run leaves is told: by the progress line while it runs, by `doctor` afterwards."""

from __future__ import annotations

from pathlib import Path

import pytest

from hygie.cli.progress import Speed, describe_speed
from hygie.core.waists import SimulationPlan
from hygie.service.doctor import diagnose
from hygie.service.runs import find_kept, simulate_to_parts
from hygie.views.messages import translator
from runs_kit import rich_model


def test_the_speed_is_that_of_the_last_half_minute() -> None:
    speed = Speed()
    assert speed.mark(0.0, 0) is None
    assert speed.mark(0.1, 5_000_000) is None, "parts that were read at once say nothing yet"
    rate = None
    for second in range(1, 100):
        rate = speed.mark(float(second), 5_000_000 + 1000 * second)
    assert rate == pytest.approx(1000.0)


@pytest.mark.parametrize(
    ("rate", "left", "english", "french"),
    [
        (1000.0, 20_000, "1,000 years/s, 20 s left", "1\u202f000 années/s, encore 20 s"),
        (123_456.0, 123_456 * 600, "120,000 years/s, 10 min left", "120\u202f000 années/s, encore 10 min"),
        (10.0, 10 * 36_000, "10 years/s, 10 h left", "10 années/s, encore 10 h"),
        (None, 5, "", ""),
    ],
)
def test_the_time_left_is_told_in_words(rate: float | None, left: int, english: str, french: str) -> None:
    assert describe_speed(rate, left, language="en", _=translator("en")) == english
    assert describe_speed(rate, left, language="fr", _=translator("fr")) == french


def test_doctor_names_stopped_runs(tmp_path: Path) -> None:
    def stop(done: int, total: int) -> None:
        if done >= 400:
            raise KeyboardInterrupt

    def check() -> tuple[bool, str]:
        found = {each.name: each for each in diagnose(tmp_path)}["stopped runs"]
        return found.ok, found.detail

    assert check() == (True, "0 stopped run(s) that can go on")
    result = tmp_path / "results" / "r"
    with pytest.raises(KeyboardInterrupt):
        simulate_to_parts(rich_model(), SimulationPlan(1000, 1, 1), result, block_years=100, progress=stop)
    ok, detail = check()
    assert not ok
    assert detail.startswith("1 stopped run(s) that can go on, 0 MiB, in ")
    assert detail.endswith(f"{Path('results') / '*.parts'}")
    kept = find_kept(result)
    assert kept is not None
    assert (kept.done, kept.total) == (400, 1000)
    assert find_kept(tmp_path / "results" / "other") is None
