"""From a requirement as a file writes it to the controls behind it, through the crosswalk."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from hygie.facility.frameworks import Crosswalk

__all__ = ["RequirementIndex", "fold_requirement", "index_requirements"]

# What libraries of CISO Assistant call a framework, by the beginning of their name → its id in the crosswalk.
_LIBRARIES = (
    ("anssi-guide-hygiene", "anssi_hygiene"),
    ("iso27001-2022", "iso27002"),
    ("iso27002-2022", "iso27002"),
    ("cis-controls-v8", "cis8"),
    ("nist-csf-2", "nist_csf2"),
    ("nist-sp-800-53-rev5", "nist80053"),
    ("nis2-directive", "nis2"),
    ("hds-v2", "hds"),
)
_ANNEX = re.compile(r"a\.?(?=[0-9])")
_ZEROS = re.compile(r"(?<![0-9])0+(?=[0-9])")


def fold_requirement(ref: str) -> str:
    """Return the number of a requirement in one writing.

    >>> fold_requirement("AC-06(01)"), fold_requirement("21(2)(j)"), fold_requirement("PR.AA-01")
    ('ac-6.1', '21.2.j', 'pr.aa-1')
    """
    text = ref.strip().casefold().replace(")(", ".").replace("(", ".").replace(")", "").replace(" ", "")
    return _ZEROS.sub("", text)


@dataclass(frozen=True, slots=True)
class RequirementIndex:
    """Controls by framework and folded requirement."""

    controls: Mapping[str, Mapping[str, tuple[str, ...]]]

    @property
    def frameworks(self) -> tuple[str, ...]:
        """Ids of the frameworks."""
        return tuple(self.controls)

    def find(self, framework: str, ref: str) -> tuple[str, ...]:
        """Return the controls behind a requirement.

        A part of a requirement (`AC-6(1)`, `2.R`) that has no controls of its own has those of the whole. ISO/IEC 27001
        is read by its annex A, whose numbers are those of ISO/IEC 27002; its clauses lead to no control.
        """
        library = framework.strip().casefold()
        name = next((known for start, known in _LIBRARIES if library.startswith(start)), library)
        known = self.controls.get(name, {})
        folded = fold_requirement(ref)
        if name == "iso27002":
            if library.startswith("iso27001") and not _ANNEX.match(folded):
                return ()
            folded = _ANNEX.sub("", folded, count=1)
        while folded:
            if folded in known:
                return known[folded]
            folded = folded.rpartition(".")[0]
        return ()


def index_requirements(crosswalk: Crosswalk) -> RequirementIndex:
    """Return the controls behind each requirement of the crosswalk."""
    return RequirementIndex(
        {
            framework: {
                fold_requirement(item): controls
                for item, controls in crosswalk.controls_of(framework).items()
                if controls
            }
            for framework in crosswalk.items
        }
    )
