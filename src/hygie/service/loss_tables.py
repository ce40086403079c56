"""The loss table of a stored result, ready for terms, previews and exports."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hygie.core.errors import StoreError
from hygie.core.ids import digest_columns
from hygie.core.tables import FORMS, YELT_COLUMNS
from hygie.core.waists import SimulationPlan
from hygie.loss.tables import YearLossTable, build_year_loss_table
from hygie.store.result_tables import read_manifest, read_stored_table

__all__ = ["StoredLosses", "load_losses", "number_events"]

_NEEDED = (
    "draw",
    "year",
    "day",
    "facility",
    "process",
    "threat_class",
    "origin",
    "origin_index",
    "occurrence",
    "outage_h",
    *(f"loss_{form}_eur" for form in FORMS),
    "loss_eur",
    "loss_own_eur",
)


@dataclass(frozen=True, slots=True)
class StoredLosses:
    """Events of a result, the plan and the names behind their numbers."""

    folder: Path
    manifest: Mapping[str, Any]
    columns: dict[str, NDArray[np.generic]]
    plan: SimulationPlan
    labels: Mapping[str, tuple[str, ...]]

    @property
    def digest(self) -> str:
        """Digest of the simulation."""
        return str(self.manifest.get("digest", ""))

    @property
    def subject(self) -> str:
        """Name of the facility."""
        return str(self.manifest.get("facility", {}).get("name", self.folder.name))

    def amounts(self, name: str) -> NDArray[np.float64]:
        """Return a column as numbers [rows]."""
        return np.asarray(self.columns[name], dtype=np.float64)

    def sum_years(self, values: NDArray[np.float64]) -> YearLossTable:
        """Return the year loss table of one amount per event."""
        return build_year_loss_table(self.columns["year"], values, years_per_draw=self.plan.years_per_draw())


def load_losses(folder: Path) -> StoredLosses:
    """Read the events of a result of `hygie assess`.

    Raises
    ------
    StoreError
        Not such a result, unreadable, or its events contradict its manifest.
    """
    manifest = read_manifest(folder, kinds=("assessment", "programme"))
    file = folder / "events.parquet"
    table = read_stored_table(file, columns=_NEEDED)
    try:
        request = manifest["request"]
        plan = SimulationPlan(years=int(request["years"]), draws=int(request["draws"]), seed=int(request["seed"]))
        labels = {str(name): tuple(str(item) for item in items) for name, items in manifest["labels"].items()}
    except (KeyError, TypeError, ValueError) as error:
        raise StoreError(
            "the manifest of this result is incomplete", file=str(folder), repair="run the assessment again"
        ) from error
    columns: dict[str, NDArray[np.generic]] = {}
    for name, array in table.columns.items():
        column = YELT_COLUMNS.get(name)
        columns[name] = array if column is None else np.ascontiguousarray(array, dtype=column.dtype)
    year = np.asarray(columns["year"])
    # Parts say what each holds; only their rows together can say that none is missing.
    told = table.metadata.get("digest", manifest.get("digest"))
    if not file.is_file():
        told = digest_columns({name: columns[name] for name in YELT_COLUMNS if name in columns})
    if told != manifest.get("digest") or (
        year.size and (np.any(np.diff(year) < 0) or int(year[0]) < 0 or int(year[-1]) >= plan.years)
    ):
        raise StoreError(
            "the events of this result do not belong to its manifest",
            file=str(file),
            repair="the folder was changed by hand: run the assessment again",
        )
    return StoredLosses(folder, manifest, columns, plan, labels)


def number_events(columns: Mapping[str, NDArray[np.generic]]) -> NDArray[np.int64]:
    """Return a number per row [rows] that rows of one event share inside a year.

    An attack and its rebounds have their process, day and occurrence in common; the clients of a provider's event day
    and occurrence; the victims of a campaign its index, day and occurrence. Two unrelated attacks that meet in all of
    these inside one year would count as one: rare for one facility, about one pair in 365 in a large portfolio.
    """
    origin = np.asarray(columns["origin"], dtype=np.int64)
    kind = np.where(origin == 1, 0, origin)
    process = np.where(kind == 0, np.asarray(columns["process"], dtype=np.int64), -1)
    campaign = np.where(kind == 3, np.asarray(columns["origin_index"], dtype=np.int64), -1)
    keys = np.stack(
        [
            kind,
            process,
            campaign,
            np.asarray(columns["day"], dtype=np.int64),
            np.asarray(columns["occurrence"], np.int64),
        ]
    )
    _, number = np.unique(keys, axis=1, return_inverse=True)
    return np.asarray(number, dtype=np.int64).reshape(-1)
