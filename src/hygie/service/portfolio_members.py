"""The members of a studied portfolio: listed, followed along what ties them, compared inside one group."""

from __future__ import annotations

import csv
import io
from collections import Counter
from collections.abc import Callable, Iterable

from hygie.core.errors import NotFoundError
from hygie.core.spreadsheets import neutralise_cell
from hygie.store.text_folding import fold_words
from hygie.views.messages import Language
from hygie.views.portfolio import PortfolioView
from hygie.views.portfolio_pages import (
    ContractRow,
    GroupChoice,
    GroupView,
    MemberPage,
    MemberRow,
    ReachRow,
    ReachView,
    WeakPoint,
)
from hygie.views.portfolio_ties import Member, Ties

__all__ = ["SORTS", "compare_group", "find_sites", "follow", "list_groups", "list_members", "write_members"]

# Columns by which members are sorted; numbers begin with the largest.
SORTS: dict[str, Callable[[Member], tuple[float | str, ...]]] = {
    "name": lambda one: (one.name.casefold(), one.id),
    "department": lambda one: (one.department, one.name.casefold()),
    "beds": lambda one: (one.beds,),
    "loss": lambda one: (one.loss_eur_per_y,),
    "tail": lambda one: (one.tail_eur,),
    "through": lambda one: (one.through_share,),
    "care": lambda one: (one.bed_days_per_y,),
}
# Members that stand side by side.
_COMPARED = 40
_WEAKEST = 12


def list_members(
    ties: Ties, *, sort: str, descending: bool, text: str = "", ght: str = "", page: int = 1, per_page: int = 50
) -> MemberPage:
    """Return one page of the assessed members, those that have every word of a text."""
    words = fold_words(text)
    chosen = [
        member
        for member in ties.members
        if member.assessed
        and (not ght or member.ght == ght)
        and (not words or _has(member, ties.groups.get(member.ght, ""), words))
    ]
    chosen.sort(key=SORTS["name"])
    chosen.sort(key=SORTS.get(sort, SORTS["tail"]), reverse=descending)
    pages = max(1, -(-len(chosen) // per_page))
    page = min(max(page, 1), pages)
    uses = Counter(contract.member for contract in ties.contracts)
    place = {member.id: at for at, member in enumerate(ties.members)}
    items = [
        MemberRow(member=member, group=ties.groups.get(member.ght, ""), providers=uses[place[member.id]])
        for member in chosen[(page - 1) * per_page : page * per_page]
    ]
    return MemberPage(items=items, total=len(chosen), page=page, pages=pages)


def write_members(ties: Ties) -> bytes:
    """Return every assessed member as CSV (UTF-8 with its mark), formulas neutralised."""
    text = io.StringIO()
    writer = csv.writer(text)
    names = [
        "id", "name", "category", "region", "department", "ght", "beds", "visits_per_day", "loss_eur_per_y",
        "through_eur_per_y", "tail_eur", "bed_days_per_y", "events_per_y",
    ]  # fmt: skip
    writer.writerow(names)
    for member in ties.members:
        if member.assessed:
            writer.writerow([neutralise_cell(getattr(member, name)) for name in names])
    return text.getvalue().encode("utf-8-sig")


def follow(ties: Ties, *, language: Language, days: float, provider: str | None, site: str | None) -> ReachView:
    """Return how far an outage of a provider, or an attack on a member, can go: the first and those one link on.

    Raises
    ------
    NotFoundError
        No such provider or member.
    """
    at = ties.find_provider(provider) if provider is not None else ties.find_member(site or "")
    if at is None:
        raise NotFoundError(
            "this study has no such provider" if provider is not None else "this study has no such member",
            field="provider" if provider is not None else "site",
            value=(provider or site or "")[:120],
        )
    first = sorted(set(ties.clients_of(at))) if provider is not None else [at]
    seen = set(first)
    on: dict[int, int] = {}
    for link in ties.links:
        if link.source in seen and link.target not in seen:
            on.setdefault(link.target, link.source)
    reached = [ties.members[place] for place in [*first, *on]]
    return ReachView(
        id=provider or site or "",
        name=ties.providers[at].name.read(language) if provider is not None else ties.members[at].name,
        is_site=provider is None,
        days=days,
        first=_rows(ties, ((place, "") for place in first)),
        next=_rows(ties, ((place, ties.members[source].name) for place, source in on.items())),
        beds=sum(member.beds for member in reached),
        beds_assessed=sum(member.beds for member in reached if member.assessed),
        beds_of_all=sum(member.beds for member in ties.members if member.assessed),
        visits=sum(member.visits_per_day for member in reached) * days,
    )


def find_sites(ties: Ties, text: str) -> list[tuple[str, str]]:
    """Return the id and the name of the assessed member of this id, else of those with every word of a text."""
    at = ties.find_member(text.strip())
    if at is not None and ties.members[at].assessed:
        return [(ties.members[at].id, ties.members[at].name)]
    words = fold_words(text)
    found = [one for one in ties.members if one.assessed and words and _has(one, ties.groups.get(one.ght, ""), words)]
    return [(one.id, one.name) for one in sorted(found, key=lambda one: (-one.beds, one.name))]


def list_groups(ties: Ties) -> list[GroupChoice]:
    """Return the territorial groups with two members or more, the largest first."""
    counted = Counter(member.ght for member in ties.members if member.assessed and member.ght)
    return [
        GroupChoice(id=code, name=ties.groups.get(code, code), members=count)
        for code, count in sorted(counted.items(), key=lambda pair: (-pair[1], ties.groups.get(pair[0], pair[0])))
        if count > 1
    ]


def compare_group(ties: Ties, view: PortfolioView, ght: str, *, language: Language) -> GroupView:
    """Return the members of one territorial group side by side; of the whole portfolio for an empty code.

    Raises
    ------
    NotFoundError
        No such group.
    """
    inside = [at for at, one in enumerate(ties.members) if one.assessed and (not ght or one.ght == ght)]
    if not inside:
        raise NotFoundError("this study has no such group", field="group", value=ght[:120])
    within = set(inside)
    uses = Counter(contract.member for contract in ties.contracts)
    members = [ties.members[at] for at in inside]
    rows = sorted(inside, key=lambda at: (-ties.members[at].loss_eur_per_y, ties.members[at].id))
    shared = Counter(contract.provider for contract in ties.contracts if contract.member in within)
    tails = {row.id: row.tail_share for row in view.by_provider}
    return GroupView(
        id=ght,
        name=ties.groups.get(ght, ght) if ght else view.name,
        rows=[
            MemberRow(member=ties.members[at], group=ties.groups.get(ties.members[at].ght, ""), providers=uses[at])
            for at in rows[:_COMPARED]
        ],
        more=max(0, len(rows) - _COMPARED),
        members=len(inside),
        loss_eur_per_y=sum(member.loss_eur_per_y for member in members),
        through_eur_per_y=sum(member.through_eur_per_y for member in members),
        links_inside=sum(link.source in within and link.target in within for link in ties.links),
        links_from_outside=sum(link.source not in within and link.target in within for link in ties.links),
        providers=[
            ContractRow(
                id=ties.providers[at].id,
                name=ties.providers[at].name.read(language),
                kind=ties.name_kind(ties.providers[at].kind, language),
                clients=count,
                tail_share=tails.get(ties.providers[at].id),
            )
            for at, count in sorted(shared.items(), key=lambda pair: (-pair[1], pair[0]))
            if count > 1
        ],
        weak_points=_find_weak_points(ties, members, language),
        described=sum(member.posture is not None for member in members),
    )


def _find_weak_points(ties: Ties, members: Iterable[Member], language: Language) -> list[WeakPoint]:
    """Return controls by mean coverage, the weakest first, where two members at least described them."""
    known: dict[str, list[tuple[float, str]]] = {}
    for member in members:
        for control, coverage in (member.posture or {}).items():
            known.setdefault(control, []).append((coverage, member.name))
    points = []
    for control, said in known.items():
        if len(said) < 2:
            continue
        least = min(coverage for coverage, _ in said)
        points.append(
            WeakPoint(
                control=control,
                name=ties.controls[control].read(language) if control in ties.controls else control,
                described=len(said),
                mean=sum(coverage for coverage, _ in said) / len(said),
                least=least,
                weakest=sorted(name for coverage, name in said if coverage <= least + 1e-9)[:3],
            )
        )
    return sorted(points, key=lambda point: (point.mean, point.name))[:_WEAKEST]


def _rows(ties: Ties, places: Iterable[tuple[int, str]]) -> list[ReachRow]:
    rows = [
        ReachRow(
            id=ties.members[at].id,
            name=ties.members[at].name,
            department=ties.members[at].department,
            beds=ties.members[at].beds,
            visits_per_day=ties.members[at].visits_per_day,
            through=through,
        )
        for at, through in places
    ]
    return sorted(rows, key=lambda row: (-row.beds, row.name))


def _has(member: Member, group: str, words: list[str]) -> bool:
    held = fold_words(f"{member.name} {member.id} {member.department} {member.region} {group}")
    return all(any(word in one for one in held) for word in words)
