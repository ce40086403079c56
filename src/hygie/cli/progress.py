"""One calm progress line on stderr."""

from __future__ import annotations

import sys
from types import TracebackType

from rich.console import Console
from rich.progress import BarColumn, Progress, TaskID, TextColumn, TimeRemainingColumn

from hygie.service.checks import is_engine_compiled
from hygie.views.messages import translator
from hygie.views.numbers import format_count

__all__ = ["ProgressLine"]


class ProgressLine:
    """Shows the stage of the work; silent when stderr is not a terminal, but for the first-run notice."""

    def __init__(self, language: str) -> None:
        self._translate = translator(language)
        self._language = language
        self._console = Console(stderr=True)
        self._bar: Progress | None = None
        self._task: TaskID | None = None

    def __enter__(self) -> ProgressLine:
        if not is_engine_compiled():
            self._console.print(
                self._translate("First run: compiling the kernels, about 30 seconds, once per version."), style="dim"
            )
        if sys.stderr.isatty():
            self._bar = Progress(
                TextColumn("{task.description}"),
                BarColumn(bar_width=32),
                TextColumn("{task.fields[detail]}"),
                TimeRemainingColumn(),
                console=self._console,
                transient=True,
            )
            self._task = self._bar.add_task("", total=None, detail="")
            self._bar.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._bar is not None:
            self._bar.stop()

    def __call__(self, stage: str, done: int, total: int) -> None:
        """Show a stage and how far it is."""
        if self._bar is None or self._task is None:
            return
        names = {
            "read": "Reading packs and facility",
            "calibrate": "Calibrating against the population",
            "simulate": "Simulating years",
            "measure": "Measuring",
            "compare": "Comparing causes",
            "validate": "Comparing with published cases",
            "fit": "Fitting, round by round",
        }
        counted = stage in ("simulate", "compare")
        self._bar.update(
            self._task,
            description=self._translate(names[stage]),
            completed=done if counted else 0,
            total=total if counted else None,
            detail=f"{format_count(done, self._language)} / {format_count(total, self._language)}" if counted else "",
        )
