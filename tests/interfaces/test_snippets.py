"""Every example of the README and of the documentation is run, page by page, in an empty folder with `examples/`.

What a page may hold:

- a ``python`` block runs; the blocks of a page share their names; `>>>` lines are checked as doctests;
- a ``console`` block: lines that start with ``$ hygie`` run, and must end with exit code 0, or with the one in a
  comment ``# exit 1``. Output shown under a command is compared; ``...`` stands for any text;
- a ``{code-block}`` with a caption is a file of that name, there from then on.

``python tests/interfaces/test_snippets.py --update`` runs the pages and writes the present output into them.
"""

from __future__ import annotations

import contextlib
import difflib
import doctest
import io
import os
import re
import shlex
import shutil
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from unittest import mock

import pytest

from hygie.cli.main import run

ROOT = Path(__file__).parents[2]
PAGES = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").rglob("*.md"))]
# Commands that a page may show and that are not run here: they need a network, or another test runs them.
NOT_RUN = {"make", "git", "source", "pre-commit"}
ENVIRONMENT = {
    "COLUMNS": "80",
    "LC_ALL": "C.UTF-8",
    "NO_COLOR": "1",
    "TERM": "dumb",
    # A base of the page's own, in its folder; nothing of the person who runs the tests.
    "HYGIE_WORKSPACE": ".workspace",
    "HYGIE_AUTHOR": "analyst",
}

_FENCE = re.compile(r"^(`{3,})\s*(?:\{code-block\}\s*)?(.*?)\s*$")
_CAPTION = re.compile(r"^:caption:\s*(\S+)\s*$")
_EXIT = re.compile(r"\s+# exit (\d+)\s*$")


@dataclass(slots=True)
class Block:
    """A fenced block: language, name of the file it stands for, first line of its body (from 0), body."""

    language: str
    caption: str | None
    start: int
    lines: list[str]


@dataclass(slots=True)
class Command:
    """A command of a console block, the line of its output (from 0), and the output shown."""

    words: list[str]
    code: int
    start: int
    shown: list[str] = field(default_factory=list)


def read_blocks(text: str) -> Iterator[Block]:
    """Yield the fenced blocks of a page."""
    block: Block | None = None
    fence = ""
    for number, line in enumerate(text.splitlines()):
        if block is None:
            match = _FENCE.match(line)
            if match:
                fence = match[1]
                block = Block(match[2], None, number + 1, [])
        elif line.rstrip() == fence:
            yield block
            block = None
        elif not block.lines and line.startswith(":"):
            caption = _CAPTION.match(line)
            block.caption = caption[1] if caption else block.caption
            block.start = number + 1
        elif not block.lines and not line and block.caption:
            block.start = number + 1
        else:
            block.lines.append(line)
    assert block is None, "a fenced block is not closed"


def read_commands(block: Block) -> list[Command]:
    """Return the commands of a console block."""
    commands: list[Command] = []
    for offset, line in enumerate(block.lines):
        if line.startswith("$ "):
            code = _EXIT.search(line)
            words = shlex.split(_EXIT.sub("", line)[2:], comments=True)
            commands.append(Command(words, int(code[1]) if code else 0, block.start + offset + 1))
        else:
            assert commands, f"output without a command: {line}"
            commands[-1].shown.append(line)
    for command in commands:
        while command.shown and not command.shown[-1].strip():
            command.shown.pop()
    return commands


def run_command(command: Command, folder: Path) -> list[str]:
    """Run a command; return its output, or its errors when it has none, without blank lines around."""
    if command.words[0] == "cp":
        shutil.copy(folder / command.words[1], folder / command.words[2])
        return []
    assert command.words[0] == "hygie", f"{command.words[0]}: neither run here nor in NOT_RUN"
    code, shown, errors = run_hygie(command.words[1:], folder)
    assert code == command.code, f"{' '.join(command.words)}: exit {code}\n{errors}"
    lines = [line.rstrip() for line in (shown or errors).splitlines()]
    return "\n".join(lines).strip("\n").splitlines()


def run_hygie(arguments: list[str], folder: Path) -> tuple[int, str, str]:
    """Run the command line in this process, which spares its start; return exit code, output and errors."""
    shown, errors = io.StringIO(), io.StringIO()
    with (
        contextlib.chdir(folder),
        mock.patch.dict(os.environ, ENVIRONMENT),
        mock.patch.object(sys, "argv", ["hygie", *arguments]),
        contextlib.redirect_stdout(shown),
        contextlib.redirect_stderr(errors),
    ):
        try:
            run()
        except SystemExit as stop:
            return int(stop.code or 0), shown.getvalue(), errors.getvalue()
    return 0, shown.getvalue(), errors.getvalue()


def run_page(page: Path, folder: Path) -> Iterator[tuple[Command, list[str]]]:
    """Run the blocks of a page in order; yield each command that shows output, with its present output."""
    shutil.copytree(ROOT / "examples", folder / "examples")
    names: dict[str, Any] = {"__name__": "snippets"}
    for block in read_blocks(page.read_text(encoding="utf-8")):
        text = "\n".join(block.lines) + "\n"
        if block.caption:
            file = folder / block.caption
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(text, encoding="utf-8")
        elif block.language == "python":
            with contextlib.chdir(folder):
                run_python(text, names, place=f"{page.name}:{block.start + 1}")
        elif block.language == "console":
            for command in read_commands(block):
                if command.words[0] not in NOT_RUN:
                    output = run_command(command, folder)
                    if command.shown:
                        yield command, output


def run_python(text: str, names: dict[str, Any], *, place: str) -> None:
    """Run a block of Python; raise when it does, or when a doctest shows something else."""
    if ">>>" not in text:
        with contextlib.redirect_stdout(io.StringIO()):
            exec(compile(text, place, "exec"), names)
        return
    test = doctest.DocTestParser().get_doctest(text, names, place, place, 0)
    report: list[str] = []
    runner = doctest.DocTestRunner(optionflags=doctest.ELLIPSIS | doctest.NORMALIZE_WHITESPACE, verbose=False)
    runner.run(test, out=report.append, clear_globs=False)
    names.update(test.globs)
    assert runner.failures == 0, "".join(report)


def is_shown(shown: list[str], output: list[str]) -> bool:
    """Return whether `output` is what the page shows, `...` standing for any text."""
    want, got = ("".join(line.rstrip() + "\n" for line in lines) for lines in (shown, output))
    return doctest.OutputChecker().check_output(want, got, doctest.ELLIPSIS)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_page_runs_and_shows_what_the_program_says(page: Path, tmp_path: Path) -> None:
    for command, output in run_page(page, tmp_path):
        line = " ".join(command.words)
        assert is_shown(command.shown, output), (
            f"{page.name}:{command.start} shows another output than `{line}`.\nPresent output:\n"
            + "\n".join(output)
            + "\nTo refresh every page: python tests/interfaces/test_snippets.py --update"
        )


def test_pages_with_examples_are_found() -> None:
    """The runner would be silent if it read no block at all."""
    found = {
        page.relative_to(ROOT).as_posix(): {block.language for block in read_blocks(page.read_text(encoding="utf-8"))}
        for page in PAGES
    }
    assert "console" in found["README.md"]
    assert "python" in found["docs/reference/python.md"]
    assert {"console", "yaml"} <= found["docs/tutorials/first-assessment.md"]


def test_the_runner_notices_what_is_wrong(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    cases = {
        "```python\nassert 1 == 2, 'wrong'\n```": "wrong",
        "```python\n>>> 1 + 1\n3\n```": "Expected",
        "```console\n$ hygie --version  # exit 1\n```": "exit 0",
        "```console\n$ rm -r /\n```": "neither run here",
        "```console\n$ hygie --version\n```": None,
    }
    for number, (text, message) in enumerate(cases.items()):
        page.write_text(text + "\n", encoding="utf-8")
        folder = tmp_path / str(number)
        folder.mkdir()
        if message is None:
            assert list(run_page(page, folder)) == []
        else:
            with pytest.raises(AssertionError, match=message):
                list(run_page(page, folder))
    output = ["one", "two", "three", "four 44"]
    assert is_shown(["one", "...", "four 4..."], output)
    assert refresh(["one", "...", "four 3"], output) == ["one", "...", "four 44"]
    assert refresh(["one", "three", "..."], output) == ["one", "two", "three", "..."]
    assert refresh(["zero"], output) == output
    assert not is_shown(["one", "...", "five"], ["one", "two", "four"])


def refresh(shown: list[str], output: list[str]) -> list[str]:
    """Return the output cut to the parts that a page shows.

    Beside a `...`, a part ends or begins at the line most like the one shown; elsewhere, at the end of the output.
    """
    parts: list[list[str]] = [[]]
    for line in shown:
        if line.strip() == "...":
            parts.append([])
        else:
            parts[-1].append(line)
    fresh: list[str] = []
    begin = 0
    for rank, part in enumerate(parts):
        if rank:
            fresh.append("...")
        if part:
            first = begin if rank == 0 else _closest(part[0], output, begin)
            begin = len(output) if rank == len(parts) - 1 else _closest(part[-1], output, first) + 1
            fresh += output[first:begin]
    return fresh


def _closest(line: str, output: list[str], begin: int) -> int:
    def words(text: str) -> str:
        return re.sub(r"[\d.,]+", "0", text)

    scores = [difflib.SequenceMatcher(None, words(line), words(other)).ratio() for other in output[begin:]]
    return begin + scores.index(max(scores))


def update_pages() -> None:
    """Write the present output of every command into the pages that show it."""
    for page in PAGES:
        lines = page.read_text(encoding="utf-8").splitlines()
        changes = []
        with tempfile.TemporaryDirectory() as folder:
            for command, output in run_page(page, Path(folder)):
                if not is_shown(command.shown, output):
                    changes.append((command, refresh(command.shown, output)))
        for command, fresh in reversed(changes):
            lines[command.start : command.start + len(command.shown)] = fresh
            sys.stdout.write(f"{page.relative_to(ROOT)}: `{' '.join(command.words)}`\n")
        if changes:
            page.write_text("\n".join(lines) + "\n", encoding="utf-8")


if __name__ == "__main__":
    if sys.argv[1:] != ["--update"]:
        sys.exit(__doc__)
    update_pages()
