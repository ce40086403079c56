"""The charts of an assessment as files."""

from __future__ import annotations

from pathlib import Path

from hygie.core.errors import StoreError
from hygie.views.assessment import AssessmentView
from hygie.views.charts import add_title, chart_csv, draw_charts, render_png, render_svg

__all__ = ["chart_files", "export_charts"]


def chart_files(view: AssessmentView) -> dict[str, bytes]:
    """Return each chart that has something to show as SVG, PNG and CSV, by file name.

    The CSV starts with a byte-order mark, without which spreadsheets misread accents.
    """
    made: dict[str, bytes] = {}
    for chart_id, chart in draw_charts(view).items():
        spec = add_title(chart)
        made[f"{chart_id}.svg"] = render_svg(spec, view.language).encode("utf-8")
        made[f"{chart_id}.png"] = render_png(spec, view.language)
        made[f"{chart_id}.csv"] = chart_csv(view, chart_id).encode("utf-8-sig")
    return made


def export_charts(view: AssessmentView, folder: Path) -> list[Path]:
    """Write every chart as SVG, PNG and CSV into a folder, made if need be; files of the same name are replaced.

    Raises
    ------
    StoreError
        The folder cannot be written.
    """
    paths = []
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for name, data in chart_files(view).items():
            path = folder / name
            path.write_bytes(data)
            paths.append(path)
    except OSError as error:
        raise StoreError(
            "the charts could not be written",
            file=str(folder),
            value=error.strerror or str(error),
            repair="choose a folder that you may write to, with some space left",
        ) from error
    return paths
