"""NumPy twins of the kernels: the same definitions, written a second time to be read and tested, not to be fast.

They share no code with the kernels: arrays are read from the compiled model by name, an attack is a dense matrix of
crossing times, and integrals over time are sums over a fine grid. ``tests/oracle`` holds the two against each other.

Source: ``docs/explanation/model.md``, sections "The attack" and "Impact"; random streams of Salmon, Moraes, Dror &
Shaw 2011, doi:10.1145/2063384.2063405.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import expit, ndtri

from hygie.core.tables import DRIVERS, FLOWS, FORMS, OUTCOMES
from hygie.core.units import HOURS_PER_DAY, HOURS_PER_YEAR
from hygie.core.waists import CompiledModel

__all__ = [
    "Attack", "Attempt", "Impact",
    "derive_key", "draw_attempt", "draw_uniforms", "philox4x32", "run_attack", "run_impact",
]  # fmt: skip

FloatArray = NDArray[np.float64]
WordArray = NDArray[np.uint32]

_LOW = np.uint64(0xFFFFFFFF)
_HALF = np.uint64(32)
_MULTIPLIER = np.array([0xD2511F53, 0xCD9E8D57], dtype=np.uint64)
_WEYL = np.array([0x9E3779B9, 0xBB67AE85], dtype=np.uint64)

_ATTEMPT, _CLOCK, _RACE, _EDGE, _ZONE, _AFTERMATH, _SCAR, _ITEM, _RANSOM = 1, 2, 3, 4, 5, 6, 7, 8, 14


def philox4x32(counters: WordArray, keys: WordArray) -> WordArray:
    """Return the Philox4x32-10 words [..., 4] of `counters` [..., 4] under `keys` [..., 2]."""
    x, key = counters.astype(np.uint64), keys.astype(np.uint64)
    for _ in range(10):
        product = x[..., [0, 2]] * _MULTIPLIER
        high, low = product >> _HALF, product & _LOW
        x[..., 0], x[..., 1] = high[..., 1] ^ x[..., 1] ^ key[..., 0], low[..., 1]
        x[..., 2], x[..., 3] = high[..., 0] ^ x[..., 3] ^ key[..., 1], low[..., 0]
        key = (key + _WEYL) & _LOW
    return np.array(x, dtype=np.uint32)


def derive_key(seed: int, draw: int) -> WordArray:
    """Return the Philox key [2] of one epistemic draw."""
    return np.asarray(np.random.SeedSequence(seed, spawn_key=(draw,)).generate_state(2, np.uint32), dtype=np.uint32)


def draw_uniforms(key: WordArray, *, entity: ArrayLike, year: int, occurrence: int, stream: int) -> FloatArray:
    """Return the four uniforms [..., 4] of each `entity` [...]: midpoints of 2³² slices of (0, 1)."""
    named = np.asarray(entity, dtype=np.uint64)
    words = (named & _LOW, named >> _HALF, np.uint64(year), np.uint64(occurrence << 20 | stream))
    counters = np.stack(np.broadcast_arrays(*words), axis=-1).astype(np.uint32)
    return np.asarray((philox4x32(counters, key) + 0.5) / 2.0**32, dtype=np.float64)


@dataclass(frozen=True, slots=True, kw_only=True)
class Attempt:
    """One attempt: what runs it, against which node, and the coordinates of its random numbers.

    Parameters
    ----------
    key, year, occurrence
        Philox key [2] of the draw, year of the draw, rank in the year.
    draw, node, process
        Indices in the model.
    source
        Entity of what attacks.
    """

    key: WordArray
    draw: int
    node: int
    process: int
    source: int
    year: int
    occurrence: int

    def draw_words(self, stream: int, *, entity: ArrayLike = 0) -> FloatArray:
        """Return the uniforms [..., 4] that this attempt holds for `entity` in `stream`."""
        named = np.uint64(self.source) ^ np.asarray(entity, dtype=np.uint64)
        return draw_uniforms(self.key, entity=named, year=self.year, occurrence=self.occurrence, stream=stream)


def _open_arrays(model: CompiledModel) -> dict[str, Any]:
    return dict(model.arrays)


def draw_attempt(model: CompiledModel, attempt: Attempt) -> tuple[int, float, float, int]:
    """Return actor, capability above average, common cause C and entry vector."""
    a, k = _open_arrays(model), attempt.draw
    u_actor, u_tau, u_vector, u_common = attempt.draw_words(_ATTEMPT)
    # Rounding can leave the last cumulative share below one.
    actor = int((a["actor_cumulative"][k, attempt.process, :-1] <= u_actor).sum())
    vector = int((a["entry_cumulative"][k, attempt.process, :-1] <= u_vector).sum())
    tau = a["actor_capability"][k, actor] + a["capability_sd"][k] * ndtri(u_tau)
    return actor, float(tau), float(u_common ** (1.0 / a["common_shape"][k])), vector


@dataclass(frozen=True, slots=True, kw_only=True)
class Attack:
    """What one attack did.

    Parameters
    ----------
    outcome
        Index in ``OUTCOMES``.
    reach
        First passage [zones] [h], inf for a zone that the attacker never held.
    hosts, kinds
        Hosts affected [zones], and by kind [3].
    patience, detected, contained, end
        Times [h].
    """

    outcome: int
    reach: FloatArray
    hosts: FloatArray
    kinds: FloatArray
    patience: float = 0.0
    detected: float = np.inf
    contained: float = np.inf
    end: float = np.inf
    fired: bool = False
    stolen: bool = False
    stolen_share: float = 0.0
    backup: bool = False

    @property
    def zones_reached(self) -> int:
        """Zones held when the attack ended."""
        return int((self.reach <= self.end).sum()) if np.isfinite(self.reach).any() else 0


def run_attack(
    model: CompiledModel,
    attempt: Attempt,
    *,
    actor: int,
    tau: float,
    common: float,
    entry_type: int,
    entry_entity: int,
    entry_zone: int,
) -> Attack:
    """Return what one attack does: every crossing is sampled first, then the shortest times are found.

    `actor`, `tau` and `common` are those of `draw_attempt`; `entry_type` and `entry_entity` name the first crossing.
    """
    a, k, node = _open_arrays(model), attempt.draw, attempt.node
    first, last = a["template_zone_ptr"][a["node_template"][node] :][:2]
    zones, n = slice(first, last), int(last - first)
    available = a["node_zone_hosts"][a["node_zone_ptr"][node] :][:n]

    def draw_time(name: str, u: float, *, mu: float) -> float:
        return float(np.exp(mu + a[f"{name}_sigma"][k] * ndtri(u)))

    def cross(kinds: ArrayLike, words: FloatArray) -> FloatArray:
        effect = a["node_opeff"][k, node, a["type_control"]] * common
        leak = [np.prod(1.0 - effect[i:j]) for i, j in pairwise(a["type_control_ptr"])]
        shift = tau - (1.0 - np.array(leak) - a["type_resistance"][k])
        success = expit(a["type_logit"][k] + a["steepness"][k] * shift)[kinds]
        hours = np.exp(a["type_time_mu"][k][kinds] + a["type_time_sigma"][k][kinds] * ndtri(words[..., 1]))
        return np.where(words[..., 0] < success, hours, np.inf)

    start = float(cross(entry_type, attempt.draw_words(_EDGE, entity=entry_entity)))
    if start == np.inf:
        return Attack(outcome=0, reach=np.full(n, np.inf), hosts=np.zeros(n), kinds=np.zeros(3))
    _, u_staging, u_patience, u_mode = attempt.draw_words(_CLOCK)
    u_detect, u_response, u_reaction, u_exfiltration = attempt.draw_words(_RACE)
    _, _, u_stolen, u_steals = attempt.draw_words(_SCAR)
    patience = start + draw_time("patience", u_patience, mu=a["actor_patience_mu"][k, actor])

    # First passage: zones held within the attacker's patience pass the attack on.
    edge = slice(a["edge_ptr"][first], a["edge_ptr"][last])
    origin = np.repeat(np.arange(n), np.diff(a["edge_ptr"][first : last + 1]))
    matrix = np.full((n, n), np.inf)
    crossing = cross(a["edge_type"][edge], attempt.draw_words(_EDGE, entity=a["edge_entity"][edge]))
    np.minimum.at(matrix, (origin, a["edge_target"][edge]), crossing)
    reach = np.full(n, np.inf)
    reach[entry_zone] = start
    for _ in range(n):
        held = np.where(reach <= patience, reach, np.inf)
        reach = np.minimum(reach, (held[:, None] + matrix).min(axis=0))
    reach = np.where(reach <= patience, reach, np.inf)

    # Detection: the cumulative hazard is linear between first passages.
    order = np.argsort(reach)[: np.isfinite(reach).sum()]
    rate = np.cumsum(a["node_detection_per_h"][k, node] * a["zone_visibility"][zones][order])
    hazard = np.concatenate(([0.0], np.cumsum(rate[:-1] * np.diff(reach[order]))))
    target = -np.log1p(-u_detect)
    i = np.searchsorted(hazard, target) - 1
    detected = reach[order][i] + (target - hazard[i]) / rate[i] if rate[i] > 0.0 else np.inf

    # The race.
    objectives = a["zone_is_objective"][attempt.process, zones] == 1
    own = min(reach[objectives].min(initial=np.inf) + draw_time("staging", u_staging, mu=a["staging_mu"][k]), patience)
    contained = detected + draw_time("response", u_response, mu=a["node_response_mu"][k, node])
    fires_at = min(own, detected + draw_time("reaction", u_reaction, mu=a["reaction_mu"][k]))
    fired = bool(fires_at < contained and u_mode >= a["actor_theft_only"][k, actor])
    end = fires_at if fired else min(contained, patience)

    # Theft: records of the zones held when the data are out, if that is before the end.
    records = a["zone_record_share"][zones]
    gone = reach[records > 0.0].min(initial=np.inf)
    gone += draw_time("exfiltration", u_exfiltration, mu=a["node_exfiltration_mu"][k, node])
    stolen = bool(np.isfinite(gone) and gone <= end and u_steals < a["actor_steals"][k, actor])

    # Damage: zones held at the end, and every machine of the domain for whoever holds the directory.
    in_domain = a["zone_in_domain"][zones] == 1
    taken = reach <= end
    domain = bool((taken & objectives & in_domain).any())
    pushed = in_domain & domain
    words = attempt.draw_words(_ZONE, entity=a["zone_entity"][zones])
    spreads = reach + cross(a["zone_self_type"][zones], words) <= end
    share = expit(a["node_share_mu"][k, node] + a["share_sigma"][k] * ndtri(words[:, 2]))
    share *= np.where(pushed, 1.0, a["local_share"][k])
    affected = np.where(pushed | spreads, np.floor(share * available + 0.5), 1.0).clip(1.0, np.maximum(available, 1.0))
    payload = (a["zone_payload"][attempt.process, zones] == 1) & (available > 0.0)
    hosts = np.where(fired & payload & (taken | pushed), affected, 0.0)
    kinds = hosts @ (a["zone_kind"][zones, None] == np.arange(3))

    if not fired:
        outcome = "theft_only" if stolen else "stopped"
    elif not hosts.any():
        outcome = "theft_only" if stolen else "stopped"
    elif domain:
        outcome = "everything"
    else:
        outcome = ("workstation", "server", "several_servers")[int(min(kinds[1] + kinds[2], 2.0))]
    return Attack(
        outcome=OUTCOMES.index(outcome),
        reach=reach,
        hosts=hosts,
        kinds=kinds,
        patience=patience,
        detected=detected,
        contained=contained,
        end=end,
        fired=fired,
        stolen=stolen,
        stolen_share=float(min(records[reach <= gone].sum(), 1.0) * u_stolen) if stolen else 0.0,
        backup=fired and (domain or bool((taken & (a["zone_is_backup"][zones] == 1)).any())),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Impact:
    """What one event costs.

    Parameters
    ----------
    outage_h, lost_h
        Hours until every zone is fully back, hours of full service lost until then [services].
    care
        Bed-days, stays, operations and visits lost [4]; scar included, but for visits.
    forms, items
        Euros by form [forms] and by loss item [items].
    """

    backups_lost: bool
    outage_h: float
    lost_h: FloatArray
    care: FloatArray
    consultations: float
    ambulances: float
    transfers: float
    exposed_bed_days: float
    overtime_h: float
    crisis_h: float
    forms: FloatArray
    items: FloatArray
    loss_eur: float
    loss_own_eur: float


def run_impact(
    model: CompiledModel,
    attempt: Attempt,
    attack: Attack,
    *,
    external: tuple[int, float, float] | None = None,
    driver: str | None = None,
    points: int = 20_000,
) -> Impact:
    """Return the impact of one event, integrated over a time grid.

    Parameters
    ----------
    attack
        What was hit; outcome ``outage`` and no hosts when nothing was.
    external
        Zone lost from outside, its impairment, and hours.
    driver
        Loss driver that the external cause raises.
    points
        Cells of the grid between attack and full restoration: a jump is displaced by at most half a cell.
    """
    a, k, node = _open_arrays(model), attempt.draw, attempt.node
    template = a["node_template"][node]
    base, last = a["template_zone_ptr"][template:][:2]
    n = int(last - base)
    scope = max(attack.outcome - 2, 0) if OUTCOMES[attack.outcome] != "outage" else 0
    u_backup, u_forensics, u_cut, u_cut_time = attempt.draw_words(_AFTERMATH)
    u_scar, u_fade, _, _ = attempt.draw_words(_SCAR)

    # Own impairment of a zone: (level, until) steps.
    steps: list[list[tuple[float, float]]] = [[] for _ in range(n)]
    backups_lost = bool(attack.backup and u_backup >= a["node_backup_survival"][k, node])
    clock = begin = float(np.exp(a["forensics_mu"][k, scope] + a["forensics_sigma"][k] * ndtri(u_forensics)))
    available = a["node_zone_hosts"][a["node_zone_ptr"][node] :][:n]
    for z in a["zone_rank"][base:last]:
        if attack.hosts[z] > 0.0:
            level = (attack.hosts[z] / available[z]) ** a["impairment_exponent"][k]
            u_work = attempt.draw_words(_ZONE, entity=a["zone_entity"][base + z])[3]
            noise = np.exp(a["work_sigma"][k] * (ndtri(u_work) - 0.5 * a["work_sigma"][k]))
            if (repair := a["zone_repair_h"][base + z]) > 0.0:
                there = begin + a["maintainer_wait_h"][k] * noise
                hours = attack.hosts[z] * repair / (a["maintainer_crew"][k] * a["node_size_factor"][node]) * noise
                half = there + a["partial_share"][k] * hours
                steps[z] += [(level, half), (level * a["partial_level"][k], there + hours)]
                continue
            work = a["zone_work_h"][k] * level + attack.hosts[z] * a["host_work_h"][k, a["zone_kind"][base + z]]
            work *= noise
            work *= a["backup_lost_factor"][k] if backups_lost else 1.0
            hours = work / a["node_crew"][k, node]
            steps[z] += [(level, clock + a["partial_share"][k] * hours), (level * a["partial_level"][k], clock + hours)]
            clock += hours
    cut = 0.0
    alarming = OUTCOMES[attack.outcome] != "outage" and (scope > 0 or attack.zones_reached >= 2)
    shut = scope if attack.kinds[0] + attack.kinds[1] > 0.0 else min(scope, 1)
    if alarming and u_cut < a["cut_probability"][k, shut]:
        cut = float(np.exp(a["cut_mu"][k, shut] + a["cut_sigma"][k] * ndtri(u_cut_time)))
        for z in np.flatnonzero(a["zone_cut"][shut, base:last]):
            steps[z].append((a["cut_level"][k], cut))
    if external is not None:
        steps[external[0]].append(external[1:])

    # Impairment on the grid: a need is felt once what is needed has been down for the autonomy time.
    outage = max((until for zone in steps for _, until in zone), default=0.0)
    width = outage / points
    t = (np.arange(points) + 0.5) * width
    down = np.zeros((n, points))
    for z, zone in enumerate(steps):
        for level, until in zone:
            down[z] = np.maximum(down[z], level * (t < until))
    for _ in range(n):
        for z in range(n):
            for j in range(a["need_ptr"][base + z], a["need_ptr"][base + z + 1]):
                needed = down[a["need_source"][j]]
                since = t[np.argmax(needed > 0.0)] - 0.5 * width if needed.any() else np.inf
                felt = a["need_strength"][k, j] * needed * (t >= since + a["need_autonomy_h"][k, j])
                down[z] = np.maximum(down[z], felt)

    # Services: capacity during the outage, then a scar that fades after it.
    services = a["template_p_min"].shape[1]
    lost, care, away, revenue = np.zeros(services), np.zeros(4), np.zeros(services), np.zeros(2)
    consultations, ambulances, transfers, exposed, spoiled = np.zeros(5)
    scar = expit(a["scar_mu"][k] + a["scar_sigma"][k] * ndtri(u_scar))
    fade = np.exp(a["scar_tau_mu"][k] + a["scar_tau_sigma"][k] * ndtri(u_fade))
    after = np.linspace(0.0, 40.0, 40_001)
    for s in range(services):
        uses = slice(*a["use_ptr"][template * services + s :][:2])
        product = np.prod(1.0 - a["use_weight"][uses, None] * down[a["use_zone"][uses]], axis=0)
        worst, paper = a["template_p_min"][template, s], a["node_paper_share"][k, node, s]
        capacity = paper + (1.0 - paper) * (product - worst) / (1.0 - worst) if worst < 1.0 else np.ones(points)
        lost[s] = ((1.0 - capacity) * width).sum()
        share = scar * (1.0 - np.exp(-lost[s] / a["scar_onset_h"][k]))
        felt = np.flatnonzero(product < 1.0)
        during = slice(0, int(felt[-1]) + 1 if felt.size else 0)
        away[s] = (share * capacity[during] * width).sum() + share * fade * np.trapezoid(np.exp(-after), after)
        away[s] = min(away[s], max(HOURS_PER_YEAR - lost[s], 0.0))
        flow = a["node_flow_per_h"][node, s]
        care += flow[:4] * (lost[s] + away[s] * (np.array(FLOWS[:4]) != "visits"))
        normal = dict(zip(FLOWS, flow, strict=True))
        revenue += normal["revenue"] * np.array([lost[s], away[s]])
        consultations += normal["consultations"] * (lost[s] + away[s])
        felt_h = float(t[felt[-1]] + 0.5 * width) if felt.size else 0.0
        turned = min(a["ambulance_first"][k] * lost[s], felt_h)
        ambulances += normal["visits"] * a["ambulance_share"][k] * turned
        # Of the care that systems no longer carry, paper gives its share.
        gone = ((1.0 - (product - worst) / (1.0 - worst)) * width).sum() if worst < 1.0 else 0.0
        exposed += normal["bed_days"] * paper * gone
        moved = a["transfer_share"][k] * (1.0 - np.exp(-lost[s] / a["transfer_onset_h"][k]))
        transfers += normal["critical_bed_days"] * HOURS_PER_DAY * moved
        spoiled += 1.0 - np.exp(-normal["stock"] * lost[s])
    overtime = float(exposed * a["overtime_per_bed_day"][k])
    crisis = outage if scope > 0 or cut > 0.0 else 0.0
    if driver == "provider_outage" and external is not None:
        crisis = max(crisis, external[1] * external[2])

    # Money: driver × unit cost × noise of mean one, by form, up to the capacity to lose.
    size = a["node_size_factor"][node]
    drivers = dict.fromkeys(DRIVERS, 0.0)
    revenue *= a["node_exposed_share"][k, node]
    drivers |= {"overtime_h": overtime, "activity_revenue": revenue[0], "scar_revenue": revenue[1]}
    drivers |= {"crisis_h": crisis * size, "stock_lost": min(spoiled, 1.0) * size}
    if OUTCOMES[attack.outcome] == "outage":
        drivers["provider_theft"] = size * attack.stolen
        drivers["provider_persons"] = attack.stolen_share * a["node_records"][k, node]
    else:
        u_ransom, u_silence, _, _ = attempt.draw_words(_RANSOM)
        pays, silenced = u_ransom < a["node_pays_ransom"][k, node], u_silence < a["node_pays_blackmail"][k, node]
        drivers |= dict(zip(("workstations", "servers", "devices"), attack.kinds, strict=True))
        drivers[DRIVERS[scope]] = size
        if scope >= 3 and attack.kinds[1] > 0.0:
            drivers["rebuild_several_servers" if scope == 3 else "rebuild_everything"] = size
        drivers["blackmail_paid"] = size if OUTCOMES[attack.outcome] == "theft_only" and silenced else 0.0
        drivers["persons_notified"] = attack.stolen_share * a["node_records"][k, node]
        drivers["theft"] = size * attack.stolen
        drivers["ransom_paid"] = size if scope >= 3 and pays else 0.0
    if driver is not None:
        drivers[driver] = size
    sigma = a["item_sigma"][k]
    noise = np.exp(sigma * (ndtri(attempt.draw_words(_ITEM, entity=a["item_entity"])[:, 0]) - 0.5 * sigma))
    amounts = np.array([drivers[DRIVERS[i]] for i in a["item_driver"]]) * a["item_unit_cost"][k] * noise
    forms = amounts @ (a["item_form"][:, None] == np.arange(len(FORMS)))
    capped = min(1.0, a["node_loss_cap_eur"][k, node] / forms.sum()) if forms.any() else 1.0
    forms *= capped
    return Impact(
        backups_lost=backups_lost,
        outage_h=outage,
        lost_h=lost,
        care=care,
        consultations=float(consultations),
        ambulances=float(ambulances),
        transfers=float(transfers),
        exposed_bed_days=float(exposed),
        overtime_h=overtime,
        crisis_h=float(crisis),
        forms=forms,
        items=amounts * capped,
        loss_eur=float(forms.sum()),
        loss_own_eur=float((forms * (1.0 - a["node_compensation"][k, node])).sum()),
    )
