"""Facilities to choose from in a form, however many there are: a search, and the first of what it finds."""

from __future__ import annotations

from hygie.service.facilities import open_facilities
from hygie.store.workspace import Workspace
from hygie.views.facility_pages import FacilityPickerView

__all__ = ["list_facility_choices"]

# More than this in one list nobody reads: a search finds it.
_LISTED = 50
_SEARCH_FROM = 9


def list_facility_choices(workspace: Workspace, *, q: str = "", chosen: str = "") -> FacilityPickerView:
    """Return the facilities that a form offers: those with every word of a search, and the one that is chosen."""
    facilities = open_facilities(workspace)
    page = facilities.find(text=q, limit=_LISTED)
    items = list(page.items)
    if chosen and all(item.ref != chosen for item in items):
        row = facilities.find_row(chosen)
        items = [row, *items] if row is not None else items
    return FacilityPickerView(
        items=items,
        q=q,
        chosen=chosen,
        more=page.next is not None,
        has_search=bool(q) or page.next is not None or len(items) >= _SEARCH_FROM,
    )
