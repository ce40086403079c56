"""``hygie audit``: the sealed log of who did what."""

from __future__ import annotations

import sys
from dataclasses import asdict
from typing import Annotated

import typer

from hygie.cli.accounts import open_accounts
from hygie.cli.base import Place, with_place
from hygie.cli.options import JsonFlag, Lang, parse_language, print_json

__all__ = ["audit_app"]

audit_app = typer.Typer(help="The audit log: who did what, each line sealed with the one before.", no_args_is_help=True)


@audit_app.command("verify")
@with_place
def verify(
    place: Place,
    expect: Annotated[
        str | None, typer.Option(help="NUMBER:HASH that an earlier check printed: shows lines cut off since.")
    ] = None,
    lang: Lang = None,
    as_json: JsonFlag = False,
) -> None:
    """Follow the seals of the audit log of an organisation; ends with 1 when a line was changed or taken out."""
    from hygie.service.accounts.audit import verify_log
    from hygie.views.messages import translator
    from hygie.views.numbers import format_count

    language = parse_language(lang)
    _ = translator(language)
    with open_accounts(place) as access:
        check = verify_log(access, place.organisation, expected_head=expect)
    if as_json:
        print_json(asdict(check))
    elif check.broken_at is None:
        count = format_count(check.entries, language)
        typer.echo(_("Lines: {count}, all as they were written", count=count))
        typer.echo(_("Last line: {head}", head=check.head))
    else:
        kinds = {
            "missing": _("it was taken out"),
            "changed": _("it was changed"),
            "unlinked": _("it does not follow the one before"),
            "cut": _("it was there at the earlier check, and is gone"),
        }
        reason = kinds[check.break_kind or "changed"]
        typer.echo(_("Line {number} is not as it was written: {reason}", number=check.broken_at, reason=reason))
    if check.broken_at is not None:
        raise typer.Exit(1)


@audit_app.command("show")
@with_place
def show(
    place: Place,
    limit: Annotated[int, typer.Option(help="How many lines, the newest first.", min=1, max=1000)] = 50,
    before: Annotated[int | None, typer.Option(help="Only lines before this number.", min=1)] = None,
    lang: Lang = None,
    as_json: JsonFlag = False,
) -> None:
    """Show the last lines of the audit log of an organisation."""
    from hygie.service.accounts.audit import list_entries

    language = parse_language(lang)
    with open_accounts(place) as access:
        entries = list_entries(access, place.organisation, limit=limit, before=before)
    if as_json:
        print_json([{**asdict(entry), "at": entry.at.isoformat()} for entry in entries])
        return
    from rich import box
    from rich.console import Console
    from rich.table import Table

    from hygie.service.summaries import show_instant
    from hygie.views.messages import translator

    _ = translator(language)
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    for label in (_("Line"), _("When"), _("Who"), _("What"), _("Of what"), _("Details"), _("Address")):
        table.add_column(label)
    for entry in entries:
        details = ", ".join(f"{name}: {value}" for name, value in entry.details.items() if value is not None)
        row = (str(entry.number), show_instant(entry.at), entry.actor, entry.action, entry.target or "", details)
        table.add_row(*map(_plain, (*row, entry.address or "")))
    Console(highlight=False, markup=False, width=None if sys.stdout.isatty() else 160).print(table)


def _plain(text: str) -> str:
    """Return a text without signs that would steer a terminal."""
    return "".join(sign if sign.isprintable() else "·" for sign in text)
