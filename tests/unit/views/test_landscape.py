"""The words of a landscape in both languages, and its view model."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from pydantic import ValidationError

from hygie.knowledge.importers.veris_mapping import NAICS_SECTORS
from hygie.views.landscape import BREAKDOWNS, SPREADS, GapView, LandscapeView
from hygie.views.landscape_words import (
    capitalise,
    country_label,
    date_label,
    format_ratio,
    is_country,
    join_words,
    label_of,
    month_label,
    say_events,
    say_months,
    say_victims,
    sector_label,
    territory_label,
    window_label,
)


@pytest.mark.parametrize(
    ("text", "precision", "english", "french"),
    [
        ("2022", "year", "2022", "2022"),
        ("2022-05-03", "year", "2022", "2022"),
        ("2022-05", "month", "May 2022", "mai 2022"),
        ("2022-05-03", "month", "May 2022", "mai 2022"),
        ("2022-08-21", "day", "21 August 2022", "21 août 2022"),
        ("2022-12-01", "day", "1 December 2022", "1er décembre 2022"),
        ("2022-12-01", "week", "week of 1 December 2022", "semaine du 1er décembre 2022"),
        ("2022-12-11", "day", "11 December 2022", "11 décembre 2022"),
    ],
)
def test_dates_are_told_as_far_as_they_can_be_trusted(text: str, precision: str, english: str, french: str) -> None:
    assert date_label(text, precision, "en") == english
    assert date_label(text, precision, "fr") == french


@pytest.mark.parametrize(
    ("first", "last", "english", "french"),
    [
        (date(2022, 1, 1), date(2023, 5, 31), "January 2022 to May 2023", "janvier 2022 à mai 2023"),
        (date(2021, 1, 1), date(2021, 12, 31), "2021", "2021"),
        (date(2019, 1, 1), date(2023, 12, 31), "2019 to 2023", "2019 à 2023"),
        (date(2022, 2, 1), date(2022, 2, 28), "February 2022", "février 2022"),
        (
            date(2022, 2, 1),
            date(2022, 2, 27),
            "1 February 2022 to 27 February 2022",
            "1er février 2022 à 27 février 2022",
        ),
    ],
)
def test_windows_have_the_shortest_true_name(first: date, last: date, english: str, french: str) -> None:
    assert window_label(first, last, "en") == english
    assert window_label(first, last, "fr") == french


def test_small_plurals_follow_the_language() -> None:
    assert [say_victims(n, "en") for n in (0, 1, 2)] == ["0 victims", "1 victim", "2 victims"]
    assert [say_victims(n, "fr") for n in (0, 1, 2)] == ["0 victime", "1 victime", "2 victimes"]
    assert (say_events(1200, "en"), say_events(1200, "fr")) == ("1,200 events", "1\u202f200 événements")
    assert [say_months(n, "fr") for n in (1, 17)] == ["1 mois", "17 mois"]


def test_lists_and_capitals() -> None:
    assert join_words(["a", "b", "c"], "fr") == "a, b et c"
    assert (join_words(["a"], "en"), join_words([], "en")) == ("a", "")
    assert capitalise("janvier 2022 à mai 2023") == "Janvier 2022 à mai 2023"


@pytest.mark.parametrize("language", ["en", "fr"])
@pytest.mark.parametrize(
    ("trait", "keys"),
    [
        ("care", ("effect", "none_stated", "none_known")),
        ("data", ("yes", "no", "claimed", "unknown", "not_reported")),
        ("ot", ("effect", "none_stated", "none_known")),
        ("date_basis", ("attack", "discovery", "leak_post", "disclosure")),
        ("census_class", ("ransomware", "ddos", "other")),
        ("confidence", ("high", "medium", "low", "none")),
        ("reliability", tuple("ABCDEF")),
        ("credibility", tuple("123456")),
        ("kind", ("chu", "ch", "ght", "nursing_home", "unknown")),
        ("actor", ("unknown",)),
    ],
)
def test_every_code_has_a_name_of_its_own(trait: str, keys: tuple[str, ...], language: str) -> None:
    names = [label_of(trait, key, language) for key in keys]
    assert len(set(names)) == len(keys)
    assert not set(names) & set(keys)


def test_codes_without_a_name_stay_as_they_are() -> None:
    assert label_of("kind", "spa", "fr") == "spa"
    assert label_of("region", "Corse", "fr") == "Corse"
    assert label_of("region", None, "fr") == "Non rapporté"
    assert label_of("data", None, "fr") == "Inconnu ou non rapporté"


def test_places_have_their_official_names() -> None:
    assert territory_label("departments", "2a") == "Corse-du-Sud (2A)"
    assert territory_label("regions", "ile de france") == "Île-de-France"
    assert territory_label("departments", "ZZ") == "ZZ"
    assert (country_label("FR", "en"), country_label("DE", "fr")) == ("France", "Allemagne")
    assert (is_country("FR"), is_country("EU"), is_country("fr")) == (True, False, False)
    assert (sector_label("health", "fr"), sector_label("real-estate", "fr")) == ("Secteur de la santé", "Immobilier")
    assert all(sector_label(ref, "fr") != ref.replace("-", " ") for ref in NAICS_SECTORS.values())
    assert sector_label("space-flight", "fr") == "space flight", "its ref in plain words when it has no name"
    assert month_label("2022-01", "fr") == "janvier 2022"


def test_ratios_close_to_one_keep_a_digit() -> None:
    assert [format_ratio(value, "en") for value in (0.5543, 1.0, 1.0481, 0.996, 34.7)] == [
        "0.55",
        "1",
        "1.05",
        "0.996",
        "35",
    ]
    assert format_ratio(1.0481, "fr") == "1,05"


def test_views_take_no_unknown_field() -> None:
    data: dict[str, Any] = {"id": "actor", "sentence": "Actor not known: 1 of 2.", "count": 1, "of": 2}
    assert GapView.model_validate(data).count == 1
    with pytest.raises(ValidationError, match="Extra inputs are not permitted"):
        GapView.model_validate({**data, "colour": "red"})


def test_every_field_of_the_page_is_typed_for_its_readers() -> None:
    schema = LandscapeView.model_json_schema()
    assert set(schema["required"]) == set(LandscapeView.model_fields)
    assert len(set(BREAKDOWNS)) == len(BREAKDOWNS)
    assert len(set(SPREADS)) == len(SPREADS)
