"""Initials that the statements of a study use, beside the glossary of all documents."""

from __future__ import annotations

import re
from collections.abc import Iterable

from hygie.report.document import TermEntry
from hygie.views.messages import Translate, translator

__all__ = ["list_initials"]


def list_initials(language: str, texts: Iterable[str]) -> tuple[TermEntry, ...]:
    """Return the entries of the initials that stand in some texts."""
    found = set(re.findall(r"[A-Z][A-Z&]+", " ".join(texts)))
    entries = _gather(translator(language))
    return tuple(TermEntry(key, term, meaning) for key, (marks, term, meaning) in entries.items() if marks & found)


def _gather(_: Translate) -> dict[str, tuple[frozenset[str], str, str]]:
    rows = (
        ("cisa", "CISA", _("CISA"), _("The agency of the United States that lists flaws which attackers exploit.")),
        ("cvss", "CVSS", _("CVSS"), _("A public scale, from 0 to 10, of how severe a flaw is.")),
        ("dicom", "DICOM", _("DICOM"), _("The format in which medical images are stored and sent.")),
        ("dll", "DLL API SMB", _("API, DLL, SMB"), _("Parts of Windows that programs, and attackers, make use of.")),
        ("enisa", "ENISA", _("ENISA"), _("The European Union’s agency for cybersecurity.")),
        ("fda", "FDA", _("FDA"), _("The authority of the United States for drugs and medical devices.")),
        ("french_hospitals", "CH CHU", _("CH, CHU"),
         _("In names: CH is a general hospital, CHU a university hospital.")),
        ("ehpad", "EHPAD", _("EHPAD"), _("A nursing home for elderly people.")),
        ("his", "HIS SIH", _("Hospital information system (HIS)"),
         _("The software in which a hospital keeps stays, prescriptions and results.")),
        ("ip", "IP", _("IP"), _("The addresses by which machines find each other on a network.")),
        ("mitre", "MITRE", _("MITRE"), _("The non-profit organisation that publishes ATT&CK.")),
        ("amp", "AMP", _("AMP"), _("Medically assisted reproduction.")),
        ("usd", "USD GB US", _("USD, GB, US"), _("US dollars; gigabytes, a measure of data; the United States.")),
    )  # fmt: skip
    return {key: (frozenset(marks.split()), term, meaning) for key, marks, term, meaning in rows}
