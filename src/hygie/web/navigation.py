"""The eleven pages of the application, in the order of the navigation."""

from __future__ import annotations

from dataclasses import dataclass

from hygie.views.messages import Translate

__all__ = ["NavigationEntry", "list_navigation"]


@dataclass(frozen=True, slots=True)
class NavigationEntry:
    """One page: `icon` names a drawing of `icons.html.j2`."""

    id: str
    path: str
    icon: str
    label: str
    group: str


def list_navigation(_: Translate, *, mounted: frozenset[str]) -> list[NavigationEntry]:
    """Return the pages whose routes are mounted, with their labels in a language."""
    know, work, look = _("Know"), _("Assess and decide"), _("Look after")
    entries = [
        NavigationEntry("home", "/", "home", _("Home"), ""),
        NavigationEntry("landscape", "/landscape", "landscape", _("Threat landscape"), know),
        NavigationEntry("actors", "/actors", "actors", _("Actors and techniques"), know),
        NavigationEntry("facilities", "/facilities", "facility", _("Facilities"), work),
        NavigationEntry("assessments", "/assessments", "assessment", _("Assessments"), work),
        NavigationEntry("scenario", "/scenario", "scenario", _("Scenario explorer"), work),
        NavigationEntry("decide", "/decide", "decide", _("Decide"), work),
        NavigationEntry("portfolio", "/portfolio", "portfolio", _("Portfolio and rebound"), work),
        NavigationEntry("reports", "/reports", "report", _("Study and reports"), work),
        NavigationEntry("sources", "/sources", "sources", _("Sources"), look),
        NavigationEntry("admin", "/admin", "admin", _("Administration"), look),
    ]
    return [entry for entry in entries if entry.path in mounted]
