"""What the model adds to a study: the typical hospital, published cases, the cache, the causes by family."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from hygie.facility.registers import Register, select, to_facility
from hygie.facility.synthetic import load_totals, synthesize_register
from hygie.knowledge.catalogue import Catalogue
from hygie.knowledge.study_subjects import SUBJECTS, TypicalEntity, read_study_subjects
from hygie.service import study_model
from hygie.service.study_cases import measure_cases
from hygie.service.study_model import choose_typical, model_sector
from hygie.views.study import StudyPlan

AS_OF = date(2026, 11, 23)
TYPICAL = TypicalEntity(category="ch", status="public")
SMALL = StudyPlan(
    draws=4, case_draws=50, decision_years=400, portfolio_draws=4, portfolio_years=200, cascade_attempts=600,
    cascade_replays=5,
)  # fmt: skip


@pytest.fixture(scope="module")
def corsica(catalogue: Catalogue) -> Register:
    return select(synthesize_register(load_totals(catalogue), seed=1), region="Corse")


def test_half_of_the_beds_stand_in_larger_hospitals(catalogue: Catalogue) -> None:
    register = synthesize_register(load_totals(catalogue), seed=1)
    facility = choose_typical(register, TYPICAL, catalogue)
    kinds = ("beds_mco", "places", "beds_ssr", "beds_psy", "beds_usld", "beds_ehpad")
    beds = [
        sum(to_facility(one, register)["activity"].get(name, 0) for name in kinds)
        for one in register.entities.values()
        if (one.category, one.status) == ("ch", "public")
    ]
    larger = sum(number for number in beds if number > facility.activity.beds)
    smaller = sum(number for number in beds if number < facility.activity.beds)
    assert larger <= sum(beds) / 2
    assert smaller <= sum(beds) / 2
    assert facility.id.startswith("synthetic-")
    assert {use.method for use in facility.providers} == {"assumed"}


def test_subjects_name_evidence_that_exists(catalogue: Catalogue) -> None:
    subjects = read_study_subjects(catalogue, sector="health", country="FR")
    assert subjects is not None
    assert set(subjects.subjects) == set(SUBJECTS)
    assert all(ref in catalogue.evidence for refs in subjects.subjects.values() for ref in refs)
    assert read_study_subjects(catalogue, sector="health", country="DE") is None


def test_cases_stand_in_their_bands(catalogue: Catalogue) -> None:
    cases = {case.id: case for case in measure_cases(catalogue, as_of=AS_OF, seed=1, draws=50)}
    assert {"dax-direct-cost", "direct-cost-above-7m", "cour-des-comptes-activity"} <= set(cases)
    dax = cases["dax-direct-cost"]
    assert dax.low < dax.median < dax.high
    assert dax.low < 2_352_000 < dax.high


def test_numbers_are_kept_by_all_that_they_rest_on(
    catalogue: Catalogue, corsica: Register, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("HYGIE_CACHE_DIR", str(tmp_path))
    monkeypatch.setattr(study_model, "synthesize_register", lambda *_arguments, **_more: corsica)
    first = model_sector(catalogue, typical=TYPICAL, as_of=AS_OF, seed=1, plan=SMALL)
    assert {part.id for part in first.cascade} == {"all", "medical_ot", "iomt", "building_ot"}
    whole = next(part for part in first.cascade if part.id == "all")
    for cause, hours in whole.hours.items():
        parts = [part.hours[cause] for part in first.cascade if part.id != "all"]
        assert hours == pytest.approx(sum(parts)), cause
    assert first.portfolio["fr"].digest == first.portfolio["en"].digest
    assert "SYNTHETIC" in first.typical.file

    def refuse(*_arguments: object, **_more: object) -> None:
        raise AssertionError("simulated again")

    monkeypatch.setattr(study_model, "show_rates", refuse)
    assert model_sector(catalogue, typical=TYPICAL, as_of=AS_OF, seed=1, plan=SMALL) == first
    with pytest.raises(AssertionError, match="simulated again"):
        model_sector(catalogue, typical=TYPICAL, as_of=AS_OF, seed=2, plan=SMALL)
