"""Which counts may set the level: of those that count the same events, only the best-graded one."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from hygie.core.evidence import Evidence
from hygie.knowledge.records import CountObservation

__all__ = ["DoubleCount", "find_double_counts"]


@dataclass(frozen=True, slots=True)
class DoubleCount:
    """A count that may not enter the level as it stands.

    Parameters
    ----------
    count
        The count that is wrong.
    message, value, allowed, repair
        What is wrong, and what to do.
    """

    count: CountObservation
    message: str
    value: str
    allowed: str
    repair: str


def find_double_counts(counts: Sequence[CountObservation], evidence: Mapping[str, Evidence]) -> Iterator[DoubleCount]:
    """Yield what would make the same events enter the level twice, or a worse figure enter in place of a better one."""
    level = [count for count in counts if count.role == "level"]
    for index, count in enumerate(level):
        cited = [evidence[ref] for ref in count.evidence if ref in evidence]
        if cited and all(entry.derived is not None for entry in cited):
            yield DoubleCount(
                count,
                "a figure worked out from others sets the level",
                value=", ".join(count.evidence),
                allowed="at least one evidence entry without `derived:`",
                repair="give it `role: check`: it says nothing that the figures behind it do not say",
            )
        for other in level[index + 1 :]:
            if _may_share(count, other):
                yield DoubleCount(
                    other,
                    "two counts of the same events both set the level",
                    value=f"{count.ref} ({grade_of(count, evidence)}), {other.ref} ({grade_of(other, evidence)})",
                    allowed="one count with `role: level` for each class, population and day",
                    repair="keep the better-graded one, and give the other `role: check`",
                )
        for other in counts:
            if _is_better(other, count, evidence):
                yield DoubleCount(
                    count,
                    "a better-graded count of the same events exists",
                    value=f"{count.ref} ({grade_of(count, evidence)}), {other.ref} ({grade_of(other, evidence)})",
                    allowed="the best-graded of the counts that overlap",
                    repair=f"give “{other.ref}” `role: level`, and “{count.ref}” `role: check`",
                )


def grade_of(count: CountObservation, evidence: Mapping[str, Evidence]) -> str:
    """Return the best Admiralty grade among the direct evidence of a count; “F6” when there is none."""
    cited = (evidence[ref] for ref in count.evidence if ref in evidence)
    return min((entry.grade for entry in cited if entry.derived is None), default="F6")


def _may_share(one: CountObservation, other: CountObservation) -> bool:
    """Whether two counts may hold the same events: same class and population, and windows with a day in common."""
    # Full ISO dates sort as text.
    in_common = one.window_start <= other.window_end and other.window_start <= one.window_end
    return in_common and (one.threat_class, one.population) == (other.threat_class, other.population)


def _is_better(other: CountObservation, count: CountObservation, evidence: Mapping[str, Evidence]) -> bool:
    declared = other.ref in count.overlaps or count.ref in other.overlaps
    same_thing = (other.threat_class, frozenset(other.outcomes), other.window_start, other.window_end) == (
        count.threat_class,
        frozenset(count.outcomes),
        count.window_start,
        count.window_end,
    )
    alternative = other.role == "check" and declared and same_thing
    return alternative and grade_of(other, evidence) < grade_of(count, evidence)
