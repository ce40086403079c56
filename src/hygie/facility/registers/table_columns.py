"""Columns of tables with one row per site: the compact file of the SAE, and tables of one's own.

Headers are compared with what columns are called in English and French, unless a column map (YAML) names them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType
from typing import Annotated

from pydantic import Field, field_validator

from hygie.core.errors import SchemaError, suggest
from hygie.facility.registers.nomenclature import COMPACT_CATEGORIES, COMPACT_STATUSES
from hygie.facility.registers.sites import Status
from hygie.knowledge.schemas import Row, Text
from hygie.store.documents import read_document, validate_model
from hygie.store.sheet_rows import SheetHead
from hygie.store.text_folding import fold_text

__all__ = ["COMPACT_COLUMNS", "FIELDS", "RegisterMap", "TablePlan", "plan_table", "read_register_map", "translate_word"]

# Field of a site and its column in the compact file; the first group must be there.
COMPACT_COLUMNS: Mapping[str, str] = MappingProxyType(
    {
        "finess": "finess",
        "entity": "finess_ej",
        "name": "name",
        "category": "category",
        "status": "legal_status",
        "region": "region_name",
        "department": "dept_code",
        "city": "city",
        "ght_code": "ght_code",
        "ght_name": "ght_name",
        "beds_mco": "beds_mco",
        "places": "day_places_mco",
        "beds_ssr": "beds_ssr",
        "beds_psy": "beds_psy",
        "beds_usld": "beds_usld",
        "beds_icu": "beds_icu",
        "stays": "stays_mco",
        "bed_days": "bed_days_mco",
        "emergency_visits": "ed_visits",
        "operating_rooms": "operating_rooms",
        "fte_medical": "fte_medical",
        "fte_non_medical": "fte_non_medical",
    }
)
_COMPACT_MORE = {
    "lat": "lat",
    "lon": "lon",
    "had_places": "had_places",
    "emergency_authorised": "ed_authorised",
    "samu": "samu",
    "smur": "smur",
    "mri": "mri",
    "ct_scanners": "ct_scanners",
}

_WORDS = {
    "finess": "finess, finess et, finess geo, finess geographique, nofinesset, numero finess, n finess, fi,"
    "site finess, finess site",
    "entity": "finess ej, finess juridique, nofinessej, fi ej, legal entity, entite juridique, finess entite juridique",
    "name": "name, nom, raison sociale, rs, etablissement, facility, hospital, hopital, libelle",
    "category": "category, categorie, type, type d etablissement, category code, code categorie, categetab, cat",
    "status": "status, statut, legal status, statut juridique, public prive",
    "region": "region, region name, nom region, libelle region",
    "department": "department, departement, dept, dep, dept code, code departement",
    "city": "city, town, ville, commune, libelle commune",
    "ght_code": "ght code, code ght, ght",
    "ght_name": "ght name, nom ght, nom du ght, groupement",
    "beds_mco": "beds mco, lits mco, lit mco, acute beds, lits de mco",
    "places": "places, day places, day places mco, places mco, pla mco",
    "beds_ssr": "beds ssr, lits ssr, lits smr, lit ssr, rehabilitation beds",
    "beds_psy": "beds psy, lits psy, lits psychiatrie, psychiatric beds",
    "beds_usld": "beds usld, lits usld, lits sld, long stay beds",
    "beds_icu": "beds icu, lits de reanimation, lits reanimation, lits rea, icu beds, critical care beds",
    "stays": "stays, stays mco, sejours, sejours mco, nombre de sejours, acute stays",
    "bed_days": "bed days, bed days mco, journees, journees mco",
    "emergency_visits": "emergency visits, ed visits, passages aux urgences, passages urgences, urgences, passages",
    "operating_rooms": "operating rooms, salles d operation, salles de bloc, blocs, blocs operatoires",
    "fte_medical": "fte medical, etp medical, etp medicaux, medical staff",
    "fte_non_medical": "fte non medical, etp non medical, etp non medicaux, etp pnm",
    "fte": "fte, etp, etp total, staff, effectif, effectifs, personnel",
    "had_places": "had places, places had, places d had",
    "mri": "mri, irm, nombre d irm",
    "ct_scanners": "ct scanners, ct, scanners, scanner, nombre de scanners",
    "pet_scanners": "pet scanners, tep",
    "gamma_cameras": "gamma cameras",
    "angiography_rooms": "angiography rooms, salles d angiographie, salles vasculaires",
    "dialysis_stations": "dialysis stations, postes de dialyse, postes d hemodialyse",
    "emergency_authorised": "ed authorised, emergency authorised, urgences autorisees",
    "samu": "samu",
    "smur": "smur",
    "lat": "lat, latitude",
    "lon": "lon, long, longitude, lng",
    "year": "year, annee, an, exercice",
    "synthetic": "synthetic, synthetique",
}
FIELDS = tuple(_WORDS)
_FIELD_OF = {fold_text(word): name for name, words in _WORDS.items() for word in words.split(",")}

_OUR_CATEGORIES = (
    "chu, ch, small_ch, clinic, psychiatric, rehabilitation, local_hospital, long_stay, home_care, cancer_centre,"
    "ehpad, laboratory, radiotherapy_centre, other"
).replace(" ", "")
_CATEGORY_WORDS = {
    "chu": "chr, chru, chr chu, centre hospitalier universitaire, centre hospitalier regional, university hospital",
    "ch": "centre hospitalier, centre hospitalier c h, general hospital, hopital, hia,hopital d instruction des armees",
    "clinic": "clinique, hopital prive, polyclinique, etablissement prive",
    "psychiatric": "chs, epsm, psychiatrie, centre hospitalier specialise, clinique psychiatrique,psychiatric hospital",
    "rehabilitation": "ssr, smr, soins de suite, readaptation, etablissement de readaptation",
    "local_hospital": "hopital de proximite, hopital local, ch ex hopital local",
    "long_stay": "usld, soins de longue duree, long sejour",
    "home_care": "had, hospitalisation a domicile",
    "cancer_centre": "clcc, centre de lutte contre le cancer",
    "ehpad": "maison de retraite, nursing home, etablissement d hebergement pour personnes agees dependantes",
    "laboratory": "laboratoire, lbm, laboratoire de biologie medicale",
    "radiotherapy_centre": "centre de radiotherapie, radiotherapie",
    "other": "autre, dialyse, gcs",
}
_CATEGORY_OF = {fold_text(word): word for word in _OUR_CATEGORIES.split(",")} | {
    fold_text(word): name for name, words in _CATEGORY_WORDS.items() for word in words.split(",")
}
_STATUS_WORDS: Mapping[Status, str] = {
    "public": "public, publique, eps, etablissement public, etablissement public de sante",
    "private": "private, prive, privee, espic, pnl, prive lucratif, prive non lucratif, prive a but non lucratif,"
    "prive a but lucratif, private for profit, private non profit, associatif, commercial",
}
_STATUS_OF: dict[str, Status] = {
    fold_text(word): status for status, words in _STATUS_WORDS.items() for word in words.split(",")
}


class RegisterMap(Row):
    """The file that maps the columns of one's own table.

    `columns` is field → header; `constants` is field → value of every row; `values` is field → value of the file → our
    value; `year` is the year of the figures; `sheet` and `header` say where the table stands.
    """

    columns: dict[str, Text]
    constants: dict[str, Text] = Field(default_factory=dict)
    values: dict[str, dict[str, Text]] = Field(default_factory=dict)
    year: Annotated[int, Field(ge=1990, le=2100)] | None = None
    sheet: Text | None = None
    header: Annotated[int, Field(ge=1, le=1000)] | None = None

    @field_validator("columns", "constants", "values")
    @classmethod
    def _check_fields(cls, mapping: dict[str, object]) -> dict[str, object]:
        for name in mapping:
            if name not in FIELDS:
                raise SchemaError(
                    "a site has no such field",
                    field=name,
                    value=name,
                    allowed=", ".join(FIELDS),
                    repair=suggest(name, FIELDS) or "use one of these fields",
                )
        return mapping


def read_register_map(path: Path) -> RegisterMap:
    """Read a column map.

    Raises
    ------
    DataError
        The file cannot be read, or is no column map.
    """
    return validate_model(read_document(path), RegisterMap)


@dataclass(frozen=True, slots=True, kw_only=True)
class TablePlan:
    """How the rows of a table are read.

    Parameters
    ----------
    compact
        Whether this is the compact file of the SAE: its words and numbers have one form.
    places
        Place of the column of each field.
    headers
        Header of the column of each field, for messages.
    unused
        Headers that no field takes.
    """

    compact: bool
    places: Mapping[str, int]
    headers: Mapping[str, str]
    constants: Mapping[str, str] = field(default_factory=dict)
    values: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    unused: tuple[str, ...] = ()


def plan_table(head: SheetHead, table: RegisterMap | None) -> TablePlan:
    """Return how the rows under a header are read.

    Raises
    ------
    SchemaError
        A column is missing, two columns say the same, or nothing tells which column is the FINESS number.
    """
    if table is not None:
        return _apply_map(head, table)
    known = set(COMPACT_COLUMNS.values())
    # A header that shares most names with the compact file is that file, perhaps with a mistake.
    if len(known.intersection(head.columns)) * 2 > len(known):
        return _plan_compact(head)
    places: dict[str, int] = {}
    for place, header in enumerate(head.columns):
        name = _FIELD_OF.get(fold_text(header))
        if name is None:
            continue
        if name in places:
            raise SchemaError(
                f"two columns give “{name}”: {head.columns[places[name]]}, {header}",
                file=head.name,
                line=head.line,
                field=header,
                repair="rename one, or say in a column map which one counts",
            )
        places[name] = place
    return _make_plan(head, places)


def _plan_compact(head: SheetHead) -> TablePlan:
    missing = [column for column in COMPACT_COLUMNS.values() if column not in head.columns]
    if missing:
        known = {*COMPACT_COLUMNS.values(), *_COMPACT_MORE.values()}
        strangers = [header for header in head.columns if header not in known]
        raise SchemaError(
            f"columns are missing: {', '.join(missing)}",
            file=head.name,
            line=head.line,
            field=missing[0],
            allowed=", ".join(COMPACT_COLUMNS.values()),
            repair=suggest(missing[0], strangers) or "add the columns, with blank cells when nothing is known",
        )
    named = {**COMPACT_COLUMNS, **_COMPACT_MORE}
    headers = {name: column for name, column in named.items() if column in head.columns}
    return TablePlan(
        compact=True,
        places={name: head.columns.index(column) for name, column in headers.items()},
        headers=headers,
    )


def _apply_map(head: SheetHead, table: RegisterMap) -> TablePlan:
    places = {}
    for name, header in table.columns.items():
        if header.strip() not in head.columns:
            raise SchemaError(
                f"the table has no column “{header}”",
                file=head.name,
                line=head.line,
                field=f"columns.{name}",
                value=header,
                allowed=", ".join(column for column in head.columns if column),
                repair=suggest(header, head.columns) or "copy the header as the table writes it",
            )
        places[name] = head.columns.index(header.strip())
    values = {name: {fold_text(theirs): ours for theirs, ours in words.items()} for name, words in table.values.items()}
    return _make_plan(head, places, constants=table.constants, values=values)


def _make_plan(
    head: SheetHead,
    places: Mapping[str, int],
    *,
    constants: Mapping[str, str] | None = None,
    values: Mapping[str, Mapping[str, str]] | None = None,
) -> TablePlan:
    if not {"finess", "entity"} & places.keys():
        raise SchemaError(
            "no column holds FINESS numbers",
            file=head.name,
            line=head.line,
            value=", ".join(column for column in head.columns if column),
            allowed="a column called “finess” or “finess_ej”",
            repair="name the column so, say in a column map which one it is, or check that this is the right file",
        )
    used = set(places.values())
    return TablePlan(
        compact=False,
        places=places,
        headers={name: head.columns[place] for name, place in places.items()},
        constants=constants or {},
        values=values or {},
        unused=tuple(header for place, header in enumerate(head.columns) if header and place not in used),
    )


def translate_word(text: str, *, compact: bool) -> tuple[str | None, Status | None]:
    """Return the category and the legal status that a word of a table stands for, None where it is not known."""
    if compact:
        return COMPACT_CATEGORIES.get(text), COMPACT_STATUSES.get(text)
    folded = fold_text(text)
    category = _CATEGORY_OF.get(folded) or COMPACT_CATEGORIES.get(text)
    return category, _STATUS_OF.get(folded)
