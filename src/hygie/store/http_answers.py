"""What came back from a server, or why nothing did, in words that name no secret.

Sources: RFC 9110 (statuses; `Retry-After` in seconds or as a date), RFC 6585 (429).
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from email.utils import parsedate_to_datetime
from urllib.parse import urlsplit

import requests
import urllib3.exceptions

from hygie.core.errors import DocumentError

__all__ = ["HttpAnswer", "HttpFailure", "explain_loss", "explain_status", "show_url"]

# Statuses after which the same request may succeed later.
BUSY = frozenset({408, 425, 429, 500, 502, 503, 504})

_REASONS = {
    400: ("the server did not understand the request", "check the address and the options"),
    401: ("the server asks who you are, or refuses these credentials", "check the user and password, or the token"),
    403: ("the server knows you but does not let you read this", "ask its operator for the right to read"),
    404: ("there is nothing at this address", "check the address"),
    406: ("the server does not speak this version of the protocol", "ask its operator for the right address"),
    429: ("the server has had too many requests", "run the command again later"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class HttpAnswer:
    """A whole answer. `headers` have lower-case names."""

    url: str
    status: int
    headers: Mapping[str, str]
    body: bytes = field(repr=False)

    @property
    def media_type(self) -> tuple[str, Mapping[str, str]]:
        """Type and parameters, in lower case."""
        first, *rest = self.headers.get("content-type", "").split(";")
        pairs = (part.partition("=") for part in rest)
        parameters = {name.strip().lower(): value.strip().strip('"').lower() for name, _, value in pairs}
        return first.strip().lower(), parameters


@dataclass(frozen=True, slots=True, kw_only=True)
class HttpFailure:
    """An answer that could not be had.

    Parameters
    ----------
    passing
        Whether the same request may succeed later.
    too_large
        Whether a request for less may succeed.
    """

    url: str
    message: str
    repair: str
    value: str | None = None
    allowed: str | None = None
    status: int | None = None
    retry_after_s: float | None = None
    passing: bool = False
    too_large: bool = False

    def to_error(self) -> DocumentError:
        return DocumentError(
            self.message, file=show_url(self.url), value=self.value, allowed=self.allowed, repair=self.repair
        )


def show_url(url: str) -> str:
    """Return an address for messages: without user, password, query or fragment, where secrets hide."""
    try:
        parts = urlsplit(url)
        host = parts.hostname or ""
        port = f":{parts.port}" if parts.port else ""
    except ValueError:
        return "(not an address)"
    host = f"[{host}]" if ":" in host else host
    return f"{parts.scheme}://{host}{port}{parts.path}"


def explain_status(answer: HttpAnswer, *, now: float, secrets: tuple[str, ...] = ()) -> HttpFailure:
    """Put a refusal into words: ours, and the server's own with `secrets` taken out.

    Parameters
    ----------
    now
        Seconds since 1970 (UTC), against which a date in `Retry-After` is read.
    """
    status = answer.status
    message, repair = _REASONS.get(
        status,
        ("the server has a problem", "run the command again later")
        if status >= 500
        else ("the server refuses the request", "check the address and the options"),
    )
    words = _find_words(answer.body)
    for secret in secrets:
        words = words.replace(secret, "…")
    return HttpFailure(
        url=answer.url,
        message=message,
        value=f"{status}: {words}" if words else str(status),
        repair=repair,
        status=status,
        retry_after_s=_read_retry_after(answer.headers.get("retry-after"), now=now),
        passing=status in BUSY,
    )


def _read_retry_after(text: str | None, *, now: float) -> float | None:
    """Return the seconds that a server asks to wait: it gives them, or a date."""
    if text is None:
        return None
    try:
        seconds = float(text) if text.strip().isdecimal() else parsedate_to_datetime(text).timestamp() - now
    except (ValueError, TypeError, OverflowError):
        return None
    return max(seconds, 0.0) if math.isfinite(seconds) else None


def _find_words(body: bytes) -> str:
    """Return what the server says of an error, where it says it in JSON (TAXII, MISP)."""
    try:
        document = json.loads(body)
    except (ValueError, RecursionError):
        return ""
    if not isinstance(document, dict):
        return ""
    found = (document.get(key) for key in ("title", "name", "message", "description"))
    return " – ".join(dict.fromkeys(text.strip() for text in found if isinstance(text, str) and text.strip()))


def explain_loss(error: Exception, *, url: str) -> HttpFailure:
    """Put a broken connection into words; the library's own name the full address, which may hold secrets."""
    chain = [error, *(arg for arg in error.args if isinstance(arg, Exception))]
    chain += [reason for link in chain if isinstance(reason := getattr(link, "reason", None), Exception)]

    def met(*kinds: type[Exception]) -> bool:
        return any(isinstance(link, kinds) for link in chain)

    passing = True
    if met(requests.exceptions.SSLError, urllib3.exceptions.SSLError):
        message, repair, passing = (
            "the encrypted connection cannot be made: the certificate is not trusted, or the server speaks no TLS",
            "check the address; if an internal authority signs certificates, give its file",
            False,
        )
    elif met(requests.exceptions.ProxyError, urllib3.exceptions.ProxyError):
        message, repair = "the proxy does not let the request through", "check HTTPS_PROXY and NO_PROXY"
    elif met(urllib3.exceptions.NewConnectionError, ConnectionRefusedError):
        message, repair = "the server cannot be reached", "check the address and the network"
    elif met(requests.exceptions.ConnectTimeout, urllib3.exceptions.ConnectTimeoutError):
        message, repair = "the server does not answer", "check the address and the network"
    elif met(requests.exceptions.Timeout, urllib3.exceptions.TimeoutError, TimeoutError):
        message, repair = "the server is too slow", "run the command again later: it continues where it stopped"
    elif met(requests.exceptions.ContentDecodingError, urllib3.exceptions.DecodeError):
        message, repair, passing = "the answer is compressed wrongly", "tell the operator of the server", False
    elif met(requests.exceptions.InvalidURL, requests.exceptions.InvalidHeader, requests.exceptions.InvalidSchema):
        message, repair, passing = "the request cannot be sent", "check the address", False
    else:
        message, repair = "the connection broke off", "run the command again: it continues where it stopped"
    return HttpFailure(url=url, message=message, repair=repair, passing=passing)
