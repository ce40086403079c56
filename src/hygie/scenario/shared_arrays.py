"""What ties organisations together, as arrays: links, providers and their clients, campaigns."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from hygie.core.errors import ModelError
from hygie.core.ids import derive_entity
from hygie.core.sampling import EpistemicSample
from hygie.facility.blueprints import Blueprints
from hygie.facility.organisation import Stakes
from hygie.facility.records import pick
from hygie.facility.zone_graphs import ZoneGraph, choose_zone
from hygie.scenario.portfolio import Client, NodeLink, Portfolio
from hygie.scenario.specs import ScenarioSpecs

__all__ = ["compile_campaigns", "compile_links", "compile_providers"]

Arrays = dict[str, NDArray[np.generic]]
FloatArray = NDArray[np.float64]

# Scales of EBIOS Risk Manager run from 1 to 4.
_NEUTRAL = 2.0
_HIGHEST = 4.0


def _columns(values: Sequence[FloatArray], draws: int) -> FloatArray:
    return np.stack(values, axis=1) if values else np.zeros((draws, 0))


def _place(graph: ZoneGraph, zones: Sequence[str], *, what: str, site: str | None = None) -> int:
    """Return the position of the first zone that the graph has, at `site` when that zone is there."""
    names = [zone.id for zone in graph.zones]
    own = [f"{zone}_{site}" for zone in zones] if site is not None else []
    for candidates in (own, zones):
        found = choose_zone(candidates, names)
        if found is not None:
            return names.index(found)
    raise ModelError(
        f"{what} arrives at zone “{zones[0]}”, which “{graph.id}” does not have",
        value=", ".join(zones),
        allowed=", ".join(names),
        repair="add one of these zones to the facility, use another kind of link, or another category",
    )


def _scale_penetration(probability: FloatArray, stakes: Stakes, gain: FloatArray) -> FloatArray:
    """Return a penetration moved on the logit scale by what is known of the stakeholder.

    EBIOS Risk Manager (ANSSI 2024) rates a stakeholder by dependency × penetration / (maturity × trust), each from 1
    to 4. Here penetration, maturity and trust move the probability; 2 on a scale, or nothing said, moves nothing.
    """
    shift = sum(
        sign * np.log(value / _NEUTRAL)
        for value, sign in ((stakes.penetration, 1.0), (stakes.maturity, -1.0), (stakes.trust, -1.0))
        if value is not None
    )
    if shift == 0.0:
        return probability
    odds = np.exp(gain * shift)
    return np.asarray(probability * odds / (1.0 - probability + probability * odds))


def compile_links(
    portfolio: Portfolio,
    graphs: Sequence[ZoneGraph],
    blueprints: Blueprints,
    specs: ScenarioSpecs,
    sample: EpistemicSample,
) -> tuple[Arrays, tuple[NodeLink, ...]]:
    """Return the link arrays, sorted by source, and the links in that order."""
    links = tuple(sorted(portfolio.links, key=lambda link: (link.source, link.target, link.kind)))
    crossing = [spec.id for spec in specs.crossings]
    source_zone, target_zone, entity, kinds = [], [], [], []
    need_zone, need_source, need_level, need_autonomy = [], [], [], []
    penetration = []
    shared = next((index for index, spec in enumerate(specs.classes) if spec.occurs_as == "shared"), 0)
    gain = sample.values("stakes.penetration_gain", into="link_penetration")
    for link in links:
        spec = pick(blueprints.links, link.kind, kind="kind of link")
        source_zone.append(_place(graphs[link.source], spec.source_zone, what=f"link “{link.kind}”"))
        target_zone.append(_place(graphs[link.target], spec.target_zone, what=f"link “{link.kind}”", site=link.site))
        kinds.append(crossing.index(spec.crossing))
        names = [portfolio.nodes[n].organisation.id for n in (link.source, link.target)]
        entity.append(derive_entity("link", link.kind, *names))
        typical = sample.values(f"link.{link.kind}.penetration", into="link_penetration")
        penetration.append(_scale_penetration(typical, link.stakes, gain))
        if spec.need is None:
            need_zone.append(-1)
            need_source.append(source_zone[-1])
            need_level.append(np.zeros(sample.draws))
            need_autonomy.append(np.zeros(sample.draws))
            continue
        need_zone.append(_place(graphs[link.target], spec.need.zone, what=f"link “{link.kind}”", site=link.site))
        carrying = spec.need.source_zone or spec.source_zone
        need_source.append(_place(graphs[link.source], carrying, what=f"link “{link.kind}”"))
        dependency = link.stakes.dependency
        level = sample.values(f"link.{link.kind}.need_level", into="link_need_level")
        need_level.append(level if dependency is None else np.full(sample.draws, dependency / _HIGHEST))
        need_autonomy.append(sample.values(f"link.{link.kind}.need_autonomy", into="link_need_autonomy_h"))
    starts = np.searchsorted([link.source for link in links], np.arange(len(portfolio.nodes) + 1))
    arrays: Arrays = {
        "link_ptr": starts,
        "link_type": np.array(kinds, dtype=np.int32),
        "link_source_node": np.array([link.source for link in links], dtype=np.int32),
        "link_target_node": np.array([link.target for link in links], dtype=np.int32),
        "link_source_zone": np.array(source_zone, dtype=np.int32),
        "link_target_zone": np.array(target_zone, dtype=np.int32),
        "link_entity": np.array(entity, dtype=np.uint64),
        "link_penetration": _columns(penetration, sample.draws),
        "link_class": np.full(len(links), shared, dtype=np.int32),
        "link_need_zone": np.array(need_zone, dtype=np.int32),
        "link_need_source": np.array(need_source, dtype=np.int32),
        "link_need_level": _columns(need_level, sample.draws),
        "link_need_autonomy_h": _columns(need_autonomy, sample.draws),
    }
    return arrays, links


def compile_providers(
    portfolio: Portfolio,
    graphs: Sequence[ZoneGraph],
    blueprints: Blueprints,
    specs: ScenarioSpecs,
    sample: EpistemicSample,
) -> tuple[Arrays, tuple[str, ...], tuple[Client, ...]]:
    """Return the provider and client arrays, provider names, and clients in compiled order."""
    kinds = {client.provider: client.kind for client in portfolio.clients}
    providers = sorted(kinds)
    rank = {name: index for index, name in enumerate(providers)}
    clients = tuple(sorted(portfolio.clients, key=lambda client: (rank[client.provider], client.node)))
    crossing = [spec.id for spec in specs.crossings]
    shared = next(index for index, spec in enumerate(specs.classes) if spec.occurs_as == "shared")
    sigma = sample.values("provider.outage_sigma", into="provider_outage_sigma")
    gain = sample.values("stakes.penetration_gain", into="client_penetration")
    zone, entry, types, level, hit, penetration, informs = [], [], [], [], [], [], []
    for client in clients:
        spec = pick(blueprints.providers, client.kind, kind="kind of provider")
        graph = graphs[client.node]
        zone.append(_place(graph, spec.zone, what=f"provider “{client.provider}”"))
        entry.append(_place(graph, spec.entry_zone, what=f"provider “{client.provider}”"))
        types.append(crossing.index(spec.crossing))
        dependency = client.stakes.dependency
        level.append(np.full(sample.draws, spec.level if dependency is None else dependency / _HIGHEST))
        hit.append(sample.values(f"provider.{client.kind}.hit", into="client_hit"))
        typical = sample.values(f"provider.{client.kind}.penetration", into="client_penetration")
        penetration.append(_scale_penetration(typical, client.stakes, gain))
        informs.append(spec.records if spec.informs == "client" else 0.0)
    order = [rank[client.provider] for client in clients]
    arrays: Arrays = {
        "provider_entity": np.array([derive_entity("provider", name) for name in providers], dtype=np.uint64),
        "provider_class": np.full(len(providers), shared, dtype=np.int32),
        "provider_rate_per_y": _columns(
            [sample.values(f"provider.{kinds[name]}.rate", into="provider_rate_per_y") for name in providers],
            sample.draws,
        ),
        "provider_outage_mu": _columns(
            [np.log(sample.values(f"provider.{kinds[name]}.outage", into="provider_outage_mu")) for name in providers],
            sample.draws,
        ),
        "provider_outage_sigma": np.repeat(sigma[:, None], len(providers), axis=1),
        "provider_theft": _columns(
            [sample.values(f"provider.{kinds[name]}.theft", into="provider_theft") for name in providers], sample.draws
        ),
        "client_informs": np.array(informs, dtype=np.float64),
        "client_ptr": np.searchsorted(order, np.arange(len(providers) + 1)),
        "client_type": np.array(types, dtype=np.int32),
        "client_provider": np.array(order, dtype=np.int32),
        "client_node": np.array([client.node for client in clients], dtype=np.int32),
        "client_zone": np.array(zone, dtype=np.int32),
        "client_entry_zone": np.array(entry, dtype=np.int32),
        "client_entity": np.array(
            [
                derive_entity("client", client.provider, portfolio.nodes[client.node].organisation.id)
                for client in clients
            ],
            dtype=np.uint64,
        ),
        "client_hit": _columns(hit, sample.draws),
        "client_level": _columns(level, sample.draws),
        "client_penetration": _columns(penetration, sample.draws),
    }
    return arrays, tuple(providers), clients


def compile_campaigns(
    specs: ScenarioSpecs, rates: Mapping[str, FloatArray], sample: EpistemicSample
) -> tuple[Arrays, tuple[str, ...]]:
    """Return the campaign arrays and the campaign kinds."""
    kinds = tuple(spec.id for spec in specs.classes if spec.occurs_as == "campaign" and spec.id in rates)
    classes = [spec.id for spec in specs.classes]

    def column(name: str, into: str) -> FloatArray:
        return _columns([sample.values(f"campaign.{kind}.{name}", into=into) for kind in kinds], sample.draws)

    arrays: Arrays = {
        "campaign_class": np.array([classes.index(kind) for kind in kinds], dtype=np.int32),
        "campaign_entity": np.array([derive_entity("campaign", kind) for kind in kinds], dtype=np.uint64),
        "campaign_rate_per_y": _columns([rates[kind] for kind in kinds], sample.draws),
        "campaign_size_mean": column("size_mean", "campaign_size_mean"),
        "campaign_size_shape": column("size_shape", "campaign_size_shape"),
        "campaign_outage_mu": np.log(column("outage", "campaign_outage_mu")),
        "campaign_outage_sigma": column("outage_sigma", "campaign_outage_sigma"),
        "campaign_care_probability": column("care_probability", "campaign_care_probability"),
    }
    return arrays, kinds
