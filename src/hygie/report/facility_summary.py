"""The first page of the report of a facility."""

from __future__ import annotations

from collections.abc import Iterator

from hygie.report.blocks import make_key_figure, write_note, write_paragraph
from hygie.report.document import Beside, Block, KeyFigure, KeyFigures, Picture
from hygie.report.facility_charts import show_chart
from hygie.report.facility_words import write_cautions
from hygie.views.assessment import AssessmentView
from hygie.views.messages import Translate, translator

__all__ = ["summarise_facility"]


def summarise_facility(view: AssessmentView) -> Iterator[Block]:
    """Yield the summary: the headline beside its dots, key figures, and what to know before reading."""
    _ = translator(view.language)
    dots = show_chart(view, "likelihood")
    first, *others = view.headline
    said: tuple[Block, ...] = (write_paragraph(first, lead=True), *(write_paragraph(text) for text in others))
    if isinstance(dots, Picture):
        yield Beside(said, (dots,), share=0.6)
    else:
        yield from said
        yield write_paragraph(_("No major encryption was simulated: it is too rare for a picture."))
    yield _choose_key_figures(view, _)
    yield write_note("caution", _("Before you read"), write_cautions(view))


def _choose_key_figures(view: AssessmentView, _: Translate) -> KeyFigures:
    language, figures = view.language, view.figures
    items: list[KeyFigure] = [
        make_key_figure(
            figures["p_major"],
            language,
            label=_("facilities like this one have a major encryption within a year"),
            meaning=_("Several servers or everything: not a forecast of this facility’s own luck."),
        ),
        make_key_figure(
            figures["aal"],
            language,
            label=_("cost of an average year"),
            meaning=_("Good and bad years together; most years cost far less."),
        ),
    ]
    if "aep_100" in figures:
        items.append(
            make_key_figure(
                figures["aep_100"],
                language,
                label=_("exceeded by the cost of one year in 100"),
                meaning=_("A bad year, not the worst one possible."),
            )
        )
    if "bed_days_1_in_100" in figures:
        items.append(
            make_key_figure(
                figures["bed_days_1_in_100"],
                language,
                label=_("bed-days of care lost, exceeded one year in 100"),
                meaning=_("Counted, never turned into money."),
            )
        )
    return KeyFigures("key_figures", tuple(items))
