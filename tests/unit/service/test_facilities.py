"""Facilities of a workspace: revisions, two writers, search, other organisations; on both databases."""

from __future__ import annotations

from pathlib import Path

import pytest

from hygie.core.errors import ConflictError, DocumentError, ForbiddenError, NotFoundError, SchemaError
from hygie.service.facilities import create_from_answers, create_from_register, open_facilities
from hygie.service.merging import list_differences, merge
from hygie.service.other_documents import open_programmes
from hygie.service.stored_documents import show_conflict
from hygie.service.what_changed import list_changes
from hygie.store.register_store import RegisterStore
from hygie.store.sessions import see_as
from hygie.store.workspace import Workspace
from jobs_kit import opened, person, small


@pytest.fixture
def workspace(tmp_path: Path, database_url: str):
    with opened(tmp_path, database_url) as found:
        yield found


def test_revisions_follow_each_other_and_none_is_lost(workspace: Workspace) -> None:
    shelf = open_facilities(workspace)
    first = shelf.save(small(beds=200), expected_revision=None, principal=person(), note="first")
    second = shelf.save(small(beds=210), expected_revision=1, principal=person("bob"), note="beds of 2025")
    assert (first.revision, second.revision, second.findings) == (1, 2, [])
    assert [(row.revision, row.author, row.note) for row in shelf.history("fr-1")] == [
        (2, "bob", "beds of 2025"),
        (1, "ana", "first"),
    ]
    assert shelf.get("fr-1", revision=1).text == small(beds=200)
    back = shelf.restore("fr-1", revision=1, expected_revision=2, principal=person())
    assert (back.revision, back.data["activity"]["beds_mco"], back.origin) == (3, 200, "revision 1")
    assert shelf.get("fr-1").latest == 3


def test_what_is_the_same_makes_no_revision(workspace: Workspace) -> None:
    shelf = open_facilities(workspace)
    shelf.save(small(), expected_revision=None, principal=person())
    assert shelf.save(small(), expected_revision=1, principal=person()).revision == 1
    # A comment changes nothing that is computed, but it is somebody's text.
    assert shelf.save(small() + "# checked\n", expected_revision=1, principal=person()).revision == 2
    assert len(list_changes(workspace).items) == 2


def test_the_second_of_two_writers_sees_both_versions(workspace: Workspace) -> None:
    shelf = open_facilities(workspace)
    shelf.save(small(), expected_revision=None, principal=person())
    shelf.save(small(beds=250), expected_revision=1, principal=person("bob"))
    with pytest.raises(ConflictError, match="has changed since it was read") as caught:
        shelf.save(small(name="Hôpital renommé"), expected_revision=1, principal=person("cleo"))
    conflict = show_conflict(caught.value)
    assert (conflict.base.revision, conflict.theirs.revision, conflict.theirs.author) == (1, 2, "bob")
    assert conflict.mine_text == small(name="Hôpital renommé")
    assert [(row.path, row.changed_by) for row in conflict.differences] == [
        ("name", "mine"),
        ("activity.beds_mco", "theirs"),
    ]
    # The two changes do not clash: they can be kept together.
    assert conflict.merged["activity"]["beds_mco"] == 250
    assert conflict.merged["name"] == "Hôpital renommé"
    assert shelf.get("fr-1").revision == 2


def test_a_clash_is_not_merged(workspace: Workspace) -> None:
    shelf = open_facilities(workspace)
    shelf.save(small(), expected_revision=None, principal=person())
    shelf.save(small(beds=250), expected_revision=1, principal=person("bob"))
    with pytest.raises(ConflictError) as caught:
        shelf.save(small(beds=260), expected_revision=1, principal=person())
    conflict = show_conflict(caught.value)
    assert conflict.merged is None
    (row,) = conflict.differences
    assert (row.path, row.base, row.theirs, row.mine, row.changed_by) == ("activity.beds_mco", 200, 250, 260, "both")
    with pytest.raises(ConflictError, match="already") as caught:
        shelf.save(small(), expected_revision=None, principal=person())
    assert show_conflict(caught.value).base is None


def test_differences_walk_lists_of_one_length_and_keep_removed_fields() -> None:
    base = {"a": [1, {"x": 1}], "b": 1, "c": [1]}
    theirs = {"a": [1, {"x": 2}], "b": 1, "c": [1, 2]}
    mine = {"a": [5, {"x": 1}], "c": [1]}
    found = {row.path: row.changed_by for row in list_differences(base, theirs, mine)}
    assert found == {"a.0": "mine", "a.1.x": "theirs", "b": "mine", "c": "theirs"}
    assert list(merge(base, theirs, mine)) == ["a", "c"]
    assert merge(base, theirs, mine) == {"a": [5, {"x": 2}], "c": [1, 2]}
    assert merge(None, theirs, mine) is None


def test_what_is_wrong_is_kept_and_told_with_its_line(workspace: Workspace) -> None:
    shelf = open_facilities(workspace)
    saved = shelf.save(small().replace("category: ch", "category: clinics"), expected_revision=None, principal=person())
    (finding,) = saved.findings
    assert (finding.line, finding.field, finding.code) == (4, "category", "HYG-205")
    assert "clinic" in finding.repair
    assert shelf.get("fr-1").findings == saved.findings
    (unknown,) = shelf.check("id: x\nbedss: 3\n" + small("x").replace("id: x\n", ""), name="x.yaml")[:1]
    assert unknown.line == 2


@pytest.mark.parametrize(
    ("text", "error"),
    [("a: [", DocumentError), ("- 1\n", SchemaError), ("id: ../x\n", SchemaError), ("name: x\n", SchemaError)],
)
def test_what_cannot_be_read_is_refused(workspace: Workspace, text: str, error: type[Exception]) -> None:
    with pytest.raises(error):
        open_facilities(workspace).save(text, expected_revision=None, principal=person())
    assert open_facilities(workspace).find().items == []


def test_an_id_stays(workspace: Workspace) -> None:
    shelf = open_facilities(workspace)
    shelf.save(small(), expected_revision=None, principal=person())
    with pytest.raises(SchemaError, match="keeps its id") as caught:
        shelf.save(small("fr-2"), expected_revision=1, principal=person(), ref="fr-1")
    assert caught.value.findings[0].line == 2


def test_a_viewer_may_not_write(workspace: Workspace) -> None:
    with pytest.raises(ForbiddenError):
        open_facilities(workspace).save(small(), expected_revision=None, principal=person(role="viewer"))


def test_lists_are_searched_in_folded_words_and_cut_in_pages(workspace: Workspace) -> None:
    shelf = open_facilities(workspace)
    for number, name in enumerate(["Hôpital Cœur d’Évry", "Clinique des Lilas", "CH d'Evry-Nord"]):
        shelf.save(small(f"fr-{number}", name=name), expected_revision=None, principal=person())
    assert [row.ref for row in shelf.find(text="EVRY").items] == ["fr-0", "fr-2"]
    assert [row.ref for row in shelf.find(text="coeur évry").items] == ["fr-0"]
    assert shelf.find(text="%").items == shelf.find().items
    page = shelf.find(limit=2)
    assert ([row.ref for row in page.items], page.next) == (["fr-0", "fr-1"], "fr-1")
    rest = shelf.find(limit=2, after=page.next)
    assert ([row.ref for row in rest.items], rest.next) == (["fr-2"], None)


def test_a_deleted_facility_comes_back_with_its_history(workspace: Workspace) -> None:
    shelf = open_facilities(workspace)
    shelf.save(small(), expected_revision=None, principal=person())
    with pytest.raises(ConflictError):
        shelf.delete("fr-1", expected_revision=7, principal=person())
    shelf.delete("fr-1", expected_revision=1, principal=person())
    assert shelf.find().items == []
    with pytest.raises(NotFoundError):
        shelf.get("fr-1")
    assert shelf.save(small(beds=90), expected_revision=None, principal=person()).revision == 2


def test_organisations_see_their_own_only(workspace: Workspace) -> None:
    mine, other = open_facilities(workspace), open_facilities(see_as(workspace, "ght-2"))
    mine.save(small(), expected_revision=None, principal=person())
    assert other.find().items == []
    assert other.find(text="hopital").items == []
    for ask in (lambda: other.get("fr-1"), lambda: other.history("fr-1"), lambda: other.get("fr-1", revision=1)):
        with pytest.raises(NotFoundError):
            ask()
    with pytest.raises(NotFoundError):
        other.delete("fr-1", expected_revision=1, principal=person(organisation="ght-2"))
    # The same id in two organisations is two facilities.
    other.save(small(beds=10), expected_revision=None, principal=person(organisation="ght-2"))
    assert mine.get("fr-1").data["activity"]["beds_mco"] == 200
    assert [row.sentence for row in list_changes(see_as(workspace, "ght-2")).items] != []
    assert len(list_changes(workspace).items) == 1


def test_from_the_short_form(workspace: Workspace) -> None:
    answers = {"name": "CH de l’Exemple", "category": "ch", "status": "public", "year": 2024, "fte": 500.0}
    made = create_from_answers(workspace, answers, principal=person())
    assert (made.ref, made.findings, made.origin) == ("ch-de-l-exemple", [], "form")
    with pytest.raises(ConflictError):
        create_from_answers(workspace, answers, principal=person())


def test_from_a_register(workspace: Workspace, tmp_path: Path) -> None:
    from hygie.service.register_imports import RegisterImport, import_register

    file = tmp_path / "own_2024.csv"
    head, row = "finess;finess_ej;nom;categorie;statut;etp;lits mco", "910000017;910000009;CH du Lac;CH;public;700;120"
    file.write_text(f"{head}\n{row}\n", encoding="utf-8")
    import_register(RegisterStore(workspace, author="ana"), RegisterImport(path=file))
    made = create_from_register(workspace, "910000017", principal=person())
    assert made.ref == "fr-910000009"
    assert made.data["activity"]["fte"] == 700
    assert made.text.startswith("# Public activity figures")
    assert made.origin.startswith("register own")


def test_programmes_have_revisions_too(workspace: Workspace) -> None:
    shelf = open_programmes(workspace)
    saved = shelf.save("name: Cyber 2027\nlayers: 3\n", expected_revision=None, principal=person(), ref="cyber-2027")
    assert saved.ref == "cyber-2027"
    assert any(finding.line == 2 for finding in saved.findings)
