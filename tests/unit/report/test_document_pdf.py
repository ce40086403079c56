"""Documents as PDF: typeset in one typeface, tagged, marked on every page, equal for equal documents."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import replace
from functools import cache
from io import BytesIO
from typing import Any

import pypdf
import pytest

from document_samples import (
    HOSTILE,
    LONG_WORD,
    make_brief,
    make_document,
    make_empty,
    make_hostile,
    make_sources,
    make_table,
    write_paragraph,
)
from hygie.core.errors import EvidenceError
from hygie.core.evidence import TLP
from hygie.report.document import Cite, Document, Paragraph, Section, walk_sections
from hygie.report.render_typst import render_pages, render_pdf
from hygie.views.messages import Language

SAMPLES = {"full": make_document, "brief": make_brief, "empty": make_empty, "hostile": make_hostile}
CASES = [(name, language) for name in SAMPLES for language in ("fr", "en")]


@cache
def typeset(name: str, language: Language) -> bytes:
    return render_pdf(SAMPLES[name](language))


def read(content: bytes) -> pypdf.PdfReader:
    return pypdf.PdfReader(BytesIO(content))


def list_fonts(reader: pypdf.PdfReader) -> set[str]:
    """Return the names of all fonts, those of drawings inside included."""
    found: set[str] = set()

    def look(resources: Any) -> None:
        for font in (resources.get("/Font") or {}).values():
            found.add(font.get_object()["/BaseFont"].split("+")[1].removesuffix("-Identity-H"))
        for inner in (resources.get("/XObject") or {}).values():
            if "/Resources" in inner.get_object():
                look(inner.get_object()["/Resources"])

    for page in reader.pages:
        look(page["/Resources"])
    return found


def count_tags(reader: pypdf.PdfReader) -> tuple[Counter[str], list[str]]:
    tags: Counter[str] = Counter()
    alternatives: list[str] = []

    def walk(node: Any) -> None:
        node = node.get_object()
        if isinstance(node, list):
            for inner in node:
                walk(inner)
        elif isinstance(node, dict):
            if "/S" in node:
                tags[str(node["/S"])] += 1
            if "/Alt" in node:
                alternatives.append(str(node["/Alt"]))
            if "/K" in node:
                walk(node["/K"])

    walk(reader.trailer["/Root"]["/StructTreeRoot"])
    return tags, alternatives


@pytest.mark.parametrize(("name", "language"), CASES)
def test_one_typeface_language_and_title(name: str, language: Language) -> None:
    reader = read(typeset(name, language))
    document = SAMPLES[name](language)
    root = reader.trailer["/Root"]
    assert list_fonts(reader) <= {"SourceSansPro-Regular", "SourceSansPro-Semibold"}
    assert "SourceSansPro-Regular" in list_fonts(reader)
    assert root["/Lang"] == language
    assert root["/MarkInfo"]["/Marked"]
    assert root["/ViewerPreferences"]["/DisplayDocTitle"]
    assert reader.metadata is not None
    assert reader.metadata.creation_date.date() == document.stated_on
    xmp = reader.xmp_metadata.stream.get_data().decode()
    assert "<pdfaid:part>2</pdfaid:part>" in xmp
    assert "<pdfaid:conformance>A</pdfaid:conformance>" in xmp
    assert "<pdfuaid:part>1</pdfuaid:part>" in xmp


@pytest.mark.parametrize(("name", "language"), CASES)
def test_every_page_is_marked_and_numbered(name: str, language: Language) -> None:
    document = SAMPLES[name](language)
    pages = read(typeset(name, language)).pages
    mark = f"TLP:{document.tlp.value.upper()}"
    for at, page in enumerate(pages, start=1):
        text = page.extract_text()
        # Head and foot (FIRST, TLP 2.0).
        assert text.count(mark) >= 2
        if document.kind == "brief" or at > 1:
            assert f"{at} / {len(pages)}" in text


def test_tags_outline_and_alternatives() -> None:
    document = make_document("fr")
    reader = read(typeset("full", "fr"))
    tags, alternatives = count_tags(reader)
    assert tags["/Figure"] == 2
    assert len(alternatives) == 2
    assert all(len(text) > 30 for text in alternatives)
    assert tags["/Table"] == 1
    assert tags["/TH"] == 4
    # One head, 45 rows and their total; the head that pages repeat is no row.
    assert tags["/TR"] == 47
    assert tags["/H2"] == sum(depth == 2 for depth, _ in walk_sections(document))
    assert tags["/Caption"] == 3
    titles = [entry.title for entry in reader.outline if not isinstance(entry, list)]
    assert titles[0] == "En bref"
    assert titles[1] == "1\u00a0\u00a0\u00a0Ce qui s’est passé"
    assert titles[-2:] == ["Glossaire", "Comment reproduire"]


def test_cover_contents_and_repeated_head() -> None:
    pages = [page.extract_text() for page in read(typeset("full", "fr")).pages]
    flat = [re.sub(r"\s+", " ", page) for page in pages]
    assert "État de la menace cyber sur les hôpitaux de France" in flat[0]
    assert "1er novembre 2026" in flat[0]
    assert "Établissements de santé, France" in flat[0]
    contents = re.findall(r"(\d\.\d) (.+?)[ .]*(\d+)\n", pages[1].replace("\u00a0", " ").replace("   ", " "))
    assert contents
    for number, title, page in contents:
        assert f"{number} {title.strip()}" in re.sub(" +", " ", flat[int(page) - 1].replace("\u00a0", " "))
    with_rows = [page for page in flat if "vallée n° " in page.replace("\u00a0", " ")]
    assert len(with_rows) == 2
    assert all("Date Établissement Lits Perte" in page for page in with_rows)


def test_letter_fits_two_pages_without_cover() -> None:
    for language in ("fr", "en"):
        pages = read(typeset("brief", language)).pages
        assert len(pages) <= 2
        assert make_document(language).title.split()[0] in pages[0].extract_text()


def test_citations_are_numbered_in_order_of_reading_and_lead_to_the_list() -> None:
    reader = read(typeset("full", "en"))
    text = "\n".join(page.extract_text() for page in reader.pages)
    assert re.findall(r"\[[\d, ]+\]", text)[:4] == ["[1]", "[2]", "[1]", "[3, 4]"]
    links = [
        note.get_object()
        for page in reader.pages
        for note in page.get("/Annots", [])
        if note.get_object()["/Subtype"] == "/Link"
    ]
    outside = {link["/A"]["/URI"] for link in links if "/URI" in link.get("/A", {})}
    assert outside == {source.url for source in make_sources("en") if source.url} | {"https://example.org/a"}
    assert sum("/URI" not in link.get("/A", {}) for link in links) > 20


def test_no_text_is_run_or_lost() -> None:
    text = "".join(page.extract_text() for page in read(typeset("hostile", "en")).pages)
    squeezed = re.sub(r"[\s\u200b]+", "", text)
    shown = '#import"x.typ"</script><script>alert(1)</script>"]${1}*a*_b_`c`@d<e>\\=$x$//k/*l*/[[]]{{7}}'
    assert squeezed.count(shown) >= 10
    assert LONG_WORD in squeezed
    assert "\u202e" not in text
    # The typeface has no Arabic, no Chinese and no pictures: a question mark stands for them.
    assert "مرحبا" in HOSTILE
    assert "?????" in text
    for page in read(typeset("hostile", "en")).pages:
        for note in page.get("/Annots", []):
            address = note.get_object().get("/A", {}).get("/URI", "https://")
            assert address.startswith(("https://", "http://"))


def test_equal_documents_give_equal_bytes() -> None:
    assert render_pdf(make_document("fr")) == typeset("full", "fr")
    assert render_pdf(replace(make_document("fr"), title="Autre")) != typeset("full", "fr")


def test_no_heading_stands_alone_at_the_foot_of_a_page() -> None:
    paragraph = write_paragraph("en")
    sections = tuple(Section(f"s{at}", f"Heading number {at}", tuple([paragraph] * (1 + at % 4))) for at in range(60))
    document = replace(make_document("en"), summary=(), sections=sections)
    pages = [page.extract_text() for page in read(render_pdf(document)).pages]
    assert len(pages) > 10
    for page in pages[2:]:
        lines = [line for line in page.splitlines() if line.strip()]
        foot = next(at for at, line in enumerate(lines) if re.search(r"\d+ / \d+", line))
        body = lines[1:foot] if foot > 1 else lines[foot + 1 :]
        assert not re.search(r"Heading number \d+$", body[-1]), page


def test_markings_colour_and_case() -> None:
    document = replace(make_empty("en"), tlp=TLP.RED)
    text = read(render_pdf(document)).pages[0].extract_text()
    assert text.count("TLP:RED") == 2


def test_dead_citation_is_refused() -> None:
    document = replace(make_document("en"), summary=(Paragraph((Cite("source-11"),)),))
    with pytest.raises(EvidenceError, match="leads to no source") as caught:
        render_pdf(document)
    assert "did you mean" in str(caught.value)


def test_pages_as_pictures() -> None:
    pages = render_pages(make_brief("en"), ppi=20)
    assert len(pages) == len(read(typeset("brief", "en")).pages)
    assert all(page.startswith(b"\x89PNG") for page in pages)


def test_summary_takes_its_own_page() -> None:
    full: Document = make_document("en")
    without = render_pdf(replace(full, summary=()))
    assert len(read(without).pages) == len(read(typeset("full", "en")).pages) - 1


def test_short_table_is_not_cut() -> None:
    paragraph = write_paragraph("en")
    for count in range(7, 13):
        sections = (Section("s", "Section", (*[paragraph] * count, make_table("en", rows=6))),)
        pages = [
            page.extract_text() for page in read(render_pdf(replace(make_document("en"), sections=sections))).pages
        ]
        assert sum("Hospital of the valley" in page for page in pages) == 1, count


def test_many_citations_are_drawn_together() -> None:
    cites = tuple(Cite(f"source-{at}") for at in (1, 2, 3, 5))
    text = (Paragraph(("Known ", *cites, "and said.")),)
    document = replace(make_document("en"), summary=text, sections=())
    assert "Known [1–4] and said." in "".join(page.extract_text() for page in read(render_pdf(document)).pages)
