"""The glossary: terms that studies and reports use, in plain words."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable

from hygie.core.errors import UsageError, suggest
from hygie.report.document import TermEntry
from hygie.views.messages import Translate, translator

__all__ = ["TERM_KEYS", "list_terms"]

_Entries = dict[str, tuple[str, str]]


def list_terms(language: str, keys: Iterable[str]) -> tuple[TermEntry, ...]:
    """Return the entries of some keys, each once, in alphabetical order of what is read.

    Raises
    ------
    UsageError
        No entry has that key.

    >>> [entry.term for entry in list_terms("en", ["tvar", "aal", "aal"])]
    ['Average annual loss (AAL)', 'Tail value at risk (TVaR)']
    """
    known = _gather(language)
    chosen = sorted(set(keys), key=lambda key: _sort_as(known[_check(key, known)][0]))
    return tuple(TermEntry(key, *known[key]) for key in chosen)


def _check(key: str, known: _Entries) -> str:
    if key not in known:
        raise UsageError(
            "the glossary has no such term",
            field="term",
            value=key,
            allowed=", ".join(sorted(known)),
            repair=suggest(key, known) or "use one of these",
        )
    return key


def _sort_as(term: str) -> str:
    """Return a term without accents or case, as dictionaries order words."""
    return unicodedata.normalize("NFKD", term).encode("ascii", "ignore").decode("ascii").casefold()


def _gather(language: str) -> _Entries:
    _ = translator(language)
    return _list_risk(_) | _list_attacks(_) | _list_machines(_) | _list_bodies(_)


def _list_risk(_: Translate) -> _Entries:
    return {
        "aal": (
            _("Average annual loss (AAL)"),
            _("The mean of all simulated years, good and bad. Most years cost nothing; a few cost a great deal."),
        ),
        "aep": (
            _("Aggregate exceedance probability (AEP)"),
            _("The chance that all losses of a year together pass an amount."),
        ),
        "oep": (
            _("Occurrence exceedance probability (OEP)"),
            _("The chance that the largest single event of a year passes an amount."),
        ),
        "var": (
            _("Value at risk (VaR)"),
            _("The annual loss that a given share of years does not pass: 99 years in 100 stay below the VaR at 99%."),
        ),
        "tvar": (
            _("Tail value at risk (TVaR)"),
            _("The mean loss of the worst years, those beyond the value at risk."),
        ),
        "return_period": (
            _("Return period"),
            _(
                "How rare a year is: “one year in 100” has 1 chance in 100 of coming in any year. It does not come on "
                "time, every hundred years."
            ),
        ),
        "loss_exceedance": (
            _("Loss exceedance curve"),
            _("A curve that gives, for each amount, the chance that a year costs more."),
        ),
        "likely_range": (
            _("Likely range"),
            _(
                "The range in which a figure lies with 9 chances in 10, given what is not known. Charts show it as a "
                "band or a line."
            ),
        ),
        "monte_carlo_noise": (
            _("Simulation noise"),
            _(
                "What a figure would move by if the same simulation ran again with other random numbers. It shrinks "
                "when more years are simulated."
            ),
        ),
        "simulated_year": (
            _("Simulated year"),
            _(
                "One possible next twelve months, drawn at random by the model: which attacks come, how far they go, "
                "what they cost."
            ),
        ),
        "posterior": (
            _("After the counts (posterior)"),
            _("What is believed of a frequency once published counts of incidents have been taken into account."),
        ),
        "prior": (
            _("Before the counts (prior)"),
            _(
                "What is believed of a frequency before published counts are taken into account: the judgement of the "
                "authors, with a wide range."
            ),
        ),
        "natural_frequency": (
            _("Natural frequency"),
            _("A chance told as a count: “about 7 in 1,000 hospitals” rather than 0.7%."),
        ),
        "exposure": (
            _("Exposure"),
            _(
                "What of an organisation can be reached or hurt: machines seen from the Internet, links, size, "
                "activity."
            ),
        ),
        "ground_up_loss": (
            _("Ground-up loss"),
            _("The whole loss, before any insurance or compensation."),
        ),
        "own_loss": (
            _("Own loss"),
            _("What is left to pay once compensation and insurance have paid their part."),
        ),
        "deductible": (
            _("Deductible"),
            _("The first part of a loss, which the insured keeps."),
        ),
        "limit": (
            _("Limit"),
            _("The most that an insurer pays, for one event or for a year."),
        ),
        "accumulation": (
            _("Accumulation"),
            _(
                "Losses that come together at many organisations because they share something: a provider, a region, "
                "a flaw."
            ),
        ),
    }


def _list_attacks(_: Translate) -> _Entries:
    return {
        "ransomware": (
            _("Ransomware"),
            _(
                "A program that makes files unreadable and asks for money to give them back; the attacker often "
                "steals data first."
            ),
        ),
        "extortion": (
            _("Data theft and blackmail"),
            _("Data are stolen and the attacker threatens to publish them, without making files unreadable."),
        ),
        "ddos": (
            _("Denial of service (DDoS)"),
            _("A site or service is flooded with requests until it no longer answers. Nothing is stolen or destroyed."),
        ),
        "phishing": (
            _("Phishing"),
            _("A message that poses as someone trusted, to obtain a password or have a program opened."),
        ),
        "vulnerability": (
            _("Flaw (vulnerability)"),
            _(
                "An error in a product that lets someone in who should not be; its maker usually publishes a "
                "correction."
            ),
        ),
        "actor": (
            _("Attacker group"),
            _(
                "People who attack together under one name. Names are given by those who follow them, and one group "
                "may have several."
            ),
        ),
        "attack": (
            _("ATT&CK"),
            _("A public catalogue of what attackers do, step by step, kept by the non-profit organisation MITRE."),
        ),
        "technique": (
            _("Technique"),
            _("One way of doing one step of an attack, such as guessing passwords; ATT&CK gives each a number."),
        ),
        "cve": (
            _("CVE"),
            _("The public number of a known flaw, such as CVE-2023-4966."),
        ),
        "rebound": (
            _("Rebound"),
            _(
                "An attack that begins elsewhere, at a linked hospital or a shared provider, and comes through that "
                "link."
            ),
        ),
        "convergence": (
            _("IT/OT convergence"),
            _(
                "Office computing (IT) and the systems that act on the physical world (OT) sit on the same networks: "
                "what reaches one can reach the other."
            ),
        ),
    }


def _list_machines(_: Translate) -> _Entries:
    return {
        "ot": (
            _("Operational technology (OT)"),
            _("Computers that act on the physical world: power, air, water, lifts, medical machines."),
        ),
        "bms": (
            _("Building management system (BMS)"),
            _(
                "What steers the heating, air, power and doors of a building. Operating theatres and laboratories "
                "depend on it."
            ),
        ),
        "iomt": (
            _("Connected medical devices (IoMT)"),
            _("Pumps, monitors and other devices at the bedside that speak over the network."),
        ),
        "biomedical": (
            _("Biomedical equipment"),
            _(
                "Medical machines: scanners, analysers, ventilators. They often run old software that their maker "
                "alone may change."
            ),
        ),
        "pacs": (
            _("Picture archive (PACS)"),
            _("The system that stores and shows medical images."),
        ),
        "ehr": (
            _("Electronic health record (EHR)"),
            _("The record of each patient on screen: prescriptions, results, letters."),
        ),
        "segmentation": (
            _("Segmentation"),
            _("Walls inside a network, so that what enters one part does not reach the others."),
        ),
        "mfa": (
            _("Multi-factor authentication (MFA)"),
            _("A second proof besides the password, such as a code on a telephone or a card."),
        ),
        "edr": (
            _("Endpoint detection and response (EDR)"),
            _("A program on each machine that notices suspicious acts and can cut the machine off."),
        ),
        "backup_isolation": (
            _("Isolated backups"),
            _("Copies of data kept where an attacker who holds the network cannot erase them."),
        ),
        "active_directory": (
            _("Active Directory"),
            _(
                "The directory of accounts and rights of a network. Who takes it over holds every machine that obeys "
                "it."
            ),
        ),
        "vpn": (
            _("VPN"),
            _("A private passage through the Internet, by which staff and maintainers enter a network from afar."),
        ),
    }


def _list_bodies(_: Translate) -> _Entries:
    return {
        "bed_day": (
            _("Bed-day"),
            _("One bed occupied for one day; the usual measure of hospital activity."),
        ),
        "diversion": (
            _("Diversion"),
            _("Ambulances and patients are sent to other hospitals because this one cannot take them."),
        ),
        "plan_blanc": (
            _("Plan blanc"),
            _("The crisis plan of a French hospital: staff called back, planned operations postponed, a crisis cell."),
        ),
        "ght": (
            _("Hospital group (GHT)"),
            _("Public hospitals of one territory that share, among other things, their information system."),
        ),
        "gcs": (
            _("Health cooperation group (GCS)"),
            _("A body by which health facilities pool means, such as a laboratory or an IT service."),
        ),
        "hds": (
            _("Health data host (HDS)"),
            _("A provider certified in France to keep health data."),
        ),
        "finess": (
            _("FINESS"),
            _("The national register of health and social facilities in France; each has a number of nine digits."),
        ),
        "sae": (
            _("Annual statistics of health facilities (SAE)"),
            _("The yearly survey that counts beds, staff and activity of every French hospital."),
        ),
        "ars": (
            _("Regional health agency (ARS)"),
            _("The State’s authority for health in a French region."),
        ),
        "cert_sante": (
            _("CERT Santé"),
            _(
                "The national team that receives reports of digital incidents in French health care and helps those "
                "hit."
            ),
        ),
        "anssi": (
            _("ANSSI"),
            _("The French national agency for the security of information systems."),
        ),
        "cnil": (
            _("CNIL"),
            _("The French data protection authority; a theft of personal data must be reported to it within 72 hours."),
        ),
        "nis2": (
            _("NIS 2"),
            _(
                "The European directive that asks important organisations, hospitals among them, to manage and report "
                "digital risk."
            ),
        ),
        "tlp": (
            _("Traffic Light Protocol (TLP)"),
            _(
                "A marking that says how far information may travel: CLEAR for everyone, GREEN for the community, "
                "AMBER and RED for fewer people."
            ),
        ),
        "admiralty": (
            _("Admiralty grade"),
            _(
                "Two marks on a statement: a letter from A to F for the source, a figure from 1 to 6 for what it "
                "says. A1 is the best."
            ),
        ),
        "census": (
            _("Published census"),
            _(
                "A count published by an authority, without the names of those hit. It is larger than the list of "
                "incidents that can be documented one by one."
            ),
        ),
        "fair": (
            _("FAIR"),
            _("An open method that puts cyber risk into figures: how often a loss comes, and how large it is."),
        ),
        "seed": (
            _("Seed"),
            _("The number from which all random draws follow. The same seed gives the same figures again."),
        ),
        "digest": (
            _("Digest"),
            _("A short code computed from a result. If one figure changes, the code changes."),
        ),
    }


TERM_KEYS: tuple[str, ...] = tuple(_gather("en"))
"""Keys that a `Term` may have."""
