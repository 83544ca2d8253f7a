"""The lessons in their order, the pitfalls below, and which of them this student has done."""

from __future__ import annotations

import streamlit as st

from tl_core.lessons.entries import LESSONS


def draw(student: str) -> None:
    """Every lesson and every pitfall, with a mark and a way back to the answer where there is one."""
    from tl_core.store import guesses, open_store

    done = guesses.latest(open_store(), student)
    for pitfall, heading in ((False, "In order"), (True, "Pitfalls: the usual mistakes, beside the right way")):
        st.header(heading, anchor=False)
        names = [name for name, entry in LESSONS.items() if entry.pitfall == pitfall]
        for number, name in enumerate(names, start=1):
            _row(name, "" if pitfall else f"{number}. ", done.get(name))


def short(student: str) -> None:
    """The lessons as links, for Home."""
    names = [name for name, entry in LESSONS.items() if not entry.pitfall]
    for number, name in enumerate(names[:4], start=1):
        link(name, f"{number}. {LESSONS[name].title}", ":material/school:")
    st.page_link("pages/5_Lessons.py", label="All lessons, and seven pitfalls", icon=":material/list:")


def lead_back(experiment: str | None) -> None:
    """Go on to the lesson that this experiment answers: the Lab has neither its mistakes nor its guess."""
    if experiment is None or experiment == st.session_state.get("experiment"):
        return
    from tl_core.store import guesses, open_store

    kept = guesses.of(open_store(), experiment)
    if kept is not None and kept.lesson in LESSONS:
        st.switch_page("pages/5_Lessons.py", query_params={"lesson": kept.lesson, "experiment": experiment})


def link(name: str, label: str, icon: str, experiment: str | None = None) -> None:
    """A link to a lesson, and to the answer of an experiment where one is given."""
    query = {"lesson": name} | ({"experiment": experiment} if experiment else {})
    st.page_link("pages/5_Lessons.py", label=label, icon=icon, query_params=query)


def _row(name: str, number: str, experiment: str | None) -> None:
    entry = LESSONS[name]
    icon = ":material/check_circle:" if experiment else ":material/warning:" if entry.pitfall else ":material/school:"
    with st.container(border=True, gap="xsmall"):
        with st.container(horizontal=True, vertical_alignment="center", gap="small"):
            link(name, f"**{number}{entry.title}**", icon, experiment)
            if experiment:
                st.badge("done", color="green")
        st.caption(entry.question)
