"""What many tests need: the shipped packs on one date, and the folder of public data when there is one."""

from __future__ import annotations

import os
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest

from base_kit import desk, filled_workspace
from decide_kit import decided
from hygie.facility.blueprints import Blueprints, load_blueprints
from hygie.knowledge.catalogue import Catalogue
from hygie.knowledge.packs import load_catalogue
from hygie.scenario.specs import ScenarioSpecs, load_specs
from postgres_kit import PostgresServer, serve_postgres

__all__ = ["decided", "desk", "filled_workspace"]

AS_OF = date(2026, 11, 23)


@pytest.fixture(scope="session")
def as_of() -> date:
    return AS_OF


@pytest.fixture(scope="session")
def catalogue() -> Catalogue:
    return load_catalogue(as_of=AS_OF)


@pytest.fixture(scope="session")
def blueprints(catalogue: Catalogue) -> Blueprints:
    return load_blueprints(catalogue)


@pytest.fixture(scope="session")
def specs(catalogue: Catalogue) -> ScenarioSpecs:
    return load_specs(catalogue)


@pytest.fixture(scope="session")
def chsf_file() -> Path:
    """The example facility file: public figures of one hospital, with its group and its providers."""
    return Path(__file__).parents[1] / "examples" / "chsf.yaml"


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """Folder of public data too large to carry: ``$HYGIE_SHARED/data``.

    Without it the test is skipped, unless ``HYGIE_REQUIRE`` (a list with commas) names `shared`.
    """
    root = os.environ.get("HYGIE_SHARED")
    folder = Path(root) / "data" if root else None
    if folder is not None and folder.is_dir():
        return folder
    reason = f"no folder {folder}" if folder else "HYGIE_SHARED is not set: it names the folder that contains data/"
    if "shared" in os.environ.get("HYGIE_REQUIRE", "").split(","):
        pytest.fail(f"HYGIE_REQUIRE asks for shared data, but {reason}")
    pytest.skip(reason)


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[PostgresServer]:
    """A PostgreSQL server of this test process; without one the test is skipped, unless it is required."""
    with serve_postgres() as server:
        yield server


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The address of a new, empty database: each test that asks for it runs on both kinds."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'hygie.db'}"
    server: PostgresServer = request.getfixturevalue("postgres_server")
    return server.new_database()
