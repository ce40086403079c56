"""What pages of accounts say when something does not fit, in the language of the reader."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from hygie.core.errors import HygieError
from hygie.service.accounts.passwords import SHORTEST
from hygie.service.accounts.permissions import SCOPES
from hygie.service.accounts.principal import ROLES
from hygie.views.error_words import translate_text
from hygie.views.messages import Language, Translate

__all__ = ["explain_error", "name_action", "name_actor", "name_role", "name_scope", "tell_details"]


def explain_error(_: Translate, error: HygieError, *, language: Language) -> str:
    """Return one sentence about an error of an account."""
    said = {
        "login and password do not open an account": _(
            "Login and password do not open an account. Check both, and the keyboard."
        ),
        "too many tries": _("Too many tries. Wait {wait} s, then try again.", wait=getattr(error, "retry_after_s", 1)),
        "the password is too short": _(
            "The password is too short: at least {count} signs, of any sort.", count=SHORTEST
        ),
        "the password is too long": _("The password is too long."),
        "the password is made of the name of the account": _("The password is made of the name of the account."),
        "the password is among the first that are tried": _(
            "The password is among the first that are tried. Take four or five words that do not go together."
        ),
        "the present password is wrong": _("The present password is wrong."),
        "this cannot be a login": _(
            "This cannot be a login: take an e-mail address, or first name and name with a dot between."
        ),
        "this name cannot be shown": _("This name cannot be shown."),
        "this login is taken": _("This login is taken."),
        "this code is not the one that the server printed": _(
            "This code is not the one that the server printed in its terminal."
        ),
        "this is the last administrator": _("This is the last administrator: make somebody else administrator first."),
        "this account belongs to other organisations, too": _(
            "This account belongs to other organisations, too: take it out of yours, or ask who runs the server."
        ),
        "there is no such role": _("Choose one of the roles."),
        "a token needs a name": _("A token needs a name."),
        "a token needs a scope": _("Choose at least one thing that the token may do."),
        "a token may not do more than its owner": _("A token may not do more than its owner."),
        "a token cannot hold for so long": _("A token holds 366 days at most."),
    }
    message = error.findings[0].message
    return said[message] if message in said else translate_text(message, language)


def name_role(_: Translate, role: str) -> str:
    """Return what a role is called."""
    names = {
        "viewer": _("reader"),
        "analyst": _("analyst"),
        "approver": _("approver"),
        "admin": _("administrator"),
    }
    return names[role]


def name_scope(_: Translate, scope: str) -> str:
    """Return what a scope lets a token do."""
    names = {
        "read": _("read"),
        "write": _("write facts and facilities"),
        "run": _("run assessments"),
        "approve": _("approve results"),
        "admin": _("administer"),
    }
    return names[scope]


def name_action(_: Translate, action: str) -> str:
    """Return what an entry of the audit log is about."""
    names = {
        "account.add": _("account added"),
        "account.disable": _("account closed"),
        "account.enable": _("account opened again"),
        "account.link": _("account linked to an identity"),
        "account.password": _("password changed"),
        "account.role": _("role changed"),
        "approval.give": _("result approved"),
        "approval.refuse": _("result sent back"),
        "approval.submit": _("result submitted"),
        "approval.withdraw": _("result withdrawn"),
        "data.delete": _("data removed"),
        "data.export": _("data handed out"),
        "data.restore": _("data brought back"),
        "data.write": _("data written"),
        "organisation.add": _("organisation added"),
        "organisation.switch": _("went to another organisation"),
        "session.close": _("logged out"),
        "session.fail": _("log-in refused"),
        "session.open": _("logged in"),
        "session.revoke": _("session ended"),
        "setup.done": _("first account made"),
        "setup.fail": _("set-up refused"),
        "token.new": _("token made"),
        "token.revoke": _("token revoked"),
    }
    return names.get(action, action)


def name_actor(_: Translate, actor: str) -> str:
    """Return who signed an entry of the audit log; words for those who had no account yet."""
    return {"first account": _("whoever made the first account"), "nobody": _("nobody known")}.get(actor, actor)


def tell_details(_: Translate, details: Mapping[str, Any]) -> str:
    """Return the details of an entry of the audit log; ids of accounts are left out, for the entry names them."""
    labels = {
        "after": _("Role afterwards"),
        "before": _("Role before"),
        "digest": _("Digest"),
        "disabled": _("Account closed"),
        "document": _("Document"),
        "format": _("Format"),
        "from": _("From organisation"),
        "issuer": _("Identity provider"),
        "known": _("Account known"),
        "label": _("Name"),
        "language": _("Language"),
        "name": _("Name"),
        "revision": _("Revision"),
        "role": _("Role"),
        "scopes": _("Lets it"),
        "tlp": _("Marking"),
        "until": _("Until"),
        "why": _("Reason"),
        "with": _("Logged in with"),
    }
    shown = {name: value for name, value in details.items() if value is not None and name != "account"}
    return " · ".join(labels.get(name, name) + _(": ") + _tell_value(_, name, value) for name, value in shown.items())


def _tell_value(_: Translate, name: str, value: Any) -> str:
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    if isinstance(value, list):
        return ", ".join(_tell_value(_, name, item) for item in value)
    text = str(value)
    if name in ("role", "before", "after") and text in ROLES:
        return name_role(_, text)
    if name == "scopes" and text in SCOPES:
        return name_scope(_, text)
    return _("password") if name == "with" and text == "password" else text
