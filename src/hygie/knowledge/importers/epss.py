"""EPSS scores of FIRST: the daily file (CSV, gzip) and the answers of the API (JSON).

Written from https://www.first.org/epss/api and https://api.first.org/epss (fields `cve`, `epss`, `percentile`,
`date`), and from the first lines of daily files as many public readers quote them::

    #model_version:v2023.03.01,score_date:2024-01-01T00:00:00+0000
    cve,epss,percentile

Of an answer with `scope=time-series` the day's score is read, not the thirty before it.

A score is the probability that the vulnerability is exploited in the next 30 days, as a model sees it on one day:
without its day it means nothing, and a file that does not date its scores is refused. The source is graded A6: FIRST
is who computes the score, and a probability is no statement that another source could confirm.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from datetime import date
from pathlib import PurePath
from typing import Any

from hygie.core.errors import DocumentError, Finding, SchemaError
from hygie.core.evidence import TLP, derive_evidence_id
from hygie.knowledge.importers.delimited import TextRow, limit_refusals, looks_like_json, read_rows
from hygie.knowledge.importers.protocol import ImportItem, ImportOptions, Refusal
from hygie.knowledge.kinds import IntelRecord, validate_facts
from hygie.store.byte_sources import ByteSource
from hygie.store.json_stream import stream_members

__all__ = ["import_epss"]

HOME = "https://www.first.org/epss/"
TITLE = "Exploit Prediction Scoring System (EPSS)"
STATEMENT = "score of the vulnerability"
EPSS_REF = str(derive_evidence_id(HOME, STATEMENT))

_CVE = re.compile(r"CVE-\d{4}-\d{4,19}", re.ASCII)
_NUMBER = re.compile(r"[0-9]*\.?[0-9]+([eE][-+]?[0-9]{1,3})?")
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)


def import_epss(source: ByteSource, options: ImportOptions) -> Iterator[ImportItem]:
    """Yield EPSS as a source and one vulnerability per score.

    Raises
    ------
    DocumentError
        Not EPSS scores, without a day, or more than 1,000 bad rows.
    """
    items = _read_json(source, options) if looks_like_json(source) else _read_csv(source, options)
    yield from limit_refusals(items, name=source.name)


def _read_csv(source: ByteSource, options: ImportOptions) -> Iterator[ImportItem]:
    with source.open() as stream:
        rows = read_rows(stream, name=source.name)
        header = next(rows, None)
        stated: dict[str, str] = {}
        if header is not None and header.cells and header.cells[0].startswith("#"):
            stated = _read_comment(header)
            header = next(rows, None)
        columns = [cell.strip().casefold() for cell in header.cells] if header is not None else []
        if columns[:2] != ["cve", "epss"]:
            raise DocumentError(
                "these are not EPSS scores: the columns are others",
                file=source.name,
                line=header.line if header is not None else None,
                value=",".join(columns)[:120] or "no columns",
                allowed="cve,epss,percentile",
                repair=f"fetch the file from {HOME}",
            )
        day = _find_day(stated.get("score_date", ""), source=source, options=options)
        model = stated.get("model_version") or None
        percentile = columns.index("percentile") if "percentile" in columns else None
        yield _describe_epss(options)
        for row in rows:
            if row.flaw is None and len(row.cells) == len(columns):
                yield _read_score(
                    row.cells[0],
                    row.cells[1],
                    row.cells[percentile] if percentile is not None else None,
                    day=day,
                    model=model,
                    file=source.name,
                    line=row.line,
                )
                continue
            message = row.flaw or f"the row has {len(row.cells)} cells instead of {len(columns)} ({row.place})"
            finding = Finding(
                message=message, code=DocumentError.code, file=source.name, line=row.line, repair="fetch the file again"
            )
            yield Refusal(ref=row.place, finding=finding, kind="vulnerability")


def _read_comment(row: TextRow) -> dict[str, str]:
    pairs = (cell.strip().lstrip("#").partition(":") for cell in row.cells)
    return {key.strip(): value.strip() for key, _, value in pairs}


def _find_day(text: str, *, source: ByteSource, options: ImportOptions) -> str:
    # Files from before the comment line carry their day in their name only.
    found = _DAY.match(text) or _DAY.search(PurePath(source.name).name)
    day = _check_day(found.group(), options) if found else None
    if day is None:
        raise DocumentError(
            "the scores are not dated",
            file=source.name,
            field="score_date",
            value=text or None,
            allowed="a past day, in the first line or in the name of the file",
            repair="name the file epss_scores-YYYY-MM-DD.csv, by the day of its scores",
        )
    return day


def _check_day(text: str, options: ImportOptions) -> str | None:
    try:
        day = date.fromisoformat(text)
    except ValueError:
        return None
    # One day of slack for time zones.
    return text if len(text) == 10 and (day - options.received_on).days <= 1 else None


def _read_json(source: ByteSource, options: ImportOptions) -> Iterator[ImportItem]:
    begun = False
    with source.open() as stream:
        for member in stream_members(stream, name=source.name, lists={"data"}):
            if member.key == "status" and member.value != "OK":
                raise DocumentError(
                    "the API did not answer with scores",
                    file=source.name,
                    field="status",
                    value=member.value,
                    allowed="OK",
                    repair="ask the API again",
                )
            if member.index is None or member.key not in (None, "data"):
                continue
            if not begun:
                begun = True
                yield _describe_epss(options)
            yield _read_answer(member.value, options, file=source.name, place=f"entry {member.index + 1}")
    if not begun:
        raise DocumentError(
            "this answer holds no scores",
            file=source.name,
            field="data",
            allowed="a list of {cve, epss, percentile, date}",
            repair=f"fetch it from {HOME}",
        )


def _read_answer(entry: Any, options: ImportOptions, *, file: str, place: str) -> IntelRecord | Refusal:
    if not isinstance(entry, Mapping):
        finding = Finding(message="the entry is not an object", code=SchemaError.code, file=file, field=place)
        return Refusal(ref=place, finding=finding, kind="vulnerability")
    day = _check_day(str(entry.get("date")), options)
    cve, score, percentile = (entry.get(key) for key in ("cve", "epss", "percentile"))
    if day is None:
        finding = SchemaError(
            "the score is not dated", file=file, field="date", value=entry.get("date"), allowed="a past day, YYYY-MM-DD"
        ).findings[0]
        return Refusal(ref=str(cve or place)[:120], finding=finding, kind="vulnerability")
    texts = [value if isinstance(value, str) else repr(value) for value in (cve, score)]
    rank = percentile if percentile is None or isinstance(percentile, str) else repr(percentile)
    return _read_score(texts[0], texts[1], rank, day=day, model=None, file=file, place=place)


def _read_score(
    cve: str,
    score: str,
    percentile: str | None,
    *,
    day: str,
    model: str | None,
    file: str,
    line: int | None = None,
    place: str | None = None,
) -> IntelRecord | Refusal:
    ref = cve.strip()
    if _CVE.fullmatch(ref) is None:
        return _refuse("this is not a CVE identifier", "cve", ref, "CVE-YYYY-NNNN", file=file, line=line, place=place)
    data: dict[str, Any] = {"ref": ref}
    for key, text in (("epss", score), ("epss_percentile", percentile)):
        if text is None:
            continue
        value = _read_share(text)
        if value is None:
            name = key.removeprefix("epss_")
            return _refuse(
                f"“{name}” is not a share", name, text, "a number from 0 to 1", file=file, line=line, place=ref
            )
        data[key] = value
    data["epss_on"] = day
    if model is not None:
        data["epss_model"] = model
    data["evidence"] = [EPSS_REF]
    # Built without the model of the kind, which it satisfies (see the tests): a day has 300,000 scores.
    return IntelRecord(
        kind="vulnerability", ref=ref, name=ref, data=data, tlp=TLP.CLEAR, stamp=f"{day}T00:00:00.000000Z"
    )


def _read_share(text: str) -> float | None:
    # Python would also read “nan”, “1_0” and digits of other scripts.
    if _NUMBER.fullmatch(text.strip()) is None:
        return None
    value = float(text)
    return value if 0.0 <= value <= 1.0 else None


def _refuse(
    message: str, field: str, value: str, allowed: str, *, file: str, line: int | None, place: str | None
) -> Refusal:
    error = SchemaError(
        message, file=file, line=line, field=field, value=value, allowed=allowed, repair="fetch the file again"
    )
    return Refusal(ref=place or f"line {line}", finding=error.findings[0], kind="vulnerability")


def _describe_epss(options: ImportOptions) -> IntelRecord:
    facts = validate_facts(
        "source",
        {
            "ref": EPSS_REF,
            "source": HOME,
            "statement": STATEMENT,
            "title": {"en": TITLE, "fr": TITLE},
            "publisher": "FIRST",
            "read_on": options.received_on.isoformat(),
            "reliability": "A",
            "credibility": 6,
            "tlp": "clear",
            "licence": "facts-only",
        },
    )
    return IntelRecord.from_facts("source", facts, tlp=TLP.CLEAR)
