"""A facility as a public register describes it, made ready to be shown.

Apart from what shows a file, which needs neither a database nor a workbook.
"""

from __future__ import annotations

from datetime import date

from hygie.core.errors import UsageError
from hygie.facility.blueprints import load_blueprints
from hygie.facility.organisation import Facility
from hygie.knowledge.packs import load_catalogue
from hygie.service.facility_view import describe_facility
from hygie.service.new_facility import choose_candidates, prefill_facility
from hygie.service.registers import Registers, view_match
from hygie.store.documents import Document, validate_model
from hygie.views.facility import FacilityView
from hygie.views.messages import Language

__all__ = ["show_register_facility"]

# Organisations named when several match.
_LISTED = 5


def show_register_facility(registers: Registers, question: str, *, as_of: date, language: Language) -> FacilityView:
    """Return an organisation as a register describes it.

    Raises
    ------
    EvidenceError
        The register has no such organisation.
    UsageError
        Several match.
    DataError
        The register lacks what cannot be done without.
    """
    found = choose_candidates(registers, question)
    if len(found) > 1:
        listed = [f"{match.finess} {match.name}" for match in map(view_match, found)]
        raise UsageError(
            "several organisations match",
            value=question,
            allowed="; ".join(listed[:_LISTED]) + ("; …" if len(listed) > _LISTED else ""),
            repair="give the FINESS number of one of them",
        )
    prefilled, candidate = prefill_facility(registers, found[0])
    facility = validate_model(Document(candidate.register_name, prefilled), Facility)
    catalogue = load_catalogue(as_of=as_of)
    blueprints = load_blueprints(catalogue)
    return describe_facility(facility, catalogue=catalogue, blueprints=blueprints, language=language)
