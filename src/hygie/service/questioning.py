"""The questionnaire asked question by question: every answer is kept at once, so that nothing is lost."""

from __future__ import annotations

from datetime import date
from pathlib import Path

from hygie.facility.organisation import Facility
from hygie.facility.posture.answers import Answer, interpret_answer, read_answers, write_answers
from hygie.facility.posture.forms import UNKNOWN_NAME
from hygie.facility.posture.questionnaire import UNKNOWN, Question
from hygie.service.posture import Desk, apply_answers, check_owner, open_desk
from hygie.store.documents import read_document
from hygie.store.text_files import replace_file
from hygie.views.messages import Language
from hygie.views.numbers import format_percent
from hygie.views.posture import ChoiceView, PostureEdit, QuestionView

__all__ = ["Questioning", "open_questioning"]


class Questioning:
    """One sitting at the questionnaire, or the rest of one.

    Attributes
    ----------
    questions
        As they are asked.
    file
        Where the answers are kept.
    """

    def __init__(
        self,
        desk: Desk,
        path: Path,
        facility: Facility,
        *,
        file: Path,
        answers: dict[str, Answer],
        full: bool,
        language: Language,
        today: date,
    ) -> None:
        self._desk = desk
        self._path = path
        self._facility = facility
        self._answers = answers
        self._language = language
        self._today = today
        self._questions = desk.questionnaire.select(full=full)
        self.file = file
        self.name = facility.name
        self.questions = [self._show(question, number) for number, question in enumerate(self._questions, start=1)]

    def _show(self, question: Question, number: int) -> QuestionView:
        language = self._language
        choices = [ChoiceView(id=choice.id, name=choice.name.in_language(language)) for choice in question.choices]
        return QuestionView(
            id=question.id,
            number=number,
            total=len(self._questions),
            topic=question.topic.in_language(language),
            text=question.text.in_language(language),
            why=question.why.in_language(language),
            choices=[*choices, ChoiceView(id=UNKNOWN, name=UNKNOWN_NAME.in_language(language))],
            percent=question.percent,
        )

    @property
    def answered(self) -> int:
        """How many of the questions have an answer."""
        return sum(question.id in self._answers for question in self._questions)

    @property
    def first_open(self) -> int:
        """Place of the first question without an answer, 0 when all have one."""
        return next((place for place, one in enumerate(self._questions) if one.id not in self._answers), 0)

    def describe_answer(self, place: int) -> str | None:
        """Return the present answer of a question in words, None when it has none."""
        answer = self._answers.get(self._questions[place].id)
        if answer is None:
            return None
        if isinstance(answer.value, str):
            return next(choice.name for choice in self.questions[place].choices if choice.id == answer.value)
        return format_percent(answer.value, self._language)

    def answer(self, place: int, text: str) -> None:
        """Take an answer, and keep it on disk before the next question is asked.

        Raises
        ------
        SchemaError
            It is none of the answers of the question.
        StoreError
            It cannot be kept.
        """
        question = self._questions[place]
        self._answers[question.id] = interpret_answer(question, text, on=self._today)
        replace_file(self.file, write_answers(self._answers, facility=self._facility.id).encode("utf-8"))

    def apply(self, *, replace: bool = False, dry_run: bool = False) -> PostureEdit:
        """Put the posture that the answers make into the facility file."""
        return apply_answers(
            self._desk,
            self._path,
            self._answers,
            source=self.file,
            as_of=self._today,
            language=self._language,
            replace=replace,
            dry_run=dry_run,
        )


def open_questioning(path: Path, *, answers: Path | None, full: bool, language: Language, today: date) -> Questioning:
    """Begin the questionnaire for a facility, or go on with it.

    Parameters
    ----------
    answers
        Where the answers are kept; ``<facility>.answers.yaml`` beside the facility file by default.

    Raises
    ------
    HygieError
        The facility file or the answers cannot be read, or the answers are another facility's.
    """
    desk = open_desk(as_of=today)
    facility = desk.read_facility(path)
    file = answers or path.with_name(f"{path.stem}.answers.yaml")
    known: dict[str, Answer] = {}
    if file.exists():
        known, named = read_answers(read_document(file), desk.questionnaire)
        check_owner(file, named, facility)
    return Questioning(desk, path, facility, file=file, answers=known, full=full, language=language, today=today)
