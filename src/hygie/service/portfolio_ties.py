"""Who depends on whom in a portfolio, kept beside its figures for maps, graphs and what-ifs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from hygie.facility.organisation import Facility
from hygie.loss.accumulation import PortfolioTally
from hygie.loss.territory import DAYS
from hygie.service.portfolio_names import name_provider
from hygie.views.portfolio_ties import Contract, Member, Provider, Tie, Ties, Words

if TYPE_CHECKING:
    from hygie.service.portfolio import PreparedPortfolio

__all__ = ["describe_ties"]


def describe_ties(prepared: PreparedPortfolio, tally: PortfolioTally, tail: NDArray[np.float64]) -> Ties:
    """Return the members of a portfolio with what they lose, their links and their contracts.

    Parameters
    ----------
    tail
        What each organisation adds to the worst years [nodes, EUR].
    """
    roster, blueprints = prepared.roster, prepared.blueprints
    nodes, years = roster.portfolio.nodes, tally.years
    members = []
    for index, node in enumerate(nodes):
        one = node.organisation
        members.append(
            Member(
                id=one.id,
                name=one.name,
                assessed=node.assessed,
                category=one.category,
                region=one.region or "",
                department=one.department or "",
                ght=roster.groups.get(one.id, ""),
                beds=one.activity.beds,
                visits_per_day=one.activity.emergency_visits / DAYS,
                loss_eur_per_y=float(tally.facility_loss[index]) / years,
                through_eur_per_y=float(tally.facility_through[index]) / years,
                tail_eur=float(tail[index]),
                bed_days_per_y=float(tally.facility_bed_days[index]) / years,
                events_per_y=float(tally.facility_events[index]) / years,
                posture=dict(one.coverages) if isinstance(one, Facility) and one.coverages else None,
            )
        )
    ids = prepared.model.labels.providers
    place = {name: at for at, name in enumerate(ids)}
    kind_of = {client.provider: client.kind for client in roster.portfolio.clients}
    known = {control for member in members for control in member.posture or ()}
    return Ties(
        members=members,
        links=[Tie(source=link.source, target=link.target, kind=link.kind) for link in roster.portfolio.links],
        providers=[Provider(id=name, kind=kind_of[name], name=_name(prepared, name)) for name in ids],
        contracts=[
            Contract(provider=place[client.provider], member=client.node) for client in roster.portfolio.clients
        ],
        kinds={
            **{kind: _words(blueprints.links[kind]) for kind in {link.kind for link in roster.portfolio.links}},
            **{kind: _words(blueprints.providers[kind]) for kind in set(kind_of.values())},
        },
        groups=dict(roster.group_names),
        controls={spec.id: _words(spec) for spec in blueprints.controls if spec.id in known},
    )


def _name(prepared: PreparedPortfolio, provider: str) -> Words:
    return Words(fr=name_provider(prepared, provider, "fr"), en=name_provider(prepared, provider, "en"))


def _words(spec: Any) -> Words:
    return Words(fr=spec.name.local().in_language("fr"), en=spec.name.local().in_language("en"))
