"""What pages of studies and reports need: choices, a request from a form, the shelf of saved results."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from pydantic import ValidationError

from hygie.core.errors import UsageError
from hygie.knowledge.landscape import Knowledge, parse_window
from hygie.service.accounts.principal import Principal
from hygie.service.jobs.queue import submit
from hygie.service.jobs.report_requests import DossierJobRequest, StudyJobRequest
from hygie.service.landscape import check_scope
from hygie.service.saved_results import list_results
from hygie.service.study_request import ask_landscape
from hygie.store.workspace import Workspace
from hygie.views.application import JobView, SavedResultView
from hygie.views.incident import ChoiceView
from hygie.views.landscape_words import country_label, sector_label, territory_label, window_label
from hygie.views.messages import Language, translator
from hygie.views.reports import ReportShelfView, StudyChoicesView
from hygie.views.tile_map import load_tiles

__all__ = ["ask_dossier", "ask_study", "judge_study", "list_shelf", "list_study_choices", "name_study"]

_SHELF = 25
_YEARS = 3
_FIELDS = {"from_": "from", "tlp_ceiling": "tlp"}


def list_study_choices(knowledge: Knowledge, *, as_of: date, language: Language) -> StudyChoicesView:
    """Return what the form of a study offers: sectors and countries of which something is recorded."""
    sectors = {row.victim.sector for row in knowledge.incidents} | {row.sector for row in knowledge.counts}
    countries = {row.victim.country for row in knowledge.incidents} | {"FR"}
    own = [row for row in knowledge.incidents if (row.victim.sector, row.victim.country) == ("health", "FR")]
    latest = max((int(row.started_on[:4]) for row in own), default=as_of.year)
    return StudyChoicesView(
        sectors=_sort([(ref, sector_label(ref, language)) for ref in sectors if ref], first="health"),
        countries=_sort([(code, country_label(code, language)) for code in countries if code], first="FR"),
        regions=[ChoiceView(id=tile.name, label=tile.name) for tile in load_tiles("regions")],
        departments=[
            ChoiceView(id=tile.code, label=territory_label("departments", tile.code))
            for tile in load_tiles("departments")
        ],
        usual={
            "sector": "health",
            "country": "FR",
            # With the last years in which something is documented: what is public is often late.
            "from": f"{min(latest, as_of.year) - _YEARS + 1}-01",
            "to": f"{as_of:%Y-%m}",
            "region": "",
            "department": "",
            "tlp": "clear",
            "as_of": as_of.isoformat(),
            "seed": "1",
            "simulation": "yes",
            "languages": [language],
            "formats": ["html", "pdf"],
        },
    )


def _sort(pairs: Sequence[tuple[str, str]], *, first: str) -> list[ChoiceView]:
    rows = sorted(pairs, key=lambda pair: (pair[0] != first, pair[1].casefold()))
    return [ChoiceView(id=ref, label=label) for ref, label in rows]


def judge_study(
    given: Mapping[str, str], *, languages: Sequence[str], formats: Sequence[str], knowledge: Knowledge,
    language: Language,
) -> tuple[StudyJobRequest | None, dict[str, str]]:  # fmt: skip
    """Return the request that a form states, or what is wrong, by field of the form, in words."""
    words = _explain(language)
    fields = {
        "sector": given.get("sector", ""),
        "country": given.get("country", "").strip().upper(),
        "from": given.get("from", "").strip(),
        "to": given.get("to", "").strip(),
        "region": given.get("region", "").strip() or None,
        "department": given.get("department", "").strip() or None,
        "tlp_ceiling": given.get("tlp", ""),
        "as_of": given.get("as_of", "").strip() or None,
        "seed": given.get("seed", "").strip(),
        "simulation": given.get("simulation") == "yes",
        "languages": tuple(languages),
        "formats": tuple(formats),
    }
    try:
        request = StudyJobRequest.model_validate(fields)
    except ValidationError as error:
        wrong = {_FIELDS.get(str(item["loc"][0]), str(item["loc"][0])) for item in error.errors()}
        return None, {field: words[field] for field in words if field in wrong}
    try:
        check_scope(ask_landscape(request.in_language(language)), knowledge=knowledge)
    except UsageError as error:
        field = str(error.findings[0].field or "").partition(",")[0].removeprefix("--")
        field = field if field in words else "from"
        return None, {field: words[field]}
    return request, {}


def _explain(language: Language) -> dict[str, str]:
    """Return what is said at a field that is not well formed."""
    _ = translator(language)
    month = _("Write a month as 2024-03; the first month may not come after the last one.")
    return {
        "sector": _("Nothing is recorded of this sector: choose one of the list."),
        "country": _("Choose a country of the list."),
        "from": month,
        "to": month,
        "region": _("There is no such region in this country: choose one of the list, or the whole country."),
        "department": _("There is no such department: choose one of the list, or the whole region."),
        "tlp": _("Choose one of the markings."),
        "as_of": _("Write a day as 2026-11-23."),
        "seed": _("A whole number, 0 or more."),
        "languages": _("Choose at least one language."),
        "formats": _("Choose at least one format."),
    }


def ask_study(workspace: Workspace, request: StudyJobRequest, *, principal: Principal) -> JobView:
    """Put a study into the queue."""
    return submit(workspace, kind="study", request=request, principal=principal)


def ask_dossier(workspace: Workspace, *, draws: int, seed: int, principal: Principal) -> JobView:
    """Put the validation dossier, with the facts of today, into the queue."""
    request = DossierJobRequest(draws=draws, seed=seed, as_of=date.today())
    return submit(workspace, kind="dossier", request=request, principal=principal)


def list_shelf(workspace: Workspace, *, language: Language) -> ReportShelfView:
    """Return the results of which there are documents, the latest first."""

    def find(kind: str, limit: int) -> list[SavedResultView]:
        return list_results(workspace, kind=kind, limit=limit, language=language).items

    others = sorted(
        [*find("assessment", _SHELF), *find("portfolio", _SHELF)], key=lambda row: row.result_id, reverse=True
    )
    studies = find("study", _SHELF)
    return ReportShelfView(
        studies=studies,
        names={row.result_id: name_study(row.request, language=language) or row.title for row in studies},
        dossiers=find("dossier", 5),
        others=others[:_SHELF],
    )


def name_study(asked: Mapping[str, Any], *, language: Language) -> str:
    """Return what a study is about, in words; empty when its request does not say.

    >>> name_study({"sector": "health", "country": "FR", "from": "2022-01", "to": "2023-05"}, language="en")
    'Health sector, France, January 2022 to May 2023'
    """
    try:
        window = parse_window(str(asked["from"]), str(asked["to"]))
        parts = [sector_label(str(asked["sector"]), language), country_label(str(asked["country"]), language)]
    except (KeyError, UsageError):
        return ""
    region, department = asked.get("region"), asked.get("department")
    parts += [str(region)] if region else []
    parts += [territory_label("departments", str(department))] if department else []
    return ", ".join([*parts, window_label(window.first, window.last, language)])
