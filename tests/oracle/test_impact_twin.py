"""The impact kernel against its NumPy twin on a time grid, and against cases computed by hand."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from scipy.special import ndtri

from hygie.core.ids import derive_entity
from hygie.core.tables import DRIVERS, FORMS, MODULES, OUTCOMES, SCOPES
from hygie.core.waists import CompiledModel, SimulationPlan
from hygie.simulation import twin
from hygie.simulation.attack import (
    A_BACKUP,
    A_DEVICES,
    A_STOLEN,
    A_STOLEN_SHARE,
    A_WORKSTATIONS,
    ATTACK_FIELDS,
    MAX_ZONES,
)
from hygie.simulation.impact import (
    IMPACT_FIELDS,
    R_AMBULANCES,
    R_BED_DAYS,
    R_CONSULTATIONS,
    R_CRISIS,
    R_EXPOSED,
    R_FORMS,
    R_OPERATIONS,
    R_OUTAGE,
    R_OVERTIME,
    R_OWN,
    R_STAYS,
    R_TOTAL,
    R_TRANSFERS,
    R_VISITS,
)
from hygie.simulation.layout import pack_model
from hygie.simulation.runners import simulate
from hygie.simulation.streams import Stream
from kit import (
    attack_with_kernel,
    impact_with_kernel,
    lone_zone,
    one_campaign,
    one_link,
    one_provider,
    random_graph,
    toy_model,
)

STOPPED, WORKSTATION, SERVER, OUTAGE = (OUTCOMES.index(name) for name in ("stopped", "workstation", "server", "outage"))
KEY = twin.derive_key(21, 0)


def all_items(*, sigma: float = 0.4, draws: int = 1) -> dict[str, Any]:
    """One item per driver, forms in turn, so that every path to money is felt."""
    n = len(DRIVERS)
    return {
        "item_form": np.arange(n) % len(FORMS),
        "item_module": np.arange(n) % len(MODULES),
        "item_driver": np.arange(n),
        "item_entity": np.array([derive_entity("item", name) for name in DRIVERS], dtype=np.uint64),
        "item_unit_cost": np.tile(np.linspace(10.0, 500.0, n), (draws, 1)),
        "item_sigma": np.full((draws, n), sigma),
    }


CUT = {
    "cut_probability": np.full((1, len(SCOPES)), 0.8),
    "zone_cut": np.array([[1, 0, 1, 0, 0]] * len(SCOPES)),
}
RICH = all_items() | {
    "node_size_factor": np.array([1.7]),
    "node_pays_ransom": np.array([[0.5]]),
    "node_compensation": np.array([[[0.1, 0.2, 0.3, 0.4, 0.5, 0.6]]]),
    "zone_rank": np.array([4, 2, 0, 1, 3]),
}
CASES: dict[str, dict[str, Any]] = {
    "as built": {},
    "every item": RICH,
    "precautionary cut": RICH | CUT,
    "capped": RICH | {"node_loss_cap_eur": np.array([[4000.0]])},
    "nothing lost without systems": {"template_p_min": np.ones((1, 2))},
    "random graph": all_items() | random_graph(3, zones=16, edges=60, needs=24),
    "random graph, cut": CUT | all_items() | random_graph(4, zones=12, edges=40, needs=30),
}
EXTERNALS = [None, None, (2, 0.9, 30.0), (1, 1.0, 400.0), (0, 0.35, 5.0)]


def assert_impact(record: np.ndarray, lost: np.ndarray, expected: twin.Impact, *, where: str) -> None:
    """Compare up to the grid: 20,000 cells, each jump displaced by at most half a cell."""
    hours = 1e-3 * expected.outage_h
    assert bool(record[0]) == expected.backups_lost, where
    np.testing.assert_allclose(record[R_OUTAGE], expected.outage_h, rtol=1e-12, err_msg=where)
    np.testing.assert_allclose(lost, expected.lost_h, rtol=1e-4, atol=hours, err_msg=where)
    care = record[[R_BED_DAYS, R_STAYS, R_OPERATIONS, R_VISITS]]
    np.testing.assert_allclose(care, expected.care, rtol=2e-3, atol=2.0 * hours, err_msg=where)
    more = (expected.consultations, expected.ambulances, expected.transfers, expected.exposed_bed_days)
    found = record[[R_CONSULTATIONS, R_AMBULANCES, R_TRANSFERS, R_EXPOSED]]
    np.testing.assert_allclose(found, more, rtol=2e-3, atol=6.0 * hours, err_msg=where)
    np.testing.assert_allclose(record[R_OVERTIME], expected.overtime_h, rtol=2e-3, atol=4.0 * hours, err_msg=where)
    np.testing.assert_allclose(record[R_CRISIS], expected.crisis_h, rtol=1e-12, err_msg=where)
    np.testing.assert_allclose(record[R_FORMS:R_TOTAL], expected.forms, rtol=2e-3, atol=1.0, err_msg=where)
    np.testing.assert_allclose(record[IMPACT_FIELDS:], expected.items, rtol=2e-3, atol=1.0, err_msg=where)
    assert record[R_TOTAL] == pytest.approx(expected.loss_eur, rel=2e-3, abs=1.0), where
    assert record[R_OWN] == pytest.approx(expected.loss_own_eur, rel=2e-3, abs=1.0), where


@pytest.mark.parametrize("case", CASES)
def test_impacts_agree(case: str) -> None:
    model = toy_model(**CASES[case])
    arrays, a, compared, cascades = pack_model(model), model.arrays, 0, 0
    for year in range(40):
        at = {"key": KEY, "source": int(a["node_source"][0, 0]), "year": year, "occurrence": year % 3}
        attempt = twin.Attempt(draw=0, node=0, process=0, **at)
        actor, tau, common, _ = twin.draw_attempt(model, attempt)
        drawn = {"actor": actor, "tau": tau, "common": common}
        entity = int(a["vector_entity"][0])
        attack = twin.run_attack(model, attempt, **drawn, entry_type=0, entry_entity=entity, entry_zone=0)
        outcome, _, hosts, record = attack_with_kernel(arrays, **at, **drawn, kind=0, entity=entity, zone=0)
        external = EXTERNALS[year % len(EXTERNALS)]
        if outcome == 0 and external is None:
            continue
        if outcome == 0:
            outcome, record, hosts = OUTAGE, np.zeros(ATTACK_FIELDS), np.zeros(MAX_ZONES)
            attack = twin.Attack(outcome=OUTAGE, reach=attack.reach, hosts=attack.hosts, kinds=attack.kinds)
        driver = None if external is None else "provider_outage"
        found, lost = impact_with_kernel(
            arrays, **at, outcome=outcome, hosts=hosts, attack=record, external=external or (-1, 0.0, 0.0),
            driver=-1 if driver is None else DRIVERS.index(driver), items=a["item_form"].size,
        )  # fmt: skip
        expected = twin.run_impact(model, attempt, attack, external=external, driver=driver)
        assert_impact(found, lost, expected, where=f"{case}, year {year}, {OUTCOMES[outcome]}, {external}")
        compared += 1
        cascades += expected.outage_h > 0.0
    assert compared >= 20
    assert cascades >= 10


def test_an_event_that_touches_nothing_costs_only_its_scope() -> None:
    model = toy_model(**all_items(sigma=0.0))
    at = {"key": KEY, "source": 5, "year": 1, "occurrence": 0}
    record, lost = impact_with_kernel(pack_model(model), **at, outcome=STOPPED)
    assert not lost.any()
    assert not record[:R_FORMS].any()
    assert record[R_TOTAL] == model.arrays["item_unit_cost"][0, DRIVERS.index("scope_stopped")]
    nothing, _ = impact_with_kernel(pack_model(model), **at, outcome=OUTAGE)
    assert not nothing.any()


SCAR = 1.0 / (1.0 + np.exp(2.0))
TAU = 3600.0


def lose_by_hand(lost: float, outage: float) -> np.ndarray:
    """Hours of activity lost: [with the scar, during the outage]."""
    away = SCAR * (1.0 - np.exp(-lost / 144.0)) * (outage - lost + TAU)
    return np.array([lost + away, lost])


@pytest.mark.parametrize(("level", "hours"), [(1.0, 10.0), (0.25, 300.0)])
def test_one_zone_lost_from_outside_by_hand(level: float, hours: float) -> None:
    # One service, which needs the zone entirely and keeps 40 % on paper: it loses 0.6 × level.
    model = toy_model(**lone_zone())
    record, lost = impact_with_kernel(
        pack_model(model), key=KEY, source=9, year=2, occurrence=0, outcome=OUTAGE, external=(0, level, hours)
    )
    assert lost == pytest.approx([0.6 * level * hours])
    both, during = lose_by_hand(0.6 * level * hours, hours)
    assert record[R_OUTAGE] == hours
    np.testing.assert_allclose(record[[R_BED_DAYS, R_STAYS, R_OPERATIONS]], np.array([4.0, 1.0, 0.5]) * both)
    assert record[R_VISITS] == pytest.approx(2.0 * during)
    # Of the care that the zone carried, 40 % went on by hand: 0.4 / 0.6 of what was lost.
    assert record[R_EXPOSED] == pytest.approx(4.0 * 0.4 * level * hours)
    assert record[R_OVERTIME] == pytest.approx(record[R_EXPOSED] * 1.2)
    assert record[R_CONSULTATIONS] == pytest.approx(6.0 * both)
    # Ambulances are a fifth of visits, and turned away half again as often, but never more of them than arrive.
    assert record[R_AMBULANCES] == pytest.approx(2.0 * 0.2 * min(1.5 * during, hours))
    assert record[R_TRANSFERS] == pytest.approx(0.5 * 24.0 * 0.25 * (1.0 - np.exp(-during / 24.0)))
    assert record[R_CRISIS] == 0.0
    # The one item on activity costs 0.2 € per € of activity lost during the outage.
    assert record[R_TOTAL] == pytest.approx(1000.0 * during * 0.2)
    assert record[R_OWN] == record[R_TOTAL]


@pytest.mark.parametrize("backups_lost", [False, True])
def test_one_encrypted_zone_by_hand(backups_lost: bool) -> None:
    # 50 of 200 workstations: impairment (1/4)^½ = ½. Work 100 h × ½ + 50 × 1 h = 100 h for a crew of 5: 20 h after
    # 15 h of forensics, half of them before partial service, twice as long without backups.
    model = toy_model(**lone_zone(), node_backup_survival=np.zeros((1, 1)))
    hosts, attack = np.zeros(MAX_ZONES), np.zeros(ATTACK_FIELDS)
    hosts[0] = attack[A_WORKSTATIONS] = 50.0
    attack[A_BACKUP] = backups_lost
    record, lost = impact_with_kernel(
        pack_model(model), key=KEY, source=9, year=2, occurrence=0, outcome=WORKSTATION, hosts=hosts, attack=attack
    )
    work = 40.0 if backups_lost else 20.0
    assert bool(record[0]) == backups_lost
    assert record[R_OUTAGE] == pytest.approx(15.0 + work)
    by_hand = 0.6 * (0.5 * (15.0 + 0.5 * work) + 0.5 * 0.35 * 0.5 * work)
    assert lost == pytest.approx([by_hand])
    assert record[R_STAYS] == pytest.approx(lose_by_hand(by_hand, 15.0 + work)[0])


def test_a_cut_by_hand() -> None:
    # Stopped early, yet one zone is cut for 96 h at 0.8; an attack that reached one zone alone alarms nobody.
    model = toy_model(**lone_zone(), cut_probability=np.ones((1, 5)))
    attack = np.zeros(ATTACK_FIELDS)
    for reached, hours in ((1.0, 0.0), (2.0, 96.0)):
        attack[4] = reached
        record, lost = impact_with_kernel(
            pack_model(model), key=KEY, source=9, year=2, occurrence=0, outcome=STOPPED, attack=attack
        )
        assert record[R_OUTAGE] == pytest.approx(hours)
        assert lost == pytest.approx([0.6 * 0.8 * hours])


def test_a_need_is_felt_after_its_autonomy_time_by_hand() -> None:
    # Identity (zone 1) is lost for 50 h: servers lose 0.8 of it from hour 6, devices half of that from hour 18.
    model = toy_model()
    record, lost = impact_with_kernel(
        pack_model(model), key=KEY, source=9, year=2, occurrence=0, outcome=OUTAGE, external=(1, 1.0, 50.0)
    )
    floors = model.arrays["template_p_min"][0]
    ward, theatre = 0.6 * 0.8 * 44.0, (0.5 * 0.8) * 44.0 + (1.0 - 0.5 * 0.8) * (0.7 * 0.4) * 32.0
    assert record[R_OUTAGE] == 50.0
    np.testing.assert_allclose(lost, 0.6 * np.array([ward, theatre]) / (1.0 - floors))


def test_a_short_loss_within_the_autonomy_time_is_not_felt() -> None:
    record, lost = impact_with_kernel(
        pack_model(toy_model()), key=KEY, source=9, year=2, occurrence=0, outcome=OUTAGE, external=(1, 1.0, 6.0)
    )
    assert record[R_OUTAGE] == 6.0
    assert not lost.any()


def test_the_cap_and_compensation_by_hand() -> None:
    model = toy_model(
        **lone_zone(), node_loss_cap_eur=np.array([[800.0]]), node_compensation=np.array([[[0.5, 0, 0.25, 0, 0, 0]]])
    )
    record, _ = impact_with_kernel(
        pack_model(model), key=KEY, source=9, year=2, occurrence=0, outcome=SERVER, external=(0, 1.0, 10.0)
    )
    # 50,000 € of response and 1,200 € of activity are scaled down to 800 €.
    np.testing.assert_allclose(record[R_FORMS : R_FORMS + 3], np.array([50_000.0, 0.0, 1200.0]) * 800.0 / 51_200.0)
    assert record[R_TOTAL] == 800.0
    assert record[R_OWN] == pytest.approx((25_000.0 + 900.0) * 800.0 / 51_200.0)


@pytest.mark.parametrize("hours", [0.5, 5.0, 500.0])
def test_cold_stock_spoils_by_hand(hours: float) -> None:
    # One hour without the zone loses 0.6 of an hour of cold; at 0.01 an hour, that share of the stock is gone.
    model = toy_model(**(lone_zone() | all_items(sigma=0.0)))
    record, _ = impact_with_kernel(
        pack_model(model),
        key=KEY,
        source=9,
        year=2,
        occurrence=0,
        outcome=OUTAGE,
        external=(0, 1.0, hours),
        items=len(DRIVERS),
    )
    spoiled = 1.0 - np.exp(-0.01 * 0.6 * hours)
    stock = DRIVERS.index("stock_lost")
    assert record[IMPACT_FIELDS + stock] == pytest.approx(spoiled * model.arrays["item_unit_cost"][0, stock])


def test_devices_wait_for_their_maintainer_by_hand() -> None:
    # 15 h of forensics, 48 h until a technician is there, then 50 devices × 2 h for half a technician: 200 h.
    # Backups and crew play no part.
    model = toy_model(
        **lone_zone() | {"zone_repair_h": np.full(1, 2.0), "zone_kind": np.full(1, 2)}, node_crew=np.full((1, 1), 1e-3)
    )
    hosts, attack = np.zeros(MAX_ZONES), np.zeros(ATTACK_FIELDS)
    hosts[0] = attack[A_DEVICES] = 50.0
    attack[A_BACKUP] = 1.0
    record, lost = impact_with_kernel(
        pack_model(model), key=KEY, source=9, year=2, occurrence=0, outcome=SERVER, hosts=hosts, attack=attack
    )
    assert record[R_OUTAGE] == pytest.approx(60.0 + 48.0 + 200.0)
    assert lost == pytest.approx([0.6 * 0.5 * (108.0 + 100.0 + 0.35 * 100.0)])


def test_a_theft_at_the_provider_by_hand() -> None:
    model = toy_model(**(lone_zone() | all_items(sigma=0.0)))
    attack = np.zeros(ATTACK_FIELDS)
    attack[A_STOLEN], attack[A_STOLEN_SHARE] = 1.0, 0.3
    record, _ = impact_with_kernel(
        pack_model(model), key=KEY, source=9, year=2, occurrence=0, outcome=OUTAGE, attack=attack,
        driver=DRIVERS.index("provider_outage"),
    )  # fmt: skip
    cost = dict(zip(DRIVERS, model.arrays["item_unit_cost"][0], strict=True))
    by_hand = cost["provider_outage"] + cost["provider_theft"] + cost["provider_persons"] * 0.3 * 1e5
    assert record[R_TOTAL] == pytest.approx(by_hand)


@pytest.mark.parametrize(("outcome", "paid"), [("theft_only", "blackmail_paid"), ("everything", "ransom_paid")])
@pytest.mark.parametrize("pays", [0.0, 1.0])
def test_who_pays_for_what_by_hand(outcome: str, paid: str, pays: float) -> None:
    chances = {"node_pays_ransom": np.full((1, 1), pays), "node_pays_blackmail": np.full((1, 1), pays)}
    model = toy_model(**(lone_zone() | all_items(sigma=0.0) | chances))
    record, _ = impact_with_kernel(
        pack_model(model), key=KEY, source=9, year=2, occurrence=0, outcome=OUTCOMES.index(outcome), items=len(DRIVERS)
    )
    items = dict(zip(DRIVERS, record[IMPACT_FIELDS:], strict=True))
    assert items[paid] == pays * model.arrays["item_unit_cost"][0, DRIVERS.index(paid)]
    assert items["ransom_paid" if paid == "blackmail_paid" else "blackmail_paid"] == 0.0


def test_theft_by_hand() -> None:
    model = toy_model(**(lone_zone() | all_items(sigma=0.0)))
    attack = np.zeros(ATTACK_FIELDS)
    attack[A_STOLEN], attack[A_STOLEN_SHARE] = 1.0, 0.3
    record, _ = impact_with_kernel(
        pack_model(model), key=KEY, source=9, year=2, occurrence=0, outcome=OUTCOMES.index("theft_only"), attack=attack
    )
    cost = dict(zip(DRIVERS, model.arrays["item_unit_cost"][0], strict=True))
    by_hand = cost["scope_stopped"] + cost["theft"] + cost["persons_notified"] * 0.3 * 1e5
    assert record[R_TOTAL] == pytest.approx(by_hand)


def replay_shared(model: CompiledModel, plan: SimulationPlan) -> list[tuple[float, ...]]:
    """Replay providers and campaigns of both nodes with the twin: rows (draw, year, facility, origin, outcome, …)."""
    a, rows, years = model.arrays, [], plan.years // plan.draws

    def count(u: float, rate: float) -> int:
        steps = np.cumsum(np.exp(-rate) * np.cumprod(np.concatenate(([1.0], rate / np.arange(1, 60)))))
        return int(np.searchsorted(steps, u))

    def add(origin: int, attempt: twin.Attempt, attack: twin.Attack, *external: Any, of: str) -> None:
        impact = twin.run_impact(model, attempt, attack, external=external or None, driver=of, points=2000)
        year = attempt.draw * years + attempt.year
        rows.append((attempt.draw, year, attempt.node, origin, attempt.occurrence, attack.outcome, attack.hosts.sum(),
                     impact.outage_h, impact.care[0], impact.loss_eur))  # fmt: skip

    nothing = twin.Attack(outcome=OUTAGE, reach=np.full(5, np.inf), hosts=np.zeros(5), kinds=np.zeros(3))
    for draw, year in np.ndindex(plan.draws, years):
        base = {"key": twin.derive_key(plan.seed, draw), "draw": draw, "year": year, "process": 0}
        provider = twin.Attempt(**base, node=0, source=int(a["provider_entity"][0]), occurrence=0)
        for i in range(count(provider.draw_words(Stream.COUNTS)[0], a["provider_rate_per_y"][draw, 0])):
            event = twin.Attempt(**base, node=0, source=provider.source, occurrence=i)
            hours = np.exp(a["provider_outage_mu"][draw, 0] + 0.8 * ndtri(event.draw_words(Stream.PROVIDER)[1]))
            for node in range(2):
                client = twin.Attempt(**base, node=node, source=int(a["client_entity"][node]), occurrence=i)
                u_hit, u_through, u_share, _ = client.draw_words(Stream.CLIENT)
                if u_hit >= a["client_hit"][draw, node]:
                    continue
                stolen = bool(event.draw_words(Stream.PROVIDER)[2] < a["provider_theft"][draw, 0])
                share = float(a["client_informs"][node] * u_share) if stolen else 0.0
                nowhere = replace(nothing, stolen=stolen, stolen_share=share)
                attack = nowhere
                if u_through < a["client_penetration"][draw, node]:
                    actor, tau, common, _ = twin.draw_attempt(model, client)
                    through = twin.run_attack(
                        model, client, actor=actor, tau=tau, common=common, entry_type=0,
                        entry_entity=derive_entity("crossing", "provider"),
                        entry_zone=int(a["client_entry_zone"][node]),
                    )  # fmt: skip
                    attack = through if through.outcome > STOPPED else nowhere
                add(2, client, attack, 2, 0.9, hours, of="provider_outage")
        campaign = twin.Attempt(**base, node=0, source=int(a["campaign_entity"][0]), occurrence=0)
        for i in range(count(campaign.draw_words(Stream.COUNTS)[0], a["campaign_rate_per_y"][draw, 0])):
            event = twin.Attempt(**base, node=0, source=campaign.source, occurrence=i)
            mean, shape = a["campaign_size_mean"][draw, 0], a["campaign_size_shape"][draw, 0]
            n = np.arange(0, 400)
            ratio = (shape + n[:-1]) / n[1:] * mean / (mean + shape)
            mass = np.cumprod(np.concatenate(([(shape / (mean + shape)) ** shape], ratio)))
            size = 1 + np.searchsorted(np.cumsum(mass[1:]) / (1.0 - mass[0]), event.draw_words(Stream.CAMPAIGN)[1])
            for node in range(2):
                source = int(a["node_victim"][node]) ^ event.source
                victim = twin.Attempt(**base, node=node, source=source, occurrence=i)
                u_hit, u_resists, u_care, u_outage = victim.draw_words(Stream.VICTIM)
                if u_hit >= 1.0 - (1.0 - a["node_visibility"][draw, node]) ** size:
                    continue
                if u_resists >= a["node_resists_ddos"][draw, node]:
                    zone = a["template_ddos_zone"][0, int(u_care < a["campaign_care_probability"][draw, 0])]
                    hours = np.exp(a["campaign_outage_mu"][draw, 0] + 0.7 * ndtri(u_outage))
                    add(3, victim, nothing, int(zone), 1.0, hours, of="ddos")
    return rows


def test_shared_events_agree_row_by_row() -> None:
    model = toy_model(
        nodes=2, draws=2, **one_provider(draws=2, theft=0.5), **all_items(draws=2), **one_campaign(draws=2),
        node_rate_per_y=np.zeros((2, 2, 1)),
        node_visibility=np.full((2, 2), 0.03),
    )  # fmt: skip
    plan = SimulationPlan(years=300, draws=2, seed=8)
    columns = simulate(model, plan, threads=1).columns
    rows = np.array(replay_shared(model, plan))
    names = ("draw", "year", "facility", "origin", "occurrence", "outcome", "hosts_hit")
    assert rows.shape[0] > 100
    assert set(rows[:, 3]) == {2.0, 3.0}
    # Who is attacked comes before who only loses a service: both sides in order of year, origin, event, organisation.
    keys = ("draw", "year", "origin", "occurrence", "facility")
    found = np.lexsort([columns[name] for name in reversed(keys)])
    columns = {name: np.asarray(column)[found] for name, column in columns.items()}
    rows = rows[np.lexsort([rows[:, names.index(name)] for name in reversed(keys)])]
    np.testing.assert_array_equal(np.stack([columns[name] for name in names], axis=1), rows[:, :7])
    for index, name in ((7, "outage_h"), (8, "bed_days_lost"), (9, "loss_eur")):
        np.testing.assert_allclose(columns[name], rows[:, index], rtol=2e-2, atol=1.0, err_msg=name)


def test_a_linked_simulation_carries_the_impact_of_its_attacks() -> None:
    model = toy_model(nodes=2, **one_link(), node_rate_per_y=np.full((1, 2, 1), 0.4))
    columns = simulate(model, SimulationPlan(years=200, draws=1, seed=9), threads=1).columns
    a = model.arrays
    for row in np.flatnonzero(columns["origin"] == 0)[:60]:
        node = int(columns["facility"][row])
        attempt = twin.Attempt(
            key=twin.derive_key(9, 0), draw=0, node=node, process=0, source=int(a["node_source"][node, 0]),
            year=int(columns["year"][row]), occurrence=int(columns["occurrence"][row]),
        )  # fmt: skip
        actor, tau, common, _ = twin.draw_attempt(model, attempt)
        attack = twin.run_attack(
            model, attempt, actor=actor, tau=tau, common=common, entry_type=0,
            entry_entity=int(a["vector_entity"][0]), entry_zone=0,
        )  # fmt: skip
        impact = twin.run_impact(model, attempt, attack, points=4000)
        assert attack.outcome == columns["outcome"][row]
        assert int(attempt.draw_words(Stream.CLOCK)[0] * 365.0) == columns["day"][row]
        np.testing.assert_allclose(
            [columns[name][row] for name in ("outage_h", "bed_days_lost", "visits_diverted", "loss_eur")],
            [impact.outage_h, impact.care[0], impact.care[3], impact.loss_eur], rtol=1e-2, atol=1.0,
        )  # fmt: skip
