"""Laws of postures: a form comes back as the posture that its answers make, and a file keeps all but its posture."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from tempfile import TemporaryDirectory

from hypothesis import given, settings
from hypothesis import strategies as st

from hygie.facility.organisation import PostureEntry
from hygie.facility.posture.answers import Answer, derive_entries, read_answers, write_answers
from hygie.facility.posture.block import edit_posture
from hygie.facility.posture.forms import read_form, write_form
from hygie.facility.posture.merging import merge_posture
from hygie.facility.posture.questionnaire import UNKNOWN
from hygie.store.documents import parse_document
from posture_kit import CHOICES, small_questionnaire

QUESTIONNAIRE = small_questionnaire()
DAY = date(2026, 11, 27)
CONTROLS = ("awareness", "mfa", "monitoring", "segmentation", "zoning_9")

dates = st.dates(date(1990, 1, 1), date(2100, 1, 1))
shares = st.floats(0.0, 1.0).map(lambda share: round(share, 4))


@st.composite
def answers_to(draw: st.DrawFn) -> dict[str, Answer]:
    answers: dict[str, Answer] = {}
    for question in QUESTIONNAIRE.questions:
        kinds = ["none", "choice", "unknown"] + ["percent"] * question.percent
        kind = draw(st.sampled_from(kinds))
        on = draw(dates)
        note = draw(
            st.none() | st.text(st.characters(codec="utf-8", exclude_categories=("C", "Z")), min_size=1, max_size=40)
        )
        if kind == "choice":
            choice = draw(st.sampled_from(CHOICES))
            answers[question.id] = Answer(value=choice.id, share=choice.share, on=on, note=note)
        elif kind == "unknown":
            answers[question.id] = Answer(value=UNKNOWN, share=None, on=on, note=note)
        elif kind == "percent":
            share = draw(shares)
            answers[question.id] = Answer(value=share, share=share, on=on, note=note)
    return answers


@given(answers_to())
def test_answers_come_back_from_their_file(answers: dict[str, Answer]) -> None:
    document = parse_document(write_answers(answers, facility="x").encode(), name="a.yaml")
    assert read_answers(document, QUESTIONNAIRE) == (answers, "x")


@given(answers_to(), st.sampled_from(["en", "fr"]))
@settings(max_examples=40, deadline=None)
def test_a_form_filled_in_yaml_makes_the_same_posture(answers: dict[str, Answer], language: str) -> None:
    text = write_form(QUESTIONNAIRE.questions, "yaml", language=language).decode()
    for name, answer in answers.items():
        words = answer.value
        if isinstance(words, str) and words != UNKNOWN:
            chosen = next(choice for choice in CHOICES if choice.id == words)
            words = "'" + chosen.name.in_language(language).replace("'", "''") + "'"
        text = text.replace(f"  {name}:\n", f"  {name}: {{answer: {words}, on: {answer.on}}}\n")
    with TemporaryDirectory() as folder:
        path = Path(folder) / "form.yaml"
        path.write_text(text, encoding="utf-8")
        filled, _ = read_form(path, QUESTIONNAIRE)
    made, expected = (derive_entries(QUESTIONNAIRE, one, source="f", on=DAY) for one in (filled, answers))
    assert made == expected


@given(answers_to())
def test_a_coverage_lies_between_the_shares_that_make_it(answers: dict[str, Answer]) -> None:
    for control, entry in derive_entries(QUESTIONNAIRE, answers, source="f", on=DAY).items():
        behind = [
            answer.share
            for question in QUESTIONNAIRE.questions
            if control in question.weights and (answer := answers.get(question.id)) and answer.share is not None
        ]
        assert min(behind) - 0.001 <= entry.coverage <= max(behind) + 0.001


entries = st.builds(
    PostureEntry,
    coverage=shares,
    on=st.none() | dates,
    origin=st.sampled_from(["owner", "questionnaire", "csv", "oscal", "ciso_assistant", "navigator"]),
    evidence=st.none()
    | st.text(st.characters(codec="utf-8", exclude_categories=("C",), exclude_characters="\u2028\u2029"), max_size=40),
)
COMMENTS = st.sampled_from(["", "  # mine", " # “quoted”: {not} a value", "\t# tab"])
SPACES = st.sampled_from(["", "\n", "# between\n", "\n  # indented\n"])


@st.composite
def facility_texts(draw: st.DrawFn) -> tuple[str, str, str]:
    """Return what stands before a posture, the posture, and what stands after it."""
    before = draw(
        st.sampled_from(
            ["a: 1\n", "# top\nschema: x # é\nlinks:\n  - {posture: {mfa: 1}}\n", "b: |\n  posture:\n    mfa: 1\n"]
        )
    )
    chosen = draw(st.lists(st.sampled_from(CONTROLS), unique=True, max_size=4))
    indent = draw(st.sampled_from(["  ", "    "]))
    lines = (
        [f"posture:{draw(COMMENTS)}\n"]
        if chosen
        else draw(st.sampled_from([[], ["posture:\n"], ["posture: {} # none\n"]]))
    )
    for control in chosen:
        form = draw(
            st.sampled_from(["0.25", "{coverage: 0.5, on: 2024-01-01}", "\n{i}  coverage: 0.5\n{i}  evidence: 'a # b'"])
        )
        lines.append(f"{indent}{control}: {form.replace('{i}', indent)}{draw(COMMENTS)}\n")
    after = draw(SPACES) + draw(st.sampled_from(["", "z: [1, 2] # end\n", "z:\n  - posture: 1\n"]))
    return before, "".join(lines), after


@given(
    facility_texts(), st.dictionaries(st.sampled_from(CONTROLS), entries, min_size=1), st.sampled_from(["\n", "\r\n"])
)
def test_a_file_keeps_all_but_its_posture(
    parts: tuple[str, str, str], wanted: dict[str, PostureEntry], newline: str
) -> None:
    before, block, after = (part.replace("\n", newline) for part in parts)
    former = parse_document((before + block + after).encode(), name="f.yaml").data
    edited = edit_posture((before + block + after).encode(), wanted, name="f.yaml").decode()
    assert edited.startswith(before)
    if block:
        assert edited.endswith(after)
    else:
        assert after in edited
    data = parse_document(edited.encode(), name="f.yaml").data
    assert {key: value for key, value in data.items() if key != "posture"} == {
        key: value for key, value in former.items() if key != "posture"
    }
    kept = {control: value for control, value in (former.get("posture") or {}).items() if control not in wanted}
    assert {control: value for control, value in data["posture"].items() if control not in wanted} == kept
    for control, entry in wanted.items():
        assert PostureEntry.model_validate(data["posture"][control]) == entry
    # Every line of the block that speaks of another control is still there.
    for line in block.splitlines():
        if line.strip().split(":")[0] in kept and line.strip().endswith(("0.25", "01-01}")):
            assert line in edited


@given(
    st.dictionaries(st.sampled_from(CONTROLS), shares | entries),
    st.dictionaries(st.sampled_from(CONTROLS), entries.filter(lambda entry: entry.origin != "owner")),
)
def test_what_the_owner_wrote_and_what_is_newer_stays(
    current: dict[str, float | PostureEntry], proposed: dict[str, PostureEntry]
) -> None:
    for change in merge_posture(current, proposed):
        if change.outcome in ("added",):
            assert change.control not in current
        elif change.outcome == "changed":
            assert change.before is not None
            assert change.before.origin != "owner"
            assert change.before.on is not None
            assert change.after.on is not None
            assert change.before.on <= change.after.on
