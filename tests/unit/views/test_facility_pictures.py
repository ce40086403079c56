"""Pictures of a facility: everything is there once, words fit and stay apart, names that attack do nothing."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Callable, Iterator
from itertools import product
from pathlib import Path as FilePath
from xml.etree import ElementTree

import pytest

from hygie.core.errors import StoreError, UsageError
from hygie.views.charts_facility import FACILITY_PICTURE_IDS, draw_facility_picture, export_facility_picture
from hygie.views.charts_network import draw_network, tabulate_network
from hygie.views.charts_zone_graph import (
    draw_attack_ways,
    draw_needs,
    format_delay,
    tabulate_attack_ways,
    tabulate_needs,
)
from hygie.views.facility import FacilityGraphView, FacilityView
from hygie.views.messages import translator
from hygie.views.picture import Box, Disc, Group, Mark, Path, Picture, Text, picture_png
from hygie.views.zone_merging import merge_sites
from landscape_view_kit import contrast, face
from view_kit import HOSTILE
from zone_graph_kit import make_facility, make_network, make_zone_graph

LANGUAGES = ("fr", "en")
Frame = tuple[float, float, float, float]


def flatten(marks: tuple[Mark, ...], x: float = 0.0, y: float = 0.0) -> Iterator[tuple[Mark, float, float]]:
    """Yield each mark with the place of its group."""
    for mark in marks:
        if isinstance(mark, Group):
            yield from flatten(mark.marks, x + mark.x, y + mark.y)
        else:
            yield mark, x, y


def frames_of_texts(picture: Picture) -> list[tuple[Frame, str]]:
    """Return left, top, right, bottom [px] of each text, measured with the typeface itself."""
    frames = []
    for mark, x, y in flatten(picture.marks):
        if isinstance(mark, Text):
            wide = face(mark.size, mark.weight).getlength(mark.text) * mark.size / round(mark.size * 20)
            left = x + mark.x - wide * {"start": 0.0, "middle": 0.5, "end": 1.0}[mark.anchor]
            base = y + mark.y
            frames.append(((left, base - 0.72 * mark.size, left + wide, base + 0.2 * mark.size), mark.text))
    return frames


def frames_of_boxes(picture: Picture) -> list[tuple[Frame, str]]:
    """Return the boxes that carry a name."""
    return [
        ((x + mark.x, y + mark.y, x + mark.x + mark.width, y + mark.y + mark.height), mark.note)
        for mark, x, y in flatten(picture.marks)
        if isinstance(mark, Box) and mark.note
    ]


def overlap(one: Frame, other: Frame) -> bool:
    wide = min(one[2], other[2]) - max(one[0], other[0])
    high = min(one[3], other[3]) - max(one[1], other[1])
    return wide > 0.5 and high > 0.5


def check_words(picture: Picture) -> None:
    """Fail when a text leaves the picture or a box, or touches another text."""
    texts, boxes = frames_of_texts(picture), frames_of_boxes(picture)
    for frame, text in texts:
        assert frame[0] >= 0.0, text
        assert frame[1] >= 0.0, text
        assert frame[2] <= picture.width, text
        assert frame[3] <= picture.height, text
        for box, _name in boxes:
            middle = ((frame[0] + frame[2]) / 2, (frame[1] + frame[3]) / 2)
            if box[0] < middle[0] < box[2] and box[1] < middle[1] < box[3]:
                assert box[0] <= frame[0], text
                assert frame[2] <= box[2], text
                assert box[1] - 1.0 <= frame[1], text
                assert frame[3] <= box[3] + 1.0, text
    for index, (one, text) in enumerate(texts):
        for other, other_text in texts[index + 1 :]:
            assert not overlap(one, other), (text, other_text)


def lines_of(picture: Picture) -> list[Path]:
    """Return the coloured lines of a drawing, without their pale edges and the key."""
    [group] = [mark for mark in picture.marks if isinstance(mark, Group)]
    return [mark for mark in group.marks if isinstance(mark, Path) and mark.line not in ("", "white")]


DRAWN: list[tuple[str, Callable[[str], Picture]]] = [
    ("attack_ways", lambda language: draw_attack_ways(make_zone_graph(language))),
    ("needs", lambda language: draw_needs(make_zone_graph(language))),
    *(
        (
            f"network {members}+{sites}",
            lambda language, m=members, s=sites: draw_network(make_network(m, sites=s, language=language)),
        )
        for members, sites in ((0, 0), (1, 0), (12, 5), (13, 0), (40, 3), (3, 40))
    ),
]


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize(("name", "draw"), DRAWN, ids=[name for name, _ in DRAWN])
def test_words_fit_and_stay_apart(name: str, draw: Callable[[str], Picture], language: str) -> None:
    picture = draw(language)
    check_words(picture)
    boxes = frames_of_boxes(picture)
    for index, (one, note) in enumerate(boxes):
        for other, other_note in boxes[index + 1 :]:
            assert not overlap(one, other), (note, other_note)
    # At most a tenth smaller on a page of 1,200 pixels: words of 14 pixels stay legible.
    assert picture.width <= 1330.0, name
    assert picture.height <= 1400.0, name


@pytest.mark.parametrize(("name", "draw"), DRAWN, ids=[name for name, _ in DRAWN])
def test_pictures_are_well_formed_and_the_same_twice(name: str, draw: Callable[[str], Picture]) -> None:
    picture = draw("fr")
    assert picture.svg == draw("fr").svg, name
    root = ElementTree.fromstring(picture.svg)  # noqa: S314 - our own text
    assert root.get("role") == "img"
    assert root.get("aria-label") == picture.sentence
    written = "".join(root.itertext())
    assert all(word in written for word in picture.sentence.split())
    assert picture_png(picture, scale=1.0).startswith(b"\x89PNG")
    assert len(picture.svg) < 200_000


def test_every_zone_and_every_way_is_drawn_once() -> None:
    view = make_zone_graph()
    picture = draw_attack_ways(view)
    names = [note for _frame, note in frames_of_boxes(picture)]
    assert sorted(names) == sorted(
        [zone.label for zone in view.zones]
        + ["Exposed service", "Exposed device", "Phishing · Removable media", "Valid account"]
        + ["Third party", "Remote maintenance"]
    )
    entered = {way.zone for way in view.entries}
    pairs = {(way.source, way.target, way.kind) for way in view.passages}
    assert len(pairs) == len(view.passages)
    assert len(lines_of(picture)) == len(view.passages) + len(entered)
    assert len({mark.d for mark in lines_of(picture)}) == len(view.passages) + len(entered)
    machines = [text for _frame, text in frames_of_texts(picture) if re.fullmatch(r"[\d,]+ machines", text)]
    assert sorted(machines) == sorted(f"{zone.hosts:,} machines" for zone in view.zones)


def test_every_need_is_drawn_once_with_its_time() -> None:
    view = make_zone_graph()
    picture = draw_needs(view)
    assert len(lines_of(picture)) == len(view.needs)
    _ = translator("en")
    shown = [text for _frame, text in frames_of_texts(picture)]
    for delay in {format_delay(need.autonomy_h, _, "en") for need in view.needs}:
        count = sum(format_delay(need.autonomy_h, _, "en") == delay for need in view.needs)
        assert shown.count(delay) == count


@pytest.mark.parametrize(
    ("hours", "english", "french"), [(0.0, "0 h", "0 h"), (0.5, "0.5 h", "0,5 h"), (72.0, "3 d", "3 j")]
)
def test_delays_are_short(hours: float, english: str, french: str) -> None:
    assert format_delay(hours, translator("en"), "en") == english
    assert format_delay(hours, translator("fr"), "fr").replace("\u00a0", " ") == french


def test_words_are_readable_on_white() -> None:
    for picture in (draw_attack_ways(make_zone_graph()), draw_needs(make_zone_graph()), draw_network(make_network(3))):
        for mark, _x, _y in flatten(picture.marks):
            if isinstance(mark, Text):
                assert contrast(mark.fill, "#eaf2f8") >= 4.5, mark.text


def test_a_pointer_over_a_line_reads_its_ends() -> None:
    notes = {mark.note for mark in lines_of(draw_attack_ways(make_zone_graph()))}
    assert {"Directory → Backups", "Third party → External interconnection"} <= notes


@pytest.mark.parametrize("members", [0, 5, 40])
def test_every_link_is_drawn_once_and_every_node_is_there(members: int) -> None:
    view = make_network(members, sites=4)
    picture = draw_network(view)
    assert len(lines_of(picture)) == len(view.edges)
    discs = [mark for mark, _x, _y in flatten(picture.marks) if isinstance(mark, Disc)]
    with_beds = [node for node in view.nodes if node.kind in ("neighbour", "site")]
    assert len(discs) == len(with_beds)
    largest = max(with_beds, key=lambda node: node.beds or 0)
    assert largest.label in max(discs, key=lambda disc: disc.radius).note


def test_the_area_of_a_circle_is_as_its_beds() -> None:
    discs = {mark.note: mark for mark, _x, _y in flatten(draw_network(make_network(4)).marks) if isinstance(mark, Disc)}
    radii = sorted((disc.radius for disc in discs.values()), reverse=True)
    assert radii[0] ** 2 / radii[1] ** 2 == pytest.approx(1420 / 720)


def test_an_empty_graph_is_a_picture_too() -> None:
    view = make_zone_graph().model_copy(update={"entries": [], "passages": [], "needs": []})
    for picture in (draw_attack_ways(view), draw_needs(view)):
        check_words(picture)
        assert lines_of(picture) == []


def poison(data: object) -> object:
    """Return data with every text that people see replaced by one that attacks."""
    if isinstance(data, dict):
        seen = ("label", "name", "basis", "template", "kind_label", "site")
        return {k: HOSTILE * 3 if k in seen and isinstance(v, str) else poison(v) for k, v in data.items()}
    return [poison(item) for item in data] if isinstance(data, list) else data


@pytest.mark.parametrize("picture_id", FACILITY_PICTURE_IDS)
def test_names_that_attack_do_nothing(picture_id: str) -> None:
    view = FacilityView.model_validate(poison(make_facility().model_dump(mode="json")))
    picture = draw_facility_picture(view, picture_id)
    svg = picture.svg
    root = ElementTree.fromstring(svg)  # noqa: S314 - our own text
    kinds = {element.tag.rpartition("}")[2] for element in root.iter()}
    assert kinds <= {"svg", "g", "rect", "circle", "path", "text", "title"}
    assert "\u202e" not in svg
    assert "\u2067" not in svg
    check_words(picture)
    assert picture_png(picture, scale=0.5).startswith(b"\x89PNG")


@pytest.mark.parametrize("name", ["x" * 200, "É" * 200, "W " * 100, "\x00\x1b[31m\ufffe\ud7ff", "院" * 60])
def test_odd_names_stay_in_their_boxes(name: str) -> None:
    view = make_zone_graph()
    zones = [zone.model_copy(update={"label": name}) if i % 3 == 0 else zone for i, zone in enumerate(view.zones)]
    for picture in (
        draw_attack_ways(view.model_copy(update={"zones": zones})),
        draw_network(make_network(15, name=name)),
    ):
        ElementTree.fromstring(picture.svg)  # noqa: S314 - our own text
        # The typeface has no Chinese: what stands in for it is as wide as it likes.
        if "院" not in name:
            check_words(picture)


# Several sites


def repeat_by_site(view: FacilityGraphView, zone_id: str, sites: int) -> FacilityGraphView:
    """Return a graph with one copy of a zone for each site, joined as the zone was."""
    [zone] = [zone for zone in view.zones if zone.id == zone_id]
    names = [zone_id, *(f"{zone_id}_s{i}" for i in range(1, sites))]
    copies = [
        zone.model_copy(update={"id": name, "label": f"{zone.label} · Site {i}", "site": f"Site {i}"})
        for i, name in enumerate(names)
    ]

    def spread(name: str) -> list[str]:
        return names if name == zone_id else [name]

    return view.model_copy(
        update={
            "zones": [one for z in view.zones for one in (copies if z.id == zone_id else [z])],
            "passages": [
                way.model_copy(update={"source": source, "target": target})
                for way in view.passages
                for source, target in product(spread(way.source), spread(way.target))
            ],
            "needs": [
                need.model_copy(update={"zone": one, "needs": other})
                for need in view.needs
                for one, other in product(spread(need.zone), spread(need.needs))
            ],
        }
    )


def test_copies_at_several_sites_are_one_pile() -> None:
    view = repeat_by_site(make_zone_graph(), "office", 4)
    boxes, box_of = merge_sites(view)
    assert len(boxes) == 33
    [office] = [box for box in boxes if box.id == "office"]
    assert (office.label, len(office.zones), office.hosts) == ("Office workstations", 4, 3600)
    assert {box_of[f"office_s{i}"] for i in (1, 2, 3)} == {"office"}
    picture = draw_attack_ways(view)
    check_words(picture)
    assert "3,600 machines · 4 sites" in [text for _frame, text in frames_of_texts(picture)]
    assert len(lines_of(picture)) == len(lines_of(draw_attack_ways(make_zone_graph())))
    assert "A pile of boxes is one zone for each site: 33 boxes in all." in picture.sentence


def test_copies_that_are_joined_otherwise_stay_apart() -> None:
    view = repeat_by_site(make_zone_graph(), "office", 3)
    extra = view.passages[0].model_copy(update={"source": "office_s1", "target": "backup"})
    boxes, box_of = merge_sites(view.model_copy(update={"passages": [*view.passages, extra]}))
    assert len(boxes) == 35
    assert box_of["office_s1"] == "office_s1"
    between = extra.model_copy(update={"target": "office_s2"})
    assert len(merge_sites(view.model_copy(update={"passages": [*view.passages, between]}))[0]) == 35


# Files


def test_tables_hold_every_line_and_no_formula() -> None:
    view = make_zone_graph()
    ways = list(csv.reader(io.StringIO(tabulate_attack_ways(view))))
    assert ways[0] == ["From", "To", "What an attack does", "Step", "Machines there"]
    assert len(ways) == 1 + len(view.entries) + len(view.passages)
    needs = list(csv.reader(io.StringIO(tabulate_needs(view))))
    assert needs[1] == ["Mail", "Directory", "12", "0.8"]
    assert len(needs) == 1 + len(view.needs)
    network = make_network(3, name="=1+1")
    rows = list(csv.reader(io.StringIO(tabulate_network(network))))
    assert len(rows) == 1 + len(network.edges)
    assert not any(cell.startswith("=") for row in rows for cell in row)


@pytest.mark.parametrize(("ending", "start"), [("svg", b"<svg "), ("PNG", b"\x89PNG"), ("csv", b"\xef\xbb\xbfFrom")])
def test_the_ending_says_what_is_written(tmp_path: FilePath, ending: str, start: bytes) -> None:
    path = tmp_path / f"picture.{ending}"
    export_facility_picture(make_facility(), "attack_ways", path)
    assert path.read_bytes().startswith(start)


def test_other_endings_and_places_are_refused(tmp_path: FilePath) -> None:
    with pytest.raises(UsageError, match="names no picture"):
        export_facility_picture(make_facility(), "needs", tmp_path / "a.pdf")
    with pytest.raises(StoreError, match="could not be written"):
        export_facility_picture(make_facility(), "needs", tmp_path / "absent" / "a.svg")
    with pytest.raises(UsageError, match="no such picture"):
        draw_facility_picture(make_facility(), "attacks")
    assert list(tmp_path.iterdir()) == []
