"""Passwords: what is accepted, and how they are kept (Argon2id)."""

from __future__ import annotations

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from hygie.core.errors import DataError

__all__ = ["LONGEST", "SHORTEST", "check_password", "hash_password", "needs_rehash", "verify_password"]

SHORTEST = 12
# Far beyond any phrase, and a bound on what is hashed.
LONGEST = 256

# At least 10^8 guesses by the estimate of zxcvbn (Wheeler, USENIX Security 2016): its third step out of four.
_GUESSES_SCORE = 3
# What zxcvbn reads at most; the rest only makes a password harder to guess.
_JUDGED = 72


def check_password(password: str, *, known: tuple[str, ...] = ()) -> None:
    """Refuse a password that is short, common, or made of what everybody knows of the account.

    No sort of sign is asked for: length and rarity are what counts (NIST SP 800-63B-4, section 3.1.1.2).

    Parameters
    ----------
    known
        The login, the name, the organisation.

    Raises
    ------
    DataError
        Says why, without repeating the password.
    """
    repair = "take four or five words that have nothing to do with each other"
    if not SHORTEST <= len(password) <= LONGEST:
        raise DataError(
            "the password is too short" if len(password) < SHORTEST else "the password is too long",
            field="password",
            allowed=f"{SHORTEST} to {LONGEST} signs, of any sort",
            repair=repair,
        )
    folded = password.casefold()
    words = [word.casefold() for text in known for word in (text, *text.replace("@", " ").replace(".", " ").split())]
    left = folded
    for word in sorted({word for word in words if len(word) >= 3}, key=len, reverse=True):
        left = left.replace(word, "")
    if len(left) < SHORTEST // 2:
        raise DataError("the password is made of the name of the account", field="password", repair=repair)
    # Its lists take a tenth of a second to read: only when a password is chosen.
    from zxcvbn import zxcvbn

    if zxcvbn(password[:_JUDGED], user_inputs=words)["score"] < _GUESSES_SCORE:
        raise DataError(
            "the password is among the first that are tried",
            field="password",
            allowed="what takes more than a hundred million guesses",
            repair=repair,
        )


def hash_password(hasher: PasswordHasher, password: str) -> str:
    """Return the Argon2id hash of a password."""
    return hasher.hash(password)


def verify_password(hasher: PasswordHasher, password_hash: str | None, password: str) -> bool:
    """Return whether a password is the right one; without a hash, in the same time, that it is not."""
    if len(password) > LONGEST:
        password = password[:LONGEST] + "…"
    if password_hash is None:
        # An account that is not there must cost as much as one that is.
        hasher.hash(password)
        return False
    try:
        return hasher.verify(password_hash, password)
    except (VerificationError, InvalidHashError):
        return False


def needs_rehash(hasher: PasswordHasher, password_hash: str) -> bool:
    """Return whether a hash was made with other settings than today's."""
    return hasher.check_needs_rehash(password_hash)
