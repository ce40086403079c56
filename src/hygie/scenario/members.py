"""Many organisations together: which links a territorial group has, which providers are shared, all in one order."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from hygie.core.ids import derive_entity
from hygie.facility.blueprints import Market
from hygie.facility.organisation import Facility, Organisation
from hygie.scenario.portfolio import Client, Node, NodeLink, Portfolio
from hygie.store.text_folding import fold_text

__all__ = [
    "GROUP_LINK",
    "SITE_LINK",
    "SITE_SUPPORT_LINK",
    "SUPPORT_LINK",
    "Member",
    "NamedLink",
    "join_members",
    "link_group",
    "link_sites",
    "share_providers",
]

SUPPORT_LINK = "ght_support"
GROUP_LINK = "ght_shared_it"
SITE_SUPPORT_LINK = "site_support"
SITE_LINK = "site_shared_it"


@dataclass(frozen=True, slots=True, kw_only=True)
class Member:
    """An organisation of a portfolio, with the group it belongs to and what it says of its posture."""

    organisation: Organisation
    group: str = ""
    group_name: str = ""
    support: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class NamedLink:
    """A directed link between two organisations, by their ids."""

    kind: str
    source: str
    target: str


def link_group(members: Sequence[Member]) -> list[NamedLink]:
    """Return the links of one territorial group: to and from its support site, never between two other members.

    The support site is the one that says so, else the public member with most staff: an assumption, since the role is
    not in public activity figures.
    """
    public = [member for member in members if member.organisation.status == "public"] or list(members)
    if len(members) < 2:
        return []
    centre = max(public, key=lambda one: (one.support, one.organisation.activity.fte, one.organisation.id))
    hub = centre.organisation.id
    links = []
    for member in members:
        other = member.organisation.id
        if other != hub:
            links.append(NamedLink(kind=SUPPORT_LINK, source=hub, target=other))
            links.append(NamedLink(kind=GROUP_LINK, source=other, target=hub))
    return links


def link_sites(main: str, others: Iterable[str]) -> list[NamedLink]:
    """Return the links of the sites of one legal entity: to and from its main site, which runs what they share."""
    links = []
    for other in others:
        links.append(NamedLink(kind=SITE_SUPPORT_LINK, source=main, target=other))
        links.append(NamedLink(kind=SITE_LINK, source=other, target=main))
    return links


def _draw_share(*parts: str) -> float:
    """Return a number in (0, 1) that depends on a name only."""
    return (derive_entity(*parts) + 0.5) / 2.0**64


def share_providers(members: Iterable[Member], markets: Sequence[Market]) -> list[tuple[str, str, str, str]]:
    """Return (kind, provider id, provider name, organisation id) for organisations whose providers nobody names.

    Who has which is drawn from the assumed market, keyed by the organisation (or its group): another organisation in
    the portfolio changes nothing for this one.
    """
    found: list[tuple[str, str, str, str]] = []
    for member in members:
        organisation = member.organisation
        for market in markets:
            whose = member.group if market.by == "group" and member.group else organisation.id
            if _draw_share("market", "present", market.kind, whose) >= market.present:
                continue
            if market.by == "region":
                region = organisation.region
                if region:
                    slug = "-".join(fold_text(region).split()).replace("'", "-").replace("’", "-")
                    found.append((market.kind, f"{market.kind.replace('_', '-')}-{slug}", region, organisation.id))
                continue
            position = _draw_share("market", "provider", market.kind, whose)
            for provider in market.providers:
                position -= provider.share
                if position < 0.0:
                    found.append((market.kind, provider.id, provider.name.en, organisation.id))
                    break
    return found


def join_members(
    members: Sequence[Member],
    *,
    links: Iterable[NamedLink] = (),
    clients: Iterable[tuple[str, str, str, str]] = (),
    stands_for: Mapping[str, str] | None = None,
) -> Portfolio:
    """Return one portfolio in canonical order: organisations by id, so that the order of lists never matters.

    Neighbours that a facility file names and that are no members come in as reduced nodes, which are not assessed.

    Parameters
    ----------
    clients
        (kind, provider id, provider name, organisation id).
    stands_for
        Member at which links and clients of another id arrive: the main site of a legal entity whose sites are members.
    """
    standing = stands_for or {}

    def resolve(name: str) -> str:
        return standing.get(name, name)

    assessed = {member.organisation.id: member.organisation for member in members}
    outside: dict[str, Organisation] = {}
    own_links: dict[tuple[str, str, str], NodeLink] = {}
    uses: dict[tuple[str, str], Client] = {}
    for organisation in assessed.values():
        if isinstance(organisation, Facility):
            for link in organisation.links:
                if resolve(link.neighbour.id) not in assessed:
                    outside.setdefault(link.neighbour.id, link.neighbour)
    place = {name: index for index, name in enumerate(sorted({**assessed, **outside}))}
    for organisation in assessed.values():
        if not isinstance(organisation, Facility):
            continue
        to = place[organisation.id]
        for link in organisation.links:
            whence = resolve(link.neighbour.id)
            key = (link.kind, whence, organisation.id)
            own_links[key] = NodeLink(link.kind, place[whence], to, link, link.site)
        for use in organisation.providers:
            uses[use.id, organisation.id] = Client(use.kind, use.id, use.name, to, use)
    for named in links:
        source, target = resolve(named.source), resolve(named.target)
        own_links.setdefault((named.kind, source, target), NodeLink(named.kind, place[source], place[target]))
    kinds = {client.provider: client.kind for client in uses.values()}
    for kind, provider, name, whom in clients:
        if kinds.setdefault(provider, kind) == kind:
            client = resolve(whom)
            uses.setdefault((provider, client), Client(kind, provider, name, place[client]))
    nodes = []
    everyone: Mapping[str, Organisation] = {**outside, **assessed}
    for name in sorted(place):
        one = everyone[name]
        posture = one.coverages if isinstance(one, Facility) else {}
        nodes.append(Node(one, assessed=name in assessed, posture=posture))
    return Portfolio(
        tuple(nodes),
        tuple(own_links[key] for key in sorted(own_links)),
        tuple(uses[key] for key in sorted(uses)),
    )
