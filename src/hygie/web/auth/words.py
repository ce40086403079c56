"""What pages of accounts say when something does not fit, in the language of the reader."""

from __future__ import annotations

from hygie.core.errors import HygieError
from hygie.service.accounts.passwords import SHORTEST
from hygie.views.error_words import translate_text
from hygie.views.messages import Language, Translate

__all__ = ["explain_error", "name_action", "name_role", "name_scope"]


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
