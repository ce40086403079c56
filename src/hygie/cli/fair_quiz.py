"""The calibration quiz in the terminal: a question at a time, then scores and sources."""

from __future__ import annotations

from rich.console import Console
from rich.padding import Padding

from hygie.service.fair_quiz import QuizAnswers, QuizForm, QuizQuestion
from hygie.views.judgement import QuizView
from hygie.views.messages import Language, Translate, translator
from hygie.views.numbers import format_number

__all__ = ["ask_quiz", "print_quiz"]

_QUIT = frozenset({"q", "quit", "quitter"})


def ask_quiz(form: QuizForm, language: Language) -> QuizAnswers:
    """Ask until the end, or until it is enough; what is skipped is not scored."""
    _ = translator(language)
    console = Console(highlight=False, markup=False, emoji=False)
    console.print(_("Give ranges that hold the truth 9 times in 10. Enter skips, q ends."), style="dim")
    intervals: dict[str, tuple[float, ...] | None] = {}
    statements: dict[str, float | None] = {}
    try:
        for number, question in enumerate(form.questions, start=1):
            console.print()
            console.print(f"{number} / {len(form.questions)}", style="dim")
            console.print(question.text + (f" ({question.unit})" if question.unit else ""), style="bold")
            answer = _ask(question, console, _)
            if answer is None:
                break
            if not answer:
                continue
            if question.kind == "interval":
                intervals[question.id] = tuple(answer)
            else:
                statements[question.id] = answer[0]
    except (EOFError, KeyboardInterrupt):
        console.print()
    return QuizAnswers(intervals=intervals, statements=statements)


def _ask(question: QuizQuestion, console: Console, _: Translate) -> list[float] | None:
    """Return what was typed: two numbers or one share; nothing when skipped, None when it is enough."""
    prompt = _("low and high, such as 10 40") if question.kind == "interval" else _("chance that it is true, 0 to 100")
    while True:
        typed = input(f"{prompt} > ").strip().casefold()
        if typed in _QUIT:
            return None
        if not typed:
            return []
        try:
            numbers = [float(word.replace(",", ".")) for word in typed.replace("%", " ").replace(";", " ").split()]
        except ValueError:
            numbers = []
        if question.kind == "interval" and len(numbers) == 2 and numbers[0] <= numbers[1]:
            return numbers
        if question.kind == "statement" and len(numbers) == 1 and 0.0 <= numbers[0] <= 100.0:
            return [numbers[0] / 100.0]
        console.print(_("“{text}” is not an answer here. Type {allowed}.", text=typed[:40], allowed=prompt))


def print_quiz(view: QuizView) -> None:
    """Print each answer beside the truth with its source, then scores and advice."""
    language = view.language
    _ = translator(language)
    console = Console(highlight=False, markup=False, emoji=False)
    console.print()
    for row in view.answers:
        console.print(f"{'✓' if row.good else '✗'} {row.question}")
        console.print(Padding(_("you: {answer} · truth: {truth}", answer=row.answer, truth=row.truth), (0, 0, 0, 2)))
        console.print(Padding(row.source, (0, 0, 0, 2)), style="dim")
    console.print()
    if view.intervals:
        console.print(
            _("90 % intervals that hold the truth: {hits} of {asked}", hits=view.hits, asked=view.intervals),
            style="bold",
        )
    if view.brier is not None:
        score = format_number(view.brier, language)
        console.print(
            _("Brier score over {count} statements: {score}", count=view.statements, score=score), style="bold"
        )
    for line in view.advice:
        console.print("• " + line)
