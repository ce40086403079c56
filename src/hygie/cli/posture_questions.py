"""The questionnaire in the terminal: a question at a time, back and forth, stopped and taken up again at will."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from rich.console import Console
from rich.padding import Padding
from rich.text import Text

from hygie.cli.posture_pages import print_edit
from hygie.core.errors import SchemaError
from hygie.views.messages import Language, Translate, translator

if TYPE_CHECKING:
    from hygie.service.questioning import Questioning

__all__ = ["run_questions"]

# Letters of both languages work in both: who types the wrong one is understood.
_BACK = frozenset({"b", "back", "r", "retour"})
_QUIT = frozenset({"q", "quit", "quitter"})
_YES = frozenset({"", "y", "yes", "o", "oui"})


def run_questions(sitting: Questioning, facility: Path, *, language: Language, replace: bool) -> int:
    """Ask until the end, or until it is enough for today; return the exit code."""
    _ = translator(language)
    console = Console(highlight=False, markup=False, emoji=False)
    total = len(sitting.questions)
    console.print(Text(f"\n{sitting.name}", style="bold"))
    console.print(_("Answers are kept in {path} after each question.", path=str(sitting.file)), style="dim")
    if sitting.answered:
        console.print(
            _("Answered so far: {done} of {total}; you go on from there.", done=sitting.answered, total=total)
        )
    place = sitting.first_open
    try:
        while place < total:
            place = _ask(sitting, place, console, _)
            if place < 0:
                return _leave(sitting, facility, console, _, code=0)
        return _finish(sitting, facility, console, language, replace=replace)
    except EOFError:
        return _leave(sitting, facility, console, _, code=0)
    except KeyboardInterrupt:
        return _leave(sitting, facility, console, _, code=130)


def _ask(sitting: Questioning, place: int, console: Console, _: Translate) -> int:
    """Ask one question; return the place of the next one, -1 to stop."""
    question = sitting.questions[place]
    progress = f"{question.number} / {question.total}"
    gap = max(console.width - len(question.topic) - len(progress), 2)
    console.print()
    console.print(Text(question.topic + " " * gap + progress, style="dim"))
    console.print(Text(question.text, style="bold"))
    console.print(Text(question.why))
    console.print()
    last = len(question.choices) - 1
    for rank, choice in enumerate(question.choices):
        # “I do not know” is always 0, however many answers there are.
        console.print(Padding(Text(f"{0 if rank == last else rank + 1}  {choice.name}"), (0, 0, 0, 2)))
    if question.percent:
        console.print(Padding(_("or a percentage, such as 60%"), (0, 0, 0, 5)), style="dim")
    present = sitting.describe_answer(place)
    if present is not None:
        console.print(_("Present answer: {answer}", answer=present))
    keep = _("Enter keeps it") if present is not None else _("Enter skips")
    while True:
        console.print(f"{keep} · {_('b back')} · {_('q quit')}", style="dim")
        typed = input("> ").strip()
        word = typed.casefold()
        if not word:
            return place + 1
        if word in _QUIT:
            return -1
        if word in _BACK:
            return max(place - 1, 0)
        if word.isdecimal() and int(word) <= last:
            typed = question.choices[int(word) - 1].id if int(word) else question.choices[last].id
        try:
            sitting.answer(place, typed)
        except SchemaError:
            allowed = _("a number from 0 to {last}", last=last)
            if question.percent:
                allowed += " " + _("or a percentage, such as 60%")
            console.print(_("“{text}” is not an answer here. Type {allowed}.", text=typed[:40], allowed=allowed))
            continue
        return place + 1


def _finish(sitting: Questioning, facility: Path, console: Console, language: Language, *, replace: bool) -> int:
    _ = translator(language)
    missing = len(sitting.questions) - sitting.answered
    console.print()
    if missing:
        console.print(_("Questions without an answer: {count}. Their controls stay as they are.", count=missing))
    preview = sitting.apply(replace=replace, dry_run=True)
    if not preview.rows:
        console.print(_("No answer says how far a control is in place: {path} is as it was.", path=str(facility)))
        return 0
    print_edit(preview, language, asking=True)
    console.print(_("Write this into {path}? [Y/n]", path=str(facility)))
    if input("> ").strip().casefold() not in _YES:
        return _leave(sitting, facility, console, _, code=0)
    print_edit(sitting.apply(replace=replace), language)
    return 0


def _leave(sitting: Questioning, facility: Path, console: Console, _: Translate, *, code: int) -> int:
    """Say where the answers are and how to go on."""
    console.print()
    if sitting.answered:
        console.print(
            _(
                "Answers kept in {file}: {done} of {total}. {path} is as it was.",
                done=sitting.answered,
                total=len(sitting.questions),
                file=str(sitting.file),
                path=str(facility),
            )
        )
        console.print(_("Go on: {command}", command=f"hygie posture ask {facility}"))
        console.print(_("Use what is answered: {command}", command=f"hygie posture fill {facility} {sitting.file}"))
    else:
        console.print(_("No answer yet; {path} is as it was.", path=str(facility)))
    return code
