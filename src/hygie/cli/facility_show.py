"""``hygie facility show``: one facility, as text, as data and as pictures."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from hygie.cli.base import Place, with_place
from hygie.cli.options import JsonFlag, Lang, parse_date, parse_language, print_json
from hygie.cli.registers import RegisterOption, open_lookup
from hygie.core.errors import UsageError

if TYPE_CHECKING:
    from hygie.views.facility import FacilityView
    from hygie.views.messages import Language

__all__ = ["show_facility"]

_FORMS = "SVG, PNG or CSV, by its ending"
_FINESS = re.compile(r"[0-9][0-9ABab][0-9]{7}")


@with_place
def show_facility(
    place: Place,
    what: Annotated[str, typer.Argument(metavar="FILE|FINESS", help="Facility file, or FINESS number in a register.")],
    register: RegisterOption = None,
    graph: Annotated[Path | None, typer.Option(help=f"Draw how an attack can move to this file: {_FORMS}.")] = None,
    needs: Annotated[Path | None, typer.Option(help=f"Draw what needs what to this file: {_FORMS}.")] = None,
    network: Annotated[
        Path | None, typer.Option(help=f"Draw sites, neighbours and providers to this file: {_FORMS}.")
    ] = None,
    as_of: Annotated[str | None, typer.Option(help="Day of the question, YYYY-MM-DD; today by default.")] = None,
    lang: Lang = None,
    as_json: JsonFlag = False,
) -> None:
    """Show a facility: who it is, its services, its zones, what it depends on, how much of its posture is known."""
    from hygie.views.charts_facility import export_facility_picture
    from hygie.views.messages import translator

    language = parse_language(lang)
    view = _read(place, what, register, as_of=as_of, language=language)
    pictures = {"attack_ways": graph, "needs": needs, "network": network}
    written = {name: path for name, path in pictures.items() if path is not None}
    for name, path in written.items():
        export_facility_picture(view, name, path)
    if as_json:
        print_json(view.model_dump(mode="json"))
        return
    from hygie.cli.facility_page import print_facility

    print_facility(view)
    _ = translator(language)
    for path in written.values():
        typer.echo(_("Picture saved in {path}", path=str(path)))
    if not written:
        typer.echo(_("Pictures: --graph, --needs and --network, each with a file (SVG, PNG, CSV)"))


def _read(place: Place, what: str, register: Path | None, *, as_of: str | None, language: Language) -> FacilityView:
    path, day = Path(what), parse_date(as_of)
    # A file of that name goes before a number in a register.
    is_number = _FINESS.fullmatch(what.strip()) is not None and not path.exists()
    if not is_number and register is None:
        from hygie.service.facility_view import show_facility_file

        return show_facility_file(path, as_of=day, language=language)
    if path.is_file():
        raise UsageError(
            "a facility file needs no register",
            field="--register",
            value=str(register),
            repair="leave --register out, or give a FINESS number",
        )
    from hygie.service.facility_lookup import show_register_facility

    with open_lookup(place, register) as registers:
        return show_register_facility(registers, what, as_of=day, language=language)
