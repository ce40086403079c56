"""The catalogue: all that the loaded packs say, valid on one date."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from hygie.core.errors import EvidenceError, suggest
from hygie.core.estimate import Estimate
from hygie.core.evidence import Evidence
from hygie.knowledge.kinds import TechniqueFacts
from hygie.knowledge.records import Campaign, CountObservation, Incident, PackInfo, ThreatActor
from hygie.store.documents import Document

__all__ = ["Catalogue"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Catalogue:
    """Everything the packs say. Read-only; records keep the order of packs, files and lines.

    Parameters
    ----------
    as_of
        Date on which `estimates` hold. Records are all kept, whatever their date.
    packs
        Loaded packs, each after the ones it requires.
    evidence, estimates, actors, techniques
        By ref, by parameter id, by ref, by ATT&CK id.
    priors
        By parameter id, what a fitted estimate of `estimates` replaces.
    earlier
        By parameter id, the values that held before the one of `estimates`, oldest first; only where there are some.
    sections
        Every other top-level key of the pack files, with the documents that carry it. Each document holds
        that key only, uninterpreted: the room that owns the section validates it.
    digest
        SHA-256 of the packs and of `as_of`.
    """

    as_of: date
    packs: tuple[PackInfo, ...]
    evidence: Mapping[str, Evidence]
    estimates: Mapping[str, Estimate]
    priors: Mapping[str, Estimate]
    earlier: Mapping[str, tuple[Estimate, ...]]
    incidents: tuple[Incident, ...]
    counts: tuple[CountObservation, ...]
    campaigns: tuple[Campaign, ...]
    actors: Mapping[str, ThreatActor]
    techniques: Mapping[str, TechniqueFacts]
    sections: Mapping[str, tuple[Document, ...]]
    digest: str

    def estimate(self, parameter: str) -> Estimate:
        """Return the estimate of a parameter.

        Raises
        ------
        EvidenceError
            No loaded pack has this parameter.
        """
        try:
            return self.estimates[parameter]
        except KeyError:
            raise EvidenceError(
                f"no loaded pack has a parameter “{parameter}”",
                value=parameter,
                allowed="the id of a parameter of a loaded pack",
                repair=suggest(parameter, self.estimates) or "check the id, or load the pack that has it",
            ) from None

    def estimate_on(self, parameter: str, day: date) -> Estimate:
        """Return the estimate that held on a day, for what changes in steps; before the oldest value, that one.

        Raises
        ------
        EvidenceError
            No loaded pack has this parameter.
        """
        values = (*self.earlier.get(parameter, ()), self.estimate(parameter))
        # Full ISO dates sort as text.
        return next((value for value in reversed(values) if value.valid_from <= day.isoformat()), values[0])
