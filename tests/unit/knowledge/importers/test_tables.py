"""Tables as records: maps, guesses, previews, and what is refused row by row."""

from __future__ import annotations

import io
from collections.abc import Iterable
from datetime import date
from pathlib import Path
from typing import Any

import pytest
import xlsxwriter

from hygie.core.errors import DataError, DocumentError, Finding, SchemaError, UsageError
from hygie.core.evidence import TLP
from hygie.knowledge.importers.protocol import ImportItem, ImportOptions, Refusal
from hygie.knowledge.importers.table_maps import ColumnMap, read_column_map
from hygie.knowledge.importers.tables import import_table, preview_table
from hygie.knowledge.kinds import IntelRecord, Kind
from hygie.knowledge.pack_records import read_pack_folders, read_pack_records
from hygie.store.byte_sources import ByteSource

DATA = Path(__file__).parents[3] / "data" / "tables"
EXAMPLE = Path(__file__).parents[4] / "examples" / "incident-columns.yaml"
DAY = date(2026, 11, 23)
KEY = b"0123456789abcdef"
OPTIONS = ImportOptions(received_on=DAY, pseudonym_key=KEY)

BASIC: dict[str, Any] = {
    "kind": "incident",
    "columns": {"started_on": "date", "victim.name": "who", "threat_class": "class"},
    "constants": {"victim.kind": "ch"},
}


def table_of(text: str, *, name: str = "list.csv") -> ByteSource:
    return ByteSource(name=name, content=text.encode())


def map_of(**fields: Any) -> ColumnMap:
    return ColumnMap.model_validate({**BASIC, **fields})


def read(text: str, table: ColumnMap | None = None, *, options: ImportOptions = OPTIONS) -> list[ImportItem]:
    return list(import_table(table_of(text), options, table=table))


def records_of(items: Iterable[ImportItem], kind: Kind) -> list[IntelRecord]:
    return [item for item in items if isinstance(item, IntelRecord) and item.kind == kind]


def refusals_of(items: Iterable[ImportItem]) -> list[Finding]:
    return [item.finding for item in items if isinstance(item, Refusal)]


def read_one(header: str, row: str, **fields: Any) -> IntelRecord:
    """Read one more column than the basic ones."""
    (record,) = records_of(
        read(f"date;who;class;{header}\n2023-03-12;CH d'Ici;ddos;{row}\n", map_of(**fields)), "incident"
    )
    return record


def refuse_one(header: str, row: str, **fields: Any) -> Finding:
    items = read(f"date;who;class;{header}\n2023-03-12;CH d'Ici;ddos;{row}\n", map_of(**fields))
    (finding,) = refusals_of(items)
    assert len(items) == 1
    return finding


def also(**columns: str) -> dict[str, str]:
    return {**BASIC["columns"], **{name.replace("__", "."): header for name, header in columns.items()}}


# --- A real table, with the example map ---


@pytest.fixture(scope="module")
def facts_file(shared_data: Path) -> Path:
    return shared_data.parent / "facts" / "incidents_fr_2019_2023.csv"


def test_example_map_reads_the_french_incidents(facts_file: Path) -> None:
    options = ImportOptions(received_on=DAY, column_map=EXAMPLE)
    items = list(import_table(ByteSource.from_path(facts_file), options))
    assert refusals_of(items) == []
    incidents, sources = records_of(items, "incident"), records_of(items, "source")
    assert (len(incidents), len(sources), len(items)) == (59, 59, 118)
    assert [item.kind for item in items[:2] if isinstance(item, IntelRecord)] == ["source", "incident"]
    assert {record.data["evidence"][0] for record in incidents} == {record.ref for record in sources}
    assert all(record.facts() for record in (*incidents, *sources))


def test_example_map_agrees_with_the_pack(facts_file: Path) -> None:
    items = import_table(ByteSource.from_path(facts_file), ImportOptions(received_on=DAY, column_map=EXAMPLE))
    read = {record.ref: record.data for record in records_of(items, "incident")}
    packed = {
        record.ref: record.data
        for _, records in read_pack_records(read_pack_folders())
        for record in records
        if record.kind == "incident"
    }
    both = read.keys() & packed.keys()
    assert len(both) == 59
    for field in ("started_on", "date_precision", "data_leaked"):
        assert {ref: read[ref].get(field) for ref in both} == {ref: packed[ref].get(field) for ref in both}, field
    # The one leak at a provider, of which the example says that an analyst must reclassify it.
    assert {ref for ref in both if read[ref]["threat_class"] != packed[ref]["threat_class"]} == {"FR-2021-03"}
    hours = {ref: (data.get("disruption") or {}).get("value") for ref, data in read.items()}
    assert hours == {ref: (packed[ref].get("disruption") or {}).get("value") for ref in both}


def test_one_row_of_the_french_incidents(facts_file: Path) -> None:
    options = ImportOptions(received_on=DAY, column_map=EXAMPLE)
    items = list(import_table(ByteSource.from_path(facts_file), options))
    rouen = next(record for record in records_of(items, "incident") if record.ref == "FR-2019-03")
    assert rouen.data["actor"] == {"name": "ta505", "confidence": "high"}
    assert rouen.data["disruption"] == {"value": 21.0, "unit": "d", "estimated": True}
    assert rouen.data["ransom_demand"] == {"value": 250000.0, "unit": "EUR"}
    assert "loss" not in rouen.data
    assert rouen.data["summary"].startswith(
        "care_impact: non-vital emergencies redirected; paper working; five sites\n"
    )
    source = next(record for record in records_of(items, "source") if record.ref == rouen.data["evidence"][0])
    assert source.data["source"].startswith("https://www.francebleu.fr/")
    assert source.data["statement"] == "incident FR-2019-03: CHU de Rouen, 2019-11-15"
    assert (source.data["reliability"], source.data["credibility"], source.data["tlp"]) == ("B", 6, "amber")
    assert source.data["title"] == {"en": "France Bleu; Clubic; ticsante", "fr": "France Bleu; Clubic; ticsante"}
    withheld = next(record for record in records_of(items, "source") if "W-R-08" in record.data["statement"])
    assert withheld.data["source"] == "leak-site tracker snapshot (ransomwatch format, 13 Mar 2023)"


def test_french_incidents_without_a_map(facts_file: Path) -> None:
    preview = preview_table(ByteSource.from_path(facts_file), rows=9)
    assert (preview.kind, preview.guessed, preview.missing) == ("incident", True, ())
    assert preview.columns["victim.name"] == "facility"
    assert preview.columns["summary"] == "care_impact, notes"
    assert "disruption_days" in preview.unmapped
    assert [row.record is None for row in preview.rows] == [False] * 8 + [True]
    assert preview.lines[0] == "line 2: FR-2019-01 | CHU de Montpellier | 2019-05 | malware"
    assert "yes: 491840 people" in preview.lines[-1]


# --- A French spreadsheet ---


def test_french_table_in_windows_1252() -> None:
    options = ImportOptions(received_on=DAY, column_map=DATA / "incidents_fr.yaml")
    items = list(import_table(ByteSource.from_path(DATA / "incidents_fr.csv"), options))
    first, second = records_of(items, "incident")
    assert first.ref == "ex-CH-A"
    assert first.data["victim"] == {
        "name": "CH d’Exemple",
        "kind": "CH",
        "town": "Orléans",
        "country": "FR",
        "sector": "health",
    }
    assert (first.data["started_on"], first.data["date_precision"]) == ("2023-03-12", "day")
    assert first.data["threat_class"] == "ransomware"
    assert first.data["actor"] == {"name": "nuit-bleue", "confidence": "none"}
    assert first.data["disruption"] == {"value": 12.5, "unit": "d", "estimated": False}
    assert first.data["summary"] == "Bloc fermé ; « plan blanc »"
    assert (second.data["started_on"], second.data["date_precision"]) == ("2023-04", "month")
    assert second.data["actor"] == {"name": "unknown", "confidence": "none"}
    assert "disruption" not in second.data
    assert second.data["summary"] == "Site web\r\nindisponible"
    (finding,) = refusals_of(items)
    assert (finding.line, finding.field, finding.value) == (5, "started_on (column “Date de l’incident”)", "31/02/2023")
    assert finding.allowed == "YYYY-MM-DD, YYYY-MM, YYYY, JJ/MM/AAAA, MM/AAAA"
    assert finding.repair == "check the date"


def test_french_headers_are_understood_without_a_map() -> None:
    preview = preview_table(ByteSource.from_path(DATA / "incidents_fr.csv"))
    assert preview.kind == "incident"
    assert preview.columns == {
        "ref": "Réf",
        "started_on": "Date de l’incident",
        "victim.name": "Établissement",
        "victim.kind": "Type d'établissement",
        "victim.town": "Ville",
        "victim.country": "Pays",
        "threat_class": "Type d'attaque",
        "actor.name": "Groupe",
        "data_leaked": "Vol de données",
        "source.title": "Source",
        "source.url": "URL",
        "summary": "Remarques",
    }
    assert preview.unmapped == ("Durée (j)",)
    assert preview.lines[0].startswith("not UTF-8 from line 1 on: read as Windows-1252")
    # Day and month cannot be told apart, and neither is guessed.
    assert "date_format: DD/MM/YYYY" in preview.lines[1]


# --- Values ---


@pytest.mark.parametrize(
    ("text", "precision"),
    [("2023-03-12", "day"), ("2023-03", "month"), ("2023", "year"), ("2023-03-12T10:30:00Z", "day")],
)
def test_iso_dates(text: str, precision: str) -> None:
    (record,) = records_of(read(f"date;who;class\n{text};A;ddos\n", map_of()), "incident")
    assert (record.data["started_on"], record.data["date_precision"]) == (text[:10], precision)


@pytest.mark.parametrize("text", ["12/03/2023", "12 mars 2023", "12.03.23", "0", "2023-13-01", "2023-02-30"])
def test_other_dates_are_refused(text: str) -> None:
    (finding,) = refusals_of(read(f"date;who;class\n{text};A;ddos\n", map_of()))
    assert (finding.line, finding.field) == (2, "started_on (column “date”)")
    assert finding.value == text


def test_date_format_that_is_none() -> None:
    (finding,) = refusals_of(read("date;who;class\n12/03/2023;A;ddos\n", map_of(date_format="day/month")))
    assert finding.message == "this is not a date format"


@pytest.mark.parametrize(
    ("text", "fields", "hours"),
    [
        ("12.5", {}, 12.5),
        ("1 234", {}, 1234.0),
        ("1\u202f234\u00a0567", {}, 1234567.0),
        ("12,5", {"decimal": ","}, 12.5),
        ("1.234,5", {"decimal": ",", "thousands": "."}, 1234.5),
        ("1,234.5", {"thousands": ","}, 1234.5),
        ("0", {}, 0.0),
    ],
)
def test_numbers(text: str, fields: dict[str, str], hours: float) -> None:
    record = read_one(
        "h",
        text,
        columns=also(disruption__value="h"),
        constants={"victim.kind": "ch", "disruption.unit": "h", "disruption.estimated": "oui"},
        **fields,
    )
    assert record.data["disruption"] == {"value": hours, "unit": "h", "estimated": True}


@pytest.mark.parametrize("text", ["12,5", "1,234", "12 h", "about 3", "1e999", "--1", "1 23"])
def test_numbers_that_may_be_misread_are_refused(text: str) -> None:
    constants = {"victim.kind": "ch", "disruption.unit": "h", "disruption.estimated": True}
    finding = refuse_one("h", text, columns=also(disruption__value="h"), constants=constants)
    assert (finding.message, finding.value) == ("this is not a number", text)
    assert ("decimal: ','" in (finding.repair or "")) == ("," in text)


def test_negative_duration_is_refused_with_its_limit() -> None:
    constants = {"victim.kind": "ch", "disruption.unit": "h", "disruption.estimated": True}
    finding = refuse_one("h", "-1", columns=also(disruption__value="h"), constants=constants)
    assert (finding.field, finding.allowed) == ("disruption.value (column “h”)", "≥ 0.0")


def test_constants_of_a_group_need_a_value_of_the_row() -> None:
    constants = {"victim.kind": "ch", "loss.unit": "EUR"}
    assert "loss" not in read_one("eur", "", columns=also(loss__value="eur"), constants=constants).data
    record = read_one("eur", "5", columns=also(loss__value="eur"), constants=constants)
    assert record.data["loss"] == {"value": 5.0, "unit": "EUR"}


def test_values_and_blanks() -> None:
    columns = also(data_leaked="leak", victim__town="leak")
    values = {"data_leaked": {"Oui, 3 Go": "yes", "NSP": None}}
    record = read_one("leak", "OUI 3 go", columns=columns, values=values)
    assert (record.data["data_leaked"], record.data["victim"]["town"]) == ("yes", "OUI 3 go")
    assert "data_leaked" not in read_one("leak", "nsp", columns=columns, values=values).data
    record = read_one("leak", "N/A", columns=columns, blanks=["n/a"])
    assert "data_leaked" not in record.data
    assert "town" not in record.data["victim"]
    assert read_one("leak", "revendiqué", columns=columns).data["data_leaked"] == "claimed"
    finding = refuse_one("leak", "perhaps", columns=columns)
    assert (finding.field, finding.allowed) == ("data_leaked (column “leak”)", "yes, no, claimed, unknown")


def test_class_that_nothing_explains_is_refused() -> None:
    (finding,) = refusals_of(read("date;who;class\n2023;A;Attaque étrange\n", map_of()))
    assert finding.message == "no class is called so"
    assert "values:" in (finding.repair or "")
    values = {"threat_class": {"attaque etrange": "intrusion"}}
    (record,) = records_of(read("date;who;class\n2023;A;Attaque étrange\n", map_of(values=values)), "incident")
    assert record.data["threat_class"] == "intrusion"


def test_lists_and_techniques() -> None:
    record = read_one("ttp", '"T1486; T1490|T1078"', columns=also(techniques="ttp"))
    assert record.data["techniques"] == ["T1486", "T1490", "T1078"]
    record = read_one("ttp", "T1486+T1490", columns=also(techniques="ttp"), separator="+")
    assert record.data["techniques"] == ["T1486", "T1490"]
    assert "begins like a list" in refuse_one("ttp", "[T1486]", columns=also(techniques="ttp")).message
    finding = refuse_one("ttp", '"T1486; n° 2"', columns=also(techniques="ttp"))
    assert finding.value == "n° 2"


def test_texts_of_several_columns_keep_their_names() -> None:
    record = read_one("effet;note", "bloc fermé;", columns={**also(), "summary": ["effet", "note"]})
    assert record.data["summary"] == "effet: bloc fermé"
    record = read_one("effet;note", "bloc fermé;vu le 3", columns={**also(), "summary": ["effet", "note"]})
    assert record.data["summary"] == "effet: bloc fermé\nnote: vu le 3"
    assert "summary" not in read_one("effet;note", " ;", columns={**also(), "summary": ["effet", "note"]}).data


def test_actor_names_become_refs() -> None:
    for text, name in (("Été (No_Name)", "ete-no-name"), ("G0032", "G0032"), ("Inconnu", "unknown"), ("", "unknown")):
        record = read_one("a;c", f"{text};medium", columns=also(actor__name="a", actor__confidence="c"))
        confidence = "none" if name == "unknown" else "medium"
        assert record.data["actor"] == {"name": name, "confidence": confidence}


def test_neutralised_cells_are_read_back() -> None:
    record = read_one("n", "'=1+1, \\u000Bx", columns={**also(), "summary": "n"})
    assert record.data["summary"] == "=1+1, \vx"


def test_control_characters_that_no_store_keeps_are_refused() -> None:
    ids = '"[{""catalogue"": ""x"", ""id"": ""\\ud800""}]"'
    assert refuse_one("i", ids, columns=also(ids="i")).message == "the text holds a character that is none"


# --- References, sources, markings ---


def test_same_row_has_the_same_ref() -> None:
    text = "date;who;class\n2023-03-12;CH d'Ici;ddos\n"
    (first,) = records_of(read(text, map_of()), "incident")
    (again,) = records_of(
        import_table(table_of(text, name="/other/place/copy.csv"), OPTIONS, table=map_of()), "incident"
    )
    (spelt,) = records_of(read("date;who;class\n2023-03-12;ch d’ici ;DDOS\n", map_of()), "incident")
    (other,) = records_of(read("date;who;class\n2023-03-13;CH d'Ici;ddos\n", map_of()), "incident")
    assert first.ref == again.ref == spelt.ref != other.ref
    assert first.ref.startswith("row-")


def test_source_makes_another_record() -> None:
    columns = also(source__url="u")
    refs = {read_one("u", url, columns=columns).ref for url in ("https://a.example/1", "https://a.example/2", "")}
    assert len(refs) == 3


def test_two_rows_never_fall_together_silently() -> None:
    items = read("date;who;class\n2023;A;ddos\n2024;B;ddos\n2023;a;ddos\n", map_of())
    (finding,) = refusals_of(items)
    assert (finding.line, finding.message) == (4, "the same record stands on line 2")
    assert len(records_of(items, "incident")) == 2


@pytest.mark.parametrize(
    ("text", "prefix", "ref"), [("A 1/2", None, "A-1-2"), ("12", "chu-", "chu-12"), ("FR-1", None, "FR-1")]
)
def test_explicit_refs(text: str, prefix: str | None, ref: str) -> None:
    assert read_one("id", text, columns=also(ref="id"), prefix=prefix).ref == ref


def test_number_alone_is_no_ref() -> None:
    finding = refuse_one("id", "12", columns=also(ref="id"))
    assert "prefix:" in (finding.repair or "")


def test_row_without_source_rests_on_the_file() -> None:
    text = "date;who;class\n2023-03-12;A;ddos\n"
    source, record = import_table(table_of(text, name="/home/someone/list.csv"), OPTIONS, table=map_of())
    assert isinstance(source, IntelRecord)
    assert isinstance(record, IntelRecord)
    assert source.data["source"] == source.data["publisher"] == "list.csv"
    assert source.data["statement"] == f"incident {record.ref}: A, 2023-03-12"
    assert (source.data["reliability"], source.data["credibility"]) == ("F", 6)
    assert (source.data["tlp"], source.tlp, record.tlp) == ("amber", None, None)
    assert "/home" not in str(source.data)


def test_sources_say_what_the_row_says() -> None:
    columns = also(source__url="u", source__published_on="d", source__reliability="r", source__credibility="c")
    items = read("date;who;class;u;d;r;c\n2023;A;ddos;https://a.example/x;2023-04-01;b;2\n", map_of(columns=columns))
    (source,) = records_of(items, "source")
    assert source.data["publisher"] == "a.example"
    assert (source.data["published_on"], source.data["reliability"], source.data["credibility"]) == (
        "2023-04-01",
        "B",
        2,
    )
    assert "A, B, C" in (refuse_one("r", "G", columns=also(source__reliability="r")).allowed or "")
    assert refuse_one("c", "7", columns=also(source__credibility="c")).allowed == "≤ 6"


def test_evidence_by_ref_makes_no_source() -> None:
    items = read("date;who;class;e\n2023;A;ddos;ev-1; \n".replace("; \n", "\n"), map_of(columns=also(evidence="e")))
    assert [item.data["evidence"] for item in records_of(items, "incident")] == [["ev-1"]]
    assert records_of(items, "source") == []


def test_markings() -> None:
    items = read(
        "date;who;class;m\n2023;A;ddos;TLP:AMBER+STRICT\n2024;A;ddos;tlp:white\n",
        map_of(columns={**also(), "record.tlp": "m"}, constants={"victim.kind": "ch", "record.pap": "PAP:RED"}),
    )
    assert [(item.tlp, item.pap) for item in records_of(items, "incident")] == [
        (TLP.AMBER_STRICT, "red"),
        (TLP.CLEAR, "red"),
    ]
    assert [item.data["tlp"] for item in records_of(items, "source")] == ["amber+strict", "clear"]
    assert "amber+strict" in (refuse_one("m", "secret", columns={**also(), "record.tlp": "m"}).allowed or "")
    assert "UTC" in refuse_one("s", "zzz", columns={**also(), "record.stamp": "s"}).message


def test_victims_of_leak_posts_are_pseudonymised() -> None:
    constants = {"victim.kind": "ch", "date_basis": "leak_post"}
    text = "date;who;class;t\n2023-03-12;Clinique d'Ici;extortion;Clinique d'Ici\n"
    table = map_of(constants=constants, columns=also(title="t"))
    items = read(text, table)
    (record,) = records_of(items, "incident")
    assert record.data["victim"]["name"].startswith("victim-")
    assert record.name == record.data["victim"]["name"]
    assert "Clinique" not in str(items)
    (kept,) = records_of(read(text, table, options=ImportOptions(received_on=DAY, keep_names=True)), "incident")
    assert kept.data["victim"]["name"] == "Clinique d'Ici"
    assert kept.ref != record.ref
    with pytest.raises(UsageError, match="no key"):
        read(text, table, options=ImportOptions(received_on=DAY))


# --- Other kinds ---


def test_counts() -> None:
    text = "Du;Au;Nombre;Classe;Définition;Périmètre;Au moins;Rôle\n"
    text += "2022-01-01;2022-12-31;12;Rançongiciel;Cas;Hôpitaux;oui;check\n"
    columns = {"window.start": "Du", "window.end": "Au", "count": "Nombre", "threat_class": "Classe"} | {
        "definition": "Définition",
        "population": "Périmètre",
        "at_least": "Au moins",
        "role": "Rôle",
    }
    table = ColumnMap.model_validate(
        {"kind": "count", "columns": columns, "constants": {"source_kind": "case_list", "out_of_scope": False}}
    )
    (record,) = records_of(read(text, table), "count")
    assert (record.data["count"], record.data["at_least"], record.data["threat_class"]) == (12, True, "ransomware")
    assert record.data["definition"] == {"en": "Cas", "fr": "Cas"}
    preview = preview_table(table_of(text))
    assert (preview.kind, preview.missing) == ("count", ("source_kind", "out_of_scope"))
    assert preview.rows == ()


def test_actors_software_vulnerabilities_campaigns() -> None:
    (actor,) = records_of(read("Acteur,Alias,Motivation\nNuit Bleue,NB; Blue Night,argent\n"), "actor")
    assert (actor.ref, actor.data["aliases"], actor.data["motives"]) == ("nuit-bleue", ["NB", "Blue Night"], ["argent"])
    (software,) = records_of(read("Logiciel,Type,Plateformes\nVoleur 3,Outil,Windows; Linux\n"), "software")
    assert (software.ref, software.data["kind"], software.data["platforms"]) == (
        "voleur-3",
        "tool",
        ["Windows", "Linux"],
    )
    (cve,) = records_of(read("CVE,Éditeur,Produit,EPSS\ncve-2021-44228,Apache,Log4j,0.97\n"), "vulnerability")
    assert (cve.ref, cve.data["vendor"], cve.data["epss"]) == ("CVE-2021-44228", "Apache", 0.97)


def test_campaigns_count_what_they_name() -> None:
    table = ColumnMap.model_validate(
        {
            "kind": "campaign",
            "columns": {
                "name": "Campagne",
                "started_on": "Début",
                "victims.published": "Victimes",
                "threat_class": "Classe",
            },
            "constants": {"victims.named": 0},
        }
    )
    (record,) = records_of(read("Campagne,Début,Victimes,Classe\nVague A,2023-03,30,ddos\n", table), "campaign")
    assert record.data["name"] == {"en": "Vague A", "fr": "Vague A"}
    assert record.data["victims"] == {"published": 30, "named": 0}


def test_vulnerability_needs_its_id() -> None:
    with pytest.raises(SchemaError, match="no column gives “ref”"):
        read("x\n1\n", ColumnMap.model_validate({"kind": "vulnerability", "columns": {"vendor": "x"}}))
    (finding,) = refusals_of(read("cve,vendor\nCVE-1,x\n"))
    assert (finding.line, finding.field) == (2, "ref (column “cve”)")


# --- Tables and maps that do not fit ---


def test_missing_columns_are_named_at_once() -> None:
    with pytest.raises(SchemaError, match="no column gives “victim.kind”, “threat_class”") as caught:
        read("date,établissement,ville\n2023,A,B\n")
    assert caught.value.findings[0].value == "date, établissement, ville"


@pytest.mark.parametrize("header", ["a,b,c", "name,type", "date"])
def test_header_that_tells_nothing(header: str) -> None:
    with pytest.raises(SchemaError, match="does not tell what the rows are"):
        read(f"{header}\n1\n")


def test_unit_is_missed_when_its_value_has_a_column() -> None:
    preview = preview_table(table_of("date;who;class;d\n"), column_map=map_of(columns=also(disruption__value="d")))
    assert preview.missing == ("disruption.unit", "disruption.estimated")


def test_cells_that_a_row_must_have() -> None:
    items = read("date;who;class\n;A;ddos\n2023;;\n", map_of())
    missing, several = refusals_of(items)
    assert (missing.line, missing.field, missing.repair) == (2, "started_on (column “date”)", "fill the column “date”")
    assert "; also wrong: threat_class (column “class”)" in several.message


def test_rows_of_another_width_are_refused_alone() -> None:
    items = read("date;who;class\n2023;A\n2024;A;ddos\n", map_of())
    assert [finding.line for finding in refusals_of(items)] == [2]
    assert len(records_of(items, "incident")) == 1


def test_too_many_refusals_stop_the_import() -> None:
    with pytest.raises(DocumentError, match="too many entries cannot be read"):
        read("date;who;class\n" + "?;A;ddos\n" * 1_001, map_of())


def test_map_with_a_column_that_is_not_there() -> None:
    with pytest.raises(SchemaError, match="has no such column") as caught:
        read("day;who;class\n", map_of())
    finding = caught.value.findings[0]
    assert (finding.field, finding.value, finding.allowed) == ("started_on", "date", "day, who, class")


@pytest.mark.parametrize(
    ("text", "field", "repair"),
    [
        ("kind: incident\ncolumns: {victim.nam: x}\n", "columns.victim.nam", "victim.name"),
        ("kind: incident\ncolumns: {notes: x}\n", "columns.notes", "summary"),
        ("kind: incident\ncolumns: {title: [x, y]}\n", "columns.title", "summary"),
        ("kind: incident\ncolumns: {}\nconstants: {loss: 3}\n", "constants.loss", "loss.unit"),
        ("kind: incidents\ncolumns: {}\n", "kind", "incident"),
        ("kind: incident\ncolumns: {}\ndecimal: '.'\nthousands: '.'\n", "thousands", "spaces"),
        ("kind: incident\ncolumns: {}\nheader: 0\n", "header", ""),
        ("kind: incident\n", "columns", "add"),
    ],
)
def test_maps_that_are_wrong(tmp_path: Path, text: str, field: str, repair: str) -> None:
    path = tmp_path / "map.yaml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(DataError) as caught:
        read_column_map(path)
    finding = caught.value.findings[0]
    assert (finding.file, finding.field) == (str(path), field)
    assert finding.line is not None
    assert repair in (finding.repair or "")


def test_constant_that_cannot_be_read() -> None:
    with pytest.raises(SchemaError, match="not one of the accepted values") as caught:
        read("date;who;class\n2023;A;ddos\n", map_of(constants={"victim.kind": "ch", "date_precision": "hour"}))
    assert caught.value.findings[0].field == "constants.date_precision"


# --- Workbooks ---


def workbook(*sheets: str) -> ByteSource:
    target = io.BytesIO()
    with xlsxwriter.Workbook(target) as book:
        for name in sheets:
            sheet = book.add_worksheet(name)
            sheet.write_row(0, 0, ["List of incidents"])
            sheet.write_row(2, 0, ["date", "who", "class", "dept", "day"])
            sheet.write_row(3, 0, [2023, "A", "ddos", 49])
            sheet.write_datetime(3, 4, date(2023, 3, 12), book.add_format({"num_format": "dd/mm/yyyy"}))
    return ByteSource(name="list.xlsx", content=target.getvalue())


def test_workbook_with_titles_numbers_and_dates() -> None:
    table = map_of(header=3, sheet="B", columns=also(victim__department="dept", discovered_on="day"))
    (record,) = records_of(import_table(workbook("A", "B"), OPTIONS, table=table), "incident")
    assert (record.data["started_on"], record.data["date_precision"]) == ("2023", "year")
    assert (record.data["victim"]["department"], record.data["discovered_on"]) == ("49", "2023-03-12")


def test_sheet_of_the_options_wins() -> None:
    options = ImportOptions(received_on=DAY, sheet="A")
    table = map_of(header=3, sheet="nowhere")
    assert len(records_of(import_table(workbook("A", "B"), options, table=table), "incident")) == 1
    with pytest.raises(UsageError, match="several sheets"):
        preview_table(workbook("A", "B"), column_map=map_of(header=3))


def test_preview_changes_nothing_and_replaces_no_name() -> None:
    table = map_of(constants={"victim.kind": "ch", "date_basis": "leak_post"})
    preview = preview_table(
        table_of("date;who;class\n2023;A;ddos\n2024;B;ddos\n2025;C;ddos\n"), column_map=table, rows=2
    )
    assert [row.line for row in preview.rows] == [2, 3]
    assert preview.rows[0].record is not None
    assert preview.rows[0].record.data["victim"]["name"] == "A"
    assert preview.columns["date_basis"] == '= "leak_post"'
    assert (preview.head.delimiter, preview.unmapped, preview.missing, preview.guessed) == (";", (), (), False)
