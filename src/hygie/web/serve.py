"""The server: one process, plain HTTP on loopback, stopped gracefully."""

from __future__ import annotations

import logging
import socket
import sys
from collections.abc import Callable

import uvicorn

from hygie.core.errors import UsageError
from hygie.service.desks import Desks
from hygie.service.jobs.process import start_worker as start_process
from hygie.web.app import create_app
from hygie.web.settings import Settings

__all__ = ["name_address", "run_server", "start_worker"]

_GRACE_S = 10


def start_worker(desks: Desks) -> Callable[[], None]:
    """Start what works on long jobs beside the pages, and return what stops it.

    It is a process of its own: pages answer while years are simulated.
    """
    return start_process(desks.folder, database=desks.database).stop


class _Server(uvicorn.Server):
    """Tells when the first request can come."""

    def __init__(self, config: uvicorn.Config, on_ready: Callable[[], None]) -> None:
        super().__init__(config)
        self._on_ready = on_ready

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets=sockets)
        if self.started:
            self._on_ready()


def run_server(settings: Settings, *, on_ready: Callable[[str], None]) -> None:
    """Serve the pages until the process is told to stop; requests under way are answered first.

    Parameters
    ----------
    on_ready
        Told the address once the server answers.

    Raises
    ------
    StoreError
        The workspace cannot be opened.
    UsageError
        The address cannot be listened on.
    """
    listener = _listen(settings)
    _write_logs_to_stderr()
    config = uvicorn.Config(
        create_app(settings, start_worker=start_worker),
        log_config=None,
        access_log=False,
        proxy_headers=False,
        server_header=False,
        timeout_graceful_shutdown=_GRACE_S,
        timeout_keep_alive=15,
    )
    with listener:
        _Server(config, lambda: on_ready(name_address(settings))).run(sockets=[listener])


def name_address(settings: Settings) -> str:
    """Return the address that people type."""
    host = f"[{settings.host}]" if ":" in settings.host else settings.host
    return settings.public_url or f"http://{host}:{settings.port}"


def _listen(settings: Settings) -> socket.socket:
    try:
        family, kind, protocol, _name, address = socket.getaddrinfo(
            settings.host, settings.port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )[0]
        listener = socket.socket(family, kind, protocol)
        if sys.platform != "win32":
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(address)
    except OSError as error:
        raise UsageError(
            f"the server cannot listen here: {error.strerror}",
            field="--host, --port",
            value=f"{settings.host}:{settings.port}",
            repair="give another --port: another program may have this one",
        ) from error
    return listener


def _write_logs_to_stderr() -> None:
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(logging.Formatter("%(asctime)s %(message)s", datefmt="%Y-%m-%dT%H:%M:%S"))
    for name, level in (("hygie", logging.INFO), ("uvicorn", logging.WARNING)):
        log = logging.getLogger(name)
        log.setLevel(level)
        log.addHandler(handler)
        log.propagate = False
