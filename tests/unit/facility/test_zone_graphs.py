"""The library of zones and the templates that pick from it: what they may say, and what is refused."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from hygie.core.errors import EvidenceError, ModelError, SchemaError
from hygie.facility.records import Record
from hygie.facility.zone_graphs import TemplateSpec, ZoneGraph, ZoneLibrary, check_library, resolve_template
from hygie.store.documents import parse_document, validate_model

SITE = """
library:
  basis: {method: assumed, note: {en: For tests., fr: Pour les tests.}}
  zones:
    - {id: office, name: {en: Office, fr: Postes}, family: it, layer: users, kind: workstation, hosts: {base:
       workstations, share: 1.0}, in_domain: true, visibility: 0.5, record_share: 0.1, priority: 3, inside: within,
       cut: []}
    - {id: identity, name: {en: Directory, fr: Annuaire}, family: it, layer: core, kind: server, hosts: {base: servers,
       share: 0.1}, in_domain: true, visibility: 0.9, record_share: 0.0, priority: 1, inside: within, cut: []}
    - {id: his, name: {en: Records, fr: Dossiers}, family: it, layer: applications, kind: server, hosts: {base:
       servers, share: 0.9}, in_domain: true, visibility: 0.7, record_share: 0.9, priority: 2, inside: within, cut: []}
  edges:
    - {from: office, to: identity, crossing: privilege}
    - {from: identity, to: his, crossing: admin}
  needs:
    - {zone: office, needs: his, strength: 0.5, autonomy_h: 4.0}
    - {zone: his, needs: identity, strength: 0.8, autonomy_h: 2.0}
  entries: {phishing: [office], exposed_service: [identity, his]}
  denial_of_service: {usual: [office, his], rare: [his]}
template:
  id: tiny
  name: {en: Tiny, fr: Minuscule}
  zones: [office, identity, his]
"""
Make = Callable[[str], ZoneGraph]


class _File(Record):
    library: ZoneLibrary
    template: TemplateSpec


def make(text: str) -> ZoneGraph:
    """Return the graph of the template in a file, after the checks of a pack."""
    content = validate_model(parse_document(text.encode(), name="extra.yaml"), _File)
    check_library(content.library, file="extra.yaml")
    return resolve_template(content.template, content.library, file="extra.yaml")


class TestTemplate:
    def test_in_full(self) -> None:
        tiny = make(SITE)
        assert [zone.id for zone in tiny.zones] == ["office", "identity", "his"]
        assert tiny.need_order == (1, 2, 0)
        assert tiny.denial_of_service == ("office", "his")
        assert (tiny.position("his"), tiny.position("pacs")) == (2, -1)
        assert tiny.portions == (1.0, 1.0, 1.0)
        assert tiny.entries == {"phishing": "office", "exposed_service": "identity"}

    def test_a_zone_leaves_with_everything_attached_to_it(self) -> None:
        smaller = make(SITE.replace("[office, identity, his]", "[office, his]"))
        assert smaller.edges == ()
        assert [(need.zone, need.needs) for need in smaller.needs] == [("office", "his")]
        assert smaller.need_order == (1, 0)
        # The way in leads to the next zone of its list.
        assert smaller.entries["exposed_service"] == "his"

    def test_a_way_in_without_a_zone_is_left_out(self) -> None:
        assert make(SITE.replace("[office, identity, his]", "[identity, his]")).entries == {
            "exposed_service": "identity"
        }

    def test_denial_of_service_takes_the_next_zone(self) -> None:
        assert make(SITE.replace("[office, identity, his]", "[office, identity]")).denial_of_service == (
            "office",
            "office",
        )
        with pytest.raises(ModelError, match="no zone that denial of service could take down"):
            make(SITE.replace("[office, identity, his]", "[identity]"))


class TestRefusals:
    def test_needs_in_a_circle(self) -> None:
        circle = "needs:\n    - {zone: identity, needs: office, strength: 0.1, autonomy_h: 1.0}\n"
        with pytest.raises(ModelError, match="need each other in a circle") as caught:
            make(SITE.replace("needs:\n", circle, 1))
        finding = caught.value.findings[0]
        assert finding.file == "extra.yaml"
        assert finding.value is not None
        assert set(finding.value.split(" → ")) == {"his", "identity", "office"}
        assert "remove one of these needs" in (finding.repair or "")

    def test_a_zone_does_not_need_itself(self) -> None:
        with pytest.raises(ModelError, match="circle"):
            make(SITE.replace("{zone: his, needs: identity", "{zone: his, needs: his"))

    @pytest.mark.parametrize(
        ("old", "new", "message"),
        [
            ("to: his", "to: hiss", "unknown zone “hiss”"),
            ("from: office", "from: offices", "unknown zone “offices”"),
            ("{zone: his, needs", "{zone: hiss, needs", "unknown zone “hiss”"),
            ("usual: [office", "usual: [ofice", "unknown zone “ofice”"),
            ("phishing: [office]", "phishing: [ofice]", "unknown zone “ofice”"),
            ("zones: [office, ", "zones: [ofice, ", "unknown zone “ofice”"),
        ],
    )
    def test_names_that_lead_nowhere(self, old: str, new: str, message: str) -> None:
        with pytest.raises(EvidenceError, match=message) as caught:
            make(SITE.replace(old, new))
        assert (caught.value.findings[0].repair or "").startswith("did you mean")

    def test_a_zone_is_picked_once(self) -> None:
        with pytest.raises(ModelError, match="two zones with the same id"):
            make(SITE.replace("[office, identity, his]", "[office, identity, his, office]"))

    @pytest.mark.parametrize(
        ("old", "new", "field"),
        [
            ("visibility: 0.5", "visibility: 1.5", "library.zones.0.visibility"),
            ("family: it", "family: IT", "library.zones.0.family"),
            ("autonomy_h: 4.0", "autonomy: 4.0", "library.needs.0.autonomy"),
            ("in_domain: true", "in_domain: perhaps", "library.zones.0.in_domain"),
            ("layer: users", "layer: cellar", "library.zones.0.layer"),
        ],
    )
    def test_fields(self, old: str, new: str, field: str) -> None:
        with pytest.raises(SchemaError, match="“") as caught:
            make(SITE.replace(old, new, 1))
        assert field in [finding.field for finding in caught.value.findings]
