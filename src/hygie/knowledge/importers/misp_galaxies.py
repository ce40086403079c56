"""Galaxy clusters that a MISP event names: actors, software, techniques, mitigations, sectors and countries.

Sources: MISP core format, section 2.12 (galaxy); MISP galaxy format, draft-dulaunoy-misp-galaxy-format. A feed
carries only the tag, `misp-galaxy:threat-actor="…"`; a server adds the cluster itself.

A cluster of a public galaxy may travel freely, whatever the marking of the event. Of a galaxy that hygie embeds the
record says the name and nothing else, so that an old event does not take the place of the current catalogue. A
cluster that no public galaxy contains may be the author's own: it is taken in full, under the marking of the event.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from hygie.core.errors import DocumentError
from hygie.knowledge.actor_names import fold_name
from hygie.knowledge.embedded.attack import strip_id
from hygie.knowledge.embedded.galaxies import clean_text, list_texts, read_galaxy
from hygie.knowledge.importers.leak_sites import slugify_actor
from hygie.knowledge.importers.misp_fields import clip, iterate_attributes, iterate_objects, list_tags, read_list
from hygie.knowledge.kinds import Kind

__all__ = ["Mention", "find_country", "iterate_mentions", "mention_actor"]

# Type of the galaxy → our kind, and the kind within it.
_CATALOGUES: Mapping[str, tuple[Kind, str | None]] = {
    **dict.fromkeys(
        (
            "threat-actor",
            "mitre-intrusion-set",
            "mitre-enterprise-attack-intrusion-set",
            "mitre-mobile-attack-intrusion-set",
            "mitre-ics-groups",
            "microsoft-activity-group",
            "tidal-groups",
            "360net-threat-actor",
        ),
        ("actor", None),
    ),
    **dict.fromkeys(
        (
            "mitre-malware",
            "mitre-enterprise-attack-malware",
            "mitre-mobile-attack-malware",
            "mitre-ics-software",
            "malpedia",
            "android",
            "backdoor",
            "banker",
            "botnet",
            "cryptominers",
            "rat",
            "stealer",
        ),
        ("software", "malware"),
    ),
    **dict.fromkeys(
        ("tool", "mitre-tool", "mitre-enterprise-attack-tool", "mitre-mobile-attack-tool", "exploit-kit", "tds"),
        ("software", "tool"),
    ),
    "ransomware": ("software", "ransomware"),
    **dict.fromkeys(
        (
            "mitre-attack-pattern",
            "mitre-enterprise-attack-attack-pattern",
            "mitre-mobile-attack-attack-pattern",
            "mitre-ics-techniques",
        ),
        ("technique", None),
    ),
    **dict.fromkeys(
        (
            "mitre-course-of-action",
            "mitre-enterprise-attack-course-of-action",
            "mitre-mobile-attack-course-of-action",
        ),
        ("mitigation", None),
    ),
    "sector": ("identity", "sector"),
    **dict.fromkeys(("country", "target-information"), ("identity", "country")),
}
# Galaxies of which the base holds every entry, described as their publisher describes it today.
_EMBEDDED = frozenset(
    {
        "threat-actor",
        "ransomware",
        "sector",
        "country",
        "target-information",
        "mitre-attack-pattern",
        "mitre-course-of-action",
        "mitre-intrusion-set",
        "mitre-malware",
        "mitre-tool",
    }
)
_ATTACK_ID: Mapping[Kind, re.Pattern[str]] = {
    "actor": re.compile(r"(?:^|\s-\s)(G\d{4})$"),
    "software": re.compile(r"(?:^|\s-\s)(S\d{4})$"),
    "technique": re.compile(r"(?:^|\s-\s)(T\d{4}(?:\.\d{3})?)$"),
    "mitigation": re.compile(r"(?:^|\s-\s)(M\d{4})$"),
}
_TAG = re.compile(r'misp-galaxy:([a-z0-9-]+)="(.+)"', re.I | re.S)
_UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Mention:
    """Something that an event names.

    Parameters
    ----------
    galaxy
        Type of its galaxy.
    data
        Facts of its record.
    public
        True where a public galaxy contains it.
    embedded
        True where the base holds its description already.
    whole
        True where the event carries the cluster and not just its tag.
    """

    galaxy: str
    kind: Kind
    ref: str
    data: Mapping[str, Any]
    public: bool
    embedded: bool
    whole: bool

    @property
    def name(self) -> str:
        return str(self.data["name"])


@dataclass(frozen=True, slots=True)
class _Public:
    """An entry of an embedded galaxy, as far as it is needed here."""

    uuid: str
    value: str
    external_id: str
    code: str
    mobile: bool


def iterate_mentions(event: Mapping[str, Any]) -> Iterator[Mention]:
    """Yield each cluster once, from the event, its attributes and its objects; whole ones before tags.

    Raises
    ------
    SchemaError
        Galaxies, clusters or tags are not lists.
    """
    parts = (event, *iterate_objects(event), *iterate_attributes(event))
    found: dict[tuple[Kind, str], Mention] = {}
    for part in parts:
        for galaxy in read_list(part, "Galaxy"):
            for cluster in read_list(galaxy, "GalaxyCluster"):
                named = cluster.get("type") or galaxy.get("type")
                value, uuid, meta = cluster.get("value"), cluster.get("uuid"), cluster.get("meta")
                if isinstance(named, str) and isinstance(value, str) and value.strip():
                    mention = _mention(
                        named.lower(),
                        value.strip(),
                        uuid=uuid.lower() if isinstance(uuid, str) else "",
                        meta=meta if isinstance(meta, dict) else {},
                        description=str(cluster.get("description") or ""),
                        whole=True,
                    )
                    if mention is not None:
                        found.setdefault((mention.kind, mention.ref), mention)
    for part in parts:
        for tag in list_tags(part):
            match = _TAG.fullmatch(tag)
            if match and match[2].strip():
                mention = _mention(match[1].lower(), match[2].strip())
                # The tag of a cluster that is there gives no other record.
                if mention is not None and not _is_named(mention, found):
                    found.setdefault((mention.kind, mention.ref), mention)
    yield from found.values()


def mention_actor(name: str) -> Mention:
    """Return the actor that a free text names; a name or synonym of the public galaxy is that actor."""
    known = _find_synonym("threat-actor", name)
    mention = _mention("threat-actor", known.value if known else clip(name))
    assert mention is not None
    return mention


def find_country(name: str) -> str | None:
    """Return the ISO 3166-1 code of a country, by name or code."""
    known = _find_public("country", name.strip(), "") or _find_synonym("country", name)
    return known.code if known and len(known.code) == 2 else None


def _is_named(mention: Mention, found: Mapping[tuple[Kind, str], Mention]) -> bool:
    return any(
        other.whole and other.kind == mention.kind and fold_name(other.name) == fold_name(mention.name)
        for other in found.values()
    )


def _mention(
    galaxy: str,
    value: str,
    *,
    uuid: str = "",
    meta: Mapping[str, Any] | None = None,
    description: str = "",
    whole: bool = False,
) -> Mention | None:
    if galaxy not in _CATALOGUES:
        return None
    kind, inner = _CATALOGUES[galaxy]
    meta = meta or {}
    stated_id = _find_attack_id(kind, value, *list_texts(meta, "external_id"))
    public = _find_public(galaxy, value, uuid, stated_id)
    attack_id = (_find_attack_id(kind, public.external_id) if public else None) or stated_id
    # What ATT&CK numbers is in the embedded galaxies, whatever galaxy of the event names it.
    known = public is not None and (galaxy in _EMBEDDED or attack_id is not None)
    name = strip_id(public.value if public else clip(value))
    if kind in ("technique", "mitigation"):
        if attack_id is None:
            return None
        mobile = "mobile" in galaxy or bool(public and public.mobile)
        domain = "ics" if attack_id[1] == "0" else "mobile" if mobile else "enterprise"
        data: dict[str, Any] = {"ref": attack_id, "name": name, "domain": domain}
        return Mention(
            galaxy=galaxy,
            kind=kind,
            ref=attack_id,
            data=data,
            public=public is not None,
            embedded=known,
            whole=whole,
        )
    if kind == "identity" and inner == "country":
        code = public.code if public else find_country(value)
        public = _load("country").get(code.casefold(), public) if code else public
        name = public.value if public else name
    ref = attack_id or _derive_ref(galaxy, name, public.uuid if public else uuid)
    data = {"ref": ref, "name": name}
    if inner is not None:
        data["kind"] = inner
    if attack_id is not None:
        data["attack_ids"] = [attack_id]
    if kind == "actor" and ref == f"misp-{public.uuid if public else uuid}":
        data["misp_uuid"] = ref.removeprefix("misp-")
    if whole and not known:
        data.update(_describe(kind, meta, description, name))
    return Mention(galaxy=galaxy, kind=kind, ref=ref, data=data, public=public is not None, embedded=known, whole=whole)


def _describe(kind: Kind, meta: Mapping[str, Any], description: str, name: str) -> dict[str, Any]:
    """Return what a cluster that nobody else publishes says."""
    said: dict[str, Any] = {"aliases": [clip(alias) for alias in list_texts(meta, "synonyms") if alias != name]}
    summary = clean_text(description)
    if summary:
        said["summary"] = summary[:100_000]
    if kind == "actor":
        said["motives"] = list_texts(meta, "motive", "cfr-type-of-incident")
        country = next(iter(list_texts(meta, "country")), None)
        if country:
            said["origin_country"] = country
    return {key: value for key, value in said.items() if value}


def _derive_ref(galaxy: str, name: str, uuid: str) -> str:
    if _UUID.fullmatch(uuid):
        return f"misp-{uuid}"
    return f"misp-{galaxy}-{slugify_actor(name)[:50].strip('-')}"


def _find_attack_id(kind: Kind, *texts: str) -> str | None:
    """Return the first ATT&CK id of a kind; old clusters list other catalogues (CAPEC) beside it."""
    pattern = _ATTACK_ID.get(kind)
    if pattern is None:
        return None
    return next((match[1] for text in texts if (match := pattern.search(text))), None)


def _find_public(galaxy: str, value: str, uuid: str, attack_id: str | None = None) -> _Public | None:
    entries = _load(galaxy)
    return entries.get(uuid) or entries.get(value.casefold()) or entries.get((attack_id or "").casefold())


@lru_cache(maxsize=len(_CATALOGUES))
def _load(galaxy: str) -> Mapping[str, _Public]:
    """Return the entries of an embedded galaxy by uuid, value, and code or ATT&CK id."""
    try:
        clusters = read_galaxy(galaxy).clusters
    except DocumentError:
        # A galaxy that is not embedded contains nothing.
        return {}
    entries: dict[str, _Public] = {}
    for cluster in clusters:
        code = next((text for text in list_texts(cluster.meta, "ISO", "iso-code") if len(text) == 2), "")
        external_id = next(iter(list_texts(cluster.meta, "external_id")), "")
        chain = list_texts(cluster.meta, "kill_chain")
        mobile = bool(chain) and all(phase.startswith("mobile-") for phase in chain)
        # Names of countries are in lower case there.
        value = cluster.description if galaxy == "country" else cluster.value
        public = _Public(cluster.uuid, value, external_id, code, mobile)
        keys = [cluster.uuid, cluster.value, value, code, external_id]
        if _CATALOGUES[galaxy][0] in ("actor", "software"):
            # Techniques share names with each other, groups and software do not.
            keys.append(strip_id(cluster.value))
        for key in keys:
            if key:
                entries.setdefault(key.casefold(), public)
    return entries


def _find_synonym(galaxy: str, name: str) -> _Public | None:
    return _load(galaxy).get(name.strip().casefold()) or _load_synonyms(galaxy).get(fold_name(name))


@lru_cache(maxsize=4)
def _load_synonyms(galaxy: str) -> Mapping[str, _Public]:
    """Return the entries by names and synonyms, folded; a name that means several entries is left out."""
    entries = _load(galaxy)
    found: dict[str, set[_Public]] = {}
    clusters = read_galaxy(galaxy).clusters if entries else ()
    for cluster in clusters:
        for name in (cluster.value, *list_texts(cluster.meta, "synonyms")):
            if fold_name(name):
                found.setdefault(fold_name(name), set()).add(entries[cluster.uuid])
    return {name: publics.pop() for name, publics in found.items() if len(publics) == 1}
