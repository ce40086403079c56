"""What the pages of portfolios show beside the figures of a study."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict

from hygie.views.portfolio_ties import Member

__all__ = [
    "ContractRow",
    "GroupChoice",
    "GroupView",
    "MemberPage",
    "MemberRow",
    "ReachRow",
    "ReachView",
    "RegisterChoices",
    "WeakPoint",
]


class _View(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class RegisterChoices(_View):
    """A register of the workspace, and what can be chosen from it: (value, label)."""

    kind: str
    name: str
    year: int
    entities: int
    sites: int
    synthetic: bool
    regions: list[tuple[str, str]]
    departments: list[tuple[str, str]]
    groups: list[tuple[str, str]]


class MemberRow(_View):
    """A member of a portfolio in a list, with the name of its territorial group."""

    member: Member
    group: str = ""
    providers: int = 0


class MemberPage(_View):
    """One page of a sorted list of members."""

    items: list[MemberRow]
    total: int
    page: int
    pages: int


class ReachRow(_View):
    """Who is reached when something is down; `through` names the member it came by, nothing for the first ones."""

    id: str
    name: str
    department: str
    beds: int
    visits_per_day: float
    through: str = ""


class ReachView(_View):
    """How far an outage or a strike can go along what is known of the portfolio; no figure of it is simulated.

    `beds` are those of all that is reached, neighbours too that only pass attacks on; `beds_assessed` leaves these out,
    and so does `beds_of_all`, the whole portfolio.
    """

    id: str
    name: str
    is_site: bool
    days: float
    first: list[ReachRow]
    next: list[ReachRow]
    beds: int
    beds_assessed: int
    beds_of_all: int
    visits: float


class ContractRow(_View):
    """A provider that several members of a group share."""

    id: str
    name: str
    kind: str
    clients: int
    tail_share: float | None = None


class WeakPoint(_View):
    """A control among the members that described theirs: mean and least coverage [share], and who has the least."""

    control: str
    name: str
    described: int
    mean: float
    least: float
    weakest: list[str]


class GroupChoice(_View):
    """A group that can be compared: its code, its name, its number of members."""

    id: str
    name: str
    members: int


class GroupView(_View):
    """Members of one group side by side, and what they have in common."""

    id: str
    name: str
    rows: list[MemberRow]
    more: int
    members: int
    loss_eur_per_y: float
    through_eur_per_y: float
    links_inside: int
    links_from_outside: int
    providers: list[ContractRow]
    weak_points: list[WeakPoint]
    described: int
