"""compile_model(): from what is believed to arrays (waist 1)."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from hygie.core.ids import check_entities, derive_entity
from hygie.core.sampling import EpistemicSample
from hygie.core.tables import DRIVERS
from hygie.core.waists import CompiledModel, Labels
from hygie.facility.blueprints import Blueprints
from hygie.facility.facility_graphs import build_graph
from hygie.knowledge.packs import Catalogue
from hygie.scenario.attack_arrays import compile_attack, compile_defences
from hygie.scenario.graph_arrays import compile_graphs
from hygie.scenario.impact_arrays import compile_losses, compile_nodes, compile_recovery
from hygie.scenario.levers import measure_levers
from hygie.scenario.portfolio import Portfolio
from hygie.scenario.shared_arrays import compile_campaigns, compile_links, compile_providers
from hygie.scenario.specs import ScenarioSpecs
from hygie.threat.rates import ThreatRates

__all__ = ["attempt_rates", "compile_model"]

FloatArray = NDArray[np.float64]


def attempt_rates(specs: ScenarioSpecs, rates: ThreatRates, susceptibility: FloatArray) -> FloatArray:
    """Return attempts per year [K, nodes, processes]: λ · m_f / S̄.

    Parameters
    ----------
    susceptibility
        S̄: share of attempts in the population that end in the counted outcome [K, processes].
    """
    per_process = [
        rates.level[process.counted_class][:, None] * rates.multiplier / susceptibility[:, p, None]
        for p, process in enumerate(specs.processes)
    ]
    return np.stack(per_process, axis=2)


def compile_model(
    portfolio: Portfolio,
    *,
    catalogue: Catalogue,
    blueprints: Blueprints,
    specs: ScenarioSpecs,
    rates: ThreatRates,
    susceptibility: FloatArray,
    sample: EpistemicSample,
) -> CompiledModel:
    """Compile a portfolio into arrays.

    Parameters
    ----------
    rates
        Frequencies of the portfolio's organisations, in the same order as its nodes.
    susceptibility
        S̄ by draw and process [K, processes]; see `attempt_rates`.

    Raises
    ------
    EvidenceError, ModelError
        A name leads nowhere, or parts do not fit together.
    """
    nodes = portfolio.nodes
    node_graphs = [build_graph(node.organisation, blueprints) for node in nodes]
    by_name = {graph.id: graph for graph in node_graphs}
    used = sorted(by_name)
    graphs = [by_name[name] for name in used]
    templates = [used.index(graph.id) for graph in node_graphs]
    services = blueprints.services
    levers = measure_levers(nodes, blueprints.controls, sample)
    links, ordered_links = compile_links(portfolio, node_graphs, blueprints, specs, sample)
    providers, provider_names, clients = compile_providers(portfolio, node_graphs, blueprints, specs, sample)
    campaigns, campaign_kinds = compile_campaigns(specs, rates.campaign_rate, sample)
    sources = np.array(
        [[derive_entity("attempt", process.id, n.organisation.id) for process in specs.processes] for n in nodes],
        dtype=np.uint64,
    )
    arrays: dict[str, NDArray[np.generic]] = {
        **compile_graphs(graphs, services, specs, sample),
        **compile_attack(specs, rates.actors, dict(catalogue.actors), sample),
        **compile_defences(levers, specs, sample),
        **compile_nodes(nodes, graphs, templates, blueprints, levers, sample),
        **compile_recovery(sample),
        **compile_losses(specs.items, sample),
        **links,
        **providers,
        **campaigns,
        "node_rate_per_y": attempt_rates(specs, rates, susceptibility),
        "node_visibility": rates.visibility,
        "node_source": sources,
    }
    labels = Labels(
        nodes=tuple(node.organisation.id for node in nodes),
        templates=tuple(used),
        zones=tuple(tuple(zone.id for zone in graph.zones) for graph in graphs),
        processes=tuple(process.id for process in specs.processes),
        classes=tuple(spec.id for spec in specs.classes),
        vectors=tuple(vector.id for vector in specs.vectors),
        actors=rates.actors.actors,
        controls=tuple(control.id for control in blueprints.controls),
        types=tuple(spec.id for spec in specs.crossings),
        services=tuple(service.id for service in services),
        items=tuple(item.id for item in specs.items),
        drivers=DRIVERS,
        links=tuple(f"{link.kind}:{nodes[link.source].organisation.id}" for link in ordered_links),
        providers=provider_names,
        clients=tuple(client.provider for client in clients),
        campaigns=campaign_kinds,
    )
    _check_streams(arrays, labels)
    return CompiledModel(draws=sample.draws, arrays=arrays, labels=labels, lineage=sample.lineage)


def _check_streams(arrays: dict[str, NDArray[np.generic]], labels: Labels) -> None:
    """Every thing that draws random numbers must have a stream of its own."""
    sources = np.concatenate(
        [
            np.asarray(arrays[name]).ravel()
            for name in ("node_source", "link_entity", "provider_entity", "client_entity")
        ]
        + [np.asarray(arrays[name]).ravel() for name in ("node_victim", "campaign_entity")]
    )
    names = [f"{process} at {node}" for node in labels.nodes for process in labels.processes]
    names += [*labels.links, *labels.providers, *labels.clients]
    names += [f"victim {node}" for node in labels.nodes] + list(labels.campaigns)
    check_entities(sources, names=names)
    check_entities(np.asarray(arrays["vector_entity"]), names=labels.vectors)
