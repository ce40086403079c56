"""Leak-site posts: claims dated by their post, victims under a pseudonym, nothing that leads back to a name."""

from __future__ import annotations

import dataclasses
import json
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from hygie.core.errors import DocumentError, UsageError
from hygie.knowledge.importers.delimited import MAX_REFUSALS
from hygie.knowledge.importers.leak_sites import import_leak_site, slugify_actor
from hygie.knowledge.importers.protocol import ImportItem, ImportOptions, Refusal
from hygie.knowledge.importers.registry import detect_format
from hygie.knowledge.kinds import IntelRecord, canonical_json
from hygie.knowledge.projection import to_layer
from hygie.knowledge.pseudonyms import pseudonymise_victim
from hygie.knowledge.qualification import check_record
from hygie.store.byte_sources import ByteSource

FOLDER = Path(__file__).parents[3] / "data" / "leak_sites"
SHAPES = ["posts.json", "ransomware_live.json", "ransomfeed.json"]
KEY = bytes(range(32))
OPTIONS = ImportOptions(received_on=date(2026, 11, 23), pseudonym_key=KEY)
NAMED = dataclasses.replace(OPTIONS, keep_names=True)
POST = {"post_title": "CH d’Exemple", "group_name": "examplelocker", "discovered": "2024-05-06 07:08:09.101112"}


def read(name: str, options: ImportOptions = OPTIONS) -> list[ImportItem]:
    return list(import_leak_site(ByteSource.from_path(FOLDER / name), options))


def read_posts(*posts: Any, options: ImportOptions = OPTIONS) -> list[ImportItem]:
    return list(import_leak_site(ByteSource(name="posts", content=json.dumps(posts).encode()), options))


def incidents(items: list[ImportItem]) -> list[IntelRecord]:
    return [item for item in items if isinstance(item, IntelRecord) and item.kind == "incident"]


def refusals(items: list[ImportItem]) -> list[Refusal]:
    return [item for item in items if isinstance(item, Refusal)]


def test_a_post_is_a_claim_dated_by_itself() -> None:
    post = incidents(read("posts.json"))[0]
    victim = pseudonymise_victim("Clinique de l’Exemplarité", key=KEY)
    assert post.data == {
        "ref": post.ref,
        "evidence": post.data["evidence"],
        "started_on": "2023-07-27",
        "date_precision": "day",
        "date_basis": "leak_post",
        "published_on": "2023-07-27",
        "victim": {"name": victim, "kind": "unknown", "country": "FR", "sector": "health"},
        "threat_class": "leak_claim",
        "actor": {"name": "examplelocker3", "confidence": "low"},
        "data_leaked": "claimed",
    }
    assert post.name == victim
    check_record("incident", post.data)


def test_a_group_is_one_source_that_nobody_can_judge() -> None:
    items = read("posts.json")
    sources = {item.ref: item for item in items if isinstance(item, IntelRecord) and item.kind == "source"}
    assert {source.data["publisher"] for source in sources.values()} == {"examplelocker3", "example-spider"}
    assert {(s.data["reliability"], s.data["credibility"]) for s in sources.values()} == {("F", 6)}
    seen: set[str] = set()
    for item in items:
        assert isinstance(item, IntelRecord)
        if item.kind == "source":
            seen.add(item.ref)
        else:
            assert set(item.data["evidence"]) <= seen


@pytest.mark.parametrize("name", SHAPES)
def test_nothing_that_leads_to_a_victim_is_kept(name: str) -> None:
    source = ByteSource.from_path(FOLDER / name)
    assert detect_format(source) == "leak-site"
    posts = json.loads((FOLDER / name).read_text(encoding="utf-8"))
    items = read(name)
    assert len(incidents(items)) == len(posts)
    kept = " ".join(repr(to_layer(item)) for item in items if isinstance(item, IntelRecord)).casefold()
    for post in posts:
        for field in ("post_title", "victim", "description", "website", "domain", "post_url", "url", "hash"):
            assert not post.get(field) or post[field].casefold() not in kept
        for time in (post.get("discovered"), post.get("date")):
            assert time is None or time[11:] not in kept
    for word in ("exemplarit", "foundry", "old-leak", "invented hospital", "laboratoire", ".onion", "http"):
        assert word not in kept
    assert all(record.document is None for record in incidents(items))


def test_the_same_victim_has_the_same_pseudonym_in_each_feed() -> None:
    first, _, third, _ = incidents(read("posts.json"))
    assert first.data["victim"]["name"] == third.data["victim"]["name"]
    assert first.ref != third.ref


def test_names_are_kept_only_on_demand_and_under_the_same_references() -> None:
    named, hidden = incidents(read("posts.json", NAMED)), incidents(read("posts.json"))
    assert [record.ref for record in named] == [record.ref for record in hidden]
    assert named[0].name == named[0].data["victim"]["name"] == "Clinique de l’Exemplarité"
    assert named[0].data["summary"].startswith("120 GB")
    assert named[0].document == json.loads((FOLDER / "posts.json").read_text(encoding="utf-8"))[0]
    assert "summary" not in named[2].data


def test_reading_twice_gives_the_same_records() -> None:
    assert read("posts.json") == read("posts.json")


def test_references_depend_on_the_key() -> None:
    other = dataclasses.replace(OPTIONS, pseudonym_key=KEY[::-1])
    mine = {record.ref for record in incidents(read("posts.json"))}
    assert len(mine) == 4
    assert mine.isdisjoint(record.ref for record in incidents(read("posts.json", other)))


@pytest.mark.parametrize("options", [OPTIONS, NAMED])
def test_without_a_key_nothing_is_read(options: ImportOptions) -> None:
    with pytest.raises(UsageError, match="there is no key to derive pseudonyms from") as caught:
        read("posts.json", dataclasses.replace(options, pseudonym_key=b""))
    assert "workspace" in (caught.value.findings[0].repair or "")


def test_the_key_is_in_no_message_and_no_record() -> None:
    secret = b"a very secret key of 32 bytes..."
    options = dataclasses.replace(OPTIONS, pseudonym_key=secret)
    items = read_posts(POST, {"group_name": "x"}, options=options)
    assert len(refusals(items)) == 1
    assert "secret" not in repr(items) + repr(options)


@pytest.mark.parametrize(
    ("dates", "expected"),
    [
        ({"discovered": "2024-05-06 07:08:09.101112"}, "2024-05-06"),
        ({"discovered": "2024-05-06T07:08:09Z", "published": "2024-05-01"}, "2024-05-01"),
        ({"discovered": "2024-05-06", "published": "2024-05-09 00:00:00"}, "2024-05-06"),
        ({"discovered": "2024-05-06", "published": "soon"}, "2024-05-06"),
        ({"discovered": "2024-05-06", "attackdate": "2024-04-30"}, "2024-04-30"),
        ({"date": "2024-05-06 01:02:03"}, "2024-05-06"),
        ({"discovered": "2026-11-24"}, "2026-11-24"),
    ],
)
def test_the_day_is_the_earliest_that_the_site_or_the_tracker_gives(dates: dict[str, str], expected: str) -> None:
    (post,) = incidents(read_posts({"post_title": "a", "group_name": "b", **dates}))
    assert post.data["started_on"] == post.data["published_on"] == expected


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"post_title": " "}, "does not say “post_title”"),
        ({"post_title": 7}, "does not say “post_title”"),
        ({"group_name": None}, "does not say “group_name”"),
        ({"discovered": "yesterday"}, "not dated"),
        ({"discovered": "2024-02-30"}, "not dated"),
        ({"discovered": "2031-01-01"}, "after the import"),
    ],
)
def test_a_bad_post_is_refused_alone_without_its_name(change: dict[str, Any], message: str) -> None:
    items = read_posts({**POST, **change}, {**POST, "group_name": "other"})
    (refusal,) = refusals(items)
    assert message in refusal.finding.message
    assert refusal.ref == refusal.finding.field == "post 1"
    assert "Exemple" not in repr(refusal)
    assert len(incidents(items)) == 1


@pytest.mark.parametrize("post", [1, None, "CH d’Exemple", ["CH d’Exemple"]])
def test_what_is_no_post_is_refused_without_its_content(post: Any) -> None:
    (refusal,) = refusals(read_posts(post))
    assert "not an object" in refusal.finding.message
    assert "Exemple" not in repr(refusal)


@pytest.mark.parametrize(
    ("stated", "victim"),
    [
        ({"country": "fr"}, {"country": "FR"}),
        ({"country": "France"}, {}),
        ({"country": ""}, {}),
        ({"activity": "Not Found"}, {}),
        ({"activity": "CH d’Exemple"}, {}),
        ({"work_sector": "Healthcare Services"}, {"sector": "health"}),
        ({"activity": "Transportation/Logistics"}, {"sector": "transportation"}),
    ],
)
def test_country_and_sector_are_taken_when_stated_in_known_words(
    stated: dict[str, str], victim: dict[str, str]
) -> None:
    (post,) = incidents(read_posts({**POST, **stated}))
    assert {key: post.data["victim"].get(key) for key in ("country", "sector")} == {
        "country": None,
        "sector": None,
        **victim,
    }


@pytest.mark.parametrize(
    ("name", "slug"),
    [
        ("LockBit 3.0", "lockbit-3-0"),
        ("0mega", "0mega"),
        ("Кибер", slugify_actor(" кибер ")),
        ("—", slugify_actor("—")),
        ("Unknown", slugify_actor("unknown")),
    ],
)
def test_an_actor_is_never_nobody(name: str, slug: str) -> None:
    (post,) = incidents(read_posts({**POST, "group_name": name}))
    assert post.data["actor"]["name"] == slug != "unknown"
    check_record("incident", post.data)


def test_groups_in_other_scripts_stay_apart() -> None:
    assert slugify_actor("Кибер") != slugify_actor("Банда")


@pytest.mark.parametrize(
    ("content", "message"),
    [(b"[]", "lists no posts"), (b"", "empty"), (b'[{"post_title": "a"', "breaks off"), (b"[1] [2]", "goes on after")],
)
def test_another_file_is_refused(content: bytes, message: str) -> None:
    with pytest.raises(DocumentError, match=message):
        list(import_leak_site(ByteSource(name="posts", content=content), OPTIONS))


def test_a_file_that_is_mostly_bad_is_refused() -> None:
    with pytest.raises(DocumentError, match="too many entries cannot be read"):
        read_posts(*[{"post_title": "a"}] * (MAX_REFUSALS + 1))


def test_records_are_plain_json() -> None:
    for record in incidents(read("posts.json")):
        assert json.loads(canonical_json(record.data)) == record.data
        assert record.facts()
