"""Findings of a check, in the terminal; exit code 1 when there are any."""

from __future__ import annotations

from dataclasses import asdict

import typer

from hygie.cli.options import print_json
from hygie.core.errors import Finding

__all__ = ["report_findings"]


def report_findings(findings: list[Finding], *, as_json: bool, subject: str) -> None:
    """Print findings, then leave with exit code 1 when there is one."""
    if as_json:
        print_json({"subject": subject, "findings": [asdict(finding) for finding in findings]})
    elif findings:
        for finding in findings:
            typer.echo(finding.render())
        typer.echo(f"{subject}: {len(findings)} finding(s)")
    else:
        typer.echo(f"{subject}: no finding")
    if findings:
        raise typer.Exit(1)
