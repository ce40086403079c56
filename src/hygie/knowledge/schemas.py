"""Entries of pack files as pydantic models, and how each becomes a record. Parameters are in `parameters`.

Models accept exactly what a file may say; what needs other entries to be judged is in `hygie.knowledge.checks`.
"""

from __future__ import annotations

import re
from typing import Annotated, Literal, Self

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, model_validator
from pydantic_core import PydanticCustomError

from hygie.core.errors import DataError, SchemaError
from hygie.core.evidence import TLP, Evidence, LocalText
from hygie.core.units import convert_factor
from hygie.knowledge.records import (
    ActorActivity,
    Attribution,
    Campaign,
    CountObservation,
    DatePrecision,
    Incident,
    Quantity,
    ThreatActor,
    Victim,
    expand_date,
)

__all__ = [
    "ActivityRow",
    "ActorRow",
    "CampaignRow",
    "Count",
    "CountRow",
    "Day",
    "EvidenceRow",
    "ExternalIdRow",
    "IncidentRow",
    "PackHeader",
    "PartialDate",
    "Ref",
    "Row",
    "Share",
    "Text",
    "VerisRow",
    "VictimsRow",
    "WindowRow",
    "Words",
    "to_local",
]

_REF = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,119}")
_PACK = re.compile(r"[a-z][a-z0-9_]{0,59}")


def _check_text(text: str) -> str:
    if not text.strip():
        raise PydanticCustomError("hygie", "the text is empty", {"repair": "write the text, or leave the field out"})
    return text


def _check_ref(text: str) -> str:
    if not _REF.fullmatch(text):
        allowed = "letters, digits, “.”, “_” and “-”, at most 120 characters"
        raise PydanticCustomError(
            "hygie", "this is not a well-formed reference", {"allowed": allowed, "repair": "rename it"}
        )
    return text


def _check_pack(text: str) -> str:
    if not _PACK.fullmatch(text):
        allowed = "lower-case letters, digits and “_”, starting with a letter"
        raise PydanticCustomError(
            "hygie", "this is not the name of a pack", {"allowed": allowed, "repair": "rename it"}
        )
    return text


def _read_year(value: object) -> object:
    # An unquoted year is a number in YAML, and can be nothing but that year.
    return str(value) if isinstance(value, int) and not isinstance(value, bool) else value


def _check_date(text: str) -> str:
    try:
        expand_date(text)
    except DataError as error:
        finding = error.findings[0]
        context = {"allowed": finding.allowed, "repair": finding.repair}
        raise PydanticCustomError("hygie", "this is not a date", context) from None
    return text


def _check_day(text: str) -> str:
    _check_date(text)
    if len(text) != 10:
        raise PydanticCustomError(
            "hygie",
            "a full date is needed",
            {"allowed": "YYYY-MM-DD", "repair": "give the month and the day"},
        )
    return text


Text = Annotated[str, Field(max_length=4000), AfterValidator(_check_text)]
Ref = Annotated[str, AfterValidator(_check_ref)]
PackName = Annotated[str, AfterValidator(_check_pack)]
PartialDate = Annotated[str, BeforeValidator(_read_year), AfterValidator(_check_date)]
Day = Annotated[str, BeforeValidator(_read_year), AfterValidator(_check_day)]
Refs = Annotated[list[Ref], Field(min_length=1)]
Count = Annotated[int, Field(ge=0)]
Positive = Annotated[float, Field(ge=0.0)]
Share = Annotated[float, Field(ge=0.0, le=1.0)]


class Row(BaseModel):
    """Base of all entries: no unknown field, no silent conversion."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)


class Words(Row):
    """A text in English and French."""

    en: Text
    fr: Text

    def to_record(self) -> LocalText:
        return LocalText(self.en, self.fr)


def to_local(text: Words | None) -> LocalText | None:
    """Return the core text type, or None for no text."""
    return None if text is None else text.to_record()


class PackHeader(Row):
    """The file `pack.yaml`."""

    name: PackName
    version: Text
    title: Words
    description: Words
    licence: Text
    requires: list[PackName]


class EvidenceRow(Row):
    """One entry of `evidence:`."""

    ref: Ref
    source: Text
    statement: Text
    title: Words
    publisher: Text
    published_on: PartialDate | None = None
    read_on: PartialDate
    reliability: Literal["A", "B", "C", "D", "E", "F"]
    credibility: Annotated[int, Field(ge=1, le=6)]
    tlp: Literal["clear", "green", "amber", "amber+strict", "red"]
    licence: Text
    derived: Words | None = None

    def to_record(self) -> Evidence:
        return Evidence(
            ref=self.ref,
            source=self.source,
            statement=self.statement,
            title=self.title.to_record(),
            publisher=self.publisher,
            published_on=self.published_on,
            read_on=self.read_on,
            reliability=self.reliability,
            credibility=self.credibility,
            tlp=TLP(self.tlp),
            licence=self.licence,
            derived=to_local(self.derived),
        )


class VictimRow(Row):
    name: Text
    kind: Text
    town: Text | None = None
    department: Text | None = None
    region: Text | None = None
    country: Annotated[str, Field(pattern=r"^[A-Z]{2}$")] | None = None
    sector: Ref | None = None
    employees: Text | None = None
    unnamed: Literal[True] | None = None


class AttributionRow(Row):
    name: Ref
    confidence: Literal["high", "medium", "low", "none"]


class DurationRow(Row):
    value: Positive
    unit: Text
    estimated: bool

    def to_record(self) -> Quantity:
        factor = convert_factor(self.unit, to="h")
        return Quantity(self.value * factor, "h", self.estimated)


class MoneyRow(Row):
    value: Positive
    unit: Literal["EUR"]
    note: Words | None = None

    def to_record(self) -> Quantity:
        return Quantity(self.value, self.unit, note=to_local(self.note))


VerisTerms = Annotated[list[Text], Field(max_length=200)]


class VerisRow(Row):
    """An incident in VERIS words, each list item as the enumeration writes it, `hacking.Use of stolen creds` for an
    action; `data_total` in records, `availability_duration` in `availability_unit`.
    """

    actors: VerisTerms = Field(default_factory=list)
    motives: VerisTerms = Field(default_factory=list)
    actions: VerisTerms = Field(default_factory=list)
    vectors: VerisTerms = Field(default_factory=list)
    assets: VerisTerms = Field(default_factory=list)
    data_disclosure: Text | None = None
    data_varieties: VerisTerms = Field(default_factory=list)
    data_total: Count | None = None
    integrity: VerisTerms = Field(default_factory=list)
    availability: VerisTerms = Field(default_factory=list)
    availability_duration: Positive | None = None
    availability_unit: Text | None = None
    discovery: Text | None = None
    security_incident: Text | None = None


class ExternalIdRow(Row):
    """What another catalogue calls the object."""

    catalogue: Text
    id: Text
    url: Text | None = None


class IncidentRow(Row):
    """One entry of `incidents:`. `date_basis` says what `started_on` dates: a leak post comes after its attack."""

    ref: Ref
    evidence: Refs
    started_on: PartialDate
    date_precision: DatePrecision
    victim: VictimRow
    threat_class: Ref
    census_class: Literal["ransomware", "ddos", "other"] | None = None
    event: Ref | None = None
    actor: AttributionRow
    disruption: DurationRow | None = None
    care_impact: Words | None = None
    ot_effect: Words | None = None
    data_leaked: Literal["yes", "no", "claimed", "unknown"] | None = None
    ransom_demand: MoneyRow | None = None
    loss: MoneyRow | None = None
    notes: Words | None = None
    date_basis: Literal["attack", "discovery", "leak_post", "disclosure"] = "attack"
    discovered_on: PartialDate | None = None
    published_on: PartialDate | None = None
    techniques: list[Ref] = Field(default_factory=list)
    veris: VerisRow | None = None
    ids: list[ExternalIdRow] = Field(default_factory=list)
    title: Text | None = None
    summary: Annotated[str, Field(min_length=1, max_length=100_000)] | None = None

    def to_record(self) -> Incident:
        return Incident(
            ref=self.ref,
            evidence=tuple(self.evidence),
            started_on=self.started_on,
            date_precision=self.date_precision,
            victim=Victim(**self.victim.model_dump()),
            threat_class=self.threat_class,
            census_class=self.census_class,
            event=self.event,
            actor=Attribution(self.actor.name, self.actor.confidence),
            disruption=self.disruption.to_record() if self.disruption else None,
            care_impact=to_local(self.care_impact),
            ot_effect=to_local(self.ot_effect),
            data_leaked=self.data_leaked,
            ransom_demand=self.ransom_demand.to_record() if self.ransom_demand else None,
            loss=self.loss.to_record() if self.loss else None,
            notes=to_local(self.notes),
            date_basis=self.date_basis,
            discovered_on=self.discovered_on,
            published_on=self.published_on,
        )


class WindowRow(Row):
    """First and last day of an observation."""

    start: Day
    end: Day

    @model_validator(mode="after")
    def _check_order(self) -> Self:
        # Full ISO dates sort as text.
        if self.start > self.end:
            raise PydanticCustomError("hygie", "the window ends before it starts", {"repair": "swap the two dates"})
        return self


class CountRow(Row):
    """One entry of `counts:`. `actors` are those that the source names, `kinds_outside` kinds of victims that it
    counts although they lie outside `population`.
    """

    ref: Ref
    evidence: Refs
    threat_class: Ref
    outcomes: list[Literal["theft_only", "workstation", "server", "several_servers", "everything"]]
    count: Count
    at_least: bool
    window: WindowRow
    population: Text
    definition: Words
    role: Literal["level", "check", "nested"]
    overlaps: list[Ref] = Field(default_factory=list)
    nested_in: Ref | None = None
    source_kind: Literal["cert_sante", "ministry", "anssi", "press_census", "case_list"]
    out_of_scope: bool
    sector: Ref | None = None
    country: Annotated[str, Field(pattern=r"^[A-Z]{2}$")] | None = None
    actors: list[Ref] = Field(default_factory=list)
    kinds_outside: list[Ref] = Field(default_factory=list)

    def to_record(self) -> CountObservation:
        return CountObservation(
            ref=self.ref,
            evidence=tuple(self.evidence),
            threat_class=self.threat_class,
            outcomes=tuple(self.outcomes),
            count=self.count,
            at_least=self.at_least,
            window_start=self.window.start,
            window_end=self.window.end,
            population=self.population,
            definition=self.definition.to_record(),
            role=self.role,
            overlaps=tuple(self.overlaps),
            nested_in=self.nested_in,
            source_kind=self.source_kind,
            out_of_scope=self.out_of_scope,
            sector=self.sector,
            country=self.country,
            actors=tuple(self.actors),
            kinds_outside=tuple(self.kinds_outside),
        )


class VictimsRow(Row):
    """Victims that a source counts, and that it names."""

    published: Count | None = None
    named: Count


class CampaignRow(Row):
    """One entry of `campaigns:`."""

    ref: Ref
    name: Words | None = None
    evidence: Refs
    threat_class: Ref
    started_on: PartialDate
    date_precision: DatePrecision | None = None
    victims: VictimsRow
    actor: Ref
    observation_window: WindowRow | None = None
    notes: Words | None = None

    def to_record(self, *, window: WindowRow | None = None) -> Campaign:
        """Return the record; `window` is the one that the file states for all its campaigns."""
        observed = self.observation_window or window
        if observed is None:
            raise SchemaError(
                "the window in which campaigns were looked for is missing",
                repair="write “observation_window:” in the campaign, or once at the top of the file",
            )
        return Campaign(
            ref=self.ref,
            evidence=tuple(self.evidence),
            threat_class=self.threat_class,
            started_on=self.started_on,
            victims_published=self.victims.published,
            victims_named=self.victims.named,
            actor=self.actor,
            window_start=observed.start,
            window_end=observed.end,
            name=to_local(self.name),
            date_precision=self.date_precision,
            notes=to_local(self.notes),
        )


class ActivityRow(Row):
    """State of an actor from a date on: 1 active … 0 dismantled."""

    from_: PartialDate = Field(alias="from")
    state: Share
    evidence: list[Ref]
    method: Literal["observed", "published", "fitted", "elicited", "assumed"] = "observed"


class ActorRow(Row):
    """One entry of `actors:`."""

    ref: Ref
    name: Text
    aliases: list[Text]
    attack_ids: list[Annotated[str, Field(pattern=r"^[GSC][0-9]{4}$")]]
    misp_uuid: Annotated[str, Field(pattern=r"^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$")] | None = None
    kind: Literal["criminal", "hacktivist"]
    mode: Literal["encrypt", "theft_only", "ddos"]
    threat_classes: list[Ref]
    capability: Literal["opportunist", "affiliate", "expert"]
    activity: list[ActivityRow]
    evidence: list[Ref]
    description: Words

    def to_record(self) -> ThreatActor:
        activity = sorted(self.activity, key=lambda entry: expand_date(entry.from_))
        return ThreatActor(
            ref=self.ref,
            name=self.name,
            aliases=tuple(self.aliases),
            attack_ids=tuple(self.attack_ids),
            misp_uuid=self.misp_uuid,
            kind=self.kind,
            mode=self.mode,
            threat_classes=tuple(self.threat_classes),
            capability=self.capability,
            activity=tuple(
                ActorActivity(from_=e.from_, state=e.state, evidence=tuple(e.evidence), method=e.method)
                for e in activity
            ),
            evidence=tuple(self.evidence),
            description=self.description.to_record(),
        )
