"""Judging incidents from forms: what changed is said, the rest is left."""

from __future__ import annotations

from collections.abc import Mapping

from hygie.core.errors import UsageError
from hygie.core.evidence import TLP
from hygie.knowledge.landscape.select import LATE
from hygie.knowledge.records import UNKNOWN_ACTOR
from hygie.service.actor_pages import Gallery, write_incident_line
from hygie.service.audit import list_changes
from hygie.service.qualification import (
    list_duplicates,
    merge_records,
    qualify_from_text,
    show_record,
    split_record,
    tell_apart,
    undo_edits,
)
from hygie.service.workspace import Base
from hygie.views.actors import IncidentLineView
from hygie.views.assessment import View
from hygie.views.intel import LogRow
from hygie.views.messages import Language, Translate, translator

__all__ = [
    "DeskView",
    "QuestionView",
    "grade_evidence",
    "judge_incident",
    "list_open_questions",
    "separate",
    "settle_pair",
    "take_back",
]

_LOG = 50


class QuestionView(View):
    """Two incidents that may be one, with what speaks for and against, in the language of the page."""

    keep: IncidentLineView
    other: IncidentLineView
    likely: bool
    reasons: list[str]
    doubts: list[str]


class DeskView(View):
    """What waits to be judged, and what was judged last."""

    pairs: list[QuestionView]
    late: list[IncidentLineView]
    unattributed: list[IncidentLineView]
    log: list[LogRow]


def list_open_questions(base: Base, gallery: Gallery, *, language: Language) -> DeskView:
    """Return the pairs that may be one, the dates that are not of the attack, what is attributed to nobody."""
    _, known = translator(language), {item.ref: item for item in gallery.knowledge.incidents}
    words = _name_reasons(_)
    incidents = sorted(gallery.knowledge.incidents, key=lambda item: item.started_on, reverse=True)
    return DeskView(
        pairs=[
            QuestionView(
                keep=write_incident_line(gallery, known[pair.keep], language),
                other=write_incident_line(gallery, known[pair.other], language),
                likely=pair.grade == "likely",
                reasons=[words.get(reason, reason) for reason in pair.reasons],
                doubts=[words.get(doubt, doubt) for doubt in pair.doubts],
            )
            for pair in list_duplicates(base)
        ],
        late=[write_incident_line(gallery, item, language) for item in incidents if item.date_basis in LATE],
        unattributed=[
            write_incident_line(gallery, item, language) for item in incidents if item.actor.name == UNKNOWN_ACTOR
        ],
        log=[row for row in list_changes(base, limit=2000) if row.details["run"] is None][:_LOG],
    )


def _name_reasons(_: Translate) -> dict[str, str]:
    return {
        "same facility": _("the same facility"),
        "similar facility": _("a facility of a similar name"),
        "same pseudonym": _("the same pseudonym"),
        "same place": _("the same place"),
        "dates overlap": _("dates that overlap"),
        "dates close": _("dates close to each other"),
        "posted after the attack": _("one is a post after the attack"),
        "same actor": _("the same actor"),
        "actor known to one only": _("an actor that only one names"),
        "same source": _("the same source"),
        "one catalogue lists both": _("one catalogue lists both"),
    }


def judge_incident(base: Base, ref: str, said: Mapping[str, str], *, reason: str) -> None:
    """Judge an incident with the words of a form; what the record says already is not said again.

    Raises
    ------
    UsageError
        A word that the field does not know, or no reason.
    SchemaError
        Nothing is changed, or the record would contradict itself.
    """
    data = show_record(base, ref, kind="incident").record
    now = {
        "actor": str(data.data["actor"]["name"]),
        "confidence": str(data.data["actor"]["confidence"]),
        "started_on": str(data.data["started_on"]),
        "precision": str(data.data["date_precision"]),
        "date_basis": str(data.data.get("date_basis", "attack")),
        "threat_class": str(data.data["threat_class"]),
        "tlp": data.tlp or "",
        "pap": data.pap or "",
    }
    changed = {name: word for name, word in said.items() if word and word != now.get(name)}
    if "started_on" in changed:
        changed.setdefault("precision", said.get("precision") or now["precision"])
    if changed.keys() & {"actor", "confidence"}:
        changed |= {name: said.get(name) or now[name] for name in ("actor", "confidence")}
    tlp = changed.pop("tlp", None)
    qualify_from_text(
        base, ref, kind="incident", reason=reason, **changed, **({} if tlp is None else {"tlp": _read_tlp(tlp)})
    )


def _read_tlp(word: str) -> TLP:
    try:
        return TLP(word)
    except ValueError:
        raise UsageError(
            "this word is not known here",
            field="tlp",
            value=word,
            allowed=", ".join(TLP),
            repair="choose one of the list",
        ) from None


def grade_evidence(base: Base, ref: str, *, reliability: str, credibility: str, reason: str) -> None:
    """Grade a source on the Admiralty scale."""
    qualify_from_text(
        base,
        ref,
        kind="source",
        reason=reason,
        reliability=reliability or None,
        credibility=int(credibility) if credibility in tuple("123456") else None,
    )


def take_back(base: Base, ref: str, *, reason: str) -> None:
    """Take the edits of analysts on an incident back."""
    undo_edits(base, ref, reason=reason, kind="incident")


def separate(base: Base, other: str, *, reason: str) -> None:
    """Take an incident out of the one it was joined to; both are as they were.

    Raises
    ------
    UsageError
        It is joined to none, or no longer.
    """
    if show_record(base, other, kind="incident").merged_into is None:
        raise UsageError("this record is joined to no other", value=other, repair="look at its page again")
    split_record(base, other, reason=reason, kind="incident")


def settle_pair(base: Base, keep: str, other: str, *, same: bool, reason: str) -> None:
    """Join two incidents, or say that they are two.

    Raises
    ------
    UsageError
        One of them was joined to another meanwhile.
    """
    if same:
        for ref in (keep, other):
            if (into := show_record(base, ref, kind="incident").merged_into) is not None:
                raise UsageError("this record was joined to another already", value=f"{ref}: {into}")
        merge_records(base, keep, other, reason=reason, kind="incident")
    else:
        tell_apart(base, keep, other, reason=reason)
