"""What comes from outside may be broken or hostile: it is refused with a reason, and the base is as it was."""

from __future__ import annotations

import gzip
import io
import json
import zipfile

import pytest
from openpyxl import Workbook

from base_kit import Desk

pytestmark = pytest.mark.xdist_group("intel")

ACTOR = {
    "type": "intrusion-set",
    "spec_version": "2.1",
    "id": "intrusion-set--11111111-1111-4111-8111-111111111111",
    "created": "2024-01-01T00:00:00.000Z",
    "modified": "2024-01-01T00:00:00.000Z",
    "name": "Group",
}


def bundle(*objects: object, **changes: object) -> bytes:
    content = {"type": "bundle", "id": "bundle--22222222-2222-4222-8222-222222222222", "objects": list(objects)}
    return json.dumps({**content, **changes}).encode()


def workbook(**extra: bytes) -> bytes:
    book, packed = Workbook(), io.BytesIO()
    for row in (
        ("ref", "started_on", "victim.name", "victim.kind", "threat_class"),
        ("a", "2024", "CH", "ch", "ransomware"),
    ):
        book.active.append(row)
    book.save(packed)
    with zipfile.ZipFile(packed, "a") as archive:
        for name, content in extra.items():
            archive.writestr(name, content)
    return packed.getvalue()


def zipped(**members: bytes) -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return packed.getvalue()


BOMB = b'{"type":"bundle","id":"x","objects":["' + b" " * 100_000_000 + b'"]}'

REFUSED = {
    "truncated.json": (bundle(ACTOR)[:-3], "breaks off"),
    "text-after.json": (bundle(ACTOR) + b"{", None),
    "invalid-utf8.json": (bundle(ACTOR).replace(b"Group", b"Gr\xff\xfe"), "UTF-8"),
    "nested.json": (b'{"type":"bundle","objects":' + b"[" * 1_000_000, "deep"),
    "old-version.json": (bundle(spec_version="2.0"), "2.0"),
    "bomb.json.gz": (gzip.compress(BOMB), "expands beyond reason"),
    "bomb.zip": (zipped(a=BOMB), "expands beyond reason"),
    "two.zip": (zipped(a=b"{}", b=b"{}"), "one file"),
    "nan.json": (bundle({**ACTOR, "x_score": 1}).replace(b'"x_score": 1', b'"x_score": NaN'), None),
    "external.xlsx": (workbook(**{"xl/externalLinks/externalLink1.xml": b"<externalLink/>"}), "link"),
    "macro.xlsx": (workbook(**{"xl/vbaProject.bin": b"x"}), "macro"),
    "empty.json": (b"", None),
    "binary.json": (bytes(range(256)), None),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_cannot_be_trusted_is_refused_whole(desk: Desk, name: str) -> None:
    content, words = REFUSED[name]
    (desk.folder / name).write_bytes(content)
    held = desk.dump()
    format_ = ("--format", "stix") if "xlsx" not in name else ()
    done = desk.run("intel", "import", name, *format_, "--lang", "en")
    assert done.returncode == 3, done.stdout + done.stderr
    assert name in done.stderr
    assert words is None or words.lower() in done.stderr.lower()
    assert "Traceback" not in done.stderr
    assert len(done.stderr) < 3000
    assert desk.dump() == held


def test_one_wrong_object_does_not_stop_the_others(desk: Desk) -> None:
    wrong = {**ACTOR, "id": "intrusion-set--33333333-3333-4333-8333-333333333333", "name": ["not", "a", "text"]}
    newer = {**ACTOR, "id": "intrusion-set--44444444-4444-4444-8444-444444444444", "spec_version": "3.0"}
    (desk.folder / "mixed.json").write_bytes(bundle(ACTOR, wrong, newer, 3, None))
    report = desk.ask("intel", "import", "mixed.json", code=1)
    assert report["counts"]["added"] == 1
    assert report["counts"]["refused"] == 4
    assert any("name" in refusal and "33333333" in refusal for refusal in report["refusals"])
    assert all("repair" in refusal or "allowed" in refusal for refusal in report["refusals"])


def test_objects_that_lead_to_each_other_in_a_circle_are_kept(desk: Desk) -> None:
    ids = [f"relationship--{digit * 8}-{digit * 4}-4{digit * 3}-8{digit * 3}-{digit * 12}" for digit in "567"]
    circle = [
        {
            **{key: ACTOR[key] for key in ("spec_version", "created", "modified")},
            "type": "relationship",
            "id": one,
            "relationship_type": "related-to",
            "source_ref": following,
            "target_ref": following,
        }
        for one, following in zip(ids, [*ids[1:], ids[0]], strict=True)
    ]
    (desk.folder / "circle.json").write_bytes(bundle(*circle))
    assert desk.ask("intel", "import", "circle.json")["counts"]["added"] == 3
    assert desk.ask("intel", "import", "circle.json")["counts"]["unchanged"] == 3
    export = desk.run(
        "intel", "export", "out.json", "--format", "stix", "--tlp-ceiling", "amber", "--origin", "import/stix"
    )
    assert export.returncode == 0, export.stderr
