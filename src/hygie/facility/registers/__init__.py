"""Public registers of health establishments: from official files to legal entities and facility files.

Sites are grouped by legal entity, the unit in which rates and the population are stated. `read_register` tells by
itself what it is given; `docs/reference/registers.md` describes the formats.
"""

from hygie.facility.registers.groups import Group, GroupList, join_groups, read_groups
from hygie.facility.registers.notes import (
    TOPICS,
    FindingGroup,
    FindingSummary,
    Notebook,
    RegisterFinding,
    summarise_findings,
)
from hygie.facility.registers.prefill import describe_entity, describe_site, to_facility, write_facility_yaml
from hygie.facility.registers.reading import read_register
from hygie.facility.registers.selection import merge_registers, select, sum_regions
from hygie.facility.registers.sites import (
    COUNTS,
    EQUIPMENT,
    FLAGS,
    LegalEntity,
    Register,
    RegisterSite,
    Status,
    build_register,
    check_entities,
)
from hygie.facility.registers.table_columns import RegisterMap, read_register_map

__all__ = [
    "COUNTS",
    "EQUIPMENT",
    "FLAGS",
    "TOPICS",
    "FindingGroup",
    "FindingSummary",
    "Group",
    "GroupList",
    "LegalEntity",
    "Notebook",
    "Register",
    "RegisterFinding",
    "RegisterMap",
    "RegisterSite",
    "Status",
    "build_register",
    "check_entities",
    "describe_entity",
    "describe_site",
    "join_groups",
    "merge_registers",
    "read_groups",
    "read_register",
    "read_register_map",
    "select",
    "sum_regions",
    "summarise_findings",
    "to_facility",
    "write_facility_yaml",
]
