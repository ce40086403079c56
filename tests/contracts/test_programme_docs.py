"""Every field of programme and appetite files is explained."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from pydantic import BaseModel

from hygie.service.programme_files import (
    AppetiteFile,
    ComplaintEntry,
    CoverageEntry,
    LayerEntry,
    PointEntry,
    PricingEntry,
    ProgrammeFile,
    ReinstatementEntry,
    TreatyEntry,
)

PAGE = Path(__file__).parents[2] / "docs" / "reference" / "programme-file.md"


@pytest.mark.parametrize(
    "model",
    [
        ProgrammeFile,
        CoverageEntry,
        LayerEntry,
        ReinstatementEntry,
        ComplaintEntry,
        PricingEntry,
        TreatyEntry,
        AppetiteFile,
        PointEntry,
    ],
)
def test_every_field_is_explained(model: type[BaseModel]) -> None:
    block = re.search(rf"```\{{hygie-fields\}} {model.__name__}\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL)
    assert block is not None
    explained = re.findall(r"^(\w+): ", block[1], flags=re.MULTILINE)
    assert sorted(explained) == sorted(info.alias or name for name, info in model.model_fields.items())
