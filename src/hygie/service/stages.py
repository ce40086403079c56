"""What the stages of long work are called. The texts are translated when they are shown."""

from __future__ import annotations

from hygie.views.messages import Translate

__all__ = ["STAGE_LABELS", "name_stage"]

_WRITING = "Writing the documents"

STAGE_LABELS = {
    "read": "Reading packs and facility",
    "calibrate": "Calibrating against the population",
    "simulate": "Simulating years",
    "measure": "Measuring",
    "compare": "Comparing causes",
    "map": "Replaying the attacks before and after",
    "options": "Trying one after the other",
    "sets": "Trying sets together",
    "synthesize": "Drawing invented establishments",
    "unpack": "Opening the file",
    "validate": "Comparing with published cases",
    "fit": "Fitting, round by round",
    "write": _WRITING,
    **dict.fromkeys(("html", "pdf", "xlsx", "csv", "parquet"), _WRITING),
}


def name_stage(stage: str, _: Translate) -> str:
    """Return what a stage is called; its own words when it has no name here.

    >>> name_stage("simulate", str)
    'Simulating years'
    """
    return _(STAGE_LABELS.get(stage, stage))
