"""Inverse CDFs that run inside kernels. Each has a SciPy twin in ``tests/oracle``."""

from __future__ import annotations

from math import exp, log, log1p, sqrt

from hygie.simulation.compiler import inline, subroutine

__all__ = [
    "exponential_quantile",
    "logistic",
    "lognormal_quantile",
    "logit_normal_quantile",
    "normal_quantile",
    "poisson_quantile",
    "truncated_negative_binomial_quantile",
]


@inline
def normal_quantile(u: float) -> float:  # pragma: no cover - compiled
    """Standard normal quantile, relative error below 1e-15 (Wichura 1988, AS 241, doi:10.2307/2347330)."""
    q = u - 0.5
    if abs(q) <= 0.425:
        r = 0.180625 - q * q
        num = (((((((2509.0809287301226727 * r + 33430.575583588128105) * r + 67265.770927008700853) * r
            + 45921.953931549871457) * r + 13731.693765509461125) * r + 1971.5909503065514427) * r
            + 133.14166789178437745) * r + 3.387132872796366608)  # fmt: skip
        den = (((((((5226.495278852545925 * r + 28729.085735721942674) * r + 39307.89580009271061) * r
            + 21213.794301586595867) * r + 5394.1960214247511077) * r + 687.1870074920579083) * r
            + 42.313330701600911252) * r + 1.0)  # fmt: skip
        return q * num / den
    r = u if q < 0.0 else 1.0 - u
    r = sqrt(-log(r))
    if r <= 5.0:
        r -= 1.6
        num = (((((((7.7454501427834140764e-4 * r + 0.0227238449892691845833) * r + 0.24178072517745061177) * r
            + 1.27045825245236838258) * r + 3.64784832476320460504) * r + 5.7694972214606914055) * r
            + 4.6303378461565452959) * r + 1.42343711074968357734)  # fmt: skip
        den = (((((((1.05075007164441684324e-9 * r + 5.475938084995344946e-4) * r + 0.0151986665636164571966) * r
            + 0.14810397642748007459) * r + 0.68976733498510000455) * r + 1.6763848301838038494) * r
            + 2.05319162663775882187) * r + 1.0)  # fmt: skip
    else:
        r -= 5.0
        num = (((((((2.01033439929228813265e-7 * r + 2.71155556874348757815e-5) * r + 0.0012426609473880784386) * r
            + 0.026532189526576123093) * r + 0.29656057182850489123) * r + 1.7848265399172913358) * r
            + 5.4637849111641143699) * r + 6.6579046435011037772)  # fmt: skip
        den = (((((((2.04426310338993978564e-15 * r + 1.4215117583164458887e-7) * r + 1.8463183175100546818e-5) * r
            + 7.868691311456132591e-4) * r + 0.0148753612908506148525) * r + 0.13692988092273580531) * r
            + 0.59983220655588793769) * r + 1.0)  # fmt: skip
    value = num / den
    return -value if q < 0.0 else value


@inline
def lognormal_quantile(u: float, mu: float, sigma: float) -> float:  # pragma: no cover - compiled
    """Quantile of exp(Normal(mu, sigma))."""
    return exp(mu + sigma * normal_quantile(u))


@inline
def logistic(x: float) -> float:  # pragma: no cover - compiled
    """1 / (1 + exp(-x))."""
    return 1.0 / (1.0 + exp(-x))


@inline
def logit_normal_quantile(u: float, mu: float, sigma: float) -> float:  # pragma: no cover - compiled
    """Quantile of logistic(Normal(mu, sigma))."""
    return logistic(mu + sigma * normal_quantile(u))


@inline
def exponential_quantile(u: float) -> float:  # pragma: no cover - compiled
    """Quantile of a unit exponential."""
    return -log1p(-u)


@subroutine
def poisson_quantile(u: float, rate: float) -> int:  # pragma: no cover - compiled
    """Smallest n with P(N <= n) >= u, N ~ Poisson(rate); meant for rates below about 50."""
    # exp(-rate) leaves the doubles near 745: such a rate is refused as too many events.
    if rate > 700.0:
        return 4096
    term = exp(-rate)
    total = term
    n = 0
    while total < u and n < 4096:
        n += 1
        term *= rate / n
        total += term
        if term < 1e-300:
            break
    return n


@subroutine
def truncated_negative_binomial_quantile(u: float, mean: float, size: float) -> int:  # pragma: no cover - compiled
    """Smallest n >= 1 with P(N <= n | N >= 1) >= u, N negative binomial with `mean` and `size` before truncation."""
    ratio = mean / (mean + size)
    zero = exp(-size * log1p(mean / size))
    term = zero
    total = 0.0
    target = u * (1.0 - zero)
    n = 0
    while total < target and n < 100000:
        n += 1
        term *= ratio * (size + n - 1.0) / n
        total += term
        if term < 1e-300:
            break
    return max(n, 1)
