"""What a scenario supposes, as transformations: each returns a new model or portfolio and leaves the old one as it was.

A supposition sets the probability of what is supposed to one and touches nothing else: every other decision keeps its
own random number, so an event with the supposition and the event without it can be compared one by one.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from hygie.core.errors import ModelError
from hygie.core.waists import CompiledModel
from hygie.scenario.portfolio import Portfolio

__all__ = ["cover_controls", "force_actor", "force_hit", "force_vector", "restrict_objectives", "share_of_choice"]

FloatArray = NDArray[np.float64]


def _with(model: CompiledModel, **arrays: NDArray[np.generic]) -> CompiledModel:
    return replace(model, arrays={**model.arrays, **arrays})


def _force(model: CompiledModel, column: str, process: int, index: int) -> CompiledModel:
    cumulative = np.array(model.arrays[column], dtype=np.float64)
    if not 0 <= index < cumulative.shape[2]:
        raise ModelError(
            "there is no such choice", field=column, value=index, allowed=f"0 to {cumulative.shape[2] - 1}"
        )
    cumulative[:, process, :index] = 0.0
    cumulative[:, process, index:] = 1.0
    return _with(model, **{column: cumulative})


def force_actor(model: CompiledModel, actor: int, *, process: int) -> CompiledModel:
    """Return the model in which every attempt of a process is by one actor."""
    return _force(model, "actor_cumulative", process, actor)


def force_vector(model: CompiledModel, vector: int, *, process: int) -> CompiledModel:
    """Return the model in which every attempt of a process comes by one entry vector."""
    return _force(model, "entry_cumulative", process, vector)


def share_of_choice(model: CompiledModel, column: str, *, process: int, index: int) -> FloatArray:
    """Return the share that an actor or an entry vector has among the attempts of a process [draws].

    Parameters
    ----------
    column
        ``actor_cumulative`` or ``entry_cumulative``.
    """
    cumulative = np.asarray(model.arrays[column], dtype=np.float64)[:, process]
    before = cumulative[:, index - 1] if index else 0.0
    return np.asarray(cumulative[:, index] - before)


def restrict_objectives(model: CompiledModel, zones: Sequence[int], *, template: int, process: int) -> CompiledModel:
    """Return the model in which an attacker is only satisfied by these zones, and harms nothing else.

    Parameters
    ----------
    zones
        Positions inside the template. What the attacker holds on the way is left as it is.

    Raises
    ------
    ModelError
        No zone is left.
    """
    if not zones:
        raise ModelError("an attacker without objective", repair="name at least one zone of the facility")
    wanted = np.array(model.arrays["zone_is_objective"], dtype=np.uint8)
    first, last = (int(x) for x in model.arrays["template_zone_ptr"][template : template + 2])
    wanted[process, first:last] = 0
    wanted[process, [first + zone for zone in zones]] = 1
    harmed = np.array(model.arrays["zone_payload"], dtype=np.uint8)
    harmed[process, first:last] &= wanted[process, first:last]
    return _with(model, zone_is_objective=wanted, zone_payload=harmed)


def force_hit(model: CompiledModel, node: int) -> CompiledModel:
    """Return the model in which every shared event, of a provider or a campaign, reaches a node.

    Whether a denial of service has a visible effect, and whether an attack comes through a provider, is still drawn.
    """
    hit = np.array(model.arrays["client_hit"], dtype=np.float64)
    hit[:, np.asarray(model.arrays["client_node"]) == node] = 1.0
    visibility = np.array(model.arrays["node_visibility"], dtype=np.float64)
    visibility[:, node] = 1.0
    return _with(model, client_hit=hit, node_visibility=visibility)


def cover_controls(portfolio: Portfolio, coverages: Mapping[str, float]) -> Portfolio:
    """Return the portfolio whose first node has these controls at these coverages [share].

    Controls pull several levers before they become arrays (detection, response, backups…): this supposition acts
    before the model is compiled, and the random numbers of the epistemic sample stay as they are.
    """
    first = portfolio.nodes[0]
    return replace(portfolio, nodes=(replace(first, posture={**first.posture, **coverages}), *portfolio.nodes[1:]))
