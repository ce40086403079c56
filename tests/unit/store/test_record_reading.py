"""Finding records, on both databases: the same questions have the same answers."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest

from hygie.core.errors import EvidenceError
from hygie.store.record_store import RecordStore
from store_kit import PACK, content, open_store, put

# Longer than the longest word of an index.
LONG = "abcdefghij" * 15


# What is asked, and the records that are found; None: all of them.
QUERIES: tuple[tuple[str, list[str] | None], ...] = (
    ("evreux", ["evreux"]),
    ("ÉVREUX", ["evreux"]),
    ("Evre", ["evreux"]),
    ("hospitalier d evr", ["evreux"]),
    ("évreux centre", ["evreux"]),
    ("vreux", []),
    ("hospital centre", []),
    ("rancongiciel", ["evreux"]),
    ("cve-2024-3094", ["CVE-2024-3094"]),
    ("3094", ["CVE-2024-3094"]),
    ("cve 2024 30", ["CVE-2024-3094"]),
    ("cœur", ["coeur"]),
    ("COEUR", ["coeur"]),
    ("100 %", ["coeur"]),
    ("lits * fer", ["coeur"]),
    ("«urgences»", ["coeur"]),
    ("病院", ["kanji"]),
    ("病", ["kanji"]),
    ("αθηνα", ["kanji"]),
    ("strasse", ["kanji"]),
    ("STRASSE naive", ["kanji"]),
    ("file", ["kanji"]),
    ("🏥", []),
    ("🏥 naive", ["kanji"]),
    ("o'brien", ["quote"]),
    ('"and"', ["quote"]),
    ('"and', ["quote"]),
    ("NOT", ["quote"]),
    ("AND OR NOT", []),
    ("c:\\temp", ["quote"]),
    ("drop table record", ["quote"]),
    ("a&b|c!d", ["quote"]),
    ("e:*", ["T1566.001", "evreux", "quote"]),
    ("<->", []),
    ("%", []),
    ("*", []),
    ("_", []),
    ("'", []),
    ('"', []),
    ("\\", []),
    ("(", []),
    ("{brace} ^caret", []),
    ("NEAR(evreux centre)", []),
    ("ref:evreux", []),
    ("nul\x00", []),
    ("evreux\x00", ["evreux"]),
    ("\ud800", []),
    ("t1566.001", ["T1566.001"]),
    (LONG, ["T1566.001"]),
    (LONG[:-1], ["T1566.001"]),
    (LONG + "a", []),
    (LONG[:100] + "z" + LONG[101:], []),
    ("w " * 1_000, []),
    ("", None),
    ("   ", None),
    ("\n\t", None),
)


@pytest.fixture
def store(tmp_path: Path, database_url: str) -> Iterator[RecordStore]:
    with open_store(tmp_path, database_url) as opened:
        yield opened


@pytest.fixture
def texts(store: RecordStore) -> RecordStore:
    put(
        store,
        content("evreux", name="Centre hospitalier d’Évreux", text="Rançongiciel, chiffrement des serveurs"),
        content("CVE-2024-3094", name="xz", text="liblzma backdoor; see CVE-2024-3094"),
        content("coeur", name="Clinique du Cœur", text="100 % des lits * fermés : « urgences »"),
        content("kanji", name="病院 攻撃", text="ΑΘΗΝΑ Straße 🏥 naïve ﬁle"),
        content("quote", name='O\'Brien "AND" NOT', text="C:\\temp\\x -- DROP TABLE record; a&b|c!d <-> e:*"),
        content("T1566.001", name="Spearphishing Attachment", text=LONG + " end"),
    )
    return store


def test_text_search(texts: RecordStore) -> None:
    everything = [stored.ref for stored in texts.find()]
    for query, refs in QUERIES:
        expected = everything if refs is None else refs
        assert [stored.ref for stored in texts.find(text=query)] == expected, query
        assert texts.count(text=query) == len(expected), query


def test_search_follows_changes(store: RecordStore) -> None:
    put(store, content("a", name="Ancien"), content("b", name="Ancien"))
    put(store, content("a", name="Nouveau"))

    assert [stored.ref for stored in store.find(text="ancien")] == ["b"]
    assert [stored.ref for stored in store.find(text="nouveau")] == ["a"]
    with store.transaction() as transaction:
        transaction.patch("actor", "b", {"data": {"text": "corrigé"}}, reason="r")
    assert [stored.ref for stored in store.find(text="corrige")] == ["b"]
    with store.transaction() as transaction:
        transaction.merge("actor", "a", "b", reason="r")
    assert [stored.ref for stored in store.find(text="corrige")] == ["a"]
    with store.transaction() as transaction:
        transaction.split("actor", "b", reason="r")
    assert [stored.ref for stored in store.find(text="corrige")] == ["b"]
    with store.transaction() as transaction:
        transaction.retire(origin="import/stix", keep={("actor", "a")}, reason="r")
    assert store.count(text="corrige") == 0
    assert store.count(text="corrige", include_deleted=True) == 1


def test_records_come_in_the_order_of_bytes(store: RecordStore) -> None:
    refs = ["a", "B", "é", "_", "Z", "a.b", "a-b", "a b", "10", "9"]
    put(store, *(content(ref) for ref in refs), content("a", kind="Zebra"), content("a", kind="campaign"))

    found = [(stored.kind, stored.ref) for stored in store.find()]

    assert found == sorted(found)
    assert found[0] == ("Zebra", "a")
    assert [stored.ref for stored in store.get_many("actor", refs)] == sorted(refs)


def test_pages(store: RecordStore) -> None:
    put(store, *(content(f"a{number:04d}", name=f"n{number % 2}") for number in range(1_100)))

    whole = [stored.ref for stored in store.find()]
    assert len(whole) == 1_100
    assert [stored.ref for stored in store.find(limit=3, offset=500)] == whole[500:503]
    assert [stored.ref for stored in store.find(offset=1_098)] == whole[1_098:]
    assert [stored.ref for stored in store.find(text="n1", limit=2, offset=1)] == ["a0003", "a0005"]
    assert (list(store.find(limit=0)), list(store.find(offset=2_000))) == ([], [])
    assert store.count(text="n1") == 550


def test_days(store: RecordStore) -> None:
    put(
        store,
        content("jan", started_on="2024-01-05"),
        content("long", started_on="2023-12-01", ended_on="2024-02-10"),
        content("feb", started_on="2024-02-01", ended_on="2024-02-29"),
        content("none"),
    )

    def find(first: date | None, last: date | None) -> list[str]:
        assert store.count(first_day=first, last_day=last) == len(list(store.find(first_day=first, last_day=last)))
        return [stored.ref for stored in store.find(first_day=first, last_day=last)]

    assert find(None, None) == ["feb", "jan", "long", "none"]
    assert find(date(2024, 1, 1), date(2024, 1, 31)) == ["jan", "long"]
    assert find(date(2024, 1, 5), date(2024, 1, 5)) == ["jan", "long"]
    assert find(date(2024, 2, 11), None) == ["feb"]
    assert find(None, date(2024, 1, 4)) == ["long"]


def test_origins_and_kinds(store: RecordStore) -> None:
    put(store, content("a"), content("b"), content("a", kind="software"), version="1")
    put(store, content("b"), content("c"), origin="pack/fr", rank=PACK, version="2.0")
    with store.transaction() as transaction:
        transaction.patch("actor", "a", {"tlp": "red"}, reason="r")

    assert store.origins() == [("analyst", None, 1), ("import/stix", "1", 3), ("pack/fr", "2.0", 2)]
    assert [stored.ref for stored in store.find("actor", origin="import/stix")] == ["a", "b"]
    assert [stored.ref for stored in store.find(origin="pack/fr")] == ["b", "c"]
    assert store.count(origin="analyst") == 1
    assert (store.count("actor"), store.count("software"), store.count("nothing")) == (3, 1, 0)
    held = [(layer.content.kind, layer.content.ref) for layer in store.layers_by_origin("import/stix")]
    assert held == [("actor", "a"), ("actor", "b"), ("software", "a")]
    assert [layer.origin for layer in store.layers_of("actor", ["b", "c", "zz"])] == [
        "import/stix",
        "pack/fr",
        "pack/fr",
    ]
    assert [layer.content.ref for layer in store.layers_of("actor", ["b", "c"], origin="import/stix")] == ["b"]


def test_many_are_found_deleted_or_not(store: RecordStore) -> None:
    put(store, content("a"), content("b"))
    with store.transaction() as transaction:
        transaction.delete("actor", "b", reason="r")

    assert [(stored.ref, stored.deleted_at is None) for stored in store.get_many("actor", ["b", "a", "a", "z"])] == [
        ("a", True),
        ("b", False),
    ]
    assert store.get_many("actor", []) == []


@pytest.mark.parametrize(
    ("ref", "meant"),
    [("lockbitt", "lockbit"), ("T1566.01", "T1566.001"), ("ockbit", "lockbit"), ("zzz", None), ("", None)],
)
def test_a_missing_record_suggests_a_near_one(store: RecordStore, ref: str, meant: str | None) -> None:
    put(store, *(content(f"T15{number:02d}.001") for number in range(100)), content("lockbit"))

    with pytest.raises(EvidenceError, match="there is no record") as caught:
        store.get("actor", ref)

    (finding,) = caught.value.findings
    assert finding.repair == (f"did you mean “{meant}”?" if meant else "search for a word of its name")


def test_a_half_read_search_holds_nothing_up(store: RecordStore) -> None:
    put(store, *(content(f"a{number}") for number in range(1_000)))
    for _ in range(20):
        next(store.find())

    put(store, content("b"))

    assert store.count() == 1_001


def test_facts_come_in_one_order_from_both_databases(store: RecordStore) -> None:
    put(store, content("a", zz=1, b={"yy": 1, "c": 2}, aaaa=3))

    data = store.get("actor", "a").data

    assert list(data) == ["aaaa", "b", "ref", "zz"]
    assert list(data["b"]) == ["c", "yy"]
