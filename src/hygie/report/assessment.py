"""The report of one assessment: a page that holds everything, and its charts as files."""

from __future__ import annotations

from base64 import b64encode
from dataclasses import dataclass
from functools import cache
from hashlib import sha256
from importlib.resources import files
from pathlib import Path
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined

from hygie.core.errors import StoreError
from hygie.report import tables
from hygie.report.words import explain_grades, list_terms, write_cautions, write_subject, write_words
from hygie.views.assessment import AssessmentView
from hygie.views.charts import (
    CHART_IDS,
    HALF,
    NARROW,
    add_title,
    chart_csv,
    draw_chart,
    draw_charts,
    render_png,
    render_svg,
)
from hygie.views.charts_layout import clean_label
from hygie.views.fonts import embed_font_faces

__all__ = ["chart_files", "export_charts", "render_assessment_html"]

_HOW_OFTEN = ("p_encryption", "p_major", "p_outage_week", "p_data_stolen", "p_provider_theft")
_HOW_MUCH = ("aal", "aal_own", "aal_insured", "aep_10", "aep_100", "aep_200", "tvar_99", "var_99_own")
_CARE = (
    "bed_days_per_y",
    "bed_days_1_in_100",
    "stays_per_y",
    "operations_per_y",
    "consultations_per_y",
    "visits_diverted_per_y",
    "ambulances_diverted_per_y",
    "transfers_per_y",
    "exposed_bed_days_per_y",
    "neighbour_load_per_y",
    "neighbour_load_1_in_100",
    "overtime_h_per_y",
    "crisis_h_per_y",
)


@dataclass(frozen=True, slots=True)
class Figure:
    """A chart in the page: the picture for wide pages, one for narrow ones if it differs, and its sentence.

    With the style sheet, the pictures are all that the template takes as markup: Vega escapes every text in them.
    """

    title: str
    sentence: str
    wide: str
    narrow: str | None


def render_assessment_html(view: AssessmentView) -> str:
    """Return the report as one page: no script, no request, style and fonts inside; equal views give equal bytes."""
    view = _clean_view(view)
    style = _load_style()
    words = write_words(view)
    context: dict[str, Any] = {
        "view": view,
        "t": words,
        "page_title": f"{words['title']} – {view.subject.name}",
        "policy": _write_policy(style),
        "style": style,
        "subject": write_subject(view),
        "cautions": write_cautions(view),
        "charts": {chart_id: _draw_figure(view, chart_id) for chart_id in CHART_IDS},
        "terms": dict(list_terms(view.language)),
        "grades": explain_grades(view.language),
        **_fill_tables(view),
    }
    return _environment().get_template("assessment.html.j2").render(context)


def _clean_view(view: AssessmentView) -> AssessmentView:
    """Return the view without invisible characters that would reorder the words around them."""

    def clean(value: Any) -> Any:
        if isinstance(value, dict):
            return {clean(key): clean(item) for key, item in value.items()}
        if isinstance(value, list):
            return [clean(item) for item in value]
        return clean_label(value) if isinstance(value, str) else value

    return AssessmentView.model_validate(clean(view.model_dump()))


def _fill_tables(view: AssessmentView) -> dict[str, Any]:
    language, event = view.language, view.bad_event
    return {
        "how_often": tables.show_figures(view, _HOW_OFTEN),
        "how_much": tables.show_figures(view, _HOW_MUCH),
        "care": tables.show_figures(view, _CARE),
        "periods": tables.show_periods(view),
        "by_form": tables.show_parts(view.by_form, language),
        "by_module": tables.show_modules(view.by_module, language),
        "mortality": tables.show_mortality(view),
        "by_class": tables.show_parts(view.by_class, language),
        "by_outcome": tables.show_parts(view.by_outcome, language),
        "by_origin": tables.show_parts(view.by_origin, language),
        "event_facts": tables.show_event_facts(event, language) if event else [],
        "services": tables.show_services(event, language) if event else [],
        "zones": tables.show_zones(event, language) if event else [],
        "levels": tables.show_levels(view),
        "assumptions": tables.show_assumptions(view),
        "evidence": tables.show_evidence(view.evidence, language),
    }


def _draw_figure(view: AssessmentView, chart_id: str) -> Figure | None:
    chart = draw_chart(view, chart_id)
    if chart is None:
        return None
    narrow = None
    if chart.spec["width"] > HALF:
        small = draw_chart(view, chart_id, width=NARROW)
        assert small is not None  # the same view: what is drawn wide is drawn narrow
        narrow = render_svg(small.spec, view.language)
    return Figure(chart.title, chart.sentence, render_svg(chart.spec, view.language), narrow)


@cache
def _environment() -> Environment:
    return Environment(
        loader=PackageLoader("hygie.report", "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )


@cache
def _load_style() -> str:
    rules = (files("hygie.report") / "templates" / "report.css").read_text(encoding="utf-8")
    return f"{embed_font_faces()}\n{rules}"


def _write_policy(style: str) -> str:
    """Return the Content-Security-Policy: nothing but this very style sheet and what is inside the page."""
    digest = b64encode(sha256(style.encode("utf-8")).digest()).decode("ascii")
    return (
        f"default-src 'none'; style-src 'sha256-{digest}'; font-src data:; img-src data:; "
        "base-uri 'none'; form-action 'none'"
    )


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
