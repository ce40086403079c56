"""Sources that STIX objects cite, as rows of evidence: one per address, whoever cites it.

Nobody judged them yet: they are graded F6 until an analyst does.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date
from typing import Any

from hygie.core.evidence import TLP, derive_evidence_id
from hygie.knowledge.importers.stix_context import StixContext
from hygie.knowledge.importers.stix_fields import read_day, read_text
from hygie.knowledge.importers.stix_identity import iterate_references, locate_report

__all__ = ["cite_object", "cite_references", "derive_reference_id", "map_report"]

CITED = "cited"
NOT_STATED = "not stated"
_TITLE = 1000
_TEXT = 4000


def derive_reference_id(item: Mapping[str, Any]) -> str | None:
    """Return the ref of the source that an external reference points to, None when it points to none.

    A reference with neither address nor description only gives an id in another catalogue; ATT&CK also writes
    pointers from one reference to another as descriptions.
    """
    locator = _locate(item)
    return None if locator is None else str(derive_evidence_id(locator, CITED))


def _locate(item: Mapping[str, Any]) -> str | None:
    address = read_text(item, "url")
    if address is not None:
        return address.strip()[:_TEXT]
    description = read_text(item, "description")
    if description is None or description.startswith("(Citation:"):
        return None
    name = read_text(item, "source_name")
    return (f"{name}: {description}" if name else description).strip()[:_TEXT]


def cite_references(
    found: Mapping[str, Any], *, received_on: date, tlp: TLP | None
) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield (ref, evidence row) of each source that an object cites; `tlp` is that of the object.

    Raises
    ------
    SchemaError
        A reference is not of its type.
    """
    for item in iterate_references(found):
        locator = _locate(item)
        if locator is None:
            continue
        name = read_text(item, "source_name") or NOT_STATED
        catalogue_id = read_text(item, "external_id")
        title = read_text(item, "description") or (f"{name} {catalogue_id}" if catalogue_id else name)
        row = _write_row(locator, CITED, title=title, publisher=name, received_on=received_on, tlp=tlp)
        yield row["ref"], row


def cite_object(
    found: Mapping[str, Any], *, context: StixContext, received_on: date, tlp: TLP | None
) -> tuple[str, dict[str, Any]]:
    """Return (ref, evidence row) of a STIX object as the source of itself, when it cites no other."""
    row = _write_row(
        found["id"],
        CITED,
        title=read_text(found, "name") or found["id"],
        publisher=_name_creator(found, context),
        received_on=received_on,
        tlp=tlp,
    )
    return row["ref"], row


def map_report(found: Mapping[str, Any], *, context: StixContext, received_on: date, tlp: TLP | None) -> dict[str, Any]:
    """Return the evidence row of a STIX report.

    Raises
    ------
    SchemaError
        A field is not of its type.
    """
    source, statement = locate_report(found)
    row = _write_row(
        source,
        statement,
        title=read_text(found, "name") or found["id"],
        publisher=_name_creator(found, context),
        received_on=received_on,
        tlp=tlp,
    )
    published_on = read_day(found, "published")
    return row if published_on is None else {**row, "published_on": published_on}


def _name_creator(found: Mapping[str, Any], context: StixContext) -> str:
    creator = read_text(found, "created_by_ref")
    return context.names.get(creator or "", creator or NOT_STATED)


def _write_row(
    source: str, statement: str, *, title: str, publisher: str, received_on: date, tlp: TLP | None
) -> dict[str, Any]:
    title = title if len(title) <= _TITLE else title[: _TITLE - 1] + "…"
    return {
        "ref": str(derive_evidence_id(source, statement)),
        "source": source,
        "statement": statement,
        "title": {"en": title, "fr": title},
        "publisher": publisher[:_TITLE],
        "read_on": received_on.isoformat(),
        "reliability": "F",
        "credibility": 6,
        # What carries no marking may have been shared in confidence.
        "tlp": (tlp or TLP.AMBER).value,
        "licence": NOT_STATED,
    }
