"""A facility, in the terminal."""

from __future__ import annotations

from collections.abc import Iterable

from rich.console import Console
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from hygie.views.charts_layout import clean_label
from hygie.views.charts_network import say_beds
from hygie.views.charts_zone_graph import band_label
from hygie.views.facility import BANDS, FacilityView, NetworkNode
from hygie.views.messages import Translate, translator
from hygie.views.numbers import format_count, format_percent
from hygie.views.posture import label_origin
from hygie.views.zone_merging import ZoneBox, merge_sites

__all__ = ["print_facility"]

# Neighbours and sites listed; --json has them all.
_LISTED = 15
# Of the column of zones [characters].
_WIDEST = 46


def print_facility(view: FacilityView) -> None:
    """Print who it is, its activity, its services, its zones, its network and its posture."""
    page = _Printer(view)
    page.head()
    page.activity()
    page.services()
    page.zones()
    page.network()
    page.posture()
    page.console.print()


def _plain(text: str, style: str = "") -> Text:
    """Return a text that came from a file: no markup, no control characters."""
    return Text(clean_label(text), style=style)


class _Printer:
    def __init__(self, view: FacilityView) -> None:
        self.view = view
        self.language = view.language
        self.console = Console(highlight=False)
        self._: Translate = translator(view.language)

    def number(self, value: float) -> str:
        return format_count(value, self.language)

    def title(self, text: str) -> None:
        self.console.print()
        self.console.print(_plain(text, "bold"))

    def item(self, text: str, *, indent: int = 2, style: str = "") -> None:
        self.console.print(Padding(_plain(text, style), (0, 0, 0, indent), expand=False))

    def head(self) -> None:
        view, _ = self.view, self._
        status = _("public") if view.status == "public" else _("private")
        finess = None if view.finess is None else f"FINESS {view.finess}"
        self.console.print()
        self.console.print(_plain(view.name, "bold"))
        self.console.print(_plain(" · ".join(filter(None, (view.category, status, view.place, finess)))))
        groups = {node.id: node for node in self.nodes("group")}
        for edge in view.network.edges:
            if edge.source in groups:
                self.console.print(_plain(f"{groups[edge.source].label} · {edge.kind_label}"))

    def nodes(self, kind: str) -> list[NetworkNode]:
        return [node for node in self.view.network.nodes if node.kind == kind]

    def activity(self) -> None:
        self.title(self._("Activity in {year}", year=self.view.year))
        table = self.table()
        for figure in self.view.activity:
            table.add_row(_plain(figure.label), self.number(figure.value))
        self.show(table)
        sites = self.nodes("site")
        if sites:
            self.title(self._("Sites"))
            self.list_nodes(sites)

    def show(self, table: Table) -> None:
        """Print a table, indented under its title."""
        self.console.print(Padding(table, (0, 0, 0, 2)))

    def table(self) -> Table:
        """Return a table of words and numbers."""
        table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), show_header=False)
        table.add_column(max_width=56)
        table.add_column(justify="right", no_wrap=True)
        return table

    def list_nodes(self, nodes: Iterable[NetworkNode]) -> None:
        ordered = sorted(nodes, key=lambda node: (-(node.beds or 0), node.label))
        table = self.table()
        for node in ordered[:_LISTED]:
            table.add_row(_plain(node.label), say_beds(node.beds, self.language, self._))
        self.show(table)
        if len(ordered) > _LISTED:
            more = self.number(len(ordered) - _LISTED)
            self.item(self._("… {n} more rows; --json has them all", n=more), style="dim")

    def services(self) -> None:
        services = self.view.services
        if services:
            self.title(self._("Services"))
            self.item(", ".join(service.label for service in services))

    def zones(self) -> None:
        graph, _ = self.view.graph, self._
        boxes, box_of = merge_sites(graph)
        machines = self.number(sum(zone.hosts for zone in graph.zones))
        zones = self.number(len(graph.zones))
        self.title(_("{template}: {zones} zones, about {n} machines", template=graph.template, zones=zones, n=machines))
        ways: dict[str, list[str]] = {}
        for way in graph.entries:
            ways.setdefault(box_of[way.zone], []).append(way.label)
        table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="dim")
        # Names stay whole; ways in can wrap better than they.
        table.add_column("", width=min(_WIDEST, max(self.name_zone(box).cell_len for box in boxes)))
        table.add_column(_("machines"), justify="right", no_wrap=True)
        table.add_column(_("ways in"))
        for band in BANDS:
            inside = [box for box in boxes if box.band == band]
            if inside:
                total = self.number(sum(box.hosts for box in inside))
                table.add_row(_plain(band_label(band, _), "bold"), Text(total, "bold"), "")
            for box in inside:
                table.add_row(self.name_zone(box), self.number(box.hosts), _plain(", ".join(ways.get(box.id, ()))))
        self.show(table)
        self.item(graph.basis, style="dim")

    def name_zone(self, box: ZoneBox) -> Text:
        name = Text("  ").append_text(_plain(box.label))
        if len(box.zones) > 1:
            name.append(" · " + self._("{n} sites", n=self.number(len(box.zones))), style="dim")
        if any(zone.counted_by == "owner" for zone in box.zones):
            name.append(" · " + self._("inventory"), style="dim")
        return name

    def network(self) -> None:
        network, _ = self.view.network, self._
        nodes = {node.id: node for node in network.nodes}
        kinds: dict[str, list[NetworkNode]] = {}
        for edge in network.edges:
            if nodes[edge.source].kind == "neighbour":
                kinds.setdefault(edge.kind_label, []).append(nodes[edge.source])
        for label, neighbours in kinds.items():
            self.title(_("Neighbours: {link}", link=label))
            self.list_nodes(neighbours)
        providers = [(nodes[e.source], e) for e in network.edges if nodes[e.source].kind == "provider"]
        if providers:
            self.title(_("Providers"))
        for node, edge in providers:
            self.item(f"{edge.kind_label} · {node.label}")
        assumed = sum(edge.assumed for edge in network.edges)
        if assumed:
            text = _("Links that are assumed: {n} of {total}", n=self.number(assumed), total=len(network.edges))
            self.item(text, style="dim")

    def posture(self) -> None:
        posture, _ = self.view.posture, self._
        self.title(_("Posture"))
        if posture.controls:
            table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), show_header=False)
            table.add_column(max_width=44)
            table.add_column(justify="right", no_wrap=True)
            table.add_column()
            table.add_column(no_wrap=True)
            for control in posture.controls:
                share = format_percent(round(control.coverage, 2), self.language)
                origin = label_origin(control.origin, _)
                table.add_row(_plain(control.label), share, _plain(origin), control.on or "")
            self.show(table)
        self.item(posture.meter)
