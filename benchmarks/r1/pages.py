"""R1 as a table and a plot."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

__all__ = ["WORK", "draw_plot", "write_table"]

# What each does of the task, and what it leaves out.
WORK = {
    "hygie": (
        "hygie, 2 threads",
        "all of it: every attempt decided (S drawn where it matters), every loss, terms by event and year, OEP, AEP",
    ),
    "numpy": ("NumPy, 1 thread", "all of it"),
    "pyfair": (
        "pyfair",
        "frequency × PERT susceptibility × one PERT loss (no lognormal); no events, no counts, no terms, no OEP",
    ),
    "pycrq": ("pycrq", "frequency × susceptibility × one lognormal loss; no events, no counts, no terms, no OEP"),
    "risksim": (
        "lossmodels + risksim",
        "compound Poisson with the mean susceptibility; gross only, no terms per event, no OEP",
    ),
    "prospicio": ("prospicio (Rust)", "compound Poisson with the mean susceptibility; gross totals only"),
    "gemact": (
        "GEMAct, Monte Carlo",
        "terms per event and year, each scenario alone with the mean susceptibility; no portfolio, no OEP",
    ),
    "gemact_fft": ("GEMAct, FFT", "exact, each scenario alone with the mean susceptibility; no years, no OEP"),
    "aggregate": ("aggregate, FFT", "exact, each scenario alone with the mean susceptibility; no years, no OEP"),
    "crml": ("crml-engine", "compound Poisson, each scenario alone with the mean susceptibility; gross only"),
}


def _scaled(row: dict[str, Any], years: int) -> float:
    return float(row["seconds"]) * (years / row["years"] if row["years"] else 1.0)


def write_table(report: dict[str, Any]) -> str:
    """Return the report as Markdown."""
    rows = {row["name"]: row for row in report["rows"]}
    base = rows["hygie"]
    lines = [
        "| Program | Seconds | Times ours | CPU seconds | AAL | VaR 99 % | TVaR 99 % | Work done and left out |",
        "| --- | ---: | ---: | ---: | ---: | ---: | ---: | --- |",
    ]
    for name, row in rows.items():
        label, work = WORK[name]
        if "failed" in row:
            lines.append(f"| {label} | failed | – | – | – | – | – | {row['failed']} |")
            continue
        scale = base["years"] / row["years"] if row["years"] else 1.0
        seconds = _scaled(row, base["years"])
        note = f" (scaled from {row['years']:,} years)" if row["years"] and row["years"] < base["years"] else ""
        figures = [f"{row[key]:,.0f}" if key in row else "–" for key in ("aal", "var", "tvar")]
        lines.append(
            f"| {label} | {seconds:.3g}{note} | {seconds / base['seconds']:.3g} | {row['cpu_seconds'] * scale:.3g} | "
            f"{' | '.join(figures)} | {work} |"
        )
    exact, gaps, limits = report["exact"], report["standard_errors_from_fft"], report["limits"]
    lines += [
        f"| exact, by FFT | – | – | – | {exact['aal']:,.0f} | {exact['var']:,.0f} | {exact['tvar']:,.0f} | oracle |",
        "",
        "Distance from FFT in standard errors: "
        + ", ".join(f"{key} {value:+.2f}" for key, value in gaps.items())
        + ".",
        " ".join(
            (
                f"One thread: {report['one_thread']['seconds']:.3g} s.",
                f"10,000 years: {report['slider_milliseconds']:.1f} ms at best,",
                f"{report['slider_median_milliseconds']:.1f} ms in the median.",
                f"{report['attempts']:,} attempts, {report['losses']:,} losses.",
            )
        ),
        " ".join(
            (
                f"Processor time: counts {limits['counts_s']:.3f} s, attempts {limits['attempts_s']:.3f} s,",
                f"decisions on the {limits['hopeful_share']:.0%} that can become losses {limits['decisions_s']:.3f} s,",
                f"losses {limits['losses_s']:.3f} s, reading figures {limits['figures_s']:.3f} s.",
                f"Philox alone needs {limits['philox_s']:.3f} s",
                f"({limits['philox_blocks_per_s'] / 1e6:.0f} M blocks/s), tables alone {limits['tables_s']:.3f} s",
                f"({limits['lognormals_per_s'] / 1e6:.0f} M/s): {limits['share_of_limit']:.0%} of the kernel's time.",
            )
        ),
        "",
    ]
    return "\n".join(lines)


def draw_plot(report: dict[str, Any], file: Path) -> None:
    """Write seconds per million years as bars on a logarithmic scale."""
    import vl_convert

    years = next(row["years"] for row in report["rows"] if row["name"] == "hygie")
    values = [
        {"program": WORK[row["name"]][0], "seconds": _scaled(row, years), "ours": row["name"] == "hygie"}
        for row in report["rows"]
        if "failed" not in row
    ]
    spec = {
        "$schema": "https://vega.github.io/schema/vega-lite/v5.json",
        "title": {
            "text": "R1: ten typed scenarios, a million years",
            "subtitle": "seconds, logarithmic; see the table for what each leaves out",
        },
        "width": 560,
        "height": {"step": 26},
        "data": {"values": values},
        "encoding": {"y": {"field": "program", "type": "nominal", "sort": {"field": "seconds"}, "title": None}},
        "layer": [
            {
                "mark": "bar",
                "encoding": {
                    "x": {
                        "field": "seconds",
                        "type": "quantitative",
                        "scale": {"type": "log", "domainMin": 0.05, "nice": False},
                        "title": "seconds",
                    },
                    "x2": {"datum": 0.05},
                    "color": {
                        "field": "ours",
                        "type": "nominal",
                        "legend": None,
                        "scale": {"range": ["#b9c4cd", "#1f5f8b"]},
                    },
                },
            },
            {
                "mark": {"type": "text", "align": "left", "dx": 4},
                "encoding": {
                    "x": {"field": "seconds", "type": "quantitative"},
                    "text": {"field": "seconds", "type": "quantitative", "format": ",.2~r"},
                },
            },
        ],
    }
    file.write_bytes(vl_convert.vegalite_to_png(json.dumps(spec), scale=1.5))
