"""Every kind of job that simulates, from its request to its saved result; two assessments compared by cause."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from cli_kit import EXAMPLE
from hygie.core.errors import NotFoundError, StoreError, UsageError
from hygie.service.assess import assess
from hygie.service.compare_results import contrast_results
from hygie.service.facilities import open_facilities
from hygie.service.insure import price
from hygie.service.jobs import get_job, submit, worker
from hygie.service.jobs.kinds import KINDS
from hygie.service.other_documents import open_portfolios, open_programmes
from hygie.service.requests import AssessmentRequest
from hygie.service.saved_results import find_folder, get_result, read_result_view
from hygie.service.uploads import find_upload, keep_upload
from hygie.service.what_changed import list_changes
from hygie.store.sessions import see_as
from hygie.store.workspace import Workspace
from jobs_kit import opened, person, small, work_off

pytestmark = pytest.mark.xdist_group("assess")

PLAN = {"years": 2000, "draws": 20, "as_of": "2026-11-23"}
PROGRAMME = EXAMPLE.parent / "programme-hospital.yaml"


@pytest.fixture(scope="module")
def workspace(tmp_path_factory: pytest.TempPathFactory, filled_workspace: Path) -> Iterator[Workspace]:
    folder = tmp_path_factory.mktemp("kinds") / "ws"
    shutil.copytree(filled_workspace, folder)
    with opened(folder) as found:
        shelf = open_facilities(found)
        shelf.save(small(beds=900), expected_revision=None, principal=person())
        shelf.save(small("fr-2", name="Clinique voisine"), expected_revision=None, principal=person())
        yield found


def do(workspace: Workspace, kind: str, **request: object) -> str:
    """Ask for a job, do it, and return its id."""
    asked = KINDS[kind].request.model_validate(request)
    job_id = submit(workspace, kind=kind, request=asked, principal=person()).job_id
    work_off(workspace)
    ended = get_job(workspace, job_id)
    assert (ended.status, ended.findings) == ("done", []), ended.findings
    return job_id


@pytest.fixture(scope="module")
def assessed(workspace: Workspace) -> str:
    return do(workspace, "assess", facility="fr-1@1", **PLAN)


def test_an_assessment_is_that_of_the_command_line(workspace: Workspace, assessed: str, tmp_path: Path) -> None:
    (tmp_path / "f.yaml").write_text(small(beds=900), encoding="utf-8")
    calm = assess(AssessmentRequest.model_validate({"facility": str(tmp_path / "f.yaml"), **PLAN}))
    kept = get_result(workspace, assessed)
    assert (kept.digest, kept.stale) == (calm.view.digest, [])
    assert kept.headline["figures"]["aal"]["value"] == calm.view.figures["aal"].value
    view = read_result_view(workspace, assessed)
    assert view["reproduce"].startswith("hygie assess documents/default/facility/fr-1@1.yaml")
    assert str(workspace.folder) not in (find_folder(workspace, assessed) / "manifest.json").read_text("utf-8")


@pytest.mark.parametrize(
    ("kind", "request_"),
    [
        ("scenario", {"class": "ransomware", "events": 2000, "draws": 20, "replays": 20, "as_of": "2026-11-23"}),
        ("decide_controls", {**PLAN, "options": [{"control": "mfa"}]}),
        ("decide_uncertainty", {**PLAN, "draws": 30}),
        ("threat_diff", {"from": "2024-06-30", "to": "2026-11-23", "years": 2000, "draws": 20, "before": "fr-1@1"}),
        ("threat_watch", {"since": "2024-06-30", "to": "2026-11-23", "years": 2000, "draws": 20}),
    ],
)
def test_work_on_a_facility(workspace: Workspace, kind: str, request_: dict) -> None:
    job_id = do(workspace, kind, facility="fr-1", **request_)
    kept = get_result(workspace, job_id)
    assert (kept.kind, kept.facility_ref, kept.stale) == (kind, "fr-1", [])
    assert kept.headline["en"]
    assert str(workspace.folder) not in "".join(
        path.read_text("utf-8") for path in find_folder(workspace, job_id).glob("*.json")
    )


def test_a_programme_on_a_saved_assessment(workspace: Workspace, assessed: str) -> None:
    text = PROGRAMME.read_text(encoding="utf-8")
    open_programmes(workspace).save(text, expected_revision=None, principal=person(), ref="cyber")
    job_id = do(workspace, "insure_price", result=assessed, programme="cyber")
    _, views = price(find_folder(workspace, assessed), PROGRAMME)
    assert read_result_view(workspace, job_id)["layers"] == views["en"].model_dump(mode="json")["layers"]
    # Events in parts are read as one table; one that is missing is told.
    folder = find_folder(workspace, assessed)
    part = next((folder / "events").glob("part-*.parquet"))
    part.rename(folder / "elsewhere")
    with pytest.raises(StoreError, match="no events"):
        price(folder, PROGRAMME)
    (folder / "elsewhere").rename(part)
    stranger = submit(
        see_as(workspace, "ght-2"),
        kind="import",
        request=KINDS["import"].request.model_validate({"upload": "20261123-101500-000123-1a2b3c4d"}),
        principal=person(organisation="ght-2"),
    )
    assert stranger.status == "queued"


def test_an_upload_comes_into_the_base(workspace: Workspace) -> None:
    bundle = EXAMPLE.parent / "intel-bundle.json"
    with bundle.open("rb") as stream:
        upload = keep_upload(workspace, stream, name="../bundle.json")
    dry = do(workspace, "import", upload=upload, dry_run=True)
    assert get_job(workspace, dry).outcome["run"] is None
    job_id = do(workspace, "import", upload=upload)
    outcome = get_job(workspace, job_id).outcome
    assert (outcome["source"], outcome["counts"]["refused"]) == ("bundle.json", 0)
    assert outcome["counts"]["added"] > 0
    told = list_changes(workspace, language="fr").items[0]
    assert told.sentence.startswith("Import d’un fichier")
    # The file has been read and is gone.
    with pytest.raises(NotFoundError):
        find_upload(workspace, upload)


def test_an_import_can_be_cancelled_and_leaves_nothing(workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    with (EXAMPLE.parent / "intel-bundle.json").open("rb") as stream:
        upload = keep_upload(workspace, stream, name="bundle.json")
    asked = KINDS["import"].request.model_validate({"upload": upload})
    job_id = submit(workspace, kind="import", request=asked, principal=person()).job_id
    monkeypatch.setattr(worker._Work, "_progress", lambda self, *_: self._cancelled.set())
    work_off(workspace)
    assert get_job(workspace, job_id).status == "cancelled"
    assert find_upload(workspace, upload).is_file()


def test_a_portfolio_of_stored_facilities(workspace: Workspace) -> None:
    text = "schema: hygie.portfolio/1\nname: Deux\nfacilities: [fr-1, fr-2]\n"
    open_portfolios(workspace).save(text, expected_revision=None, principal=person(), ref="two")
    job_id = do(workspace, "portfolio", portfolio="two", **PLAN)
    assert get_result(workspace, job_id).kind == "portfolio"
    bad = text.replace("fr-2", "/etc/passwd")
    open_portfolios(workspace).save(bad, expected_revision=1, principal=person(), ref="two")
    asked = KINDS["portfolio"].request.model_validate({"portfolio": "two", **PLAN})
    failed = submit(workspace, kind="portfolio", request=asked, principal=person()).job_id
    for _ in range(2):
        work_off(workspace)
    assert get_job(workspace, failed).status in ("failed", "queued")
    assert "passwd" in get_job(workspace, failed).findings[0].message


def test_two_assessments_are_split_by_cause(workspace: Workspace, assessed: str) -> None:
    shelf = open_facilities(workspace)
    shelf.save(small(beds=1400), expected_revision=1, principal=person())
    later = do(workspace, "assess", facility="fr-1", **PLAN)
    view = contrast_results(workspace, assessed, later)
    loss = next(figure for figure in view.figures if figure.id == "aal")
    assert loss.change == pytest.approx(loss.after - loss.before)
    assert (view.before.facility_revision, view.after.facility_revision, view.causes) == (1, 2, [])
    job_id = do(workspace, "compare", before=assessed, after=later, language="fr")
    split = read_result_view(workspace, job_id, language="fr")
    causes = {cause["id"]: cause["change"] for cause in split["causes"]}
    # The same day, packs and version: what changed is the facility, and nothing is left over.
    assert list(causes) == ["exposure", "version"]
    assert sum(causes.values()) == pytest.approx(loss.change, rel=1e-9)
    assert causes["exposure"] != 0
    assert "activity.beds_mco" in split["causes"][0]["sentence"]
    assert [reason.cause for reason in get_result(workspace, assessed).stale] == ["facility"]
    with pytest.raises(NotFoundError):
        contrast_results(see_as(workspace, "ght-2"), assessed, later)
    with pytest.raises(UsageError, match="only assessments"):
        contrast_results(workspace, assessed, job_id)
