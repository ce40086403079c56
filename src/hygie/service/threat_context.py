"""What makes a facility more or less exposed than the average entity: the context multiplier, factor by factor."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from hygie.core.sampling import EpistemicSample
from hygie.service.threat_world import World
from hygie.threat.context import contextual_multiplier, load_context, multiply_context
from hygie.threat.covariates import COUNTED, Traits, describe_organisations
from hygie.threat.rates import ThreatRates
from hygie.views.messages import Translate, translator
from hygie.views.threat import BandView, ContextPartView, ContextView

__all__ = ["band_of", "show_context"]

FloatArray = NDArray[np.float64]


def band_of(values: FloatArray) -> BandView:
    """Return mean and 5-50-95 % quantiles over draws."""
    low, median, high = np.quantile(values, [0.05, 0.5, 0.95])
    return BandView(low=float(low), median=float(median), high=float(high), mean=float(values.mean()))


def show_context(world: World, rates: ThreatRates, sample: EpistemicSample, *, language: str) -> list[ContextView]:
    """Return m of the facility and the factors that it is made of, whose product it is in each draw.

    A trait's factor is m over what m would be had the file not spoken of it; size has its closed form; what is left is
    category and status, with how traits go together.
    """
    _ = translator(language)
    context = load_context(world.catalogue, world.blueprints.population, sample=sample, as_of=world.as_of)
    traits = describe_organisations([world.facility], catalogue=world.catalogue)
    whole = rates.multiplier[:, 0]
    factors: dict[str, FloatArray] = {
        "size": contextual_multiplier(
            [world.facility.activity.fte],
            population=world.blueprints.population,
            elasticity=context.attempts.size,
            floor=context.attempts.floor,
        )[:, 0]
    }
    for name in COUNTED:
        factors[name] = whole / multiply_context(_forget(traits, name), context)[:, 0]
    factors["nearby"] = whole / multiply_context(_forget_place(traits), context)[:, 0]
    factors["category"] = whole / np.prod(list(factors.values()), axis=0)
    labels = _label_traits(_)
    parts = [ContextPartView(id=name, label=labels[name], factor=band_of(values)) for name, values in factors.items()]
    return [ContextView(threat_class="hands_on", label=_("Attacks one by one"), factor=band_of(whole), parts=parts)]


def _forget(traits: Traits, name: str) -> Traits:
    return replace(traits, counted={**traits.counted, name: np.full(len(traits.names), np.nan)})


def _forget_place(traits: Traits) -> Traits:
    blank = tuple("" for _ in traits.names)
    return replace(traits, region=blank, department=blank, peers=tuple(type(each)() for each in traits.peers))


def _label_traits(_: Translate) -> dict[str, str]:
    return {
        "size": _("Size"),
        "links": _("Links with other facilities"),
        "maintainers": _("Remote maintainers"),
        "internet": _("Machines exposed to the Internet"),
        "nearby": _("Recent incidents nearby"),
        "category": _("Category and status"),
    }
