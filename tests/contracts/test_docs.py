"""The documentation is complete: what the program has, the pages explain."""

from __future__ import annotations

import importlib.util
import re
import tomllib
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest
import typer
from pydantic import BaseModel

from hygie import __all__ as public_names
from hygie.cli.main import app
from hygie.core.elicitation import FAMILIES
from hygie.core.errors import HygieError
from hygie.core.tables import COMPILED_COLUMNS, YELT_COLUMNS
from hygie.core.units import UNITS
from hygie.facility.organisation import (
    Activity,
    Facility,
    Link,
    Membership,
    Organisation,
    ProviderUse,
    Site,
    ZoneOverride,
)
from hygie.knowledge.packs import load_catalogue
from hygie.views.assessment import AssessmentView

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"
PAGES = sorted(path for path in DOCS.rglob("*.md") if "_build" not in path.parts)
ROOT_PAGES = [ROOT / name for name in ("README.md", "ARCHITECTURE.md", "CONTRIBUTING.md")]

_TOCTREE = re.compile(r"```\{toctree\}\n(.*?)```", re.DOTALL)
_LINK = re.compile(r"\[[^\]]*\]\((?!https?:)([^)#\s]*)(?:#[^)\s]*)?\)")
_MENTION = re.compile(r"docs/[\w/-]+(?:\.md)?")


def read(*parts: str) -> str:
    """Return the text of a page."""
    return DOCS.joinpath(*parts).read_text(encoding="utf-8")


def walk_commands() -> Iterator[tuple[str, object]]:
    """Yield each command that does something, by its words after `hygie`."""

    def walk(command: object, words: tuple[str, ...]) -> Iterator[tuple[str, object]]:
        children = getattr(command, "commands", None)
        if children is None:
            yield " ".join(words), command
        else:
            for name, child in children.items():
                yield from walk(child, (*words, name))

    yield from walk(typer.main.get_command(app), ())


def walk_errors(kind: type[HygieError] = HygieError) -> Iterator[type[HygieError]]:
    """Yield the exception tree."""
    yield kind
    for child in kind.__subclasses__():
        yield from walk_errors(child)


def list_packages() -> list[str]:
    """Return every package that pyproject.toml names."""
    data = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    groups = [
        data["project"]["dependencies"],
        data["build-system"]["requires"],
        *data["project"].get("optional-dependencies", {}).values(),
        *data.get("dependency-groups", {}).values(),
    ]
    # To develop, the extras of the project itself are asked for.
    return sorted({re.split(r"[\[<>=!~; ]", text)[0] for group in groups for text in group} - {data["project"]["name"]})


@pytest.mark.parametrize("words", [words for words, _ in walk_commands()])
def test_every_command_has_its_section_and_its_options(words: str) -> None:
    page = read("reference", "command-line.md")
    assert f"## `hygie {words}`" in page
    assert f"```{{hygie-command}} {words}\n" in page


def test_no_section_is_about_a_command_that_is_gone() -> None:
    described = set(re.findall(r"^## `hygie ([a-z ]+)`", read("reference", "command-line.md"), flags=re.MULTILINE))
    assert described == {words for words, _ in walk_commands()}


def test_every_exit_code_is_listed() -> None:
    page = read("reference", "command-line.md")
    for code in {0, 1, 130, *(kind.exit_code for kind in walk_errors())}:
        assert f"| {code} |" in page


@pytest.mark.parametrize("kind", list(walk_errors()), ids=lambda kind: kind.code)
def test_every_error_code_has_an_anchor_a_meaning_and_a_repair(kind: type[HygieError]) -> None:
    page = read("reference", "errors.md")
    assert f"({kind.code.lower()})=\n## {kind.code}\n" in page
    section = page.split(f"## {kind.code}\n", 1)[1].split("\n(hyg-", 1)[0]
    assert "**Means.**" in section
    assert "**Repair.**" in section or kind is HygieError


def test_every_error_class_has_a_code_of_its_own() -> None:
    codes = [kind.code for kind in walk_errors()]
    assert len(codes) == len(set(codes))


@pytest.mark.parametrize("model", [Facility, Activity, Membership, Site, ZoneOverride, Link, Organisation, ProviderUse])
def test_every_field_of_a_facility_file_is_explained(model: type[BaseModel]) -> None:
    page = read("reference", "facility-file.md")
    block = re.search(rf"```\{{hygie-fields\}} {model.__name__}\n(.*?)```", page, re.DOTALL)
    assert block is not None
    explained = re.findall(r"^(\w+): ", block[1], flags=re.MULTILINE)
    assert sorted(explained) == sorted(info.alias or name for name, info in model.model_fields.items())


def test_every_section_of_the_shipped_packs_is_explained() -> None:
    page = read("reference", "packs.md")
    known = {"evidence", "parameters", "incidents", "counts", "campaigns", "actors"}
    catalogue = load_catalogue(as_of=date(2026, 11, 23))
    for section in {*known, *catalogue.sections}:
        assert re.search(rf"^\| .*`{section}`.* \|", page, flags=re.MULTILINE), section


def test_every_field_of_a_result_is_explained() -> None:
    page = read("reference", "result-folder.md")
    missing = [name for name in AssessmentView.model_fields if f"`{name}`" not in page and name != "language"]
    assert missing == []


@pytest.mark.parametrize("package", list_packages())
def test_every_dependency_has_one_line(package: str) -> None:
    rows = re.findall(r"^\| `([\w-]+)` \|", read("explanation", "dependencies.md"), flags=re.MULTILINE)
    assert rows.count(package) == 1


def test_no_dependency_is_listed_that_is_gone() -> None:
    rows = re.findall(r"^\| `([\w-]+)` \|", read("explanation", "dependencies.md"), flags=re.MULTILINE)
    assert sorted(rows) == list_packages()


def test_every_public_name_is_explained() -> None:
    page = read("reference", "python.md")
    assert [name for name in public_names if not re.search(rf"`{name}\b", page)] == []


@pytest.mark.parametrize(
    ("page", "table"),
    [
        ("units", "units"),
        ("columns", "compiled-columns"),
        ("columns", "yelt-columns"),
        ("distributions", "distributions"),
        ("errors", "errors"),
        ("metrics", "figures"),
        ("inputs", "parameters"),
        ("inputs", "evidence"),
        ("facility-file", "controls"),
        ("controls", "control-effects"),
        ("controls", "crosswalk"),
        ("controls", "frameworks"),
    ],
)
def test_reference_tables_are_made_from_the_code(page: str, table: str) -> None:
    assert f"```{{hygie-table}} {table}\n```" in read("reference", f"{page}.md")


def test_tables_hold_what_the_code_holds() -> None:
    spec = importlib.util.spec_from_file_location("reference_tables", DOCS / "_ext" / "tables.py")
    assert spec is not None
    assert spec.loader is not None
    tables = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(tables)
    expected = {
        "units": UNITS,
        "compiled-columns": COMPILED_COLUMNS,
        "yelt-columns": YELT_COLUMNS,
        "distributions": FAMILIES,
    }
    for name, source in expected.items():
        _, rows = tables.TABLES[name]()
        assert [row[0] for row in rows] == [f"`{key}`" for key in source]
    for name, make in tables.TABLES.items():
        header, rows = make()
        assert rows, name
        assert all(len(row) == len(header) for row in rows), name


def test_every_page_is_reached_from_the_index() -> None:
    reached: set[Path] = set()
    waiting = [DOCS / "index.md"]
    while waiting:
        page = waiting.pop()
        if page in reached:
            continue
        reached.add(page)
        for tree in _TOCTREE.findall(page.read_text(encoding="utf-8")):
            for line in tree.splitlines():
                entry = line.strip()
                if entry and not entry.startswith(":"):
                    found = list(page.parent.glob(f"{entry}.md"))
                    assert found, f"{page.relative_to(ROOT)}: {entry}"
                    waiting.extend(found)
    assert reached == set(PAGES)


@pytest.mark.parametrize("page", [*ROOT_PAGES, *PAGES], ids=lambda page: str(page.relative_to(ROOT)))
def test_links_between_files_resolve(page: Path) -> None:
    """Sphinx checks links and anchors inside docs; this one also holds for a reader of the repository."""
    for target in _LINK.findall(page.read_text(encoding="utf-8")):
        if target:
            assert (page.parent / target).exists(), target


def test_pages_that_the_code_names_exist() -> None:
    named = {
        mention
        for source in (ROOT / "src").rglob("*.py")
        for mention in _MENTION.findall(source.read_text(encoding="utf-8"))
    }
    assert "docs/reference/errors.md" in named
    missing = [name for name in named if not (ROOT / name).exists() and not (ROOT / f"{name}.md").exists()]
    assert missing == []


def test_architecture_names_every_folder() -> None:
    text = (ROOT / "ARCHITECTURE.md").read_text(encoding="utf-8")
    table = text.split("Next to them", 1)[0]
    for folder in sorted(path.parent.name for path in (ROOT / "src" / "hygie").glob("*/__init__.py")):
        assert f"| `{folder}` |" in table, folder


def test_every_decision_says_when_to_look_again() -> None:
    decisions = sorted((DOCS / "adr").glob("0*.md"))
    assert [page.name[:4] for page in decisions] == [f"{number:04d}" for number in range(1, len(decisions) + 1)]
    for page in decisions:
        text = page.read_text(encoding="utf-8")
        for part in ("**Context.**", "**Decision.**", "**Consequences.**", "**Look again when**"):
            assert part in text, f"{page.name}: {part}"


def test_changelog_has_an_unreleased_section_with_known_headings() -> None:
    text = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    assert re.search(r"^## Unreleased$", text, flags=re.MULTILINE)
    headings = set(re.findall(r"^### (.+)$", text, flags=re.MULTILINE))
    assert headings <= {"Numbers", "Added", "Changed", "Fixed", "Removed"}


def test_readme_opens_with_a_result_and_two_commands() -> None:
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    first = text.split("```", 2)[1]
    assert first.startswith("console\n$ hygie assess examples/chsf.yaml")
    assert "Figures (euros of 2024)" in first
    assert "```console\n$ make demo\n$ make test\n```" in text
