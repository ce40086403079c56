"""Registers, organisations and downloads, in the terminal."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType
from typing import Self

from rich.console import Console
from rich.padding import Padding
from rich.progress import BarColumn, DownloadColumn, Progress, TaskID, TextColumn, TimeRemainingColumn
from rich.table import Table
from rich.text import Text

from hygie.views.error_words import translate_text
from hygie.views.messages import translator
from hygie.views.numbers import format_count
from hygie.views.registers import SYNTHETIC, DownloadView, EditionView, MatchView, RegisterImportView

__all__ = [
    "DownloadLine",
    "StageLine",
    "print_download",
    "print_editions",
    "print_matches",
    "print_register_import",
]

# Kinds of findings shown in the terminal; the JSON report and the CSV file have all.
_SHOWN = 12


class StageLine:
    """Says on stderr what an import is at; on a terminal, the line goes away at the end."""

    def __init__(self, language: str) -> None:
        self._translate = translator(language)
        self._console = Console(stderr=True)
        self._status = self._console.status("") if sys.stderr.isatty() else None

    def __enter__(self) -> Self:
        if self._status is not None:
            self._status.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._status is not None:
            self._status.stop()

    def __call__(self, stage: str) -> None:
        """Show the stage."""
        _ = self._translate
        text = {"unpack": _("Unpacking"), "read": _("Reading"), "write": _("Writing")}[stage]
        if self._status is not None:
            self._status.update(text)
        else:
            sys.stderr.write(f"{text}…\n")


class DownloadLine:
    """A bar over the bytes of a download, on stderr, when that is a terminal; pauses are always told."""

    def __init__(self, language: str) -> None:
        self._language = language
        self._translate = translator(language)
        self._bar: Progress | None = None
        self._task: TaskID | None = None

    def __enter__(self) -> Self:
        if sys.stderr.isatty():
            self._bar = Progress(
                TextColumn("{task.description}"),
                BarColumn(bar_width=32),
                DownloadColumn(),
                TimeRemainingColumn(),
                console=Console(stderr=True),
                transient=True,
            )
            self._task = self._bar.add_task(self._translate("Fetching"), total=None)
            self._bar.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._bar is not None:
            self._bar.stop()

    def __call__(self, done: int, size: int | None) -> None:
        """Show how many bytes are there."""
        if self._bar is not None and self._task is not None:
            self._bar.update(self._task, completed=done, total=size)

    def tell_wait(self, seconds: float, reason: str) -> None:
        """Say why nothing happens for a while."""
        why = translate_text(reason, self._language)
        text = self._translate("Trying again in {seconds} s: {reason}", seconds=f"{seconds:.0f}", reason=why)
        sys.stderr.write(text + "\n")


def print_register_import(report: RegisterImportView, language: str, *, saved: Path | None) -> None:
    """Print what an import read, what is to be checked, and what comes next."""
    _ = translator(language)
    console = Console(highlight=False)
    if report.dry_run:
        title = _("Dry run: nothing was written")
    else:
        title = _("Imported") if report.new else _("Already there: nothing was changed")
    console.print(Text(" · ".join([title, report.name, *([str(report.year)] if report.year else [])]), style="bold"))
    console.print(
        _(
            "Sites: {sites} · legal entities: {entities} · territorial groups: {groups}",
            sites=format_count(report.sites, language),
            entities=format_count(report.entities, language),
            groups=format_count(report.groups, language),
        )
    )
    if not report.findings:
        console.print(_("Nothing to check."))
    else:
        _print_findings(report, language, console)
    if saved is not None:
        console.print(Text(_("Findings saved in {path}", path=str(saved))))
    if not report.dry_run:
        console.print(Text(_("Next: {command}", command='hygie facility find "…"'), style="dim"))


def _print_findings(report: RegisterImportView, language: str, console: Console) -> None:
    _ = translator(language)
    kinds = {"missing": _("missing"), "doubtful": _("in doubt"), "repaired": _("repaired")}
    title = _("Findings to check: {count}; nothing was changed silently", count=_count(report.finding_count, language))
    console.print(Text(title, style="bold"))
    table = _table("", "", _("column"), _("findings"), right=(3,))
    for found in report.findings[:_SHOWN]:
        count = _count(found.count, language)
        table.add_row(kinds[found.kind], Text(_(found.about)), Text(found.field or ""), count)
    console.print(table)
    if len(report.findings) > _SHOWN:
        more = _count(len(report.findings) - _SHOWN, language)
        console.print(_("… and {count} more kinds; --findings lists every one", count=more), style="dim")


def print_editions(editions: Sequence[EditionView], language: str) -> None:
    """Print the registers of a workspace, one line each."""
    _ = translator(language)
    console = Console(highlight=False)
    if not editions:
        console.print(_("No register was imported. `hygie facility import` takes one in."))
        return
    table = _table(
        "", _("Register"), _("Year"), _("Kind"), _("sites"), _("legal entities"), _("imported on"), right=(4, 5)
    )
    for edition in editions:
        kind = _("synthetic") if edition.synthetic else edition.kind
        table.add_row(
            "●" if edition.used else "○",
            Text(edition.name),
            str(edition.year or "–"),
            kind,
            _count(edition.sites, language),
            _count(edition.entities, language),
            edition.imported_at[:10],
        )
    console.print(table)
    console.print(_("● is used by searches; ○ is kept"), style="dim")


def print_matches(
    matches: Sequence[MatchView], language: str, *, most: int, console: Console | None = None, numbered: bool = False
) -> None:
    """Print legal entities, one line each, numbered for a choice."""
    _ = translator(language)
    console = console or Console(highlight=False)
    if not matches:
        console.print(_("Nothing found."))
        return
    names = ("FINESS", _("Name"), _("Town"), _("Category"), _("beds"), _("staff (FTE)"))
    table = _table(*(["", *names] if numbered else names), right=(5, 6) if numbered else (4, 5))
    for number, match in enumerate(matches[:most], start=1):
        # A register that says nothing does not say none.
        fte, beds = (_count(number, language) if number else "–" for number in (match.fte, match.beds))
        cells = (match.finess, Text(match.name), Text(match.city), match.category, beds, fte)
        table.add_row(*([f"{number}.", *cells] if numbered else cells))
    console.print(table)
    if any(match.synthetic for match in matches):
        console.print(Text(_(SYNTHETIC), style="bold"))
    if len(matches) > most:
        more = _count(len(matches) - most, language)
        console.print(_("… and {count} more: give a longer text", count=more), style="dim")


def print_download(done: DownloadView, language: str) -> None:
    """Print what was fetched, how far it can be trusted, and what comes next."""
    _ = translator(language)
    console = Console(highlight=False, soft_wrap=True)
    for file in done.files:
        size = _count(file.size, language)
        title = _("Already there") if file.held else _("Fetched")
        console.print(Text(_("{title}: {path}, {size} bytes", title=title, path=file.path, size=size), style="bold"))
        if file.resumed_at:
            console.print(_("Taken up again after {count} bytes", count=_count(file.resumed_at, language)))
        if file.verified:
            console.print(_("It has the checksum that its publisher gives."))
        else:
            console.print(_("Its publisher gives no checksum: what came could not be compared with it."))
        console.print(Padding(Text(f"SHA-256 {file.sha256}"), (0, 0, 0, 2)), style="dim")
    if done.ready is None:
        kind = (done.packed or "").upper()
        console.print(Text(_("This {kind} archive has to be unpacked first, with 7-Zip for example.", kind=kind)))
        console.print(Text(_("Next: {command}", command=f"hygie facility import {_('FOLDER')}"), style="dim"))
    else:
        console.print(Text(_("Next: {command}", command=f"hygie facility import {done.ready}"), style="dim"))


def _table(*columns: str, right: Sequence[int] = ()) -> Table:
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0))
    for index, column in enumerate(columns):
        table.add_column(column, justify="right" if index in right else "left", header_style="dim", no_wrap=index == 0)
    return table


def _count(number: float, language: str) -> str:
    return format_count(number, language)
