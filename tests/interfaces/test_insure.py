"""`hygie insure` on a stored result: price, appetite, preview, exchange; nonsense is refused."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import duckdb
import numpy as np
import pytest

from cli_kit import EXAMPLE, SMALL, hygie_here

pytestmark = pytest.mark.xdist_group("assess")

PROGRAMME = str(EXAMPLE.parent / "programme-hospital.yaml")
APPETITE = str(EXAMPLE.parent / "appetite-hospital.yaml")


@pytest.fixture(scope="module")
def result(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("insure")
    done = hygie_here("assess", str(EXAMPLE), *SMALL, "--out", str(folder / "result"))
    assert done.returncode == 0, done.stderr
    return folder / "result"


def read(*arguments: str, code: int = 0) -> dict:
    done = hygie_here("insure", *arguments, "--json", "--lang", "en")
    assert done.returncode == code, done.stderr
    return json.loads(done.stdout)


def test_figures_before_and_after_reconcile(result: Path, tmp_path: Path) -> None:
    view = read("price", str(result), "--programme", PROGRAMME, "--out", str(tmp_path / "priced"))
    figures = {name: figure["value"] for name, figure in view["figures"].items()}
    assert figures["aal_before"] == pytest.approx(figures["aal_insured"] + figures["aal_after"])
    stored = json.loads((result / "assessment.en.json").read_text(encoding="utf-8"))
    assert figures["aal_before"] == pytest.approx(stored["figures"]["aal"]["value"])
    assert sum(row["paid"]["value"] for row in view["layers"]) == pytest.approx(figures["aal_insured"])
    covered = sum(row["loss_eur_per_y"] for row in (*view["coverages"], *view["uncovered"]))
    assert covered == pytest.approx(figures["aal_before"])
    for row in view["layers"]:
        assert row["exhaustion"]["value"] <= row["attachment"]["value"]
    for curve, after in zip(view["curves_before"], view["curves_after"], strict=True):
        assert all(a <= b for a, b in zip(after["probability"], curve["probability"], strict=True))
    events = duckdb.execute(
        "SELECT loss_insured_eur, loss_eur FROM read_parquet(?)", [str(tmp_path / "priced" / "events.parquet")]
    ).fetchnumpy()
    assert np.all(events["loss_insured_eur"] <= events["loss_eur"] + 1e-6)
    assert events["loss_insured_eur"].sum() / 4000 == pytest.approx(figures["aal_insured"])
    # What was written is a result by itself.
    again = read("price", str(tmp_path / "priced"), "--programme", PROGRAMME)
    assert again["figures"] == view["figures"]


def test_the_same_command_gives_the_same_answer(result: Path) -> None:
    one, two = (hygie_here("insure", "price", str(result), "--programme", PROGRAMME, "--json") for _ in range(2))
    assert one.stdout == two.stdout


@pytest.mark.parametrize("language", ["fr", "en"])
def test_pages_and_charts(result: Path, tmp_path: Path, language: str) -> None:
    done = hygie_here(
        "insure", "price", str(result), "--programme", PROGRAMME, "--charts", str(tmp_path), "--lang", language
    )
    assert done.returncode == 0, done.stderr
    assert "Primary" in done.stdout
    names = {file.name for file in tmp_path.iterdir()}
    assert {"tower.svg", "tower.png", "tower.csv", "before_after.svg"} <= names
    for command in (
        ["appetite", str(result), "--appetite", APPETITE],
        ["preview", str(result), "--frequency", "all=1.2"],
        ["check", PROGRAMME],
    ):
        done = hygie_here("insure", *command, "--lang", language)
        assert done.returncode in (0, 1), done.stderr
        assert done.stdout.strip()


def test_reinsurance_is_ceded_from_what_insurance_pays(result: Path, tmp_path: Path) -> None:
    text = Path(PROGRAMME).read_text(encoding="utf-8") + (
        "reinsurance:\n"
        "  - {id: qs, kind: quota_share, share: 0.4}\n"
        "  - {id: cat, kind: per_event, attachment: 200000, limit: 2000000, share: 0.9}\n"
        "  - {id: sl, kind: stop_loss, attachment: 500000, limit: 1000000}\n"
    )
    file = tmp_path / "reinsured.yaml"
    file.write_text(text, encoding="utf-8")
    view = read("price", str(result), "--programme", str(file))
    assert [row["id"] for row in view["treaties"]] == ["qs", "cat", "sl"]
    assert view["treaties"][0]["share_of_insured"] == pytest.approx(0.4)
    assert sum(row["share_of_insured"] for row in view["treaties"]) < 1.0


def test_an_appetite_that_is_exceeded_ends_with_a_finding(result: Path) -> None:
    view = read("appetite", str(result), "--point", "1000:0.001", "--point", "1000000000:0.0005", code=1)
    assert [row["exceeded"] for row in view["rows"]] == [True, False]
    assert view["rows"][0]["excess_eur"] > 0.0
    after = read("appetite", str(result), "--point", "20000000:0.9", "--programme", PROGRAMME)
    assert after["exceeded"] == 0


def test_a_preview_without_change_is_the_result(result: Path) -> None:
    view = read("preview", str(result), "--programme", PROGRAMME)
    priced = read("price", str(result), "--programme", PROGRAMME)
    parts = {part["id"]: part["aal"]["value"] for part in view["parts"]}
    assert parts["insured"] == pytest.approx(priced["figures"]["aal_insured"]["value"])
    assert parts["retained"] == pytest.approx(priced["figures"]["aal_after"]["value"])
    more = read("preview", str(result), "--frequency", "ransomware=2")
    assert more["parts"][0]["aal"]["value"] > parts["gross"]


def test_tables_of_the_open_standards(result: Path, tmp_path: Path) -> None:
    made = read("export", str(result), "--out", str(tmp_path / "ord"), "--programme", PROGRAMME)
    assert {Path(file).name for file in made["files"]} >= {"gul_S1_ept.csv", "il_S1_splt.csv", "il_S1_melt.csv"}
    with (tmp_path / "ord" / "il_S1_alt.csv").open(encoding="utf-8") as stream:
        (row,) = csv.DictReader(stream)
    priced = read("price", str(result), "--programme", PROGRAMME)
    assert float(row["MeanLoss"]) == pytest.approx(priced["figures"]["aal_insured"]["value"])
    read("export", str(result), "--out", str(tmp_path / "pq"), "--table", "parquet", "--ord-version", "1")
    assert duckdb.execute(
        "SELECT count(*) FROM read_parquet(?)", [str(tmp_path / "pq" / "gul_S1_splt.parquet")]
    ).fetchall()[0]
    oed = read("export", str(result), "--out", str(tmp_path / "oed"), "--format", "oed", "--programme", PROGRAMME)
    assert "complaint: OED has no such condition" in oed["not_expressed"]
    back = read("import", str(tmp_path / "oed" / "account.csv"), "--out", str(tmp_path / "back.yaml"))
    assert len(back["programme"]["layers"]) == 2
    read("check", str(tmp_path / "back.yaml"))


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        (["price", "{result}", "--programme", "nowhere.yaml"], 3, ["no such file"]),
        (["price", "{empty}", "--programme", PROGRAMME], 3, ["this is not a result folder"]),
        (["appetite", "{result}"], 2, ["from a file or from points"]),
        (["appetite", "{result}", "--point", "1e6"], 2, ["not a point of an appetite"]),
        (["appetite", "{result}", "--point", "1000:0.01", "--point", "2000:0.02"], 3, ["the appetite decreases"]),
        (["preview", "{result}", "--frequency", "ransomwar=2"], 2, ["did you mean “ransomware”?"]),
        (["preview", "{result}", "--frequency", "ransomware=-1"], 2, ["not a factor of a frequency"]),
        (["export", "{result}", "--out", "{empty}", "--format", "oed"], 2, ["give the programme file"]),
        (["export", "{result}", "--out", "{empty}", "--format", "csv"], 2, ["unknown format"]),
    ],
)
def test_mistakes_are_told_with_their_repair(
    result: Path, tmp_path: Path, arguments: list[str], code: int, words: list[str]
) -> None:
    filled = [text.format(result=result, empty=tmp_path) for text in arguments]
    done = hygie_here("insure", *filled, cwd=tmp_path)
    assert done.returncode == code, done.stderr
    assert "Traceback" not in done.stderr
    for word in words:
        assert word in done.stderr


def test_a_result_that_was_changed_by_hand_is_refused(result: Path, tmp_path: Path) -> None:
    copy = tmp_path / "copy"
    copy.mkdir()
    for file in result.iterdir():
        (copy / file.name).write_bytes(file.read_bytes())
    manifest = json.loads((copy / "manifest.json").read_text(encoding="utf-8"))
    manifest["digest"] = "sha256:0"
    (copy / "manifest.json").write_text(json.dumps(manifest), encoding="utf-8")
    done = hygie_here("insure", "price", str(copy), "--programme", PROGRAMME)
    assert done.returncode == 3
    assert "do not belong to its manifest" in done.stderr
