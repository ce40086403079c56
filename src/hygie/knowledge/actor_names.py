"""One actor, many names: from the name that a source uses to the record that the base holds."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Protocol

__all__ = ["ActorIndex", "NamedActor", "fold_name"]

# Words that sources put beside a name without meaning another actor: “Medusa Ransomware Group”.
_FILLERS = frozenset(
    {"actor", "actors", "affiliate", "affiliates", "and", "gang", "group", "operator", "operators", "raas"}
    | {"ransom", "ransomware", "team", "the"}
)
_CATALOGUE_REF = re.compile(r"G\d{4}|misp-[0-9a-f-]{36}|intrusion-set--[0-9a-f-]{36}|threat-actor--[0-9a-f-]{36}")
_GROUP_ID = re.compile(r"G\d{4}")
_PARENTHESES = re.compile(r"\s*\(([^()]*)\)")
_VERSION = re.compile(r"[\s_-]*v?\d+\.\d+$")
# A single figure glued to a name of some length, as in “lockbit3”; APT28, FIN7 and 8Base are whole names.
_GLUED_FIGURE = re.compile(r"([a-z]{5,})[1-9]")
_MIN_LETTERS = 3


class NamedActor(Protocol):
    """What the index reads of an actor; `ThreatActor` and `ActorFacts` both have it."""

    @property
    def ref(self) -> str: ...
    @property
    def name(self) -> str: ...
    @property
    def aliases(self) -> Iterable[str]: ...
    @property
    def attack_ids(self) -> Iterable[str]: ...
    @property
    def misp_uuid(self) -> str | None: ...


@dataclass(frozen=True, slots=True)
class ActorIndex:
    """Names of actors, folded, and the actors that each may mean.

    Names are compared without case, accents and punctuation. Actors of packs and of analysts win over ATT&CK groups,
    these over other catalogues (MISP and STIX ids), and names over aliases of the same rank. An entry that shares an
    ATT&CK or MISP id with an actor that wins over it, or its name, is that actor.

    Examples
    --------
    >>> from dataclasses import make_dataclass
    >>> Actor = make_dataclass("Actor", ["ref", "name", "aliases", "attack_ids", "misp_uuid"])
    >>> index = ActorIndex.build([Actor("lockbit", "LockBit", ["LockBit Black"], [], None)])
    >>> index.resolve("lockbit3"), index.resolve("LockBit 2.0 Ransomware"), index.resolve("Conti")
    ('lockbit', 'lockbit', None)
    """

    exact: Mapping[str, Mapping[int, frozenset[str]]]
    reduced: Mapping[str, Mapping[int, frozenset[str]]]

    @classmethod
    def build(cls, actors: Iterable[NamedActor]) -> ActorIndex:
        """Index actors; their order does not matter."""
        ordered = sorted(actors, key=lambda actor: (_rank(actor), actor.ref))
        homes = _find_homes(ordered)
        exact: dict[str, dict[int, set[str]]] = {}
        reduced: dict[str, dict[int, set[str]]] = {}
        for actor in ordered:
            home = homes[actor.ref]
            for is_name, text in _iterate_names(actor):
                level = 2 * _rank(actor) + (not is_name)
                for keys, key in ((exact, fold_name(text)), (reduced, _reduce(text))):
                    if key:
                        keys.setdefault(key, {}).setdefault(level, set()).add(home)
        return cls(_freeze(exact), _freeze(reduced))

    def resolve(self, name: str) -> str | None:
        """Return the ref of the one actor that a name means, or None: none, or several (see `candidates`)."""
        found = self.candidates(name)
        if not found and "/" in name:
            # “BlackCat/ALPHV”: two names of one actor; any other name between them makes it none.
            parts = {self.resolve(part) for part in name.split("/") if part.strip()}
            return parts.pop() if len(parts) == 1 else None
        return found[0] if len(found) == 1 else None

    def candidates(self, name: str) -> tuple[str, ...]:
        """Return the refs of the actors that a name may mean, none of them more likely than another."""
        for text in dict.fromkeys((name, _PARENTHESES.sub("", name))):
            for keys, key in ((self.exact, fold_name(text)), (self.reduced, _reduce(text))):
                levels = keys.get(key)
                if levels:
                    return tuple(sorted(levels[min(levels)]))
            glued = _GLUED_FIGURE.fullmatch(_reduce(text))
            if glued and glued[1] in self.exact:
                levels = self.exact[glued[1]]
                return tuple(sorted(levels[min(levels)]))
        return ()


def _rank(actor: NamedActor) -> int:
    """Return 0 for curated actors, 1 for ATT&CK groups, 2 for other catalogues."""
    if _GROUP_ID.fullmatch(actor.ref):
        return 1
    return 2 if _CATALOGUE_REF.fullmatch(actor.ref) else 0


def _find_homes(ordered: Iterable[NamedActor]) -> dict[str, str]:
    """Return, for each actor, the ref of the first actor that shares an ATT&CK group, a MISP entry or its name with it.

    An entry that shares ids with several actors (MISP merges what ATT&CK keeps apart) goes to the one of the same
    name, or stays on its own.
    """
    homes: dict[str, str] = {}
    owners: dict[str, set[str]] = {}
    names: dict[str, set[str]] = {}
    for actor in ordered:
        marks = {actor.ref, *(mark for mark in actor.attack_ids if _GROUP_ID.fullmatch(mark))}
        if actor.misp_uuid is not None:
            marks.add(f"misp-{actor.misp_uuid}")
        name = fold_name(actor.name)
        shared = {owner for mark in marks for owner in owners.get(mark, ())}
        if len(shared) != 1:
            namesakes = names.get(name, set())
            shared = shared & namesakes if shared else set(namesakes)
        home = shared.pop() if len(shared) == 1 else actor.ref
        homes[actor.ref] = home
        names.setdefault(name, set()).add(home)
        for mark in marks:
            owners.setdefault(mark, set()).add(home)
    return homes


def _iterate_names(actor: NamedActor) -> Iterator[tuple[bool, str]]:
    """Yield (is a name, text): the name whole, without its parentheses and inside them, the ref, the aliases."""
    yield True, actor.name
    bare = _PARENTHESES.sub("", actor.name)
    if bare != actor.name:
        yield True, bare
        for inner in _PARENTHESES.findall(actor.name):
            if sum(char.isalpha() for char in inner) >= _MIN_LETTERS:
                yield True, inner
    yield True, actor.ref
    for alias in actor.aliases:
        yield False, alias


def _split(name: str) -> list[str]:
    decomposed = unicodedata.normalize("NFKD", name.casefold())
    return re.findall(r"[^\W_]+", "".join(char for char in decomposed if not unicodedata.combining(char)))


def fold_name(name: str) -> str:
    """Return the letters and figures of a name, without case and accents."""
    return "".join(_split(name))


def _reduce(name: str) -> str:
    """Fold a name without its version and the words around it; empty when nothing is left."""
    words = [word for word in _split(_VERSION.sub("", _strip_fillers(name))) if word not in _FILLERS]
    return "".join(words)


def _strip_fillers(name: str) -> str:
    # “LockBit 2.0 ransomware”: the version ends the name only once the words after it are gone.
    words = name.split()
    while words and words[-1].casefold() in _FILLERS:
        words.pop()
    return " ".join(words)


def _freeze(keys: Mapping[str, Mapping[int, set[str]]]) -> dict[str, dict[int, frozenset[str]]]:
    return {key: {level: frozenset(refs) for level, refs in levels.items()} for key, levels in keys.items()}
