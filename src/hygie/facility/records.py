"""What every record of a pack or a facility file shares: frozen fields, names, texts, grounds."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Literal, TypeVar

from pydantic import BaseModel, ConfigDict, Field

from hygie.core.errors import EvidenceError, suggest
from hygie.core.evidence import LocalText

__all__ = ["Basis", "Identifier", "Record", "Share", "Words", "pick"]

V = TypeVar("V")

Identifier = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*$", max_length=60)]
Share = Annotated[float, Field(ge=0.0, le=1.0, strict=True)]


class Record(BaseModel):
    """Base of everything read from a pack: frozen, no unknown field."""

    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True)


class Words(Record):
    """A text in English and French."""

    en: str
    fr: str

    def local(self) -> LocalText:
        """Return the core text type."""
        return LocalText(self.en, self.fr)


class Basis(Record):
    """On what a block of structural figures rests."""

    method: Literal["published", "fitted", "elicited", "assumed"]
    evidence: tuple[str, ...] = ()
    note: Words


def pick(known: Mapping[str, V], name: str, *, kind: str, field: str | None = None) -> V:
    """Return ``known[name]``, or raise an error that suggests the closest name."""
    try:
        return known[name]
    except KeyError:
        raise EvidenceError(
            f"unknown {kind} “{name}”",
            field=field,
            value=name,
            allowed=", ".join(known),
            repair=suggest(name, known) or "use one of the listed names",
        ) from None
