"""A real TAXII 2.1 server (medallion) on a loopback port, behind a wrapper that makes it fail on demand."""

from __future__ import annotations

import json
import socket
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from uuid import NAMESPACE_URL, uuid5

import medallion
from werkzeug.serving import BaseWSGIServer, WSGIRequestHandler, make_server

TAXII = "application/taxii+json;version=2.1"
ROOT = "trustgroup1"
READABLE = "91a7b528-80eb-42ed-a74d-c6fbd5a26116"
CLOSED = "64993447-4d7e-4f70-b94d-d7f33742ee63"
USER, PASSWORD = "analyst", "correct horse"


def make_malware(number: int, *, name: str | None = None) -> dict[str, Any]:
    """Return a STIX 2.1 object whose id depends on its number alone."""
    return {
        "type": "malware",
        "spec_version": "2.1",
        "id": f"malware--{uuid5(NAMESPACE_URL, f'https://example.org/malware/{number}')}",
        "created": "2026-01-01T00:00:00.000Z",
        "modified": "2026-01-01T00:00:00.000Z",
        "name": name or f"Malware {number}",
        "is_family": True,
    }


def make_data(objects: list[dict[str, Any]], added: Callable[[int], str]) -> dict[str, Any]:
    """Return the data file of medallion's memory backend: one open and one closed collection."""
    manifest = [
        {
            "id": item["id"],
            "date_added": added(number),
            "version": item["modified"],
            "media_type": "application/stix+json;version=2.1",
        }
        for number, item in enumerate(objects)
    ]
    shared = {"can_write": False, "media_types": ["application/stix+json;version=2.1"]}
    return {
        "/discovery": {
            "title": "A TAXII server",
            "default": f"/{ROOT}/",
            "api_roots": [f"/{ROOT}/", "/gone/"],
        },
        ROOT: {
            "information": {
                "title": "Trust group 1",
                "versions": ["application/taxii+json;version=2.1"],
                "max_content_length": 9765625,
            },
            "status": [],
            "collections": [
                {
                    "id": READABLE,
                    "title": "Hospital malware",
                    "alias": "hospital-malware",
                    "can_read": True,
                    **shared,
                    "objects": objects,
                    "manifest": manifest,
                },
                {"id": CLOSED, "title": "Closed", "can_read": False, **shared, "objects": [], "manifest": []},
            ],
        },
    }


def spread_dates(number: int) -> str:
    """One object a minute."""
    return f"2026-02-01T{number // 60:02d}:{number % 60:02d}:00.000000Z"


@dataclass
class Fault:
    """What happens to one request in place of, or after, the server's own answer.

    Parameters
    ----------
    status, headers, body
        Answer in place of the server's.
    lose
        The server works, and its answer never arrives.
    cut
        The answer breaks off after this many bytes.
    drip
        Seconds between bytes of the body.
    """

    status: str | None = None
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""
    lose: bool = False
    cut: int | None = None
    drip: float | None = None


class Wrapper:
    """WSGI: notes every request, and asks `judge` whether it shall fail."""

    def __init__(self, inner: Callable[..., Iterable[bytes]]) -> None:
        self.inner = inner
        self.requests: list[dict[str, str]] = []
        self.judge: Callable[[int, dict[str, str]], Fault | None] = lambda number, request: None
        self.bearer: str | None = None

    def __call__(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        request = {
            "path": environ["PATH_INFO"],
            "query": environ["QUERY_STRING"],
            "authorization": environ.get("HTTP_AUTHORIZATION", ""),
            "accept": environ.get("HTTP_ACCEPT", ""),
        }
        self.requests.append(request)
        fault = self.judge(len(self.requests), request)
        if fault is not None and fault.status is not None:
            headers = {"Content-Type": TAXII, "Content-Length": str(len(fault.body)), **fault.headers}
            start_response(fault.status, list(headers.items()))
            return _drip(fault.body, fault.drip) if fault.drip else [fault.body]
        if self.bearer is not None:
            if request["authorization"] != f"Bearer {self.bearer}":
                start_response("401 Unauthorized", [("Content-Type", TAXII), ("Content-Length", "2")])
                return [b"{}"]
            environ["HTTP_AUTHORIZATION"] = _BASIC
        if fault is None:
            return self.inner(environ, start_response)
        status: list[Any] = []
        body = b"".join(self.inner(environ, lambda *args: status.append(args)))
        if fault.lose:
            # The client's side of the connection closes without a byte.
            environ["werkzeug.socket"].shutdown(socket.SHUT_RDWR)
            start_response("200 OK", [])
            return []
        start_response(*status[0])
        if fault.cut is None:
            return _drip(body, fault.drip or 0.0)
        return _cut(body[: fault.cut], environ["werkzeug.socket"])


_BASIC = "Basic YW5hbHlzdDpjb3JyZWN0IGhvcnNl"


def _drip(body: bytes, pause: float) -> Iterator[bytes]:
    for position in range(len(body)):
        yield body[position : position + 1]
        time.sleep(pause)


def _cut(body: bytes, connection: socket.socket) -> Iterator[bytes]:
    yield body
    connection.shutdown(socket.SHUT_RDWR)


class _Quiet(WSGIRequestHandler):
    protocol_version = "HTTP/1.1"

    def log(self, *args: Any) -> None:
        del args

    def connection_dropped(self, error: BaseException, environ: Any = None) -> None:
        del error, environ


class TaxiiPeer:
    """medallion on a port of its own; `stop` and `start` again keep the port and lose all its memory."""

    def __init__(self, folder: Path, data: dict[str, Any], *, page_size: int) -> None:
        self._file = folder / "taxii.json"
        self._file.write_text(json.dumps(data), encoding="utf-8")
        self._page_size = page_size
        self._port = 0
        self._server: BaseWSGIServer | None = None
        self.wrapper = Wrapper(_Application())

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._port}/taxii2/"

    @property
    def root(self) -> str:
        return f"http://127.0.0.1:{self._port}/{ROOT}/"

    @property
    def backend(self) -> Any:
        return medallion.application_instance.medallion_backend

    def start(self) -> None:
        app = medallion.application_instance
        medallion.set_config(app, "users", {"users": {USER: PASSWORD}})
        medallion.set_config(app, "taxii", {"taxii": {"max_page_size": self._page_size}})
        settings = {
            "module": "medallion.backends.memory_backend",
            "module_class": "MemoryBackend",
            "filename": str(self._file),
        }
        medallion.set_config(app, "backend", {"backend": settings})
        if not app.blueprints:
            medallion.register_blueprints(app)
        self._server = make_server("127.0.0.1", self._port, self.wrapper, threaded=True, request_handler=_Quiet)
        self._port = self._server.server_port
        threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()

    def stop(self) -> None:
        if self._server is not None:
            self._server.shutdown()
            self._server.server_close()
            self._server = None

    def restart(self) -> None:
        self.stop()
        self.start()


class _Application:
    def __call__(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        return medallion.application_instance(environ, start_response)


@contextmanager
def serve_taxii(folder: Path, data: dict[str, Any], *, page_size: int = 5) -> Iterator[TaxiiPeer]:
    """Run the server for a test."""
    peer = TaxiiPeer(folder, data, page_size=page_size)
    peer.start()
    try:
        yield peer
    finally:
        peer.stop()


@dataclass
class Clock:
    """Time that passes only when somebody waits."""

    start: float = 1_790_000_000.0
    slept: list[float] = field(default_factory=list)

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)

    def now(self) -> float:
        return self.start + sum(self.slept)
