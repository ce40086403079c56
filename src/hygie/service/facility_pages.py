"""What pages of facilities need: one facility in full, its main figures as a form, the example, the register."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from importlib.resources import files
from typing import Any

from hygie.core.errors import ConflictError, DataError, NotFoundError
from hygie.service.accounts.principal import Principal
from hygie.service.facilities import create_from_answers, open_facilities, place_document
from hygie.service.facility_form import (
    QUESTIONS,
    Answer,
    Problem,
    build_facility,
    judge_answer,
    list_categories,
    read_answers,
)
from hygie.service.facility_questions import describe_question, explain_problem
from hygie.service.facility_view import show_facility_file
from hygie.service.registers import RegisterShelf, find_matches, list_registers, view_match
from hygie.service.stored_documents import write_yaml
from hygie.store.document_store import DocumentStore
from hygie.store.register_store import RegisterStore
from hygie.store.workspace import Workspace
from hygie.views.application import DocumentView
from hygie.views.facility import FacilityView
from hygie.views.facility_pages import FormFieldView, RegisterSearchView
from hygie.views.messages import Language, translator

__all__ = [
    "add_answers",
    "add_example",
    "change_figures",
    "describe_stored",
    "judge_form",
    "list_form",
    "read_form_values",
    "search_registers",
]

_MOST_MATCHES = 30


def describe_stored(
    workspace: Workspace, ref: str, *, language: Language, revision: int | None = None
) -> FacilityView | None:
    """Return a stored facility as it is shown; None while something is wrong with it.

    Raises
    ------
    NotFoundError
        There is none.
    """
    row = DocumentStore(workspace, kind="facility").get(ref, revision=revision)
    try:
        return show_facility_file(place_document(workspace, "facility", row), as_of=date.today(), language=language)
    except DataError:
        return None


def list_form(
    values: Mapping[str, Any], *, language: Language, problems: Mapping[str, str] | None = None
) -> list[FormFieldView]:
    """Return the questions of the short form with what is answered already, and what is wrong with it."""
    _ = translator(language)
    choices = {
        "category": list_categories(language),
        "status": {"public": _("public"), "private": _("private")},
    }
    fields = []
    for question in QUESTIONS:
        label, help_ = describe_question(question.field, _)
        names = choices.get(question.kind)
        value = values.get(question.field)
        fields.append(
            FormFieldView(
                field=question.field,
                label=label,
                help=help_,
                value=f"{value:g}" if isinstance(value, float) else "" if value is None else str(value),
                required=question.required,
                options=list(names.items()) if names is not None else None,
                error=(problems or {}).get(question.field, ""),
            )
        )
    return fields


def judge_form(given: Mapping[str, str], *, language: Language) -> tuple[dict[str, Answer], dict[str, str]]:
    """Return the answers of a form that are taken, and for the others why not."""
    _ = translator(language)
    answers: dict[str, Answer] = {}
    problems: dict[str, str] = {}
    categories = list_categories(language)
    for question in QUESTIONS:
        text = given.get(question.field, "")
        answer = judge_answer(question, text, answers=answers, categories=categories)
        if isinstance(answer, Problem):
            problems[question.field] = explain_problem(answer, _)
        elif answer is not None:
            answers[question.field] = answer
    return answers, problems


def add_answers(workspace: Workspace, answers: Mapping[str, Answer], *, principal: Principal) -> DocumentView:
    """Save the facility that the short form makes."""
    return create_from_answers(workspace, answers, principal=principal)


def change_figures(
    workspace: Workspace, ref: str, answers: Mapping[str, Answer], *, expected_revision: int, principal: Principal
) -> DocumentView:
    """Save a facility with other main figures; everything else stays as the writer saw it.

    Raises
    ------
    ConflictError
        Somebody else saved meanwhile.
    NotFoundError
        There is no such facility or revision.
    """
    base = DocumentStore(workspace, kind="facility").get(ref, revision=expected_revision)
    text = write_yaml(build_facility(answers, base={"activity": {}, **base.data}))
    return open_facilities(workspace).save(
        text, expected_revision=expected_revision, principal=principal, ref=ref, origin="form"
    )


def add_example(workspace: Workspace, *, principal: Principal) -> str:
    """Save the bundled example, unless it is there; return its ref."""
    text = (files("hygie.service") / "example_facility.yaml").read_text(encoding="utf-8")
    try:
        return open_facilities(workspace).save(text, expected_revision=None, principal=principal, origin="example").ref
    except ConflictError as error:
        return str(error.details["ref"])


def search_registers(workspace: Workspace, text: str, *, principal: Principal) -> RegisterSearchView:
    """Return the organisations of the registers in the workspace that a number or some words may mean."""
    store = RegisterStore(workspace, author=principal.name)
    if not list_registers(store):
        return RegisterSearchView(has_register=False, matches=[], more=0)
    found = find_matches(RegisterShelf(store), text) if text.strip() else []
    return RegisterSearchView(
        has_register=True,
        matches=[view_match(candidate) for candidate in found[:_MOST_MATCHES]],
        more=max(len(found) - _MOST_MATCHES, 0),
    )


def read_form_values(document: DocumentView) -> dict[str, Answer]:
    """Return what a stored facility already answers of the short form."""
    data = document.data
    if not isinstance(data.get("activity"), Mapping):
        raise NotFoundError("this facility has no figures yet", value=document.ref, repair="write them as text")
    return read_answers(data)
