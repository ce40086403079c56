"""Names of actors: spelling, suffixes and versions do not matter, packs win, and doubt is told."""

from __future__ import annotations

from dataclasses import dataclass, field

import pytest

from hygie.knowledge.actor_names import ActorIndex, fold_name
from hygie.knowledge.catalogue import Catalogue
from hygie.knowledge.embedded import read_embedded
from hygie.knowledge.kinds import ActorFacts, IntelRecord


@dataclass
class Actor:
    ref: str
    name: str
    aliases: list[str] = field(default_factory=list)
    attack_ids: list[str] = field(default_factory=list)
    misp_uuid: str | None = None


UUID = "00000000-0000-4000-8000-00000000000"


def build(*actors: Actor) -> ActorIndex:
    return ActorIndex.build(actors)


@pytest.fixture(scope="module")
def index(catalogue: Catalogue) -> ActorIndex:
    """The shipped packs and the embedded catalogues."""
    facts = [item.facts() for item in read_embedded() if isinstance(item, IntelRecord) and item.kind == "actor"]
    embedded = [actor for actor in facts if isinstance(actor, ActorFacts)]
    return ActorIndex.build([*embedded, *catalogue.actors.values()])


@pytest.mark.parametrize(
    ("name", "folded"), [("LockBit 3.0", "lockbit30"), ("Équipe-N°1", "equipen1"), ("…", ""), ("Ä_b", "ab")]
)
def test_folding_keeps_letters_and_figures(name: str, folded: str) -> None:
    assert fold_name(name) == folded


@pytest.mark.parametrize(
    "name",
    [
        "LockBit", "lockbit", " LOCK-BIT ", "LockBit 2.0", "lockbit 3.0", "LockBit 5.0 Ransomware", "lockbit3",
        "lockbit2", "LockBit Ransomware Gang", "LockBit Black", "lockbit-group", "LockBit (RaaS)", "The LockBit group",
    ],
)  # fmt: skip
def test_spellings_of_one_actor(name: str) -> None:
    assert build(Actor("lockbit", "LockBit", ["LockBit Black"])).resolve(name) == "lockbit"


@pytest.mark.parametrize(
    "name", ["", "  ", "…", "ransomware", "The group", "LockBit builder", "Bit", "lockbit33", "MedusaLocker"]
)
def test_other_names_mean_nobody(name: str) -> None:
    index = build(Actor("lockbit", "LockBit"), Actor("medusa", "Medusa"))
    assert index.resolve(name) is None
    assert index.candidates(name) == ()


def test_figures_of_short_names_are_part_of_them() -> None:
    index = build(Actor("G0007", "APT28"), Actor("G0046", "FIN7"), Actor("apt", "APT"), Actor("fin", "FIN"))
    assert index.resolve("APT 28") == "G0007"
    assert index.resolve("FIN7") == "G0046"
    assert index.resolve("APT9") is None
    assert index.resolve("FIN8") is None


def test_parentheses_hold_another_name() -> None:
    index = build(Actor("alphv", "ALPHV (BlackCat)"), Actor("noname057-16", "NoName057(16)"))
    for name in ("ALPHV", "BlackCat", "alphv (blackcat)", "Black Cat", "BlackCat/ALPHV", "ALPHV (as reported)"):
        assert index.resolve(name) == "alphv"
    assert index.resolve("NoName057(16)") == index.resolve("noname057") == "noname057-16"
    assert index.resolve("16") is None


def test_two_names_of_two_actors_mean_nobody() -> None:
    index = build(Actor("a", "Alpha"), Actor("b", "Beta"))
    assert index.resolve("Alpha/Beta") is None
    assert index.resolve("Alpha/unknown") is None
    assert index.resolve("/") is None


def test_doubt_is_told_with_its_candidates() -> None:
    index = build(Actor("one", "One", ["Shared"]), Actor("two", "Two", ["shared"]))
    assert index.resolve("SHARED") is None
    assert index.candidates("SHARED") == ("one", "two")


def test_a_name_wins_over_an_alias() -> None:
    index = build(Actor("one", "Shared"), Actor("two", "Two", ["Shared"]))
    assert index.resolve("shared") == "one"


@pytest.mark.parametrize("order", [1, -1])
def test_packs_win_over_attack_and_attack_over_the_rest(order: int) -> None:
    pack = Actor("royal", "Royal", ["Zeon"])
    attack = Actor("G9999", "Zeon", ["Royal", "Dev"])
    misp = Actor(f"misp-{UUID}1", "Dev", ["Royal", "Only"])
    index = build(*[pack, attack, misp][::order])
    assert index.resolve("Royal") == index.resolve("Zeon") == "royal"
    assert index.resolve("Dev") == "G9999"
    assert index.resolve("Only") == f"misp-{UUID}1"


def test_ids_say_that_two_entries_are_one_actor() -> None:
    pack = Actor("spider", "Spider", attack_ids=["G0102", "S0446"], misp_uuid=f"{UUID}1")
    attack = Actor("G0102", "Wizard", ["UNC1878"], ["G0102"])
    misp = Actor(f"misp-{UUID}1", "WIZARD", ["Grim"], misp_uuid=f"{UUID}1")
    other = Actor(f"misp-{UUID}2", "Other", ["Lone"], ["S0446"], f"{UUID}2")
    index = build(misp, attack, pack, other)
    for name in ("Spider", "Wizard", "unc1878", "Grim", "G0102", f"misp-{UUID}1"):
        assert index.resolve(name) == "spider"
    # Software is shared by actors: it makes none of them another.
    assert index.resolve("Lone") == f"misp-{UUID}2"


def test_the_same_name_in_two_catalogues_is_one_actor() -> None:
    index = build(Actor(f"misp-{UUID}1", "TEAM TNT", ["Alias"]), Actor("G0139", "TeamTNT"))
    assert index.resolve("alias") == "G0139"


def test_an_entry_that_merges_several_groups_goes_to_its_namesake() -> None:
    groups = [Actor("G0032", "Lazarus Group", attack_ids=["G0032"]), Actor("G0082", "APT38", attack_ids=["G0082"])]
    merged = Actor(f"misp-{UUID}1", "LAZARUS GROUP", ["Zinc"], ["G0032", "G0082"])
    assert build(*groups, merged).resolve("Zinc") == "G0032"
    unnamed = Actor(f"misp-{UUID}1", "Hidden Cobra", ["Zinc"], ["G0032", "G0082"])
    assert build(*groups, unnamed).resolve("Zinc") == f"misp-{UUID}1"


@pytest.mark.parametrize(
    ("name", "ref"),
    [
        # As leak-site trackers spell them.
        ("lockbit2", "lockbit"), ("lockbit3", "lockbit"), ("vicesociety", "vice-society"),
        ("blackbasta", "black-basta"),
        ("incransom", "inc-ransom"), ("clop", "ta505"), ("cl0p", "ta505"), ("blacksuit", "royal"), ("royal", "royal"),
        ("alphv", "alphv"), ("bianlian", "bianlian"), ("ransomhouse", "ransomhouse"), ("rhysida", "rhysida"),
        ("qilin", "qilin"), ("agenda", "qilin"), ("akira", "akira"), ("medusa", "medusa"), ("play", "play"),
        ("daixin", "misp-5e32baed-f4b5-4149-8540-7515ad8c4dc0"), ("8base", "8base"),
        # As the press writes them.
        ("Anonymous Sudan", "anonymous-sudan"), ("TA505 (Clop)", "ta505"), ("FIN12", "wizard-spider"),
        ("Vice Society (Zeppelin payload)", "vice-society"), ("Industrial Spy", "industrial-spy"),
        ("Storm-1811", "black-basta"), ("NoName057(16)", "noname057-16"), ("Killnet", "killnet"),
        # Known to ATT&CK only.
        ("Fancy Bear", "G0007"), ("Dragonfly 2.0", "G0035"),
        # A payload is no actor, and doubt is no answer.
        ("LockBit 3.0 builder, impersonator", None), ("Ryuk family (reported)", None), ("unknown", None),
    ],
)  # fmt: skip
def test_names_that_sources_use(index: ActorIndex, name: str, ref: str | None) -> None:
    assert index.resolve(name) == ref


def test_few_names_of_shipped_actors_are_in_doubt(index: ActorIndex) -> None:
    doubtful = [key for key, levels in index.exact.items() if len(levels[min(levels)]) > 1]
    assert len(doubtful) <= 8
    assert len(index.exact) > 2_500
