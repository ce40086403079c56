"""Codes of French registers in our words: categories, legal statuses, departments and regions.

Categories and legal statuses: nomenclatures of the FINESS directory. Departments and regions: official geographic code.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from hygie.facility.registers.sites import Status

__all__ = [
    "CATEGORY_CODES",
    "COMPACT_CATEGORIES",
    "COMPACT_STATUSES",
    "REGIONS",
    "SYNTHETIC_PREFIX",
    "find_region",
    "read_department",
    "read_legal_status",
]

# Categories of the compact file of the SAE.
COMPACT_CATEGORIES: Mapping[str, str] = MappingProxyType(
    {
        "CH": "ch",
        "HIA_army": "ch",
        "CHR_CHU": "chu",
        "CLCC_cancer_centre": "cancer_centre",
        "CHS_psychiatry": "psychiatric",
        "psychiatric_clinic": "psychiatric",
        "SSR_private": "rehabilitation",
        "CH_ex_hopital_local": "local_hospital",
        "USLD_long_stay": "long_stay",
        "HAD_home_hospital": "home_care",
        "multidisciplinary_private": "clinic",
        "surgical_clinic": "clinic",
        "medical_clinic": "clinic",
        "obstetric_clinic": "clinic",
        "dialysis_alternative": "other",
        "dialysis_centre": "other",
        "GCS_ES": "other",
        "other": "other",
    }
)
COMPACT_STATUSES: Mapping[str, Status] = MappingProxyType(
    {"public": "public", "private_for_profit": "private", "private_non_profit": "private"}
)

# Categories of establishments of the directory that give or support care; there is none for radiotherapy centres,
# which stand under 698 and 699.
CATEGORY_CODES: Mapping[str, str] = MappingProxyType(
    {
        "101": "chu",
        "106": "local_hospital",
        "109": "rehabilitation",
        "114": "ch",
        "122": "clinic",
        "127": "home_care",
        "128": "clinic",
        "129": "clinic",
        "131": "cancer_centre",
        "141": "other",
        "146": "other",
        "156": "other",
        "161": "psychiatric",
        "292": "psychiatric",
        "355": "ch",
        "362": "long_stay",
        "365": "clinic",
        "412": "other",
        "415": "psychiatric",
        "425": "other",
        "430": "other",
        "433": "other",
        "444": "other",
        "500": "ehpad",
        "610": "laboratory",
        "611": "laboratory",
        "612": "laboratory",
        "695": "other",
        "696": "other",
        "697": "other",
        "698": "other",
        "699": "other",
        "999": "other",
    }
)

# Code and name of a region, and its departments.
_REGIONS = {
    "01": ("Guadeloupe", "971"),
    "02": ("Martinique", "972"),
    "03": ("Guyane", "973"),
    "04": ("La Réunion", "974"),
    "06": ("Mayotte", "976"),
    "11": ("Île-de-France", "75 77 78 91 92 93 94 95"),
    "24": ("Centre-Val de Loire", "18 28 36 37 41 45"),
    "27": ("Bourgogne-Franche-Comté", "21 25 39 58 70 71 89 90"),
    "28": ("Normandie", "14 27 50 61 76"),
    "32": ("Hauts-de-France", "02 59 60 62 80"),
    "44": ("Grand Est", "08 10 51 52 54 55 57 67 68 88"),
    "52": ("Pays de la Loire", "44 49 53 72 85"),
    "53": ("Bretagne", "22 29 35 56"),
    "75": ("Nouvelle-Aquitaine", "16 17 19 23 24 33 40 47 64 79 86 87"),
    "76": ("Occitanie", "09 11 12 30 31 32 34 46 48 65 66 81 82"),
    "84": ("Auvergne-Rhône-Alpes", "01 03 07 15 26 38 42 43 63 69 73 74"),
    "93": ("Provence-Alpes-Côte d'Azur", "04 05 06 13 83 84"),
    "94": ("Corse", "2A 2B"),
}
REGIONS: Mapping[str, str] = MappingProxyType({code: name for code, (name, _) in _REGIONS.items()})
_REGION_OF = {department: name for name, listed in _REGIONS.values() for department in listed.split()}
# No department has this number: establishments that do not exist are numbered from it.
SYNTHETIC_PREFIX = "00"
# What the directory and the SAE call overseas departments.
_OVERSEAS = {"9A": "971", "9B": "972", "9C": "973", "9D": "974", "9E": "975", "9F": "976", "9J": "986"}


def read_department(code: str) -> str:
    """Return the official code of a department: `9A` of the directory is `971`."""
    return _OVERSEAS.get(code.upper(), code.upper())


def find_region(department: str) -> str:
    """Return the name of the region of a department, empty when it is none of the 101."""
    return _REGION_OF.get(department, "")


def read_legal_status(code: str) -> Status:
    """Return what the legal status of the directory says: 1 to 29 are public bodies, 30 to 89 and 95 private ones."""
    if not code.isdigit():
        return "unknown"
    number = int(code)
    if 1 <= number < 30:
        return "public"
    return "private" if 30 <= number < 90 or number == 95 else "unknown"
