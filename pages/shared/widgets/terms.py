"""The meaning of a term where the term stands: every tooltip of a term shows its entry of the glossary."""

from __future__ import annotations

from functools import cache
from html import escape

from tl_core.learn import chapters


def meaning(*terms: str) -> str:
    """Markdown for the `help` of a widget, a caption or a column. Raises KeyError for what is not in the glossary."""
    return "\n\n".join(f"**{term}**: {_glossary()[term]}" for term in terms)


def term(name: str) -> str:
    """HTML: the term, whose meaning shows under the mouse, with the keyboard's focus and after a touch."""
    return f'<button type="button" class="tl-term">{name}<span>{escape(_glossary()[name])}</span></button>'


@cache
def _glossary() -> dict[str, str]:
    return dict(chapters.glossary())
