"""Views of made-up landscapes: every state that a page or a chart must be able to show, without a CTI base."""

from __future__ import annotations

import random
from calendar import monthrange
from collections import Counter
from collections.abc import Mapping, Sequence
from functools import cache
from statistics import median
from typing import Any

from PIL import ImageFont

from hygie.views.fonts import font_directory
from hygie.views.landscape import LandscapeView

CLASSES = {
    "ransomware": ("Ransomware", "Rançongiciel"),
    "extortion": ("Data theft and blackmail", "Vol de données et chantage"),
    "intrusion": ("Contained intrusion", "Intrusion contenue"),
    "ddos": ("Denial of service", "Déni de service"),
    "provider": ("Provider attacked or down", "Prestataire attaqué ou en panne"),
    "ot": ("Attack on building or medical systems", "Attaque des systèmes techniques ou biomédicaux"),
}
KINDS = {
    "hospital": ("Public hospital", "Hôpital public"),
    "private_clinic": ("Private clinic", "Clinique privée"),
    "university_hospital": ("University hospital", "Centre hospitalier universitaire"),
    "nursing_home": ("Nursing home", "Établissement d’hébergement pour personnes âgées"),
    "laboratory": ("Medical laboratory", "Laboratoire de biologie médicale"),
}
ACTORS = ["lockbit", "vice-society", "blackcat", "killnet", "ryuk", "unknown"]
PLACES = [("59", "Hauts-de-France"), ("75", "Île-de-France"), ("69", None), ("2A", "Corse"), ("974", "La Réunion")]


def incident(ref: str, *, language: str = "en", **changes: Any) -> dict[str, Any]:
    """Return one documented incident of June 2022; every field can be replaced."""
    row = {
        "ref": ref,
        "victim": f"Victim {ref}",
        "kind": "hospital",
        "town": None,
        "department": "59",
        "region": "Hauts-de-France",
        "date": "2022-06-15",
        "date_precision": "day",
        "date_basis": "attack",
        "date_basis_label": "attack",
        "part": "counted",
        "threat_class": "ransomware",
        "census_class": "ransomware",
        "event": None,
        "actor": "unknown",
        "confidence": "none",
        "care": "not_reported",
        "care_text": None,
        "ot_text": None,
        "data_leaked": "not_reported",
        "disruption_days": None,
        "note": None,
        "tlp": "clear",
        "sources": [],
    } | changes
    side = 1 if language == "fr" else 0
    row.setdefault("kind_label", KINDS.get(row["kind"], (row["kind"],) * 2)[side])
    row.setdefault("class_label", CLASSES.get(row["threat_class"], (row["threat_class"],) * 2)[side])
    row.setdefault("actor_label", row["actor"].title())
    row.setdefault("date_label", row["date"])
    return row


def many_incidents(number: int, *, first: int = 2019, last: int = 2023, language: str = "en") -> list[dict[str, Any]]:
    """Return incidents spread over years, places, kinds, classes and actors; the same ones every time."""
    rng = random.Random(number)
    rows = []
    for index in range(number):
        department, region = rng.choice(PLACES)
        actor = rng.choice(ACTORS)
        rows.append(
            incident(
                f"i{index}",
                language=language,
                date=f"{rng.randint(first, last)}-{rng.randint(1, 12):02d}",
                kind=rng.choice(list(KINDS)),
                threat_class=rng.choice(["ransomware"] * 5 + list(CLASSES)),
                department=rng.choice([department, f"{rng.randint(1, 19):02d}", None]),
                region=region if rng.random() < 0.5 else None,
                actor=actor,
                confidence="none" if actor == "unknown" else rng.choice(["high", "medium", "low"]),
                disruption_days=rng.choice([None, 0.0, round(rng.lognormvariate(2.5, 1.2), 1)]),
            )
        )
    return rows


def period(start: str, end: str, label: str = "2019–2023") -> dict[str, Any]:
    return {"start": start, "end": end, "known_until": end, "days": 1826, "label": label}


def counted(ref: str, count: int, *, threat_class: str = "ransomware", language: str = "en", **more: Any) -> Any:
    label = CLASSES[threat_class][1 if language == "fr" else 0]
    return {
        "ref": ref,
        "label": label,
        "threat_class": threat_class,
        "class_label": label,
        "count": count,
        "at_least": False,
        "low": max(count - 2.0 * count**0.5, 0.0),
        "high": count + 2.0 * count**0.5,
        "period": period("2021-01-01", "2021-12-31", "2021"),
        "position": "inside",
        "role": "level",
        "nested_in": None,
        "overlaps": [],
        "population": "fr-health",
        "definition": "Attacks reported.",
        "out_of_scope": False,
        "actors": [],
        "sources": [],
    } | more


def compared(ref: str, published: int, facilities: int, **more: Any) -> dict[str, Any]:
    return {
        "count": ref,
        "label": ref,
        "published": published,
        "at_least": False,
        "facilities": facilities,
        "events": facilities,
        "possible": 0,
        "after_the_fact": 0,
        "own_facilities": facilities,
        "own_events": facilities,
        "missing": max(published - facilities, 0),
        "surplus": max(facilities - published, 0),
        "compared": True,
        "sentences": [],
        "notes": [],
        "incidents": [],
    } | more


def make_landscape(
    rows: Sequence[Mapping[str, Any]],
    *,
    language: str = "en",
    window: tuple[str, str] = ("2019-01-01", "2023-12-31"),
    known_until: str | None = None,
    census: Sequence[tuple[dict[str, Any], dict[str, Any]]] = (),
    **changes: Any,
) -> LandscapeView:
    """Return the landscape of some incidents, counted as the service counts them."""
    side = 1 if language == "fr" else 0
    rows = [dict(row) for row in rows]
    own = [row for row in rows if row["part"] == "counted"]
    dated = [row for row in own if len(row["date"]) > 4]
    durations = [row for row in own if row["disruption_days"] is not None]
    data = {
        "language": language,
        "scope": {
            "sector": "health",
            "sector_label": "health",
            "country": "FR",
            "country_label": "France",
            "window": period(*window) | {"known_until": known_until or window[1]},
            "filters": [],
            "tlp_ceiling": None,
            "as_of": "2026-11-23",
        },
        "headline": [],
        "classes": [
            {"id": name, "label": labels[side], "independent": name not in ("ddos", "provider")}
            for name, labels in CLASSES.items()
        ],
        "census": {
            "title": "Census",
            "sentence": "",
            "counts": [count for count, _pair in census],
            "comparisons": [pair for _count, pair in census],
        },
        "facilities": len(own),
        "events": _count_events(own),
        "timeline": {
            "title": "In time",
            "sentence": "",
            "months": _list_months(dated, window, known_until or window[1]),
            "undated_facilities": len(own) - len(dated),
            "undated_events": _count_events([row for row in own if len(row["date"]) == 4]),
            "undated": [row["ref"] for row in own if len(row["date"]) == 4],
        },
        "breakdowns": {},
        "spreads": {
            "disruption_days": {
                "id": "disruption_days",
                "title": "Days",
                "sentence": "",
                "unit": "d",
                "facilities": len(own),
                "reported": len(durations),
                "estimated": sum(bool(row.get("estimated")) for row in durations),
                "zeros": sum(row["disruption_days"] == 0.0 for row in durations),
                "median": median([row["disruption_days"] for row in durations]) if durations else None,
                "low": None,
                "high": None,
                "values": [
                    {
                        "incident": row["ref"],
                        "victim": row["victim"],
                        "value": row["disruption_days"],
                        "estimated": bool(row.get("estimated")),
                        "note": None,
                    }
                    for row in durations
                ],
            }
        },
        "actors": {"title": "Actors", "sentence": "", "rows": _list_actors(own)},
        "campaigns": [],
        "trend": None,
        "comparison": None,
        "apart": [],
        "gaps": [],
        "incidents": [{key: value for key, value in row.items() if key != "estimated"} for row in rows],
        "methods": [],
        "reproduce": "hygie landscape",
        "packs": {},
        "version": "0.1.0",
    }
    return LandscapeView.model_validate(data | changes)


def _count_events(rows: Sequence[Mapping[str, Any]]) -> int:
    return len({row["event"] or row["ref"] for row in rows})


def _list_months(rows: Sequence[Mapping[str, Any]], window: tuple[str, str], known: str) -> list[dict[str, Any]]:
    months = []
    for number in range(
        12 * int(window[0][:4]) + int(window[0][5:7]) - 1, 12 * int(window[1][:4]) + int(window[1][5:7])
    ):
        month = f"{number // 12}-{number % 12 + 1:02d}"
        own = [row for row in rows if row["date"].startswith(month)]
        by_class = {name: [row for row in own if row["threat_class"] == name] for name in CLASSES}
        over = f"{month}-{monthrange(number // 12, number % 12 + 1)[1]}" <= known
        months.append(
            {
                "month": month,
                "label": month,
                "facilities": len(own),
                "events": _count_events(own),
                "facilities_by_class": {name: len(found) for name, found in by_class.items() if found},
                "events_by_class": {name: _count_events(found) for name, found in by_class.items() if found},
                "status": "not_over" if not over else "documented" if own else "none_documented",
                "incidents": [row["ref"] for row in own],
            }
        )
    return months


def _list_actors(rows: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    return [
        {
            "id": name,
            "label": name.title(),
            "kind": None,
            "facilities": len(own),
            "events": _count_events(own),
            "low": None,
            "high": None,
            "confidence": dict(Counter(row["confidence"] for row in own)),
            "classes": [],
            "named_by": [],
            "incidents": [row["ref"] for row in own],
        }
        for name in dict.fromkeys(row["actor"] for row in rows)
        for own in [[row for row in rows if row["actor"] == name]]
    ]


def contrast(one: str, other: str) -> float:
    """Return the contrast of two colours (WCAG 2.2, relative luminance)."""

    def luminance(colour: str) -> float:
        colour = {"white": "#ffffff"}.get(colour, colour)
        parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
        red, green, blue = (c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in parts)
        return 0.2126 * red + 0.7152 * green + 0.0722 * blue

    high, low = sorted((luminance(one), luminance(other)), reverse=True)
    return (high + 0.05) / (low + 0.05)


@cache
def face(size: float, weight: int) -> ImageFont.FreeTypeFont:
    """Return the typeface of the charts at twenty times a size: glyph widths are rounded to pixels."""
    name = "SourceSansPro-Semibold.otf" if weight >= 600 else "SourceSansPro-Regular.otf"
    return ImageFont.truetype(font_directory() / name, round(size * 20))
