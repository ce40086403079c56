"""Reference tables, read from the code and the packs each time the pages are built, so that they cannot drift.

Each function returns a header and rows of Markdown cells.
"""

from __future__ import annotations

import tomllib
from collections.abc import Callable, Iterable
from datetime import date
from functools import cache
from pathlib import Path

from hygie.core.elicitation import FAMILIES
from hygie.core.errors import HygieError
from hygie.core.tables import COMPILED_COLUMNS, DRIVERS, FORMS, ORIGINS, OUTCOMES, SCOPES, YELT_COLUMNS, Column
from hygie.core.units import UNITS
from hygie.facility.blueprints import Blueprints, load_blueprints
from hygie.facility.frameworks import Crosswalk, load_crosswalk
from hygie.knowledge.mitigations import map_mitigations
from hygie.knowledge.packs import Catalogue, load_catalogue
from hygie.scenario.specs import ScenarioSpecs, load_specs
from hygie.service.figures import RETURN_PERIODS
from hygie.service.words import FIGURE_LABELS, describe_figure
from hygie.simulation.streams import Stream
from hygie.views.numbers import round_significant

__all__ = ["TABLES", "Table", "list_dependencies", "list_error_classes"]

Table = tuple[tuple[str, ...], list[tuple[str, ...]]]

ROOT = Path(__file__).parents[2]


def _code(text: object) -> str:
    return f"`{text}`" if str(text) else ""


def _codes(items: Iterable[object]) -> str:
    return ", ".join(_code(item) for item in items)


def _bounds(low: float | None, high: float | None) -> str:
    if low is None and high is None:
        return "any"
    return f"≥ {low:g}" if high is None else f"{low:g} to {high:g}"


@cache
def _catalogue() -> Catalogue:
    return load_catalogue(as_of=date.max)


@cache
def _blueprints() -> Blueprints:
    return load_blueprints(_catalogue())


@cache
def _specs() -> ScenarioSpecs:
    return load_specs(_catalogue())


def list_error_classes() -> list[type[HygieError]]:
    """Return the exception tree, parents first."""
    found: list[type[HygieError]] = [HygieError]
    for kind in found:
        found.extend(kind.__subclasses__())
    return sorted(found, key=lambda kind: kind.code)


def list_dependencies() -> list[tuple[str, str]]:
    """Return every package that pyproject.toml names, with what it is for: run, dev or build."""
    data = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    groups = [("run", data["project"]["dependencies"]), ("build", data["build-system"]["requires"])]
    groups += list(data["project"].get("optional-dependencies", {}).items())
    groups += list(data.get("dependency-groups", {}).items())
    named = [
        (requirement.split(";")[0].split("[")[0].split(">")[0].split("=")[0].strip(), group)
        for group, requirements in groups
        for requirement in requirements
    ]
    # To develop, the extras of the project itself are asked for.
    return [(name, group) for name, group in named if name != data["project"]["name"]]


def _units() -> Table:
    rows = [
        (_code(unit.symbol), _code(unit.canonical), f"{unit.factor:.10g}", _bounds(unit.lower, unit.upper))
        for unit in UNITS.values()
    ]
    return ("unit", "canonical unit", "factor", "allowed values"), rows


def _columns(columns: Iterable[Column], *, axes: bool) -> Table:
    rows = [
        (
            _code(column.name),
            column.dtype,
            _code(column.unit),
            *([", ".join(column.axes)] if axes else []),
            column.description,
        )
        for column in columns
    ]
    return ("column", "type", "unit", *(["axes"] if axes else []), "meaning"), rows


def _compiled_columns() -> Table:
    return _columns(COMPILED_COLUMNS.values(), axes=True)


def _yelt_columns() -> Table:
    return _columns(YELT_COLUMNS.values(), axes=False)


def _codes_of_columns() -> Table:
    lists = {"outcome": OUTCOMES, "origin": ORIGINS, "form": FORMS, "scope": SCOPES, "driver": DRIVERS}
    rows = [(name, ", ".join(f"{index} `{word}`" for index, word in enumerate(words))) for name, words in lists.items()]
    return ("list", "codes"), rows


def _distributions() -> Table:
    rows = [
        (_code(family), "<br>".join(_code(", ".join(keys)) for keys, _ in variants))
        for family, variants in FAMILIES.items()
    ]
    return ("family", "keys, one set of them"), rows


def _errors() -> Table:
    rows = []
    for kind in list_error_classes():
        parent = kind.__mro__[1].__name__ if kind is not HygieError else ""
        text = (kind.__doc__ or "").strip().splitlines()[0]
        rows.append(
            (f"[{kind.code}](#{kind.code.lower()})", _code(kind.__name__), _code(parent), str(kind.exit_code), text)
        )
    return ("code", "class", "is a", "exit code", "meaning"), rows


def _figures() -> Table:
    names = [*FIGURE_LABELS, *(f"{basis}_{period}" for basis in ("oep", "aep") for period in RETURN_PERIODS)]
    rows = [(_code(name), describe_figure(name, lambda text, **values: text.format(**values))) for name in names]
    return ("id", "label"), rows


def _categories() -> Table:
    rows = [
        (_code(spec.id), spec.name.en, spec.name.fr, _code(spec.template)) for spec in _blueprints().categories.values()
    ]
    return ("category", "English", "French", "zone graph"), rows


def _controls() -> Table:
    rows = [
        (_code(spec.id), spec.function, spec.name.en, spec.name.fr, ", ".join(spec.mitigations))
        for spec in _blueprints().controls
    ]
    return ("control", "function", "English", "French", "ATT&CK mitigations"), rows


@cache
def _crosswalk() -> Crosswalk:
    return load_crosswalk(_catalogue(), _blueprints().controls)


def _control_effects() -> Table:
    crossings = _specs().crossings
    rows = [
        (
            _code(spec.id),
            spec.name.en,
            spec.description.en,
            _codes(crossing.id for crossing in crossings if spec.id in crossing.controls),
            _codes(spec.levers),
        )
        for spec in _blueprints().controls
    ]
    return ("control", "name", "what it is", "resists", "moves"), rows


def _control_costs() -> Table:
    def show(name: str) -> str:
        quantile = _catalogue().estimate(name).distribution.quantile
        low, middle, high = (f"{round_significant(quantile(q)):,.0f}" for q in (0.05, 0.5, 0.95))
        return f"{middle} ({low} to {high})"

    rows = [
        (
            _code(spec.id),
            spec.cost_driver,
            show(f"control.{spec.id}.setup_cost"),
            show(f"control.{spec.id}.yearly_cost"),
        )
        for spec in _blueprints().controls
    ]
    return ("control", "counted by", "to set up [EUR_2024]", "each year [EUR_2024]"), rows


def _crosswalk_counts() -> Table:
    crosswalk, techniques = _crosswalk(), map_mitigations(_catalogue().techniques)
    rows = [
        (
            _code(spec.id),
            str(len({name for item in spec.mitigations for name in techniques.get(item, ())})),
            *(str(len(crosswalk.references[spec.id].get(name, ()))) for name in crosswalk.frameworks),
        )
        for spec in _blueprints().controls
    ]
    return ("control", "ATT&CK techniques", *(_code(name) for name in crosswalk.frameworks)), rows


def _frameworks() -> Table:
    crosswalk = _crosswalk()
    rows = []
    for name, spec in crosswalk.frameworks.items():
        answers = crosswalk.controls_of(name)
        rows.append(
            (
                _code(name),
                f"[{spec.name.en}]({spec.address}), {spec.edition}",
                f"{sum(map(bool, answers.values()))} of {len(answers)}",
                ", ".join(crosswalk.open_ranges(name)),
            )
        )
    return ("framework", "edition", "answered", "not answered by any control here"), rows


def _crosswalk_exceptions() -> Table:
    return ("800-53 control", "why"), [(item, reason.en) for item, reason in _crosswalk().exceptions.items()]


def _zones() -> Table:
    graphs = _blueprints().graphs.values()
    zones = {zone.id: zone for graph in graphs for zone in graph.zones}
    rows = [
        (
            _code(zone.id),
            zone.name.en,
            zone.name.fr,
            zone.kind,
            _codes(graph.id for graph in graphs if graph.position(zone.id) >= 0),
        )
        for zone in zones.values()
    ]
    return ("zone", "English", "French", "machines", "zone graphs"), rows


def _links() -> Table:
    rows = [
        (_code(spec.id), spec.name.en, spec.name.fr, _code(spec.source_zone), _code(spec.target_zone))
        for spec in _blueprints().links.values()
    ]
    return ("kind", "English", "French", "leaves from", "arrives at"), rows


def _providers() -> Table:
    rows = [
        (_code(spec.id), spec.name.en, spec.name.fr, _code(spec.zone), f"{spec.level:g}", _code(spec.entry_zone))
        for spec in _blueprints().providers.values()
    ]
    return ("kind", "English", "French", "zone lost", "share lost", "attack arrives at"), rows


def _services() -> Table:
    rows = [
        (_code(spec.id), spec.name.en, f"{spec.revenue_share:g}", _codes(spec.uses)) for spec in _blueprints().services
    ]
    return ("service", "English", "share of revenue", "zones used"), rows


def _classes() -> Table:
    rows = [(_code(spec.id), spec.name.en, spec.name.fr, spec.occurs_as) for spec in _specs().classes]
    return ("class", "English", "French", "occurs as"), rows


def _loss_items() -> Table:
    rows = []
    for item in _specs().items:
        cost = " × ".join([*(_code(name) for name in item.factors), *(f"(1 − `{name}`)" for name in item.complements)])
        rows.append((_code(item.id), item.form, _code(item.driver), cost))
    return ("item", "form", "driver", "cost per unit of driver"), rows


def _streams() -> Table:
    return ("number", "stream"), [(str(int(stream)), _code(stream.name)) for stream in Stream]


def _parameters() -> Table:
    rows = []
    for estimate in _catalogue().estimates.values():
        low, middle, high = (f"{estimate.distribution.quantile(q):.3g}" for q in (0.05, 0.5, 0.95))
        rows.append(
            (
                _code(estimate.id),
                estimate.description.en,
                _code(estimate.unit),
                middle if low == high else f"{middle} ({low} to {high})",
                estimate.method.value,
                _codes(estimate.evidence),
            )
        )
    return ("parameter", "what", "unit", "median (5 % to 95 %)", "method", "evidence"), rows


def _evidence() -> Table:
    rows = [
        (
            _code(entry.ref),
            f"[{entry.title.en}]({entry.link})" if entry.link else entry.title.en,
            entry.publisher,
            entry.published_on or "",
            entry.grade,
        )
        for entry in _catalogue().evidence.values()
    ]
    return ("evidence", "statement", "publisher", "published", "grade"), rows


TABLES: dict[str, Callable[[], Table]] = {
    "categories": _categories,
    "classes": _classes,
    "codes": _codes_of_columns,
    "compiled-columns": _compiled_columns,
    "control-costs": _control_costs,
    "control-effects": _control_effects,
    "controls": _controls,
    "crosswalk": _crosswalk_counts,
    "crosswalk-exceptions": _crosswalk_exceptions,
    "distributions": _distributions,
    "errors": _errors,
    "evidence": _evidence,
    "figures": _figures,
    "frameworks": _frameworks,
    "links": _links,
    "loss-items": _loss_items,
    "parameters": _parameters,
    "providers": _providers,
    "services": _services,
    "streams": _streams,
    "units": _units,
    "yelt-columns": _yelt_columns,
    "zones": _zones,
}
