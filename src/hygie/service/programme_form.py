"""An insurance programme as a form: its document as fields, fields as a document, what is wrong beside each field.

Fields are named by their place in the document (``layers.0.limit``), so that what the check of a document finds stands
at its question. Amounts are written as people do (500k), shares in per cent.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from hygie.core.errors import HygieError, UsageError
from hygie.core.tables import FORMS
from hygie.service.amounts import parse_amount
from hygie.service.programme_files import parse_programme
from hygie.service.stored_documents import write_yaml
from hygie.service.words import FORM_LABELS
from hygie.views.application import FindingView
from hygie.views.messages import Language, Translate, translator
from hygie.views.programme_form import ProgrammeFormView

__all__ = [
    "FORM_FIELDS",
    "change_form",
    "explain_finding",
    "fill_form",
    "list_problems",
    "read_form",
    "show_form",
    "start_form",
]

Fields = dict[str, str]

_MOST = {"coverages": 20, "layers": 50}
FORM_FIELDS = 2_000
"""Most fields that such a form sends."""

_AMOUNTS = frozenset(
    {"deductible", "sub_limit", "attachment", "limit", "aggregate_deductible", "aggregate_limit", "premium",
     "event_deductible", "expense_fixed"}
)  # fmt: skip
_SHARES = frozenset({"share", "filed", "rate", "capital_level", "expense_share", "price"})
_COVERAGE = ("id", "name", "waiting_hours", "deductible", "sub_limit")
_LAYER = ("id", "name", "attachment", "limit", "aggregate_deductible", "aggregate_limit", "share", "premium")
_PRICING = ("principle", "rate", "capital_level", "expense_share", "expense_fixed", "method", "note")
_PLACE = re.compile(r"(coverages|layers)\.(\d{1,3})\.")
# Left out of the document when they say what is taken anyway.
_DEFAULTS: Mapping[str, Any] = {
    "waiting_hours": 0.0, "deductible": 0.0, "attachment": 0.0, "aggregate_deductible": 0.0, "event_deductible": 0.0,
    "share": 1.0, "expense_share": 0.0, "expense_fixed": 0.0, "capital_level": 0.99,
}  # fmt: skip


def start_form(language: Language) -> Fields:
    """Return the form of a new programme: a usual shape, with amounts that are placeholders to be replaced."""
    _ = translator(language)
    data: dict[str, Any] = {
        "name": _("Cyber programme"),
        "note": _("Amounts are placeholders: replace them with those of a quotation."),
        "basis": "economic",
        "coverages": [
            {
                "id": "incident",
                "name": _("Crisis, restoration"),
                "forms": ["response", "restoration"],
                "deductible": 25e3,
                "sub_limit": 3e6,
            },
            {
                "id": "interruption",
                "name": _("Lost activity"),
                "forms": ["activity", "reputation"],
                "waiting_hours": 12.0,
                "deductible": 50e3,
                "sub_limit": 5e6,
            },
            {
                "id": "liability",
                "name": _("Third parties"),
                "forms": ["third_party"],
                "deductible": 25e3,
                "sub_limit": 3e6,
            },
        ],
        "event_deductible": 100e3,
        "complaint": {"filed": 0.95, "method": "assumed"},
        "layers": [{"id": "primary", "name": _("Primary"), "limit": 3e6, "aggregate_limit": 3e6}],
        "pricing": {"principle": "standard_deviation", "rate": 0.15, "expense_share": 0.25, "method": "assumed"},
    }
    return fill_form(data, language)


def fill_form(data: Mapping[str, Any], language: Language) -> Fields:
    """Return the fields of a document; parts that the form does not ask for are left out."""
    fields: Fields = {name: str(data.get(name) or "") for name in ("name", "note")}
    fields["basis"] = str(data.get("basis") or "economic")
    fields["event_deductible"] = _write("event_deductible", data.get("event_deductible"), language)
    for group, names in (("coverages", _COVERAGE), ("layers", _LAYER)):
        entries = data.get(group)
        for index, entry in enumerate(entries if isinstance(entries, list | tuple) else ()):
            if isinstance(entry, Mapping):
                fields |= _fill_entry(f"{group}.{index}", entry, names, language)
    complaint = data.get("complaint")
    fields["complaint.filed"] = (
        _write("filed", complaint.get("filed"), language) if isinstance(complaint, Mapping) else ""
    )
    pricing = data.get("pricing")
    fields["pricing.principle"] = ""
    if isinstance(pricing, Mapping):
        fields |= {f"pricing.{name}": _write(name, pricing.get(name), language) for name in _PRICING}
    return fields


def _fill_entry(place: str, entry: Mapping[str, Any], names: Sequence[str], language: Language) -> Fields:
    fields = {f"{place}.{name}": _write(name, entry.get(name), language) for name in names}
    if place.startswith("coverages"):
        forms = entry.get("forms")
        told = [str(form) for form in forms] if isinstance(forms, list | tuple) else []
        fields |= {f"{place}.forms.{form}": "on" for form in told if form in FORMS}
    back = entry.get("reinstatements")
    if isinstance(back, Mapping):
        fields[f"{place}.reinstatements.number"] = _write("number", back.get("number"), language)
        fields[f"{place}.reinstatements.price"] = _write("price", back.get("price"), language)
        if back.get("by_time"):
            fields[f"{place}.reinstatements.by_time"] = "on"
    return fields


def _write(name: str, value: object, language: Language) -> str:
    if value is None or isinstance(value, bool):
        return ""
    if isinstance(value, int | float):
        if name in _SHARES:
            return f"{100.0 * value:.10g}"
        if name in _AMOUNTS and abs(value) >= 1000.0:
            if not float(value).is_integer():
                return f"{value:.2f}"
            text = f"{value:,.0f}"
            return text if language == "en" else text.replace(",", "\u00a0")
        return f"{value:.10g}"
    return str(value)


def change_form(fields: Mapping[str, str], action: str, language: Language) -> Fields:
    """Return the form after a button: ``add:layers``, ``remove:coverages.2``; anything else changes nothing."""
    verb, _, place = action.partition(":")
    group, _, number = place.partition(".")
    if group not in _MOST:
        return dict(fields)
    count = _count(fields, group)
    if verb == "add" and count < _MOST[group]:
        top = _top_of(fields, language) if group == "layers" else ""
        taken = {fields.get(f"{group}.{i}.id") for i in range(count)}
        stem = group.removesuffix("s")
        name = next(n for i in range(count + 1, 2 * count + 3) if (n := f"{stem}_{i}") not in taken)
        blank = {"id": name, "name": "", "attachment": top} if group == "layers" else {"id": name, "name": ""}
        return {**fields, **{f"{group}.{count}.{key}": value for key, value in blank.items()}}
    if verb == "remove" and number.isdecimal() and int(number) < count:
        gone = int(number)
        moved: Fields = {}
        for name, value in fields.items():
            found = _PLACE.match(name)
            if found is None or found[1] != group or int(found[2]) < gone:
                moved[name] = value
            elif int(found[2]) > gone:
                moved[f"{group}.{int(found[2]) - 1}.{name[found.end() :]}"] = value
        return moved
    return dict(fields)


def _top_of(fields: Mapping[str, str], language: Language) -> str:
    """Return where the highest layer ends: a new one usually begins there."""
    tops = []
    for index in range(_count(fields, "layers")):
        amounts = [_try_amount(fields.get(f"layers.{index}.{name}", "")) for name in ("attachment", "limit")]
        if amounts[1] is not None:
            tops.append((amounts[0] or 0.0) + amounts[1])
    return _write("attachment", max(tops), language) if tops else ""


def _try_amount(text: str) -> float | None:
    try:
        return parse_amount(text, field="") if text.strip() else None
    except UsageError:
        return None


def _count(fields: Mapping[str, str], group: str) -> int:
    places = {int(found[2]) for name in fields if (found := _PLACE.match(name)) is not None and found[1] == group}
    return min(max(places, default=-1) + 1, _MOST[group])


def read_form(
    fields: Mapping[str, str], *, kept: Mapping[str, Any] | None = None, language: Language
) -> tuple[str, dict[str, str]]:
    """Return the YAML text that a form makes, and what is wrong by field.

    Parameters
    ----------
    kept
        The document that is changed: what the form does not ask for (reinsurance, notes) stays.
    """
    _ = translator(language)
    problems: dict[str, str] = {}
    read = _Reader(fields, problems, _)
    old = dict(kept or {})
    data: dict[str, Any] = {"schema": "hygie.programme/1", "name": read.text("name", 120), "basis": read.text("basis")}
    if not data["name"]:
        problems["name"] = _("Give it a name.")
    if note := read.text("note", 1000):
        data["note"] = note
    data["coverages"] = [_read_coverage(read, i) for i in range(_count(fields, "coverages"))]
    read.add(data, "", ("event_deductible",))
    filed = read.number("complaint.filed", share=True)
    if filed is not None:
        before = old.get("complaint")
        same = dict(before) if isinstance(before, Mapping) else {"method": "assumed"}
        data["complaint"] = {**same, "filed": filed}
    data["layers"] = [_read_layer(read, i) for i in range(_count(fields, "layers"))]
    if principle := read.text("pricing.principle"):
        before = old.get("pricing")
        pricing: dict[str, Any] = {"method": "assumed", **(before if isinstance(before, Mapping) else {})}
        for name in _PRICING[1:5]:
            pricing.pop(name, None)
        pricing["principle"] = principle
        rate = read.number("pricing.rate", share=True)
        pricing["rate"] = 0.0 if rate is None else rate
        read.add(pricing, "pricing.", ("capital_level", "expense_share", "expense_fixed"))
        data["pricing"] = pricing
    if old.get("reinsurance"):
        data["reinsurance"] = old["reinsurance"]
    text = write_yaml(data)
    if not problems:
        try:
            parse_programme(text.encode(), name="programme.yaml")
        except HygieError as error:
            for item in error.findings:
                problems.setdefault(_place_of(item.field, data), explain_finding(item, _))
    return text, problems


def _read_coverage(read: _Reader, index: int) -> dict[str, Any]:
    place = f"coverages.{index}."
    entry: dict[str, Any] = {"id": read.id(place, "coverage", index)}
    if name := read.text(f"{place}name", 120):
        entry["name"] = name
    entry["forms"] = [form for form in FORMS if read.fields.get(f"{place}forms.{form}")]
    if not entry["forms"]:
        read.problems[f"{place}forms"] = read.say("Tick at least one kind of loss, or remove this coverage.")
    read.add(entry, place, ("waiting_hours", "deductible", "sub_limit"))
    return entry


def _read_layer(read: _Reader, index: int) -> dict[str, Any]:
    place = f"layers.{index}."
    entry: dict[str, Any] = {"id": read.id(place, "layer", index)}
    if name := read.text(f"{place}name", 120):
        entry["name"] = name
    read.add(entry, place, _LAYER[2:])
    number = read.number(f"{place}reinstatements.number")
    if number is not None:
        price = read.number(f"{place}reinstatements.price", share=True)
        entry["reinstatements"] = {
            "number": int(number),
            "price": price or 0.0,
            "by_time": bool(read.fields.get(f"{place}reinstatements.by_time")),
        }
    return entry


class _Reader:
    """Reads fields, and notes what cannot be read."""

    def __init__(self, fields: Mapping[str, str], problems: dict[str, str], say: Translate) -> None:
        self.fields, self.problems, self.say = fields, problems, say

    def text(self, name: str, most: int = 40) -> str:
        return " ".join(self.fields.get(name, "").split())[:most]

    def id(self, place: str, stem: str, index: int) -> str:
        found = self.text(f"{place}id", 60)
        return found if re.fullmatch(r"[a-z][a-z0-9_]*", found) else f"{stem}_{index + 1}"

    def add(self, entry: dict[str, Any], place: str, names: Sequence[str]) -> None:
        """Put the numbers of some fields into an entry; those left out or of no effect are not written."""
        for name in names:
            value = self.number(f"{place}{name}", share=name in _SHARES, amount=name in _AMOUNTS)
            if value is not None and value != _DEFAULTS.get(name):
                entry[name] = value

    def number(self, name: str, *, share: bool = False, amount: bool = False) -> float | None:
        text = self.fields.get(name, "").strip()
        if not text:
            return None
        _ = self.say
        try:
            if amount:
                return parse_amount(text, field=name)
            value = float("".join(text.removesuffix("%").split()).replace(",", "."))
        except UsageError:
            self.problems[name] = _("This is not an amount. Write 500k, 1.5M or 2000000.")
            return None
        except ValueError:
            self.problems[name] = _("This is not a number.")
            return None
        if not 0.0 <= value <= 1e6:
            self.problems[name] = _("This number is out of range.")
            return None
        return round(value / 100.0, 12) if share else value


def _place_of(field: str | None, data: Mapping[str, Any]) -> str:
    """Return the field of the form for the place of a finding in the document."""
    parts = (field or "").split(".")
    if parts[0] in ("coverages", "layers") and len(parts) > 2:
        place = ".".join(parts[:2])
        if parts[2] == "forms":
            return f"{place}.forms"
        if parts[2] == "reinstatements":
            return f"{place}.reinstatements.number"
        return ".".join(parts[:3])
    return field or "name" if parts[0] in data else "name"


def explain_finding(finding: Any, _: Translate) -> str:
    """Return what is wrong with a programme in the words of a reader."""
    message, place = finding.message, str(finding.field or "")
    known = (
        ("annual limit is below", _("The limit of a year cannot be below the limit of one event.")),
        ("sub-limit is below", _("The most it pays is below its deductible: raise it, or exchange the two.")),
        ("a waiting period on", _("A waiting period is only for lost activity: leave it empty here.")),
        ("belongs to two coverages", _("A kind of loss belongs to one coverage only: untick it in the other.")),
        ("reinstatements without a limit", _("Only a limit can be reinstated: give the layer a limit.")),
        (
            "reinstatements and an annual limit",
            _("Give either reinstatements or a limit of the year: they say the same thing."),
        ),
        ("paid reinstatements without", _("Reinstatements that are paid for need the premium of the year.")),
        ("overlap", _("This layer overlaps another: together they would pay more than the loss.")),
        ("can never be reached", _("This layer is never reached: the coverages pay less than where it begins.")),
        ("takes all that", _("This deductible takes all that the coverages can pay.")),
        ("is empty", _("A programme needs at least one coverage and one layer.")),
        ("stands twice", _("This name stands twice: rename one of them.")),
    )
    for part, text in known:
        if part in message:
            return text
    allowed = f" ({finding.allowed})" if finding.allowed else ""
    return _("This does not fit here: {reason}.", reason=f"{place}: {message}{allowed}")


def show_form(fields: Mapping[str, str], problems: Mapping[str, str], *, language: Language) -> ProgrammeFormView:
    """Return a form as it is shown."""
    _ = translator(language)
    return ProgrammeFormView(
        fields=dict(fields),
        problems=dict(problems),
        coverages=_count(fields, "coverages"),
        layers=_count(fields, "layers"),
        forms=[(form, _(FORM_LABELS[form])) for form in FORMS],
    )


def list_problems(findings: Sequence[FindingView], language: Language) -> list[str]:
    """Return what is wrong with a stored programme, in sentences."""
    _ = translator(language)
    return [explain_finding(item, _) for item in findings]
