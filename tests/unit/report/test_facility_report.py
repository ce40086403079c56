"""The report of a facility and its brief: complete, escaped, whole in every state, as a person would write them."""

from __future__ import annotations

import csv
import re
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from document_kit import read_through
from hygie.core.errors import StoreError
from hygie.core.evidence import TLP
from hygie.report.board_brief import build_board_brief
from hygie.report.chart_files import chart_files, export_charts
from hygie.report.document import Document, KeyFigures, Picture, Table, walk_blocks
from hygie.report.document_words import write_date
from hygie.report.facility_report import FacilityStudy, build_facility_report
from hygie.report.render_html import render_html
from hygie.report.render_typst import render_pages
from hygie.report.typography import mend_text
from hygie.report.units import show_quantity
from hygie.views.assessment import AssessmentView
from hygie.views.charts import CHART_IDS
from page_kit import Page
from stored_kit import LONG_NAME, make_decision, make_programme, make_scenario, name_view
from view_kit import bad_event, hostile_view, make_view, quiet_view, view_data

SECTIONS = [
    *("figures", "curve", "parts", "origin", "care", "event", "what-moves", "frequency", "validity", "assumptions"),
    "versions",
]
VIEWS = {
    "complete": make_view,
    "quiet": quiet_view,
    "hostile": hostile_view,
    "long": lambda language: make_view(language, bad_event=bad_event(366)),
    "no event": lambda language: make_view(language, bad_event=None),
}


def make_report(view: AssessmentView, **beside: Any) -> Document:
    return build_facility_report(FacilityStudy(view, **beside), tlp=TLP.CLEAR, reproduce=view.reproduce)


def make_brief(view: AssessmentView, **beside: Any) -> Document:
    return build_board_brief(FacilityStudy(view, **beside), tlp=TLP.CLEAR, reproduce=view.reproduce)


@pytest.mark.parametrize("language", ["fr", "en"])
@pytest.mark.parametrize("state", VIEWS)
def test_every_state_gives_a_whole_report(state: str, language: str) -> None:
    view = VIEWS[state](language)
    report = make_report(view)
    assert [section.id for section in report.sections] == SECTIONS
    assert all(section.blocks for section in report.sections)
    page = render_html(report)
    assert "<script" not in page
    assert not re.search("[\u200e\u200f\u202a-\u202e\u2066-\u2069]", page)
    assert "javascript:" not in "".join(Page(page).attributes("href"))
    assert report.stated_on == date(2026, 11, 23)


@pytest.mark.parametrize("build", [make_report, make_brief])
@pytest.mark.parametrize("language", ["fr", "en"])
def test_a_careful_reader_finds_nothing_to_mend(build: Any, language: str) -> None:
    view = make_view(language)
    beside = {"decision": make_decision(language), "programme": make_programme(language)}
    assert read_through(build(view, **beside)) == []
    assert read_through(build(quiet_view(language))) == []


def test_everything_the_view_states_is_in_the_report() -> None:
    view = make_view()
    words = Page(render_html(make_report(view))).words
    stated = [
        *view.headline,
        view.validity,
        *(check.sentence for check in view.checks),
        *(row.id for row in view.assumptions),
        *(row.description for row in view.assumptions),
        *(row.title for row in view.evidence),
        *(row.ref for row in view.evidence),
        *(row.publisher for row in view.evidence),
        *(row.label for row in view.by_outcome),
        *(driver.description for driver in view.drivers),
        *view.levels[0].counts,
        *view.levels[0].checks,
        *view.plan.neighbours,
        *view.plan.providers,
        view.reproduce,
        view.digest,
        view.model_digest,
        view.version,
        "2026.11 sha256:89ab",
        "47 × 0.51",
    ]
    assert [text for text in stated if text not in words] == []


def find_table(document: Document, table_id: str) -> Table:
    return next(block for block in walk_blocks(document) if isinstance(block, Table) and block.id == table_id)


def test_figures_have_value_range_noise_and_raw_numbers() -> None:
    report = make_report(make_view())
    first = find_table(report, "how_much").rows[0]
    assert [cell.text[0] for cell in first] == ["Label of aal", "€350k", "€120k", "€1m", "±\u00a01%"]
    assert [cell.raw for cell in first[1:]] == [3.5e5, 3.5e5 / 3.0, 3.5e5 * 3.0, 3.5e3]
    major = find_table(report, "how_often").rows[1]
    assert [cell.text[0] for cell in major[1:4]] == ["3.8 in 100", "1.3", "11"]
    assert major[1].raw == 0.038


def test_large_figures_say_what_the_headline_says() -> None:
    report = make_report(make_view())
    figures = next(block for block in walk_blocks(report) if isinstance(block, KeyFigures))
    assert (figures.items[0].value, figures.items[0].range) == ("4 in 100", "likely 1.3 to 11")


def test_every_picture_brings_its_figures() -> None:
    pictures = [block for block in walk_blocks(make_report(make_view())) if isinstance(block, Picture)]
    assert {picture.id for picture in pictures} == set(CHART_IDS)
    for picture in pictures:
        assert picture.data is not None
        assert picture.data.rows
        assert all(re.fullmatch("[a-z0-9_]+", column.id) for column in picture.data.columns)


def test_the_posture_that_is_not_known_is_said_first() -> None:
    assert "75% of the posture is the sector average" in Page(render_html(make_report(make_view()))).words
    assert "of the posture" not in Page(render_html(make_report(quiet_view()))).words


@pytest.mark.parametrize("link", ["javascript:alert(1)", "data:text/html,x", "//example.org", "file:///etc", None])
def test_only_web_addresses_become_links(link: str | None) -> None:
    data = view_data()
    data["evidence"][0]["link"] = link
    report = make_report(AssessmentView.model_validate(data))
    assert report.sources[0].url is None


def test_equal_results_give_equal_pages() -> None:
    assert render_html(make_report(make_view("fr"))) == render_html(make_report(make_view("fr")))
    assert render_html(make_report(make_view("fr"))) != render_html(make_report(make_view("fr", validity="Other.")))


@pytest.mark.parametrize("language", ["fr", "en"])
def test_what_was_studied_beside_it_is_told(language: str) -> None:
    view = make_view(language)
    decision, programme = make_decision(language), make_programme(language)
    scenario = make_scenario(language)
    report = make_report(view, decision=decision, programme=programme, scenarios=(scenario,))
    choices = next(section for section in report.sections if section.id == "choices")
    assert [section.id for section in choices.blocks] == ["controls", "programme", "scenario-1"]  # type: ignore[union-attr]
    words = Page(render_html(report)).words
    for text in (decision.options[0].name, *decision.sentences, programme.layers[0].label, *scenario.sentences):
        assert text in words


MODULES = [
    {
        "id": "network_security",
        "label": "Network security",
        "loss_eur_per_y": 41_000.0,
        "loss_own_eur_per_y": 23_000.0,
        "share": 0.7,
        "items": [
            {
                "id": "rebuild",
                "label": "Servers rebuilt",
                "form": "Restoration",
                "loss_eur_per_y": 41_000.0,
                "loss_own_eur_per_y": 23_000.0,
            }
        ],
    }
]
DEATHS = {"value": 0.13, "low": 0.01, "high": 0.46, "caveat": "Evidence from <b>elsewhere</b>.", "evidence": []}


def test_modules_and_deaths_are_shown_when_there_are_any() -> None:
    words = Page(render_html(make_report(make_view(by_module=MODULES, mortality=DEATHS)))).words
    for text in ("By FAIR-MAM module", "Network security", "Servers rebuilt", "€41k", "€23k", "0.13 deaths a year"):
        assert text in words
    assert "Evidence from <b>elsewhere</b>." in words
    quiet = Page(render_html(make_report(make_view()))).words
    assert "FAIR-MAM module" not in quiet
    assert "deaths" not in quiet


# ---- the brief ----


@pytest.mark.parametrize("language", ["fr", "en"])
@pytest.mark.parametrize("state", [*VIEWS, "name", "full"])
def test_the_brief_fits_two_pages(state: str, language: str) -> None:
    beside: dict[str, Any] = {}
    if state == "name":
        view = name_view(make_view(language), LONG_NAME, providers=12)
    elif state == "full":
        view = make_view(language, bad_event=bad_event(366))
        beside = {"decision": make_decision(language, options=30), "programme": make_programme(language)}
    else:
        view = VIEWS[state](language)
    assert len(render_pages(make_brief(view, **beside), ppi=20)) == 2


def test_the_brief_tells_what_to_do_when_measures_were_not_studied() -> None:
    words = Page(render_html(make_brief(make_view("fr")))).words
    assert "hygie decide controls" in words
    assert "Demander l’étude des mesures" in words


def test_the_brief_shows_the_measures_that_were_studied() -> None:
    decision = make_decision("en")
    words = Page(render_html(make_brief(make_view("en"), decision=decision))).words
    assert decision.options[0].name in words
    assert "hygie decide controls" not in words


def test_one_of_a_kind_is_said_in_the_singular() -> None:
    event = bad_event() | {"bed_days_lost": 1.2, "operations_lost": 0.9, "visits_diverted": 0.2}
    words = Page(render_html(make_brief(make_view("en", bad_event=event)))).words
    assert "one bed-day of care lost and one operation cancelled" in words
    assert "emergency visits diverted" not in words


# ---- texts ----


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Poids : un", "Poids\u00a0: un"),
        ("« ici »", "«\u202fici\u202f»"),
        ("12 % de 1 500", "12\u202f% de 1\u202f500"),
        ("l'heure 10:30", "l’heure 10:30"),
        ("vraiment ?", "vraiment\u202f?"),
    ],
)
def test_french_of_packs_gets_its_spaces(text: str, expected: str) -> None:
    assert mend_text(text) == expected
    assert mend_text(expected) == expected


def test_charts_are_written_as_pictures_and_tables(tmp_path: Path) -> None:
    paths = export_charts(make_view("fr"), tmp_path / "new" / "charts")
    assert {path.name for path in paths} == {f"{name}.{kind}" for name in CHART_IDS for kind in ("svg", "png", "csv")}
    for path in paths:
        data = path.read_bytes()
        assert data.startswith({".svg": b"<svg", ".png": b"\x89PNG", ".csv": b"\xef\xbb\xbf"}[path.suffix])
    with (tmp_path / "new" / "charts" / "services.csv").open(encoding="utf-8-sig", newline="") as file:
        assert next(csv.reader(file))[0] == "Jour"


def test_no_file_for_charts_with_nothing_to_show(tmp_path: Path) -> None:
    assert chart_files(quiet_view()) == {}
    assert export_charts(quiet_view(), tmp_path / "empty") == []


def test_a_folder_that_cannot_be_written_is_refused(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(StoreError, match="the charts could not be written"):
        export_charts(make_view(), tmp_path / "file" / "charts")


@pytest.mark.parametrize(
    ("value", "unit", "language", "expected"),
    [
        (0.25, "share", "fr", "25\u202f%"),
        (48.0, "h", "en", "48\u00a0h"),
        (1500.0, "EUR_2024", "fr", "1,5\u00a0k€"),
        (35.0, "EUR_2024/h", "en", "€35\u00a0per hour"),
        (2.0, "1/y", "fr", "2\u00a0par an"),
        (0.5, "h/host", "en", "0.5\u00a0h\u00a0per machine"),
        (3.0, "operations/room", "fr", "3\u00a0interventions\u00a0par salle"),
        (-0.25, "1", "fr", "−0,25"),
        (-1.0, "logit", "en", "−1"),
        (4.0, "parsec/fortnight", "en", "4\u00a0parsec\u00a0/ fortnight"),
    ],
)
def test_quantities_are_written_with_their_unit(value: float, unit: str, language: str, expected: str) -> None:
    assert show_quantity(value, unit, language) == expected


@pytest.mark.parametrize(
    ("partial", "expected"),
    [
        ("2024", "2024"),
        ("2024-10", "octobre 2024"),
        ("2024-10-07", "7 octobre 2024"),
        ("around 2019", "around 2019"),
        ("2024-13", "2024-13"),
        ("2024-1-1-1", "2024-1-1-1"),
        ("", ""),
    ],
)
def test_dates_are_written_as_precisely_as_they_are_known(partial: str, expected: str) -> None:
    assert write_date(partial, "fr") == expected
