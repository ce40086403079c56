"""Posts of ransomware leak sites, as public trackers collect them (JSON).

Written from the files themselves, which differ in the names of their fields:

- ransomwatch and its heirs, `posts.json`: `post_title`, `group_name`, `discovered`, later `published`,
  `description`, `website`, `post_url`, `country` (https://github.com/joshhighet/ransomwatch,
  https://github.com/JMousqueton/ransomware.live, https://github.com/nuke86/ransomFeed-details,
  columns of https://github.com/mkey7/ransomware `posts.csv`);
- the ransomware.live API: `victim`, `group`, `attackdate`, `discovered`, `country`, `activity`;
- the ransomfeed.it API: `date`, `victim`, `gang`, `country`, `work_sector`, `hash`, as
  https://github.com/ransomfeed/Ransomfeed_OpenCTI_connector reads it.

What a post is worth. It is the claim of a criminal: actor confidence `low`, `data_leaked: claimed`, source F6. It
does not say whether anything was encrypted, so its class is `leak_claim`, which no simulated class matches: an
analyst who knows more reclassifies it. It dates the post, not the attack, which came days to months before:
`date_basis` is `leak_post`, and rates of attacks must not be read from such dates. The day of the post is
`published` (or `attackdate`), when the tracker did not see it earlier; re-posts of old leaks carry old days.
Announcements that name no victim cannot be told from posts that do. Group names stay as the tracker spells them.

Victims are pseudonymised unless the options keep names (`hygie.knowledge.pseudonyms`): neither name, title, address
nor description is kept, nor the exact time, which would lead back to the public post. References are derived with
the same key, so that they give no name away and the same post always has the same reference.
"""

from __future__ import annotations

import hashlib
import re
import unicodedata
from collections.abc import Iterator, Mapping
from datetime import date
from typing import Any

from hygie.core.errors import DocumentError, SchemaError
from hygie.core.evidence import derive_evidence_id
from hygie.knowledge.importers.delimited import limit_refusals
from hygie.knowledge.importers.protocol import ImportItem, ImportOptions, Refusal
from hygie.knowledge.kinds import IntelRecord, validate_facts
from hygie.knowledge.pseudonyms import check_key, derive_keyed_id, normalise_name, pseudonymise_victim
from hygie.store.byte_sources import ByteSource
from hygie.store.json_stream import stream_items

__all__ = ["LEAK_CLAIM", "import_leak_site", "slugify_actor"]

LEAK_CLAIM = "leak_claim"

_TITLES = ("post_title", "victim")
_GROUPS = ("group_name", "group", "gang")
_POSTED = ("published", "attackdate")
_SEEN = ("discovered", "date")
_SECTORS = ("activity", "sector", "work_sector")

# A closed list: a free text could carry the name that is kept out.
_SECTOR_WORDS = {
    "agriculture and food production": "agriculture",
    "business services": "business-services",
    "construction": "construction",
    "consumer services": "consumer-services",
    "education": "education",
    "energy": "energy",
    "financial": "finance",
    "financial services": "finance",
    "government": "public-administration",
    "health": "health",
    "healthcare": "health",
    "healthcare services": "health",
    "hospitality and tourism": "hospitality",
    "manufacturing": "manufacturing",
    "public sector": "public-administration",
    "retail": "retail",
    "technology": "technology",
    "telecommunication": "telecommunication",
    "telecommunications": "telecommunication",
    "transportation": "transportation",
    "transportation logistics": "transportation",
}

_DAY = re.compile(r"(\d{4}-\d{2}-\d{2})([T ].*)?", re.ASCII | re.DOTALL)
_COUNTRY = re.compile(r"[A-Za-z]{2}")
# Sources of so many groups are remembered; trackers know a few hundred.
_MAX_GROUPS = 10_000


def import_leak_site(source: ByteSource, options: ImportOptions) -> Iterator[ImportItem]:
    """Yield one incident per post, and one source per group before its first.

    Raises
    ------
    UsageError
        No key to derive pseudonyms and references from.
    DocumentError
        Not a list of posts, or more than 1,000 bad ones.
    """
    check_key(options.pseudonym_key)
    yield from limit_refusals(_read_posts(source, options), name=source.name)


def _read_posts(source: ByteSource, options: ImportOptions) -> Iterator[ImportItem]:
    described: set[str] = set()
    index = -1
    with source.open() as stream:
        for index, post in stream_items(stream, name=source.name):
            try:
                incident, group = _read_post(post, options)
            except SchemaError as error:
                finding = error.located(file=source.name, field=f"post {index + 1}").findings[0]
                yield Refusal(ref=f"post {index + 1}", finding=finding, kind="incident")
                continue
            if group not in described:
                if len(described) < _MAX_GROUPS:
                    described.add(group)
                yield _describe_site(group, options)
            yield incident
    if index < 0:
        raise DocumentError("the file lists no posts", file=source.name, repair="check that this is the right file")


def _read_post(post: Any, options: ImportOptions) -> tuple[IntelRecord, str]:
    if not isinstance(post, Mapping):
        raise SchemaError("the post is not an object", repair="check that this is a list of posts")
    title = _need_text(post, _TITLES)
    group = slugify_actor(_need_text(post, _GROUPS))
    day = _find_day(post, options).isoformat()
    pseudonym = pseudonymise_victim(title, key=options.pseudonym_key)
    digest = derive_keyed_id("post", group, normalise_name(title), day, key=options.pseudonym_key)
    victim = {
        "name": title if options.keep_names else pseudonym,
        "kind": "unknown",
        "country": _find_country(post),
        "sector": _find_sector(post),
    }
    data: dict[str, Any] = {
        "ref": f"leak-{digest[:24]}",
        "evidence": [_site_ref(group)],
        "started_on": day,
        "date_precision": "day",
        "date_basis": "leak_post",
        "published_on": day,
        "victim": {key: value for key, value in victim.items() if value is not None},
        "threat_class": LEAK_CLAIM,
        "actor": {"name": group, "confidence": "low"},
        "data_leaked": "claimed",
    }
    if options.keep_names:
        description = _find_text(post, ("description", "victim_notes"))
        if description is not None:
            data["summary"] = description[:100_000]
    record = IntelRecord.from_facts(
        "incident",
        validate_facts("incident", data),
        document=post if options.keep_names else None,
        document_format="leak-site" if options.keep_names else None,
    )
    return record, group


def slugify_actor(name: str) -> str:
    """Return the short name of an actor: lower case, no accents, runs of other characters as one hyphen.

    >>> slugify_actor("Black Basta  (No_Name)")
    'black-basta-no-name'
    """
    folded = unicodedata.normalize("NFKD", name.casefold())
    plain = "".join(ch for ch in folded if not unicodedata.combining(ch))
    slug = re.sub(r"[^a-z0-9]+", "-", plain).strip("-")[:100].rstrip("-")
    if slug and slug != "unknown":
        return slug
    # A name in another script is still one actor, and not the unknown one.
    return f"group-{hashlib.sha256(name.strip().casefold().encode()).hexdigest()[:12]}"


def _find_text(post: Mapping[str, Any], names: tuple[str, ...]) -> str | None:
    for name in names:
        value = post.get(name)
        if isinstance(value, str) and value.strip():
            return value.strip()
    return None


def _need_text(post: Mapping[str, Any], names: tuple[str, ...]) -> str:
    text = _find_text(post, names)
    if text is None:
        raise SchemaError(
            f"the post does not say “{names[0]}”",
            allowed=f"a text in one of: {', '.join(names)}",
            repair="remove the post, or fetch the file again",
        )
    return text


def _find_day(post: Mapping[str, Any], options: ImportOptions) -> date:
    """Return the day of the post: what the site says, unless the tracker saw it before that."""
    posted, seen = _read_day(post, _POSTED), _read_day(post, _SEEN)
    days = [day for day in (posted, seen) if day is not None]
    if not days:
        raise SchemaError(
            "the post is not dated",
            allowed=f"YYYY-MM-DD in one of: {', '.join((*_POSTED, *_SEEN))}",
            repair="remove the post, or fetch the file again",
        )
    # Sites announce days to come; one day of slack for time zones.
    if (min(days) - options.received_on).days > 1:
        raise SchemaError("the post is dated after the import", value=min(days).isoformat(), repair="check its date")
    return min(days)


def _read_day(post: Mapping[str, Any], names: tuple[str, ...]) -> date | None:
    text = _find_text(post, names)
    if text is None:
        return None
    found = _DAY.fullmatch(text)
    try:
        return date.fromisoformat(found.group(1)) if found else None
    except ValueError:
        return None


def _find_country(post: Mapping[str, Any]) -> str | None:
    text = _find_text(post, ("country",))
    return text.upper() if text is not None and _COUNTRY.fullmatch(text) else None


def _find_sector(post: Mapping[str, Any]) -> str | None:
    text = _find_text(post, _SECTORS)
    return _SECTOR_WORDS.get(normalise_name(text)) if text is not None else None


def _site_of(group: str) -> str:
    return f"leak site of {group}, as a public tracker lists it"


def _site_ref(group: str) -> str:
    return str(derive_evidence_id(_site_of(group), "posts"))


def _describe_site(group: str, options: ImportOptions) -> IntelRecord:
    facts = validate_facts(
        "source",
        {
            "ref": _site_ref(group),
            "source": _site_of(group),
            "statement": "posts",
            "title": {"en": f"Posts of the leak site of {group}", "fr": f"Publications du site de fuite de {group}"},
            "publisher": group,
            "read_on": options.received_on.isoformat(),
            "reliability": "F",
            "credibility": 6,
            "tlp": "clear",
            "licence": "facts-only",
        },
    )
    return IntelRecord.from_facts("source", facts)
