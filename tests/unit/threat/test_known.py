"""What is known on a date, what is left out, and mixtures: never another rate than the model's own."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import numpy as np
import pytest

from hygie.core.errors import UsageError
from hygie.core.sampling import EpistemicSample
from hygie.facility.blueprints import Blueprints
from hygie.facility.organisation import Activity, Organisation
from hygie.knowledge.catalogue import Catalogue
from hygie.knowledge.packs import load_catalogue
from hygie.scenario.specs import ScenarioSpecs
from hygie.threat.actors import activity_state
from hygie.threat.known import NEWS, Piece, know, leave_out, list_pieces, mix, put_back
from hygie.threat.rates import ThreatRates, derive_rates

EARLY, LATE = date(2022, 9, 1), date(2024, 3, 1)
CRONOS = "operation-cronos-2024"


def rate(catalogue: Catalogue, blueprints: Blueprints, specs: ScenarioSpecs, *, as_of: date) -> ThreatRates:
    place = Organisation(
        id="x", name="X", category="ch", status="public", region="Bretagne", activity=Activity(year=2023, fte=900.0)
    )
    return derive_rates(
        catalogue,
        [place],
        population=blueprints.population,
        classes=[process.counted_class for process in specs.processes],
        sample=EpistemicSample(catalogue.estimate, seed=1, draws=8),
        as_of=as_of,
    )


def assert_same(one: ThreatRates, other: ThreatRates) -> None:
    assert one.level.keys() == other.level.keys()
    for name in one.level:
        np.testing.assert_array_equal(one.level[name], other.level[name])
    for name in one.campaign_rate:
        np.testing.assert_array_equal(one.campaign_rate[name], other.campaign_rate[name])
    np.testing.assert_array_equal(one.actors.shares, other.actors.shares)
    np.testing.assert_array_equal(one.multiplier, other.multiplier)


@pytest.mark.parametrize("day", [date(2021, 3, 1), EARLY, LATE, date(2026, 11, 23)])
def test_what_is_not_known_yet_changes_no_rate(blueprints: Blueprints, specs: ScenarioSpecs, day: date) -> None:
    catalogue = load_catalogue(as_of=day)
    assert_same(
        rate(know(catalogue, as_of=day), blueprints, specs, as_of=day), rate(catalogue, blueprints, specs, as_of=day)
    )


def test_knowing_twice_is_knowing_once(catalogue: Catalogue) -> None:
    once = know(catalogue, as_of=EARLY)
    assert all(not list_pieces(once, know(once, as_of=EARLY), kind) for kind in NEWS)
    assert all(list_pieces(once, know(catalogue, as_of=LATE), kind) for kind in NEWS)


def test_a_mixture_of_everything_is_the_other_side(catalogue: Catalogue) -> None:
    before, after = know(catalogue, as_of=EARLY), know(load_catalogue(as_of=LATE), as_of=LATE)
    for taken, side in (((), before), ((*NEWS, "model"), after)):
        mixed = mix(before, after, taken)
        assert all(not list_pieces(mixed, side, kind) for kind in (*NEWS, "model"))
    half = mix(before, after, {"counts"})
    assert half.counts == after.counts
    assert half.incidents == before.incidents


def test_pieces_put_back_one_by_one_lead_back(catalogue: Catalogue) -> None:
    before, after = know(catalogue, as_of=EARLY), know(catalogue, as_of=LATE)
    for kind in NEWS:
        world = after
        for piece in list_pieces(before, after, kind):
            left = len(list_pieces(before, world, kind))
            world = put_back(before, world, [piece])
            assert len(list_pieces(before, world, kind)) == left - 1
        assert not list_pieces(before, world, kind)


def test_a_state_falls_with_any_part_of_its_evidence(catalogue: Catalogue) -> None:
    rest, omission = leave_out(catalogue, [CRONOS])
    assert omission.removed == (Piece("actors", "lockbit@2024-02-20"),)
    assert omission.kept == ("threat.affiliate_moves",)
    assert activity_state(catalogue.actors["lockbit"], LATE) < activity_state(rest.actors["lockbit"], LATE) == 1.0


def test_an_incident_stands_while_one_source_is_left(catalogue: Catalogue) -> None:
    incident = replace(catalogue.incidents[0], evidence=("inc-fr-2019-01", "inc-fr-2019-02"))
    told = replace(catalogue, incidents=(incident,))
    assert leave_out(told, ["inc-fr-2019-01"])[0].incidents == (incident,)
    assert leave_out(told, ["inc-fr-2019-01", "inc-fr-2019-02"])[0].incidents == ()
    assert leave_out(told, [incident.ref])[0].incidents == ()


def test_a_campaign_left_out_leaves_its_window(
    catalogue: Catalogue, blueprints: Blueprints, specs: ScenarioSpecs
) -> None:
    """Two waves less in the same years of watching: a lower rate than with them, and than with no watching at all."""
    names = [campaign.ref for campaign in catalogue.campaigns]
    whole = rate(catalogue, blueprints, specs, as_of=LATE)
    rest = rate(leave_out(catalogue, names)[0], blueprints, specs, as_of=LATE)
    unwatched = rate(replace(catalogue, campaigns=()), blueprints, specs, as_of=LATE)
    assert rest.sector.campaigns["ddos"].fitted.seen == ()
    means = [float(each.campaign_rate["ddos"].mean()) for each in (rest, whole, unwatched)]
    assert means[0] < min(means[1:])


@pytest.mark.parametrize("ref", ["operation-chronos-2024", "lockbit@1999-01", "", "lockbit"])
def test_refs_that_lead_nowhere_are_refused(catalogue: Catalogue, ref: str) -> None:
    with pytest.raises(UsageError, match="no loaded pack has this") as caught:
        leave_out(catalogue, [ref])
    finding = caught.value.findings[0]
    assert (finding.field, finding.value) == ("--without", ref)
    assert finding.repair


def test_the_closest_ref_is_suggested(catalogue: Catalogue) -> None:
    with pytest.raises(UsageError, match="no loaded pack") as caught:
        leave_out(catalogue, ["operation-chronos-2024"])
    assert caught.value.findings[0].repair == f"did you mean “{CRONOS}”?"
