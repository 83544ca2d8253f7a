"""An arm's colour and marker in text, the same as on the charts."""

from __future__ import annotations

from html import escape

from tl_core.figures.palette import GLYPHS, GREY, STYLES


def colour(strategy: str) -> str:
    return STYLES.get(strategy, (GREY, "circle"))[0]


def marked(title: str, strategy: str) -> str:
    """HTML: the marker of the strategy, then the title."""
    glyph = GLYPHS.get(STYLES.get(strategy, (GREY, "circle"))[1], "●")
    return f'<span class="tl-mark" style="color:{colour(strategy)}" aria-hidden="true">{glyph}</span> {escape(title)}'
