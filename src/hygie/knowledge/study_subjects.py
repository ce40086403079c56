"""The section `study` of packs: what a study of a sector tells beside its own counts, piece of evidence by piece."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from hygie.core.errors import DataError
from hygie.knowledge.catalogue import Catalogue
from hygie.knowledge.schemas import Ref, Row
from hygie.store.documents import Document, validate_model

__all__ = ["SUBJECTS", "StudySubjects", "TypicalEntity", "read_study_subjects"]

Subject = Literal[
    "reporting", "care", "cost", "interconnection", "building_ot", "medical_ot", "iomt", "defence"
]  # fmt: skip
SUBJECTS: tuple[Subject, ...] = (
    "reporting", "care", "cost", "interconnection", "building_ot", "medical_ot", "iomt", "defence",
)  # fmt: skip


class TypicalEntity(Row):
    """Which legal entity stands for the sector: the one in which the middle bed of its kind stands."""

    category: Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*$", max_length=60)]
    status: Literal["public", "private"]


class StudySubjects(Row):
    """One study section: the sector and country it is about, and refs of evidence by subject."""

    sector: Annotated[str, Field(min_length=1, max_length=120)]
    country: Annotated[str, Field(pattern=r"^[A-Z]{2}$")]
    typical: TypicalEntity
    subjects: dict[Subject, Annotated[list[Ref], Field(max_length=60)]]


class _Section(Row):
    study: StudySubjects


def read_study_subjects(catalogue: Catalogue, *, sector: str, country: str) -> StudySubjects | None:
    """Return what packs say for the study of a sector and country; None when they say nothing of it.

    Raises
    ------
    SchemaError
        A section is not well formed.
    DataError
        A subject names evidence that no pack has.
    """
    for document in catalogue.sections.get("study", ()):
        section = validate_model(document, _Section).study
        _check_refs(section, catalogue, document)
        if (section.sector, section.country) == (sector, country):
            return section
    return None


def _check_refs(section: StudySubjects, catalogue: Catalogue, document: Document) -> None:
    for subject, refs in section.subjects.items():
        for ref in refs:
            if ref not in catalogue.evidence:
                raise DataError(
                    f"no loaded pack has the evidence “{ref}”",
                    file=document.name,
                    field=f"study.subjects.{subject}",
                    value=ref,
                    repair="correct the ref, or add the evidence to a pack",
                )
