"""Who attacks: actors one by one, their techniques, and the controls that hold these back."""

from __future__ import annotations

from hygie.report.document import Block, Section, Table, Term
from hygie.report.study_attacks import cite_incidents, draw_landscape
from hygie.report.study_kit import StudyWriter, cell, paragraph
from hygie.views.landscape_words import join_words
from hygie.views.messages import Translate
from hygie.views.study import StudyActor, StudyTechnique

__all__ = ["write_actors"]

_CONTROLS = 5


def write_actors(writer: StudyWriter) -> Section:
    """Return the actors of the window, and what is known of how they work."""
    _, view = writer._, writer.view
    blocks: list[Block | Section] = [paragraph(view.landscape.actors.sentence)]
    blocks += draw_landscape(writer, "actors")
    if view.actors:
        blocks.append(_tabulate(writer))
        blocks.append(
            paragraph(
                _(
                    "A state of activity says how active an actor is today against its best times. It is read from "
                    "arrests, seizures, leak sites and claims; where nothing was observed it is assumed, and said so."
                )
            )
        )
    blocks += [_describe(writer, actor) for actor in view.actors if actor.description]
    if view.techniques:
        blocks.append(_write_techniques(writer))
    return Section("attackers", _("Attackers"), tuple(blocks), new_page=True)


def _tabulate(writer: StudyWriter) -> Table:
    _, view = writer._, writer.view
    rows = []
    for actor in view.actors:
        since = "" if actor.state_since is None else _("since {date}", date=actor.state_since)
        state = ", ".join(part for part in (actor.state_label, since) if part)
        if actor.state_assumed:
            state = _("{state} (assumed)", state=state)
        rows.append(
            (
                cell(actor.label),
                cell(kind_label(actor.kind, _)),
                cell(writer.count(actor.facilities), actor.facilities),
                cell(writer.count(actor.events), actor.events),
                cell(_("yes") if actor.named_by_census else "–"),
                cell((state, *writer.cite(actor.sources[:1], _("state of actors"))), actor.state),
                cell(
                    writer.count(len(actor.techniques)) if actor.techniques else _("not listed"),
                    len(actor.techniques),
                ),
            )
        )
    return writer.table(
        "actors-today",
        _("Actors of the window, and where they stand today"),
        (
            ("actor", _("Actor"), 1.4),
            ("kind", _("Kind"), 0.9),
            ("victims", ">" + _("victims"), 0.7),
            ("events", ">" + _("events"), 0.8),
            ("named", _("named by a published count"), 1.0),
            ("state", _("State today"), 1.7),
            ("techniques", ">" + _("techniques known"), 1.0),
        ),
        rows,
        _("Victims are those documented one by one in the window; many attacks there are attributed to nobody."),
    )


def kind_label(kind: str | None, _: Translate) -> str:
    """Return what a kind of actor is called."""
    known = {"criminal": _("criminal"), "hacktivist": _("activist"), "state": _("state"), "insider": _("insider")}
    return known.get(kind or "", _("not known"))


def _describe(writer: StudyWriter, actor: StudyActor) -> Section:
    _ = writer._
    refs = next((row.incidents for row in writer.view.landscape.actors.rows if row.id == actor.id), [])
    blocks: list[Block] = [paragraph(actor.description or "", *writer.cite(actor.sources, _("profiles of actors")))]
    if actor.victims:
        names = join_words(actor.victims, writer.language)
        blocks.append(
            paragraph(
                _("Documented in the window: {names}.", names=names), *cite_incidents(writer, refs, _("incidents"))
            )
        )
    if actor.techniques:
        blocks.append(
            paragraph(
                _("ATT&CK lists {n} ", n=writer.count(len(actor.techniques))),
                Term(_("techniques"), "technique"),
                _(" for it and its software."),
            )
        )
    else:
        blocks.append(
            paragraph(_("ATT&CK has no profile of it: its techniques are not listed here, which does not mean none."))
        )
    return Section(f"actor-{actor.id}", actor.label, tuple(blocks))


def _list_controls(row: StudyTechnique, writer: StudyWriter) -> str:
    _ = writer._
    shown, more = row.controls[:_CONTROLS], len(row.controls) - _CONTROLS
    names = ", ".join(shown)
    return _("{names} and {n} more", names=names, n=writer.count(more)) if more > 0 else names


def _write_techniques(writer: StudyWriter) -> Section:
    _, view = writer._, writer.view
    rows = [
        (
            cell(row.id),
            cell(row.name),
            cell(", ".join(row.actors)),
            cell(_list_controls(row, writer)),
        )
        for row in view.techniques
    ]
    return Section(
        "their-techniques",
        _("Their techniques, and what holds these back"),
        (
            paragraph(
                _(
                    "The table joins what ATT&CK says that actors of the window do with the controls of the catalogue "
                    "that its mitigations call for. What several of them do comes first; techniques that no control of "
                    "the catalogue "
                    "holds back, such as reading what a machine is, are left out."
                )
            ),
            writer.table(
                "techniques",
                _("Techniques of the actors of the window"),
                (("id", _("Id"), 0.6), ("name", _("Technique"), 1.5), ("actors", _("Actors"), 1.2),
                 ("controls", _("Controls that hold it back"), 2.4)),
                rows,
                _("Names of techniques are those of ATT&CK, in English."),
            ),
        ),
    )  # fmt: skip
