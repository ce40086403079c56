"""The application: routes, errors, and what stands before them."""

from __future__ import annotations

import threading
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from importlib import import_module

from fastapi import FastAPI
from starlette.routing import Route

from hygie.service.accounts.access import Access
from hygie.service.accounts.oidc_client import OidcClient
from hygie.service.accounts.sso_settings import load_sso
from hygie.service.desks import Desks
from hygie.web.assets import load_assets, serve_asset
from hygie.web.preferences import remember_preference
from hygie.web.problems import add_error_pages
from hygie.web.routers import PAGE_ROUTERS
from hygie.web.settings import Settings
from hygie.web.shield import Shield
from hygie.web.signing import Signer, load_key
from hygie.web.state import AppState

__all__ = ["create_app"]

# What first requests would wait for: loaded beside them, once the server answers.
_WARM_UP_AFTER_S = 0.5
_LATER = ("hygie.service.landscape", "hygie.views.charts_landscape", "hygie.service.controls")


def create_app(settings: Settings, *, start_worker: Callable[[Desks], Callable[[], None]] | None = None) -> FastAPI:
    """Return the application of a workspace.

    Parameters
    ----------
    start_worker
        Starts what works on long jobs beside the pages, and returns what stops it again.

    Raises
    ------
    StoreError
        The workspace cannot be opened.
    DataError
        The file of identity providers is wrong.
    """
    desks = Desks(settings.workspace, settings.database)
    home = desks.open(settings.organisation)
    state = AppState(
        settings=settings,
        workspaces=desks,
        signer=Signer(load_key(home.folder)),
        assets=load_assets(),
        access=Access(workspace=home),
        providers={provider.id: OidcClient(provider) for provider in load_sso(settings.sso)},
    )

    @asynccontextmanager
    async def live(_app: FastAPI) -> AsyncIterator[None]:
        stop = start_worker(desks) if start_worker is not None and settings.worker else None
        warm_up = threading.Timer(_WARM_UP_AFTER_S, _warm_up, args=(state,))
        warm_up.daemon = True
        warm_up.start()
        try:
            yield
        finally:
            warm_up.cancel()
            if stop is not None:
                stop()
            desks.close()

    # Documentation of the API is a page of its own kind: it would load scripts from elsewhere.
    app = FastAPI(title="hygie", docs_url=None, redoc_url=None, openapi_url=None, lifespan=live)
    app.state.hygie = state
    app.state.rate_limits = {}
    for router in PAGE_ROUTERS:
        app.include_router(router)
    app.router.routes.append(Route("/static/{name}", serve_asset, methods=["GET"], name="static"))
    app.router.routes.append(Route("/preferences", remember_preference, methods=["GET"], name="preferences"))
    app.state.mounted = frozenset(_list_paths())
    add_error_pages(app)
    app.add_middleware(Shield, settings=settings)
    return app


def _list_paths() -> list[str]:
    return [str(getattr(route, "path", "")) for router in PAGE_ROUTERS for route in router.routes]


def _warm_up(state: AppState) -> None:
    for name in _LATER:
        import_module(name)
    if not state.workspaces.is_filled(state.settings.organisation):
        state.prepare(state.settings.organisation)
