"""Which file of a portal is the one to fetch."""

from __future__ import annotations

import json
from typing import Any

import pytest

from hygie.core.errors import DocumentError, UsageError
from hygie.facility.open_data import FINESS, SAE, choose_finess_files, locate_sae_file

ADDRESS = FINESS.address
STATIC = "https://static.data.gouv.fr/resources/finess-extraction-du-fichier-des-etablissements"


def describe(*resources: dict[str, Any]) -> bytes:
    return json.dumps({"id": "53699569a3a729239d2046eb", "title": "FINESS", "resources": list(resources)}).encode()


def make_resource(name: str, **changes: Any) -> dict[str, Any]:
    """Return a resource as the portal describes it."""
    return {
        "id": name,
        "title": "Extraction Finess",
        "url": f"{STATIC}/{name}",
        "checksum": {"type": "sha1", "value": "a" * 40},
        "filesize": 1_000,
        "last_modified": "2026-03-12T09:48:13.062000+00:00",
        "mime": "text/csv",
        **changes,
    }


def test_the_latest_extract_of_establishments_is_chosen() -> None:
    body = describe(
        make_resource("20260312/etalab-cs1100507-stock-20260311-0343.csv", last_modified="2026-06-01T00:00:00+00:00"),
        make_resource("20260312/etalab-cs1100501-stock-20260311-0343.csv", last_modified="2026-06-01T00:00:00+00:00"),
        make_resource("20260112/etalab-cs1100502-stock-20260111-0344.csv", last_modified="2026-01-12T00:00:00"),
        make_resource("20260512/etalab-cs1100502-stock-20260512-0339.csv", last_modified="2026-05-12T09:13:08+00:00"),
        make_resource("notice.pdf", checksum=None, filesize=None, last_modified=None),
    )
    files = choose_finess_files(body, address=ADDRESS)
    assert files.edition == "2026-05-12"
    assert files.entities is not None
    assert files.entities.name == "etalab-cs1100501-stock-20260311-0343.csv"
    remote = files.establishments
    assert remote.name == "etalab-cs1100502-stock-20260512-0339.csv"
    assert remote.url == f"{STATIC}/20260512/{remote.name}"
    assert remote.size == 1_000
    assert remote.checksum is not None
    assert (remote.checksum.kind, remote.checksum.value) == ("sha1", "a" * 40)


@pytest.mark.parametrize(
    ("checksum", "kind"),
    [
        ({"type": "sha256", "value": "B" * 64}, "sha256"),
        ({"type": "SHA-1", "value": "b" * 40}, "sha1"),
        ({"type": "crc", "value": "12345678"}, None),
        (None, None),
    ],
)
def test_checksums_are_taken_as_far_as_they_are_known(checksum: Any, kind: str | None) -> None:
    files = choose_finess_files(
        describe(make_resource("cs1100502.csv", checksum=checksum, last_modified=None)), address=ADDRESS
    )
    assert (files.edition, files.entities) == ("latest", None)
    remote = files.establishments
    assert (remote.checksum.kind if remote.checksum else None) == kind


@pytest.mark.parametrize(
    ("body", "message"),
    [
        (b"<html>Sign in</html>", "not the description of a dataset"),
        (b"\xff\xfe", "not the description of a dataset"),
        (b"[]", "not the description of a dataset"),
        (b'{"message": "gone"}', "not the description of a dataset"),
        (b"[" * 100_000, "not the description of a dataset"),
        (describe(), "no extract of establishments"),
        (describe(make_resource("finess-plus.json")), "no extract of establishments"),
        (describe(make_resource("cs1100502.csv", filesize=-1)), "not the description of a dataset"),
    ],
)
def test_other_answers_are_told_with_the_way_by_hand(body: bytes, message: str) -> None:
    with pytest.raises(DocumentError, match=message) as caught:
        choose_finess_files(body, address=ADDRESS)
    assert FINESS.page in str(caught.value)


def test_a_name_that_is_none_is_refused() -> None:
    with pytest.raises(UsageError, match="cannot have this name"):
        choose_finess_files(describe(make_resource("x/..%2fcs1100502;.csv")), address=ADDRESS)


def test_the_archive_of_a_year_has_its_address() -> None:
    remote = locate_sae_file(2023)
    assert remote.url.startswith("https://data.drees.solidarites-sante.gouv.fr/api/v2/catalog/datasets/708_")
    assert remote.url.endswith("/attachments/sae_2023_bases_statistiques_formats_sas_csv_7z")
    assert (remote.name, remote.size, remote.checksum) == ("sae-2023.7z", None, None)
    assert locate_sae_file(2023, address="https://mirror.example.org/x/SAE_2023.zip").name == "SAE_2023.zip"
    assert locate_sae_file(2023, address="https://mirror.example.org/").name == "register"
    with pytest.raises(UsageError, match="cannot be fetched") as caught:
        locate_sae_file(2012)
    assert SAE.page in str(caught.value)
