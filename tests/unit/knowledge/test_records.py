"""Records: partial dates and what they cover."""

from __future__ import annotations

from datetime import date

import pytest

from hygie.core.errors import SchemaError
from hygie.knowledge.records import Attribution, Campaign, DatePrecision, Incident, Victim, expand_date


@pytest.mark.parametrize(
    ("text", "first", "last"),
    [
        ("2023", date(2023, 1, 1), date(2023, 12, 31)),
        ("2024-02", date(2024, 2, 1), date(2024, 2, 29)),
        ("2023-12", date(2023, 12, 1), date(2023, 12, 31)),
        ("2023-06-30", date(2023, 6, 30), date(2023, 6, 30)),
    ],
)
def test_partial_dates_cover_their_days(text: str, first: date, last: date) -> None:
    assert expand_date(text) == (first, last)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "23",
        "2023-2",
        "2023-13",
        "2024-00",
        "2024-05-00",
        "2023-02-30",
        "0000",
        "2023-01-01T00:00",
        "2023-01-01\n",
        "٢٠٢٣",
        "x",
    ],
)
def test_what_is_not_a_date_is_refused(text: str) -> None:
    with pytest.raises(SchemaError, match="is not a date"):
        expand_date(text)


@pytest.mark.parametrize(
    ("started_on", "precision", "first", "last"),
    [
        ("2023-03-15", "day", date(2023, 3, 15), date(2023, 3, 15)),
        # 15 March 2023 was a Wednesday.
        ("2023-03-15", "week", date(2023, 3, 13), date(2023, 3, 19)),
        ("2023-03-15", "month", date(2023, 3, 1), date(2023, 3, 31)),
        ("2023-03-15", "year", date(2023, 1, 1), date(2023, 12, 31)),
        ("2023", "year", date(2023, 1, 1), date(2023, 12, 31)),
    ],
)
def test_spans_widen_with_the_stated_precision(
    started_on: str, precision: DatePrecision, first: date, last: date
) -> None:
    incident = Incident(
        ref="inc-1",
        evidence=("ev-1",),
        started_on=started_on,
        date_precision=precision,
        victim=Victim(name="CH A", kind="ch"),
        threat_class="ransomware",
        actor=Attribution("unknown", "none"),
    )
    assert incident.span == (first, last)


def test_a_campaign_without_precision_spans_what_its_date_covers() -> None:
    campaign = Campaign(
        ref="ddos-1",
        evidence=("ev-1",),
        threat_class="ddos",
        started_on="2023-03",
        victims_named=7,
        actor="unknown",
        window_start="2022-01-01",
        window_end="2023-12-31",
    )
    assert campaign.span == (date(2023, 3, 1), date(2023, 3, 31))
