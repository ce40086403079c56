"""Pack folders: where they are, what order they load in, and the documents they hold."""

from __future__ import annotations

import hashlib
from collections import OrderedDict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from importlib import resources
from importlib.metadata import entry_points
from importlib.resources.abc import Traversable
from pathlib import Path

from hygie.core.errors import DocumentError, EvidenceError, Finding, HygieError, SchemaError, suggest
from hygie.knowledge.records import PackInfo
from hygie.knowledge.schemas import PackHeader
from hygie.store.documents import MAX_BYTES, Document, parse_document, validate_model

__all__ = ["ENTRY_POINT_GROUP", "HEADER_FILE", "PackFolder", "digest_pack", "find_pack", "read_packs"]

ENTRY_POINT_GROUP = "hygie.packs"
HEADER_FILE = "pack.yaml"

# Links between folders can go round in a circle: bound the walk instead of following them for ever.
MAX_FILES = 2_000
MAX_FOLDERS_DEEP = 8
# What may stand beside the subject of a file, and beside which; None for any.
# Packs that were read without a finding, by where they lie and what their files hold: reading YAML takes most of the
# time of a question, and the same packs are asked about again and again.
_READ: OrderedDict[tuple[str, str, str], PackFolder] = OrderedDict()
_KEPT = 8
_BESIDE: Mapping[str, tuple[str, ...] | None] = {"schema": None, "observation_window": ("campaigns",)}


@dataclass(frozen=True, slots=True)
class PackFolder:
    """One pack read from disk: its header, and every other YAML file in the order of names."""

    info: PackInfo
    requires: tuple[str, ...]
    header: Document
    documents: tuple[Document, ...]


def find_pack(name: str) -> Traversable:
    """Return the folder of a pack: one that comes with hygie, or one that an installed package declares.

    A package declares a pack with an entry point of group `hygie.packs` whose value is the package that holds
    the files, such as ``my_pack.data``, or ``my_pack:data`` for a folder that is not a package.

    Raises
    ------
    EvidenceError
        No pack has this name.
    """
    shipped = resources.files("hygie") / "packs"
    names = {entry.name for entry in shipped.iterdir() if (entry / HEADER_FILE).is_file()}
    if name in names:
        return shipped / name
    declared = {entry.name: entry for entry in entry_points(group=ENTRY_POINT_GROUP)}
    if name in declared:
        module, _, folder = declared[name].value.partition(":")
        try:
            root = resources.files(module.strip())
            return root / folder.strip() if folder else root
        except (ImportError, TypeError):
            repair = f"reinstall the package that declares “{declared[name].value}”"
            raise EvidenceError(f"the pack “{name}” cannot be opened", value=name, repair=repair) from None
    known = sorted(names | declared.keys())
    raise EvidenceError(
        f"there is no pack “{name}”",
        value=name,
        allowed=", ".join(known),
        repair=suggest(name, known) or "use the name of an installed pack, or give the path of its folder",
    )


def read_packs(names: Sequence[str], *, extra_paths: Iterable[Path]) -> tuple[list[PackFolder], list[Finding]]:
    """Return the packs, each after the ones it requires, and what is wrong with their files.

    Packs that another one requires are found and added. Folders in `extra_paths` come last; a single YAML file there
    is a pack of its own, which may hold several subjects.
    """
    findings: list[Finding] = []
    found: dict[str, PackFolder] = {}
    wanted: list[str] = []

    def take(root: Traversable, *, label: str, expected: str | None) -> None:
        single = isinstance(root, Path) and root.is_file()
        folder = (_read_single if single else _read_folder)(root, label=label, findings=findings)
        if folder is None:
            return
        if single:
            # It has no header to say so: it stands on all that was named before it, and may override it.
            folder = replace(folder, requires=tuple(found))
        name = folder.info.name
        message = None
        if expected is not None and name != expected:
            message = f"the pack “{expected}” calls itself “{name}”"
        elif name in found:
            message = f"two packs are called “{name}”"
        if message is not None:
            findings.append(_refuse(folder.header, message, field="name", value=name, repair="rename one of them"))
            return
        found[name] = folder
        wanted.append(name)

    def search(name: str, *, asked_by: Document | None) -> None:
        try:
            take(find_pack(name), label=name, expected=name)
        except HygieError as error:
            if asked_by is not None:
                line = asked_by.line_of(("requires",))
                error = error.located(file=asked_by.name, line=line, field="requires")
            findings.extend(error.findings)

    for name in dict.fromkeys(names):
        search(name, asked_by=None)
    for path in extra_paths:
        take(path, label=str(path), expected=None)
    tried = {*names, *found}
    # The list grows while it is read: a required pack may require others.
    for name in wanted:
        for required in found[name].requires:
            if required not in tried:
                tried.add(required)
                search(required, asked_by=found[name].header)
    return _order_packs(found, findings), findings


def _order_packs(found: Mapping[str, PackFolder], findings: list[Finding]) -> list[PackFolder]:
    ordered: dict[str, PackFolder] = {}
    rest = dict(found)
    while rest:
        ready = [name for name, folder in rest.items() if not any(other in rest for other in folder.requires)]
        if not ready:
            header = next(iter(rest.values())).header
            message = f"packs require each other in a circle: {', '.join(sorted(rest))}"
            findings.append(_refuse(header, message, field="requires", repair="remove one of the requirements"))
            break
        # One at a time, so that packs that do not depend on each other keep the order asked for.
        ordered[ready[0]] = rest.pop(ready[0])
    return list(ordered.values())


def _read_folder(root: Traversable, *, label: str, findings: list[Finding]) -> PackFolder | None:
    try:
        files = dict(_walk_files(root))
    except (OSError, ValueError) as error:
        reason = (error.strerror if isinstance(error, OSError) else None) or str(error)
        repair = "give the folder of a pack"
        findings.extend(DocumentError(f"the pack folder cannot be read: {reason}", file=label, repair=repair).findings)
        return None
    if HEADER_FILE not in files:
        message, repair = f"the folder holds no {HEADER_FILE}", "give the folder of a pack, or write the file"
        findings.extend(DocumentError(message, file=label, repair=repair).findings)
        return None
    contents: dict[str, bytes] = {}
    for name, entry in files.items():
        try:
            contents[name] = _read_file(name, entry)
        except OSError as error:
            reason = error.strerror or str(error)
            findings.extend(
                DocumentError(
                    f"the file cannot be read: {reason}", file=f"{label}/{name}", repair="check its permissions"
                ).findings
            )
    digest = _digest_files(contents)
    key = (label, str(root), digest)
    if len(contents) == len(files) and (known := _READ.get(key)) is not None:
        return known
    earlier = len(findings)
    documents: dict[str, Document] = {}
    for name, data in contents.items():
        place = f"{label}/{name}"
        try:
            if _is_yaml(name) and not name.endswith(".yaml"):
                raise DocumentError("this file would not be read", file=place, repair="let its name end in “.yaml”")
            if _is_yaml(name):
                documents[name] = parse_document(data, name=place)
        except HygieError as error:
            findings.extend(error.findings)
    header = documents.pop(HEADER_FILE, None)
    if header is None:
        return None
    try:
        fields = validate_model(header, PackHeader)
    except HygieError as error:
        findings.extend(error.findings)
        return None
    info = PackInfo(fields.name, fields.version, digest, str(root))
    folder = PackFolder(info, tuple(fields.requires), header, tuple(documents.values()))
    if len(contents) == len(files) and len(findings) == earlier:
        _READ[key] = folder
        while len(_READ) > _KEPT:
            _READ.popitem(last=False)
    return folder


def _read_single(root: Traversable, *, label: str, findings: list[Finding]) -> PackFolder | None:
    try:
        if root.name == HEADER_FILE:
            raise DocumentError("this is the header of a pack", file=label, repair="give the folder of the pack")
        data = _read_file(root.name, root)
        document = parse_document(data, name=label)
    except OSError as error:
        reason = error.strerror or str(error)
        findings.extend(
            DocumentError(f"the file cannot be read: {reason}", file=label, repair="check its permissions").findings
        )
        return None
    except HygieError as error:
        findings.extend(error.findings)
        return None
    info = PackInfo(label, "0", _digest_files({root.name: data}), label)
    return PackFolder(info, (), document, tuple(_split_subjects(document)))


def _split_subjects(document: Document) -> Iterator[Document]:
    """Yield one document per subject of a file, each with the lines of the whole."""
    content = document.data
    subjects = [key for key in content if key not in _BESIDE] if isinstance(content, dict) else []
    if len(subjects) < 2:
        yield document
        return
    for subject in subjects:
        beside = [key for key, of in _BESIDE.items() if key in content and (of is None or subject in of)]
        yield replace(document, data={key: content[key] for key in (*beside, subject)})


def digest_pack(name: str) -> str:
    """Return the SHA-256 of the files of an installed pack, without judging them.

    Raises
    ------
    EvidenceError
        No pack has this name.
    OSError
        A file cannot be read.
    """
    return _digest_files({name: _read_file(name, entry) for name, entry in _walk_files(find_pack(name))})


def _digest_files(contents: Mapping[str, bytes]) -> str:
    state = hashlib.sha256()
    for name, data in contents.items():
        # Line ends differ between systems, the content of a pack does not.
        canonical = data.replace(b"\r\n", b"\n")
        state.update(f"{name}\x1f{len(canonical)}\x1f".encode())
        state.update(canonical)
    return "sha256:" + state.hexdigest()


def _read_file(name: str, entry: Traversable) -> bytes:
    with entry.open("rb") as stream:
        return stream.read(MAX_BYTES + 1 if _is_yaml(name) else -1)


def _is_yaml(name: str) -> bool:
    return name.lower().endswith((".yaml", ".yml"))


def _walk_files(root: Traversable) -> Iterator[tuple[str, Traversable]]:
    """Return the visible files below a folder with their names relative to it, in the order of names."""
    stack = [("", root)]
    files: list[tuple[str, Traversable]] = []
    while stack:
        prefix, folder = stack.pop()
        for entry in folder.iterdir():
            if entry.name.startswith((".", "__")):
                continue
            name = prefix + entry.name
            if entry.is_dir():
                if name.count("/") >= MAX_FOLDERS_DEEP:
                    raise ValueError(f"more than {MAX_FOLDERS_DEEP} levels of folders")
                stack.append((name + "/", entry))
            elif entry.is_file():
                files.append((name, entry))
                if len(files) > MAX_FILES:
                    raise ValueError(f"more than {MAX_FILES:,} files")
    yield from sorted(files, key=lambda item: item[0])


def _refuse(document: Document, message: str, *, field: str, repair: str, value: str | None = None) -> Finding:
    return SchemaError(
        message, file=document.name, line=document.line_of((field,)), field=field, value=value, repair=repair
    ).findings[0]
