"""How traits are spread over the population, as packs say it, and what is refused."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from hygie.core.errors import EvidenceError
from hygie.facility.blueprints import Blueprints
from hygie.knowledge.catalogue import Catalogue
from hygie.knowledge.packs import load_catalogue
from hygie.service.checks import check_pack_folders
from hygie.threat.covariates import COUNTED, load_covariates, load_places

PACK = """\
name: extra
version: "1"
title: {en: Extra, fr: Extra}
description: {en: Extra, fr: Extra}
licence: CC0-1.0
requires: [health_fr]
"""
COVARIATES = """\
covariates:
  - id: links
    basis: {method: assumed, note: {en: Judged., fr: Jugé.}}
    profiles:
      - {category: ch, values: [0, 2], shares: [0.5, 0.5]}
      - {values: [1], shares: [1.0]}
  - id: internet
    kinds: [internet]
    basis: {method: published, evidence: [sae-2023-register], note: {en: Known., fr: Connu.}}
    profiles:
      - {values: [0.5, 2.0], shares: [0.5, 0.5]}
"""
PLACES = """\
places:
  evidence: [sae-2023-register]
  departments:
    - {region: Corse, department: 2A, entities: 3}
"""


@pytest.fixture
def make_pack(tmp_path: Path) -> Callable[..., Path]:
    def write(text: str = COVARIATES) -> Path:
        folder = tmp_path / "extra"
        folder.mkdir()
        (folder / "pack.yaml").write_text(PACK, encoding="utf-8")
        (folder / "content.yaml").write_text(text, encoding="utf-8")
        return folder

    return write


def test_the_shipped_pack_says_it_of_all(catalogue: Catalogue, blueprints: Blueprints) -> None:
    specs = load_covariates(catalogue)
    assert specs.keys() == COUNTED.keys()
    for spec in specs.values():
        for stratum in blueprints.population.strata:
            assert any(profile.fits(stratum.category, stratum.status) for profile in spec.profiles)
        for profile in spec.profiles:
            assert profile.category in (None, *blueprints.categories)


def test_kinds_are_those_of_the_packs(catalogue: Catalogue, blueprints: Blueprints) -> None:
    specs, places = load_covariates(catalogue), load_places(catalogue)
    assert places is not None
    assert set(specs["maintainers"].kinds) <= blueprints.providers.keys()
    assert set(specs["internet"].kinds) <= {zone.id for zone in blueprints.library.zones}
    assert set(places.group_links) <= blueprints.links.keys()


def test_a_pack_has_the_last_word(make_pack: Callable[..., Path]) -> None:
    catalogue = load_catalogue(as_of=date(2026, 11, 23), extra_paths=[make_pack()])
    specs = load_covariates(catalogue)
    assert specs["links"].profiles[0].values == (0.0, 2.0)
    assert specs["maintainers"].kinds == ("maintainer", "building_maintainer")


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("shares: [1.0]", "shares: [0.9]", "sum to 0.9"),
        ("shares: [1.0]", "shares: [0.5, 0.5]", "1 values and 2 shares"),
        ("{values: [1], shares", "{category: chu, values: [1], shares", "fits every entity"),
        ("values: [0.5, 2.0]", "values: [0.0, 2.0]", "ratios above 0"),
        ("values: [1]", "values: [-1]", "profiles"),
        ("id: links", "id: lynx", "id"),
        ("sae-2023-register", "sae-nowhere", "is in no loaded pack"),
    ],
)
def test_what_is_wrong_is_told_with_its_file(make_pack: Callable[..., Path], old: str, new: str, message: str) -> None:
    assert old in COVARIATES
    finding, *_ = check_pack_folders([make_pack(COVARIATES.replace(old, new))])
    assert message in f"{finding.message} {finding.field}"
    assert finding.file is not None
    assert finding.file.endswith("content.yaml")


def test_places_rest_on_evidence(make_pack: Callable[..., Path]) -> None:
    assert check_pack_folders([make_pack(PLACES)]) == []


def test_places_without_evidence_are_refused(make_pack: Callable[..., Path]) -> None:
    (finding,) = check_pack_folders([make_pack(PLACES.replace("sae-2023-register", "sae-nowhere"))])
    assert finding.code == EvidenceError.code


def test_a_pack_without_these_sections_has_none(catalogue: Catalogue) -> None:
    bare = replace(catalogue, sections={})
    assert load_covariates(bare) == {}
    assert load_places(bare) is None
