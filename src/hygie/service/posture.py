"""The posture of a facility: shown, filled from the questionnaire, imported; written into its file with care."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from hygie.core.errors import StoreError, UsageError
from hygie.facility.blueprints import Blueprints, load_blueprints
from hygie.facility.facility_files import load_facility
from hygie.facility.frameworks import load_crosswalk
from hygie.facility.organisation import Facility, PostureEntry
from hygie.facility.posture.answers import Answer, derive_entries
from hygie.facility.posture.block import edit_posture
from hygie.facility.posture.forms import FormKind, read_form, write_form
from hygie.facility.posture.importers import FORMATS, Format, ImportContext, read_posture
from hygie.facility.posture.merging import Change, merge_posture
from hygie.facility.posture.questionnaire import Questionnaire, load_questionnaire
from hygie.facility.posture.readings import Imported, load_assessment_scale
from hygie.facility.posture.requirements import index_requirements
from hygie.knowledge.mitigations import map_mitigations
from hygie.knowledge.packs import Catalogue, load_catalogue
from hygie.store.text_files import replace_file, write_new_file
from hygie.views.messages import Language
from hygie.views.posture import ChangeRow, ControlRow, PostureEdit, PostureView, state_meter

__all__ = ["Desk", "fill_posture", "import_posture", "open_desk", "show_posture", "write_questionnaire"]

_ENDINGS: Mapping[str, FormKind] = {".yaml": "yaml", ".yml": "yaml", ".csv": "csv", ".xlsx": "xlsx"}


@dataclass(frozen=True, slots=True)
class Desk:
    """What work on postures needs from the packs."""

    catalogue: Catalogue
    blueprints: Blueprints
    questionnaire: Questionnaire

    def read_facility(self, path: Path) -> Facility:
        """Return a facility file, checked."""
        return load_facility(path, blueprints=self.blueprints, known_evidence=frozenset(self.catalogue.evidence))


def open_desk(*, as_of: date) -> Desk:
    """Read the packs."""
    catalogue = load_catalogue(as_of=as_of)
    blueprints = load_blueprints(catalogue)
    return Desk(catalogue, blueprints, load_questionnaire(catalogue, blueprints.controls))


def show_posture(path: Path, *, as_of: date, language: Language, desk: Desk | None = None) -> PostureView:
    """Return the posture of a facility: its own entries, and the sector average for the rest.

    Raises
    ------
    HygieError
        The file cannot be read, or something in it is wrong.
    """
    desk = desk or open_desk(as_of=as_of)
    facility = desk.read_facility(path)
    rows = []
    for control in desk.blueprints.controls:
        sector = desk.catalogue.estimate(f"control.{control.id}.coverage").distribution
        present = facility.posture.get(control.id)
        entry = PostureEntry(coverage=present) if isinstance(present, int | float) else present
        rows.append(
            ControlRow(
                id=control.id,
                name=control.name.local().in_language(language),
                function=control.function,
                known=entry is not None,
                coverage=entry.coverage if entry else sector.mean(),
                origin=entry.origin if entry else None,
                on=entry.on.isoformat() if entry and entry.on else None,
                age_days=(as_of - entry.on).days if entry and entry.on else None,
                evidence=entry.evidence if entry else None,
                sector_mean=sector.mean(),
                sector_low=sector.quantile(0.05),
                sector_high=sector.quantile(0.95),
            )
        )
    known = sum(row.known for row in rows)
    return PostureView(
        facility=facility.id,
        name=facility.name,
        file=str(path),
        as_of=as_of.isoformat(),
        known=known,
        controls=len(rows),
        known_share=known / len(rows),
        meter=state_meter(known / len(rows), language, advice=known < len(rows)),
        rows=rows,
    )


def write_questionnaire(path: Path, *, full: bool, language: Language, as_of: date) -> int:
    """Write an empty form; return the number of its questions.

    Raises
    ------
    UsageError
        The ending of the file names no form.
    StoreError
        Something is there already, or the disk refuses.
    """
    kind = _ENDINGS.get(path.suffix.lower())
    if kind is None:
        raise UsageError(
            "this ending names no form", file=str(path), allowed=", ".join(_ENDINGS), repair="write form.xlsx"
        )
    questions = open_desk(as_of=as_of).questionnaire.select(full=full)
    write_new_file(path, write_form(questions, kind, language=language))
    return len(questions)


def fill_posture(
    path: Path, answers: Path, *, as_of: date, language: Language, replace: bool = False, dry_run: bool = False
) -> PostureEdit:
    """Put the posture that a filled form makes into a facility file.

    Raises
    ------
    HygieError
        A file cannot be read, an answer is wrong, the form is another facility's, or the file cannot be edited.
    """
    desk = open_desk(as_of=as_of)
    given, named = read_form(answers, desk.questionnaire)
    facility = desk.read_facility(path)
    check_owner(answers, named, facility)
    return apply_answers(
        desk, path, given, source=answers, as_of=as_of, language=language, replace=replace, dry_run=dry_run
    )


def check_owner(answers: Path, named: str | None, facility: Facility) -> None:
    """Refuse answers that name another facility."""
    if named is not None and named != facility.id:
        raise UsageError(
            "these answers are those of another facility",
            file=str(answers),
            field="facility",
            value=named,
            allowed=facility.id,
            repair="check the file, or remove the line `facility:` if they hold for both",
        )


def apply_answers(
    desk: Desk,
    path: Path,
    answers: Mapping[str, Answer],
    *,
    source: Path,
    as_of: date,
    language: Language,
    replace: bool = False,
    dry_run: bool = False,
) -> PostureEdit:
    """Put the posture that answers make into a facility file."""
    entries = derive_entries(desk.questionnaire, answers, source=source.name, on=as_of)
    known = sum(answer.share is not None for answer in answers.values())
    found = Imported(entries=entries, read=len(answers), used=known)
    return _apply(desk, path, found, "questionnaire", source, language=language, replace=replace, dry_run=dry_run)


def import_posture(
    path: Path,
    source: Path,
    *,
    as_of: date,
    language: Language,
    form: str | None = None,
    framework: str | None = None,
    score_max: float | None = None,
    sheet: str | None = None,
    replace: bool = False,
    dry_run: bool = False,
) -> PostureEdit:
    """Put the posture that another tool wrote into a facility file.

    Parameters
    ----------
    as_of
        Date of entries whose file has none.
    form
        One of `FORMATS`; guessed from the content by default.

    Raises
    ------
    HygieError
        A file cannot be read, holds no posture, or the facility file cannot be edited.
    """
    if form is not None and form not in FORMATS:
        raise UsageError(
            "this format is not read",
            field="--format",
            value=form,
            allowed=", ".join(FORMATS),
            repair="use one of these",
        )
    if score_max is not None and not score_max > 0:
        raise UsageError(
            "the highest score is above 0", field="--score-max", value=score_max, repair="write --score-max 5"
        )
    desk = open_desk(as_of=as_of)
    desk.read_facility(path)
    chosen: Format | None = next((known for known in FORMATS if known == form), None)
    context = ImportContext(
        controls=desk.blueprints.controls,
        requirements=index_requirements(load_crosswalk(desk.catalogue, desk.blueprints.controls)),
        scale=load_assessment_scale(desk.catalogue),
        mitigated=_invert_mitigations(desk.catalogue) if form == "navigator" else {},
        on=as_of,
        framework=framework,
        score_max=score_max,
        sheet=sheet,
    )
    name, found = read_posture(source, context, form=chosen)
    return _apply(desk, path, found, name, source, language=language, replace=replace, dry_run=dry_run)


def _apply(
    desk: Desk,
    path: Path,
    found: Imported,
    form: str,
    source: Path,
    *,
    language: Language,
    replace: bool,
    dry_run: bool,
) -> PostureEdit:
    try:
        content = path.read_bytes()
    except OSError as error:
        raise StoreError(
            f"the file cannot be read: {error.strerror}", file=str(path), repair="check the path"
        ) from None
    facility = desk.read_facility(path)
    changes = merge_posture(facility.posture, found.entries, replace=replace)
    wanted = {
        change.control: change.after
        for change in changes
        if change.outcome != "conflict" and change.after != change.before
    }
    backup = None
    edited = edit_posture(content, wanted, name=str(path))
    if wanted and not dry_run:
        kept = replace_file(path, edited, expected=content, backup=True)
        # Told as the file was named, unless a link leads elsewhere.
        backup = kept if kept is None or path.is_symlink() else path.with_name(kept.name)
    controls = len(desk.blueprints.controls)
    known = len({*facility.posture, *wanted} & {control.id for control in desk.blueprints.controls})
    return PostureEdit(
        file=str(path),
        source=str(source),
        format=form,
        written=bool(wanted) and not dry_run,
        dry_run=dry_run,
        backup=str(backup) if backup else None,
        read=found.read,
        used=found.used,
        passed_over=list(found.passed_over),
        notes=list(found.notes),
        findings=[finding.render() for finding in found.findings],
        rows=list(_show_changes(changes, desk, language)),
        meter=state_meter(known / controls, language, advice=False),
    )


def _show_changes(changes: Iterable[Change], desk: Desk, language: Language) -> Iterable[ChangeRow]:
    known = {change.control: change for change in changes}
    for control in desk.blueprints.controls:
        change = known.get(control.id)
        if change is not None:
            before = change.before
            yield ChangeRow(
                control=control.id,
                name=control.name.local().in_language(language),
                function=control.function,
                outcome=change.outcome,
                reason=change.reason,
                before=before.coverage if before else None,
                before_origin=before.origin if before else None,
                before_on=before.on.isoformat() if before and before.on else None,
                after=change.after.coverage,
                on=change.after.on.isoformat() if change.after.on else None,
                evidence=change.after.evidence,
            )


def _invert_mitigations(catalogue: Catalogue) -> dict[str, list[str]]:
    """Return ATT&CK technique → mitigations that hold it back."""
    mitigated: dict[str, list[str]] = {}
    for mitigation, techniques in map_mitigations(catalogue.techniques).items():
        for technique in techniques:
            mitigated.setdefault(technique, []).append(mitigation)
    return mitigated
