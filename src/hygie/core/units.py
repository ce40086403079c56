"""A closed list of units. Conversion to the canonical unit happens once, at loading."""

from __future__ import annotations

from dataclasses import dataclass

from hygie.core.errors import UnitError, suggest

__all__ = ["DAYS_PER_YEAR", "HOURS_PER_DAY", "HOURS_PER_YEAR", "UNITS", "Unit", "convert_factor", "get_unit"]

HOURS_PER_DAY = 24.0
DAYS_PER_YEAR = 365.25
HOURS_PER_YEAR = HOURS_PER_DAY * DAYS_PER_YEAR


@dataclass(frozen=True, slots=True)
class Unit:
    """A unit, the canonical unit of its dimension, and the factor between them."""

    symbol: str
    canonical: str
    factor: float
    lower: float | None = 0.0
    upper: float | None = None


def _table() -> dict[str, Unit]:
    rows: list[Unit] = [
        Unit("1", "1", 1.0, lower=None),
        Unit("logit", "logit", 1.0, lower=None),
        Unit("share", "share", 1.0, upper=1.0),
        Unit("percent", "share", 0.01, upper=100.0),
        # durations, canonical hour
        Unit("min", "h", 1.0 / 60.0),
        Unit("h", "h", 1.0),
        Unit("d", "h", HOURS_PER_DAY),
        Unit("week", "h", 7.0 * HOURS_PER_DAY),
        Unit("month", "h", HOURS_PER_YEAR / 12.0),
        Unit("y", "h", HOURS_PER_YEAR),
        # rates
        Unit("1/y", "1/y", 1.0),
        Unit("1/month", "1/y", 12.0),
        Unit("1/h", "1/h", 1.0),
        Unit("1/d", "1/h", 1.0 / HOURS_PER_DAY),
    ]
    for prefix, factor in (("", 1.0), ("k", 1e3), ("M", 1e6)):
        rows.append(Unit(f"{prefix}EUR_2024", "EUR_2024", factor))
    counted = (
        "persons",
        "beds",
        "sites",
        "entities",
        "devices",
        "stays",
        "visits",
        "operations",
        "consultations",
        "fte",
        "hosts",
    )
    for thing in counted:
        rows.append(Unit(thing, thing, 1.0))
    for denominator in ("h", "host", "device", "person", "fte", "bed", "entity", "operation", "y"):
        rows.append(Unit(f"EUR_2024/{denominator}", f"EUR_2024/{denominator}", 1.0))
        rows.append(Unit(f"kEUR_2024/{denominator}", f"EUR_2024/{denominator}", 1e3))
    rows.append(Unit("EUR_2024/d", "EUR_2024/h", 1.0 / HOURS_PER_DAY))
    for owned in ("host", "device", "fte", "bed", "entity"):
        rows.append(Unit(f"EUR_2024/{owned}/y", f"EUR_2024/{owned}/y", 1.0))
    for ratio in (
        "hosts/bed",
        "hosts/fte",
        "devices/bed",
        "h/host",
        "h/bed",
        "operations/room",
        "persons/bed",
        "consultations/fte",
    ):
        rows.append(Unit(ratio, ratio, 1.0))
    return {unit.symbol: unit for unit in rows}


UNITS: dict[str, Unit] = _table()


def get_unit(symbol: str) -> Unit:
    """Return the unit called `symbol`.

    Raises
    ------
    UnitError
        When the unit is not in the closed list.
    """
    try:
        return UNITS[symbol]
    except KeyError:
        raise UnitError(
            f"unknown unit “{symbol}”",
            value=symbol,
            allowed="one of the units listed in docs/reference/units.md",
            repair=suggest(symbol, UNITS) or "use a unit of the closed list",
        ) from None


def convert_factor(symbol: str, *, to: str) -> float:
    """Return the factor that turns a value in `symbol` into one in the canonical unit `to`.

    >>> convert_factor("d", to="h")
    24.0
    """
    unit = get_unit(symbol)
    target = get_unit(to)
    if unit.canonical != target.canonical:
        raise UnitError(
            f"a quantity in “{symbol}” cannot be read as “{to}”",
            value=symbol,
            allowed=", ".join(sorted(u.symbol for u in UNITS.values() if u.canonical == target.canonical)),
            repair=f"state the quantity in {target.canonical} or another unit of the same kind",
        )
    return unit.factor / target.factor
