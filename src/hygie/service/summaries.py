"""Records, imports and changes as people and programs read them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime

from hygie.knowledge.loading import ImportReport
from hygie.service.record_history import trace_fields
from hygie.store.record_store import Change, StoredLayer, StoredRecord
from hygie.views.intel import HistoryRow, ImportSummary, LayerView, LogRow, RecordPage, RecordSummary

__all__ = ["page_of", "show_change", "show_instant", "summarise_import", "summarise_record"]


def summarise_record(stored: StoredRecord) -> RecordSummary:
    """Return a record as lists show it."""
    data = stored.data
    window = data.get("window")
    date = next(
        (data[key] for key in ("started_on", "first_seen", "exploited_since", "published_on") if key in data), None
    )
    if date is None and isinstance(window, dict):
        date = f"{window['start']} – {window['end']}"
    return RecordSummary(
        kind=stored.kind,
        ref=stored.ref,
        name=stored.name,
        date=date,
        tlp=stored.tlp,
        pap=stored.pap,
        stamp=stored.stamp,
        data=dict(data),
    )


def page_of(stored: StoredRecord, *, layers: Sequence[StoredLayer], history: Sequence[Change]) -> RecordPage:
    """Return a record with who says what, and every change."""
    return RecordPage(
        record=summarise_record(stored),
        version=stored.version,
        layers=tuple(
            LayerView(
                origin=layer.origin,
                version=layer.origin_version,
                patch=layer.is_patch,
                fields=_list_fields(layer),
            )
            for layer in layers
        ),
        history=tuple(
            HistoryRow(**show_change(change).model_dump(), fields=fields)
            for change, fields in zip(history, trace_fields(history, layers), strict=True)
        ),
        merged=stored.merged,
        merged_into=stored.merged_into,
        deleted=stored.deleted_at is not None,
    )


def _list_fields(layer: StoredLayer) -> tuple[str, ...]:
    """Return the fields of which a layer speaks, and the markings and the name that a patch changes."""
    marks = tuple(name for name in ("name", "pap", "tlp") if layer.patch is not None and name in layer.patch)
    return tuple(sorted({*layer.content.data, *marks}))


def summarise_import(report: ImportReport) -> ImportSummary:
    """Return the report of an import as people and programs read it."""
    return ImportSummary(
        format=report.format,
        source=report.source,
        dry_run=report.dry_run,
        run=report.run,
        counts=report.counts,
        by_kind=report.by_kind,
        refusals=tuple(f"{refusal.ref}: {refusal.finding.render()}" for refusal in report.refusals),
        dropped=report.dropped,
        releases=report.releases,
        replaced=report.replaced,
        notes=report.notes,
        seconds=report.seconds,
    )


def show_change(change: Change) -> LogRow:
    """Return a change as the audit trail shows it."""
    return LogRow(
        at=show_instant(change.at),
        author=change.author,
        what=f"{change.action} {change.kind} {change.ref} [{change.origin}]",
        reason=change.reason,
        number=change.number,
        details={
            "action": change.action,
            "kind": change.kind,
            "ref": change.ref,
            "origin": change.origin,
            "run": change.run,
            "before": change.before,
            "digest_after": change.digest_after,
        },
    )


def show_instant(at: datetime) -> str:
    """Return an instant to the second, in UTC."""
    return at.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S")
