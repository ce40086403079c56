"""What the work of a job is given: its workspace, its places on disk, and how it tells its progress."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from hygie.service.facilities import place_document
from hygie.service.workspace import Base
from hygie.store.document_store import DocumentStore, Revision
from hygie.store.job_store import JobRow
from hygie.store.workspace import Workspace

__all__ = ["JobContext", "Made", "Outcome", "Told", "base_of", "results_folder"]


@dataclass(frozen=True, slots=True)
class Made:
    """The work made a result folder."""

    kind: str
    folder: Path


@dataclass(frozen=True, slots=True)
class Told:
    """The work made no result; this is what it says."""

    summary: Mapping[str, Any]


Outcome = Made | Told


def results_folder(workspace: Workspace, result_id: str) -> Path:
    """Return the folder of a saved result."""
    return workspace.folder / "results" / workspace.organisation_id / result_id


@dataclass(slots=True)
class JobContext:
    """What the work of one job is given.

    Parameters
    ----------
    progress
        Called with (stage, done, in all); raises when the job must stop. It writes to the database: never inside a
        transaction of the work.
    check
        Raises when the job must stop, and writes nothing.
    """

    workspace: Workspace
    job: JobRow
    progress: Callable[[str, int, int], None]
    check: Callable[[], None]
    threads: int

    @property
    def result_id(self) -> str:
        """The id of the result is that of its job: a job that runs again writes to the same place."""
        return self.job.job_id

    @property
    def folder(self) -> Path:
        """The folder of the result to be."""
        return results_folder(self.workspace, self.result_id)

    def place(self, kind: str, ref: str) -> tuple[Path, Revision]:
        """Return the file of a stored document and its revision; ``name`` is the latest, ``name@3`` the third.

        Raises
        ------
        NotFoundError
            There is none.
        """
        name, _, number = ref.partition("@")
        row = DocumentStore(self.workspace, kind=kind).get(name, revision=int(number) if number else None)
        return place_document(self.workspace, kind, row), row

    def facility(self, ref: str) -> str:
        """Return the path of the file of a stored facility."""
        return str(self.place("facility", ref)[0])

    def hide_places(self, text: str) -> str:
        """Return a text without the path of the workspace: places in it are told from there."""
        return text.replace(f"{self.workspace.folder}/", "")

    def clean(self, view: Mapping[str, Any]) -> dict[str, Any]:
        """Return the JSON of a view without the path of the workspace."""
        place = json.dumps(f"{self.workspace.folder}/", ensure_ascii=False)[1:-1]
        cleaned: dict[str, Any] = json.loads(json.dumps(view, ensure_ascii=False).replace(place, ""))
        return cleaned

    def base(self) -> Base:
        """Return the CTI base of the organisation, filled on first use."""
        return base_of(self.workspace, author=self.job.author)


def base_of(workspace: Workspace, *, author: str) -> Base:
    """Return the CTI base of an open workspace; packs and catalogues are loaded on first use."""
    from hygie.knowledge.base import fill_base, is_filled
    from hygie.knowledge.projection import project_record
    from hygie.store.record_store import RecordStore

    store = RecordStore(workspace, author=author, project=project_record)
    if not is_filled(store):
        fill_base(store)
    return Base(workspace=workspace, store=store)
