"""Figures of a run of typed scenarios: metrics, curves, parts, the shortcut beside them, checks."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np
from numpy.typing import NDArray

from hygie.core.ids import derive_entity
from hygie.core.typed_model import FORM_NAMES, TypedModel, TypedResult, average_table, draw_from_table
from hygie.loss.checks import check_expectation, check_tail_years
from hygie.loss.curves import build_exceedance_curve, loss_at_return_period
from hygie.loss.figures import Figure
from hygie.loss.metrics import estimate_aal, estimate_tail_value_at_risk, estimate_value_at_risk
from hygie.loss.tables import YearLossTable
from hygie.scenario.typed.register import Register
from hygie.views.assessment import CheckView, CurveView, FigureView
from hygie.views.fair import FairCurves, FormRow, OptionRow, RangeRow, ScenarioRow, ShortcutView
from hygie.views.messages import Translate
from hygie.views.numbers import format_euros, format_number, format_percent

__all__ = [
    "TYPED_FORM_LABELS",
    "Shortcut",
    "check_typed",
    "compare_shortcut",
    "derive_typed_figures",
    "list_forms",
    "list_scenarios",
    "price_option",
    "show_typed_curves",
    "write_typed_headline",
]

FloatArray = NDArray[np.float64]

MAX_ASSUMED_SHARE = 0.5
MAX_AGE_DAYS = 365

TYPED_FORM_LABELS = {
    "unsplit": "Not split",
    "productivity": "Productivity",
    "response": "Response",
    "replacement": "Replacement",
    "competitive_advantage": "Competitive advantage",
    "fines_judgements": "Fines and judgements",
    "reputation": "Reputation",
}


@dataclass(frozen=True, slots=True)
class Shortcut:
    """Frequency × one magnitude beside the compound loss, in all and the 99 % quantile of each scenario."""

    view: ShortcutView
    by_scenario: FloatArray


def build_table(result: TypedResult, total: FloatArray, largest: FloatArray) -> YearLossTable:
    """Return the year loss table of annual figures that hold a value for every year."""
    year = np.flatnonzero(total > 0.0)
    return YearLossTable(
        years_per_draw=result.plan.years_per_draw(),
        year=year,
        annual_sum=total[year],
        annual_max=np.minimum(largest[year], total[year]),
    )


def derive_typed_figures(result: TypedResult, _: Translate) -> dict[str, FigureView]:
    """Return the figures of a run, before terms (gross), after them (insured), and what is left (retained)."""
    gross = build_table(result, result.gross_sum_eur, result.gross_max_eur)
    left = result.gross_sum_eur - result.paid_sum_eur
    retained = build_table(result, left, left)
    insured = build_table(result, result.paid_sum_eur, result.paid_max_eur)
    found: dict[str, tuple[str, Figure]] = {
        "aal": (_("Average annual loss"), estimate_aal(gross)),
        "var_95": (_("Annual loss exceeded one year in 20"), estimate_value_at_risk(gross, 0.95)),
        "var_99": (_("Annual loss exceeded one year in 100"), estimate_value_at_risk(gross, 0.99)),
        "tvar_95": (_("Average of the worst 5 years in 100"), estimate_tail_value_at_risk(gross, 0.95)),
        "tvar_99": (_("Average of the worst year in 100"), estimate_tail_value_at_risk(gross, 0.99)),
    }
    for period in (10, 100, 200):
        text = _("Largest event exceeded one year in {period}", period=period)
        found[f"oep_{period}"] = (text, loss_at_return_period(gross, float(period), basis="OEP"))
        text = _("Annual loss exceeded one year in {period}", period=period)
        found[f"aep_{period}"] = (text, loss_at_return_period(gross, float(period), basis="AEP"))
    if result.paid_sum_eur.any():
        found["aal_insured"] = (_("Average paid by insurance in a year"), estimate_aal(insured))
        found["aal_retained"] = (_("Average left after insurance in a year"), estimate_aal(retained))
        found["var_99_retained"] = (
            _("Loss left after insurance, exceeded one year in 100"),
            estimate_value_at_risk(retained, 0.99),
        )
    return {
        name: FigureView(
            id=name,
            label=label,
            value=figure.value,
            low=figure.low,
            high=figure.high,
            mc_error=figure.mc_error,
            unit=figure.unit,
        )
        for name, (label, figure) in found.items()
    }


def show_typed_curves(result: TypedResult) -> FairCurves:
    """Return OEP and AEP before terms, and of what the terms pay where they pay anything."""

    def show(total: FloatArray, largest: FloatArray) -> list[CurveView]:
        table = build_table(result, total, largest)
        return [
            CurveView(
                basis=curve.basis,
                loss_eur=curve.loss_eur.tolist(),
                probability=curve.probability.tolist(),
                band_low=curve.band_low.tolist(),
                band_high=curve.band_high.tolist(),
                mc_error=curve.mc_error.tolist(),
            )
            for curve in (build_exceedance_curve(table, basis="OEP"), build_exceedance_curve(table, basis="AEP"))
        ]

    insured = show(result.paid_sum_eur, result.paid_max_eur) if result.paid_sum_eur.any() else []
    return FairCurves(gross=show(result.gross_sum_eur, result.gross_max_eur), insured=insured)


def list_scenarios(result: TypedResult, *, names: Mapping[str, str], shortcut: FloatArray) -> list[ScenarioRow]:
    """Return one row per scenario, dearest first."""
    years = result.plan.years
    total = float(result.gross_sum_eur.sum()) or 1.0
    worst = np.argsort(result.gross_sum_eur, kind="stable")[-max(1, years // 100) :]
    tail = float(result.gross_sum_eur[worst].sum()) or 1.0
    rows = []
    for index, name in enumerate(result.names):
        gross = result.scenario_gross_eur[index]
        losses = int(result.losses[index])
        attempts = int(result.attempts[index])
        rows.append(
            ScenarioRow(
                id=name,
                name=names[name],
                attempts_per_y=attempts / years,
                loss_share=losses / attempts if attempts else 0.0,
                losses_per_y=losses / years,
                mean_event_eur=float(gross.sum()) / losses if losses else 0.0,
                aal_eur=float(gross.mean()),
                aal_mc_error=float(gross.std(ddof=1)) / float(np.sqrt(years)),
                aal_insured_eur=float(result.scenario_paid_eur[index].mean()),
                share=float(gross.sum()) / total,
                tail_share=float(gross[worst].sum()) / tail,
                shortcut_p99_eur=float(shortcut[index]),
                p99_eur=float(np.quantile(gross, 0.99, method="inverted_cdf")),
            )
        )
    return sorted(rows, key=lambda row: -row.aal_eur)


def list_forms(result: TypedResult, _: Translate) -> list[FormRow]:
    """Return the average annual loss by form; nothing when single events were not kept."""
    if not result.events:
        return []
    total = float(np.asarray(result.events["gross_eur"]).sum()) or 1.0
    rows = []
    for name in FORM_NAMES:
        amount = float(np.asarray(result.events[f"loss_{name}_eur"]).sum())
        if amount > 0.0:
            label = _(TYPED_FORM_LABELS[name])
            rows.append(FormRow(id=name, label=label, aal_eur=amount / result.plan.years, share=amount / total))
    return rows


def price_option(option: str, name: str, cost: float | None, *, base: TypedResult, changed: FloatArray) -> OptionRow:
    """Return what a control saves, year by year on the same random numbers."""
    saved = base.gross_sum_eur - changed
    edges = np.concatenate(([0], np.cumsum(base.plan.years_per_draw())))[:-1]
    per_draw = np.add.reduceat(saved, edges) / base.plan.years_per_draw()
    worst = max(1, base.plan.years // 100)
    tail = np.sort(base.gross_sum_eur)[-worst:].mean() - np.sort(changed)[-worst:].mean()
    return OptionRow(
        id=option,
        name=name,
        aal_saved_eur=float(saved.mean()),
        aal_saved_mc_error=float(saved.std(ddof=1)) / float(np.sqrt(saved.size)),
        tvar_99_saved_eur=float(tail),
        cost_per_y=cost,
        p_worth_it=None if cost is None else float((per_draw > cost).mean()),
    )


def compare_shortcut(model: TypedModel, result: TypedResult, *, language: str, _: Translate) -> Shortcut:
    """Return frequency × one magnitude, simulated with the same beliefs, beside the compound loss.

    Each year: rate × probability that an attempt becomes a loss × one loss event. Its mean is right; its shape is not.
    """
    arrays = {name: np.asarray(array) for name, array in model.arrays.items()}
    years = result.plan.years_per_draw()
    draw = np.repeat(np.arange(result.plan.draws), years)
    per_attempt = result.losses / np.maximum(result.attempts, 1)
    total = np.zeros(result.plan.years)
    quantiles = np.zeros(len(model.names))
    for index, name in enumerate(model.names):
        seed = np.random.SeedSequence([result.plan.seed, derive_entity("fair-shortcut", name)])
        generator = np.random.Generator(np.random.Philox(seed))
        event = np.zeros(result.plan.years)
        follows = generator.random(result.plan.years) < arrays["secondary_share"][draw, index]
        for form in range(int(arrays["form_ptr"][index]), int(arrays["form_ptr"][index + 1])):
            words = generator.integers(0, 1 << 32, result.plan.years, dtype=np.uint32)
            amount = draw_from_table(arrays["tables"][arrays["form_table"][form]], words)
            amount = amount * arrays["form_factor"][draw, form]
            event += np.where(follows, amount, 0.0) if arrays["form_secondary"][form] else amount
        event = np.minimum(event, arrays["loss_cap_eur"][index])
        annual = arrays["rate_per_y"][draw, index] * per_attempt[index] * event
        quantiles[index] = np.quantile(annual, 0.99, method="inverted_cdf")
        total += annual
    short = [float(np.quantile(total, level, method="inverted_cdf")) for level in (0.95, 0.99)]
    true = [float(np.quantile(result.gross_sum_eur, level, method="inverted_cdf")) for level in (0.95, 0.99)]
    sentence = _(
        "Frequency times one magnitude, as many tools compute it, would say {short} where one year in 100 exceeds "
        "{true}.",
        short=format_euros(short[1], language),
        true=format_euros(true[1], language),
    )
    return Shortcut(
        ShortcutView(
            sentence=sentence,
            mean_eur=float(total.mean()),
            p95_eur=short[0],
            p99_eur=short[1],
            compound_p95_eur=true[0],
            compound_p99_eur=true[1],
        ),
        quantiles,
    )


def check_typed(
    register: Register,
    model: TypedModel,
    result: TypedResult,
    ranges: Sequence[RangeRow],
    *,
    as_of: date,
    language: str,
    _: Translate,
) -> list[CheckView]:
    """Return the checks of a run: closed form, years behind the tail, assumptions, age, caps."""
    gross = build_table(result, result.gross_sum_eur, result.gross_max_eur)
    checks = []
    expected = expect_uncapped_mean(model, result)
    if expected is not None:
        found = check_expectation(estimate_aal(gross), expected=expected, name="mean")
        text = _(
            "The mean is {value} standard errors from rate × mean event.", value=format_number(found.value, language)
        )
        checks.append(CheckView(id="mean", ok=found.ok, value=found.value, threshold=found.threshold, sentence=text))
    tail = check_tail_years(gross, return_period_y=200.0, basis="AEP")
    text = _("{count} simulated years lie beyond one year in 200.", count=int(tail.value))
    checks.append(CheckView(id="tail", ok=tail.ok, value=tail.value, threshold=tail.threshold, sentence=text))
    assumed = sum(row.method == "assumed" for row in ranges) / len(ranges)
    text = _("{share} of the ranges are assumed.", share=format_percent(assumed, language))
    checks.append(
        CheckView(
            id="assumed", ok=assumed <= MAX_ASSUMED_SHARE, value=assumed, threshold=MAX_ASSUMED_SHARE, sentence=text
        )
    )
    days = [
        (as_of - date.fromisoformat(scenario.last_checked_on)).days
        for scenario in register.scenarios
        if scenario.last_checked_on
    ]
    undated = sum(scenario.last_checked_on is None for scenario in register.scenarios)
    oldest = max(days, default=0)
    text = _("The oldest scenario was checked {days} days ago; {undated} have no date.", days=oldest, undated=undated)
    ok = oldest <= MAX_AGE_DAYS and undated == 0
    checks.append(CheckView(id="age", ok=ok, value=float(oldest), threshold=float(MAX_AGE_DAYS), sentence=text))
    uncapped = int(np.isinf(np.asarray(model.arrays["loss_cap_eur"])).sum())
    text = _("{count} scenarios have no cap on what one event can cost.", count=uncapped)
    checks.append(CheckView(id="caps", ok=uncapped == 0, value=float(uncapped), threshold=0.0, sentence=text))
    return checks


def expect_uncapped_mean(model: TypedModel, result: TypedResult) -> float | None:
    """Return Σ events × mean event, given the simulated numbers of events per year; None where caps bind.

    Numbers of events are checked against their own closed form in the tests; here the severity is.
    """
    arrays = {name: np.asarray(array) for name, array in model.arrays.items()}
    caps = arrays["loss_cap_eur"]
    if result.gross_max_eur.size and float(result.gross_max_eur.max()) >= float(caps.min()) * (1.0 - 1e-12):
        return None
    total = 0.0
    years = result.plan.years_per_draw()
    weights = years / years.sum()
    for index in range(len(model.names)):
        mean = np.zeros(result.plan.draws)
        for form in range(int(arrays["form_ptr"][index]), int(arrays["form_ptr"][index + 1])):
            amount = average_table(arrays["tables"][arrays["form_table"][form]]) * arrays["form_factor"][:, form]
            mean += amount * (arrays["secondary_share"][:, index] if arrays["form_secondary"][form] else 1.0)
        total += float(weights @ mean) * result.losses[index] / result.plan.years
    return total


def write_typed_headline(figures: Mapping[str, FigureView], *, language: str, _: Translate) -> list[str]:
    """Return what the figures say, in sentences."""

    def span(name: str) -> dict[str, str]:
        figure = figures[name]
        words = {"value": figure.value, "low": figure.low, "high": figure.high}
        return {key: format_euros(amount, language) for key, amount in words.items()}

    lines = [
        _(
            "Averaged over good and bad years, these scenarios cost {value} a year (likely between {low} and {high}).",
            **span("aal"),
        ),
        _("One year in 100 costs more than {value} (likely between {low} and {high}).", **span("aep_100")),
    ]
    if "aal_retained" in figures:
        lines.append(
            _(
                "The cover pays {paid} of it a year on average and leaves {value}.",
                paid=format_euros(figures["aal_insured"].value, language),
                value=format_euros(figures["aal_retained"].value, language),
            )
        )
    return lines
