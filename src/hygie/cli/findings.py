"""Findings of a check, in the terminal; exit code 1 when there are any."""

from __future__ import annotations

from dataclasses import asdict

import typer

from hygie.cli.options import print_json
from hygie.core.errors import Finding
from hygie.views.error_words import render_finding, translate_finding
from hygie.views.messages import Language, translator

__all__ = ["report_findings"]


def report_findings(findings: list[Finding], *, as_json: bool, subject: str, language: Language) -> None:
    """Print findings, then leave with exit code 1 when there is one."""
    _ = translator(language)
    if as_json:
        said = [translate_finding(finding, language) for finding in findings]
        print_json({"subject": subject, "findings": [asdict(finding) for finding in said]})
    elif findings:
        for finding in findings:
            typer.echo(render_finding(finding, language))
        typer.echo(_("{subject}: {count} finding(s)", subject=subject, count=len(findings)))
    else:
        typer.echo(_("{subject}: no finding", subject=subject))
    if findings:
        raise typer.Exit(1)
