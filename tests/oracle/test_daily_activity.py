"""Daily activity adds up to the bed-days that the impact kernel integrates in closed form."""

from __future__ import annotations

from datetime import date

import numpy as np
import pytest

from hygie.core.units import HOURS_PER_DAY
from hygie.knowledge.packs import load_catalogue
from hygie.service.validation.experiments import FacilityEvents, Laboratory, open_world
from hygie.service.validation.measures import measure_events
from hygie.simulation.activity import follow_event

AS_OF = date(2026, 11, 23)


@pytest.fixture(scope="module")
def laboratory() -> Laboratory:
    return Laboratory(open_world(load_catalogue(as_of=AS_OF), as_of=AS_OF), 1, 10, 400)


@pytest.fixture(scope="module")
def events(laboratory: Laboratory) -> FacilityEvents:
    return laboratory.hit("chsf", "attempt")


def test_days_add_up_to_the_bed_days_of_the_row(events: FacilityEvents) -> None:
    rows = events.choose(("several_servers", "everything"), per_draw=2)
    assert rows.size >= 10
    flow = np.asarray(events.model.arrays["node_flow_per_h"])[0, :, 0]
    checked = 0
    for row in map(int, rows):
        event = follow_event(events.model, events.yelt, row, days=2500, step_h=1.0)
        lost = float(((1.0 - event.activity) @ flow).sum() * HOURS_PER_DAY)
        exact = float(events.yelt.columns["bed_days_lost"][row])
        if exact > 100.0:  # The shortest outages end within a step.
            assert lost == pytest.approx(exact, rel=0.01)
            checked += 1
        assert event.systems.max() <= 1.0
        assert event.systems[-1] == pytest.approx(1.0)
    assert checked >= 5


def test_no_draw_weighs_more_than_asked(events: FacilityEvents) -> None:
    rows = events.choose(("server",), per_draw=3)
    counts = np.bincount(np.asarray(events.yelt.columns["draw"])[rows])
    assert counts.max() == 3


def test_components_keep_every_euro(laboratory: Laboratory, events: FacilityEvents) -> None:
    """Booking by component moves euros between headings and loses none."""
    target = next(entry for entry in laboratory.world.targets.entries if entry.id == "dax-direct-cost")
    whole = target.model_copy(
        update={
            "facility": "chsf",
            "outcomes": ("several_servers", "everything"),
            "measure": target.measure.model_copy(update={"components": tuple(laboratory.world.targets.components)}),
        }
    )
    values = measure_events([whole], laboratory, per_draw=1)[whole.id].values
    rows = events.choose(("several_servers", "everything"), per_draw=8)
    total = np.asarray(events.yelt.columns["loss_eur"])[rows]
    assert values.size == rows.size
    assert np.all(values <= total * (1.0 + 1e-9))
    assert np.median(values / total) > 0.8
