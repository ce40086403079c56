"""How fast pages of stored results answer 20 people at once, on `hygie serve` with its worker.

Run ``python benchmarks/pages.py [SECONDS]``; needs ``wrk`` (a Debian package). A workspace is made in a temporary
folder, the example is assessed by a job as a person would, then each page is asked for by 20 connections: by people who
look at it for a second (``people``), and by programs that ask again at once (``pressed``). Prints JSON; milliseconds.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import httpx

USERS = 20
GOAL_MS = 200.0
LOGIN, PASSWORD = "ana", "tram vert quatre lilas"
SCRIPT = """
local pages = {PAGES}
local turn = 0
function request()
  turn = turn + 1
  return wrk.format("GET", pages[(turn - 1) % #pages + 1])
end
PAUSE
function done(summary, latency, requests)
  local failed = summary.errors.status + summary.errors.connect + summary.errors.read + summary.errors.timeout
  local form = '{"requests": %d, "failed": %d, "p50_ms": %.1f, "p95_ms": %.1f, "most_ms": %.1f, "per_s": %.1f}'
  io.write(string.format(form,
    summary.requests, failed, latency:percentile(50) / 1000, latency:percentile(95) / 1000, latency.max / 1000,
    summary.requests / summary.duration * 1e6))
end
"""


def main() -> None:
    seconds = int(sys.argv[1]) if len(sys.argv) > 1 else 10
    if shutil.which("wrk") is None:
        sys.exit("This needs wrk: apt install wrk")
    with tempfile.TemporaryDirectory() as folder:
        begin = time.perf_counter()
        server, address, code = start_server(Path(folder))
        ready = time.perf_counter() - begin
        try:
            person = httpx.Client(base_url=address, timeout=60.0, follow_redirects=True)
            pages = fill(person, code)
            cookies = "; ".join(f"{cookie.name}={cookie.value}" for cookie in person.cookies.jar)
            for page in pages.values():
                person.get(page).raise_for_status()
            wanted = {**{name: [page] for name, page in pages.items()}, "all in turn": list(pages.values())}
            result = {
                name: {
                    "people": press(address, paths, cookies, seconds=seconds, pause_ms=1_000),
                    "pressed": press(address, paths, cookies, seconds=seconds, pause_ms=0),
                }
                for name, paths in wanted.items()
            }
        finally:
            server.terminate()
            server.wait(30)
    slow = [name for name, one in result.items() if one["people"]["p95_ms"] > GOAL_MS]
    json.dump(
        {"users": USERS, "threads": os.cpu_count(), "ready_s": round(ready, 2), "goal_p95_ms": GOAL_MS, "pages": result,
         "people_over_the_goal": slow},
        sys.stdout, indent=2,
    )  # fmt: skip
    sys.stdout.write("\n")


def start_server(folder: Path) -> tuple[subprocess.Popen[bytes], str, str]:
    """Return the server, its address and the code of its set-up, once it answers."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    command = [
        str(Path(sys.executable).with_name("hygie")),
        "serve",
        "--port",
        str(port),
        "--workspace",
        str(folder / "workspace"),
    ]
    environment = {key: value for key, value in os.environ.items() if key != "PYTHONDONTWRITEBYTECODE"}
    log = folder / "serve.log"
    with log.open("w") as sink:
        server = subprocess.Popen(command, stdout=sink, stderr=subprocess.STDOUT, env=environment)
    while server.poll() is None:
        said = log.read_text(encoding="utf-8")
        code = re.search(r"\b[A-Z0-9]{4}(?:-[A-Z0-9]{4})+\b", said)
        if code is not None and "Ctrl-C" in said:
            return server, f"http://127.0.0.1:{port}", code.group()
        time.sleep(0.02)
    sys.exit(f"the server did not start:\n{log.read_text(encoding='utf-8')}")


def fill(person: httpx.Client, code: str) -> dict[str, str]:
    """Make the first account, take the example, assess it; return pages by name."""
    send(person, "/setup", "/setup", code=code, login=LOGIN, name="Ana", password=PASSWORD, again=PASSWORD)
    while person.get("/").status_code == 503:
        time.sleep(1.0)
    facility = send(person, "/", "/facilities/example").url.path
    job = send(person, "/assessments/new", "/assessments", facility=facility.rsplit("/", 1)[1], years="200000").url.path
    while "/jobs/" in (answer := person.get(job, params={"go": "1"})).url.path:
        time.sleep(0.5)
    return {
        "home": "/",
        "landscape": "/landscape",
        "facility": facility,
        "facilities": "/facilities",
        "assessments": "/assessments",
        "assessment": answer.url.path,
        "assessment, a chart's data": answer.url.path + "/charts/loss_exceedance.json",
        "sources": "/sources",
    }


def send(person: httpx.Client, page: str, action: str, **fields: str) -> httpx.Response:
    """Send the form of a page as a browser would."""
    token = re.search(r'name="csrf_token" value="([^"]+)"', person.get(page).text)
    if token is not None:
        fields["csrf_token"] = token.group(1)
    answer = person.post(action, data=fields, headers={"Origin": str(person.base_url).rstrip("/")})
    # The first page after the set-up may still say that the workspace is being filled.
    if answer.status_code not in (200, 503):
        sys.exit(f"{action} answered {answer.status_code}: {re.sub('<[^>]+>', ' ', answer.text)[:600]}")
    return answer


def press(address: str, pages: list[str], cookies: str, *, seconds: int, pause_ms: int) -> dict[str, float]:
    """Return how long pages took while 20 connections asked for them."""
    with tempfile.NamedTemporaryFile("w", suffix=".lua") as script:
        listed = ", ".join(json.dumps(page) for page in pages)
        pause = f"function delay() return math.random({pause_ms // 2}, {pause_ms * 3 // 2}) end" if pause_ms else ""
        script.write(SCRIPT.replace("{PAGES}", "{" + listed + "}").replace("PAUSE", pause))
        script.flush()
        options = ["-t", "1", "-c", str(USERS), "-d", f"{seconds}s", "-s", script.name, "--timeout", "20s"]
        headers = ["-H", f"Cookie: {cookies}", "-H", "Accept-Encoding: gzip"]
        run = subprocess.run(["wrk", *options, *headers, address], capture_output=True, text=True, check=True)
    found: dict[str, float] = json.loads(run.stdout[run.stdout.rindex("{") :])
    return found


if __name__ == "__main__":
    main()
