"""Passwords that an administrator hands over: drawn at random, shown once, to be changed by whoever gets them."""

from __future__ import annotations

import secrets

__all__ = ["draw_password"]

# Without signs that are taken for each other, read aloud or on paper.
_SIGNS = "abcdefghjkmnpqrstuvwxyz23456789"
_GROUPS, _GROUP = 4, 5


def draw_password() -> str:
    """Return a password of some 99 random bits, in groups that can be read aloud."""
    return "-".join("".join(secrets.choice(_SIGNS) for _sign in range(_GROUP)) for _group in range(_GROUPS))
