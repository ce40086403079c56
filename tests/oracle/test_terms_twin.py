"""The terms kernel against its NumPy twin, on random programmes."""

from __future__ import annotations

import numpy as np
import pytest

from hygie.core.programmes import Coverage, Layer, Programme
from hygie.core.tables import FORMS
from hygie.loss.terms import apply_programme
from hygie.loss.terms_twin import apply_programme_slowly
from terms_kit import make_columns


def draw_programme(rng: np.random.Generator) -> Programme:
    """Return a random programme: coverages with all terms, a tower with gaps, shares and aggregates."""
    place = rng.integers(0, 3, len(FORMS))
    coverages = tuple(
        Coverage(
            id=f"c{number}",
            forms=tuple(form for form, where in zip(FORMS, place, strict=True) if where == number),
            waiting_h=float(rng.choice([0.0, 8.0, 24.0])),
            deductible_eur=float(rng.exponential(10.0)),
            sub_limit_eur=float(rng.choice([np.inf, 200.0])),
        )
        for number in range(3)
    )
    layers, top = [], 0.0
    for number in range(int(rng.integers(1, 6))):
        attachment = top + float(rng.choice([0.0, 15.0]))
        limit = float(rng.exponential(120.0)) + 1.0
        again = int(rng.integers(0, 3)) if rng.random() < 0.5 else None
        layers.append(
            Layer(
                id=f"l{number}",
                attachment_eur=attachment,
                limit_eur=limit,
                aggregate_deductible_eur=float(rng.choice([0.0, 30.0])),
                aggregate_limit_eur=np.inf if again is not None else float(rng.choice([np.inf, 2.0 * limit])),
                share=float(rng.choice([1.0, 0.5])),
                reinstatements=again,
            )
        )
        top = attachment + limit
    return Programme(
        coverages=coverages,
        layers=tuple(layers),
        deductible_eur=float(rng.choice([0.0, 20.0])),
        basis="own" if rng.random() < 0.3 else "economic",
    )


@pytest.mark.parametrize("seed", range(12))
def test_kernel_and_twin_agree(seed: int) -> None:
    rng = np.random.default_rng(seed)
    rows = 800
    columns = make_columns(
        year=np.sort(rng.integers(0, 120, rows)),
        day=rng.integers(0, 365, rows),
        facility=rng.integers(0, 1 + seed % 3, rows),
        outage_h=np.where(rng.random(rows) < 0.3, 0.0, rng.exponential(40.0, rows)),
        own=0.7,
        **{form: rng.exponential(60.0, rows) * (rng.random(rows) < 0.7) for form in FORMS},
    )
    programme = draw_programme(rng)
    filed = rng.random(rows) < 0.8 if seed % 2 else None
    fast = apply_programme(columns, programme, filed=filed)
    slow = apply_programme_slowly(columns, programme, filed=filed)
    np.testing.assert_allclose(fast.paid, slow.sum(axis=1), rtol=1e-10, atol=1e-8)
    np.testing.assert_allclose(fast.annual.sum(axis=1), slow.sum(axis=0), rtol=1e-10, atol=1e-6)
    held = columns["loss_own_eur"] if programme.basis == "own" else columns["loss_eur"]
    assert np.all(fast.paid <= held + 1e-9)
