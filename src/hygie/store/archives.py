"""ZIP archives of several files, unpacked into a folder: nothing outside of it, nothing beyond reason, whole or not."""

from __future__ import annotations

import shutil
import stat
import tempfile
import zipfile
import zlib
from collections.abc import Sequence
from pathlib import Path, PurePosixPath

from hygie.core.errors import DocumentError, StoreError
from hygie.store.byte_sources import MAX_EXPANDED_BYTES, MAX_RATIO, RATIO_FREE_BYTES

__all__ = ["unpack_zip"]

# The yearly statistics of hospitals have some sixty tables.
MAX_MEMBERS = 2_000
MAX_DEPTH = 8
_CHUNK = 1 << 20
_DAMAGE = (zipfile.BadZipFile, zlib.error, NotImplementedError, RuntimeError, EOFError, ValueError)


def unpack_zip(path: Path, folder: Path, *, max_bytes: int = MAX_EXPANDED_BYTES) -> list[Path]:
    """Unpack an archive into a folder that does not exist yet, and return its files in the order of the archive.

    Parameters
    ----------
    max_bytes
        All files together, unpacked [bytes].

    Raises
    ------
    DocumentError
        Not a ZIP archive, damaged, with a password, with a name that leads out of the folder, a link, too many files,
        or files that expand beyond reason; nothing is left of it.
    StoreError
        The folder exists or cannot be written.
    """
    name = str(path)
    if folder.exists():
        raise StoreError("the folder exists already", file=str(folder), repair="remove it, or choose another one")
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        made = Path(tempfile.mkdtemp(prefix=".hygie-unpack-", dir=folder.parent))
    except OSError as error:
        raise _unwritable(folder, error) from None
    try:
        with zipfile.ZipFile(path) as archive:
            members = _check_members(archive.infolist(), packed=path.stat().st_size, name=name, max_bytes=max_bytes)
            for info, place in members:
                _unpack_member(archive, info, made / place, name=name)
        made.replace(folder)
    except _DAMAGE as error:
        raise DocumentError(f"the ZIP archive is damaged: {error}", file=name, repair="fetch it again") from None
    except OSError as error:
        raise _unwritable(folder, error) from None
    finally:
        shutil.rmtree(made, ignore_errors=True)
    return [folder / place for _, place in members]


def _check_members(
    infos: Sequence[zipfile.ZipInfo], *, packed: int, name: str, max_bytes: int
) -> list[tuple[zipfile.ZipInfo, PurePosixPath]]:
    files = [info for info in infos if not info.is_dir()]
    if not files or len(files) > MAX_MEMBERS:
        raise DocumentError(
            "the ZIP archive is empty" if not files else "the ZIP archive holds too many files",
            file=name,
            value=f"{len(files):,} files",
            allowed=f"1 to {MAX_MEMBERS:,}",
            repair="check that this is the right archive",
        )
    total = sum(info.file_size for info in files)
    if total > max_bytes or total > max(RATIO_FREE_BYTES, MAX_RATIO * packed):
        raise DocumentError(
            "the ZIP archive expands beyond reason",
            file=name,
            value=f"{total:,} bytes from {packed:,}",
            allowed=f"at most {max_bytes:,} bytes, {MAX_RATIO:g} times the size of the archive",
            repair="check where the file comes from; unpack it yourself if you trust it",
        )
    members = [(info, _check_place(info, name=name)) for info in files]
    seen = {str(place).casefold() for _, place in members}
    if len(seen) < len(members):
        raise DocumentError("the ZIP archive holds a file twice", file=name, repair="unpack it yourself")
    return members


def _check_place(info: zipfile.ZipInfo, *, name: str) -> PurePosixPath:
    place = PurePosixPath(info.filename)
    mode = info.external_attr >> 16
    odd = (
        place.is_absolute()
        or not place.parts
        or len(place.parts) > MAX_DEPTH
        or any(part == ".." or ":" in part or "\\" in part or not part.isprintable() for part in place.parts)
    )
    if odd or (stat.S_IFMT(mode) not in (0, stat.S_IFREG)):
        raise DocumentError(
            "the ZIP archive holds a name that leads out of it" if odd else "the ZIP archive holds a link or a device",
            file=name,
            value=info.filename,
            repair="do not unpack it; ask where it comes from",
        )
    if info.flag_bits & 0x1:
        raise DocumentError("the ZIP archive has a password", file=name, repair="unpack it first")
    return place


def _unpack_member(archive: zipfile.ZipFile, info: zipfile.ZipInfo, target: Path, *, name: str) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    left = info.file_size
    with archive.open(info) as source, target.open("xb") as sink:
        while chunk := source.read(_CHUNK):
            left -= len(chunk)
            if left < 0:
                raise DocumentError(
                    "the ZIP archive holds more than it says",
                    file=name,
                    value=info.filename,
                    repair="do not unpack it; ask where it comes from",
                )
            sink.write(chunk)


def _unwritable(folder: Path, error: OSError) -> StoreError:
    return StoreError(
        f"the folder cannot be written: {error.strerror or error}",
        file=str(folder),
        repair="free some space, or choose another folder",
    )
