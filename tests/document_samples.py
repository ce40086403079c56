"""Made-up documents: one that uses every block, a hostile one, an empty one, a long one; in both languages."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Literal

from hygie.core.evidence import TLP
from hygie.report.document import (
    Beside,
    Bullets,
    Cell,
    Cite,
    Column,
    Document,
    Inline,
    KeyFigure,
    KeyFigures,
    Link,
    Note,
    Paragraph,
    Picture,
    Section,
    Source,
    Strong,
    Table,
    Term,
)
from hygie.report.glossary import list_terms
from hygie.views.charts import NARROW, draw_chart
from hygie.views.charts_layout import Chart
from hygie.views.messages import Language
from hygie.views.numbers import format_count, format_euros
from view_kit import make_view

N, S = "\u202f", "\u00a0"

# Markup of three formats, quotes, a right-to-left override, an isolate without its end, a formula, other scripts.
HOSTILE = (
    '#import "x.typ" </script><script>alert(1)</script> "] ${1} *a* _b_ `c` @d <e> \\ = $x$ // k /* l */ [[ ]] {{ 7 }} '
    "\u202egnp\u2067 =1+1 مرحبا 漢字 😀 \x00\x1b[31m"
)
LONG_WORD = "Rindfleischetikettierungsüberwachungsaufgabenübertragungsgesetz" * 4
ADDRESS = "https://cyberveille-sante.gouv.fr/observatoire/" + "rapport-public-des-incidents-de-securite-" * 4 + ".pdf"


def make_sources(language: Language) -> tuple[Source, ...]:
    fr = language == "fr"
    return tuple(
        Source(
            ref=f"source-{at}",
            title=f"Observatoire des incidents de sécurité, rapport {2020 + at}"
            if fr
            else f"Observatory of incidents, report {2020 + at}",
            publisher="CERT Santé",
            url=ADDRESS if at != 2 else None,
            grade="A1",
            grade_text="source tout à fait fiable, confirmée par d’autres" if fr else "reliable, confirmed by others",
            published_on=f"{2020 + at}-05",
            read_on="2026-11-20",
            tlp="clear",
            used_for="comptages annuels" if fr else "yearly counts",
        )
        for at in range(1, 6)
    )


def _choose(language: Language, french: str, english: str) -> str:
    return french.replace("~", N).replace("^", S) if language == "fr" else english.replace("^", S)


def write_paragraph(language: Language, *, cite: str = "source-1") -> Paragraph:
    fr = language == "fr"
    text: tuple[Inline, ...] = (
        _choose(
            language,
            "Entre janvier 2022 et mai 2023, trente établissements ont vu leurs fichiers chiffrés. Pour la plupart, le "
            "retour à la normale a pris des semaines, et les urgences ont été détournées. ",
            "Between January 2022 and May 2023, the files of thirty facilities were encrypted. Most took weeks to come "
            "back to normal, and ambulances were sent elsewhere. ",
        ),
        Cite(cite),
        " En moyenne, une année coûte " if fr else " On average, a year costs ",
        format_euros(184_000, language),
        " ; c’est la ".replace(" ;", f"{N};") if fr else "; this is the ",
        Term("perte annuelle moyenne" if fr else "average annual loss", "aal"),
        ". ",
        Strong(_choose(language, "À retenir~:", "Remember:")),
        _choose(
            language,
            " un hôpital sur cinquante est touché chaque année, et la moitié en moins de trois jours.",
            " one hospital in fifty is hit in a year, and half of them within three days.",
        ),
        Cite("source-3"),
        Cite("source-2"),
    )
    return Paragraph(text)


def make_table(language: Language, *, rows: int = 45, name: str = "incidents") -> Table:
    fr = language == "fr"
    month = "mars" if fr else "March"

    def row(at: int) -> tuple[Cell, ...]:
        town = _choose(language, f"Centre hospitalier de la vallée n°^{at}", f"Hospital of the valley, no.^{at}")
        return (
            Cell((f"{2 + at % 27} {month} 2022",), f"2022-03-{2 + at % 27:02d}"),
            Cell((town, Cite("source-4")) if at % 5 == 0 else (town,)),
            Cell((format_count(100 + 37 * at, language),), 100 + 37 * at),
            Cell((format_euros(1e5 * (at + 1), language),), 1e5 * (at + 1)),
        )

    total = (Cell(("Total",)), Cell(("",)), Cell((format_count(41_130, language),), 41_130))
    return Table(
        name,
        "Incidents recensés, par date" if fr else "Incidents counted, by date",
        (
            Column("date", "Date", share=0.8),
            Column("victim", "Établissement" if fr else "Facility", share=2),
            Column("beds", "Lits" if fr else "Beds", "beds", "right", 0.6),
            Column("loss", "Perte" if fr else "Loss", "EUR_2024", "right", 0.8),
        ),
        (*(row(at) for at in range(rows)), (*total, Cell((format_euros(103.5e6, language),), 103.5e6))),
        sentence=(
            _choose(language, "Les deux tiers touchent des hôpitaux publics.", "Two in three hit public hospitals."),
            Cite("source-1"),
        ),
        total=True,
    )


def make_key_figures(language: Language) -> KeyFigures:
    def say(french: str, english: str) -> str:
        return _choose(language, french, english)

    return KeyFigures(
        "key",
        (
            KeyFigure(
                "count",
                "14",
                say("attaques par rançongiciel", "ransomware attacks"),
                (say("Comptées par l’autorité, sans noms.", "Counted by the authority, without names."),),
                raw=14,
            ),
            KeyFigure(
                "chance",
                say("16 sur 1~000", "16 in 1,000"),
                say("hôpitaux touchés chaque année", "hospitals hit in a year"),
                (say("Une fréquence, pas une prévision.", "A frequency, not a forecast."), Cite("source-5")),
                say("probablement de 12 à 21", "likely 12 to 21"),
                0.016,
                "share",
            ),
            KeyFigure(
                "cost",
                say("au moins 7^M€", "at least €7m"),
                say("coût déclaré d’une attaque", "stated cost of one attack"),
                (say("Hors recettes perdues.", "Without lost income."),),
                raw=7e6,
                unit="EUR_2024",
            ),
        ),
    )


def draw(language: Language, chart_id: str, *, width: int | None = None) -> Chart:
    chart = draw_chart(make_view(language), chart_id, width=width)
    assert chart is not None
    return chart


def make_picture(language: Language, *, name: str = "curve") -> Picture:
    chart = draw(language, "loss_exceedance")
    data = Table(
        name,
        chart.title,
        (Column("loss", "Loss", "EUR_2024"), Column("probability", "Chance", "share")),
        tuple((Cell((f"{loss}",), loss), Cell((f"{chance}",), chance)) for loss, chance in ((1e5, 0.2), (1e6, 0.1))),
    )
    narrow = draw(language, "loss_exceedance", width=NARROW)
    return Picture(name, chart, data=data, narrow=narrow, text=(chart.sentence, Cite("source-5")))


def make_document(
    language: Language = "fr", *, kind: Literal["report", "brief"] = "report", tlp: TLP = TLP.CLEAR
) -> Document:
    """Return a document that uses every block."""

    def say(french: str, english: str) -> str:
        return _choose(language, french, english)

    paragraph = write_paragraph(language)
    items = Bullets(
        (
            (say("Les admissions ont été limitées pendant cinq jours.", "Admissions were limited for five days."),),
            (
                say("Le ", "The "),
                Term(say("plan blanc", "plan blanc"), "plan_blanc"),
                say(" a été déclenché le soir même.", " was called the same evening."),
                Cite("source-2"),
            ),
        )
    )
    steps = Bullets(((say("Débrancher.", "Unplug."),), (say("Appeler à l’aide.", "Call for help."),)), numbered=True)
    happened = Section(
        "happened",
        say("Ce qui s’est passé", "What happened"),
        (
            paragraph,
            items,
            Section(
                "cost",
                say("Combien pourrait coûter une année", "How much a year could cost"),
                (paragraph, make_picture(language), paragraph),
            ),
            Section(
                "reading",
                say("Comment lire ces chiffres", "How to read these figures"),
                (
                    Note("reading", say("La courbe", "The curve"), (paragraph, steps)),
                    Note("caution", say("Prudence", "With care"), (paragraph,)),
                    Note("assumption", say("Supposé", "Assumed"), (items,)),
                    Note("method", say("Calcul", "How it was computed"), (paragraph,)),
                    Section("deeper", say("Plus en détail", "In more detail"), (paragraph,)),
                ),
            ),
        ),
        new_page=kind == "report",
    )
    listed = Section(
        "listed",
        say("Les incidents un par un", "The incidents one by one"),
        (
            paragraph,
            make_table(language),
            Section(
                "side",
                say("Côte à côte", "Side by side"),
                (Beside((Picture("forms", draw(language, "loss_by_form")),), (paragraph, items), 0.55),),
            ),
        ),
        new_page=kind == "report",
    )
    link = Paragraph(
        (say("Voir ", "See "), Link(say("le site public", "the public site"), "https://example.org/a"), ".")
    )
    return Document(
        id="sample",
        kind=kind,
        language=language,
        title=say(
            "État de la menace cyber sur les hôpitaux de France", "State of the cyber threat to French hospitals"
        ),
        subtitle=say(
            "De janvier 2022 à mai 2023~: ce qui s’est passé, ce que cela coûte, ce qui aide le plus",
            "January 2022 to May 2023: what happened, what it costs, what helps most",
        ),
        running=say("État de la menace · hôpitaux · France", "State of the threat · hospitals · France"),
        tlp=tlp,
        stated_on=date(2026, 11, 1),
        facts=(
            (say("Périmètre", "Scope"), say("Établissements de santé, France", "Health facilities, France")),
            (say("Période", "Window"), say("janvier 2022 – mai 2023", "January 2022 – May 2023")),
            ("Version", "hygie 0.1.0"),
            (say("Graine", "Seed"), "20261123"),
        ),
        summary=(
            Paragraph(
                (
                    say(
                        "En dix-sept mois, quatorze hôpitaux ont été arrêtés par un rançongiciel.",
                        "In seventeen months, fourteen hospitals were stopped by ransomware.",
                    ),
                    Cite("source-1"),
                ),
                lead=True,
            ),
            make_key_figures(language),
            paragraph,
        ),
        sections=(happened, listed, Section("links", say("Pour aller plus loin", "Further reading"), (link,))),
        sources=make_sources(language),
        glossary=list_terms(language, ["aal", "plan_blanc", "aep", "oep", "cert_sante"]),
        reproduce=f"hygie study --sector health --country FR --from 2022-01 --to 2023-05 --lang {language}",
        keywords=(say("hôpital", "hospital"), say("menace", "threat")),
    )


def make_brief(language: Language = "fr") -> Document:
    """Return a letter of two pages: what a director reads."""
    full = make_document(language, kind="brief")
    first = full.sections[0]
    cost = next(part for part in first.blocks if isinstance(part, Section) and part.id == "cost")
    sections = (replace(first, blocks=first.blocks[:2]), replace(cost, blocks=cost.blocks[:2]), full.sections[2])
    return replace(
        full, id="brief", sections=sections, glossary=list_terms(language, ["aal", "plan_blanc", "cert_sante"])
    )


def make_empty(language: Language = "fr") -> Document:
    """Return a document with next to nothing in it."""
    return Document(
        id="empty",
        kind="report",
        language=language,
        title="Rien à signaler" if language == "fr" else "Nothing to report",
        subtitle="",
        running="",
        tlp=TLP.AMBER_STRICT,
        stated_on=date(2026, 11, 23),
        sections=(
            Section("nothing", "Aucun incident" if language == "fr" else "No incident", ()),
            Section(
                "table",
                "Tableau" if language == "fr" else "Table",
                (
                    Table("none", "", (Column("a", "A"), Column("b", "B", align="right")), ()),
                    Bullets(()),
                    KeyFigures("no-key", ()),
                    Note("caution", "", ()),
                    Paragraph(()),
                    Beside((), ()),
                ),
            ),
        ),
    )


def make_hostile(language: Language = "fr") -> Document:
    """Return the same document with every text hostile, and words that no column holds."""
    table = Table(
        "hostile",
        HOSTILE,
        (Column("a", HOSTILE), Column("b", LONG_WORD, "share", "centre"), Column("c", "=1+1", align="right")),
        (
            (Cell((HOSTILE,)), Cell((LONG_WORD,)), Cell(("=HYPERLINK()",))),
            (Cell((Link("x", "javascript:alert(1)"),)), Cell((Strong(HOSTILE),)), Cell((ADDRESS,), 0.5)),
        ),
        sentence=(HOSTILE, Cite('r"] <x>')),
    )
    chart = draw(language, "loss_by_class")
    chart = replace(chart, title=HOSTILE, sentence=HOSTILE, spec={**chart.spec, "description": HOSTILE})
    source = Source(
        'r"] <x>', HOSTILE, HOSTILE, "javascript:alert(1)", HOSTILE, HOSTILE, HOSTILE, HOSTILE, "clear", HOSTILE
    )
    address = replace(source, ref="address", url=ADDRESS + '"><script>', published_on="2023", read_on="2023-13-45")
    return replace(
        make_document(language),
        id="hostile",
        title=HOSTILE,
        subtitle=LONG_WORD,
        running=HOSTILE,
        facts=((HOSTILE, LONG_WORD), (ADDRESS, ADDRESS)),
        keywords=(HOSTILE,),
        reproduce=HOSTILE + ADDRESS,
        summary=(Paragraph((HOSTILE, LONG_WORD, Term(HOSTILE, 'k"]<'), Link(HOSTILE, ADDRESS)), lead=True),),
        sections=(
            Section(
                'hostile "id"]<',
                HOSTILE,
                (
                    table,
                    Picture('p"]<', chart),
                    KeyFigures("k", (KeyFigure("k", LONG_WORD, HOSTILE, (HOSTILE, Cite("address")), HOSTILE, "=1+1"),)),
                    Note("caution", HOSTILE, (Paragraph((LONG_WORD,)),)),
                ),
            ),
        ),
        sources=(source, address),
        glossary=(replace(list_terms(language, ["aal"])[0], key='k"]<', term=HOSTILE, meaning=HOSTILE),),
    )


def make_long(language: Language = "fr", *, sections: int = 20) -> Document:
    """Return about three pages a section, each with its chart and a table."""
    paragraph = write_paragraph(language)
    parts = tuple(
        Section(
            f"part-{at}",
            f"Partie {at + 1}" if language == "fr" else f"Part {at + 1}",
            (
                *[paragraph] * 6,
                make_picture(language, name=f"curve-{at}"),
                *[paragraph] * 3,
                make_table(language, rows=35, name=f"table-{at}"),
            ),
            new_page=True,
        )
        for at in range(sections)
    )
    return replace(make_document(language), id="long", sections=parts)
