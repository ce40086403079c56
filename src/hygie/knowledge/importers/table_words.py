"""What columns and values of tables are called, in English and French, and the form in which they are compared."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache

from hygie.knowledge.kinds import Kind
from hygie.store.text_folding import fold_text

__all__ = ["TABLE_KINDS", "UNKNOWN_WORDS", "translate_header", "translate_value"]

# Kinds that the header of a table may tell; a column map may name any kind.
TABLE_KINDS: tuple[Kind, ...] = ("incident", "count", "actor", "vulnerability", "software", "campaign")

_REF = "id, ref, reference, identifiant"
_SUMMARY = (
    "summary, resume, description, notes, note, comment, comments, commentaire, commentaires, remarque, remarques,"
    "observations, care impact, impact sur les soins, impact, ot effect, effet ot"
)
_CLASS = (
    "class, classe, type, nature, incident type, type incident, type d incident, attack type, type attaque,"
    "type d attaque, classe de menace"
)
_ACTOR = "actor, acteur, threat actor, group, groupe, attacker, attaquant, gang"
_START = "date, start, debut, start date, date start, date debut, date de debut"
_END = "end, fin, end date, date end, date fin, date de fin"

_SOURCE: Mapping[str, str] = {
    "source.title": "source, titre source, titre de la source",
    "source.url": "url, link, lien, url source, lien source, adresse",
    "source.published_on": "source date, date source, date de la source, date de publication de la source",
    "source.publisher": "publisher, source publisher, media",
    "source.reliability": "reliability, fiabilite",
    "source.credibility": "credibility, credibilite",
    "record.tlp": "tlp, marking, marquage",
    "record.pap": "pap",
}

_COLUMNS: Mapping[Kind, Mapping[str, str]] = {
    "incident": {
        "ref": f"{_REF}, incident id, reference incident",
        "started_on": f"{_START}, date incident, date de l incident, incident date, attack date, date de l attaque",
        "date_precision": "precision, precision de la date",
        "victim.name": "victim, victime, facility, etablissement, nom de l etablissement, organisation, organization,"
        "structure, entity, entite, hospital, hopital, name, nom",
        "victim.kind": "facility type, victim type, type etablissement, type d etablissement, type de structure,"
        "categorie, categorie d etablissement",
        "victim.town": "town, city, ville, commune",
        "victim.department": "department, departement",
        "victim.region": "region",
        "victim.country": "country, country code, pays, code pays",
        "victim.sector": "sector, secteur",
        "victim.employees": "employees, staff, effectif, salaries",
        "threat_class": _CLASS,
        "actor.name": _ACTOR,
        "actor.confidence": "confidence, attribution confidence, confiance, confiance de l attribution",
        "data_leaked": "data leak, fuite de donnees, vol de donnees, donnees volees, exfiltration",
        "discovered_on": "discovered, discovery date, date de decouverte, date de detection",
        "published_on": "publication date, disclosure date, date de publication",
        "techniques": "attack techniques, techniques attack, ttp, ttps, mitre attack",
        "title": "titre, intitule",
        "summary": _SUMMARY,
    },
    "count": {
        "ref": _REF,
        "threat_class": _CLASS,
        "outcomes": "outcome, issue, issues",
        "count": "number, nombre, total",
        "at_least": "minimum, au moins",
        "window.start": f"from, du, {_START}",
        "window.end": f"to, au, {_END}",
        "population": "perimeter, perimetre",
        "definition": "definition",
        "source_kind": "kind of source, type de source",
    },
    "actor": {
        "ref": _REF,
        "name": f"nom, {_ACTOR}",
        "aliases": "alias, aka, synonyms, synonymes, other names, autres noms",
        "attack_ids": "attack id, mitre id, id attack",
        "kind": "type, nature",
        "capability": "capacite",
        "target_sectors": "sectors, secteurs, secteurs cibles",
        "target_countries": "countries, pays cibles",
        "origin_country": "origin, origine, country of origin, pays d origine",
        "motives": "motive, motivation, motivations, motifs",
        "first_seen": "first seen on, vu depuis, premiere apparition",
        "summary": _SUMMARY,
    },
    "vulnerability": {
        "ref": "cve, cve id, cveid, vulnerability, vulnerabilite",
        "name": "nom, title, titre, vulnerability name",
        "vendor": "vendor project, vendorproject, editeur, fournisseur, constructeur",
        "product": "produit, logiciel",
        "cwes": "cwe",
        "exploited_since": "date added, dateadded, exploite depuis, exploitee depuis",
        "due_on": "due date, duedate, echeance",
        "epss_percentile": "percentile",
        "summary": _SUMMARY,
    },
    "software": {
        "ref": _REF,
        "name": "nom, software, logiciel, malware, maliciel, tool, outil",
        "kind": "type, nature",
        "aliases": "alias, aka, synonyms, synonymes, autres noms",
        "attack_ids": "attack id, mitre id, id attack",
        "platforms": "platform, plateforme, plateformes, systemes",
        "summary": _SUMMARY,
    },
    "campaign": {
        "ref": _REF,
        "name": "nom, campaign, campagne, operation",
        "threat_class": _CLASS,
        "started_on": _START,
        "ended_on": _END,
        "date_precision": "precision, precision de la date",
        "victims.published": "victims, victimes, number of victims, nombre de victimes",
        "actor": _ACTOR,
        "summary": _SUMMARY,
    },
}

# What tables write where an actor is not known.
UNKNOWN_WORDS = frozenset(
    {
        "unknown",
        "inconnu",
        "inconnue",
        "none",
        "aucun",
        "na",
        "n a",
        "nc",
        "non identifie",
        "not identified",
        "undisclosed",
    }
)

# Values of closed lists, by the last part of the name of their column; folded text → value.
_VALUES: Mapping[str, Mapping[str, str]] = {
    "threat_class": {
        "rancongiciel": "ransomware",
        "ransomware": "ransomware",
        "deni de service": "ddos",
        "denial of service": "ddos",
        "extorsion": "extortion",
        "vol de donnees et chantage": "extortion",
        "data theft and blackmail": "extortion",
        "intrusion contenue": "intrusion",
        "contained intrusion": "intrusion",
        "prestataire": "provider",
    },
    "data_leaked": {"oui": "yes", "non": "no", "revendique": "claimed", "revendiquee": "claimed", "inconnu": "unknown"},
    "date_precision": {"jour": "day", "semaine": "week", "mois": "month", "annee": "year"},
    "confidence": {
        "haute": "high",
        "elevee": "high",
        "forte": "high",
        "moyenne": "medium",
        "faible": "low",
        "aucune": "none",
        "nulle": "none",
    },
    "kind": {
        "criminel": "criminal",
        "cybercriminel": "criminal",
        "hacktiviste": "hacktivist",
        "etatique": "state",
        "etat": "state",
        "interne": "insider",
        "inconnu": "unknown",
        "maliciel": "malware",
        "logiciel malveillant": "malware",
        "outil": "tool",
        "rancongiciel": "ransomware",
    },
    "ransomware_use": {"connu": "known", "connue": "known", "inconnu": "unknown", "inconnue": "unknown"},
    "sector": {"sante": "health"},
    "tlp": {"tlp clear": "clear", "white": "clear", "tlp white": "clear", "tlp green": "green", "tlp amber": "amber"}
    | {"tlp amber strict": "amber+strict", "amber strict": "amber+strict", "tlp red": "red"},
    "pap": {"pap clear": "clear", "pap white": "clear", "pap green": "green", "pap amber": "amber", "pap red": "red"},
}


@cache
def _headers_of(kind: Kind) -> Mapping[str, str]:
    return {
        fold_text(word): field
        for field, words in (*_COLUMNS.get(kind, {}).items(), *_SOURCE.items())
        for word in words.split(",")
    }


def translate_header(header: str, *, kind: Kind) -> str | None:
    """Return the field that a header stands for, or None."""
    return _headers_of(kind).get(fold_text(header))


def translate_value(text: str, *, column: str, allowed: tuple[str, ...]) -> str | None:
    """Return the value of a closed list that a text stands for, or None.

    >>> translate_value("Rançongiciel", column="threat_class", allowed=())
    'ransomware'
    """
    folded = fold_text(text)
    for value in allowed:
        if fold_text(value) == folded:
            return value
    found = _VALUES.get(column.rpartition(".")[2], {}).get(folded)
    return found if found is None or not allowed or found in allowed else None
