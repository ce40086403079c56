"""Care and money beyond the loss table: the account by FAIR-MAM module, and the optional range of deaths."""

from __future__ import annotations

import numpy as np

from hygie.core.sampling import EpistemicSample
from hygie.core.tables import FORMS, MODULES
from hygie.core.waists import YearEventLossTable
from hygie.knowledge.packs import Catalogue
from hygie.loss.metrics import estimate_aal
from hygie.loss.tables import build_year_loss_table
from hygie.scenario.specs import ScenarioSpecs
from hygie.service.evidence import show_evidence
from hygie.service.words import FORM_LABELS, MODULE_LABELS
from hygie.simulation.accounts import LossAccount
from hygie.views.assessment import ItemView, ModuleView, MortalityView
from hygie.views.messages import Language, Translate

__all__ = ["estimate_mortality", "show_modules"]

_BASELINE = "care.mortality_baseline"
_EXCESS = "care.mortality_excess"
_CENTS = 100.0


def show_modules(
    account: LossAccount, specs: ScenarioSpecs, *, years: int, language: Language, _: Translate
) -> list[ModuleView]:
    """Return the average annual loss by FAIR-MAM module and item; modules without a cent are left out.

    Amounts are exact totals of cents over `years`, so modules add up to the same total as forms do.
    """
    economic, own = (cents.sum(axis=(0, 1)) for cents in (account.economic, account.own))
    total = int(economic.sum()) or 1
    views = []
    for index, module in enumerate(MODULES):
        chosen = np.flatnonzero(account.modules == index)
        cents = int(economic[chosen].sum())
        if not cents:
            continue
        items = [
            ItemView(
                id=specs.items[item].id,
                label=specs.items[item].name.local().in_language(language),
                form=_(FORM_LABELS[FORMS[account.forms[item]]]),
                loss_eur_per_y=int(economic[item]) / _CENTS / years,
                loss_own_eur_per_y=int(own[item]) / _CENTS / years,
            )
            for item in chosen
            if economic[item]
        ]
        views.append(
            ModuleView(
                id=module,
                label=_(MODULE_LABELS[module]),
                loss_eur_per_y=cents / _CENTS / years,
                loss_own_eur_per_y=int(own[chosen].sum()) / _CENTS / years,
                share=cents / total,
                items=sorted(items, key=lambda item: -item.loss_eur_per_y),
            )
        )
    return views


def estimate_mortality(
    yelt: YearEventLossTable, catalogue: Catalogue, *, seed: int, language: Language, _: Translate
) -> MortalityView:
    """Return the range of in-hospital deaths a year that United States evidence would imply.

    Deaths are stays cared for on paper × mortality without an attack × its relative rise. Stays follow exposed
    bed-days in the ratio in which each event loses stays and bed-days.
    """
    sample = EpistemicSample(catalogue.estimate, seed=seed, draws=yelt.plan.draws)
    factor = sample.values(_BASELINE) * sample.values(_EXCESS)
    columns = {
        name: np.asarray(yelt.columns[name], dtype=np.float64)
        for name in ("exposed_bed_days", "stays_lost", "bed_days_lost")
    }
    lost = columns["bed_days_lost"]
    ratio = np.divide(columns["stays_lost"], lost, out=np.zeros_like(lost), where=lost > 0.0)
    deaths = columns["exposed_bed_days"] * ratio * factor[np.asarray(yelt.columns["draw"], dtype=np.int64)]
    years = np.asarray(yelt.columns["year"], dtype=np.int64)
    figure = estimate_aal(
        build_year_loss_table(years, deaths, years_per_draw=yelt.plan.years_per_draw(), unit="persons")
    )
    refs = sorted({ref for name in (_BASELINE, _EXCESS) for ref in catalogue.estimate(name).evidence})
    return MortalityView(
        value=figure.value,
        low=figure.low,
        high=figure.high,
        caveat=_(
            "Evidence from the United States, on Medicare patients already admitted. Nothing shows that it holds in "
            "France, and no death is known to be caused by an attack here. Read it as an order of magnitude of what "
            "is at stake; it enters no amount in euros."
        ),
        evidence=[show_evidence(catalogue.evidence[ref], language) for ref in refs],
    )
