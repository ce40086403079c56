"""A zone graph of 33 zones and a network of 40 members, as views show them, for the tests of pictures."""

from __future__ import annotations

from typing import Any

from hygie.views.facility import (
    FacilityGraphView,
    FacilityView,
    NeedView,
    NetworkView,
    PassageView,
    WayInView,
    ZoneView,
)

_ZONES = """
internet|edge|Internet-facing services|Services exposés sur Internet|12
remote_access|edge|Remote access|Accès à distance|4
mail|edge|Mail|Messagerie|6
interconnect|edge|External interconnection|Interconnexions externes|8
office|users|Office workstations|Postes administratifs|900
ward|users|Ward workstations and carts|Postes et chariots des unités de soins|1450
identity|core|Directory|Annuaire|6
virtualisation|core|Virtualisation and storage|Virtualisation et stockage|20
his|applications|Hospital information system|Système d’information hospitalier|48
business|applications|Administrative systems|Gestion administrative et financière|14
files|core|File shares|Partages de fichiers|10
integration|applications|Integration platform|Plateforme d’intégration (EAI)|3
backup|core|Backups|Sauvegardes|5
pacs|applications|Imaging archive (PACS)|Archivage d’images (PACS)|11
lab|applications|Laboratory systems|Systèmes de biologie|9
pharmacy|applications|Pharmacy systems|Systèmes de pharmacie|5
telephony|edge|Telephony|Téléphonie|7
warehouse|applications|Health data warehouse|Entrepôt de données de santé|4
imaging|medical_ot|Imaging machines|Équipements d’imagerie|38
analysers|medical_ot|Analysers|Automates de biologie|31
sterilisation|medical_ot|Sterilisation|Stérilisation|6
radiotherapy|medical_ot|Radiotherapy|Radiothérapie|3
dispensing|medical_ot|Drug dispensing robots|Automates de dispensation|8
dialysis|medical_ot|Dialysis generators|Générateurs de dialyse|24
monitors|iomt|Patient monitors|Moniteurs patients|410
pumps|iomt|Infusion pumps|Pompes et pousse-seringues|620
nurse_call|iomt|Nurse call|Appel malade|520
bms|building_ot|Building management|Gestion technique du bâtiment|16
power|building_ot|Power and generators|Électricité et groupes de secours|12
air|building_ot|Air handling|Traitement d’air|22
cold|building_ot|Cold chain|Chaîne du froid|30
gases|building_ot|Medical gases|Gaz médicaux|8
access|building_ot|Access control and video|Contrôle d’accès et vidéo|60
"""
_WAYS = """
phishing|office|Phishing|Hameçonnage
exposed_service|internet|Exposed service|Service exposé
valid_account|remote_access|Valid account|Compte valide
third_party|interconnect|Third party|Tiers
removable_media|office|Removable media|Support amovible
remote_maintenance|imaging|Remote maintenance|Télémaintenance
exposed_device|monitors|Exposed device|Équipement exposé
"""
_EDGES = """
spread|internet>his interconnect mail business;remote_access>office ward virtualisation files;mail>office ward
spread|interconnect>his integration lab pacs;office>mail ward his business files telephony pacs
spread|ward>his pacs lab pharmacy office files;his>pacs lab pharmacy integration business warehouse
spread|integration>his lab pharmacy pacs warehouse interconnect;files>office business;virtualisation>his files
spread|telephony>office;business>his files;warehouse>integration
rights|internet remote_access mail office ward interconnect his files virtualisation business>identity
rights|identity>office ward his mail pacs lab pharmacy interconnect virtualisation files business
backup|identity his virtualisation files>backup
machines|pacs>imaging;lab>analysers;pharmacy>dispensing;his>imaging dialysis;ward>monitors pumps nurse_call
machines|office>bms access;identity>bms;bms>power air cold gases access;integration>monitors radiotherapy
machines|files>sterilisation;imaging>radiotherapy;access>bms
back|imaging>pacs his;analysers>lab;monitors>ward;bms>office;nurse_call>telephony;dispensing>pharmacy;radiotherapy>pacs
"""
_NEEDS = """
identity>mail:0.8:12 office:0.6:24 ward:0.6:24 his:0.7:6 pacs:0.4:12 lab:0.3:12 business:0.5:24
identity>telephony:0.2:48 files:0.6:4
virtualisation>identity:0.5:0 his:0.9:0 pacs:0.6:0.5 lab:0.7:0 pharmacy:0.7:0 files:0.9:0 integration:0.9:0
his>pacs:0.4:12 lab:0.5:8 pharmacy:0.6:12 interconnect:0.5:6 imaging:0.4:8 pumps:0.2:4 monitors:0.2:4 business:0.4:72
integration>lab:0.4:4 pacs:0.3:8 pharmacy:0.3:8
internet>mail:0.4:0 interconnect:0.9:0 remote_access:0.9:0
pacs>imaging:0.5:8 radiotherapy:0.4:24;lab>analysers:0.5:4;pharmacy>dispensing:0.7:12;telephony>nurse_call:0.4:0.5
power>virtualisation:0.9:0.5 imaging:1.0:0 dialysis:1.0:0.25 cold:0.8:4 air:0.9:0 gases:0.3:24 monitors:0.5:2
air>imaging:0.5:1 sterilisation:0.5:8 virtualisation:0.7:1;cold>lab:0.2:12 pharmacy:0.3:12;bms>air:0.3:48 cold:0.2:24
"""


def make_zone_graph(language: str = "en") -> FacilityGraphView:
    """Return a hospital of 33 zones, seven ways in, about 90 ways between zones and 40 needs."""
    french = language == "fr"
    zones = []
    for line in _ZONES.split("\n")[1:-1]:
        name, band, en, fr, hosts = line.split("|")
        family = band if band.endswith("_ot") or band == "iomt" else "it"
        label = fr if french else en
        zones.append(
            ZoneView.model_validate(
                {
                    "id": name,
                    "label": label,
                    "family": family,
                    "band": band,
                    "hosts": int(hosts),
                    "counted_by": "template",
                    "original": name,
                }
            )
        )
    ways = []
    for line in _WAYS.split("\n")[1:-1]:
        name, zone, en, fr = line.split("|")
        ways.append(WayInView(id=name, label=fr if french else en, zone=zone))
    passages = []
    for line in _EDGES.split("\n")[1:-1]:
        kind, stars = line.split("|")
        for star in stars.split(";"):
            sources, targets = star.split(">")
            passages += [
                PassageView.model_validate({"source": s, "target": t, "crossing": kind, "kind": kind})
                for s in sources.split()
                for t in targets.split()
            ]
    needs = []
    for star in _NEEDS.strip().replace("\n", ";").split(";"):
        needed, clients = star.split(">")
        for client in clients.split():
            zone, strength, hours = client.split(":")
            needs.append(NeedView(zone=zone, needs=needed, strength=float(strength), autonomy_h=float(hours)))
    return FacilityGraphView.model_validate(
        {
            "language": language,
            "name": "Centre hospitalier d’essai" if french else "Test hospital",
            "template": "Hôpital" if french else "Hospital",
            "basis": "Zones de démonstration." if french else "Zones made for a test.",
            "zones": zones,
            "entries": ways,
            "passages": passages,
            "needs": needs,
        }
    )


def make_network(members: int = 40, *, sites: int = 0, language: str = "en", name: str = "CHU d’essai") -> NetworkView:
    """Return a facility in a group with that many other members, sites of its own, a company and six providers."""
    nodes = [_node("main", name, "facility", "University hospital", 1800)]
    nodes += [
        _node(f"site:s{i}", f"Site {_PLACES[i % 12]} {i + 1}", "site", "site", 900 // (i + 1)) for i in range(sites)
    ]
    nodes.append(_node("group:ght", "GHT des Vallées et des Plateaux", "group", "territorial group (GHT)", None))
    edges = [_edge("group:ght", "main", "role:support", "support hospital of the group", assumed=False)]
    for i in range(members):
        label = f"Centre hospitalier intercommunal de {_PLACES[i % 12]}-{_PLACES[(i * 5 + 3) % 12]}"
        nodes.append(_node(f"m{i}", label, "neighbour", "General hospital", 20 + 1400 // (i + 1)))
        # A few share more than the group does.
        edges.append(_edge(f"m{i}", "group:ght", "ght_shared_it", "GHT shared information system", assumed=i % 2 == 0))
        if i % 9 == 0:
            edges.append(_edge(f"m{i}", "main", "directory_trust", "Directory trust", assumed=False))
    for i in range(6):
        nodes.append(_node(f"provider:p{i}", f"Provider number {i + 1} of the whole region", "provider", "Host", None))
        edges.append(_edge(f"provider:p{i}", "main", f"host{i}", "Host", assumed=True))
    return NetworkView.model_validate({"language": language, "name": name, "nodes": nodes, "edges": edges})


_PLACES = (
    *("Aubenas", "Bourg", "Clermont", "Digne", "Évreux", "Fougères"),
    *("Guéret", "Honfleur", "Issoire", "Joigny", "Langres", "Montmorillon"),
)


def _node(node: str, label: str, kind: str, kind_label: str, beds: int | None) -> dict[str, Any]:
    return {"id": node, "label": label, "kind": kind, "kind_label": kind_label, "beds": beds}


def _edge(source: str, target: str, kind: str, kind_label: str, *, assumed: bool) -> dict[str, Any]:
    return {"source": source, "target": target, "kind": kind, "kind_label": kind_label, "assumed": assumed}


def make_facility(language: str = "en") -> FacilityView:
    """Return a facility with a known control, its zones and its network."""
    graph, network = make_zone_graph(language), make_network(4, sites=2, language=language)
    return FacilityView.model_validate(
        {
            "language": language,
            "id": "test",
            "finess": "990000001",
            "name": graph.name,
            "category": "General hospital",
            "status": "public",
            "place": "Exemple · 99",
            "year": 2024,
            "activity": [{"id": "fte", "label": "staff", "value": 3000.0}],
            "services": [{"id": "emergency", "label": "Emergency department", "zones": ["his"]}],
            "graph": graph.model_dump(),
            "network": network.model_dump(),
            "posture": {
                "known": 1,
                "total": 40,
                "meter": "98% of the posture is the sector average.",
                "controls": [{"id": "mfa", "label": "MFA", "coverage": 0.6, "origin": "owner", "on": None}],
            },
        }
    )
