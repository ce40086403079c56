"""What pages of portfolios need: what can be chosen, a study asked for, its figures, its documents as files."""

from __future__ import annotations

import io
import secrets
import tempfile
import zipfile
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

from hygie.core.errors import NotFoundError, StoreError, UsageError
from hygie.service.accounts.principal import Principal
from hygie.service.jobs.requests import PortfolioJobRequest, PortfolioWhatIfRequest, SynthesizeRequest
from hygie.service.other_documents import open_portfolios
from hygie.service.portfolio_show import read_view
from hygie.service.registers import choose_editions
from hygie.service.result_pages import check_years
from hygie.service.saved_results import find_folder, get_result, read_result_view
from hygie.service.stored_documents import write_yaml
from hygie.store.register_store import RegisterStore
from hygie.store.results import read_document
from hygie.store.text_folding import fold_words
from hygie.store.workspace import Workspace
from hygie.views.application import DocumentView, JobView, SavedResultView
from hygie.views.messages import Language
from hygie.views.portfolio import PortfolioView, WhatIfView
from hygie.views.portfolio_pages import RegisterChoices
from hygie.views.portfolio_ties import Ties
from hygie.views.tile_map import load_tiles

if TYPE_CHECKING:
    from hygie.service.documents import DocumentFormat

__all__ = [
    "ask_outage",
    "ask_register",
    "ask_strike",
    "ask_study",
    "list_choices",
    "load_study",
    "load_supposed",
    "load_ties",
    "make_portfolio_document",
    "make_ref",
    "mark_registers",
    "save_selection",
]

_ZIP_DAY = (1980, 1, 1, 0, 0, 0)
MEDIA = {
    "html": "text/html; charset=utf-8",
    "pdf": "application/pdf",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "csv": "application/zip",
    "parquet": "application/zip",
}


def mark_registers(workspace: Workspace, *, author: str) -> tuple[int, ...]:
    """Return the numbers of the registers that are used: what can be chosen depends on nothing else."""
    store = RegisterStore(workspace, author=author)
    return tuple(edition.number for edition in choose_editions(store.list_editions()))


def list_choices(workspace: Workspace, *, author: str) -> list[RegisterChoices]:
    """Return the registers of the workspace with their regions, departments and territorial groups."""
    store = RegisterStore(workspace, author=author)
    names = {tile.code: tile.name for tile in load_tiles("departments", collectivities=True)}
    found = []
    for edition in choose_editions(store.list_editions()):
        regions: dict[str, set[str]] = {}
        departments: dict[str, set[str]] = {}
        groups: dict[str, tuple[str, set[str]]] = {}
        for site in store.load_sites(edition):
            entity = str(site.get("entity", ""))
            if region := site.get("region"):
                regions.setdefault(str(region), set()).add(entity)
            if department := site.get("department"):
                departments.setdefault(str(department), set()).add(entity)
            if code := site.get("ght_code"):
                groups.setdefault(str(code), (str(site.get("ght_name") or code), set()))[1].add(entity)
        found.append(
            RegisterChoices(
                kind=edition.kind,
                name=edition.name,
                year=edition.year,
                entities=edition.counts["entities"],
                sites=edition.counts["sites"],
                synthetic=edition.synthetic,
                regions=[(name, f"{name} ({len(inside)})") for name, inside in sorted(regions.items())],
                departments=[
                    (code, f"{code} {names.get(code, '')} ({len(inside)})".replace("  ", " "))
                    for code, inside in sorted(departments.items())
                ],
                groups=sorted(
                    ((code, f"{name} ({len(inside)})") for code, (name, inside) in groups.items()),
                    key=lambda pair: pair[1],
                ),
            )
        )
    return found


def ask_study(
    workspace: Workspace,
    *,
    portfolio: str | None,
    register: str | None,
    region: str | None,
    department: str | None,
    ght: str | None,
    level: str | None,
    years: int,
    draws: int,
    seed: int,
    language: Language,
    principal: Principal,
) -> JobView:
    """Put the study of a portfolio into the queue, over the twelve months after today.

    Raises
    ------
    UsageError
        Nothing is chosen, fewer years than draws, or sites without a register.
    NotFoundError
        There is no such portfolio.
    """
    if portfolio is None and register is None:
        raise UsageError(
            "nothing says which facilities",
            field="portfolio",
            allowed="a portfolio of the workspace, a register, or both",
            repair="choose a portfolio or a register",
        )
    check_years(years, draws)
    request = PortfolioJobRequest.model_validate(
        {
            "portfolio": portfolio, "register_kind": register, "region": region, "department": department, "ght": ght,
            "level": level, "years": years, "draws": draws, "seed": seed, "as_of": date.today(), "language": language,
        }
    )  # fmt: skip
    from hygie.service.jobs.queue import submit

    return submit(workspace, kind="portfolio", request=request, principal=principal)


def ask_outage(
    workspace: Workspace, result_id: str, *, provider: str, days: float, language: Language, principal: Principal
) -> JobView:
    """Put the outage of a provider of a saved study into the queue.

    Raises
    ------
    NotFoundError
        There is no such study, or no such provider in it.
    """
    ties = load_ties(workspace, result_id)
    at = ties.find_provider(provider)
    if at is None:
        raise NotFoundError("this study has no such provider", field="provider", value=provider[:120])
    request = PortfolioWhatIfRequest(result=result_id, provider=provider, hours=days * 24.0, language=language)
    from hygie.service.jobs.queue import submit

    title = ties.providers[at].name.read(language)
    return submit(workspace, kind="portfolio_whatif", request=request, principal=principal, title=title)


def ask_strike(workspace: Workspace, result_id: str, *, site: str, language: Language, principal: Principal) -> JobView:
    """Put an attack on a member of a saved study into the queue.

    Raises
    ------
    NotFoundError
        There is no such study, or no such member in it.
    """
    ties = load_ties(workspace, result_id)
    at = ties.find_member(site)
    if at is None or not ties.members[at].assessed:
        raise NotFoundError("this study has no such member", field="site", value=site[:120])
    request = PortfolioWhatIfRequest(result=result_id, site=site, language=language)
    from hygie.service.jobs.queue import submit

    title = ties.members[at].name
    return submit(workspace, kind="portfolio_whatif", request=request, principal=principal, title=title)


def ask_register(workspace: Workspace, *, seed: int, language: Language, principal: Principal) -> JobView:
    """Put a register of establishments that do not exist into the queue."""
    request = SynthesizeRequest(seed=seed, language=language)
    from hygie.service.jobs.queue import submit

    return submit(workspace, kind="synthesize", request=request, principal=principal)


def make_ref(name: str) -> str:
    """Return the id of a new portfolio: words of its name, and a few letters so that no name is taken."""
    words = "-".join(fold_words(name))[:60].strip("-")
    return f"{words or 'portfolio'}-{secrets.token_hex(2)}"


def save_selection(
    workspace: Workspace,
    *,
    ref: str,
    name: str,
    facilities: list[str],
    register: str | None,
    region: str | None,
    ght: str | None,
    principal: Principal,
) -> DocumentView:
    """Save a new portfolio from what is chosen on a page.

    Raises
    ------
    ConflictError
        There is one of this name.
    UsageError
        Nothing is chosen.
    """
    if not facilities and register is None:
        raise UsageError(
            "a portfolio needs facilities",
            field="facilities",
            allowed="facilities of the workspace, a register, or both",
            repair="tick at least one facility, or choose a register",
        )
    data: dict[str, Any] = {"schema": "hygie.portfolio/1", "name": name, "facilities": facilities}
    data |= {key: value for key, value in (("register", register), ("region", region), ("ght", ght)) if value}
    return open_portfolios(workspace).save(
        write_yaml(data), expected_revision=None, principal=principal, ref=ref, origin="page"
    )


def load_study(workspace: Workspace, result_id: str, *, language: Language) -> PortfolioView:
    """Return a saved study as it is shown.

    Raises
    ------
    NotFoundError, StoreError
        There is none in this organisation; its files are gone.
    """
    return read_view(find_folder(workspace, result_id), language=language)


def load_ties(workspace: Workspace, result_id: str) -> Ties:
    """Return who depends on whom in a saved study.

    Raises
    ------
    NotFoundError, StoreError
        There is none in this organisation; it was made by a version that did not keep this.
    """
    folder = find_folder(workspace, result_id)
    try:
        return Ties.model_validate(read_document(folder, "ties"))
    except (StoreError, ValueError):
        raise StoreError(
            "this study does not say who depends on whom",
            value=result_id,
            repair="ask for the study again: earlier versions did not keep it",
        ) from None


def load_supposed(workspace: Workspace, result_id: str, *, language: Language) -> tuple[SavedResultView, WhatIfView]:
    """Return a saved what-if: a provider that is down, or a member that is struck.

    Raises
    ------
    NotFoundError
        There is none in this organisation.
    """
    result = get_result(workspace, result_id, language=language)
    if result.kind != "portfolio_whatif":
        raise NotFoundError("this result is no what-if of a portfolio", value=result_id, allowed="a what-if")
    return result, WhatIfView.model_validate(read_result_view(workspace, result_id, language=language))


def make_portfolio_document(
    workspace: Workspace, result_id: str, *, form: DocumentFormat, language: Language, whatif: str | None = None
) -> bytes:
    """Return the report of a saved study as a file; its tables in CSV or Parquet as a ZIP archive.

    Parameters
    ----------
    whatif
        A saved outage of a provider that the report shows, too.

    Raises
    ------
    NotFoundError, StoreError, UsageError
        There is no such study; its files are gone; the what-if is another one's, or no outage.
    """
    # Documents need far more than pages do: they are imported when there is one to write.
    from hygie.service.documents import save_document
    from hygie.service.report import build_portfolio_document

    folder = find_folder(workspace, result_id)
    outage = None
    if whatif is not None:
        result, view = load_supposed(workspace, whatif, language=language)
        if result.request.get("result") != result_id or view.kind != "provider":
            raise UsageError(
                "the report takes the outage of a provider of its own study", field="whatif", value=whatif[:80]
            )
        outage = find_folder(workspace, whatif) / f"portfolio_whatif.{language}.json"
    document = build_portfolio_document(folder, language=language, outage=outage)
    with tempfile.TemporaryDirectory(prefix="hygie-document-") as place:
        made = save_document(document, Path(place), formats=(form,), stem="portfolio")[0]
        return _pack(made) if made.is_dir() else made.read_bytes()


def _pack(folder: Path) -> bytes:
    """Return the files of a folder as a ZIP archive, the same bytes every time."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        for file in sorted(folder.iterdir()):
            info = zipfile.ZipInfo(file.name, date_time=_ZIP_DAY)
            info.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(info, file.read_bytes())
    return packed.getvalue()
