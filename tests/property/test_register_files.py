"""Whatever a file holds, it gives a register or an error that teaches, and every repair is said."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from hygie.core.errors import HygieError
from hygie.facility.registers import Notebook, read_register, sum_regions
from hygie.facility.registers.cells import CellReader, has_check_digit
from hygie.facility.registers.text_lines import read_text_lines

HEADS = (
    b"",
    b"finess;finess ej;nom;lits mco;etp\n",
    b"finess;etalab;98;2031-01-15\nstructureet;019900018;019980010;",
    b"structureej;019980010;",
    b"geolocalisation;019900018;",
    b"PK\x03\x04",
    b"\x1f\x8b",
)
CELLS = st.one_of(st.text(max_size=12), st.integers(-5, 10**9), st.floats(), st.booleans(), st.none())


@given(head=st.sampled_from(HEADS), body=st.binary(max_size=300))
def test_any_bytes(tmp_path_factory, head: bytes, body: bytes) -> None:
    path: Path = tmp_path_factory.mktemp("any") / "any-2031.csv"
    path.write_bytes(head + body)
    try:
        register = read_register(path)
    except HygieError as error:
        assert all(finding.message and finding.repair for finding in error.findings)
    else:
        assert Counter(site.entity for site in register.sites) == {
            finess: len(entity.sites) for finess, entity in register.entities.items()
        }
        assert sum(total["sites"] for total in sum_regions(register).values()) == len(register.sites)


@given(
    st.lists(st.text(st.characters(exclude_characters="\0\n\r", codec="cp1252"), max_size=20), min_size=1, max_size=8),
    st.data(),
)
def test_lines_in_two_encodings_keep_their_text(words: list[str], data: st.DataObject) -> None:
    """Accents between plain letters, as in French, are never lost, and each line that is not UTF-8 is counted."""
    lines = [" ".join(word) for word in words]
    encoded = [line.encode(data.draw(st.sampled_from(["utf-8", "cp1252"]))) for line in lines]
    notes = Notebook("file")
    assert read_text_lines(b"\n".join(encoded), name="file", notes=notes).split("\n") == lines
    assert sum(finding.count for finding in notes.findings) == sum(not _is_utf8(line) for line in encoded)


def _is_utf8(line: bytes) -> bool:
    try:
        line.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True


@given(CELLS)
def test_a_cell_is_a_figure_or_a_finding(cell: object) -> None:
    notes = Notebook("file")
    reader = CellReader(notes, "file", comma=True)
    figure = reader.read_count(cell, line=2, column="beds")  # type: ignore[arg-type]
    amount = reader.read_amount(cell, line=2, column="fte")  # type: ignore[arg-type]
    blank = cell is None or (isinstance(cell, str) and not cell.strip())
    assert (figure is None) == blank or (figure is None and notes.findings)
    assert amount is None or amount >= 0
    assert figure is None or figure >= 0


@given(st.integers(0, 10**8 - 1))
def test_a_leading_zero_is_restored_only_when_the_check_digit_fits(number: int) -> None:
    notes = Notebook("file")
    text = f"{number:08d}"
    restored = CellReader(notes, "file").read_finess(text, line=2, column="finess")
    (finding,) = notes.findings
    assert finding.value == text
    assert (restored, finding.kind) == ((f"0{text}", "repaired") if has_check_digit(f"0{text}") else (None, "doubtful"))
