"""What-ifs in a portfolio: who is reached, said at once; what it costs, simulated by a job."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Annotated, Literal

from fastapi import APIRouter, Depends, Form, Query, Request, Response

from hygie.service.accounts.principal import Principal
from hygie.views.messages import Language
from hygie.web.auth.dependencies import require_permission
from hygie.web.charts import Ending, answer_chart
from hygie.web.facilities import Who, go, open_own
from hygie.web.pages import render_page
from hygie.web.portfolios import load_parts
from hygie.web.preferences import choose_language

if TYPE_CHECKING:
    from hygie.views.application import SavedResultView
    from hygie.views.portfolio import WhatIfView
    from hygie.views.portfolio_ties import Ties

__all__ = ["portfolio_whatif_pages"]

portfolio_whatif_pages = APIRouter(include_in_schema=False)

Runner = Annotated[Principal, Depends(require_permission("run"))]
Words = Annotated[str, Query(max_length=120)]
_CANDIDATES = 30
Days = Annotated[float, Query(gt=0, le=365)]


@portfolio_whatif_pages.get("/portfolio/whatif/{result_id}")
def show_supposed(request: Request, result_id: str, principal: Who) -> Response:
    """Show a what-if that was simulated."""
    from hygie.views.charts_portfolio_pages import draw_outage

    result, view = _load(request, principal, result_id, choose_language(request, principal))
    study, _, ties = load_parts(request, principal, str(result.request.get("result", "")))
    return render_page(
        request,
        "portfolio_supposed.html.j2",
        principal=principal,
        active="portfolio",
        result=result,
        view=view,
        study=study,
        names={member.id: member.name for member in ties.members} if ties is not None else {},
        chart=draw_outage(view),
    )


@portfolio_whatif_pages.get("/portfolio/whatif/{result_id}/chart.{ending}")
def show_supposed_chart(
    request: Request, result_id: str, ending: Ending, principal: Who, lang: Language | None = None
) -> Response:
    """Return the chart of a what-if."""
    from hygie.views.charts_data import write_csv
    from hygie.views.charts_layout import WIDE
    from hygie.views.charts_portfolio_pages import draw_outage, tabulate_outage

    language = lang or choose_language(request, principal)
    _, view = _load(request, principal, result_id, language)
    return answer_chart(
        request,
        name="portfolio-whatif",
        ending=ending,
        language=language,
        key=("portfolio-whatif", principal.organisation_id, result_id),
        draw=lambda width: draw_outage(view, width=width or WIDE),
        tabulate=lambda: write_csv(tabulate_outage(view)),
    )


@portfolio_whatif_pages.get("/portfolio/{result_id}/whatif")
def suppose(
    request: Request, result_id: str, principal: Who, provider: Words = "", site: Words = "", days: Days = 10.0
) -> Response:
    """Say at once who an outage of a provider, or an attack on a member, can reach."""
    from hygie.service.portfolio_members import find_sites, follow

    language = choose_language(request, principal)
    result, view, ties = load_parts(request, principal, result_id)
    reach, found = None, ""
    matches: list[tuple[str, str]] = []
    if ties is not None and site and not provider:
        matches = find_sites(ties, site)
        found = matches[0][0] if len(matches) == 1 else ""
    if ties is not None and (provider or found):
        reach = follow(ties, language=language, days=days, provider=provider or None, site=None if provider else found)
    return render_page(
        request,
        "portfolio_whatif.html.j2",
        principal=principal,
        active="portfolio",
        result=result,
        view=view,
        ties=ties,
        reach=reach,
        providers=_list_providers(ties, language) if ties is not None else [],
        sites=_list_sites(ties) if ties is not None else [],
        candidates=matches[:_CANDIDATES] if len(matches) > 1 else [],
        sought=bool(site and not provider and not matches),
        days=days,
        provider=provider,
        site=found or site,
    )


@portfolio_whatif_pages.post("/portfolio/{result_id}/whatif")
def simulate(
    request: Request,
    result_id: str,
    principal: Runner,
    kind: Annotated[Literal["provider", "site"], Form()],
    target: Annotated[str, Form(min_length=1, max_length=120)],
    days: Annotated[float, Form(gt=0, le=365)] = 10.0,
) -> Response:
    """Put a what-if into the queue."""
    from hygie.service.portfolio_pages import ask_outage, ask_strike

    workspace, language = open_own(request, principal), choose_language(request, principal)
    load_parts(request, principal, result_id)
    if kind == "provider":
        job = ask_outage(workspace, result_id, provider=target, days=days, language=language, principal=principal)
    else:
        job = ask_strike(workspace, result_id, site=target, language=language, principal=principal)
    return go(f"/jobs/{job.job_id}")


def _list_providers(ties: Ties, language: Language) -> list[tuple[str, str]]:
    """Return providers as options, those with most clients first."""
    clients = Counter(contract.provider for contract in ties.contracts)
    return [
        (ties.providers[at].id, f"{ties.providers[at].name.read(language)} ({count})")
        for at, count in clients.most_common()
    ]


def _list_sites(ties: Ties) -> list[tuple[str, str]]:
    """Return assessed members as options, by name."""
    pairs = [(member.id, member.name) for member in ties.members if member.assessed]
    return sorted(pairs, key=lambda pair: (pair[1].casefold(), pair[0]))


def _load(
    request: Request, principal: Principal, result_id: str, language: Language
) -> tuple[SavedResultView, WhatIfView]:
    from hygie.service.portfolio_pages import load_supposed

    return load_supposed(open_own(request, principal), result_id, language=language)
