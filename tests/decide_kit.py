"""A workspace with an assessment, a programme and a result of each kind of decision, asked for through the pages."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from cli_kit import EXAMPLE
from hygie.service.jobs import get_job
from hygie.service.other_documents import open_programmes
from jobs_kit import opened, small, work_off
from jobs_kit import person as worker_person
from web_kit import open_pages, person, read_token

__all__ = ["PROGRAMME", "decided"]

PROGRAMME = EXAMPLE.parent / "programme-hospital.yaml"
_SMALL = {"facility": "fr-1", "years": "2000", "draws": "8"}


@pytest.fixture(scope="session")
def decided(filled_workspace: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[str, str]]:
    """A workspace with a result of each kind of decision, and their addresses."""
    folder = tmp_path_factory.mktemp("decide") / "workspace"
    shutil.copytree(filled_workspace, folder)
    return folder, fill_decisions(folder)


def fill_decisions(folder: Path) -> dict[str, str]:
    """Fill a workspace and return the addresses of its results: controls, mix, uncertainty, price."""
    with opened(folder) as store:
        text = PROGRAMME.read_text("utf-8")
        open_programmes(store).save(text, expected_revision=None, principal=worker_person(), ref="cyber")
    with open_pages(folder, person()) as pages:
        token = {"csrf_token": read_token(pages.get("/facilities/new").text)}
        pages.post("/facilities/file", data=token, files={"file": ("a.yaml", small(beds=900).encode())})
        assessed = _ask(pages, "/assessments", {**token, **_SMALL})
        jobs = {
            "controls": _ask(
                pages, "/decide/controls", {**token, **_SMALL, "budget": "1M", "take": ["mfa", "segmentation"]}
            ),
            "mix": _ask(
                pages, "/decide/mix", {**token, **_SMALL, "budget": "2M", "take": ["mfa"], "programmes": ["cyber"]}
            ),
            "uncertainty": _ask(pages, "/decide/uncertainty", {**token, **_SMALL, "draws": "30", "take": ["mfa"]}),
        }
        with opened(folder) as store:
            assert work_off(store) == 4
        jobs["price"] = _ask(pages, "/decide/programmes/cyber/price", {**token, "result": assessed})
        with opened(folder) as store:
            assert work_off(store) == 1
            for job in jobs.values():
                ended = get_job(store, job)
                assert (ended.status, ended.findings) == ("done", []), ended
        return {name: str(pages.get(f"/jobs/{job}?go=1").headers["location"]) for name, job in jobs.items()}


def _ask(pages: object, path: str, data: dict[str, object]) -> str:
    answer = pages.post(path, data=data)  # type: ignore[attr-defined]
    assert answer.status_code == 303, answer.text
    return str(answer.headers["location"]).removeprefix("/jobs/")
