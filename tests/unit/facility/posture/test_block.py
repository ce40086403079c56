"""The posture block edited in its text: comments, order and everything else stay."""

from __future__ import annotations

from datetime import date

import pytest

from hygie.core.errors import DocumentError, StoreError
from hygie.facility.organisation import PostureEntry
from hygie.facility.posture.block import edit_posture

MFA = PostureEntry(coverage=0.6, on=date(2026, 11, 27), origin="csv", evidence='t.csv: "row" 2')
LINE = '  mfa: {coverage: 0.6, on: 2026-11-27, origin: csv, evidence: "t.csv: \\"row\\" 2"}'


def edit(text: str) -> str:
    return edit_posture(text.encode(), {"mfa": MFA}, name="f.yaml").decode()


def test_a_new_block_goes_at_the_end() -> None:
    assert edit("# mine\na: 1 # one") == f"# mine\na: 1 # one\nposture:\n{LINE}\n"


def test_an_entry_goes_below_the_others_and_above_what_follows() -> None:
    text = "posture:\n  # before\n  awareness: 0.3  # half\n\n# links\nlinks: []\n"
    assert edit(text) == f"posture:\n  # before\n  awareness: 0.3  # half\n{LINE}\n\n# links\nlinks: []\n"


def test_only_the_line_of_the_entry_changes_and_its_comment_stays() -> None:
    text = "a: 1\nposture:\n  awareness: 1\n  mfa: 0.5   # only the VPN\n  # next\n  monitoring: 0\nb: {c: 2}\n"
    assert edit(text) == text.replace("  mfa: 0.5   #", f"{LINE}   #")


def test_an_entry_over_several_lines_with_comments_inside() -> None:
    inside = "    coverage: 0.5\n    # asked twice\n    evidence: >\n      long\n      text\n"
    text = f"posture:\n  mfa:\n{inside}\n  awareness: 1\n"
    assert edit(text) == f"posture:\n  # asked twice\n{LINE}\n\n  awareness: 1\n"
    assert edit(f"posture:\n  mfa:\n{inside}") == f"posture:\n  # asked twice\n{LINE}\n"


def test_the_indentation_of_the_block_is_kept() -> None:
    assert edit("posture:\n     awareness: 1\nb: 1\n").splitlines()[2] == "   " + LINE


def test_line_ends_and_mark_of_windows_are_kept() -> None:
    raw = b"\xef\xbb\xbf" + "# é\r\nposture:\r\n  awareness: 1\r\nb: 1\r\n".encode()
    edited = edit_posture(raw, {"mfa": MFA}, name="f.yaml")
    assert edited == raw.replace(b"b: 1", LINE.encode() + b"\r\nb: 1")


@pytest.mark.parametrize("empty", ["posture:", "posture: {}", "posture: ~", "posture:  {  }"])
def test_an_empty_block_is_opened(empty: str) -> None:
    assert edit(f"a: 1\n{empty} # none yet\nb: 2\n") == f"a: 1\nposture: # none yet\n{LINE}\nb: 2\n"


def test_braces_on_one_line_become_a_block() -> None:
    text = "posture: {awareness: 0.5, mfa: 0.1, monitoring: {coverage: 1, evidence: 'it: x'}}  # all\nb: 2\n"
    assert edit(text) == (
        f'posture:  # all\n  awareness: 0.5\n  monitoring: {{coverage: 1, evidence: "it: x"}}\n{LINE}\nb: 2\n'
    )


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ('{"a": 1}', "as JSON, or in braces"),
        ("[1, 2]", "does not hold"),
        ("posture: {\n  awareness: 1 # half\n  }\n", "over several lines"),
        ("posture: [mfa]\n", "no group"),
        ("posture: yes\n", "no group"),
        ("posture: {awareness: yes}\n", "unusual"),
    ],
)
def test_what_cannot_be_edited_is_refused_with_a_reason(text: str, reason: str) -> None:
    with pytest.raises(StoreError, match=reason) as caught:
        edit(text)
    assert caught.value.findings[0].repair


def test_what_is_no_document_is_refused() -> None:
    with pytest.raises(DocumentError, match="not valid YAML"):
        edit("a: [1\nb: 2\n")


def test_nothing_to_write_changes_nothing() -> None:
    raw = b"a: 1\r\n# end"
    assert edit_posture(raw, {}, name="f.yaml") is raw


def test_a_key_inside_another_block_is_not_taken_for_the_posture() -> None:
    text = "links:\n  - neighbour:\n      posture: {awareness: 1}\n"
    assert edit(text) == f"{text}posture:\n{LINE}\n"
