"""The kinds of objects in the CTI base: one pydantic model each, and the record that carries them.

Everything that enters the base, from a pack, an embedded galaxy, an imported file or an analyst, is an
`IntelRecord`: the facts in our words (`data`, judged by the model of its kind) and, beside them, the document
as its publisher wrote it. A field that is absent means not reported, never zero.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Annotated, Any, Literal, Self, get_args

from pydantic import Field, ValidationError

from hygie.core.errors import SchemaError
from hygie.core.evidence import TLP
from hygie.core.ids import digest_text
from hygie.knowledge.records import DatePrecision
from hygie.knowledge.schemas import (
    ActivityRow,
    CountRow,
    EvidenceRow,
    IncidentRow,
    PartialDate,
    Ref,
    Row,
    Share,
    Text,
    VictimsRow,
    WindowRow,
    Words,
)
from hygie.store.validation import explain_validation

__all__ = [
    "KINDS",
    "KIND_MODELS",
    "PAP",
    "ActorFacts",
    "CampaignFacts",
    "IdentityFacts",
    "IntelRecord",
    "Kind",
    "MitigationFacts",
    "OtherFacts",
    "RelationshipFacts",
    "SoftwareFacts",
    "TacticFacts",
    "TechniqueFacts",
    "VulnerabilityFacts",
    "canonical_json",
    "name_record",
    "validate_facts",
]

Kind = Literal[
    "incident",
    "count",
    "campaign",
    "actor",
    "technique",
    "tactic",
    "mitigation",
    "software",
    "vulnerability",
    "source",
    "relationship",
    "identity",
    "other",
]
KINDS: tuple[Kind, ...] = get_args(Kind)

# Permissible Actions Protocol (MISP taxonomy): what may be done with the information, least to most restricted.
PAP = Literal["clear", "green", "amber", "red"]

Texts = Annotated[list[Text], Field(max_length=1000)]
Refs = Annotated[list[Ref], Field(max_length=1000)]
AttackId = Annotated[str, Field(pattern=r"^(T\d{4}(\.\d{3})?|TA\d{4}|M\d{4}|G\d{4}|S\d{4}|C\d{4})$")]
AttackIds = Annotated[list[AttackId], Field(max_length=1000)]
Domain = Literal["enterprise", "ics", "mobile"]
Long = Annotated[str, Field(min_length=1, max_length=100_000)]


class ActorFacts(Row):
    """A group that attacks. Packs fill every field; embedded and imported actors only what they know."""

    ref: Ref
    name: Text
    aliases: Texts = Field(default_factory=list)
    attack_ids: AttackIds = Field(default_factory=list)
    misp_uuid: Text | None = None
    kind: Literal["criminal", "hacktivist", "state", "insider", "unknown"] | None = None
    mode: Literal["encrypt", "theft_only", "ddos"] | None = None
    threat_classes: Refs = Field(default_factory=list)
    capability: Literal["opportunist", "affiliate", "expert"] | None = None
    activity: list[ActivityRow] = Field(default_factory=list)
    target_sectors: Texts = Field(default_factory=list)
    target_countries: Texts = Field(default_factory=list)
    origin_country: Text | None = None
    motives: Texts = Field(default_factory=list)
    first_seen: PartialDate | None = None
    evidence: Refs = Field(default_factory=list)
    description: Words | None = None
    summary: Long | None = None


class CampaignFacts(Row):
    """A wave that hit many victims, or a named operation."""

    ref: Ref
    name: Words | None = None
    evidence: Refs = Field(default_factory=list)
    threat_class: Ref | None = None
    started_on: PartialDate | None = None
    ended_on: PartialDate | None = None
    date_precision: DatePrecision | None = None
    victims: VictimsRow | None = None
    actor: Ref | None = None
    observation_window: WindowRow | None = None
    notes: Words | None = None
    summary: Long | None = None


class TechniqueFacts(Row):
    """An ATT&CK technique; `mitigations` are ATT&CK ids that hold it back."""

    ref: AttackId
    name: Text
    domain: Domain
    tactics: Texts = Field(default_factory=list)
    platforms: Texts = Field(default_factory=list)
    parent: AttackId | None = None
    mitigations: AttackIds = Field(default_factory=list)
    evidence: Refs = Field(default_factory=list)
    summary: Long | None = None


class TacticFacts(Row):
    """An ATT&CK tactic: `shortname` is what techniques name."""

    ref: AttackId
    name: Text
    domain: Domain
    shortname: Text
    summary: Long | None = None


class MitigationFacts(Row):
    """An ATT&CK mitigation and the techniques that it holds back."""

    ref: AttackId
    name: Text
    domain: Domain
    techniques: AttackIds = Field(default_factory=list)
    summary: Long | None = None


class SoftwareFacts(Row):
    """Malware, tool or ransomware family."""

    ref: Ref
    name: Text
    kind: Literal["malware", "tool", "ransomware"]
    aliases: Texts = Field(default_factory=list)
    attack_ids: AttackIds = Field(default_factory=list)
    platforms: Texts = Field(default_factory=list)
    evidence: Refs = Field(default_factory=list)
    summary: Long | None = None


class VulnerabilityFacts(Row):
    """A CVE, with what KEV and EPSS say of it; `epss` and `epss_percentile` are shares in [0, 1]."""

    ref: Annotated[str, Field(pattern=r"^(CVE-\d{4}-\d{4,19}|vulnerability--[0-9a-f-]{36})$")]
    name: Text | None = None
    vendor: Text | None = None
    product: Text | None = None
    cwes: Texts = Field(default_factory=list)
    exploited_since: PartialDate | None = None
    due_on: PartialDate | None = None
    ransomware_use: Literal["known", "unknown"] | None = None
    epss: Share | None = None
    epss_percentile: Share | None = None
    epss_on: PartialDate | None = None
    epss_model: Text | None = None
    evidence: Refs = Field(default_factory=list)
    summary: Long | None = None


class RelationshipFacts(Row):
    """`source` stands in relation `type` to `target`; both are refs of records of the stated kinds."""

    ref: Ref
    type: Text
    source: Ref
    target: Ref
    source_kind: Kind | None = None
    target_kind: Kind | None = None
    started_on: PartialDate | None = None
    ended_on: PartialDate | None = None
    evidence: Refs = Field(default_factory=list)
    summary: Long | None = None


class IdentityFacts(Row):
    """A person, an organisation, a sector or a place, as STIX `identity` and `location`."""

    ref: Ref
    name: Text
    kind: Literal["individual", "group", "system", "organization", "class", "sector", "country", "location", "unknown"]
    sectors: Texts = Field(default_factory=list)
    country: Text | None = None
    aliases: Texts = Field(default_factory=list)
    summary: Long | None = None


class OtherFacts(Row):
    """Any other object, kept as it came: `type` is the publisher's."""

    ref: Ref
    type: Text
    name: Text | None = None


KIND_MODELS: Mapping[Kind, type[Row]] = {
    "incident": IncidentRow,
    "count": CountRow,
    "campaign": CampaignFacts,
    "actor": ActorFacts,
    "technique": TechniqueFacts,
    "tactic": TacticFacts,
    "mitigation": MitigationFacts,
    "software": SoftwareFacts,
    "vulnerability": VulnerabilityFacts,
    "source": EvidenceRow,
    "relationship": RelationshipFacts,
    "identity": IdentityFacts,
    "other": OtherFacts,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class IntelRecord:
    """One object of the CTI base.

    Parameters
    ----------
    kind, ref
        What it is, and its stable name among objects of its kind: a pack ref, an ATT&CK id, a CVE, a STIX id.
    name
        What a person calls it.
    data
        The facts, as plain JSON values in the shape of ``KIND_MODELS[kind]``; `ref` stands in it too.
    tlp, pap
        Markings; None where the publisher gave none (treated as TLP:CLEAR only for packs).
    document, document_format
        The object as its publisher wrote it, and in what: ``stix-2.1``, ``veris``, ``misp``.
    stamp
        The publisher's version of the object (an ISO instant in UTC): an older one never replaces a newer one.
    """

    kind: Kind
    ref: str
    name: str
    data: Mapping[str, Any]
    tlp: TLP | None = None
    pap: PAP | None = None
    document: Mapping[str, Any] | None = None
    document_format: str | None = None
    stamp: str | None = None

    @classmethod
    def from_facts(cls, kind: Kind, facts: Row, *, name: str | None = None, **fields: Any) -> Self:
        """Build a record from a validated model; absent fields are left out of `data`."""
        data = facts.model_dump(mode="json", by_alias=True, exclude_none=True)
        needed = {name for name, info in type(facts).model_fields.items() if info.is_required()}
        data = {key: value for key, value in data.items() if value != [] or key in needed}
        return cls(kind=kind, ref=data["ref"], name=name or name_record(data), data=data, **fields)

    def facts(self) -> Row:
        """Return `data` as the model of its kind.

        Raises
        ------
        SchemaError
            One finding per wrong field.
        """
        return validate_facts(self.kind, self.data)

    @property
    def digest(self) -> str:
        """SHA-256 of everything that the record says."""
        content = [self.name, self.data, self.tlp, self.pap, self.document, self.document_format, self.stamp]
        return digest_text(canonical_json(content))

    def with_data(self, **changes: Any) -> Self:
        """Return the record with fields of `data` replaced; None removes one."""
        data = {key: value for key, value in {**self.data, **changes}.items() if value is not None}
        return replace(self, data=data)


def validate_facts(kind: Kind, data: Mapping[str, Any]) -> Row:
    """Build the model of a kind from plain data.

    Raises
    ------
    SchemaError
        One finding per wrong field: dotted field, value, what is allowed, repair.
    """
    model = KIND_MODELS[kind]
    try:
        return model.model_validate(data)
    except ValidationError as error:
        raise SchemaError.from_findings(
            SchemaError(
                problem.message,
                field=".".join(str(part) for part in problem.path) or None,
                value=problem.value,
                allowed=problem.allowed,
                repair=problem.repair,
            ).findings[0]
            for problem in explain_validation(error, model=model, data=dict(data))
        ) from None


def canonical_json(value: Any) -> str:
    """Return JSON with sorted keys and no spare space: the same content always gives the same text."""
    return json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"))


def name_record(data: Mapping[str, Any]) -> str:
    """Return what a person calls the object with these facts: its name or title, its victim, else its ref."""
    for key in ("name", "title"):
        value = data.get(key)
        if isinstance(value, str):
            return value
        if isinstance(value, Mapping) and isinstance(value.get("en"), str):
            return str(value["en"])
    victim = data.get("victim")
    if isinstance(victim, Mapping):
        return str(victim.get("name", data["ref"]))
    return str(data["ref"])
