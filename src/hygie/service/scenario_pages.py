"""What the pages of the scenario explorer need: the form and its choices, a request from it, a stored result."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from functools import lru_cache
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from hygie.core.errors import NotFoundError
from hygie.service.accounts.principal import Principal
from hygie.service.facilities import place_document
from hygie.service.jobs.queue import submit
from hygie.service.saved_results import find_folder, get_result, read_result_view
from hygie.service.scenario_request import ScenarioRequest
from hygie.store.document_store import DocumentStore
from hygie.store.workspace import Workspace
from hygie.views.application import JobView
from hygie.views.messages import Language, Translate, translator
from hygie.views.scenario import ScenarioListView, ScenarioView
from hygie.views.scenario_pages import ControlGroupView, ControlOptionView, ScenarioFormView

__all__ = [
    "EXPORTS",
    "Given",
    "ask_scenario",
    "describe_form",
    "find_export",
    "judge_scenario",
    "list_choices",
    "list_exports",
    "load_scenario",
    "name_classes",
    "repeat_query",
]

Given = Mapping[str, Sequence[str]]

# Files beside the views of a result; a ceiling below the marking holds them back.
EXPORTS = ("attack_flow.json", "navigator.json", "navigator_ics.json")

_COUNTS = ("events", "draws", "replays", "seed")
_DEFAULTS = {name: str(ScenarioRequest.model_fields[name].default) for name in (*_COUNTS, "event")}
_LEVELS = ("1", "0.8", "0.5", "0")


def list_choices(workspace: Workspace, ref: str, *, language: Language) -> ScenarioListView:
    """Return what can be supposed at a stored facility.

    Raises
    ------
    DataError, NotFoundError
        Something is wrong with the facility, or there is none.
    """
    from hygie.service.scenario_list import list_scenarios

    row = DocumentStore(workspace, kind="facility").get(ref)
    path = place_document(workspace, "facility", row)
    return list_scenarios(path, as_of=date.today(), language=language)


def describe_form(
    choices: ScenarioListView, facility: str, threat_class: str, *, coverages: Mapping[str, float]
) -> ScenarioFormView:
    """Return the form of one class, the first one that is possible when it is not known.

    Parameters
    ----------
    coverages
        How far controls are in place, as the facility describes them.
    """
    possible = [one for one in choices.classes if one.occurs != "provider" or choices.providers]
    chosen = next((one for one in possible if one.id == threat_class), possible[0])
    attempt = chosen.occurs == "attempt"
    labels = {control.id: control.label for control in choices.controls}
    groups = [
        ControlGroupView(
            label=label,
            controls=[
                ControlOptionView(id=name, label=labels[name], coverage=coverages.get(name))
                for name in names
                if name in labels
            ],
        )
        for label, names in _group_controls(date.today(), choices.language)
    ]
    return ScenarioFormView(
        facility=facility,
        classes=possible,
        chosen=chosen,
        actors=choices.actors if attempt else [],
        providers=choices.providers if chosen.occurs == "provider" else [],
        groups=groups,
    )


@lru_cache(maxsize=4)
def _group_controls(_today: date, language: Language) -> tuple[tuple[str, tuple[str, ...]], ...]:
    """Return the ids of controls by function; packs are read once a day."""
    from hygie.service.controls import list_controls

    groups: dict[str, list[str]] = {}
    for row in list_controls(framework=None, language=language).controls:
        groups.setdefault(row.function_label, []).append(row.id)
    return tuple((label, tuple(names)) for label, names in groups.items())


def name_classes(language: Language) -> Mapping[str, str]:
    """Return the names of the kinds of event."""
    return _name_classes(date.today(), language)


@lru_cache(maxsize=4)
def _name_classes(today: date, language: Language) -> Mapping[str, str]:
    from hygie.knowledge.packs import load_catalogue
    from hygie.scenario.specs import load_specs

    classes = load_specs(load_catalogue(as_of=today)).classes
    return {spec.id: spec.name.local().in_language(language) for spec in classes}


def judge_scenario(
    form: ScenarioFormView, given: Given, *, language: Language
) -> tuple[ScenarioRequest | None, dict[str, str]]:
    """Return what is asked, or for each field that is not taken why not."""
    _ = translator(language)
    problems: dict[str, str] = {}
    chosen = form.chosen
    fields: dict[str, Any] = {
        "facility": form.facility,
        "class": chosen.id,
        "as_of": date.today(),
        "language": language,
    }
    single = {"actor": form.actors, "entry": chosen.entries, "provider": form.providers}
    for name, options in single.items():
        value = _first(given, name)
        if value and value not in {option.id for option in options}:
            problems[name] = _("Choose one of the list.")
        elif value:
            fields[name] = value
    if form.providers and "provider" not in fields and "provider" not in problems:
        problems["provider"] = _("Choose the provider that is attacked or down.")
    several = {"outcome": chosen.outcomes, "target": chosen.targets}
    for name, options in several.items():
        values = tuple(dict.fromkeys(given.get(name, ())))
        if set(values) - {option.id for option in options}:
            problems[name] = _("Choose among the boxes shown.")
        elif len(values) < len(options):
            # All of them is the same as none: nothing is left out.
            fields[name] = values
    _read_controls(form, given, fields, problems, _)
    for name in _COUNTS:
        text = _first(given, name) or _DEFAULTS[name]
        if text.isascii() and text.isdigit() and len(text) <= 19:
            fields[name] = int(text)
        else:
            problems[name] = _("Write a whole number.")
    event = _first(given, "event") or _DEFAULTS["event"]
    fields["event"] = int(event) if event.isascii() and event.isdigit() and len(event) <= 9 else event
    try:
        request = ScenarioRequest.model_validate(fields)
    except ValidationError as error:
        for item in error.errors():
            problems.setdefault(str(item["loc"][0]), _tell_bounds(item.get("ctx", {}), _))
        return None, problems
    if request.events < 2 * request.draws:
        problems.setdefault(
            "events",
            _("Each draw needs two events: ask for {least} or more, or for fewer draws.", least=2 * request.draws),
        )
    return (None if problems else request), problems


def _read_controls(
    form: ScenarioFormView, given: Given, fields: dict[str, Any], problems: dict[str, str], _: Translate
) -> None:
    known = {control.id for group in form.groups for control in group.controls}
    names, level = tuple(dict.fromkeys(given.get("control", ()))), _first(given, "level") or _LEVELS[0]
    if set(names) - known:
        problems["control"] = _("Choose among the boxes shown.")
    elif level not in _LEVELS:
        problems["level"] = _("Choose one of the list.")
    else:
        fields["control"] = {name: float(level) for name in names}


def _first(given: Given, name: str) -> str:
    return next(iter(given.get(name, ())), "").strip()


def _tell_bounds(context: Mapping[str, Any], _: Translate) -> str:
    if "ge" in context:
        return _("It is too small: {least} or more.", least=context["ge"])
    if "le" in context:
        return _("It is too large: {most} or less.", most=context["le"])
    return _("Choose one of the list, or write a whole number.")


def ask_scenario(workspace: Workspace, request: ScenarioRequest, *, principal: Principal) -> JobView:
    """Put an exploration into the queue.

    Raises
    ------
    DataError, NotFoundError
        The facility is not fit to be used, or not there.
    """
    return submit(workspace, kind="scenario", request=request, principal=principal)


def load_scenario(workspace: Workspace, result_id: str, *, language: Language) -> ScenarioView:
    """Return a stored scenario as it is shown.

    Raises
    ------
    NotFoundError
        There is no such scenario in this organisation.
    StoreError
        Its files are gone, or of another version.
    """
    if get_result(workspace, result_id).kind != "scenario":
        raise NotFoundError("this result is no scenario", value=result_id, allowed="a scenario")
    return ScenarioView.model_validate(read_result_view(workspace, result_id, language=language))


def list_exports(workspace: Workspace, result_id: str) -> list[str]:
    """Return the names of the files of a stored scenario in formats of others."""
    folder = find_folder(workspace, result_id)
    return [name for name in EXPORTS if (folder / name).is_file()]


def find_export(workspace: Workspace, result_id: str, name: str) -> Path:
    """Return a file of a stored scenario in a format of others.

    Raises
    ------
    NotFoundError
        There is no such result, or it has no such file: its marking is above its ceiling, or nothing falls into it.
    """
    path = find_folder(workspace, result_id) / name
    if name not in EXPORTS or not path.is_file():
        raise NotFoundError(
            "this result has no such file",
            value=name,
            allowed="what its page lists",
            repair="the marking may be above the ceiling that was asked for",
        )
    return path


def repeat_query(request: Mapping[str, Any]) -> dict[str, Any]:
    """Return the query of the form that asks the same again."""
    controls = request.get("control") or {}
    levels = {f"{share:g}" for share in controls.values()}
    query: dict[str, Any] = {
        "facility": str(request.get("facility", "")).partition("@")[0],
        "class": request.get("class") or request.get("threat_class"),
        "control": list(controls),
        "level": next(iter(levels)) if len(levels) == 1 and levels <= set(_LEVELS) - {"1"} else None,
    }
    for name in ("actor", "entry", "provider", "outcome", "target"):
        value = request.get(name)
        query[name] = list(value) if isinstance(value, list | tuple) else value
    for name, default in _DEFAULTS.items():
        value = str(request.get(name, default))
        query[name] = None if value == default else value
    return query
