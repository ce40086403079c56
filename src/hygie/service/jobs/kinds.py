"""Every kind of job in one table. To add one: a request, a function that does the work, a line below."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from importlib import import_module
from typing import Any

from pydantic import BaseModel

import hygie
from hygie.core.errors import UsageError, suggest
from hygie.service.accounts.permissions import Permission
from hygie.service.jobs.context import JobContext, Outcome
from hygie.service.jobs.report_requests import DossierJobRequest, StudyJobRequest, title_study
from hygie.service.jobs.requests import (
    BackupRequest,
    CompareRequest,
    ImportRequest,
    InsurePriceRequest,
    PortfolioJobRequest,
    PortfolioWhatIfRequest,
    PullRequest,
    RegisterRequest,
    SynthesizeRequest,
)
from hygie.service.requests import (
    AssessmentRequest,
    DecideControlsRequest,
    DecideMixRequest,
    DecideUncertaintyRequest,
    ThreatDiffRequest,
    ThreatWatchRequest,
)
from hygie.service.scenario_request import ScenarioRequest

__all__ = ["KINDS", "JobKind", "find_kind"]


@dataclass(frozen=True, slots=True, kw_only=True)
class JobKind:
    """One kind of job.

    Parameters
    ----------
    run
        Does the work, in a worker; called again from the start when it was cut short, so that it must find by itself
        what is done already.
    facilities
        Fields of the request that are refs of stored facilities; the first one is what the result is about.
    documents
        Fields that are refs of other stored documents, with their kind.
    title
        What a list calls it; the name of the first stored document without.
    """

    request: type[BaseModel]
    run: Callable[[Any, JobContext], Outcome]
    facilities: tuple[str, ...] = ()
    documents: tuple[tuple[str, str], ...] = ()
    permission: Permission = "run"
    title: Callable[[Any], str] | None = None


def _later(module: str, name: str) -> Callable[[Any, JobContext], Outcome]:
    """Return what does the work, imported when there is some: a server describes kinds long before."""

    def run(request: Any, context: JobContext) -> Outcome:
        made: Outcome = getattr(import_module(f"hygie.service.jobs.{module}"), name)(request, context)
        return made

    return run


def _join(*fields: str) -> Callable[[Any], str]:
    """Return what names a job by some fields of its request: those that say something."""

    def name(request: Any) -> str:
        return " · ".join(str(value) for field in fields if (value := getattr(request, field)) is not None)[:200]

    return name


KINDS: dict[str, JobKind] = {
    "assess": JobKind(request=AssessmentRequest, run=_later("work", "assess_facility"), facilities=("facility",)),
    "scenario": JobKind(request=ScenarioRequest, run=_later("work", "explore_scenario"), facilities=("facility",)),
    "decide_controls": JobKind(
        request=DecideControlsRequest, run=_later("work", "choose_controls"), facilities=("facility",)
    ),
    "decide_mix": JobKind(
        request=DecideMixRequest,
        run=_later("work", "choose_mix"),
        facilities=("facility",),
        documents=(("programmes", "programme"),),
    ),
    "decide_uncertainty": JobKind(
        request=DecideUncertaintyRequest, run=_later("work", "weigh_uncertainty"), facilities=("facility",)
    ),
    "insure_price": JobKind(
        request=InsurePriceRequest, run=_later("work", "price_programme"), documents=(("programme", "programme"),)
    ),
    "portfolio": JobKind(
        request=PortfolioJobRequest,
        run=_later("work_portfolio", "study_portfolio"),
        documents=(("portfolio", "portfolio"),),
        title=_join("register_kind", "region", "department", "ght"),
    ),
    "portfolio_whatif": JobKind(
        request=PortfolioWhatIfRequest,
        run=_later("work_portfolio", "suppose_in_portfolio"),
        title=_join("provider", "site"),
    ),
    "synthesize": JobKind(
        request=SynthesizeRequest,
        run=_later("work_portfolio", "synthesize_register"),
        title=_join("region"),
        permission="write_facility",
    ),
    "threat_diff": JobKind(
        request=ThreatDiffRequest, run=_later("work", "explain_change"), facilities=("facility", "before")
    ),
    "threat_watch": JobKind(request=ThreatWatchRequest, run=_later("work", "watch_facility"), facilities=("facility",)),
    "compare": JobKind(request=CompareRequest, run=_later("work", "compare_saved")),
    "study": JobKind(request=StudyJobRequest, run=_later("work_reports", "write_study"), title=title_study),
    "dossier": JobKind(
        request=DossierJobRequest,
        run=_later("work_reports", "write_dossier"),
        title=lambda _: f"hygie {hygie.__version__}",
    ),
    "import": JobKind(request=ImportRequest, run=_later("work_intel", "import_upload"), permission="write_facts"),
    "pull": JobKind(request=PullRequest, run=_later("work_intel", "pull_connector"), permission="write_facts"),
    "register": JobKind(
        request=RegisterRequest, run=_later("work_upkeep", "import_upload"), permission="write_facility"
    ),
    "backup": JobKind(request=BackupRequest, run=_later("work_upkeep", "make_backup"), permission="administer"),
}


def find_kind(name: str) -> JobKind:
    """Return a kind of job.

    Raises
    ------
    UsageError
        There is none of this name.
    """
    if name not in KINDS:
        raise UsageError(
            f"there is no kind of job “{name[:40]}”",
            field="kind",
            value=name,
            allowed=", ".join(KINDS),
            repair=suggest(name, KINDS) or "use one of these kinds",
        )
    return KINDS[name]
