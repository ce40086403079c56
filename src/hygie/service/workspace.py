"""The workspace of a use case: its database, filled with packs on first use, and who is at work in it."""

from __future__ import annotations

import getpass
import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path

from hygie.core.errors import UsageError
from hygie.knowledge.base import PackDiff, diff_packs, fill_base, is_filled, list_outdated, upgrade_packs
from hygie.knowledge.projection import project_record
from hygie.service.summaries import summarise_import
from hygie.store.record_store import RecordStore
from hygie.store.workspace import Workspace, choose_folder, open_workspace
from hygie.views.intel import ImportSummary, PackChangeView, PackDiffView

__all__ = [
    "Base",
    "Workspace",
    "choose_folder",
    "compare_packs",
    "load_packs",
    "name_author",
    "open_base",
    "open_plain_workspace",
]

MAX_AUTHOR = 120


@dataclass(frozen=True, slots=True, kw_only=True)
class Base:
    """The CTI base of one organisation, open for one author."""

    workspace: Workspace
    store: RecordStore


def name_author(given: str | None = None) -> str:
    """Return who signs the changes: given, `HYGIE_AUTHOR`, or the user of the system.

    Raises
    ------
    UsageError
        Empty or too long.
    """
    try:
        author = given or os.environ.get("HYGIE_AUTHOR") or getpass.getuser()
    except OSError:
        author = ""
    if not author.strip() or len(author) > MAX_AUTHOR or not author.isprintable():
        raise UsageError(
            "the author of changes has no usable name",
            field="--author",
            value=author,
            allowed=f"1 to {MAX_AUTHOR} printable characters",
            repair="give --author, or set HYGIE_AUTHOR",
        )
    return author.strip()


@contextmanager
def open_base(
    folder: Path | None = None,
    *,
    database: str | None = None,
    organisation: str = "default",
    author: str | None = None,
    extra_packs: Sequence[Path] = (),
    progress: Callable[[str], None] | None = None,
    notice: Callable[[list[str]], None] | None = None,
) -> Iterator[Base]:
    """Open the CTI base; on first use the installed packs and the embedded catalogues are loaded.

    Parameters
    ----------
    progress
        Told of each pack and catalogue that is loaded on first use.
    notice
        Told of installed packs whose files are not those that the base was filled with.

    Raises
    ------
    StoreError
        The workspace cannot be opened.
    DataError
        A pack is not fit to be loaded.
    """
    workspace = open_workspace(folder, database=database, organisation=organisation)
    try:
        store = RecordStore(workspace, author=name_author(author), project=project_record)
        if not is_filled(store):
            fill_base(store, extra_paths=extra_packs, progress=progress)
        elif notice is not None and (outdated := list_outdated(store)):
            notice(outdated)
        yield Base(workspace=workspace, store=store)
    finally:
        workspace.engine.dispose()


@contextmanager
def open_plain_workspace(
    folder: Path | None = None, *, database: str | None = None, organisation: str = "default"
) -> Iterator[Workspace]:
    """Open a workspace without its CTI base: nothing is loaded.

    Raises
    ------
    StoreError
        The workspace cannot be opened.
    """
    workspace = open_workspace(folder, database=database, organisation=organisation)
    try:
        yield workspace
    finally:
        workspace.engine.dispose()


def compare_packs(base: Base, *, extra_packs: Sequence[Path] = ()) -> list[PackDiffView]:
    """Return what loading the installed packs would change in the base."""
    return [_view_diff(diff) for diff in diff_packs(base.store, extra_paths=extra_packs)]


def load_packs(base: Base, *, extra_packs: Sequence[Path] = ()) -> list[ImportSummary]:
    """Load the installed packs and catalogues; analyst edits stay on top."""
    reports = [*fill_base(base.store), *upgrade_packs(base.store, extra_paths=extra_packs)]
    return [summarise_import(report) for report in reports]


def _view_diff(diff: PackDiff) -> PackDiffView:
    return PackDiffView(
        pack=diff.pack,
        loaded=diff.loaded,
        installed=diff.installed,
        added=tuple(f"{kind} {ref} {name}" for kind, ref, name in diff.added),
        removed=tuple(f"{kind} {ref} {name}" for kind, ref, name in diff.removed),
        changed=tuple(
            PackChangeView(kind=change.kind, ref=change.ref, name=change.name, **asdict(field))
            for change in diff.changed
            for field in change.fields
        ),
    )
