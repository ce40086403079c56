"""Importers of a posture: tables, OSCAL assessment results, CISO Assistant audits, ATT&CK Navigator layers."""

from hygie.facility.posture.importers.reading import FORMATS, Format, ImportContext, read_posture

__all__ = ["FORMATS", "Format", "ImportContext", "read_posture"]
