"""Territorial groups joined to a register, and the parts of a register: regions, departments, groups."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from hygie.core.errors import EvidenceError, SchemaError
from hygie.facility.registers import (
    Register,
    RegisterSite,
    build_register,
    join_groups,
    read_groups,
    read_register,
    select,
    sum_regions,
)

MEMBERS = "finess_ej,ght_code,ght_name\n"


def make_site(
    finess: str, entity: str, *, region: str = "Bretagne", department: str = "29", **more: object
) -> RegisterSite:
    values: dict[str, object] = {
        "name": f"SITE {finess}",
        "category": "ch",
        "status": "public",
        "register_category": "CH",
        "register_status": "public",
        "city": "BREST",
        "ght_code": "",
        "ght_name": "",
        "fte": 100.0,
        "beds_mco": 50,
        **more,
    }
    return RegisterSite(finess=finess, entity=entity, region=region, department=department, **values)  # type: ignore[arg-type]


@pytest.fixture
def register() -> Register:
    sites = [
        make_site("290000017", "290000108", fte=900.0),
        make_site("290000025", "290000108", region="Normandie", department="50"),
        make_site("500000013", "500000104", region="Normandie", department="50"),
        make_site("350000014", "350000105", department="35"),
    ]
    return build_register(sites, year=2031, evidence=("sae-2023-register",))


def write(folder: Path, text: str, name: str = "ght.csv") -> Path:
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path


class TestGroups:
    def test_members_of_a_list(self, register: Register, tmp_path: Path) -> None:
        listed = write(tmp_path, MEMBERS + "290000108,53101,OUEST\n350000105,53102,EST\n")
        joined = join_groups(register, read_groups(listed))
        assert joined.groups == {"53101": "OUEST", "53102": "EST"}
        assert [site.ght_code for site in joined.sites] == ["53101", "53101", "", "53102"]
        assert joined.findings == ()
        assert (joined.year, joined.evidence) == (register.year, register.evidence)
        assert register.groups == {}

    def test_unknown_members(self, register: Register, tmp_path: Path) -> None:
        listed = write(tmp_path, MEMBERS + "290000109,53101,OUEST\n290000017,53101,OUEST\n290000108,53101,OUEST\n")
        findings = [one for one in join_groups(register, read_groups(listed)).findings if one.topic == "member"]
        assert [(one.kind, one.line, one.value) for one in findings] == [
            ("missing", 2, "290000109"),
            ("missing", 3, "290000017"),
        ]
        assert findings[0].repair == "did you mean “290000108”?"
        assert findings[1].repair == "this is a site of 290000108: name the legal entity"

    def test_a_legal_entity_in_two_groups(self, register: Register, tmp_path: Path) -> None:
        listed = write(tmp_path, MEMBERS + "290000108,53101,OUEST\n290000108,53102,EST\n350000105,53102,EST\n")
        joined = join_groups(register, read_groups(listed))
        (finding,) = joined.findings
        assert (finding.topic, finding.kind, finding.line) == ("entity", "doubtful", 3)
        assert "OUEST (kept), EST" in finding.message
        again = join_groups(joined, read_groups(write(tmp_path, MEMBERS + "290000108,53199,AUTRE\n")))
        assert again.entities["290000108"].ght_code == "53101"
        assert any("OUEST (kept), AUTRE" in one.message for one in again.findings)

    def test_totals_are_compared_with_members(self, register: Register, tmp_path: Path) -> None:
        totals = write(tmp_path, "CODE_GHT;NOM_COMPLET_GHT;LIT_MCO\n53101;OUEST;500\n53103;SUD;80\n", "totals.csv")
        members = write(tmp_path, MEMBERS + "290000108,53101,OUEST\n")
        joined = join_groups(register, read_groups(totals, members))
        assert [(one.kind, one.topic, one.value) for one in joined.findings] == [
            ("doubtful", "group", "53101 OUEST"),
            ("missing", "group", "53103 SUD"),
        ]
        assert "100 acute beds, the list states 500" in joined.findings[0].message

    def test_a_table_of_something_else(self, tmp_path: Path) -> None:
        with pytest.raises(SchemaError, match="not a list of territorial groups"):
            read_groups(write(tmp_path, "finess,nom\n290000108,A\n"))

    def test_the_table_of_the_sae(self) -> None:
        groups = read_groups(Path(__file__).parents[2] / "data" / "sae" / "2031" / "GHT_2031r.csv").groups
        assert [(group.name, group.beds_mco) for group in groups.values()] == [
            ("VAL ET BOIS INVENTÉS", 120),
            ("GROUPE SANS MEMBRE", 50),
        ]


class TestSelection:
    @pytest.mark.parametrize("text", ["Bretagne", "bretagne", "53", "bret"])
    def test_a_region_keeps_legal_entities_whole(self, register: Register, text: str) -> None:
        chosen = select(register, region=text)
        assert list(chosen.entities) == ["290000108", "350000105"]
        assert chosen.entities["290000108"] == register.entities["290000108"]
        (split,) = chosen.findings
        assert (split.topic, split.count) == ("split", 1)
        assert "also have sites elsewhere" in split.message

    def test_what_is_run_from_elsewhere_is_said(self, register: Register) -> None:
        chosen = select(register, region="Normandie")
        assert list(chosen.entities) == ["500000104"]
        assert "main site elsewhere" in chosen.findings[0].message

    def test_a_department(self, register: Register) -> None:
        assert list(select(register, department="35").entities) == ["350000105"]
        assert list(select(register, region="Bretagne", department="29").entities) == ["290000108"]

    def test_a_group(self, register: Register, tmp_path: Path) -> None:
        listed = write(tmp_path, MEMBERS + "290000108,53101,BRETAGNE OUEST\n350000105,53102,BRETAGNE EST\n")
        joined = join_groups(register, read_groups(listed))
        for text in ("53101", "bretagne ouest", "Ouest"):
            assert list(select(joined, ght=text).entities) == ["290000108"]
        with pytest.raises(EvidenceError, match="several match this territorial group"):
            select(joined, ght="bretagne")

    @pytest.mark.parametrize(
        ("where", "repair"),
        [({"region": "Bretange"}, "did you mean “Bretagne”?"), ({"department": "99"}, "check the name")],
    )
    def test_what_is_not_there(self, register: Register, where: dict[str, str], repair: str) -> None:
        with pytest.raises(EvidenceError, match="no such") as caught:
            select(register, **where)
        assert caught.value.findings[0].repair == repair
        assert caught.value.findings[0].allowed

    def test_regional_totals_add_sites_where_they_stand(self, register: Register) -> None:
        totals = sum_regions(register)
        assert (totals["Bretagne"]["sites"], totals["Bretagne"]["beds_mco"], totals["Bretagne"]["fte"]) == (
            2,
            100,
            1000,
        )
        assert totals["Normandie"]["sites"] == 2


class TestSharedLists:
    """The groups of 2023, when the shared data are there."""

    def test_members_inferred_from_the_sae_rebuild_the_groups_of_the_register(self, shared_data: Path) -> None:
        sae = read_register(shared_data / "fr_hospitals_sae2023.csv")
        bare = join_groups(
            build_register(
                [replace(site, ght_code="", ght_name="") for site in sae.sites], year=sae.year, evidence=sae.evidence
            ),
            read_groups(shared_data / "fr_ght_sae2023.csv", shared_data / "fr_ght_membership_inferred.csv"),
        )
        assert len(bare.groups) == 135
        assert bare.findings == ()
        assert {finess: one.ght_code for finess, one in bare.entities.items()} == {
            finess: one.ght_code for finess, one in sae.entities.items()
        }
