"""Public registers from the national portals: fetched, checked, unpacked; ready to be imported."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date
from pathlib import Path

from hygie.core.errors import DocumentError, Finding, UsageError, suggest
from hygie.facility.open_data import FINESS, SAE, PublicRegister, choose_finess_files, locate_sae_file
from hygie.store.archives import unpack_zip
from hygie.store.downloads import Download, Progress, RemoteFile, fetch_file
from hygie.store.http import HttpClient, HttpLimits, HttpTools, Wait
from hygie.views.registers import DownloadedFileView, DownloadView

__all__ = ["SOURCES", "download_register"]

SOURCES = ("sae", "finess")
# Far above what is published; a line may be slow, and break off as often as it likes while it brings something.
LIMITS = HttpLimits(max_bytes=2 * 1024**3, total_s=3_600.0, attempts=4)
_MAX_DESCRIPTION = 32 * 1024**2
# The statistics of a year are complete in the autumn of the next one.
_YEARS_LATE = 2


def download_register(
    source: str,
    folder: Path,
    *,
    year: int | None = None,
    address: str | None = None,
    progress: Progress | None = None,
    on_wait: Callable[[float, str], None] | None = None,
) -> DownloadView:
    """Fetch a public register into a folder.

    Parameters
    ----------
    source
        One of `SOURCES`.
    folder
        The extracts of the directory (FINESS) get a folder of their own in it, named after their day.
    year
        Of the statistics (SAE); two years ago by default. The directory knows the present only.
    address
        Of a mirror: for `finess` the description of the dataset, for `sae` the archive.
    progress, on_wait
        Told of bytes, and of pauses before another attempt: how long [s], and why.

    Raises
    ------
    DocumentError
        No network, or a file is not what was announced; the message says how to do it by hand.
    StoreError
        The folder cannot be written.
    UsageError
        No such source or year, or the address is not accepted.
    """
    if source not in SOURCES:
        raise UsageError(
            "there is no such register to fetch",
            field="SOURCE",
            value=source,
            allowed=", ".join(SOURCES),
            repair=suggest(source, SOURCES),
        )

    def tell_wait(wait: Wait) -> None:
        if on_wait is not None:
            on_wait(wait.seconds, wait.reason)

    tools = HttpTools(on_wait=tell_wait)
    published = FINESS if source == "finess" else SAE
    try:
        if source == "finess":
            return _download_finess(folder, year=year, address=address, progress=progress, tools=tools)
        return _download_sae(folder, year=year, address=address, progress=progress, tools=tools)
    except DocumentError as error:
        raise _tell_manual_way(error, published) from None


def _download_finess(
    folder: Path, *, year: int | None, address: str | None, progress: Progress | None, tools: HttpTools
) -> DownloadView:
    if year is not None:
        raise UsageError("the directory knows the present only", field="--year", value=year, repair="leave --year out")
    asked = address or FINESS.address
    with HttpClient(asked, limits=replace(LIMITS, max_bytes=_MAX_DESCRIPTION), tools=tools) as client:
        answer = client.get(asked, accept="application/json")
    files = choose_finess_files(answer.body, address=asked)
    place = folder / f"finess-{files.edition}"
    fetched = [
        (remote, _fetch(remote, place, progress=progress, tools=tools))
        for remote in (files.establishments, files.entities)
        if remote is not None
    ]
    return _view("finess", FINESS, fetched, ready=place, packed=None)


def _download_sae(
    folder: Path, *, year: int | None, address: str | None, progress: Progress | None, tools: HttpTools
) -> DownloadView:
    remote = locate_sae_file(year or date.today().year - _YEARS_LATE, address=address)
    done = _fetch(remote, folder, progress=progress, tools=tools)
    with done.path.open("rb") as stream:
        head = stream.read(6)
    ready: Path | None = done.path
    packed = None
    if head.startswith(b"PK\x03\x04"):
        ready = done.path.with_suffix("") if done.path.suffix else done.path.with_name(f"{done.path.name}-unpacked")
        if not ready.exists():
            unpack_zip(done.path, ready)
    elif head == b"7z\xbc\xaf\x27\x1c":
        ready, packed = None, "7z"
    return _view("sae", SAE, [(remote, done)], ready=ready, packed=packed)


def _fetch(remote: RemoteFile, folder: Path, *, progress: Progress | None, tools: HttpTools) -> Download:
    with HttpClient(remote.url, limits=LIMITS, tools=tools) as client:
        done = fetch_file(client, remote, folder, progress=progress)
    with done.path.open("rb") as stream:
        if stream.read(64).lstrip().startswith(b"<"):
            # The page of a network that asks to sign in, or of a portal that is closed.
            done.path.unlink()
            raise DocumentError(
                "a web page came instead of the file: it was removed",
                file=remote.name,
                repair="check the address, and that the network lets downloads through",
            )
    return done


def _tell_manual_way(error: DocumentError, published: PublicRegister) -> DocumentError:
    if any(published.page in (finding.repair or "") for finding in error.findings):
        return error
    by_hand = Finding(code=error.code, message="the same can be done without this command", repair=published.manual)
    return DocumentError.from_findings([*error.findings, by_hand])


def _view(
    source: str,
    published: PublicRegister,
    fetched: list[tuple[RemoteFile, Download]],
    *,
    ready: Path | None,
    packed: str | None,
) -> DownloadView:
    return DownloadView(
        source=source,
        page=published.page,
        files=tuple(
            DownloadedFileView(
                url=remote.url,
                path=str(done.path),
                size=done.size,
                sha256=done.sha256,
                verified=done.verified,
                held=done.state == "held",
                resumed_at=done.resumed_at,
            )
            for remote, done in fetched
        ),
        ready=str(ready) if ready is not None else None,
        packed=packed,
    )
