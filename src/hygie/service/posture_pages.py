"""What pages of a posture need: each control and where its figure comes from, the questionnaire as a form, imports."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Mapping
from datetime import date
from itertools import groupby
from pathlib import Path

from hygie.core.errors import NotFoundError, SchemaError, UsageError
from hygie.facility.posture.answers import Answer, interpret_answer, read_answers, write_answers
from hygie.facility.posture.forms import UNKNOWN_NAME
from hygie.facility.posture.questionnaire import UNKNOWN, Question
from hygie.service.accounts.permissions import require
from hygie.service.accounts.principal import Principal
from hygie.service.facilities import open_facilities, place_document
from hygie.service.posture import Desk, apply_answers, import_posture, open_desk, show_posture
from hygie.store.document_store import DocumentStore, Draft, Revision
from hygie.store.documents import parse_document
from hygie.store.workspace import Workspace
from hygie.views.application import DocumentView
from hygie.views.messages import Language, translator
from hygie.views.numbers import format_percent
from hygie.views.posture import PostureEdit, PostureView
from hygie.views.posture_pages import AskedTopicView, AskedView, QuestionnaireView

__all__ = ["answer_questions", "list_questions", "show_stored_posture", "take_posture_file"]

# The answers of a facility are a document beside it: they are more than the posture that they make.
_ANSWERS = "answers"
_PERCENT = ".percent"
_DIGITS = 200


def show_stored_posture(workspace: Workspace, ref: str, *, language: Language) -> PostureView:
    """Return each control of a stored facility: its own entries, and the sector average for the rest.

    Raises
    ------
    NotFoundError, DataError
        There is no such facility, or something in it is wrong.
    """
    row = _read(workspace, ref)
    return show_posture(place_document(workspace, "facility", row), as_of=date.today(), language=language)


def list_questions(
    workspace: Workspace,
    ref: str,
    *,
    full: bool,
    language: Language,
    given: Mapping[str, str] | None = None,
    problems: Mapping[str, str] | None = None,
) -> QuestionnaireView:
    """Return the questionnaire with what was answered before, or with what was just given and why it is not taken."""
    desk = open_desk(as_of=date.today())
    known = _read_known(workspace, ref, desk)
    questions = desk.questionnaire.select(full=full)

    def ask(question: Question) -> AskedView:
        answer = known.get(question.id)
        chosen, percent = "", ""
        if given is not None:
            chosen, percent = (given.get(question.id + end, "")[:_DIGITS] for end in ("", _PERCENT))
        elif answer is not None and isinstance(answer.value, str):
            chosen = answer.value
        elif answer is not None and isinstance(answer.value, float):
            percent = format_percent(answer.value, language)
        choices = [(choice.id, choice.name.in_language(language)) for choice in question.choices]
        return AskedView(
            id=question.id,
            text=question.text.in_language(language),
            why=question.why.in_language(language),
            choices=[*choices, (UNKNOWN, UNKNOWN_NAME.in_language(language))],
            takes_percent=question.percent,
            chosen=chosen,
            percent=percent,
            on=answer.on.isoformat() if answer is not None and answer.on is not None else None,
            error=(problems or {}).get(question.id, ""),
        )

    topics = groupby(questions, key=lambda question: question.topic.in_language(language))
    return QuestionnaireView(
        full=full,
        total=len(questions),
        others=len(desk.questionnaire.questions) - len(questions),
        answered=sum(question.id in known for question in questions),
        topics=[AskedTopicView(name=name, questions=[ask(question) for question in rows]) for name, rows in topics],
    )


def answer_questions(
    workspace: Workspace,
    ref: str,
    given: Mapping[str, str],
    *,
    full: bool,
    replace: bool,
    expected_revision: int,
    principal: Principal,
    language: Language,
) -> tuple[DocumentView, PostureEdit] | dict[str, str]:
    """Keep the answers of a form, and save the facility with the posture that they make.

    Parameters
    ----------
    given
        By question, the id of a choice; under its id and ``.percent`` a percentage, which comes first.
    replace
        Also replace entries that the owner wrote, or that are newer.

    Returns
    -------
    The facility with what became of each control, or, when an answer is not taken, why not, by question.

    Raises
    ------
    ConflictError, NotFoundError, DataError
        Somebody else saved the facility meanwhile, there is none, or something in it is wrong.
    """
    require(principal, "write_facility")
    _ = translator(language)
    desk, today = open_desk(as_of=date.today()), date.today()
    known = _read_known(workspace, ref, desk)
    problems: dict[str, str] = {}
    answers = dict(known)
    for question in desk.questionnaire.select(full=full):
        percent = given.get(question.id + _PERCENT, "").strip()
        # The field asks for a percentage: a bare number is one.
        percent += "%" if percent and percent[-1].isdigit() else ""
        text = (percent or given.get(question.id, "").strip())[:_DIGITS]
        if not text:
            answers.pop(question.id, None)
            continue
        try:
            answer = interpret_answer(question, text, on=today)
        except SchemaError:
            problems[question.id] = _("Give a percentage between 0 and 100, such as 60 %, or choose an answer.")
            continue
        # What has not changed is as old as it was.
        earlier = known.get(question.id)
        answers[question.id] = earlier if earlier is not None and earlier.value == answer.value else answer
    if problems:
        return problems

    def fill(path: Path) -> PostureEdit:
        source = Path(f"{ref}.answers.yaml")
        return apply_answers(desk, path, answers, source=source, as_of=today, language=language, replace=replace)

    saved, edit = _change(workspace, ref, fill, expected_revision=expected_revision, principal=principal)
    _keep(workspace, ref, answers, principal=principal)
    return saved, edit


def take_posture_file(
    workspace: Workspace,
    ref: str,
    content: bytes,
    *,
    name: str,
    form: str | None,
    replace: bool,
    expected_revision: int,
    principal: Principal,
    language: Language,
) -> tuple[DocumentView, PostureEdit]:
    """Save the facility with the posture that another tool wrote.

    Parameters
    ----------
    name
        Of the file: its ending tells what it is.

    Raises
    ------
    HygieError
        The file holds no posture that can be read, or as in `answer_questions`.
    """
    require(principal, "write_facility")
    ending = Path(name).suffix.lower()
    if ending not in (".csv", ".xlsx", ".json", ".yaml", ".yml"):
        raise UsageError(
            "this ending names no file that holds a posture",
            file=name[:100],
            allowed=".csv, .xlsx, .json, .yaml",
            repair="export the assessment from the other tool as one of these",
        )
    with tempfile.TemporaryDirectory() as folder:
        source = Path(folder) / f"posture{ending}"
        source.write_bytes(content)

        def fill(path: Path) -> PostureEdit:
            return import_posture(path, source, as_of=date.today(), language=language, form=form, replace=replace)

        return _change(workspace, ref, fill, expected_revision=expected_revision, principal=principal)


def _change(
    workspace: Workspace,
    ref: str,
    fill: Callable[[Path], PostureEdit],
    *,
    expected_revision: int,
    principal: Principal,
) -> tuple[DocumentView, PostureEdit]:
    """Change a copy of the facility as the writer saw it, and save it as the next revision."""
    seen = _read(workspace, ref, revision=expected_revision)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / f"{ref}.yaml"
        path.write_text(seen.text, encoding="utf-8")
        edit = fill(path)
        text = path.read_text(encoding="utf-8")
    saved = open_facilities(workspace).save(
        text, expected_revision=expected_revision, principal=principal, ref=ref, origin=edit.format
    )
    return saved, edit


def _keep(workspace: Workspace, ref: str, answers: Mapping[str, Answer], *, principal: Principal) -> None:
    store = DocumentStore(workspace, kind=_ANSWERS)
    text = write_answers(answers, facility=ref)
    data = parse_document(text.encode(), name=f"{ref}.answers.yaml").data
    draft = Draft(name=ref, text=text, data=data, words=ref, origin="questionnaire", note=None)
    # The last form that is sent holds; the revisions of the facility tell what was there before.
    with store.writing() as connection:
        held = store.find(ref)
        expected = held.revision if held is not None else None
        store.save(
            ref, draft, expected=expected, account_id=principal.account_id, author=principal.name, connection=connection
        )


def _read_known(workspace: Workspace, ref: str, desk: Desk) -> dict[str, Answer]:
    _read(workspace, ref)
    try:
        held = DocumentStore(workspace, kind=_ANSWERS).get(ref)
    except NotFoundError:
        return {}
    # A question that the packs no longer ask is left behind.
    document = parse_document(held.text.encode(), name=f"{ref}.answers.yaml")
    asked = {question.id for question in desk.questionnaire.questions}
    rows = {name: row for name, row in document.data.get("answers", {}).items() if name in asked}
    kept = type(document)(document.name, {**document.data, "answers": rows}, document.places)
    return read_answers(kept, desk.questionnaire)[0]


def _read(workspace: Workspace, ref: str, *, revision: int | None = None) -> Revision:
    return DocumentStore(workspace, kind="facility").get(ref, revision=revision)
