"""The validation dossier as a document: targets, what was observed beside what the model says, limits."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from hygie.core.evidence import TLP
from hygie.knowledge.markings import strictest_tlp
from hygie.report.blocks import (
    make_cell,
    make_table,
    read_day,
    show_picture,
    tabulate_versions,
    write_bullets,
    write_note,
    write_paragraph,
)
from hygie.report.document import Block, Cell, Cite, Document, KeyFigure, KeyFigures, Section, Strong, Table
from hygie.report.document_words import write_date
from hygie.report.house_terms import explain_terms
from hygie.report.sources import list_sources
from hygie.report.typography import mend_view
from hygie.report.units import show_quantity
from hygie.views.charts_layout import NARROW
from hygie.views.charts_validation import UNITS, draw_targets
from hygie.views.messages import Language, Translate, translator
from hygie.views.numbers import format_count, format_number, format_percent
from hygie.views.validation import TargetView, ValidationView

__all__ = ["build_dossier_report", "mark_dossier"]


def mark_dossier(view: ValidationView) -> TLP:
    """Return the strictest marking of the evidence of its targets, and of what it was computed from."""
    marks = [TLP(item.tlp) for row in view.targets for item in row.evidence]
    return strictest_tlp([*marks, view.tlp]) or TLP.CLEAR


def build_dossier_report(view: ValidationView, *, tlp: TLP, reproduce: str) -> Document:
    """Return the dossier as a document."""
    language = view.language
    _ = translator(language)
    view = mend_view(view, language)
    sections = [
        _tell_targets(view, "fitted", _("Fitted targets"), _),
        _tell_targets(view, "held_back", _("Held back from the fit"), _),
        _tell_targets(view, "reported", _("Shown only"), _),
        _tell_pictures(view, _),
        _tell_fit(view, _),
        Section("limits", _("Limits"), (write_bullets(view.limits),)),
        _tell_versions([(_("Pack {name}", name=name), version) for name, version in view.packs.items()], view, _),
    ]
    return Document(
        id="dossier",
        kind="report",
        language=language,
        title=_("Validation dossier"),
        subtitle=_("The model held against published cases"),
        running=_("Validation dossier"),
        tlp=tlp,
        stated_on=read_day(view.as_of),
        facts=(
            (_("As of"), write_date(view.as_of, language)),
            (
                _("Simulation"),
                _("{draws} draws, seed {seed}", draws=format_count(view.draws, language), seed=view.seed),
            ),
            (_("Version"), f"hygie {view.version}"),
        ),
        summary=tuple(_summarise(view, _)),
        sections=tuple(section for section in sections if section is not None),
        sources=list_sources((item for row in view.targets for item in row.evidence), language),
        glossary=explain_terms(language, ("chsf", "digest", "fte", "posterior", "prior", "seed", "tlp")),
        reproduce=reproduce,
    )


def _summarise(view: ValidationView, _: Translate) -> Iterator[Block]:
    language = view.language
    yield write_paragraph(
        _("The dossier as a whole is met.") if view.passed else _("The dossier as a whole is missed."), lead=True
    )
    fitted = [row for row in view.targets if row.role == "fitted"]
    met = sum(row.verdict == "pass" for row in fitted)
    yield KeyFigures(
        "key_figures",
        (
            KeyFigure(
                "fitted_met",
                _show_count(met, len(fitted), language, _),
                _("fitted targets met"),
                meaning=(_("The model was fitted to them: a miss would be a failure of the fit."),),
                raw=met,
            ),
            KeyFigure(
                "held_back_met",
                _show_count(view.held_back_passed, view.held_back_groups, language, _),
                _("held-back cases met"),
                meaning=(
                    _(
                        "Never shown to the fit; at least {needed} are wanted.",
                        needed=format_count(view.held_back_needed, language),
                    ),
                ),
                raw=view.held_back_passed,
            ),
        ),
    )
    yield write_bullets(view.summary)


def _show_count(met: int, total: int, language: Language, _: Translate) -> str:
    return _("{count} of {total}", count=format_count(met, language), total=format_count(total, language))


def _tell_targets(view: ValidationView, role: str, title: str, _: Translate) -> Section | None:
    rows = [row for row in view.targets if row.role == role]
    if not rows:
        return None
    lead = {
        "fitted": _("The priors were fitted to these observations; they must be met."),
        "held_back": _("These observations were kept from the fit: they test it."),
        "reported": _("Compared for information; nothing is demanded."),
    }[role]
    blocks: list[Block | Section] = [write_paragraph(lead), _tabulate_targets(rows, view.language, role, title, _)]
    blocks += [_tell_target(row, view.language, _) for row in rows]
    return Section(role.replace("_", "-"), title, tuple(blocks))


def _tabulate_targets(rows: Sequence[TargetView], language: Language, role: str, title: str, _: Translate) -> Table:
    verdicts = {"pass": _("met"), "fail": _("missed"), "reported": _("shown")}
    columns = [
        ("target", _("Target")),
        ("observed", _("observed")),
        ("low", _("model, 5 %")),
        ("median", _("median")),
        ("high", _("95 %")),
        ("position", _("place"), "share"),
        ("verdict", _("verdict")),
    ]
    made: list[list[Cell]] = []
    for row in rows:
        unit = row.unit or "1"
        band = [row.quantiles.get(name) for name in ("0.05", "0.5", "0.95")] if not row.observed_counts else [None] * 3
        made.append(
            [
                make_cell(row.name),
                _show_observed(row, language, _),
                *(make_cell("–" if value is None else _show(value, unit, language, _), value) for value in band),
                make_cell(
                    "–" if row.position is None else format_percent(round(row.position, 2), language), row.position
                ),
                make_cell(verdicts[row.verdict]),
            ]
        )
    sentence = _("Place: share of the simulated events at or below what was observed; a half is the middle.")
    return make_table(
        f"targets_{role}", title, columns, made, sentence=sentence, shares=(2.8, 1.3, 1.0, 1.0, 1.0, 0.8, 0.9)
    )


def _show_observed(row: TargetView, language: Language, _: Translate) -> Cell:
    if row.observed_counts:
        return make_cell(" / ".join(format_count(count, language) for count in row.observed_counts))
    if row.observed_low is None:
        return make_cell("–")
    unit = row.unit or "1"
    low = _show(row.observed_low, unit, language, _)
    if row.observed_high is None or row.observed_high == row.observed_low:
        return make_cell(low, row.observed_low)
    return make_cell(_("{low} to {high}", low=low, high=_show(row.observed_high, unit, language, _)), row.observed_low)


def _show(value: float, unit: str, language: Language, _: Translate) -> str:
    if unit == "d":
        return _("{n} days", n=format_number(value, language))
    return show_quantity(value, unit, language)


def _tell_target(row: TargetView, language: Language, _: Translate) -> Section:
    cites = [Cite(item.ref) for item in row.evidence]
    blocks: list[Block] = [write_paragraph(row.sentence, *cites)]
    if row.limits:
        blocks.append(write_note("caution", _("What to be careful about"), [row.limits]))
    if row.drivers:
        lines = [
            f"{driver.description} ({format_number(driver.correlation, language).replace('-', '−')})"
            for driver in row.drivers
        ]
        blocks += [write_paragraph(Strong(_("Moved most by (rank correlation)"))), write_bullets(lines)]
    return Section(f"target-{row.id}", row.name, tuple(blocks))


def _tell_pictures(view: ValidationView, _: Translate) -> Section | None:
    pictures = []
    for unit in UNITS:
        chart = draw_targets(view, unit)
        if chart is not None:
            pictures.append(show_picture(chart, narrow=draw_targets(view, unit, width=NARROW)))
    if not pictures:
        return None
    lead = write_paragraph(
        _(
            "Each band is what the model says of the case; the diamond is what was observed. A diamond far out in many "
            "rows would speak against the model; all of them in the middle would mean bands that are too wide."
        )
    )
    return Section("pictures", _("Observed beside the model"), (lead, *pictures))


def _tell_fit(view: ValidationView, _: Translate) -> Section | None:
    language = view.language
    if not view.fits and not view.parameters:
        return None
    fits = make_table(
        "fits",
        _("The fits"),
        [
            ("fit", _("Fit")),
            ("as_of", _("facts as of")),
            ("draws", _("draws a round")),
            ("rounds", _("rounds")),
            ("size", _("effective size")),
        ],
        [
            (
                make_cell(fit.id),
                make_cell(write_date(fit.as_of, language), fit.as_of),
                make_cell(format_count(fit.draws, language), fit.draws),
                make_cell(format_count(fit.rounds, language), fit.rounds),
                make_cell(format_count(fit.effective_size, language), fit.effective_size),
            )
            for fit in view.fits
        ],
        words=2,
        shares=(1.4, 1.4, 1.0, 1.0, 1.2),
        sentence=_("Effective size: so many independent draws would tell as much as the weighted ones."),
    )
    rows = []
    for item in view.parameters:
        after = item.posterior
        rows.append(
            (
                make_cell(item.description),
                make_cell(_spread(item.prior, item.unit, language)),
                make_cell(
                    _spread(after, item.unit, language)
                    if after
                    else (_("watched: prior kept") if item.watched else _("prior kept"))
                ),
                make_cell(
                    "–" if item.width_ratio is None else format_number(item.width_ratio, language), item.width_ratio
                ),
                make_cell(format_number(item.shift, language).replace("-", "−"), item.shift),
            )
        )
    columns = [
        ("parameter", _("Parameter")),
        ("prior", _("prior, 5–50–95 %")),
        ("posterior", _("after the fit")),
        ("width", _("width")),
        ("shift", _("shift")),
    ]
    parameters = make_table(
        "parameters",
        _("What the fit made of the priors"),
        columns,
        rows,
        shares=(3.0, 1.9, 1.9, 0.7, 0.7),
        words=3,
        sentence=_(
            "Width: range after the fit over the range before. Shift: by how many standard deviations the middle moved."
        ),
    )
    return Section("fit", _("The fit"), (fits, parameters))


def _tell_versions(packs: list[tuple[str, str]], view: ValidationView, _: Translate) -> Section:
    table = tabulate_versions([(_("Version"), f"hygie {view.version}"), *packs], view.language)
    return Section("versions", _("Versions and digests"), (table,))


def _spread(values: Sequence[float], unit: str, language: Language) -> str:
    return " – ".join(show_quantity(value, unit, language) for value in values)
