"""Language and theme of a request: its address, its cookie, the account, the browser."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, cast
from urllib.parse import urlsplit

from starlette.responses import RedirectResponse

from hygie.views.messages import LANGUAGES, Language

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.responses import Response

    from hygie.service.accounts.principal import Principal

__all__ = ["Theme", "choose_language", "choose_theme", "remember_preference", "safe_path"]

Theme = Literal["auto", "light", "dark"]
_THEMES = ("auto", "light", "dark")
_YEAR = 365 * 24 * 3600


def choose_language(request: Request, principal: Principal | None = None) -> Language:
    """Return the language of a request: `lang` of its address, the cookie, the account, then the browser."""
    said = request.query_params.get("lang") or request.cookies.get("hygie_language")
    if said in LANGUAGES:
        return said
    if principal is not None:
        return principal.language
    return _read_accepted(request.headers.get("accept-language", ""))


def choose_theme(request: Request) -> Theme:
    """Return the theme of a request: `theme` of its address, the cookie, then what the system says."""
    said = request.query_params.get("theme") or request.cookies.get("hygie_theme")
    return cast("Theme", said) if said in _THEMES else "auto"


def safe_path(text: str) -> str:
    """Return an address on this site, `/` when it leads anywhere else.

    >>> safe_path("/landscape?from=2024"), safe_path("//evil.example"), safe_path("https://evil.example/")
    ('/landscape?from=2024', '/', '/')
    """
    parts = urlsplit(text)
    clean = text.isprintable() and "\\" not in text
    if not clean or parts.scheme or parts.netloc or not text.startswith("/") or text.startswith("//"):
        return "/"
    return text


def remember_preference(request: Request) -> Response:
    """Keep a language or a theme in a cookie, and go back to the page."""
    answer = RedirectResponse(safe_path(request.query_params.get("next", "/")), status_code=303)
    for name, known in (("language", LANGUAGES), ("theme", _THEMES)):
        said = request.query_params.get(name)
        if said in known:
            answer.set_cookie(
                f"hygie_{name}",
                str(said),
                max_age=_YEAR,
                httponly=True,
                samesite="lax",
                secure=request.app.state.hygie.settings.secure,
            )
    return answer


def _read_accepted(header: str) -> Language:
    weights: dict[str, float] = {}
    for part in header[:500].split(","):
        name, _, weight = part.strip().partition(";q=")
        try:
            value = float(weight) if weight else 1.0
        except ValueError:
            continue
        language = name.partition("-")[0].lower()
        weights[language] = max(weights.get(language, 0.0), value)
    return "fr" if weights.get("fr", 0.0) > weights.get("en", 0.0) else "en"
