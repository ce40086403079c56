"""``hygie threat``: yearly frequencies from evidence, and how good such forecasts have been."""

from __future__ import annotations

import typer

from hygie.cli.threat_backtest import backtest
from hygie.cli.threat_diff import diff
from hygie.cli.threat_rates import rates
from hygie.cli.threat_watch import watch

__all__ = ["threat_app"]

threat_app = typer.Typer(
    help="Threat: frequencies from evidence, why they move, how good forecasts are.", no_args_is_help=True
)
threat_app.command("rates")(rates)
threat_app.command("diff")(diff)
threat_app.command("watch")(watch)
threat_app.command("backtest")(backtest)
