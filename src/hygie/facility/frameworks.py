"""The crosswalk: items of other frameworks that our controls answer, by number."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated

from pydantic import Field

from hygie.core.errors import DataError, EvidenceError, Finding, SchemaError, suggest
from hygie.facility.blueprints import read_section
from hygie.facility.controls import ControlSpec
from hygie.facility.records import Identifier, Record, Words
from hygie.knowledge.packs import Catalogue
from hygie.store.documents import DataPath, Document, render_path

__all__ = ["Crosswalk", "ExceptionSpec", "FrameworkSpec", "load_crosswalk"]

Item = Annotated[str, Field(pattern=r"^[A-Z0-9][A-Za-z0-9().\- ]*$", max_length=20)]
# What counts up in a range: a number or one letter, the last before closing brackets.
_COUNTED = re.compile(r"(\d+|(?<=\()[a-z])(\)*)$")


class FrameworkSpec(Record):
    """A framework and the numbers of its items; `5.1..5.37` stands for a range."""

    id: Identifier
    name: Words
    edition: str
    address: Annotated[str, Field(pattern=r"^https://")]
    items: Annotated[tuple[str, ...], Field(min_length=1)]

    def list_items(self) -> tuple[str, ...]:
        """Return the number of every item, in order."""
        return tuple(item for entry in self.items for item in _expand(entry))


class ExceptionSpec(Record):
    """Items that the published mapping does not tie to the mitigations of our controls, and why."""

    items: tuple[Item, ...]
    reason: Words


class CrosswalkRow(Record):
    """One control and the items that it answers, by framework."""

    control: Identifier
    references: Mapping[Identifier, Annotated[tuple[Item, ...], Field(min_length=1)]]


class CrosswalkSpec(Record):
    """The rows of a pack, and the exceptions to the check against the published mapping of 800-53."""

    exceptions: tuple[ExceptionSpec, ...] = ()
    controls: tuple[CrosswalkRow, ...]


@dataclass(frozen=True, slots=True)
class Crosswalk:
    """Items of frameworks by control.

    Parameters
    ----------
    items
        By framework: every item in force, in order.
    references
        By control and framework: the items it answers.
    exceptions
        800-53 controls that the published mapping does not confirm, with the reason.
    """

    frameworks: Mapping[str, FrameworkSpec]
    items: Mapping[str, tuple[str, ...]]
    references: Mapping[str, Mapping[str, tuple[str, ...]]]
    exceptions: Mapping[str, Words]

    def open_ranges(self, framework: str) -> list[str]:
        """Return what no control answers of a framework, neighbours joined as `PE-1..PE-6`."""
        answers = self.controls_of(framework)
        runs: list[list[str]] = []
        previous: str | None = None
        for item, controls in answers.items():
            if controls:
                previous = None
            elif previous is not None and _stem(previous) == _stem(item):
                runs[-1].append(item)
                previous = item
            else:
                runs.append([item])
                previous = item
        return [f"{run[0]}..{run[-1]}" if len(run) > 2 else ", ".join(run) for run in runs]

    def controls_of(self, framework: str) -> dict[str, tuple[str, ...]]:
        """Return the controls that answer each item of a framework; an empty tuple where none does."""
        return {
            item: tuple(
                control for control, references in self.references.items() if item in references.get(framework, ())
            )
            for item in self.items[framework]
        }


class _Frameworks(Record):
    frameworks: tuple[FrameworkSpec, ...]


class _Crosswalk(Record):
    crosswalk: CrosswalkSpec


def load_crosswalk(catalogue: Catalogue, controls: Sequence[ControlSpec]) -> Crosswalk:
    """Read frameworks and crosswalk from the packs.

    Raises
    ------
    DataError
        A range is no range, an item, a framework or a control does not exist, or a control has no row; all findings are
        listed, each with file, line and repair.
    """
    frameworks: dict[str, FrameworkSpec] = {}
    findings: list[Finding] = []
    for document, part in read_section(catalogue, "frameworks", _Frameworks):
        for row, spec in enumerate(part.frameworks):
            frameworks[spec.id] = spec
            findings.extend(_check_items(spec, document, ("frameworks", row)))
    if findings:
        raise DataError.from_findings(findings)
    items = {name: spec.list_items() for name, spec in frameworks.items()}
    references: dict[str, Mapping[str, tuple[str, ...]]] = {}
    exceptions: dict[str, Words] = {}
    known = [control.id for control in controls]
    for document, walk in read_section(catalogue, "crosswalk", _Crosswalk):
        for entry in walk.crosswalk.exceptions:
            exceptions.update(dict.fromkeys(entry.items, entry.reason))
        for row, line in enumerate(walk.crosswalk.controls):
            path: DataPath = ("crosswalk", "controls", row)
            if line.control not in known:
                findings.append(_refuse("control", line.control, known, document, (*path, "control")))
            elif line.control in references:
                findings.append(
                    SchemaError(
                        f"the control “{line.control}” has two rows",
                        file=document.name,
                        line=document.line_near((*path, "control")),
                        field=render_path((*path, "control")),
                        repair="put all its references in one row",
                    ).findings[0]
                )
            findings.extend(_check_references(line, items, document, (*path, "references")))
            references[line.control] = line.references
    for name in known:
        if name not in references:
            findings.append(
                EvidenceError(
                    f"the control “{name}” has no row in the crosswalk",
                    field="crosswalk.controls",
                    value=name,
                    repair=f"add “- control: {name}” with the items that it answers",
                ).findings[0]
            )
    if findings:
        raise DataError.from_findings(findings)
    ordered = {name: references[name] for name in known}
    return Crosswalk(frameworks=frameworks, items=items, references=ordered, exceptions=exceptions)


def _check_references(
    row: CrosswalkRow, items: Mapping[str, tuple[str, ...]], document: Document, path: DataPath
) -> Iterator[Finding]:
    for framework, cited in row.references.items():
        if framework not in items:
            yield _refuse("framework", framework, list(items), document, (*path, framework))
            continue
        for index, item in enumerate(cited):
            if item not in items[framework]:
                yield _refuse(f"item of {framework}", item, items[framework], document, (*path, framework, index))
            elif item in cited[:index]:
                yield SchemaError(
                    f"“{item}” is cited twice",
                    file=document.name,
                    line=document.line_near((*path, framework, index)),
                    field=render_path((*path, framework, index)),
                    repair="keep one of the two",
                ).findings[0]


def _check_items(spec: FrameworkSpec, document: Document, path: DataPath) -> Iterator[Finding]:
    for index, entry in enumerate(spec.items):
        try:
            _expand(entry)
        except ValueError:
            yield SchemaError(
                f"“{entry}” is no range",
                file=document.name,
                line=document.line_near((*path, "items", index)),
                field=render_path((*path, "items", index)),
                value=entry,
                allowed="two numbers that differ in their last part only, the smaller first: 5.1..5.37",
                repair="correct both ends, or list the items one by one",
            ).findings[0]


def _refuse(kind: str, name: str, known: Sequence[str], document: Document, path: DataPath) -> Finding:
    allowed = ", ".join(known) if len(known) <= 50 else f"{known[0]} … {known[-1]}, {len(known)} in all"
    return EvidenceError(
        f"unknown {kind} “{name}”",
        file=document.name,
        line=document.line_near(path),
        field=render_path(path),
        value=name,
        allowed=allowed,
        repair=suggest(name, known) or "check the number in the framework",
    ).findings[0]


def _stem(item: str) -> str:
    found = _COUNTED.search(item)
    return item if found is None else item[: found.start()]


def _expand(entry: str) -> tuple[str, ...]:
    """Return the items that a number or a range stands for.

    >>> _expand("5.8..5.10")
    ('5.8', '5.9', '5.10')
    >>> _expand("21(2)(a)..21(2)(c)")
    ('21(2)(a)', '21(2)(b)', '21(2)(c)')
    """
    first, dots, last = entry.partition("..")
    if not dots:
        return (entry,)
    begin, end = _COUNTED.search(first), _COUNTED.search(last)
    if begin is None or end is None or first[: begin.start()] != last[: end.start()] or begin[2] != end[2]:
        raise ValueError(entry)
    prefix, suffix = first[: begin.start()], begin[2]
    if begin[1].isdigit() != end[1].isdigit():
        raise ValueError(entry)
    if begin[1].isdigit():
        width = len(begin[1]) if begin[1].startswith("0") else 0
        names = [f"{number:0{width}d}" for number in range(int(begin[1]), int(end[1]) + 1)]
    else:
        names = [chr(letter) for letter in range(ord(begin[1]), ord(end[1]) + 1)]
    if not names:
        raise ValueError(entry)
    return tuple(f"{prefix}{name}{suffix}" for name in names)
