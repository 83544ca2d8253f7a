"""The test examples that a run called wrong, the surest first."""

from __future__ import annotations

from html import escape

import streamlit as st

from pages.shared.widgets.inline_pictures import figure
from tl_core.base.wording import many, percent
from tl_core.results.experiments import held
from tl_core.results.mistakes import Mistake, mistakes
from tl_core.store import Run


def show(run: Run, most: int) -> None:
    """At most so many of them, and how many there are."""
    found, said = mistakes(run), held([run]).said
    if found is None:
        st.markdown(said("What this run said of its test pictures, or the pictures themselves, are no longer here."))
        return
    tested = many(found.tested, said("test picture"))
    if not found.wrong:
        st.markdown(f"None: every one of the {tested} was called right.")
        return
    shown = found.surest[:most]
    words = f"the {len(shown)} surest of them" if len(shown) < found.wrong else "surest first"
    st.markdown(f"**{found.wrong:,} of {tested}** were called wrong; {words}.")
    st.html(f'<div class="tl-near wrong">{"".join(map(_figure, shown))}</div>')


def _figure(one: Mistake) -> str:
    words = f"<b>{escape(one.truth)}</b><br>called {escape(one.called)}<br>{percent(one.probability)} sure"
    return figure(one.pixels, words, f"{one.truth}, called {one.called}")
