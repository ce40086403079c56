"""Evidence keeps its name whatever its grade; an estimate without evidence says that it is assumed."""

from __future__ import annotations

from dataclasses import replace
from typing import Any
from uuid import NAMESPACE_DNS, UUID, uuid5

import numpy as np
import pytest
from numpy.testing import assert_array_equal

from hygie.core.distributions import Beta, Constant, Distribution, LogNormal, Normal, Uniform
from hygie.core.errors import EvidenceError, SchemaError, UnitError
from hygie.core.estimate import Estimate, Method, draw_uniforms
from hygie.core.evidence import EVIDENCE_NAMESPACE, TLP, Evidence, LocalText, derive_evidence_id
from hygie.core.sampling import EpistemicSample, logit


def make_evidence(**changes: Any) -> Evidence:
    fields: dict[str, Any] = {
        "ref": "report-2023",
        "source": "https://example.org/report.pdf",
        "statement": "page 12, table 3",
        "title": LocalText("Forty reports", "Quarante signalements"),
        "publisher": "An observatory",
        "read_on": "2026-01-15",
        "reliability": "B",
        "credibility": 2,
    }
    return Evidence(**{**fields, **changes})


class TestEvidence:
    def test_namespace_is_what_it_says(self) -> None:
        assert uuid5(NAMESPACE_DNS, "evidence.hygie") == EVIDENCE_NAMESPACE

    def test_id_never_changes_from_one_version_to_the_next(self) -> None:
        assert make_evidence().id == UUID("f6e807be-7150-5fcc-8f1f-732ce58100fc")

    @pytest.mark.parametrize(
        "change",
        [
            {"reliability": "F", "credibility": 6},
            {"tlp": TLP.AMBER_STRICT},
            {"read_on": "2026-11-23", "published_on": "2024-05"},
            {"title": LocalText("Other words", "D’autres mots")},
            {"ref": "another-name", "licence": "CC-BY-4.0"},
        ],
        ids=["regraded", "marked", "dated", "retitled", "renamed"],
    )
    def test_qualifying_a_statement_keeps_its_id(self, change: dict[str, Any]) -> None:
        assert make_evidence(**change).id == make_evidence().id

    def test_another_place_is_another_statement(self) -> None:
        ids = {
            make_evidence().id,
            make_evidence(statement="page 13").id,
            make_evidence(source="https://example.org/other.pdf").id,
            # The border between source and statement counts.
            derive_evidence_id("https://example.org/report.pdf page 12, table 3", ""),
        }
        assert len(ids) == 4

    def test_blanks_around_a_locator_do_not_count(self) -> None:
        assert derive_evidence_id(" a ", "b\n") == derive_evidence_id("a", "b")

    def test_grade_and_link(self) -> None:
        assert make_evidence().grade == "B2"
        assert make_evidence().link == "https://example.org/report.pdf"
        assert make_evidence(source="Smith, A. (2020), a printed book").link is None

    @pytest.mark.parametrize(
        ("change", "message"),
        [
            ({"reliability": "G"}, "reliability grade"),
            ({"reliability": ""}, "reliability grade"),
            ({"reliability": "AB"}, "reliability grade"),
            ({"credibility": 0}, "credibility grade"),
            ({"credibility": 7}, "credibility grade"),
            ({"read_on": "15/01/2026"}, "a date is written"),
            ({"published_on": "2024-5"}, "a date is written"),
        ],
    )
    def test_wrong_grades_and_dates_are_refused(self, change: dict[str, Any], message: str) -> None:
        with pytest.raises(SchemaError, match=message):
            make_evidence(**change)

    def test_text_in_two_languages(self) -> None:
        text = LocalText("Care", "Soins")
        assert (text.in_language("fr"), text.in_language("en"), text.in_language("de")) == ("Soins", "Care", "Care")


def make_estimate(distribution: Distribution, **changes: Any) -> Estimate:
    fields: dict[str, Any] = {
        "id": "recovery.forensics.server",
        "description": LocalText("Days before restoration", "Jours avant la restauration"),
        "unit": "h",
        "distribution": distribution,
        "method": Method.ELICITED,
        "evidence": ("report-2023",),
        "valid_from": "2024-01-01",
        "last_checked_on": "2026-11-23",
    }
    return Estimate(**{**fields, **changes})


class TestEstimate:
    @pytest.mark.parametrize("method", [Method.PUBLISHED, Method.FITTED, Method.ELICITED])
    def test_a_figure_names_its_evidence(self, method: Method) -> None:
        with pytest.raises(EvidenceError, match="names no evidence") as caught:
            make_estimate(Constant(5.0), method=method, evidence=())
        assert "method: assumed" in (caught.value.findings[0].repair or "")

    def test_or_says_that_it_is_assumed(self) -> None:
        assert make_estimate(Constant(5.0), method=Method.ASSUMED, evidence=()).evidence == ()

    @pytest.mark.parametrize(
        ("unit", "distribution"),
        [
            ("share", LogNormal(-2.0, 0.5)),
            ("share", Uniform(0.5, 1.2)),
            ("h", Normal(10.0, 3.0)),
            ("EUR_2024", Uniform(-5.0, 5.0)),
            ("1/y", Constant(-0.1)),
        ],
    )
    def test_values_that_the_unit_does_not_allow(self, unit: str, distribution: Distribution) -> None:
        with pytest.raises(SchemaError, match="unit does not allow") as caught:
            make_estimate(distribution, unit=unit)
        assert "bounds" in (caught.value.findings[0].repair or "")

    @pytest.mark.parametrize(
        ("unit", "distribution"),
        [("share", Beta(2.0, 5.0)), ("share", Constant(1.0)), ("h", LogNormal(2.0, 1.0)), ("logit", Normal(0.0, 2.0))],
    )
    def test_values_that_it_does(self, unit: str, distribution: Distribution) -> None:
        assert make_estimate(distribution, unit=unit).unit == unit

    def test_unknown_unit(self) -> None:
        with pytest.raises(UnitError, match="unknown unit"):
            make_estimate(Constant(1.0), unit="hours")

    def test_sample_depends_on_the_id_and_the_seed_only(self) -> None:
        estimate = make_estimate(LogNormal(3.0, 0.4))
        values = estimate.sample(seed=1, draws=50)
        reworded = replace(estimate, description=LocalText("Other", "Autre"), evidence=("another",))
        assert_array_equal(reworded.sample(seed=1, draws=50), values)
        assert not np.array_equal(estimate.sample(seed=2, draws=50), values)
        assert not np.array_equal(replace(estimate, id="another").sample(seed=1, draws=50), values)


class TestLatinHypercube:
    """Each of the K equal slices of (0, 1) holds exactly one draw."""

    @pytest.mark.parametrize("draws", [1, 2, 7, 1000])
    def test_one_draw_per_slice(self, draws: int) -> None:
        u = draw_uniforms("some.estimate", seed=3, draws=draws)
        assert_array_equal(np.sort(np.floor(u * draws)), np.arange(draws))
        assert u.min() > 0.0
        assert u.max() < 1.0

    def test_two_names_are_independent(self) -> None:
        """Rank correlations of 200 pairs of names scatter as those of independent columns do."""
        draws = 400
        columns = [draw_uniforms(f"name.{index}", seed=1, draws=draws) for index in range(400)]
        correlations = np.array([np.corrcoef(columns[i], columns[i + 1])[0, 1] for i in range(0, 400, 2)])
        z = correlations * np.sqrt(draws - 1)
        assert abs(z.mean()) * np.sqrt(z.size) < 4.0
        assert abs(z.var() - 1.0) / np.sqrt(2.0 / z.size) < 4.0

    def test_pinned_values(self) -> None:
        """Streams of a released version are never renumbered: figures would move without a reason."""
        assert draw_uniforms("attack.steepness", seed=1, draws=4).tolist() == pytest.approx(
            [0.005528327577323966, 0.9013681493430963, 0.4213603277187318, 0.6245622083707247], abs=0.0
        )


class TestEpistemicSample:
    def make_sample(self) -> EpistemicSample:
        return EpistemicSample(lambda name: make_estimate(Uniform(0.0, 10.0), id=name), seed=1, draws=8)

    def test_one_estimate_has_one_column_wherever_it_is_used(self) -> None:
        sample = self.make_sample()
        assert sample.values("a", into="x") is sample.values("a", into="y")
        assert sample.lineage == {"x": ("a",), "y": ("a",)}

    def test_organisations_have_draws_of_their_own(self) -> None:
        sample = self.make_sample()
        here, there = (sample.values_for("a", who=who, into="x") for who in ("here", "there"))
        assert not np.array_equal(here, there)
        assert not np.array_equal(here, sample.values("a"))
        assert_array_equal(here, self.make_sample().values_for("a", who="here"))
        assert sample.lineage == {"x": ("a",)}

    def test_centre_and_mean(self) -> None:
        sample = self.make_sample()
        assert sample.centre("a", into="x") == pytest.approx(5.0)
        assert sample.mean("b", into="x") == pytest.approx(5.0)
        assert sample.lineage == {"x": ("a", "b")}

    def test_logit_stays_finite_at_the_ends(self) -> None:
        assert np.isfinite(logit(np.array([0.0, 1.0]))).all()
        assert logit(np.array([0.5]))[0] == 0.0
