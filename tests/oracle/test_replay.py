"""A replayed event is the event of the loss table: same outage, same hosts, same euros."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from pathlib import Path

import numpy as np
import pytest

from hygie.core.errors import ModelError
from hygie.core.tables import OUTCOMES
from hygie.service.assess import Assessment, assess
from hygie.service.bad_event import choose_bad_event
from hygie.service.requests import AssessmentRequest
from hygie.simulation.replay import replay_event

OUTAGE = OUTCOMES.index("outage")


@pytest.fixture(scope="module")
def assessment(chsf_file: Path) -> Assessment:
    return assess(AssessmentRequest(facility=str(chsf_file), years=20_000, draws=20, as_of=date(2026, 11, 23)))


@pytest.mark.parametrize("origin", [0, 1, 2, 3], ids=["own", "neighbour", "provider", "campaign"])
def test_replay_gives_the_row_again(assessment: Assessment, origin: int) -> None:
    columns = assessment.yelt.columns
    rows = np.flatnonzero(np.asarray(columns["origin"]) == origin)[:80]
    assert rows.size > 20
    for row in map(int, rows):
        event = replay_event(assessment.model, assessment.yelt, row, step_h=24.0)
        assert event.record[1] == pytest.approx(columns["outage_h"][row], rel=1e-9)
        assert event.hosts.sum() == columns["hosts_hit"][row]
        assert event.record[-2] == pytest.approx(columns["loss_eur"][row], rel=1e-9)
        assert event.record[-1] == pytest.approx(columns["loss_own_eur"][row], rel=1e-9)


def test_timeline_adds_up_to_what_care_lost(assessment: Assessment) -> None:
    """Emergency visits diverted are the hours lost on the timeline times the normal flow."""
    chosen = choose_bad_event(assessment.yelt)
    assert chosen is not None
    row, _count = chosen
    event = replay_event(assessment.model, assessment.yelt, row, step_h=0.05)
    flow = np.asarray(assessment.model.arrays["node_flow_per_h"])[0, :, 3]
    diverted = float(((1.0 - event.capacity) * flow).sum() * 0.05)
    assert diverted == pytest.approx(float(assessment.yelt.columns["visits_diverted"][row]), rel=0.005)
    assert np.all(event.capacity[-1] == pytest.approx(1.0))
    assert event.zone_down.min() >= 0.0
    assert event.zone_down.max() <= 1.0


def test_the_typical_event_is_the_median_of_major_ones(assessment: Assessment) -> None:
    chosen = choose_bad_event(assessment.yelt)
    assert chosen is not None
    row, count = chosen
    outcome = np.asarray(assessment.yelt.columns["outcome"])
    loss = np.asarray(assessment.yelt.columns["loss_eur"])
    major = loss[(outcome >= OUTCOMES.index("several_servers")) & (outcome < OUTAGE)]
    assert count == major.size
    assert (major < loss[row]).sum() == (count - 1) // 2


def test_foreign_tables_are_refused(assessment: Assessment) -> None:
    other = replace(assessment.yelt, model_digest="sha256:0")
    with pytest.raises(ModelError, match="another model"):
        replay_event(assessment.model, other, 0)
