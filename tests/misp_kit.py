"""MISP events written by PyMISP, the project's own library, and two servers that give them out."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from datetime import date
from email.utils import formatdate
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from uuid import NAMESPACE_URL, uuid5

from pymisp import MISPEvent, MISPObject, MISPOrganisation

from hygie.knowledge.importers.misp import import_misp
from hygie.knowledge.importers.protocol import ImportItem, ImportOptions, Refusal
from hygie.knowledge.kinds import IntelRecord
from hygie.store.byte_sources import ByteSource

DATA = Path(__file__).parent / "data" / "misp"
KEY = b"a key of the workspace"
OPTIONS = ImportOptions(received_on=date(2026, 11, 23), pseudonym_key=KEY)
CERT = "55f6ea5e-2c60-40e5-964f-47a8950d210f"
# 2026-03-01T00:00:00Z
EDITED = 1_772_323_200


def make_uuid(number: int) -> str:
    return str(uuid5(NAMESPACE_URL, f"https://example.org/events/{number}"))


def make_event(
    number: int = 1, *, info: str = "An event", tags: Iterable[str] = (), edited: int = EDITED, **fields: Any
) -> MISPEvent:
    """Return an event of a CERT; `fields` are those of PyMISP."""
    event = MISPEvent()
    event.info = info
    event.uuid = make_uuid(number)
    event.set_date("2026-03-01")
    event.Orgc = MISPOrganisation()
    event.Orgc.name, event.Orgc.uuid = "CERT Exemple", CERT
    for tag in tags:
        event.add_tag(tag)
    for name, value in fields.items():
        setattr(event, name, value)
    event.timestamp = edited
    event.publish_timestamp = edited
    event.published = fields.get("published", True)
    return event


def make_object(name: str, /, **values: str) -> MISPObject:
    """Return an object of a MISP template; `_` in names stands for `-` where the template has it."""
    made = MISPObject(name)
    known = made._definition["attributes"]
    for field, value in values.items():
        made.add_attribute(field if field in known else field.replace("_", "-"), value)
    return made


def dump_event(event: MISPEvent) -> dict[str, Any]:
    """Return the event as plain JSON, with the instant of the edit that PyMISP leaves to servers."""
    plain = json.loads(event.to_json())
    return {**plain, "timestamp": str(event.timestamp)}


def read_content(content: Any, *, options: ImportOptions = OPTIONS) -> list[ImportItem]:
    """Import a JSON document."""
    text = content if isinstance(content, bytes) else json.dumps(content, ensure_ascii=False).encode()
    return list(import_misp(ByteSource(name="events.json", content=text), options))


def read_event(event: MISPEvent | Mapping[str, Any], *, options: ImportOptions = OPTIONS) -> list[IntelRecord]:
    """Import one event; every record is judged by the model of its kind, and nothing may be refused."""
    items = read_content({"Event": dump_event(event) if isinstance(event, MISPEvent) else event}, options=options)
    records = []
    for item in items:
        assert isinstance(item, IntelRecord), item
        item.facts()
        records.append(item)
    return records


def pick(items: Iterable[ImportItem], kind: str) -> list[IntelRecord]:
    return [item for item in items if isinstance(item, IntelRecord) and item.kind == kind]


def refusals(items: Iterable[ImportItem]) -> list[Refusal]:
    return [item for item in items if isinstance(item, Refusal)]


def main_record(items: Iterable[ImportItem]) -> IntelRecord:
    """Return the record of the event itself."""
    (found,) = [item for kind in ("incident", "other") for item in pick(items, kind) if item.ref.startswith("misp-")]
    return found


Reply = Callable[[str, str, Mapping[str, str], bytes], tuple[int, Mapping[str, str], bytes]]


@contextmanager
def serve(reply: Reply) -> Iterator[str]:
    """Run a server that answers each request with `reply(method, path, headers, body)`; yields its address."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            self._answer()

        def do_POST(self) -> None:
            self._answer()

        def _answer(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            status, headers, content = reply(self.command, self.path, dict(self.headers.items()), body)
            self.send_response_only(status)
            for name, value in {
                "Date": formatdate(usegmt=True),
                "Content-Length": str(len(content)),
                **headers,
            }.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(content)

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()
