"""The analyst's hand: patches, records of their own, deletions, merges; each signed, reasoned and undone exactly."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import update

from hygie.core.errors import SchemaError, StoreError
from hygie.store.json_text import clean_json, digest_json
from hygie.store.record_fold import (
    PAP_ORDER,
    TLP_ORDER,
    apply_patch,
    compose_patches,
    digest_content,
    drop_from_patch,
    fold_below,
)
from hygie.store.record_rows import check_ref, layer_values, to_former
from hygie.store.record_types import ANALYST, ANALYST_RANK, LayerContent, StoredLayer, StoredRecord
from hygie.store.record_writer import RecordWriter
from hygie.store.schema import record

__all__ = ["RecordEditor"]

_PATCHED = ("data", "tlp", "pap", "name")


class RecordEditor(RecordWriter):
    """What an analyst does to records, in the transaction of one connection."""

    def patch(
        self, kind: str, ref: str, changes: Mapping[str, Any], *, reason: str, run: int | None = None
    ) -> StoredRecord:
        """Change what a record says, above all sources, which stay as they are.

        Parameters
        ----------
        changes
            JSON merge patch (RFC 7396) of {data, tlp, pap, name}: null removes. It adds to earlier ones.

        Raises
        ------
        EvidenceError, StoreError
            No such record, or it was deleted.
        SchemaError
            Nothing is changed, or a part cannot be changed so.
        """
        changes, _ = clean_json(_check_changes(changes, ref))
        row, layers = self._load_live(kind, ref)
        at = datetime.now(UTC)
        former = _find_analyst(layers)
        below = self._fold_below(row, layers)
        base = {"data": below.data, "tlp": below.tlp, "pap": below.pap, "name": below.name}
        if former is not None and former.patch is None:
            others = [found for found in layers if found is not former]
            values = _amend_own(former, changes, base=base, others=others, at=at)
        else:
            earlier = former.patch if former is not None and former.patch is not None else {}
            patch = compose_patches(earlier, changes, base=base)
            values = _patch_values(kind, ref, patch, base_digest=fold_below(layers).digest, at=at)
        digest = self._write_layer(kind, ref, former=former, values=values, at=at)
        self._log_analyst(kind, ref, "patched", reason=reason, run=run, before=to_former(former), digest=digest, at=at)
        return self.get(kind, ref)

    def unpatch(self, kind: str, ref: str, *, fields: Sequence[str] | None = None, reason: str) -> StoredRecord:
        """Take an analyst's patch back, all of it or what it says of some fields.

        Parameters
        ----------
        fields
            `tlp`, `pap`, `name`, fields of `data` (``victims``, ``victims.value``), or ``data.name`` where a field
            of `data` has one of the first names; `name` takes both back.

        Raises
        ------
        StoreError
            The analyst patched nothing of it.
        """
        _, layers = self._load_live(kind, ref)
        former = _find_analyst(layers)
        if former is None or former.patch is None:
            raise StoreError(
                f"nothing of “{ref}” was changed by an analyst",
                value=ref,
                repair="look at its layers" if former is None else "the record is an analyst's own: patch or delete it",
            )
        patch: dict[str, Any] = {} if fields is None else dict(former.patch)
        for name in fields or ():
            patch = _drop_field(patch, name, ref=ref)
        at = datetime.now(UTC)
        base_digest = fold_below(layers).digest
        values = _patch_values(kind, ref, patch, base_digest=base_digest, at=at) if patch else None
        digest = self._write_layer(kind, ref, former=former, values=values, at=at)
        self._log_analyst(kind, ref, "unpatched", reason=reason, before=to_former(former), digest=digest, at=at)
        return self.get(kind, ref)

    def create(self, content: LayerContent, *, reason: str) -> StoredRecord:
        """Add a record of the analyst's own.

        Raises
        ------
        StoreError
            There is one already, be it deleted.
        """
        kind, ref = content.kind, content.ref
        check_ref(ref)
        at = datetime.now(UTC)
        row = self._load_records([(kind, ref)]).get((kind, ref))
        former = _find_analyst(self._load_layers([(kind, ref)]).get((kind, ref), ()))
        if row is not None and (row.deletion != "retired" or former is not None):
            raise StoreError(
                f"there is a record “{ref}” of kind {kind} already",
                value=ref,
                repair="restore it" if row.deletion is not None else "change it, or choose another ref",
            )
        kept, values = layer_values(content, origin=ANALYST, rank=ANALYST_RANK, origin_version=None, at=at)
        if row is None:
            self._insert_fresh([(kept, values)], at=at)
        digest = self._write_layer(kind, ref, former=None, values=values, at=at)
        self._log_analyst(kind, ref, "created", reason=reason, digest=digest, at=at)
        return self.get(kind, ref)

    def delete(self, kind: str, ref: str, *, reason: str) -> None:
        """Hide a record; imports do not bring it back, `restore` does.

        Raises
        ------
        EvidenceError, StoreError
            No such record; it is deleted already, or was merged into another.
        """
        row, _ = self._load_live(kind, ref)
        if row.merged_into is not None:
            raise StoreError(
                f"“{ref}” was merged into “{row.merged_into}”", value=ref, repair="split it first, or delete the other"
            )
        at = datetime.now(UTC)
        self._set(row, deletion="analyst", deleted_at=at, version=row.version + 1, modified_at=at)
        self._log_analyst(kind, ref, "deleted", reason=reason, digest=row.digest, at=at)

    def restore(self, kind: str, ref: str, *, reason: str) -> None:
        """Bring back a record that an analyst deleted.

        Raises
        ------
        EvidenceError, StoreError
            No such record; it is not deleted, or no source speaks of it any more.
        """
        self.get(kind, ref, include_deleted=True)
        row = self._load_records([(kind, ref)])[kind, ref]
        if row.deletion is None:
            raise StoreError(f"the record “{ref}” is not deleted", value=ref)
        layers = self._load_layers([(kind, ref)]).get((kind, ref), [])
        if all(found.is_patch for found in layers):
            raise StoreError(
                f"no source speaks of “{ref}” any more", value=ref, repair="import one that does, or create it anew"
            )
        at = datetime.now(UTC)
        self._set(row, deletion=None, deleted_at=None, version=row.version + 1, modified_at=at)
        digest = self._refold([(kind, ref)], at=at)[kind, ref]
        self._log_analyst(kind, ref, "restored", reason=reason, digest=digest, at=at)

    def merge(self, kind: str, keep: str, other: str, *, reason: str) -> StoredRecord:
        """Join two records of one thing: `keep` speaks first, `other` fills the fields that it leaves open.

        Lists of aliases, evidence, ids and techniques hold what both say; the marking is the stricter one. `other`
        keeps its layers and is no longer found on its own; `split` undoes it exactly.

        Raises
        ------
        EvidenceError, StoreError
            A record is missing, deleted or merged already; both are one.
        """
        if keep == other:
            raise StoreError("a record cannot be merged into itself", value=keep, repair="name two records")
        kept, _ = self._load_live(kind, keep)
        joined, _ = self._load_live(kind, other)
        for row, into in ((kept, kept.merged_into), (joined, joined.merged_into)):
            if into is not None:
                raise StoreError(
                    f"“{row.ref}” was merged into “{into}” already",
                    value=row.ref,
                    repair="split it first" if into in (keep, other) else f"name “{into}” instead, or split it first",
                )
        at = datetime.now(UTC)
        self._set(joined, merged_into=keep, modified_at=at)
        self._set(kept, merged=sorted([*kept.merged, other]), modified_at=at)
        digest = self._refold([(kind, keep)], at=at)[kind, keep]
        self._log_analyst(kind, keep, "merged", other=other, reason=reason, digest=digest, at=at)
        self._log_analyst(kind, other, "merged", other=keep, reason=reason, digest=joined.digest, at=at)
        return self.get(kind, keep)

    def split(self, kind: str, other: str, *, reason: str) -> StoredRecord:
        """Take a record out of the one that it was merged into; both say again what their own layers say.

        Raises
        ------
        EvidenceError, StoreError
            No such record, or it was not merged.
        """
        stored = self.get(kind, other, include_deleted=True)
        keep = stored.merged_into
        if keep is None:
            repair = f"it holds {', '.join(stored.merged)}: name one of these" if stored.merged else None
            raise StoreError(f"“{other}” was not merged into another record", value=other, repair=repair)
        rows = self._load_records([(kind, keep), (kind, other)])
        at = datetime.now(UTC)
        self._set(rows[kind, other], merged_into=None, modified_at=at)
        left = [ref for ref in rows[kind, keep].merged if ref != other]
        self._set(rows[kind, keep], merged=left, modified_at=at)
        digest = self._refold([(kind, keep)], at=at)[kind, keep]
        self._log_analyst(kind, keep, "split", other=other, reason=reason, digest=digest, at=at)
        self._log_analyst(kind, other, "split", other=keep, reason=reason, digest=stored.digest, at=at)
        return self.get(kind, other, include_deleted=True)

    def _release_merged(self, keys: Sequence[tuple[str, str]], *, reason: str) -> None:
        """Split what was merged into records that are gone, so that what is known of the thing is still found."""
        for (kind, _), row in self._load_records(keys).items():
            if row.deletion == "retired":
                for other in row.merged:
                    self.split(kind, other, reason=reason)

    def _load_live(self, kind: str, ref: str) -> tuple[Any, list[StoredLayer]]:
        """Return the row and the layers of a record that exists and is not deleted."""
        self.get(kind, ref)
        return self._load_records([(kind, ref)])[kind, ref], self._load_layers([(kind, ref)])[kind, ref]

    def _set(self, row: Any, **values: Any) -> None:
        self._connection.execute(update(record).where(record.c.id == row.id).values(**values))

    def _log_analyst(
        self,
        kind: str,
        ref: str,
        action: str,
        *,
        reason: str,
        digest: str,
        at: datetime,
        other: str | None = None,
        before: Mapping[str, Any] | None = None,
        run: int | None = None,
    ) -> None:
        line = {"kind": kind, "ref": ref, "origin": ANALYST, "action": action, "reason": reason, "other": other}
        self._log([{**line, "before": before, "run": run, "digest_after": digest}], at=at)


def _check_changes(changes: Mapping[str, Any], ref: str) -> dict[str, Any]:
    """Return a patch that can be applied, or say what is wrong with it."""
    unknown = sorted(set(changes) - set(_PATCHED))
    if unknown:
        raise SchemaError("this part of a record cannot be changed", field=unknown[0], allowed=", ".join(_PATCHED))
    data = changes.get("data", {})
    if not isinstance(data, Mapping):
        raise SchemaError("the data of a record are a mapping", field="data", value=data)
    if data.get("ref", ref) != ref:
        raise SchemaError(
            "a record keeps its ref", field="data.ref", value=data["ref"], repair=f"leave ref out, or write {ref}"
        )
    if "name" in changes and not (isinstance(changes["name"], str) and changes["name"].strip()):
        raise SchemaError(
            "a record has a name", field="name", value=changes["name"], repair="write at least one letter"
        )
    for field, allowed in (("tlp", TLP_ORDER), ("pap", PAP_ORDER)):
        if changes.get(field) is not None and changes[field] not in allowed:
            raise SchemaError("no such marking", field=field, value=changes[field], allowed=", ".join(allowed))
    checked = {name: value for name, value in changes.items() if name != "data"} | ({"data": data} if data else {})
    if not checked:
        raise SchemaError("nothing is changed", allowed=", ".join(_PATCHED), repair="give at least one field")
    return checked


def _find_analyst(layers: Sequence[StoredLayer]) -> StoredLayer | None:
    return next((found for found in layers if found.origin == ANALYST), None)


def _patch_values(kind: str, ref: str, patch: Mapping[str, Any], *, base_digest: str, at: datetime) -> dict[str, Any]:
    """Return the row of a patch; `base_digest` is of the sources of the record alone, not of what was merged in."""
    content = LayerContent(kind=kind, ref=ref, name=patch.get("name", ref), data=patch, digest=digest_json(patch))
    _, values = layer_values(content, origin=ANALYST, rank=ANALYST_RANK, origin_version=None, at=at)
    return {**values, "is_patch": True, "base_digest": base_digest}


def _amend_own(
    former: StoredLayer,
    changes: Mapping[str, Any],
    *,
    base: Mapping[str, Any],
    others: Sequence[StoredLayer],
    at: datetime,
) -> dict[str, Any]:
    """Return the row of an analyst's own layer with changes applied to what the record says."""
    said = apply_patch(base, changes)
    data = dict(former.content.data)
    for key, value in changes.get("data", {}).items():
        if value is None:
            data.pop(key, None)
            speaker = next((found.origin for found in others if key in found.content.data), None)
            if speaker is not None:
                raise SchemaError(
                    "a field that another source states cannot be removed from a record of the analyst's own",
                    field=f"data.{key}",
                    value=speaker,
                    repair="give the field another value",
                )
        else:
            data[key] = said["data"][key]
    marks = {name: said.get(name) for name in ("tlp", "pap", "name") if name in changes}
    content = replace(former.content, data=data, **marks)
    content = replace(content, digest=digest_content(content))
    return layer_values(content, origin=ANALYST, rank=former.rank, origin_version=None, at=at)[1]


def _drop_field(patch: dict[str, Any], name: str, *, ref: str) -> dict[str, Any]:
    """Return a patch without what it says of a field."""
    left = patch
    if name in ("tlp", "pap", "name") and name in left:
        left = {key: value for key, value in left.items() if key != name}
    path = name.removeprefix("data.").split(".")
    inner = drop_from_patch(left.get("data", {}), path)
    if inner is not None:
        left = {key: value for key, value in left.items() if key != "data"} | ({"data": inner} if inner else {})
    if left is patch:
        said = [*(key for key in patch if key != "data"), *patch.get("data", {})]
        raise StoreError(
            f"an analyst changed nothing of this field of “{ref}”", field=name, allowed=", ".join(said) or None
        )
    return left
