"""View models of imports of evidence: what would come in, what came in."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from pydantic import Field

from hygie.views.assessment import View

__all__ = ["BroughtView", "ImportReportView", "KindRowView"]


class KindRowView(View):
    """Records of one kind by what became of them."""

    kind: str
    label: str
    counts: dict[str, int]


class BroughtView(View):
    """A record that an import added or changed."""

    kind: str
    kind_label: str
    ref: str
    name: str


class ImportReportView(View):
    """What an import did, or would do."""

    job_id: str
    name: str
    author: str
    at: datetime
    format_label: str
    dry_run: bool
    waiting: Annotated[bool, Field(description="a preview whose file is still there to be taken")]
    counts: dict[str, int]
    kinds: list[KindRowView]
    refusals: list[str]
    dropped: dict[str, int]
    notes: list[str]
    brought: list[BroughtView]
