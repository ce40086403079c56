"""hygie: cyber risk in euros and days of care, each figure with its source.

Names are loaded on first use, so that ``import hygie`` stays light.

>>> import hygie
>>> hygie.__version__
'0.1.0'
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

__version__ = "0.1.0"

_PUBLIC = {
    "Assessment": "hygie.service.assess",
    "AssessmentRequest": "hygie.service.requests",
    "AssessmentView": "hygie.views.assessment",
    "CompiledModel": "hygie.core.waists",
    "Estimate": "hygie.core.estimate",
    "Evidence": "hygie.core.evidence",
    "ExceedanceCurve": "hygie.loss.curves",
    "Facility": "hygie.facility.organisation",
    "HygieError": "hygie.core.errors",
    "YearEventLossTable": "hygie.core.waists",
    "assess": "hygie.service.assess",
    "check_packs": "hygie.knowledge.packs",
    "load_catalogue": "hygie.knowledge.packs",
    "save_assessment": "hygie.service.assess",
}

__all__ = [*_PUBLIC, "__version__"]

if TYPE_CHECKING:
    from hygie.core.errors import HygieError
    from hygie.core.estimate import Estimate
    from hygie.core.evidence import Evidence
    from hygie.core.waists import CompiledModel, YearEventLossTable
    from hygie.facility.organisation import Facility
    from hygie.knowledge.packs import check_packs, load_catalogue
    from hygie.loss.curves import ExceedanceCurve
    from hygie.service.assess import Assessment, assess, save_assessment
    from hygie.service.requests import AssessmentRequest
    from hygie.views.assessment import AssessmentView


def __getattr__(name: str) -> Any:
    if name in _PUBLIC:
        return getattr(import_module(_PUBLIC[name]), name)
    raise AttributeError(f"module 'hygie' has no attribute '{name}'")


def __dir__() -> list[str]:
    return sorted(__all__)
