"""Registers: what is refused, with which repair; what ranges and dates mean."""

from __future__ import annotations

from datetime import date
from typing import Any

import numpy as np
import pytest

from hygie.core.errors import ElicitationError
from hygie.scenario.typed.compile import find_exposed_share
from hygie.scenario.typed.ranges import Range, build_distribution, fit_beta
from hygie.scenario.typed.register import check_register
from typed_kit import compile_typed, make_register, plain


def messages(*scenarios: dict[str, Any], **changed: Any) -> str:
    return "\n".join(finding.render() for finding in check_register(make_register(*scenarios, **changed), None))


def test_a_sound_register_has_no_finding() -> None:
    assert messages(plain("a"), plain("b", susceptibility={"p05": 0.1, "p95": 0.5, "family": "beta"})) == ""


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"threat_event_frequency": None}, "one frequency"),
        ({"contact_frequency": 3}, "one frequency"),
        ({"susceptibility": None}, "how attempts become losses"),
        ({"threat_capability": 0.5}, "how attempts become losses"),
        ({"method": None}, "names no source"),
        ({"sources": ["nowhere"]}, "not in `sources`"),
        ({"susceptibility": {"p05": 0.1, "p95": 0.9}}, "passes the most that is possible"),
        ({"primary_loss": {"unsplit": {"p05": 1, "p95": 1_000_000}}}, "untruncated lognormal"),
        ({"primary_loss": {"unsplit": 5, "response": 3}}, "split or not"),
        ({"primary_loss": {}}, "no loss is given"),
        ({"primary_loss": {"unsplit": {"min": -5, "mode": 1, "max": 3}}}, "least that is possible"),
        ({"terms": {"limit": 10, "annual_limit": 5}}, "annual limit is below"),
        ({"valid_from": "2026-02-30"}, "does not exist"),
        ({"valid_from": "2026-05-01", "valid_until": "2026-04-01"}, "ends before it begins"),
    ],
)
def test_what_is_refused_says_why(changed: dict[str, Any], said: str) -> None:
    text = messages(plain("a", **changed))
    assert said in text
    assert "repair:" in text


def test_a_wide_lognormal_with_an_upper_bound_is_accepted() -> None:
    assert messages(plain("a", primary_loss={"unsplit": {"p05": 1, "p95": 1_000_000, "upper": 5_000_000}})) == ""


@pytest.mark.parametrize(
    ("control", "said"),
    [
        ({}, "no effect"),
        ({"strength": 0.1}, "no strength to raise"),
        ({"frequency": 0.1, "applies_to": ["b"]}, "no scenario “b”"),
    ],
)
def test_controls_that_do_nothing_are_refused(control: dict[str, Any], said: str) -> None:
    text = messages(plain("a"), controls=[{"id": "x", "name": "x", "method": "assumed", **control}])
    assert said in text


def test_a_range_has_one_shape() -> None:
    with pytest.raises(ElicitationError, match="min – mode – max"):
        Range.model_validate({"min": 1, "max": 3})


def test_intervals_keep_their_ends() -> None:
    for family in ("lognormal", "normal", "beta"):
        made = build_distribution(Range(p05=0.2, p95=0.6, family=family), lower=-np.inf, upper=np.inf)
        assert [made.quantile(q) for q in (0.05, 0.95)] == pytest.approx([0.2, 0.6])
    with pytest.raises(ElicitationError, match="inside 0 and 1"):
        fit_beta(0.0, 0.5)


def test_dates_scale_the_exposure() -> None:
    register = make_register(plain("a", valid_from="2027-05-25"), plain("b", valid_until="2026-11-01"), plain("c"))
    shares = [find_exposed_share(scenario, as_of=date(2026, 11, 23)) for scenario in register.scenarios]
    assert shares == pytest.approx([0.5, 0.0, 1.0], abs=0.01)
    assert np.asarray(compile_typed(register).arrays["rate_per_y"])[0].tolist() == pytest.approx(
        [2.0 * share for share in shares]
    )


def test_beliefs_stay_when_a_control_is_added() -> None:
    scenario = plain("a", threat_event_frequency={"min": 1, "mode": 2, "max": 8})
    control = {"id": "x", "name": "x", "method": "assumed", "magnitude": 0.5, "coverage": 0.5}
    register = make_register(scenario, controls=[control])
    before = compile_typed(register, draws=50)
    after = compile_typed(register, draws=50, controls=["x"])
    assert np.array_equal(before.arrays["rate_per_y"], after.arrays["rate_per_y"])
    assert np.asarray(after.arrays["form_factor"]) == pytest.approx(0.75 * np.asarray(before.arrays["form_factor"]))
