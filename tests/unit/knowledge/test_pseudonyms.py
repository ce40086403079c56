"""Pseudonyms: stable under spelling, secret without the key, refused without a key."""

from __future__ import annotations

import hashlib
import hmac

import pytest

from hygie.core.errors import UsageError
from hygie.knowledge.pseudonyms import derive_keyed_id, normalise_name, pseudonymise_victim

KEY = bytes(range(16))


def test_a_pseudonym_is_the_published_construction() -> None:
    digest = hmac.new(KEY, b"victim\x1fch d exemple", hashlib.sha256).hexdigest()
    assert pseudonymise_victim("CH d’Exemple", key=KEY) == f"victim-{digest[:12]}"


@pytest.mark.parametrize(
    "spelling",
    [
        "clinique de l'exemplarite",
        "CLINIQUE  DE L’EXEMPLARITÉ",
        " Clinique-de-l'Exemplarité. ",
        "Clinique de l’Exemplarité",
    ],
)
def test_spellings_of_one_name_share_a_pseudonym(spelling: str) -> None:
    assert pseudonymise_victim(spelling, key=KEY) == pseudonymise_victim("Clinique de l’Exemplarité", key=KEY)


def test_an_address_is_read_without_its_scheme() -> None:
    assert normalise_name("https://www.labo.example/") == normalise_name("labo.example") == "labo example"


def test_other_scripts_and_bare_signs_stay_apart() -> None:
    names = ["Больница", "Больницы", "病院", "***", "###", "Ospedale"]
    assert len({pseudonymise_victim(name, key=KEY) for name in names}) == len(names)


def test_another_key_gives_other_pseudonyms() -> None:
    assert pseudonymise_victim("CH d’Exemple", key=KEY) != pseudonymise_victim("CH d’Exemple", key=KEY[::-1])


def test_what_an_id_is_of_is_part_of_it() -> None:
    assert derive_keyed_id("victim", "a", key=KEY) != derive_keyed_id("post", "a", key=KEY)


@pytest.mark.parametrize(
    ("key", "message"), [(b"", "there is no key to derive pseudonyms from"), (b"short", "the key of the pseudonyms is")]
)
def test_no_key_is_refused(key: bytes, message: str) -> None:
    with pytest.raises(UsageError, match=message):
        pseudonymise_victim("CH d’Exemple", key=key)
