"""Extracts of the FINESS directory: who exists, of what kind and where; the files are made by us (see their README)."""

from __future__ import annotations

import math
import shutil
from collections import Counter
from pathlib import Path

import pytest

from hygie.core.errors import DocumentError
from hygie.facility.registers import Register, merge_registers, read_register
from hygie.facility.registers.lambert import from_lambert93

DATA = Path(__file__).parents[2] / "data"
SITES = "etalab-cs1100507-stock-20310115-0333.csv"
HOSPITAL, HOME, OTHER_HOME, LABORATORY, ISLAND = "019900018", "019900109", "019900117", "699900122", "979900040"


@pytest.fixture(scope="module")
def both() -> Register:
    return read_register(DATA / "finess")


class TestDirectory:
    def test_the_files_tell_what_they_are(self, both: Register) -> None:
        assert (both.kind, both.year, len(both.sites)) == ("finess", 2031, 6)

    def test_kinds_of_establishments(self, both: Register) -> None:
        kinds = {site.finess: site.category for site in both.sites}
        assert kinds[HOSPITAL] == "ch"
        assert kinds[HOME] == kinds[OTHER_HOME] == "ehpad"
        assert (kinds[LABORATORY], kinds[ISLAND]) == ("laboratory", "psychiatric")

    def test_legal_status_comes_from_the_legal_entity(self, both: Register) -> None:
        statuses = {site.finess: site.status for site in both.sites}
        assert statuses[HOME] == "public"
        assert statuses[OTHER_HOME] == statuses[LABORATORY] == "private"
        assert statuses[ISLAND] == "unknown"

    def test_without_legal_entities_only_public_health_bodies_are_known(self) -> None:
        alone = read_register(DATA / "finess" / SITES)
        assert Counter(site.status for site in alone.sites) == {"public": 1, "unknown": 5}
        (missing,) = [one for one in alone.findings if one.topic == "status"]
        assert (missing.kind, missing.count) == ("missing", 5)
        assert "cs1100501" in (missing.repair or "")

    def test_places(self, both: Register) -> None:
        sites = {site.finess: site for site in both.sites}
        assert (sites[HOSPITAL].city, sites[HOSPITAL].department) == ("VAL INVENTE", "01")
        assert (sites[ISLAND].department, sites[ISLAND].region) == ("971", "Guadeloupe")
        assert (sites[HOME].lat, sites[ISLAND].lat, sites[LABORATORY].lat) == (None, None, None)
        assert sites[HOSPITAL].lat == pytest.approx(46.2223, abs=1e-3)

    def test_activity_is_unknown_not_zero(self, both: Register) -> None:
        assert {site.beds_mco for site in both.sites} == {site.fte for site in both.sites} == {None}

    def test_everything_that_is_wrong_is_listed_and_nothing_else(self, both: Register) -> None:
        found = {(one.kind, one.topic): one for one in both.findings}
        assert len(found) == len(both.findings) == 8
        assert found["repaired", "encoding"].count == 8
        assert (found["doubtful", "layout"].line, found["doubtful", "layout"].value) == (9, "structureet: 3 cells")
        assert (found["doubtful", "position"].line, found["missing", "position"].count) == (11, 1)
        assert found["doubtful", "category"].value == "019900141 CENTRE DE RADIOTHERAPIE INVENTE"
        assert found["missing", "activity"].count == 6
        assert found["missing", "out_of_scope"].value == "620 Pharmacie d'Officine (1)"

    def test_named_columns_and_other_dates(self, tmp_path: Path) -> None:
        lines = (DATA / "finess" / SITES).read_bytes().splitlines(keepends=True)
        names = b"finess;nofinesset;nofinessej;rs;rslongue\n"
        path = tmp_path / "etalab-cs1100507-stock-20290302-0333.csv"
        path.write_bytes(names + b"".join(lines[1:]))
        assert (read_register(path).year, len(read_register(path).sites)) == (2029, 6)

    def test_legal_entities_alone_are_no_register(self, tmp_path: Path) -> None:
        path = Path(shutil.copy(DATA / "finess" / "etalab-cs1100501-stock-20310115-0334.csv", tmp_path))
        with pytest.raises(DocumentError, match="no establishment of a kind"):
            read_register(path)

    def test_unclosed_quotes(self, tmp_path: Path) -> None:
        path = tmp_path / "finess.csv"
        path.write_text('finess;etalab;1;2031-01-15\nstructureet;"019900018;x\n', encoding="utf-8")
        with pytest.raises(DocumentError, match="not a valid CSV"):
            read_register(path)


class TestMerge:
    def test_a_directory_completes_figures_and_never_replaces_them(self, both: Register) -> None:
        sae = read_register(DATA / "sae")
        merged = merge_registers(sae, both)
        assert len(merged.sites) == 5 + 4
        before, after = ({site.finess: site for site in one.sites} for one in (sae, merged))
        assert (after[HOSPITAL].beds_mco, after[HOSPITAL].lat) == (120, both.sites[0].lat)
        assert after[HOSPITAL].register_status == before[HOSPITAL].register_status
        assert after[HOME].category == "ehpad"
        # The home of the hospital belongs to its legal entity, and adds nothing to its beds.
        assert merged.entities["019980010"].sites == (HOSPITAL, "019900026", HOME)
        assert merged.entities["019980010"].beds == sae.entities["019980010"].beds

    def test_what_both_say_differently_is_noted(self, both: Register) -> None:
        sae = read_register(DATA / "sae")
        notes = merge_registers(sae, both).findings[len(sae.findings) + len(both.findings) :]
        assert [(one.topic, (one.value or "")[:9]) for one in notes] == [
            ("entity", "019900026"),
            ("entity", "019900034"),
            ("entity", "019900059"),
        ]
        assert all("does not have this site" in one.message for one in notes)


class TestLambert93:
    """The projection by what defines it, and one hospital whose coordinates two editions of FINESS publish."""

    def test_origin(self) -> None:
        assert from_lambert93(700_000.0, 6_600_000.0) == (46.5, 3.0)

    @pytest.mark.parametrize(("y", "parallel"), [(6_322_210.0, 44.0), (6_877_967.0, 49.0)])
    def test_lengths_are_true_on_the_standard_parallels(self, y: float, parallel: float) -> None:
        """There a degree of latitude is as long on the map as on the ellipsoid GRS 80."""
        low, high = from_lambert93(700_000.0, y - 1_000)[0], from_lambert93(700_000.0, y + 1_000)[0]
        assert (low + high) / 2 == pytest.approx(parallel, abs=2e-3)
        flattening = 1 / 298.257222101
        e2 = flattening * (2 - flattening)
        radius = 6_378_137.0 * (1 - e2) / (1 - e2 * math.sin(math.radians(parallel)) ** 2) ** 1.5
        assert math.radians(high - low) * radius == pytest.approx(2_000.0, rel=5e-6)

    def test_angles_are_kept(self) -> None:
        x, y, step = 950_000.0, 6_800_000.0, 500.0
        (south, _), (north, _) = from_lambert93(x, y - step), from_lambert93(x, y + step)
        (_, west), (_, east) = from_lambert93(x - step, y), from_lambert93(x + step, y)
        turned = from_lambert93(x, y + step)[1] - from_lambert93(x, y - step)[1]
        sideways = from_lambert93(x + step, y)[0] - from_lambert93(x - step, y)[0]
        latitude = math.radians((south + north) / 2)
        flattening = 1 / 298.257222101
        e2 = flattening * (2 - flattening)
        along = (1 - e2) / (1 - e2 * math.sin(latitude) ** 2)  # ratio of the two radii of curvature
        up = ((north - south) * along, turned * math.cos(latitude))
        right = (sideways * along, (east - west) * math.cos(latitude))
        assert up[0] * right[0] + up[1] * right[1] == pytest.approx(0.0, abs=1e-9)
        assert math.hypot(*up) == pytest.approx(math.hypot(*right), rel=1e-6)

    def test_a_hospital_of_the_ain(self) -> None:
        assert from_lambert93(870_262.2, 6_571_540.8) == pytest.approx((46.2222, 5.20879), abs=1e-3)
