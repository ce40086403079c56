"""Documents as one page: complete, offline, escaped, in order, equal for equal documents."""

from __future__ import annotations

import re
from base64 import b64encode
from dataclasses import replace
from functools import cache
from hashlib import sha256

import pytest

from document_samples import HOSTILE, make_brief, make_document, make_empty, make_hostile, make_picture
from hygie.core.errors import EvidenceError
from hygie.report.document import Cite, Paragraph, Picture, Section, walk_sections
from hygie.report.render_html import render_html
from hygie.views.messages import Language
from page_kit import Page

SAMPLES = {"full": make_document, "brief": make_brief, "empty": make_empty, "hostile": make_hostile}
CASES = [(name, language) for name in SAMPLES for language in ("fr", "en")]


@cache
def write(name: str, language: Language) -> str:
    return render_html(SAMPLES[name](language))


@pytest.mark.parametrize(("name", "language"), CASES)
def test_every_state_gives_one_sound_page(name: str, language: Language) -> None:
    page = Page(write(name, language))
    document = SAMPLES[name](language)
    assert len(write(name, language).encode()) < 1_500_000
    assert page.tags[0] == ("html", {"lang": language})
    assert page.names.count("h1") == page.names.count("main") == 1
    assert page.names.count("header") == page.names.count("footer") == 1
    assert page.names.count("nav") == (document.kind == "report")
    ids = page.attributes("id")
    assert len(ids) == len(set(ids))
    for target in [href[1:] for href in page.attributes("href") if href.startswith("#")]:
        assert target in ids
    for name_of in [name for value in page.attributes("aria-labelledby") for name in value.split()]:
        assert name_of in ids
    levels = [level for level, _ in page.headings]
    assert levels[0] == 1
    assert all(after <= before + 1 for before, after in zip(levels, levels[1:], strict=False))
    assert all(text.strip() for _, text in page.headings)
    mark = f"TLP:{document.tlp.value.upper()}"
    assert page.words.count(mark) >= 2


@pytest.mark.parametrize("name", SAMPLES)
def test_nothing_in_the_page_is_fetched_or_run(name: str) -> None:
    page = Page(write(name, "fr"))
    assert page.attributes("style") == []
    assert not [key for _, attrs in page.tags for key in attrs if key.startswith("on")]
    assert not set(page.names) & {"script", "iframe", "img", "object", "embed", "form", "base"}
    assert page.attributes("src") == []
    assert [attrs["href"] for tag, attrs in page.tags if tag == "link"] == ["data:,"]
    for tag, attrs in page.tags:
        if tag == "a":
            assert re.match(r"#|https?://", attrs["href"] or "")
            if not (attrs["href"] or "").startswith("#"):
                assert attrs["rel"] == "noopener noreferrer"


def test_policy_allows_this_style_sheet_and_nothing_else() -> None:
    text = write("full", "fr")
    style = re.search(r"<style>(.*?)</style>", text, re.DOTALL)
    assert style is not None
    digest = b64encode(sha256(style.group(1).encode()).digest()).decode()
    policy = next(attrs["content"] for tag, attrs in Page(text).tags if attrs.get("http-equiv"))
    assert policy is not None
    assert policy.startswith("default-src 'none';")
    assert f"style-src 'sha256-{digest}'" in policy
    assert "unsafe" not in policy
    assert set(re.findall(r"url\(\"?([a-z]+):", style.group(1))) == {"data"}
    assert "@import" not in style.group(1)


def test_sections_are_numbered_and_listed() -> None:
    document = make_document("en")
    page = Page(write("full", "en"))
    anchors = [section.id for _, section in walk_sections(document)]
    found = [attrs["id"] for tag, attrs in page.tags if tag == "section"]
    assert found == ["summary", *anchors, "evidence", "terms", "reproduce"]
    assert [text for level, text in page.headings if level == 3][:2] == [
        "1.1 How much a year could cost",
        "1.2 How to read these figures",
    ]
    assert "1.2.1 In more detail" in [text for level, text in page.headings if level == 4]


def test_tables_name_their_columns_and_rows() -> None:
    page = Page(write("full", "en"))
    scopes = page.attributes("scope")
    # Four columns of one table, each of its 45 rows and the total.
    assert (scopes.count("col"), scopes.count("row")) == (4, 46)
    assert page.names.count("caption") == 1
    assert "Table 1 Incidents counted, by date" in page.words


def test_charts_are_named_and_have_a_narrow_version() -> None:
    page = Page(write("full", "fr"))
    # The curve wide and narrow, and a chart that is narrow enough as it is.
    assert page.names.count("svg") == 3
    assert page.names.count("figcaption") == 2
    for tag, attrs in page.tags:
        if tag == "svg":
            assert attrs["role"] == "img"
            assert len((attrs["aria-labelledby"] or "").split()) == 2
    assert page.names.count("desc") == 3
    assert "Figure 1" in page.words.replace("\u00a0", " ")


def test_sources_and_terms_are_linked() -> None:
    text = write("full", "en")
    page = Page(text)
    assert re.findall(r'class="cite">\[(.*?)\]', re.sub("</?a[^>]*>", "", text))[:3] == ["1", "2", "1"]
    assert [attrs["value"] for tag, attrs in page.tags if tag == "li" and "value" in attrs] == ["1", "2", "3", "4", "5"]
    terms = [attrs for tag, attrs in page.tags if tag == "a" and attrs.get("class") == "term"]
    assert {attrs["href"] for attrs in terms} == {"#term-aal", "#term-plan_blanc"}
    assert all(attrs["title"] for attrs in terms)
    assert page.names.count("dfn") == 5
    # A citation follows its word without a space before it.
    assert not re.search(r"\s<span class=\"cite\">", text)


def test_hostile_texts_are_shown_as_they_are() -> None:
    page = Page(write("hostile", "en"))
    shown = "".join(letter for letter in HOSTILE if letter not in "\u202e\u2067\x00\x1b")
    assert page.words.count(re.sub(r"\s+", " ", shown).strip()) >= 10
    assert "\u202e" not in write("hostile", "en")
    assert "javascript:" not in "".join(page.attributes("href"))


def test_drawings_share_no_ids() -> None:
    document = make_document("en")
    section = Section("two", "Two", (make_picture("en", name="a"), make_picture("en", name="b")))
    ids = Page(render_html(replace(document, sections=(section,)))).attributes("id")
    assert len(ids) == len(set(ids))


def test_wide_chart_without_a_narrow_version_scrolls() -> None:
    document = make_document("en")
    picture = make_picture("en")
    section = Section("one", "One", (Picture("only", picture.chart),))
    text = render_html(replace(document, sections=(section,)))
    assert '<div class="paper scroll" role="region"' in text
    assert 'class="paper wide"' not in text


def test_equal_documents_give_equal_bytes() -> None:
    assert render_html(make_document("fr")) == write("full", "fr")
    assert render_html(replace(make_document("fr"), title="Autre")) != write("full", "fr")


def test_dead_citation_is_refused() -> None:
    with pytest.raises(EvidenceError, match="leads to no source"):
        render_html(replace(make_document("en"), summary=(Paragraph((Cite("nowhere"),)),)))
