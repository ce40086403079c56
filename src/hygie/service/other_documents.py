"""Programmes and portfolios of the workspace, in revisions as facilities are."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from hygie.core.errors import DataError, Finding
from hygie.service.portfolio_spec import PortfolioSpec
from hygie.service.programme_files import check_programme_document
from hygie.service.stored_documents import DocumentKind, StoredDocuments
from hygie.store.documents import Document, validate_model
from hygie.store.workspace import Workspace

__all__ = ["PORTFOLIO", "PROGRAMME", "open_portfolios", "open_programmes"]


def open_programmes(workspace: Workspace) -> StoredDocuments:
    """Return the insurance programmes of an organisation; a programme is named when it is saved."""
    return StoredDocuments(workspace, PROGRAMME)


def open_portfolios(workspace: Workspace) -> StoredDocuments:
    """Return the portfolio files of an organisation; their facilities are refs of stored ones."""
    return StoredDocuments(workspace, PORTFOLIO)


def _check_programme(document: Document) -> list[Finding]:
    try:
        check_programme_document(document)
    except DataError as error:
        return list(error.findings)
    return []


def _check_portfolio(document: Document) -> list[Finding]:
    try:
        validate_model(document, PortfolioSpec)
    except DataError as error:
        return list(error.findings)
    return []


def _name(data: Mapping[str, Any]) -> str:
    return str(data.get("name", ""))


PROGRAMME = DocumentKind(name="programme", check=_check_programme, ref_of=lambda _: None, words_of=_name)
PORTFOLIO = DocumentKind(name="portfolio", check=_check_portfolio, ref_of=lambda _: None, words_of=_name)
