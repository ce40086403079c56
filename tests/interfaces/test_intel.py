import json

import pytest

from base_kit import Desk

pytestmark = pytest.mark.xdist_group("intel")

KEV = {
    "title": "CISA Catalog of Known Exploited Vulnerabilities",
    "catalogVersion": "2025.08.25",
    "dateReleased": "2025-08-25T17:00:00.0000Z",
    "count": 1,
    "vulnerabilities": [
        {
            "cveID": "CVE-2023-3519",
            "vendorProject": "Citrix",
            "product": "NetScaler ADC",
            "vulnerabilityName": "Code injection",
            "dateAdded": "2023-07-19",
            "shortDescription": "Code injection.",
            "requiredAction": "Patch.",
            "dueDate": "2023-08-09",
            "knownRansomwareCampaignUse": "Known",
            "notes": "",
            "cwes": ["CWE-94"],
        }
    ],
}


def test_a_record_shows_what_it_says_who_says_so_and_every_change(desk: Desk):
    page = desk.ask("intel", "show", "W-R-10")
    assert page["record"]["name"].startswith("CH de Versailles")
    assert [layer["origin"] for layer in page["layers"]] == ["pack/health_fr"]
    assert [row["details"]["action"] for row in page["history"]] == ["added"]
    text = desk.run("intel", "show", "W-R-10", "--lang", "fr").stdout
    assert "Qui le dit" in text
    assert "pack/health_fr" in text


def test_search_ignores_accents_and_case(desk: Desk):
    for words in ("chateauroux versailles", "VERSAILLES", "versaillés", "andre-mignot"):
        found = desk.run("intel", "find", words, "--kind", "incident")
        assert found.returncode == (1 if "chateauroux" in words else 0), found.stderr
    assert [row["ref"] for row in desk.ask("intel", "find", "versailles", "--kind", "incident")] == ["W-R-10"]


def test_a_judgement_lies_over_the_pack_and_can_be_taken_back(desk: Desk):
    before = desk.dump()
    page = desk.ask(
        "intel", "qualify", "W-R-10", "--confidence", "medium", "--tlp", "amber", "--reason", "new analysis"
    )
    assert page["record"]["data"]["actor"] == {"name": "lockbit", "confidence": "medium"}
    assert page["record"]["tlp"] == "amber"
    assert [layer["origin"] for layer in page["layers"]] == ["pack/health_fr", "analyst"]
    assert page["history"][-1]["author"] == "analyst"
    assert page["history"][-1]["reason"] == "new analysis"
    back = desk.ask("intel", "undo", "W-R-10", "--reason", "withdrawn")
    assert back["record"]["data"]["actor"]["confidence"] == "low"
    assert desk.dump() == before


def test_every_version_of_a_record_can_be_read(desk: Desk):
    desk.ask("intel", "qualify", "W-R-10", "--confidence", "medium", "--tlp", "amber", "--reason", "a")
    desk.ask("intel", "qualify", "W-R-10", "--confidence", "high", "--threat-class", "extortion", "--reason", "b")
    desk.ask("intel", "undo", "W-R-10", "--field", "threat_class", "--reason", "c")
    page = desk.ask("intel", "show", "W-R-10")
    steps = [{step["field"]: (step["before"], step["after"]) for step in row["fields"]} for row in page["history"]]
    assert steps[0]["victim.town"] == (None, "Le Chesnay-Rocquencourt")
    assert steps[1:] == [
        {"actor.confidence": (None, "medium"), "TLP": (None, "amber")},
        {"actor.confidence": ("medium", "high"), "threat_class": (None, "extortion")},
        {"threat_class": ("extortion", None)},
    ]
    assert page["layers"][-1]["fields"] == ["actor", "tlp"]
    assert "actor.confidence: medium → high" in desk.run("intel", "show", "W-R-10", "--versions").stdout


def test_a_long_ref_is_shown_whole(desk: Desk):
    words = ("intel", "find", "MISP galaxy threat actors version", "--kind", "source", "--limit", "1")
    (row,) = desk.ask(*words)
    header, *lines = desk.run(*words, "--lang", "en", COLUMNS="80").stdout.splitlines()
    column = slice(header.index("Ref"), header.index("Name"))
    assert len(row["ref"]) > column.stop - column.start
    assert "".join(line[column].strip() for line in lines[:-1]) == row["ref"]


def test_a_grade_given_to_an_incident_goes_to_its_only_source(desk: Desk):
    page = desk.ask("intel", "qualify", "W-R-10", "--reliability", "c", "--credibility", "3", "--reason", "r")
    assert (page["record"]["kind"], page["record"]["data"]["reliability"]) == ("source", "C")


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("qualify", "W-R-10", "--precision", "hour", "--reason", "r"), "day, week, month, year"),
        (("qualify", "W-R-10", "--confidence", "none", "--reason", "r"), "named one with some"),
        (("qualify", "W-R-99", "--confidence", "low", "--reason", "r"), "there is no record"),
        (("qualify", "W-R-10", "--confidence", "low", "--reason", " "), "needs a reason"),
        (("edit", "W-R-10", "--set", "beds=3", "--reason", "r"), "beds"),
        (("edit", "W-R-10", "--set", "ref=x", "--reason", "r"), "cannot be changed"),
        (("edit", "W-R-10", "--set", "victim.kind=3", "--reason", "r"), "victim.kind"),
        (("edit", "W-R-10", "--reason", "r"), "nothing is changed"),
        (("merge", "W-R-10", "W-R-10", "--reason", "r"), "itself"),
        (("qualify", "W-R-10", "--threat-class", "ransomwar", "--reason", "r"), "there is no class “ransomwar”"),
        (("edit", "W-R-10", "--set", "census_class=theft", "--reason", "r"), "census_class"),
        (("qualify", "W-R-10", "--actor", "LockBit", "--reason", "r"), "did you mean lockbit"),
        (("edit", "W-R-10", "--set", "actor.name=nobody-knows", "--reason", "r"), "actor.name"),
        (("find", "--kind", "hospital"), "there is no kind"),
        (("import", "nowhere.json"), "cannot be read"),
        (("qualify", "W-R-10", "--confidence", "low", "--reason", "r", "--author", "\t"), "author"),
        (("find", "x", "--organisation", "../other"), "organisation"),
    ],
)
def test_what_cannot_be_done_is_refused_and_nothing_changes(desk: Desk, arguments, words):
    before = desk.dump()
    done = desk.run("intel", *arguments)
    assert done.returncode in (2, 3)
    assert words in done.stderr
    assert "Traceback" not in done.stderr
    assert desk.dump() == before


def test_duplicates_are_proposed_merged_and_split_without_loss(desk: Desk):
    twin = {
        "incident_id": "twin-1",
        "schema_version": "1.3.7",
        "security_incident": "Confirmed",
        "action": {"malware": {"variety": ["Ransomware"], "vector": ["Unknown"]}},
        "actor": {
            "external": {"variety": ["Unknown"], "motive": ["Financial"], "country": ["Unknown"], "region": ["000000"]}
        },
        "asset": {"assets": [{"variety": "S - Unknown"}]},
        "attribute": {"availability": {"variety": ["Obscuration"]}},
        "victim": {
            "victim_id": "Centre hospitalier de Versailles André Mignot Richaud Despagne",
            "country": ["FR"],
            "industry": "622110",
            "employee_count": "Unknown",
        },
        "timeline": {"incident": {"year": 2022, "month": 12, "day": 4}},
        "plus": {},
        "reference": "https://example.org/article",
        "summary": "Seen from elsewhere.",
    }
    (desk.folder / "twin.json").write_text(json.dumps([twin]))
    report = desk.ask("intel", "import", "twin.json")
    assert report["format"] == "veris"
    assert report["by_kind"]["incident"] == {"added": 1}
    before = desk.dump()
    (pair,) = [pair for pair in desk.ask("intel", "duplicates") if pair["other"] == "veris-twin-1"]
    assert (pair["keep"], pair["grade"]) == ("W-R-10", "likely")

    page = desk.ask("intel", "merge", pair["keep"], pair["other"], "--reason", "one attack")
    assert page["merged"] == ["veris-twin-1"]
    assert page["record"]["data"]["summary"] == "Seen from elsewhere."
    assert page["record"]["data"]["started_on"] == "2022-12-03"
    assert len(page["record"]["data"]["evidence"]) == 2
    assert "veris-twin-1" not in [row["ref"] for row in desk.ask("intel", "find", "versailles", "--kind", "incident")]
    assert all(pair["other"] != "veris-twin-1" for pair in desk.ask("intel", "duplicates"))

    assert desk.run("intel", "split", "veris-twin-1", "--reason", "no, two").returncode == 0
    assert desk.dump() == before
    assert desk.run("intel", "distinct", "W-R-10", "veris-twin-1", "--reason", "two").returncode == 0
    assert all(pair["other"] != "veris-twin-1" for pair in desk.ask("intel", "duplicates"))


def test_a_second_import_changes_nothing_and_a_dry_run_neither(desk: Desk):
    (desk.folder / "kev.json").write_text(json.dumps(KEV))
    before = desk.dump()
    dry = desk.ask("intel", "import", "kev.json", "--dry-run")
    assert dry["counts"]["added"] == 2
    assert dry["run"] is None
    assert desk.dump() == before
    assert desk.ask("intel", "import", "kev.json")["counts"]["added"] == 2
    after = desk.dump()
    again = desk.ask("intel", "import", "kev.json")
    assert {name: count for name, count in again["counts"].items() if count} == {"unchanged": 2}
    assert desk.dump() == after
    assert desk.ask("intel", "show", "CVE-2023-3519")["record"]["data"]["ransomware_use"] == "known"


def test_what_breaks_off_leaves_the_base_as_it_was(desk: Desk):
    (desk.folder / "kev.json").write_text(json.dumps(KEV)[:-20])
    before = desk.dump()
    done = desk.run("intel", "import", "kev.json")
    assert done.returncode == 3
    assert "kev.json" in done.stderr
    assert "Traceback" not in done.stderr
    assert desk.dump() == before
    assert desk.ask("intel", "log", "--imports")[0]["what"].startswith("pack")


def test_a_deleted_record_is_hidden_and_comes_back(desk: Desk):
    assert desk.run("intel", "delete", "W-R-10", "--reason", "wrong").returncode == 0
    assert desk.run("intel", "find", "versailles", "--kind", "incident").returncode == 1
    page = desk.ask("intel", "show", "W-R-10")
    assert page["deleted"]
    assert desk.run("intel", "restore", "W-R-10", "--reason", "right").returncode == 0
    assert desk.run("intel", "find", "versailles", "--kind", "incident").returncode == 0
    actions = [row["details"]["action"] for row in desk.ask("intel", "show", "W-R-10")["history"]]
    assert actions == ["added", "deleted", "restored"]


def test_the_audit_trail_is_newest_first(desk: Desk):
    desk.ask("intel", "qualify", "W-R-10", "--tlp", "green", "--reason", "first")
    desk.ask("intel", "qualify", "W-R-06", "--tlp", "green", "--reason", "second")
    rows = desk.ask("intel", "log", "--limit", "2")
    assert [(row["reason"], row["details"]["ref"]) for row in rows] == [("second", "W-R-06"), ("first", "W-R-10")]


def test_a_new_pack_shows_its_differences_and_keeps_edits(desk: Desk, tmp_path):
    assert all(not (d["added"] or d["removed"] or d["changed"]) for d in desk.ask("pack", "diff"))
    pack = tmp_path / "mine"
    pack.mkdir()

    def write(version, reliability, extra=""):
        (pack / "pack.yaml").write_text(
            f'name: mine\nversion: "{version}"\ntitle: {{en: a, fr: a}}\ndescription: {{en: a, fr: a}}\n'
            "licence: CC0-1.0\nrequires: []\n"
        )
        (pack / "evidence.yaml").write_text(
            "evidence:\n  - {ref: my-source, source: 'https://example.org', statement: p. 1, "
            "title: {en: Mine, fr: Mien}, publisher: me, read_on: '2024-01-01', "
            f"reliability: {reliability}, credibility: 2, tlp: clear, licence: CC0-1.0}}\n{extra}"
        )

    write("1", "B")
    diff = next(d for d in desk.ask("pack", "diff", "--pack", str(pack)) if d["pack"] == "mine")
    assert (diff["loaded"], diff["added"]) == (None, ["source my-source Mine"])
    desk.ask("pack", "upgrade", "--pack", str(pack))
    desk.ask("intel", "qualify", "my-source", "--reliability", "A", "--reason", "I know them")

    write(
        "2",
        "C",
        extra=(pack / "evidence.yaml")
        .read_text()
        .split("\n", 1)[1]
        .replace("my-source", "other-source")
        .replace("p. 1", "p. 2"),
    )
    diff = next(d for d in desk.ask("pack", "diff", "--pack", str(pack)) if d["pack"] == "mine")
    # With the beginning of a digest: files may change while the version stays.
    assert [diff[side].split("+")[0] for side in ("loaded", "installed")] == ["1", "2"]
    assert diff["added"] == ["source other-source Mine"]
    (change,) = diff["changed"]
    assert (change["field"], change["before"], change["after"]) == ("reliability", "B", "C")
    assert (change["overlaid"], change["overlay"]) == (True, "A")
    assert "edited here" in desk.run("pack", "diff", "--pack", str(pack)).stdout

    desk.ask("pack", "upgrade", "--pack", str(pack))
    assert desk.ask("intel", "show", "my-source")["record"]["data"]["reliability"] == "A"
    desk.ask("intel", "undo", "my-source", "--reason", "r")
    assert desk.ask("intel", "show", "my-source")["record"]["data"]["reliability"] == "C"


def test_two_organisations_do_not_see_each_other(desk: Desk):
    (desk.folder / "kev.json").write_text(json.dumps(KEV))
    desk.ask("intel", "import", "kev.json")
    other = desk.run("intel", "find", "--kind", "vulnerability", HYGIE_ORGANISATION="other")
    assert other.returncode == 1
    assert len(desk.ask("intel", "find", "--kind", "vulnerability")) == 1
