"""``hygie landscape``: the page, its JSON, its filters, and what it refuses."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from base_kit import Desk
from hygie.core.errors import UsageError
from hygie.core.evidence import TLP, LocalText
from hygie.knowledge.catalogue import Catalogue
from hygie.knowledge.landscape import Knowledge, knowledge_of
from hygie.service.landscape import landscape, save_landscape_charts
from hygie.service.requests import LandscapeRequest
from hygie.views.landscape import BREAKDOWNS, SPREADS, LandscapeView
from landscape_kit import make_count, make_incident, make_knowledge

pytestmark = pytest.mark.xdist_group("intel")

CENSUS = ("landscape", "--from", "2022-01", "--to", "2023-05", "--as-of", "2026-11-23")
NARROW, NO_BREAK = "\u202f", "\u00a0"


def describe(knowledge: Knowledge, **changes: Any) -> LandscapeView:
    """Return the page of some knowledge over the window of the census."""
    fields = {"from": "2022-01", "to": "2023-05", "as_of": date(2026, 11, 23), **changes}
    return landscape(LandscapeRequest.model_validate(fields), knowledge=knowledge)


@pytest.fixture(scope="module")
def shipped(catalogue: Catalogue) -> Knowledge:
    return knowledge_of(catalogue)


@pytest.fixture(scope="module")
def page(shipped: Knowledge) -> LandscapeView:
    return describe(shipped)


@pytest.fixture(scope="module")
def reader(filled_workspace: Path) -> Desk:
    """A desk that only reads: one base for all."""
    return Desk(filled_workspace.parent)


def walk_texts(value: Any, key: str = "") -> Iterator[tuple[str, str]]:
    """Yield every text of a view, with the name of its field."""
    if isinstance(value, dict):
        for name, item in value.items():
            yield from walk_texts(item, name)
    elif isinstance(value, list):
        for item in value:
            yield from walk_texts(item, key)
    elif isinstance(value, str):
        yield key, value


# --- the view ---------------------------------------------------------------------------------------------------


def test_the_page_of_the_census(page: LandscapeView) -> None:
    assert (page.facilities, page.events) == (25, 16)
    assert set(page.breakdowns) == set(BREAKDOWNS)
    assert set(page.spreads) == set(SPREADS)
    same = [row for row in page.census.counts if row.position == "same"]
    assert [(row.label, row.count) for row in same] == [
        ("Ransomware", 14),
        ("Other compromise or attempt", 13),
        ("Denial of service", 16),
    ]
    for row in same:
        (source,) = row.sources
        assert (source.publisher, source.grade, source.link_text) == ("Citalid & Relyens", "B3", "no public link")
        assert source.grade_text == "usually reliable source, possibly true"
        assert row.definition
    assert [row.actors for row in same] == [["LockBit", "Vice Society", "Industrial Spy"], [], ["Anonymous Sudan"]]


def test_the_headline_says_both_readings(page: LandscapeView) -> None:
    text = " ".join(page.headline)
    assert "25 victims documented one by one, in 16 events" in text
    assert "Counted over the same window by Citalid & Relyens: Ransomware 14" in text
    assert "Denial of service 7; dated by their disclosure: 4." in text
    assert "LockBit 2" in text


def test_victims_without_a_name_are_told_in_the_language_of_the_page(page: LandscapeView, shipped: Knowledge) -> None:
    french = {row.ref: row.victim for row in describe(shipped, language="fr").incidents}
    english = {row.ref: row.victim for row in page.incidents}
    assert (english["W-R-13"], french["W-R-13"]) == (
        "Private practice, Marseille (not named)",
        "Cabinet libéral, Marseille (nom non publié)",
    )
    assert french["W-R-03"] == "Clinique privée (nom non publié)"
    assert french["W-R-06"] == english["W-R-06"] == "CH Sud Francilien"


def test_the_difference_is_explained_from_the_fields(page: LandscapeView) -> None:
    rows = {row.label: row for row in page.census.comparisons if "2023" in row.sentences[0]}
    ransomware = " ".join(rows["Ransomware"].sentences)
    assert "No public record here for at least 1 of the 14." in ransomware
    assert "held here under another: GHT Cœur Grand Est (Data theft and blackmail)" in ransomware
    assert "The source names LockBit, Vice Society and Industrial Spy; the actor of 4" in ransomware
    assert "Publication of data claimed by the attacker, not confirmed: 4." in ransomware
    assert "Private practice, Nursing home, Health provider, Occupational health service" in ransomware
    ddos = " ".join(rows["Denial of service"].sentences)
    assert "No public record here for at least 9 of the 16." in ddos
    assert "16 victims published, 7 named, 7 documented" in ddos
    other = " ".join(rows["Other compromise or attempt"].sentences)
    assert "The documented victims were struck in 6 events" in other
    notes = {note.victim: note for note in rows["Ransomware"].notes}
    assert "recalled, not stated by the source" in str(notes["CH de Mâcon"].text)


def test_sentences_name_no_incident_that_is_not_in_the_data() -> None:
    """Made-up records give sentences of the same kinds: nothing is written for one victim of one pack."""
    incidents = [make_incident("a", actor="lynx"), make_incident("b", threat_class="extortion", data_leaked="claimed")]
    made = make_knowledge(incidents, [make_count(actors=("storm",), kinds_outside=("ch",))])
    view = describe(made, to="2022-12")
    (row,) = view.census.comparisons
    text = " ".join(row.sentences)
    assert "Ransomware, 2022: 10 by Publisher ev-clear; documented here: 2 victims, 2 events." in text
    assert "held here under another: Victim b (Theft)" in text
    assert "Outside the population of the count: 2 (General hospital)." in text
    assert "Attributed to an actor that the source does not name: 1." in text
    assert "The source names Storm; the actor of 1 documented here is not known" in text


def test_every_incident_shows_its_evidence_its_date_and_its_precision(page: LandscapeView) -> None:
    assert len(page.incidents) == 29
    for row in page.incidents:
        assert row.sources, row.ref
        assert all(re.fullmatch("[A-F][1-6]", source.grade) for source in row.sources)
        assert all(source.link_text for source in row.sources)
        assert row.date_label
    rows = {row.ref: row for row in page.incidents}
    assert (rows["W-O-02"].date_precision, rows["W-O-02"].date_label) == ("week", "week of 1 December 2022")
    listed = [row.date for row in page.incidents if len(row.date) == 10]
    assert set(rows) >= set(page.timeline.undated)
    assert listed[0] == "2022-01-07"


def test_months_without_an_incident_say_so(page: LandscapeView) -> None:
    assert len(page.timeline.months) == 17
    quiet = [month.month for month in page.timeline.months if month.status == "none_documented"]
    assert quiet == ["2022-02", "2022-06", "2022-07", "2022-11", "2023-02", "2023-05"]
    assert "which does not mean no attack" in page.timeline.sentence
    march = next(month for month in page.timeline.months if month.month == "2023-03")
    assert (march.facilities_by_class, march.events_by_class) == (
        {"ddos": 7, "intrusion": 1},
        {"ddos": 1, "intrusion": 1},
    )


def test_what_is_silent_is_never_zero(page: LandscapeView) -> None:
    care = page.breakdowns["care"]
    assert [(row.id, row.facilities, row.reported) for row in care.rows] == [
        ("effect", 11, True),
        ("none_stated", 11, True),
        ("none_known", 1, True),
        ("not_reported", 2, False),
    ]
    days = page.spreads["disruption_days"]
    assert (days.reported, days.facilities, days.zeros, days.median, days.high) == (13, 25, 2, 3.0, 150.0)
    assert page.spreads["loss_eur"].sentence == "Reported for 1 of 25: €7m, in euros of its day."


def test_the_page_in_french_has_french_typography(shipped: Knowledge) -> None:
    view = describe(shipped, language="fr", compare_from="2021", compare_to="2021")
    assert view.headline[0] == (
        f"Janvier 2022 à mai 2023, cas documentés un par un{NO_BREAK}: 25 victimes, en 16 événements."
    )
    texts = [
        text for key, text in walk_texts(view.model_dump()) if key in ("sentence", "sentences", "headline", "cautions")
    ]
    assert len(texts) > 60
    for text in texts:
        for mark in re.finditer(r"(.)[:;!?»%](?= |$)", text):
            assert mark.group(1) in (NARROW, NO_BREAK), text
    english = describe(shipped, compare_from="2021", compare_to="2021")
    same = {text for _key, text in walk_texts(view.model_dump())} & set(view.headline)
    assert not same & {text for _key, text in walk_texts(english.model_dump())}


def test_the_json_of_a_page_is_the_page(page: LandscapeView) -> None:
    text = page.model_dump_json()
    assert LandscapeView.model_validate_json(text) == page
    assert "Infinity" not in text
    assert "NaN" not in text


def test_a_comparison_says_what_chance_and_reporting_may_do(shipped: Knowledge) -> None:
    view = describe(shipped, compare_from="2021-01", compare_to="2021-12")
    assert view.comparison is not None
    total = view.comparison.rows[0]
    assert (total.id, total.before, total.after) == ("all", 15, 16)
    assert total.low < 1.0 < (total.high or 0.0)
    assert total.sentence.endswith("That is compatible with no change.")
    text = " ".join(view.comparison.cautions)
    assert "a rise may be one of reporting" in text
    assert "The windows have 365 and 516 days" in text


def test_ties_are_told_as_ties() -> None:
    incidents = [make_incident(f"i-{i}", victim={"kind": f"kind-{i % 5}"}) for i in range(10)]
    view = describe(make_knowledge(incidents))
    assert view.breakdowns["kind"].sentence == "None stands out: at most 2 of 10 each."
    pair = [make_incident(f"i-{i}", victim={"kind": f"kind-{i % 2}"}) for i in range(4)]
    assert (
        describe(make_knowledge(pair)).breakdowns["kind"].sentence.startswith("Most often: kind-0 and kind-1, 2 of 4")
    )


def test_texts_of_records_cannot_break_the_sentences() -> None:
    """Braces in a name are not placeholders."""
    hostile = "{n} {victims} %s \u202e"
    incidents = [make_incident("a", victim={"name": hostile}, threat_class="extortion", notes=hostile)]
    count = make_count(definition=LocalText(hostile, hostile))
    view = describe(make_knowledge(incidents, [count]), to="2022-12", actors=())
    assert any(hostile in sentence for sentence in view.census.comparisons[0].sentences)


def test_charts_are_written_beside(page: LandscapeView, tmp_path: Path) -> None:
    files = save_landscape_charts(page, tmp_path / "charts")
    assert {file.suffix for file in files} == {".svg", ".png", ".csv"}
    assert all(file.stat().st_size > 0 for file in files)


# --- what is refused --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("changes", "message", "field"),
    [
        ({"sector": "helth"}, "no record has this sector", "--sector"),
        ({"country": "ZZ"}, "no such country", "--country"),
        ({"region": "Bretanie"}, "no record has this region", "--region"),
        ({"department": "99"}, "no record has this department", "--department"),
        ({"classes": ("ransom",)}, "no record has this threat class", "--class"),
        ({"actors": ("lokbit",)}, "no record has this actor", "--actor"),
        ({"kinds": ("chux",)}, "no record has this kind", "--kind"),
        ({"compare_from": "2021"}, "needs its two ends", "--compare-from, --compare-to"),
        ({"compare_from": "2021", "compare_to": "x"}, "not a date", "--compare-to"),
    ],
)
def test_what_leads_nowhere_is_refused(shipped: Knowledge, changes: dict[str, Any], message: str, field: str) -> None:
    with pytest.raises(UsageError, match=message) as caught:
        describe(shipped, **changes)
    finding = caught.value.findings[0]
    assert finding.field == field
    assert finding.repair


def test_the_closest_word_is_suggested(shipped: Knowledge) -> None:
    with pytest.raises(UsageError, match="no record has this actor") as caught:
        describe(shipped, actors=("lokbit",))
    assert caught.value.findings[0].repair == "did you mean “lockbit”?"


@pytest.mark.parametrize("changes", [{"country": "fr"}, {"from": ""}, {"sector": ""}, {"colour": "red"}])
def test_requests_are_well_formed(changes: dict[str, str]) -> None:
    fields = {"from": "2022-01", "to": "2023-05", "as_of": "2026-11-23", **changes}
    with pytest.raises(ValidationError):
        LandscapeRequest.model_validate(fields)


@pytest.mark.parametrize(
    ("changes", "filters", "victims"),
    [
        ({"region": "84"}, ["Region: Auvergne-Rhône-Alpes"], 5),
        ({"region": "auvergne rhone alpes"}, ["Region: Auvergne-Rhône-Alpes"], 5),
        ({"department": "Rhône"}, ["Department: 69"], 3),
        ({"classes": ("ddos",)}, ["Classes: Denial of service"], 7),
        ({"actors": ("LockBit 3.0",)}, ["Actors: LockBit"], 2),
        ({"actors": ("unknown",)}, ["Actors: Actor not known"], 12),
        (
            {"kinds": ("chu", "chu_site")},
            ["Kinds of facilities: University hospital, Site of a university hospital"],
            7,
        ),
        ({"tlp_ceiling": "clear"}, ["Only what may be shared up to TLP:CLEAR"], 25),
        ({"region": "Mayotte"}, ["Region: Mayotte"], 0),
    ],
)
def test_filters_are_found_by_name_and_told(
    shipped: Knowledge, changes: dict[str, Any], filters: list[str], victims: int
) -> None:
    view = describe(shipped, **changes)
    assert (view.scope.filters, view.facilities) == (filters, victims)


def test_a_country_without_a_record_has_a_calm_page(shipped: Knowledge) -> None:
    view = describe(shipped, country="DE")
    assert view.headline == ["January 2022 to May 2023: no incident is documented. That is not the same as no attack."]
    assert view.census.sentence.startswith("No published count")


def test_the_command_that_gives_the_page_again(shipped: Knowledge) -> None:
    view = describe(shipped, region="Grand Est", actors=("industrial-spy",), tlp_ceiling="green")
    assert view.reproduce == (
        "hygie landscape --sector health --country FR --from 2022-01 --to 2023-05 --region 'Grand Est' "
        "--actor industrial-spy --tlp-ceiling green --as-of 2026-11-23 --lang en"
    )


def test_sources_above_the_ceiling_are_not_shown(shipped: Knowledge) -> None:
    secret = shipped.evidence["census-citalid-relyens-2022-2023"]
    evidence = {**shipped.evidence, secret.ref: replace(secret, tlp=TLP.RED)}
    view = describe(replace(shipped, evidence=evidence), tlp_ceiling="amber")
    assert "Citalid" not in view.model_dump_json()


# --- the command line -------------------------------------------------------------------------------------------


def test_the_terminal_shows_the_census_beside_what_is_documented(reader: Desk) -> None:
    done = reader.run(*CENSUS, "--lang", "en")
    assert done.returncode == 0, done.stderr
    rows = [" ".join(line.split()) for line in done.stdout.splitlines()]
    assert "Ransomware January 2022 to May 2023 14 13 13 12 1" in rows
    assert "Denial of service January 2022 to May 2023 16 7 1 7 9" in rows
    assert "Other compromise or attempt January 2022 to May 2023 13 9 6 9 4" in rows
    assert "Anonymous Sudan 7 1 high 7 yes" in rows
    assert "2023 ▄4 · █8 ▁1 ·" in rows
    assert any(
        row.startswith("• Denial of service · January 2022 to May 2023 · ") and "at least 9 of the 16 counted" in row
        for row in rows
    )


def test_no_line_of_the_terminal_breaks_at_a_no_break_space(reader: Desk) -> None:
    text = reader.run(*CENSUS, "--lang", "fr").stdout
    assert [line for line in text.splitlines() if line.strip()[:1] in tuple(":;»%")] == []
    assert f"(nom non publié){NO_BREAK}; Clinique privée" in text


def test_the_terminal_speaks_french(reader: Desk) -> None:
    text = reader.run(*CENSUS, "--lang", "fr").stdout
    assert "Décomptes publiés et incidents documentés" in text
    assert "Déni de service" in text
    assert "36\u202f%" in text
    assert "6,9 – 22" in text


def test_the_base_and_the_packs_give_one_page(reader: Desk, page: LandscapeView) -> None:
    data = LandscapeView.model_validate(reader.ask(*CENSUS, "--lang", "en"))
    for part in ("headline", "facilities", "events", "census", "timeline", "spreads", "gaps", "campaigns"):
        assert getattr(data, part) == getattr(page, part), part


def test_evidence_is_listed_on_demand(reader: Desk) -> None:
    short, full = (reader.run(*CENSUS, "--lang", "en", *more).stdout for more in ((), ("--evidence",)))
    assert "Incidents and their evidence" not in short
    assert "Each incident with its evidence: add --evidence" in short
    assert "CH Sud Francilien (W-R-06)" in full
    assert "B2 (usually reliable source, probably true)" in full


def test_charts_come_with_the_page(reader: Desk, tmp_path: Path) -> None:
    done = reader.run(*CENSUS, "--lang", "en", "--charts", str(tmp_path / "out"))
    assert done.returncode == 0, done.stderr
    assert "chart files saved in" in done.stdout
    assert list((tmp_path / "out").glob("*.svg"))


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("--country", "FRA"), "two letters"),
        (("--lang", "de"), "not spoken here"),
        (("--geojson", "x.json"), "boundaries are for charts only"),
        (("--geojson", "gone.json", "--charts", "out"), "cannot be read"),
        (("--region", "idf"), "no record has this region"),
    ],
)
def test_the_command_line_teaches(reader: Desk, arguments: tuple[str, ...], message: str) -> None:
    done = reader.run(*CENSUS, *arguments)
    assert done.returncode in (2, 3)
    assert message in done.stderr
    assert "Traceback" not in done.stderr
    assert done.stdout == ""


def test_boundaries_that_are_none_are_refused(reader: Desk, tmp_path: Path) -> None:
    file = tmp_path / "b.json"
    for content, message in (("{", "not JSON"), ('{"type": "FeatureCollection", "features": []}', "out of range")):
        file.write_text(content, encoding="utf-8")
        done = reader.run(*CENSUS, "--charts", str(tmp_path / "out"), "--geojson", str(file))
        assert done.returncode == 3
        assert message in done.stderr
        assert str(file) in done.stderr
        assert not (tmp_path / "out").exists()


def test_names_from_files_cannot_write_on_the_terminal(desk: Desk) -> None:
    """Control characters and markup in a victim's name are shown as text."""
    done = desk.run("intel", "edit", "W-R-06", "--set", "victim.name=[red]x\x1b[31m", "--reason", "test")
    assert done.returncode == 0, done.stderr
    text = desk.run(*CENSUS, "--lang", "en", "--evidence").stdout
    assert "\x1b[31m" not in text
    assert "[red]x" in text
