"""Controls as people read them: in a list, one by one, and against the frameworks they are asked about."""

from __future__ import annotations

from datetime import date
from functools import partial

from hygie.core.errors import UsageError, suggest
from hygie.facility.blueprints import load_blueprints
from hygie.facility.controls import ControlSpec
from hygie.facility.frameworks import Crosswalk, load_crosswalk
from hygie.knowledge.mitigations import map_mitigations
from hygie.knowledge.packs import load_catalogue
from hygie.scenario.specs import load_specs
from hygie.service.evidence import show_estimate
from hygie.views.controls import ControlCatalogueView, ControlRow, ControlView, FrameworkView, NamedItem, ReferenceView
from hygie.views.messages import Language, Translate, translator

__all__ = ["list_controls", "name_functions", "show_control"]


def list_controls(*, framework: str | None, language: Language) -> ControlCatalogueView:
    """Return every control, with the items of one framework that it answers.

    Raises
    ------
    UsageError
        No framework is called so.
    """
    catalogue = load_catalogue(as_of=date.today())
    controls = load_blueprints(catalogue).controls
    crosswalk = load_crosswalk(catalogue, controls)
    if framework is not None and framework not in crosswalk.frameworks:
        raise _unknown("framework", framework, list(crosswalk.frameworks), field="--framework")
    functions = name_functions(translator(language))
    rows = [
        ControlRow(
            id=control.id,
            name=control.name.local().in_language(language),
            function=control.function,
            function_label=functions[control.function],
            references=list(crosswalk.references[control.id].get(framework or "", ())),
        )
        for control in controls
    ]
    view = None if framework is None else _show_framework(crosswalk, framework, language)
    return ControlCatalogueView(controls=rows, framework=view)


def show_control(control: str, *, language: Language) -> ControlView:
    """Return what one control does, how well, at what cost, and what it answers.

    Raises
    ------
    UsageError
        No control is called so.
    """
    _ = translator(language)
    catalogue = load_catalogue(as_of=date.today())
    controls = {spec.id: spec for spec in load_blueprints(catalogue).controls}
    if control not in controls:
        raise _unknown("control", control, list(controls), field="control")
    spec = controls[control]
    crosswalk = load_crosswalk(catalogue, list(controls.values()))
    techniques = map_mitigations(catalogue.techniques)
    crossings = [crossing for crossing in load_specs(catalogue).crossings if control in crossing.controls]
    levers = _name_levers(_)

    figure = partial(show_estimate, catalogue=catalogue, language=language)

    return ControlView(
        id=spec.id,
        name=spec.name.local().in_language(language),
        description=spec.description.local().in_language(language),
        function=spec.function,
        function_label=name_functions(_)[spec.function],
        crossings=[NamedItem(id=item.id, name=item.name.local().in_language(language)) for item in crossings],
        levers=[NamedItem(id=lever, name=levers[lever]) for lever in spec.levers],
        mitigations=list(spec.mitigations),
        techniques=sorted({technique for item in spec.mitigations for technique in techniques.get(item, ())}),
        efficacy=figure(catalogue.estimate(f"control.{control}.efficacy")),
        coverage=figure(catalogue.estimate(f"control.{control}.coverage")),
        setup_cost=figure(catalogue.estimate(f"control.{control}.setup_cost")),
        yearly_cost=figure(catalogue.estimate(f"control.{control}.yearly_cost")),
        references=_show_references(spec, crosswalk, language),
    )


def _show_references(spec: ControlSpec, crosswalk: Crosswalk, language: Language) -> list[ReferenceView]:
    return [
        ReferenceView(
            framework=framework,
            name=crosswalk.frameworks[framework].name.local().in_language(language),
            items=list(items),
            unconfirmed={
                item: crosswalk.exceptions[item].local().in_language(language)
                for item in items
                if framework == "nist80053" and item in crosswalk.exceptions
            },
        )
        for framework, items in crosswalk.references[spec.id].items()
    ]


def _show_framework(crosswalk: Crosswalk, framework: str, language: Language) -> FrameworkView:
    answers = crosswalk.controls_of(framework)
    spec = crosswalk.frameworks[framework]
    return FrameworkView(
        id=framework,
        name=spec.name.local().in_language(language),
        edition=spec.edition,
        items=len(answers),
        answered=sum(bool(controls) for controls in answers.values()),
        open=crosswalk.open_ranges(framework),
    )


def name_functions(_: Translate) -> dict[str, str]:
    """Return what the functions of controls are called."""
    return {"prevent": _("prevent"), "detect": _("detect"), "respond": _("respond"), "recover": _("recover")}


def _name_levers(_: Translate) -> dict[str, str]:
    return {
        "visibility": _("What can be seen of an attack"),
        "monitoring": _("Who looks at what can be seen"),
        "response": _("Time from detection to containment"),
        "share_affected": _("Share of machines affected in a zone"),
        "exfiltration": _("Time needed to steal data"),
        "records": _("Personal records readable once copied"),
        "backup_survival": _("Chance that usable backups survive"),
        "restoration": _("Speed of restoration"),
        "degraded_mode": _("Care given without computers"),
        "ddos": _("Chance to stand a denial of service"),
    }


def _unknown(kind: str, name: str, known: list[str], *, field: str) -> UsageError:
    return UsageError(
        f"unknown {kind} “{name}”",
        field=field,
        value=name,
        allowed=", ".join(known),
        repair=suggest(name, known) or "use one of the listed names",
    )
