"""Encodings of official files: what is UTF-8 stays, what is not is read in one way only, and listed with its bytes."""

from __future__ import annotations

from pathlib import Path

import pytest

from hygie.core.errors import DocumentError
from hygie.facility.registers import Notebook, RegisterFinding, read_register, summarise_findings
from hygie.facility.registers.text_lines import read_text_lines

HEADER = "finess;nom;ville;année\n"


def decode(data: bytes) -> tuple[str, tuple[RegisterFinding, ...]]:
    notes = Notebook("file")
    return read_text_lines(data, name="file", notes=notes), notes.findings


class TestLines:
    @pytest.mark.parametrize("mark", [b"", b"\xef\xbb\xbf"])
    def test_utf8_needs_no_repair(self, mark: bytes) -> None:
        assert decode(mark + "HÔPITAL\nCŒUR\n".encode()) == ("HÔPITAL\nCŒUR\n", ())

    def test_a_whole_file_in_latin_1_is_one_repair(self) -> None:
        text, (finding,) = decode("n;nom\n1;HÔPITAL\n2;CH\n3;CÔTÉ\n".encode("latin-1"))
        assert text == "n;nom\n1;HÔPITAL\n2;CH\n3;CÔTÉ\n"
        assert (finding.kind, finding.topic, finding.line, finding.count) == ("repaired", "encoding", 2, 2)
        assert finding.value == r"1;H\xd4PITAL"
        assert "HÔPITAL" in (finding.repair or "")

    def test_each_odd_line_of_a_mixed_file_is_listed(self) -> None:
        data = "é\n".encode() + "HÔPITAL\n".encode("cp1252") + "CŒUR\n".encode() + "€uro – œuf\n".encode("cp1252")
        text, findings = decode(data)
        assert text == "é\nHÔPITAL\nCŒUR\n€uro – œuf\n"
        assert [(finding.line, finding.kind, finding.value) for finding in findings] == [
            (2, "repaired", r"H\xd4PITAL"),
            (4, "repaired", r"\x80uro \x96 \x9cuf"),
        ]

    def test_both_encodings_in_one_line(self) -> None:
        text, (finding,) = decode("É".encode() + b" et \xc9 \xe9\n" + "à\n".encode())
        assert text == "É et É é\nà\n"
        assert finding.line == 1

    @pytest.mark.parametrize("byte", [b"\x81", b"\x82", b"\x8d", b"\x9d"])
    def test_bytes_of_another_code_page_are_doubted(self, byte: bytes) -> None:
        # 0x82 is é for MS-DOS and ‚ for Windows: two readings, so no repair.
        text, (finding,) = decode(b"plain\nH" + byte + b"P\n")
        assert text.startswith("plain\nH")
        assert (finding.kind, finding.line) == ("doubtful", 2)

    @pytest.mark.parametrize(
        ("data", "message"),
        [("é;1\n".encode("utf-16"), "UTF-16"), (b"a\nb\0c\n", "NUL character")],
    )
    def test_not_text(self, data: bytes, message: str) -> None:
        with pytest.raises(DocumentError, match=message):
            decode(data)

    def test_a_damaged_file_is_refused_rather_than_repaired_without_end(self) -> None:
        with pytest.raises(DocumentError, match="too many repairs"):
            decode("à\n".encode() + b"\xc9\n" * 20_001)


class TestRegisters:
    def test_a_mixed_register_keeps_both_names(self, tmp_path: Path) -> None:
        path = tmp_path / "register_2024.csv"
        rows = "010000024;HÔPITAL DU LAC;ÉVIAN;2024\n".encode() + "690000054;CLINIQUE CÔTÉ;LYON;2024\n".encode("cp1252")
        path.write_bytes(HEADER.encode() + rows)
        register = read_register(path)
        assert [site.name for site in register.sites] == ["HÔPITAL DU LAC", "CLINIQUE CÔTÉ"]
        (repaired,) = summarise_findings(register.findings).repaired
        assert (repaired.topic, repaired.findings[0].line) == ("encoding", 3)

    def test_accents_that_were_lost_before_are_doubted_and_kept(self, tmp_path: Path) -> None:
        path = tmp_path / "register_2024.csv"
        path.write_text(HEADER + "010000024;HÃ”PITAL;ÉVIAN;2024\n", encoding="utf-8")
        register = read_register(path)
        assert register.sites[0].name == "HÃ”PITAL"
        damaged = [finding for finding in register.findings if finding.topic == "mojibake"]
        assert [(finding.line, finding.field, finding.kind) for finding in damaged] == [(2, "nom", "doubtful")]
