"""A study as a document: what happened, who did it, what it costs, what weighs, what comes, what helps, how we know."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

from hygie.report.document import Block, Bullets, Document, Section, Term
from hygie.report.glossary import list_terms
from hygie.report.numbering import walk_texts
from hygie.report.plain_text import write_plain
from hygie.report.study_actors import write_actors
from hygie.report.study_annex import write_annex, write_method
from hygie.report.study_attacks import write_attacks, write_care, write_key_figures, write_meanings, write_places
from hygie.report.study_kit import StudyWriter, paragraph
from hygie.report.study_losses import write_losses
from hygie.report.study_outlook import write_measures, write_outlook
from hygie.report.study_terms import list_initials
from hygie.report.study_weaknesses import write_weaknesses
from hygie.report.typography import set_french
from hygie.store.text_folding import fold_text
from hygie.views.landscape_words import date_label
from hygie.views.study import StudyView

__all__ = ["build_study"]

# Terms that tables and charts use without a reference to the glossary.
_TERMS = (
    "actor", "attack", "ransomware", "extortion", "ddos", "technique", "likely_range", "tlp", "admiralty", "bed_day",
    "cert_sante", "anssi", "ars", "cnil", "nis2", "pacs", "ght", "convergence", "natural_frequency", "seed", "digest",
    "census", "vulnerability",
)  # fmt: skip


def build_study(view: StudyView) -> Document:
    """Return the document of a study."""
    writer = StudyWriter(view)
    _, scope = writer._, view.landscape.scope
    summary = _write_summary(writer)
    sections: tuple[Section, ...] = (
        write_meanings(writer),
        write_attacks(writer),
        write_actors(writer),
        write_places(writer),
        write_care(writer),
        write_losses(writer),
        write_weaknesses(writer),
        write_outlook(writer),
        write_measures(writer),
        write_method(writer),
        write_annex(writer),
    )
    if not view.landscape.incidents and view.numbers is None:
        # Next to nothing to say needs no page for each part of it.
        sections = tuple(replace(section, new_page=False) for section in sections)
    title = _("State of the threat")
    place = ", ".join([scope.country_label, *(text for text in scope.filters if "TLP:" not in text)])
    subtitle = _("{sector}, {place}, {window}", sector=scope.sector_label, place=place, window=scope.window.label)
    document = Document(
        id="study",
        kind="report",
        language=view.language,
        title=title,
        subtitle=subtitle,
        running=f"{title} · {scope.country_label} · {scope.window.label}",
        tlp=view.tlp,
        stated_on=date.fromisoformat(scope.as_of),
        sections=sections,
        facts=_list_facts(writer),
        summary=summary,
        sources=writer.list_sources(),
        reproduce=view.reproduce,
        keywords=(scope.sector_label, scope.country_label, scope.window.label),
    )
    document = _with_glossary(document)
    return set_french(document) if view.language == "fr" else document


def _with_glossary(document: Document) -> Document:
    """Return the document with the entries of the terms and initials that it uses, in the order of what is read."""
    keys = {*_TERMS, *(part.key for text in walk_texts(document) for part in text if isinstance(part, Term))}
    entries = list_terms(document.language, keys)
    words = [write_plain(text) for text in walk_texts(document)]
    known = {entry.key for entry in entries}
    own = [entry for entry in list_initials(document.language, words) if entry.key not in known]
    return replace(document, glossary=tuple(sorted((*entries, *own), key=lambda entry: fold_text(entry.term))))


def _list_facts(writer: StudyWriter) -> tuple[tuple[str, str], ...]:
    _, view = writer._, writer.view
    scope = view.landscape.scope
    facts = [
        (_("Sector"), scope.sector_label),
        (_("Country"), scope.country_label),
        (_("Window"), scope.window.label),
        (_("What was known on"), date_label(scope.as_of, "day", writer.language)),
        (_("May be shared up to"), f"TLP:{view.ceiling.value.upper()}"),
    ]
    facts += [(_("Only"), text) for text in scope.filters if "TLP:" not in text]
    if view.numbers is not None:
        facts.append((_("Seed and digest"), f"{view.numbers.seed} · {writer.digest}"))
    versions = ", ".join(f"{name} {text.split()[0].split('+')[0]}" for name, text in view.packs.items())
    facts.append((_("Version"), f"hygie {view.version} · {versions}"))
    return tuple(facts)


def _write_summary(writer: StudyWriter) -> tuple[Block, ...]:
    _, view = writer._, writer.view
    headline = view.landscape.headline
    blocks: list[Block] = []
    if headline:
        blocks.append(paragraph(headline[0], lead=True))
    figures = write_key_figures(writer)
    if figures is not None:
        blocks.append(figures)
    # Published and documented counts stand in the figures already.
    lines = [(view.landscape.actors.sentence,), (view.landscape.breakdowns["care"].sentence,)] if figures else []
    if view.numbers is not None:
        numbers = view.numbers
        portfolio = numbers.portfolio[view.language]
        whole = next((part for part in numbers.cascade if part.id == "all"), None)
        ransomware = next((row for row in numbers.rates if row.id == "ransomware"), None)
        lines.append(
            (
                _(
                    "Two weaknesses: of every 100 euros lost, about {n} come through a "
                    "neighbour or a provider; of every "
                    "100 hours in which medical and building machines stand still, {m} are lost for want of IT "
                    "(simulated).",
                    n=writer.count(100 * portfolio.through_share),
                    m=writer.count(100 * whole.share("it")) if whole else "–",
                ),
            )
        )
        if ransomware is not None:
            lines.append(
                (
                    _(
                        "In the next twelve months, of 1,000 typical hospitals about {n} meet "
                        "ransomware, likely {low} to "
                        "{high}; most of these attacks stop at one machine (simulated).",
                        n=writer.count(1_000 * ransomware.hospital.mean),
                        low=writer.count(1_000 * ransomware.hospital.low),
                        high=writer.count(1_000 * ransomware.hospital.high),
                    ),
                )
            )
        if len(view.controls) >= 3:
            first, second, third = (row.label for row in view.controls[:3])
            lines.append(
                (
                    _(
                        "What would avoid most at a typical hospital: {first}; {second}; {third} (simulated).",
                        first=first,
                        second=second,
                        third=third,
                    ),
                )
            )
    if lines:
        blocks.append(Bullets(tuple(lines)))
    return tuple(blocks)
