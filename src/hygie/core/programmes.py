"""Insurance as arrays can use it: a programme is coverages, then a tower of layers; a treaty protects an insurer.

Amounts are euros of 2024 and per event unless a name says annual. ``inf`` is “no limit”.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import inf
from typing import Literal, get_args

from hygie.core.errors import ModelError
from hygie.core.tables import FORMS

__all__ = ["ACCRUING_FORMS", "Basis", "Coverage", "Layer", "Programme", "Treaty", "TreatyKind", "find_overlap"]

Basis = Literal["economic", "own"]
TreatyKind = Literal["quota_share", "per_risk", "per_event", "stop_loss"]

ACCRUING_FORMS = ("activity",)
"""Forms that grow with the hours of an outage: a waiting period cuts these and no other."""


def _require(ok: bool, message: str, *, field: str, value: object, allowed: str, repair: str) -> None:
    if not ok:
        raise ModelError(message, field=field, value=value, allowed=allowed, repair=repair)


def _require_amount(value: float, *, field: str) -> None:
    _require(
        value >= 0.0,
        f"“{field}” is negative or not a number",
        field=field,
        value=value,
        allowed="0 or more [EUR_2024]",
        repair="write the amount without a sign",
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Coverage:
    """One head of cover: which forms of loss it takes, and what it pays of them in one event.

    Parameters
    ----------
    forms
        Names in ``FORMS``; a form belongs to one coverage at most, what belongs to none is not insured.
    waiting_h
        Hours of outage before lost activity counts [h].
    deductible_eur, sub_limit_eur
        The coverage pays ``min(sub_limit, max(0, x - deductible))`` of an event [EUR_2024].
    """

    id: str
    forms: tuple[str, ...]
    waiting_h: float = 0.0
    deductible_eur: float = 0.0
    sub_limit_eur: float = inf

    def __post_init__(self) -> None:
        for form in self.forms:
            _require(
                form in FORMS,
                f"unknown form of loss “{form}”",
                field="forms",
                value=form,
                allowed=", ".join(FORMS),
                repair="use one of the listed names",
            )
        for field in ("waiting_h", "deductible_eur", "sub_limit_eur"):
            _require_amount(getattr(self, field), field=field)


@dataclass(frozen=True, slots=True, kw_only=True)
class Layer:
    """One layer of a tower: `limit` in excess of `attachment`, a share of it, and what a year may use of it.

    Parameters
    ----------
    attachment_eur, limit_eur
        Of one event the layer takes ``min(limit, max(0, y - attachment))`` [EUR_2024].
    aggregate_deductible_eur, aggregate_limit_eur
        The layer pays nothing before the annual sum of what it takes passes the first, and never more than the
        second in a year [EUR_2024].
    share
        Share of the layer that this insurer pays, in (0, 1].
    reinstatements
        How often a used limit comes back in a year; None when only the aggregate limit counts.
    reinstatement_price
        Premium of a full reinstatement as a share of the layer's premium; 0 for a free one.
    reinstatement_by_time
        Whether that premium is also in proportion to what is left of the year.
    premium_eur
        Premium of the year for this share, before reinstatements [EUR_2024]; None when it is not known.
    """

    id: str
    attachment_eur: float = 0.0
    limit_eur: float = inf
    aggregate_deductible_eur: float = 0.0
    aggregate_limit_eur: float = inf
    share: float = 1.0
    reinstatements: int | None = None
    reinstatement_price: float = 0.0
    reinstatement_by_time: bool = False
    premium_eur: float | None = None

    def __post_init__(self) -> None:
        for field in ("attachment_eur", "aggregate_deductible_eur", "reinstatement_price"):
            _require_amount(getattr(self, field), field=field)
        for field in ("limit_eur", "aggregate_limit_eur"):
            value = getattr(self, field)
            _require(
                value > 0.0,
                f"“{field}” is not above 0",
                field=field,
                value=value,
                allowed="above 0 [EUR_2024], or inf for no limit",
                repair="remove a layer that pays nothing",
            )
        _require(
            0.0 < self.share <= 1.0,
            "a share of a layer is outside (0, 1]",
            field="share",
            value=self.share,
            allowed="above 0, at most 1",
            repair="write 0.8 for 80 %",
        )
        if self.premium_eur is not None:
            _require_amount(self.premium_eur, field="premium_eur")
        if self.reinstatements is not None:
            _require(
                self.reinstatements >= 0 and self.limit_eur < inf,
                "reinstatements need a limit to bring back",
                field="reinstatements",
                value=self.reinstatements,
                allowed="0 or more, on a layer with a limit",
                repair="give the layer a limit, or leave the reinstatements out",
            )

    @property
    def annual_limit_eur(self) -> float:
        """Most that the whole layer can take in a year, before the share [EUR_2024]."""
        if self.reinstatements is None:
            return self.aggregate_limit_eur
        return min(self.aggregate_limit_eur, (self.reinstatements + 1) * self.limit_eur)


@dataclass(frozen=True, slots=True, kw_only=True)
class Programme:
    """Coverages, one deductible over all of them, and the tower above.

    Parameters
    ----------
    deductible_eur
        Taken off the sum of the coverages, per event [EUR_2024].
    basis
        ``economic``: forms as simulated; ``own``: each form times the share of the event's loss that public
        compensation leaves to the organisation.
    complaint_filed
        Probability that a complaint is filed in time after an event; without it nothing is paid.
    """

    coverages: tuple[Coverage, ...]
    layers: tuple[Layer, ...]
    deductible_eur: float = 0.0
    basis: Basis = "economic"
    complaint_filed: float = 1.0

    def __post_init__(self) -> None:
        _require_amount(self.deductible_eur, field="deductible_eur")
        _require(
            0.0 <= self.complaint_filed <= 1.0,
            "the probability of a complaint is outside [0, 1]",
            field="complaint_filed",
            value=self.complaint_filed,
            allowed="0 to 1",
            repair="write 0.95 for 95 %",
        )
        _require(
            self.basis in get_args(Basis),
            f"unknown basis “{self.basis}”",
            field="basis",
            value=self.basis,
            allowed=", ".join(get_args(Basis)),
            repair="choose one of the two",
        )
        _require(
            bool(self.coverages) and bool(self.layers),
            "a programme without coverage or without layer pays nothing",
            field="layers",
            value=f"{len(self.coverages)} coverages, {len(self.layers)} layers",
            allowed="at least one of each",
            repair="one layer without limit pays everything above the deductibles",
        )
        forms = [form for coverage in self.coverages for form in coverage.forms]
        for form in forms:
            _require(
                forms.count(form) == 1,
                f"the form “{form}” belongs to two coverages",
                field="forms",
                value=form,
                allowed="one coverage for each form",
                repair="remove it from one of them, or join the two",
            )
        overlap = find_overlap(self.layers)
        if overlap is not None:
            first, second, amount, total = overlap
            raise ModelError(
                f"layers “{self.layers[first].id}” and “{self.layers[second].id}” overlap",
                field="layers",
                value=f"just above {amount:,.0f} EUR they pay {total:.0%} of the loss",
                allowed="at most 100 % of any euro of loss",
                repair="raise the attachment of the upper one, lower the limit of the lower one, or lower their shares",
            )


def find_overlap(layers: Sequence[Layer]) -> tuple[int, int, float, float] | None:
    """Return two layers that together pay a euro more than once, the amount where it starts, and the total share."""
    for place in sorted({layer.attachment_eur for layer in layers}):
        here = [
            index
            for index, layer in enumerate(layers)
            if layer.attachment_eur <= place < layer.attachment_eur + layer.limit_eur
        ]
        total = sum(layers[index].share for index in here)
        if total > 1.0 + 1e-9:
            return here[0], here[1], place, total
    return None


@dataclass(frozen=True, slots=True, kw_only=True)
class Treaty:
    """Reinsurance of a portfolio of insured losses; treaties apply one after the other, each to what is left.

    Parameters
    ----------
    kind
        ``quota_share``: a share of every loss; ``per_risk``: excess of each insured's loss in an event;
        ``per_event``: excess of the sum over insureds of one event; ``stop_loss``: excess of the annual sum.
    terms
        Attachment, limit, aggregates, share and reinstatements. A stop loss reads `aggregate_deductible_eur` and
        `aggregate_limit_eur`.
    """

    kind: TreatyKind
    terms: Layer

    def __post_init__(self) -> None:
        _require(
            self.kind in get_args(TreatyKind),
            f"unknown kind of treaty “{self.kind}”",
            field="kind",
            value=self.kind,
            allowed=", ".join(get_args(TreatyKind)),
            repair="choose one of the listed kinds",
        )
        _require(
            self.kind != "quota_share" or self.terms.attachment_eur == 0.0,
            "a quota share has no attachment",
            field="attachment_eur",
            value=self.terms.attachment_eur,
            allowed="0",
            repair="use per_risk or per_event for an excess",
        )
