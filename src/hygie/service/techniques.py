"""The ATT&CK matrix by actor, one technique, and the controls that hold techniques back."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from hygie.core.errors import EvidenceError
from hygie.facility.blueprints import load_blueprints
from hygie.knowledge.actor_techniques import list_actor_techniques
from hygie.knowledge.mitigations import map_mitigations
from hygie.knowledge.packs import load_catalogue
from hygie.report.units import show_quantity
from hygie.service.actor_words import label_tactic
from hygie.service.workspace import Base
from hygie.views.actors import (
    ControlMatchView,
    MatrixCellView,
    MatrixColumnView,
    MatrixView,
    TechniqueGroupView,
    TechniqueLineView,
)
from hygie.views.controls import ControlView
from hygie.views.explanation import EstimateView
from hygie.views.messages import Language, translator

__all__ = ["Matrix", "draw_matrix", "group_techniques", "load_matrix", "match_controls", "write_quantities"]

_LEVELS = 5


@dataclass(frozen=True, slots=True)
class Matrix:
    """ATT&CK Enterprise as the base holds it.

    Parameters
    ----------
    tactics
        Short name, id and name, in the order of the matrix.
    techniques
        Facts by ATT&CK id, techniques and those under them.
    uses
        Techniques by ref of actor.
    controls
        Ids, names and functions of controls, with the techniques that their mitigations hold back.
    """

    tactics: tuple[tuple[str, str, str], ...]
    techniques: Mapping[str, Mapping[str, object]]
    uses: Mapping[str, frozenset[str]]
    controls: tuple[tuple[str, Mapping[str, str], str, frozenset[str]], ...]
    mitigations: Mapping[str, str]

    def name(self, technique: str) -> str:
        """Return the name of a technique; its id when the base does not know it."""
        return str(self.techniques[technique]["name"]) if technique in self.techniques else technique

    def tactics_of(self, technique: str) -> list[str]:
        """Return the short names of the tactics of a technique."""
        said = self.techniques.get(technique, {}).get("tactics", [])
        return [str(item) for item in said] if isinstance(said, list) else []

    def facts(self, technique: str) -> Mapping[str, object]:
        """Return the facts of a technique.

        Raises
        ------
        EvidenceError
            No such technique.
        """
        if technique not in self.techniques:
            raise EvidenceError(
                f"there is no technique “{technique}”",
                value=technique,
                allowed="an ATT&CK id such as T1486",
                repair="choose one in the matrix",
            )
        return self.techniques[technique]


def load_matrix(base: Base, actors: Mapping[str, object]) -> Matrix:
    """Read the matrix from the base, with what its actors are known to use."""
    tactics = sorted(
        (str(item.data["shortname"]), item.ref, item.name)
        for item in base.store.find("tactic")
        if item.data.get("domain") == "enterprise"
    )
    order = {name: index for index, name in enumerate(_ORDER)}
    catalogue = load_catalogue(as_of=date.today())
    held = map_mitigations(catalogue.techniques)
    return Matrix(
        tactics=tuple(sorted(tactics, key=lambda tactic: order.get(tactic[0], len(order)))),
        techniques={item.ref: item.data for item in base.store.find("technique")},
        uses=list_actor_techniques(actors),  # type: ignore[arg-type]
        controls=tuple(
            (
                spec.id,
                {"fr": spec.name.local().fr, "en": spec.name.local().en},
                spec.function,
                frozenset(technique for name in spec.mitigations for technique in held.get(name, ())),
            )
            for spec in load_blueprints(catalogue).controls
        ),
        mitigations={item.ref: item.name for item in base.store.find("mitigation")},
    )


# The order of the matrix on attack.mitre.org.
_ORDER = (
    "reconnaissance",
    "resource-development",
    "initial-access",
    "execution",
    "persistence",
    "privilege-escalation",
    "defense-evasion",
    "credential-access",
    "discovery",
    "lateral-movement",
    "collection",
    "command-and-control",
    "exfiltration",
    "impact",
)


def draw_matrix(matrix: Matrix, actors: Sequence[tuple[str, str]], *, language: Language) -> MatrixView:
    """Return the matrix, shaded by the number of actors that use a technique or one under it.

    Parameters
    ----------
    actors
        Ref and name of those that count.
    """
    _ = translator(language)
    counts: dict[str, int] = {}
    for ref, _name in actors:
        for technique in {name.partition(".")[0] for name in matrix.uses.get(ref, ())}:
            counts[technique] = counts.get(technique, 0) + 1
    most = max(counts.values(), default=0)
    parents = [
        (ref, str(facts["name"]))
        for ref, facts in matrix.techniques.items()
        if "." not in ref and facts.get("domain") == "enterprise"
    ]
    columns = []
    for shortname, tactic, name in matrix.tactics:
        cells = [
            MatrixCellView(
                id=ref,
                name=label,
                actors=counts.get(ref, 0),
                level=-(-counts.get(ref, 0) * _LEVELS // most) if most else 0,
            )
            for ref, label in parents
            if shortname in matrix.tactics_of(ref)
        ]
        cells.sort(key=lambda cell: (-cell.actors, cell.name))
        columns.append(MatrixColumnView(id=tactic, name=label_tactic(shortname, name, _), cells=cells))
    used = sum(ref in counts for ref, _label in parents)
    without = [name for ref, name in actors if not matrix.uses.get(ref)]
    return MatrixView(
        columns=columns,
        actors=[TechniqueLineView(id=ref, name=name) for ref, name in actors],
        without=without,
        most=most,
        used=used,
        techniques=len(parents),
        sentence=_say_matrix(counts, matrix, used, len(parents), len(actors) - len(without), language),
    )


def _say_matrix(
    counts: Mapping[str, int], matrix: Matrix, used: int, total: int, actors: int, language: Language
) -> str:
    _ = translator(language)
    if not counts:
        return _("ATT&CK tells no technique of these actors: what is not known of them is not known to be absent.")
    top = max(sorted(counts), key=lambda ref: counts[ref])
    return _(
        "{used} of {total} techniques are known to be used by at least one of {actors} actors. Most shared: {name} "
        "({id}), by {count} of them. An empty square means not reported, not never used.",
        used=used,
        total=total,
        actors=actors,
        name=matrix.name(top),
        id=top,
        count=counts[top],
    )


def group_techniques(matrix: Matrix, techniques: Collection[str], *, language: Language) -> list[TechniqueGroupView]:
    """Return techniques by tactic, in the order of the matrix."""
    _ = translator(language)
    groups = []
    for shortname, tactic, name in matrix.tactics:
        mine = sorted(item for item in techniques if shortname in matrix.tactics_of(item))
        if mine:
            lines = [TechniqueLineView(id=item, name=matrix.name(item)) for item in mine]
            groups.append(TechniqueGroupView(id=tactic, name=label_tactic(shortname, name, _), techniques=lines))
    return groups


def match_controls(matrix: Matrix, techniques: Collection[str], *, language: Language) -> list[ControlMatchView]:
    """Return the controls that hold back some of the techniques, most first."""
    _ = translator(language)
    functions = {"prevent": _("prevent"), "detect": _("detect"), "respond": _("respond"), "recover": _("recover")}
    asked = frozenset(techniques)
    rows = [
        ControlMatchView(
            id=ref, name=names[language], function_label=functions[function], held=len(asked & held), of=len(asked)
        )
        for ref, names, function, held in matrix.controls
        if asked & held
    ]
    return sorted(rows, key=lambda row: (-row.held, row.name))


def write_quantities(view: ControlView, *, language: Language) -> list[tuple[str, str, EstimateView]]:
    """Return the figures of a control with their labels, as they are read."""
    _ = translator(language)
    rows = (
        (_("Efficacy when it works"), view.efficacy),
        (_("In place in the sector (median)"), view.coverage),
        (_("Cost to set up"), view.setup_cost),
        (_("Yearly cost"), view.yearly_cost),
    )
    return [
        (
            label,
            _(
                "{median}, from {low} to {high}",
                median=show_quantity(figure.median, figure.unit, language),
                low=show_quantity(figure.low, figure.unit.partition("/")[0], language),
                high=show_quantity(figure.high, figure.unit.partition("/")[0], language),
            ),
            figure,
        )
        for label, figure in rows
    ]
