"""A server of files on this machine, with the faults that real ones have."""

from __future__ import annotations

import re
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


@dataclass(slots=True)
class ServedFile:
    """A file and how the server gives it out.

    `cuts` are the bytes after which each of the next answers breaks off; `stalls` the seconds it then waits first;
    `ranges` says whether it knows ranges; `etag` is its validator, None for none; `statuses` are answered first.
    """

    content: bytes
    etag: str | None = '"v1"'
    ranges: bool = True
    cuts: list[int] = field(default_factory=list)
    stalls: list[float] = field(default_factory=list)
    statuses: list[int] = field(default_factory=list)
    redirect: str | None = None
    says_length: bool = True


@dataclass(slots=True)
class FileServer:
    """What is served, by path, and the requests that came: path, `Range`, `If-Range`."""

    address: str
    files: dict[str, ServedFile]
    requests: list[tuple[str, str | None, str | None]] = field(default_factory=list)

    def url(self, path: str) -> str:
        return self.address + path


@contextmanager
def serve_files(files: dict[str, ServedFile] | None = None) -> Iterator[FileServer]:
    """Run a server while the block goes on."""
    state = FileServer("", files if files is not None else {})

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002
            pass

        def do_GET(self) -> None:
            asked, condition = self.headers.get("Range"), self.headers.get("If-Range")
            state.requests.append((self.path, asked, condition))
            file = state.files.get(self.path)
            if file is None:
                self._send(404, b"nothing here", {})
            elif file.statuses:
                self._send(file.statuses.pop(0), b"", {})
            elif file.redirect is not None:
                self._send(302, b"", {"Location": file.redirect})
            else:
                self._send_file(file, asked, condition)

        def _send_file(self, file: ServedFile, asked: str | None, condition: str | None) -> None:
            headers = {"ETag": file.etag} if file.etag is not None else {}
            size, start = len(file.content), 0
            match = re.fullmatch(r"bytes=(\d+)-", asked or "")
            if match and file.ranges and (condition is None or condition == file.etag):
                start = int(match[1])
                if start >= size:
                    self._send(416, b"", {"Content-Range": f"bytes */{size}"})
                    return
                headers["Content-Range"] = f"bytes {start}-{size - 1}/{size}"
            self._send(206 if "Content-Range" in headers else 200, file.content[start:], headers, file=file)

        def _send(self, status: int, body: bytes, headers: dict[str, str], *, file: ServedFile | None = None) -> None:
            self.send_response_only(status)
            cut = file.cuts.pop(0) if file is not None and file.cuts else None
            if file is None or file.says_length:
                self.send_header("Content-Length", str(len(body)))
            if cut is not None or (file is not None and not file.says_length):
                self.send_header("Connection", "close")
            for name, value in headers.items():
                self.send_header(name, value)
            self.end_headers()
            try:
                self.wfile.write(body if cut is None else body[:cut])
                self.wfile.flush()
                if cut is not None and file is not None and file.stalls:
                    time.sleep(file.stalls.pop(0))
            except OSError:
                # The client has gone away: that is what some tests do.
                self.close_connection = True

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    state.address = f"http://127.0.0.1:{server.server_port}"
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
    try:
        yield state
    finally:
        server.shutdown()
        server.server_close()
