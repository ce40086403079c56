"""ATT&CK Navigator layers: every field against the published format, counts against records counted by hand."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Callable, Mapping
from typing import Any

import pytest

from hygie.core.errors import SchemaError
from hygie.core.evidence import TLP
from hygie.knowledge.exporters.navigator import TechniqueCount, count_techniques, export_navigator
from hygie.knowledge.kinds import IntelRecord, Kind, validate_facts

# --- The tables of layers/spec/v4.5/layerformat.md: property → (required, check) ---

Check = Callable[[Any], bool]
Format = Mapping[str, tuple[bool, Check]]


def is_text(value: Any) -> bool:
    return isinstance(value, str)


def is_flag(value: Any) -> bool:
    return isinstance(value, bool)


def is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)


def is_colour(value: Any) -> bool:
    return isinstance(value, str) and re.fullmatch(r"#[0-9a-fA-F]{6}([0-9a-fA-F]{2})?", value) is not None


def one_of(*values: object) -> Check:
    return lambda value: value in values and type(value) in {type(allowed) for allowed in values}


def list_of(*forms: Format) -> Check:
    return lambda value: isinstance(value, list) and all(any(fits(item, form) for form in forms) for item in value)


def fits(value: Any, form: Format) -> bool:
    return (
        isinstance(value, dict)
        and value.keys() <= form.keys()
        and all(name in value for name, (required, _) in form.items() if required)
        and all(form[name][1](item) for name, item in value.items())
    )


def is_version(value: Any) -> bool:
    return is_text(value) and tuple(int(part) for part in value.split(".")) >= (4, 9, 0)


METADATA: Format = {"name": (True, is_text), "value": (True, is_text)}
LINK: Format = {"label": (True, is_text), "url": (True, lambda value: is_text(value) and "://" in value)}
DIVIDER: Format = {"divider": (True, is_flag)}
TECHNIQUE: Format = {
    "techniqueID": (True, lambda value: re.fullmatch(r"T\d{4}(\.\d{3})?", value) is not None),
    "tactic": (False, is_text),
    "comment": (False, is_text),
    "enabled": (False, is_flag),
    "score": (False, is_number),
    "color": (False, is_text),
    "metadata": (False, list_of(METADATA, DIVIDER)),
    "links": (False, list_of(LINK, DIVIDER)),
    "showSubtechniques": (False, is_flag),
}
LAYER: Format = {
    "versions": (
        False,
        lambda value: fits(
            value, {"attack": (False, is_text), "navigator": (True, is_version), "layer": (True, one_of("4.5"))}
        ),
    ),
    "name": (True, is_text),
    "description": (False, is_text),
    "domain": (True, one_of("enterprise-attack", "mobile-attack", "ics-attack")),
    "customDataURL": (False, is_text),
    "filters": (False, lambda value: fits(value, {"platforms": (False, lambda item: isinstance(item, list))})),
    "sorting": (False, one_of(0, 1, 2, 3)),
    "layout": (
        False,
        lambda value: fits(
            value,
            {
                "layout": (False, one_of("side", "flat", "mini")),
                "showID": (False, is_flag),
                "showName": (False, is_flag),
                "showAggregateScores": (False, is_flag),
                "countUnscored": (False, is_flag),
                "aggregateFunction": (False, one_of("average", "min", "max", "sum")),
                "expandedSubtechniques": (False, one_of("none", "all", "annotated")),
            },
        ),
    ),
    "hideDisabled": (False, is_flag),
    "techniques": (False, list_of(TECHNIQUE)),
    "gradient": (
        False,
        lambda value: (
            fits(
                value,
                {
                    "colors": (True, lambda item: len(item) >= 2 and all(map(is_colour, item))),
                    "minValue": (True, is_number),
                    "maxValue": (True, is_number),
                },
            )
            and value["maxValue"] > value["minValue"]
        ),
    ),
    "legendItems": (False, list_of({"label": (True, is_text), "color": (True, is_colour)})),
    "showTacticRowBackground": (False, is_flag),
    "tacticRowBackground": (False, is_colour),
    "selectTechniquesAcrossTactics": (False, is_flag),
    "selectSubtechniquesWithParent": (False, is_flag),
    "selectVisibleTechniques": (False, is_flag),
    "metadata": (False, list_of(METADATA, DIVIDER)),
    "links": (False, list_of(LINK, DIVIDER)),
}


def make_layer(scores: Mapping[str, float | TechniqueCount], **options: Any) -> dict[str, Any]:
    fields: dict[str, Any] = {"name": "Seen", "description": "What was seen", "attack_version": "18", **options}
    layer: dict[str, Any] = json.loads(export_navigator(scores, **fields))
    assert fits(layer, LAYER)
    return layer


COUNTS = {
    "T1486": TechniqueCount({"incident": 3, "actor": 1, "software": 2}),
    "T1078.004": TechniqueCount({"campaign": 1}),
}


@pytest.mark.parametrize("scores", [{}, {"T1486": 0}, {"T1486": -2.5, "T1490": 7.5}, COUNTS, {"T0831": 1e9}])
@pytest.mark.parametrize("domain", ["enterprise-attack", "ics-attack", "mobile-attack"])
def test_every_field_is_in_the_format(scores: dict[str, float | TechniqueCount], domain: str) -> None:
    layer = make_layer(scores, domain=domain, marking=TLP.AMBER, metadata={"Base": "1"}, language="fr")
    assert layer["domain"] == domain
    assert [technique["techniqueID"] for technique in layer["techniques"]] == sorted(scores)


def test_layer_says_what_it_is() -> None:
    layer = make_layer(COUNTS, marking=TLP.AMBER_STRICT, metadata={"Base": "2026-11-23"})
    assert layer["versions"] == {"attack": "18", "navigator": "4.9.0", "layer": "4.5"}
    assert (layer["name"], layer["description"]) == ("Seen", "TLP:AMBER+STRICT\nWhat was seen")
    assert layer["metadata"] == [
        {"name": "TLP", "value": "TLP:AMBER+STRICT"},
        {"name": "Base", "value": "2026-11-23"},
    ]
    assert make_layer(COUNTS)["description"] == "What was seen"


def test_counts_become_scores_comments_and_metadata() -> None:
    sub, main = make_layer(COUNTS)["techniques"]
    assert (sub["techniqueID"], sub["score"], sub["comment"]) == ("T1078.004", 1, "1 campaign")
    assert (main["score"], main["comment"]) == (6, "3 incidents, 1 actor, 2 software")
    assert main["metadata"] == [
        {"name": "incidents", "value": "3"},
        {"name": "actors", "value": "1"},
        {"name": "software", "value": "2"},
    ]
    french = make_layer(COUNTS, language="fr")["techniques"]
    assert [one["comment"] for one in french] == ["1 campagne", "3 incidents, 1 acteur, 2 logiciels"]


def test_gradient_and_legend_agree() -> None:
    layer = make_layer(COUNTS)
    assert (layer["gradient"]["minValue"], layer["gradient"]["maxValue"]) == (0, 6)
    legend = layer["legendItems"]
    assert [item["label"] for item in legend] == ["0 records", "2 records", "4 records", "6 records"]
    assert legend[0]["color"] == layer["gradient"]["colors"][0]
    assert legend[-1]["color"] == layer["gradient"]["colors"][-1]
    # Between the first two colours at two thirds of the way: 0xe8 + (0x7f − 0xe8) × 2/3 = 0xa2.
    assert legend[1]["color"].startswith("#a2")
    assert [item["label"] for item in make_layer({"T1486": TechniqueCount({"incident": 1})})["legendItems"]] == [
        "0 records",
        "1 records",
    ]
    assert [item["label"] for item in make_layer({"T1486": 0.3})["legendItems"]] == ["0", "0.333333", "0.666667", "1"]


def test_equal_content_gives_equal_bytes() -> None:
    options: dict[str, Any] = {"name": "é", "description": "", "attack_version": "18"}
    one = export_navigator({"T1486": 1, "T1078": 2}, **options)
    assert one == export_navigator({"T1078": 2, "T1486": 1}, **options)
    assert one.decode().startswith('{\n  "name": "é",\n')


@pytest.mark.parametrize("technique", ["T14", "TA0001", "S0002", "T1486.1", "t1486"])
def test_only_techniques(technique: str) -> None:
    with pytest.raises(SchemaError, match="no ATT&CK technique"):
        make_layer({technique: 1})


@pytest.mark.parametrize("score", [math.nan, math.inf, True])
def test_only_finite_scores(score: float) -> None:
    with pytest.raises(SchemaError, match="finite number"):
        make_layer({"T1486": score})


# --- Counting ---


def make(kind: Kind, *, tlp: TLP | None = TLP.CLEAR, **data: Any) -> IntelRecord:
    return IntelRecord.from_facts(kind, validate_facts(kind, data), tlp=tlp)


def incident(ref: str, *techniques: str, tlp: TLP | None = TLP.CLEAR) -> IntelRecord:
    return make(
        "incident",
        tlp=tlp,
        ref=ref,
        evidence=["ev"],
        started_on="2023",
        date_precision="year",
        victim={"name": "A", "kind": "ch"},
        threat_class="ransomware",
        actor={"name": "unknown", "confidence": "none"},
        techniques=list(techniques),
    )


def uses(source: str, target: str, *, link: str = "uses", source_kind: str | None = None) -> IntelRecord:
    ref = f"{source}-{link}-{target}"
    fields = {"ref": ref, "type": link, "source": source, "target": target}
    return make("relationship", **fields, **({"source_kind": source_kind} if source_kind else {}))


def technique(ref: str, domain: str) -> IntelRecord:
    return make("technique", ref=ref, name=ref, domain=domain)


RECORDS = [
    incident("a", "T1486", "T1078", "T1486"),
    incident("b", "T1486", "not-attack"),
    incident("c", "T0831"),
    uses("G0032", "T1486"),
    uses("G0032", "T1486", source_kind="actor"),
    uses("S0002", "T1486"),
    uses("C0001", "T1078.004"),
    uses("intrusion-set--x", "T1078"),
    uses("lead", "T1078", source_kind="identity"),
    uses("a", "T1486", source_kind="incident"),
    uses("M1017", "T1486", link="mitigates"),
    uses("G0032", "S0002"),
    technique("T1430", "mobile"),
    uses("S0002", "T1430"),
    technique("T0831", "ics"),
]


def test_each_record_counts_once() -> None:
    assert count_techniques(RECORDS) == {
        "T1078": TechniqueCount({"incident": 1, "actor": 1, "other": 1}),
        "T1078.004": TechniqueCount({"campaign": 1}),
        "T1486": TechniqueCount({"incident": 2, "actor": 1, "software": 1}),
    }
    assert {name: count.total for name, count in count_techniques(RECORDS).items()} == {
        "T1078": 3,
        "T1078.004": 1,
        "T1486": 4,
    }


@pytest.mark.parametrize("known", [True, False])
def test_domains(known: bool) -> None:
    records = RECORDS if known else [record for record in RECORDS if record.kind != "technique"]
    assert list(count_techniques(records, domain="ics-attack")) == ["T0831"]
    # Without its record a mobile technique cannot be told from one of enterprise.
    assert list(count_techniques(records, domain="mobile-attack")) == (["T1430"] if known else [])
    assert ("T1430" in count_techniques(records)) is not known


def test_order_does_not_matter() -> None:
    forward, backward = count_techniques(RECORDS), count_techniques(RECORDS[::-1])
    assert list(forward.items()) == list(backward.items())
    assert [list(count.by_kind) for count in forward.values()] == [list(count.by_kind) for count in backward.values()]


def test_nothing_above_the_ceiling_counts() -> None:
    records = [incident("a", "T1486", tlp=TLP.RED), incident("b", "T1486", tlp=None), incident("c", "T1486")]
    assert count_techniques(records)["T1486"].total == 3
    assert count_techniques(records, ceiling=TLP.AMBER)["T1486"].total == 2
    assert count_techniques(records, ceiling=TLP.GREEN)["T1486"].total == 1
    assert count_techniques(records, ceiling=TLP.GREEN, unmarked=TLP.CLEAR)["T1486"].total == 2


def test_counts_make_a_layer() -> None:
    layer = make_layer(count_techniques(RECORDS, domain="ics-attack"), domain="ics-attack")
    assert [(one["techniqueID"], one["score"]) for one in layer["techniques"]] == [("T0831", 1)]
