"""Who may ask for what: every route of an application, tried as every role, as another organisation, and as nobody.

One table declares what each route needs. A route that is not in it fails the test, and so does one whose code asks for
something else than the table says: a page cannot be forgotten.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from fastapi import FastAPI
from fastapi.testclient import TestClient

from hygie.service.accounts.access import Access, reading
from hygie.service.accounts.audit import Actor
from hygie.service.accounts.directory import add_account
from hygie.service.accounts.permissions import Permission, list_permissions
from hygie.service.accounts.principal import ROLES, Role
from hygie.service.accounts.sessions import make_csrf_token, open_session
from hygie.service.accounts.tokens import make_token
from hygie.store.accounts import find_account
from hygie.store.engine import writing
from hygie.web.auth.dependencies import current_principal, current_session, find_permission

# "public": nobody need be known. "signed_in": any account, by session or token. "session": any account, in a browser.
Need = Literal["public", "signed_in", "session"] | Permission

OTHER = "east"
PASSWORD = "tram vert quatre lilas"
TESTER = Actor(name="tester")


@dataclass(frozen=True, kw_only=True)
class Call:
    """How a route is asked: values for its path, and what it is sent.

    Parameters
    ----------
    own
        Whether `path` names something of the organisation `default`: another organisation must get 404.
    """

    path: Mapping[str, str] = field(default_factory=dict)
    form: Mapping[str, Any] | None = None
    json: Any = None
    own: bool = False


@dataclass(frozen=True, kw_only=True)
class RouteFacts:
    """A route as its code stands."""

    method: str
    path: str
    need: Need

    @property
    def name(self) -> str:
        return f"{self.method} {self.path}"


def list_routes(app: FastAPI) -> list[RouteFacts]:
    """Return every route of an application, with what its code asks for."""
    found = []
    for route in _walk(app.routes):
        path = str(getattr(route, "path", ""))
        for method in sorted((getattr(route, "methods", None) or {"GET"}) - {"HEAD", "OPTIONS"}):
            found.append(RouteFacts(method=method, path=path, need=_find_need(route)))
    return found


def check_declared(app: FastAPI, declared: Mapping[str, Need]) -> None:
    """Fail for a route that the table forgets, one that it invents, or one whose code asks for something else."""
    routes = {route.name: route.need for route in list_routes(app)}
    assert sorted(set(routes) - set(declared)) == [], "routes without a line in the table of permissions"
    assert sorted(set(declared) - set(routes)) == [], "lines of the table without a route"
    wrong = {name: (need, declared[name]) for name, need in routes.items() if need != declared[name]}
    assert wrong == {}, "what the code asks for, and what the table says"


def check_access(
    client: TestClient, access: Access, declared: Mapping[str, Need], *, calls: Mapping[str, Call] | None = None
) -> int:
    """Ask for every route as everybody and compare with the table; return how many answers were judged.

    `access` must hold an organisation `east` beside `default`. What is asked for must not end sessions: name such
    routes in `calls` with a form that is refused, or leave them to a test of their own.
    """
    judged = 0
    people = {role: _Visitor.make(access, role) for role in ROLES}
    stranger = _Visitor.make(access, "admin", organisation=OTHER)
    for name, need in declared.items():
        method, _, pattern = name.partition(" ")
        call = (calls or {}).get(name, Call())
        path = pattern.format(**{part: call.path.get(part, "missing") for part in _parts(pattern)})
        nobody = _ask(client, method, path, call, headers={})
        _judge(name, "nobody", nobody.status_code, known=need == "public", allowed=need == "public", answer=nobody)
        judged += 1
        for role, visitor in people.items():
            allowed = need in ("public", "signed_in", "session") or need in list_permissions(role, frozenset({"*"}))
            answer = visitor.ask_as_browser(client, method, path, call)
            _judge(name, role, answer.status_code, known=True, allowed=allowed, answer=answer)
            # A narrow token gets no further than its scopes; no token does what only a browser may.
            through = need in ("public", "signed_in") or need in list_permissions(role, frozenset({"read"}))
            answer = visitor.ask_as_program(client, method, path, call)
            _judge(name, f"{role} with a token", answer.status_code, known=True, allowed=through, answer=answer)
            if method not in ("GET", "HEAD") and need != "public":
                answer = visitor.ask_without_token(client, method, path, call)
                assert answer.status_code == 403, f"{name}: a form from elsewhere got {answer.status_code}"
            judged += 2
        if call.own:
            answer = stranger.ask_as_browser(client, method, path, call)
            assert answer.status_code == 404, f"{name}: another organisation got {answer.status_code}"
            judged += 1
    return judged


@dataclass(frozen=True, kw_only=True)
class _Visitor:
    secret: str
    token: str

    @classmethod
    def make(cls, access: Access, role: Role, *, organisation: str = "default") -> _Visitor:
        account = add_account(
            access,
            login=f"{role}.{organisation}.matrix",
            name=None,
            role=role,
            organisation_id=organisation,
            password=None,
            actor=TESTER,
        )
        with reading(access) as connection:
            row = find_account(connection, account.account_id)
        assert row is not None
        with writing(access.workspace.engine.connect()) as connection, connection.begin():
            secret = open_session(connection, access, row, actor=TESTER, browser=None)
        token, _ = make_token(
            access, account.account_id, organisation_id=organisation, label="matrix", scopes=("read",), actor=TESTER
        )
        return cls(secret=secret, token=token)

    def ask_as_browser(self, client: TestClient, method: str, path: str, call: Call) -> Any:
        headers = {"Cookie": f"hygie_session={self.secret}", "X-CSRF-Token": make_csrf_token(self.secret)}
        return _ask(client, method, path, call, headers=headers)

    def ask_without_token(self, client: TestClient, method: str, path: str, call: Call) -> Any:
        return _ask(client, method, path, call, headers={"Cookie": f"hygie_session={self.secret}"})

    def ask_as_program(self, client: TestClient, method: str, path: str, call: Call) -> Any:
        return _ask(client, method, path, call, headers={"Authorization": f"Bearer {self.token}"})


def _ask(client: TestClient, method: str, path: str, call: Call, *, headers: Mapping[str, str]) -> Any:
    client.cookies.clear()
    return client.request(method, path, headers=dict(headers), data=call.form, json=call.json, follow_redirects=False)


def _judge(name: str, who: str, status: int, *, known: bool, allowed: bool, answer: Any) -> None:
    said = f"{name} as {who}: {status}"
    assert status < 500, f"{said} {answer.text[:300]}"
    if not known:
        to_door = status == 303 and answer.headers["location"].startswith("/login")
        assert status == 401 or to_door, said
    elif allowed:
        assert status != 401, said
        # A public form still refuses what does not come from its own page.
        assert status != 403 or name.split(" ")[0] == "POST", said
    else:
        assert status == 403, said


def _walk(routes: Any) -> Iterator[Any]:
    for route in routes:
        inner = getattr(route, "effective_candidates", None)
        if inner is not None:
            yield from _walk(inner() if callable(inner) else inner)
        elif getattr(route, "original_router", None) is not None:
            yield from _walk(route.original_router.routes)
        elif getattr(route, "routes", None) is not None and not hasattr(route, "methods"):
            yield from _walk(route.routes)
        else:
            yield route


def _find_need(route: Any) -> Need:
    dependant = getattr(route, "dependant", None)
    calls = list(_walk_calls(dependant)) if dependant is not None else []
    permissions = [permission for call in calls if (permission := find_permission(call)) is not None]
    assert len(permissions) <= 1, f"{route.path} asks for several permissions: {permissions}"
    if permissions:
        return permissions[0]
    if current_session in calls:
        return "session"
    return "signed_in" if current_principal in calls else "public"


def _walk_calls(dependant: Any) -> Iterator[Any]:
    for inner in dependant.dependencies:
        yield inner.call
        yield from _walk_calls(inner)


def _parts(pattern: str) -> list[str]:
    return [part.split("}")[0] for part in pattern.split("{")[1:]]
