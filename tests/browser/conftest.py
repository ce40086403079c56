"""Which pages the tests of this folder judged: noted by the check for barriers itself, compared at the very end."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from unittest import mock
from urllib.parse import urlsplit

import pytest

from browser_kit import launch_browser

_LAST = "test_every_page.py"
# Where the check for barriers was run: paths of addresses, and the width of the screen.
_JUDGED: set[tuple[str, int]] = set()


@pytest.fixture(scope="session", autouse=True)
def judged() -> Iterator[set[tuple[str, int]]]:
    """Note every page on which the check for barriers runs."""
    from axe_playwright_python.sync_playwright import Axe

    run = Axe.run

    def run_and_note(self: Any, page: Any, *arguments: Any, **options: Any) -> Any:
        place = urlsplit(page.url)
        if place.hostname == "127.0.0.1":
            _JUDGED.add((place.path, page.viewport_size["width"]))
        return run(self, page, *arguments, **options)

    with mock.patch.object(Axe, "run", run_and_note):
        yield _JUDGED


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    """Headless Chromium."""
    with launch_browser() as chromium:
        yield chromium


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Put the comparison after all that it compares; the order of the rest stays."""
    items.sort(key=lambda item: item.path.name == _LAST)
