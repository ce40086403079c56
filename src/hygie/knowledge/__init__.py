"""What is known: packs of evidence, estimates, incidents, counts, campaigns and actors, on a given date."""

from hygie.knowledge.catalogue import Catalogue
from hygie.knowledge.packs import check_packs, load_catalogue
from hygie.knowledge.records import (
    ActorActivity,
    Attribution,
    Campaign,
    CountObservation,
    Incident,
    PackInfo,
    Quantity,
    ThreatActor,
    Victim,
    expand_date,
)

__all__ = [
    "ActorActivity",
    "Attribution",
    "Campaign",
    "Catalogue",
    "CountObservation",
    "Incident",
    "PackInfo",
    "Quantity",
    "ThreatActor",
    "Victim",
    "check_packs",
    "expand_date",
    "load_catalogue",
]
