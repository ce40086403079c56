"""``hygie intel``: intelligence in, judged, and out."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, NoReturn

import typer

from hygie.cli.base import with_base
from hygie.cli.options import JsonFlag, Lang, Reason, parse_language, print_json
from hygie.core.errors import UsageError
from hygie.core.evidence import TLP

if TYPE_CHECKING:
    from hygie.service.workspace import Base
    from hygie.views.messages import Translate

__all__ = ["intel_app"]

intel_app = typer.Typer(help="Intelligence: import, judge, search, export.", no_args_is_help=True)

Ref = Annotated[str, typer.Argument(help="Ref of a record, as lists and imports print it.", show_default=False)]
KindOption = Annotated[str | None, typer.Option("--kind", help="Kind of record, when several share a ref.")]
Ceiling = Annotated[TLP, typer.Option(help="Nothing marked above this leaves, references included.")]


@intel_app.command("import")
@with_base
def import_intel(
    base: Base,
    file: Annotated[Path, typer.Argument(help="File to read; may be compressed.", show_default=False)],
    format: Annotated[str | None, typer.Option(help="Format; told from the file by default.")] = None,  # noqa: A002
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Read and compare everything, write nothing.")] = False,
    preview: Annotated[int | None, typer.Option(help="Tables: show how N rows would be read, and stop.")] = None,
    columns: Annotated[Path | None, typer.Option("--map", help="Tables: file that maps columns to fields.")] = None,
    sheet: Annotated[str | None, typer.Option(help="Workbooks: the sheet to read.")] = None,
    keep_names: Annotated[bool, typer.Option("--keep-names", help="Leak sites: keep names of victims.")] = False,
    lang: Lang = None,
    as_json: JsonFlag = False,
) -> None:
    """Import a file: STIX, MISP, VERIS, KEV, EPSS, leak-site posts, tables; all of it, or nothing."""
    from hygie.cli.intel_pages import ImportProgress, print_import, print_preview
    from hygie.service.intel import import_file, preview_file
    from hygie.views.messages import translator

    language = parse_language(lang)
    if preview is not None:
        if not 1 <= preview <= 1000:
            raise UsageError("this option is out of range", field="--preview", value=preview, allowed="1 to 1000")
        table = preview_file(file, column_map=columns, sheet=sheet, rows=preview)
        if as_json:
            print_json(table.model_dump(mode="json"))
        else:
            print_preview(table, language)
        return
    try:
        with ImportProgress(file, language) as progress:
            report = import_file(
                base,
                file,
                format=format,
                dry_run=dry_run,
                keep_names=keep_names,
                column_map=columns,
                sheet=sheet,
                on_bytes=progress,
            )
    except KeyboardInterrupt:
        _stop(translator(language)("Stopped. Nothing was written."))
    _finish_import(report, as_json=as_json, language=language, printer=print_import)


@intel_app.command("pull")
@with_base
def pull_intel(
    base: Base,
    url: Annotated[
        str, typer.Argument(help="Address of a TAXII 2.1 server or of a MISP instance.", show_default=False)
    ],
    protocol: Annotated[str, typer.Option(help="taxii, misp or misp-feed.")] = "taxii",
    collection: Annotated[str | None, typer.Option(help="TAXII: id, alias or title of a collection.")] = None,
    user: Annotated[str | None, typer.Option(help="User name; the password is read from --secret-env.")] = None,
    secret_env: Annotated[
        str | None, typer.Option(help="Environment variable that holds the password, token or key.")
    ] = None,
    restart: Annotated[
        bool, typer.Option("--restart", help="Read from the beginning, not from the last page.")
    ] = False,
    allow_http: Annotated[bool, typer.Option("--allow-http", help="Accept an address without TLS.")] = False,
    ca_file: Annotated[Path | None, typer.Option(help="Certificates of the authority of an internal network.")] = None,
    lang: Lang = None,
    as_json: JsonFlag = False,
) -> None:
    """Pull a collection or a feed, page by page; a pull that was stopped goes on where it was."""
    from hygie.cli.intel_pages import PullProgress, print_import
    from hygie.service.intel_pull import pull
    from hygie.views.messages import translator

    language = parse_language(lang)
    progress = PullProgress(language)
    try:
        report = pull(
            base,
            url,
            protocol=protocol,
            collection=collection,
            user=user,
            secret_env=secret_env,
            restart=restart,
            allow_http=allow_http,
            ca_file=ca_file,
            progress=progress,
        )
    except KeyboardInterrupt:
        _stop(translator(language)("Stopped. The pages that were read are kept; the next pull goes on from there."))
    _finish_import(report, as_json=as_json, language=language, printer=print_import)


@intel_app.command("export")
@with_base
def export_intel(
    base: Base,
    out: Annotated[Path, typer.Argument(help="File to write.", show_default=False)],
    format: Annotated[  # noqa: A002
        str | None, typer.Option(help="stix, veris, csv, xlsx or navigator; told from the name by default.")
    ] = None,
    tlp_ceiling: Ceiling = TLP.GREEN,
    kind: Annotated[list[str] | None, typer.Option(help="Only these kinds; may be repeated.")] = None,
    text: Annotated[str | None, typer.Option(help="Only records with these words.")] = None,
    origin: Annotated[str | None, typer.Option(help="Only records of an origin, such as import/stix.")] = None,
    actor: Annotated[
        list[str] | None, typer.Option(help="Navigator: only techniques of this actor; may be repeated.")
    ] = None,
    domain: Annotated[str, typer.Option(help="Navigator: enterprise or ics.")] = "enterprise",
    lang: Lang = None,
    as_json: JsonFlag = False,
) -> None:
    """Export records as STIX 2.1, VERIS, CSV, XLSX or an ATT&CK Navigator layer, under a TLP ceiling."""
    from hygie.cli.intel_pages import print_export
    from hygie.service.intel_export import export_file

    report = export_file(
        base,
        out,
        format=format,
        ceiling=tlp_ceiling,
        kinds=kind or (),
        text=text,
        origin=origin,
        domain=domain,
        actors=actor or (),
    )
    if as_json:
        print_json(report.model_dump(mode="json"))
    else:
        print_export(report, parse_language(lang))


@intel_app.command("find")
@with_base
def find_intel(
    base: Base,
    text: Annotated[str | None, typer.Argument(help="Words; accents and case do not matter.")] = None,
    kind: Annotated[str | None, typer.Option(help="Only this kind.")] = None,
    limit: Annotated[int, typer.Option(help="At most so many.", min=1, max=10_000)] = 50,
    lang: Lang = None,
    as_json: JsonFlag = False,
) -> None:
    """Find records by words and kind."""
    from hygie.cli.intel_pages import print_records
    from hygie.service.intel import find_records, parse_kind

    records = list(find_records(base, kind=parse_kind(kind) if kind else None, text=text, limit=limit))
    if as_json:
        print_json([record.model_dump(mode="json") for record in records])
    else:
        print_records(records, parse_language(lang), limit=limit)
    if not records:
        raise typer.Exit(1)


@intel_app.command("show")
@with_base
def show_intel(
    base: Base,
    ref: Ref,
    versions: Annotated[bool, typer.Option("--versions", help="With what each change made of each field.")] = False,
    kind: KindOption = None,
    lang: Lang = None,
    as_json: JsonFlag = False,
) -> None:
    """Show a record: what it says, who says so, and every change."""
    from hygie.cli.intel_pages import print_record
    from hygie.service.qualification import show_record

    page = show_record(base, ref, kind=_kind(kind))
    if as_json:
        print_json(page.model_dump(mode="json"))
    else:
        print_record(page, parse_language(lang), versions=versions)


@intel_app.command("qualify")
@with_base
def qualify_intel(
    base: Base,
    ref: Ref,
    reason: Reason,
    kind: KindOption = None,
    reliability: Annotated[str | None, typer.Option(help="Of the source, A to F (Admiralty).")] = None,
    credibility: Annotated[int | None, typer.Option(help="Of the statement, 1 to 6 (Admiralty).")] = None,
    actor: Annotated[str | None, typer.Option(help="Ref of the actor, or unknown.")] = None,
    confidence: Annotated[str | None, typer.Option(help="Of the attribution: high, medium, low or none.")] = None,
    started_on: Annotated[str | None, typer.Option(help="YYYY, YYYY-MM or YYYY-MM-DD.")] = None,
    precision: Annotated[str | None, typer.Option(help="Of the date: day, week, month or year.")] = None,
    date_basis: Annotated[
        str | None, typer.Option(help="What the date is of: attack, discovery, leak_post, disclosure.")
    ] = None,
    threat_class: Annotated[str | None, typer.Option(help="Class of the incident.")] = None,
    tlp: Annotated[TLP | None, typer.Option(help="Traffic Light Protocol 2.0.")] = None,
    pap: Annotated[str | None, typer.Option(help="Permissible Actions Protocol: clear, green, amber or red.")] = None,
    as_json: JsonFlag = False,
    lang: Lang = None,
) -> None:
    """Judge a record: source grade, attribution, date, class, markings."""
    from hygie.service.qualification import qualify_from_text

    record = qualify_from_text(
        base,
        ref,
        kind=_kind(kind),
        reason=reason,
        reliability=reliability,
        credibility=credibility,
        actor=actor,
        confidence=confidence,
        started_on=started_on,
        precision=precision,
        date_basis=date_basis,
        threat_class=threat_class,
        tlp=tlp,
        pap=pap,
    )
    _show_changed(record, as_json=as_json, lang=lang)


@intel_app.command("edit")
@with_base
def edit_intel(
    base: Base,
    ref: Ref,
    reason: Reason,
    assign: Annotated[
        list[str] | None,
        typer.Option("--set", help="field=value, dotted for parts, the value as JSON or plain text; may be repeated."),
    ] = None,
    clear: Annotated[list[str] | None, typer.Option("--unset", help="Remove a field; may be repeated.")] = None,
    kind: KindOption = None,
    lang: Lang = None,
    as_json: JsonFlag = False,
) -> None:
    """Correct fields of a record; what its sources said stays below, and can be brought back."""
    from hygie.service.qualification import edit_record

    changes: dict[str, Any] = dict.fromkeys(clear or ())
    for text in assign or ():
        name, sign, value = text.partition("=")
        if not sign:
            raise UsageError("this is no assignment", field="--set", value=text, allowed="field=value")
        changes[name.strip()] = _read_value(value)
    record = edit_record(base, ref, changes, reason=reason, kind=_kind(kind))
    _show_changed(record, as_json=as_json, lang=lang)


@intel_app.command("undo")
@with_base
def undo_intel(
    base: Base,
    ref: Ref,
    reason: Reason,
    field: Annotated[list[str] | None, typer.Option(help="Only this field; may be repeated.")] = None,
    kind: KindOption = None,
    lang: Lang = None,
    as_json: JsonFlag = False,
) -> None:
    """Take an analyst's edits back: the record says again what its sources say."""
    from hygie.service.qualification import undo_edits

    _show_changed(undo_edits(base, ref, reason=reason, fields=field, kind=_kind(kind)), as_json=as_json, lang=lang)


@intel_app.command("delete")
@with_base
def delete_intel(base: Base, ref: Ref, reason: Reason, kind: KindOption = None, lang: Lang = None) -> None:
    """Hide a record; nothing is destroyed."""
    from hygie.service.qualification import delete_record

    delete_record(base, ref, reason=reason, kind=_kind(kind))
    _ = _translator(lang)
    typer.echo(_("{ref}: deleted", ref=ref))


@intel_app.command("restore")
@with_base
def restore_intel(base: Base, ref: Ref, reason: Reason, kind: KindOption = None, lang: Lang = None) -> None:
    """Bring a deleted record back."""
    from hygie.service.qualification import restore_record

    restore_record(base, ref, reason=reason, kind=_kind(kind))
    _ = _translator(lang)
    typer.echo(_("{ref}: restored", ref=ref))


@intel_app.command("duplicates")
@with_base
def duplicates_intel(base: Base, lang: Lang = None, as_json: JsonFlag = False) -> None:
    """List incidents that may be one, with what speaks for and against."""
    from hygie.cli.intel_pages import print_duplicates
    from hygie.service.qualification import list_duplicates

    pairs = list_duplicates(base)
    if as_json:
        print_json([pair.model_dump(mode="json") for pair in pairs])
    else:
        print_duplicates(pairs, parse_language(lang))


@intel_app.command("merge")
@with_base
def merge_intel(
    base: Base,
    keep: Annotated[str, typer.Argument(help="The record to keep.", show_default=False)],
    other: Annotated[str, typer.Argument(help="The record that says the same.", show_default=False)],
    reason: Reason,
    kind: KindOption = None,
    lang: Lang = None,
    as_json: JsonFlag = False,
) -> None:
    """Join two records of one thing; `split` undoes it exactly."""
    from hygie.service.qualification import merge_records

    _show_changed(merge_records(base, keep, other, reason=reason, kind=_kind(kind)), as_json=as_json, lang=lang)


@intel_app.command("split")
@with_base
def split_intel(base: Base, ref: Ref, reason: Reason, kind: KindOption = None, lang: Lang = None) -> None:
    """Take a merged record out again; both are as they were."""
    from hygie.service.qualification import split_record

    split_record(base, ref, reason=reason, kind=_kind(kind))
    _ = _translator(lang)
    typer.echo(_("{ref}: split", ref=ref))


@intel_app.command("distinct")
@with_base
def distinct_intel(
    base: Base,
    first: Annotated[str, typer.Argument(help="One incident.", show_default=False)],
    second: Annotated[str, typer.Argument(help="The other.", show_default=False)],
    reason: Reason,
    lang: Lang = None,
) -> None:
    """Say that two incidents are not one; the pair is not proposed again."""
    from hygie.service.qualification import tell_apart

    tell_apart(base, first, second, reason=reason)
    _ = _translator(lang)
    typer.echo(_("{first} and {second} are two", first=first, second=second))


@intel_app.command("log")
@with_base
def log_intel(
    base: Base,
    limit: Annotated[int, typer.Option(help="The last N.", min=1, max=100_000)] = 30,
    imports: Annotated[bool, typer.Option("--imports", help="List imports instead of single changes.")] = False,
    lang: Lang = None,
    as_json: JsonFlag = False,
) -> None:
    """Print the audit trail, newest first: who changed what, when and why."""
    from hygie.cli.intel_pages import print_log
    from hygie.service.audit import list_changes, list_imports

    rows = list_imports(base, limit=limit) if imports else list_changes(base, limit=limit)
    if as_json:
        print_json([row.model_dump(mode="json") for row in rows])
    else:
        print_log(rows, parse_language(lang))


def _translator(lang: str | None) -> Translate:
    from hygie.views.messages import translator

    return translator(parse_language(lang))


def _stop(words: str) -> NoReturn:
    sys.stderr.write(words + "\n")
    raise typer.Exit(130) from None


def _kind(text: str | None) -> Any:
    from hygie.service.intel import parse_kind

    return None if text is None else parse_kind(text)


def _read_value(text: str) -> Any:
    try:
        return json.loads(text)
    except ValueError:
        return text


def _show_changed(record: Any, *, as_json: bool, lang: str | None) -> None:
    from hygie.cli.intel_pages import print_record

    if as_json:
        print_json(record.model_dump(mode="json"))
    else:
        print_record(record, parse_language(lang))


def _finish_import(report: Any, *, as_json: bool, language: Any, printer: Any) -> None:
    if as_json:
        print_json(report.model_dump(mode="json"))
    else:
        printer(report, language)
    if report.counts["refused"]:
        raise typer.Exit(1)
