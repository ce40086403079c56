"""From a facility file to arrays: complete, traceable, ordered, and the same every time."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date
from pathlib import Path

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from hygie.core.errors import EvidenceError, ModelError
from hygie.core.sampling import EpistemicSample
from hygie.core.tables import COMPILED_COLUMNS, FLOWS, SCOPES
from hygie.core.units import HOURS_PER_DAY, HOURS_PER_YEAR
from hygie.core.waists import CompiledModel
from hygie.facility.blueprints import Blueprints
from hygie.facility.facility_files import load_facility
from hygie.facility.organisation import Facility, ZoneOverride
from hygie.knowledge.catalogue import Catalogue
from hygie.scenario.compile import attempt_rates, compile_model
from hygie.scenario.portfolio import Node, NodeLink, Portfolio, portfolio_of
from hygie.scenario.specs import ScenarioSpecs
from hygie.threat.rates import ThreatRates, derive_rates

DRAWS = 4

Compile = Callable[..., CompiledModel]


@pytest.fixture(scope="module")
def chsf(chsf_file: Path, blueprints: Blueprints, catalogue: Catalogue) -> Facility:
    return load_facility(chsf_file, blueprints=blueprints, known_evidence=frozenset(catalogue.evidence))


@pytest.fixture(scope="module")
def derive(
    catalogue: Catalogue, blueprints: Blueprints, specs: ScenarioSpecs, as_of: date
) -> Callable[..., ThreatRates]:
    def derive_for(portfolio: Portfolio, sample: EpistemicSample) -> ThreatRates:
        return derive_rates(
            catalogue,
            [node.organisation for node in portfolio.nodes],
            population=blueprints.population,
            classes=[process.counted_class for process in specs.processes],
            sample=sample,
            as_of=as_of,
        )

    return derive_for


@pytest.fixture(scope="module")
def build(
    catalogue: Catalogue, blueprints: Blueprints, specs: ScenarioSpecs, derive: Callable[..., ThreatRates]
) -> Compile:
    """Compile a portfolio with a few draws, S̄ taken as 0.15."""

    def compile_portfolio(
        portfolio: Portfolio, *, seed: int = 1, with_blueprints: Blueprints = blueprints
    ) -> CompiledModel:
        sample = EpistemicSample(catalogue.estimate, seed=seed, draws=DRAWS)
        return compile_model(
            portfolio,
            catalogue=catalogue,
            blueprints=with_blueprints,
            specs=specs,
            rates=derive(portfolio, sample),
            susceptibility=np.full((DRAWS, len(specs.processes)), 0.15),
            sample=sample,
        )

    return compile_portfolio


@pytest.fixture(scope="module")
def model(build: Compile, chsf: Facility) -> CompiledModel:
    return build(portfolio_of(chsf))


def alone(facility: Facility, **changes: object) -> Portfolio:
    return Portfolio((Node(facility, assessed=True, **changes),), (), ())  # type: ignore[arg-type]


class TestPortfolio:
    def test_neighbours_are_nodes_that_only_pass_attacks_on(self, chsf: Facility) -> None:
        portfolio = portfolio_of(chsf)
        assert [node.assessed for node in portfolio.nodes] == [True, False, False]
        assert [(link.source, link.target) for link in portfolio.links] == [(1, 0), (2, 0)]
        assert {client.node for client in portfolio.clients} == {0}

    def test_two_links_with_one_neighbour_make_one_node(self, chsf: Facility) -> None:
        first, second = chsf.links
        twice = chsf.model_copy(
            update={"links": (first, second.model_copy(update={"kind": "remote_access", "neighbour": first.neighbour}))}
        )
        portfolio = portfolio_of(twice)
        assert len(portfolio.nodes) == 2
        assert [(link.kind, link.source) for link in portfolio.links] == [("ght_shared_it", 1), ("remote_access", 1)]


class TestColumns:
    def test_every_column_of_the_dictionary_is_there(self, model: CompiledModel) -> None:
        assert model.arrays.keys() == COMPILED_COLUMNS.keys()

    @pytest.mark.parametrize("name", COMPILED_COLUMNS)
    def test_type_shape_and_values(self, model: CompiledModel, name: str) -> None:
        column, array = COMPILED_COLUMNS[name], model.arrays[name]
        assert array.dtype == np.dtype(column.dtype)
        assert array.size > 0
        labels = model.labels
        sizes = {
            "draw": DRAWS,
            "node": len(labels.nodes),
            "process": len(labels.processes),
            "service": len(labels.services),
            "flow": len(FLOWS),
            "scope": len(SCOPES),
            "template": len(labels.templates),
            "zone": sum(len(zones) for zones in labels.zones),
            "control": len(labels.controls),
            "type": len(labels.types),
            "vector": len(labels.vectors),
            "actor": len(labels.actors),
            "item": len(labels.items),
            "link": len(labels.links),
            "provider": len(labels.providers),
            "client": len(labels.clients),
            "campaign": len(labels.campaigns),
            "two": 2,
        }
        for axis, length in zip(column.axes, array.shape, strict=True):
            assert length == sizes.get(axis.removesuffix("+1"), length - axis.endswith("+1")) + axis.endswith("+1")
        # Capability is a difference from the average attacker.
        if column.unit == "share" and name != "actor_capability":
            assert array.min() >= 0.0
            assert array.max() <= 1.0
        if column.unit in ("1/y", "1/h", "h", "h/host", "persons", "hosts", "EUR_2024"):
            assert array.min() >= 0.0
        assert not array.flags.writeable

    @pytest.mark.parametrize(
        ("pointer", "length_of"),
        [
            ("node_zone_ptr", "node_zone_hosts"),
            ("template_zone_ptr", "zone_entity"),
            ("edge_ptr", "edge_target"),
            ("need_ptr", "need_source"),
            ("use_ptr", "use_zone"),
            ("type_control_ptr", "type_control"),
            ("link_ptr", "link_entity"),
            ("client_ptr", "client_entity"),
        ],
    )
    def test_pointers_cut_their_arrays_into_pieces(self, model: CompiledModel, pointer: str, length_of: str) -> None:
        starts = model.arrays[pointer]
        assert starts[0] == 0
        assert (np.diff(starts) >= 0).all()
        assert starts[-1] == model.arrays[length_of].shape[0]

    def test_indices_point_inside(self, model: CompiledModel) -> None:
        arrays, labels = model.arrays, model.labels
        zones = len(labels.zones[0])
        for name in (
            "edge_target",
            "need_source",
            "use_zone",
            "template_ddos_zone",
            "client_zone",
            "client_entry_zone",
        ):
            assert 0 <= arrays[name].min() <= arrays[name].max() < zones
        for name in ("edge_type", "zone_self_type", "vector_type", "link_type", "client_type"):
            assert 0 <= arrays[name].min() <= arrays[name].max() < len(labels.types)
        assert arrays["type_control"].max() < len(labels.controls)
        assert arrays["process_outcome_class"].max() < len(labels.classes)
        assert -1 <= arrays["template_entry_zone"].min() <= arrays["template_entry_zone"].max() < zones

    @pytest.mark.parametrize("name", ["entry_cumulative", "actor_cumulative"])
    def test_cumulative_shares_end_at_one(self, model: CompiledModel, name: str) -> None:
        assert (np.diff(model.arrays[name], axis=2) >= -1e-12).all()
        assert_allclose(model.arrays[name][..., -1], 1.0)

    def test_zones_are_restored_in_order_of_priority(self, model: CompiledModel, blueprints: Blueprints) -> None:
        zones = blueprints.graphs["ch"].zones
        priorities = [zones[index].priority for index in model.arrays["zone_rank"]]
        assert priorities == sorted(priorities)
        assert sorted(model.arrays["zone_rank"]) == list(range(len(zones)))

    def test_capacity_with_everything_down(self, model: CompiledModel, blueprints: Blueprints) -> None:
        graph = blueprints.graphs["ch"]
        for place, service in enumerate(blueprints.services):
            used = [weight for zone, weight in service.uses.items() if graph.position(zone) >= 0]
            assert model.arrays["template_p_min"][0, place] == pytest.approx(np.prod([1 - w for w in used]))


class TestActivity:
    """Flows per hour give back the yearly figures of the facility file."""

    def yearly(self, model: CompiledModel, flow: str) -> float:
        return float(model.arrays["node_flow_per_h"][0, :, FLOWS.index(flow)].sum() * HOURS_PER_YEAR)

    def test_visits_and_stays(self, model: CompiledModel, chsf: Facility) -> None:
        assert self.yearly(model, "visits") == pytest.approx(chsf.activity.emergency_visits)
        assert self.yearly(model, "stays") == pytest.approx(chsf.activity.stays)

    def test_beds_are_not_overfull(self, model: CompiledModel, chsf: Facility) -> None:
        occupied = self.yearly(model, "bed_days") / (HOURS_PER_YEAR / HOURS_PER_DAY)
        assert 0.5 * chsf.activity.beds < occupied < chsf.activity.beds

    def test_hosts_follow_staff_and_beds(self, build: Compile, chsf: Facility) -> None:
        half = chsf.model_copy(update={"activity": chsf.activity.model_copy(update={"fte": chsf.activity.fte / 2})})
        full, halved = (build(alone(f)).arrays["node_zone_hosts"] for f in (chsf, half))
        zones = build(alone(chsf)).labels.zones[0]
        office, pumps = zones.index("office"), zones.index("pumps")
        assert halved[office] == pytest.approx(full[office] / 2, abs=1.0)
        assert halved[pumps] == full[pumps]

    def test_owner_knows_better(self, build: Compile, chsf: Facility) -> None:
        assumed = build(alone(chsf))
        counted = build(alone(chsf.model_copy(update={"zones": {"pacs": ZoneOverride(hosts=12)}})))
        pacs = assumed.labels.zones[0].index("pacs")
        assert counted.arrays["node_zone_hosts"][pacs] == 12.0
        others = np.arange(assumed.arrays["node_zone_hosts"].size) != pacs
        assert_array_equal(counted.arrays["node_zone_hosts"][others], assumed.arrays["node_zone_hosts"][others])


class TestLineage:
    """explain walks from a column to estimates, and from there to evidence."""

    # Columns that no estimate enters: structure of the pack, or a copy of another column.
    # No link of this portfolio carries a service: nothing is uncertain about that.
    WITHOUT = {
        "client_level": "structure",
        "node_resists_ddos": "node_opeff",
        "link_need_level": "none",
        "link_need_autonomy_h": "none",
    }

    def test_only_known_estimates(self, model: CompiledModel, catalogue: Catalogue) -> None:
        assert model.lineage.keys() <= COMPILED_COLUMNS.keys()
        assert set().union(*model.lineage.values()) <= catalogue.estimates.keys()

    def test_every_uncertain_column_has_its_estimates(self, model: CompiledModel) -> None:
        uncertain = {name for name, column in COMPILED_COLUMNS.items() if column.axes[0] == "draw"}
        orphans = {name for name in uncertain if not model.lineage.get(name)}
        assert orphans <= self.WITHOUT.keys()

    def test_a_column_without_estimates_does_not_vary(self, model: CompiledModel) -> None:
        assert (np.ptp(model.arrays["client_level"], axis=0) == 0.0).all()
        assert (model.arrays["link_need_zone"] == -1).all()
        ddos = model.labels.controls.index("ddos_protection")
        assert_array_equal(model.arrays["node_resists_ddos"], model.arrays["node_opeff"][:, :, ddos])


class TestPosture:
    def test_an_entry_moves_its_control_and_no_other(self, build: Compile, chsf: Facility) -> None:
        unknown = build(alone(chsf)).arrays["node_opeff"]
        full_model = build(alone(chsf, posture={"mfa": 1.0}))
        known = full_model.arrays["node_opeff"]
        mfa = full_model.labels.controls.index("mfa")
        others = [index for index in range(known.shape[2]) if index != mfa]
        assert (known[:, :, mfa] > unknown[:, :, mfa]).all()
        assert_array_equal(known[:, :, others], unknown[:, :, others])

    def test_effectiveness_is_in_proportion_to_coverage(self, build: Compile, chsf: Facility) -> None:
        opeff = {share: build(alone(chsf, posture={"mfa": share})) for share in (0.0, 0.5, 1.0)}
        mfa = opeff[0.0].labels.controls.index("mfa")
        none, half, full = (opeff[share].arrays["node_opeff"][:, 0, mfa] for share in (0.0, 0.5, 1.0))
        assert_array_equal(none, 0.0)
        assert_allclose(half, full / 2)

    @pytest.mark.parametrize(
        ("control", "column", "sign"),
        [
            ("incident_response", "node_response_mu", -1),
            ("endpoint_protection", "node_share_mu", -1),
            ("backup_isolation", "node_backup_survival", 1),
            ("monitoring", "node_detection_per_h", 1),
            ("restoration_drills", "node_crew", 1),
            ("continuity_plan", "node_paper_share", 1),
            ("ddos_protection", "node_resists_ddos", 1),
        ],
    )
    def test_each_control_helps_where_it_should(
        self, build: Compile, chsf: Facility, control: str, column: str, sign: int
    ) -> None:
        none, full = (build(alone(chsf, posture={control: share})).arrays[column] for share in (0.0, 1.0))
        assert (sign * (full - none) > 0.0).all()

    def test_something_to_see_and_people_to_look(self, build: Compile, chsf: Facility, blueprints: Blueprints) -> None:
        """Detection needs both: with no log and no probe there is nothing to see."""
        blind = {control.id: 0.0 for control in blueprints.controls if "visibility" in control.levers}
        posture = {"monitoring": 1.0, **blind}
        assert_array_equal(build(alone(chsf, posture=posture)).arrays["node_detection_per_h"], 0.0)


class TestOrder:
    def test_links_and_clients_are_sorted(self, model: CompiledModel) -> None:
        arrays = model.arrays
        assert (np.diff(arrays["link_source_node"]) >= 0).all()
        assert (np.diff(arrays["client_provider"]) >= 0).all()
        assert list(model.labels.providers) == sorted(model.labels.providers)
        for node in range(len(model.labels.nodes)):
            rows = slice(arrays["link_ptr"][node], arrays["link_ptr"][node + 1])
            assert (arrays["link_source_node"][rows] == node).all()
        for provider in range(len(model.labels.providers)):
            rows = slice(arrays["client_ptr"][provider], arrays["client_ptr"][provider + 1])
            assert (arrays["client_provider"][rows] == provider).all()
            assert set(model.labels.clients[rows]) == {model.labels.providers[provider]}

    def test_the_order_of_the_file_does_not_matter(self, build: Compile, chsf: Facility, model: CompiledModel) -> None:
        portfolio = portfolio_of(chsf)
        turned = replace(portfolio, links=portfolio.links[::-1], clients=portfolio.clients[::-1])
        assert build(turned).digest == model.digest

    def test_links_come_in_the_order_of_their_source(self, build: Compile, chsf: Facility) -> None:
        portfolio = portfolio_of(chsf)
        links = (NodeLink("remote_access", 2, 1), NodeLink("data_exchange", 0, 2), NodeLink("remote_access", 1, 2))
        arrays = build(replace(portfolio, links=links)).arrays
        assert arrays["link_source_node"].tolist() == [0, 1, 2]
        assert arrays["link_target_node"].tolist() == [2, 2, 1]
        assert arrays["link_ptr"].tolist() == [0, 1, 2, 3]


class TestDigest:
    def test_same_inputs_same_digest(self, build: Compile, chsf: Facility, model: CompiledModel) -> None:
        assert build(portfolio_of(chsf)).digest == model.digest

    def test_another_seed_another_digest(self, build: Compile, chsf: Facility, model: CompiledModel) -> None:
        assert build(portfolio_of(chsf), seed=2).digest != model.digest

    def test_another_posture_another_digest(self, build: Compile, chsf: Facility) -> None:
        assert build(alone(chsf)).digest != build(alone(chsf, posture={"mfa": 0.5})).digest

    def test_company_does_not_change_a_facility(self, build: Compile, chsf: Facility, model: CompiledModel) -> None:
        """Adding organisations leaves every array of the first one as it was."""
        single = build(alone(chsf))
        for name, column in COMPILED_COLUMNS.items():
            if "node" in column.axes:
                axis = column.axes.index("node")
                ours, theirs = (np.take(m.arrays[name], 0, axis=axis) for m in (single, model))
                assert_array_equal(ours, theirs, err_msg=name)


class TestRates:
    def test_attempts_are_frequency_by_size_over_susceptibility(
        self, catalogue: Catalogue, specs: ScenarioSpecs, chsf: Facility, derive: Callable[..., ThreatRates]
    ) -> None:
        sample = EpistemicSample(catalogue.estimate, seed=1, draws=DRAWS)
        rates = derive(portfolio_of(chsf), sample)
        susceptibility = np.array([[0.1, 0.2]] * DRAWS)
        attempts = attempt_rates(specs, rates, susceptibility)
        assert attempts.shape == (DRAWS, 3, 2)
        assert_allclose(attempts[:, :, 0], rates.level["ransomware"][:, None] * rates.multiplier / 0.1)
        assert_allclose(attempts[:, :, 1], rates.level["ot"][:, None] * rates.multiplier / 0.2)


class TestRefusals:
    def test_unknown_category(self, build: Compile, chsf: Facility) -> None:
        with pytest.raises(EvidenceError, match="unknown category “hospice”"):
            build(alone(chsf.model_copy(update={"category": "hospice"})))

    def test_unknown_kind_of_link(self, build: Compile, chsf: Facility) -> None:
        portfolio = portfolio_of(chsf)
        with pytest.raises(EvidenceError, match="unknown kind of link “shared_it”"):
            build(replace(portfolio, links=(NodeLink("shared_it", 1, 0),)))

    def test_one_link_twice(self, build: Compile, chsf: Facility) -> None:
        portfolio = portfolio_of(chsf)
        with pytest.raises(ModelError, match="fall on the same random stream"):
            build(replace(portfolio, links=(*portfolio.links, portfolio.links[0])))

    def test_one_organisation_twice(self, build: Compile, chsf: Facility) -> None:
        with pytest.raises(ModelError, match="fall on the same random stream"):
            build(Portfolio((Node(chsf, assessed=True), Node(chsf, assessed=True)), (), ()))

    def test_a_link_to_a_zone_that_is_not_there(self, build: Compile, chsf: Facility, blueprints: Blueprints) -> None:
        """Local hospitals have no imaging zone: nothing can arrive there."""
        links = {**blueprints.links}
        links["ght_shared_it"] = links["ght_shared_it"].model_copy(update={"target_zone": ("pacs",)})
        local = chsf.model_copy(update={"category": "local_hospital"})
        with pytest.raises(ModelError, match="arrives at zone “pacs”, which “local_care” does not have"):
            build(portfolio_of(local), with_blueprints=replace(blueprints, links=links))

    def test_an_entry_by_an_unknown_vector(self, build: Compile, chsf: Facility, blueprints: Blueprints) -> None:
        hospital = blueprints.graphs["ch"]
        graph = replace(hospital, entries={**hospital.entries, "fishing": "mail"})
        with pytest.raises(EvidenceError, match="unknown entry vector “fishing”") as caught:
            build(alone(chsf), with_blueprints=replace(blueprints, graphs={**blueprints.graphs, "ch": graph}))
        assert caught.value.findings[0].repair == "did you mean “phishing”?"

    def test_an_edge_by_an_unknown_crossing(self, build: Compile, chsf: Facility, blueprints: Blueprints) -> None:
        hospital = blueprints.graphs["ch"]
        edge = hospital.edges[0].model_copy(update={"crossing": "laterall"})
        graph = replace(hospital, edges=(edge, *hospital.edges[1:]))
        with pytest.raises(EvidenceError, match="unknown crossing “laterall”"):
            build(alone(chsf), with_blueprints=replace(blueprints, graphs={**blueprints.graphs, "ch": graph}))
