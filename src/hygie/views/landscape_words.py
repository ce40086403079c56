"""The words of a landscape: what its codes are called, dates and windows as people write them, small plurals."""

from __future__ import annotations

from calendar import monthrange
from datetime import date

from babel import Locale
from babel.dates import format_date

from hygie.views.messages import Translate, translator
from hygie.views.numbers import format_count, format_number, round_significant
from hygie.views.tile_map import Level, find_territory, load_tiles

__all__ = [
    "capitalise",
    "country_label",
    "date_label",
    "day_label",
    "format_ratio",
    "is_country",
    "join_words",
    "label_of",
    "month_label",
    "month_letters",
    "name_state",
    "say_events",
    "say_first",
    "say_months",
    "say_victims",
    "sector_label",
    "territory_label",
    "window_label",
]

# An actor whose state is at least this is called active; at most that, gone.
_ACTIVE, _GONE = 0.75, 0.05
_NO_COUNTRY = frozenset({"EU", "EZ", "QO", "UN", "XA", "XB", "ZZ"})


def label_of(trait: str, key: str | None, language: str) -> str:
    """Return what a value of a trait is called; the code itself when it has no name, and words for none reported.

    >>> label_of("care", None, "en"), label_of("kind", "chu", "fr")
    ('Not reported', 'Centre hospitalier universitaire')
    """
    _ = translator(language)
    if key is None:
        return _("Not known or not reported") if trait == "data" else _("Not reported")
    labels = _LABELS.get(trait)
    return labels(_).get(key, key) if labels else key


def _census_classes(_: Translate) -> dict[str, str]:
    return {
        "ransomware": _("Ransomware"),
        "ddos": _("Denial of service"),
        "other": _("Other compromise or attempt"),
    }


def _kinds(_: Translate) -> dict[str, str]:
    return {
        "cancer_centre": _("Cancer centre"),
        "ch": _("General hospital"),
        "ch_local": _("Local hospital"),
        "chu": _("University hospital"),
        "chu_site": _("Site of a university hospital"),
        "ght": _("Group of public hospitals"),
        "health_provider": _("Health provider"),
        "laboratory": _("Laboratory"),
        "nursing_home": _("Nursing home"),
        "occupational_health": _("Occupational health service"),
        "private_clinic": _("Private clinic"),
        "private_group": _("Group of private clinics"),
        "private_nonprofit": _("Private non-profit hospital"),
        "private_practice": _("Private practice"),
        "unknown": _("Kind not known"),
    }


def _care(_: Translate) -> dict[str, str]:
    return {
        "effect": _("Effect on care stated"),
        "none_stated": _("Stated that care was not affected"),
        "none_known": _("No effect known or reported"),
    }


def _data(_: Translate) -> dict[str, str]:
    return {
        "yes": _("Data published"),
        "no": _("No data published"),
        "claimed": _("Publication claimed by the attacker"),
        "unknown": _("Not known"),
        "not_reported": _("Not reported"),
    }


def _ot(_: Translate) -> dict[str, str]:
    return {
        "effect": _("Effect on building or medical systems stated"),
        "none_stated": _("Stated that they were not affected"),
        "none_known": _("No effect known or reported"),
    }


def _date_bases(_: Translate) -> dict[str, str]:
    return {
        "attack": _("Day of the attack"),
        "discovery": _("Day of discovery"),
        "leak_post": _("Day of the leak-site entry"),
        "disclosure": _("Day of disclosure"),
    }


def _confidences(_: Translate) -> dict[str, str]:
    return {
        "high": _("high confidence"),
        "medium": _("medium confidence"),
        "low": _("low confidence"),
        "none": _("no attribution"),
    }


def _reasons(_: Translate) -> dict[str, str]:
    return {
        "other_class": _("held here under another class"),
        "outside_population": _("kind of body outside the population of the count"),
        "unknown_actor": _("actor not known although the source names some"),
        "unnamed_actor": _("actor that the source does not name"),
        "low_confidence": _("attributed with low confidence"),
        "claim_only": _("publication of data claimed by the attacker, not confirmed"),
        "after_the_fact": _("dated by a leak-site entry or a disclosure"),
        "year_only": _("only the year is known"),
    }


def _reliabilities(_: Translate) -> dict[str, str]:
    return {
        "A": _("reliable source"),
        "B": _("usually reliable source"),
        "C": _("fairly reliable source"),
        "D": _("not usually reliable source"),
        "E": _("unreliable source"),
        "F": _("source that cannot be judged"),
    }


def _credibilities(_: Translate) -> dict[str, str]:
    return {
        "1": _("confirmed by other sources"),
        "2": _("probably true"),
        "3": _("possibly true"),
        "4": _("doubtful"),
        "5": _("improbable"),
        "6": _("truth cannot be judged"),
    }


def _actors(_: Translate) -> dict[str, str]:
    return {"unknown": _("Actor not known")}


_LABELS = {
    "actor": _actors,
    "care": _care,
    "census_class": _census_classes,
    "confidence": _confidences,
    "credibility": _credibilities,
    "data": _data,
    "date_basis": _date_bases,
    "kind": _kinds,
    "ot": _ot,
    "reason": _reasons,
    "reliability": _reliabilities,
}


def sector_label(sector: str, language: str) -> str:
    """Return what a sector is called; its ref in plain words when it has no name."""
    _ = translator(language)
    names = {
        "health": _("Health sector"),
        "agriculture": _("Agriculture"),
        "mining": _("Mining"),
        "utilities": _("Energy and water"),
        "construction": _("Construction"),
        "manufacturing": _("Manufacturing"),
        "wholesale": _("Wholesale trade"),
        "retail": _("Retail trade"),
        "transportation": _("Transport and storage"),
        "information": _("Information and media"),
        "finance": _("Finance and insurance"),
        "real-estate": _("Real estate"),
        "professional-services": _("Professional services"),
        "management-of-companies": _("Management of companies"),
        "business-services": _("Business services"),
        "education": _("Education"),
        "arts-and-recreation": _("Arts and recreation"),
        "hospitality": _("Hotels and restaurants"),
        "other-services": _("Other services"),
        "public-administration": _("Public administration"),
    }
    return names.get(sector, sector.replace("-", " "))


def name_state(state: float | None, language: str) -> str:
    """Return what a state of activity is called."""
    _ = translator(language)
    if state is None:
        return _("not followed")
    if state >= _ACTIVE:
        return _("active")
    return _("gone") if state <= _GONE else _("weakened")


def territory_label(level: Level, text: str) -> str:
    """Return the name of a French region or department, the latter with its code; the text itself when it is none.

    >>> territory_label("departments", "69"), territory_label("regions", "Provence-Alpes-Côte d'Azur")
    ('Rhône (69)', 'Provence-Alpes-Côte d’Azur')
    """
    code = find_territory(level, text)
    if code is None:
        return text
    name = next(tile.name for tile in load_tiles(level, collectivities=True) if tile.code == code)
    return f"{name} ({code})" if level == "departments" else name


def is_country(code: str) -> bool:
    """Return whether a code is that of a country or territory (ISO 3166-1 alpha-2).

    >>> is_country("FR"), is_country("ZZ")
    (True, False)
    """
    # Unicode names groups of countries (EU, UN) and the unknown one with codes of the same shape.
    return code in Locale("en").territories and code not in _NO_COUNTRY


def country_label(code: str, language: str) -> str:
    """Return the name of a country.

    >>> country_label("FR", "en")
    'France'
    """
    return str(Locale(language).territories.get(code, code))


def say_victims(number: int, language: str) -> str:
    """Return a number of victims.

    >>> say_victims(1, "en"), say_victims(29, "en")
    ('1 victim', '29 victims')
    """
    _ = translator(language)
    shown = format_count(number, language)
    return _("{n} victim", n=shown) if _is_one(number, language) else _("{n} victims", n=shown)


def say_events(number: int, language: str) -> str:
    """Return a number of events."""
    _ = translator(language)
    shown = format_count(number, language)
    return _("{n} event", n=shown) if _is_one(number, language) else _("{n} events", n=shown)


def month_letters(language: str) -> list[str]:
    """Return the months in one letter each.

    >>> "".join(month_letters("fr"))
    'JFMAMJJASOND'
    """
    return [str(format_date(date(2024, month, 1), "LLLLL", locale=language)) for month in range(1, 13)]


def say_months(number: int, language: str) -> str:
    """Return a number of months."""
    _ = translator(language)
    shown = format_count(number, language)
    return _("{n} month", n=shown) if _is_one(number, language) else _("{n} months", n=shown)


def _is_one(number: int, language: str) -> bool:
    return number == 1 or (language == "fr" and number == 0)


def join_words(parts: list[str], language: str) -> str:
    """Return a list in words.

    >>> join_words(["a", "b", "c"], "en")
    'a, b and c'
    """
    _ = translator(language)
    if len(parts) < 2:
        return "".join(parts)
    return _("{first} and {last}", first=", ".join(parts[:-1]), last=parts[-1])


def capitalise(text: str) -> str:
    """Return a text with a capital first; the rest is left as it is."""
    return text[:1].upper() + text[1:]


def format_ratio(ratio: float, language: str) -> str:
    """Return a ratio; one that is only close to one keeps a digit more.

    >>> format_ratio(0.554, "en"), format_ratio(1.048, "en")
    ('0.55', '1.05')
    """
    return format_number(ratio, language, digits=3 if round_significant(ratio) == 1.0 else 2)


def month_label(month: str, language: str) -> str:
    """Return a month written YYYY-MM in words.

    >>> month_label("2022-01", "fr")
    'janvier 2022'
    """
    return str(format_date(date.fromisoformat(f"{month}-01"), "MMMM y", locale=language))


def day_label(day: date, language: str) -> str:
    """Return a day in words; the first of a French month is an ordinal."""
    return say_first(str(format_date(day, "d MMMM y", locale=language)), language)


def say_first(text: str, language: str) -> str:
    """Return a date in words whose first day of a month is an ordinal, as French wants it.

    >>> say_first("1 mai 2024", "fr"), say_first("1 May 2024", "en")
    ('1er mai 2024', '1 May 2024')
    """
    return f"1er{text[1:]}" if language == "fr" and text.startswith("1 ") else text


def date_label(text: str, precision: str, language: str) -> str:
    """Return a date as far as it can be trusted, in words.

    >>> date_label("2022-12-01", "week", "en"), date_label("2022-05", "month", "fr")
    ('week of 1 December 2022', 'mai 2022')
    """
    _ = translator(language)
    if precision == "year" or len(text) == 4:
        return text[:4]
    if precision == "month" or len(text) == 7:
        return month_label(text[:7], language)
    day = day_label(date.fromisoformat(text), language)
    return _("week of {day}", day=day) if precision == "week" else day


def window_label(first: date, last: date, language: str) -> str:
    """Return a window in words: whole years and months by their names, else its days.

    >>> window_label(date(2022, 1, 1), date(2023, 5, 31), "en")
    'January 2022 to May 2023'
    >>> window_label(date(2021, 1, 1), date(2021, 12, 31), "fr")
    '2021'
    """
    _ = translator(language)
    whole = first.day == 1 and last.day == monthrange(last.year, last.month)[1]
    if whole and first.month == 1 and last.month == 12:
        start, end = str(first.year), str(last.year)
    elif whole:
        start, end = (month_label(day.isoformat()[:7], language) for day in (first, last))
    else:
        start, end = (day_label(day, language) for day in (first, last))
    return start if start == end else _("{start} to {end}", start=start, end=end)
