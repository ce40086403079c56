"""OT fails mostly because IT fails: the account of causes, by hand on a toy and on the shipped packs."""

from __future__ import annotations

import numpy as np
import pytest

from hygie.core.errors import ModelError
from hygie.service.cascade import CARE_COLUMNS, cut_needs, measure_cascade
from kit import ZONES, toy_model
from pack_kit import pack_graph, pack_model

TOY = dict.fromkeys(ZONES, "it") | {"devices": "medical_ot"}


def test_ot_fails_mostly_because_it_fails() -> None:
    account = measure_cascade(
        pack_model("ch"), families={zone.id: zone.family for zone in pack_graph("ch").zones}, attempts=4000, replays=40
    )
    assert account.events == 40
    assert account.share("it") > 0.5
    assert account.share("it") > 2.0 * account.share("own")
    assert sum(account.share(cause) for cause in account.zone_hours) == pytest.approx(1.0)
    for name in CARE_COLUMNS:
        saved = account.care[name] - account.care_without[name]
        assert saved > 3.0 * account.care_error[name] > 0.0, name


def test_a_device_out_of_reach_that_needs_it_fails_for_it_alone() -> None:
    # No payload outside IT and no precaution: whatever the devices lose, they lose through the servers.
    model = toy_model(zone_payload=np.array([[1, 1, 1, 1, 0]]))
    account = measure_cascade(model, families=TOY, attempts=400, replays=30)
    assert account.share("it") == 1.0
    cut = cut_needs(model, needing=np.arange(5) == 4, needed=np.arange(5) == 2)
    np.testing.assert_array_equal(cut.arrays["need_strength"], [[0.8, 0.0]])


def test_devices_that_need_nothing_fail_on_their_own() -> None:
    model = toy_model(need_strength=np.zeros((1, 2)))
    account = measure_cascade(model, families=TOY, attempts=400, replays=30)
    assert account.share("own") == 1.0
    assert account.care == account.care_without


def test_a_zone_without_a_family_is_refused() -> None:
    with pytest.raises(ModelError, match="no family"):
        measure_cascade(toy_model(), families={"office": "it"}, attempts=400)
