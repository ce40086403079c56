"""A portfolio of sites: rates are those of legal entities, ties arrive at main sites, losses add up to entities."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import duckdb
import numpy as np
import pytest

from hygie.core.errors import DataError
from hygie.core.sampling import EpistemicSample
from hygie.facility.blueprints import Blueprints
from hygie.facility.organisation import Organisation
from hygie.facility.registers import Register, describe_entity, describe_site, read_register
from hygie.knowledge.packs import Catalogue
from hygie.service.portfolio import PortfolioRequest, PreparedPortfolio, prepare_portfolio, run_portfolio
from hygie.service.portfolio_show import draw_portfolio, read_view
from hygie.service.portfolio_spec import load_spec
from hygie.threat.rates import prepare_rates, rate_organisations
from hygie.threat.sites import share_rates
from register_kit import ROWS, write_register

AS_OF = date(2026, 11, 23)
REQUEST = PortfolioRequest(years=1500, draws=4, as_of=AS_OF)
ENTITY, MAIN, OTHER, NEIGHBOUR = "fr-990000001", "fr-990000010", "fr-990000028", "fr-990000036"


@pytest.fixture(scope="module")
def register(tmp_path_factory: pytest.TempPathFactory) -> Register:
    return read_register(write_register(tmp_path_factory.mktemp("register") / "register.csv", *ROWS[:4]), year=2023)


@pytest.fixture(scope="module")
def whole(register: Register) -> PreparedPortfolio:
    return prepare_portfolio(REQUEST, spec=None, register=register)


@pytest.fixture(scope="module")
def sites(register: Register) -> PreparedPortfolio:
    return prepare_portfolio(REQUEST, spec=None, register=register, level="site")


def sum_by_entity(prepared: PreparedPortfolio, values: np.ndarray) -> dict[str, np.ndarray]:
    owned = prepared.roster.ownership
    return {
        one.id: values[:, owned.owner == place].sum(axis=1)
        for place, one in enumerate(owned.entities)
    }  # fmt: skip


def test_sites_share_the_attempts_of_their_entity(whole: PreparedPortfolio, sites: PreparedPortfolio) -> None:
    assert len(whole.model.labels.nodes) == 3
    assert len(sites.model.labels.nodes) == 4
    expected = sum_by_entity(whole, np.asarray(whole.model.arrays["node_rate_per_y"]))
    found = sum_by_entity(sites, np.asarray(sites.model.arrays["node_rate_per_y"]))
    assert found.keys() == expected.keys()
    for name, rates in expected.items():
        np.testing.assert_allclose(found[name], rates, rtol=1e-12)
    shares = [
        np.asarray(sites.model.arrays["node_rate_per_y"])[:, sites.model.labels.nodes.index(name)]
        for name in (MAIN, OTHER)
    ]
    assert (shares[0] > shares[1]).all()
    assert (shares[1] > 0.0).all()


def test_a_campaign_hits_some_site_as_often_as_the_entity(whole: PreparedPortfolio, sites: PreparedPortfolio) -> None:
    missed = {
        name: np.exp(sums)
        for name, sums in sum_by_entity(sites, np.log1p(-np.asarray(sites.model.arrays["node_visibility"]))).items()
    }
    entire = np.asarray(whole.model.arrays["node_visibility"])
    for place, name in enumerate(whole.model.labels.nodes):
        np.testing.assert_allclose(1.0 - missed[name], entire[:, place], rtol=1e-9)


def test_the_sector_expects_the_same_attacks_at_both_levels(
    catalogue: Catalogue, blueprints: Blueprints, shared_data: Path
) -> None:
    register = read_register(shared_data / "fr_hospitals_sae2023.csv")
    entities = list(register.entities.values())
    place = {entity.finess: index for index, entity in enumerate(entities)}
    owner = np.array([place[site.entity] for site in register.sites])
    basis = prepare_rates(
        catalogue, population=blueprints.population, classes=["ransomware"],
        sample=EpistemicSample(catalogue.estimate, seed=1, draws=5), as_of=AS_OF,
    )  # fmt: skip
    of_entities = rate_organisations(
        [Organisation.model_validate(describe_entity(one, register)) for one in entities], basis
    )
    alone = rate_organisations(
        [Organisation.model_validate(describe_site(one, register)) for one in register.sites], basis
    )
    of_sites = share_rates(of_entities, alone, owner=owner)
    np.testing.assert_allclose(of_sites.multiplier.sum(axis=1), of_entities.multiplier.sum(axis=1), rtol=1e-12)
    # As organisations of their own, sites would be attacked a third more often: what sharing is there to prevent.
    assert (alone.multiplier.sum(axis=1) > 1.25 * of_entities.multiplier.sum(axis=1)).all()
    only = np.bincount(owner)[owner] == 1
    np.testing.assert_array_equal(of_sites.multiplier[:, only], of_entities.multiplier[:, owner[only]])
    np.testing.assert_array_equal(of_sites.visibility[:, only], of_entities.visibility[:, owner[only]])
    assert (of_sites.visibility >= 0.0).all()


def test_ties_of_an_entity_arrive_at_its_main_site(whole: PreparedPortfolio, sites: PreparedPortfolio) -> None:
    names = sites.model.labels.nodes
    ties = {(link.kind, names[link.source], names[link.target]) for link in sites.roster.portfolio.links}
    assert ties == {
        ("site_support", MAIN, OTHER), ("site_shared_it", OTHER, MAIN),
        ("ght_support", MAIN, NEIGHBOUR), ("ght_shared_it", NEIGHBOUR, MAIN),
    }  # fmt: skip
    assert sites.roster.site_links == 2
    assert sites.roster.assumed_links == whole.roster.assumed_links == 2
    # Contracts are drawn for the entity: the same ones, none for its other site.
    of = {ENTITY: MAIN, "fr-990000002": NEIGHBOUR, "fr-980000001": "fr-980000012"}
    contracts = {
        (client.provider, of[whole.model.labels.nodes[client.node]]) for client in whole.roster.portfolio.clients
    }
    assert {(one.provider, names[one.node]) for one in sites.roster.portfolio.clients} == contracts
    assert sites.roster.groups[OTHER] == "9901"


def test_a_run_of_sites_adds_up_to_entities(sites: PreparedPortfolio, tmp_path: Path) -> None:
    view = run_portfolio(sites, REQUEST, tmp_path / "out", block_years=211)
    assert (view.level, view.organisations, view.entities) == ("site", 4, 3)
    by_site = {row.id: row for row in view.by_organisation}
    by_entity = {row.id: row for row in view.by_entity}
    assert by_entity[ENTITY].members == 2
    for name in ("loss_eur_per_y", "tail_eur"):
        together = getattr(by_site[MAIN], name) + getattr(by_site[OTHER], name)
        assert getattr(by_entity[ENTITY], name) == pytest.approx(together)
    assert sum(row.tail_share for row in view.by_entity) == pytest.approx(1.0)
    # What a site suffers from an attack on another site of its entity is not from others.
    origins = {row.id: row for row in view.by_origin}
    assert origins["own_site"].loss_eur_per_y > 0.0
    files = str(tmp_path / "out" / "events" / "*.parquet")
    processes = len(sites.model.labels.processes)
    at = {name: place for place, name in enumerate(sites.model.labels.nodes)}
    inside = duckdb.execute(
        f"SELECT sum(loss_eur) FROM '{files}' WHERE origin = 1 AND root = 0 "
        f"AND ((facility = {at[MAIN]} AND root_index // {processes} = {at[OTHER]}) "
        f"OR (facility = {at[OTHER]} AND root_index // {processes} = {at[MAIN]}))"
    ).fetchall()[0][0]
    assert origins["own_site"].loss_eur_per_y == pytest.approx(inside / REQUEST.years)
    through = origins["neighbour"].loss_eur_per_y + origins["provider"].loss_eur_per_y
    assert view.through_share == pytest.approx(through / view.figures["aal"].value)
    assert sum(row.loss_eur_per_y for row in view.by_origin) == pytest.approx(view.figures["aal"].value)
    columns = duckdb.execute(f"SELECT id, entity FROM '{tmp_path}/out/organisations.parquet'").fetchall()
    assert dict(columns)[OTHER] == ENTITY
    drawn = draw_portfolio(read_view(tmp_path / "out", language="fr"), tmp_path / "charts")
    assert "tail_by_entity" in {path.stem for path in drawn}


def test_a_file_asks_for_sites_and_names_them(register: Register, chsf_file: Path, tmp_path: Path) -> None:
    file = tmp_path / "sites.yaml"
    text = (
        "schema: hygie.portfolio/1\nname: Sites\nlevel: site\nshared_providers: false\n"
        f"facilities: [{chsf_file}]\n"
        f"links:\n  - {{kind: remote_access, from: {OTHER}, to: fr-980000012}}\n"
        f"providers:\n  - {{kind: hds_host, id: host-x, name: Host X, clients: [{ENTITY}, {OTHER}]}}\n"
    )
    file.write_text(text, encoding="utf-8")
    made = prepare_portfolio(REQUEST, spec=load_spec(file), register=register, beside=file)
    names = made.model.labels.nodes
    # The facility file has its sites inside: it stays one organisation, and its own entity.
    assert names.count("fr-910002773") == 1
    assert sum(node.assessed for node in made.roster.portfolio.nodes) == 5
    assert len(made.roster.ownership.entities) == len(names) - 1
    found = {(link.kind, names[link.source], names[link.target]) for link in made.roster.portfolio.links}
    assert ("remote_access", OTHER, "fr-980000012") in found
    assert {names[one.node] for one in made.roster.portfolio.clients if one.provider == "host-x"} == {MAIN, OTHER}
    assert prepare_portfolio(
        REQUEST, spec=load_spec(file), register=register, beside=file, level="site"
    ).model.digest == made.model.digest  # fmt: skip
    with pytest.raises(DataError, match="only a register has sites"):
        prepare_portfolio(REQUEST, spec=load_spec(file), register=None, beside=file)
    # A site is nobody in a portfolio of legal entities.
    file.write_text(text.replace("level: site", "level: entity"), encoding="utf-8")
    with pytest.raises(DataError, match="not in the portfolio"):
        prepare_portfolio(REQUEST, spec=load_spec(file), register=register, beside=file)


def test_a_neighbour_of_a_facility_file_is_the_main_site_of_its_entity(
    register: Register, chsf_file: Path, tmp_path: Path
) -> None:
    facility = tmp_path / "mine.yaml"
    text = chsf_file.read_text(encoding="utf-8")
    neighbour = text.split("neighbour:")[1].split("id:")[1].split()[0]
    facility.write_text(text.replace(neighbour, ENTITY), encoding="utf-8")
    file = tmp_path / "sites.yaml"
    file.write_text(
        f"schema: hygie.portfolio/1\nname: Sites\nlevel: site\nfacilities: [{facility.name}]\n", encoding="utf-8"
    )
    made = prepare_portfolio(REQUEST, spec=load_spec(file), register=register, beside=file)
    names = made.model.labels.nodes
    assert ENTITY not in names
    sources = {names[link.source] for link in made.roster.portfolio.links if names[link.target] == "fr-910002773"}
    assert MAIN in sources
