"""Zone graphs written in packs: what they may say, how one is derived from another, what is refused."""

from __future__ import annotations

from dataclasses import replace

import pytest

from hygie.core.errors import EvidenceError
from hygie.facility.blueprints import Blueprints, load_blueprints
from hygie.facility.records import pick
from hygie.knowledge.catalogue import Catalogue
from hygie.store.documents import parse_document


class TestShippedPacks:
    def test_every_category_has_a_zone_graph(self, blueprints: Blueprints) -> None:
        used = {category.template for category in blueprints.categories.values()}
        used |= {category.small.template for category in blueprints.categories.values() if category.small is not None}
        assert used == set(blueprints.graphs)

    def test_a_hospital_has_every_family_of_zones(self, blueprints: Blueprints) -> None:
        for template in ("chu", "ch"):
            families = {zone.family for zone in blueprints.graphs[template].zones}
            assert families == {"it", "building_ot", "medical_ot", "iomt"}
        assert len(blueprints.graphs["chu"].zones) == len(blueprints.library.zones)
        assert blueprints.graphs["local_care"].position("pacs") == -1

    def test_small_hospitals_have_a_graph_of_their_own(self, blueprints: Blueprints) -> None:
        general = blueprints.categories["ch"]
        assert (general.template_of(149), general.template_of(150)) == ("small_ch", "ch")

    @pytest.mark.parametrize(
        "template",
        ["chu", "ch", "small_ch", "clinic", "psychiatric", "rehabilitation", "ehpad", "laboratory"]
        + ["radiotherapy_centre", "cancer_centre", "home_care", "local_care"],
    )
    def test_every_template_can_be_attacked_and_restored(self, blueprints: Blueprints, template: str) -> None:
        graph = blueprints.graphs[template]
        rank = {graph.zones[index].id: place for place, index in enumerate(graph.need_order)}
        assert sorted(graph.need_order) == list(range(len(graph.zones)))
        assert all(rank[need.needs] < rank[need.zone] for need in graph.needs)
        assert graph.position("identity") >= 0
        assert {"phishing", "exposed_service", "valid_account", "third_party"} <= set(graph.entries)
        reached = set(graph.entries.values())
        while more := {edge.target for edge in graph.edges if edge.source in reached} - reached:
            reached |= more
        assert reached == {zone.id for zone in graph.zones}

    @pytest.mark.parametrize("base", ["servers", "workstations", "medical_ot", "iomt", "building_ot"])
    def test_machines_of_each_kind_are_shared_out_once(self, blueprints: Blueprints, base: str) -> None:
        """In the complete hospital, the shares of the zones that count the same machines sum to nearly one."""
        shares = [zone.hosts.share for zone in blueprints.graphs["chu"].zones if zone.hosts.base == base]
        assert 0.95 <= sum(shares) <= 1.0 + 1e-9

    def test_what_a_category_earns_is_shared_out_once(self, blueprints: Blueprints) -> None:
        for category in blueprints.categories.values():
            if category.revenue is not None:
                assert sum(category.revenue.values()) == pytest.approx(1.0), category.id

    def test_every_zone_serves_or_leads_somewhere(self, blueprints: Blueprints) -> None:
        library = blueprints.library
        used = {zone for service in blueprints.services for zone in service.uses}
        used |= {need.needs for need in library.needs} | {edge.source for edge in library.edges}
        # What backups are for is decided when systems are restored.
        assert {zone.id for zone in library.zones} - {"backup"} <= used

    def test_population_is_the_register(self, blueprints: Blueprints) -> None:
        assert sum(stratum.entities for stratum in blueprints.population.strata) == 2176
        # Nursing homes, laboratories and radiotherapy centres are not in the yearly statistics.
        absent = {"ehpad", "laboratory", "radiotherapy_centre"}
        assert {stratum.category for stratum in blueprints.population.strata} == set(blueprints.categories) - absent


class TestRefusedPacks:
    def test_a_service_uses_zones_that_some_graph_has(self, catalogue: Catalogue) -> None:
        service = """
services:
  - id: dialysis_at_home
    name: {en: Dialysis at home, fr: Dialyse à domicile}
    beds: {}
    operations: 0
    visits: 0
    revenue_share: 0.01
    uses: {pacss: 0.5}
    basis: {method: assumed, note: {en: For tests., fr: Pour les tests.}}
"""
        extra = parse_document(service.encode(), name="extra.yaml")
        sections = {**catalogue.sections, "services": (*catalogue.sections["services"], extra)}
        with pytest.raises(EvidenceError, match="unknown zone “pacss”") as caught:
            load_blueprints(replace(catalogue, sections=sections))
        assert caught.value.findings[0].field == "services.dialysis_at_home.uses"

    def test_packs_without_a_sector(self, catalogue: Catalogue) -> None:
        sections = {name: documents for name, documents in catalogue.sections.items() if name != "population"}
        with pytest.raises(EvidenceError, match="no pack carries a section “population”") as caught:
            load_blueprints(replace(catalogue, sections=sections))
        assert caught.value.findings[0].repair == "load a sector pack next to the base pack"


def test_pick_suggests_the_closest_name() -> None:
    with pytest.raises(EvidenceError, match="unknown colour “bleu”") as caught:
        pick({"blue": 1, "red": 2}, "bleu", kind="colour", field="paint")
    finding = caught.value.findings[0]
    assert (finding.field, finding.allowed, finding.repair) == ("paint", "blue, red", "did you mean “blue”?")
