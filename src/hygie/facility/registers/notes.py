"""What the reading of a register leaves to check: missing, doubtful, or repaired while it was read.

A repair is made only where one reading is possible, is always listed, and shows what stood in the file.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from types import MappingProxyType
from typing import Literal

from hygie.core.errors import DocumentError, Finding, SchemaError

__all__ = [
    "TOPICS",
    "FindingGroup",
    "FindingKind",
    "FindingSummary",
    "Notebook",
    "RegisterFinding",
    "note_synthetic",
    "summarise_findings",
]

# Missing and doubtful values of one topic that are listed one by one; past it they are only counted.
MAX_LISTED = 1_000
# A file that needs more repairs than this is damaged: repairs are never left unlisted.
MAX_REPAIRS = 20_000

FindingKind = Literal["missing", "doubtful", "repaired"]

# What findings are about, in general words; a finding itself names the row and the value.
TOPICS: Mapping[str, str] = MappingProxyType(
    {
        "activity": "the directory gives no activity",
        "cell": "a cell is empty",
        "category": "the category is not known",
        "check_digit": "the check digit of the FINESS number does not fit",
        "column": "no column gives this",
        "department": "a leading zero of the department was restored",
        "duplicate": "a site stands twice",
        "encoding": "the bytes were read in another encoding",
        "entity": "tables or lists disagree about a site",
        "finess": "the FINESS number cannot be used",
        "group": "a territorial group is not complete",
        "icu": "more critical-care beds than acute beds",
        "invisible": "an invisible character was left out",
        "layout": "the row or the sheet is not laid out as a table",
        "leading_zero": "a leading zero of the FINESS number was restored",
        "member": "a member of a territorial group is not in the register",
        "mojibake": "accents may have been damaged before",
        "number": "a figure cannot be read",
        "occupancy": "more days than the beds of a year hold",
        "out_of_scope": "rows of other kinds of establishments were left out",
        "position": "a position could not be converted",
        "spelling": "a FINESS number was written with blanks, decimals or small letters",
        "split": "legal entities have sites on both sides of the selection",
        "staff": "no site gives its staff",
        "status": "the legal status is not known",
        "synthetic": "sites do not exist: they were drawn at random",
        "table": "a table is missing or incomplete",
        "variety": "the sites of one legal entity differ",
        "year": "the year is not certain",
    }
)


@dataclass(frozen=True, slots=True, kw_only=True)
class RegisterFinding(Finding):
    """A finding about a register.

    Parameters
    ----------
    kind
        Whether something is missing, is doubtful, or was repaired while it was read.
    topic
        What it is about: a key of `TOPICS`.
    count
        How many cases it stands for [1].
    """

    kind: FindingKind = "doubtful"
    topic: str = "layout"
    count: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class FindingGroup:
    """All findings of one kind about one thing in one column.

    Parameters
    ----------
    about
        The topic in words.
    count
        How many cases there are, listed or not [1].
    findings
        Those that are listed.
    """

    topic: str
    about: str
    field: str | None
    count: int
    findings: tuple[RegisterFinding, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class FindingSummary:
    """The findings of a register by kind, topic and column, the most frequent first."""

    missing: tuple[FindingGroup, ...]
    doubtful: tuple[FindingGroup, ...]
    repaired: tuple[FindingGroup, ...]


def summarise_findings(findings: Iterable[RegisterFinding]) -> FindingSummary:
    """Return findings by what they are: missing, doubtful, repaired."""
    grouped: dict[tuple[FindingKind, str, str | None], list[RegisterFinding]] = {}
    for finding in findings:
        grouped.setdefault((finding.kind, finding.topic, finding.field), []).append(finding)

    def list_groups(kind: FindingKind) -> tuple[FindingGroup, ...]:
        groups = [
            FindingGroup(
                topic=topic,
                about=TOPICS[topic],
                field=column,
                count=sum(finding.count for finding in listed),
                findings=tuple(listed),
            )
            for (of, topic, column), listed in grouped.items()
            if of == kind
        ]
        return tuple(sorted(groups, key=lambda group: (-group.count, group.topic, group.field or "")))

    return FindingSummary(
        missing=list_groups("missing"), doubtful=list_groups("doubtful"), repaired=list_groups("repaired")
    )


class Notebook:
    """Collects findings while a register is read.

    Parameters
    ----------
    file
        What messages call the file.
    """

    def __init__(self, file: str) -> None:
        self.file = file
        self._listed: list[RegisterFinding] = []
        self._seen: Counter[tuple[FindingKind, str]] = Counter()
        self._hidden: Counter[tuple[FindingKind, str, str | None]] = Counter()

    @property
    def findings(self) -> tuple[RegisterFinding, ...]:
        """What was noted so far; past the first thousand of a topic, one finding that counts the others."""
        rest = [
            RegisterFinding(
                message=f"{count:,} more findings are not listed",
                code=SchemaError.code,
                file=self.file,
                field=column,
                repair="check that this is the right file, then repair the findings above",
                kind=kind,
                topic=topic,
                count=count,
            )
            for (kind, topic, column), count in self._hidden.items()
        ]
        return (*self._listed, *rest)

    def add(
        self,
        kind: FindingKind,
        topic: str,
        message: str,
        *,
        repair: str,
        column: str | None = None,
        line: int | None = None,
        value: object = None,
        allowed: str | None = None,
        file: str | None = None,
        count: int = 1,
    ) -> None:
        """Add one finding.

        Raises
        ------
        DocumentError
            The file needs so many repairs that it must be damaged.
        """
        error = SchemaError(
            message, file=file or self.file, line=line, field=column, value=value, allowed=allowed, repair=repair
        )
        self.add_finding(kind, topic, error.findings[0], count=count)

    def add_finding(self, kind: FindingKind, topic: str, finding: Finding, *, count: int = 1) -> None:
        """Add a finding that was made elsewhere."""
        self._seen[kind, topic] += 1
        if kind == "repaired":
            if self._seen[kind, topic] > MAX_REPAIRS:
                raise DocumentError(
                    "the file needs too many repairs",
                    file=finding.file,
                    line=finding.line,
                    allowed=f"at most {MAX_REPAIRS:,}",
                    repair="ask its publisher for a file that is not damaged, or save it again as UTF-8",
                )
        elif self._seen[kind, topic] > MAX_LISTED:
            self._hidden[kind, topic, finding.field] += count
            return
        self._listed.append(RegisterFinding(**asdict(finding), kind=kind, topic=topic, count=count))


def note_synthetic(notes: Notebook, count: int, *, of: int) -> None:
    """Note that sites do not exist; when others do, the whole register counts as synthetic."""
    notes.add(
        "doubtful",
        "synthetic",
        f"{count:,} of {of:,} sites do not exist: they were drawn at random, and the register counts as synthetic",
        column="synthetic",
        repair="use sums only, and import a real register before an assessment of one organisation",
        count=count,
    )
