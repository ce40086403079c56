"""Random lives of records: whatever is merged, patched and imported in between, splitting restores exactly."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import count
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from hygie.core.errors import HygieError
from hygie.store.record_fold import Effective, fold_layers
from hygie.store.record_store import RecordStore, StoredRecord
from hygie.store.workspace import Workspace, open_workspace
from store_kit import content, project, state

REFS = ("a", "b", "c", "d", "e")
_NUMBERS = count(1)

fields = st.dictionaries(
    st.sampled_from(["x", "y", "z"]), st.one_of(st.integers(0, 3), st.lists(st.integers(0, 3), max_size=2)), max_size=3
)
lists = st.dictionaries(
    st.sampled_from(["aliases", "evidence"]), st.lists(st.sampled_from("pqrs"), max_size=3, unique=True), max_size=2
)
markings = st.sampled_from([None, "clear", "green", "amber", "red"])
refs = st.sampled_from(REFS)
names = st.sampled_from([None, "One", "Two"])
puts = st.tuples(
    st.just("put"), refs, st.sampled_from([("import/a", 20), ("pack/b", 30)]), fields, lists, markings, names
)
patches = st.tuples(
    st.just("patch"),
    refs,
    st.dictionaries(st.sampled_from(["x", "y", "w"]), st.one_of(st.none(), st.integers(4, 6)), min_size=1, max_size=2),
)
merges = st.tuples(st.just("merge"), refs, refs)
splits = st.tuples(st.just("split"), refs)
unpatches = st.tuples(st.just("unpatch"), refs)
lives = st.lists(st.one_of(puts, puts, patches, merges, merges, splits, unpatches), max_size=25)


@pytest.fixture
def workspace(tmp_path: Path, database_url: str) -> Iterator[Workspace]:
    opened = open_workspace(tmp_path, database=database_url)
    yield opened
    opened.engine.dispose()


@settings(
    max_examples=40,
    deadline=None,
    derandomize=True,
    database=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow, HealthCheck.data_too_large],
)
@given(life=lives)
def test_splitting_everything_restores_exactly(workspace: Workspace, life: Sequence[tuple[Any, ...]]) -> None:
    number = next(_NUMBERS)
    merged, plain = (_open(workspace, f"{name}-{number}") for name in ("merged", "plain"))
    steps = [("put", ref, ("import/a", 20), {"n": place}, {}, None, None) for place, ref in enumerate(REFS)]
    for step in (*steps, *life):
        _live(merged, step)
        if step[0] not in ("merge", "split"):
            _live(plain, step)
        _check_folds(merged)

    left = [stored.ref for stored in merged.find(include_merged=True) if stored.merged_into is not None]
    with merged.transaction() as transaction:
        for ref in left:
            transaction.split("actor", ref, reason="r")

    assert state(merged) == state(plain)


def _open(workspace: Workspace, organisation: str) -> RecordStore:
    own = open_workspace(workspace.folder, database=str(_address(workspace)), organisation=organisation)
    own.engine.dispose()
    shared = Workspace(
        folder=workspace.folder,
        engine=workspace.engine,
        organisation_id=organisation,
        pseudonym_key=own.pseudonym_key,
    )
    return RecordStore(shared, author="ana", project=project)


def _address(workspace: Workspace) -> str:
    return workspace.engine.url.render_as_string(hide_password=False)


def _live(store: RecordStore, step: tuple[Any, ...]) -> None:
    """Do one step; one that makes no sense is refused and changes nothing."""
    action, ref, *rest = step
    try:
        with store.transaction() as transaction:
            if action == "put":
                (origin, rank), data, united, tlp, name = rest
                layer = content(ref, name=name, tlp=tlp, **data, **united)
                transaction.put([layer], origin=origin, rank=rank, origin_version=None, run=None)
            elif action == "patch":
                transaction.patch("actor", ref, {"data": rest[0]}, reason="r")
            elif action == "merge":
                transaction.merge("actor", ref, rest[0], reason="r")
            else:
                getattr(transaction, action)("actor", ref, reason="r")
    except HygieError:
        assert action in ("merge", "split", "unpatch")


def _check_folds(store: RecordStore) -> None:
    """Each record says what its layers and those merged into it say, folded anew."""
    records = {stored.ref: stored for stored in store.find(include_merged=True, include_deleted=True)}
    for stored in records.values():
        assert stored.merged == tuple(sorted(ref for ref, other in records.items() if other.merged_into == stored.ref))
        found = fold_layers(
            store.layers("actor", stored.ref),
            joined=[_effective(records[ref]) for ref in stored.merged],
            name_of=lambda data: project("actor", data).name,
        )
        assert found == _effective(stored)


def _effective(stored: StoredRecord) -> Effective:
    return Effective(**{name: getattr(stored, name) for name in Effective.__slots__})
