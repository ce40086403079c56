"""How jobs are printed."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from rich.console import Console
from rich.table import Table
from rich.text import Text

from hygie.core.errors import Finding
from hygie.service.what_changed import label_kind
from hygie.views.error_words import render_finding
from hygie.views.messages import Language, Translate, translator
from hygie.views.numbers import format_count

if TYPE_CHECKING:
    from hygie.views.application import JobEventView, JobView

__all__ = ["describe_progress", "print_job", "print_jobs"]


def print_jobs(jobs: Sequence[JobView], language: Language) -> None:
    """Print jobs, one a line."""
    _ = translator(language)
    if not jobs:
        Console().print(_("No job."))
        return
    table = Table(box=None, pad_edge=False)
    for title in (_("Job"), _("What"), _("About"), _("State"), _("By")):
        table.add_column(title, overflow="fold")
    for job in jobs:
        # What people wrote is text, never markup.
        cells = (job.job_id, label_kind(job.kind, language), job.title, describe_progress(job, language), job.author)
        table.add_row(*(Text(cell) for cell in cells))
    Console().print(table)


def print_job(job: JobView, events: Sequence[JobEventView], language: Language) -> None:
    """Print one job: its state, its events, what is wrong with it."""
    console = Console()
    print_jobs([job], language)
    for event in events:
        console.print(Text(f"  {event.at:%Y-%m-%d %H:%M:%S} UTC  {event.event} {_detail(event)}".rstrip()))
    for finding in job.findings:
        console.print(Text(render_finding(Finding(**finding.model_dump()), language)))
    if job.result_id is not None:
        console.print(Text(translator(language)("Result: {id}", id=job.result_id)))


def describe_progress(job: JobView, language: Language) -> str:
    """Return the state of a job in a few words."""
    _ = translator(language)
    state = _states(_)[job.status]
    if job.status != "running" or job.stage is None:
        return state
    text = f"{state}, {job.stage}"
    if job.total:
        text += f" {format_count(job.done or 0, language)} / {format_count(job.total, language)}"
    if job.remaining_s is not None:
        text += ", " + _("{count} s left", count=format_count(round(job.remaining_s), language))
    return text


def _states(_: Translate) -> dict[str, str]:
    return {
        "queued": _("waiting"),
        "running": _("running"),
        "done": _("done"),
        "failed": _("failed"),
        "cancelled": _("cancelled"),
    }


def _detail(event: JobEventView) -> str:
    return " ".join(str(value) for value in event.data.values())
