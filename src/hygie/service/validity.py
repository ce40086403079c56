"""Checks that every result carries, each with one sentence."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

import numpy as np

from hygie.core.estimate import Estimate, Method
from hygie.core.waists import CompiledModel, YearEventLossTable
from hygie.knowledge.packs import Catalogue
from hygie.loss.checks import check_tail_years
from hygie.service.figures import LossFigures
from hygie.threat.actors import start_of
from hygie.views.assessment import CheckView
from hygie.views.messages import Translate
from hygie.views.numbers import format_count, format_number, format_percent

__all__ = ["check_result", "expected_provider_events", "state_validity"]

_MAX_Z = 4.0
_FROM_PROVIDER = 2


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


def check_result(
    model: CompiledModel,
    yelt: YearEventLossTable,
    figures: LossFigures,
    *,
    estimates: Sequence[Estimate],
    catalogue: Catalogue,
    as_of: date,
    language: str,
    _: Translate,
) -> list[CheckView]:
    """Return the validity checks of a result."""
    checks: list[CheckView] = []
    expected = expected_provider_events(model, list(map(int, yelt.plan.years_per_draw())))
    seen = float(np.sum(np.asarray(yelt.columns["origin"]) == _FROM_PROVIDER))
    z = (seen - expected) / np.sqrt(max(expected, 1.0))
    checks.append(
        CheckView(
            id="events_match_closed_form",
            ok=bool(abs(z) < _MAX_Z),
            value=float(z),
            threshold=_MAX_Z,
            sentence=_(
                "Provider events: {seen} simulated for {expected} expected in closed form ({z} standard errors).",
                seen=format_count(seen, language),
                expected=format_count(expected, language),
                z=format_number(abs(z), language, digits=2),
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
    return _("Read with care: {points}", points=" ".join(check.sentence for check in failed))
