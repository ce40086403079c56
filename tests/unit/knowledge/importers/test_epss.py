"""EPSS: the daily file and the answers of the API, dated, in bounds, and fast enough for a whole day."""

from __future__ import annotations

import gzip
import itertools
import json
import time
import tracemalloc
from datetime import date
from pathlib import Path

import pytest

from hygie.core.errors import DocumentError
from hygie.core.evidence import TLP
from hygie.knowledge.importers.epss import import_epss
from hygie.knowledge.importers.protocol import ImportItem, ImportOptions, Refusal
from hygie.knowledge.importers.registry import detect_format
from hygie.knowledge.kinds import IntelRecord
from hygie.store.byte_sources import ByteSource

FOLDER = Path(__file__).parents[3] / "data" / "epss"
DAILY = FOLDER / "epss_scores-2024-01-01.csv"
OPTIONS = ImportOptions(received_on=date(2026, 11, 23))
HEAD = b"#model_version:v2025.03.14,score_date:2025-09-06T12:55:00Z\ncve,epss,percentile\n"


def read(content: bytes, *, name: str = "scores.csv") -> list[ImportItem]:
    return list(import_epss(ByteSource(name=name, content=content), OPTIONS))


def scores(items: list[ImportItem]) -> list[IntelRecord]:
    return [item for item in items if isinstance(item, IntelRecord) and item.kind == "vulnerability"]


def refusals(items: list[ImportItem]) -> list[Refusal]:
    return [item for item in items if isinstance(item, Refusal)]


def test_the_daily_file_gives_dated_scores() -> None:
    source = ByteSource.from_path(DAILY)
    assert detect_format(source) == "epss"
    items = list(import_epss(source, OPTIONS))
    catalogue = items[0]
    assert isinstance(catalogue, IntelRecord)
    assert (catalogue.kind, catalogue.data["publisher"]) == ("source", "FIRST")
    first, second, third = scores(items)
    assert first.data == {
        "ref": "CVE-2099-10001",
        "epss": 0.9753,
        "epss_percentile": 0.99998,
        "epss_on": "2024-01-01",
        "epss_model": "v2023.03.01",
        "evidence": [catalogue.ref],
    }
    assert first.stamp == "2024-01-01T00:00:00.000000Z"
    assert first.tlp is TLP.CLEAR
    assert second.data["epss"] == 5e-05
    assert third.data["epss"] == 0.0


def test_scores_are_what_the_model_of_the_kind_would_build() -> None:
    for record in scores(read(DAILY.read_bytes())):
        assert IntelRecord.from_facts("vulnerability", record.facts(), stamp=record.stamp, tlp=record.tlp) == record


def test_the_api_says_the_same_of_its_day() -> None:
    source = ByteSource.from_path(FOLDER / "api.json")
    assert detect_format(source) == "epss"
    first, second = scores(list(import_epss(source, OPTIONS)))
    assert (first.data["epss"], first.data["epss_percentile"], first.data["epss_on"]) == (0.9753, 0.99998, "2024-01-02")
    assert second.data["epss"] == 5e-05
    assert "epss_model" not in first.data


def test_packed_content_is_the_same() -> None:
    content = DAILY.read_bytes()
    assert read(gzip.compress(content)) == read(content)


@pytest.mark.parametrize("stamp", ["2025-09-06T12:55:00Z", "2025-09-06T00:00:00+0000", "2025-09-06"])
def test_the_day_is_read_from_each_form_of_the_first_line(stamp: str) -> None:
    content = f"#model_version:v2025.03.14,score_date:{stamp}\r\ncve,epss,percentile\r\nCVE-2099-10001,0.5,0.9\r\n"
    (record,) = scores(read(content.encode()))
    assert record.data["epss_on"] == "2025-09-06"


def test_files_without_the_first_line_are_dated_by_their_name() -> None:
    content = b"cve,epss\nCVE-2099-10001,0.5\n"
    (record,) = scores(read(content, name="/in/2020-05-05/epss_scores-2021-04-14.csv"))
    assert record.data["epss_on"] == "2021-04-14"
    assert "epss_percentile" not in record.data


@pytest.mark.parametrize(
    "content",
    [
        b"cve,epss,percentile\nCVE-2099-10001,0.5,0.9\n",
        b"#model_version:v1,score_date:soon\ncve,epss,percentile\n",
        b"#model_version:v1,score_date:2024-02-30T00:00:00Z\ncve,epss,percentile\n",
        b"#model_version:v1,score_date:2031-01-01T00:00:00Z\ncve,epss,percentile\n",
    ],
)
def test_scores_without_a_past_day_are_refused(content: bytes) -> None:
    with pytest.raises(DocumentError, match="the scores are not dated"):
        read(content)


@pytest.mark.parametrize(
    "value", ["1.00001", "-0.1", "nan", "inf", "", "0,5", "1_0", "٠", "0x1p-1", "1e9", "half", "0.5.0", "+0.5"]
)
def test_what_is_no_share_is_refused_with_its_line(value: str) -> None:
    row = f'CVE-2099-10001,"{value}",0.9\n'.encode()
    items = read(HEAD + b"CVE-2099-10002,0.1,0.2\n" + row)
    (refusal,) = refusals(items)
    assert (refusal.ref, refusal.finding.line, refusal.finding.field) == ("CVE-2099-10001", 4, "epss")
    assert len(scores(items)) == 1


def test_the_percentile_is_judged_too() -> None:
    (refusal,) = refusals(read(HEAD + b"CVE-2099-10001,0.1,95\n"))
    assert refusal.finding.field == "percentile"
    assert refusal.finding.allowed == "a number from 0 to 1"


@pytest.mark.parametrize(
    ("row", "message"),
    [
        (b"CVE-2099-10001,0.5\n", "2 cells instead of 3"),
        (b"GHSA-xxxx,0.5,0.5\n", "not a CVE identifier"),
        (b"CVE-2099-1000\xff,0.5,0.5\n", "not valid UTF-8"),
        (b"CVE-2099-10001\x00,0.5,0.5\n", "NUL"),
    ],
)
def test_a_bad_row_is_refused_alone(row: bytes, message: str) -> None:
    items = read(HEAD + row + b"CVE-2099-10002,0.1,0.2\n")
    (refusal,) = refusals(items)
    assert message in refusal.finding.message
    assert refusal.finding.line == 3
    assert len(scores(items)) == 1


def test_a_file_of_something_else_is_refused() -> None:
    with pytest.raises(DocumentError, match="the columns are others"):
        read(b"name,town\nCH,Paris\n")


@pytest.mark.parametrize(
    ("answer", "message"),
    [
        ({"status": "ERROR", "data": [{}]}, "did not answer with scores"),
        ({"status": "OK", "data": []}, "holds no scores"),
        ({"status": "OK"}, "holds no scores"),
    ],
)
def test_an_answer_without_scores_is_refused(answer: dict[str, object], message: str) -> None:
    with pytest.raises(DocumentError, match=message):
        read(json.dumps(answer).encode())


@pytest.mark.parametrize(
    ("entry", "field"),
    [
        ({"cve": "CVE-2099-10001", "epss": "0.5", "percentile": "0.5"}, "date"),
        ({"cve": "CVE-2099-10001", "epss": True, "percentile": "0.5", "date": "2024-01-02"}, "epss"),
        ({"cve": None, "epss": "0.5", "date": "2024-01-02"}, "cve"),
        ({"cve": "CVE-2099-10001", "epss": "0.5", "percentile": [1], "date": "2024-01-02"}, "percentile"),
    ],
)
def test_a_wrong_entry_of_an_answer_is_named(entry: dict[str, object], field: str) -> None:
    (refusal,) = refusals(read(json.dumps({"status": "OK", "data": [entry]}).encode()))
    assert refusal.finding.field == field


def test_a_whole_day_is_read_as_a_stream() -> None:
    rows = 60_000
    content = HEAD + b"".join(b"CVE-2099-%05d,0.00%03d,0.%05d\n" % (i + 10_000, i % 1000, i) for i in range(rows))
    packed = gzip.compress(content, 1)
    began = time.process_time()
    tracemalloc.start()
    try:
        items = import_epss(ByteSource(name="day.csv.gz", content=packed), OPTIONS)
        next(items)
        tracemalloc.reset_peak()
        count = sum(1 for _ in items)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert count == rows
    # Far below the 3 MB of the plain text: nothing is held back.
    assert peak < 1_500_000
    # Ten times what a slow machine needs, with the tracing on.
    assert time.process_time() - began < 30


def test_reading_stops_where_the_caller_stops() -> None:
    content = HEAD + b"CVE-2099-10001,0.1,0.2\n" * 3
    items = list(itertools.islice(import_epss(ByteSource(name="x", content=content), OPTIONS), 2))
    assert len(scores(items)) == 1
