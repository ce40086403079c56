"""Evidence that people bring in on the pages: a file is looked at first, then taken; or one incident, by hand."""

from __future__ import annotations

import csv
import io
import re
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from hygie.core.errors import DataError, NotFoundError, SchemaError
from hygie.core.spreadsheets import neutralise_cell
from hygie.service.accounts.principal import Principal
from hygie.service.intel import import_file
from hygie.service.jobs.queue import get_job, submit
from hygie.service.jobs.requests import ImportRequest
from hygie.service.uploads import find_upload, forget_upload
from hygie.service.workspace import Base
from hygie.store.workspace import Workspace
from hygie.views.application import JobView
from hygie.views.error_words import translate_rendered
from hygie.views.evidence_import import BroughtView, ImportReportView, KindRowView
from hygie.views.intel import ImportSummary
from hygie.views.landscape_words import label_of
from hygie.views.messages import Language, Translate, translator
from hygie.views.numbers import format_count
from hygie.views.tile_map import find_territory, load_tiles

__all__ = [
    "FORM_FIELDS",
    "ask_preview",
    "confirm_import",
    "discard_upload",
    "list_formats",
    "list_victim_kinds",
    "read_report",
    "record_incident",
    "write_table_model",
]

# Changes that are looked at for what an import brought, and how many of them a page names.
_LOOKED_AT, _NAMED = 5000, 60
# Where a refusal says that the record stands: two records refused alike differ in that alone.
_PLACE = re.compile(r"(?<=:)\d+(?=: )")
# A refusal as text: its place, the code, the place once more, what is wrong and how to mend it.
_REFUSAL = re.compile(
    r"(?s)lines? (?P<first>\d+)(?: to (?P<last>\d+))?: (?P<code>\[[^\]]*\]) (?:[^\n]*?:\d+: )?(?P<said>.*)"
)
_WROTE = ("added", "joined", "changed", "created", "patched", "merged")

# Kinds of victims that the form offers; those of the health sector have names in both languages.
VICTIM_KINDS = (
    "ch",
    "chu",
    "ght",
    "ch_local",
    "private_clinic",
    "private_nonprofit",
    "private_group",
    "cancer_centre",
    "nursing_home",
    "laboratory",
    "private_practice",
    "occupational_health",
    "health_provider",
    "unknown",
)

# Fields of the form of one incident, and whether they are needed.
FORM_FIELDS: Mapping[str, bool] = {
    "victim.name": True,
    "victim.kind": True,
    "started_on": True,
    "threat_class": True,
    "source.title": True,
    "source.url": False,
    "source.publisher": False,
    "source.published_on": False,
    "source.reliability": False,
    "source.credibility": False,
    "victim.town": False,
    "victim.department": False,
    "victim.region": False,
    "victim.country": False,
    "actor.name": False,
    "actor.confidence": False,
    "data_leaked": False,
    "date_basis": False,
    "summary": False,
    "record.tlp": False,
}


# A table to fill in: headers that the importer knows, in both languages, and one line that nobody takes for real.
_MODEL: Mapping[Language, tuple[str, ...]] = {
    "en": ("date", "victim", "facility type", "town", "department", "region", "country", "sector", "class", "actor",
           "confidence", "source", "url"),
    "fr": ("date", "victime", "type d’établissement", "commune", "département", "région", "pays", "secteur", "classe",
           "acteur", "confiance", "source", "url"),
}  # fmt: skip
_MODEL_ROW: Mapping[Language, tuple[str, ...]] = {
    "en": ("2026-01-31", "Example Hospital", "ch", "Example-Town", "91", "Île-de-France", "FR", "health", "ransomware",
           "lockbit", "medium", "Title of the article or report", "https://www.example.org/article"),
    "fr": ("2026-01-31", "Hôpital d’exemple", "ch", "Exemple-Ville", "91", "Île-de-France", "FR", "santé",
           "ransomware", "lockbit", "moyenne", "Titre de l’article ou du rapport", "https://www.example.org/article"),
}  # fmt: skip


def list_formats(_: Translate) -> list[tuple[str, str]]:
    """Return the formats with what they are called."""
    return [
        ("stix", _("STIX 2.1 bundle (JSON)")),
        ("misp", _("MISP events (JSON)")),
        ("veris", _("VERIS incidents (JSON)")),
        ("kev", _("CISA KEV catalogue (JSON or CSV)")),
        ("epss", _("EPSS scores (CSV or JSON)")),
        ("leak-site", _("Posts of leak sites (JSON)")),
        ("table", _("Table of incidents or others (CSV or XLSX)")),
    ]


def list_victim_kinds(language: Language) -> list[tuple[str, str]]:
    """Return the kinds of victims with what they are called, health facilities first."""
    return [(kind, label_of("kind", kind, language)) for kind in VICTIM_KINDS]


def write_table_model(language: Language) -> str:
    """Return a table to fill in, with headers that the importer knows and one line to replace."""
    sink = io.StringIO()
    csv.writer(sink).writerows((_MODEL[language], _MODEL_ROW[language]))
    return sink.getvalue()


def ask_preview(workspace: Workspace, request: ImportRequest, *, principal: Principal) -> JobView:
    """Ask a worker to read an uploaded file and to compare it with the base, writing nothing.

    Raises
    ------
    ForbiddenError, NotFoundError
        Not allowed, or the file is not there.
    """
    name = find_upload(workspace, request.upload).name
    dry = request.model_copy(update={"dry_run": True})
    return submit(workspace, kind="import", request=dry, principal=principal, title=name)


def confirm_import(workspace: Workspace, job_id: str, *, principal: Principal) -> JobView:
    """Ask a worker to take what a preview showed.

    Raises
    ------
    NotFoundError
        There is no such preview, or its file is gone.
    """
    shown = _get_import(workspace, job_id)
    request = ImportRequest.model_validate(shown.request)
    name = find_upload(workspace, request.upload).name
    kept = request.model_copy(update={"dry_run": False})
    return submit(workspace, kind="import", request=kept, principal=principal, title=name)


def discard_upload(workspace: Workspace, job_id: str) -> None:
    """Remove the file of a preview; nothing was taken from it.

    Raises
    ------
    NotFoundError
        There is no such preview.
    """
    request = ImportRequest.model_validate(_get_import(workspace, job_id).request)
    for upload in filter(None, (request.upload, request.column_map)):
        forget_upload(workspace, upload)


def read_report(base: Base, job_id: str, *, language: Language) -> ImportReportView:
    """Return what an import did, or would do, with what came in.

    Raises
    ------
    NotFoundError
        There is no such import, or it is not over.
    """
    job = get_job(base.workspace, job_id)
    if job.kind not in ("import", "pull") or job.status != "done" or job.outcome is None:
        raise NotFoundError("there is no report of this import", field="job", value=job_id[:80])
    summary = ImportSummary.model_validate(job.outcome)
    _ = translator(language)
    kinds = _name_kinds(_)
    upload = str(job.request.get("upload", ""))
    return ImportReportView(
        job_id=job_id,
        name=job.title,
        author=job.author,
        at=job.finished_at or job.created_at,
        format_label=dict(list_formats(_)).get(summary.format, summary.format),
        dry_run=summary.dry_run,
        waiting=summary.dry_run and _is_there(base.workspace, upload),
        counts=summary.counts,
        kinds=[
            KindRowView(kind=kind, label=kinds.get(kind, kind), counts=counts)
            for kind, counts in summary.by_kind.items()
        ],
        refusals=_group_refusals(summary.refusals, language),
        dropped=summary.dropped,
        notes=[*_note_elsewhere(base, summary.run, language), *summary.notes],
        brought=_list_brought(base, summary.run, kinds),
    )


def record_incident(base: Base, given: Mapping[str, str]) -> tuple[str | None, dict[str, str]]:
    """Record one incident as a form describes it; return its ref, or what is wrong by field.

    It goes the way of a row of a table, so that the same rules hold; what the form leaves open is not made up.

    Raises
    ------
    DataError
        The row is refused for a reason that belongs to no field.
    """
    said = {name: given.get(name, "").strip() for name in FORM_FIELDS}
    problems = {name: "needed" for name, needed in FORM_FIELDS.items() if needed and not said[name]}
    if problems:
        return None, problems
    filled = _place_victim({name: text for name, text in said.items() if text})
    sink = io.StringIO()
    writer = csv.writer(sink)
    writer.writerow(filled)
    writer.writerow([neutralise_cell(text) for text in filled.values()])
    with tempfile.TemporaryDirectory(prefix="hygie-incident-") as folder:
        file = Path(folder) / "recorded-by-hand.csv"
        file.write_text(sink.getvalue(), encoding="utf-8")
        try:
            summary = import_file(base, file, format="table")
        except SchemaError as error:
            return None, {error.findings[0].field or "": error.findings[0].message}
    if summary.refusals:
        field = next((name for name in filled if f"{name}" in summary.refusals[0]), "")
        told = _REFUSAL.fullmatch(summary.refusals[0])
        return None, {field: told["said"].partition("\n")[0] if told else summary.refusals[0].partition(": ")[2]}
    ref = next((row.ref for row in _list_brought(base, summary.run, {}) if row.kind == "incident"), None)
    if ref is None:
        raise DataError(
            "this incident is known already, from the same source",
            value=said["victim.name"],
            repair="search for it in the threat landscape",
        )
    return ref, {}


def _place_victim(said: dict[str, str]) -> dict[str, str]:
    """Say what the form asks about, or counts would leave the incident out: health, France unless said otherwise."""
    placed = {"victim.sector": "health", "victim.country": "FR", **said}
    if placed["victim.country"] == "FR" and "victim.department" in said and "victim.region" not in said:
        code = find_territory("departments", said["victim.department"])
        region = next((tile.region for tile in load_tiles("departments") if tile.code == code), None)
        for tile in load_tiles("regions"):
            if tile.code == region:
                placed["victim.region"] = tile.name
    return placed


def _get_import(workspace: Workspace, job_id: str) -> JobView:
    job = get_job(workspace, job_id)
    if job.kind != "import":
        raise NotFoundError("this job is no import", field="job", value=job_id[:80])
    return job


def _say_refusal(text: str, language: Language) -> str:
    """Return a refusal in a language, its place once."""
    told = _REFUSAL.fullmatch(text)
    if told is None:
        return translate_rendered(text, language)
    _ = translator(language)
    first, last = told["first"], told["last"]
    place = _("Lines {first} to {last}", first=first, last=last) if last else _("Line {n}", n=first)
    return place + _(": ") + translate_rendered(f"{told['code']} {told['said']}", language)


def _group_refusals(refusals: Sequence[str], language: Language) -> list[str]:
    """Say a reason that refuses many records once, with the first of them."""
    _ = translator(language)
    groups: dict[str, list[str]] = {}
    for text in refusals:
        groups.setdefault(_PLACE.sub("", text.partition(": ")[2]) or text, []).append(text)
    rows = []
    for same in groups.values():
        head, line_end, rest = _say_refusal(same[0], language).partition("\n")
        more = _(" (and {count} more, for the same reason)", count=len(same) - 1) if len(same) > 1 else ""
        rows.append(f"{head}{more}{line_end}{rest}")
    return rows


def _note_elsewhere(base: Base, run: int | None, language: Language) -> list[str]:
    """Say of how many incidents that came in the landscape of the health sector in France takes no count."""
    if run is None:
        return []
    _ = translator(language)
    silent = other = 0
    brought = {item.ref for item in base.store.changes(limit=_LOOKED_AT, newest_first=True) if item.run == run}
    for record in base.store.find("incident") if brought else ():
        if record.ref not in brought:
            continue
        victim = record.data.get("victim", {})
        said = (victim.get("sector"), victim.get("country"))
        apart = any(one is not None and one != wanted for one, wanted in zip(said, ("health", "FR"), strict=True))
        other, silent = other + apart, silent + (not apart and None in said)
    notes = []
    if silent:
        notes.append(
            _(
                "Incidents that do not say the sector or the country of their victim, so that the landscape cannot "
                "count them: {count}. Add columns “sector” (health) and “country” (FR), then send the file again.",
                count=format_count(silent, language),
            )
        )
    if other:
        notes.append(
            _(
                "Incidents of another sector or country, kept, and not counted in the landscape of health in "
                "France: {count}.",
                count=format_count(other, language),
            )
        )
    return notes


def _is_there(workspace: Workspace, upload: str) -> bool:
    try:
        return find_upload(workspace, upload).is_file()
    except NotFoundError:
        return False


def _list_brought(base: Base, run: int | None, kinds: Mapping[str, str]) -> list[BroughtView]:
    if run is None:
        return []
    found: dict[tuple[str, str], Any] = {}
    for change in base.store.changes(limit=_LOOKED_AT, newest_first=True):
        if change.run == run and change.action in _WROTE:
            found.setdefault((change.kind, change.ref), change)
    order = ("incident", "actor", "campaign")
    keys = sorted(found, key=lambda key: (order.index(key[0]) if key[0] in order else len(order), key))
    rows = []
    for kind, ref in keys[:_NAMED]:
        record = base.store.get(kind, ref)
        rows.append(BroughtView(kind=kind, kind_label=kinds.get(kind, kind), ref=ref, name=record.name))
    return rows


def _name_kinds(_: Translate) -> dict[str, str]:
    return {
        "incident": _("Incidents"),
        "actor": _("Actors"),
        "campaign": _("Campaigns"),
        "vulnerability": _("Vulnerabilities"),
        "software": _("Software of attackers"),
        "technique": _("Techniques"),
        "count": _("Published counts"),
        "source": _("Sources"),
        "identity": _("Persons, organisations and places"),
        "relationship": _("Relations between records"),
        "indicator": _("Indicators"),
        "other": _("Other objects, kept as they came"),
    }
