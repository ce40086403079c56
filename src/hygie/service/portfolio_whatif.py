"""A provider that is down for a given time, or a site that is struck: who loses what."""

from __future__ import annotations

import re
import shlex
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

import hygie
from hygie.core.errors import ModelError, UsageError, suggest
from hygie.core.tables import ORIGINS
from hygie.core.units import HOURS_PER_DAY
from hygie.core.waists import CompiledModel, SimulationPlan
from hygie.service.evidence import mark_result
from hygie.service.portfolio import PortfolioRequest, PreparedPortfolio
from hygie.service.portfolio_names import name_provider
from hygie.service.scenario_choices import process_of_class
from hygie.simulation.runners import OneEvent, simulate
from hygie.simulation.runners_blocks import Columns
from hygie.views.portfolio import OutageRow, WhatIfView

__all__ = ["force_outage", "parse_duration", "strike_site", "take_provider_down", "write_whatif_command"]

_DURATION = re.compile(r"([0-9]{1,6}(?:\.[0-9]{1,3})?)\s*(h|d|j)", re.IGNORECASE)
_MOST_HOURS = 365.0 * HOURS_PER_DAY
_EVENTS_PER_DRAW = 4
_NEIGHBOUR = ORIGINS.index("neighbour")
# What strikes a site, and how many attacks are tried on it.
_STRIKE = "ransomware"
_ATTEMPTS_TRIED = 20_000


def parse_duration(text: str) -> float:
    """Return hours from ``10d``, ``36h`` or ``10j``.

    Raises
    ------
    UsageError
        Not a duration, or more than a year.
    """
    found = _DURATION.fullmatch(text.strip())
    hours = 0.0
    if found:
        hours = float(found[1]) * (1.0 if found[2].lower() == "h" else HOURS_PER_DAY)
    if not 0.0 < hours <= _MOST_HOURS:
        raise UsageError(
            "this is not a duration",
            field="--down",
            value=text,
            allowed="hours or days above 0, at most 365d",
            repair="write 36h or 10d",
        )
    return hours


def force_outage(model: CompiledModel, provider: int, *, hours: float) -> CompiledModel:
    """Return a model in which an event of the provider takes every client down for so long, without an attack."""
    arrays = dict(model.arrays)
    mu, sigma = np.array(arrays["provider_outage_mu"]), np.array(arrays["provider_outage_sigma"])
    mu[:, provider], sigma[:, provider] = np.log(hours), 0.0
    mine = np.asarray(arrays["client_provider"]) == provider
    hit, through = np.array(arrays["client_hit"]), np.array(arrays["client_penetration"])
    hit[:, mine], through[:, mine] = 1.0, 0.0
    arrays |= {
        "provider_outage_mu": mu, "provider_outage_sigma": sigma, "client_hit": hit, "client_penetration": through,
    }  # fmt: skip
    return CompiledModel(draws=model.draws, arrays=arrays, labels=model.labels, lineage=model.lineage)


def take_provider_down(
    prepared: PreparedPortfolio, request: PortfolioRequest, *, provider: str, hours: float, threads: int = 2
) -> WhatIfView:
    """Return what the outage of one provider costs each organisation.

    The outage is certain and the same for all; what varies is what is not known of the organisations (epistemic draws)
    and the scar that follows.

    Raises
    ------
    UsageError
        No such provider in the portfolio.
    """
    labels = prepared.model.labels
    if provider not in labels.providers:
        raise UsageError(
            f"no organisation of the portfolio has the provider “{provider}”",
            field="--provider",
            value=provider,
            allowed=", ".join(labels.providers[:40]) or "none: the portfolio has no provider",
            repair=suggest(provider, labels.providers) or "choose one of the listed providers",
        )
    index = labels.providers.index(provider)
    model = force_outage(prepared.model, index, hours=hours)
    events = max(_EVENTS_PER_DRAW, 2) * request.draws
    plan = SimulationPlan(years=events, draws=request.draws, seed=request.seed)
    block = max(events // (4 * threads), 1)
    columns = simulate(model, plan, given=OneEvent("provider", index), threads=threads, block_years=block).columns
    rows = _list_rows(prepared, columns, events=events)
    totals = _Totals(columns, events=events)
    return WhatIfView(
        language=request.language,
        provider=provider,
        provider_name=name_provider(prepared, provider, request.language),
        days=hours / HOURS_PER_DAY,
        clients=int((np.asarray(model.arrays["client_provider"]) == index).sum()),
        touched=len(rows),
        **totals.describe(),
        rows=rows,
        draws=request.draws,
        seed=request.seed,
        as_of=request.as_of.isoformat(),
        version=hygie.__version__,
        tlp=mark_result(prepared.catalogue),
    )


def strike_site(prepared: PreparedPortfolio, request: PortfolioRequest, *, site: str, threads: int = 2) -> WhatIfView:
    """Return what an encryption at one organisation costs it and those that depend on it.

    Attacks of the process that ends in ransomware are tried on the site, and those that stop a service there are
    kept: how far they go, and what they cost, is what the model says of such an attack.

    Raises
    ------
    UsageError
        No such organisation in the portfolio, or one that is not assessed.
    ModelError
        None of the attacks that were tried stops a service.
    """
    nodes, labels = prepared.roster.portfolio.nodes, prepared.model.labels
    assessed = [node.organisation.id for node in nodes if node.assessed]
    if site not in assessed:
        raise UsageError(
            f"no assessed organisation of the portfolio is called “{site}”",
            field="--site",
            value=site,
            allowed=", ".join(assessed[:40]),
            repair=suggest(site, assessed) or "choose one of its members",
        )
    index = labels.nodes.index(site)
    process = process_of_class(prepared.specs, _STRIKE)
    if process is None:
        raise ModelError("no attack of the packs ends in this class", value=_STRIKE)
    tried = max(_ATTEMPTS_TRIED // request.draws, 2) * request.draws
    plan = SimulationPlan(years=tried, draws=request.draws, seed=request.seed)
    columns = simulate(
        prepared.model, plan, given=OneEvent("attempt", index, process), threads=threads,
        block_years=max(tried // (4 * threads), 1),
    ).columns  # fmt: skip
    event, node = np.asarray(columns["year"], np.int64), np.asarray(columns["facility"], np.int64)
    struck = np.unique(event[(node == index) & (np.asarray(columns["outage_h"], np.float64) > 0.0)])
    if not struck.size:
        raise ModelError(
            f"none of {tried} attacks stops a service of “{site}”", repair="ask for more draws, or another site"
        )
    kept = np.isin(event, struck)
    chosen = {name: np.asarray(column)[kept] for name, column in columns.items()}
    # Events are numbered anew: those that were stopped are no events here.
    chosen["year"] = np.searchsorted(struck, event[kept])
    rows = _list_rows(prepared, chosen, events=struck.size)
    own = next(row for row in rows if row.id == site)
    others = np.unique(chosen["year"][chosen["facility"] != index]).size
    return WhatIfView(
        kind="site",
        language=request.language,
        provider=site,
        provider_name=nodes[index].organisation.name,
        days=own.outage_days,
        clients=sum(link.source == index for link in prepared.roster.portfolio.links),
        touched=len(rows),
        spread_share=others / struck.size,
        **_Totals(chosen, events=struck.size).describe(),
        rows=rows,
        draws=request.draws,
        seed=request.seed,
        as_of=request.as_of.isoformat(),
        version=hygie.__version__,
        tlp=mark_result(prepared.catalogue),
    )


def write_whatif_command(request: PortfolioRequest, *, spec: Path | None, **chosen: str | None) -> str:
    """Return the command that answers a what-if again."""
    words = ["hygie", "portfolio", "whatif", *([str(spec)] if spec else [])]
    asked: dict[str, object] = {
        **chosen, "draws": request.draws, "seed": request.seed, "as-of": request.as_of.isoformat(),
        "lang": request.language,
    }  # fmt: skip
    for name, value in asked.items():
        words += [] if value is None else [f"--{name}", str(value)]
    return shlex.join(words)


def _list_rows(prepared: PreparedPortfolio, columns: Columns, *, events: int) -> list[OutageRow]:
    """Return what each organisation loses in the events that reach it, the dearest first."""
    labels, roster = prepared.model.labels, prepared.roster
    node = np.asarray(columns["facility"], np.int64)
    loss = np.asarray(columns["loss_eur"], np.float64)
    order = np.argsort(node, kind="stable")
    touched, starts = np.unique(node[order], return_index=True)
    rows = []
    for place, group in zip(touched, np.split(order, starts[1:]), strict=True):
        organisation = roster.portfolio.nodes[int(place)].organisation

        def median(name: str, group: NDArray[np.int64] = group) -> float:
            return float(np.median(np.asarray(columns[name], np.float64)[group]))

        origin = int(np.asarray(columns["origin"])[group[0]])
        link = int(np.asarray(columns["origin_index"])[group[0]])
        rows.append(
            OutageRow(
                id=organisation.id,
                name=organisation.name,
                department=organisation.department or "",
                through=labels.links[link].partition(":")[2] if origin == _NEIGHBOUR else None,
                hit_share=group.size / events,
                outage_days=median("outage_h") / HOURS_PER_DAY,
                bed_days=median("bed_days_lost"),
                visits=median("visits_diverted"),
                loss_eur=median("loss_eur"),
                loss_low_eur=float(np.quantile(loss[group], 0.05)),
                loss_high_eur=float(np.quantile(loss[group], 0.95)),
            )
        )
    return sorted(rows, key=lambda row: (-row.loss_eur, row.id))


class _Totals:
    """What all organisations lose together, event by event."""

    def __init__(self, columns: Columns, *, events: int) -> None:
        self._columns, self._events = columns, events

    def describe(self) -> dict[str, Any]:
        low, middle, high = np.quantile(self._sum("loss_eur"), [0.05, 0.5, 0.95])
        return {
            "bed_days": float(np.median(self._sum("bed_days_lost"))),
            "visits": float(np.median(self._sum("visits_diverted"))),
            "loss_eur": float(middle),
            "loss_low_eur": float(low),
            "loss_high_eur": float(high),
        }

    def _sum(self, name: str) -> NDArray[np.float64]:
        event = np.asarray(self._columns["year"], np.int64)
        values = np.asarray(self._columns[name], np.float64)
        return np.asarray(np.bincount(event, values, minlength=self._events), np.float64)
