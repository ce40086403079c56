"""What pages of actors and incidents share, read once per state of the base."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hygie.web.state import state_of

if TYPE_CHECKING:
    from fastapi import Request

    from hygie.service.accounts.principal import Principal
    from hygie.service.actor_pages import Gallery

__all__ = ["open_gallery"]


def open_gallery(request: Request, principal: Principal) -> Gallery:
    """Return the actors, techniques and incidents of an organisation."""
    from hygie.service.actor_pages import load_gallery

    return state_of(request).remember(principal, "gallery", load_gallery)
