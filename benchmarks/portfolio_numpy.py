"""A portfolio in straightforward NumPy: the same model, vectorised over events, with NumPy's own random numbers.

What one would write without a compiler: counts by ``Generator.poisson``, attacks on dense matrices of crossing times,
rebounds by joins, outages on a time grid of `POINTS` cells. Differences from the kernel: rebounds go by generation
instead of by time, and integrals are sums over the grid. It reads the same compiled arrays.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from scipy.special import expit

from hygie.core.tables import DRIVERS, FLOWS, FORMS
from hygie.core.units import HOURS_PER_YEAR

BEDS, REVENUE, STOCK = (FLOWS.index(name) for name in ("bed_days", "revenue", "stock"))

POINTS = 200
BATCH = 2_000
Rows = dict[str, Any]


class NumpyPortfolio:
    """Simulates years of a compiled model and returns their losses."""

    def __init__(self, arrays: Mapping[str, Any], *, seed: int) -> None:
        self.a = {name: np.asarray(array) for name, array in arrays.items()}
        self.rng = np.random.default_rng(seed)
        self.zones = int(np.diff(self.a["template_zone_ptr"]).max())
        self.rows = 0

    def normal(self, size: Any) -> np.ndarray:
        return self.rng.standard_normal(size)

    def simulate(self, draw: int, years: int, *, chunk: int = 200) -> np.ndarray:
        """Return the annual loss of `years` years of one draw."""
        annual = np.zeros(years)
        for begin in range(0, years, chunk):
            n = min(chunk, years - begin)
            annual[begin : begin + n] = self._chunk(draw, n)
        return annual

    def _chunk(self, k: int, years: int) -> np.ndarray:
        a, rng = self.a, self.rng
        annual = np.zeros(years)
        counts = rng.poisson(a["node_rate_per_y"][k], size=(years, *a["node_rate_per_y"].shape[1:]))
        year, node, process = np.nonzero(counts)
        times = counts[year, node, process]
        year, node, process = (np.repeat(each, times) for each in (year, node, process))
        first = self._start(k, node, process)
        vector = first.pop("vector")
        zone = a["template_entry_zone"][a["node_template"][node], vector]
        kept = zone >= 0
        events = {
            "event": np.flatnonzero(kept), "year": year[kept], "node": node[kept], "process": process[kept],
            **{name: values[kept] for name, values in first.items()},
        }  # fmt: skip
        attacked = self._attack(k, events, a["vector_type"][vector[kept]], zone[kept])
        self._spread(k, attacked, annual)
        for provider in range(a["provider_entity"].size):
            self._provider(k, provider, annual)
        for campaign in range(a["campaign_entity"].size):
            self._campaign(k, campaign, annual)
        return annual

    def _start(self, k: int, node: np.ndarray, process: np.ndarray) -> Rows:
        a, rng, n = self.a, self.rng, node.size
        actor = (a["actor_cumulative"][k, process, :-1] <= rng.random((n, 1))).sum(axis=1)
        vector = (a["entry_cumulative"][k, process, :-1] <= rng.random((n, 1))).sum(axis=1)
        return {
            "actor": actor,
            "vector": vector,
            "tau": a["actor_capability"][k, actor] + a["capability_sd"][k] * self.normal(n),
            "common": rng.random(n) ** (1.0 / a["common_shape"][k]),
        }

    def _cross(self, k: int, e: Rows, kinds: np.ndarray) -> np.ndarray:
        """Return crossing times, inf where it fails; `kinds` [events, …] are types of crossings."""
        a = self.a
        leak = np.ones((e["node"].size, a["type_logit"].shape[1]))
        for t in range(leak.shape[1]):
            for c in a["type_control"][a["type_control_ptr"][t] : a["type_control_ptr"][t + 1]]:
                leak[:, t] *= 1.0 - a["node_opeff"][k, e["node"], c] * e["common"]
        shift = e["tau"][:, None] - (1.0 - leak - a["type_resistance"][k])
        success = expit(a["type_logit"][k] + a["steepness"][k] * shift)
        row = np.arange(e["node"].size).reshape(-1, *([1] * (kinds.ndim - 1)))
        hours = np.exp(a["type_time_mu"][k][kinds] + a["type_time_sigma"][k][kinds] * self.normal(kinds.shape))
        return np.where(self.rng.random(kinds.shape) < success[row, kinds], hours, np.inf)

    def _attack(self, k: int, e: Rows, kind: np.ndarray, zone: np.ndarray) -> Rows:
        """Return the events that were not blocked, with what they did."""
        start = self._cross(k, e, kind)
        inside = np.isfinite(start)
        e = {name: values[inside] for name, values in e.items()}
        n = e["node"].size
        e |= {"start": start[inside], "entry": zone[inside], "outcome": np.zeros(n, int), "end": np.zeros(n)}
        e |= {name: np.zeros((n, self.zones)) for name in ("reach", "hosts")}
        e |= {name: np.zeros(n) for name in ("reached", "stolen", "stolen_share", "backup")}
        e["kinds"] = np.zeros((n, 3))
        template = self.a["node_template"][e["node"]]
        for t in np.unique(template):
            mine = np.flatnonzero(template == t)
            for part in np.array_split(mine, -(-mine.size // BATCH)):
                self._attack_template(k, e, part, int(t))
        return e

    def _attack_template(self, k: int, e: Rows, at: np.ndarray, t: int) -> None:
        a, rng, m = self.a, self.rng, at.size
        first, last = a["template_zone_ptr"][t], a["template_zone_ptr"][t + 1]
        n, zones = int(last - first), slice(first, last)
        one = {name: e[name][at] for name in ("node", "process", "actor", "tau", "common", "start", "entry")}

        def lognormal(mu: Any, sigma: Any) -> np.ndarray:
            return np.exp(mu + sigma * self.normal(m))

        patience = one["start"] + lognormal(a["actor_patience_mu"][k, one["actor"]], a["patience_sigma"][k])
        edge = slice(a["edge_ptr"][first], a["edge_ptr"][last])
        origin = np.repeat(np.arange(n), np.diff(a["edge_ptr"][first : last + 1]))
        matrix = np.full((m, n, n), np.inf)
        times = self._cross(k, one, np.broadcast_to(a["edge_type"][edge], (m, origin.size)))
        for j, (x, y) in enumerate(zip(origin, a["edge_target"][edge], strict=True)):
            matrix[:, x, y] = np.minimum(matrix[:, x, y], times[:, j])
        reach = np.full((m, n), np.inf)
        reach[np.arange(m), one["entry"]] = one["start"]
        while True:
            held = np.where(reach <= patience[:, None], reach, np.inf)
            further = np.minimum(reach, (held[:, :, None] + matrix).min(axis=1))
            if np.array_equal(further, reach):
                break
            reach = further
        reach = np.where(reach <= patience[:, None], reach, np.inf)
        order = np.argsort(reach, axis=1)
        ranked = np.take_along_axis(reach, order, axis=1)
        seen = np.isfinite(ranked)
        hazard = a["node_detection_per_h"][k, one["node"]][:, None] * a["zone_visibility"][zones][order] * seen
        rate = np.cumsum(hazard, axis=1)
        steps = np.where(seen[:, 1:], np.diff(np.where(seen, ranked, 0.0), axis=1), 0.0)
        total = np.concatenate([np.zeros((m, 1)), np.cumsum(rate[:, :-1] * steps, axis=1)], axis=1)
        target = rng.exponential(size=m)
        total = np.where(seen, total, np.inf)
        i = np.maximum((total < target[:, None]).sum(axis=1) - 1, 0)
        row = np.arange(m)
        with np.errstate(divide="ignore", invalid="ignore"):
            detected = np.where(rate[row, i] > 0.0, ranked[row, i] + (target - total[row, i]) / rate[row, i], np.inf)
        objective = np.where(a["zone_is_objective"][one["process"]][:, zones] == 1, reach, np.inf).min(axis=1)
        own = np.minimum(objective + lognormal(a["staging_mu"][k], a["staging_sigma"][k]), patience)
        contained = detected + lognormal(a["node_response_mu"][k, one["node"]], a["response_sigma"][k])
        fires = np.minimum(own, detected + lognormal(a["reaction_mu"][k], a["reaction_sigma"][k]))
        fired = (fires < contained) & (rng.random(m) >= a["actor_theft_only"][k, one["actor"]])
        end = np.where(fired, fires, np.minimum(contained, patience))
        records = a["zone_record_share"][zones]
        gone = np.where(records > 0.0, reach, np.inf).min(axis=1)
        gone = gone + lognormal(a["node_exfiltration_mu"][k, one["node"]], a["exfiltration_sigma"][k])
        stolen = (gone <= end) & (rng.random(m) < a["actor_steals"][k, one["actor"]])
        share_out = np.minimum((records * (reach <= gone[:, None])).sum(axis=1), 1.0) * rng.random(m) * stolen
        domain_zone = a["zone_in_domain"][zones] == 1
        taken = reach <= end[:, None]
        goal = a["zone_is_objective"][one["process"]][:, zones] == 1
        domain = (taken & goal & domain_zone).any(axis=1)
        pushed = domain_zone & domain[:, None]
        inside = reach + self._cross(k, one, np.broadcast_to(a["zone_self_type"][zones], (m, n))) <= end[:, None]
        share = expit(a["node_share_mu"][k, one["node"]][:, None] + a["share_sigma"][k] * self.normal((m, n)))
        share = share * np.where(pushed, 1.0, a["local_share"][k])
        available = a["node_zone_hosts"][a["node_zone_ptr"][one["node"]][:, None] + np.arange(n)]
        affected = np.where(pushed | inside, np.floor(share * available + 0.5), 1.0)
        affected = affected.clip(1.0, np.maximum(available, 1.0))
        payload = (a["zone_payload"][one["process"]][:, zones] == 1) & (available > 0.0)
        hosts = np.where(fired[:, None] & payload & (taken | pushed), affected, 0.0)
        kinds = hosts @ (a["zone_kind"][zones, None] == np.arange(3))
        hit = hosts.any(axis=1)
        serious = np.minimum(kinds[:, 1] + kinds[:, 2], 2.0).astype(int)
        outcome = np.where(hit, np.where(domain, 6, 3 + serious), np.where(stolen, 2, 1))
        e["outcome"][at], e["end"][at], e["kinds"][at] = outcome, end, kinds
        e["reach"][at, :n], e["hosts"][at, :n] = reach, hosts
        e["reached"][at], e["stolen"][at], e["stolen_share"][at] = taken.sum(axis=1), stolen, share_out
        e["backup"][at] = fired & (domain | (taken & (a["zone_is_backup"][zones] == 1)).any(axis=1))

    def _expand(self, nodes: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Return (row, link) for every link out of every row's node."""
        ptr = self.a["link_ptr"]
        counts = ptr[nodes + 1] - ptr[nodes]
        row = np.repeat(np.arange(nodes.size), counts)
        offset = np.arange(row.size) - np.repeat(np.cumsum(counts) - counts, counts)
        return row, ptr[nodes][row] + offset

    def _spread(self, k: int, e: Rows, annual: np.ndarray, external: Rows | None = None) -> None:
        """Follow links generation by generation, then settle what each organisation lost, with who depends on it."""
        a, rng = self.a, self.rng
        nodes = a["node_template"].size
        key = e["event"] * nodes + e["node"]
        visited = key
        all_rows, wave = [e], e
        while wave["node"].size:
            row, link = self._expand(wave["node"])
            target = a["link_target_node"][link]
            passes = wave["reach"][row, a["link_source_zone"][link]] <= wave["end"][row]
            passes &= rng.random(row.size) < a["link_penetration"][k, link]
            passes &= ~np.isin(wave["event"][row] * nodes + target, visited)
            row, link = row[passes], link[passes]
            more = {name: wave[name][row] for name in ("event", "year", "process", "actor", "tau", "common")}
            more["node"] = a["link_target_node"][link]
            wave = self._attack(k, more, a["link_type"][link], a["link_target_zone"][link])
            key = wave["event"] * nodes + wave["node"]
            _, kept = np.unique(key, return_index=True)
            wave = {name: values[kept] for name, values in wave.items()}
            visited = np.concatenate([visited, key[kept]])
            all_rows.append(wave)
        e = {name: np.concatenate([each[name] for each in all_rows]) for name in all_rows[0]}
        n = e["node"].size
        away = {"zone": np.full(n, -1), "level": np.zeros(n), "hours": np.zeros(n)}
        if external is not None:
            e, away = self._join_external(e, external)
        self._settle(k, e, away, annual, visited)

    def _join_external(self, e: Rows, external: Rows) -> tuple[Rows, Rows]:
        """Let clients that were not compromised join with their outage, and the others feel it as well."""
        nodes = self.a["node_template"].size
        n = e["node"].size
        key = e["event"] * nodes + e["node"]
        asked = external["event"] * nodes + external["node"]
        away = {"zone": np.full(n, -1), "level": np.zeros(n), "hours": np.zeros(n)}
        order = np.argsort(key)
        place = np.searchsorted(key[order], asked)
        found = (
            (place < n) & (key[order][np.minimum(place, max(n - 1, 0))] == asked) if n else np.zeros(asked.size, bool)
        )
        both = order[place[found]] if n else place[:0]
        for name in away:
            away[name][both] = external[name][found]
        # An intruder who came with the outage and was stopped leaves the outage only.
        stopped = both[e["outcome"][both] == 1]
        e["outcome"][stopped] = 7
        for name in ("stolen", "stolen_share"):
            e[name][stopped] = external[name][found][np.isin(both, stopped)]
        lone = ~found
        return self._append_outages(e, away, {name: values[lone] for name, values in external.items()})

    def _append_outages(self, e: Rows, away: Rows, more: Rows) -> tuple[Rows, Rows]:
        m = more["node"].size
        blank = {name: np.zeros((m, *values.shape[1:]), values.dtype) for name, values in e.items()}
        blank |= {"event": more["event"], "year": more["year"], "node": more["node"], "outcome": np.full(m, 7)}
        blank["reach"] = np.full((m, self.zones), np.inf)
        blank |= {name: more[name] for name in ("stolen", "stolen_share") if name in more}
        e = {name: np.concatenate([e[name], blank[name]]) for name in e}
        return e, {name: np.concatenate([away[name], more[name]]) for name in away}

    def _settle(self, k: int, e: Rows, away: Rows, annual: np.ndarray, visited: np.ndarray) -> None:
        a = self.a
        nodes = a["node_template"].size
        visited = np.unique(np.concatenate([visited, e["event"] * nodes + e["node"]]))
        while e["node"].size:
            loss, worst, hours = self._impact(k, e, away, driver="provider_outage")
            np.add.at(annual, e["year"], loss)
            self.rows += loss.size
            row, link = self._expand(e["node"])
            source = a["link_need_source"][link]
            level = worst[row, source] * a["link_need_level"][k, link]
            left = hours[row, source] - a["link_need_autonomy_h"][k, link]
            key = e["event"][row] * nodes + a["link_target_node"][link]
            felt = (a["link_need_zone"][link] >= 0) & (level > 0.0) & (left > 0.0) & ~np.isin(key, visited)
            row, link = row[felt], link[felt]
            key, first = np.unique(key[felt], return_index=True)
            row, link = row[first], link[first]
            visited = np.concatenate([visited, key])
            more = {
                "event": e["event"][row], "year": e["year"][row], "node": a["link_target_node"][link],
                "zone": a["link_need_zone"][link], "level": level[felt][first], "hours": left[felt][first],
            }  # fmt: skip
            none = {name: values[:0] for name, values in e.items()}
            e, away = self._append_outages(none, {name: values[:0] for name, values in away.items()}, more)

    def _impact(self, k: int, e: Rows, away: Rows, *, driver: str) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Return the loss of each row, and the worst impairment and equivalent hours of each zone."""
        n = e["node"].size
        loss, worst, hours = np.zeros(n), np.zeros((n, self.zones)), np.zeros((n, self.zones))
        template = self.a["node_template"][e["node"]]
        for t in np.unique(template):
            mine = np.flatnonzero(template == t)
            for part in np.array_split(mine, -(-mine.size // BATCH)):
                self._impact_template(k, e, away, part, int(t), driver, loss, worst, hours)
        return loss, worst, hours

    def _impact_template(
        self, k: int, e: Rows, away: Rows, at: np.ndarray, t: int, driver: str, loss: np.ndarray, worst: np.ndarray,
        hours: np.ndarray,
    ) -> None:  # fmt: skip
        a, rng, m = self.a, self.rng, at.size
        first, last = a["template_zone_ptr"][t], a["template_zone_ptr"][t + 1]
        n = int(last - first)
        node, outcome = e["node"][at], e["outcome"][at]
        hit = e["hosts"][at, :n]
        scope = np.where((outcome >= 3) & (outcome <= 6), outcome - 2, 0)
        outage_only = outcome == 7
        lost_backup = (e["backup"][at] > 0) & (rng.random(m) >= a["node_backup_survival"][k, node])
        clock = np.exp(a["forensics_mu"][k, scope] + a["forensics_sigma"][k] * self.normal(m))
        available = a["node_zone_hosts"][a["node_zone_ptr"][node][:, None] + np.arange(n)]
        level = (hit / np.maximum(available, 1e-9)) ** a["impairment_exponent"][k] * (hit > 0.0)
        partly, full = np.zeros((m, n)), np.zeros((m, n))
        begin, scale = clock, a["node_size_factor"][node]
        for z in a["zone_rank"][first:last]:
            sigma = a["work_sigma"][k]
            repair = a["zone_repair_h"][first + z]
            if repair > 0.0:
                noise = np.exp(sigma * (self.normal(m) - 0.5 * sigma))
                took = hit[:, z] * repair / (a["maintainer_crew"][k] * scale) * noise
                there = begin + a["maintainer_wait_h"][k] * noise
                partly[:, z] = np.where(hit[:, z] > 0.0, there + a["partial_share"][k] * took, 0.0)
                full[:, z] = np.where(hit[:, z] > 0.0, there + took, 0.0)
                continue
            work = a["zone_work_h"][k] * level[:, z] + hit[:, z] * a["host_work_h"][k, a["zone_kind"][first + z]]
            work = work * np.exp(sigma * (self.normal(m) - 0.5 * sigma))
            work *= np.where(lost_backup, a["backup_lost_factor"][k], 1.0)
            took = np.where(hit[:, z] > 0.0, work / a["node_crew"][k, node], 0.0)
            partly[:, z] = np.where(hit[:, z] > 0.0, clock + a["partial_share"][k] * took, 0.0)
            full[:, z] = np.where(hit[:, z] > 0.0, clock + took, 0.0)
            clock = clock + took
        kinds = e["kinds"][at]
        shut = np.where(kinds[:, 0] + kinds[:, 1] > 0.0, scope, np.minimum(scope, 1))
        alarming = (
            ~outage_only & ((scope > 0) | (e["reached"][at] >= 2)) & (rng.random(m) < a["cut_probability"][k, shut])
        )
        cut = np.where(alarming, np.exp(a["cut_mu"][k, shut] + a["cut_sigma"][k] * self.normal(m)), 0.0)
        cut_end = cut[:, None] * a["zone_cut"][shut, first:last]
        outside = np.zeros((m, n))
        some = away["zone"][at] >= 0
        outside[np.flatnonzero(some), away["zone"][at][some]] = away["hours"][at][some]
        finish = np.maximum(np.maximum(full, cut_end), outside).max(axis=1)
        width = finish / POINTS
        time = (np.arange(POINTS) + 0.5) * width[:, None]
        down = np.zeros((n, m, POINTS))
        for z in a["zone_need_order"][first:last]:
            own = np.where(time < partly[:, z, None], 1.0, a["partial_level"][k] * (time < full[:, z, None]))
            d = own * level[:, z, None]
            d = np.maximum(d, a["cut_level"][k] * (time < cut_end[:, z, None]))
            d = np.maximum(d, away["level"][at][:, None] * (time < outside[:, z, None]))
            for j in range(a["need_ptr"][first + z], a["need_ptr"][first + z + 1]):
                needed = down[a["need_source"][j]]
                since = np.where(needed.any(axis=1), np.argmax(needed > 0.0, axis=1) * width, np.inf)
                felt = time >= (since + a["need_autonomy_h"][k, j])[:, None]
                d = np.maximum(d, a["need_strength"][k, j] * needed * felt)
            down[z] = d
        peak = down.max(axis=2)
        worst[at, :n] = peak.T
        with np.errstate(divide="ignore", invalid="ignore"):
            hours[at, :n] = np.where(peak > 0.0, down.sum(axis=2) * width / peak, 0.0).T
        scar = expit(a["scar_mu"][k] + a["scar_sigma"][k] * self.normal(m))
        fade = np.exp(a["scar_tau_mu"][k] + a["scar_tau_sigma"][k] * self.normal(m))
        drivers = {name: np.zeros(m) for name in DRIVERS}
        services = a["template_p_min"].shape[1]
        exposed, spoiled = np.zeros(m), np.zeros(m)
        for s in range(services):
            begin, stop = a["use_ptr"][t * services + s], a["use_ptr"][t * services + s + 1]
            lowest = a["template_p_min"][t, s]
            if lowest >= 1.0:
                continue
            product = np.ones((m, POINTS))
            for j in range(begin, stop):
                product *= 1.0 - a["use_weight"][j] * down[a["use_zone"][j]]
            paper = a["node_paper_share"][k, node, s][:, None]
            capacity = paper + (1.0 - paper) * (product - lowest) / (1.0 - lowest)
            gone = ((1.0 - capacity) * (product < 1.0)).sum(axis=1) * width
            until = (POINTS - np.argmax((product < 1.0)[:, ::-1], axis=1)) * width * (product < 1.0).any(axis=1)
            share = scar * (1.0 - np.exp(-gone / a["scar_onset_h"][k]))
            away_h = np.minimum(share * (until - gone + fade), np.maximum(HOURS_PER_YEAR - gone, 0.0)) * (gone > 0.0)
            flow = a["node_flow_per_h"][node, s]
            drivers["activity_revenue"] += flow[:, REVENUE] * gone * a["node_exposed_share"][k, node]
            drivers["scar_revenue"] += flow[:, REVENUE] * away_h * a["node_exposed_share"][k, node]
            exposed += flow[:, BEDS] * gone * (paper / np.maximum(1.0 - paper, 1e-12))[:, 0]
            spoiled += 1.0 - np.exp(-flow[:, STOCK] * gone)
        size = a["node_size_factor"][node]
        attacked = ~outage_only
        for s in range(5):
            drivers[DRIVERS[s]] = size * (attacked & (scope == s))
        for index, name in enumerate(("workstations", "servers", "devices")):
            drivers[name] = kinds[:, index] * attacked
        crisis = finish * ((scope > 0) | (cut > 0.0))
        if driver == "provider_outage":
            crisis = np.maximum(crisis, away["level"][at] * away["hours"][at] * some)
        drivers["crisis_h"] = crisis * size
        drivers["stock_lost"] = np.minimum(spoiled, 1.0) * size
        drivers["persons_notified"] = e["stolen_share"][at] * a["node_records"][k, node] * attacked
        drivers["theft"] = size * (e["stolen"][at] > 0) * attacked
        drivers["ransom_paid"] = size * (scope >= 3) * (rng.random(m) < a["node_pays_ransom"][k, node])
        drivers["blackmail_paid"] = size * (outcome == 2) * (rng.random(m) < a["node_pays_blackmail"][k, node])
        drivers["provider_theft"] = size * (e["stolen"][at] > 0) * outage_only
        drivers["provider_persons"] = e["stolen_share"][at] * a["node_records"][k, node] * outage_only
        for index, name in ((3, "rebuild_several_servers"), (4, "rebuild_everything")):
            drivers[name] = size * (scope == index) * (kinds[:, 1] > 0.0)
        drivers["overtime_h"] = exposed * a["overtime_per_bed_day"][k]
        drivers[driver] = drivers[driver] + size * some
        total = np.zeros((m, len(FORMS)))
        for i in range(a["item_form"].size):
            sigma = a["item_sigma"][k, i]
            noise = np.exp(sigma * (self.normal(m) - 0.5 * sigma))
            total[:, a["item_form"][i]] += drivers[DRIVERS[a["item_driver"][i]]] * a["item_unit_cost"][k, i] * noise
        loss[at] = np.minimum(total.sum(axis=1), a["node_loss_cap_eur"][k, node])

    def _provider(self, k: int, r: int, annual: np.ndarray) -> None:
        a, rng = self.a, self.rng
        counts = rng.poisson(a["provider_rate_per_y"][k, r], annual.size)
        year = np.repeat(np.arange(annual.size), counts)
        if not year.size:
            return
        outage = np.exp(a["provider_outage_mu"][k, r] + a["provider_outage_sigma"][k, r] * self.normal(year.size))
        client = np.arange(a["client_ptr"][r], a["client_ptr"][r + 1])
        event, who = np.nonzero(rng.random((year.size, client.size)) < a["client_hit"][k, client])
        client = client[who]
        through = rng.random(client.size) < a["client_penetration"][k, client]
        node = a["client_node"][client]
        start = self._start(k, node[through], np.zeros(int(through.sum()), int))
        start.pop("vector")
        tried = {"event": event[through], "year": year[event[through]], "node": node[through]}
        tried |= {"process": np.zeros(tried["node"].size, int), **start}
        attacked = self._attack(k, tried, a["client_type"][client[through]], a["client_entry_zone"][client[through]])
        robbed = (rng.random(outage.size) < a["provider_theft"][k, r])[event]
        external = {
            "stolen": robbed * 1.0, "stolen_share": robbed * a["client_informs"][client] * rng.random(client.size),
            "event": event, "year": year[event], "node": node, "zone": a["client_zone"][client],
            "level": a["client_level"][k, client], "hours": outage[event],
        }  # fmt: skip
        self._spread(k, attacked, annual, external)

    def _campaign(self, k: int, c: int, annual: np.ndarray) -> None:
        a, rng = self.a, self.rng
        counts = rng.poisson(a["campaign_rate_per_y"][k, c], annual.size)
        year = np.repeat(np.arange(annual.size), counts)
        if not year.size:
            return
        mean, shape = a["campaign_size_mean"][k, c], a["campaign_size_shape"][k, c]
        size = np.zeros(year.size)
        while (size == 0).any():
            again = size == 0
            size[again] = rng.negative_binomial(shape, shape / (shape + mean), int(again.sum()))
        chance = 1.0 - (1.0 - a["node_visibility"][k]) ** size[:, None]
        hit = (rng.random(chance.shape) < chance) & (rng.random(chance.shape) >= a["node_resists_ddos"][k])
        event, node = np.nonzero(hit)
        n = node.size
        touched = (rng.random(n) < a["campaign_care_probability"][k, c]).astype(int)
        e = {
            "event": event, "year": year[event], "node": node, "outcome": np.full(n, 7),
            "hosts": np.zeros((n, self.zones)), "kinds": np.zeros((n, 3)),
            **{name: np.zeros(n) for name in ("backup", "reached", "stolen", "stolen_share")},
        }  # fmt: skip
        away = {
            "zone": a["template_ddos_zone"][a["node_template"][node], touched],
            "level": np.ones(n),
            "hours": np.exp(a["campaign_outage_mu"][k, c] + a["campaign_outage_sigma"][k, c] * self.normal(n)),
        }
        loss, _, _ = self._impact(k, e, away, driver="ddos")
        np.add.at(annual, e["year"], loss)
        self.rows += n
