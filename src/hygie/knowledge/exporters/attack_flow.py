"""Attack Flow: a chain of ATT&CK techniques as a STIX 2.1 bundle with the `attack-flow` extension.

Written from Attack Flow 2.0.0 of the Center for Threat-Informed Defense
(https://center-for-threat-informed-defense.github.io/attack-flow/stix/attack-flow-schema-2.0.0.json), the version that
readers of 2.x accept. A flow starts at actions or conditions; actions name what they act on and what follows.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final
from uuid import uuid5

from hygie.core.errors import SchemaError
from hygie.core.evidence import TLP
from hygie.knowledge.exporters.stix_definitions import define, name_tlp_marking
from hygie.knowledge.importers.stix_terms import HYGIE_IDENTITY, STIX_NAMESPACE

__all__ = ["ATTACK_FLOW_EXTENSION", "FlowStep", "export_attack_flow"]

ATTACK_FLOW_EXTENSION: Final = "extension-definition--fb9c968a-745b-4ade-9b25-c324172197f4"
_CTID_IDENTITY: Final = "identity--d673f8cb-c168-42da-8ed4-0cb26725f86c"
_DOCUMENTATION: Final = "https://center-for-threat-informed-defense.github.io/attack-flow"
_DEFINED_AT: Final = "2022-08-02T19:34:35.143Z"


@dataclass(frozen=True, slots=True, kw_only=True)
class FlowStep:
    """One step of a flow.

    Parameters
    ----------
    techniques
        ATT&CK id → name; none for a step that is no act of the attacker (a detection, a containment): a condition.
    asset
        What it acts on; steps with the same asset share its object.
    after
        Positions of the steps that come before, all earlier in the list; none for a step that starts the flow.
    """

    name: str
    description: str
    techniques: Mapping[str, str]
    asset: str | None
    after: tuple[int, ...]


def export_attack_flow(steps: Sequence[FlowStep], *, name: str, description: str, created: str, marking: TLP) -> bytes:
    """Return a flow as JSON; equal content gives equal bytes.

    A step becomes one action for each of its techniques, joined by an OR operator where there are several: which of
    them was used is not known.

    Parameters
    ----------
    created
        Timestamp of every object of the flow, as STIX writes it.
    marking
        TLP marking of every object.

    Raises
    ------
    SchemaError
        No step, or a step that comes after a later one.
    """
    if not steps:
        raise SchemaError("a flow needs at least one step", repair="choose an event in which something happens")
    writer = _Writer(name, created, marking)
    starts = writer.write(steps)
    flow = writer.make("attack-flow", name, name=name, description=description, scope="other", start_refs=starts)
    head = [*define(name_tlp_marking(marking)), *define(HYGIE_IDENTITY), *_define_extension()]
    bundle = {
        "type": "bundle",
        "id": f"bundle--{uuid5(STIX_NAMESPACE, f'bundle {name} {description} {created}')}",
        "objects": [*head, flow, *writer.assets.values(), *writer.objects],
    }
    return (json.dumps(bundle, ensure_ascii=False, indent=2, allow_nan=False) + "\n").encode()


class _Writer:
    """Writes the objects of one flow, and links each step to those that follow it."""

    def __init__(self, name: str, created: str, marking: TLP) -> None:
        self._seed = f"{name} {created}"
        self._created = created
        self._marking = name_tlp_marking(marking)
        self.assets: dict[str, dict[str, Any]] = {}
        self.objects: list[dict[str, Any]] = []

    def make(self, kind: str, key: str, **properties: Any) -> dict[str, Any]:
        """Return one object of the extension."""
        return {
            "type": kind,
            "spec_version": "2.1",
            "id": f"{kind}--{uuid5(STIX_NAMESPACE, f'{self._seed} {kind} {key}')}",
            "created_by_ref": HYGIE_IDENTITY,
            "created": self._created,
            "modified": self._created,
            "object_marking_refs": [self._marking],
            **properties,
            "extensions": {ATTACK_FLOW_EXTENSION: {"extension_type": "new-sdo"}},
        }

    def write(self, steps: Sequence[FlowStep]) -> list[str]:
        """Write every step; return the ids of those that start the flow."""
        followers: list[list[int]] = [[] for _ in steps]
        for position, step in enumerate(steps):
            for before in step.after:
                if not 0 <= before < position:
                    raise SchemaError("a step comes after a later one", field=f"steps[{position}]", value=before)
                followers[before].append(position)
        # From the last to the first: what follows a step has its ids already.
        heads: dict[int, list[str]] = {}
        for position in reversed(range(len(steps))):
            refs = [ref for follower in followers[position] for ref in heads[follower]]
            heads[position] = self._write_step(position, steps[position], refs)
        self.objects.reverse()
        return [ref for position, step in enumerate(steps) if not step.after for ref in heads[position]]

    def _write_step(self, position: int, step: FlowStep, refs: list[str]) -> list[str]:
        if not step.techniques:
            follow = {"on_true_refs": refs} if refs else {}
            condition = self.make("attack-condition", str(position), description=step.description, **follow)
            self.objects.append(condition)
            return [condition["id"]]
        follow = {"effect_refs": refs} if refs else {}
        if refs and len(step.techniques) > 1:
            either = self.make("attack-operator", str(position), operator="OR", effect_refs=refs)
            self.objects.append(either)
            follow = {"effect_refs": [either["id"]]}
        asset = {} if step.asset is None else {"asset_refs": [self._asset(step.asset)]}
        found = []
        for technique, title in step.techniques.items():
            action = self.make(
                "attack-action",
                f"{position} {technique}",
                name=title,
                technique_id=technique,
                description=f"{step.name}\n{step.description}",
                **asset,
                **follow,
            )
            self.objects.append(action)
            found.append(action["id"])
        return found

    def _asset(self, name: str) -> str:
        if name not in self.assets:
            self.assets[name] = self.make("attack-asset", name, name=name)
        return str(self.assets[name]["id"])


def _define_extension() -> list[dict[str, Any]]:
    """Return the extension definition and its author, as CTID publishes them."""
    return [
        {
            "type": "identity",
            "spec_version": "2.1",
            "id": _CTID_IDENTITY,
            "created_by_ref": _CTID_IDENTITY,
            "created": _DEFINED_AT,
            "modified": _DEFINED_AT,
            "name": "MITRE Center for Threat-Informed Defense",
            "identity_class": "organization",
        },
        {
            "type": "extension-definition",
            "spec_version": "2.1",
            "id": ATTACK_FLOW_EXTENSION,
            "created_by_ref": _CTID_IDENTITY,
            "created": _DEFINED_AT,
            "modified": _DEFINED_AT,
            "name": "Attack Flow",
            "description": "Extends STIX 2.1 with features to create Attack Flows.",
            "schema": f"{_DOCUMENTATION}/stix/attack-flow-schema-2.0.0.json",
            "version": "2.0.0",
            "extension_types": ["new-sdo"],
            "external_references": [{"source_name": "Documentation", "url": _DOCUMENTATION}],
        },
    ]
