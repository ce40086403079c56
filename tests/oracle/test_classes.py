"""Every class of threat leaves its own mark on care and money: one given event a year on the bundled example."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from hygie.core.sampling import EpistemicSample
from hygie.core.tables import FORMS, OUTCOMES
from hygie.core.waists import CompiledModel, SimulationPlan
from hygie.facility.blueprints import Blueprints
from hygie.facility.facility_files import load_facility
from hygie.knowledge.catalogue import Catalogue
from hygie.scenario.compile import compile_model
from hygie.scenario.portfolio import portfolio_of
from hygie.scenario.specs import ScenarioSpecs
from hygie.simulation.runners import OneEvent, simulate
from hygie.threat.rates import derive_rates

DRAWS = 8
CARE = (
    "bed_days_lost", "stays_lost", "operations_lost", "consultations_lost", "visits_diverted", "ambulances_diverted",
    "transfers", "exposed_bed_days",
)  # fmt: skip

Columns = dict[str, NDArray[Any]]


@pytest.fixture(scope="module")
def model(
    chsf_file: Path, catalogue: Catalogue, blueprints: Blueprints, specs: ScenarioSpecs, as_of: date
) -> CompiledModel:
    facility = load_facility(chsf_file, blueprints=blueprints, known_evidence=frozenset(catalogue.evidence))
    portfolio, sample = portfolio_of(facility), EpistemicSample(catalogue.estimate, seed=1, draws=DRAWS)
    rates = derive_rates(
        catalogue,
        [node.organisation for node in portfolio.nodes],
        population=blueprints.population,
        classes=[process.counted_class for process in specs.processes],
        sample=sample,
        as_of=as_of,
    )
    return compile_model(
        portfolio,
        catalogue=catalogue,
        blueprints=blueprints,
        specs=specs,
        rates=rates,
        susceptibility=np.full((DRAWS, len(specs.processes)), 0.15),
        sample=sample,
    )


def change(model: CompiledModel, **filled: float) -> CompiledModel:
    """Fill whole arrays with one value."""
    arrays = {name: np.full_like(model.arrays[name], value) for name, value in filled.items()}
    return replace(model, arrays={**model.arrays, **arrays})


def aim_at(model: CompiledModel, zone: str) -> CompiledModel:
    """Let every entry succeed, at `zone`, from where no attack goes further; nobody detects it."""
    types = model.labels.types
    logit = [50.0 if name.startswith(("enter", "inside")) else -50.0 for name in types]
    place = model.labels.zones[int(model.arrays["node_template"][0])].index(zone)
    changed = change(model, template_entry_zone=place, node_detection_per_h=0.0, actor_theft_only=0.0, actor_steals=0.0)
    logits = np.tile(logit, (model.draws, 1))
    return replace(changed, arrays={**changed.arrays, "type_logit": logits})


def run(model: CompiledModel, given: OneEvent, threat_class: str | None = None, *, years: int = 4000) -> Columns:
    columns = simulate(model, SimulationPlan(years=years, draws=DRAWS, seed=3), given=given).columns
    chosen = (columns["facility"] == 0) & (columns["origin"] != 1)
    if threat_class is not None:
        chosen &= columns["threat_class"] == model.labels.classes.index(threat_class)
    found = {name: np.asarray(values)[chosen] for name, values in columns.items()}
    assert found["year"].size > 20
    forms = sum(found[f"loss_{form}_eur"] for form in FORMS)
    np.testing.assert_allclose(forms, found["loss_eur"], rtol=1e-12)
    assert (found["loss_own_eur"] <= found["loss_eur"]).all()
    assert (found["loss_insured_eur"] <= found["loss_eur"]).all()
    return found


def hands_on(model: CompiledModel) -> OneEvent:
    return OneEvent("attempt", 0, model.labels.processes.index("hands_on"))


def direct(model: CompiledModel) -> OneEvent:
    return OneEvent("attempt", 0, model.labels.processes.index("ot"))


def provider(model: CompiledModel, kind: str) -> OneEvent:
    return OneEvent("provider", next(i for i, name in enumerate(model.labels.providers) if kind in name))


def test_denial_of_service_hardly_ever_touches_care(model: CompiledModel) -> None:
    found = run(change(model, node_visibility=0.5), OneEvent("campaign", 0))
    assert found["year"].size > 1000
    touched = np.any([found[name] > 0.0 for name in CARE], axis=0)
    assert touched.mean() <= 0.05
    assert (found["loss_response_eur"] > 0.0).all()
    for form in ("restoration", "third_party", "extortion"):
        assert not found[f"loss_{form}_eur"].any()


def test_denial_of_service_can_divert_for_hours(model: CompiledModel) -> None:
    found = run(change(model, node_visibility=0.5, campaign_care_probability=1.0), OneEvent("campaign", 0))
    assert (found["visits_diverted"] > 0.0).mean() > 0.9
    assert np.median(found["visits_diverted"]) < 20.0
    assert np.median(found["outage_h"]) < 24.0


def test_extortion_steals_and_encrypts_nothing(model: CompiledModel) -> None:
    uncut = change(model, cut_probability=0.0)
    found = run(uncut, hands_on(model), "extortion")
    assert (found["data_stolen"] == 1).all()
    for name in ("hosts_hit", "outage_h", "crisis_h", "loss_restoration_eur", "loss_extortion_eur", *CARE):
        assert not found[name].any(), name
    assert (found["loss_third_party_eur"] > 0.0).all()
    assert (found["loss_response_eur"] > 0.0).all()


def test_only_who_may_pay_pays_for_silence(model: CompiledModel) -> None:
    found = run(change(model, node_pays_blackmail=1.0), hands_on(model), "extortion")
    assert (found["loss_extortion_eur"] > 0.0).all()


def test_a_contained_intrusion_costs_experts_and_sometimes_a_cut(model: CompiledModel) -> None:
    quiet = run(change(model, cut_probability=0.0), hands_on(model), "intrusion")
    assert not quiet["outage_h"].any()
    np.testing.assert_allclose(quiet["loss_eur"], quiet["loss_response_eur"])
    assert not any(quiet[name].any() for name in CARE)
    cut = run(change(model, cut_probability=1.0), hands_on(model), "intrusion")
    assert (cut["outage_h"] > 0.0).any()
    np.testing.assert_array_equal(cut["crisis_h"], cut["outage_h"])
    assert (cut["consultations_lost"] > 0.0).any()
    assert not cut["hosts_hit"].any()
    assert not cut["loss_restoration_eur"].any()


def test_a_host_that_is_down_takes_the_patient_record_away(model: CompiledModel) -> None:
    found = run(change(model, client_penetration=0.0, provider_theft=0.0), provider(model, "hds"))
    assert (found["outcome"] == OUTCOMES.index("outage")).all()
    for name in CARE:
        assert (found[name] > 0.0).mean() > 0.9, name
    assert not found["hosts_hit"].any()
    assert not found["loss_third_party_eur"].any()
    # Three ways of care add up: on systems, on paper, lost.
    assert (found["exposed_bed_days"] > 0.0).all()


def test_stolen_at_a_payer_is_told_by_the_payer(model: CompiledModel) -> None:
    always = change(model, client_penetration=0.0, provider_theft=1.0)
    payer, host = (run(always, provider(model, kind)) for kind in ("payer", "hds"))
    for found in (payer, host):
        assert (found["data_stolen"] == 1).all()
        assert (found["loss_third_party_eur"] > 0.0).all()
    assert payer["loss_third_party_eur"].mean() < 0.5 * host["loss_third_party_eur"].mean()
    same_records = replace(always, arrays={**always.arrays, "node_records": 10.0 * always.arrays["node_records"]})
    np.testing.assert_array_equal(
        run(same_records, provider(model, "payer"))["loss_third_party_eur"], payer["loss_third_party_eur"]
    )


def test_refrigeration_attacked_loses_stock(model: CompiledModel) -> None:
    given, aimed = direct(model), aim_at(model, "cold")
    stock = model.labels.items.index("cold_stock")
    found = run(aimed, given, "ot")
    price = np.array(aimed.arrays["item_unit_cost"])
    price[:, stock] = 0.0
    kept = run(replace(aimed, arrays={**aimed.arrays, "item_unit_cost": price}), given, "ot")
    spoiled = found["loss_restoration_eur"] - kept["loss_restoration_eur"]
    assert (spoiled > 0.0).all()
    assert np.median(spoiled) > 10_000.0
    assert (found["outage_h"] > 0.0).all()
    # Machines elsewhere still work: stock is what is lost, not emergency care.
    assert not found["visits_diverted"].any()


@pytest.mark.parametrize(
    ("zone", "hurt", "spared"),
    [
        ("power", "operations_lost", None),
        ("air", "operations_lost", "visits_diverted"),
        ("access", "visits_diverted", "operations_lost"),
        ("imaging", "visits_diverted", None),
        ("sterilisation", "operations_lost", "visits_diverted"),
        ("pumps", "bed_days_lost", None),
    ],
)
def test_direct_attack_on_one_system(model: CompiledModel, zone: str, hurt: str, spared: str | None) -> None:
    aimed = change(aim_at(model, zone), cut_probability=0.0)
    found = run(aimed, direct(model), "ot", years=1000)
    assert (found["zones_hit"] == 1).all()
    assert (found[hurt] > 0.0).all()
    if spared is not None:
        assert not found[spared].any()
    assert (found["loss_restoration_eur"] > 0.0).all()
    assert not found["data_stolen"].any()


def test_devices_alone_do_not_cut_the_information_system(model: CompiledModel) -> None:
    # Air systems serve theatres; the patient record and the emergency department go on, even when something is cut.
    found = run(change(aim_at(model, "air"), cut_probability=1.0), direct(model), "ot", years=1000)
    assert (found["operations_lost"] > 0.0).all()
    assert not found["visits_diverted"].any()


def test_a_larger_recovery_crew_does_not_bring_a_maintainer_sooner(model: CompiledModel) -> None:
    aimed = change(aim_at(model, "pumps"), cut_probability=0.0)
    slow, fast = (run(change(aimed, node_crew=crew), direct(model), "ot", years=500) for crew in (1.0, 1000.0))
    np.testing.assert_array_equal(slow["outage_h"], fast["outage_h"])
    later = run(change(aimed, maintainer_wait_h=500.0), direct(model), "ot", years=500)
    assert (later["outage_h"] > slow["outage_h"]).all()


def test_no_public_hospital_pays(model: CompiledModel) -> None:
    found = run(model, hands_on(model), "ransomware")
    assert not found["loss_extortion_eur"].any()
    paid = run(change(model, node_pays_ransom=1.0), hands_on(model), "ransomware")
    major = paid["outcome"] >= OUTCOMES.index("several_servers")
    np.testing.assert_array_equal(paid["loss_extortion_eur"] > 0.0, major)
