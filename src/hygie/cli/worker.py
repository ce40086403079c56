"""``hygie worker``: does the jobs that the pages and the API ask for."""

from __future__ import annotations

import threading
from pathlib import Path
from typing import Annotated

import typer

from hygie.cli.options import JsonFlag, Lang, parse_language, print_json
from hygie.core.errors import UsageError

__all__ = ["worker"]


def worker(
    workspace: Annotated[
        Path | None,
        typer.Option("--workspace", envvar="HYGIE_WORKSPACE", help="Folder of the workspace; the user's by default."),
    ] = None,
    database: Annotated[
        str | None,
        typer.Option(
            "--database",
            envvar="HYGIE_DATABASE",
            show_envvar=True,
            help="Address of a PostgreSQL database; a SQLite file in the workspace by default.",
        ),
    ] = None,
    organisation: Annotated[str, typer.Option(help="Whose jobs; all for those of everybody.")] = "all",
    once: Annotated[bool, typer.Option("--once", help="End when nothing waits.")] = False,
    threads: Annotated[int | None, typer.Option(help="Threads; all cores by default. Never changes a figure.")] = None,
    lang: Lang = None,
    as_json: JsonFlag = False,
) -> None:
    """Do the jobs that wait, one after the other, and pull the connectors that are due."""
    from hygie.service.jobs.process import stop_on_signals, write_log
    from hygie.service.jobs.worker import run_worker
    from hygie.service.workspace import open_plain_workspace
    from hygie.views.messages import translator

    _ = translator(parse_language(lang))
    if threads is not None and not 1 <= threads <= 1024:
        raise UsageError("this option is out of range", field="--threads", value=threads, allowed="1 to 1024")
    stop = threading.Event()
    stop_on_signals(stop)
    write_log()
    chosen = None if organisation == "all" else [organisation]
    with open_plain_workspace(workspace, database=database, organisation=chosen[0] if chosen else "default") as opened:
        count = run_worker(opened, stop=stop, organisations=chosen, once=once, threads=threads)
    if as_json:
        print_json({"jobs": count})
    else:
        typer.echo(_("Jobs ended: {count}", count=count))
