"""One exception tree. Every error is a list of findings, each with a stable code and a repair.

Codes are public: they are documented one by one in ``docs/reference/errors.md`` and never reused.

    HygieError
    ├── UsageError            wrong command or option              exit 2
    ├── DataError             an input file is wrong               exit 3
    │   ├── DocumentError       not readable as YAML/JSON/CSV
    │   ├── SchemaError         a field is unknown, missing or of the wrong kind
    │   ├── UnitError           a unit is unknown or does not fit
    │   ├── ElicitationError    a distribution contradicts itself
    │   └── EvidenceError       a reference leads nowhere
    ├── ModelError            inputs are fine one by one, not together
    ├── StoreError            a result or workspace cannot be read or written
    │   ├── ConflictError       somebody else has changed it meanwhile
    │   └── NotFoundError       nothing has this name in the workspace
    ├── RunnerError           the machines that simulate cannot be reached, or disagree
    └── AccessError           somebody may not do this, or not now
        ├── AuthenticationError  nobody knows who asks
        ├── ForbiddenError       who asks may not
        └── ThrottledError       too many tries
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from difflib import get_close_matches
from types import MappingProxyType
from typing import Any, ClassVar, Self

__all__ = [
    "AccessError",
    "AuthenticationError",
    "ConflictError",
    "DataError",
    "DocumentError",
    "ElicitationError",
    "EvidenceError",
    "Finding",
    "ForbiddenError",
    "HygieError",
    "ModelError",
    "NotFoundError",
    "RunnerError",
    "SchemaError",
    "StoreError",
    "ThrottledError",
    "UnitError",
    "UsageError",
    "suggest",
]


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One thing that is wrong, where it is, and how to repair it."""

    message: str
    code: str = "HYG-000"
    file: str | None = None
    line: int | None = None
    field: str | None = None
    value: str | None = None
    allowed: str | None = None
    repair: str | None = None

    def render(self) -> str:
        """Return the finding as indented text, most useful part first."""
        place = ":".join(str(part) for part in (self.file, self.line) if part is not None)
        lines = [f"[{self.code}] {place + ': ' if place else ''}{self.message}"]
        for label, text in (
            ("field", self.field),
            ("value", self.value),
            ("allowed", self.allowed),
            ("repair", self.repair),
        ):
            if text is not None:
                lines.append(f"    {label + ':':<9}{text}")
        return "\n".join(lines)


def _show(value: object) -> str | None:
    if value is None:
        return None
    text = value if isinstance(value, str) else repr(value)
    # A message must stay readable whatever the input: control characters out, length bounded.
    text = "".join(ch if ch.isprintable() else "·" for ch in text)
    return text if len(text) <= 120 else text[:117] + "…"


class HygieError(Exception):
    """Base of all errors raised by hygie.

    Parameters
    ----------
    message
        What is wrong, in one sentence.
    file, line, field, value, allowed, repair
        Where, what was found, what is accepted, and what to do.
    """

    code: ClassVar[str] = "HYG-000"
    exit_code: ClassVar[int] = 3

    def __init__(
        self,
        message: str,
        *,
        file: str | None = None,
        line: int | None = None,
        field: str | None = None,
        value: object = None,
        allowed: str | None = None,
        repair: str | None = None,
    ) -> None:
        finding = Finding(
            message=message,
            code=self.code,
            file=file,
            line=line,
            field=field,
            value=_show(value),
            allowed=allowed,
            repair=repair,
        )
        self.findings: tuple[Finding, ...] = (finding,)
        super().__init__(message)

    @classmethod
    def from_findings(cls, findings: Iterable[Finding]) -> Self:
        """Build one error that carries several findings (at least one)."""
        collected = tuple(findings)
        if not collected:
            raise ValueError("an error needs at least one finding")
        error = cls(collected[0].message)
        error.findings = collected
        return error

    def located(self, *, file: str | None = None, line: int | None = None, field: str | None = None) -> Self:
        """Return the same error with missing places filled in."""
        findings = tuple(
            replace(
                finding,
                file=finding.file or file,
                line=finding.line if finding.line is not None else line,
                field=finding.field or field,
            )
            for finding in self.findings
        )
        return type(self).from_findings(findings)

    def __str__(self) -> str:
        return "\n".join(finding.render() for finding in self.findings)


class UsageError(HygieError):
    """A command or an option is wrong."""

    code = "HYG-100"
    exit_code = 2


class DataError(HygieError):
    """An input file is wrong."""

    code = "HYG-200"


class DocumentError(DataError):
    """A file cannot be read as the format it claims to be."""

    code = "HYG-201"


class SchemaError(DataError):
    """A field is unknown, missing or of the wrong kind."""

    code = "HYG-202"


class UnitError(DataError):
    """A unit is unknown or does not fit the quantity."""

    code = "HYG-203"


class ElicitationError(DataError):
    """A distribution contradicts itself or promises what it cannot hold."""

    code = "HYG-204"


class EvidenceError(DataError):
    """A reference to evidence, a pack record or a catalogue entry leads nowhere."""

    code = "HYG-205"


class ModelError(HygieError):
    """Inputs are fine one by one, but not together."""

    code = "HYG-300"


class StoreError(HygieError):
    """A result or a workspace cannot be read or written."""

    code = "HYG-400"


class ConflictError(StoreError):
    """Somebody else has changed it meanwhile: nothing was written, nothing is lost.

    `details` holds what an interface needs to show both sides.
    """

    code = "HYG-410"

    details: Mapping[str, Any] = MappingProxyType({})


class NotFoundError(StoreError):
    """Nothing has this name in the workspace, or not for this organisation."""

    code = "HYG-411"


class RunnerError(HygieError):
    """The machines that simulate cannot be reached, or disagree."""

    code = "HYG-500"


class AccessError(HygieError):
    """Somebody may not do this, or not now."""

    code = "HYG-600"

    # What a server answers.
    status: ClassVar[int] = 403


class AuthenticationError(AccessError):
    """Nobody knows who asks: no session, no token, or a wrong password."""

    code = "HYG-601"
    status = 401


class ForbiddenError(AccessError):
    """Who asks is known, and may not do this."""

    code = "HYG-602"


class ThrottledError(AccessError):
    """Too many tries: `retry_after_s` [s] must pass before the next one."""

    code = "HYG-603"
    status = 429

    retry_after_s: int = 1


def suggest(word: str, known: Iterable[Any]) -> str | None:
    """Return ``did you mean “…”?`` for the closest known word, or None.

    >>> suggest("beds_mcco", ["beds_mco", "beds_psy"])
    'did you mean “beds_mco”?'
    """
    matches = get_close_matches(word, [str(item) for item in known], n=1, cutoff=0.6)
    return f"did you mean “{matches[0]}”?" if matches else None
