"""Where public registers are published, and which of the files there is the one to fetch.

Sources: the interface of data.gouv.fr, ``/api/1/datasets/<dataset>/`` (`resources`: `url`, `checksum`, `filesize`,
`last_modified`); the data portal of DREES, which gives attachments of a dataset at a fixed address.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated
from urllib.parse import urlsplit

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from hygie.core.errors import DocumentError, UsageError
from hygie.store.downloads import CHECKSUMS, Checksum, RemoteFile
from hygie.store.http_answers import show_url

__all__ = ["FINESS", "SAE", "SAE_YEARS", "FinessFiles", "PublicRegister", "choose_finess_files", "locate_sae_file"]


@dataclass(frozen=True, slots=True, kw_only=True)
class PublicRegister:
    """Where a register is published.

    Parameters
    ----------
    page
        What a person opens in a browser.
    address
        What is asked by the program.
    manual
        How to do without the program: one sentence.
    """

    page: str
    address: str
    manual: str


FINESS = PublicRegister(
    page="https://www.data.gouv.fr/datasets/finess-extraction-du-fichier-des-etablissements",
    address="https://www.data.gouv.fr/api/1/datasets/finess-extraction-du-fichier-des-etablissements/",
    manual="open https://www.data.gouv.fr/datasets/finess-extraction-du-fichier-des-etablissements in a browser, save "
    "“etalab-cs1100502-stock-….csv” and “etalab-cs1100501-stock-….csv” in one folder, then run `hygie facility import` "
    "with the folder",
)
SAE = PublicRegister(
    page="https://data.drees.solidarites-sante.gouv.fr/explore/dataset/708_bases-statistiques-sae/information/",
    address="https://data.drees.solidarites-sante.gouv.fr/api/v2/catalog/datasets/708_bases-statistiques-sae/"
    "attachments/sae_{year}_bases_statistiques_formats_sas_csv_7z",
    manual="open https://data.drees.solidarites-sante.gouv.fr/explore/dataset/708_bases-statistiques-sae/information/ "
    "in a browser, save the archive of the year (formats SAS-CSV), unpack it, then run `hygie facility import` with "
    "the folder",
)
# Since 2013 the tables are published as CSV, too.
SAE_YEARS = (2013, 2100)
# The extract of establishments, and that of legal entities, which tells who is public.
_ESTABLISHMENTS = "cs1100502"
_ENTITIES = "cs1100501"


class _ResourceChecksum(BaseModel):
    model_config = ConfigDict(extra="ignore")

    type: str
    value: str


class _Resource(BaseModel):
    model_config = ConfigDict(extra="ignore")

    url: str
    title: str = ""
    checksum: _ResourceChecksum | None = None
    filesize: Annotated[int, Field(gt=0)] | None = None
    last_modified: datetime | None = None


class _Dataset(BaseModel):
    model_config = ConfigDict(extra="ignore")

    resources: list[_Resource]


@dataclass(frozen=True, slots=True, kw_only=True)
class FinessFiles:
    """The extracts of the directory that make a register together.

    Parameters
    ----------
    edition
        Day of the extract of establishments, ``YYYY-MM-DD``, or `latest` when the portal does not say it.
    entities
        None when the portal has no extract of legal entities.
    """

    edition: str
    establishments: RemoteFile
    entities: RemoteFile | None


def choose_finess_files(body: bytes, *, address: str) -> FinessFiles:
    """Return the latest extracts in a dataset.

    Parameters
    ----------
    body
        What the portal answers.
    address
        Where it came from, for messages.

    Raises
    ------
    DocumentError
        The answer is not the description of a dataset, or none of its files is an extract of establishments.
    """
    place = show_url(address)
    try:
        dataset = _Dataset.model_validate(json.loads(body))
    except (ValueError, RecursionError, ValidationError) as error:
        first = str(error).splitlines()[0]
        raise DocumentError(
            "the answer is not the description of a dataset", file=place, value=first, repair=FINESS.manual
        ) from None
    establishments = _find_latest(dataset, _ESTABLISHMENTS)
    if establishments is None:
        titles = ", ".join(one.title or one.url for one in dataset.resources[:8])
        raise DocumentError(
            f"the dataset has no extract of establishments ({_ESTABLISHMENTS})",
            file=place,
            value=titles or "no file",
            repair=f"it may have moved: look at {FINESS.page}, save the file by hand and import it",
        )
    entities = _find_latest(dataset, _ENTITIES)
    said = establishments.last_modified
    return FinessFiles(
        edition=said.date().isoformat() if said is not None else "latest",
        establishments=_to_remote(establishments),
        entities=_to_remote(entities) if entities is not None else None,
    )


def _find_latest(dataset: _Dataset, extract: str) -> _Resource | None:
    found = [one for one in dataset.resources if extract in f"{one.url} {one.title}".lower()]
    return max(
        found,
        key=lambda one: (one.last_modified.timestamp() if one.last_modified else 0.0, one.url),
        default=None,
    )


def _to_remote(resource: _Resource) -> RemoteFile:
    checksum = None
    if resource.checksum is not None:
        kind = resource.checksum.type.lower().replace("-", "")
        if kind in CHECKSUMS:
            checksum = Checksum(kind=kind, value=resource.checksum.value.lower())
    return RemoteFile(url=resource.url, name=_name_of(resource.url), size=resource.filesize, checksum=checksum)


def locate_sae_file(year: int, *, address: str | None = None) -> RemoteFile:
    """Return the archive of one year of the statistics (SAE); neither its size nor a checksum is published.

    Raises
    ------
    UsageError
        No such year.
    """
    if not SAE_YEARS[0] <= year <= SAE_YEARS[1]:
        raise UsageError(
            "this year cannot be fetched",
            field="--year",
            value=year,
            allowed=f"{SAE_YEARS[0]} or later",
            repair=f"earlier years are not published as CSV; see {SAE.page}",
        )
    if address is None:
        return RemoteFile(url=SAE.address.format(year=year), name=f"sae-{year}.7z")
    return RemoteFile(url=address, name=_name_of(address))


def _name_of(url: str) -> str:
    try:
        name = urlsplit(url).path.rstrip("/").rpartition("/")[2]
    except ValueError:
        name = ""
    return name or "register"
