"""Programme and appetite files: what is read, and what is refused with advice."""

from __future__ import annotations

from math import inf
from pathlib import Path

import pytest

from hygie.core.errors import HygieError
from hygie.service.oasis_terms import read_oed, write_oed
from hygie.service.programme_files import load_appetite, load_programme, parse_programme

EXAMPLES = Path(__file__).parents[3] / "examples"

BASE = """\
schema: hygie.programme/1
name: Test
coverages:
  - {id: first_party, forms: [response, restoration], deductible: 1000, sub_limit: 500000}
  - {id: bi, forms: [activity], waiting_hours: 12, sub_limit: 500000}
event_deductible: 5000
layers:
  - {id: primary, limit: 100000, aggregate_limit: 200000}
  - {id: excess, attachment: 100000, limit: 300000, share: 0.5, premium: 2000,
     reinstatements: {number: 1, price: 1.0}}
"""


def refuse(text: str) -> str:
    """Return the message with which a programme is refused."""
    with pytest.raises(HygieError) as caught:
        parse_programme(text.encode(), name="p.yaml")
    return str(caught.value)


def test_the_examples_are_read() -> None:
    file = load_programme(EXAMPLES / "programme-hospital.yaml")
    programme = file.programme()
    assert [layer.id for layer in programme.layers] == ["primary", "excess"]
    assert programme.complaint_filed == 0.95
    assert programme.coverages[1].waiting_h == 12.0
    assert programme.layers[1].annual_limit_eur == 8_000_000.0
    assert file.complaint is not None
    assert file.complaint.method == "assumed"
    assert len(load_appetite(EXAMPLES / "appetite-hospital.yaml").points) == 3


def test_what_is_left_out_has_no_limit() -> None:
    programme = parse_programme(BASE.encode(), name="p.yaml").programme()
    assert programme.layers[1].aggregate_limit_eur == inf
    assert programme.layers[1].reinstatements == 1


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("1000, sub_limit: 500000", "1000, sub_limit: 500", ["sub-limit is below the deductible", "1,000", ":4"]),
        ("attachment: 100000", "attachment: 60000", ["“primary” and “excess” overlap", "150%", "raise this"]),
        ("share: 0.5", "share: -0.5", ["“share” is too small", "> 0"]),
        ("share: 0.5", "share: 1.5", ["“share” is too large"]),
        ("event_deductible: 5000", "event_deductible: -1", ["“event_deductible” is too small"]),
        ("event_deductible: 5000", "event_deductible: 2000000", ["takes all that the coverages can pay"]),
        ("attachment: 100000", "attachment: 1100000", ["“excess” can never be reached", "995,000"]),
        ("aggregate_limit: 200000", "aggregate_limit: 50000", ["annual limit is below the limit of one event"]),
        ("premium: 2000,", "aggregate_limit: 900000,", ["say the same thing twice", "without a premium"]),
        ("forms: [activity]", "forms: [activty]", ["unknown form of loss “activty”", "did you mean “activity”?"]),
        ("forms: [activity]", "forms: [activity, response]", ["belongs to two coverages"]),
        ("forms: [activity]", "forms: [third_party]", ["a waiting period on a coverage that takes no lost activity"]),
        ("id: excess", "id: primary", ["“primary” stands twice"]),
        ("waiting_hours: 12", "waiting_hour: 12", ["unknown field “waiting_hour”", "did you mean “waiting_hours”?"]),
        ("limit: 300000", "limit: .inf", ["limit"]),
        ("hygie.programme/1", "hygie.programme/9", ["not one of the accepted values"]),
    ],
)  # fmt: skip
def test_nonsense_is_refused_with_advice(old: str, new: str, words: list[str]) -> None:
    assert old in BASE
    message = refuse(BASE.replace(old, new, 1))
    for word in words:
        assert word in message, message


@pytest.mark.parametrize(
    ("treaty", "word"),
    [
        ("{id: qs, kind: quota_share, attachment: 5, share: 0.3}", "a quota share has no attachment"),
        ("{id: sl, kind: stop_loss, attachment: 5, aggregate_limit: 9}", "a stop loss has an attachment and a limit"),
        ("{id: cat, kind: surplus}", "not one of the accepted values"),
    ],
)
def test_treaties_that_contradict_themselves_are_refused(treaty: str, word: str) -> None:
    assert word in refuse(f"{BASE}reinsurance:\n  - {treaty}\n")


def test_a_wrong_field_is_told_once_and_an_empty_list_too() -> None:
    assert "too few" not in refuse(BASE.replace("share: 0.5", "share: 2.0"))
    head = BASE.split("layers:")[0]
    assert "“layers” is empty" in refuse(head + "layers: []\n")


def test_layers_that_share_a_band_are_not_an_overlap() -> None:
    shared = BASE.replace(
        "  - {id: primary, limit: 100000, aggregate_limit: 200000}",
        "  - {id: lead, limit: 100000, share: 0.6}\n  - {id: follow, limit: 100000, share: 0.4}",
    )
    assert len(parse_programme(shared.encode(), name="p.yaml").layers) == 3


def test_terms_survive_a_round_trip_through_oed(tmp_path: Path) -> None:
    from hygie.views.charts_data import write_csv

    text = BASE.replace("forms: [response, restoration]", "forms: [response]").replace("price: 1.0", "price: 0.0")
    file = parse_programme(text.encode(), name="p.yaml")
    tables, lost = write_oed(file)
    assert lost == ["coverages.bi: OED's NPBI also takes reputation"]
    account = tmp_path / "account.csv"
    account.write_text(write_csv(tables["account"]), encoding="utf-8")
    back, notes = read_oed(account)
    assert notes == []
    assert back.event_deductible == 5000.0
    by_id = {item.id: item for item in back.coverages}
    assert by_id["inre"].deductible == 1000.0
    assert by_id["npbi"].waiting_hours == 12.0
    first, second = back.programme().layers
    assert (first.limit_eur, first.aggregate_limit_eur) == (100_000.0, 200_000.0)
    # One free reinstatement is an annual limit of two limits.
    assert (second.attachment_eur, second.share, second.annual_limit_eur) == (100_000.0, 0.5, 600_000.0)


def test_the_published_cyber_account_is_read(tmp_path: Path) -> None:
    """The columns and figures of OED's example (github.com/OasisLMF/ODS_OpenExposureData, cyber_account.csv)."""
    header = (
        "PortNumber,AccNumber,AccCurrency,PolNumber,LOB,PolPerilsCovered,PolGrossPremium,LayerParticipation,LayerLimit,"
        "LayerAttachment,PolLimitBI,PolDedBI,PolLimitCBI,PolDedCBI,PolCoverage,InsuredName"
    )
    row = "P,C1,USD,ABC12345,Cyber,CC1,5000000,0.1,10000000,100000000,2000000,10000,3000000,25000,BI;CBI;DIAS;FIN,W"
    account = tmp_path / "cyber.csv"
    account.write_text(f"{header}\n{row}\n", encoding="utf-8")
    file, notes = read_oed(account)
    assert file.layers[0].share == 0.1
    assert [item.id for item in file.coverages] == ["npbi", "dias"]
    assert file.coverages[0].sub_limit == 2_000_000.0
    assert "PolCoverage CBI: no form of loss of hygie, left out" in notes
    assert any("USD" in note for note in notes)
