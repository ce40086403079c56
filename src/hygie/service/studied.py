"""What was studied beside an assessment: a decision about controls, a programme, scenarios; read and checked."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import TypeVar

from hygie.core.errors import StoreError, UsageError
from hygie.core.evidence import TLP
from hygie.knowledge.markings import read_tlp
from hygie.store.results import read_document, read_kind
from hygie.views.assessment import AssessmentView
from hygie.views.decide import ControlDecisionView
from hygie.views.messages import Language, translator
from hygie.views.programme import ProgrammeView
from hygie.views.scenario import ScenarioView

__all__ = ["Studied", "gather_studied"]

_Shown = TypeVar("_Shown", ProgrammeView, ScenarioView)

_BESIDE = ("decide.json", "programme", "scenario")
"""Found without being named, in the folder of the result."""


@dataclass(frozen=True, slots=True)
class Studied:
    """What was found, where, and how it is marked."""

    decision: ControlDecisionView | None = None
    programme: ProgrammeView | None = None
    scenarios: tuple[ScenarioView, ...] = ()
    marks: tuple[TLP, ...] = ()
    paths: tuple[Path, ...] = ()


def gather_studied(folder: Path, named: Sequence[Path], *, view: AssessmentView) -> Studied:
    """Read what was named, and what lies in the folder of the result under its usual name.

    Raises
    ------
    HygieError
        Something cannot be read, or is about another facility or result.
    """
    found = [folder / name for name in _BESIDE if (folder / name).exists()]
    studied = Studied()
    for path in dict.fromkeys([*named, *found]):
        studied = _add(studied, path, view)
    return replace(studied, paths=tuple(dict.fromkeys(named)))


def _add(studied: Studied, path: Path, view: AssessmentView) -> Studied:
    if not path.is_dir():
        from hygie.service.decide_preview import load_decision  # 0.5 s: only where a decision is there

        decision = load_decision(path)
        _check_same(path, decision.facility, view.subject.id)
        return replace(
            studied,
            decision=_translate(decision, view.language),
            marks=(*studied.marks, _mark_decision(decision, path)),
        )
    kind = read_kind(path)
    if kind == "programme":
        programme = _read(path, view.language, ProgrammeView)
        _check_same(path, programme.result_digest, view.digest)
        return replace(studied, programme=programme)
    if kind == "scenario":
        scenario = _read(path, view.language, ScenarioView)
        _check_same(path, scenario.question.facility.id, view.subject.id)
        mark = read_tlp(scenario.tlp) or TLP.RED
        return replace(studied, scenarios=(*studied.scenarios, scenario), marks=(*studied.marks, mark))
    raise UsageError(
        "this cannot stand beside an assessment",
        field="--with",
        value=f"{path} ({kind or '?'})",
        allowed="what `hygie decide controls`, `hygie insure price` or `hygie scenario run` wrote with --out",
    )


def _read(path: Path, language: Language, view: type[_Shown]) -> _Shown:
    name = "programme" if view is ProgrammeView else "scenario"
    try:
        return view.model_validate(read_document(path, f"{name}.{language}"))
    except ValueError as error:
        raise StoreError(
            "this result cannot be read by this version of hygie", file=str(path), repair="make it again"
        ) from error


def _check_same(path: Path, found: str, wanted: str) -> None:
    if found != wanted:
        raise UsageError(
            "this is about another facility or another result",
            field="--with",
            value=f"{path} ({found})",
            allowed=wanted,
            repair="make it again for this result, or leave it out",
        )


def _mark_decision(decision: ControlDecisionView, path: Path) -> TLP:
    if decision.tlp is not None:
        return decision.tlp
    if "--pack" not in decision.reproduce:
        return TLP.CLEAR
    raise StoreError(
        "this decision does not say how the knowledge behind it is marked",
        file=str(path),
        repair="run `hygie decide controls` again",
    )


def _translate(decision: ControlDecisionView, language: Language) -> ControlDecisionView:
    """Return a decision in another language: names of controls from the packs, sentences written again."""
    if decision.language == language:
        return decision
    from hygie.facility.blueprints import load_blueprints  # a second: only for a decision of another language
    from hygie.knowledge.packs import load_catalogue
    from hygie.service.decide_words import say_decision

    catalogue = load_catalogue(as_of=date.fromisoformat(decision.as_of))
    names = {control.id: control.name.local().in_language(language) for control in load_blueprints(catalogue).controls}

    def rename(ids: list[str], known: list[str]) -> list[str]:
        return [names.get(control, name) for control, name in zip(ids, known, strict=True)]

    options = [row.model_copy(update={"name": names.get(row.id, row.name)}) for row in decision.options]
    update = {
        "language": language,
        "options": options,
        "frontier": [row.model_copy(update={"names": rename(row.controls, row.names)}) for row in decision.frontier],
    }
    for name in ("best", "furthest"):
        bundle = getattr(decision, name)
        if bundle is not None:
            update[name] = bundle.model_copy(update={"names": rename(bundle.controls, bundle.names)})
    moved = decision.model_copy(update=update)
    return moved.model_copy(update={"sentences": say_decision(moved, translator(language))})
