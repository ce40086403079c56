"""Evidence: one statement in one source, graded on the Admiralty scale."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from enum import StrEnum
from uuid import UUID, uuid5

from hygie.core.errors import SchemaError

__all__ = ["EVIDENCE_NAMESPACE", "TLP", "Evidence", "LocalText", "derive_evidence_id"]

# Namespace of all evidence ids: UUIDv5 of the DNS name "evidence.hygie" (RFC 9562, section 5.5).
EVIDENCE_NAMESPACE = UUID("4f0a1558-5cbd-5e55-b003-80d07e196fc9")

_PARTIAL_DATE = re.compile(r"\d{4}(-\d{2}(-\d{2})?)?")


class TLP(StrEnum):
    """Traffic Light Protocol 2.0 (FIRST), least to most restricted."""

    CLEAR = "clear"
    GREEN = "green"
    AMBER = "amber"
    AMBER_STRICT = "amber+strict"
    RED = "red"


@dataclass(frozen=True, slots=True)
class LocalText:
    """A text in English and French."""

    en: str
    fr: str

    def in_language(self, language: str) -> str:
        """Return the text in `language` (`fr`, anything else gives English)."""
        return self.fr if language == "fr" else self.en


def derive_evidence_id(source: str, statement: str) -> UUID:
    """Return the id of a statement: UUIDv5 of its two locators only.

    Grade, marking and dates are attributes: qualifying a statement never changes its id.
    """
    return uuid5(EVIDENCE_NAMESPACE, f"{source.strip()}\x1f{statement.strip()}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """One statement in one source.

    Parameters
    ----------
    ref
        Short name, unique in its pack.
    source, statement
        Where: the address or bibliographic string, and the place inside it.
    reliability, credibility
        Admiralty grade: the source A–F, the statement 1–6 (NATO STANAG 2511 / AJP-2.1).
    """

    ref: str
    source: str
    statement: str
    title: LocalText
    publisher: str
    read_on: str
    reliability: str
    credibility: int
    tlp: TLP = TLP.CLEAR
    licence: str = "facts-only"
    published_on: str | None = None
    derived: LocalText | None = None
    id: UUID = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "id", derive_evidence_id(self.source, self.statement))
        if len(self.reliability) != 1 or self.reliability not in "ABCDEF":
            raise SchemaError(
                "unknown reliability grade", field="reliability", value=self.reliability, allowed="A to F"
            )
        if not 1 <= self.credibility <= 6:
            raise SchemaError(
                "unknown credibility grade", field="credibility", value=self.credibility, allowed="1 to 6"
            )
        for name in ("read_on", "published_on"):
            value = getattr(self, name)
            if value is not None and not _PARTIAL_DATE.fullmatch(value):
                raise SchemaError("a date is written YYYY, YYYY-MM or YYYY-MM-DD", field=name, value=value)

    @property
    def grade(self) -> str:
        """Admiralty grade as printed, such as ``B2``."""
        return f"{self.reliability}{self.credibility}"

    @property
    def link(self) -> str | None:
        """The public address, or None when the source is not on line."""
        return self.source if self.source.startswith(("https://", "http://")) else None
