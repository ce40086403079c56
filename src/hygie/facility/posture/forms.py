"""The questionnaire as a file to fill in away from the terminal: YAML, CSV or XLSX."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import Any, Literal

import xlsxwriter  # type: ignore[import-untyped]

from hygie.core.errors import Finding, SchemaError, UsageError, suggest
from hygie.core.evidence import LocalText
from hygie.core.spreadsheets import neutralise_text
from hygie.facility.posture.answers import MAX_NOTE, Answer, clean_line, interpret_answer, read_answers
from hygie.facility.posture.importers.tables import fold, read_day
from hygie.facility.posture.questionnaire import UNKNOWN, Question, Questionnaire
from hygie.store.byte_sources import ByteSource
from hygie.store.documents import MAX_BYTES, read_document
from hygie.store.sheets import is_blank, open_sheet

__all__ = ["UNKNOWN_NAME", "FormKind", "read_form", "write_form"]

FormKind = Literal["yaml", "csv", "xlsx"]

UNKNOWN_NAME = LocalText("I do not know", "Je ne sais pas")

# Column → its header in English and French; a filled form may use either.
_HEADERS = {
    "id": LocalText("id", "identifiant"),
    "topic": LocalText("topic", "thème"),
    "text": LocalText("question", "question"),
    "why": LocalText("why it matters", "pourquoi cela compte"),
    "choices": LocalText("possible answers", "réponses possibles"),
    "answer": LocalText("answer", "réponse"),
    "on": LocalText("date", "date"),
    "note": LocalText("note", "remarque"),
}
_WIDTHS = {"id": 24, "topic": 22, "text": 60, "why": 60, "choices": 40, "answer": 22, "on": 14, "note": 40}
_PERCENT = LocalText("or a percentage such as 60 %", "ou un pourcentage comme 60 %")
_HEAD = LocalText(
    "Write an answer after each “:”. Leave a line empty if you skip the question. “unknown” says that nobody knows.",
    "Écrivez une réponse après chaque « : ». Laissez la ligne vide pour passer. « unknown » dit que personne ne sait.",
)


def write_form(questions: Sequence[Question], kind: FormKind, *, language: str) -> bytes:
    """Return an empty form."""
    if kind == "yaml":
        return _write_yaml(questions, language).encode("utf-8")
    return _write_csv(questions, language) if kind == "csv" else _write_xlsx(questions, language)


def list_choices(question: Question, language: str) -> str:
    """Return the possible answers of a question on one line."""
    names = [choice.name.in_language(language) for choice in question.choices]
    names.append(UNKNOWN_NAME.in_language(language))
    if question.percent:
        names.append(_PERCENT.in_language(language))
    return " / ".join(names)


def _write_yaml(questions: Sequence[Question], language: str) -> str:
    lines = [f"# {_HEAD.in_language(language)}", "schema: hygie.answers/1", "answers:"]
    topic = None
    for number, question in enumerate(questions, start=1):
        if question.topic != topic:
            topic = question.topic
            lines += ["", f"  # ── {topic.in_language(language)}"]
        choices = [f"{choice.id} = {choice.name.in_language(language)}" for choice in question.choices]
        choices.append(f"{UNKNOWN} = {UNKNOWN_NAME.in_language(language)}")
        if question.percent:
            choices.append(_PERCENT.in_language(language))
        lines += [
            "",
            f"  # {number} / {len(questions)} · {question.text.in_language(language)}",
            f"  # {question.why.in_language(language)}",
            *(f"  #   {choice}" for choice in choices),
            f"  {question.id}:",
        ]
    return "\n".join(lines) + "\n"


def _list_rows(questions: Sequence[Question], language: str) -> list[list[str]]:
    return [
        [
            question.id,
            question.topic.in_language(language),
            question.text.in_language(language),
            question.why.in_language(language),
            list_choices(question, language),
            "",
            "",
            "",
        ]
        for question in questions
    ]


def _write_csv(questions: Sequence[Question], language: str) -> bytes:
    stream = io.StringIO()
    # What French spreadsheets open without asking.
    writer = csv.writer(stream, delimiter=";" if language == "fr" else ",", lineterminator="\r\n")
    writer.writerow([name.in_language(language) for name in _HEADERS.values()])
    writer.writerows([neutralise_text(cell) for cell in row] for row in _list_rows(questions, language))
    return stream.getvalue().encode("utf-8-sig")


def _write_xlsx(questions: Sequence[Question], language: str) -> bytes:
    stream = io.BytesIO()
    options = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
    with xlsxwriter.Workbook(stream, options) as book:
        sheet = book.add_worksheet("hygie")
        bold = book.add_format({"bold": True, "bottom": 1})
        wrapped = book.add_format({"text_wrap": True, "valign": "top"})
        field = book.add_format({"valign": "top", "bg_color": "#eef4fa", "border": 1, "border_color": "#b9cfe3"})
        for column, (name, header) in enumerate(_HEADERS.items()):
            sheet.write_string(0, column, header.in_language(language), bold)
            sheet.set_column(column, column, _WIDTHS[name])
        places = list(_HEADERS)
        answer = places.index("answer")
        for row, (question, cells) in enumerate(zip(questions, _list_rows(questions, language), strict=True), start=1):
            for column, cell in enumerate(cells[:answer]):
                sheet.write_string(row, column, cell, wrapped)
            for column in range(answer, len(places)):
                sheet.write_blank(row, column, None, field)
            names = [choice.name.in_language(language) for choice in question.choices]
            rule: dict[str, Any] = {"validate": "list", "source": [*names, UNKNOWN_NAME.in_language(language)]}
            # A percentage is accepted too: the list then only proposes.
            sheet.data_validation(row, answer, row, answer, rule | ({"show_error": False} if question.percent else {}))
        sheet.freeze_panes(1, 1)
        sheet.set_landscape()
        sheet.fit_to_pages(1, 0)
    return stream.getvalue()


def read_form(path: Path, questionnaire: Questionnaire) -> tuple[dict[str, Answer], str | None]:
    """Return the answers of a filled form or of an answers file, and the facility that it names.

    Raises
    ------
    DocumentError
        The file cannot be read.
    SchemaError
        A column, a question or an answer is wrong; every fault is listed.
    """
    if path.suffix.lower() in (".yaml", ".yml", ".json"):
        return read_answers(read_document(path), questionnaire)
    return _read_table(path, questionnaire), None


def _read_table(path: Path, questionnaire: Questionnaire) -> dict[str, Answer]:
    questions = {question.id: question for question in questionnaire.questions}
    answers: dict[str, Answer] = {}
    findings: list[Finding] = []
    source = ByteSource.from_path(path)
    if source.size > MAX_BYTES:
        raise UsageError(
            "the file is too large for a form", file=str(path), allowed=f"at most {MAX_BYTES / 2**20:g} MiB"
        )
    with open_sheet(ByteSource(name=source.name, path=source.path, max_bytes=8 * MAX_BYTES)) as sheet:
        folded = [fold(column) for column in sheet.head.columns]
        places = {
            name: next(folded.index(word) for word in (fold(header.en), fold(header.fr)) if word in folded)
            for name, header in _HEADERS.items()
            if {fold(header.en), fold(header.fr)} & set(folded)
        }
        for name in ("id", "answer"):
            if name not in places:
                raise SchemaError(
                    f"there is no column “{_HEADERS[name].en}”",
                    file=str(path),
                    line=sheet.head.line,
                    value=", ".join(sheet.head.columns)[:200],
                    allowed=f"{_HEADERS[name].en}, {_HEADERS[name].fr}",
                    repair="write a form with `hygie posture form`, and fill its columns",
                )
        for row in sheet.rows:
            cells = {name: row.cells[place] for name, place in places.items()}
            try:
                if row.findings:
                    raise SchemaError.from_findings(row.findings)
                if is_blank(cells["answer"]):
                    continue
                name = str(cells["id"] or "").strip()
                if name not in questions:
                    raise SchemaError(
                        f"there is no question “{name[:80]}”",
                        field="id",
                        repair=suggest(name, questions) or "keep the ids of the form",
                    )
                answers[name] = _read_row(questions[name], cells)
            except SchemaError as error:
                findings += error.located(file=str(path), line=row.line).findings
    if findings:
        raise SchemaError.from_findings(findings)
    return answers


def _read_row(question: Question, cells: dict[str, Any]) -> Answer:
    on: date | None = None
    if not is_blank(cells.get("on")):
        try:
            on = read_day(str(cells["on"]))
        except ValueError:
            raise SchemaError(
                "this is not a date", field="date", value=cells["on"], allowed="2026-11-27 or 27/11/2026"
            ) from None
    given = cells["answer"]
    note = clean_line(str(cells.get("note") or "").strip())[:MAX_NOTE] or None
    return interpret_answer(question, given if isinstance(given, int | float | str) else str(given), on=on, note=note)
