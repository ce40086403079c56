"""Errors and findings in the language of the reader: the template behind a text is recognised, then said in French.

Errors are raised in English, with their values filled in. Here the template is found again: its literals stand in the
text in their order. `str.find` finds them one after the other, so that hostile values cost no more than their length.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cache
from string import Formatter

from hygie.core.errors import Finding, HygieError
from hygie.views.messages import read_catalogue, translator

__all__ = ["LONGEST", "render_error", "render_finding", "translate_finding", "translate_rendered", "translate_text"]

LONGEST = 10_000
"""Longer texts stay as they are [characters]."""

_DEEPEST = 3
_PREFIX = 4
_WIDEST = 30
# Templates with fewer letters than this say little: what fills them must be single words.
_WEAK = 5
_NOUNS = frozenset({"field_type", "kind", "what"})
_QUOTES = ("“", '"', "'", "`", "«\u202f")
_COLON = "\u00a0:"
_LABELS = ("Field", "Value", "Allowed", "Repair")


@dataclass(frozen=True, slots=True)
class _Template:
    """One text with placeholders.

    Parameters
    ----------
    literals
        What stands before, between and after the placeholders.
    names
        The placeholders, one fewer than literals.
    said
        The text in the other language.
    rank
        How many letters, then how many signs, recognise it.
    """

    literals: tuple[str, ...]
    names: tuple[str, ...]
    said: str
    rank: tuple[int, int]


@dataclass(frozen=True, slots=True)
class _Book:
    """All texts of a language: those without placeholders whole, the others by the first letters of their beginning."""

    whole: Mapping[str, str]
    by_prefix: Mapping[str, tuple[_Template, ...]]

    def list_candidates(self, text: str) -> list[_Template]:
        """Return the templates that may be behind a text, the most literal first."""
        found = [one for length in range(_PREFIX, -1, -1) for one in self.by_prefix.get(text[:length], ())]
        return sorted(dict.fromkeys(found), key=lambda one: one.rank, reverse=True)


@cache
def _open_book(language: str) -> _Book:
    whole: dict[str, str] = {}
    prefixes: dict[str, list[_Template]] = {}
    for english, said in read_catalogue(language, domain="errors").items():
        template = _read_template(english, said)
        if template.names:
            prefixes.setdefault(template.literals[0][:_PREFIX], []).append(template)
        else:
            whole[template.literals[0]] = said.replace("{{", "{").replace("}}", "}")
    return _Book(whole, {prefix: tuple(templates) for prefix, templates in prefixes.items()})


def _read_template(english: str, said: str) -> _Template:
    literals: list[str] = []
    names: list[str] = []
    text = ""
    for literal, name, _form, _conversion in Formatter().parse(english):
        text += literal
        if name is not None:
            literals.append(text)
            names.append(name)
            text = ""
    literals.append(text)
    signs = "".join(literals)
    return _Template(tuple(literals), tuple(names), said, (sum(map(str.isalpha, signs)), len(signs)))


def translate_text(text: str, language: str) -> str:
    """Return a message, a repair or what is allowed in a language; unknown texts stay as they are.

    >>> translate_text("the password is too short", "fr")
    'le mot de passe est trop court'
    """
    if language == "en" or len(text) > LONGEST:
        return text
    return _say(text, _open_book(language), 0)


def translate_finding(finding: Finding, language: str) -> Finding:
    """Return a finding in a language: message, allowed and repair; place and value are data and stay."""
    if language == "en":
        return finding

    def say(text: str | None) -> str | None:
        return None if text is None else translate_text(text, language)

    return replace(
        finding,
        message=translate_text(finding.message, language),
        allowed=say(finding.allowed),
        repair=say(finding.repair),
    )


def render_finding(finding: Finding, language: str) -> str:
    """Return a finding as indented text, with its labels, in a language."""
    if language == "en":
        return finding.render()
    said = translate_finding(finding, language)
    place = ":".join(str(part) for part in (said.file, said.line) if part is not None)
    lines = [f"[{said.code}] {place + _COLON + ' ' if place else ''}{said.message}"]
    rows = zip(_list_labels(language), (said.field, said.value, said.allowed, said.repair), strict=True)
    lines += [f"    {label + _COLON:<10}{text}" for label, text in rows if text is not None]
    return "\n".join(lines)


def render_error(error: HygieError, language: str) -> str:
    """Return all findings of an error as text."""
    return "\n".join(render_finding(finding, language) for finding in error.findings)


def translate_rendered(text: str, language: str) -> str:
    """Return the text of `Finding.render` in a language, for views that keep findings as text."""
    if language == "en" or len(text) > LONGEST:
        return text
    first, *rest = text.split("\n")
    head, mark, said = first.partition("] ")
    if not mark or "HYG-" not in head:
        return text
    lines = [f"{head}] {_say_after_place(said, language)}"]
    words = {f"{name.lower()}:": label for name, label in zip(_LABELS, _list_labels(language), strict=True)}
    for line in rest:
        label, _, content = line.strip().partition(" ")
        if label not in words:
            lines.append(line)
            continue
        content = content.strip()
        shown = translate_text(content, language) if label in ("allowed:", "repair:") else content
        lines.append(f"    {words[label] + _COLON:<10}{shown}")
    return "\n".join(lines)


def _list_labels(language: str) -> tuple[str, ...]:
    _ = translator(language)
    return tuple(label.lower() for label in (_("Field"), _("Value"), _("Allowed"), _("Repair")))


def _say_after_place(text: str, language: str) -> str:
    """Translate what follows the place of a finding, which ends with a colon that file names may have, too."""
    said = translate_text(text, language)
    start = 0
    for _try in range(5):
        if said != text or (start := text.find(": ", start)) < 0:
            return said
        start += 2
        rest = translate_text(text[start:], language)
        if rest != text[start:]:
            return f"{text[: start - 2]}{_COLON} {rest}"
    return said


def _say(text: str, book: _Book, depth: int) -> str:
    """Return a text in the language of a book; single words are said in the middle of a sentence only."""
    if depth > _DEEPEST:
        return text
    if text in book.whole and (depth or " " in text):
        return book.whole[text]
    fallback = None
    for template in book.list_candidates(text):
        values = _match(text, template)
        if values is None:
            continue
        pieces = zip(template.names, values, template.literals, strict=False)
        said = {name: _say_value(value, name, before, book, depth) for name, value, before in pieces}
        shown = template.said.format_map(said)
        # A noun of several words that nobody knows: the text was cut in the wrong place.
        filled = zip(said, values, strict=True)
        if any(_is_noun(name) and " " in value and said[name] == value for name, value in filled):
            fallback = fallback or shown
            continue
        return shown
    return fallback or _say_list(text, book, depth)


def _is_noun(name: str) -> bool:
    return name.rstrip("0123456789") in _NOUNS


def _match(text: str, template: _Template) -> list[str] | None:
    """Return what fills the placeholders of a template, when its literals stand in the text in their order."""
    first, *middle, last = template.literals
    end = len(text) - len(last)
    if end < len(first) or not text.startswith(first) or not text.endswith(last):
        return None
    values, start = [], len(first)
    for literal in middle:
        found = text.find(literal, start, end) if literal else start
        if found < 0:
            return None
        values.append(text[start:found])
        start = found + len(literal)
    values.append(text[start:end])
    if template.rank[0] < _WEAK:
        # Quotes say by themselves where a value ends.
        bare = (value for value, before in zip(values, template.literals, strict=False) if not before.endswith(_QUOTES))
        if any(" " in value or not value for value in bare):
            return None
    return values


def _say_value(value: str, name: str, before: str, book: _Book, depth: int) -> str:
    """Return what fills a placeholder: data verbatim, texts of the catalogue in the language."""
    if before.endswith(_QUOTES):
        return value
    if "," in value and len(value) < _WIDEST and value.replace(",", "").isdecimal():
        first, *groups = value.split(",")
        return "\u202f".join((first, *groups)) if all(len(group) == 3 for group in groups) else value
    if len(value) > 2 and value[0] == "“" and value.find("”") == len(value) - 1:
        return f"«\u202f{value[1:-1]}\u202f»"
    if " " in value or _is_noun(name) or value.startswith("'"):
        return _say(value, book, depth + 1)
    return value


def _say_list(text: str, book: _Book, depth: int) -> str:
    """Return “a, b or c” in the language, when every part of it is a known text, a quoted one or a single word."""
    for mark in (" or ", " and "):
        *head, last = text.rsplit(mark, 1)
        if head and mark[1:-1] in book.whole:
            parts = list(_say_parts([*head[0].split(", "), last], book, depth))
            if all(part is not None for part in parts):
                said = [str(part) for part in parts]
                return f"{', '.join(said[:-1])} {book.whole[mark[1:-1]]} {said[-1]}"
    return text


def _say_parts(parts: Iterable[str], book: _Book, depth: int) -> Iterator[str | None]:
    for part in parts:
        if len(part) > 2 and part[0] == part[-1] == "'":
            yield f"«\u202f{part[1:-1]}\u202f»"
        elif " " not in part:
            yield part
        else:
            said = _say(part, book, depth + 1)
            yield said if said != part or part in book.whole else None
