"""Write the table of ``docs/validation/backtest.md`` from the public series.

``python docs/_scripts/make_backtest.py DATA`` reads the files of the folder DATA, which the project does not carry, and
puts the table between the marks of the page. A test compares the page with what this gives.
"""

from __future__ import annotations

import sys
from datetime import date
from pathlib import Path

from hygie.service.backtest import run_backtest
from hygie.service.requests import BacktestRequest
from hygie.views.backtest import BacktestView

PAGE = Path(__file__).parents[1] / "validation" / "backtest.md"
BEGIN, END = "<!-- begin: made by docs/_scripts/make_backtest.py -->", "<!-- end -->"
AS_OF = date(2026, 11, 23)

_HHS = {"series": "hhs_ocr_breaches_2009_2020.csv", "date": "submission_date"}
_LEAKS = {"series": "leaksite_posts_by_group_month_2020_2023.csv", "date": "month", "column": "posts"}
_HEALTH = {"series": "leaksite_health_posts_by_group_month.csv", "date": "month", "column": "health_like_posts"}
SERIES: dict[str, dict[str, object]] = {
    "US health breaches, all": _HHS,
    "US health breaches, hacking": {**_HHS, "where": ("breach_type=Hacking",)},
    "leak sites, all groups": {**_LEAKS, "from": "2021-10", "to": "2023-02"},
    "leak sites, group by group": {**_LEAKS, "from": "2021-10", "to": "2023-02", "by": "group"},
    "leak sites, health": {**_HEALTH, "from": "2021-10", "to": "2024-02"},
}
VERDICTS = {"pass": "passed", "fail": "failed", "too_few": "too few months"}


def run_series(folder: Path) -> dict[str, BacktestView]:
    """Return the back-test of every series."""
    return {
        name: run_backtest(
            BacktestRequest.model_validate({**options, "series": str(folder / str(options["series"])), "as_of": AS_OF})
        )
        for name, options in SERIES.items()
    }


def make_table(views: dict[str, BacktestView]) -> str:
    """Return the table in Markdown: one part for each series."""
    lines: list[str] = []
    for name, view in views.items():
        count = f"{view.forecasts} forecasts of {view.origins} months"
        lines += [
            f"**{name}**: {count}, {view.first[:7]} to {view.last[:7]}: {VERDICTS[view.verdict]}.",
            "",
            "| forecast | log score | CRPS | 50 % | 80 % | 95 % | PIT | gain of the filter |",
            "| --- | --- | --- | --- | --- | --- | --- | --- |",
        ]
        for row in view.rows:
            shares = " | ".join(f"{100.0 * row.coverage[level]:.0f} %" for level in ("0.5", "0.8", "0.95"))
            pit = "< 0.001" if row.pit_p < 0.001 else f"{row.pit_p:.2g}"
            gain = "" if row is view.rows[0] else f"{row.gain:.2f} ± {row.gain_error:.2f}"
            lines.append(f"| {row.label} | {row.log_score:.2f} | {row.crps:.2f} | {shares} | {pit} | {gain} |")
        lines.append("")
    return "\n".join(lines)


def put_table(page: str, table: str) -> str:
    """Return the page with the table between its marks."""
    before, rest = page.split(BEGIN, 1)
    return f"{before}{BEGIN}\n\n{table}\n{END}{rest.split(END, 1)[1]}"


def main() -> None:
    """Refresh the page."""
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    table = make_table(run_series(Path(sys.argv[1])))
    PAGE.write_text(put_table(PAGE.read_text(encoding="utf-8"), table), encoding="utf-8")


if __name__ == "__main__":
    main()
