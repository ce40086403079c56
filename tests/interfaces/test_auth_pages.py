"""Coming in, one's own account, going out: as a browser does it, and as another site would like to."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient

from account_kit import OTHER_PASSWORD, PASSWORD, TESTER, add, make_app
from hygie.service.accounts.access import Access
from hygie.service.accounts.audit import list_entries, verify_log
from hygie.service.accounts.directory import set_role
from hygie.service.accounts.setup import issue_setup_code
from hygie.web.auth.rates import RateLimit

SITE = "http://127.0.0.1:8765"
_TOKEN = re.compile(r'name="csrf_token" value="([0-9a-f]{64})"')


@pytest.fixture
def app(tmp_path: Path) -> FastAPI:
    return make_app(tmp_path)


@pytest.fixture
def access(app: FastAPI) -> Access:
    return app.state.hygie.access


@pytest.fixture
def browser(app: FastAPI) -> Iterator[Browser]:
    yield Browser(app)


class Browser:
    """A browser: keeps cookies, follows forms, names its origin."""

    def __init__(self, app: FastAPI, *, site: str = SITE) -> None:
        self.client = TestClient(
            app,
            base_url=site,
            follow_redirects=False,
            headers={"Accept-Language": "en"},
            client=("127.0.0.1", 50000),
        )
        self.site = site

    def get(self, path: str, **headers: str) -> Any:
        return self.client.get(path, headers=headers)

    def send(self, path: str, *, page: str | None = None, origin: str | None = None, **fields: Any) -> Any:
        """Fill in the form of a page and send it."""
        token = _TOKEN.search(self.get(page or path).text)
        assert token is not None, page or path
        return self.client.post(path, data={"csrf_token": token[1], **fields}, headers={"Origin": origin or self.site})

    def come_in(self, login: str = "ana", password: str = PASSWORD, **fields: Any) -> Any:
        return self.send("/login", login=login, password=password, **fields)


def test_the_first_account_is_made_with_the_code(browser: Browser, access: Access) -> None:
    assert browser.get("/").headers["location"] == "/login"
    assert browser.get("/login").headers["location"] == "/setup"
    code = issue_setup_code(access)
    fields = {"login": "root", "name": "Root", "password": PASSWORD, "again": PASSWORD}
    refused = browser.send("/setup", code="BBBB-BBBB-BBBB", **fields)
    assert refused.status_code == 401
    assert "not the one that the server printed" in refused.text
    assert PASSWORD not in refused.text
    assert browser.send("/setup", code=code, **{**fields, "again": "x"}).status_code == 422
    assert browser.send("/setup", code=code, **{**fields, "password": "short", "again": "short"}).status_code == 422
    done = browser.send("/setup", code=code, **fields)
    assert (done.status_code, done.headers["location"]) == (303, "/")
    page = browser.get("/account")
    assert "Root, administrator" in page.text
    assert page.headers["cache-control"] == "no-store"
    assert browser.get("/setup").headers["location"] == "/login"
    assert Browser(browser.client.app).get("/setup").headers["location"] == "/login"


def test_coming_in_and_going_out(browser: Browser, access: Access) -> None:
    add(access, "ana")
    assert browser.get("/account").headers["location"] == "/login?next=%2Faccount"
    wrong = browser.come_in(password=OTHER_PASSWORD)
    assert wrong.status_code == 401
    assert "do not open an account" in wrong.text
    assert OTHER_PASSWORD not in wrong.text
    done = browser.come_in(next="/account?x=1")
    assert (done.status_code, done.headers["location"]) == (303, "/account?x=1")
    cookie = done.headers["set-cookie"]
    assert "hygie_session=" in cookie
    assert "HttpOnly" in cookie
    assert "SameSite=lax" in cookie
    assert "Secure" not in cookie
    assert browser.get("/login?next=/account").headers["location"] == "/account"
    kept = browser.client.cookies["hygie_session"]
    gone = browser.send("/logout", page="/account")
    assert (gone.status_code, gone.headers["location"]) == (303, "/login?out=1")
    assert "cache" in gone.headers["clear-site-data"]
    assert "You are logged out" in browser.get("/login?out=1").text
    browser.client.cookies["hygie_session"] = kept
    assert browser.get("/account").status_code == 303
    actions = [entry.action for entry in list_entries(access, "default")]
    assert actions == ["session.close", "session.open", "session.fail", "account.add"]
    assert verify_log(access, "default").broken_at is None


def test_over_tls_the_cookie_is_bound_to_the_host(tmp_path: Path) -> None:
    app = make_app(tmp_path, public_url="https://hygie.example")
    add(app.state.hygie.access, "ana")
    browser = Browser(app, site="https://hygie.example")
    done = browser.come_in()
    assert done.status_code == 303, done.text
    session = next(line for line in done.headers.get_list("set-cookie") if "_session=" in line)
    assert session.startswith("__Host-hygie_session=")
    for part in ("; Secure", "; Path=/", "; HttpOnly"):
        assert part in session
    assert "Domain" not in session
    assert browser.get("/account").status_code == 200
    # Behind a proxy, every address is the proxy's: none is written down.
    assert list_entries(app.state.hygie.access, "default")[0].address is None


@pytest.mark.parametrize(
    "place",
    ["https://evil.example/", "//evil.example", "/\\evil.example", "javascript:alert(1)", "/\t/evil.example", "/login",
     "/logout", "/sso/x/start", "evil", ""],
)  # fmt: skip
def test_nobody_is_sent_elsewhere(browser: Browser, access: Access, place: str) -> None:
    add(access, "ana")
    assert browser.come_in(next=place).headers["location"] == "/"


def test_a_form_from_another_site_is_refused(browser: Browser, access: Access) -> None:
    add(access, "ana")
    client = browser.client
    form = {"login": "ana", "password": PASSWORD}
    assert client.post("/login", data=form).status_code == 403
    assert client.post("/login", data={**form, "csrf_token": "0" * 64}).status_code == 403
    assert browser.send("/login", origin="https://evil.example", **form).status_code == 403
    assert browser.send("/login", origin="null", **form).status_code == 403
    assert browser.come_in().status_code == 303
    for headers in (
        {},
        {"X-CSRF-Token": "0" * 64},
        {"X-CSRF-Token": b"\xe9\xff"},
    ):
        assert client.post("/account/language", data={"language": "en"}, headers=headers).status_code == 403
    page = "/account"
    for origin in ("https://evil.example", "http://127.0.0.1:9999", "null"):
        refused = browser.send("/account/language", page=page, origin=origin, language="en")
        assert refused.status_code == 403, origin
    token = _TOKEN.search(browser.get(page).text)
    assert token is not None
    cross = {"X-CSRF-Token": token[1], "Sec-Fetch-Site": "cross-site"}
    assert client.post("/account/language", data={"language": "en"}, headers=cross).status_code == 403
    other = Browser(client.app)
    add(access, "bea")
    other.come_in("bea")
    # The token of one session opens nothing in another.
    stolen = other.client.post("/account/language", data={"language": "en", "csrf_token": token[1]})
    assert stolen.status_code == 403
    assert browser.send("/account/language", page=page, language="en").status_code == 303


def test_a_session_is_new_each_time(browser: Browser, access: Access) -> None:
    add(access, "ana")
    browser.client.cookies.set("hygie_session", "chosen-by-somebody-else", domain="127.0.0.1", path="/")
    browser.come_in()
    first = browser.client.cookies["hygie_session"]
    assert first != "chosen-by-somebody-else"
    login = browser.get("/login")
    assert login.status_code == 303


def test_guessing_is_slowed_down(browser: Browser, access: Access) -> None:
    add(access, "ana")
    for _ in range(5):
        assert browser.come_in(password=OTHER_PASSWORD).status_code == 401
    slow = browser.come_in()
    assert slow.status_code == 429
    assert 0 < int(slow.headers["retry-after"]) <= 2
    assert "Too many tries" in slow.text


def test_ones_own_account(browser: Browser, access: Access) -> None:
    ana = add(access, "ana")
    set_role(access, ana.account_id, role="viewer", organisation_id="east", actor=TESTER, members_only=False)
    other = Browser(browser.client.app)
    other.come_in()
    browser.come_in()
    page = browser.get("/account").text
    assert page.count("/revoke") == 1
    wrong = browser.send("/account/password", page="/account", old="no", new=OTHER_PASSWORD, again=OTHER_PASSWORD)
    assert wrong.status_code == 422
    assert "present password is wrong" in wrong.text
    weak = browser.send("/account/password", page="/account", old=PASSWORD, new="motdepasse123", again="motdepasse123")
    assert "among the first that are tried" in weak.text
    done = browser.send("/account/password", page="/account", old=PASSWORD, new=OTHER_PASSWORD, again=OTHER_PASSWORD)
    assert done.headers["location"] == "/account?done=password"
    assert other.get("/account").status_code == 303
    assert browser.send("/account/language", page="/account", language="fr").status_code == 303
    assert 'lang="fr"' in browser.get("/account", **{"Accept-Language": "en"}).text
    assert browser.send("/account/language", page="/account", language="de").status_code == 400
    moved = browser.send("/account/organisation", page="/account", organisation="east")
    assert moved.headers["location"] == "/"
    assert "ana, lecteur à east" in browser.get("/account").text
    assert browser.send("/account/organisation", page="/account", organisation="nowhere").status_code == 404


def test_sessions_and_tokens_of_ones_own(browser: Browser, access: Access) -> None:
    add(access, "ana")
    add(access, "bea")
    other = Browser(browser.client.app)
    other.come_in()
    browser.come_in()
    made = browser.send("/account/tokens", page="/account", label="nightly <b>", scope=["read", "run"], days="7")
    token = re.search(r"hyg_[\w-]{43}", made.text)
    assert token is not None
    assert made.headers["cache-control"] == "no-store"
    assert "nightly &lt;b&gt;" in made.text
    assert token[0] not in browser.get("/account").text
    refused = browser.send("/account/tokens", page="/account", label="x", scope=["admin"])
    assert "may not do more than its owner" in refused.text
    end_session = re.search(r"/account/sessions/\w+/revoke", made.text)
    end_token = re.search(r"/account/tokens/\w+/revoke", made.text)
    assert end_session is not None
    assert end_token is not None
    bea = Browser(browser.client.app)
    bea.come_in("bea")
    for path in (end_session[0], end_token[0]):
        assert bea.send(path, page="/account").status_code == 404
        assert browser.send(path, page="/account").status_code == 303
    assert other.get("/account").status_code == 303


def test_a_token_speaks_for_its_account_but_is_no_browser(browser: Browser, access: Access) -> None:
    add(access, "ana")
    browser.come_in()
    made = browser.send("/account/tokens", page="/account", label="ci", scope=["read"])
    token = re.search(r"hyg_[\w-]{43}", made.text)
    assert token is not None
    program = TestClient(browser.client.app, base_url=SITE, follow_redirects=False)
    bearer = {"Authorization": f"Bearer {token[0]}"}
    # 503: a base that is being filled, which nobody but a known account is told.
    assert program.get("/", headers=bearer).status_code in (200, 503)
    assert program.get("/account", headers=bearer).status_code == 403
    # A wrong token is not made good by a session.
    assert browser.get("/", Authorization="Bearer hyg_wrong").status_code == 303
    assert browser.get("/", Authorization="Basic YTpi").status_code == 303


def test_the_door_speaks_french(browser: Browser, access: Access) -> None:
    add(access, "ana")
    page = browser.get("/login", **{"Accept-Language": "fr"}).text
    assert "Se connecter" in page
    assert "Log in" not in page


def test_buckets_fill_again() -> None:
    now = [0.0]
    limit = RateLimit(burst=2, per_minute=6.0, clock=lambda: now[0])
    assert [limit.take("a") for _ in range(3)] == [0, 0, 10]
    assert limit.take("b") == 0
    now[0] = 10.0
    assert [limit.take("a") for _ in range(2)] == [0, 10]
    for number in range(20_000):
        limit.take(str(number))
    assert len(limit._buckets) == 10_000
