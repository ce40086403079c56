"""What pages of jobs and assessments need: a request from a form, progress in words, a result and its documents."""

from __future__ import annotations

from datetime import date

from hygie.core.errors import UsageError
from hygie.service.accounts.principal import Principal
from hygie.service.jobs.queue import submit
from hygie.service.jobs.requests import CompareRequest
from hygie.service.report import load_view
from hygie.service.requests import AssessmentRequest
from hygie.service.saved_results import find_folder, get_result, read_result_view
from hygie.service.stages import name_stage
from hygie.service.what_changed import label_kind
from hygie.store.workspace import Workspace
from hygie.views.application import JobView
from hygie.views.assessment import AssessmentView
from hygie.views.compare import CompareView
from hygie.views.messages import Language, translator
from hygie.views.numbers import format_count
from hygie.views.result_pages import ProgressView

__all__ = ["ask_assessment", "ask_split", "check_years", "load_assessment", "load_comparison", "tell_progress"]


def check_years(years: int, draws: int) -> None:
    """Refuse fewer years than draws need.

    Raises
    ------
    UsageError
        There are fewer than two for each draw.
    """
    if years < 2 * draws:
        raise UsageError(
            "each draw needs two years at least",
            field="years",
            value=str(years),
            allowed=f"{2 * draws} or more for {draws} draws",
            repair="ask for more years, or fewer draws",
        )


def ask_assessment(
    workspace: Workspace, facility: str, *, years: int, draws: int, seed: int, language: Language, principal: Principal
) -> JobView:
    """Put the assessment of a stored facility into the queue, over the twelve months after today.

    Raises
    ------
    DataError, NotFoundError
        The facility is not fit to be used, or not there.
    UsageError
        Fewer years than draws.
    """
    check_years(years, draws)
    request = AssessmentRequest(
        facility=facility, years=years, draws=draws, seed=seed, as_of=date.today(), language=language
    )
    return submit(workspace, kind="assess", request=request, principal=principal)


def ask_split(workspace: Workspace, before: str, after: str, *, language: Language, principal: Principal) -> JobView:
    """Put the split by cause of the difference of two assessments into the queue."""
    request = CompareRequest(before=before, after=after, language=language)
    title = get_result(workspace, after, language=language).title
    return submit(workspace, kind="compare", request=request, principal=principal, title=title)


def tell_progress(job: JobView, language: Language) -> ProgressView:
    """Return how far a job is, in a share and a sentence."""
    _ = translator(language)
    share = min(job.done / job.total, 1.0) if job.done is not None and job.total else None
    match job.status:
        case "queued":
            text = _("Waiting for its turn.")
        case "running":
            text = name_stage(job.stage, _) if job.stage else _("Beginning.")
            if share is not None and (job.total or 0) > 1:
                text += " · " + _(
                    "{done} of {total}", done=format_count(job.done or 0, language),
                    total=format_count(job.total or 0, language),
                )  # fmt: skip
            if job.stage == "simulate" and not job.done:
                text += " · " + _(
                    "the first time after an installation, the model is compiled before: a minute or more"
                )
            if job.remaining_s is not None and job.remaining_s >= 1:
                text += " · " + _("{count} s left", count=format_count(round(job.remaining_s), language))
        case "done":
            text, share = _("Done."), 1.0
        case "failed":
            text = _("It failed.")
        case "cancelled":
            text = _("It was cancelled.")
    if job.cancel_requested and job.status in ("queued", "running"):
        text = _("It stops at its next step.")
    over = job.status in ("done", "failed", "cancelled")
    return ProgressView(share=share, text=text, done=over, status=job.status, label=label_kind(job.kind, language))


def load_assessment(workspace: Workspace, result_id: str, *, language: Language) -> AssessmentView:
    """Return a saved assessment as it is shown.

    Raises
    ------
    NotFoundError
        There is none in this organisation.
    StoreError
        Its files are gone, or of another version.
    """
    return load_view(find_folder(workspace, result_id), language=language)


def load_comparison(workspace: Workspace, result_id: str, *, language: Language) -> CompareView:
    """Return a saved comparison as it is shown."""
    return CompareView.model_validate(read_result_view(workspace, result_id, language=language))
