"""From published counts to terms of the filter."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from types import MappingProxyType

import pytest

from hygie.core.distributions import Beta
from hygie.core.errors import ModelError
from hygie.knowledge.catalogue import Catalogue
from hygie.knowledge.packs import load_catalogue
from hygie.knowledge.records import CountObservation
from hygie.threat.counts import build_term, coverage_key, exposure_of, has_priors, read_priors, select_counts

NOW = date(2026, 11, 23)


@pytest.fixture
def counts(catalogue: Catalogue) -> dict[str, CountObservation]:
    return {count.ref: count for count in catalogue.counts}


def replace_count(catalogue: Catalogue, ref: str, **changes: object) -> Catalogue:
    return replace(
        catalogue,
        counts=tuple(replace(item, **changes) if item.ref == ref else item for item in catalogue.counts),  # type: ignore[arg-type]
    )


class TestTerms:
    def test_a_window_is_one_step_at_its_end(self, catalogue: Catalogue, counts: dict[str, CountObservation]) -> None:
        term = build_term(catalogue, counts["count-ot-direct-2019-2023"], entities=100)
        assert 2023.99 < term.at < 2024.0
        assert term.exposure == pytest.approx(500.0, rel=1e-3)
        assert term.within_population

    def test_a_year_is_a_year(self, counts: dict[str, CountObservation]) -> None:
        assert exposure_of(counts["count-ransomware-2024"], entities=2176) == pytest.approx(2176.0, rel=3e-3)

    def test_at_least_enters_as_its_value_with_a_coverage_of_its_own(
        self, catalogue: Catalogue, counts: dict[str, CountObservation]
    ) -> None:
        count = counts["count-ransomware-2021"]
        assert count.at_least
        term = build_term(catalogue, count, entities=2176)
        assert (term.count, term.source, term.coverage) == (47, "ministry", "ministry, at least")
        priors = read_priors(catalogue, [count])
        assert (
            priors.coverage["ministry, at least"].mean()
            < catalogue.estimate("threat.coverage.cert_sante").distribution.mean()
        )
        assert "threat.coverage_at_least.ministry" in priors.estimates

    def test_coverage_changes_at_its_dated_steps(
        self, catalogue: Catalogue, counts: dict[str, CountObservation]
    ) -> None:
        before, after = counts["count-ransomware-2023"], counts["count-ransomware-2024"]
        keys = [coverage_key(catalogue, count) for count in (before, after)]
        assert keys == ["cert_sante, from 2018-01-01", "cert_sante, from 2024-01-01"]
        priors = read_priors(catalogue, [before, after])
        assert [priors.coverage[key].mean() for key in keys] == pytest.approx([0.6, 0.66])
        assert list(priors.definition) == ["cert_sante"]

    def test_a_step_is_not_known_before_its_day(self, counts: dict[str, CountObservation]) -> None:
        past = load_catalogue(as_of=date(2023, 12, 31))
        assert coverage_key(past, counts["count-ransomware-2023"]) == "cert_sante"
        parameter = "threat.coverage.cert_sante"
        assert past.estimate_on(parameter, date(2026, 1, 1)).valid_from == "2018-01-01"
        # Nothing older is known than the oldest value.
        assert past.estimate_on(parameter, date(2001, 1, 1)) == past.estimate(parameter)

    def test_the_step_of_the_middle_of_the_window_holds(
        self, catalogue: Catalogue, counts: dict[str, CountObservation]
    ) -> None:
        straddling = replace(counts["count-ransomware-2024"], window_start="2023-12-01")
        assert coverage_key(catalogue, straddling).endswith("2024-01-01")

    def test_a_common_state_is_passed_on(self, catalogue: Catalogue, counts: dict[str, CountObservation]) -> None:
        count = counts["count-ransomware-2024"]
        assert build_term(catalogue, count, entities=10, common_state=lambda item: 1.5).multiplier == 1.5

    def test_sources_without_documented_coverage(
        self, catalogue: Catalogue, counts: dict[str, CountObservation]
    ) -> None:
        assert has_priors(catalogue, counts["count-ransomware-2024"])
        assert not has_priors(catalogue, counts["count-census-ransomware"])


class TestRefusals:
    def test_a_minimum_as_complete_as_an_ordinary_count(
        self, catalogue: Catalogue, counts: dict[str, CountObservation]
    ) -> None:
        low = catalogue.estimates["threat.coverage_at_least.ministry"]
        changed = replace(
            catalogue,
            estimates=MappingProxyType(
                {
                    **catalogue.estimates,
                    "threat.coverage.ministry": replace(
                        low, id="threat.coverage.ministry", distribution=Beta.from_mean(0.45, 20.0)
                    ),
                }
            ),
        )
        with pytest.raises(ModelError, match="as complete as an ordinary one") as caught:
            read_priors(changed, [counts["count-ransomware-2021"]])
        assert caught.value.findings[0].field == "threat.coverage_at_least.ministry"

    def test_the_same_events_twice(self, catalogue: Catalogue) -> None:
        twice = replace_count(catalogue, "count-ransomware-2021-sector", role="level")
        with pytest.raises(ModelError, match="two counts of the same events both set the level") as caught:
            select_counts(twice, "ransomware", as_of=NOW, role="level")
        finding = caught.value.findings[0]
        assert "count-ransomware-2021 (B2), count-ransomware-2021-sector (B2)" in (finding.value or "")
        assert "role: check" in (finding.repair or "")

    def test_what_is_not_known_yet_disturbs_nobody(self, catalogue: Catalogue) -> None:
        """The other count of 2021 was published in October 2023."""
        twice = replace_count(catalogue, "count-ransomware-2021-sector", role="level")
        found = select_counts(twice, "ransomware", as_of=date(2022, 9, 1), role="level")
        assert [count.ref for count in found] == ["count-ransomware-2021"]
