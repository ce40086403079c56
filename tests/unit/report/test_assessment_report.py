"""The report of an assessment: complete, offline, escaped, and whole in every state."""

from __future__ import annotations

import csv
import re
from base64 import b64encode
from hashlib import sha256
from html.parser import HTMLParser
from pathlib import Path

import pytest

from hygie.core.errors import StoreError
from hygie.report.assessment import chart_files, export_charts, render_assessment_html
from hygie.report.units import show_quantity
from hygie.report.words import write_date
from hygie.views.assessment import AssessmentView
from hygie.views.charts import CHART_IDS
from view_kit import bad_event, hostile_view, make_view, quiet_view, view_data

MOST_BYTES = 1_500_000
VOID = {"meta", "link", "br", "input", "img"}
SECTIONS = [
    *("summary", "figures", "curve", "parts", "origin", "care", "event", "drivers", "frequency", "validity"),
    *("assumptions", "evidence", "reproduce", "terms"),
]


class Page(HTMLParser):
    """The page as a browser reads it: its tags, their attributes, its texts; every tag closed."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.text: list[str] = []
        self.open: list[str] = []
        self.feed(page)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if not self.open or self.open[-1] != "style":
            self.text.append(data)

    @property
    def words(self) -> str:
        return re.sub(r"\s+", " ", " ".join(self.text))

    def attributes(self, name: str) -> list[str]:
        return [value or "" for _, attrs in self.tags for key, value in attrs.items() if key == name]


VIEWS = {
    "complete": make_view,
    "quiet": quiet_view,
    "hostile": hostile_view,
    "long": lambda language: make_view(language, bad_event=bad_event(366)),
}


@pytest.mark.parametrize("language", ["fr", "en"])
@pytest.mark.parametrize("state", VIEWS)
def test_every_state_gives_one_sound_page(state: str, language: str) -> None:
    text = render_assessment_html(VIEWS[state](language))
    page = Page(text)
    tags = [tag for tag, _ in page.tags]
    assert len(text.encode()) < MOST_BYTES
    assert page.tags[0] == ("html", {"lang": language})
    assert "script" not in tags
    assert tags.count("h1") == 1
    assert [attrs["id"] for tag, attrs in page.tags if tag == "section"] == SECTIONS
    ids = page.attributes("id")
    assert len(ids) == len(set(ids))
    for target in [href[1:] for href in page.attributes("href") if href.startswith("#")]:
        assert target in ids
    assert all(attrs.get("aria-label") for tag, attrs in page.tags if tag == "svg")


@pytest.mark.parametrize("state", VIEWS)
def test_nothing_in_the_page_is_fetched_or_run(state: str) -> None:
    page = Page(render_assessment_html(VIEWS[state]("fr")))
    assert page.attributes("style") == []
    assert not [name for _, attrs in page.tags for name in attrs if name.startswith("on")]
    assert not {tag for tag, _ in page.tags} & {"script", "iframe", "img", "object", "embed", "form", "base"}
    assert page.attributes("src") == []
    loaded = [attrs["href"] for tag, attrs in page.tags if tag == "link"]
    assert loaded == ["data:,"]


def test_policy_allows_this_style_sheet_and_nothing_else() -> None:
    text = render_assessment_html(make_view())
    style = re.search(r"<style>(.*?)</style>", text, re.DOTALL)
    assert style is not None
    digest = b64encode(sha256(style.group(1).encode()).digest()).decode()
    policy = next(attrs["content"] for tag, attrs in Page(text).tags if attrs.get("http-equiv"))
    assert policy is not None
    assert f"style-src 'sha256-{digest}'" in policy
    assert policy.startswith("default-src 'none';")
    assert "unsafe" not in policy
    assert set(re.findall(r"url\(\"?([a-z]+):", style.group(1))) == {"data"}
    assert "@import" not in style.group(1)


def test_equal_views_give_equal_bytes() -> None:
    assert render_assessment_html(make_view("fr")) == render_assessment_html(make_view("fr"))
    assert render_assessment_html(make_view("fr")) != render_assessment_html(make_view("fr", validity="Other."))


def test_hostile_texts_are_shown_never_run() -> None:
    text = render_assessment_html(hostile_view())
    page = Page(text)
    assert "<script>alert('x')</script> \"&amp;gnp =1+1" in page.words
    assert not re.search("[\u200e\u200f\u202a-\u202e\u2066-\u2069]", text)
    assert "javascript:" not in "".join(page.attributes("href"))
    assert page.tags.count(("bdi", {})) == 3


@pytest.mark.parametrize(
    "link", ["javascript:alert(1)", "data:text/html,x", "//example.org", "file:///etc/passwd", None]
)
def test_only_web_addresses_become_links(link: str | None) -> None:
    data = view_data()
    data["evidence"][0]["link"] = link
    page = Page(render_assessment_html(AssessmentView.model_validate(data)))
    assert not [href for href in page.attributes("href") if not href.startswith("#") and href != "data:,"]
    assert "An agency (no public link)" in page.words


def test_web_addresses_are_links_that_tell_nobody_where_they_come_from() -> None:
    page = Page(render_assessment_html(make_view()))
    link = next(attrs for tag, attrs in page.tags if tag == "a" and (attrs["href"] or "").startswith("https:"))
    assert link == {"href": "https://example.org/a?b=1&c=2", "rel": "noopener noreferrer"}


def test_everything_the_view_states_is_on_the_page() -> None:
    view = make_view()
    words = Page(render_assessment_html(view)).words
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
        "base 2026.11 sha256:89ab",
        "47 × 0.51",
    ]
    assert [text for text in stated if text not in words] == []


def test_figures_have_value_range_noise_and_their_term() -> None:
    text = render_assessment_html(make_view())
    words = Page(text).words
    assert "Label of aal AAL €350k €120k – €1m ±\u00a01%".replace("\u00a0", " ") in words.replace("\u00a0", " ")
    assert "Label of p_major 3.8 in 100 1.3 – 11" in words
    assert '<abbr title="Average annual loss: the mean over all simulated years, good and bad.">AAL</abbr>' in text


def test_the_posture_that_is_not_known_is_said_first() -> None:
    assert "75% of the posture is the sector average" in Page(render_assessment_html(make_view())).words
    assert "of the posture" not in Page(render_assessment_html(quiet_view())).words


def test_french_pages_follow_french_typography() -> None:
    words = Page(render_assessment_html(make_view("fr"))).words
    assert "Au 23 novembre 2026" in words
    assert "350\u00a0k€".replace("\u00a0", " ") in words.replace("\u00a0", " ")
    assert "Chiffres clés" in words


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


MODULES = [
    {
        "id": "network_security",
        "label": "Network security",
        "loss_eur_per_y": 41_000.0,
        "loss_own_eur_per_y": 23_000.0,
        "share": 0.7,
        "items": [],
    }
]
DEATHS = {"value": 0.13, "low": 0.01, "high": 0.46, "caveat": "Evidence from <b>elsewhere</b>.", "evidence": []}


def test_modules_and_deaths_are_shown_when_there_are_any() -> None:
    page = Page(render_assessment_html(make_view(by_module=MODULES, mortality=DEATHS)))
    for words in ("By FAIR-MAM module", "Network security", "€41k", "€23k", "0.13 deaths a year", "0.01 and 0.46"):
        assert words in page.words
    assert "Evidence from <b>elsewhere</b>." in page.words
    quiet = Page(render_assessment_html(make_view()))
    assert "FAIR-MAM" not in quiet.words
    assert "deaths" not in quiet.words
