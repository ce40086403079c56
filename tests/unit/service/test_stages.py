"""Every stage that long work reports has a name for people."""

from __future__ import annotations

import ast
from pathlib import Path

import hygie
from hygie.service.stages import STAGE_LABELS

SERVICE = Path(hygie.__file__).parent / "service"


def test_every_stage_that_a_service_reports_has_a_name() -> None:
    reported = {
        node.args[0].value
        for source in SERVICE.rglob("*.py")
        for node in ast.walk(ast.parse(source.read_text(encoding="utf-8")))
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Name)
        and node.func.id == "report"
        and node.args
        and isinstance(node.args[0], ast.Constant)
    }
    assert {"options", "sets", "map", "simulate"} <= reported
    assert reported <= set(STAGE_LABELS)
