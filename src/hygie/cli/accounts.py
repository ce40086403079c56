"""``hygie user``: the accounts of the pages and of the API."""

from __future__ import annotations

import sys
from contextlib import AbstractContextManager
from typing import TYPE_CHECKING, Annotated, Any

import typer

from hygie.cli.base import Place, with_place
from hygie.cli.options import JsonFlag, Lang, parse_language, print_json
from hygie.core.errors import DataError, UsageError

if TYPE_CHECKING:
    from hygie.service.accounts.access import Access
    from hygie.service.accounts.audit import Actor
    from hygie.service.accounts.directory import AccountView

__all__ = ["name_actor", "open_accounts", "user_app"]

user_app = typer.Typer(help="Accounts of the pages and of the API, and what each may do.", no_args_is_help=True)

_Login = Annotated[str, typer.Argument(help="What is typed at the door, such as ana.roux.", show_default=False)]
_Role = Annotated[str, typer.Option(help="viewer, analyst, approver or admin.", show_default=False)]


def open_accounts(place: Place) -> AbstractContextManager[Access]:
    """Open the accounts that the options of a command name."""
    from hygie.service.accounts.access import open_access

    return open_access(place.workspace, database=place.database, organisation=place.organisation)


def name_actor(place: Place) -> Actor:
    """Return who signs what a command does."""
    from hygie.service.accounts.audit import Actor
    from hygie.service.workspace import name_author

    return Actor(name=f"{name_author(place.author)} (command line)")


@user_app.command("add")
@with_place
def add(
    place: Place,
    login: _Login,
    role: _Role,
    name: Annotated[str | None, typer.Option(help="Shown to others; the login by default.")] = None,
    no_password: Annotated[
        bool, typer.Option("--no-password", help="For an account that comes in through single sign-on.")
    ] = False,
    lang: Lang = None,
    as_json: JsonFlag = False,
) -> None:
    """Add an account; its password is asked for, or read from standard input."""
    from hygie.service.accounts.directory import add_account, parse_role
    from hygie.views.messages import translator

    language = parse_language(lang)
    _ = translator(language)
    wanted = parse_role(role)
    password = None if no_password else _ask_password(language)
    with open_accounts(place) as access:
        view = add_account(
            access,
            login=login,
            name=name,
            role=wanted,
            organisation_id=place.organisation,
            password=password,
            language=language,
            actor=name_actor(place),
        )
    if as_json:
        print_json(_as_data(view))
    else:
        typer.echo(_("Account {login} added: {role} at {organisation}", login=view.login, role=wanted,
                     organisation=place.organisation))  # fmt: skip


@user_app.command("list")
@with_place
def list_all(
    place: Place,
    everywhere: Annotated[bool, typer.Option("--all", help="Those of every organisation.")] = False,
    lang: Lang = None,
    as_json: JsonFlag = False,
) -> None:
    """List the accounts of an organisation."""
    from hygie.service.accounts.directory import list_members

    language = parse_language(lang)
    with open_accounts(place) as access:
        views = list_members(access, None if everywhere else place.organisation)
    if as_json:
        print_json([_as_data(view) for view in views])
    else:
        _print_list(views, language)


@user_app.command("role")
@with_place
def change_role(
    place: Place,
    login: _Login,
    role: Annotated[
        str, typer.Argument(help="viewer, analyst, approver, admin, or none to take it out.", show_default=False)
    ],
    lang: Lang = None,
) -> None:
    """Give an account a role in an organisation, or take it out of it."""
    from hygie.service.accounts.directory import find_login, parse_role, remove_member, set_role
    from hygie.views.messages import translator

    _ = translator(parse_language(lang))
    with open_accounts(place) as access:
        account = find_login(access, login)
        actor, where = name_actor(place), place.organisation
        if role == "none":
            remove_member(access, account.account_id, organisation_id=where, actor=actor)
            typer.echo(_("Account {login} is out of {organisation}", login=account.login, organisation=where))
            return
        set_role(
            access,
            account.account_id,
            role=parse_role(role),
            organisation_id=where,
            actor=actor,
            members_only=False,
        )
        text = _("Account {login} is now {role} at {organisation}", login=account.login, role=role, organisation=where)
        typer.echo(text)


@user_app.command("disable")
@with_place
def disable(
    place: Place,
    login: _Login,
    undo: Annotated[bool, typer.Option("--undo", help="Open it again.")] = False,
    lang: Lang = None,
) -> None:
    """Close an account everywhere: its sessions end, its tokens and its password open nothing any more."""
    from hygie.service.accounts.directory import disable_account, enable_account, find_login
    from hygie.views.messages import translator

    _ = translator(parse_language(lang))
    with open_accounts(place) as access:
        account = find_login(access, login)
        change = enable_account if undo else disable_account
        change(access, account.account_id, organisation_id=place.organisation, actor=name_actor(place), whole=True)
    text = (
        _("Account {login} is open again", login=account.login)
        if undo
        else _("Account {login} is closed", login=account.login)
    )
    typer.echo(text)


@user_app.command("password")
@with_place
def set_password(place: Place, login: _Login, lang: Lang = None) -> None:
    """Give an account a new password, asked for or read from standard input; its sessions end."""
    from hygie.service.accounts.directory import find_login, reset_password
    from hygie.views.messages import translator

    language = parse_language(lang)
    _ = translator(language)
    with open_accounts(place) as access:
        account = find_login(access, login)
        reset_password(
            access,
            account.account_id,
            _ask_password(language),
            organisation_id=place.organisation,
            actor=name_actor(place),
            whole=True,
        )
    typer.echo(_("Account {login} has a new password", login=account.login))


def _ask_password(language: str) -> str:
    """Return a password from the terminal, twice and unseen, or from the first line of standard input."""
    if not sys.stdin.isatty():
        password = sys.stdin.readline(1024).rstrip("\r\n")
        if not password:
            raise UsageError(
                "there is no password on standard input",
                field="password",
                repair="run the command in a terminal, or send one line to it; never write a password in a command",
            )
        return password
    from getpass import getpass

    from hygie.views.messages import translator

    _ = translator(language)
    password = getpass(_("Password: "))
    if getpass(_("Once more: ")) != password:
        raise DataError("the two passwords differ", field="password", repair="type the same one twice")
    return password


def _as_data(view: AccountView) -> dict[str, Any]:
    return {
        "account_id": view.account_id,
        "login": view.login,
        "name": view.name,
        "language": view.language,
        "role": view.role,
        "source": view.source,
        "has_password": view.has_password,
        "disabled": view.disabled,
        "created_at": view.created_at.isoformat(),
        "signed_in_at": view.signed_in_at.isoformat() if view.signed_in_at else None,
    }


def _print_list(views: list[AccountView], language: str) -> None:
    from rich import box
    from rich.console import Console
    from rich.table import Table

    from hygie.service.summaries import show_instant
    from hygie.views.messages import translator

    _ = translator(language)
    if not views:
        typer.echo(_("No account yet: `hygie user add <login> --role admin` adds the first one"))
        return
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    for label in (_("Login"), _("Name"), _("Role"), _("Given by"), _("Last seen"), _("State")):
        table.add_column(label)
    for view in views:
        table.add_row(
            view.login,
            view.name,
            view.role or "",
            view.source or "",
            show_instant(view.signed_in_at) if view.signed_in_at else _("never"),
            _("closed") if view.disabled else _("open"),
        )
    Console(highlight=False, width=None if sys.stdout.isatty() else 120).print(table)
