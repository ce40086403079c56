"""From one MISP event to records: its source, what it names, the event itself, and how they relate.

Source: MISP core format, Internet-Draft draft-dulaunoy-misp-core-format-18. What each part becomes:

- the event: an `incident` where it describes one (see `misp_incidents`), else `other` of type ``misp-event``; its
  document is the event without file contents, correlations, proposals and its creator's address;
- its creator, title, dates, markings and Admiralty tags: a `source`;
- galaxy clusters of the event, its attributes and its objects: actors, software, techniques, mitigations, sectors and
  countries (see `misp_galaxies`); `threat-actor` attributes: actors;
- `vulnerability` attributes and objects: vulnerabilities, by CVE;
- `ransomware-group-post` objects: claims of leak sites, as `leak_sites` reads them: the same post from a tracker and
  from MISP is one incident. Such an event keeps neither title nor document unless the options keep names;
- `extends_uuid` and everything named: relationships, under the event's marking.

Deleted attributes and objects are left out of what is read.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from hygie.core.errors import DataError
from hygie.core.evidence import TLP, derive_evidence_id
from hygie.core.ids import digest_text
from hygie.knowledge.importers.leak_sites import import_leak_site
from hygie.knowledge.importers.misp_fields import EventHead, iterate_attributes, read_event_head
from hygie.knowledge.importers.misp_galaxies import Mention, iterate_mentions, mention_actor
from hygie.knowledge.importers.misp_incidents import describe_incident, list_group_posts
from hygie.knowledge.importers.misp_markings import Markings, read_markings
from hygie.knowledge.importers.protocol import ImportItem, ImportOptions, Refusal
from hygie.knowledge.kinds import IntelRecord, Kind, canonical_json, validate_facts
from hygie.knowledge.markings import DEFAULT_UNMARKED
from hygie.store.byte_sources import ByteSource

__all__ = ["MISP_FORMAT", "convert_event"]

MISP_FORMAT = "misp"
# Documents are kept to be read again, not as an archive of indicators: the feed of CIRCL has events below 100 kB and
# a few of many MiB, which are lists of addresses.
MAX_DOCUMENT_BYTES = 1024**2
# A cluster known by its tag alone never takes the place of one that was seen whole.
TAG_ONLY_STAMP = "1970-01-01T00:00:00Z"

_CVE = re.compile(r"CVE-\d{4}-\d{4,19}", re.I)
# Contents of files, proposals of others, what the server correlated (events with markings of their own), and people.
_LEFT_OUT = frozenset(
    {"data", "ShadowAttribute", "RelatedEvent", "RelatedAttribute", "event_creator_email", "Sighting", "user_id"}
)
_VERBS: Mapping[Kind, str] = {
    "actor": "attributed-to",
    "software": "uses",
    "technique": "uses",
    "identity": "targets",
    "vulnerability": "exploits",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class _Subject:
    """The event as the subject of relationships."""

    head: EventHead
    markings: Markings
    kind: Kind
    source: str


def convert_event(event: Mapping[str, Any], options: ImportOptions) -> list[ImportItem]:
    """Return the records of an event; parts of it that cannot be read are refused one by one.

    Raises
    ------
    SchemaError
        It is no event, or its own fields cannot be read: nothing of it is taken.
    """
    head, markings = read_event_head(event), read_markings(event)
    posts = list_group_posts(event)
    hidden = bool(posts) and not options.keep_names
    title = {"en": head.info, "fr": head.info}
    if hidden:
        title = {
            "en": f"Posts of leak sites, {head.publisher}",
            "fr": f"Publications de sites de fuite, {head.publisher}",
        }
        head = replace(head, info=title["en"])
    mentions = _list_mentions(event)
    source = _describe_source(head, markings, options, title=title)
    main = _describe_event(event, head, markings, mentions, source=source.ref, hidden=hidden)
    subject = _Subject(head=head, markings=markings, kind=main.kind, source=source.ref)
    items: list[ImportItem] = [source]
    items.extend(_describe_mention(mention, head, markings) for mention in mentions)
    vulnerabilities = _list_vulnerabilities(event)
    items.extend(_make("vulnerability", {"ref": cve}) for cve in vulnerabilities)
    items.append(main)
    items.extend(_read_posts(posts, subject, options))
    items.extend(_relate(subject, mention.kind, mention.ref) for mention in mentions)
    items.extend(_relate(subject, "vulnerability", cve) for cve in vulnerabilities)
    extended = event.get("extends_uuid")
    if isinstance(extended, str) and re.fullmatch(r"[0-9a-fA-F-]{36}", extended):
        items.append(_relate(subject, None, f"misp-{extended.lower()}", verb="extends"))
    return items


def _describe_source(
    head: EventHead, markings: Markings, options: ImportOptions, *, title: Mapping[str, str]
) -> IntelRecord:
    locator = f"MISP event {head.uuid}"
    data: dict[str, Any] = {
        "ref": str(derive_evidence_id(locator, "event")),
        "source": locator,
        "statement": "event",
        "title": title,
        "publisher": head.publisher,
        "read_on": options.received_on.isoformat(),
        "reliability": markings.reliability,
        "credibility": markings.credibility,
        "tlp": (markings.tlp or DEFAULT_UNMARKED).value,
        "licence": "facts-only",
    }
    published_on = head.published_on or head.day
    if published_on is not None:
        data["published_on"] = published_on.isoformat()
    if not head.published:
        data["derived"] = {
            "en": "Its author has not published this event yet: it may change.",
            "fr": "Son auteur n’a pas encore publié cet événement : il peut changer.",
        }
    record = IntelRecord.from_facts("source", validate_facts("source", data))
    return replace(record, tlp=markings.tlp, pap=markings.pap, stamp=head.stamp)


def _describe_event(
    event: Mapping[str, Any],
    head: EventHead,
    markings: Markings,
    mentions: Sequence[Mention],
    *,
    source: str,
    hidden: bool,
) -> IntelRecord:
    # An event with posts of leak sites is a collection of claims; each of them is an incident.
    incident = None if list_group_posts(event) else describe_incident(event, head, mentions)
    kind: Kind = "other" if incident is None else "incident"
    data: dict[str, Any] = {"ref": head.ref, "type": "misp-event", "name": head.info}
    if incident is not None:
        data = {**incident, "evidence": [source]}
    record = IntelRecord.from_facts(kind, validate_facts(kind, data), name=head.info)
    return replace(
        record,
        tlp=markings.tlp,
        pap=markings.pap,
        stamp=head.stamp,
        document=None if hidden else _keep_document(event),
        document_format=None if hidden else MISP_FORMAT,
    )


def _keep_document(event: Mapping[str, Any]) -> Mapping[str, Any]:
    document = _strip(event)
    assert isinstance(document, dict)
    # Clusters are described where they are published; then the lists of indicators go.
    for keys in (("Galaxy",), ("Attribute", "Object", "EventReport")):
        if len(json.dumps(document, ensure_ascii=False).encode()) <= MAX_DOCUMENT_BYTES:
            break
        counts = {key: len(document.pop(key)) for key in keys if isinstance(document.get(key), list)}
        document["left_out"] = {**document.get("left_out", {}), **counts}
    return document


def _strip(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {key: _strip(inner) for key, inner in value.items() if key not in _LEFT_OUT}
    return [_strip(inner) for inner in value] if isinstance(value, list) else value


def _list_mentions(event: Mapping[str, Any]) -> list[Mention]:
    mentions = {(mention.kind, mention.ref): mention for mention in iterate_mentions(event)}
    for entry in iterate_attributes(event):
        value = entry.get("value")
        if entry.get("type") == "threat-actor" and isinstance(value, str) and value.strip():
            mention = mention_actor(value.strip())
            mentions.setdefault((mention.kind, mention.ref), mention)
    return list(mentions.values())


def _describe_mention(mention: Mention, head: EventHead, markings: Markings) -> ImportItem:
    item = _make(mention.kind, mention.data)
    if not isinstance(item, IntelRecord):
        return item
    item = replace(item, tlp=TLP.CLEAR) if mention.public else replace(item, tlp=markings.tlp, pap=markings.pap)
    if mention.embedded:
        return item
    return replace(item, stamp=head.stamp if mention.whole else TAG_ONLY_STAMP)


def _list_vulnerabilities(event: Mapping[str, Any]) -> list[str]:
    values = (entry.get("value") for entry in iterate_attributes(event) if entry.get("type") == "vulnerability")
    # Some publishers write other dashes than the hyphen.
    texts = (re.sub(r"[‐‑‒–—−]", "-", value).strip() for value in values if isinstance(value, str))
    return list(dict.fromkeys(text.upper() for text in texts if _CVE.fullmatch(text)))


def _read_posts(posts: Sequence[Mapping[str, str]], subject: _Subject, options: ImportOptions) -> Iterator[ImportItem]:
    if not posts:
        return
    content = canonical_json(posts).encode()
    for item in import_leak_site(ByteSource(name=subject.head.ref, content=content), options):
        if isinstance(item, IntelRecord) and item.kind == "incident":
            item = item.with_data(evidence=[*item.data["evidence"], subject.source])
            item = replace(item, tlp=subject.markings.tlp, pap=subject.markings.pap, stamp=subject.head.stamp)
        yield item


def _relate(subject: _Subject, kind: Kind | None, ref: str, *, verb: str | None = None) -> ImportItem:
    # Of a report, it is only known that it speaks of something.
    said = verb or (_VERBS.get(kind or "other", "related-to") if subject.kind == "incident" else "refers-to")
    name = f"{subject.head.ref}-{said}-{ref}"
    data: dict[str, Any] = {
        "ref": name if len(name) <= 120 else f"{subject.head.ref}-{digest_text(name)[-24:]}",
        "type": said,
        "source": subject.head.ref,
        "target": ref,
        "source_kind": subject.kind,
        "evidence": [subject.source],
    }
    if kind is not None:
        data["target_kind"] = kind
    item = _make("relationship", data)
    if isinstance(item, IntelRecord):
        title = f"{subject.head.ref} {said} {ref}"
        marked = replace(item, tlp=subject.markings.tlp, pap=subject.markings.pap)
        return replace(marked, name=title, stamp=subject.head.stamp)
    return item


def _make(kind: Kind, data: Mapping[str, Any]) -> ImportItem:
    try:
        return IntelRecord.from_facts(kind, validate_facts(kind, data))
    except DataError as error:
        return Refusal(ref=str(data["ref"])[:200], finding=error.findings[0], kind=kind)
