"""Fitted distributions in packs: fresh, read in place of priors, and refused when they lead nowhere."""

from __future__ import annotations

from datetime import date
from pathlib import Path

from hygie.core.estimate import Method
from hygie.knowledge.fitted import read_fitted, write_spec
from hygie.knowledge.packs import check_packs, load_catalogue

AS_OF = date(2026, 11, 23)
HEADER = """name: mine
version: "1"
title: {en: "Mine", fr: "À moi"}
description: {en: "A test.", fr: "Un essai."}
licence: CC-BY-4.0
requires: [base, health_fr]
"""


def write_pack(folder: Path, **files: str) -> Path:
    folder.mkdir()
    (folder / "pack.yaml").write_text(HEADER, encoding="utf-8")
    for name, text in files.items():
        (folder / f"{name}.yaml").write_text(text, encoding="utf-8")
    return folder


def fitted(parameter: str, *, evidence: str = "dax-cost") -> str:
    return f"""fitted:
  fits: []
  values:
    - parameter: {parameter}
      shift: 0.5
      width: 0.8
      fit: mine
      distribution: {{family: lognormal, mu: 1.0, sigma: 0.2}}
      prior: {{family: lognormal, mu: 1.0, sigma: 0.4}}
      evidence: [{evidence}]
"""


def test_stored_fits_start_from_the_priors_of_the_packs() -> None:
    """When this fails: run `hygie validate --fit --out src/hygie/packs/health_fr`."""
    catalogue = load_catalogue(as_of=AS_OF)
    values = [value for section in read_fitted(catalogue) for value in section.values]
    assert values
    for value in values:
        assert write_spec(catalogue.priors[value.parameter].distribution) == value.prior, value.parameter
        assert write_spec(catalogue.estimate(value.parameter).distribution) == value.distribution


def test_fitted_distributions_take_the_place_of_priors() -> None:
    after, before = (load_catalogue(as_of=AS_OF, fitted=flag) for flag in (True, False))
    assert not before.priors
    assert before.digest != after.digest
    for name, prior in after.priors.items():
        assert before.estimate(name) == prior
        assert after.estimate(name).method is Method.FITTED
        assert set(after.estimate(name).evidence) >= set(prior.evidence)
        assert after.estimate(name).evidence
        assert after.estimate(name).unit == prior.unit


def test_a_pack_can_bring_a_fit_of_its_own_and_override_another(tmp_path: Path) -> None:
    # Never fitted by the shipped packs: a watched parameter.
    fit = write_pack(tmp_path / "fit", fits=fitted("attack.staging"))
    catalogue = load_catalogue(as_of=AS_OF, extra_paths=[fit])
    assert catalogue.estimate("attack.staging").method is Method.FITTED
    name = next(iter(load_catalogue(as_of=AS_OF).priors))
    unit = load_catalogue(as_of=AS_OF).estimate(name).unit
    override = f"""parameters:
  {name}:
    description: {{en: "Mine", fr: "À moi"}}
    unit: "{unit}"
    values:
      "2024-01-01":
        distribution: {{family: constant, value: 0.5}}
        method: assumed
        evidence: []
    last_checked_on: "2026-11-23"
    overrides: true
"""
    mine = write_pack(tmp_path / "mine", over=override)
    estimate = load_catalogue(as_of=AS_OF, extra_paths=[mine]).estimate(name)
    assert estimate.method is Method.ASSUMED
    assert estimate.distribution.mean() == 0.5


def test_fits_that_lead_nowhere_are_refused(tmp_path: Path) -> None:
    wrong = write_pack(tmp_path / "a", fits=fitted("attack.steepnes"))
    findings = check_packs(extra_paths=[wrong])
    assert [finding.value for finding in findings] == ["attack.steepnes"]
    assert findings[0].file is not None
    assert findings[0].line is not None
    unknown = write_pack(tmp_path / "b", fits=fitted("attack.staging", evidence="no-such-source"))
    assert [finding.value for finding in check_packs(extra_paths=[unknown])] == ["no-such-source"]
