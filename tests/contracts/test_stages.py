"""Whoever waits for long work reads what it does, in their language."""

from __future__ import annotations

import ast
from pathlib import Path

import hygie
from hygie.service.stages import STAGE_LABELS

SERVICE = Path(hygie.__file__).parent / "service"


def test_every_stage_that_is_told_has_a_name() -> None:
    told: set[str] = set()
    for source in SERVICE.rglob("*.py"):
        for node in ast.walk(ast.parse(source.read_text(encoding="utf-8"))):
            if not isinstance(node, ast.Call) or not node.args:
                continue
            name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
            first = node.args[0]
            if name in ("progress", "report", "tell") and isinstance(first, ast.Constant):
                told.add(str(first.value))
    # Others are told in words, which are translated as they are.
    ids = {stage for stage in told if stage.isidentifier() and stage.islower()}
    assert {"simulate", "synthesize"} <= ids
    assert ids <= set(STAGE_LABELS)
