"""The state of the threat in a sector, a country and a window: the request judged, the page, its charts."""

from __future__ import annotations

import shlex
from collections.abc import Iterable, Mapping
from datetime import date
from pathlib import Path
from typing import Any

from hygie.core.errors import StoreError, UsageError, suggest
from hygie.knowledge.actor_names import fold_name
from hygie.knowledge.folders import read_packs
from hygie.knowledge.landscape import Knowledge, Scope, build_landscape, knowledge_of, parse_window
from hygie.knowledge.landscape.from_base import knowledge_of_base
from hygie.knowledge.landscape.select import ActorNames, read_classes
from hygie.knowledge.landscape.windows import Window
from hygie.knowledge.packs import DEFAULT_PACKS, load_catalogue
from hygie.knowledge.records import UNKNOWN_ACTOR
from hygie.service.landscape_view import show_landscape
from hygie.service.requests import LandscapeRequest
from hygie.service.workspace import Base
from hygie.views.charts_landscape import export_landscape_charts
from hygie.views.charts_landscape_geojson import MAX_BYTES, check_geojson, read_geojson
from hygie.views.landscape import LandscapeView
from hygie.views.landscape_words import is_country, label_of
from hygie.views.messages import Language, translator
from hygie.views.tile_map import Level, find_territory, load_tiles

__all__ = ["check_scope", "landscape", "load_base_knowledge", "load_knowledge", "save_landscape_charts"]


def load_knowledge(*, as_of: date, packs: Iterable[str] = ()) -> Knowledge:
    """Return what the installed packs, and further pack folders, say on a date."""
    return knowledge_of(load_catalogue(as_of=as_of, extra_paths=[Path(pack) for pack in packs]))


def load_base_knowledge(base: Base) -> Knowledge:
    """Return what the base says, with the threat classes that the installed packs declare."""
    documents = (document for folder in read_packs(DEFAULT_PACKS, extra_paths=())[0] for document in folder.documents)
    return knowledge_of_base(base.store, classes=read_classes(documents))


def landscape(request: LandscapeRequest, *, knowledge: Knowledge | None = None) -> LandscapeView:
    """Return the state of the threat that a request asks for.

    Parameters
    ----------
    knowledge
        Where it is drawn from; the packs of the request by default.

    Raises
    ------
    UsageError
        A window, a place, a class, an actor or a kind that is not one; each with what is allowed.
    DataError
        A pack cannot be read.
    """
    window = parse_window(request.from_, request.to)
    compare = _read_comparison(request)
    if knowledge is None:
        knowledge = load_knowledge(as_of=request.as_of, packs=request.packs)
    scope = _read_scope(request, knowledge, window)
    return show_landscape(
        build_landscape(knowledge, scope, compare=compare),
        filters=_describe_filters(scope, knowledge, request.language),
        reproduce=_write_command(request),
        language=request.language,
    )


def check_scope(request: LandscapeRequest, *, knowledge: Knowledge) -> None:
    """Refuse a request that no landscape can be drawn for, before any is.

    Raises
    ------
    UsageError
        A window, a place, a class, an actor or a kind that is not one; each with what is allowed.
    """
    _read_scope(request, knowledge, parse_window(request.from_, request.to))


def save_landscape_charts(view: LandscapeView, folder: Path, *, geojson: Path | None = None) -> list[Path]:
    """Write every chart of a landscape as SVG, PNG and CSV into a folder.

    Parameters
    ----------
    geojson
        File of boundaries of departments or regions: a drawn map comes with the tile maps.

    Raises
    ------
    DocumentError
        The GeoJSON cannot be read or drawn.
    StoreError
        The files cannot be written.
    """
    return export_landscape_charts(view, folder, geojson=None if geojson is None else _read_geojson(geojson))


def _read_geojson(path: Path) -> Mapping[str, Any]:
    try:
        with path.open("rb") as stream:
            # One byte more than is allowed tells a file that is too large, whatever its size.
            content = stream.read(MAX_BYTES + 1)
    except OSError as error:
        raise StoreError(
            f"the file of boundaries cannot be read: {error.strerror}",
            file=str(path),
            repair="check the path given to --geojson",
        ) from error
    document = read_geojson(content, name=str(path))
    # Charts take the document: only here is its file known.
    check_geojson(document, name=str(path))
    return document


def _read_comparison(request: LandscapeRequest) -> Window | None:
    start, end = request.compare_from, request.compare_to
    if start is None and end is None:
        return None
    if start is None or end is None:
        raise UsageError(
            "a window to compare with needs its two ends",
            field="--compare-from, --compare-to",
            value=start or end,
            repair="give both, or none",
        )
    return parse_window(start, end, fields=("--compare-from", "--compare-to"))


def _read_scope(request: LandscapeRequest, knowledge: Knowledge, window: Window) -> Scope:
    _check_sector(request, knowledge)
    if not is_country(request.country):
        raise UsageError(
            "there is no such country",
            field="--country",
            value=request.country,
            allowed="a code of two letters (ISO 3166-1), such as FR",
            repair="check the code",
        )
    own = [
        incident
        for incident in knowledge.incidents
        if (incident.victim.sector, incident.victim.country) == (request.sector, request.country)
    ]
    classes = [*knowledge.classes, *(incident.threat_class for incident in own)]
    names = ActorNames(knowledge.actors)
    return Scope(
        sector=request.sector,
        country=request.country,
        window=window,
        as_of=request.as_of,
        region=_find_place(request, "regions", [incident.victim.region for incident in own]),
        department=_find_place(request, "departments", [incident.victim.department for incident in own]),
        classes=frozenset(_choose(request.classes, classes, field="--class", what="threat class")),
        actors=frozenset(
            _choose(
                [names.resolve(name) for name in request.actors],
                [UNKNOWN_ACTOR, *knowledge.actors, *(names.resolve(incident.actor.name) for incident in own)],
                field="--actor",
                what="actor",
            )
        ),
        kinds=frozenset(
            _choose(request.kinds, [incident.victim.kind for incident in own], field="--kind", what="kind of facility")
        ),
        ceiling=request.tlp_ceiling,
    )


def _check_sector(request: LandscapeRequest, knowledge: Knowledge) -> None:
    sectors = [count.sector for count in knowledge.counts] + [row.victim.sector for row in knowledge.incidents]
    _choose([request.sector], [sector for sector in sectors if sector], field="--sector", what="sector")


def _choose(given: Iterable[str], known: Iterable[str], *, field: str, what: str) -> list[str]:
    """Return words that are all known.

    Raises
    ------
    UsageError
        One is not; the closest is suggested.
    """
    allowed = list(dict.fromkeys(known))
    chosen = list(given)
    for word in chosen:
        if word not in allowed:
            shown = ", ".join(sorted(allowed, key=fold_name)[:30]) + (" …" if len(allowed) > 30 else "")
            raise UsageError(
                f"no record has this {what}",
                field=field,
                value=word,
                allowed=shown or "none: there is no record to choose from",
                repair=suggest(word, allowed) or "choose one of these, or leave the option out",
            )
    return chosen


def _find_place(request: LandscapeRequest, level: Level, stated: Iterable[str | None]) -> str | None:
    """Return a place as victims state it: the name of a region, the code of a department."""
    text = request.region if level == "regions" else request.department
    if text is None:
        return None
    field, what = ("--region", "region") if level == "regions" else ("--department", "department")
    known = {fold_name(place): place for place in stated if place}
    if fold_name(text) in known:
        return known[fold_name(text)]
    code = find_territory(level, text) if request.country == "FR" else None
    if code is not None:
        name = next(tile.name for tile in load_tiles(level, collectivities=True) if tile.code == code)
        return known.get(fold_name(name), name) if level == "regions" else code
    names = [tile.name for tile in load_tiles(level)] if request.country == "FR" else list(known.values())
    _choose([text], names, field=field, what=what)
    raise AssertionError  # a name of the list was found above


def _describe_filters(scope: Scope, knowledge: Knowledge, language: Language) -> list[str]:
    _ = translator(language)
    names = ActorNames(knowledge.actors)
    classes = [
        known.name.in_language(language) for ref, known in knowledge.classes.items() if ref in scope.classes
    ] + sorted(scope.classes - knowledge.classes.keys())
    actors = [
        label_of("actor", ref, language) if ref == UNKNOWN_ACTOR else names.name(ref) for ref in sorted(scope.actors)
    ]
    kinds = [label_of("kind", kind, language) for kind in sorted(scope.kinds)]
    lines: dict[str, object] = {
        _("Region: {text}", text=scope.region): scope.region,
        _("Department: {text}", text=scope.department): scope.department,
        _("Classes: {text}", text=", ".join(classes)): classes,
        _("Actors: {text}", text=", ".join(actors)): actors,
        _("Kinds of facilities: {text}", text=", ".join(kinds)): kinds,
    }
    if scope.ceiling is not None:
        lines[_("Only what may be shared up to {level}", level=f"TLP:{scope.ceiling.value.upper()}")] = True
    return [line for line, given in lines.items() if given]


def _write_command(request: LandscapeRequest) -> str:
    single = {
        "--sector": request.sector,
        "--country": request.country,
        "--from": request.from_,
        "--to": request.to,
        "--region": request.region,
        "--department": request.department,
    }
    several = {"--class": request.classes, "--actor": request.actors, "--kind": request.kinds}
    last = {
        "--tlp-ceiling": request.tlp_ceiling.value if request.tlp_ceiling else None,
        "--compare-from": request.compare_from,
        "--compare-to": request.compare_to,
        "--as-of": request.as_of.isoformat(),
        "--lang": request.language,
    }
    words = ["hygie", "landscape"]
    for option, value in single.items():
        words += [option, value] if value is not None else []
    for option, values in several.items():
        for value in values:
            words += [option, value]
    for option, value in last.items():
        words += [option, value] if value is not None else []
    return shlex.join(words)
