"""Records, imports and changes, in the terminal."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType
from typing import Any

from rich.console import Console
from rich.padding import Padding
from rich.progress import BarColumn, DownloadColumn, Progress, TaskID, TextColumn, TimeRemainingColumn
from rich.table import Table
from rich.text import Text

from hygie.views.error_words import translate_rendered
from hygie.views.intel import (
    ExportSummary,
    ImportSummary,
    LogRow,
    PackDiffView,
    PairView,
    PreviewSummary,
    RecordPage,
    RecordSummary,
    flatten_facts,
)
from hygie.views.messages import Translate, translator
from hygie.views.numbers import format_count

__all__ = [
    "ImportProgress",
    "PullProgress",
    "print_duplicates",
    "print_export",
    "print_import",
    "print_log",
    "print_pack_diff",
    "print_preview",
    "print_record",
    "print_records",
]

# Refusals shown in the terminal; the JSON report has more.
SHOWN_REFUSALS = 10


class ImportProgress:
    """A bar over the bytes of a file, on stderr, when that is a terminal."""

    def __init__(self, file: Path, language: str) -> None:
        self._file = file
        self._translate = translator(language)
        self._bar: Progress | None = None
        self._task: TaskID | None = None

    def __enter__(self) -> ImportProgress:
        if sys.stderr.isatty() and self._file.is_file():
            self._bar = Progress(
                TextColumn("{task.description}"),
                BarColumn(bar_width=32),
                DownloadColumn(),
                TimeRemainingColumn(),
                console=Console(stderr=True),
                transient=True,
            )
            self._task = self._bar.add_task(self._translate("Reading"), total=self._file.stat().st_size)
            self._bar.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._bar is not None:
            self._bar.stop()

    def __call__(self, done: int) -> None:
        """Show how many bytes have been read."""
        if self._bar is not None and self._task is not None:
            self._bar.update(self._task, completed=done)


class PullProgress:
    """One line per page of a feed, on stderr."""

    def __init__(self, language: str) -> None:
        self._language = language
        self._translate = translator(language)

    def __call__(self, page: int, objects: int, note: str | None = None) -> None:
        """Tell that a page is in the base, or why the server makes us wait."""
        line = note or self._translate(
            "page {page}: {count} objects so far", page=page, count=format_count(objects, self._language)
        )
        sys.stderr.write(line + "\n")


def print_import(report: ImportSummary, language: str) -> None:
    """Print what an import did, and the first refusals with their reasons."""
    _ = translator(language)
    console = Console(highlight=False)
    title = _("Dry run: nothing was written") if report.dry_run else _("Imported")
    console.print(f"[bold]{title}[/bold] · {report.format} · {Text(report.source).plain}", markup=True)
    for release in report.releases:
        console.print(_("Release {name}", name=release))
    outcomes = {
        "added": _("added"),
        "merged": _("merged"),
        "changed": _("changed"),
        "unchanged": _("unchanged"),
        "older": _("older"),
        "refused": _("refused"),
        "dropped": _("left out"),
    }
    table = _table(_("Kind"), *outcomes.values())
    for kind, counts in report.by_kind.items():
        table.add_row(kind, *(_count(counts.get(outcome, 0), language) for outcome in outcomes))
    table.add_row(_("all"), *(_count(report.counts[outcome], language) for outcome in outcomes), style="bold")
    console.print(table)
    if report.replaced:
        console.print(_("{count} objects of an older release were put away", count=_count(report.replaced, language)))
    for reason, count in report.dropped.items():
        text = f"{_count(count, language)} × {_say_reason(reason, _)}"
        console.print(Padding(Text(text), (0, 0, 0, 2)), style="dim")
    for note in report.notes:
        console.print(Text(note))
    for refusal in report.refusals[:SHOWN_REFUSALS]:
        console.print(Text(translate_rendered(refusal, language)))
    hidden = report.counts["refused"] - SHOWN_REFUSALS
    if hidden > 0:
        console.print(_("… and {count} more; --json lists them", count=_count(hidden, language)), style="dim")


def _say_reason(reason: str, _: Translate) -> str:
    """Return why something was left out or held back, in the reader's language where the reason is a fixed one."""
    fixed = {
        "left out: its publisher revoked or deprecated it": _("left out: its publisher revoked or deprecated it"),
        "references removed": _("references removed"),
        "no TLP marking": _("no TLP marking"),
        "one of its ends stays behind": _("one of its ends stays behind"),
        "all its sources stay behind": _("all its sources stay behind"),
        "its text names what stays behind": _("its text names what stays behind"),
        "what it is about stays behind": _("what it is about stays behind"),
    }
    stated, above, ceiling = reason.partition(", above ")
    if above:
        return _("{marking}, above {ceiling}", marking=fixed.get(stated, stated), ceiling=ceiling)
    return fixed.get(reason, reason)


def print_preview(table: PreviewSummary, language: str) -> None:
    """Print how the first rows of a table would be read."""
    _ = translator(language)
    console = Console(highlight=False)
    console.print(
        Text(_("Columns as {kind}; nothing was written", kind=table.kind), style="bold"),
    )
    mapping = _table(_("field"), _("column"))
    for field, column in table.columns.items():
        mapping.add_row(Text(field), Text(column))
    console.print(mapping)
    for label, names in ((_("Not used"), table.unmapped), (_("Missing"), table.missing)):
        if names:
            console.print(Text(f"{label}: {', '.join(names)}"))
    for line in table.rows:
        console.print(Text(line))


def print_export(report: ExportSummary, language: str) -> None:
    """Print what left, and what the ceiling held back."""
    _ = translator(language)
    console = Console(highlight=False)
    console.print(
        Text(
            _(
                "{count} records written in {path}, none marked above {ceiling}",
                count=_count(report.written, language),
                path=report.path,
                ceiling=report.ceiling,
            )
        )
    )
    for reason, count in report.withheld.items():
        text = f"{_count(count, language)} × {_say_reason(reason, _)}"
        console.print(Padding(Text(text), (0, 0, 0, 2)), style="dim")


def print_records(records: Sequence[RecordSummary], language: str, *, limit: int) -> None:
    """Print records, one line each."""
    _ = translator(language)
    console = Console(highlight=False)
    if not records:
        console.print(_("Nothing found."))
        return
    table = _table(_("Kind"), _("Ref"), _("Name"), _("Date"), "TLP", right=())
    for record in records:
        table.add_row(record.kind, Text(record.ref), Text(record.name), record.date or "–", record.tlp or "–")
    console.print(table)
    if len(records) == limit:
        console.print(_("The first {count}; --limit shows more", count=_count(limit, language)), style="dim")


def print_record(page: RecordPage, language: str, *, versions: bool = False) -> None:
    """Print one record: what it says, who says so, and every change, with what each field said before and after."""
    _ = translator(language)
    console = Console(highlight=False)
    summary = page.record
    console.print(Text(f"{summary.name}", style="bold"), Text(f"({summary.kind} {summary.ref})", style="dim"))
    marks = [f"TLP:{summary.tlp.upper()}" if summary.tlp else _("no TLP marking"), f"v{page.version}"]
    if summary.pap:
        marks.append(f"PAP:{summary.pap.upper()}")
    if page.deleted:
        marks.append(_("deleted"))
    if page.merged_into:
        marks.append(_("merged into {ref}", ref=page.merged_into))
    console.print(" · ".join(marks), style="dim")
    facts = _table("", "", right=())
    for name, value in flatten_facts(summary.data):
        facts.add_row(Text(name, style="dim"), Text(value))
    console.print(facts)
    if page.layers:
        console.print(Text(_("Who says so"), style="bold"))
        for layer in page.layers:
            version = f" {layer.version}" if layer.version else ""
            console.print(Padding(Text(f"{layer.origin}{version}: {', '.join(layer.fields)}"), (0, 0, 0, 2)))
    if page.merged:
        console.print(_("Duplicates joined here: {refs}", refs=", ".join(page.merged)))
    if page.history:
        console.print(Text(_("Changes"), style="bold"))
        if not versions:
            print_log(page.history, language)
        for row in page.history if versions else ():
            console.print(Text(" · ".join(filter(None, (row.at, row.author, row.what, row.reason)))))
            for step in row.fields:
                line = f"{step.field}: {step.before or '–'} → {step.after or '–'}"
                console.print(Padding(Text(line), (0, 0, 0, 2)), style="dim")


def print_duplicates(pairs: Sequence[PairView], language: str) -> None:
    """Print pairs that may be one, with what speaks for and against."""
    _ = translator(language)
    console = Console(highlight=False)
    if not pairs:
        console.print(_("No duplicate in sight."))
        return
    grades = {"likely": _("likely"), "possible": _("possible")}
    for pair in pairs:
        console.print(Text(f"{grades[pair.grade]}: {pair.keep} ~ {pair.other}", style="bold"))
        for line in (pair.keep_line, pair.other_line):
            console.print(Padding(Text(line), (0, 0, 0, 2)))
        console.print(Padding(Text("+ " + ", ".join(pair.reasons)), (0, 0, 0, 2)), style="dim")
        if pair.doubts:
            console.print(Padding(Text("- " + ", ".join(pair.doubts)), (0, 0, 0, 2)), style="dim")
    console.print()
    console.print(_("Join a pair with `hygie intel merge`, tell it apart with `hygie intel distinct`."), style="dim")


def print_pack_diff(diffs: Sequence[PackDiffView], language: str) -> None:
    """Print what the installed packs would change."""
    _ = translator(language)
    console = Console(highlight=False)
    for diff in diffs:
        loaded = diff.loaded or _("not loaded")
        console.print(Text(f"{diff.pack}: {loaded} → {diff.installed}", style="bold"))
        if not (diff.added or diff.removed or diff.changed):
            console.print(Padding(_("The base already says what the pack says."), (0, 0, 0, 2)))
        for sign, lines in (("+", diff.added), ("-", diff.removed)):
            for line in lines:
                console.print(Padding(Text(f"{sign} {line}"), (0, 0, 0, 2)))
        for change in diff.changed:
            line = f"~ {change.kind} {change.ref} {change.field}: {_cut(change.before)} → {_cut(change.after)}"
            console.print(Padding(Text(line), (0, 0, 0, 2)))
            if change.overlaid:
                note = _("edited here, the edit stays: {value}", value=_cut(change.overlay))
                console.print(Padding(Text(note), (0, 0, 0, 4)), style="yellow")


def print_log(rows: Sequence[LogRow], language: str) -> None:
    """Print changes or imports, one line each."""
    _ = translator(language)
    console = Console(highlight=False)
    if not rows:
        console.print(_("Nothing yet."))
        return
    table = _table(_("When"), _("Who"), _("What"), _("Why"), right=())
    for row in rows:
        table.add_row(row.at, Text(row.author), Text(row.what), Text(row.reason or ""))
    console.print(table)


def _table(*columns: str, right: Sequence[int] | None = None) -> Table:
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0))
    for index, column in enumerate(columns):
        on_right = index > 0 if right is None else index in right
        table.add_column(
            column,
            justify="right" if on_right else "left",
            header_style="dim",
            no_wrap=index == 0,
            # A ref or an address that is cut short cannot be used.
            overflow="fold",
        )
    return table


def _cut(value: Any) -> str:
    text = "–" if value is None else str(value)
    return text if len(text) <= 80 else text[:79] + "…"


def _count(number: int, language: str) -> str:
    return format_count(number, language)
