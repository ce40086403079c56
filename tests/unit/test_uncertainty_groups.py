"""Every unknown belongs to a source, and only a moved one changes."""

from __future__ import annotations

from datetime import date

import numpy as np
import pytest

from hygie.core.errors import ModelError
from hygie.core.sampling import EpistemicSample
from hygie.knowledge.packs import load_catalogue
from hygie.service.uncertainty_groups import GROUP_LABELS, GROUPS, group_of


def test_every_estimate_of_the_packs_has_a_source():
    catalogue = load_catalogue(as_of=date(2026, 11, 23))
    assert {group_of(name) for name in catalogue.estimates} <= set(GROUPS)
    assert set(GROUPS) == set(GROUP_LABELS)
    with pytest.raises(ModelError, match="no source"):
        group_of("weather.rain")


def test_one_group_comes_from_the_second_sample_and_nothing_else():
    catalogue = load_catalogue(as_of=date(2026, 11, 23))

    def sample(seed: int, moved: str | None = None) -> EpistemicSample:
        other = None if moved is None else (2, lambda name: group_of(name) == moved)
        return EpistemicSample(catalogue.estimate, seed=seed, draws=20, moved=other)

    a, b, mixed = sample(1), sample(2), sample(1, "money")
    assert np.array_equal(mixed.values("cost.server"), b.values("cost.server"))
    assert np.array_equal(mixed.values("attack.steepness"), a.values("attack.steepness"))
    assert not np.array_equal(a.values("cost.server"), b.values("cost.server"))
    assert np.array_equal(mixed.uniforms("level.ransomware.rate"), a.uniforms("level.ransomware.rate"))
