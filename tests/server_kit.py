"""The real server as a process, and a person who fills in its forms as a browser would."""

from __future__ import annotations

import os
import re
import signal
import socket
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

import httpx

PASSWORD = "tram vert quatre lilas"


@dataclass(slots=True)
class Server:
    """`hygie serve` with its worker, on a port of its own."""

    process: subprocess.Popen[bytes]
    address: str
    log: Path

    @property
    def said(self) -> str:
        return self.log.read_text(encoding="utf-8", errors="replace")

    @property
    def code(self) -> str:
        """The code of the set-up."""
        found = re.search(r"\b[A-Z0-9]{4}(?:-[A-Z0-9]{4}){2}\b", self.said)
        assert found is not None, self.said
        return found.group()

    def kill(self) -> None:
        """End the server as a failing machine would."""
        self.process.kill()
        self.process.wait(30)
        assert self.process.returncode == -signal.SIGKILL

    def stop(self) -> None:
        self.process.terminate()
        self.process.wait(60)


def start_server(workspace: Path, *, seconds: float = 120.0) -> Server:
    """Start `hygie serve` on a workspace, and wait until it answers."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    log = workspace.parent / f"serve-{port}.log"
    # Whatever database the environment names, this server keeps its own.
    environment = {key: value for key, value in os.environ.items() if key != "HYGIE_DATABASE"}
    command = [
        str(Path(sys.executable).with_name("hygie")),
        "serve",
        "--port",
        str(port),
        "--workspace",
        str(workspace),
    ]
    with log.open("wb") as sink:
        process = subprocess.Popen(command, stdout=sink, stderr=subprocess.STDOUT, env=environment)
    server = Server(process, f"http://127.0.0.1:{port}", log)
    deadline = time.monotonic() + seconds
    while "Ctrl-C" not in server.said:
        assert process.poll() is None and time.monotonic() < deadline, server.said
        time.sleep(0.05)
    return server


class Person(httpx.Client):
    """Somebody with a browser that runs no script."""

    def __init__(self, server: Server) -> None:
        super().__init__(base_url=server.address, timeout=60.0, follow_redirects=True)

    def fill_in(self, page: str, action: str, **fields: str) -> httpx.Response:
        """Open a page, fill in its form and send it."""
        token = re.search(r'name="csrf_token" value="([^"]+)"', self.get(page).text)
        assert token is not None, page
        origin = str(self.base_url).rstrip("/")
        return self.post(action, data={**fields, "csrf_token": token.group(1)}, headers={"Origin": origin})

    def set_up(self, server: Server, login: str = "ana") -> None:
        """Make the first account, and wait until the workspace is filled."""
        fields = {"code": server.code, "login": login, "name": login.title(), "password": PASSWORD, "again": PASSWORD}
        self.fill_in("/setup", "/setup", **fields)
        self.wait_until_ready()

    def sign_in(self, login: str) -> None:
        self.fill_in("/login", "/login", login=login, password=PASSWORD)
        self.wait_until_ready()

    def wait_until_ready(self, *, seconds: float = 120.0) -> None:
        deadline = time.monotonic() + seconds
        while self.get("/").status_code == 503:
            assert time.monotonic() < deadline
            time.sleep(0.2)
