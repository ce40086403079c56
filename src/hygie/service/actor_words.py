"""What kinds, ways and states of actors are called."""

from __future__ import annotations

from hygie.views.messages import Translate

__all__ = ["label_capability", "label_kind", "label_mode", "label_state", "label_tactic"]


def label_kind(kind: str | None, _: Translate) -> str:
    """Return what a kind of actor is called."""
    return {
        "criminal": _("Criminal group"),
        "hacktivist": _("Hacktivists"),
        "state": _("State actor"),
        "insider": _("Insider"),
    }.get(kind or "", _("Not stated"))


def label_mode(mode: str | None, _: Translate) -> str:
    """Return what an actor does to its victims."""
    return {
        "encrypt": _("Encrypts and extorts"),
        "theft_only": _("Steals and extorts"),
        "ddos": _("Floods services (denial of service)"),
    }.get(mode or "", _("Not stated"))


def label_capability(capability: str | None, _: Translate) -> str:
    """Return how able an actor is, as the model assumes."""
    return {
        "opportunist": _("Opportunist: known tools, easy targets"),
        "affiliate": _("Affiliate: practised hands with bought tools"),
        "expert": _("Expert: own tools, patient"),
    }.get(capability or "", _("Not stated"))


def label_state(state: float | None, _: Translate) -> str:
    """Return a state of activity in words."""
    if state is None:
        return _("Activity not followed")
    if state >= 0.75:
        return _("Active")
    if state >= 0.3:
        return _("Less active")
    return _("Quiet") if state > 0.0 else _("Dismantled")


def label_tactic(shortname: str, name: str, _: Translate) -> str:
    """Return the name of an ATT&CK tactic."""
    return {
        "reconnaissance": _("Reconnaissance"),
        "resource-development": _("Resource development"),
        "initial-access": _("Initial access"),
        "execution": _("Execution"),
        "persistence": _("Persistence"),
        "privilege-escalation": _("Privilege escalation"),
        "defense-evasion": _("Defence evasion"),
        "credential-access": _("Credential access"),
        "discovery": _("Discovery"),
        "lateral-movement": _("Lateral movement"),
        "collection": _("Collection"),
        "command-and-control": _("Command and control"),
        "exfiltration": _("Exfiltration"),
        "impact": _("Impact on systems"),
    }.get(shortname, name)
