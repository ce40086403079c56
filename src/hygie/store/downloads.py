"""Files fetched over HTTP: taken up again where they broke off, judged by their checksum, whole or not there.

Sources: RFC 9110 (ranges: section 14; conditions `If-Range` and strong validators: 13.1.5 and 8.8).
"""

from __future__ import annotations

import hashlib
import json
import os
import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, cast

import requests
import urllib3.exceptions

from hygie.core.errors import DocumentError, StoreError, UsageError
from hygie.store.http import READ_BYTES, HttpClient
from hygie.store.http_answers import HttpAnswer, HttpFailure, explain_loss, explain_status, show_url

__all__ = ["CHECKSUMS", "Checksum", "Download", "RemoteFile", "fetch_file"]

CHECKSUMS = {"md5": 32, "sha1": 40, "sha224": 56, "sha256": 64, "sha384": 96, "sha512": 128}
# A line that breaks off again and again is not given up as long as each attempt brings this much [bytes].
ENOUGH_BYTES = 256 * 1024
ERROR_BYTES = 16 * 1024

_RANGE = re.compile(r"bytes (\d+)-(\d+)/(\d+|\*)")
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,150}")

Progress = Callable[[int, int | None], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Checksum:
    """What the bytes of a file must give, as its publisher says."""

    kind: str
    value: str

    def __post_init__(self) -> None:
        if CHECKSUMS.get(self.kind) != len(self.value) or not re.fullmatch("[0-9a-f]+", self.value):
            raise DocumentError(
                "this is not a checksum",
                value=f"{self.kind} {self.value}",
                allowed=", ".join(CHECKSUMS),
                repair="tell the publisher of the file",
            )


@dataclass(frozen=True, slots=True, kw_only=True)
class RemoteFile:
    """A file to fetch.

    Parameters
    ----------
    url
        Where it is; its name in the folder is `name`.
    size
        As published [bytes]; None when it is not.
    checksum
        None when none is published: then only its size can be judged.
    """

    url: str
    name: str
    size: int | None = None
    checksum: Checksum | None = None

    def __post_init__(self) -> None:
        if not _NAME.fullmatch(self.name) or ".." in self.name:
            raise UsageError(
                "a file cannot have this name", value=self.name, allowed="letters, digits, dots, dashes, underscores"
            )


@dataclass(frozen=True, slots=True, kw_only=True)
class Download:
    """A file that is there, whole.

    Parameters
    ----------
    size
        [bytes]
    sha256
        Of the bytes that are there.
    resumed_at
        How much was there already when the command began [bytes].
    state
        `fetched`, or `held` when the same file was there before.
    verified
        Whether it has the checksum that its publisher gives; False when none is given.
    """

    path: Path
    size: int
    sha256: str
    resumed_at: int
    state: Literal["fetched", "held"]
    verified: bool


def fetch_file(client: HttpClient, remote: RemoteFile, folder: Path, *, progress: Progress | None = None) -> Download:
    """Fetch a file into a folder. What an interrupted call has left is taken up again.

    Bytes are collected in ``<name>.part``, beside which ``<name>.part.json`` remembers which version of the file they
    are a part of. Only a whole file that passes its checks gets its name.

    Parameters
    ----------
    client
        Its limits hold: `max_bytes` for the file, `total_s` for each attempt.
    progress
        Told of the bytes that are there, and of the size of the file as far as it is known.

    Raises
    ------
    DocumentError
        The server refuses, sends something else, or is too slow; says whether trying again may help.
    StoreError
        The folder cannot be written, or another file has the name.
    UsageError
        The address is not accepted.
    """
    target, part = folder / remote.name, folder / f"{remote.name}.part"
    if remote.size is not None and remote.size > client.limits.max_bytes:
        raise _too_large(remote, client)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        if target.exists():
            return _recognise(remote, target)
        partial = _Partial(client, remote, part, progress=progress)
        resumed_at = partial.complete()
        digest = _judge(remote, part)
        size = part.stat().st_size
        part.replace(target)
        partial.state_file.unlink(missing_ok=True)
    except OSError as error:
        raise StoreError(
            f"the file cannot be written: {error.strerror or error}",
            file=str(target),
            repair="free some space or choose another folder; what has come is kept",
        ) from None
    return Download(
        path=target,
        size=size,
        sha256=digest,
        resumed_at=resumed_at,
        state="fetched",
        verified=remote.checksum is not None,
    )


class _Partial:
    """The part of a file that is there, and the attempts to make it whole."""

    def __init__(self, client: HttpClient, remote: RemoteFile, part: Path, *, progress: Progress | None) -> None:
        self._client = client
        self._remote = remote
        self._part = part
        self._progress = progress or (lambda done, size: None)  # noqa: ARG005
        self.state_file = part.with_name(f"{part.name}.json")
        # A strong validator of the version that the part belongs to.
        self._validator = self._read_state()
        self._size = remote.size

    def complete(self) -> int:
        """Fetch what is missing; return how much was there before [bytes]."""
        resumed_at = held = self._held()
        number = 1
        while True:
            failure = self._attempt(held)
            if failure is None:
                return resumed_at
            now = self._held()
            resumed_at = min(resumed_at, now)
            number = 2 if now - held >= ENOUGH_BYTES else number + 1
            held = now
            self._client.wait_before(number, failure)

    def _held(self) -> int:
        return self._part.stat().st_size if self._part.exists() else 0

    def _read_state(self) -> str | None:
        """Return the validator of the part that is there; a part of something else is removed."""
        if not self._part.exists():
            return None
        try:
            state = json.loads(self.state_file.read_text(encoding="utf-8"))
            known = state["url"] == self._remote.url and state["checksum"] == self._expected()
            validator = state["validator"]
        except (OSError, ValueError, KeyError, TypeError):
            known, validator = False, None
        # Without a validator or a checksum nothing tells whether both halves are of one version.
        if known and (validator is not None or self._remote.checksum is not None):
            return cast("str | None", validator)
        self._part.unlink()
        return None

    def _write_state(self) -> None:
        state = {"url": self._remote.url, "checksum": self._expected(), "validator": self._validator}
        self.state_file.write_text(json.dumps(state), encoding="utf-8")

    def _expected(self) -> str | None:
        return self._remote.checksum.value if self._remote.checksum is not None else None

    def _attempt(self, held: int) -> HttpFailure | None:
        if self._size is not None and held == self._size > 0:
            return None
        # Compressed on the way, a range would be one of other bytes.
        headers = {"Accept": "*/*", "Accept-Encoding": "identity"}
        if held:
            headers["Range"] = f"bytes={held}-"
            if self._validator is not None:
                headers["If-Range"] = self._validator
        with self._client.open(self._remote.url, headers=headers) as response:
            if isinstance(response, HttpFailure):
                return response
            if response.status_code == 416:
                return self._start_over(response.url, "the server does not have the part that is missing")
            if response.status_code >= 400:
                return self._explain(response)
            start = self._place(response, held)
            if isinstance(start, HttpFailure):
                return start
            return self._write(response, start)

    def _place(self, response: requests.Response, held: int) -> int | HttpFailure:
        """Return from which byte on the answer is, and learn the size of the file and its version."""
        length = response.headers.get("content-length", "")
        if response.status_code == 206:
            match = _RANGE.fullmatch(response.headers.get("content-range", ""))
            if match is None or int(match[1]) != held:
                return self._start_over(response.url, "the server sends another part than the one asked for")
            if match[3] != "*":
                self._size = int(match[3])
            return held
        # The whole file: the server does not know ranges, or the file has changed since.
        self._size = int(length) if length.isdecimal() else self._remote.size
        etag = response.headers.get("etag", "")
        strong = etag if etag.startswith('"') else None
        self._validator = strong or response.headers.get("last-modified")
        self._write_state()
        return 0

    def _write(self, response: requests.Response, start: int) -> HttpFailure | None:
        limits, tools = self._client.limits, self._client.tools
        if self._size is not None and self._size > limits.max_bytes:
            raise _too_large(self._remote, self._client)
        deadline = tools.monotonic() + limits.total_s
        position = start
        with self._part.open("ab" if start else "wb") as stream:
            self._progress(position, self._size)
            while True:
                try:
                    chunk = response.raw.read1(READ_BYTES)
                except (requests.RequestException, urllib3.exceptions.HTTPError, OSError) as error:
                    return explain_loss(error, url=response.url)
                if not chunk:
                    break
                position += len(chunk)
                if position > limits.max_bytes:
                    raise _too_large(self._remote, self._client)
                stream.write(chunk)
                self._progress(position, self._size)
                if tools.monotonic() > deadline:
                    return HttpFailure(
                        url=response.url,
                        message="the answer takes too long",
                        value=f"{position:,} bytes",
                        repair="run the command again later: it continues where it stopped",
                        passing=True,
                    )
            stream.flush()
            os.fsync(stream.fileno())
        if self._size is not None and position < self._size:
            return explain_loss(ConnectionError(), url=response.url)
        return None

    def _start_over(self, url: str, message: str) -> HttpFailure:
        self._part.unlink(missing_ok=True)
        self._validator = None
        self._size = self._remote.size
        return HttpFailure(url=url, message=message, repair="run the command again: it starts over", passing=True)

    def _explain(self, response: requests.Response) -> HttpFailure:
        try:
            body = response.raw.read(ERROR_BYTES, decode_content=True)
        except (urllib3.exceptions.HTTPError, OSError):
            # The status says enough.
            body = b""
        headers = {name.lower(): value for name, value in response.headers.items()}
        answer = HttpAnswer(url=response.url, status=response.status_code, headers=headers, body=body)
        return explain_status(answer, now=self._client.tools.now())


def _recognise(remote: RemoteFile, target: Path) -> Download:
    """Return the file that has the name already, when it is the one that would be fetched."""
    same = target.is_file() and (remote.size is None or target.stat().st_size == remote.size)
    if same and remote.checksum is not None:
        same = _digest(target, remote.checksum.kind) == remote.checksum.value
    if not same:
        raise StoreError(
            "another file stands at this place",
            file=str(target),
            repair="move it away, or choose another folder with --out",
        )
    return Download(
        path=target,
        size=target.stat().st_size,
        sha256=_digest(target, "sha256"),
        resumed_at=0,
        state="held",
        verified=remote.checksum is not None,
    )


def _judge(remote: RemoteFile, part: Path) -> str:
    """Return the SHA-256 of a whole file; one that is not what was announced is removed."""
    size = part.stat().st_size
    if remote.checksum is not None:
        found = _digest(part, remote.checksum.kind)
        if found != remote.checksum.value:
            part.unlink()
            raise DocumentError(
                "the file that came is not the one that was announced: it was removed",
                file=show_url(remote.url),
                field=remote.checksum.kind,
                value=found,
                allowed=remote.checksum.value,
                repair="run the command again; if it happens again, the publisher has changed the file without saying "
                "so: tell them, and do not use it",
            )
    elif remote.size is not None and size != remote.size:
        part.unlink()
        raise DocumentError(
            "the file has another size than announced: it was removed",
            file=show_url(remote.url),
            value=f"{size:,} bytes",
            allowed=f"{remote.size:,} bytes",
            repair="run the command again",
        )
    return _digest(part, "sha256")


def _digest(path: Path, kind: str) -> str:
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, kind).hexdigest()


def _too_large(remote: RemoteFile, client: HttpClient) -> DocumentError:
    return DocumentError(
        "the file is too large",
        file=show_url(remote.url),
        allowed=f"at most {client.limits.max_bytes:,} bytes",
        repair="check that this is the right address; fetch it by other means if you trust it",
    )
