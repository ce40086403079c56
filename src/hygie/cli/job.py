"""``hygie job``: what waits, what runs, what came of it."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Annotated

import typer

from hygie.cli.base import Place, with_place
from hygie.cli.options import JsonFlag, Lang, parse_language, print_json
from hygie.core.errors import UsageError

if TYPE_CHECKING:
    from hygie.service.workspace import Workspace
    from hygie.views.application import JobView

__all__ = ["job_app"]

job_app = typer.Typer(help="Long work: what waits, what runs, what came of it.", no_args_is_help=True)

_JOB = typer.Argument(help="Number of the job, as `hygie job list` prints it.", show_default=False)
_STATES = ("queued", "running", "done", "failed", "cancelled")


@contextmanager
def _open(place: Place) -> Iterator[Workspace]:
    from hygie.service.workspace import open_plain_workspace

    with open_plain_workspace(place.workspace, database=place.database, organisation=place.organisation) as opened:
        yield opened


@job_app.command("list")
@with_place
def list_all(
    place: Place,
    status: Annotated[str | None, typer.Option(help="queued, running, done, failed or cancelled.")] = None,
    after: Annotated[str | None, typer.Option(help="Only jobs older than this one.")] = None,
    limit: Annotated[int, typer.Option(help="How many.", min=1, max=200)] = 20,
    lang: Lang = None,
    as_json: JsonFlag = False,
) -> None:
    """List jobs, the latest first."""
    from hygie.cli.job_pages import print_jobs
    from hygie.service.jobs import list_jobs

    language = parse_language(lang)
    if status is not None and status not in _STATES:
        raise UsageError("jobs have no such state", field="--status", value=status, allowed=", ".join(_STATES))
    with _open(place) as workspace:
        page = list_jobs(workspace, status=status, after=after, limit=limit)
    if as_json:
        print_json(page.model_dump(mode="json"))
    else:
        print_jobs(page.items, language)


@job_app.command("show")
@with_place
def show(
    place: Place,
    job: Annotated[str, _JOB],
    lang: Lang = None,
    as_json: JsonFlag = False,
) -> None:
    """Show a job: what was asked, how far it is, what came of it."""
    from hygie.cli.job_pages import print_job
    from hygie.service.jobs import get_job, list_job_events

    language = parse_language(lang)
    with _open(place) as workspace:
        view, events = get_job(workspace, job), list_job_events(workspace, job)
    if as_json:
        print_json({**view.model_dump(mode="json"), "events": [event.model_dump(mode="json") for event in events]})
    else:
        print_job(view, events, language)
    _leave(view)


@job_app.command("cancel")
@with_place
def cancel(
    place: Place,
    job: Annotated[str, _JOB],
    lang: Lang = None,
    as_json: JsonFlag = False,
) -> None:
    """Stop a job: at once when it waits, at its next step when it runs."""
    from hygie.cli.job_pages import print_jobs
    from hygie.service.jobs import cancel_job
    from hygie.service.local_principal import make_local_principal

    language = parse_language(lang)
    with _open(place) as workspace:
        view = cancel_job(workspace, job, principal=make_local_principal(workspace, author=place.author))
    if as_json:
        print_json(view.model_dump(mode="json"))
    else:
        print_jobs([view], language)


@job_app.command("follow")
@with_place
def follow(
    place: Place,
    job: Annotated[str, _JOB],
    lang: Lang = None,
    as_json: JsonFlag = False,
) -> None:
    """Show how far a job is until it is over; Ctrl-C leaves it running."""
    from hygie.cli.job_pages import describe_progress, print_job
    from hygie.service.jobs import get_job, list_job_events

    language = parse_language(lang)
    said = ""
    try:
        with _open(place) as workspace:
            while (view := get_job(workspace, job)).status in ("queued", "running"):
                text = describe_progress(view, language)
                if text != said:
                    sys.stderr.write(f"{text}\n")
                    said = text
                time.sleep(1.0)
            events = list_job_events(workspace, job)
    except KeyboardInterrupt:
        raise typer.Exit(130) from None
    if as_json:
        print_json(view.model_dump(mode="json"))
    else:
        print_job(view, events, language)
    _leave(view)


def _leave(view: JobView) -> None:
    if view.status == "failed":
        raise typer.Exit(1)
