"""Saved results: stale or not and why, approved by somebody else, deleted, other organisations; on both databases."""

from __future__ import annotations

from pathlib import Path

import pytest

from hygie.core.errors import ConflictError, ForbiddenError, NotFoundError, StoreError
from hygie.service import result_inputs
from hygie.service.facilities import open_facilities
from hygie.service.jobs.context import results_folder
from hygie.service.saved_results import (
    approve_result,
    delete_result,
    find_folder,
    get_result,
    list_results,
    read_result_view,
    reject_result,
    submit_result,
    withdraw_result,
)
from hygie.service.what_changed import list_changes
from hygie.store.record_store import RecordStore
from hygie.store.sessions import see_as
from hygie.store.workspace import Workspace
from jobs_kit import keep, opened, person, small
from store_kit import content, project, put


@pytest.fixture
def workspace(tmp_path: Path, database_url: str):
    with opened(tmp_path, database_url) as found:
        open_facilities(found).save(small(), expected_revision=None, principal=person())
        yield found


def causes(workspace: Workspace, result_id: str = "r1") -> dict[str, str]:
    return {reason.cause: reason.sentence for reason in get_result(workspace, result_id).stale}


def test_a_fresh_result_is_not_stale(workspace: Workspace) -> None:
    keep(workspace)
    assert causes(workspace) == {}
    assert read_result_view(workspace, "r1", language="fr") == {"x": 1}
    assert find_folder(workspace, "r1") == results_folder(workspace, "r1")


def test_a_facility_that_changed_makes_it_stale_until_it_is_put_back(workspace: Workspace) -> None:
    keep(workspace)
    shelf = open_facilities(workspace)
    shelf.save(small() + "# a comment\n", expected_revision=1, principal=person())
    assert causes(workspace) == {}
    shelf.save(small(beds=300), expected_revision=2, principal=person())
    assert causes(workspace) == {"facility": "The facility has changed since: revision 3, this result used revision 1."}
    assert "a changé depuis" in get_result(workspace, "r1", language="fr").stale[0].sentence
    assert [row.stale[0].cause for row in list_results(workspace).items] == ["facility"]
    shelf.restore("fr-1", revision=1, expected_revision=3, principal=person())
    assert causes(workspace) == {}


def test_packs_and_version_make_it_stale(workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    keep(workspace)
    monkeypatch.setattr(result_inputs, "_installed", lambda today: {"base": "sha256:new", "health_fr": "sha256:new"})
    monkeypatch.setattr("hygie.__version__", "9.9.9")
    found = causes(workspace)
    assert set(found) == {"packs", "version"}
    assert "base and health_fr" in found["packs"]
    assert found["version"].endswith("this is 9.9.9.")


def test_new_facts_touch_only_what_reads_the_base(workspace: Workspace) -> None:

    keep(workspace)
    keep(workspace, "r2", kind="threat_watch")
    other = RecordStore(see_as(workspace, "ght-2"), author="ana", project=project)
    put(other, content())
    assert causes(workspace, "r2") == {}
    put(RecordStore(workspace, author="ana", project=project), content())
    assert causes(workspace, "r1") == {}
    assert set(causes(workspace, "r2")) == {"knowledge"}


def test_somebody_else_than_the_author_approves(workspace: Workspace) -> None:
    keep(workspace)
    boss = person("bob", "approver")
    with pytest.raises(ConflictError, match="is draft"):
        approve_result(workspace, "r1", principal=boss)
    assert submit_result(workspace, "r1", principal=person(), comment="please").status == "submitted"
    for principal in (person("ana", "approver"), person("ana", "admin")):
        with pytest.raises(ForbiddenError, match="own work"):
            approve_result(workspace, "r1", principal=principal)
    with pytest.raises(ForbiddenError):
        approve_result(workspace, "r1", principal=person("cleo", "analyst"))
    done = approve_result(workspace, "r1", principal=boss, comment="fine")
    assert (done.status, done.approver) == ("approved", "bob")
    assert [(step.action, step.author, step.comment) for step in done.approvals] == [
        ("submitted", "ana", "please"),
        ("approved", "bob", "fine"),
    ]
    with pytest.raises(ConflictError, match="is approved"):
        reject_result(workspace, "r1", principal=person("cleo", "approver"))
    assert [row.sentence for row in list_changes(workspace).items][:2] == [
        "bob approved Hôpital de l’Exemple.",
        "ana submitted Hôpital de l’Exemple for approval.",
    ]


def test_nor_does_whoever_submitted_it(workspace: Workspace) -> None:
    keep(workspace)
    submit_result(workspace, "r1", principal=person("bob", "approver"))
    with pytest.raises(ForbiddenError, match="own work"):
        approve_result(workspace, "r1", principal=person("bob", "approver"))


def test_a_rejected_result_can_be_submitted_again(workspace: Workspace) -> None:
    keep(workspace)
    submit_result(workspace, "r1", principal=person())
    assert withdraw_result(workspace, "r1", principal=person()).status == "draft"
    submit_result(workspace, "r1", principal=person())
    assert reject_result(workspace, "r1", principal=person("bob", "approver")).status == "rejected"
    again = submit_result(workspace, "r1", principal=person())
    assert (again.status, again.approver, len(again.approvals)) == ("submitted", None, 5)


def test_deleting(workspace: Workspace) -> None:
    keep(workspace)
    keep(workspace, "r2")
    delete_result(workspace, "r1", principal=person())
    assert [row.result_id for row in list_results(workspace).items] == ["r2"]
    assert not results_folder(workspace, "r1").exists()
    submit_result(workspace, "r2", principal=person())
    with pytest.raises(ForbiddenError):
        delete_result(workspace, "r2", principal=person("bob", "approver"))
    delete_result(workspace, "r2", principal=person("root", "admin"))
    assert list_results(workspace).items == []


def test_files_that_are_gone_are_told(workspace: Workspace) -> None:
    keep(workspace)
    (results_folder(workspace, "r1") / "assessment.en.json").unlink()
    with pytest.raises(StoreError, match="are gone"):
        read_result_view(workspace, "r1")


def test_organisations_see_their_own_only(workspace: Workspace) -> None:
    keep(workspace)
    other, stranger = see_as(workspace, "ght-2"), person("eve", "admin", organisation="ght-2")
    assert list_results(other).items == []
    for call in (
        lambda: get_result(other, "r1"),
        lambda: read_result_view(other, "r1"),
        lambda: find_folder(other, "r1"),
        lambda: submit_result(other, "r1", principal=stranger),
        lambda: approve_result(other, "r1", principal=stranger),
        lambda: delete_result(other, "r1", principal=stranger),
    ):
        with pytest.raises(NotFoundError):
            call()
    assert list_changes(other).items == []
    assert get_result(workspace, "r1").status == "draft"


def test_lists_are_filtered_and_cut_in_pages(workspace: Workspace) -> None:
    for number in range(4):
        keep(workspace, f"r{number}", kind="scenario" if number == 2 else "assessment")
    page = list_results(workspace, kind="assessment", limit=2)
    assert ([row.result_id for row in page.items], page.next) == (["r3", "r1"], "r1")
    assert [row.result_id for row in list_results(workspace, kind="assessment", after=page.next).items] == ["r0"]
    assert list_results(workspace, facility="fr-2").items == []
