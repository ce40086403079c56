"""Many arrows as few lines: arrows of one colour that share an end are drawn as one line with branches."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

__all__ = ["Arrow", "Net", "bundle_arrows"]


@dataclass(frozen=True, slots=True)
class Arrow:
    """From one box to another, in the colour of a kind; `label` stands where it arrives."""

    source: str
    target: str
    kind: str
    label: str = ""


@dataclass(frozen=True, slots=True)
class Net:
    """Arrows that share their hub, which all leave (`outward`) or all reach, on one side of it.

    Attributes
    ----------
    below
        Whether the line touches the hub from below.
    """

    kind: str
    hub: str
    outward: bool
    below: bool
    arrows: tuple[Arrow, ...]

    def spoke(self, arrow: Arrow) -> str:
        """Return the end of an arrow that is not the hub."""
        return arrow.target if self.outward else arrow.source


def bundle_arrows(arrows: Sequence[Arrow], row_of: Mapping[str, int], *, outward_only: bool = False) -> list[Net]:
    """Return arrows as few nets: again and again the end that most remaining arrows of one kind share.

    Parameters
    ----------
    row_of
        The row of each box, counted from the top: a net reaches rows on one side of its hub.
    outward_only
        Bundle by where arrows start, only.

    Notes
    -----
    This is the greedy cover of a set by stars (Chvátal 1979, doi:10.1287/moor.4.3.233).
    """
    left = list(dict.fromkeys(arrow for arrow in arrows if arrow.source != arrow.target))
    nets: list[Net] = []
    while left:
        count: Counter[tuple[str, str, bool]] = Counter()
        for arrow in left:
            count[arrow.kind, arrow.source, True] += 1
            if not outward_only:
                count[arrow.kind, arrow.target, False] += 1
        # Counters keep the order of first sight: equal stars are taken in the order of the arrows.
        (kind, hub, outward), _ = count.most_common(1)[0]
        star = [a for a in left if a.kind == kind and (a.source if outward else a.target) == hub]
        left = [arrow for arrow in left if arrow not in star]
        nets += _split_sides(kind, hub, star, row_of, outward=outward)
    return nets


def _split_sides(kind: str, hub: str, star: Sequence[Arrow], row_of: Mapping[str, int], *, outward: bool) -> list[Net]:
    row = row_of[hub]
    ends = {arrow: row_of[arrow.target if outward else arrow.source] for arrow in star}
    above = [arrow for arrow in star if ends[arrow] < row]
    below = [arrow for arrow in star if ends[arrow] > row]
    beside = [arrow for arrow in star if ends[arrow] == row]
    # Neighbours in the row are reached from the side where there is a line already.
    if beside and above and not below:
        above += beside
    else:
        below += beside
    return [
        Net(kind, hub, outward, side is below, tuple(arrow for arrow in star if arrow in side))
        for side in (above, below)
        if side
    ]
