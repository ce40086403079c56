"""Which cells of the SAE tables give which figure of a site.

Read in the tables of 2023 themselves; `docs/reference/registers.md` says how the figures were compared. Rows of a table
are for one site each, or for one unit of a site: then `where` names the column and the values of the rows that count.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

__all__ = ["SAE_TABLES", "SaeTable"]


@dataclass(frozen=True, slots=True, kw_only=True)
class SaeTable:
    """Figures that one table gives.

    Parameters
    ----------
    columns
        Column of each figure.
    where
        Column that tells units of a site apart, and those that count; None where each site has one row.
    summed
        Whether the rows that count are added up; otherwise a second one is a doubt.
    """

    name: str
    columns: Mapping[str, str]
    where: tuple[str, tuple[str, ...]] | None = None
    summed: bool = False


SAE_TABLES = (
    SaeTable(
        name="MCO",
        columns={"beds_mco": "LIT_MCO", "places": "PLA_MCO", "stays": "SEJHC_MCO", "bed_days": "JOU_MCO"},
    ),
    SaeTable(name="SSR", columns={"beds_ssr": "LIT"}, where=("GDE", ("SSR_TOT",))),
    SaeTable(name="PSY", columns={"beds_psy": "CAP_HTP"}, where=("DIS", ("TOT",))),
    SaeTable(name="USLD", columns={"beds_usld": "LIT"}),
    SaeTable(name="HAD", columns={"had_places": "PLATOT"}),
    # Intensive care of adults and children; intermediate care units are not counted.
    SaeTable(name="REA", columns={"beds_icu": "LIT"}, where=("UNI", ("REAADU", "REAENF")), summed=True),
    SaeTable(name="URGENCES", columns={"emergency_authorised": "AUTSU"}),
    SaeTable(name="URGENCES2", columns={"emergency_visits": "PASSU"}, where=("URG", ("GEN", "PED")), summed=True),
    SaeTable(name="SMURSAMU", columns={"samu": "SAMU", "smur": "SMUR"}),
    SaeTable(name="BLOCS", columns={"operating_rooms": "SALTOT"}),
    SaeTable(name="IMAGES", columns={"mri": "NB"}, where=("EQUIPIMA", ("IRM",))),
    SaeTable(name="IMAGES", columns={"ct_scanners": "NB"}, where=("EQUIPIMA", ("SCAN",))),
    SaeTable(name="IMAGES", columns={"pet_scanners": "NB"}, where=("EQUIPIMA", ("TOMO",))),
    SaeTable(name="IMAGES", columns={"gamma_cameras": "NB"}, where=("EQUIPIMA", ("CAM",))),
    SaeTable(name="IMAGES", columns={"angiography_rooms": "NB"}, where=("EQUIPIMA", ("VASC",))),
    # Stations of the site: in a centre (adults, children), a medical unit, self-care; neither training nor at home.
    SaeTable(
        name="DIALYSE",
        columns={"dialysis_stations": "CAPA"},
        where=("DIALY", ("112BA", "112BE", "1130X", "1140X")),
        summed=True,
    ),
    SaeTable(name="SYGEN", columns={"fte_medical": "ETPSAL_TOT", "fte_non_medical": "ETP_TOT_PNM"}),
    # Authorised activities against cancer: medicines, radiotherapy.
    SaeTable(name="CANCERO", columns={"cancer_medicines": "CANCERO_A1", "radiotherapy": "CANCERO_A2"}),
)
