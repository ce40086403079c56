"""A real OpenID provider on this machine: npm's `oidc-provider`, installed once into a cache folder, run by Node.js."""

from __future__ import annotations

import json
import os
import re
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urljoin

import httpx
import pytest

# The version that was tried; newer ones want a newer Node.js.
PACKAGE = "oidc-provider@9.13.3"
CLIENT, SECRET = "hygie-tests", "secret-of-the-tests-0123456789"

_SERVER = """
import { Provider } from 'oidc-provider';
const [port, options] = [Number(process.argv[2]), JSON.parse(process.argv[3])];
const people = options.people;
const provider = new Provider(`http://127.0.0.1:${port}`, {
  clients: [{
    client_id: options.client, client_secret: options.secret, redirect_uris: options.callbacks,
    post_logout_redirect_uris: options.backs, grant_types: ['authorization_code'], response_types: ['code'],
  }],
  claims: { openid: ['sub'], profile: ['name', 'preferred_username', 'groups'] },
  findAccount: (ctx, id) => ({ accountId: id, claims: () => ({ sub: id, ...(people[id] || {}) }) }),
  features: { devInteractions: { enabled: true }, rpInitiatedLogout: { enabled: true } },
  pkce: { required: () => true },
  cookies: { keys: ['keys of the tests'] },
  ttl: { AccessToken: 600, IdToken: 600, Session: 600, Grant: 600, Interaction: 600 },
});
provider.on('server_error', (ctx, error) => console.error(error));
const server = provider.listen(port, '127.0.0.1', () => console.log('ready'));
process.on('SIGTERM', () => server.close(() => process.exit(0)));
"""


@dataclass(frozen=True, kw_only=True)
class OidcServer:
    """A provider that knows some people; any password is right."""

    issuer: str

    def write_settings(self, folder: Path, *, roles: list[dict[str, str]], **more: Any) -> Path:
        """Write a file of identity providers with this one in it."""
        secret = folder / "client.secret"
        secret.write_text(SECRET + "\n", encoding="utf-8")
        provider = {
            "id": "hospital",
            "label": {"en": "Hospital account", "fr": "Compte de l’hôpital"},
            "issuer": self.issuer,
            "client_id": CLIENT,
            "client_secret_file": str(secret),
            "roles": roles,
            **more,
        }
        file = folder / "sso.yaml"
        file.write_text(json.dumps({"schema": "hygie.sso/1", "providers": [provider]}), encoding="utf-8")
        return file

    def sign_in(self, address: str, *, person: str, allow: bool = True) -> str:
        """Do at the provider what a person does; return the address that their browser is sent back to."""
        with httpx.Client(follow_redirects=False, timeout=20, trust_env=False) as client:
            for _ in range(12):
                if not address.startswith(self.issuer):
                    return address
                answer = client.get(address)
                if answer.status_code in (302, 303):
                    address = urljoin(address, answer.headers["location"])
                    continue
                assert answer.status_code == 200, answer.text
                form = re.search(r'<form[^>]*action="([^"]+)"', answer.text)
                prompt = re.search(r'name="prompt" value="(\w+)"', answer.text)
                assert form is not None, answer.text
                assert prompt is not None, answer.text
                if not allow:
                    abort = re.search(r'href="([^"]+/abort)"', answer.text)
                    assert abort is not None, answer.text
                    address, allow = urljoin(address, abort[1]), True
                    continue
                fields = {"prompt": prompt[1], "login": person, "password": "any"}
                sent = client.post(urljoin(address, form[1]), data=fields)
                address = urljoin(address, sent.headers["location"])
        raise AssertionError(f"the provider goes round in circles: {address}")


def find_package() -> Path:
    """Return the folder of the installed package; skip the test without Node.js, or fail when it is required."""
    reason = None
    if shutil.which("node") is None or shutil.which("npm") is None:
        reason = "node and npm are not installed"
    folder = Path(os.environ.get("HYGIE_PEERS_DIR", Path(__file__).parents[1] / ".peers")) / "oidc"
    installed = folder / "node_modules" / "oidc-provider" / "package.json"
    if reason is None and not installed.exists():
        folder.parent.mkdir(parents=True, exist_ok=True)
        # Several processes may begin at once: each installs beside, and the first to end puts its own in place.
        with tempfile.TemporaryDirectory(dir=folder.parent, ignore_cleanup_errors=True) as beside:
            draft = Path(beside) / "oidc"
            draft.mkdir()
            (draft / "package.json").write_text('{"private": true, "type": "module"}', encoding="utf-8")
            done = subprocess.run(
                ["npm", "install", "--no-audit", "--no-fund", "--ignore-scripts", PACKAGE],
                cwd=draft,
                capture_output=True,
                text=True,
                timeout=300,
                check=False,
            )
            if done.returncode != 0:
                reason = f"npm cannot install {PACKAGE}: {done.stderr.strip()[-300:]}"
            elif not installed.exists():
                with suppress(OSError):
                    draft.rename(folder)
    if reason is not None:
        if "oidc" in os.environ.get("HYGIE_REQUIRE", "").split(","):
            pytest.fail(f"HYGIE_REQUIRE asks for an OpenID provider, but {reason}")
        pytest.skip(reason)
    return folder


@contextmanager
def serve_oidc(*, people: Mapping[str, Mapping[str, Any]], sites: list[str]) -> Iterator[OidcServer]:
    """Run a provider while the block goes on; it sends browsers back to these sites only."""
    folder = find_package()
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    options = {
        "client": CLIENT,
        "secret": SECRET,
        "callbacks": [f"{site}/sso/hospital/callback" for site in sites],
        "backs": [f"{site}/login" for site in sites],
        "people": people,
    }
    script = folder / "server.mjs"
    script.write_text(_SERVER, encoding="utf-8")
    with tempfile.TemporaryFile() as log:
        server = subprocess.Popen(
            ["node", str(script), str(port), json.dumps(options)],
            cwd=folder,
            stdout=log,
            stderr=log,
        )
        try:
            _wait(f"http://127.0.0.1:{port}/.well-known/openid-configuration", server, log)
            yield OidcServer(issuer=f"http://127.0.0.1:{port}")
        finally:
            server.terminate()
            server.wait(timeout=20)


def _wait(address: str, server: subprocess.Popen[bytes], log: Any) -> None:
    for _ in range(300):
        try:
            if httpx.get(address, trust_env=False).status_code == 200:
                return
        except httpx.TransportError:
            pass
        if server.poll() is not None:
            break
        time.sleep(0.1)
    server.kill()
    log.seek(0)
    pytest.fail(f"the OpenID provider did not start: {log.read().decode(errors='replace')[-1000:]}")
