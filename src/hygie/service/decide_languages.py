"""A decision said again in the other language: figures stay, names and sentences are those of the packs in it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any, TypeVar

from hygie.facility.blueprints import Blueprints, load_blueprints
from hygie.facility.facility_files import load_facility
from hygie.knowledge.packs import Catalogue, load_catalogue
from hygie.service.decide_mix import say_mix
from hygie.service.decide_uncertainty import say_uncertainty
from hygie.service.decide_words import say_decision
from hygie.service.facility_view import describe_facility
from hygie.service.uncertainty_groups import GROUP_LABELS
from hygie.views.charts_tornado import draw_tornado
from hygie.views.decide import BundleView, ControlDecisionView, ReachView
from hygie.views.decide_mix import MixDecisionView, MixView
from hygie.views.decide_uncertainty import UncertaintyView
from hygie.views.messages import LANGUAGES, Language, translator

__all__ = ["say_in_both"]

Decision = TypeVar("Decision", ControlDecisionView, MixDecisionView, UncertaintyView)


def say_in_both(view: Decision, *, facility: Path) -> dict[Language, Decision]:
    """Return a decision in each language.

    Parameters
    ----------
    facility
        File of the facility: its zones have names, too.

    Raises
    ------
    HygieError
        The facility or a pack cannot be read any more.
    """
    catalogue = load_catalogue(as_of=date.fromisoformat(view.as_of))
    blueprints = load_blueprints(catalogue)
    return {
        language: view if language == view.language else _Speaker(catalogue, blueprints, facility, language).say(view)
        for language in LANGUAGES
    }


@dataclass(frozen=True, slots=True)
class _Speaker:
    catalogue: Catalogue
    blueprints: Blueprints
    facility: Path
    language: Language

    def say(self, view: Any) -> Any:
        _ = translator(self.language)
        other = {
            "language": self.language,
            "reproduce": view.reproduce.replace(f"--lang {view.language}", f"--lang {self.language}"),
        }
        said: ControlDecisionView | MixDecisionView | UncertaintyView
        if isinstance(view, ControlDecisionView):
            said = self._controls(view).model_copy(update=other)
            return said.model_copy(update={"sentences": say_decision(said, _)})
        if isinstance(view, MixDecisionView):
            said = self._mix(view).model_copy(update=other)
            return said.model_copy(update={"sentences": say_mix(said, _)})
        said = self._uncertainty(view).model_copy(update=other)
        chart = draw_tornado(said)
        spec = None if chart is None else chart.spec
        return said.model_copy(update={"sentences": say_uncertainty(said, _), "tornado": spec})

    def _name(self, control: str) -> str:
        found = {spec.id: spec for spec in self.blueprints.controls}
        return found[control].name.local().in_language(self.language) if control in found else control

    def _describe(self, parameter: str) -> str:
        return self.catalogue.estimate(parameter).description.in_language(self.language)

    def _controls(self, view: ControlDecisionView) -> ControlDecisionView:
        def bundle(item: BundleView | None) -> BundleView | None:
            return None if item is None else item.model_copy(update={"names": [self._name(c) for c in item.controls]})

        return view.model_copy(
            update={
                "options": [item.model_copy(update={"name": self._name(item.id)}) for item in view.options],
                "frontier": [bundle(item) for item in view.frontier],
                "best": bundle(view.best),
                "furthest": bundle(view.furthest),
                "reach": None if view.reach is None else self._reach(view.reach),
            }
        )

    def _reach(self, reach: ReachView) -> ReachView:
        facility = load_facility(
            self.facility, blueprints=self.blueprints, known_evidence=frozenset(self.catalogue.evidence)
        )
        graph = describe_facility(
            facility, catalogue=self.catalogue, blueprints=self.blueprints, language=self.language
        ).graph
        zones = {zone.id: zone.label for zone in graph.zones}
        services = {s.id: s.name.local().in_language(self.language) for s in self.blueprints.services}
        return reach.model_copy(
            update={
                "names": [self._name(control) for control in reach.controls],
                "graph": graph,
                "zones": [z.model_copy(update={"label": zones.get(z.id, z.label)}) for z in reach.zones],
                "services": [s.model_copy(update={"label": services.get(s.id, s.label)}) for s in reach.services],
            }
        )

    def _mix(self, view: MixDecisionView) -> MixDecisionView:
        def mix(item: MixView) -> MixView:
            return item.model_copy(update={"names": [self._name(control) for control in item.controls]})

        return view.model_copy(
            update={
                "best": mix(view.best),
                "today": mix(view.today),
                "per_programme": [mix(item) for item in view.per_programme],
                "mixes": [mix(item) for item in view.mixes],
            }
        )

    def _uncertainty(self, view: UncertaintyView) -> UncertaintyView:
        _ = translator(self.language)
        return view.model_copy(
            update={
                "option_names": [self._name(control) for control in view.options],
                "swings": {
                    figure: [row.model_copy(update={"description": self._describe(row.id)}) for row in rows]
                    for figure, rows in view.swings.items()
                },
                "shares": [row.model_copy(update={"label": _(GROUP_LABELS[row.group])}) for row in view.shares],
                "information": [
                    row.model_copy(update={"description": self._describe(row.id)}) for row in view.information
                ],
            }
        )
