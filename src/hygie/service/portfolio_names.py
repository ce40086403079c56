"""What shared providers are called."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hygie.views.messages import Language

if TYPE_CHECKING:
    from hygie.service.portfolio import PreparedPortfolio

__all__ = ["name_provider"]


def name_provider(prepared: PreparedPortfolio, provider: str, language: Language) -> str:
    """Return the name of a provider: what a file says, the assumed market, or its kind and region."""
    blueprints = prepared.blueprints
    for market in blueprints.markets:
        for one in market.providers:
            if one.id == provider:
                return one.name.local().in_language(language)
    client = next(each for each in prepared.roster.portfolio.clients if each.provider == provider)
    if any(market.kind == client.kind and market.by == "region" for market in blueprints.markets):
        kind = blueprints.providers[client.kind].name.local().in_language(language)
        return f"{kind} · {client.name}"
    return client.name
