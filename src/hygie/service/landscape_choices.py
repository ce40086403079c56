"""What may be chosen on the page of the threat landscape: places, classes, actors, kinds, windows."""

from __future__ import annotations

from collections import Counter
from datetime import date

from pydantic import Field

from hygie.knowledge.landscape import Knowledge
from hygie.knowledge.landscape.select import ActorNames
from hygie.knowledge.records import UNKNOWN_ACTOR
from hygie.views.assessment import View
from hygie.views.incident import ChoiceView
from hygie.views.landscape_words import label_of, territory_label
from hygie.views.messages import Language, translator
from hygie.views.tile_map import load_tiles

__all__ = ["LandscapeChoices", "PresetView", "list_landscape_choices"]


class PresetView(View):
    """A window that is one click away."""

    label: str
    start: str = Field(description="YYYY-MM")
    end: str = Field(description="YYYY-MM")


class LandscapeChoices(View):
    """The words of each filter, most frequent first where they are many."""

    regions: list[ChoiceView]
    departments: list[ChoiceView]
    classes: list[ChoiceView]
    actors: list[ChoiceView]
    kinds: list[ChoiceView]
    presets: list[PresetView]


def list_landscape_choices(
    knowledge: Knowledge, *, sector: str, country: str, as_of: date, language: Language
) -> LandscapeChoices:
    """Return what filters of a sector and a country may say."""
    own = [item for item in knowledge.incidents if (item.victim.sector, item.victim.country) == (sector, country)]
    names = ActorNames(knowledge.actors)
    actors = Counter(names.resolve(item.actor.name) for item in own)
    kinds = Counter(item.victim.kind for item in own)
    classes = [item.id for item in knowledge.classes.values() if any(one.threat_class == item.id for one in own)]
    return LandscapeChoices(
        regions=[ChoiceView(id=tile.name, label=tile.name) for tile in load_tiles("regions")],
        departments=[
            ChoiceView(id=tile.code, label=territory_label("departments", tile.code))
            for tile in load_tiles("departments")
        ],
        classes=[ChoiceView(id=ref, label=knowledge.classes[ref].name.in_language(language)) for ref in classes],
        actors=[
            ChoiceView(id=ref, label=label_of("actor", ref, language) if ref == UNKNOWN_ACTOR else names.name(ref))
            for ref, _count in actors.most_common()
        ],
        kinds=[ChoiceView(id=kind, label=label_of("kind", kind, language)) for kind, _count in kinds.most_common()],
        presets=_list_presets([item.started_on for item in own], as_of, language),
    )


def _list_presets(dates: list[str], as_of: date, language: Language) -> list[PresetView]:
    _ = translator(language)
    now, first = f"{as_of:%Y-%m}", min((text[:4] for text in dates), default=f"{as_of.year - 5}")
    year_ago = f"{as_of.year - 1}-{as_of.month:02}" if as_of.month < 12 else f"{as_of.year}-01"
    after = f"{as_of.year - 1}-{as_of.month + 1:02}" if as_of.month < 12 else year_ago
    last = max((int(text[:4]) for text in dates), default=as_of.year)
    return [
        PresetView(label=_("Everything documented"), start=f"{first}-01", end=now),
        PresetView(label=_("Last 12 months"), start=after, end=now),
        PresetView(label=_("Last 3 years"), start=f"{as_of.year - 3}-{as_of.month:02}", end=now),
        *(PresetView(label=str(year), start=f"{year}-01", end=f"{year}-12") for year in range(last, last - 4, -1)),
    ]
