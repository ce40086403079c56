"""View models of the pages of studies and reports."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import Field

from hygie.core.evidence import TLP
from hygie.views.application import SavedResultView
from hygie.views.assessment import View
from hygie.views.incident import ChoiceView

__all__ = ["DocumentLineView", "DocumentRefView", "ReportShelfView", "StudyChoicesView"]


class DocumentLineView(View):
    """A document of a result, as its page introduces it."""

    document: Annotated[str, Field(description="study, report, brief or dossier")]
    title: str
    subtitle: str
    tlp: Annotated[TLP, Field(description="marking: nothing in it is marked above")]
    lowest: Annotated[TLP, Field(description="marking of its result: no document of it is marked below")]
    reproduce: Annotated[str, Field(description="the command that makes it again")]
    sources: Annotated[int, Field(ge=0, description="sources that it lists")]


class DocumentRefView(View):
    """A document of a result in one language and format, and where to fetch it."""

    document: Annotated[str, Field(description="study, report, brief or dossier")]
    language: Annotated[str, Field(description="fr or en")]
    format: Annotated[str, Field(description="html, pdf, xlsx, csv or parquet; the last two are archives of tables")]
    media_type: str
    href: str


class ReportShelfView(View):
    """What the first page of reports lists."""

    studies: list[SavedResultView]
    names: Annotated[dict[str, str], Field(description="what each study is about, in words, by the id of its result")]
    dossiers: list[SavedResultView]
    others: Annotated[list[SavedResultView], Field(description="assessments and portfolios, the latest first")]


class StudyChoicesView(View):
    """What may be chosen in the form of a study."""

    sectors: list[ChoiceView]
    countries: list[ChoiceView]
    regions: list[ChoiceView]
    departments: list[ChoiceView]
    usual: Annotated[dict[str, Any], Field(description="what the form holds at first")]
