"""Any record comes back from a table as it was, whatever stands in its texts."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from hygie.core.evidence import TLP
from hygie.core.spreadsheets import neutralise_text, restore_text
from hygie.knowledge.exporters.tables import export_csv, export_xlsx
from hygie.knowledge.importers.protocol import ImportOptions
from hygie.knowledge.importers.tables import import_table
from hygie.knowledge.kinds import IntelRecord, Kind, validate_facts
from hygie.store.byte_sources import ByteSource

OPTIONS = ImportOptions(received_on=date(2026, 11, 23), keep_names=True)

# Letters that mean something to spreadsheets, CSV, XML or JSON, and some that mean nothing.
HOSTILE = "=+-@＝＋－＠\t\r\n,;|\"'“’«[]{}\\_x005FD&<>%#\u00a0\u200b\ufeff\ufffe\uffff\x01\x1f\x7fé😀 a1"
texts = st.one_of(
    st.text(st.sampled_from(HOSTILE), min_size=1, max_size=20),
    st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), min_size=1, max_size=20),
    st.sampled_from(["=1+1", "true", "0", "2023-01-01", "[]", "null", "NaN", "1e5", "TRUE", "'=x", "_x0041_", "00123"]),
).filter(lambda text: bool(text.strip()))
refs = st.from_regex(r"[A-Za-z0-9][A-Za-z0-9._-]{0,20}", fullmatch=True)
dates = st.one_of(
    st.dates(date(1000, 1, 1)).map(date.isoformat),
    st.dates(date(1000, 1, 1)).map(lambda day: day.isoformat()[:7]),
    st.dates(date(1000, 1, 1)).map(lambda day: day.isoformat()[:4]),
)
numbers = st.floats(min_value=0, allow_nan=False, allow_infinity=False)
shares = st.floats(min_value=0, max_value=1)
whole = st.integers(min_value=0, max_value=10**15 - 1)
words = st.fixed_dictionaries({"en": texts, "fr": texts})
lists = st.lists(texts, min_size=1, max_size=3)


def rows(needed: dict[str, Any], optional: dict[str, Any]) -> st.SearchStrategy[dict[str, Any]]:
    return st.fixed_dictionaries(needed, optional=optional)


incidents = rows(
    {
        "ref": refs,
        "evidence": st.lists(refs, min_size=1, max_size=3),
        "started_on": dates,
        "date_precision": st.sampled_from(["day", "week", "month", "year"]),
        "victim": rows({"name": texts, "kind": texts}, {"town": texts, "country": st.just("FR"), "sector": refs}),
        "threat_class": refs,
        "actor": st.fixed_dictionaries({"name": refs, "confidence": st.sampled_from(["high", "none"])}),
    },
    {
        "disruption": st.fixed_dictionaries({"value": numbers, "unit": texts, "estimated": st.booleans()}),
        "loss": rows({"value": numbers, "unit": st.just("EUR")}, {"note": words}),
        "notes": words,
        "data_leaked": st.sampled_from(["yes", "no", "claimed", "unknown"]),
        "techniques": st.lists(refs, min_size=1, max_size=3),
        "veris": rows({"actions": lists}, {"data_total": whole, "availability_duration": numbers}),
        "ids": st.lists(rows({"catalogue": texts, "id": texts}, {"url": texts}), min_size=1, max_size=2),
        "date_basis": st.sampled_from(["attack", "leak_post"]),
        "title": texts,
        "summary": texts,
    },
)
actors = rows(
    {"ref": refs, "name": texts},
    {
        "aliases": lists,
        "motives": lists,
        "first_seen": dates,
        "activity": st.lists(
            st.fixed_dictionaries({"from": dates, "state": shares, "evidence": st.lists(refs, max_size=2)}),
            min_size=1,
            max_size=2,
        ),
        "description": words,
    },
)
vulnerabilities = rows(
    {"ref": st.from_regex(r"CVE-[0-9]{4}-[0-9]{4,19}", fullmatch=True)},
    {"name": texts, "cwes": lists, "epss": shares, "epss_percentile": shares, "exploited_since": dates},
)
counts = st.fixed_dictionaries(
    {
        "ref": refs,
        "evidence": st.lists(refs, min_size=1, max_size=2),
        "threat_class": refs,
        "outcomes": st.lists(st.sampled_from(["theft_only", "server"]), max_size=2),
        "count": whole,
        "at_least": st.booleans(),
        "window": st.just({"start": "2022-01-01", "end": "2022-12-31"}),
        "population": texts,
        "definition": words,
        "role": st.sampled_from(["level", "check", "nested"]),
        "source_kind": st.sampled_from(["ministry", "case_list"]),
        "out_of_scope": st.booleans(),
    }
)
software = rows({"ref": refs, "name": texts, "kind": st.sampled_from(["malware", "tool"])}, {"platforms": lists})
campaigns = rows(
    {"ref": refs},
    {"name": words, "victims": rows({"named": whole}, {"published": whole}), "summary": texts, "started_on": dates},
)
FACTS: dict[Kind, st.SearchStrategy[dict[str, Any]]] = {
    "incident": incidents,
    "count": counts,
    "actor": actors,
    "vulnerability": vulnerabilities,
    "software": software,
    "campaign": campaigns,
}


@st.composite
def records(draw: st.DrawFn, kind: Kind) -> list[IntelRecord]:
    made = []
    for data in draw(st.lists(FACTS[kind], min_size=1, max_size=3, unique_by=lambda one: one["ref"])):
        made.append(
            IntelRecord.from_facts(
                kind,
                validate_facts(kind, data),
                name=draw(st.none() | texts),
                tlp=draw(st.none() | st.sampled_from(list(TLP))),
                pap=draw(st.none() | st.sampled_from(["clear", "green", "amber", "red"])),
                stamp=draw(st.none() | st.just("2023-03-12T10:30:00.123Z")),
            )
        )
    return made


@pytest.mark.parametrize("kind", FACTS)
@settings(max_examples=40, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
@given(data=st.data())
def test_csv_round_trip(kind: Kind, data: st.DataObject) -> None:
    given_records = data.draw(records(kind))
    content = b"".join(export_csv(given_records, kind=kind, ceiling=TLP.RED))
    assert list(import_table(ByteSource(name="x.csv", content=content), OPTIONS)) == given_records


@pytest.mark.parametrize("kind", FACTS)
@settings(max_examples=12, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
@given(data=st.data())
def test_xlsx_round_trip(kind: Kind, data: st.DataObject, tmp_path_factory: pytest.TempPathFactory) -> None:
    given_records = data.draw(records(kind))
    path = tmp_path_factory.mktemp("table") / "x.xlsx"
    export_xlsx({kind: given_records}, path, ceiling=TLP.RED, exported_on=OPTIONS.received_on)
    options = ImportOptions(received_on=OPTIONS.received_on, keep_names=True, sheet=kind)
    assert list(import_table(ByteSource.from_path(Path(path)), options)) == given_records


@settings(max_examples=500, deadline=None, derandomize=True)
@given(text=st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=30) | texts)
def test_any_text_is_restored(text: str) -> None:
    assert restore_text(neutralise_text(text)) == text


@settings(max_examples=500, deadline=None, derandomize=True)
@given(text=texts)
def test_no_neutralised_text_begins_a_formula(text: str) -> None:
    safe = neutralise_text(text)
    for cell in [safe, *safe.replace("\r", "\n").split("\n"), *safe.split(";"), *safe.split(",")]:
        assert not cell.lstrip(' \u00a0\u200b\ufeff"“’«').startswith(tuple("=+-@＝＋－＠"))
    assert not safe.startswith(("\t", "\r", "\n"))
