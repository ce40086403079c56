"""Laws of the kernel on facilities of the shipped packs: the same random numbers, one thing changed.

Precautionary disconnection is off where a law is said of each event: a found-out intruder who does not fire may still
cause it, so that detection can cost care (as at Brest in 2023).
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from hygie.core.tables import OUTCOMES
from hygie.core.waists import CompiledModel, SimulationPlan, YearEventLossTable
from hygie.simulation.runners import OneEvent, simulate
from pack_kit import CATEGORIES, DRAWS, change_model, pack_model

EVENTS = 4000
ATTEMPT = OneEvent("attempt", 0)
OUTAGE_CARE = ("visits_diverted", "overtime_h")
CARE = ("bed_days_lost", "stays_lost", "operations_lost", *OUTAGE_CARE)


def run(model: CompiledModel, *, given: OneEvent | None = ATTEMPT, events: int = EVENTS) -> YearEventLossTable:
    return simulate(model, SimulationPlan(years=events, draws=DRAWS, seed=7), given=given, threads=1)


def by_year(table: YearEventLossTable, name: str = "loss_eur", *, events: int = EVENTS) -> NDArray[np.float64]:
    """One value per year [events]: that of its event, zero when it was blocked."""
    values = np.zeros(events)
    values[table.columns["year"]] = table.columns[name]
    return values


def without_precaution(model: CompiledModel) -> dict[str, Any]:
    return {"cut_probability": np.zeros_like(model.arrays["cut_probability"])}


def with_even_noise(model: CompiledModel) -> dict[str, Any]:
    """Costs at their means and no cap: a larger scope has another item, and another noise, than a smaller one."""
    return {
        "item_sigma": np.zeros_like(model.arrays["item_sigma"]),
        "node_loss_cap_eur": np.full_like(model.arrays["node_loss_cap_eur"], 1e15),
    }


@pytest.mark.parametrize("category", CATEGORIES)
def test_detection_and_response_never_raise_an_event(category: str) -> None:
    plain = pack_model(category)
    model = change_model(plain, **without_precaution(plain), **with_even_noise(plain))
    before = by_year(run(model))
    assert np.count_nonzero(before) > 400
    for change in (
        {"node_detection_per_h": model.arrays["node_detection_per_h"] * 4.0},
        {"node_response_mu": model.arrays["node_response_mu"] - np.log(4.0)},
    ):
        after = by_year(run(change_model(model, **change)))
        assert np.all(after <= before * (1.0 + 1e-12))
        assert after.sum() < before.sum()


@pytest.mark.parametrize("category", CATEGORIES)
@pytest.mark.parametrize("change", ["backups", "segmentation"])
def test_backups_and_segmentation_do_not_raise_the_paired_mean(category: str, change: str) -> None:
    model = pack_model(category)
    if change == "backups":
        survival = model.arrays["node_backup_survival"]
        changed = change_model(model, node_backup_survival=survival + 0.5 * (1.0 - survival))
    else:
        opeff = model.arrays["node_opeff"].copy()
        control = model.labels.controls.index("segmentation")
        opeff[..., control] += 0.5 * (1.0 - opeff[..., control])
        changed = change_model(model, node_opeff=opeff)
    difference = by_year(run(changed)) - by_year(run(model))
    error = difference.std() / np.sqrt(difference.size)
    assert error > 0.0
    assert difference.mean() <= 3.0 * error


@pytest.mark.parametrize("category", CATEGORIES)
def test_every_zone_saved_is_worth_something(category: str) -> None:
    plain = pack_model(category)
    model = change_model(plain, **without_precaution(plain), **with_even_noise(plain))
    table = run(model)
    before, zones_hit = by_year(table), by_year(table, "zones_hit")
    hit_by_zone = []
    for zone in range(len(model.labels.zones[0])):
        payload = model.arrays["zone_payload"].copy()
        payload[:, zone] = 0
        saved = run(change_model(model, zone_payload=payload))
        after, hit = by_year(saved), by_year(saved, "zones_hit") < zones_hit
        assert np.all(after[hit] < before[hit]), model.labels.zones[0][zone]
        np.testing.assert_array_equal(after[~hit], before[~hit], err_msg=model.labels.zones[0][zone])
        hit_by_zone.append(np.count_nonzero(hit))
    assert np.count_nonzero(hit_by_zone) > len(hit_by_zone) / 2


@pytest.mark.parametrize("category", CATEGORIES)
def test_zero_attacks_are_zero_loss(category: str) -> None:
    model = pack_model(category)
    names = ("node_rate_per_y", "provider_rate_per_y", "campaign_rate_per_y")
    still = change_model(model, **{name: np.zeros_like(model.arrays[name]) for name in names})
    assert len(run(model, given=None, events=40_000)) > 0
    assert len(run(still, given=None, events=40_000)) == 0


@pytest.mark.parametrize("zone", ["business", "pacs", "backup"])
def test_a_zone_nobody_needs_changes_no_care(zone: str) -> None:
    plain = pack_model("ch")
    a, z = plain.arrays, plain.labels.zones[0].index(zone)
    services, last = a["template_p_min"].shape[1], a["zone_rank"].max()
    weight = np.where(a["use_zone"] == z, 0.0, a["use_weight"])
    floor = [np.prod(1.0 - weight[slice(*a["use_ptr"][s : s + 2])]) for s in range(services)]
    rank = np.append(a["zone_rank"][a["zone_rank"] != z], z)
    assert last == rank.size - 1
    # Nobody uses or needs the zone, and the crew restores it last, so that it delays nothing.
    useless = change_model(
        plain, **without_precaution(plain), use_weight=weight, template_p_min=np.array([floor]), zone_rank=rank,
        need_strength=np.where(a["need_source"] == z, 0.0, a["need_strength"]),
    )  # fmt: skip
    payload = a["zone_payload"].copy()
    payload[:, z] = 0
    tables = [run(useless), run(change_model(useless, zone_payload=payload))]
    same = np.equal(*(by_year(table, "outcome") for table in tables))
    hit = np.not_equal(*(by_year(table, "zones_hit") for table in tables)) & same
    assert np.count_nonzero(hit) > 10
    for name in CARE:
        with_zone, without = (by_year(table, name) for table in tables)
        np.testing.assert_allclose(with_zone[same], without[same], rtol=1e-9, err_msg=name)


@pytest.mark.parametrize("category", CATEGORIES)
def test_denial_of_service_leaves_care_alone(category: str) -> None:
    """No effect on care in at least 95 % of hits; a hit that the facility shrugs off leaves no row at all."""
    plain = pack_model(category)
    model = change_model(plain, node_visibility=np.ones_like(plain.arrays["node_visibility"]))
    table = run(model, given=OneEvent("campaign", 0))
    assert len(table) > EVENTS // 4
    assert np.all(table.columns["outcome"] == OUTCOMES.index("outage"))
    touched = np.any([table.columns[name] > 0.0 for name in CARE], axis=0)
    assert touched.mean() <= 0.05
