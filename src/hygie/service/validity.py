"""Checks that every result carries, each with one sentence."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

import numpy as np

from hygie.core.estimate import Estimate, Method
from hygie.core.waists import CompiledModel, YearEventLossTable
from hygie.knowledge.packs import Catalogue
from hygie.loss.checks import check_tail_years
from hygie.loss.fft import CompoundPart, compute_compound_distribution, discretise_sample
from hygie.service.figures import LossFigures
from hygie.simulation.runners import count_population_outcomes
from hygie.threat.actors import start_of
from hygie.views.assessment import CheckView
from hygie.views.messages import Translate
from hygie.views.numbers import format_count, format_euros, format_number, format_percent

__all__ = [
    "check_result",
    "compare_with_fft",
    "compare_with_rates",
    "expected_provider_events",
    "state_validity",
]

_MAX_Z = 4.0
_OWN = 0
_FROM_PROVIDER = 2
_FFT_POINTS = 1 << 14


def expected_provider_events(model: CompiledModel, years: Sequence[int]) -> float:
    """Return the closed-form number of provider events that reach assessed organisations: Σ years · rate · hit."""
    rate = np.asarray(model.arrays["provider_rate_per_y"], dtype=np.float64)
    hit = np.asarray(model.arrays["client_hit"], dtype=np.float64)
    provider = np.asarray(model.arrays["client_provider"], dtype=np.int64)
    assessed = np.asarray(model.arrays["node_is_assessed"], dtype=np.float64)[
        np.asarray(model.arrays["client_node"], dtype=np.int64)
    ]
    per_year = (rate[:, provider] * hit * assessed).sum(axis=1)
    return float(np.asarray(years, dtype=np.float64) @ per_year)


def compare_with_rates(model: CompiledModel, yelt: YearEventLossTable, *, attempts: int = 400) -> tuple[float, float]:
    """Return the average annual loss by Σ λ E[X], and by how many standard errors event numbers depart from Σ λ.

    Attempts against the assessed organisation come at rate λ in each draw; the share that gets in is counted on
    attempts of another seed. Provider events have a closed form. Mean losses per event are those of the table, and what
    comes from neighbours and campaigns is taken as simulated.
    """
    years = np.asarray(yelt.plan.years_per_draw(), dtype=np.float64)
    origin = np.asarray(yelt.columns["origin"], dtype=np.int64)
    loss = np.asarray(yelt.columns["loss_eur"], dtype=np.float64)
    assessed = np.asarray(model.arrays["node_is_assessed"], dtype=np.float64)
    rate = np.asarray(model.arrays["node_rate_per_y"], dtype=np.float64)[:, assessed > 0, :].sum(axis=1)
    weights = np.tile(assessed / assessed.sum(), (model.draws, 1))
    counts = count_population_outcomes(model, weights, seed=yelt.plan.seed + 1, attempts=attempts)
    share = 1.0 - counts[:, :, 0] / float(attempts)
    own = float((years[:, None] * rate * share).sum())
    spread = float((years[:, None] ** 2 * rate**2 * share * (1.0 - share)).sum()) / attempts
    shared = expected_provider_events(model, list(map(int, yelt.plan.years_per_draw())))
    seen = [int((origin == _OWN).sum()), int((origin == _FROM_PROVIDER).sum())]
    z = (sum(seen) - own - shared) / float(np.sqrt(max(own + shared + spread, 1.0)))
    total = float(loss[(origin != _OWN) & (origin != _FROM_PROVIDER)].sum())
    for expected, code, number in ((own, _OWN, seen[0]), (shared, _FROM_PROVIDER, seen[1])):
        total += expected * float(loss[origin == code].sum()) / max(number, 1)
    return total / yelt.plan.years, z


def compare_with_fft(yelt: YearEventLossTable, *, draws: int = 24) -> float:
    """Return by how many standard errors the annual losses depart from a compound of independent events.

    In each of some draws, the events of that draw are added up by FFT at their mean number per year, and P(annual sum >
    x) is compared with the simulated share, x being a loss exceeded about one year in 50. Zero without enough events.
    """
    years = yelt.plan.years_per_draw()
    starts = np.concatenate(([0], np.cumsum(years)))
    year = np.asarray(yelt.columns["year"], dtype=np.int64)
    loss = np.asarray(yelt.columns["loss_eur"], dtype=np.float64)
    sums = np.bincount(year, weights=loss, minlength=yelt.plan.years)
    threshold = float(np.quantile(sums, 0.98))
    if threshold <= 0.0:
        return 0.0
    difference, variance = 0.0, 0.0
    for draw in np.unique(np.linspace(0, yelt.plan.draws - 1, min(draws, yelt.plan.draws)).astype(int)):
        chosen = loss[(year >= starts[draw]) & (year < starts[draw + 1])]
        if chosen.size == 0:
            continue
        # Losses far above the threshold exceed it whatever their size: capping them keeps the grid short.
        capped = np.minimum(chosen, 4.0 * threshold)
        step = 64.0 * threshold / (_FFT_POINTS - 1)
        part = CompoundPart(
            severity=discretise_sample(capped, step_eur=step, points=_FFT_POINTS),
            rate_per_y=chosen.size / float(years[draw]),
        )
        expected = float(compute_compound_distribution([part], step_eur=step).exceed([threshold])[0])
        seen = float((sums[starts[draw] : starts[draw + 1]] > threshold).sum())
        difference += seen - expected * float(years[draw])
        variance += float(years[draw]) * expected * (1.0 - expected)
    return difference / float(np.sqrt(variance)) if variance > 0.0 else 0.0


def check_result(
    figures: LossFigures,
    *,
    annual: float,
    rates: tuple[float, float],
    estimates: Sequence[Estimate],
    catalogue: Catalogue,
    as_of: date,
    language: str,
    _: Translate,
) -> list[CheckView]:
    """Return the validity checks of a result; `annual` and `rates` come from the two comparisons above."""
    checks: list[CheckView] = []
    expected, z = rates
    checks.append(
        CheckView(
            id="aal_matches_rates",
            ok=bool(abs(z) < _MAX_Z),
            value=z,
            threshold=_MAX_Z,
            sentence=_(
                "The average annual loss, {aal}, agrees with rates times mean losses, {expected} (event numbers: {z} "
                "standard errors).",
                aal=format_euros(figures.figures["aal"].value, language, digits=3),
                expected=format_euros(expected, language, digits=3),
                z=format_number(abs(z), language, digits=2),
            )
            if abs(z) < _MAX_Z
            else _(
                "The average annual loss, {aal}, departs from rates times mean losses, {expected} (event numbers: {z} "
                "standard errors).",
                aal=format_euros(figures.figures["aal"].value, language, digits=3),
                expected=format_euros(expected, language, digits=3),
                z=format_number(abs(z), language, digits=2),
            ),
        )
    )
    checks.append(
        CheckView(
            id="annual_distribution_matches_fft",
            ok=bool(abs(annual) < _MAX_Z),
            value=annual,
            threshold=_MAX_Z,
            sentence=_(
                "Annual losses agree with the exact sum of independent events, computed by FFT ({z} standard errors).",
                z=format_number(abs(annual), language, digits=2),
            )
            if abs(annual) < _MAX_Z
            else _(
                "Annual losses differ from the exact sum of independent events, computed by FFT, by {z} standard "
                "errors: events come together more than by chance.",
                z=format_number(abs(annual), language, digits=2),
            ),
        )
    )
    tail = check_tail_years(figures.table, return_period_y=200.0, basis="AEP")
    checks.append(
        CheckView(
            id="tail_sample",
            ok=tail.ok,
            value=tail.value,
            threshold=tail.threshold,
            sentence=_(
                "The one-in-200 loss rests on {years} simulated years beyond it (at least {least} wanted).",
                years=format_count(tail.value, language),
                least=format_count(tail.threshold, language),
            ),
        )
    )
    aal = figures.figures["aal"]
    noise = aal.mc_error / aal.value if aal.value > 0 else 0.0
    checks.append(
        CheckView(
            id="monte_carlo_noise",
            ok=noise < 0.02,
            value=noise,
            threshold=0.02,
            sentence=_(
                "Simulation noise on the average annual loss is {noise}; more years would make it smaller.",
                noise=format_percent(noise, language),
            ),
        )
    )
    assumed = sum(estimate.method is Method.ASSUMED for estimate in estimates)
    share = assumed / max(len(estimates), 1)
    checks.append(
        CheckView(
            id="assumed_inputs",
            ok=share < 0.5,
            value=share,
            threshold=0.5,
            sentence=_(
                "{assumed} of {all} inputs are assumptions without published evidence ({share}).",
                assumed=format_count(assumed, language),
                all=format_count(len(estimates), language),
                share=format_percent(share, language),
            ),
        )
    )
    refs = {ref for estimate in estimates for ref in estimate.evidence}
    dates = [catalogue.evidence[ref].published_on for ref in refs if ref in catalogue.evidence]
    known = sorted(text for text in dates if text is not None)
    if known:
        age = (as_of - start_of(known[0])).days / 365.25
        checks.append(
            CheckView(
                id="oldest_evidence",
                ok=age < 15.0,
                value=age,
                threshold=15.0,
                sentence=_("The oldest evidence used is from {date}.", date=known[0]),
            )
        )
    return checks


def state_validity(checks: Sequence[CheckView], _: Translate) -> str:
    """Return one sentence on how far the result can be trusted."""
    failed = [check for check in checks if not check.ok]
    if not failed:
        return _("All checks pass: the figures can be used, with their bands.")
    return _("Read with care. {points}", points=" ".join(check.sentence for check in failed))
