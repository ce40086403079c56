"""The analyst's hand: patches, own records, deletions, merges; on both databases."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from hygie.core.errors import EvidenceError, HygieError, SchemaError, StoreError
from hygie.store.record_store import RecordStore, StoredRecord
from store_kit import PACK, content, open_store, put, state


@pytest.fixture
def store(tmp_path: Path, database_url: str) -> Iterator[RecordStore]:
    with open_store(tmp_path, database_url) as opened:
        yield opened


def _patch(store: RecordStore, changes: Mapping[str, Any], *, ref: str = "lockbit") -> StoredRecord:
    with store.transaction() as transaction:
        return transaction.patch("actor", ref, changes, reason="checked")


def _unpatch(store: RecordStore, *fields: str, ref: str = "lockbit") -> StoredRecord:
    with store.transaction() as transaction:
        return transaction.unpatch("actor", ref, fields=fields or None, reason="wrong")


def _merge(store: RecordStore, keep: str, other: str) -> StoredRecord:
    with store.transaction() as transaction:
        return transaction.merge("actor", keep, other, reason="one thing")


def _split(store: RecordStore, other: str) -> StoredRecord:
    with store.transaction() as transaction:
        return transaction.split("actor", other, reason="two things")


def test_a_patch_lies_above_the_pack_which_stays_as_it_is(store: RecordStore) -> None:
    pack = content(name="LockBit", victims={"value": 3, "unit": "sites"}, country="RU", tlp="clear")
    put(store, pack, origin="pack/fr", rank=PACK, version="1.0")
    before = store.layers("actor", "lockbit")

    stored = _patch(
        store, {"data": {"victims": {"value": 4}, "country": None, "mode": "ddos"}, "tlp": "green", "name": "LockBit 3"}
    )

    assert stored.data == {
        "ref": "lockbit",
        "name": "LockBit",
        "victims": {"value": 4, "unit": "sites"},
        "mode": "ddos",
    }
    assert (stored.tlp, stored.name, stored.version) == ("green", "LockBit 3", 2)
    assert stored.origins == ("pack/fr", "analyst")
    held, patch = store.layers("actor", "lockbit")
    assert [held] == before
    assert (patch.is_patch, patch.base_digest) == (True, pack.digest)
    assert patch.patch == {
        "data": {"victims": {"value": 4}, "country": None, "mode": "ddos"},
        "tlp": "green",
        "name": "LockBit 3",
    }
    assert patch.content.data == patch.patch["data"]
    change = store.history("actor", "lockbit")[-1]
    assert (change.action, change.origin, change.reason, change.before) == ("patched", "analyst", "checked", None)
    assert change.digest_after == stored.digest


def test_a_patch_follows_what_is_below(store: RecordStore) -> None:
    put(store, content(x=1, y=1), origin="pack/fr", rank=PACK)
    _patch(store, {"data": {"x": 9}})

    put(store, content(x=2, y=2), origin="pack/fr", rank=PACK)

    assert store.get("actor", "lockbit").data == {"ref": "lockbit", "x": 9, "y": 2}
    patch = store.layers("actor", "lockbit")[-1]
    assert patch.base_digest == content(x=1, y=1).digest


def test_patches_add_up(store: RecordStore) -> None:
    put(store, content(a={"x": 1, "y": {"z": 1}}, b=1))
    _patch(store, {"data": {"a": None}, "pap": "red"})

    stored = _patch(store, {"data": {"a": {"y": {"w": 2}}, "b": None}})

    assert stored.data == {"ref": "lockbit", "a": {"y": {"w": 2}}}
    assert stored.pap == "red"
    assert store.get("actor", "lockbit").data == stored.data
    assert store.history("actor", "lockbit")[-1].before is not None


def test_a_patch_of_the_name_in_the_data_renames_the_record(store: RecordStore) -> None:
    put(store, content(name="LockBit"))

    assert _patch(store, {"data": {"name": "LockBit Black"}}).name == "LockBit Black"
    assert _patch(store, {"data": {"x": 1}}).name == "LockBit Black"
    assert _unpatch(store, "name").name == "LockBit"


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({}, "nothing is changed"),
        ({"data": {}}, "nothing is changed"),
        ({"document": {}}, "this part of a record cannot be changed"),
        ({"data": [1]}, "data of a record are a mapping"),
        ({"data": {"ref": "other"}}, "keeps its ref"),
        ({"data": {"ref": None}}, "keeps its ref"),
        ({"name": None}, "a record has a name"),
        ({"name": " "}, "a record has a name"),
        ({"tlp": "purple"}, "no such marking"),
        ({"pap": "amber+strict"}, "no such marking"),
        ({"data": {"x": float("nan")}}, "cannot be kept as JSON"),
    ],
)
def test_a_patch_that_makes_no_sense_is_refused(store: RecordStore, changes: dict[str, Any], message: str) -> None:
    put(store, content())

    with pytest.raises(SchemaError, match=message):
        _patch(store, changes)

    assert len(store.layers("actor", "lockbit")) == 1


def test_a_marking_is_removed_by_null(store: RecordStore) -> None:
    put(store, content(tlp="red", pap="red"))

    stored = _patch(store, {"tlp": None})

    assert (stored.tlp, stored.pap) == (None, "red")
    assert _unpatch(store, "tlp").tlp == "red"


def test_a_patch_is_taken_back_in_parts_and_whole(store: RecordStore) -> None:
    put(store, content(a=1, b={"x": 1, "y": 1}, tlp="clear"))
    before = state(store)
    _patch(store, {"data": {"a": 2, "b": {"x": 2, "y": 2}, "tlp": "odd"}, "tlp": "red"})

    assert _unpatch(store, "b.x").data == {"ref": "lockbit", "a": 2, "b": {"x": 1, "y": 2}, "tlp": "odd"}
    assert _unpatch(store, "data.tlp").tlp == "red"
    assert _unpatch(store, "tlp", "a").tlp == "clear"
    last = _unpatch(store, "data.b.y")

    assert state(store) == before
    assert last.origins == ("import/stix",)
    assert [change.action for change in store.history("actor", "lockbit")[2:]] == ["unpatched"] * 4
    _patch(store, {"data": {"a": 2}, "tlp": "red"})
    _unpatch(store)
    assert state(store) == before


def test_taking_back_what_was_not_patched_is_refused(store: RecordStore) -> None:
    put(store, content(a=1))
    with pytest.raises(StoreError, match="nothing of “lockbit” was changed"):
        _unpatch(store)
    _patch(store, {"data": {"b": {"x": 1}}})
    for field in ("a", "b.y", "b.x.z", "tlp", "", "data."):
        with pytest.raises(StoreError, match="changed nothing of this field") as caught:
            _unpatch(store, field)
        assert caught.value.findings[0].allowed == "b"


def test_own_records(store: RecordStore) -> None:
    own = content("own", name="Mine", a={"x": 1})
    with store.transaction() as transaction:
        assert transaction.create(own, reason="seen").origins == ("analyst",)

    stored = _patch(store, {"data": {"a": {"y": 2}, "b": 3}, "tlp": "amber", "name": "Ours"}, ref="own")

    assert stored.data == {"ref": "own", "name": "Mine", "a": {"x": 1, "y": 2}, "b": 3}
    assert (stored.tlp, stored.name, stored.version) == ("amber", "Ours", 2)
    (layer,) = store.layers("actor", "own")
    assert (layer.is_patch, layer.rank, layer.content.digest) == (False, 90, stored.digest)
    with pytest.raises(StoreError, match="nothing of “own” was changed"):
        _unpatch(store, ref="own")
    assert [change.action for change in store.history("actor", "own")] == ["created", "patched"]


def test_an_own_record_over_a_later_source(store: RecordStore) -> None:
    with store.transaction() as transaction:
        transaction.create(content(a=1), reason="seen")
    put(store, content(a=2, b={"x": 1}), origin="pack/fr", rank=PACK)

    assert _patch(store, {"data": {"b": {"y": 1}}}).data == {"ref": "lockbit", "a": 1, "b": {"x": 1, "y": 1}}
    with pytest.raises(SchemaError, match="another source states"):
        _patch(store, {"data": {"b": None}})
    assert store.get("actor", "lockbit").data["b"] == {"x": 1, "y": 1}


def test_creating_what_exists_is_refused(store: RecordStore) -> None:
    put(store, content("a"), content("b"))
    with store.transaction() as transaction:
        transaction.delete("actor", "b", reason="r")
    for ref, repair in (("a", "choose another ref"), ("b", "restore it")):
        with pytest.raises(StoreError, match="already") as caught, store.transaction() as transaction:
            transaction.create(content(ref), reason="r")
        assert repair in str(caught.value)


def test_a_retired_record_may_be_created_anew(store: RecordStore) -> None:
    put(store, content(a=1))
    with store.transaction() as transaction:
        transaction.retire(origin="import/stix", keep=(), reason="r")
        stored = transaction.create(content(a=2), reason="still true")

    assert (stored.data["a"], stored.origins, stored.deleted_at) == (2, ("analyst",), None)


def test_delete_and_restore(store: RecordStore) -> None:
    put(store, content(name="LockBit"))
    before = state(store)
    with store.transaction() as transaction:
        transaction.delete("actor", "lockbit", reason="not an actor")

    assert (store.count(), store.count(text="lock"), store.count(include_deleted=True)) == (0, 0, 1)
    with pytest.raises(StoreError, match="was deleted on"):
        store.get("actor", "lockbit")
    with pytest.raises(StoreError, match="was deleted on"), store.transaction() as transaction:
        transaction.delete("actor", "lockbit", reason="again")
    with pytest.raises(StoreError, match="was deleted on"):
        _patch(store, {"tlp": "red"})
    with store.transaction() as transaction:
        transaction.restore("actor", "lockbit", reason="it is one")

    assert state(store) == before
    assert [change.action for change in store.history("actor", "lockbit")] == ["added", "deleted", "restored"]
    with pytest.raises(StoreError, match="is not deleted"), store.transaction() as transaction:
        transaction.restore("actor", "lockbit", reason="again")


@pytest.mark.parametrize("call", ["patch", "unpatch", "delete", "restore", "merge", "split"])
def test_what_is_not_there_is_named(store: RecordStore, call: str) -> None:
    put(store, content("lockbit"), content("other"))
    arguments: dict[str, tuple[Any, ...]] = {"patch": ({"tlp": "red"},), "merge": ("other",)}

    with pytest.raises(EvidenceError, match="did you mean “lockbit”"), store.transaction() as transaction:
        getattr(transaction, call)("actor", "lockbitt", *arguments.get(call, ()), reason="r")


def test_a_merge_fills_gaps_and_unites_lists(store: RecordStore) -> None:
    kept = {"aliases": ["x", "y"], "evidence": ["e1"], "targets": ["t1"], "tlp": "green", "document": {"k": 1}}
    joined = {"aliases": ["y", "z"], "evidence": ["e2"], "targets": ["t2"], "tlp": "amber", "document": {"o": 1}}
    put(store, content("keep", a=1, **kept), content("other", name="Other", a=2, b={"c": 1}, **joined))

    stored = _merge(store, "keep", "other")

    assert stored.data == {
        "ref": "keep",
        "name": "Other",
        "a": 1,
        "b": {"c": 1},
        "aliases": ["x", "y", "z"],
        "evidence": ["e1", "e2"],
        "targets": ["t1"],
    }
    assert (stored.tlp, stored.name, stored.document) == ("amber", "Other", {"k": 1})
    assert (stored.merged, stored.origins, stored.version) == (("other",), ("import/stix",), 2)
    other = store.get("actor", "other")
    assert (other.merged_into, other.data["a"], other.version) == ("keep", 2, 1)
    assert [found.ref for found in store.find()] == ["keep"]
    assert [found.ref for found in store.find(include_merged=True)] == ["keep", "other"]
    for ref, partner in (("keep", "other"), ("other", "keep")):
        change = store.history("actor", ref)[-1]
        assert (change.action, change.other, change.reason) == ("merged", partner, "one thing")


def test_a_merge_fills_what_is_unknown_and_takes_no_figure_apart(store: RecordStore) -> None:
    named, unknown = {"name": "lockbit", "confidence": "high"}, {"name": "unknown", "confidence": "none"}
    loss = {"value": 1, "unit": "EUR"}
    put(
        store,
        content("keep", actor=unknown, data_leaked="unknown", victim={"name": "CH", "kind": "unknown"}, loss=loss),
        content(
            "other",
            actor=named,
            data_leaked="claimed",
            victim={"name": "C. H.", "kind": "ch", "town": "Metz"},
            loss={"value": 2, "unit": "EUR", "estimated": True},
        ),
    )
    before = state(store)

    data = _merge(store, "keep", "other").data

    assert (data["actor"], data["data_leaked"], data["loss"]) == (named, "claimed", loss)
    assert data["victim"] == {"name": "CH", "kind": "ch", "town": "Metz"}
    with store.transaction() as transaction:
        transaction.split("actor", "other", reason="two")
    after = state(store)
    assert {key: row[:8] for key, row in after.items()} == {key: row[:8] for key, row in before.items()}


def test_a_patch_is_above_what_is_merged_in(store: RecordStore) -> None:
    put(store, content("keep", a=1), content("other", b=1, tlp="red"))
    _patch(store, {"data": {"b": None, "a": 5}, "tlp": "green"}, ref="keep")

    stored = _merge(store, "keep", "other")

    assert (stored.data, stored.tlp) == ({"ref": "keep", "a": 5}, "green")
    assert _unpatch(store, "b", ref="keep").data == {"ref": "keep", "a": 5, "b": 1}
    assert store.layers("actor", "keep")[-1].base_digest == content("keep", a=1).digest


def test_a_split_undoes_a_merge(store: RecordStore) -> None:
    put(store, content("keep", a=1), content("other", b=1), content("third", c=1))
    before = state(store)
    _merge(store, "other", "third")
    middle = state(store)
    assert _merge(store, "keep", "other").data == {"ref": "keep", "a": 1, "b": 1, "c": 1}

    assert _split(store, "other").data == {"ref": "other", "b": 1, "c": 1}
    assert state(store) == middle
    _split(store, "third")
    assert state(store) == before


def test_what_is_merged_in_follows_its_sources(store: RecordStore) -> None:
    put(store, content("keep"), content("other"), content("third", c=1))
    _merge(store, "other", "third")
    _merge(store, "keep", "other")

    put(store, content("third", c=2))
    assert store.get("actor", "keep").data["c"] == 2
    _patch(store, {"data": {"c": 3}}, ref="third")
    assert store.get("actor", "keep").data["c"] == 3
    with store.transaction() as transaction:
        transaction.retire(origin="import/stix", keep={("actor", "keep"), ("actor", "other")}, reason="r")
    assert "c" not in store.get("actor", "keep").data
    put(store, content("third", c=4))
    assert store.get("actor", "keep").data["c"] == 3


def test_merges_that_make_no_sense_are_refused(store: RecordStore) -> None:
    put(store, content("a"), content("b"), content("c"), content("d"))
    put(store, content("a", kind="software"))
    _merge(store, "a", "b")
    with store.transaction() as transaction:
        transaction.delete("actor", "d", reason="r")
    for keep, other, message in (
        ("a", "a", "into itself"),
        ("a", "b", "“b” was merged into “a” already"),
        ("b", "a", "“b” was merged into “a” already"),
        ("c", "b", "“b” was merged into “a” already"),
        ("b", "c", "“b” was merged into “a” already"),
        ("a", "d", "“d” was deleted"),
        ("d", "a", "“d” was deleted"),
        ("a", "e", "no record “e”"),
    ):
        with pytest.raises(HygieError, match=message):
            _merge(store, keep, other)
    with pytest.raises(StoreError, match="“a” was not merged into another record") as caught:
        _split(store, "a")
    assert "name one of these" in str(caught.value)
    with pytest.raises(StoreError, match="was not merged"):
        _split(store, "c")
    with pytest.raises(StoreError, match="“b” was merged into “a”"), store.transaction() as transaction:
        transaction.delete("actor", "b", reason="r")
    assert store.get("software", "a").merged == ()


def test_a_deleted_record_gives_back_what_was_merged_into_it(store: RecordStore) -> None:
    put(store, content("keep"), content("other", b=1))
    _merge(store, "keep", "other")
    with store.transaction() as transaction:
        transaction.delete("actor", "keep", reason="r")

    assert _split(store, "other").data == {"ref": "other", "b": 1}

    assert [found.ref for found in store.find()] == ["other"]
