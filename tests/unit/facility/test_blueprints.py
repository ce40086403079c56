"""Zone graphs written in packs: what they may say, how one is derived from another, what is refused."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from hygie.core.errors import EvidenceError, HygieError, ModelError, SchemaError
from hygie.facility.blueprints import Blueprints, load_blueprints, pick
from hygie.knowledge import Catalogue
from hygie.store.documents import parse_document

SITE = """
templates:
  - id: tiny
    name: {en: Tiny, fr: Minuscule}
    basis: {method: assumed, note: {en: For tests., fr: Pour les tests.}}
    zones:
      - {id: office, name: {en: Office, fr: Postes}, family: it, kind: workstation, hosts: {base: workstations,
         share: 1.0}, in_domain: true, visibility: 0.5, record_share: 0.1, priority: 3, inside: inside_workstations,
         cut: []}
      - {id: identity, name: {en: Directory, fr: Annuaire}, family: it, kind: server, hosts: {base: servers,
         share: 0.1}, in_domain: true, visibility: 0.9, record_share: 0.0, priority: 1, inside: inside_servers,
         cut: [everything]}
      - {id: his, name: {en: Records, fr: Dossiers}, family: it, kind: server, hosts: {base: servers, share: 0.9},
         in_domain: true, visibility: 0.7, record_share: 0.9, priority: 2, inside: inside_servers, cut: []}
    edges:
      - {from: office, to: identity, crossing: privilege}
      - {from: identity, to: his, crossing: admin}
    needs:
      - {zone: office, needs: his, strength: 0.5, autonomy_h: 4.0}
      - {zone: his, needs: identity, strength: 0.8, autonomy_h: 2.0}
    entries: {phishing: office, exposed_service: his}
    denial_of_service: {usual: office, rare: his}
"""
SMALLER = """
  - id: smaller
    name: {en: Smaller, fr: Plus petit}
    basis: {method: assumed, note: {en: For tests., fr: Pour les tests.}}
    extends: tiny
    without: [identity]
"""

Load = Callable[[str], Blueprints]


@pytest.fixture
def load(catalogue: Catalogue) -> Load:
    """Load the shipped packs and one more file of zone graphs."""

    def load_with(text: str) -> Blueprints:
        extra = parse_document(text.encode(), name="extra.yaml")
        sections = {**catalogue.sections, "templates": (*catalogue.sections["templates"], extra)}
        return load_blueprints(replace(catalogue, sections=sections))

    return load_with


class TestShippedPacks:
    def test_every_category_has_a_zone_graph(self, blueprints: Blueprints) -> None:
        assert {category.template for category in blueprints.categories.values()} == set(blueprints.graphs)

    def test_rooms_of_the_sector(self, blueprints: Blueprints) -> None:
        hospital = blueprints.graphs["hospital"]
        families = {zone.family for zone in hospital.zones}
        assert families == {"it", "building_ot", "medical_ot", "iomt"}
        assert len(hospital.zones) == 14
        assert blueprints.graphs["local_care"].position("pacs") == -1

    @pytest.mark.parametrize("graph", ["hospital", "clinic", "local_care"])
    def test_what_is_needed_comes_first(self, blueprints: Blueprints, graph: str) -> None:
        resolved = blueprints.graphs[graph]
        rank = {resolved.zones[index].id: place for place, index in enumerate(resolved.need_order)}
        assert sorted(resolved.need_order) == list(range(len(resolved.zones)))
        assert all(rank[need.needs] < rank[need.zone] for need in resolved.needs)

    @pytest.mark.parametrize("base", ["servers", "workstations", "medical_ot", "iomt", "building_ot"])
    def test_machines_of_each_kind_are_shared_out_once(self, blueprints: Blueprints, base: str) -> None:
        """In the complete hospital, the shares of the zones that count the same machines sum to one."""
        shares = [zone.hosts.share for zone in blueprints.graphs["hospital"].zones if zone.hosts.base == base]
        assert sum(shares) == pytest.approx(1.0)

    def test_population_is_the_register(self, blueprints: Blueprints) -> None:
        assert sum(stratum.entities for stratum in blueprints.population.strata) == 2176
        assert {stratum.category for stratum in blueprints.population.strata} == set(blueprints.categories)


class TestDerivedGraph:
    def test_in_full(self, load: Load) -> None:
        tiny = load(SITE).graphs["tiny"]
        assert [zone.id for zone in tiny.zones] == ["office", "identity", "his"]
        assert tiny.need_order == (1, 2, 0)
        assert tiny.denial_of_service == ("office", "his")
        assert (tiny.position("his"), tiny.position("pacs")) == (2, -1)

    def test_a_zone_leaves_with_everything_attached_to_it(self, load: Load) -> None:
        smaller = load(SITE + SMALLER).graphs["smaller"]
        assert [zone.id for zone in smaller.zones] == ["office", "his"]
        assert smaller.edges == ()
        assert [(need.zone, need.needs) for need in smaller.needs] == [("office", "his")]
        assert smaller.need_order == (1, 0)
        assert smaller.name.en == "Smaller"

    def test_an_entry_leaves_with_its_zone(self, load: Load) -> None:
        text = SITE + SMALLER.replace("[identity]", "[identity, his]")
        with pytest.raises(EvidenceError, match="unknown zone “his”"):
            load(text)  # Denial of service needs a zone to take down.
        text = text.replace("rare: his", "rare: office")
        assert load(text).graphs["smaller"].entries == {"phishing": "office"}

    @pytest.mark.parametrize(
        ("old", "new", "message"),
        [
            ("extends: tiny", "extends: tinny", "unknown zone graph “tinny”"),
            ("without: [identity]", "without: [identities]", "unknown zone “identities”"),
            ("extends: tiny", "extends: tiny\n    entries: {phishing: office}", "can only leave zones"),
        ],
    )
    def test_refusals(self, load: Load, old: str, new: str, message: str) -> None:
        with pytest.raises(HygieError, match=message) as caught:
            load(SITE + SMALLER.replace(old, new))
        assert caught.value.findings[0].repair

    def test_one_generation_only(self, load: Load) -> None:
        grandchild = SMALLER.replace("id: smaller", "id: smallest").replace("extends: tiny", "extends: smaller")
        with pytest.raises(ModelError, match="“smallest” can only leave zones of “smaller” out"):
            load(SITE + SMALLER + grandchild.replace("[identity]", "[his]"))


class TestRefusedGraphs:
    def test_needs_in_a_circle(self, load: Load) -> None:
        circle = "needs:\n      - {zone: identity, needs: office, strength: 0.1, autonomy_h: 1.0}\n"
        with pytest.raises(ModelError, match="zones of “tiny” need each other in a circle") as caught:
            load(SITE.replace("needs:\n", circle, 1))
        finding = caught.value.findings[0]
        assert (finding.file, finding.value) == ("extra.yaml", "his, identity, office")
        assert finding.repair is not None
        assert "remove one of the needs" in finding.repair

    def test_a_zone_does_not_need_itself(self, load: Load) -> None:
        with pytest.raises(ModelError, match="circle"):
            load(SITE.replace("{zone: his, needs: identity", "{zone: his, needs: his"))

    @pytest.mark.parametrize(
        ("old", "new", "message"),
        [
            ("to: his", "to: hiss", "unknown zone “hiss”"),
            ("from: office", "from: offices", "unknown zone “offices”"),
            ("{zone: his, needs", "{zone: hiss, needs", "unknown zone “hiss”"),
            ("usual: office", "usual: ofice", "unknown zone “ofice”"),
        ],
    )
    def test_names_that_lead_nowhere(self, load: Load, old: str, new: str, message: str) -> None:
        with pytest.raises(EvidenceError, match=message) as caught:
            load(SITE.replace(old, new))
        assert (caught.value.findings[0].repair or "").startswith("did you mean")

    def test_two_zones_with_one_name(self, load: Load) -> None:
        with pytest.raises(ModelError, match="two zones with the same id"):
            load(SITE.replace("- {id: his,", "- {id: office,"))

    def test_no_word_on_denial_of_service(self, load: Load) -> None:
        with pytest.raises(ModelError, match="does not say what denial of service takes down"):
            load(SITE.replace("    denial_of_service: {usual: office, rare: his}\n", ""))

    @pytest.mark.parametrize(
        ("old", "new", "field"),
        [
            ("visibility: 0.5", "visibility: 1.5", "templates.0.zones.0.visibility"),
            ("family: it", "family: IT", "templates.0.zones.0.family"),
            ("autonomy_h: 4.0", "autonomy: 4.0", "templates.0.needs.0.autonomy"),
            ("in_domain: true", "in_domain: perhaps", "templates.0.zones.0.in_domain"),
        ],
    )
    def test_fields(self, load: Load, old: str, new: str, field: str) -> None:
        with pytest.raises(SchemaError, match="“") as caught:
            load(SITE.replace(old, new, 1))
        assert field in [finding.field for finding in caught.value.findings]

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
