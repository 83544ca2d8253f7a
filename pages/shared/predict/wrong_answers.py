"""The test pictures that an arm called wrong, the surest first."""

from __future__ import annotations

from html import escape

import streamlit as st

from pages.shared.predict import choice, question
from pages.shared.widgets.inline_pictures import figure
from tl_core.base.questions import FindWrongAnswers, WrongAnswers
from tl_core.base.wording import many, percent, together
from tl_core.processes import trained
from tl_core.store import Run


def draw(runs: list[Run]) -> None:
    """Choose an arm, then look."""
    st.caption("Wrong and sure of it: these pictures say most about what a network goes by, and about the labels.")
    run = choice.arm(runs, "wrong_arm")
    key = f"wrong_{run.id}"
    if question.idle(key) and st.button(
        "Show the surest wrong answers", type="primary", icon=":material/search:", key=f"find_{run.id}"
    ):
        question.ask(key, FindWrongAnswers(trained.model_of(run)))
        st.rerun()
    found = question.answer(key)
    if isinstance(found, WrongAnswers):
        _show(found)


def _show(found: WrongAnswers) -> None:
    if not found.wrong:
        st.markdown(f"None: every one of the {many(found.tested, 'test picture')} was called right.")
        return
    shown = f"the {len(found.surest)} surest of them" if len(found.surest) < found.wrong else "surest first"
    st.markdown(f"**{found.wrong:,} of {many(found.tested, 'test picture')}** were called wrong; {shown}.")
    figures = "".join(
        figure(
            one.pixels,
            f"<b>{escape(together(one.truth))}</b><br>called {escape(together(one.called))}<br>"
            f"{percent(one.probability)} sure",
            f"{together(one.truth)}, called {together(one.called)}",
        )
        for one in found.surest
    )
    st.html(f'<div class="tl-near wrong">{figures}</div>')
