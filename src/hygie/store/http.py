"""HTTP: bounded in bytes and time, patient with busy servers, careful with credentials.

Sources: RFC 9110 (statuses, `Retry-After` in seconds or as a date, redirects), RFC 7617 (basic), RFC 6750
(bearer), RFC 6585 (429).
"""

from __future__ import annotations

import base64
import ipaddress
import json
from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Any, Self
from urllib.parse import SplitResult, urljoin, urlsplit

import requests
import urllib3.exceptions

from hygie.core.errors import DocumentError, UsageError
from hygie.store.http_answers import HttpAnswer, HttpFailure, explain_loss, explain_status, show_url
from hygie.store.http_limits import HttpLimits, HttpTools, Wait

__all__ = ["Authorization", "HttpClient", "HttpLimits", "HttpTools", "Wait"]

REDIRECTS = frozenset({301, 302, 303, 307, 308})
READ_BYTES = 64 * 1024
# Enough of an error's body to find the server's own words.
ERROR_BYTES = 16 * 1024


@dataclass(frozen=True, slots=True)
class Authorization:
    """What proves who asks. Neither its text form nor any message shows it."""

    header: str = field(repr=False)
    secrets: tuple[str, ...] = field(repr=False)

    @classmethod
    def from_password(cls, user: str, password: str) -> Self:
        """HTTP basic; names and passwords are sent as UTF-8."""
        if ":" in user or not user.isprintable() or not password.isprintable():
            raise UsageError(
                "the user name or the password cannot be sent",
                allowed="no colon in the user name, no control characters in either",
                repair="check both for a line break at the end",
            )
        packed = base64.b64encode(f"{user}:{password}".encode()).decode("ascii")
        return cls(f"Basic {packed}", (packed, password))

    @classmethod
    def from_token(cls, token: str) -> Self:
        """Bearer token."""
        return cls(f"Bearer {_check_token(token)}", (token,))

    @classmethod
    def from_key(cls, key: str) -> Self:
        """Key that stands alone in the header, as MISP wants it."""
        return cls(_check_token(key), (key,))


def _check_token(token: str) -> str:
    if not token or not token.isascii() or not token.isprintable() or " " in token:
        raise UsageError(
            "the token or key is not one",
            allowed="printable ASCII characters, no spaces",
            repair="check it for a line break at the end",
        )
    return token


class HttpClient:
    """One server, one set of credentials, one set of limits.

    Parameters
    ----------
    base
        Address of the server; credentials go to its host only.
    allow_http
        True to accept an address that is not encrypted; a loopback address always may be.
    ca_file
        Certificates to trust in place of the usual ones: the authority of an internal network.

    Raises
    ------
    UsageError
        Not an http(s) address, not encrypted, or with credentials inside; no file of certificates.
    """

    def __init__(
        self,
        base: str,
        *,
        authorization: Authorization | None = None,
        allow_http: bool = False,
        ca_file: Path | None = None,
        limits: HttpLimits | None = None,
        tools: HttpTools | None = None,
    ) -> None:
        self.limits = limits or HttpLimits()
        self.tools = tools or HttpTools()
        self._allow_http = allow_http
        self._authorization = authorization
        self._origin = self._check_url(base)
        self._session = requests.Session()
        # A loopback server is never behind a proxy.
        self._session.trust_env = not _is_loopback(self._origin.hostname)
        # Without this, credentials of the user's .netrc would be sent unasked.
        self._session.auth = self._authorize
        self._session.headers.update({"User-Agent": "hygie", "Accept-Encoding": "gzip"})
        if ca_file is not None:
            if not ca_file.is_file():
                raise UsageError("there is no file of certificates at this path", value=str(ca_file))
            self._session.verify = str(ca_file)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._session.close()

    def get(
        self, url: str, *, accept: str, params: Mapping[str, str] | None = None, keep: Collection[int] = ()
    ) -> HttpAnswer:
        """Return the answer, after waits and further attempts where these may help.

        Parameters
        ----------
        keep
            Statuses that the caller judges: they are returned as answers.

        Raises
        ------
        DocumentError
            No answer within the limits, or a refusal.
        """
        return self._persist(lambda: self.attempt(url, accept=accept, params=params, keep=keep))

    def post(self, url: str, *, accept: str, payload: Any, keep: Collection[int] = ()) -> HttpAnswer:
        """Send a JSON document that only asks, and return the answer as `get` does."""
        return self._persist(lambda: self.attempt(url, accept=accept, payload=payload, keep=keep))

    def attempt(
        self,
        url: str,
        *,
        accept: str,
        params: Mapping[str, str] | None = None,
        payload: Any = None,
        keep: Collection[int] = (),
    ) -> HttpAnswer | HttpFailure:
        """Make one request, following redirects on the same host."""
        target = url
        for _ in range(self.limits.redirects + 1):
            found = self._request(target, accept=accept, params=params, payload=payload, keep=keep)
            if isinstance(found, HttpFailure) or found.status not in REDIRECTS:
                return found
            # The new address carries its own query.
            params = None
            refused = self._judge_redirect(found, payload=payload)
            if refused is not None:
                return refused
            target = urljoin(found.url, found.headers["location"])
        return self._end_redirects(url)

    @contextmanager
    def open(self, url: str, *, headers: Mapping[str, str]) -> Iterator[requests.Response | HttpFailure]:
        """Make one request and yield the answer with its body unread, following redirects.

        Raises
        ------
        UsageError
            The address is not accepted.
        """
        target = url
        for _ in range(self.limits.redirects + 1):
            self._check_url(target)
            try:
                response = self._session.get(
                    target, headers=headers, timeout=self._timeouts, allow_redirects=False, stream=True
                )
            except (requests.RequestException, urllib3.exceptions.HTTPError, OSError) as error:
                yield explain_loss(error, url=target)
                return
            with response:
                if response.status_code not in REDIRECTS:
                    yield response
                    return
                location = response.headers.get("location", "")
            answer = HttpAnswer(url=target, status=response.status_code, headers={"location": location}, body=b"")
            refused = self._judge_redirect(answer, payload=None)
            if refused is not None:
                yield refused
                return
            target = urljoin(target, location)
        yield self._end_redirects(url)

    @property
    def _timeouts(self) -> tuple[float, float]:
        return self.limits.connect_s, self.limits.read_s

    def _end_redirects(self, url: str) -> HttpFailure:
        return HttpFailure(
            url=url,
            message="the server redirects without end",
            allowed=f"at most {self.limits.redirects} redirects",
            repair="check the address",
        )

    def wait_before(self, attempt: int, failure: HttpFailure) -> None:
        """Wait before attempt number `attempt` (from 2), as long as the server asked or longer each time.

        Raises
        ------
        DocumentError
            The failure will not pass, no attempt is left, or the server asks for more patience than the limit.
        """
        if not failure.passing or attempt > self.limits.attempts:
            raise failure.to_error()
        asked = failure.retry_after_s
        if asked is not None and asked > self.limits.longest_wait_s:
            raise DocumentError(
                "the server asks to come back much later",
                file=show_url(failure.url),
                value=f"in {asked:,.0f} s",
                allowed=f"waits up to {self.limits.longest_wait_s:,.0f} s",
                repair="run the command again then: it continues where it stopped",
            )
        seconds = min(self.limits.backoff_s * 2 ** (attempt - 2), self.limits.longest_wait_s)
        seconds = max(seconds, asked or 0.0)
        self.tools.on_wait(Wait(seconds=seconds, reason=failure.message))
        self.tools.sleep(seconds)

    def _persist(self, attempt: Callable[[], HttpAnswer | HttpFailure]) -> HttpAnswer:
        number = 1
        while isinstance(found := attempt(), HttpFailure):
            number += 1
            self.wait_before(number, found)
        return found

    def _request(
        self, url: str, *, accept: str, params: Mapping[str, str] | None, payload: Any, keep: Collection[int]
    ) -> HttpAnswer | HttpFailure:
        self._check_url(url)
        limits = self.limits
        deadline = self.tools.monotonic() + limits.total_s
        headers = {"Accept": accept}
        data = None
        if payload is not None:
            headers["Content-Type"] = "application/json"
            data = json.dumps(payload).encode()
        try:
            with self._session.request(
                "GET" if payload is None else "POST",
                url,
                params=params,
                data=data,
                headers=headers,
                timeout=self._timeouts,
                allow_redirects=False,
                stream=True,
            ) as response:
                status = response.status_code
                answered = {name.lower(): value for name, value in response.headers.items()}
                failed = status >= 400 and status not in keep
                body = self._read(response, deadline=deadline, max_bytes=ERROR_BYTES if failed else limits.max_bytes)
                if isinstance(body, HttpFailure):
                    return body
        except (requests.RequestException, urllib3.exceptions.HTTPError, OSError) as error:
            return explain_loss(error, url=url)
        answer = HttpAnswer(url=url, status=status, headers=answered, body=body)
        if failed:
            secrets = self._authorization.secrets if self._authorization else ()
            return explain_status(answer, now=self.tools.now(), secrets=secrets)
        return answer

    def _read(self, response: requests.Response, *, deadline: float, max_bytes: int) -> bytes | HttpFailure:
        parts: list[bytes] = []
        size = 0
        # `read1` gives what has come: a server that drips meets the deadline, and no answer grows past the cap.
        while chunk := response.raw.read1(READ_BYTES, decode_content=True):
            size += len(chunk)
            if size > max_bytes:
                if response.status_code >= 400:
                    break
                return HttpFailure(
                    url=response.url,
                    message="the answer is too large",
                    value=f"more than {max_bytes:,} bytes",
                    allowed=f"at most {max_bytes:,} bytes",
                    repair="check that this is the right address; otherwise ask the operator of the server",
                    too_large=True,
                )
            if self.tools.monotonic() > deadline:
                return HttpFailure(
                    url=response.url,
                    message="the answer takes too long",
                    value=f"{size:,} bytes in {self.limits.total_s:,.0f} s",
                    repair="run the command again later: it continues where it stopped",
                    passing=True,
                )
            parts.append(chunk)
        return b"".join(parts)

    def _judge_redirect(self, answer: HttpAnswer, *, payload: Any) -> HttpFailure | None:
        location = answer.headers.get("location", "")
        target = urljoin(answer.url, location)
        repair = "give the final address, if you trust it"
        if not location:
            return HttpFailure(url=answer.url, message="the server redirects to nowhere", repair="check the address")
        # Only these repeat a request with its body; servers send others to their login page.
        if payload is not None and answer.status not in (307, 308):
            return HttpFailure(
                url=answer.url,
                message="the server answers with another page",
                value=show_url(target),
                repair="check the address, and the key or token",
            )
        try:
            parts = self._check_url(target)
        except UsageError:
            return HttpFailure(
                url=answer.url,
                message="the server redirects to an address that is not accepted",
                value=show_url(target),
                repair=repair,
            )
        if self._authorization is not None and not _same_server(self._origin, parts):
            return HttpFailure(
                url=answer.url,
                message="the server redirects to another host, where your credentials are not sent",
                value=show_url(target),
                repair=repair,
            )
        return None

    def _check_url(self, url: str) -> SplitResult:
        try:
            parts = urlsplit(url)
            host, _ = parts.hostname, parts.port
        except ValueError:
            host = None
        if not host or parts.scheme not in ("http", "https") or not url.isprintable():
            raise UsageError(
                "this is not the address of a server",
                value=show_url(url),
                allowed="https://host/path",
                repair="check the address",
            )
        if parts.username is not None or parts.password is not None:
            raise UsageError(
                "the address holds a user or a password",
                value=show_url(url),
                repair="give them on their own, not in the address: addresses are shown and stored",
            )
        if parts.scheme == "http" and not self._allow_http and not _is_loopback(host):
            raise UsageError(
                "the connection would not be encrypted",
                value=show_url(url),
                allowed="https",
                repair="use https, or allow http (--allow-http) on a network that you trust",
            )
        return parts

    def _authorize(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        if self._authorization is not None and _same_server(self._origin, urlsplit(request.url or "")):
            request.headers["Authorization"] = self._authorization.header
        return request


def _same_server(first: SplitResult, second: SplitResult) -> bool:
    if first.hostname != second.hostname:
        return False
    if (first.scheme, first.port) == (second.scheme, second.port):
        return True
    default = {"http": 80, "https": 443}
    if first.scheme == second.scheme:
        ports = [parts.port or default[parts.scheme] for parts in (first, second)]
        return ports[0] == ports[1]
    # From http to https on the usual ports is the same server, better kept.
    return (first.scheme, first.port or 80, second.scheme, second.port or 443) == ("http", 80, "https", 443)


def _is_loopback(host: str | None) -> bool:
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host or "").is_loopback
    except ValueError:
        return False
