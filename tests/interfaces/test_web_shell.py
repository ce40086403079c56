"""What stands before every page: names, sizes, headers, languages, errors that teach, files that are kept."""

from __future__ import annotations

import gzip
import logging
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from hygie.core.errors import HygieError, UsageError
from hygie.web.problems import status_of
from hygie.web.settings import Settings
from hygie.web.shield import CONTENT_SECURITY_POLICY
from web_kit import open_pages, person


@pytest.fixture(scope="module")
def pages(filled_workspace: Path) -> Iterator[TestClient]:
    with open_pages(filled_workspace, person()) as client:
        yield client


@pytest.fixture(autouse=True)
def _forget(pages: TestClient) -> None:
    pages.cookies.clear()


def test_every_answer_carries_the_security_headers(pages: TestClient) -> None:
    for path in ("/", "/nothing", "/api/nothing", "/health", "/static/nothing.js"):
        headers = pages.get(path).headers
        assert headers["content-security-policy"] == CONTENT_SECURITY_POLICY
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["cross-origin-opener-policy"] == "same-origin"
        assert headers["referrer-policy"] == "same-origin"
        assert "camera=()" in headers["permissions-policy"]
        assert re.fullmatch("[0-9a-f]{16}", headers["x-request-id"])
        assert "strict-transport-security" not in headers


def test_pages_hold_no_inline_script_and_no_inline_style(pages: TestClient) -> None:
    for path in ("/", "/landscape", "/actors", "/techniques", "/sources", "/qualification"):
        text = pages.get(path).text
        assert re.search(r"<script(?![^>]*(src=|application/json))", text) is None
        assert not re.search(r"<[^>]* (style|on[a-z]+)=", text)
        assert re.search(r'(src|action|srcset)="https?:', text) is None


@pytest.mark.parametrize("host", ["evil.example", "127.0.0.1.evil.example", "", "localhost:80:80"])
def test_a_name_that_is_not_ours_is_refused(pages: TestClient, host: str) -> None:
    assert pages.get("/", headers={"host": host}).status_code == 421


def test_forwarding_headers_are_not_believed(pages: TestClient) -> None:
    answer = pages.get("/", headers={"x-forwarded-host": "evil.example", "x-forwarded-proto": "https"})
    assert answer.status_code == 200
    assert "evil.example" not in answer.text


def test_a_body_that_is_too_large_is_refused(filled_workspace: Path, pages: TestClient) -> None:
    assert pages.post("/qualification/pairs", headers={"content-length": str(10**9)}).status_code == 413
    assert pages.post("/qualification/pairs", headers={"content-length": "x"}).status_code == 413


def test_language_comes_from_the_address_the_cookie_the_account(pages: TestClient) -> None:
    assert '<html lang="en"' in pages.get("/").text
    assert '<html lang="fr"' in pages.get("/?lang=fr").text
    assert '<html lang="fr"' in pages.get("/", headers={"cookie": "hygie_language=fr"}).text
    kept = pages.get("/preferences?language=fr&next=/sources%3Fq%3Dcert")
    assert (kept.status_code, kept.headers["location"]) == (303, "/sources?q=cert")
    assert "hygie_language=fr" in kept.headers["set-cookie"]
    assert "HttpOnly" in kept.headers["set-cookie"]


def test_language_of_a_stranger_comes_from_the_browser(filled_workspace: Path) -> None:
    with open_pages(filled_workspace, None) as stranger:
        assert '<html lang="fr"' in stranger.get("/setup", headers={"accept-language": "fr-FR,fr;q=0.9,en;q=0.5"}).text
        assert '<html lang="en"' in stranger.get("/setup", headers={"accept-language": "de, en;q=0.7, fr;q=0.3"}).text


@pytest.mark.parametrize("where", ["//evil.example", "https://evil.example/", "/\\evil.example", "javascript:alert(1)"])
def test_preferences_lead_nowhere_else(pages: TestClient, where: str) -> None:
    assert pages.get("/preferences", params={"theme": "dark", "next": where}).headers["location"] == "/"


def test_a_stranger_sees_no_page(filled_workspace: Path) -> None:
    with open_pages(filled_workspace, None) as stranger:
        for path in (
            "/",
            "/landscape",
            "/landscape.json",
            "/landscape/charts/timeline.csv",
            "/sources",
            "/actors/lockbit",
        ):
            answer = stranger.get(path)
            assert answer.status_code == 303
            assert answer.headers["location"].startswith("/login")
            assert not answer.text
        assert stranger.get("/health").json() == {"status": "ok"}


def test_errors_teach_people_and_programs(pages: TestClient) -> None:
    page = pages.get("/landscape?region=Normandi")
    assert page.status_code == 400
    assert "Normandie" in page.text
    assert page.headers["x-request-id"] in page.text
    problem = pages.get("/api/nothing")
    assert problem.headers["content-type"] == "application/problem+json"
    assert problem.json()["status"] == 404
    assert set(problem.json()) == {"type", "title", "status", "detail", "instance"}


def test_every_kind_of_error_has_a_status() -> None:
    def walk(kind: type[HygieError]) -> Iterator[type[HygieError]]:
        yield kind
        for child in kind.__subclasses__():
            yield from walk(child)

    for kind in walk(HygieError):
        assert 400 <= status_of(kind("wrong")) < 600


def test_what_fails_says_nothing_of_the_inside(pages: TestClient, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_arguments: object, **_more: object) -> None:
        raise RuntimeError("secret inside")

    monkeypatch.setattr("hygie.service.sources.show_parameter", fail)
    answer = pages.get("/sources/parameters/attack.unheard")
    assert answer.status_code == 500
    assert "secret inside" not in answer.text
    assert "Something went wrong on our side" in answer.text


def test_files_have_names_of_their_content_and_are_kept(pages: TestClient) -> None:
    text = pages.get("/").text
    sizes = {}
    for address in re.findall(r'"(/static/[^"]+)"', text):
        packed = pages.get(address, headers={"accept-encoding": "gzip"})
        assert packed.headers["cache-control"] == "public, max-age=31536000, immutable"
        sizes[address] = int(packed.headers["content-length"])
        plain = pages.get(address, headers={"accept-encoding": "identity"})
        assert "content-encoding" not in plain.headers
        assert plain.content == packed.content
    assert len(sizes) == 3
    # Style, script and the runtime of charts: the most that a first page loads.
    assert sum(sizes.values()) < 1024 * 1024


def test_the_style_names_typefaces_that_are_served(pages: TestClient) -> None:
    style = pages.get(re.search(r'"(/static/hygie-[0-9a-f]+\.css)"', pages.get("/").text)[1]).text
    fonts = re.findall(r'url\("(/static/[^"]+)"\)', style)
    assert len(fonts) == 2
    for address in fonts:
        assert gzip.decompress(gzip.compress(pages.get(address).content))[:4] == b"OTTO"


def test_an_unchanged_page_is_not_sent_twice(pages: TestClient) -> None:
    first = pages.get("/sources")
    again = pages.get("/sources", headers={"if-none-match": first.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")
    assert first.headers["cache-control"] == "private, no-cache"
    other = pages.get("/sources?lang=fr", headers={"if-none-match": first.headers["etag"]})
    assert other.status_code == 200


def test_the_access_log_keeps_queries_to_itself(pages: TestClient, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.INFO, logger="hygie.access"):
        pages.get("/sources?q=confidential")
    (line,) = [record.getMessage() for record in caplog.records if record.name == "hygie.access"]
    assert "/sources" in line
    assert "confidential" not in line


def test_a_network_address_needs_a_word() -> None:
    with pytest.raises(UsageError, match="other machines"):
        Settings(host="0.0.0.0")
    assert Settings(host="0.0.0.0", allow_network=True).hosts >= {"0.0.0.0", "localhost"}
    assert Settings(public_url="https://hygie.example").secure
    for url in ("hygie.example", "ftp://hygie.example", "https://hygie.example/path"):
        with pytest.raises(UsageError, match="address of a site"):
            Settings(public_url=url)


def test_behind_tls_cookies_and_names_follow(filled_workspace: Path) -> None:
    from hygie.web.app import create_app

    app = create_app(Settings(workspace=filled_workspace, public_url="https://hygie.example"))
    with TestClient(app, base_url="https://hygie.example") as client:
        answer = client.get("/preferences?theme=dark", follow_redirects=False)
        assert "Secure" in answer.headers["set-cookie"]
        assert answer.headers["strict-transport-security"] == "max-age=31536000"


def test_an_empty_workspace_says_that_it_gets_ready(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []
    monkeypatch.setattr("hygie.web.state.AppState.prepare", lambda _self, organisation: asked.append(organisation))
    with open_pages(tmp_path / "workspace", person()) as client:
        answer = client.get("/")
        assert answer.status_code == 503
        assert answer.headers["retry-after"] == "5"
        assert 'http-equiv="refresh"' in answer.text
    assert asked == ["default"]


def test_starting_loads_no_engine() -> None:
    code = (
        "import sys, hygie.web.serve; "
        "print([name for name in ('numba', 'duckdb', 'vl_convert', 'scipy.special', 'typst') if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=120)
    assert done.stdout.strip() == "[]"
