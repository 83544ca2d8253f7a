"""The way on from a lesson: the same race with one thing changed, run in place or opened in the Lab."""

from __future__ import annotations

import streamlit as st

from pages.shared.race import form, live, start_button
from tl_core.lessons.entries import LESSONS
from tl_core.races.race import Race

CHANGED = "changed"  # in the address: the experiment with one thing changed
STARTED = "change_started"  # in the session: it was started by the click before this run of the page


def draw(lesson_id: str, student: str) -> None:
    """What to change, the button that runs it, and what comes of it."""
    entry = LESSONS[lesson_id]
    race, changed = entry.race(), st.query_params.get(CHANGED)
    st.header("Now change one thing", anchor=False)
    st.markdown(entry.change)
    about = start_button.about(race.specs(), student)
    with st.container(horizontal=True, vertical_alignment="center"):
        st.button(
            "Run it here",
            type="primary",
            icon=":material/play_arrow:",
            key="run_change",
            on_click=_start,
            args=(race, student, f"{entry.title} With one change"),
        )
        to_lab = st.button(
            "Open it in the Lab", icon=":material/science:", key="to_lab", on_click=_to_lab, args=(race, changed)
        )
        if about:
            st.caption(f"{about.capitalize()} here.", width="content")
    if to_lab:
        st.switch_page("pages/1_Lab.py")
    if changed:
        live.show(changed, student, in_view=st.session_state.pop(STARTED, False), compact=True)


def _start(race: Race, student: str, title: str) -> None:
    if experiment := start_button.submit(race.specs, student, title):
        st.query_params[CHANGED] = experiment
        st.session_state[STARTED] = True


def _to_lab(race: Race, experiment: str | None) -> None:
    form.set_race(race)
    st.session_state["experiment"] = experiment
