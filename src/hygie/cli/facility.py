"""``hygie facility``: find, prefill and check the files that describe organisations."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from hygie.cli.facility_show import show_facility
from hygie.cli.findings import report_findings
from hygie.cli.new_facility import new_facility
from hygie.cli.options import JsonFlag, Lang, parse_language
from hygie.cli.population import synthesize_facilities
from hygie.cli.registers import download_register, find_facility, import_register, list_registers

__all__ = ["facility_app"]

facility_app = typer.Typer(help="Facilities: files that describe an organisation.", no_args_is_help=True)


@facility_app.command("check")
def check_file(
    facility: Annotated[Path, typer.Argument(help="Facility file (YAML).", show_default=False)],
    lang: Lang = None,
    as_json: JsonFlag = False,
) -> None:
    """Check a facility file: fields, names, evidence, figures that contradict each other."""
    from hygie.service.checks import check_facility_file

    findings = check_facility_file(facility)
    report_findings(findings, as_json=as_json, subject=str(facility), language=parse_language(lang))


for name, command in (
    ("import", import_register),
    ("registers", list_registers),
    ("download", download_register),
    ("find", find_facility),
    ("new", new_facility),
    ("synthesize", synthesize_facilities),
    ("show", show_facility),
):
    facility_app.command(name)(command)
