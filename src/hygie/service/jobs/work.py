"""The work of each kind of job that simulates: read what is stored, compute, leave a result folder."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from pydantic import BaseModel

import hygie
from hygie.core.errors import UsageError
from hygie.facility.organisation import Facility
from hygie.service.assess import assess, save_assessment
from hygie.service.jobs.context import JobContext, Made, results_folder
from hygie.service.jobs.requests import CompareRequest, InsurePriceRequest
from hygie.service.requests import (
    AssessmentRequest,
    DecideControlsRequest,
    DecideMixRequest,
    DecideUncertaintyRequest,
    ThreatDiffRequest,
    ThreatWatchRequest,
)
from hygie.service.runs import PART_YEARS
from hygie.service.scenario_request import ScenarioRequest
from hygie.store.results import write_result
from hygie.store.saved_result_store import ResultStore

__all__ = [
    "assess_facility",
    "choose_controls",
    "choose_mix",
    "compare_saved",
    "explain_change",
    "explore_scenario",
    "price_programme",
    "watch_facility",
    "weigh_uncertainty",
]

# A run that is cut short loses at most the part under way: about fifty parts, of a useful size.
_PARTS = 50
_LEAST_YEARS = 2_048


def assess_facility(request: AssessmentRequest, context: JobContext) -> Made:
    """Assess a stored facility; parts on disk, so that a worker that was killed goes on where it was."""
    path = context.facility(request.facility)
    assessment = assess(
        request.model_copy(update={"facility": path}),
        threads=context.threads,
        block_years=min(PART_YEARS, max(_LEAST_YEARS, request.years // _PARTS)),
        stream_to=lambda _: context.folder,
        progress=context.progress,
    )
    shown = {
        language: view.model_copy(update={"reproduce": context.hide_places(view.reproduce)})
        for language, view in assessment.views.items()
    }
    save_assessment(replace(assessment, request=request, views=shown), context.folder)
    return Made("assessment", context.folder)


def explore_scenario(request: ScenarioRequest, context: JobContext) -> Made:
    """Suppose one event at a stored facility."""
    from hygie.service.scenario import run_scenario, save_scenario

    path = context.facility(request.facility)
    found = run_scenario(
        request.model_copy(update={"facility": path}), threads=context.threads, progress=context.progress
    )
    shown = {
        language: view.model_copy(update={"reproduce": context.hide_places(view.reproduce)})
        for language, view in found.views.items()
    }
    save_scenario(replace(found, request=request, views=shown), context.folder)
    return Made("scenario", context.folder)


def choose_controls(request: DecideControlsRequest, context: JobContext) -> Made:
    """Say what controls are worth at a stored facility."""
    from hygie.service.decide_controls import decide_controls
    from hygie.service.decide_languages import say_in_both

    path = context.facility(request.facility)
    asked = request.model_copy(update={"facility": path})
    view = decide_controls(asked, threads=context.threads, progress=context.progress, with_reach=True)
    return _keep(context, "decide_controls", request, view, others=say_in_both(view, facility=Path(path)))


def choose_mix(request: DecideMixRequest, context: JobContext) -> Made:
    """Choose controls and a stored programme together."""
    from hygie.service.decide_languages import say_in_both
    from hygie.service.decide_mix import decide_mix

    programmes = tuple(str(context.place("programme", ref)[0]) for ref in request.programmes)
    path = context.facility(request.facility)
    asked = request.model_copy(update={"facility": path, "programmes": programmes})
    view = decide_mix(asked, threads=context.threads, progress=context.progress)
    return _keep(context, "decide_mix", request, view, others=say_in_both(view, facility=Path(path)))


def weigh_uncertainty(request: DecideUncertaintyRequest, context: JobContext) -> Made:
    """Say what is not known does to the result of a stored facility."""
    from hygie.service.decide_languages import say_in_both
    from hygie.service.decide_uncertainty import decide_uncertainty

    path = context.facility(request.facility)
    asked = request.model_copy(update={"facility": path})
    view = decide_uncertainty(asked, threads=context.threads, progress=context.progress)
    return _keep(context, "decide_uncertainty", request, view, others=say_in_both(view, facility=Path(path)))


def explain_change(request: ThreatDiffRequest, context: JobContext) -> Made:
    """Split a change between two dates, or two revisions of a facility, by cause."""
    from hygie.service.threat_diff import diff_threat

    update = {"facility": context.facility(request.facility)}
    update |= {"before": context.facility(request.before)} if request.before is not None else {}
    view = diff_threat(request.model_copy(update=update), threads=context.threads, progress=context.progress)
    return _keep(context, "threat_diff", request, view)


def watch_facility(request: ThreatWatchRequest, context: JobContext) -> Made:
    """Rank what moved the risk of a stored facility."""
    from hygie.service.threat_watch import watch_threat

    asked = request.model_copy(update={"facility": context.facility(request.facility)})
    view = watch_threat(asked, base=context.base(), threads=context.threads, progress=context.progress)
    return _keep(context, "threat_watch", request, view)


def price_programme(request: InsurePriceRequest, context: JobContext) -> Made:
    """Price a stored programme on a saved assessment of the same organisation."""
    from hygie.service.insure import price, save_programme

    row = ResultStore(context.workspace).get(request.result)
    if row.kind != "assessment":
        raise UsageError("a programme is priced on an assessment", field="result", value=row.kind, allowed="assessment")
    path, _ = context.place("programme", request.programme)
    priced, views = price(results_folder(context.workspace, request.result), path)
    shown = {
        language: view.model_copy(update={"reproduce": context.hide_places(view.reproduce)})
        for language, view in views.items()
    }
    save_programme(priced, shown, context.folder)
    return Made("programme", context.folder)


def compare_saved(request: CompareRequest, context: JobContext) -> Made:
    """Split the difference of two saved assessments by cause."""
    from hygie.service.compare_results import split_results

    view = split_results(
        context.workspace,
        request.before,
        request.after,
        years=request.years,
        language=request.language,
        threads=context.threads,
        progress=context.progress,
    )
    return _keep(context, "compare", request, view)


def _keep(
    context: JobContext,
    kind: str,
    request: BaseModel,
    view: BaseModel,
    *,
    others: Mapping[Any, BaseModel] | None = None,
) -> Made:
    """Write what a use case shows to the result folder, in the language that was asked for and those of `others`."""
    language = str(getattr(request, "language", "en"))
    manifest: dict[str, Any] = {
        "kind": kind,
        "version": hygie.__version__,
        "created_at": datetime.now(UTC).isoformat(timespec="seconds"),
        "request": request.model_dump(mode="json", by_alias=True),
        **_facility_of(context, request),
    }
    shown: Mapping[str, Any] = context.clean(view.model_dump(mode="json", by_alias=True))
    manifest |= {name: shown[name] for name in ("digest", "packs") if name in shown}
    views = {
        f"{kind}.{name}": context.clean(o.model_dump(mode="json", by_alias=True)) for name, o in (others or {}).items()
    }
    write_result(context.folder, manifest=manifest, views={**views, f"{kind}.{language}": shown}, tables={})
    return Made(kind, context.folder)


def _facility_of(context: JobContext, request: BaseModel) -> dict[str, Any]:
    ref = getattr(request, "facility", None)
    if ref is None:
        return {}
    _, row = context.place("facility", ref)
    return {"facility": Facility.model_validate(row.data).model_dump(mode="json", by_alias=True)}
