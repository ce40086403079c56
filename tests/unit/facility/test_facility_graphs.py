"""The zone graph of one facility: what its owner adds, removes, renames, resizes or splits by site."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from hygie.core.errors import DataError, Finding
from hygie.facility.blueprints import Blueprints
from hygie.facility.exposure import count_hosts
from hygie.facility.facility_files import load_facility
from hygie.facility.facility_graphs import build_graph, site_portions
from hygie.facility.organisation import Facility, Site
from hygie.facility.zone_graphs import ZoneGraph
from hygie.knowledge.catalogue import Catalogue

BASE = """
schema: hygie.facility/1
id: somewhere
name: Somewhere
category: ch
status: public
activity: {year: 2024, beds_mco: 300, fte: 1000.0}
"""
RATIOS = {
    "exposure.workstations_per_fte": 1.0,
    "exposure.servers_per_fte": 0.2,
    "exposure.medical_ot_per_bed": 1.0,
    "exposure.iomt_per_bed": 2.0,
    "exposure.building_ot_per_bed": 0.5,
}
Load = Callable[[str], Facility]


@pytest.fixture
def load(tmp_path: Path, blueprints: Blueprints, catalogue: Catalogue) -> Load:
    def load_text(text: str) -> Facility:
        path = tmp_path / "facility.yaml"
        path.write_text(BASE + text, encoding="utf-8")
        return load_facility(path, blueprints=blueprints, known_evidence=frozenset(catalogue.evidence))

    return load_text


def refuse(load: Load, text: str) -> list[Finding]:
    with pytest.raises(DataError, match=".") as caught:
        load(text)
    return list(caught.value.findings)


def names(graph: ZoneGraph) -> set[str]:
    return {zone.id for zone in graph.zones}


class TestOverrides:
    def test_nothing_said_is_the_template(self, load: Load, blueprints: Blueprints) -> None:
        assert build_graph(load(""), blueprints) is blueprints.graphs["ch"]

    def test_a_zone_comes_and_another_leaves(self, load: Load, blueprints: Blueprints) -> None:
        facility = load("zones: {radiotherapy: {hosts: 4}, dialysis: {present: false}}")
        graph = build_graph(facility, blueprints)
        assert names(graph) == (names(blueprints.graphs["ch"]) | {"radiotherapy"}) - {"dialysis"}
        assert any(edge.target == "radiotherapy" for edge in graph.edges)
        assert not any("dialysis" in (need.zone, need.needs) for need in graph.needs)
        assert graph.id == "ch:somewhere"

    def test_names_and_counts(self, load: Load, blueprints: Blueprints) -> None:
        facility = load("zones: {his: {name: DPI maison, hosts: 7}}")
        graph = build_graph(facility, blueprints)
        counts = count_hosts(facility, graph, RATIOS.__getitem__)
        assert graph.zones[graph.position("his")].name.fr == "DPI maison"
        assert counts[graph.position("his")] == 7
        assert counts[graph.position("office")] == 550

    def test_edges_and_needs(self, load: Load, blueprints: Blueprints) -> None:
        facility = load(
            "edges: {add: [{from: mail, to: his, crossing: lateral}], remove: [{from: office, to: his}]}\n"
            "needs: {add: [{zone: his, needs: identity, strength: 0.1, autonomy_h: 48.0}],\n"
            "        remove: [{zone: mail, needs: internet}]}\n"
        )
        graph = build_graph(facility, blueprints)
        pairs = [(edge.source, edge.target) for edge in graph.edges]
        assert ("mail", "his") in pairs
        assert ("office", "his") not in pairs
        wanted = {(need.zone, need.needs): need for need in graph.needs}
        assert wanted["his", "identity"].autonomy_h == 48.0
        assert ("mail", "internet") not in wanted

    def test_equipment_is_a_floor(self, load: Load, blueprints: Blueprints) -> None:
        facility = load("")
        graph = build_graph(facility, blueprints)
        imaging = graph.position("imaging")
        assert count_hosts(facility, graph, RATIOS.__getitem__)[imaging] == 90
        rich = facility.activity.model_copy(update={"equipment": {"mri": 60, "ct_scanners": 1}})
        many = facility.model_copy(update={"activity": rich})
        assert count_hosts(many, graph, RATIOS.__getitem__)[imaging] == 122


class TestSites:
    SITES = """
sites:
  - {id: north, name: Nord, finess: "910000017", fte: 250.0}
  - {id: main, name: Principal, finess: "910000025", fte: 750.0}
"""

    def test_what_stands_in_a_building_is_repeated(self, load: Load, blueprints: Blueprints) -> None:
        facility = load(self.SITES)
        graph = build_graph(facility, blueprints)
        per_site = {zone.id for zone in blueprints.graphs["ch"].zones if zone.per_site}
        assert names(graph) == names(blueprints.graphs["ch"]) | {f"{zone}_north" for zone in per_site}
        counts = count_hosts(facility, graph, RATIOS.__getitem__)
        assert counts[graph.position("ward")] == pytest.approx(3 * counts[graph.position("ward_north")], abs=2)
        assert graph.zones[graph.position("ward_north")].name.fr.endswith("· Nord")
        assert graph.entries["phishing"] == "office"

    def test_sites_meet_through_shared_zones_only(self, load: Load, blueprints: Blueprints) -> None:
        graph = build_graph(load(self.SITES), blueprints)
        pairs = {(edge.source, edge.target) for edge in graph.edges}
        assert ("identity", "ward_north") in pairs
        assert ("office_north", "ward_north") in pairs
        assert not any(
            ("_north" in a) != ("_north" in b) and {a, b} <= {"office", "ward", "ward_north"} for a, b in pairs
        )
        needs = {(need.zone, need.needs): need.strength for need in graph.needs}
        assert needs["imaging_north", "power_north"] == 0.9
        assert ("imaging_north", "power") not in needs
        # A shared zone that needs power loses with one site only what that site stands for.
        assert needs["cold", "power"] == pytest.approx(3 * needs["cold", "power_north"])

    def test_portions(self) -> None:
        def site(name: str, beds: int | None, fte: float | None) -> Site:
            return Site(id=name, name=name, beds=beds, fte=fte)

        assert site_portions((site("a", 10, 30.0), site("b", 30, 10.0))) == [0.75, 0.25]
        assert site_portions((site("a", 10, 30.0), site("b", 30, None))) == [0.25, 0.75]
        assert site_portions((site("a", None, 30.0), site("b", 30, None))) == [0.5, 0.5]

    def test_too_many_sites_are_refused_with_a_repair(self, load: Load) -> None:
        listed = "".join(f"  - {{id: s{n}, name: Site {n}, fte: 10.0}}\n" for n in range(40))
        (finding,) = refuse(load, "sites:\n" + listed)
        assert finding.message == "“ch:somewhere” has too many zones"
        assert finding.field == "sites"
        assert finding.line == 8
        assert "describe small sites together" in (finding.repair or "")


class TestRefusals:
    def test_two_hundred_zones(self, load: Load) -> None:
        listed = "".join(f"  zone{n}: {{}}\n" for n in range(201))
        assert any("200" in f"{finding.allowed} {finding.message}" for finding in refuse(load, "zones:\n" + listed))

    def test_unknown_zones(self, load: Load) -> None:
        found = refuse(
            load, "zones: {radiotherpy: {}}\nneeds: {add: [{zone: his, needs: hiss, strength: 1, autonomy_h: 0}]}"
        )
        assert [(finding.field, finding.repair) for finding in found] == [
            ("zones.radiotherpy", "did you mean “radiotherapy”?"),
            ("needs.add.0.needs", "did you mean “his”?"),
        ]

    def test_needs_in_a_circle(self, load: Load) -> None:
        (finding,) = refuse(load, "needs:\n  add: [{zone: power, needs: his, strength: 0.5, autonomy_h: 0}]\n")
        assert "circle" in finding.message
        assert (finding.file or "").endswith("facility.yaml")
        assert finding.line == 8

    def test_negative_counts(self, load: Load) -> None:
        (finding,) = refuse(load, "zones: {his: {hosts: -3}}")
        assert (finding.field, finding.value) == ("zones.his.hosts", "-3")

    def test_a_link_to_an_unknown_site(self, load: Load) -> None:
        neighbour = "{id: other, name: Other, category: ch, status: public, activity: {year: 2024, fte: 10.0}}"
        (finding,) = refuse(
            load, TestSites.SITES + f"links: [{{kind: remote_access, site: nort, neighbour: {neighbour}}}]\n"
        )
        assert (finding.field, finding.repair) == ("links.0.site", "did you mean “north”?")

    def test_one_site_twice(self, load: Load) -> None:
        twice = TestSites.SITES.replace("910000025", "910000017").replace("id: main", "id: north")
        messages = [finding.message for finding in refuse(load, twice)]
        assert "two sites have the same id" in messages
        assert "two sites have the same FINESS number" in messages
