"""Single sign-on against a real OpenID provider, and against one that cheats."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from joserfc import jwk, jwt

from account_kit import PASSWORD, TESTER, add, make_app
from hygie.core.errors import AuthenticationError, DataError, StoreError
from hygie.service.accounts.audit import list_entries
from hygie.service.accounts.directory import disable_account, find_login, list_own_organisations, set_role
from hygie.service.accounts.oidc_client import OidcClient
from hygie.service.accounts.sso_settings import ProviderSettings, load_sso
from oidc_kit import OidcServer, serve_oidc

# One provider for all of them: it is installed once, by one process.
pytestmark = pytest.mark.xdist_group("oidc")

SITE = "http://127.0.0.1:8765"
ROLES = [
    {"group": "rssi", "organisation": "default", "role": "analyst"},
    {"group": "chiefs", "organisation": "default", "role": "admin"},
    {"group": "ght", "organisation": "east", "role": "viewer"},
]
PEOPLE = {
    "u1": {"name": "Ana Roux", "preferred_username": "ana.roux", "groups": ["rssi", "ght"]},
    "u2": {"name": "Bea", "preferred_username": "bea", "groups": ["canteen"]},
    "u3": {"name": "Cid", "preferred_username": "cid", "groups": ["chiefs", "rssi"]},
}
_TOKEN = re.compile(r'name="csrf_token" value="([0-9a-f]{64})"')


@pytest.fixture(scope="module")
def provider() -> Iterator[OidcServer]:
    with serve_oidc(people=PEOPLE, sites=[SITE]) as server:
        yield server


@pytest.fixture
def app(tmp_path: Path, provider: OidcServer) -> FastAPI:
    app = make_app(tmp_path, sso=provider.write_settings(tmp_path, roles=ROLES))
    add(app.state.hygie.access, "root", role="admin")
    return app


def _browser(app: FastAPI) -> TestClient:
    return TestClient(app, base_url=SITE, follow_redirects=False, headers={"Accept-Language": "en"})


def _go(client: TestClient, provider: OidcServer, person: str, *, next_path: str = "/account") -> Any:
    sent = client.get("/sso/hospital/start", params={"next": next_path})
    assert sent.status_code == 303
    return client.get(provider.sign_in(sent.headers["location"], person=person))


def test_a_person_of_the_provider_comes_in(app: FastAPI, provider: OidcServer) -> None:
    access, client = app.state.hygie.access, _browser(app)
    assert "Hospital account" in client.get("/login").text
    done = _go(client, provider, "u1")
    assert (done.status_code, done.headers["location"]) == (303, "/account"), done.text
    page = client.get("/account").text
    assert "Ana Roux, analyste" in page
    assert "il n’y a pas de mot de passe ici" in page
    ana = find_login(access, "ana.roux", organisation_id="default")
    assert (ana.source, ana.has_password) == ("oidc:hospital", False)
    assert list_own_organisations(access, ana.account_id) == [("default", "analyst"), ("east", "viewer")]
    again = _browser(app)
    assert _go(again, provider, "u1").status_code == 303
    assert find_login(access, "ana.roux").account_id == ana.account_id
    opened = [entry for entry in list_entries(access, "default") if entry.action == "session.open"]
    assert [entry.details["with"] for entry in opened] == ["hospital", "hospital"]
    # The role that may do most, of several.
    assert _go(_browser(app), provider, "u3").status_code == 303
    assert find_login(access, "cid", organisation_id="default").role == "admin"


def test_roles_follow_the_groups_and_what_was_given_here_stays(
    app: FastAPI, provider: OidcServer, tmp_path: Path
) -> None:
    access = app.state.hygie.access
    _go(_browser(app), provider, "u1")
    ana = find_login(access, "ana.roux")
    fewer = provider.write_settings(tmp_path, roles=[{"group": "rssi", "organisation": "default", "role": "viewer"}])
    (settings,) = load_sso(fewer)
    app.state.hygie = replace(app.state.hygie, providers={"hospital": OidcClient(settings)})
    set_role(access, ana.account_id, role="approver", organisation_id="default", actor=TESTER)
    assert _go(_browser(app), provider, "u1").status_code == 303
    assert list_own_organisations(access, ana.account_id) == [("default", "approver")]


def test_who_has_no_group_or_is_disabled_stays_outside(app: FastAPI, provider: OidcServer) -> None:
    access, client = app.state.hygie.access, _browser(app)
    refused = _go(client, provider, "u2")
    assert refused.status_code == 403
    assert "you have no place here" in refused.text
    assert client.get("/account").status_code == 303
    _go(_browser(app), provider, "u1")
    ana = find_login(access, "ana.roux")
    disable_account(access, ana.account_id, organisation_id="default", actor=TESTER, whole=True)
    assert _go(_browser(app), provider, "u1").status_code == 403
    failed = [entry for entry in list_entries(access, "default") if entry.action == "session.fail"]
    assert [entry.target for entry in failed] == ["ana.roux", None]


def test_the_same_login_is_not_the_same_person_until_it_is_linked(app: FastAPI, provider: OidcServer) -> None:
    access = app.state.hygie.access
    local = add(access, "cid", role="viewer")
    assert _go(_browser(app), provider, "u3").status_code == 303
    assert find_login(access, "cid", organisation_id="default").role == "viewer"
    assert find_login(access, "cid~hospital", organisation_id="default").role == "admin"
    # Linked from within: then both ways lead to one account.
    add(access, "ana")
    client = _browser(app)
    token = _TOKEN.search(client.get("/login").text)
    assert token is not None
    client.post("/login", data={"csrf_token": token[1], "login": "ana", "password": PASSWORD})
    token = _TOKEN.search(client.get("/account").text)
    assert token is not None
    page = client.post("/sso/hospital/link", data={"csrf_token": token[1]})
    address = re.search(r'href="(http://127[^"]+)"', page.text)
    assert address is not None
    back = provider.sign_in(address[1].replace("&amp;", "&"), person="u1")
    # Somebody else, in whose browser this address is opened, is not linked.
    assert _browser(app).get(back).status_code == 403
    page = client.post("/sso/hospital/link", data={"csrf_token": token[1]})
    address = re.search(r'href="(http://127[^"]+)"', page.text)
    assert address is not None
    linked = client.get(provider.sign_in(address[1].replace("&amp;", "&"), person="u1"))
    assert (linked.status_code, linked.headers["location"]) == (303, "/account")
    other = _browser(app)
    _go(other, provider, "u1")
    assert "ana, analyst" in other.get("/account").text
    assert local.login == "cid"


def test_the_way_is_gone_once_and_by_the_same_browser(app: FastAPI, provider: OidcServer) -> None:
    client = _browser(app)
    start = client.get("/sso/hospital/start").headers["location"]
    back = provider.sign_in(start, person="u1")
    assert _browser(app).get(back).status_code == 403
    # The address was taken with the first try, whoever made it.
    assert client.get(back).status_code == 403
    start = client.get("/sso/hospital/start").headers["location"]
    back = provider.sign_in(start, person="u1")
    assert client.get(back).status_code == 303
    assert client.get(back).status_code == 403
    start = client.get("/sso/hospital/start").headers["location"]
    refused = client.get(provider.sign_in(start, person="u1", allow=False))
    assert refused.status_code == 403
    assert "did not let you in" in refused.text
    assert client.get("/sso/nobody/start").status_code == 404
    assert client.get("/sso/hospital/callback").status_code == 403


def test_an_answer_of_another_provider_is_refused(app: FastAPI, provider: OidcServer) -> None:
    client = _browser(app)
    back = provider.sign_in(client.get("/sso/hospital/start").headers["location"], person="u1")
    assert "iss=" in back
    mixed = re.sub(r"iss=[^&]+", "iss=http%3A%2F%2F127.0.0.1%3A1", back)
    assert "another provider" in client.get(mixed).text


def test_going_out_there_too(app: FastAPI, provider: OidcServer) -> None:
    client = _browser(app)
    _go(client, provider, "u1")
    token = _TOKEN.search(client.get("/account").text)
    assert token is not None
    gone = client.post("/logout", data={"csrf_token": token[1]})
    assert gone.headers["location"] == "/login?out=hospital"
    assert "Log out of Hospital account, too" in client.get("/login?out=hospital").text
    leave = client.get("/sso/hospital/logout").headers["location"]
    assert leave.startswith(f"{provider.issuer}/session/end?client_id=hygie-tests")


# What a provider signs, bent in every way that must show.

ISSUER = "https://id.example"
NOW = 1_800_000_000
GOOD = {"iss": ISSUER, "aud": "hygie", "sub": "u1", "exp": NOW + 300, "iat": NOW, "nonce": "n"}
KEY = jwk.RSAKey.generate_key(2048, {"kid": "k1", "use": "sig"})
OTHER_KEY = jwk.RSAKey.generate_key(2048, {"kid": "k1", "use": "sig"})
KEYS = {"keys": [KEY.as_dict(private=False)]}


def _client(**changes: Any) -> OidcClient:
    values = {
        "id": "hospital",
        "label": {"fr": "x", "en": "x"},
        "issuer": ISSUER,
        "client_id": "hygie",
        "roles": ({"organisation": "default", "role": "viewer"},),
        **changes,
    }
    return OidcClient(ProviderSettings.model_validate(values))


def _sign(claims: dict[str, Any], *, key: Any = KEY, algorithm: str = "RS256") -> str:
    return jwt.encode({"alg": algorithm, "kid": "k1"}, claims, key, algorithms=[algorithm])


def test_what_is_signed_well_is_believed() -> None:
    claims = _client()._check_token(_sign(GOOD), KEYS, nonce="n", now=NOW)
    assert claims["sub"] == "u1"
    assert _client()._check_token(_sign({**GOOD, "aud": ["hygie"]}), KEYS, nonce="n", now=NOW)
    several = {**GOOD, "aud": ["hygie", "other"], "azp": "hygie"}
    assert _client()._check_token(_sign(several), KEYS, nonce="n", now=NOW)


@pytest.mark.parametrize(
    "changes",
    [
        {"iss": "https://evil.example"},
        {"aud": "other"},
        {"aud": ["hygie", "other"]},
        {"aud": ["hygie", "other"], "azp": "other"},
        {"azp": "other"},
        {"exp": NOW - 61},
        {"iat": NOW + 61},
        {"nonce": "m"},
        {"nonce": None},
        {"sub": None},
        {"exp": None},
    ],
)
def test_what_does_not_fit_is_refused(changes: dict[str, Any]) -> None:
    claims = {name: value for name, value in {**GOOD, **changes}.items() if value is not None}
    with pytest.raises(AuthenticationError, match="provider signed"):
        _client()._check_token(_sign(claims), KEYS, nonce="n", now=NOW)


def test_a_signature_must_be_the_provider_s_own() -> None:
    none = ".".join(["eyJhbGciOiJub25lIn0", _sign(GOOD).split(".")[1], ""])
    shared = _sign(GOOD, key=jwk.OctKey.import_key("secret-of-the-tests-0123456789-0123456789"), algorithm="HS256")
    swapped = _sign(GOOD, key=OTHER_KEY)
    for token in (none, shared, swapped, "x.y.z", ""):
        with pytest.raises(AuthenticationError, match="provider signed"):
            _client()._check_token(token, KEYS, nonce="n", now=NOW)


@pytest.mark.parametrize(
    "metadata",
    [
        {"issuer": "https://evil.example"},
        {"authorization_endpoint": "http://id.example/auth"},
        {"token_endpoint": None},
        {"jwks_uri": "http://127.0.0.1/keys"},
    ],
)
def test_a_provider_that_names_unsafe_places_is_refused(
    metadata: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    good = {
        "issuer": ISSUER,
        "authorization_endpoint": f"{ISSUER}/auth",
        "token_endpoint": f"{ISSUER}/token",
        "jwks_uri": f"{ISSUER}/keys",
    }
    monkeypatch.setattr(OidcClient, "_read_json", lambda *_args, **_options: {**good, **metadata})
    with pytest.raises(StoreError, match="identity provider"):
        _client().make_address(callback=f"{SITE}/cb", state="s", nonce="n", code_verifier="v" * 43)


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"issuer": "http://id.example"}, "https"),
        ({"issuer": "https://user:word@id.example"}, "https"),
        ({"scopes": ["profile"]}, "openid"),
        ({"label": {"fr": "x"}}, "label"),
        ({"roles": []}, "roles"),
        ({"roles": [{"organisation": "../x", "role": "viewer"}]}, "organisation"),
        ({"roles": [{"organisation": "x", "role": "root"}]}, "role"),
        ({"client_secret_env": "HYGIE_NOT_SET_ANYWHERE"}, "secret"),
    ],
)
def test_a_wrong_file_says_where(tmp_path: Path, changes: dict[str, Any], reason: str) -> None:
    values: dict[str, Any] = {"roles": ROLES, "client_secret_file": None, **changes}
    settings = OidcServer(issuer=ISSUER).write_settings(tmp_path, **values)
    with pytest.raises(DataError, match=reason):
        load_sso(settings)


def test_a_provider_that_is_away_is_told_apart_from_a_refusal() -> None:
    client = _client(issuer="http://127.0.0.1:9")
    with pytest.raises(StoreError, match="cannot be reached"):
        client.make_address(callback=f"{SITE}/cb", state="s", nonce="n", code_verifier="v" * 43)
