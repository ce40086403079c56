"""Mixes of controls and insurance: what a year costs in all with each."""

from __future__ import annotations

from math import ceil, floor

from hygie.views.charts_data import Rows
from hygie.views.charts_layout import (
    BLUE,
    BROWN,
    MIDDLE,
    Chart,
    Spec,
    break_label,
    finish_chart,
    label_axis,
    label_expression,
    next_step,
)
from hygie.views.decide_mix import MixDecisionView, MixView
from hygie.views.messages import Translate, translator
from hygie.views.numbers import format_euros, format_percent

__all__ = ["PLAIN", "draw_mix", "euro_scale", "list_new_mixes", "name_mix", "tabulate_mix"]

PLAIN = {"domain": False, "ticks": False, "labelPadding": 6}


def euro_scale(low: float, high: float, language: str, title: str) -> Spec:
    """Return scale and axis of a linear axis in euros, with about five labels."""
    step = next_step(max(high - low, 1.0) / 6.0)
    first, last = floor(low / step), ceil(high / step)
    ticks = {index * step: format_euros(index * step, language) for index in range(first, last + 1)}
    axis = {**PLAIN, "values": list(ticks), "labelExpr": label_expression(ticks), "title": title, "grid": True}
    return {
        "type": "quantitative",
        "scale": {"domain": [first * step, last * step], "nice": False, "zero": False},
        "axis": axis,
    }


def name_mix(mix: MixView, _: Translate) -> str:
    """Return a mix in a few words: the programme, and the controls that go with it."""
    programme = mix.programme or _("no insurance")
    return f"{programme} · {', '.join(mix.names) or _('no new control')}"


def _mix_parts(mix: MixView, alpha: float, _: Translate) -> list[tuple[str, float]]:
    return [
        (_("controls"), mix.control_eur),
        (_("premium"), mix.premium_eur),
        (_("loss that stays"), mix.retained_eur.value),
        (_("price of its worst years"), alpha * mix.tail_eur.value),
    ]


def list_new_mixes(view: MixDecisionView) -> list[MixView]:
    """Return the best mix with each programme, without the one that is what is there today."""
    return [mix for mix in view.per_programme if mix.programme is not None or mix.controls]


def _list_mixes(view: MixDecisionView, _: Translate) -> list[tuple[str, MixView]]:
    return [(_("today"), view.today), *((name_mix(mix, _), mix) for mix in list_new_mixes(view))]


def draw_mix(view: MixDecisionView, *, width: int) -> Chart | None:
    """Return what a year costs in all with the best mix of each programme, part by part."""
    _ = translator(view.language)
    mixes = _list_mixes(view, _)
    labels = [break_label(text, width / 2.6, size=13.0) for text, _mix in mixes]
    kinds = [name for name, _value in _mix_parts(view.today, view.alpha, _)]
    values = [
        {"label": label, "part": name, "value": value, "order": place}
        for label, (_text, mix) in zip(labels, mixes, strict=True)
        for place, (name, value) in enumerate(_mix_parts(mix, view.alpha, _))
    ]
    top = max(mix.objective_eur for _text, mix in mixes)
    return finish_chart(
        "mix",
        _("What a year costs in all"),
        _(
            "Controls and premium are sure; the loss that stays is an average; its worst years are counted at "
            "{alpha} of their mean. Least: {name}, {cost} a year.",
            alpha=format_percent(view.alpha, view.language),
            name=name_mix(view.best, _),
            cost=format_euros(view.best.objective_eur, view.language),
        ),
        width=width,
        height=sum(24 + 18 * len(label.split("\n")) for label in labels),
        autosize={"type": "fit-x", "contains": "padding"},
        data={"values": values},
        mark={"type": "bar", "height": {"band": 0.6}},
        encoding={
            "y": {
                "field": "label",
                "type": "nominal",
                "sort": labels,
                "axis": label_axis(),
            },
            "x": {**euro_scale(0.0, top, view.language, _("Euros of 2024 in a year")), "field": "value"},
            "order": {"field": "order", "type": "quantitative"},
            "color": {
                "field": "part",
                "type": "nominal",
                "scale": {"domain": kinds, "range": [BLUE, MIDDLE, BROWN, "#e6c9a3"]},
                "legend": {"title": None, "orient": "top", "labelLimit": 0, "columns": 1 if width < 500 else 4},
            },
        },
    )


def tabulate_mix(view: MixDecisionView) -> Rows:
    """Return the mixes as rows."""
    _ = translator(view.language)
    kinds = [name for name, _value in _mix_parts(view.today, view.alpha, _)]
    return [_("Mix"), *kinds, _("with the tail"), _("feasible")], [
        [
            text,
            *(value for _name, value in _mix_parts(mix, view.alpha, _)),
            mix.objective_eur,
            _("yes") if mix.feasible else _("no"),
        ]
        for text, mix in _list_mixes(view, _)
    ]
