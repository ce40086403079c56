"""The CTI base of one organisation: packs and embedded catalogues at the bottom, imports above, the analyst on top."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from hygie.knowledge.embedded import read_embedded
from hygie.knowledge.folders import PackFolder, digest_pack
from hygie.knowledge.importers.protocol import ImportItem, Release
from hygie.knowledge.kinds import IntelRecord
from hygie.knowledge.loading import EMBEDDED_RANK, PACK_RANK, ImportReport, load_items
from hygie.knowledge.pack_records import read_pack_folders, read_pack_records
from hygie.knowledge.packs import DEFAULT_PACKS
from hygie.store.record_store import RecordStore

__all__ = [
    "FieldChange",
    "PackDiff",
    "RecordChange",
    "diff_packs",
    "fill_base",
    "is_filled",
    "list_outdated",
    "stamp_version",
    "upgrade_packs",
]


@dataclass(frozen=True, slots=True, kw_only=True)
class FieldChange:
    """One field of a pack entry, dotted for parts: what the base holds, what the pack says, the analyst's word."""

    field: str
    before: Any
    after: Any
    overlay: Any = None
    overlaid: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordChange:
    """One entry that the installed pack changes."""

    kind: str
    ref: str
    name: str
    fields: tuple[FieldChange, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class PackDiff:
    """What loading the installed version of a pack would change; nothing of an analyst's is ever overwritten.

    Parameters
    ----------
    loaded, installed
        Version in the base (None when it is not there yet) and version of the files.
    added, removed
        Kind, ref and name of entries.
    changed
        Entries whose fields differ; a field with `overlaid` keeps the analyst's value, to be looked at again.
    """

    pack: str
    loaded: str | None
    installed: str
    added: tuple[tuple[str, str, str], ...]
    removed: tuple[tuple[str, str, str], ...]
    changed: tuple[RecordChange, ...]

    @property
    def is_empty(self) -> bool:
        """True when the base already says what the pack says."""
        return not (self.added or self.removed or self.changed)


def stamp_version(version: str, digest: str) -> str:
    """Return the version of a pack with the beginning of its digest: files may change while the version stays.

    >>> stamp_version("2026.11", "sha256:0123456789abcdef")
    '2026.11+01234567'
    """
    return f"{version}+{digest.removeprefix('sha256:')[:8]}"


def list_outdated(store: RecordStore, *, packs: Sequence[str] = DEFAULT_PACKS) -> list[str]:
    """Return the installed packs whose files are not those that the base was filled with."""
    loaded = {origin: version or "" for origin, version, _ in store.origins()}
    return [name for name in packs if not loaded.get(f"pack/{name}", "").endswith(stamp_version("", digest_pack(name)))]


def is_filled(store: RecordStore) -> bool:
    """Return whether packs have been loaded into the base."""
    return any(origin.startswith("pack/") for origin, _, _ in store.origins())


def fill_base(
    store: RecordStore,
    *,
    packs: Sequence[str] = DEFAULT_PACKS,
    extra_paths: Sequence[Path] = (),
    progress: Callable[[str], None] | None = None,
) -> list[ImportReport]:
    """Load the installed packs and the embedded catalogues; what is there already is left as it is.

    A catalogue that the user replaced by a release of their own is not loaded again.
    """
    tell = progress or (lambda _: None)
    reports: list[ImportReport] = []
    origins = {origin for origin, _, _ in store.origins()}
    for release, items in _split_releases(read_embedded()):
        if f"release/{release.name}" in origins:
            continue
        tell(f"{release.name} {release.version}")
        reports.append(
            load_items(
                store,
                items,
                format="embedded",
                source=f"{release.name} {release.version}",
                origin=f"embedded/{release.name}",
                rank=EMBEDDED_RANK,
                version=release.version,
            )
        )
    loaded = {origin for origin in origins if origin.startswith("pack/")}
    for folder, records in read_pack_records(read_pack_folders(packs, extra_paths=extra_paths)):
        if f"pack/{folder.info.name}" not in loaded:
            tell(f"{folder.info.name} {folder.info.version}")
            reports.append(_load_pack(store, folder, records))
    return reports


def diff_packs(
    store: RecordStore, *, packs: Sequence[str] = DEFAULT_PACKS, extra_paths: Sequence[Path] = ()
) -> list[PackDiff]:
    """Return, for each pack, what its installed version would change in the base."""
    versions = {origin: version for origin, version, _ in store.origins()}
    return [
        _diff_pack(store, folder, records, loaded=versions.get(f"pack/{folder.info.name}"))
        for folder, records in read_pack_records(read_pack_folders(packs, extra_paths=extra_paths))
    ]


def upgrade_packs(
    store: RecordStore, *, packs: Sequence[str] = DEFAULT_PACKS, extra_paths: Sequence[Path] = ()
) -> list[ImportReport]:
    """Load the installed version of each pack; analyst edits stay on top, entries that are gone are kept as deleted."""
    return [
        _load_pack(store, folder, records)
        for folder, records in read_pack_records(read_pack_folders(packs, extra_paths=extra_paths))
    ]


def _load_pack(store: RecordStore, folder: PackFolder, records: Sequence[IntelRecord]) -> ImportReport:
    info = folder.info
    return load_items(
        store,
        [Release(name=info.name, version=stamp_version(info.version, info.digest)), *records],
        format="pack",
        source=f"{info.name}@{info.version} {info.digest}",
        origin=f"pack/{info.name}",
        rank=PACK_RANK,
    )


def _diff_pack(
    store: RecordStore, folder: PackFolder, records: Sequence[IntelRecord], *, loaded: str | None
) -> PackDiff:
    held = {(layer.content.kind, layer.content.ref): layer.content for layer in store.layers_by_origin(_origin(folder))}
    fresh = {(record.kind, record.ref): record for record in records}
    changed: list[RecordChange] = []
    for key in sorted(fresh.keys() & held.keys()):
        if held[key].data == fresh[key].data:
            continue
        fields = _diff_fields(held[key].data, fresh[key].data, patch=_find_patch(store, *key))
        changed.append(RecordChange(kind=key[0], ref=key[1], name=fresh[key].name, fields=tuple(fields)))
    return PackDiff(
        pack=folder.info.name,
        loaded=loaded,
        installed=stamp_version(folder.info.version, folder.info.digest),
        added=tuple((*key, fresh[key].name) for key in sorted(fresh.keys() - held.keys())),
        removed=tuple((*key, held[key].name) for key in sorted(held.keys() - fresh.keys())),
        changed=tuple(changed),
    )


def _origin(folder: PackFolder) -> str:
    return f"pack/{folder.info.name}"


def _find_patch(store: RecordStore, kind: str, ref: str) -> Mapping[str, Any]:
    for layer in store.layers(kind, ref):
        if layer.is_patch:
            return layer.content.data
    return {}


def _diff_fields(before: Mapping[str, Any], after: Mapping[str, Any], *, patch: Any, at: str = "") -> list[FieldChange]:
    """Return the leaves that differ, under dotted names, with what the analyst's patch says of each."""
    changes: list[FieldChange] = []
    for key in sorted({*before, *after}):
        old, new, field = before.get(key), after.get(key), f"{at}{key}"
        told = isinstance(patch, Mapping) and key in patch
        said = patch[key] if told else None
        if isinstance(old, Mapping) and isinstance(new, Mapping) and (not told or isinstance(said, Mapping)):
            changes += _diff_fields(old, new, patch=said, at=f"{field}.")
        elif old != new:
            changes.append(FieldChange(field=field, before=old, after=new, overlay=said, overlaid=told))
    return changes


def _split_releases(items: Iterator[ImportItem]) -> Iterator[tuple[Release, list[ImportItem]]]:
    release: Release | None = None
    batch: list[ImportItem] = []
    for item in items:
        if isinstance(item, Release):
            if release is not None:
                yield release, batch
            release, batch = item, [item]
        else:
            batch.append(item)
    if release is not None:
        yield release, batch
