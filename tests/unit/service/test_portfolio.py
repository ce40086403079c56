"""Portfolios from files and registers: who is in, how they are tied, what comes out."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import duckdb
import numpy as np
import pytest

from hygie.core.errors import DataError, StoreError, UsageError
from hygie.facility.blueprints import Blueprints
from hygie.facility.organisation import Organisation
from hygie.facility.registers import read_register
from hygie.scenario.members import Member, join_members, link_group, share_providers
from hygie.service.portfolio import PortfolioRequest, PreparedPortfolio, prepare_portfolio, run_portfolio
from hygie.service.portfolio_show import draw_portfolio, read_view
from hygie.service.portfolio_spec import load_spec
from hygie.service.portfolio_whatif import parse_duration, take_provider_down
from register_kit import ROWS, write_register

REQUEST = PortfolioRequest(years=600, draws=4, as_of=date(2026, 11, 23))


def member(number: int, *, fte: float = 500.0, group: str = "g", status: str = "public", region: str = "R") -> Member:
    organisation = Organisation.model_validate(
        {
            "id": f"site-{number}", "name": f"Site {number}", "category": "ch", "status": status, "region": region,
            "activity": {"year": 2023, "beds_mco": 100, "fte": fte},
        }
    )  # fmt: skip
    return Member(organisation=organisation, group=group)


@pytest.fixture(scope="module")
def prepared(tmp_path_factory: pytest.TempPathFactory) -> PreparedPortfolio:
    path = write_register(tmp_path_factory.mktemp("register") / "register.csv", *ROWS[:4])
    return prepare_portfolio(REQUEST, spec=None, register=read_register(path, year=2023))


def test_a_group_is_a_star_around_its_largest_public_member() -> None:
    members = [member(1, fte=900.0, status="private"), member(2, fte=700.0), member(3, fte=200.0), member(4)]
    links = link_group(members)
    assert {(link.source, link.target) for link in links if link.kind == "ght_support"} == {
        ("site-2", f"site-{n}") for n in (1, 3, 4)
    }
    assert {(link.source, link.target) for link in links if link.kind == "ght_shared_it"} == {
        (f"site-{n}", "site-2") for n in (1, 3, 4)
    }
    assert link_group(members[:1]) == []


def test_providers_are_drawn_by_name_alone(blueprints: Blueprints) -> None:
    members = [member(n, group=f"group-{n // 5}") for n in range(400)]
    every = share_providers(members, blueprints.markets)
    assert set(share_providers(members[50:90], blueprints.markets)) <= set(every)
    vendor = {whom: provider for kind, provider, _, whom in every if kind == "his_vendor"}
    market = next(market for market in blueprints.markets if market.kind == "his_vendor")
    # Five members of one group share their vendor; the market has its shares.
    for group in range(80):
        assert len({vendor.get(f"site-{group * 5 + n}") for n in range(5)}) == 1
    share = len(vendor) / 400
    expected = market.present * sum(one.share for one in market.providers)
    assert abs(share - expected) < 4.0 * np.sqrt(expected * (1 - expected) / 80)


def test_the_order_of_lists_does_not_matter() -> None:
    members = [member(n, region="A") for n in range(6)]
    links, clients = link_group(members), [("his_vendor", "v", "V", f"site-{n}") for n in range(6)]
    one = join_members(members, links=links, clients=clients)
    other = join_members(members[::-1], links=links[::-1], clients=clients[::-1])
    assert one == other
    assert [node.organisation.id for node in one.nodes] == sorted(node.organisation.id for node in one.nodes)


def test_a_run_writes_parts_that_add_up_and_do_not_depend_on_the_cut(
    prepared: PreparedPortfolio, tmp_path: Path
) -> None:
    views = [
        run_portfolio(prepared, REQUEST, tmp_path / str(step), block_years=step, threads=threads)
        for step, threads in ((600, 1), (97, 2))
    ]
    assert views[0].digest == views[1].digest
    # Annual sums are the same to the last bit; sums over all years are added part by part.
    apart = {"seconds", "by_organisation", "areas"}
    assert views[0].model_dump(exclude=apart) == views[1].model_dump(exclude=apart)
    for one, other in zip(views[0].by_organisation, views[1].by_organisation, strict=True):
        assert one.loss_eur_per_y == pytest.approx(other.loss_eur_per_y, rel=1e-12)
    view = views[1]
    files = str(tmp_path / "97" / "events" / "*.parquet")
    rows, loss = duckdb.execute(f"SELECT count(*), sum(loss_eur) FROM '{files}'").fetchall()[0]
    assert rows == view.rows > 50
    assert loss / REQUEST.years == pytest.approx(view.figures["aal"].value)
    through = duckdb.execute(f"SELECT sum(loss_eur) FROM '{files}' WHERE origin IN (1, 2)").fetchall()[0][0]
    assert view.through_share == pytest.approx(through / loss)
    assert view.alone_eur_per_y == pytest.approx((loss - through) / REQUEST.years)
    for rows_of in (view.by_region, view.by_class, view.by_origin, view.by_organisation):
        assert sum(row.loss_eur_per_y for row in rows_of) == pytest.approx(view.figures["aal"].value)
        assert sum(row.tail_share for row in rows_of) == pytest.approx(1.0)
    assert view.areas[-1].beds_lost == pytest.approx(sum(area.beds_lost for area in view.areas[:-1]))
    assert view.generations[1] > 0
    assert read_view(tmp_path / "97", language="en") == view
    pictures = draw_portfolio(read_view(tmp_path / "97", language="fr"), tmp_path / "charts")
    assert {path.suffix for path in pictures} == {".svg", ".png", ".csv"}


def test_another_organisation_changes_no_row_of_those_without_a_link(tmp_path: Path) -> None:
    """The clinic of the register has no link: with or without it, the rows of the group are the same."""
    rows: list[np.ndarray] = []
    for index, kept in enumerate((ROWS[:3], ROWS[:4])):
        register = read_register(write_register(tmp_path / f"{index}.csv", *kept), year=2023)
        model = prepare_portfolio(REQUEST, spec=None, register=register)
        run_portfolio(model, REQUEST, tmp_path / f"out{index}")
        names = model.model.labels.nodes
        table = duckdb.execute(
            f"SELECT * EXCLUDE (origin_index, root_index) FROM '{tmp_path}/out{index}/events/*.parquet'"
        ).fetchnumpy()
        node = np.array(names)[table.pop("facility")]
        mine = node != "fr-980000001"
        columns = [np.asarray(column, float)[mine] for column in table.values()]
        which = np.unique(node[mine], return_inverse=True)[1]
        stacked = np.stack([which, *columns])
        rows.append(stacked[:, np.lexsort(stacked[::-1])])
    assert rows[0].shape[1] > 100
    np.testing.assert_array_equal(rows[0], rows[1])


def test_a_provider_that_is_down_takes_all_its_clients_along(prepared: PreparedPortfolio) -> None:
    provider = prepared.model.labels.providers[0]
    short, long = (take_provider_down(prepared, REQUEST, provider=provider, hours=hours) for hours in (24.0, 240.0))
    clients = {client.node for client in prepared.roster.portfolio.clients if client.provider == provider}
    assert {row.id for row in long.rows if row.through is None} == {
        prepared.model.labels.nodes[node] for node in clients
    }
    assert all(row.hit_share == 1.0 for row in long.rows if row.through is None)
    assert 0.0 < short.visits < long.visits
    assert 0.0 < short.loss_eur < long.loss_eur
    assert long.loss_low_eur <= long.loss_eur <= long.loss_high_eur
    assert take_provider_down(prepared, REQUEST, provider=provider, hours=24.0) == short
    with pytest.raises(UsageError, match="no organisation"):
        take_provider_down(prepared, REQUEST, provider="nobody", hours=24.0)


@pytest.mark.parametrize(("text", "hours"), [("36h", 36.0), ("10d", 240.0), ("2.5 j", 60.0)])
def test_durations(text: str, hours: float) -> None:
    assert parse_duration(text) == hours


@pytest.mark.parametrize("text", ["", "10", "-3d", "1e9d", "400d", "0h", "ten days"])
def test_what_is_no_duration_is_refused(text: str) -> None:
    with pytest.raises(UsageError, match="not a duration"):
        parse_duration(text)


def test_a_file_names_its_own_facilities_links_and_providers(chsf_file: Path, tmp_path: Path) -> None:
    file = tmp_path / "group.yaml"
    file.write_text(
        "schema: hygie.portfolio/1\nname: Two\nshared_providers: false\n"
        f"facilities: [{chsf_file}, {chsf_file.parent / 'dax.yaml'}]\n"
        "links:\n  - {kind: ght_support, from: fr-910002773, to: fr-400780193}\n"
        "providers:\n  - {kind: his_vendor, id: vendor-x, name: Vendor X, clients: all}\n",
        encoding="utf-8",
    )
    made = prepare_portfolio(REQUEST, spec=load_spec(file), register=None, beside=file)
    nodes = made.roster.portfolio.nodes
    assert sum(node.assessed for node in nodes) == 2
    assert sum(not node.assessed for node in nodes) == 4
    assert any(link.kind == "ght_support" for link in made.roster.portfolio.links)
    assert sum(client.provider == "vendor-x" for client in made.roster.portfolio.clients) == 2
    file.write_text(file.read_text(encoding="utf-8").replace("to: fr-400780193", "to: fr-0"), encoding="utf-8")
    with pytest.raises(DataError, match="not in the portfolio"):
        prepare_portfolio(REQUEST, spec=load_spec(file), register=None, beside=file)


def test_an_empty_portfolio_and_a_strange_folder_are_refused(prepared: PreparedPortfolio, tmp_path: Path) -> None:
    file = tmp_path / "empty.yaml"
    file.write_text("schema: hygie.portfolio/1\nname: Nobody\n", encoding="utf-8")
    with pytest.raises(DataError, match="empty"):
        prepare_portfolio(REQUEST, spec=load_spec(file), register=None, beside=file)
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "letter.txt").write_text("keep", encoding="utf-8")
    with pytest.raises(StoreError, match="something else"):
        run_portfolio(prepared, REQUEST, tmp_path / "mine")
    with pytest.raises(StoreError, match="not the result"):
        read_view(tmp_path / "mine", language="en")
    assert not list(tmp_path.glob(".hygie-partial-*"))
