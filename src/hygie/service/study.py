"""The study of a sector: the landscape of a window, its actors, what is known of losses, and what the model adds."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Literal

import hygie
from hygie.core.evidence import TLP
from hygie.facility.blueprints import load_blueprints
from hygie.knowledge.catalogue import Catalogue
from hygie.knowledge.landscape import Knowledge
from hygie.knowledge.markings import exceeds_ceiling, strictest_tlp
from hygie.knowledge.packs import load_catalogue
from hygie.knowledge.study_subjects import StudySubjects, read_study_subjects
from hygie.report.study import build_study
from hygie.scenario.specs import load_specs
from hygie.service.controls import name_functions
from hygie.service.documents import DocumentFormat, save_document
from hygie.service.kept_documents import TYPICAL
from hygie.service.landscape import landscape as describe_landscape
from hygie.service.landscape import load_knowledge
from hygie.service.study_marking import find_hidden
from hygie.service.study_model import PLAN, Progress, model_sector
from hygie.service.study_request import StudyRequest, ask_landscape, write_study_command
from hygie.service.study_threat import list_sources, list_states, list_study_actors, list_techniques
from hygie.service.threat_words import class_label, name_actor
from hygie.service.validation.targets import Target, load_targets
from hygie.store.text_files import replace_file
from hygie.views.landscape import LandscapeView, SourceView
from hygie.views.messages import Language, translator
from hygie.views.study import ModelNumbers, StudyCase, StudyControl, StudyFact, StudyPlan, StudyView

__all__ = ["TYPICAL", "save_study", "study_sector"]

_CHSF = "direct-cost-above-7m"
_Reason = Literal["asked", "other_sector", "marked"]


def study_sector(
    request: StudyRequest,
    *,
    knowledge: Knowledge | None = None,
    plan: StudyPlan = PLAN,
    threads: int = 2,
    progress: Progress | None = None,
) -> StudyView:
    """Return the study that a request asks for.

    Parameters
    ----------
    knowledge
        Where the landscape is drawn from, such as a base; the installed packs by default. What is simulated always
        rests on the installed packs alone.
    plan
        How much is simulated.

    Raises
    ------
    HygieError
        Input that is wrong, with field, value and repair.
    """
    tell = progress or (lambda *_: None)
    tell("read", 0, 1)
    catalogue = load_catalogue(as_of=request.as_of)
    knowledge = knowledge or load_knowledge(as_of=request.as_of)
    landscape = describe_landscape(ask_landscape(request), knowledge=knowledge)
    subjects = read_study_subjects(catalogue, sector=request.sector, country=request.country)
    reason = _why_no_model(request, subjects, catalogue)
    numbers: ModelNumbers | None = None
    if reason is None and subjects is not None:
        numbers = model_sector(
            catalogue, typical=subjects.typical, as_of=request.as_of, seed=request.seed, plan=plan, threads=threads,
            progress=progress,
        )  # fmt: skip
    hidden = find_hidden(knowledge, ceiling=request.tlp_ceiling)
    shown = hidden.keep_shown(catalogue)
    landscape = hidden.keep_sources(landscape)
    desk = _Desk(request, catalogue, shown)
    actors = list_study_actors(landscape, shown, ceiling=request.tlp_ceiling, as_of=request.as_of, hidden=hidden.actors)
    view = StudyView(
        language=request.language,
        ceiling=request.tlp_ceiling,
        tlp=TLP.CLEAR,
        landscape=landscape,
        actors=actors,
        techniques=list_techniques(actors, catalogue, request.language),
        states=[]
        if subjects is None
        else list_states(catalogue, shown, ceiling=request.tlp_ceiling, as_of=request.as_of, language=request.language),
        facts=desk.facts(subjects),
        cases=desk.cases(numbers),
        controls=desk.controls(numbers),
        class_labels={ref: class_label(ref, catalogue, request.language) for ref in desk.classes},
        actor_labels={}
        if numbers is None
        else {row.ref: name_actor(row.ref, catalogue, request.language) for row in numbers.shares},
        numbers=numbers,
        no_model=reason,
        inputs=desk.sources(numbers.evidence if numbers is not None else ()),
        packs={pack.name: f"{pack.version} {pack.digest}" for pack in catalogue.packs},
        version=hygie.__version__,
        reproduce=write_study_command(request),
    )
    return view.model_copy(update={"tlp": _find_marking(view)})


def _why_no_model(request: StudyRequest, subjects: StudySubjects | None, catalogue: Catalogue) -> _Reason | None:
    if subjects is None:
        return "other_sector"
    if not request.simulation:
        return "asked"
    # A figure that rests on what may not travel would carry it along.
    hidden = any(exceeds_ceiling(item.tlp, ceiling=request.tlp_ceiling) for item in catalogue.evidence.values())
    return "marked" if hidden else None


class _Desk:
    """What several parts of a study look up in the packs."""

    def __init__(self, request: StudyRequest, catalogue: Catalogue, shown: Catalogue) -> None:
        self._request, self._catalogue, self._shown = request, catalogue, shown
        self.classes = [spec.id for spec in load_specs(catalogue).classes]

    def sources(self, refs: Iterable[str]) -> list[SourceView]:
        request = self._request
        return list_sources(
            refs, self._shown, ceiling=request.tlp_ceiling, as_of=request.as_of, language=request.language
        )

    def facts(self, subjects: StudySubjects | None) -> dict[str, list[StudyFact]]:
        if subjects is None:
            return {}
        return {
            subject: [StudyFact(text=source.title, source=source) for source in self.sources(refs)]
            for subject, refs in subjects.subjects.items()
        }

    def cases(self, numbers: ModelNumbers | None) -> list[StudyCase]:
        if numbers is None:
            return []
        language = self._request.language
        targets = {entry.id: entry for entry in load_targets(self._catalogue, load_specs(self._catalogue)).entries}
        return [
            StudyCase(
                id=row.id,
                label=name_case(row.id, targets[row.id].name.local().in_language(language), language),
                numbers=row,
                sources=self.sources(row.evidence),
                limits=_limit_case(targets[row.id], language),
            )
            for row in numbers.cases
            # A case whose sources may not all be shown would give them away.
            if all(ref in self._shown.evidence for ref in row.evidence)
        ]

    def controls(self, numbers: ModelNumbers | None) -> list[StudyControl]:
        if numbers is None:
            return []
        language = self._request.language
        specs = {spec.id: spec for spec in load_blueprints(self._catalogue).controls}
        functions = name_functions(translator(language))
        rows = [
            StudyControl(
                id=row.id,
                label=specs[row.id].name.local().in_language(language),
                function_label=functions[row.function],
                numbers=row,
            )
            for row in numbers.controls
        ]
        return sorted(rows, key=lambda row: (-row.numbers.avoided_eur_per_y.value, row.id))


def _limit_case(target: Target, language: Language) -> str | None:
    """Return what a reader should know of a case; what only the fit is about is left to the dossier."""
    _ = translator(language)
    if target.id == _CHSF:
        return _(
            "The hospital reported at least €7m, of which about 5 were a rebuild "
            "planned over seven years and done in one: "
            "only a part of it is a loss of the attack."
        )
    if target.role == "fitted" or target.limits is None:
        return None
    return target.limits.local().in_language(language)


def name_case(ref: str, name: str, language: Language) -> str:
    """Return what a case is called: a demand on the model is called after the hospital that it comes from."""
    _ = translator(language)
    return _("Sud Francilien 2022, at least €7m of direct cost") if ref == _CHSF else name


def _find_marking(view: StudyView) -> TLP:
    """Return the highest marking of the incidents and the sources of a study."""
    found = [TLP(row.tlp) for row in view.landscape.incidents]
    found += [TLP(source.tlp) for source in _walk_sources(view)]
    return strictest_tlp(found) or TLP.CLEAR


def _walk_sources(view: StudyView) -> Iterable[SourceView]:
    yield from _walk_landscape(view.landscape)
    for actor in view.actors:
        yield from actor.sources
    for state in view.states:
        yield from state.sources
    for facts in view.facts.values():
        yield from (fact.source for fact in facts)
    for case in view.cases:
        yield from case.sources
    yield from view.inputs


def _walk_landscape(view: LandscapeView) -> Iterable[SourceView]:
    for part in (view.census.counts, view.incidents, view.campaigns):
        for row in part:
            yield from row.sources


def save_study(
    view: StudyView, out: Path, *, formats: Sequence[DocumentFormat] = ("html", "pdf"), progress: Progress | None = None
) -> list[Path]:
    """Write a study into a folder, with the file of its typical hospital, and return the files.

    Raises
    ------
    StoreError
        The folder cannot be written.
    """
    written = save_document(build_study(view), out, formats=formats, progress=progress)
    if view.numbers is not None:
        replace_file(out / TYPICAL, view.numbers.typical.file.encode())
        written.append(out / TYPICAL)
    return written
