"""A portfolio that was simulated before: read again, and drawn."""

from __future__ import annotations

import csv
import io
from pathlib import Path

from pydantic import ValidationError

from hygie.core.errors import DataError, StoreError
from hygie.core.spreadsheets import neutralise_cell
from hygie.store.portfolio_folders import read_portfolio
from hygie.store.text_files import replace_file
from hygie.views.charts import add_title, render_png, render_svg
from hygie.views.charts_portfolio import draw_portfolio_charts
from hygie.views.messages import Language
from hygie.views.portfolio import PortfolioView, WhatIfView

__all__ = ["draw_portfolio", "load_whatif", "read_view", "save_whatif"]

_MOST_BYTES = 50_000_000


def read_view(folder: Path, *, language: Language) -> PortfolioView:
    """Return the view of a portfolio run in a language.

    Raises
    ------
    StoreError
        Not such a folder, or of another version.
    """
    data = read_portfolio(folder, language=language)
    try:
        return PortfolioView.model_validate(data)
    except ValueError:
        raise StoreError(
            "this result cannot be read by this version of hygie",
            file=str(folder),
            repair="run `hygie portfolio run` again",
        ) from None


def draw_portfolio(view: PortfolioView, folder: Path) -> list[Path]:
    """Write every picture as SVG and PNG and its rows as CSV, formulas neutralised.

    Raises
    ------
    StoreError
        The folder cannot be written.
    """
    written = []
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for name, (chart, rows) in draw_portfolio_charts(view).items():
            spec = add_title(chart)
            text = io.StringIO()
            table = csv.DictWriter(text, fieldnames=list(rows[0]), lineterminator="\r\n")
            table.writeheader()
            for row in rows:
                table.writerow({key: neutralise_cell(value) for key, value in row.items()})
            for suffix, content in (
                ("svg", render_svg(spec, view.language).encode()),
                ("png", render_png(spec, view.language)),
                ("csv", text.getvalue().encode()),
            ):
                path = folder / f"{name}.{suffix}"
                path.write_bytes(content)
                written.append(path)
    except OSError as error:
        raise StoreError(
            f"the charts could not be written: {error.strerror}", file=str(folder), repair="choose another --charts"
        ) from error
    return written


def save_whatif(view: WhatIfView, file: Path) -> Path:
    """Write the outage of a provider as JSON; whole or not at all.

    Raises
    ------
    StoreError
        The disk refuses.
    """
    replace_file(file, (view.model_dump_json(indent=1) + "\n").encode("utf-8"))
    return file


def load_whatif(file: Path) -> WhatIfView:
    """Read the outage of a provider that `save_whatif` wrote.

    Raises
    ------
    StoreError, DataError
        The file cannot be read, or is something else.
    """
    repair = "write one with `hygie portfolio whatif --out`"
    try:
        if file.stat().st_size > _MOST_BYTES:
            raise DataError("this file is too large for an outage", file=str(file), allowed=f"{_MOST_BYTES} bytes")
        return WhatIfView.model_validate_json(file.read_bytes())
    except OSError as error:
        raise StoreError(f"the outage cannot be read: {error.strerror}", file=str(file), repair=repair) from None
    except ValidationError:
        raise DataError("this file is not the outage of a provider", file=str(file), repair=repair) from None
