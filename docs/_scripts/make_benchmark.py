"""Put the table of the last `make peers` into docs/reference/benchmark-r1.md, between its two marks."""

from __future__ import annotations

import json
import re
from pathlib import Path

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs" / "reference" / "benchmark-r1.md"
RESULT = ROOT / "results" / "north_star"


def main() -> None:
    table = (RESULT / "r1.md").read_text(encoding="utf-8").strip()
    report = json.loads((RESULT / "r1.json").read_text(encoding="utf-8"))
    cpu = {row["name"]: row["cpu_seconds"] for row in report["rows"] if "failed" not in row}
    ratios = (
        f"Processor time, all threads together: NumPy takes {cpu['numpy'] / cpu['hygie']:.1f} times ours, pyfair "
        f"{cpu['pyfair'] / cpu['hygie']:.1f} times, and pyfair does less."
    )
    text = PAGE.read_text(encoding="utf-8")
    body = f"<!-- measured -->\n\n{table}\n\n{ratios}\n\n<!-- end of measured -->"
    PAGE.write_text(
        re.sub(r"<!-- measured -->.*<!-- end of measured -->", lambda _: body, text, flags=re.DOTALL), encoding="utf-8"
    )


if __name__ == "__main__":
    main()
