"""The checks that every result carries pass on a sound result, and fail on one that is not."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from pathlib import Path

import numpy as np
import pytest

from hygie.core.waists import CompiledModel, YearEventLossTable
from hygie.service.assess import Assessment, assess
from hygie.service.requests import AssessmentRequest
from hygie.service.validity import compare_with_fft, compare_with_rates


@pytest.fixture(scope="module")
def assessment(chsf_file: Path) -> Assessment:
    return assess(AssessmentRequest(facility=str(chsf_file), years=40_000, draws=40, as_of=date(2026, 11, 23)))


def test_event_numbers_agree_with_rates(assessment: Assessment) -> None:
    aal, z = compare_with_rates(assessment.model, assessment.yelt)
    assert abs(z) < 4.0
    assert aal == pytest.approx(assessment.view.figures["aal"].value, rel=0.1)


def test_wrong_rates_are_noticed(assessment: Assessment) -> None:
    model = assessment.model
    arrays = {**model.arrays, "node_rate_per_y": np.asarray(model.arrays["node_rate_per_y"], dtype=np.float64) * 1.3}
    raised = CompiledModel(draws=model.draws, arrays=arrays, labels=model.labels, lineage=model.lineage)
    _, z = compare_with_rates(raised, assessment.yelt)
    assert z < -4.0


def with_similar_losses(yelt: YearEventLossTable, year: np.ndarray) -> YearEventLossTable:
    losses = np.random.default_rng(1).uniform(0.5e5, 1.5e5, len(yelt))
    return replace(yelt, columns={**yelt.columns, "year": year, "loss_eur": losses})


def test_annual_losses_agree_with_the_fft(assessment: Assessment) -> None:
    assert abs(compare_with_fft(assessment.yelt, draws=40)) < 4.0


def test_events_that_come_together_are_noticed(assessment: Assessment) -> None:
    """Ten years of events crowded into one: the same losses, but not one by one."""
    year = np.asarray(assessment.yelt.columns["year"], dtype=np.int64)
    assert abs(compare_with_fft(with_similar_losses(assessment.yelt, year), draws=40)) < 4.0
    assert compare_with_fft(with_similar_losses(assessment.yelt, year - year % 10), draws=40) > 4.0


def test_checks_are_shown_with_a_sentence_each(assessment: Assessment) -> None:
    shown = {check.id: check for check in assessment.view.checks}
    assert set(shown) == {
        "aal_matches_rates",
        "annual_distribution_matches_fft",
        "tail_sample",
        "monte_carlo_noise",
        "assumed_inputs",
        "oldest_evidence",
    }
    assert all(check.sentence.endswith(".") for check in shown.values())
    assert not shown["assumed_inputs"].ok
    assert shown["assumed_inputs"].sentence in assessment.view.validity
