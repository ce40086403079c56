"""Initials that stand in texts of the packs, beside those of the glossary."""

from __future__ import annotations

from collections.abc import Iterable

from hygie.report.document import TermEntry
from hygie.report.glossary import list_terms
from hygie.views.messages import translator

__all__ = ["explain_terms"]


def explain_terms(language: str, keys: Iterable[str]) -> tuple[TermEntry, ...]:
    """Return the entries of the glossary and of the initials of the packs, by key, in alphabetical order."""
    _ = translator(language)
    own = {
        "chsf": ("CHSF", _("Centre hospitalier Sud Francilien, in Corbeil-Essonnes, attacked in August 2022.")),
        "ehpad": ("EHPAD", _("A French nursing home for dependent elderly people.")),
        "fft": (
            "FFT",
            _("Fast Fourier transform: here, a way to compute the loss of a year exactly, without simulating it."),
        ),
        "fte": (_("FTE"), _("Full-time equivalent: two people who each work half a week count as one.")),
        "his": (_("HIS"), _("Hospital information system: the software that runs the records and the flow of care.")),
        "it": (
            "IT",
            _("Information technology: servers, workstations and their network; no machines of care or buildings."),
        ),
        "smur": ("SMUR", _("The mobile emergency teams of French hospitals.")),
    }
    asked = set(keys)
    mine = [TermEntry(key, *own[key]) for key in asked & own.keys()]
    entries = [*list_terms(language, asked - own.keys()), *mine]
    return tuple(sorted(entries, key=lambda entry: entry.term.casefold()))
