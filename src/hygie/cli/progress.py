"""One calm progress line on stderr, and what is kept when a run stops."""

from __future__ import annotations

import shlex
import sys
from collections import deque
from collections.abc import Sequence
from pathlib import Path
from time import monotonic
from types import TracebackType

from rich.console import Console
from rich.progress import BarColumn, Progress, TaskID, TextColumn

from hygie.service.runs import find_kept, is_engine_compiled
from hygie.service.stages import name_stage
from hygie.views.messages import Language, Translate, translator
from hygie.views.numbers import format_count

__all__ = ["ProgressLine", "Speed", "tell_kept"]

_WINDOW_S = 30.0
_LOG_EVERY_S = 30.0


class Speed:
    """How fast work goes, over the last half minute: parts that were there already do not flatter it for long."""

    def __init__(self) -> None:
        self._marks: deque[tuple[float, int]] = deque()

    def mark(self, now: float, done: int) -> float | None:
        """Note that `done` is reached at second `now`; return the rate per second, None while it cannot be told."""
        self._marks.append((now, done))
        while len(self._marks) > 2 and now - self._marks[0][0] > _WINDOW_S:
            self._marks.popleft()
        (begin, first), (end, last) = self._marks[0], self._marks[-1]
        return (last - first) / (end - begin) if end - begin > 0.5 and last > first else None


def describe_speed(rate: float | None, left: int, *, language: str, _: Translate) -> str:
    """Return years per second and the time that is left, in words; nothing while they cannot be told."""
    if rate is None:
        return ""
    seconds = round(left / rate)
    if seconds >= 5400:
        rest = _("{count} h left", count=format_count(round(seconds / 3600), language))
    elif seconds >= 90:
        rest = _("{count} min left", count=format_count(round(seconds / 60), language))
    else:
        rest = _("{count} s left", count=format_count(seconds, language))
    return _("{rate} years/s, {rest}", rate=format_count(float(f"{rate:.2g}"), language), rest=rest)


def tell_kept(command: str, places: Sequence[Path], *, language: Language, stopped: bool) -> None:
    """Say on stderr what a run that ends early leaves, and that `command`, with --out, goes on from there."""
    _ = translator(language)
    kept = find_kept(places[-1]) if places else None
    if kept is None:
        if stopped:
            sys.stderr.write(_("Stopped. Nothing was written.") + "\n")
        return
    text = _(
        "{done} of {total} simulated years are kept in {place}. To go on from there:",
        done=format_count(kept.done, language),
        total=format_count(kept.total, language),
        place=str(kept.folder),
    )
    again = f"{command} --out {shlex.quote(str(places[-1]))}"
    sys.stderr.write((_("Stopped.") + " " if stopped else "") + f"{text}\n  {again}\n")


class ProgressLine:
    """Shows the stage of the work; when stderr is not a terminal, a line each half minute of simulation."""

    def __init__(self, language: str, *, notice: bool = True) -> None:
        self._notice = notice
        self._translate = translator(language)
        self._language = language
        self._console = Console(stderr=True)
        self._bar: Progress | None = None
        self._task: TaskID | None = None
        self._speed = Speed()
        self._told = monotonic()

    def __enter__(self) -> ProgressLine:
        if self._notice and not is_engine_compiled():
            self._console.print(
                self._translate("First run: compiling the kernels, about 45 seconds, once per version."), style="dim"
            )
        if sys.stderr.isatty():
            self._bar = Progress(
                TextColumn("{task.description}"),
                BarColumn(bar_width=32),
                TextColumn("{task.fields[detail]}"),
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
        counted = stage in ("simulate", "compare")
        detail = ""
        if counted:
            detail = f"{format_count(done, self._language)} / {format_count(total, self._language)}"
        if stage == "simulate":
            # The first part also waits for the kernels to be compiled: it tells nothing of what is left.
            rate = self._speed.mark(monotonic(), done) if done else None
            speed = describe_speed(rate, total - done, language=self._language, _=self._translate)
            detail += f"  {speed}" if speed else ""
        if self._bar is None or self._task is None:
            if stage == "simulate" and monotonic() - self._told > _LOG_EVERY_S:
                self._told = monotonic()
                sys.stderr.write(f"{self._translate('Simulating years: {detail}', detail=detail)}\n")
            return
        self._bar.update(
            self._task,
            description=name_stage(stage, self._translate),
            completed=done if counted else 0,
            total=total if counted else None,
            detail=detail,
        )
