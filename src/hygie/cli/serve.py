"""``hygie serve``: the pages, on this machine."""

from __future__ import annotations

import gc
import sys
from pathlib import Path
from typing import Annotated

import typer

from hygie.cli.options import Lang, parse_language

__all__ = ["serve"]


def serve(
    host: Annotated[str, typer.Option(help="Address to listen on.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(help="Port to listen on.", min=1, max=65535)] = 8765,
    public_url: Annotated[
        str | None, typer.Option(help="Address that people type, when a reverse proxy with TLS stands before.")
    ] = None,
    allow_network: Annotated[
        bool, typer.Option("--allow-network", help="Listen beyond this machine, in plain HTTP; see the guide first.")
    ] = False,
    no_worker: Annotated[bool, typer.Option("--no-worker", help="Do not work on long jobs beside the pages.")] = False,
    open_browser: Annotated[bool, typer.Option("--open", help="Open the pages in the browser.")] = False,
    sso: Annotated[Path | None, typer.Option(envvar="HYGIE_SSO", help="File of identity providers (YAML).")] = None,
    workspace: Annotated[
        Path | None, typer.Option(envvar="HYGIE_WORKSPACE", help="Folder of the workspace; the user's by default.")
    ] = None,
    database: Annotated[
        str | None,
        typer.Option(
            envvar="HYGIE_DATABASE",
            show_envvar=True,
            help="Address of a PostgreSQL database; a SQLite file in the workspace by default.",
        ),
    ] = None,
    organisation: Annotated[
        str, typer.Option(envvar="HYGIE_ORGANISATION", help="Whose base is filled at the first start.")
    ] = "default",
    lang: Lang = None,
) -> None:
    """Serve the pages on this machine; Ctrl-C stops, and requests under way are answered first."""
    # What is made until the server is ready stays: the collector would search it over and over, an eighth of the start.
    gc.disable()
    from hygie.service.accounts.access import open_access
    from hygie.service.accounts.setup import issue_setup_code
    from hygie.views.messages import translator
    from hygie.web.settings import Settings

    _ = translator(parse_language(lang))
    settings = Settings(
        host=host,
        port=port,
        workspace=workspace,
        database=database,
        organisation=organisation,
        public_url=public_url,
        allow_network=allow_network,
        worker=not no_worker,
        sso=sso,
    )
    from hygie.web.serve import run_server

    with open_access(workspace, database=database, organisation=organisation) as access:
        setup_code, folder = issue_setup_code(access), access.workspace.folder

    def tell_ready(address: str) -> None:
        gc.freeze()
        gc.enable()
        sys.stderr.write(_("Everything is kept in {folder}", folder=folder) + "\n")
        sys.stderr.write(_("hygie answers at {address}; Ctrl-C stops it.", address=address) + "\n")
        if setup_code is not None:
            told = _("There is no account yet. Make the first one at {address}/setup with this code:", address=address)
            sys.stderr.write(f"{told}\n\n    {setup_code}\n\n")
        if open_browser:
            import webbrowser

            webbrowser.open(address)

    try:
        run_server(settings, on_ready=tell_ready)
    except KeyboardInterrupt:
        sys.stderr.write(_("Stopped.") + "\n")
