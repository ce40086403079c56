"""Putting layers, the log of changes, transactions and imports, on both databases."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from hygie.core.errors import EvidenceError, SchemaError, StoreError
from hygie.store.record_store import RecordStore
from store_kit import IMPORT, PACK, content, open_store, project, put, state


@pytest.fixture
def store(tmp_path: Path, database_url: str) -> Iterator[RecordStore]:
    with open_store(tmp_path, database_url) as opened:
        yield opened


def test_put_and_read_back(store: RecordStore) -> None:
    layer = content(
        name="LockBit",
        aliases=["ABCD"],
        nested={"b": [1, 2.5, None, True], "a": "é"},
        tlp="green",
        pap="amber",
        document={"type": "intrusion-set"},
        document_format="stix-2.1",
        stamp="2024-05-01T00:00:00Z",
    )

    assert put(store, layer, version="7") == ["added"]

    stored = store.get("actor", "lockbit")
    assert (stored.name, stored.data, stored.document) == ("LockBit", layer.data, {"type": "intrusion-set"})
    assert (stored.tlp, stored.pap, stored.document_format) == ("green", "amber", "stix-2.1")
    assert (stored.stamp, stored.digest, stored.version) == ("2024-05-01T00:00:00Z", layer.digest, 1)
    assert (stored.origins, stored.merged_into, stored.merged) == (("import/stix",), None, ())
    assert stored.deleted_at is None
    assert stored.modified_at.utcoffset() is not None
    (held,) = store.layers("actor", "lockbit")
    assert (held.origin, held.rank, held.origin_version, held.content) == ("import/stix", IMPORT, "7", layer)
    assert (held.is_patch, held.patch, held.base_digest) == (False, None, None)


def test_putting_the_same_again_changes_nothing(store: RecordStore) -> None:
    layers = [content(f"actor-{number}", number=number) for number in range(50)]
    put(store, *layers)
    before, changes = state(store), store.changes()

    assert put(store, *layers) == ["unchanged"] * 50

    assert state(store) == before
    assert store.changes() == changes
    assert {stored.version for stored in store.find()} == {1}


def test_a_later_version_of_an_origin_that_says_the_same_is_noted(store: RecordStore) -> None:
    put(store, content("a"), content("b"), version="1")

    assert put(store, content("a"), content("b", x=1), version="2") == ["unchanged", "changed"]

    assert store.origins() == [("import/stix", "2", 2)]


def test_a_change_keeps_the_former_layer_in_the_log(store: RecordStore) -> None:
    first, second = content(x=1), content(x=2)
    put(store, first)

    assert put(store, second) == ["changed"]

    added, changed = store.history("actor", "lockbit")
    assert (added.action, added.before, added.digest_after) == ("added", None, first.digest)
    assert (changed.action, changed.author, changed.digest_after) == ("changed", "ana", second.digest)
    assert changed.before is not None
    assert (changed.before["data"], changed.before["digest"]) == (first.data, first.digest)
    assert store.get("actor", "lockbit").version == 2


@pytest.mark.parametrize(
    ("held", "given", "outcome"),
    [
        ("2024-05-02T00:00:00Z", "2024-05-01T00:00:00Z", "older"),
        ("2024-05-01T00:00:00Z", "2024-05-01T00:00:00.000Z", "changed"),
        ("2024-05-01T02:00:00+02:00", "2024-05-01T00:00:00Z", "changed"),
        ("2024-05-01", "2024-04-30T23:59:59Z", "older"),
        ("2024-05-02T00:00:00Z", None, "changed"),
        (None, "2024-05-01T00:00:00Z", "changed"),
        ("version 9", "version 10", "changed"),
    ],
)
def test_an_older_stamp_never_replaces_a_newer_one(
    store: RecordStore, held: str | None, given: str | None, outcome: str
) -> None:
    put(store, content(x=1, stamp=held))

    assert put(store, content(x=2, stamp=given)) == [outcome]

    assert store.get("actor", "lockbit").data["x"] == (1 if outcome == "older" else 2)


def test_an_object_may_stand_twice_in_one_call(store: RecordStore) -> None:
    assert put(store, content(x=1), content("b"), content(x=2), content(x=2)) == [
        "added",
        "added",
        "changed",
        "unchanged",
    ]
    assert store.get("actor", "lockbit").data["x"] == 2


def test_more_layers_than_a_batch(store: RecordStore) -> None:
    layers = [content(f"{kind}-{number}", kind=kind) for number in range(1_200) for kind in ("actor", "software")]

    assert put(store, *layers) == ["added"] * 2_400
    assert put(store, *layers) == ["unchanged"] * 2_400

    assert store.count("software") == 1_200
    assert len(store.get_many("actor", [f"actor-{number}" for number in range(3_000)])) == 1_200


def test_layers_of_several_origins_are_folded(store: RecordStore) -> None:
    put(store, content(name="lockbit 3", kind_of="x", country="RU", tlp="amber"), origin="import/misp")

    curated = content(name="LockBit", country="unknown", tlp="clear")
    assert put(store, curated, origin="pack/fr", rank=PACK) == ["joined"]

    stored = store.get("actor", "lockbit")
    assert stored.data == {"ref": "lockbit", "name": "LockBit", "kind_of": "x", "country": "unknown"}
    assert (stored.name, stored.origins, stored.version) == ("LockBit", ("import/misp", "pack/fr"), 2)
    # A word of the restricted source still shows.
    assert stored.tlp == "amber"
    assert [layer.origin for layer in store.layers("actor", "lockbit")] == ["import/misp", "pack/fr"]
    put(store, content(name="LockBit", country="unknown", kind_of="y", tlp="clear"), origin="pack/fr", rank=PACK)
    assert store.get("actor", "lockbit").tlp == "clear"


def test_a_layer_that_changes_nothing_visible_is_logged_but_no_new_version(store: RecordStore) -> None:
    put(store, content(x=1, y=1), origin="pack/fr", rank=PACK)
    before = store.get("actor", "lockbit")

    put(store, content(x=0), origin="import/misp")

    after = store.get("actor", "lockbit")
    assert (after.version, after.digest, after.modified_at) == (1, before.digest, before.modified_at)
    assert after.origins == ("import/misp", "pack/fr")
    assert [change.action for change in store.history("actor", "lockbit")] == ["added", "joined"]


def test_organisations_never_see_each_other(tmp_path: Path, database_url: str) -> None:
    with (
        open_store(tmp_path, database_url, organisation="one") as one,
        open_store(tmp_path, database_url, organisation="two") as two,
    ):
        put(one, content(secret="of one", started_on="2024-01-01"), content("only-one"))
        with one.transaction() as transaction:
            run = transaction.start_run(format="stix", source="a.json")
            transaction.set_cursor("feed", "12")
            transaction.patch("actor", "lockbit", {"data": {"x": 1}}, reason="r")
        assert put(two, content(secret="of two")) == ["added"]

        assert two.get("actor", "lockbit").data["secret"] == "of two"
        assert [stored.data["secret"] for stored in two.find(text="of")] == ["of two"]
        assert two.count(include_deleted=True, include_merged=True) == 1
        assert two.count(text="of one") == 0
        assert two.get_many("actor", ["only-one"]) == []
        assert two.layers("actor", "only-one") == []
        assert list(two.layers_by_origin("import/stix"))[0].content.data["secret"] == "of two"
        assert two.history("actor", "only-one") == []
        assert [change.ref for change in two.changes()] == ["lockbit"]
        assert two.origins() == [("import/stix", None, 1)]
        assert (two.runs(), two.get_cursor("feed")) == ([], None)
        assert list(two.find(origin="analyst")) == []
        with pytest.raises(EvidenceError, match="no record “only-one”"):
            two.get("actor", "only-one")
        with pytest.raises(EvidenceError, match="no import"), two.transaction() as transaction:
            transaction.finish_run(run, counts={}, report={})
        with two.transaction() as transaction:
            transaction.delete("actor", "lockbit", reason="r")
            transaction.retire(origin="import/stix", keep=(), reason="r")
        assert one.get("actor", "lockbit").data == {
            "ref": "lockbit",
            "secret": "of one",
            "started_on": "2024-01-01",
            "x": 1,
        }
        assert one.count() == 2


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE change SET author = 'someone else'",
        "UPDATE change SET author = 'someone else' WHERE number = 1",
        "DELETE FROM change",
        "DELETE FROM change WHERE number = 1",
    ],
)
def test_the_database_refuses_to_change_the_log(store: RecordStore, statement: str) -> None:
    put(store, content())

    with pytest.raises(DBAPIError, match="only added to"), store._workspace.engine.begin() as connection:
        connection.execute(text(statement))

    assert [change.author for change in store.changes()] == ["ana"]


def test_the_log_cannot_be_replaced_or_emptied(store: RecordStore) -> None:
    put(store, content())
    engine = store._workspace.engine
    if engine.dialect.name == "postgresql":
        statement = "TRUNCATE change"
    else:
        statement = (
            "INSERT OR REPLACE INTO change (number, organisation_id, kind, ref, origin, action, author, at) "
            "SELECT number, organisation_id, kind, ref, origin, action, 'else', at FROM change"
        )

    with pytest.raises(DBAPIError, match="only added to"), engine.begin() as connection:
        connection.execute(text(statement))

    assert [change.author for change in store.changes()] == ["ana"]


def test_a_transaction_that_raises_leaves_nothing(store: RecordStore) -> None:
    put(store, content("kept"))
    before, changes = state(store), store.changes()

    with pytest.raises(KeyError, match="stop"), store.transaction() as transaction:
        transaction.start_run(format="stix", source="a.json")
        transaction.put([content("gone"), content("kept", x=1)], origin="import/stix", rank=IMPORT)
        transaction.patch("actor", "kept", {"tlp": "red"}, reason="r")
        transaction.create(content("own"), reason="r")
        transaction.merge("actor", "kept", "own", reason="r")
        transaction.set_cursor("feed", "1")
        raise KeyError("stop")

    assert (state(store), store.changes()) == (before, changes)
    assert (store.runs(), store.get_cursor("feed"), store.count(text="gone")) == ([], None, 0)
    assert put(store, content("gone")) == ["added"]


def test_a_transaction_sees_its_own_writes_and_readers_do_not(store: RecordStore) -> None:
    put(store, content("old"))
    with store.transaction() as transaction:
        transaction.put([content("new", name="Nouveau")], origin="import/stix", rank=IMPORT)

        assert transaction.get("actor", "new").name == "Nouveau"
        assert [stored.ref for stored in transaction.find(text="nouv")] == ["new"]
        assert transaction.count() == 2
        assert [stored.ref for stored in store.find()] == ["old"]
        assert store.count(text="nouv") == 0
    assert store.count() == 2


def test_a_transaction_in_a_transaction_is_refused(store: RecordStore) -> None:
    with store.transaction() as transaction:
        with pytest.raises(StoreError, match="under way"), store.transaction():
            pytest.fail("never reached")
        transaction.create(content(), reason="r")
    put(store, content("b"))
    assert store.count() == 2


def test_writers_wait_for_each_other(store: RecordStore) -> None:
    """Each adds one to what it reads: a lost update would show."""
    put(store, content(x=0))
    failures: list[BaseException] = []

    def count_up() -> None:
        try:
            for _ in range(10):
                with store.transaction() as transaction:
                    x = transaction.get("actor", "lockbit").data["x"]
                    transaction.put([content(x=x + 1)], origin="import/stix", rank=IMPORT)
        except BaseException as failure:
            failures.append(failure)

    threads = [threading.Thread(target=count_up) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=60)

    assert failures == []
    assert store.get("actor", "lockbit").data["x"] == 30
    numbers = [change.number for change in store.changes()]
    assert numbers == sorted(numbers)


def test_a_reader_may_read_on_while_others_write(store: RecordStore) -> None:
    put(store, *(content(f"actor-{number:04d}") for number in range(1_500)))
    reading = store.find()
    first = next(reading)

    put(store, *(content(f"actor-{number:04d}", x=1) for number in range(1_500)), content("zz"))

    rest = list(reading)
    assert first.ref == "actor-0000"
    assert len(rest) == 1_499
    assert all("x" not in stored.data for stored in rest)
    assert store.count() == 1_501


def test_imports_and_feeds_are_noted(store: RecordStore) -> None:
    with store.transaction() as transaction:
        first = transaction.start_run(format="stix", source="a.json", digest="sha256:1")
        transaction.finish_run(first, counts={"added": 3}, report={"notes": ["é"]})
        second = transaction.start_run(format="veris", source="b.zip")
        transaction.set_cursor("taxii", "2024-01-01")
        transaction.set_cursor("taxii", "2024-01-02")

    later, earlier = store.runs()
    assert (earlier.run, earlier.format, earlier.source, earlier.digest) == (first, "stix", "a.json", "sha256:1")
    assert (earlier.author, earlier.counts, earlier.report) == ("ana", {"added": 3}, {"notes": ["é"]})
    assert earlier.finished_at is not None
    assert earlier.finished_at >= earlier.started_at
    assert (later.run, later.finished_at, later.counts) == (second, None, None)
    assert [run.run for run in store.runs(limit=1)] == [second]
    assert (store.get_cursor("taxii"), store.get_cursor("other")) == ("2024-01-02", None)


def test_the_log_names_the_import(store: RecordStore) -> None:
    with store.transaction() as transaction:
        run = transaction.start_run(format="stix", source="a.json")
        transaction.put([content()], origin="import/stix", rank=IMPORT, run=run)

    assert [change.run for change in store.changes()] == [run]


def test_changes_are_read_in_parts(store: RecordStore) -> None:
    put(store, *(content(f"a{number}") for number in range(5)))

    first = store.changes(limit=2)
    rest = store.changes(since=first[-1].number)

    assert [change.ref for change in (*first, *rest)] == ["a0", "a1", "a2", "a3", "a4"]


def test_an_import_cannot_speak_as_the_analyst(store: RecordStore) -> None:
    with pytest.raises(StoreError, match="cannot speak as the analyst"):
        put(store, content(), origin="analyst")
    with pytest.raises(StoreError, match="is not retired"), store.transaction() as transaction:
        transaction.retire(origin="analyst", keep=(), reason="r")


def test_retired_objects_are_deleted_and_their_patches_wait(store: RecordStore) -> None:
    put(store, content("a", x=1), content("b"), content("c"))
    put(store, content("c", y=1), origin="pack/fr", rank=PACK)
    with store.transaction() as transaction:
        transaction.patch("actor", "a", {"data": {"x": 9}}, reason="checked")

    with store.transaction() as transaction:
        gone = transaction.retire(origin="import/stix", keep={("actor", "b")}, reason="not in 2.0")

    assert gone == [("actor", "a"), ("actor", "c")]
    assert [stored.ref for stored in store.find()] == ["b", "c"]
    with pytest.raises(StoreError, match="“a” was deleted"):
        store.get("actor", "a")
    tombstone = store.get("actor", "a", include_deleted=True)
    assert (tombstone.data["x"], tombstone.deleted_at is not None) == (9, True)
    assert [layer.is_patch for layer in store.layers("actor", "a")] == [True]
    assert store.get("actor", "c").data == {"ref": "c", "y": 1}
    last = store.history("actor", "a")[-1]
    assert (last.action, last.reason, last.origin) == ("retired", "not in 2.0", "import/stix")
    assert last.before is not None
    assert last.before["data"] == {"ref": "a", "x": 1}
    with pytest.raises(StoreError, match="no source speaks of “a”"), store.transaction() as transaction:
        transaction.restore("actor", "a", reason="r")

    assert put(store, content("a", x=2, z=1)) == ["added"]

    assert store.get("actor", "a").data == {"ref": "a", "x": 9, "z": 1}


def test_retiring_a_record_sets_free_what_was_merged_into_it(store: RecordStore) -> None:
    put(store, content("a", x=1), origin="pack/fr", rank=PACK)
    put(store, content("b", y=1))
    with store.transaction() as transaction:
        transaction.merge("actor", "a", "b", reason="one thing")
        transaction.retire(origin="pack/fr", keep=(), reason="not in 2.0")

    assert [stored.ref for stored in store.find()] == ["b"]
    assert [change.action for change in store.history("actor", "b")] == ["added", "merged", "split"]


def test_what_an_analyst_deleted_stays_deleted(store: RecordStore) -> None:
    put(store, content(x=1))
    with store.transaction() as transaction:
        transaction.delete("actor", "lockbit", reason="not an actor")

    assert put(store, content(x=2)) == ["changed"]

    assert store.count() == 0
    with store.transaction() as transaction:
        transaction.retire(origin="import/stix", keep=(), reason="r")
    assert put(store, content(x=3)) == ["joined"]
    assert store.count() == 0
    with store.transaction() as transaction:
        transaction.restore("actor", "lockbit", reason="it is one")
    assert store.get("actor", "lockbit").data["x"] == 3


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("nul \x00 here", "nul \ufffd here"),
        ("half \ud83d pair", "half \ufffd pair"),
        ("\\u0000 written out", "\\u0000 written out"),
        ("emoji 🏥 and é", "emoji 🏥 and é"),
        (1e22, 10**22),
        (-0.0, 0.0),
        (12345678901234567890, 12345678901234567890),
        (0.1 + 0.2, 0.1 + 0.2),
        (1e-300, 1e-300),
        (1.0, 1.0),
        ([None, True, {"\x00": 1}], [None, True, {"\ufffd": 1}]),
    ],
)
def test_odd_values_read_the_same_from_both_databases(store: RecordStore, given: Any, kept: Any) -> None:
    layer = content(name="n\x00me", odd=given, document={"odd": given})

    put(store, layer)
    put(store, content(y=1), origin="pack/fr", rank=PACK)

    stored = store.get("actor", "lockbit")
    assert stored.data["odd"] == kept
    assert type(stored.data["odd"]) is type(kept)
    assert stored.document == {"odd": kept}
    assert stored.name == "n\ufffdme"
    digest = stored.digest
    assert put(store, layer) == ["unchanged"]
    with store.transaction() as transaction:
        transaction.patch("actor", "lockbit", {"data": {"y": 2}}, reason="r\x00")
        assert transaction.unpatch("actor", "lockbit", reason="r").digest == digest
    assert store.changes()[-2].reason == "r\ufffd"


@pytest.mark.parametrize("given", [float("nan"), float("inf"), {1, 2}, object()])
def test_what_is_not_json_is_refused(store: RecordStore, given: Any) -> None:
    layer = content()
    bad = type(layer)(kind="actor", ref="x", name="x", data={"ref": "x", "odd": given}, digest="sha256:0")

    with pytest.raises(SchemaError, match="cannot be kept as JSON"):
        put(store, layer, bad)

    assert store.count() == 0


@pytest.mark.parametrize("ref", ["", "a\x00b", "a\ud800"])
def test_a_ref_that_no_database_holds_is_refused(store: RecordStore, ref: str) -> None:
    with pytest.raises(SchemaError, match="this ref cannot be kept"):
        put(store, content("ok"), content(ref, name="x"))
    with pytest.raises(EvidenceError, match="no record"):
        store.get("actor", ref)
    assert store.history("actor", ref) == []


def test_many_rows_let_postgresql_count(store: RecordStore) -> None:
    put(store, *(content(f"actor-{number}") for number in range(5_000)))

    engine = store._workspace.engine
    if engine.dialect.name == "postgresql":
        with engine.connect() as connection:
            counted = connection.execute(text("SELECT reltuples FROM pg_class WHERE relname = 'record'")).scalar_one()
        assert counted == 5_000
    assert store.count() == 5_000


def test_the_author_signs(tmp_path: Path, database_url: str) -> None:
    with open_store(tmp_path, database_url, author="béatrice") as store:
        put(store, content())
        other = RecordStore(store._workspace, author="carl", project=project)
        put(other, content(x=1))
        assert [change.author for change in store.changes()] == ["béatrice", "carl"]
