"""A priced programme in words and rows: what the command line, the JSON and the page show."""

from __future__ import annotations

import shlex
from collections.abc import Sequence
from math import inf
from pathlib import Path

import hygie
from hygie.core.programmes import ACCRUING_FORMS
from hygie.loss.curves import ExceedanceCurve
from hygie.loss.figures import Figure
from hygie.loss.pricing import TechnicalPremium
from hygie.service.insurance import RETURN_PERIODS, LayerFigures, PricedProgramme
from hygie.service.programme_files import LayerEntry, ProgrammeFile
from hygie.service.words import FORM_LABELS
from hygie.views.assessment import CurveView, FigureView
from hygie.views.messages import Language, Translate, translator
from hygie.views.numbers import format_count, format_euros, format_number, format_percent, natural_frequency
from hygie.views.programme import CoverageRow, LayerRow, PeriodRow, PremiumView, ProgrammeView, TreatyRow

__all__ = ["describe_programme", "say_often", "show_figure"]


def describe_programme(priced: PricedProgramme, *, source: Path, language: Language) -> ProgrammeView:
    """Return the view of a priced programme in a language.

    Parameters
    ----------
    source
        Programme file, for the command that gives the page again.
    """
    _ = translator(language)
    losses, file, programme = priced.losses, priced.file, priced.programme
    covered = {form for coverage in programme.coverages for form in coverage.forms}
    labels = _label_figures(_)
    return ProgrammeView(
        language=language,
        subject=losses.subject,
        name=file.name,
        note=file.note,
        basis=programme.basis,
        years=losses.plan.years,
        draws=losses.plan.draws,
        seed=losses.plan.seed,
        figures={name: show_figure(name, labels[name], figure) for name, figure in priced.figures.items()},
        curves_before=[_show_curve(pair[0]) for pair in priced.curves.values()],
        curves_after=[_show_curve(pair[1]) for pair in priced.curves.values()],
        periods=[
            PeriodRow(
                period_y=period,
                **{
                    f"{basis.lower()}_{side}": show_figure(
                        f"{basis.lower()}_{period}_{side}",
                        _("1 in {count}", count=format_count(period, language)),
                        priced.periods[basis, period][place],
                    )
                    for basis in ("AEP", "OEP")
                    for place, side in enumerate(("before", "after"))
                },
            )
            for period in RETURN_PERIODS
        ],
        event_deductible_eur=programme.deductible_eur,
        coverages=[
            CoverageRow(
                id=entry.id,
                label=entry.name or entry.id,
                forms=[_(FORM_LABELS[form]) for form in entry.forms],
                waiting_h=entry.waiting_hours,
                deductible_eur=entry.deductible,
                sub_limit_eur=entry.sub_limit,
                loss_eur_per_y=whole,
                claim_eur_per_y=claim,
            )
            for entry, (whole, claim) in zip(file.coverages, priced.coverage_loss, strict=True)
        ],
        uncovered=[
            CoverageRow(
                id=form,
                label=_(FORM_LABELS[form]),
                forms=[_(FORM_LABELS[form])],
                waiting_h=0.0,
                deductible_eur=0.0,
                sub_limit_eur=None,
                loss_eur_per_y=loss,
                claim_eur_per_y=0.0,
            )
            for form, loss in priced.form_loss.items()
            if form not in covered and loss > 0.0
        ],
        layers=[_show_layer(item, entry, _) for item, entry in zip(priced.layers, file.tower(), strict=True)],
        treaties=[
            TreatyRow(
                id=entry.id,
                label=entry.name or entry.id,
                kind=entry.kind,
                ceded=show_figure(f"ceded_{entry.id}", entry.name or entry.id, item.ceded),
                attachment=show_figure(f"reached_{entry.id}", _("Chance to pay within a year"), item.attachment),
                share_of_insured=_divide(item.ceded.value, priced.figures["aal_insured"].value) or 0.0,
            )
            for entry, item in zip(file.reinsurance, priced.treaties, strict=True)
        ],
        technical=_show_premium(priced.technical, "technical", _),
        sentences=_write_sentences(priced, language, _),
        cautions=_write_cautions(priced, language, _),
        reproduce=(
            f"hygie insure price {shlex.quote(str(losses.folder))} --programme {shlex.quote(str(source))} "
            f"--lang {language}"
        ),
        result_digest=losses.digest,
        version=hygie.__version__,
    )


def show_figure(name: str, label: str, figure: Figure) -> FigureView:
    """Return a figure as it is shown."""
    return FigureView(
        id=name,
        label=label,
        value=figure.value,
        low=figure.low,
        high=figure.high,
        mc_error=figure.mc_error,
        unit=figure.unit,
    )


def say_often(probability: float, language: str, _: Translate) -> str:
    """Return a yearly probability as a natural frequency."""
    if probability <= 0.0:
        return _("never in the simulated years")
    count, base = natural_frequency(probability)
    words = {"count": format_count(max(count, 1), language), "base": format_count(base, language)}
    if count <= 1:
        return _("about {count} year in {base}", **words)
    return _("about {count} years in {base}", **words)


def _label_figures(_: Translate) -> dict[str, str]:
    before, after = _("before"), _("after")
    labels = {
        "aal_before": _("Average annual loss, before insurance"),
        "aal_insured": _("Paid by insurance per year, on average"),
        "aal_after": _("Average annual loss left after insurance"),
        "aal_complaint": _("Lost per year for want of a complaint in time"),
        "p_payment": _("Probability of a payment within a year"),
    }
    for side, word in (("before", before), ("after", after)):
        labels |= {
            f"var_95_{side}": _("Annual loss exceeded one year in 20, {side} insurance", side=word),
            f"var_99_{side}": _("Annual loss exceeded one year in 100, {side} insurance", side=word),
            f"tvar_95_{side}": _("Average of the worst 5 years in 100, {side} insurance", side=word),
            f"tvar_99_{side}": _("Average of the worst year in 100, {side} insurance", side=word),
        }
    return labels


def _show_curve(curve: ExceedanceCurve) -> CurveView:
    return CurveView(
        basis=curve.basis,
        loss_eur=curve.loss_eur.tolist(),
        probability=curve.probability.tolist(),
        band_low=curve.band_low.tolist(),
        band_high=curve.band_high.tolist(),
        mc_error=curve.mc_error.tolist(),
    )


def _divide(amount: float, by: float | None) -> float | None:
    return amount / by if by else None


def _finite(amount: float) -> float | None:
    return None if amount == inf else amount


def _show_premium(item: TechnicalPremium | None, name: str, _: Translate) -> PremiumView | None:
    if item is None:
        return None
    return PremiumView(
        premium=show_figure(name, _("Technical premium"), item.premium),
        expected=item.expected.value,
        load=item.load,
        expenses=item.expenses,
    )


def _show_layer(item: LayerFigures, entry: LayerEntry, _: Translate) -> LayerRow:
    layer = item.layer
    own_limit = _finite(layer.limit_eur)
    return LayerRow(
        id=layer.id,
        label=entry.name or entry.id,
        attachment_eur=layer.attachment_eur,
        limit_eur=own_limit,
        annual_limit_eur=_finite(layer.annual_limit_eur),
        share=layer.share,
        premium_eur=layer.premium_eur,
        paid=show_figure(f"paid_{layer.id}", _("Paid per year, on average"), item.paid),
        attachment=show_figure(f"reached_{layer.id}", _("Chance to pay within a year"), item.attachment),
        exhaustion=show_figure(f"exhausted_{layer.id}", _("Chance to be used up within a year"), item.exhaustion),
        rate_on_line=_divide(item.paid.value, None if own_limit is None else own_limit * layer.share),
        reinstatement_premium=item.extra,
        pure_premium=item.pure_premium,
        loss_ratio=_divide(item.paid.value, None if layer.premium_eur is None else layer.premium_eur + item.extra),
        technical=_show_premium(item.technical, f"technical_{layer.id}", _),
    )


def _total_premium(priced: PricedProgramme) -> float | None:
    premiums = [item.layer.premium_eur for item in priced.layers]
    if any(premium is None for premium in premiums):
        return None
    return sum(premium or 0.0 for premium in premiums) + sum(item.extra for item in priced.layers)


def _write_sentences(priced: PricedProgramme, language: str, _: Translate) -> list[str]:
    figures = priced.figures

    def euros(value: float) -> str:
        return format_euros(value, language)

    before, paid, after = (figures[name].value for name in ("aal_before", "aal_insured", "aal_after"))
    lines = [
        _(
            "On average the programme would pay {paid} a year, {share} of the loss; {after} a year would stay.",
            paid=euros(paid),
            share=format_percent(paid / before if before else 0.0, language),
            after=euros(after),
        ),
        _(
            "One year in 100 would cost more than {before} without it, and more than {after} with it.",
            before=euros(figures["var_99_before"].value),
            after=euros(figures["var_99_after"].value),
        ),
        _("It would pay something in {often}.", often=say_often(figures["p_payment"].value, language, _)),
    ]
    premium = _total_premium(priced)
    if premium:
        lines.append(
            _(
                "Premiums of {premium} a year, reinstatements included: {ratio} of them would come back as payments, "
                "likely between {low} and {high}.",
                premium=euros(premium),
                ratio=format_percent(paid / premium, language),
                low=format_percent(figures["aal_insured"].low / premium, language),
                high=format_percent(figures["aal_insured"].high / premium, language),
            )
        )
    if priced.technical is not None:
        premium_figure = priced.technical.premium
        lines.append(
            _(
                "Its technical premium would be {premium} a year, likely between {low} and {high}: expected payments "
                "{expected}, load {load}, expenses {expenses}.",
                premium=euros(premium_figure.value),
                low=euros(premium_figure.low),
                high=euros(premium_figure.high),
                expected=euros(priced.technical.expected.value),
                load=euros(priced.technical.load),
                expenses=euros(priced.technical.expenses),
            )
        )
    for item, entry in zip(priced.layers, priced.file.tower(), strict=True):
        if item.exhaustion.value > 0.0:
            lines.append(
                _(
                    "“{layer}” would be used up in {often}.",
                    layer=entry.name or entry.id,
                    often=say_often(item.exhaustion.value, language, _),
                )
            )
    if "aal_complaint" in figures:
        lines.append(
            _(
                "Complaints that come too late would cost {loss} a year: article L.12-10-1 of the Code des assurances.",
                loss=euros(figures["aal_complaint"].value),
            )
        )
    return lines


def _write_cautions(priced: PricedProgramme, language: str, _: Translate) -> list[str]:
    file = priced.file
    lines = [_("All terms apply to each simulated event; an annual limit belongs to one simulated year.")]
    if any(item.waiting_hours and set(item.forms) & set(ACCRUING_FORMS) for item in file.coverages):
        lines.append(
            _(
                "Waiting period: lost activity is taken to accrue evenly over the outage of the event, so that the "
                "part before the end of the waiting period is not paid."
            )
        )
    if any(item.waiting_hours and "reputation" in item.forms for item in file.coverages):
        lines.append(
            _("Slow return of activity has no waiting period: it begins once systems are back, and is paid whole.")
        )
    if file.complaint is not None and file.complaint.method == "assumed":
        lines.append(
            _(
                "Assumed: {share} of complaints are filed within 72 hours.",
                share=format_percent(file.complaint.filed, language),
            )
        )
    if file.pricing is not None and file.pricing.method == "assumed":
        rate = format_number(file.pricing.rate, language)
        lines.append(_("Assumed: the load ({rate}) and the expenses of the technical premium.", rate=rate))
    for lower, upper in _find_gaps(file):
        lines.append(
            _(
                "No layer pays between {low} and {high} of an event.",
                low=format_euros(lower, language),
                high=format_euros(upper, language),
            )
        )
    if priced.figures["tvar_99_after"].value > 0.5 * priced.figures["tvar_99_before"].value:
        lines.append(
            _(
                "The worst year in 100 would still cost {after} on average: limits, exclusions and late complaints "
                "leave the largest events to the organisation.",
                after=format_euros(priced.figures["tvar_99_after"].value, language),
            )
        )
    return lines


def _find_gaps(file: ProgrammeFile) -> Sequence[tuple[float, float]]:
    top, gaps = 0.0, []
    for layer in file.tower():
        if layer.attachment > top:
            gaps.append((top, layer.attachment))
        top = max(top, inf if layer.limit is None else layer.attachment + layer.limit)
    return gaps
