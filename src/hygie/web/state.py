"""What the running application holds: its settings, its workspaces, the views it made."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, TypeVar

from fastapi import FastAPI, Request

from hygie.service.accounts.access import Access
from hygie.service.accounts.oidc_client import OidcClient
from hygie.service.accounts.principal import Principal
from hygie.service.desks import Desks, mark_knowledge
from hygie.web.assets import Assets
from hygie.web.settings import Settings
from hygie.web.signing import Signer

if TYPE_CHECKING:
    from hygie.service.workspace import Base

__all__ = ["AppState", "PreparingError", "ViewCache", "state_of"]

Made = TypeVar("Made")

_MAX_VIEWS = 200


class PreparingError(Exception):
    """The base of the organisation is being filled for the first time."""


@dataclass(frozen=True, slots=True)
class ViewCache:
    """The last views that were made, by what they depend on."""

    size: int = _MAX_VIEWS
    _kept: OrderedDict[Hashable, Any] = field(default_factory=OrderedDict, repr=False)
    _lock: threading.Lock = field(default_factory=threading.Lock, repr=False)

    def remember(self, key: Hashable, make: Callable[[], Made]) -> Made:
        """Return what was made under a key, making it when it is new."""
        with self._lock:
            if key in self._kept:
                self._kept.move_to_end(key)
                found: Made = self._kept[key]
                return found
        made = make()
        with self._lock:
            self._kept[key] = made
            while len(self._kept) > self.size:
                self._kept.popitem(last=False)
        return made


@dataclass(frozen=True, slots=True, kw_only=True)
class AppState:
    """What the running application holds; one for all requests."""

    settings: Settings
    workspaces: Desks
    signer: Signer
    assets: Assets
    access: Access
    providers: Mapping[str, OidcClient] = field(default_factory=dict)
    views: ViewCache = field(default_factory=ViewCache)
    _filling: set[str] = field(default_factory=set, repr=False)
    _lock: threading.Lock = field(default_factory=threading.Lock, repr=False)

    def base(self, principal: Principal) -> Base:
        """Return the base of the organisation of a principal, who signs what is changed.

        Raises
        ------
        PreparingError
            It is being filled; to be asked for again.
        """
        if not self.workspaces.is_filled(principal.organisation_id):
            self.prepare(principal.organisation_id)
            raise PreparingError
        return self.workspaces.seat(principal.organisation_id, author=principal.name)

    def prepare(self, organisation: str) -> None:
        """Fill the base of an organisation beside the requests, once."""
        with self._lock:
            if organisation in self._filling:
                return
            self._filling.add(organisation)

        def fill() -> None:
            try:
                self.workspaces.fill(organisation)
            finally:
                with self._lock:
                    self._filling.discard(organisation)

        threading.Thread(target=fill, name=f"fill-{organisation}", daemon=True).start()

    def mark(self, principal: Principal) -> str:
        """Return a mark that changes whenever a record of the organisation does."""
        return mark_knowledge(self.base(principal))

    def remember(self, principal: Principal, key: Hashable, make: Callable[[Base], Made]) -> Made:
        """Return a view of the organisation's base, made again only when a record or the question changed."""
        base = self.base(principal)
        return self.views.remember((principal.organisation_id, mark_knowledge(base), key), lambda: make(base))


def state_of(app_or_request: FastAPI | Request) -> AppState:
    """Return the state of an application, or of the one that serves a request."""
    app = app_or_request if isinstance(app_or_request, FastAPI) else app_or_request.app
    state: AppState = app.state.hygie
    return state
