"""The guided form of ``hygie facility new``: one question at a time, answers kept whatever happens."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer
from rich.console import Console
from rich.text import Text

from hygie.views.messages import translator
from hygie.views.numbers import format_count

if TYPE_CHECKING:
    from hygie.service.facility_form import Answer, Question
    from hygie.views.messages import Language

__all__ = ["ask_form", "ask_line"]


def ask_line(label: str, *, console: Console, language: Language) -> str:
    """Ask for one line of text; the question goes where the console goes.

    Raises
    ------
    EOFError
        There is nobody to answer.
    """
    colon = "\u00a0: " if language == "fr" else ": "
    return console.input(Text(label + colon))


def ask_form(
    base: Mapping[str, Any] | None, *, language: Language, target: Path | None, start: Mapping[str, Answer]
) -> tuple[dict[str, Any], Path]:
    """Ask the questions, and return the facility file with the place to write it.

    Parameters
    ----------
    base
        What a register says: its values are the proposed answers.
    target
        Where the file goes; named after the answers when None.
    start
        What is known already without a register.

    Raises
    ------
    typer.Exit
        The user has stopped; the answers are in a draft, which the next call takes up.
    """
    from hygie.service.facility_form import build_facility, forget_draft, read_answers, read_draft, save_draft

    _ = translator(language)
    console = Console(stderr=True, highlight=False)
    draft = (target or Path("facility.yaml")).with_suffix(".draft.json")
    kept = read_draft(draft)
    if kept:
        text = _("Answers of last time: {count}; Enter keeps each.", count=format_count(len(kept), language))
        console.print(Text(text))
    proposed = {**(read_answers(base) if base is not None else {}), **start, **kept}
    answers: dict[str, Answer] = {}
    try:
        _ask_all(answers, proposed, console=console, language=language)
    except (EOFError, KeyboardInterrupt):
        # What was proposed and not yet reached is kept with what was answered.
        held = {**kept, **answers}
        console.print()
        if not held:
            console.print(Text(_("Stopped. Nothing was written.")))
        else:
            save_draft(held, draft)
            console.print(Text(_("Stopped. Your answers are kept in {path}; the same command goes on from there.",
                                 path=str(draft))))  # fmt: skip
        raise typer.Exit(130) from None
    save_draft(answers, draft)
    facility = build_facility(answers, base=base)
    forget_draft(draft)
    return facility, target or Path(f"{facility.get('finess') or facility['id']}.yaml")


def _ask_all(
    answers: dict[str, Answer], proposed: Mapping[str, Answer], *, console: Console, language: Language
) -> None:
    from hygie.service.facility_form import QUESTIONS, guess_department, guess_year, list_categories

    _ = translator(language)
    console.print(
        Text(_("Answer what you know; Enter takes what is in brackets. Ctrl-C stops and keeps your answers."))
    )
    categories = list_categories(language)
    for question in QUESTIONS:
        default = proposed.get(question.field)
        if default is None and question.field == "department":
            default = guess_department(answers)
        if default is None and question.field == "year":
            default = guess_year()
        answer = _ask(question, default, answers, categories, console=console, language=language)
        if answer is not None:
            answers[question.field] = answer


def _ask(
    question: Question,
    default: Answer | None,
    answers: Mapping[str, Answer],
    categories: Mapping[str, str],
    *,
    console: Console,
    language: Language,
) -> Answer | None:
    from hygie.service.facility_form import Problem, judge_answer
    from hygie.service.facility_questions import describe_question, explain_problem

    _ = translator(language)
    label, hint = describe_question(question.field, _)
    console.print()
    console.print(Text(hint), style="dim")
    names = {"category": categories, "status": {"public": _("public"), "private": _("private")}}.get(question.kind)
    for number, (code, name) in enumerate((names or {}).items(), start=1):
        console.print(Text(f"  {number}. {name} ({code})" if name != code else f"  {number}. {name}"))
    while True:
        text = ask_line(f"{label} [{default}]" if default is not None else label, console=console, language=language)
        given = text if text.strip() or default is None else str(default)
        answer = judge_answer(question, given, answers=answers, categories=categories)
        if not isinstance(answer, Problem):
            return answer
        console.print(Text(explain_problem(answer, _)), style="bold")
