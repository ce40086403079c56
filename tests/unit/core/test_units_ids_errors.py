"""Units convert once, names give the same numbers for ever, errors say where and what to do."""

from __future__ import annotations

import numpy as np
import pytest

from hygie.core.errors import (
    DataError,
    DocumentError,
    ElicitationError,
    EvidenceError,
    Finding,
    HygieError,
    ModelError,
    SchemaError,
    StoreError,
    UnitError,
    UsageError,
    suggest,
)
from hygie.core.ids import check_entities, derive_entity, digest_arrays, digest_text
from hygie.core.units import UNITS, convert_factor, get_unit


class TestUnits:
    @pytest.mark.parametrize(
        ("symbol", "to", "factor"),
        [
            ("d", "h", 24.0),
            ("h", "d", 1.0 / 24.0),
            ("week", "d", 7.0),
            ("y", "d", 365.25),
            ("month", "y", 1.0 / 12.0),
            ("percent", "share", 0.01),
            ("MEUR_2024", "kEUR_2024", 1000.0),
            ("1/month", "1/y", 12.0),
            ("EUR_2024/d", "EUR_2024/h", 1.0 / 24.0),
        ],
    )
    def test_factors(self, symbol: str, to: str, factor: float) -> None:
        assert convert_factor(symbol, to=to) == pytest.approx(factor)

    @pytest.mark.parametrize("symbol", UNITS)
    def test_each_unit_leads_to_a_canonical_one(self, symbol: str) -> None:
        unit = get_unit(symbol)
        canonical = get_unit(unit.canonical)
        assert canonical.canonical == canonical.symbol
        assert canonical.factor == 1.0
        assert unit.factor > 0.0
        assert convert_factor(symbol, to=unit.canonical) == unit.factor

    def test_unknown_unit_suggests_a_known_one(self) -> None:
        with pytest.raises(UnitError, match="unknown unit “EUR_2042”") as caught:
            get_unit("EUR_2042")
        assert caught.value.findings[0].repair == "did you mean “EUR_2024”?"

    def test_a_duration_is_no_money(self) -> None:
        with pytest.raises(UnitError, match="cannot be read as") as caught:
            convert_factor("d", to="EUR_2024")
        assert caught.value.findings[0].allowed == "EUR_2024, MEUR_2024, kEUR_2024"


class TestIds:
    def test_pinned_values(self) -> None:
        """Entities address random streams: they are part of the format of a result."""
        assert derive_entity("fr-910002773", "hands_on") == 12063775962389076911
        assert derive_entity("") == 13873821569484385852

    def test_borders_between_parts_count(self) -> None:
        assert (
            len({derive_entity("ab", "c"), derive_entity("a", "bc"), derive_entity("abc"), derive_entity("ab c")}) == 4
        )

    def test_fits_in_64_bits(self) -> None:
        values = [derive_entity("n", str(index)) for index in range(2000)]
        assert all(0 <= value < 2**64 for value in values)
        assert len(set(values)) == 2000
        # All 64 bits are used.
        assert np.bitwise_or.reduce(np.array(values, dtype=np.uint64)) == np.uint64(2**64 - 1)

    def test_two_names_on_one_stream_are_refused(self) -> None:
        entities = np.array([[5, 9], [7, 5]], dtype=np.uint64)
        with pytest.raises(ModelError, match="“a” and “d” fall on the same random stream"):
            check_entities(entities, names=["a", "b", "c", "d"])

    def test_different_streams_are_accepted(self) -> None:
        assert check_entities(np.arange(4, dtype=np.uint64), names=list("abcd")) is None


class TestDigests:
    arrays = {"a": np.arange(6.0).reshape(2, 3), "b": np.array([1, 2], dtype=np.int32)}

    def test_pinned_value(self) -> None:
        assert digest_arrays(self.arrays) == "sha256:cbb6811d596f029ea2f6375637380f6fe4ebcc27822e52bc4a281c9f25f219e1"
        assert digest_text("hygie") == "sha256:4c30716d5a3468935cf4c59e96de15f7dd4c1ee6599950cdf66eb8d73d01a27f"

    def test_storage_does_not_matter(self) -> None:
        stored = {
            "b": self.arrays["b"].astype(">i4"),
            "a": np.asfortranarray(self.arrays["a"]),
        }
        assert digest_arrays(stored) == digest_arrays(self.arrays)

    @pytest.mark.parametrize(
        "changed",
        [
            {"a": arrays["a"], "b": np.array([1, 3], dtype=np.int32)},
            {"a": arrays["a"], "b": np.array([1, 2], dtype=np.int64)},
            {"a": arrays["a"].reshape(3, 2), "b": arrays["b"]},
            {"a": arrays["a"], "c": arrays["b"]},
            {"a": arrays["a"]},
        ],
        ids=["value", "type", "shape", "name", "missing"],
    )
    def test_content_matters(self, changed: dict[str, np.ndarray]) -> None:
        assert digest_arrays(changed) != digest_arrays(self.arrays)


class TestErrors:
    def test_rendering_puts_the_place_first_and_the_repair_last(self) -> None:
        error = SchemaError(
            "“beds_mco” is too small",
            file="chsf.yaml",
            line=14,
            field="activity.beds_mco",
            value=-3,
            allowed="≥ 0",
            repair="check the figure",
        )
        assert str(error) == (
            "[HYG-202] chsf.yaml:14: “beds_mco” is too small\n"
            "    field:   activity.beds_mco\n"
            "    value:   -3\n"
            "    allowed: ≥ 0\n"
            "    repair:  check the figure"
        )

    def test_only_what_is_known_is_said(self) -> None:
        assert str(ModelError("two parts do not fit")) == "[HYG-300] two parts do not fit"
        assert Finding(message="odd", file="a.yaml").render() == "[HYG-000] a.yaml: odd"

    def test_a_value_can_be_anything(self) -> None:
        shown = SchemaError("odd", value="bell \x07, escape \x1b[31m, reversed \u202e" + "x" * 500).findings[0].value
        assert shown is not None
        assert shown.isprintable()
        assert len(shown) <= 120
        assert SchemaError("odd", value=None).findings[0].value is None
        assert SchemaError("odd", value=[1, "a"]).findings[0].value == "[1, 'a']"

    def test_several_findings_travel_in_one_error(self) -> None:
        findings = [Finding(message="one", code="HYG-202"), Finding(message="two", code="HYG-205")]
        error = DataError.from_findings(findings)
        assert str(error) == "[HYG-202] one\n[HYG-205] two"
        assert error.findings == tuple(findings)
        with pytest.raises(ValueError, match="at least one finding"):
            DataError.from_findings([])

    def test_missing_places_are_filled_in_and_known_ones_kept(self) -> None:
        error = UnitError("unknown unit", field="unit", repair="look at the list")
        placed = error.located(file="pack.yaml", line=3, field="elsewhere")
        assert isinstance(placed, UnitError)
        finding = placed.findings[0]
        assert (finding.file, finding.line, finding.field) == ("pack.yaml", 3, "unit")
        assert finding.repair == "look at the list"
        assert placed.located(file="other.yaml", line=9).findings == placed.findings

    def test_codes_are_public_and_distinct(self) -> None:
        codes = {
            UsageError: "HYG-100",
            DataError: "HYG-200",
            DocumentError: "HYG-201",
            SchemaError: "HYG-202",
            UnitError: "HYG-203",
            ElicitationError: "HYG-204",
            EvidenceError: "HYG-205",
            ModelError: "HYG-300",
            StoreError: "HYG-400",
        }
        assert {kind: kind.code for kind in codes} == codes
        assert all(issubclass(kind, HygieError) for kind in codes)

    def test_exit_codes(self) -> None:
        assert UsageError("wrong option").exit_code == 2
        assert {kind("x").exit_code for kind in (DataError, SchemaError, ModelError, StoreError)} == {3}

    def test_suggestions(self) -> None:
        assert suggest("beds_mcco", ["beds_psy", "beds_mco"]) == "did you mean “beds_mco”?"
        assert suggest("zzz", ["beds_psy", "beds_mco"]) is None
        assert suggest("x", []) is None
