"""Lines of the page of sources."""

from __future__ import annotations

from datetime import date

from hygie.knowledge.catalogue import Catalogue
from hygie.service.sources import write_line


def test_a_range_says_what_its_median_is_counted_by(catalogue: Catalogue, as_of: date) -> None:
    counted = [item for item in catalogue.estimates.values() if item.unit.startswith("h/")]
    assert counted
    for estimate in counted:
        line = write_line(estimate, catalogue, as_of=as_of, language="en")
        per = line.median_text[line.median_text.index("per") :]
        assert line.range_text.endswith(per), line
