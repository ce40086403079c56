"""A programme on a portfolio made by hand: totals, probabilities and treaties can be counted."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from hygie.core.waists import SimulationPlan
from hygie.service.insurance import price_programme
from hygie.service.insurance_view import describe_programme
from hygie.service.loss_tables import StoredLosses
from hygie.service.programme_files import parse_programme
from hygie.views.charts_programme import draw_before_after, draw_tower
from terms_kit import make_columns

TERMS = """\
schema: hygie.programme/1
name: Two hospitals
coverages:
  - {id: all, forms: [response, activity]}
event_deductible: 10
layers:
  - {id: primary, limit: 50, aggregate_limit: 50, premium: 20}
  - {id: excess, attachment: 60, limit: 100, share: 0.5}
pricing: {principle: capital, rate: 0.1, capital_level: 0.9, method: elicited}
reinsurance:
  - {id: cat, kind: per_event, attachment: 60, limit: 1000}
"""


def stored() -> StoredLosses:
    """Return ten years of two facilities: a campaign hits both in year 2, one attack each in years 5 and 9."""
    columns = make_columns(
        year=[2, 2, 5, 9],
        day=[40, 40, 7, 8],
        facility=[0, 1, 0, 1],
        response=[60.0, 60.0, 210.0, 5.0],
        extortion=[0.0, 0.0, 30.0, 0.0],
    )
    columns |= {
        "draw": np.array([0, 0, 1, 1]),
        "process": np.array([-1, -1, 0, 0]),
        "threat_class": np.zeros(4, dtype=np.int8),
        "origin": np.array([3, 3, 0, 0]),
        "origin_index": np.array([0, 0, -1, -1]),
        "occurrence": np.zeros(4, dtype=np.int16),
    }
    labels = {"nodes": ("a", "b"), "processes": ("hands_on",), "campaigns": ("wave",), "classes": ("ddos",)}
    manifest = {"digest": "sha256:x", "facility": {"name": "Two"}}
    return StoredLosses(Path("here"), manifest, columns, SimulationPlan(years=10, draws=2, seed=1), labels)


def test_every_figure_can_be_counted() -> None:
    priced = price_programme(stored(), parse_programme(TERMS.encode(), name="p.yaml"))
    # Claims after the deductible: 50, 50, 200, 0. Primary: 50 each; excess: half of min(100, 140).
    assert priced.insured.paid.tolist() == [50.0, 50.0, 100.0, 0.0]
    assert priced.figures["aal_before"].value == pytest.approx(36.5)
    assert priced.figures["aal_insured"].value == pytest.approx(20.0)
    assert priced.figures["aal_after"].value == pytest.approx(16.5)
    assert priced.figures["p_payment"].value == pytest.approx(0.2)
    primary, excess = priced.layers
    assert primary.paid.value == pytest.approx(15.0)
    assert (primary.attachment.value, primary.exhaustion.value) == (pytest.approx(0.2), pytest.approx(0.2))
    assert (excess.attachment.value, excess.exhaustion.value) == (pytest.approx(0.1), pytest.approx(0.1))
    # The campaign is one event of 100 for the insurer, the attack one of 100 as well.
    assert priced.treaties[0].ceded.value == pytest.approx((40.0 + 40.0) / 10.0)
    # TVaR at 90 % is the worst of ten years, 100: the load is 10 % of the distance to the mean.
    assert priced.technical is not None
    assert priced.technical.premium.value == pytest.approx(20.0 + 0.1 * (100.0 - 20.0))
    assert priced.form_loss["extortion"] == pytest.approx(3.0)


@pytest.mark.parametrize("language", ["fr", "en"])
def test_the_view_says_gaps_and_what_is_not_covered(language: str) -> None:
    priced = price_programme(stored(), parse_programme(TERMS.encode(), name="p.yaml"))
    view = describe_programme(priced, source=Path("p.yaml"), language=language)  # type: ignore[arg-type]
    assert [row.id for row in view.uncovered] == ["extortion"]
    assert any("50" in text and "60" in text for text in view.cautions)
    assert view.layers[0].loss_ratio == pytest.approx(15.0 / 20.0)
    assert view.layers[1].loss_ratio is None
    tower = draw_tower(view)
    assert tower.spec["layer"][0]["data"]["values"]
    assert all(layer.label in tower.sentence for layer in view.layers)
    assert draw_before_after(view) is not None


def test_what_a_waiting_period_leaves_out_is_said() -> None:
    def cautions(terms: str) -> str:
        priced = price_programme(stored(), parse_programme(terms.encode(), name="p.yaml"))
        return " ".join(describe_programme(priced, source=Path("p.yaml"), language="en").cautions)

    both = """
schema: hygie.programme/1
name: Waits
coverages:
  - {id: bi, forms: [activity, reputation], waiting_hours: 24}
layers:
  - {id: one, limit: 100}
"""
    assert "Slow return of activity has no waiting period" in cautions(both)
    assert "Slow return" not in cautions(both.replace(", waiting_hours: 24", ""))
    assert "Slow return" not in cautions(both.replace(", reputation", ""))


def test_a_late_complaint_costs_the_payment() -> None:
    text = TERMS + "complaint: {filed: 0.0, method: assumed}\n"
    priced = price_programme(stored(), parse_programme(text.encode(), name="p.yaml"))
    assert priced.figures["aal_insured"].value == 0.0
    assert priced.figures["aal_complaint"].value == pytest.approx(20.0)


def test_a_year_without_events_is_priced_too() -> None:
    empty = stored()
    losses = StoredLosses(
        empty.folder,
        empty.manifest,
        {name: column[:0] for name, column in empty.columns.items()},
        empty.plan,
        empty.labels,
    )
    priced = price_programme(losses, parse_programme(TERMS.encode(), name="p.yaml"))
    assert priced.figures["aal_insured"].value == 0.0
    view = describe_programme(priced, source=Path("p.yaml"), language="en")
    assert draw_before_after(view) is None
    assert draw_tower(view).sentence
