"""What varies between facilities and may move their frequency of attacks: of those described, and of the population."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Literal, Self

import numpy as np
from numpy.typing import NDArray
from pydantic import Field, model_validator

from hygie.core.errors import EvidenceError
from hygie.facility.blueprints import PopulationSpec, read_section
from hygie.facility.organisation import Facility, Organisation
from hygie.facility.records import Basis, Identifier, Record, Share, pick
from hygie.facility.zone_graphs import ZoneLibrary
from hygie.knowledge.packs import Catalogue

if TYPE_CHECKING:
    from hygie.facility.registers import LegalEntity, Register

__all__ = [
    "COUNTED",
    "CovariateSpec",
    "Department",
    "PlaceSpec",
    "ProfileSpec",
    "Traits",
    "describe_organisations",
    "describe_population",
    "describe_register",
    "load_covariates",
    "load_places",
]

FloatArray = NDArray[np.float64]

# Covariates with a distribution over the population, and how each enters: log(1 + n), or the log of a ratio.
COUNTED: Mapping[str, Literal["count", "ratio"]] = {"links": "count", "maintainers": "count", "internet": "ratio"}

Value = Annotated[float, Field(ge=0.0, le=100_000.0)]


class ProfileSpec(Record):
    """Values of a covariate among entities of a category and status, and their shares."""

    category: Identifier | None = None
    status: Literal["public", "private"] | None = None
    values: Annotated[tuple[Value, ...], Field(min_length=1, max_length=50)]
    shares: Annotated[tuple[Share, ...], Field(min_length=1, max_length=50)]

    @model_validator(mode="after")
    def _shares_are_a_distribution(self) -> Self:
        if len(self.values) != len(self.shares):
            raise ValueError(f"{len(self.values)} values and {len(self.shares)} shares: give one share to each value")
        if abs(sum(self.shares) - 1.0) > 1e-6:
            raise ValueError(f"shares sum to {sum(self.shares):g}, not to 1")
        return self

    def fits(self, category: str, status: str) -> bool:
        """Return whether the profile is about such entities."""
        return self.category in (None, category) and self.status in (None, status)


class CovariateSpec(Record):
    """A trait of facilities, and how it is spread over the population.

    `kinds` says of which providers the maintainers are, or which zone is exposed to the Internet; links count all.
    """

    id: Literal["links", "maintainers", "internet"]
    kinds: tuple[Identifier, ...] = ()
    basis: Basis
    profiles: Annotated[tuple[ProfileSpec, ...], Field(min_length=1)]

    @model_validator(mode="after")
    def _last_profile_fits_all(self) -> Self:
        if self.profiles[-1].category is not None or self.profiles[-1].status is not None:
            raise ValueError("the last profile has neither category nor status, so that it fits every entity")
        if self.id == "internet" and any(value == 0.0 for profile in self.profiles for value in profile.values):
            raise ValueError("values of “internet” are ratios above 0; 1 is what size implies")
        return self


class Department(Record):
    """How many entities of the population are in a department."""

    region: str
    department: str
    entities: Annotated[int, Field(ge=1)]


class PlaceSpec(Record):
    """Where the population is, and how an incident is told to be in the group of a facility.

    `group_links` are the kinds of links between members of a group; `common_words`, without accents, stand in many
    names and tell none apart.
    """

    evidence: Annotated[tuple[str, ...], Field(min_length=1)]
    group_links: tuple[Identifier, ...] = ()
    common_words: tuple[str, ...] = ()
    departments: Annotated[tuple[Department, ...], Field(min_length=1)]


class _Library(Record):
    library: ZoneLibrary


class _Covariates(Record):
    covariates: tuple[CovariateSpec, ...]


class _Places(Record):
    places: PlaceSpec


@dataclass(frozen=True, slots=True, kw_only=True)
class Traits:
    """Covariates of organisations, one row each.

    Parameters
    ----------
    fte
        Staff [n] [fte].
    category, status
        As in facility files.
    counted
        By covariate of `COUNTED` [n]: neighbours linked, remote maintainers, exposed machines over those that size
        implies; NaN where nothing is said.
    region, department
        Place; empty where nothing is said.
    names
        Name of each organisation; empty for a stratum.
    peers
        Names of each one's territorial group and of its members.
    """

    fte: FloatArray
    category: tuple[str, ...]
    status: tuple[str, ...]
    counted: Mapping[str, FloatArray]
    region: tuple[str, ...]
    department: tuple[str, ...]
    names: tuple[str, ...]
    peers: tuple[frozenset[str], ...]

    def __len__(self) -> int:
        return len(self.category)


def load_covariates(catalogue: Catalogue) -> Mapping[str, CovariateSpec]:
    """Return how covariates are spread over the population, by id; one that no pack describes is not there.

    Raises
    ------
    SchemaError, EvidenceError
        A field is wrong, or evidence is in no pack.
    """
    if "covariates" not in catalogue.sections:
        return {}
    specs: dict[str, CovariateSpec] = {}
    for document, part in read_section(catalogue, "covariates", _Covariates):
        for spec in part.covariates:
            _check_evidence(catalogue, spec.basis.evidence, file=document.name, field=f"covariates.{spec.id}.basis")
            specs[spec.id] = spec
    return specs


def load_places(catalogue: Catalogue) -> PlaceSpec | None:
    """Return where the population is; None when no pack says it.

    Raises
    ------
    SchemaError, EvidenceError
        A field is wrong, or evidence is in no pack.
    """
    if "places" not in catalogue.sections:
        return None
    document, part = read_section(catalogue, "places", _Places)[-1]
    _check_evidence(catalogue, part.places.evidence, file=document.name, field="places.evidence")
    return part.places


def _check_evidence(catalogue: Catalogue, refs: Sequence[str], *, file: str, field: str) -> None:
    for ref in refs:
        if ref not in catalogue.evidence:
            raise EvidenceError(
                f"“{ref}” is in no loaded pack",
                file=file,
                field=field,
                value=ref,
                allowed="the ref of an entry of `evidence:`",
                repair="check the ref, or add the entry",
            )


def describe_population(population: PopulationSpec) -> Traits:
    """Return the traits of each stratum: of a stratum, only size, category and status are known."""
    strata = population.strata
    n = len(strata)
    return Traits(
        fte=np.array([stratum.fte for stratum in strata], dtype=np.float64),
        category=tuple(stratum.category for stratum in strata),
        status=tuple(stratum.status for stratum in strata),
        counted={name: np.full(n, np.nan) for name in COUNTED},
        region=("",) * n,
        department=("",) * n,
        names=("",) * n,
        peers=(frozenset(),) * n,
    )


def describe_organisations(organisations: Sequence[Organisation], *, catalogue: Catalogue) -> Traits:
    """Return the traits of organisations as their files describe them; what a file does not speak of is unknown."""
    specs, places = load_covariates(catalogue), load_places(catalogue)
    group_links = places.group_links if places is not None else ()
    exposed = {zone: _exposed_per_fte(catalogue, zone) for zone in specs["internet"].kinds}
    counted = {name: np.full(len(organisations), np.nan) for name in COUNTED}
    peers = []
    for row, one in enumerate(organisations):
        group: set[str] = set()
        if isinstance(one, Facility):
            if "links" in one.model_fields_set:
                counted["links"][row] = len({link.neighbour.id for link in one.links})
            if "providers" in one.model_fields_set:
                counted["maintainers"][row] = sum(use.kind in specs["maintainers"].kinds for use in one.providers)
            for zone, per_fte in exposed.items():
                stated = one.zones.get(zone)
                if stated is not None and stated.present and stated.hosts and one.activity.fte > 0.0:
                    counted["internet"][row] = stated.hosts / (per_fte * one.activity.fte)
            group |= {each.name for each in one.groups if each.kind == "ght"}
            group |= {link.neighbour.name for link in one.links if link.kind in group_links}
        peers.append(frozenset(group))
    return Traits(
        fte=np.array([one.activity.fte for one in organisations], dtype=np.float64),
        category=tuple(one.category for one in organisations),
        status=tuple(one.status for one in organisations),
        counted=counted,
        region=tuple(one.region or "" for one in organisations),
        department=tuple(one.department or "" for one in organisations),
        names=tuple(one.name for one in organisations),
        peers=tuple(peers),
    )


def _exposed_per_fte(catalogue: Catalogue, zone: str) -> float:
    """Return the exposed machines that size implies [hosts/fte]: servers, times the share of them in the zone."""
    library = read_section(catalogue, "library", _Library)[-1][1].library
    share = pick(library.by_id(), zone, kind="zone", field="covariates.internet.kinds").hosts.share
    return share * catalogue.estimate("exposure.servers_per_fte").distribution.quantile(0.5)


def describe_register(register: Register) -> Traits:
    """Return the traits of every legal entity of a register, in its order.

    Links are the other members of the territorial group, as in facility files made from the register.
    """
    entities = tuple(register.entities.values())
    members: dict[str, list[LegalEntity]] = {}
    for entity in entities:
        if entity.ght_code:
            members.setdefault(entity.ght_code, []).append(entity)
    names = {code: frozenset({group[0].ght_name, *(one.name for one in group)}) for code, group in members.items()}
    counted = {name: np.full(len(entities), np.nan) for name in COUNTED}
    counted["links"] = np.array(
        [len(members[one.ght_code]) - 1.0 if one.ght_code else 0.0 for one in entities], dtype=np.float64
    )
    return Traits(
        fte=np.array([one.fte for one in entities], dtype=np.float64),
        category=tuple(one.category for one in entities),
        status=tuple(one.status for one in entities),
        counted=counted,
        region=tuple(one.region for one in entities),
        department=tuple(one.department for one in entities),
        names=tuple(one.name for one in entities),
        peers=tuple(names.get(one.ght_code, frozenset()) for one in entities),
    )
