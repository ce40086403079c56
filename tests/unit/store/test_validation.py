"""Validation of documents: each refusal has its file, line, field, value, limits and repair, in plain words."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated, Literal, Self

import pytest
from pydantic import AfterValidator, BaseModel, ConfigDict, Field, model_validator
from pydantic_core import PydanticCustomError

from hygie.core.errors import Finding, SchemaError, UnitError
from hygie.core.units import get_unit
from hygie.store.documents import parse_document, validate_model


class Colour(StrEnum):
    RED = "red"
    BLUE = "blue"


class Base(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)


def check_even(value: int) -> int:
    if value % 2:
        raise ValueError("the number of shifts must be even")
    return value


def check_word(value: str) -> str:
    if value != "ok":
        raise PydanticCustomError("hygie", "say ok", {"allowed": "ok", "repair": "write “ok”"})
    return value


class Ward(Base):
    beds: Annotated[int, Field(ge=0, le=500)]
    share: Annotated[float, Field(gt=0.0, lt=1.0)] = 0.5
    kind: Literal["surgery", "medicine"] = "surgery"
    colour: Annotated[Colour, Field(strict=False)] = Colour.RED
    shifts: Annotated[int, AfterValidator(check_even)] = 2
    word: Annotated[str, AfterValidator(check_word)] = "ok"
    code: Annotated[str, Field(pattern=r"^[A-Z]+$", min_length=2, max_length=4)] = "AB"


class Hospital(Base):
    name: str
    open: bool = True
    wards: Annotated[list[Ward], Field(max_length=3)] = Field(default_factory=list)
    by_name: dict[str, Ward] = Field(default_factory=dict)
    main: Ward | None = None
    size: int | str = 0
    since: str = Field(default="2020", alias="from")

    @model_validator(mode="after")
    def _check(self) -> Self:
        if self.name == "nowhere":
            raise ValueError("a hospital must be somewhere")
        return self


def refuse(text: str, model: type[BaseModel] = Hospital) -> list[Finding]:
    document = parse_document(text.encode(), name="h.yaml")
    with pytest.raises(SchemaError, match="h.yaml") as caught:
        validate_model(document, model)
    return list(caught.value.findings)


def test_valid_data_become_the_model() -> None:
    document = parse_document(b"x:\n- {name: A, from: '1999', wards: [{beds: 3}]}\n", name="h.yaml")
    hospital = validate_model(document, Hospital, path=("x", 0))
    assert (hospital.name, hospital.since, hospital.wards[0].beds) == ("A", "1999", 3)


CASES = {
    "missing": ("open: true", "name", "“name” is missing", None, "add “name:”"),
    "unknown field": (
        "name: A\nopenn: true",
        "openn",
        "unknown field “openn”",
        "by_name, from, main, name, open, size, wards",
        "did you mean “open”?",
    ),
    "unknown nested field": (
        "name: A\nwards:\n- beds: 1\n  bed: 2",
        "wards.0.bed",
        "unknown field “bed”",
        "beds, code, colour, kind, share, shifts, word",
        "did you mean “beds”?",
    ),
    "unknown field under a key": (
        "name: A\nby_name:\n  north: {beds: 1, zzz: 2}",
        "by_name.north.zzz",
        "unknown field “zzz”",
        "beds, code, colour, kind, share, shifts, word",
        "remove the field",
    ),
    "text for number": (
        "name: A\nmain: {beds: many}",
        "main.beds",
        "“beds” must be a whole number",
        None,
        "write digits only, with a point for decimals, and no unit or quotes",
    ),
    "float for integer": (
        "name: A\nmain: {beds: 1.5}",
        "main.beds",
        "“beds” must be a whole number",
        None,
        None,
    ),
    "number for text": ("name: 75", "name", "“name” must be a text", None, 'put it in quotes: "75"'),
    "true for text": ("name: true", "name", "“name” must be a text", None, 'put it in quotes: "true"'),
    "nothing for text": ("name:", "name", "“name” must be a text", None, "give a value"),
    "word for boolean": ("name: A\nopen: yes", "open", "“open” must be true or false", None, None),
    "text for list": (
        "name: A\nwards: x",
        "wards",
        "“wards” must be a list",
        None,
        "write [a, b], or one “- a” line per entry",
    ),
    "text for mapping": (
        "name: A\nmain: x",
        "main",
        "“main” must be a group of “name: value” lines",
        None,
        None,
    ),
    "too small": ("name: A\nmain: {beds: -1}", "main.beds", "“beds” is too small", "≥ 0", None),
    "too large": ("name: A\nmain: {beds: 501}", "main.beds", "“beds” is too large", "≤ 500", None),
    "strictly above": (
        "name: A\nmain: {beds: 1, share: 0}",
        "main.share",
        "“share” is too small",
        "> 0.0",
        None,
    ),
    "strictly below": (
        "name: A\nmain: {beds: 1, share: 1}",
        "main.share",
        "“share” is too large",
        "< 1.0",
        None,
    ),
    "literal": (
        "name: A\nmain: {beds: 1, kind: surgry}",
        "main.kind",
        "“kind” is not one of the accepted values",
        "surgery, medicine",
        "did you mean “surgery”?",
    ),
    "enumeration": (
        "name: A\nmain: {beds: 1, colour: green}",
        "main.colour",
        "“colour” is not one of the accepted values",
        "red, blue",
        "use one of the accepted values",
    ),
    "own rule": (
        "name: A\nmain: {beds: 1, shifts: 3}",
        "main.shifts",
        "the number of shifts must be even",
        None,
        None,
    ),
    "own rule with repair": ("name: A\nmain: {beds: 1, word: no}", "main.word", "say ok", "ok", "write “ok”"),
    "pattern": (
        "name: A\nmain: {beds: 1, code: abc}",
        "main.code",
        "“code” is not written as expected",
        "the pattern ^[A-Z]+$",
        None,
    ),
    "too short": (
        "name: A\nmain: {beds: 1, code: A}",
        "main.code",
        "“code” is too short",
        "at least 2 characters",
        None,
    ),
    "too long": (
        "name: A\nmain: {beds: 1, code: ABCDE}",
        "main.code",
        "“code” is too long",
        "at most 4 characters",
        None,
    ),
    "too many": (
        "name: A\nwards: [{beds: 1}, {beds: 1}, {beds: 1}, {beds: 1}]",
        "wards",
        "“wards” has too many entries",
        "at most 3",
        None,
    ),
    "one of two kinds": ("name: A\nsize: [1]", "size", "“size” must be a whole number or a text", None, None),
    "whole document": ("- a", None, "this entry must be a group of “name: value” lines", None, None),
    "rule of the whole": ("name: nowhere", None, "a hospital must be somewhere", None, None),
}


@pytest.mark.parametrize(("text", "field", "message", "allowed", "repair"), CASES.values(), ids=CASES.keys())
def test_refusals_are_plain(
    text: str, field: str | None, message: str, allowed: str | None, repair: str | None
) -> None:
    (finding,) = refuse(text)
    assert finding.message == message
    assert finding.field == field
    assert finding.code == "HYG-202"
    assert finding.allowed == allowed
    if repair is not None:
        assert finding.repair == repair
    assert "pydantic" not in finding.render().lower()


def test_lines_are_those_of_the_field_or_of_its_nearest_ancestor() -> None:
    findings = refuse("name: A\nwards:\n  - beds: 1\n    kind: x\n  - share: 0.1\nmain:\n  beds: -1\n")
    assert [(finding.line, finding.field) for finding in findings] == [
        (4, "wards.0.kind"),
        (5, "wards.1.beds"),
        (7, "main.beds"),
    ]


def test_values_are_shown_and_bounded() -> None:
    (finding,) = refuse("name: A\nextra: " + "x" * 1000)
    assert finding.value is not None
    assert finding.value.startswith("xxx")
    assert len(finding.value) <= 120


def test_path_prefixes_the_field() -> None:
    document = parse_document(b"list:\n- name: A\n- nam: B\n", name="h.yaml")
    with pytest.raises(SchemaError, match=r"h.yaml:3: “name” is missing[\s\S]*field:   list\.1\.name"):
        validate_model(document, Hospital, path=("list", 1))


def test_a_path_that_does_not_exist_is_refused() -> None:
    document = parse_document(b"hospitals: []\n", name="h.yaml")
    with pytest.raises(SchemaError, match="did you mean “hospitals”"):
        validate_model(document, Hospital, path=("hospital",))


class Measured(Base):
    unit: Annotated[str, AfterValidator(lambda symbol: get_unit(symbol).symbol)]


def test_own_errors_of_a_validator_keep_their_kind_and_gain_a_place() -> None:
    document = parse_document(b"a: 1\nx:\n  unit: furlong\n", name="h.yaml")
    with pytest.raises(UnitError, match="unknown unit “furlong”") as caught:
        validate_model(document, Measured, path=("x",))
    finding = caught.value.findings[0]
    assert (finding.file, finding.line, finding.field) == ("h.yaml", 2, "x")
