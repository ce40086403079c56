"""Two saved assessments of one facility: their figures side by side, and their difference split by cause."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Callable, Mapping
from datetime import date
from math import hypot
from pathlib import Path
from typing import Any

from hygie.core.errors import UsageError
from hygie.service.jobs.context import results_folder
from hygie.service.requests import ThreatDiffRequest
from hygie.service.saved_results import read_result_view
from hygie.service.threat_diff import diff_threat
from hygie.service.threat_words import say_loss_change
from hygie.store.result_tables import read_manifest
from hygie.store.saved_result_store import ResultRow, ResultStore
from hygie.store.workspace import Workspace
from hygie.views.compare import ComparedCause, ComparedFigure, ComparedSide, CompareView
from hygie.views.landscape_words import day_label, join_words
from hygie.views.messages import Language, Translate, translator
from hygie.views.numbers import format_count, format_euros
from hygie.views.threat import CauseView, DiffView

__all__ = ["contrast_results", "split_results"]

Progress = Callable[[str, int, int], None]

_LOSS = "aal"
# Figures that are also known by a return period.
_PERIODS = {"var_95": 20, "var_99": 100}
_TWINS = {"var_99": "aep_100"}
# More years than these add little to a split, and each set of causes is simulated.
_MOST_YEARS = 50_000


def contrast_results(workspace: Workspace, before: str, after: str, *, language: Language = "en") -> CompareView:
    """Return two saved assessments side by side; nothing is simulated.

    Raises
    ------
    NotFoundError
        One of them is not there.
    UsageError
        One of them is no assessment, or they are about different facilities.
    """
    _ = translator(language)
    rows = _read_rows(workspace, before, after)
    views = [read_result_view(workspace, row.result_id, language=language) for row in rows]
    sides = [_show_side(row, view) for row, view in zip(rows, views, strict=True)]
    figures = _list_figures(views[0], views[1])
    loss = next((figure for figure in figures if figure.id == _LOSS), None)
    return CompareView(
        language=language,
        facility=str(views[1]["subject"]["id"]),
        before=sides[0],
        after=sides[1],
        figures=figures,
        headline=[_say_change(loss, sides, language, _)] if loss is not None else [],
        causes=[],
        notes=_list_notes(sides, language, _),
    )


def split_results(
    workspace: Workspace,
    before: str,
    after: str,
    *,
    years: int | None = None,
    language: Language = "en",
    threads: int = 2,
    progress: Progress | None = None,
) -> CompareView:
    """Split the change of the average annual loss between two saved assessments by cause.

    Time, knowledge, exposure, controls and parameters are split by simulating both states with this version of hygie,
    its packs, and common random numbers. What the saved figures differ by beyond that is one more cause: the version
    of hygie and of its packs, and the luck of two simulations.

    Parameters
    ----------
    years
        Simulated years of each simulation; those of the later assessment by default, up to 50,000.

    Raises
    ------
    NotFoundError
        One of them is not there.
    UsageError
        One of them is no assessment, they are about different facilities, or the later one comes first.
    """
    _ = translator(language)
    shown = contrast_results(workspace, before, after, language=language)
    rows = _read_rows(workspace, before, after)
    if shown.before.as_of > shown.after.as_of:
        raise UsageError(
            "the first assessment looks from a later day than the second",
            field="before",
            value=shown.before.as_of,
            allowed=f"{shown.after.as_of} or before",
            repair="exchange the two: changes are told forwards",
        )
    with tempfile.TemporaryDirectory(prefix="hygie-compare-") as folder:
        files = []
        for number, row in enumerate(rows):
            manifest = read_manifest(results_folder(workspace, row.result_id), kinds=("assessment",))
            file = Path(folder) / f"{number}.json"
            file.write_text(json.dumps(manifest["facility"], ensure_ascii=False), encoding="utf-8")
            files.append(str(file))
        request = ThreatDiffRequest.model_validate(
            {
                "facility": files[1],
                "before": files[0],
                "from": shown.before.as_of,
                "to": shown.after.as_of,
                "years": years or min(shown.after.years, _MOST_YEARS),
                "draws": shown.after.draws,
                "seed": shown.after.seed,
                "language": language,
            }
        )
        found = diff_threat(request, threads=threads, progress=progress)
    causes = [_show_cause(cause) for cause in found.causes]
    return shown.model_copy(
        update={
            "causes": [*causes, _explain_rest(shown, found, language, _)],
            "notes": [*shown.notes, *found.notes],
        }
    )


def _read_rows(workspace: Workspace, before: str, after: str) -> list[ResultRow]:
    store = ResultStore(workspace)
    rows = [store.get(before), store.get(after)]
    wrong = next((row for row in rows if row.kind != "assessment"), None)
    if wrong is not None:
        raise UsageError(
            "only assessments are compared over time", field="result", value=wrong.kind, allowed="assessment"
        )
    if rows[0].facility_ref != rows[1].facility_ref:
        raise UsageError(
            "these assessments are about different facilities",
            field="after",
            value=rows[1].facility_ref,
            allowed=rows[0].facility_ref,
            repair="choose two results of one facility",
        )
    return rows


def _show_side(row: ResultRow, view: Mapping[str, Any]) -> ComparedSide:
    plan = view["plan"]
    return ComparedSide(
        result_id=row.result_id,
        name=str(view["subject"]["name"]),
        as_of=str(plan["as_of"]),
        facility_revision=row.facility_revision,
        version=str(view["version"]),
        packs=dict(view["packs"]),
        years=int(plan["years"]),
        draws=int(plan["draws"]),
        seed=int(plan["seed"]),
        digest=str(view["digest"]),
    )


def _list_figures(before: Mapping[str, Any], after: Mapping[str, Any]) -> list[ComparedFigure]:
    one, other = before["figures"], after["figures"]
    found = [
        ComparedFigure(
            id=name,
            label=figure["label"],
            unit=figure["unit"],
            before=one[name]["value"],
            before_low=one[name]["low"],
            before_high=one[name]["high"],
            after=figure["value"],
            after_low=figure["low"],
            after_high=figure["high"],
            change=figure["value"] - one[name]["value"],
            noise=hypot(one[name]["mc_error"] or 0.0, figure["mc_error"] or 0.0),
        )
        for name, figure in other.items()
        if name in one and one[name]["value"] is not None and figure["value"] is not None
    ]
    return _order_figures(found)


def _order_figures(figures: list[ComparedFigure]) -> list[ComparedFigure]:
    """Return figures, those of one year in so many together, from common to rare, and none of them twice."""
    ids = {figure.id for figure in figures}
    kept = [figure for figure in figures if _TWINS.get(figure.id) not in ids]
    rare = sorted((figure for figure in kept if _read_period(figure.id)), key=lambda row: _read_period(row.id) or ())
    first = next((index for index, figure in enumerate(kept) if _read_period(figure.id)), len(kept))
    before, after = kept[:first], [figure for figure in kept[first:] if not _read_period(figure.id)]
    return [*before, *rare, *after]


def _read_period(name: str) -> tuple[str, int] | None:
    """Return the basis and the return period of a figure; None for one that has none."""
    if name in _PERIODS:
        return "aep", _PERIODS[name]
    basis, _, period = name.partition("_")
    return (basis, int(period)) if basis in ("aep", "oep") and period.isdigit() else None


def _say_change(loss: ComparedFigure, sides: list[ComparedSide], language: Language, _: Translate) -> str:
    values = {
        "before": format_euros(loss.before, language),
        "after": format_euros(loss.after, language),
        "change": say_loss_change(loss.change, language),
    }
    days = [day_label(date.fromisoformat(side.as_of), language) for side in sides]
    if days[0] == days[1]:
        return _("Average annual loss: {before} before, {after} after ({change}).", **values)
    return _(
        "Average annual loss: {before} on {day_before}, {after} on {day_after} ({change}).",
        **values,
        day_before=days[0],
        day_after=days[1],
    )


def _list_notes(sides: list[ComparedSide], language: Language, _: Translate) -> list[str]:
    one, other = sides
    parts = {
        _("years"): (one.years, other.years),
        _("draws"): (one.draws, other.draws),
        _("seed of chance"): (one.seed, other.seed),
    }
    differing = join_words([name for name, (before, after) in parts.items() if before != after], language)
    if not differing:
        return []
    return [_("The two simulations differ in this: {what}. A part of the difference is noise.", what=differing)]


def _show_cause(cause: CauseView) -> ComparedCause:
    return ComparedCause(
        id=cause.id, label=cause.label, change=cause.changes[_LOSS], noise=cause.loss_noise, sentence=cause.sentence
    )


def _explain_rest(shown: CompareView, found: DiffView, language: Language, _: Translate) -> ComparedCause:
    saved = next(figure for figure in shown.figures if figure.id == _LOSS)
    again = next(figure for figure in found.figures if figure.id == _LOSS)
    rest = saved.change - again.change
    label = _("Version of hygie and of its packs, and luck of the simulations")
    moved = shown.before.version != shown.after.version or shown.before.packs != shown.after.packs
    values = {
        "label": label,
        "change": say_loss_change(rest, language),
        "years": format_count(found.years or 0, language),
    }
    sentence = (
        _("{label}: {change}; packs or version differ between the two results.", **values)
        if moved
        else _("{label}: {change}; both used the same packs and version, the split simulates {years} years.", **values)
    )
    return ComparedCause(id="version", label=label, change=rest, noise=saved.noise, sentence=sentence)
