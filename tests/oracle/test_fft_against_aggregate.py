"""The FFT oracle against the PyPI package ``aggregate`` (Mildenhall), an independent implementation.

The package rounds severities to the nearest step instead of keeping local means, so the two agree to the
square of the step. Importing it takes seconds, and it warns about its own dependencies: both stay inside this
module.
"""

from __future__ import annotations

import importlib
import warnings
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
from scipy.special import ndtr

from hygie.loss.fft import (
    CompoundDistribution,
    CompoundPart,
    compute_compound_distribution,
    discretise_severity,
)

pytestmark = pytest.mark.filterwarnings("ignore")

STEP, LOG2_POINTS = 1.0 / 16.0, 16
MEAN, CV = 10.0, 1.0
LOSS = np.array([1.0, 5.0, 20.0, 50.0, 100.0, 200.0])


@pytest.fixture(scope="module")
def build(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    """Return ``aggregate.build``, with its files kept out of the home folder."""
    with pytest.MonkeyPatch.context() as patch, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        patch.setenv("MPLBACKEND", "Agg")
        module = importlib.import_module("aggregate")
        patch.setenv("HOME", str(tmp_path_factory.mktemp("home")))
        yield module.build


def lognormal_cdf(x: np.ndarray) -> np.ndarray:
    variance = np.log1p(CV**2)
    return np.asarray(ndtr((np.log(x) - np.log(MEAN) + 0.5 * variance) / np.sqrt(variance)))


def compute(rate: float, *, size: float | None) -> CompoundDistribution:
    severity = discretise_severity(lognormal_cdf, step_eur=STEP, points=1 << LOG2_POINTS)
    return compute_compound_distribution([CompoundPart(severity=severity, rate_per_y=rate, size=size)], step_eur=STEP)


@pytest.mark.parametrize(("rate", "mixing_cv"), [(1.0, None), (0.2, None), (5.0, None), (2.0, 0.5), (0.5, 1.5)])
def test_annual_distribution_agrees(build: Any, rate: float, mixing_cv: float | None) -> None:
    frequency = "poisson" if mixing_cv is None else f"mixed gamma {mixing_cv}"
    theirs = build(f"agg Test {rate} claims sev lognorm {MEAN:g} cv {CV:g} {frequency}", log2=LOG2_POINTS, bs=STEP)
    ours = compute(rate, size=None if mixing_cv is None else 1.0 / mixing_cv**2)
    survival = np.asarray(theirs.density_df["S"])[np.round(LOSS / STEP).astype(int)]
    # Their S at j steps is the mass above j, whose lower edge is half a step on.
    np.testing.assert_allclose(ours.exceed(LOSS + 0.5 * STEP), survival, rtol=2e-5)
    assert ours.mean() == pytest.approx(rate * MEAN, rel=2e-5)
    for level in (0.9, 0.99, 0.995):
        assert ours.quantile(level) == pytest.approx(float(theirs.q(level)), abs=1.5 * STEP)
        assert ours.tail_mean(level) == pytest.approx(float(theirs.tvar(level)), rel=2e-5)
