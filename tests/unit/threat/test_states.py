"""States common to the sector: read from packs, averaged over windows, carried into the year ahead."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date
from pathlib import Path

import numpy as np
import pytest
from numpy.testing import assert_allclose

from hygie.core.errors import DataError
from hygie.core.sampling import EpistemicSample
from hygie.knowledge.catalogue import Catalogue
from hygie.knowledge.packs import load_catalogue
from hygie.service.checks import check_pack_folders
from hygie.threat.states import SectorState, StateSpec, average_state, forecast_state, load_states, mean_state

DRAWS = 50
DAY = date(2026, 11, 23)

PACK = """\
name: extra
version: "1"
title: {en: Extra, fr: Extra}
description: {en: Extra, fr: Extra}
licence: CC0-1.0
requires: [health_fr]
"""
STATE = """\
states:
  - id: wave
    threat_class: ransomware
    from: "2025-01"
    until: "2025-06"
    evidence: [operation-cronos-2024]
    name: {en: Wave, fr: Vague}
"""
MULTIPLIER = """\
parameters:
  state.wave.multiplier:
    description: {en: Wave, fr: Vague}
    unit: "1"
    values:
      "2024-01-01": {distribution: {family: constant, value: 3}, method: assumed, evidence: []}
    last_checked_on: "2026-11-23"
"""


@pytest.fixture
def make_pack(tmp_path: Path) -> Callable[..., Path]:
    def write(state: str = STATE, multiplier: str = MULTIPLIER) -> Path:
        folder = tmp_path / "extra"
        folder.mkdir()
        (folder / "pack.yaml").write_text(PACK, encoding="utf-8")
        (folder / "states.yaml").write_text(state, encoding="utf-8")
        if multiplier:
            (folder / "multiplier.yaml").write_text(multiplier, encoding="utf-8")
        return folder

    return write


def state(catalogue: Catalogue, name: str, first: str, last: str | None, *, threat_class: str = "ddos") -> SectorState:
    spec = StateSpec.model_validate(
        {
            "id": name,
            "threat_class": threat_class,
            "from": first,
            "until": last,
            "evidence": ["operation-cronos-2024"],
            "name": {"en": name, "fr": name},
        }
    )
    ends = date.fromisoformat(last) if last else None
    return SectorState(spec, date.fromisoformat(first), ends, catalogue.estimate("state.hacktivism_2022.multiplier"))


class TestAverage:
    """Days with g = 2 among days with g = 1."""

    start, end = date(2023, 1, 1), date(2023, 1, 10)

    def mean(self, *states: SectorState, values: dict[str, float]) -> float:
        draws = {name: np.array([value]) for name, value in values.items()}
        return float(average_state(states, draws, "ddos", start=self.start, end=self.end)[0])

    @pytest.mark.parametrize(
        ("first", "last", "days"),
        [
            ("2023-01-01", "2023-01-10", 10),
            ("2022-01-01", None, 10),
            ("2023-01-03", "2023-01-04", 2),
            ("2022-12-01", "2023-01-01", 1),
            ("2023-01-10", None, 1),
            ("2023-01-11", None, 0),
            ("2022-01-01", "2022-12-31", 0),
        ],
    )
    def test_each_day_counts(self, catalogue: Catalogue, first: str, last: str | None, days: int) -> None:
        assert self.mean(state(catalogue, "a", first, last), values={"a": 2.0}) == pytest.approx(1.0 + days / 10)

    def test_states_that_meet_multiply(self, catalogue: Catalogue) -> None:
        both = (state(catalogue, "a", "2023-01-01", "2023-01-05"), state(catalogue, "b", "2023-01-04", "2023-01-10"))
        # 3 days of 2, 2 days of 2 × 5, 5 days of 5.
        assert self.mean(*both, values={"a": 2.0, "b": 5.0}) == pytest.approx((3 * 2 + 2 * 10 + 5 * 5) / 10)

    def test_other_classes_do_not_count(self, catalogue: Catalogue) -> None:
        assert self.mean(state(catalogue, "a", "2022-01-01", None, threat_class="ot"), values={"a": 9.0}) == 1.0

    def test_the_filter_takes_the_median(self, catalogue: Catalogue) -> None:
        one = state(catalogue, "a", "2023-01-01", "2023-01-05")
        middle = one.multiplier.distribution.quantile(0.5)
        assert mean_state([one], "ddos", start=self.start, end=self.end) == pytest.approx(0.5 + 0.5 * middle)

    def test_without_states_it_is_one(self) -> None:
        assert mean_state([], "ddos", start=self.start, end=self.end) == 1.0


class TestForecast:
    def draw(self, states: list[SectorState], catalogue: Catalogue, *, as_of: date = DAY) -> np.ndarray:
        sample = EpistemicSample(catalogue.estimate, seed=1, draws=DRAWS)
        return forecast_state(
            states, "ddos", known=catalogue.estimates, sample=sample, as_of=as_of, into="campaign_rate_per_y"
        )

    def test_one_with_spread_when_nothing_is_known(self, catalogue: Catalogue) -> None:
        ahead = self.draw([], catalogue)
        assert np.median(ahead) == pytest.approx(1.0, rel=0.1)
        assert ahead.std() > 0.1

    def test_a_state_without_an_end_goes_on(self, catalogue: Catalogue) -> None:
        on = state(catalogue, "hacktivism_2022", "2022-03-01", None)
        ratio = self.draw([on], catalogue) / self.draw([], catalogue)
        assert_allclose(ratio, on.multiplier.sample(seed=1, draws=DRAWS))

    def test_one_that_has_not_started_is_not_known(self, catalogue: Catalogue) -> None:
        later = state(catalogue, "hacktivism_2022", "2026-12-01", None)
        assert_allclose(self.draw([later], catalogue), self.draw([], catalogue))

    def test_one_that_is_over_is_over(self, catalogue: Catalogue) -> None:
        past = state(catalogue, "hacktivism_2022", "2022-03-01", "2026-11-01")
        assert_allclose(self.draw([past], catalogue), self.draw([], catalogue))

    def test_one_that_ends_within_the_year_counts_for_its_days(self, catalogue: Catalogue) -> None:
        half = state(catalogue, "hacktivism_2022", "2022-03-01", "2027-05-24")
        ratio = self.draw([half], catalogue) / self.draw([], catalogue)
        assert_allclose(ratio, 1.0 + (half.multiplier.sample(seed=1, draws=DRAWS) - 1.0) * 182 / 365)

    def test_a_class_without_an_estimate_has_no_doubt(self, catalogue: Catalogue) -> None:
        known = {name: one for name, one in catalogue.estimates.items() if not name.endswith(".ahead")}
        assert_allclose(self.draw([], replace(catalogue, estimates=known)), 1.0)


class TestPacks:
    def test_shipped_states_rest_on_evidence(self, catalogue: Catalogue) -> None:
        states = load_states(catalogue)
        assert [one.first for one in states] == sorted(one.first for one in states)
        for one in states:
            assert one.spec.evidence
            assert one.multiplier.evidence
            assert set(one.spec.evidence) <= catalogue.evidence.keys()

    def test_a_pack_adds_a_state(self, make_pack: Callable[..., Path]) -> None:
        catalogue = load_catalogue(as_of=DAY, extra_paths=[make_pack()])
        added = next(one for one in load_states(catalogue) if one.spec.id == "wave")
        assert (added.first, added.last) == (date(2025, 1, 1), date(2025, 6, 30))
        assert mean_state(
            load_states(catalogue), "ransomware", start=date(2025, 6, 1), end=date(2025, 7, 30)
        ) == pytest.approx(2.0)

    @pytest.mark.parametrize(
        ("old", "new", "message"),
        [
            ('until: "2025-06"', 'until: "2024-06"', "ends before it starts"),
            ("threat_class: ransomware", "threat_class: ransom", "unknown threat class"),
            ("operation-cronos-2024", "operation-nowhere", "is in no loaded pack"),
            ("id: wave", "id: tide", "no multiplier for “tide”"),
            ("id: wave", "id: hacktivism_2022", "stands twice"),
            ('from: "2025-01"', 'from: "soon"', "this is not a date"),
            ('from: "2025-01"', 'from: "2025-13"', "this is not a date"),
        ],
    )
    def test_what_is_wrong_is_told_with_its_file(
        self, make_pack: Callable[..., Path], old: str, new: str, message: str
    ) -> None:
        assert old in STATE
        (finding,) = check_pack_folders([make_pack(STATE.replace(old, new))])
        assert message in f"{finding.message} {finding.field}"
        assert finding.file is not None
        assert finding.file.endswith("states.yaml")
        assert finding.line is not None
        assert finding.repair

    def test_a_multiplier_below_zero_is_refused(self, make_pack: Callable[..., Path]) -> None:
        normal = MULTIPLIER.replace("{family: constant, value: 3}", "{family: normal, mean: 1, sd: 1}")
        (finding,) = check_pack_folders([make_pack(multiplier=normal)])
        assert "is no multiplier" in finding.message

    def test_a_pack_without_states_is_fine(self, catalogue: Catalogue) -> None:
        bare = replace(catalogue, sections={k: v for k, v in catalogue.sections.items() if k != "states"})
        assert load_states(bare) == ()


def test_errors_are_of_the_tree(make_pack: Callable[..., Path]) -> None:
    broken = load_catalogue(as_of=DAY, extra_paths=[make_pack(STATE.replace("id: wave", "id: tide"))])
    with pytest.raises(DataError, match="no multiplier"):
        load_states(broken)
