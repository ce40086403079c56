"""Everything a user reads on screen exists in French, and nothing in the catalogue is left over."""

from __future__ import annotations

import ast
import re
from importlib.resources import files
from io import BytesIO
from pathlib import Path

import jinja2
import pytest
from babel.messages.pofile import read_po

import hygie
from hygie.facility.registers import TOPICS
from hygie.service import words
from hygie.service.explain import STEPS
from hygie.service.fair_figures import TYPED_FORM_LABELS
from hygie.service.stages import STAGE_LABELS
from hygie.service.uncertainty_groups import GROUP_LABELS
from hygie.service.what_changed import JOB_LABELS
from hygie.views.messages import translator
from hygie.views.registers import SYNTHETIC

PACKAGE = Path(hygie.__file__).parent
NARROW, NO_BREAK = "\u202f", "\u00a0"


def translated_strings() -> set[str]:
    """Return every literal given to `_()` or `_translate()`, and the labels that are translated when shown."""
    found: set[str] = set()
    for source in PACKAGE.rglob("*.py"):
        tree = ast.parse(source.read_text(encoding="utf-8"))
        for node in ast.walk(tree):
            if not isinstance(node, ast.Call):
                continue
            name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
            inner = node.func.func if isinstance(node.func, ast.Call) else None
            is_translator = inner is not None and getattr(inner, "id", "") == "translator"
            if (name in ("_", "_translate") or is_translator) and node.args:
                first = node.args[0]
                if isinstance(first, ast.Constant) and isinstance(first.value, str):
                    found.add(first.value)
    for template in (PACKAGE / "web" / "templates").rglob("*.j2"):
        parsed = jinja2.Environment().parse(template.read_text(encoding="utf-8"))
        for call in parsed.find_all(jinja2.nodes.Call):
            if isinstance(call.node, jinja2.nodes.Name) and call.node.name == "t" and call.args:
                first = call.args[0]
                assert isinstance(first, jinja2.nodes.Const), (template.name, call.lineno)
                found.add(str(first.value))
    for name in ("FIGURE_LABELS", "OUTCOME_LABELS", "ORIGIN_LABELS", "FORM_LABELS", "MODULE_LABELS"):
        labels = getattr(words, name)
        found |= set(labels.values())
    found |= set(TYPED_FORM_LABELS.values())
    found |= {title for title, _columns in STEPS.values()}
    found |= set(TOPICS.values()) | set(GROUP_LABELS.values()) | set(JOB_LABELS.values()) | set(STAGE_LABELS.values())
    found.add(SYNTHETIC)
    # Chosen by a condition or a table before the call.
    found |= {
        "Largest event exceeded one year in {period}",
        "Annual loss exceeded one year in {period}",
        "Simulating each control",
        "Simulating sets of controls",
        "Reading the file",
        "Asking the source",
        "Unpacking the archive",
        "Reading the register",
        "Keeping the register",
        "Writing the backup",
    }
    return found


@pytest.fixture(scope="module")
def french() -> dict[str, str]:
    data = (files("hygie.views") / "locale" / "fr" / "LC_MESSAGES" / "hygie.po").read_bytes()
    return {str(message.id): str(message.string) for message in read_po(BytesIO(data)) if message.id}


def test_every_text_is_translated_and_none_is_left_over(french: dict[str, str]) -> None:
    assert translated_strings() == set(french)
    assert all(french.values())


def test_translations_use_the_same_values(french: dict[str, str]) -> None:
    for english, text in french.items():
        assert set(re.findall(r"{(\w+)}", english)) == set(re.findall(r"{(\w+)}", text)), english


def test_french_typography(french: dict[str, str]) -> None:
    for text in french.values():
        assert "'" not in text, text
        assert '"' not in text, text
        for mark in re.finditer(r"(.)[:;!?»%]", text):
            assert mark.group(1) in (NARROW, NO_BREAK), text


def test_translator_fills_values() -> None:
    assert translator("en")("Digest: {digest}", digest="x") == "Digest: x"
    assert translator("fr")("Digest: {digest}", digest="x") == f"Empreinte{NO_BREAK}: x"
