"""``hygie facility new``: a first facility file, from a register or from answers."""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.console import Console
from rich.text import Text

from hygie.cli.base import Place, with_place
from hygie.cli.options import JsonFlag, Lang, parse_language, print_json
from hygie.cli.registers import RegisterOption, open_lookup
from hygie.core.errors import StoreError, UsageError

if TYPE_CHECKING:
    from hygie.service.registers import Candidate
    from hygie.views.messages import Language
    from hygie.views.registers import NewFacilityView

__all__ = ["new_facility"]

# Organisations offered for a choice; a longer list asks for a longer text.
_MOST = 20


@with_place
def new_facility(
    place: Place,
    text: Annotated[str | None, typer.Argument(help="Part of a name or a town, or a FINESS number.")] = None,
    finess: Annotated[str | None, typer.Option(help="FINESS number of a legal entity or of one of its sites.")] = None,
    register: RegisterOption = None,
    form: Annotated[
        bool, typer.Option("--form", help="Answer questions; what a register says are the proposed answers.")
    ] = False,
    out: Annotated[Path | None, typer.Option(help="File to write; named after the number or the name.")] = None,
    overwrite: Annotated[bool, typer.Option("--overwrite", help="Replace a file that exists.")] = False,
    lang: Lang = None,
    as_json: JsonFlag = False,
) -> None:
    """Write a first facility file, prefilled from a public register or from answers; nothing is overwritten unasked."""
    language = parse_language(lang)
    if text is not None and finess is not None:
        raise UsageError("both a text and a number are given", field="--finess", repair="give one of them")
    question = finess or text
    if question is None and not form and not _is_interactive():
        raise UsageError(
            "nothing says which organisation is meant",
            allowed="a FINESS number, a part of a name or a town, or --form",
            repair="give --finess NUMBER; without a register, answer questions: --form",
        )
    if out is not None:
        _refuse_existing(out, overwrite=overwrite)
    base, candidate = None, None
    if question is not None:
        base, candidate = _look_up(place, register, question, language=language, as_json=as_json, form=form)
    short = base is None or (not base["activity"]["fte"] and _is_interactive())
    target = out or (_name_file(candidate) if candidate is not None else None)
    if target is not None:
        _refuse_existing(target, overwrite=overwrite)
    if form or short:
        from hygie.cli.facility_form import ask_form

        start = {"finess": question} if base is None and question is not None else {}
        base, target = ask_form(base, language=language, target=target, start=start)
        _refuse_existing(target, overwrite=overwrite)
    assert base is not None
    assert target is not None
    _write(base, target, candidate=candidate, asked=question, overwrite=overwrite, language=language, as_json=as_json)


def _look_up(
    place: Place, register: Path | None, question: str, *, language: Language, as_json: bool, form: bool
) -> tuple[dict[str, Any] | None, Candidate | None]:
    """Return the file that a register fills; None when there is no register and questions can be asked."""
    from hygie.service.new_facility import choose_candidates, prefill_facility
    from hygie.views.messages import translator

    with open_lookup(place, register) as registers:
        if registers.is_empty and (form or _is_interactive()):
            text = translator(language)("No register was imported: some questions instead.")
            sys.stderr.write(text + "\n")
            return None, None
        found = choose_candidates(registers, question)
        chosen = found[0] if len(found) == 1 else _choose(found, question, language=language, as_json=as_json)
        return prefill_facility(registers, chosen)


def _choose(found: Sequence[Candidate], question: str, *, language: Language, as_json: bool) -> Candidate:
    """Ask which one is meant; without a terminal, list them and give up."""
    from hygie.cli.facility_form import ask_line
    from hygie.cli.register_pages import print_matches
    from hygie.service.registers import view_match
    from hygie.views.messages import translator

    matches = [view_match(candidate) for candidate in found]
    if as_json or not _is_interactive():
        if as_json:
            print_json([match.model_dump(mode="json") for match in matches])
        else:
            print_matches(matches, language, most=_MOST)
        raise UsageError(
            "several organisations match",
            value=question,
            allowed=f"one of {len(found)}",
            repair="give the number of one of them with --finess",
        )
    _ = translator(language)
    console = Console(stderr=True, highlight=False)
    console.print(Text(_("Several organisations match “{text}”:", text=question)))
    print_matches(matches, language, most=_MOST, console=console, numbered=True)
    shown = min(len(found), _MOST)
    while True:
        try:
            answer = ask_line(_("Which one? (1 to {count})", count=shown), console=console, language=language)
        except (EOFError, KeyboardInterrupt):
            console.print(Text(_("Stopped. Nothing was written.")))
            raise typer.Exit(130) from None
        if answer.strip().isdecimal() and 1 <= int(answer) <= shown:
            return found[int(answer) - 1]
        console.print(Text(_("Please give a number from 1 to {count}.", count=shown)))


def _write(
    facility: Mapping[str, Any],
    target: Path,
    *,
    candidate: Candidate | None,
    asked: str | None,
    overwrite: bool,
    language: Language,
    as_json: bool,
) -> None:
    from hygie.service.new_facility import write_facility

    written = write_facility(facility, target, candidate=candidate, asked=asked, overwrite=overwrite)
    if as_json:
        print_json(written.model_dump(mode="json"))
    else:
        print_new_facility(written, language)


def print_new_facility(written: NewFacilityView, language: str) -> None:
    """Print what was written, what is in doubt, and what comes next."""
    from hygie.views.error_words import translate_rendered
    from hygie.views.messages import translator
    from hygie.views.numbers import format_count
    from hygie.views.registers import SYNTHETIC

    _ = translator(language)
    console = Console(highlight=False, soft_wrap=True)
    console.print(
        Text(
            _(
                "{path}: {name}, {beds} beds and places, {fte} FTE",
                path=written.path,
                name=written.name,
                beds=format_count(written.beds, language),
                fte=format_count(written.fte, language),
            )
        )
    )
    if written.site is not None and written.match is not None:
        console.print(
            Text(_("{site} is one of its sites; rates are per legal entity: {finess}", site=written.site,
                   finess=written.match.finess))
        )  # fmt: skip
    if written.match is not None:
        source = " ".join(filter(None, (written.match.register_name, str(written.match.year or ""))))
        console.print(Text(_("Figures from {register}", register=source)), style="dim")
        if written.match.synthetic:
            console.print(Text(_(SYNTHETIC), style="bold"))
    for doubt in written.doubts:
        console.print(Text(translate_rendered(doubt, language)))
    if not written.complete:
        console.print(Text(_("Its staff (fte) is not known: give it before an assessment.")))
    commands = f"hygie facility check {written.path} · hygie assess {written.path}"
    console.print(Text(_("Next: {command}", command=commands), style="dim"))


def _name_file(candidate: Candidate) -> Path:
    from hygie.service.new_facility import name_file

    return name_file(candidate)


def _refuse_existing(target: Path, *, overwrite: bool) -> None:
    """Say that a file exists before anybody has answered a question for nothing."""
    try:
        taken = target.exists()
    except OSError:
        # A name that no file can have: writing it says why.
        taken = False
    if taken and not overwrite:
        raise StoreError(
            "the file exists already", file=str(target), repair="choose another one with --out, or give --overwrite"
        )


def _is_interactive() -> bool:
    return sys.stdin.isatty() and sys.stderr.isatty()
