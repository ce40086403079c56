"""A drawn register as a table that says in every row that it is one, and that is read back as such."""

from __future__ import annotations

import csv
from pathlib import Path

from hygie.core.errors import StoreError
from hygie.facility.registers import Register
from hygie.facility.synthetic.drawing import LABEL
from hygie.facility.synthetic.published import FIGURES

__all__ = ["write_table"]

# Words that own tables may use: too few are those of the compact SAE for the file to be taken for it.
_HEADERS = {
    "city": "town",
    "beds_mco": "acute_beds",
    "places": "day_places",
    "beds_ssr": "rehabilitation_beds",
    "beds_psy": "psychiatric_beds",
    "beds_usld": "long_stay_beds",
    "beds_icu": "icu_beds",
}
_TEXTS = ("name", "category", "status", "region", "department", "city", "ght_code", "ght_name")


def write_table(register: Register, path: Path, *, overwrite: bool = False) -> None:
    """Write the sites of a drawn register as CSV (UTF-8).

    Raises
    ------
    StoreError
        The file exists, or cannot be written.
    """
    columns = (*_TEXTS, *FIGURES, "fte")
    header = ["synthetic", "finess", "finess_ej", *(_HEADERS.get(name, name) for name in columns), "year"]
    try:
        with path.open("w" if overwrite else "x", encoding="utf-8", newline="") as stream:
            writer = csv.writer(stream, lineterminator="\n")
            writer.writerow(header)
            for site in register.sites:
                cells = [getattr(site, name) for name in columns]
                writer.writerow([LABEL, site.finess, site.entity, *cells, register.year])
    except FileExistsError:
        raise StoreError(
            "the file exists already", file=str(path), repair="choose another name with --out, or give --overwrite"
        ) from None
    except OSError as error:
        raise StoreError(
            f"the file cannot be written: {error.strerror}",
            file=str(path),
            repair="check the folder and its permissions",
        ) from None
