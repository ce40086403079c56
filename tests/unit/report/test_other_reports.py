"""The reports of a portfolio, of a dossier and of typed scenarios: whole, and as a person would write them."""

from __future__ import annotations

from typing import Any

import pytest

from document_kit import read_through
from hygie.core.evidence import TLP
from hygie.report.document import Document, Picture, Table, walk_blocks
from hygie.report.dossier import build_dossier_report, mark_dossier
from hygie.report.fair_report import build_fair_report
from hygie.report.portfolio_report import build_portfolio_report
from hygie.report.render_html import render_html
from hygie.report.render_typst import render_pages
from hygie.views.charts_validation import choose_targets, draw_targets
from page_kit import Page
from stored_kit import make_dossier, make_fair, make_outage, make_portfolio, quiet_portfolio, target


def portfolio(language: str, **changes: Any) -> Document:
    return build_portfolio_report(make_portfolio(language, **changes), tlp=TLP.CLEAR, reproduce="hygie portfolio run x")


def list_ids(document: Document, kind: type) -> list[str]:
    return [block.id for block in walk_blocks(document) if isinstance(block, kind)]


BUILT = {
    "portfolio": portfolio,
    "quiet portfolio": lambda language: build_portfolio_report(quiet_portfolio(language), tlp=TLP.CLEAR, reproduce="x"),
    "outage": lambda language: build_portfolio_report(
        make_portfolio(language), outage=make_outage(language), tlp=TLP.CLEAR, reproduce="x"
    ),
    "dossier": lambda language: build_dossier_report(make_dossier(language), tlp=TLP.CLEAR, reproduce="x"),
    "empty dossier": lambda language: build_dossier_report(
        make_dossier(language, targets=[], fits=[], parameters=[]), tlp=TLP.CLEAR, reproduce="x"
    ),
    "fair": lambda language: build_fair_report(make_fair(language), tlp=TLP.AMBER, reproduce="x"),
}


@pytest.mark.parametrize("language", ["fr", "en"])
@pytest.mark.parametrize("name", BUILT)
def test_each_document_is_whole_and_reads_well(name: str, language: str) -> None:
    document = BUILT[name](language)
    # Tables of the kit hold English names, in which a French reader would mend nothing that we write.
    assert read_through(document) == []
    assert render_html(document) == render_html(BUILT[name](language))


def test_a_portfolio_shows_its_accumulation_and_its_territories() -> None:
    document = portfolio("en")
    assert {"by_provider", "by_ght", "by_class", "by_organisation", "areas"} <= set(list_ids(document, Table))
    assert {"loss_exceedance", "origins", "tail_by_provider", "lacking_beds"} <= set(list_ids(document, Picture))
    # One region is no division.
    assert "by_region" not in list_ids(document, Table)
    words = Page(render_html(document)).words
    assert "And 5 more, smaller." in words
    assert "A statement." in words
    areas = next(block for block in walk_blocks(document) if isinstance(block, Table) and block.id == "areas")
    assert areas.total
    assert areas.rows[-1][0].text == ("France",)


def test_an_outage_of_one_day_is_said_in_the_singular() -> None:
    one = build_portfolio_report(make_portfolio(), outage=make_outage(days=1.0), tlp=TLP.CLEAR, reproduce="x")
    assert "If A host were down for one day" in Page(render_html(one)).words


def test_a_portfolio_without_any_loss_says_so() -> None:
    words = Page(render_html(BUILT["quiet portfolio"]("en"))).words
    assert "No loss was simulated" in words


def test_the_dossier_shows_what_was_observed_beside_the_model() -> None:
    document = BUILT["dossier"]("en")
    assert list_ids(document, Picture) == ["targets_eur", "targets_d", "targets_share"]
    fitted = next(block for block in walk_blocks(document) if isinstance(block, Table) and block.id == "targets_fitted")
    shown = [cell.text[0] for cell in fitted.rows[0]]
    assert shown == ["Target cost", "€2m to €2.2m", "€1m", "€2.2m", "€5m", "40%", "met"]
    assert fitted.rows[1][1].text == ("16 / 18 / 4",)
    assert len(render_pages(document, ppi=20)) > 2


def test_what_happens_or_not_has_no_band() -> None:
    yes = dict.fromkeys(("0.05", "0.25", "0.5", "0.75"), 0.0) | {"0.95": 1.0}
    view = make_dossier(targets=[target("yes", "reported", unit="share", quantiles=yes)])
    assert choose_targets(view, "share") == []
    assert draw_targets(view, "share") is None


def test_a_missed_dossier_says_so() -> None:
    view = make_dossier(passed=False)
    document = build_dossier_report(view, tlp=TLP.CLEAR, reproduce="x")
    assert "The dossier as a whole is missed." in Page(render_html(document)).words


def test_a_dossier_is_marked_as_its_strictest_evidence() -> None:
    row = target("cost", "fitted")
    row["evidence"][0]["tlp"] = "green"
    assert mark_dossier(make_dossier()) is TLP.CLEAR
    assert mark_dossier(make_dossier(targets=[row])) is TLP.GREEN
    assert mark_dossier(make_dossier(targets=[row], tlp="amber")) is TLP.AMBER
