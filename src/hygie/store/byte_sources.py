"""Bytes from outside, read as a stream: plain, gzip or one file in a ZIP, within limits of size and expansion."""

from __future__ import annotations

import gzip
import io
import stat
import zipfile
import zlib
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO, Protocol

from hygie.core.errors import DocumentError

__all__ = ["MAX_EXPANDED_BYTES", "MAX_RATIO", "ByteSource", "LimitedReader", "Readable"]

# A national feed of a year is below 1 GiB; what is larger is cut by its publisher.
MAX_EXPANDED_BYTES = 4 * 1024**3
# Text compresses 5 to 30 times, very repetitive text 100 times; bombs start at 1,000.
MAX_RATIO = 200
# Small files may be repetitive by accident: the ratio is judged from this many expanded bytes on.
RATIO_FREE_BYTES = 16 * 1024**2

Progress = Callable[[int], None]


class Readable(Protocol):
    """What a parser needs."""

    def read(self, size: int = -1, /) -> bytes: ...


class LimitedReader(io.RawIOBase):
    """A binary stream that refuses to expand without end.

    Parameters
    ----------
    stream
        Where expanded bytes come from.
    packed
        Returns the number of packed bytes read so far [bytes]; None for a stream that is not packed.
    """

    def __init__(
        self,
        stream: Readable,
        *,
        name: str,
        packed: Callable[[], int] | None = None,
        progress: Progress | None = None,
        max_bytes: int = MAX_EXPANDED_BYTES,
        max_ratio: float = MAX_RATIO,
    ) -> None:
        super().__init__()
        self._stream = stream
        self._name = name
        self._packed = packed
        self._progress = progress
        self._max_bytes = max_bytes
        self._max_ratio = max_ratio
        self.position = 0

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]
        chunk = self.read(len(buffer))
        buffer[: len(chunk)] = chunk
        return len(chunk)

    def read(self, size: int = -1, /) -> bytes:
        if size is None or size < 0:
            parts = []
            while part := self.read(1 << 20):
                parts.append(part)
            return b"".join(parts)
        try:
            chunk = self._stream.read(size)
        except (zlib.error, gzip.BadGzipFile, zipfile.BadZipFile, EOFError) as error:
            raise DocumentError(
                f"the compressed file is damaged or cut short: {error}",
                file=self._name,
                repair="fetch the file again",
            ) from None
        except OSError as error:
            raise DocumentError(
                f"the file cannot be read: {error.strerror or error}", file=self._name, repair="check the file"
            ) from None
        self.position += len(chunk)
        self._check()
        if self._progress is not None:
            self._progress(self._packed() if self._packed is not None else self.position)
        return chunk

    def _check(self) -> None:
        if self.position > self._max_bytes:
            raise DocumentError(
                "the content is too large",
                file=self._name,
                value=f"more than {self._max_bytes:,} bytes",
                allowed=f"at most {self._max_bytes:,} bytes",
                repair="cut the file into smaller ones",
            )
        if self._packed is not None and self.position > RATIO_FREE_BYTES:
            ratio = self.position / max(self._packed(), 1)
            if ratio > self._max_ratio:
                raise DocumentError(
                    "the compressed file expands beyond reason",
                    file=self._name,
                    value=f"{ratio:,.0f} times its size",
                    allowed=f"at most {self._max_ratio:g} times",
                    repair="check where the file comes from; give it uncompressed if you trust it",
                )


@dataclass(frozen=True, slots=True, kw_only=True)
class ByteSource:
    """Something to import: a file, or bytes that are already here.

    Parameters
    ----------
    name
        What messages call it.
    path, content
        Exactly one of them.
    progress
        Called with the number of packed bytes read so far [bytes].
    """

    name: str
    path: Path | None = None
    content: bytes | None = None
    progress: Progress | None = field(default=None, compare=False)
    max_bytes: int = MAX_EXPANDED_BYTES
    max_ratio: float = MAX_RATIO

    @classmethod
    def from_path(cls, path: Path, *, progress: Progress | None = None) -> ByteSource:
        """Return the source of a regular file.

        Raises
        ------
        DocumentError
            No such file, or not a regular one.
        """
        try:
            mode = path.stat().st_mode
        except (OSError, ValueError) as error:
            reason = (error.strerror if isinstance(error, OSError) else None) or str(error)
            raise DocumentError(f"the file cannot be read: {reason}", file=str(path), repair="check the path") from None
        # A pipe or a device could keep the reader waiting for ever.
        if not stat.S_ISREG(mode):
            kind = "a folder" if stat.S_ISDIR(mode) else "not a regular file"
            raise DocumentError(f"this is {kind}", file=str(path), repair="give the path of a file")
        return cls(name=str(path), path=path, progress=progress)

    @property
    def size(self) -> int:
        """Packed size [bytes]."""
        if self.content is not None:
            return len(self.content)
        assert self.path is not None
        return self.path.stat().st_size

    @contextmanager
    def open_packed(self) -> Iterator[BinaryIO]:
        """Open the bytes as they are, without unpacking: for formats that are archives themselves."""
        if self.content is not None:
            yield io.BytesIO(self.content)
            return
        assert self.path is not None
        try:
            stream = self.path.open("rb")
        except OSError as error:
            raise DocumentError(
                f"the file cannot be read: {error.strerror or error}",
                file=self.name,
                repair="check the path and its permissions",
            ) from None
        with stream:
            yield stream

    @contextmanager
    def open(self) -> Iterator[LimitedReader]:
        """Open the content as a stream of plain bytes: gzip and ZIP (with one file) are unpacked on the way.

        Raises
        ------
        DocumentError
            Unreadable, damaged, too large, expanding beyond reason; a ZIP with several files or a password.
        """
        with ExitStack() as stack:
            raw = stack.enter_context(self.open_packed())
            head = raw.read(4)
            raw.seek(0)
            stream: Readable = raw
            packed: Callable[[], int] | None = None
            if head[:2] == b"\x1f\x8b":
                stream, packed = stack.enter_context(gzip.GzipFile(fileobj=raw)), raw.tell
            elif head == b"PK\x03\x04":
                stream, packed = stack.enter_context(_open_member(raw, name=self.name)), raw.tell
            yield LimitedReader(
                stream,
                name=self.name,
                packed=packed,
                progress=self.progress,
                max_bytes=self.max_bytes,
                max_ratio=self.max_ratio,
            )


def _open_member(raw: BinaryIO, *, name: str) -> zipfile.ZipExtFile:
    try:
        archive = zipfile.ZipFile(raw)
        members = [info for info in archive.infolist() if not info.is_dir()]
        if len(members) != 1:
            raise DocumentError(
                "the ZIP archive must hold one file",
                file=name,
                value=f"{len(members)} files",
                allowed="1 file",
                repair="unpack it and import the files one by one",
            )
        # The extended file type of zipfile is what `open` returns for reading.
        return archive.open(members[0])  # type: ignore[return-value]
    except zipfile.BadZipFile as error:
        raise DocumentError(f"the ZIP archive is damaged: {error}", file=name, repair="fetch it again") from None
    except RuntimeError:
        raise DocumentError("the ZIP archive has a password", file=name, repair="unpack it first") from None
    except NotImplementedError:
        raise DocumentError(
            "the ZIP archive uses a compression that is not read here", file=name, repair="unpack it first"
        ) from None
