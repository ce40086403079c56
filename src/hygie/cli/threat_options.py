"""What the commands on one facility's threat share: reading of requests, and running them with a progress line."""

from __future__ import annotations

import sys
from collections.abc import Callable
from datetime import date
from typing import TYPE_CHECKING, Any, TypeVar

import typer

from hygie.core.errors import UsageError

if TYPE_CHECKING:
    from pydantic import BaseModel

__all__ = ["check_threads", "parse_day", "read_request", "run_calmly"]

Request = TypeVar("Request", bound="BaseModel")
View = TypeVar("View")

_OPTIONS = {"facility": "FACILITY", "packs": "--pack"}


def parse_day(text: str | None, option: str) -> date:
    """Return a date from an option, today when it is not given.

    Raises
    ------
    UsageError
        It is not a date.
    """
    if text is None:
        return date.today()
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise UsageError(
            "this is not a date", field=option, value=text, allowed="YYYY-MM-DD", repair="write 2024-03-01"
        ) from None


def read_request(model: type[Request], fields: dict[str, Any]) -> Request:
    """Return a request from options.

    Raises
    ------
    UsageError
        An option is out of range.
    """
    from pydantic import ValidationError

    try:
        return model.model_validate(fields)
    except ValidationError as error:
        first = error.errors()[0]
        name = str(first["loc"][0])
        raise UsageError(
            "this option is out of range",
            field=_OPTIONS.get(name, f"--{name}"),
            value=first["input"],
            allowed=first["msg"].removeprefix("Input should be "),
            repair="choose a value in the range; --help shows the defaults",
        ) from None


def check_threads(threads: int | None) -> None:
    """Refuse a number of threads that is none.

    Raises
    ------
    UsageError
        Below 1 or above 1024.
    """
    if threads is not None and not 1 <= threads <= 1024:
        raise UsageError("this option is out of range", field="--threads", value=threads, allowed="1 to 1024")


def run_calmly(work: Callable[[Callable[[str, int, int], None]], View], language: str) -> View:
    """Run something long behind one progress line; an interruption ends it with code 130."""
    from hygie.cli.progress import ProgressLine
    from hygie.views.messages import translator

    try:
        with ProgressLine(language) as progress:
            return work(progress)
    except KeyboardInterrupt:
        sys.stderr.write(translator(language)("Stopped. Nothing was written.") + "\n")
        raise typer.Exit(130) from None
