"""What ties the organisations of a portfolio: who they are, who depends on whom, which providers they share."""

from __future__ import annotations

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from hygie.views.messages import Language

__all__ = ["Contract", "Member", "Provider", "Tie", "Ties", "Words"]


class _View(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Words(_View):
    """A name in both languages."""

    fr: str
    en: str

    def read(self, language: str) -> str:
        """Return the name in a language."""
        return self.fr if language == "fr" else self.en


class Member(_View):
    """One organisation: where it is, how large, what it loses; `posture` where its owner described it.

    An organisation that is not `assessed` only passes attacks on.
    """

    id: str
    name: str
    assessed: bool = True
    category: str = ""
    region: str = ""
    department: str = ""
    ght: str = ""
    beds: int = 0
    visits_per_day: float = 0.0
    loss_eur_per_y: float = 0.0
    through_eur_per_y: float = 0.0
    tail_eur: float = 0.0
    bed_days_per_y: float = 0.0
    events_per_y: float = 0.0
    posture: Annotated[dict[str, float] | None, Field(description="coverage of controls [share]")] = None

    @property
    def through_share(self) -> float:
        """Share of its loss that comes through others."""
        return self.through_eur_per_y / self.loss_eur_per_y if self.loss_eur_per_y > 0.0 else 0.0


class Tie(_View):
    """An attack on the member at `source` can come to the one at `target`."""

    source: int
    target: int
    kind: str


class Provider(_View):
    """A shared provider."""

    id: str
    kind: str
    name: Words


class Contract(_View):
    """The member at `member` depends on the provider at `provider`."""

    provider: int
    member: int


class Ties(_View):
    """Members, links and contracts; kinds of links and providers, groups and controls by id."""

    members: list[Member]
    links: list[Tie]
    providers: list[Provider]
    contracts: list[Contract]
    kinds: dict[str, Words] = {}
    groups: dict[str, str] = {}
    controls: dict[str, Words] = {}

    def name_kind(self, kind: str, language: Language) -> str:
        """Return what a kind of link or of provider is called."""
        return self.kinds[kind].read(language) if kind in self.kinds else kind

    def clients_of(self, provider: int) -> list[int]:
        """Return the positions of the members that depend on a provider."""
        return [contract.member for contract in self.contracts if contract.provider == provider]

    def find_provider(self, ref: str) -> int | None:
        """Return the position of a provider; None when there is none."""
        return next((at for at, one in enumerate(self.providers) if one.id == ref), None)

    def find_member(self, ref: str) -> int | None:
        """Return the position of a member; None when there is none."""
        return next((at for at, one in enumerate(self.members) if one.id == ref), None)
