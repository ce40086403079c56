"""Tables of the Oasis Open Data Standards: terms as OED, losses as ORD."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Callable
from pathlib import Path

import numpy as np
import yaml
from numpy.typing import NDArray

from hygie.core.errors import StoreError, UsageError
from hygie.loss.ord_tables import ORD_TABLES, OrdVersion, build_ord_table
from hygie.loss.terms import apply_programme
from hygie.service.complaints import draw_complaints
from hygie.service.loss_tables import StoredLosses, load_losses, number_events
from hygie.service.oasis_terms import read_oed, write_oed
from hygie.service.programme_files import ProgrammeFile, load_programme
from hygie.store.result_tables import write_columns
from hygie.store.text_files import write_new_file
from hygie.views.charts_data import write_csv

__all__ = ["export_oed", "export_ord", "import_oed"]

_MAX_ROWS_CSV = 20_000_000


def export_ord(
    folder: Path, out: Path, *, programme: Path | None = None, form: str = "csv", version: OrdVersion = 2
) -> list[Path]:
    """Write the losses of a result as ORD tables: ``gul_S1_*`` ground-up, with a programme ``il_S1_*`` insured.

    Raises
    ------
    HygieError
        The result or the programme is wrong, or the place cannot be written.
    """
    if form not in ("csv", "parquet"):
        raise UsageError("unknown form of tables", field="--table", value=form, allowed="csv, parquet")
    losses = load_losses(folder)
    if form == "csv" and losses.columns["year"].size > _MAX_ROWS_CSV:
        raise UsageError(
            "too many events for CSV files",
            field="--table",
            value=f"{losses.columns['year'].size} events",
            allowed=f"at most {_MAX_ROWS_CSV}",
            repair="use --table parquet",
        )
    perspectives = {"gul": losses.amounts("loss_eur")}
    if programme is not None:
        terms = load_programme(programme).programme()
        filed = draw_complaints(losses.columns, plan=losses.plan, labels=losses.labels, filed=terms.complaint_filed)
        perspectives["il"] = apply_programme(losses.columns, terms, filed=filed).paid
    event = _number_all(losses)

    def write(partial: Path) -> None:
        for name, loss in perspectives.items():
            for table in ORD_TABLES:
                columns = build_ord_table(
                    table, loss, columns=losses.columns, event=event, n_years=losses.plan.years, version=version
                )
                write_columns(partial / f"{name}_S1_{table.lower()}.{form}", columns)
            facilities = np.unique(np.asarray(losses.columns["facility"], dtype=np.int64)).tolist()
            info = write_csv(
                (["SummaryId", "Facility"], [[number + 1, losses.labels["nodes"][number]] for number in facilities])
            )
            (partial / f"{name}_S1_summary-info.csv").write_text(info, encoding="utf-8")

    return _fill_folder(out, write)


def _number_all(losses: StoredLosses) -> NDArray[np.int64]:
    """Return event numbers from 1 over all years [rows]: rows of one event share theirs."""
    year = np.asarray(losses.columns["year"], dtype=np.int64)
    inside = number_events(losses.columns)
    _, number = np.unique(year * (int(inside.max(initial=0)) + 1) + inside, return_inverse=True)
    return np.asarray(number, dtype=np.int64).reshape(-1) + 1


def export_oed(folder: Path, programme: Path, out: Path) -> tuple[list[Path], list[str]]:
    """Write the terms of a programme on a result as OED tables; return the files and what OED cannot say.

    Raises
    ------
    HygieError
        The programme is wrong, or the place cannot be written.
    """
    tables, lost = write_oed(load_programme(programme), subject=load_losses(folder).subject)

    def write(partial: Path) -> None:
        for name, rows in tables.items():
            (partial / f"{name}.csv").write_text(write_csv(rows), encoding="utf-8")

    return _fill_folder(out, write), lost


def import_oed(account: Path, out: Path, *, number: str | None = None) -> tuple[ProgrammeFile, list[str]]:
    """Write a programme file from an OED account file; return it and what was not understood.

    Raises
    ------
    HygieError
        The account file is wrong, or the place is taken or cannot be written.
    """
    file, notes = read_oed(account, number=number)
    data = file.model_dump(mode="json", by_alias=True, exclude_defaults=True)
    text = yaml.safe_dump({"schema": file.format, **data}, allow_unicode=True, sort_keys=False)
    write_new_file(out, text.encode())
    return file, notes


def _fill_folder(out: Path, write: Callable[[Path], None]) -> list[Path]:
    """Write files beside their place, then move them in; files of other names in the folder stay."""
    try:
        out.mkdir(parents=True, exist_ok=True)
        partial = Path(tempfile.mkdtemp(prefix=".hygie-partial-", dir=out))
    except OSError as error:
        raise StoreError(
            f"cannot write here: {error.strerror}", file=str(out), repair="choose another --out"
        ) from error
    try:
        write(partial)
        return [file.replace(out / file.name) for file in sorted(partial.iterdir())]
    except OSError as error:
        raise StoreError(
            f"the tables could not be written: {error.strerror}", file=str(out), repair="free some disk space"
        ) from error
    finally:
        shutil.rmtree(partial, ignore_errors=True)
