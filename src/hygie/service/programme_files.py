"""Programme and appetite files: read, checked against nonsense, and made into what `loss` computes with."""

from __future__ import annotations

from collections.abc import Callable
from math import inf
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from hygie.core.errors import DataError, Finding, suggest
from hygie.core.programmes import ACCRUING_FORMS, Coverage, Layer, Programme, Treaty, find_overlap
from hygie.core.tables import FORMS
from hygie.loss.appetite import AppetitePoint
from hygie.store.documents import Document, parse_document, read_document, validate_model

__all__ = [
    "AppetiteFile",
    "ProgrammeFile",
    "check_programme_document",
    "load_appetite",
    "load_programme",
    "parse_programme",
]

Amount = Annotated[float, Field(ge=0.0, le=1e12, strict=True, description="EUR_2024")]
Limit = Annotated[float, Field(gt=0.0, le=1e12, strict=True, description="EUR_2024; left out: no limit")]
Share = Annotated[float, Field(ge=0.0, le=1.0, strict=True)]
PartShare = Annotated[float, Field(gt=0.0, le=1.0, strict=True)]
Name = Annotated[str, Field(min_length=1, max_length=120)]
Id = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*$", max_length=60)]
Method = Literal["published", "fitted", "elicited", "assumed"]


class Entry(BaseModel):
    """Base of what these files hold: frozen, no unknown field."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class CoverageEntry(Entry):
    """One head of cover and the forms of loss that it takes."""

    id: Id
    name: Name | None = None
    forms: Annotated[tuple[str, ...], Field(min_length=1, max_length=20)]
    waiting_hours: Annotated[float, Field(ge=0.0, le=8760.0, strict=True, description="h")] = 0.0
    deductible: Amount = 0.0
    sub_limit: Limit | None = None


class ReinstatementEntry(Entry):
    """How often a used limit comes back, and at what price."""

    number: Annotated[int, Field(ge=0, le=100, strict=True)]
    price: Annotated[float, Field(ge=0.0, le=10.0, strict=True, description="share of the premium; 0: free")] = 0.0
    by_time: Annotated[bool, Field(strict=True, description="also in proportion to what is left of the year")] = False


class LayerEntry(Entry):
    """One layer of the tower."""

    id: Id
    name: Name | None = None
    attachment: Amount = 0.0
    limit: Limit | None = None
    aggregate_deductible: Amount = 0.0
    aggregate_limit: Limit | None = None
    share: PartShare = 1.0
    reinstatements: ReinstatementEntry | None = None
    premium: Annotated[Amount | None, Field(description="EUR_2024/y")] = None


class ComplaintEntry(Entry):
    """Article L.12-10-1 of the Code des assurances: no complaint within 72 hours, no payment."""

    filed: Annotated[Share, Field(description="probability that the complaint is filed in time")]
    method: Method
    note: Annotated[str, Field(max_length=400)] = ""


class PricingEntry(Entry):
    """How a technical premium is made."""

    principle: Literal["standard_deviation", "capital"]
    rate: Annotated[float, Field(ge=0.0, le=5.0, strict=True)]
    capital_level: Annotated[float, Field(gt=0.5, lt=1.0, strict=True)] = 0.99
    expense_share: Annotated[float, Field(ge=0.0, lt=1.0, strict=True)] = 0.0
    expense_fixed: Amount = 0.0
    method: Method
    note: Annotated[str, Field(max_length=400)] = ""


class TreatyEntry(Entry):
    """One treaty that protects the insurer."""

    id: Id
    name: Name | None = None
    kind: Literal["quota_share", "per_risk", "per_event", "stop_loss"]
    attachment: Amount = 0.0
    limit: Limit | None = None
    aggregate_deductible: Amount = 0.0
    aggregate_limit: Limit | None = None
    share: PartShare = 1.0
    reinstatements: ReinstatementEntry | None = None
    premium: Annotated[Amount | None, Field(description="EUR_2024/y")] = None


class ProgrammeFile(Entry):
    """A programme file, ``hygie.programme/1``."""

    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True)

    format: Literal["hygie.programme/1"] = Field(alias="schema")
    name: Name
    note: Annotated[str, Field(max_length=1000)] = ""
    basis: Literal["economic", "own"] = "economic"
    coverages: Annotated[tuple[CoverageEntry, ...], Field(max_length=20)]
    event_deductible: Amount = 0.0
    complaint: ComplaintEntry | None = None
    layers: Annotated[tuple[LayerEntry, ...], Field(max_length=50)]
    pricing: PricingEntry | None = None
    reinsurance: Annotated[tuple[TreatyEntry, ...], Field(max_length=20)] = ()

    def programme(self) -> Programme:
        """Return the terms for `loss`, layers by attachment."""
        return Programme(
            coverages=tuple(
                Coverage(
                    id=item.id,
                    forms=item.forms,
                    waiting_h=item.waiting_hours,
                    deductible_eur=item.deductible,
                    sub_limit_eur=inf if item.sub_limit is None else item.sub_limit,
                )
                for item in self.coverages
            ),
            layers=tuple(_layer(item) for item in self.tower()),
            deductible_eur=self.event_deductible,
            basis=self.basis,
            complaint_filed=1.0 if self.complaint is None else self.complaint.filed,
        )

    def tower(self) -> tuple[LayerEntry, ...]:
        """Return the layers from the lowest attachment up."""
        return tuple(sorted(self.layers, key=lambda layer: layer.attachment))

    def treaties(self) -> tuple[Treaty, ...]:
        """Return the treaties for `loss`, in the order of the file."""
        done = []
        for item in self.reinsurance:
            terms = _layer(item)
            if item.kind == "stop_loss":
                terms = Layer(
                    id=item.id,
                    aggregate_deductible_eur=item.attachment,
                    aggregate_limit_eur=inf if item.limit is None else item.limit,
                    share=item.share,
                    premium_eur=item.premium,
                )
            done.append(Treaty(kind=item.kind, terms=terms))
        return tuple(done)


class PointEntry(Entry):
    """One point of an appetite."""

    amount: Annotated[float, Field(gt=0.0, le=1e12, strict=True, description="EUR_2024")]
    probability: Annotated[float, Field(gt=0.0, lt=1.0, strict=True)]
    horizon: Annotated[float, Field(ge=1.0, le=100.0, strict=True, description="y")] = 1.0


class AppetiteFile(Entry):
    """An appetite file, ``hygie.appetite/1``."""

    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True)

    format: Literal["hygie.appetite/1"] = Field(alias="schema")
    name: Name
    points: Annotated[tuple[PointEntry, ...], Field(max_length=50)]

    def appetite(self) -> tuple[AppetitePoint, ...]:
        """Return the points for `loss`."""
        return tuple(
            AppetitePoint(amount_eur=point.amount, probability=point.probability, horizon_y=point.horizon)
            for point in self.points
        )


def _layer(item: LayerEntry | TreatyEntry) -> Layer:
    back = item.reinstatements
    return Layer(
        id=item.id,
        attachment_eur=item.attachment,
        limit_eur=inf if item.limit is None else item.limit,
        aggregate_deductible_eur=item.aggregate_deductible,
        aggregate_limit_eur=inf if item.aggregate_limit is None else item.aggregate_limit,
        share=item.share,
        reinstatements=None if back is None else back.number,
        reinstatement_price=0.0 if back is None else back.price,
        reinstatement_by_time=back is not None and back.by_time,
        premium_eur=item.premium,
    )


def load_programme(path: Path) -> ProgrammeFile:
    """Read and check a programme file.

    Raises
    ------
    DocumentError, SchemaError, DataError
        The file is unreadable, a field is wrong, or terms contradict each other; with file, line and repair.
    """
    return check_programme_document(read_document(path))


def parse_programme(data: bytes, *, name: str) -> ProgrammeFile:
    """Read and check a programme from bytes, as `load_programme` does."""
    return check_programme_document(parse_document(data, name=name))


def load_appetite(path: Path) -> AppetiteFile:
    """Read an appetite file; whether it decreases is judged where it is used."""
    return validate_model(read_document(path), AppetiteFile)


def check_programme_document(document: Document) -> ProgrammeFile:
    """Check a programme in a document, as `load_programme` does."""
    file = validate_model(document, ProgrammeFile)
    findings: list[Finding] = []

    def note(message: str, path: tuple[str | int, ...], *, value: object, allowed: str, repair: str) -> None:
        findings.append(
            Finding(
                code=DataError.code,
                message=message,
                file=document.name,
                line=document.line_near(path),
                field=".".join(str(part) for part in path),
                value=f"{value:,.0f}" if isinstance(value, float) else str(value),
                allowed=allowed,
                repair=repair,
            )
        )

    # Not a bound of the model: an entry with a wrong field would be told as missing, too.
    for group in ("coverages", "layers"):
        if not getattr(file, group):
            note(
                f"“{group}” is empty: such a programme pays nothing",
                (group,),
                value="0 entries",
                allowed="at least 1",
                repair="one layer without limit pays everything above the deductibles",
            )
    _check_ids(file, note)
    _check_coverages(file, note)
    for group in ("layers", "reinsurance"):
        for index, layer in enumerate(getattr(file, group)):
            _check_layer(layer, (group, index), note)
    if not findings:
        _check_tower(file, note)
    if findings:
        raise DataError.from_findings(findings)
    return file


Note = Callable[..., None]


def _check_ids(file: ProgrammeFile, note: Note) -> None:
    for group in ("coverages", "layers", "reinsurance"):
        ids = [item.id for item in getattr(file, group)]
        for index, item in enumerate(ids):
            if item in ids[:index]:
                note(
                    f"“{item}” stands twice",
                    (group, index, "id"),
                    value=item,
                    allowed="an id of its own",
                    repair="rename one of them",
                )


def _check_coverages(file: ProgrammeFile, note: Note) -> None:
    seen: dict[str, str] = {}
    for index, item in enumerate(file.coverages):
        path = ("coverages", index)
        for place, form in enumerate(item.forms):
            if form not in FORMS:
                note(
                    f"unknown form of loss “{form}”",
                    (*path, "forms", place),
                    value=form,
                    allowed=", ".join(FORMS),
                    repair=suggest(form, FORMS) or "use one of the listed names",
                )
            elif form in seen:
                note(
                    f"the form “{form}” belongs to two coverages",
                    (*path, "forms", place),
                    value=f"{seen[form]} and {item.id}",
                    allowed="one coverage for each form",
                    repair="remove it from one of them, or join the two",
                )
            seen.setdefault(form, item.id)
        if item.sub_limit is not None and item.sub_limit < item.deductible:
            note(
                "the sub-limit is below the deductible",
                (*path, "sub_limit"),
                value=item.sub_limit,
                allowed=f"at least {item.deductible:,.0f}",
                repair="the sub-limit is what is paid at most, after the deductible: raise it, or exchange the two",
            )
        if item.waiting_hours and not set(item.forms) & set(ACCRUING_FORMS):
            note(
                "a waiting period on a coverage that takes no lost activity",
                (*path, "waiting_hours"),
                value=item.waiting_hours,
                allowed=f"0, or a coverage with {', '.join(ACCRUING_FORMS)}",
                repair="move it to the coverage of business interruption",
            )


def _check_layer(layer: Any, path: tuple[str | int, ...], note: Note) -> None:
    if layer.aggregate_limit is not None and layer.limit is not None and layer.aggregate_limit < layer.limit:
        note(
            "the annual limit is below the limit of one event",
            (*path, "aggregate_limit"),
            value=layer.aggregate_limit,
            allowed=f"at least {layer.limit:,.0f}",
            repair="lower the limit of one event to it, or raise the annual one",
        )
    back = layer.reinstatements
    if back is not None and layer.limit is None:
        note(
            "reinstatements without a limit to bring back",
            (*path, "reinstatements"),
            value=back.number,
            allowed="a layer with a limit",
            repair="give the layer a limit, or remove the reinstatements",
        )
    if back is not None and layer.aggregate_limit is not None:
        note(
            "reinstatements and an annual limit say the same thing twice",
            (*path, "aggregate_limit"),
            value=layer.aggregate_limit,
            allowed="one of the two",
            repair="n reinstatements are an annual limit of (n + 1) limits: keep one",
        )
    if back is not None and back.price > 0.0 and layer.premium is None:
        note(
            "paid reinstatements without a premium to take a share of",
            (*path, "premium"),
            value="nothing",
            allowed="the premium of the year",
            repair="add the premium, or make the reinstatements free",
        )
    kind = getattr(layer, "kind", None)
    if kind == "quota_share" and layer.attachment:
        note(
            "a quota share has no attachment",
            (*path, "attachment"),
            value=layer.attachment,
            allowed="0",
            repair="use per_risk or per_event for an excess",
        )
    if kind == "stop_loss" and (back is not None or layer.aggregate_deductible or layer.aggregate_limit is not None):
        note(
            "a stop loss has an attachment and a limit of the year, nothing else",
            (*path, "kind"),
            value="stop_loss",
            allowed="attachment, limit, share, premium",
            repair="remove the other terms",
        )


def _check_tower(file: ProgrammeFile, note: Note) -> None:
    tower = file.tower()
    overlap = find_overlap([_layer(item) for item in tower])
    if overlap is not None:
        first, second, amount, total = overlap
        place = file.layers.index(tower[second])
        note(
            f"layers “{tower[first].id}” and “{tower[second].id}” overlap",
            ("layers", place, "attachment"),
            value=f"just above {amount:,.0f} they pay {total:.0%} of the loss",
            allowed="at most 100 % of any euro of loss",
            repair="raise this attachment, lower the limit of the layer below, or lower their shares",
        )
    if all(item.sub_limit is not None for item in file.coverages):
        most = sum(item.sub_limit or 0.0 for item in file.coverages) - file.event_deductible
        if most <= 0.0:
            note(
                "the deductible of an event takes all that the coverages can pay",
                ("event_deductible",),
                value=file.event_deductible,
                allowed=f"below {most + file.event_deductible:,.0f}, the sum of the sub-limits",
                repair="lower it, or raise the sub-limits",
            )
        for index, layer in enumerate(file.layers):
            if 0.0 < most <= layer.attachment:
                note(
                    f"layer “{layer.id}” can never be reached",
                    ("layers", index, "attachment"),
                    value=layer.attachment,
                    allowed=f"below {most:,.0f}: all sub-limits together, less the deductible of the event",
                    repair="lower the attachment, raise the sub-limits, or remove the layer",
                )
