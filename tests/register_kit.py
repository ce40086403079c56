"""A small register of fictitious establishments, in the form of the compact file of the yearly statistics."""

from __future__ import annotations

import zipfile
from pathlib import Path

DATA = Path(__file__).parent / "data"

HEADER, *ROWS = """\
finess,finess_ej,name,category,legal_status,region_name,dept_code,city,ght_code,ght_name,beds_mco,day_places_mco,\
stays_mco,bed_days_mco,beds_ssr,beds_psy,beds_usld,beds_icu,ed_visits,operating_rooms,fte_medical,fte_non_medical
990000010,990000001,CH DES DEUX RIVIÈRES,CH,public,Exemple,99,SAINT-EXEMPLE,9901,GHT EXEMPLE,300,40,\
18000,95000,30,,,12,40000,7,150.0,1050.0
990000028,990000001,SITE SAINT-LOUIS,CH,public,Exemple,99,SAINT-LOUIS,9901,GHT EXEMPLE,,,,,50,,40,,,,4.0,96.0
990000036,990000002,CH DE LA COLLINE,CH,public,Exemple,99,LA COLLINE,9901,GHT EXEMPLE,80,10,\
5000,25000,,,,,9000,2,30.0,270.0
980000012,980000001,CLINIQUE DES DEUX RIVIÈRES,multidisciplinary_private,private_for_profit,Ailleurs,98,RIVE,,,90,30,\
9000,20000,,,,,,6,,180.0
980000020,980000003,CENTRE SANS EFFECTIFS,SSR_private,private_non_profit,Ailleurs,98,RIVE,,,,,,,60,,,,,,,
""".splitlines()


def write_register(path: Path, *rows: str) -> Path:
    """Write the register; `rows` replace the usual ones."""
    path.write_text("\n".join([HEADER, *(rows or ROWS)]) + "\n", encoding="utf-8")
    return path


def pack_sae(path: Path) -> Path:
    """Pack the tables of a fictitious year as DREES packs them: two folders down, beside a notice."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("SAE 2031 Bases statistiques/Notice.txt", "read me")
        for table in sorted((DATA / "sae" / "2031").glob("*.csv")):
            archive.write(table, f"SAE 2031 Bases statistiques/Bases statistiques/Bases CSV/{table.name}")
    return path
