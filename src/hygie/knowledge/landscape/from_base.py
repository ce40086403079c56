"""What a landscape is drawn from when there is a base: packs, imports and what analysts made of them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TypeVar

from pydantic import ValidationError

from hygie.core.errors import StoreError
from hygie.core.evidence import TLP
from hygie.knowledge.kinds import ActorFacts
from hygie.knowledge.landscape.select import Knowledge, KnownActor, ThreatClass
from hygie.knowledge.schemas import ActorRow, CampaignRow, CountRow, EvidenceRow, IncidentRow, Row
from hygie.store.record_store import RecordStore, StoredRecord

__all__ = ["knowledge_of_base"]

RowT = TypeVar("RowT", bound=Row)


def knowledge_of_base(store: RecordStore, *, classes: Mapping[str, ThreatClass]) -> Knowledge:
    """Return what the base says now, deleted and merged records left out.

    Parameters
    ----------
    classes
        Threat classes of the packs, by id.
    """
    incidents = list(store.find("incident"))
    counts = list(store.find("count"))
    campaigns = list(_iterate_campaigns(store))
    evidence = {
        stored.ref: _read(EvidenceRow, stored, **_marking(stored)).to_record() for stored in store.find("source")
    }
    return Knowledge(
        incidents=tuple(_read(IncidentRow, stored).to_record() for stored in incidents),
        counts=tuple(_read(CountRow, stored).to_record() for stored in counts),
        campaigns=tuple(row.to_record() for _, row in campaigns),
        actors={stored.ref: _read_actor(stored) for stored in store.find("actor")},
        evidence=evidence,
        classes=classes,
        tlp={
            (stored.kind, stored.ref): TLP(stored.tlp)
            for stored in (*incidents, *counts, *(stored for stored, _ in campaigns))
            if stored.tlp is not None
        },
        packs={
            origin.partition("/")[2]: version or ""
            for origin, version, _ in store.origins()
            if origin.startswith("pack/")
        },
    )


def _marking(stored: StoredRecord) -> dict[str, str]:
    return {} if stored.tlp is None else {"tlp": stored.tlp}


def _iterate_campaigns(store: RecordStore) -> Iterator[tuple[StoredRecord, CampaignRow]]:
    """Yield the campaigns whose victims were counted; others are names of operations."""
    for stored in store.find("campaign"):
        if {"victims", "observation_window", "started_on", "threat_class", "actor"} <= stored.data.keys():
            try:
                yield stored, CampaignRow.model_validate(stored.data)
            except ValidationError:
                continue


def _read_actor(stored: StoredRecord) -> KnownActor:
    try:
        # Packs say all of it; who else does is as good as a pack.
        return ActorRow.model_validate(stored.data).to_record()
    except ValidationError:
        return _read(ActorFacts, stored)


def _read(model: type[RowT], stored: StoredRecord, **changes: str) -> RowT:
    try:
        return model.model_validate({**stored.data, **changes})
    except ValidationError as error:
        first = error.errors()[0]
        raise StoreError(
            "a record of the base is not what this version of hygie expects",
            file=f"{stored.kind} {stored.ref}",
            field=".".join(map(str, first["loc"])),
            value=first["input"] if first["type"] != "missing" else None,
            allowed=first["msg"],
            repair="load the installed packs with `hygie pack upgrade`, or correct it with `hygie intel edit`",
        ) from None
