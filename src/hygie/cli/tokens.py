"""``hygie token``: tokens of programs that speak to the API."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Annotated, Any

import typer

from hygie.cli.accounts import name_actor, open_accounts
from hygie.cli.base import Place, with_place
from hygie.cli.options import JsonFlag, Lang, parse_language, print_json

if TYPE_CHECKING:
    from hygie.service.accounts.tokens import TokenRow

__all__ = ["token_app"]

token_app = typer.Typer(help="Tokens of programs that speak to the API.", no_args_is_help=True)


@token_app.command("new")
@with_place
def make(
    place: Place,
    login: Annotated[str, typer.Argument(help="The account that it speaks for.", show_default=False)],
    label: Annotated[str, typer.Option(help="What it is for.", show_default=False)],
    scope: Annotated[
        list[str] | None, typer.Option(help="read, write, run, approve or admin; may be repeated; read by default.")
    ] = None,
    days: Annotated[int, typer.Option(help="How long it holds.", min=1, max=366)] = 90,
    lang: Lang = None,
    as_json: JsonFlag = False,
) -> None:
    """Make a token; it is shown this once."""
    from datetime import timedelta

    from hygie.service.accounts.directory import find_login
    from hygie.service.accounts.tokens import make_token
    from hygie.views.messages import translator

    _ = translator(parse_language(lang))
    with open_accounts(place) as access:
        account = find_login(access, login)
        token, row = make_token(
            access,
            account.account_id,
            organisation_id=place.organisation,
            label=label,
            scopes=tuple(scope or ("read",)),
            life=timedelta(days=days),
            actor=name_actor(place),
        )
    if as_json:
        print_json({"token": token, **_as_data(row, account.login)})
        return
    # Alone on standard output, so that a program can take it from there.
    typer.echo(token)
    sys.stderr.write(_("It is not shown again; it holds until {day}", day=row.expires_at.date().isoformat()) + "\n")


@token_app.command("list")
@with_place
def list_all(place: Place, lang: Lang = None, as_json: JsonFlag = False) -> None:
    """List the tokens of an organisation."""
    from hygie.service.accounts.directory import list_members
    from hygie.service.accounts.tokens import list_own_tokens

    language = parse_language(lang)
    with open_accounts(place) as access:
        rows = list_own_tokens(access, organisation_id=place.organisation)
        logins = {view.account_id: view.login for view in list_members(access, None)}
    if as_json:
        print_json([_as_data(row, logins.get(row.account_id, "")) for row in rows])
    else:
        _print_list(rows, logins, language)


@token_app.command("revoke")
@with_place
def revoke(
    place: Place,
    token_id: Annotated[str, typer.Argument(help="Its id, from `hygie token list`.", show_default=False)],
    lang: Lang = None,
) -> None:
    """End a token."""
    from hygie.service.accounts.tokens import revoke_token
    from hygie.views.messages import translator

    with open_accounts(place) as access:
        revoke_token(access, token_id, organisation_id=place.organisation, actor=name_actor(place))
    typer.echo(translator(parse_language(lang))("The token no longer opens anything."))


def _as_data(row: TokenRow, login: str) -> dict[str, Any]:
    def tell(name: str) -> str | None:
        at = getattr(row, name)
        return at.isoformat() if at else None

    return {
        "token_id": row.token_id,
        "login": login,
        "label": row.label,
        "scopes": list(row.scopes),
        **{name: tell(name) for name in ("created_at", "expires_at", "used_at", "revoked_at")},
    }


def _print_list(rows: list[TokenRow], logins: dict[str, str], language: str) -> None:
    from rich import box
    from rich.console import Console
    from rich.table import Table

    from hygie.service.summaries import show_instant
    from hygie.views.messages import translator

    _ = translator(language)
    if not rows:
        typer.echo(_("No token: `hygie token new <login> --label <what for>` makes one"))
        return
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    for label in (_("Token"), _("Login"), _("Name"), _("Allows"), _("Until"), _("Last used"), _("State")):
        table.add_column(label)
    for row in rows:
        table.add_row(
            row.token_id,
            logins.get(row.account_id, ""),
            row.label,
            ", ".join(row.scopes),
            row.expires_at.date().isoformat(),
            show_instant(row.used_at) if row.used_at else _("never"),
            _("revoked") if row.revoked_at else _("open"),
        )
    Console(highlight=False, width=None if sys.stdout.isatty() else 140).print(table)
