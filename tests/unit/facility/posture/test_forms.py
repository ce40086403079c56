"""Forms to fill in elsewhere, in three formats and two languages."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import openpyxl
import pytest

from hygie.core.errors import DocumentError, SchemaError
from hygie.facility.posture.answers import Answer
from hygie.facility.posture.forms import FormKind, read_form, write_form
from posture_kit import small_questionnaire

QUESTIONNAIRE = small_questionnaire()


def write(tmp_path: Path, kind: FormKind, language: str) -> Path:
    path = tmp_path / f"form.{kind}"
    path.write_bytes(write_form(QUESTIONNAIRE.questions, kind, language=language))
    return path


@pytest.mark.parametrize("language", ["en", "fr"])
@pytest.mark.parametrize("kind", ["yaml", "csv", "xlsx"])
def test_an_empty_form_holds_no_answer(tmp_path: Path, kind: FormKind, language: str) -> None:
    assert read_form(write(tmp_path, kind, language), QUESTIONNAIRE) == ({}, None)


def test_yaml_filled_by_hand(tmp_path: Path) -> None:
    path = write(tmp_path, "yaml", "fr")
    text = path.read_text(encoding="utf-8")
    assert "# 1 / 3 · remote\u202f?" in text
    assert "#   partly = En partie" in text
    path.write_text(text.replace("  remote:\n", "  remote: 60 %\n").replace("  admin:\n", "  admin: En partie\n"))
    answers, _ = read_form(path, QUESTIONNAIRE)
    assert answers == {"remote": Answer(value=0.6, share=0.6), "admin": Answer(value="partly", share=0.4)}


@pytest.mark.parametrize(("language", "delimiter"), [("en", ","), ("fr", ";")])
def test_csv_filled_in_a_spreadsheet(tmp_path: Path, language: str, delimiter: str) -> None:
    path = write(tmp_path, "csv", language)
    lines = path.read_text(encoding="utf-8-sig").splitlines()
    assert len(lines) == 4
    filled = lines[1].removesuffix(delimiter * 3) + delimiter + delimiter.join(("60 %", "27/11/2026", "the VPN"))
    # A spreadsheet saves without the mark of UTF-8, and in its own encoding.
    path.write_bytes("\r\n".join([lines[0], filled, *lines[2:]]).encode("cp1252", errors="replace"))
    answers, _ = read_form(path, QUESTIONNAIRE)
    assert answers == {"remote": Answer(value=0.6, share=0.6, on=date(2026, 11, 27), note="the VPN")}


def test_xlsx_filled_in_a_spreadsheet(tmp_path: Path) -> None:
    path = write(tmp_path, "xlsx", "fr")
    book = openpyxl.load_workbook(path)
    sheet = book.active
    header = [cell.value for cell in sheet[1]]
    assert header[0] == "identifiant"
    column = header.index("réponse") + 1
    sheet.cell(2, column, 0.6).number_format = "0 %"
    sheet.cell(3, column, "Pas du tout")
    sheet.cell(4, column, "Je ne sais pas")
    rules = {str(rule.sqref): rule for rule in sheet.data_validations.dataValidation}
    assert len(rules) == 3
    # The list binds where only a choice is an answer, and proposes where a percentage is one too.
    assert [rule.showErrorMessage for rule in rules.values()] == [False, True, False]
    book.save(path)
    answers, _ = read_form(path, QUESTIONNAIRE)
    assert [(name, answer.share) for name, answer in answers.items()] == [
        ("remote", 0.6),
        ("admin", 0.0),
        ("zones", None),
    ]


def test_faults_are_told_with_their_line(tmp_path: Path) -> None:
    path = tmp_path / "form.csv"
    path.write_text("id,answer,date\nremote,often,\nadmin,all,tomorrow\nabsent,all,\nzones,all\n", encoding="utf-8")
    with pytest.raises(SchemaError) as caught:
        read_form(path, QUESTIONNAIRE)
    assert [(finding.line, finding.field) for finding in caught.value.findings] == [
        (2, "remote"),
        (3, "date"),
        (4, "id"),
        (5, None),
    ]


def test_a_table_that_is_no_form(tmp_path: Path) -> None:
    path = tmp_path / "form.csv"
    path.write_text("name,value\nx,y\n", encoding="utf-8")
    with pytest.raises(SchemaError, match="no column “id”"):
        read_form(path, QUESTIONNAIRE)


@pytest.mark.parametrize("ending", ["yaml", "csv", "xlsx"])
def test_a_file_that_is_not_there(tmp_path: Path, ending: str) -> None:
    with pytest.raises(DocumentError):
        read_form(tmp_path / f"absent.{ending}", QUESTIONNAIRE)
