"""What an importer knows beside the file."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from hygie.facility.controls import ControlSpec
from hygie.facility.posture.requirements import RequirementIndex

__all__ = ["ImportContext"]


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportContext:
    """What an importer knows beside the file.

    Parameters
    ----------
    scale
        Share that stands for each verdict [share].
    mitigated
        ATT&CK technique → mitigations that hold it back.
    on
        Date of what has none in the file.
    framework
        Framework of requirements whose file does not name it.
    score_max
        Highest score of a scale that starts at 0, for tables whose scores are to be used.
    sheet
        Of a workbook with several sheets: the name of one.
    """

    controls: Sequence[ControlSpec]
    requirements: RequirementIndex
    scale: Mapping[str, float]
    mitigated: Mapping[str, Sequence[str]]
    on: date
    framework: str | None = None
    score_max: float | None = None
    sheet: str | None = None
