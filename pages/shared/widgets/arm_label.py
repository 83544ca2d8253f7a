"""An arm in text: its title behind its marker, in its colour, as on the charts; and how far it is."""

from __future__ import annotations

from html import escape

import streamlit as st

from tl_core.figures.palette import GLYPHS, GREY, STYLES


def style(strategy: str) -> tuple[str, str]:
    """(colour, marker)"""
    return STYLES.get(strategy, (GREY, "circle"))


def arm_label(title: str, style: tuple[str, str]) -> str:
    """HTML: the marker, then the title."""
    colour, marker = style
    glyph = GLYPHS.get(marker, "●")
    return f'<span class="tl-mark" style="color:{colour}" aria-hidden="true">{glyph}</span> {escape(title)}'


def progress_bar(
    title: str,
    style: tuple[str, str],
    share: float,
    doing: str,
    score: str = "",
    trouble: bool = False,
    waiting: bool = False,
) -> None:
    """The label, what the arm is doing, its score, and a bar that is filled to `share`."""
    st.html(
        f'<div class="tl-arm"><span class="name">{arm_label(title, style)}</span>'
        f'<span class="doing{" trouble" * trouble}">{escape(doing)}</span>'
        f'<span class="score">{escape(score)}</span><span class="track">'
        f'<span class="fill{" waiting" * waiting}" style="width:{share:.1%};background:{style[0]}"></span></span></div>'
    )
