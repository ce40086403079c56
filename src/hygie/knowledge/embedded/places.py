"""Sectors and countries: identities of the CTI base, and the names under which actors' targets are told apart."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from hygie.knowledge.embedded.galaxies import (
    Cluster,
    describe_source,
    drop_object,
    list_texts,
    make_record,
    read_galaxy,
    require_text,
)
from hygie.knowledge.importers.protocol import ImportItem, Release

__all__ = ["MISP_LICENCE", "CountryNames", "SectorNames", "read_countries", "read_sectors"]

MISP_LICENCE = "CC0-1.0 or BSD-2-Clause, at choice (MISP galaxy); MISP project and its contributors"

_NO_SECTOR = "stands for no sector in particular"
_CATCH_ALL = frozenset({"Unknown", "Other"})


def _fold(name: str) -> str:
    decomposed = unicodedata.normalize("NFKD", name.casefold())
    words = re.findall(r"[^\W_]+", "".join(char for char in decomposed if not unicodedata.combining(char)))
    return " ".join(word for word in words if word != "the")


@dataclass(frozen=True, slots=True)
class SectorNames:
    """The galaxy's name of each sector, by the names and synonyms that it lists."""

    names: Mapping[str, str]

    @classmethod
    def read(cls) -> SectorNames:
        """Read the galaxy of sectors; a name wins over a synonym."""
        names: dict[str, str] = {}
        clusters = [cluster for cluster in read_galaxy("sector").clusters if cluster.value not in _CATCH_ALL]
        for cluster in clusters:
            names[_fold(cluster.value)] = cluster.value
        for cluster in clusters:
            for synonym in list_texts(cluster.meta, "synonyms"):
                names.setdefault(_fold(synonym), cluster.value)
        return cls(names)

    def unify(self, names: Iterable[str]) -> list[str]:
        """Return the galaxy's names; one that it does not know stays as it is, catch-all ones are left out."""
        known = (self.names.get(_fold(name), name) for name in names)
        return list(dict.fromkeys(name for name in known if name not in _CATCH_ALL))


@dataclass(frozen=True, slots=True)
class CountryNames:
    """ISO 3166-1 alpha-2 codes of countries, by code, name and synonym."""

    codes: Mapping[str, str]

    @classmethod
    def read(cls) -> CountryNames:
        """Read the galaxies of countries and of targets; the first to claim a name keeps it."""
        codes: dict[str, str] = {}
        for cluster in read_galaxy("country").clusters:
            code = require_text(cluster, "ISO")
            for name in (code, require_text(cluster, "ISO3"), cluster.description, cluster.value):
                codes.setdefault(_fold(name), code)
        for cluster in read_galaxy("target-information").clusters:
            code = _code_of(cluster)
            for name in (cluster.value, *list_texts(cluster.meta, "synonyms")):
                codes.setdefault(_fold(name), code)
        return cls(codes)

    def find_code(self, name: str) -> str | None:
        """Return the code of a country, or None: regions, alliances and companies have none."""
        return self.codes.get(_fold(name))

    def find_codes(self, names: Iterable[str]) -> list[str]:
        """Return the codes of the names that are countries, each once."""
        return list(dict.fromkeys(code for name in names if (code := self.find_code(name)) is not None))


def read_sectors() -> Iterator[ImportItem]:
    """Yield sectors of activity.

    Raises
    ------
    DocumentError
        The galaxy is not installed or has another shape.
    """
    galaxy = read_galaxy("sector")
    yield Release(name="misp-sector", version=galaxy.version)
    yield describe_source(
        source="https://github.com/MISP/misp-galaxy",
        statement=f"galaxy of sectors, version {galaxy.version}",
        en=f"MISP galaxy of sectors, version {galaxy.version}",
        fr=f"Galaxie MISP des secteurs, version {galaxy.version}",
        publisher="MISP project, after CERT-EU",
        published_on=None,
        licence=MISP_LICENCE,
        grade="B3",
    )
    for cluster in galaxy.clusters:
        ref = f"misp-{cluster.uuid}"
        if cluster.value in _CATCH_ALL:
            yield drop_object(ref, _NO_SECTOR, kind="identity", name=cluster.value, galaxy=galaxy)
            continue
        yield make_record(
            "identity", ref, name=cluster.value, kind="sector", aliases=list_texts(cluster.meta, "synonyms")
        )


def read_countries() -> Iterator[ImportItem]:
    """Yield countries with their ISO 3166-1 codes and other names.

    Raises
    ------
    DocumentError
        The galaxies are not installed or have another shape.
    """
    countries, targets = read_galaxy("country"), read_galaxy("target-information")
    version = f"{countries.version}+{targets.version}"
    yield Release(name="misp-country", version=version)
    yield describe_source(
        source="https://github.com/MISP/misp-galaxy",
        statement=f"galaxies of countries and of targets, versions {version}",
        en=f"MISP galaxies of countries and of targets, versions {version}",
        fr=f"Galaxies MISP des pays et des cibles, versions {version}",
        publisher="MISP project, after GeoNames",
        published_on=None,
        licence=MISP_LICENCE,
        grade="B3",
    )
    names: dict[str, dict[str, None]] = {}
    for cluster in targets.clusters:
        others = (cluster.value, *list_texts(cluster.meta, "synonyms"))
        names.setdefault(_code_of(cluster), {}).update(dict.fromkeys(others))
    for cluster in countries.clusters:
        code, name = require_text(cluster, "ISO"), cluster.description
        aliases = [require_text(cluster, "ISO3"), *(other for other in names.get(code, ()) if other != name)]
        yield make_record("identity", f"misp-{cluster.uuid}", name=name, kind="country", country=code, aliases=aliases)


def _code_of(cluster: Cluster) -> str:
    return next((code for code in list_texts(cluster.meta, "iso-code") if len(code) == 2), "")
