"""Pages from templates: what every one of them knows, and how browsers may keep them."""

from __future__ import annotations

import hashlib
from functools import cache
from typing import Any
from urllib.parse import urlencode

import jinja2
from fastapi import Request
from starlette.responses import HTMLResponse, Response

from hygie.service.accounts.permissions import allows
from hygie.service.accounts.principal import Principal
from hygie.views.landscape_words import capitalise, territory_label
from hygie.views.messages import Translate, translator
from hygie.web.auth.dependencies import csrf_token
from hygie.web.navigation import NavigationEntry, list_navigation
from hygie.web.preferences import choose_language, choose_theme
from hygie.web.shown import Shown
from hygie.web.state import state_of

__all__ = ["entity_tag", "keep_answer", "link_with", "render_page", "translate_for"]


@cache
def _environment() -> jinja2.Environment:
    environment = jinja2.Environment(
        loader=jinja2.PackageLoader("hygie.web"),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
    )
    environment.filters |= {"plain": _write_plain, "choice": _pair_choice, "pair": lambda text: (text, text)}
    environment.filters["say_finding"] = lambda item, show: show.finding(item)
    environment.filters["facility_pair"] = lambda item: (item.ref, item.name)
    environment.filters["capitalise"] = capitalise
    environment.filters["department"] = lambda code: territory_label("departments", code) if code else ""
    environment.filters["named_pair"] = lambda item: (item.id, item.name)
    environment.filters["register_pair"] = lambda item: (item.kind, f"{item.name} ({item.year})")
    environment.globals |= {"link_with": link_with, "with_current": _add_current, "tally_options": _list_tally}
    return environment


def _write_plain(value: object) -> str:
    return "" if value is None else str(value)


def _pair_choice(choice: Any) -> tuple[str, str]:
    return choice.id, choice.label


def _add_current(choices: list[Any], current: str, label: str) -> list[tuple[str, str]]:
    """Return choices as pairs, with the word that is said now when it is none of them."""
    pairs = [_pair_choice(choice) for choice in choices]
    return pairs if any(key == current for key, _text in pairs) else [(current, label), *pairs]


def _list_tally(rows: list[Any], with_id: bool = False) -> list[tuple[str, str]]:
    """Return the rows of a tally as options, each with its number."""
    return [
        (row.id, f"{row.id} · {row.label} ({row.count})" if with_id else f"{row.label} ({row.count})") for row in rows
    ]


def link_with(path: str, query: dict[str, Any] | None = None, **changes: Any) -> str:
    """Return an address with a query: lists become repeated fields, None and empty texts are left out.

    >>> link_with("/landscape", {"from": "2024", "kind": ["chu"]}, to="2025")
    '/landscape?from=2024&kind=chu&to=2025'
    """
    fields = {**(query or {}), **changes}
    pairs = [
        (name, str(item))
        for name, value in fields.items()
        for item in (value if isinstance(value, list | tuple) else [value])
        if item is not None and item != ""
    ]
    return f"{path}?{urlencode(pairs)}" if pairs else path


def translate_for(request: Request, principal: Principal | None = None) -> Translate:
    """Return the translator of a request."""
    return translator(choose_language(request, principal))


def render_page(
    request: Request, template: str, *, principal: Principal | None, status: int = 200, **context: Any
) -> Response:
    """Return a page; a browser that holds the same one already is told so (304)."""
    state = state_of(request)
    language = choose_language(request, principal)
    t = translator(language)
    here = request.url.path + (f"?{request.url.query}" if request.url.query else "")
    text = (
        _environment()
        .get_template(template)
        .render(
            principal=principal,
            language=language,
            theme=choose_theme(request),
            t=t,
            csrf_token=csrf_token(request, principal),
            navigation=_list_entries(request, principal, t),
            asset=state.assets,
            here=here,
            path=request.url.path,
            request_id=request.state.request_id,
            show=Shown(language),
            **context,
        )
    )
    answer = HTMLResponse(text, status_code=status)
    return keep_answer(request, answer) if status == 200 and request.method in ("GET", "HEAD") else answer


def _list_entries(request: Request, principal: Principal | None, t: Translate) -> list[NavigationEntry]:
    """Return the pages that somebody may open."""
    if principal is None:
        return []
    entries = list_navigation(t, mounted=request.app.state.mounted)
    return [entry for entry in entries if entry.id != "admin" or allows(principal, "administer")]


def entity_tag(content: bytes) -> str:
    """Return the tag of a content; weak, since it may be compressed on its way."""
    return f'W/"{hashlib.sha256(content).hexdigest()[:32]}"'


def keep_answer(request: Request, answer: Response, *, max_age: int = 0) -> Response:
    """Let the browser of one person keep an answer and ask whether it still holds; 304 when it does.

    Parameters
    ----------
    max_age
        How long it need not even ask [s].
    """
    tag = entity_tag(bytes(answer.body))
    control = f"private, max-age={max_age}" if max_age else "private, no-cache"
    headers = {"ETag": tag, "Cache-Control": control, "Vary": "Cookie, Accept-Language"}
    known = [part.strip() for part in request.headers.get("if-none-match", "").split(",")]
    if tag in known:
        return Response(status_code=304, headers=headers)
    answer.headers.update(headers)
    return answer
