"""A posture and its changes, in the terminal."""

from __future__ import annotations

from itertools import groupby

from rich.console import Console
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from hygie.views.messages import Translate, translator
from hygie.views.numbers import format_percent
from hygie.views.posture import (
    ChangeRow,
    ControlRow,
    PostureEdit,
    PostureView,
    describe_age,
    label_function,
    label_origin,
    label_outcome,
)

__all__ = ["print_changes", "print_edit", "print_posture"]

# Requirements without a control that are named in the terminal; the JSON has them all.
SHOWN_REFS = 12


def _table(title: str, *columns: str) -> Table:
    table = Table(title=title, title_justify="left", title_style="bold", box=None, pad_edge=False, padding=(0, 1, 0, 0))
    for index, column in enumerate(columns):
        table.add_column(column, justify="right" if index == 1 else "left", header_style="dim", no_wrap=index > 0)
    return table


def _percent(share: float, language: str) -> str:
    """Return whole percents: nobody knows a coverage better."""
    return format_percent(round(share, 2), language)


def print_posture(view: PostureView, language: str) -> None:
    """Print controls by function, then the meter."""
    _ = translator(language)
    console = Console(highlight=False, markup=False, emoji=False)
    console.print("\n" + view.name, style="bold")
    console.print(
        _(
            "Controls described: {known} of {count}, as of {date}",
            known=view.known,
            count=view.controls,
            date=view.as_of,
        ),
        style="dim",
    )
    for function, rows in groupby(view.rows, key=lambda row: row.function):
        console.print()
        table = _table(label_function(function, _), "", _("coverage"), _("from"), _("date"), _("age"))
        # The same widths in every table, so that the eye can go down the columns of the page.
        for column, width in zip(table.columns, (29, 10, 15, 11, 9), strict=True):
            column.width = width
        for row in rows:
            _add_control(table, row, language, _)
        console.print(table)
    grounds = [row for row in view.rows if row.evidence]
    if grounds:
        console.print()
        console.print(_("Evidence"), style="bold")
    for row in grounds:
        console.print(Text(f"{row.name} · {row.evidence}", style="dim"))
    console.print()
    console.print(view.meter)


def _add_control(table: Table, row: ControlRow, language: str, _: Translate) -> None:
    share = _percent(row.coverage, language)
    if not row.known:
        low, high = (_percent(value, language) for value in (row.sector_low, row.sector_high))
        table.add_row(row.name, share, label_origin(None, _), f"{low} – {high}", "", style="dim")
        return
    table.add_row(row.name, share, label_origin(row.origin, _), row.on or "–", describe_age(row.age_days, _))


def print_edit(edit: PostureEdit, language: str, *, asking: bool = False) -> None:
    """Print what a form or an import did to a facility file."""
    _ = translator(language)
    console = Console(highlight=False, markup=False, emoji=False)
    for note in edit.notes:
        console.print(note, style="dim")
    if edit.passed_over:
        shown = ", ".join(edit.passed_over[:SHOWN_REFS]) + (", …" if len(edit.passed_over) > SHOWN_REFS else "")
        console.print(
            _(
                "Requirements that lead to no control of ours: {count} of {total} ({names})",
                count=len(edit.passed_over),
                total=edit.read,
                names=shown,
            )
        )
    print_changes(edit.rows, language, console=console)
    if any(row.outcome == "conflict" for row in edit.rows):
        console.print(_("What was kept is only replaced with --replace."))
    if edit.dry_run:
        # Before a question that decides, this would be one line too many.
        if not asking:
            console.print(_("Dry run: nothing was written"))
    elif edit.written:
        console.print(_("{path} written; the former file is in {backup}", path=edit.file, backup=str(edit.backup)))
    else:
        console.print(_("Nothing to write: {path} is as it was", path=edit.file))
    console.print(edit.meter)


def print_changes(rows: list[ChangeRow], language: str, *, console: Console) -> None:
    """Print what becomes of each control."""
    _ = translator(language)
    table = _table(_("Controls"), "", _("before"), _("now"), "")
    table.columns[2].justify = "right"
    table.padding = (0, 2, 0, 0)
    for row in rows:
        kept = row.outcome == "conflict"
        before = _percent(row.before, language) if row.before is not None else "–"
        table.add_row(
            row.name, before, _percent(row.after, language), label_outcome(row, _), style="yellow" if kept else ""
        )
    console.print(Padding(table, (0, 0, 1, 0)))
