"""What a study and a validation dossier are asked as jobs."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from hygie.service.study_request import StudyRequest
from hygie.views.messages import Language
from hygie.views.tile_map import find_territory

__all__ = ["DossierJobRequest", "StudyJobRequest", "read_study_title", "title_study"]

Form = Literal["html", "pdf", "xlsx", "csv", "parquet"]


class StudyJobRequest(BaseModel):
    """Tell the state of the threat in a sector, a country and a window, and write it as documents.

    A study is for others: nothing marked above `tlp_ceiling` is used or shown, TLP:CLEAR by default.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True)

    sector: Annotated[str, Field(min_length=1, max_length=120, description="ref of a sector")] = "health"
    country: Annotated[str, Field(pattern=r"^[A-Z]{2}$", description="ISO 3166-1 alpha-2 code")] = "FR"
    from_: Annotated[str, Field(alias="from", min_length=1, max_length=200, description="YYYY, YYYY-MM or YYYY-MM-DD")]
    to: Annotated[str, Field(min_length=1, max_length=200, description="YYYY, YYYY-MM or YYYY-MM-DD")]
    region: Annotated[str | None, Field(min_length=1, max_length=200, description="name or code of a region")] = None
    department: Annotated[
        str | None, Field(min_length=1, max_length=200, description="code or name of a department")
    ] = None
    tlp_ceiling: Annotated[
        Literal["clear", "green", "amber", "amber+strict", "red"],
        Field(description="what its readers may see at most: nothing marked above it is used or shown"),
    ] = "clear"
    as_of: date
    simulation: Annotated[bool, Field(description="whether the parts that are simulated are there")] = True
    seed: Annotated[int, Field(ge=0, le=2**63 - 1)] = 1
    languages: Annotated[
        tuple[Literal["fr", "en"], ...], Field(min_length=1, max_length=2, description="languages of the documents")
    ] = ("fr", "en")
    formats: Annotated[
        tuple[Form, ...],
        Field(min_length=1, max_length=5, description="formats written at once; others when asked for"),
    ] = ("html", "pdf")

    def in_language(self, language: Literal["fr", "en"]) -> StudyRequest:
        """Return the same question in one language."""
        fields = self.model_dump(by_alias=True, exclude={"languages", "formats"})
        return StudyRequest.model_validate({**fields, "language": language})


class DossierJobRequest(BaseModel):
    """Compute the validation dossier: what the model says of published cases, met or missed. It takes minutes."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    draws: Annotated[int, Field(ge=50, le=10_000, description="epistemic draws")] = 1000
    seed: Annotated[int, Field(ge=0, le=2**63 - 1)] = 1
    as_of: date


def title_study(request: StudyJobRequest) -> str:
    """Return what a list calls a study, in no language.

    >>> title_study(StudyJobRequest.model_validate({"from": "2022-01", "to": "2023-05", "as_of": "2026-11-23"}))
    'health · FR · 2022-01 – 2023-05'
    """
    places = [text for text in (request.region, request.department) if text is not None]
    return " · ".join([request.sector, request.country, *places, f"{request.from_} – {request.to}"])


def read_study_title(title: str, language: Language) -> str:
    """Return what `title_study` wrote, in words; another title as it is.

    >>> read_study_title("health · FR · 2022-01 – 2023-05", "en")
    'Health sector, France, January 2022 to May 2023'
    """
    from hygie.service.report_pages import name_study

    parts = title.split(" · ")
    first, _, last = parts[-1].partition(" – ")
    if len(parts) < 3 or not last:
        return title
    asked = {"sector": parts[0], "country": parts[1], "from": first, "to": last}
    for place in parts[2:-1]:
        asked["region" if find_territory("regions", place) else "department"] = place
    return name_study(asked, language=language) or title
