"""The questions of the short form, in words: what is asked, and why an answer is not taken."""

from __future__ import annotations

from hygie.service.facility_form import Problem
from hygie.views.messages import Translate

__all__ = ["describe_question", "explain_problem"]


def describe_question(field: str, _: Translate) -> tuple[str, str]:
    """Return the question about a field, and a short explanation."""
    return {
        "name": (_("Name"), _("Of the legal entity, as reports will show it.")),
        "finess": (_("FINESS number"), _("Of the legal entity, nine characters; leave it out if there is none.")),
        "category": (_("Category"), _("It sets the zones and services that are assumed until you describe yours.")),
        "status": (_("Status"), _("Private non-profit counts as private.")),
        "region": (_("Region"), _("Such as Île-de-France; shown only.")),
        "department": (_("Department"), _("Its code, such as 91 or 2A; shown only.")),
        "year": (_("Year of the figures"), _("The figures below are those of one year, of all sites added up.")),
        "fte": (
            _("Staff (FTE)"),
            _("Medical and other staff in full-time equivalents. No other figure moves the result as much."),
        ),
        "beds_mco": (_("Acute beds (MCO)"), _("Medicine, surgery, obstetrics; critical care included.")),
        "beds_icu": (
            _("Critical-care beds"),
            _("Among the acute beds: intensive and continuous care."),
        ),
        "places": (_("Day places"), _("Day surgery and day hospital.")),
        "beds_ssr": (_("Rehabilitation beds (SMR)"), _("Beds and places of rehabilitation care.")),
        "beds_psy": (_("Psychiatric beds"), _("Full-time beds of psychiatry.")),
        "beds_usld": (_("Long-stay beds (USLD)"), _("Beds of long-stay care.")),
        "beds_ehpad": (_("Nursing-home beds (EHPAD)"), _("Places of a nursing home that the same legal entity runs.")),
        "stays": (_("Acute stays in the year"), _("Day stays included.")),
        "bed_days": (_("Days in acute beds"), _("In the year; left out, a typical occupancy is used.")),
        "emergency_visits": (_("Emergency visits in the year"), _("Of all emergency departments.")),
        "operating_rooms": (_("Operating rooms"), _("Rooms for surgery, day surgery included.")),
    }[field]


def explain_problem(problem: Problem, _: Translate) -> str:
    """Return why an answer is not taken, and what is."""
    limit = f"{problem.limit:g}" if problem.limit is not None else ""
    return {
        "empty": _("This one cannot be left out."),
        "number": _("This is not a number. Write digits, such as 1250 or 3850.5."),
        "whole": _("This is a count: give a whole number."),
        "small": _("This is too small: {limit} at least.", limit=limit),
        "large": _("This is too large: {limit} at most.", limit=limit),
        "long": _("This is too long: {limit} characters at most.", limit=limit),
        "sign": _("There is an invisible character in it: please type it again."),
        "finess": _("A FINESS number has nine characters: digits, and A or B as the second in Corsica."),
        "choice": _("Give a number from 1 to {limit}, or the word in brackets.", limit=limit),
        "icu": _("Critical-care beds are counted among acute beds: {limit} at most.", limit=limit),
        "days": _("More days than the beds of a year hold: {limit} at most.", limit=limit),
    }[problem.reason]
