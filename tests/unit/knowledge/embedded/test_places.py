"""Sectors and countries: one name and one code for each, whatever a source calls them."""

from __future__ import annotations

import pytest

from hygie.knowledge.embedded.places import CountryNames, SectorNames, read_countries, read_sectors
from hygie.knowledge.importers.protocol import Refusal, Release
from hygie.knowledge.kinds import IntelRecord


@pytest.fixture(scope="module")
def sectors() -> SectorNames:
    return SectorNames.read()


@pytest.fixture(scope="module")
def countries() -> CountryNames:
    return CountryNames.read()


def test_names_of_a_sector_become_one(sectors: SectorNames) -> None:
    names = ["Healthcare", "health", "HEALTH", "Government", "Telecommunications", "Energy"]
    assert sectors.unify(names) == ["Health", "Government, Administration", "Telecoms", "Energy"]


def test_an_unknown_sector_stays_and_a_catch_all_goes(sectors: SectorNames) -> None:
    assert sectors.unify(["Casinos Gambling", "Other", "Unknown"]) == ["Casinos Gambling"]
    assert sectors.unify([]) == []


@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("France", "FR"),
        ("fra", "FR"),
        ("République française", "FR"),
        ("US", "US"),
        ("U.S.", "US"),
        ("United States", "US"),
        ("The Philippines", "PH"),
        ("Republic of Korea", "KR"),
        ("Russian Federation", "RU"),
        ("Palestine", "PS"),
        ("Côte d'Ivoire", "CI"),
        ("Middle East", None),
        ("NATO", None),
        ("HSBC", None),
        ("", None),
    ],
)
def test_countries_are_told_by_code_name_and_synonym(countries: CountryNames, name: str, code: str | None) -> None:
    assert countries.find_code(name) == code


def test_codes_are_listed_once_and_nothing_is_made_up(countries: CountryNames) -> None:
    assert countries.find_codes(["France", "Europe", "FR", "Germany", ""]) == ["FR", "DE"]


def test_every_name_leads_to_an_iso_code(countries: CountryNames) -> None:
    assert len(set(countries.codes.values())) == 252
    assert all(len(code) == 2 and code.isupper() for code in countries.codes.values())


def test_sectors_are_identities() -> None:
    release, *items = read_sectors()
    assert release == Release(name="misp-sector", version="6")
    records = {item.name: item for item in items if isinstance(item, IntelRecord) and item.kind == "identity"}
    assert len(records) == 116
    assert records["Health"].data["aliases"] == ["Healthcare"]
    assert {record.data["kind"] for record in records.values()} == {"sector"}
    assert all(ref.startswith("misp-") for ref in (record.ref for record in records.values()))
    assert [item.finding.value for item in items if isinstance(item, Refusal)] == ["Unknown", "Other"]


def test_countries_are_identities_with_their_codes() -> None:
    release, *items = read_countries()
    assert release == Release(name="misp-country", version="3+9")
    records = {
        item.data["country"]: item for item in items if isinstance(item, IntelRecord) and item.kind == "identity"
    }
    assert len(records) == 252
    assert records["FR"].name == "France"
    assert records["FR"].data["kind"] == "country"
    assert {"FRA", "République française"} <= set(records["FR"].data["aliases"])
    assert "France" not in records["FR"].data["aliases"]
