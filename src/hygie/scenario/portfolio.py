"""What is simulated together: an assessed facility, its neighbours as reduced nodes, and shared providers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from hygie.facility.organisation import Facility, Organisation, Stakes

__all__ = ["Client", "Node", "NodeLink", "Portfolio", "portfolio_of"]


# Nothing is said of how a stakeholder stands.
UNRATED = Stakes()


@dataclass(frozen=True, slots=True)
class Node:
    """One organisation of a portfolio.

    Parameters
    ----------
    posture
        Coverage of the controls that are known [share].
    raised
        Coverage that a control has at least, whatever is known or drawn [share]: what a decision adds.
    """

    organisation: Organisation
    assessed: bool
    posture: Mapping[str, float] = field(default_factory=dict)
    raised: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class NodeLink:
    """A directed link: an attack on `source` can come to `target`, at one of its sites where that is said."""

    kind: str
    source: int
    target: int
    stakes: Stakes = UNRATED
    site: str | None = None


@dataclass(frozen=True, slots=True)
class Client:
    """`node` depends on a provider of kind `kind`."""

    kind: str
    provider: str
    name: str
    node: int
    stakes: Stakes = UNRATED


@dataclass(frozen=True, slots=True)
class Portfolio:
    """Nodes, links and provider clients; node 0 is the one that was asked about."""

    nodes: tuple[Node, ...]
    links: tuple[NodeLink, ...]
    clients: tuple[Client, ...]


def portfolio_of(facility: Facility) -> Portfolio:
    """Return the facility with its linked neighbours as reduced nodes and its providers."""
    nodes = [
        Node(
            facility,
            assessed=True,
            posture=facility.coverages,
        )
    ]
    position: dict[str, int] = {}
    links: list[NodeLink] = []
    for link in facility.links:
        if link.neighbour.id not in position:
            position[link.neighbour.id] = len(nodes)
            nodes.append(Node(link.neighbour, assessed=False))
        links.append(NodeLink(link.kind, position[link.neighbour.id], 0, link, link.site))
    clients = tuple(Client(use.kind, use.id, use.name, 0, use) for use in facility.providers)
    return Portfolio(tuple(nodes), tuple(links), clients)
