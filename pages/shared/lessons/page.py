"""One lesson: the question, the guess, the run, the answer, and the way on."""

from __future__ import annotations

from typing import TYPE_CHECKING

import streamlit as st

from pages.shared.lessons import guess, listing
from tl_core.lessons import lesson
from tl_core.lessons.entries import LESSONS

if TYPE_CHECKING:
    from tl_core.store import Experiment, Guess


def draw(lesson_id: str, student: str) -> None:
    """The lesson, and its answer where the address names an experiment of it."""
    entry = LESSONS[lesson_id]
    st.page_link("pages/5_Lessons.py", label="All lessons", icon=":material/arrow_back:")
    st.title(entry.title, anchor=False)
    st.header(entry.question, anchor=False)
    found = _at_the_address(lesson_id)
    if found is None:
        st.markdown(lesson.text(lesson_id)[0])
        guess.ask(lesson_id, student)
    else:
        _answer(lesson_id, *found, student)
    _next(lesson_id)


def _at_the_address(lesson_id: str) -> tuple[Experiment, Guess] | None:
    """The experiment that the address names, and its guess; None, after a sentence, where it is not of this lesson."""
    from tl_core.store import guesses, open_store

    experiment_id = st.query_params.get("experiment")
    if not experiment_id:
        return None
    experiment, kept = open_store().experiment(experiment_id), guesses.of(open_store(), experiment_id)
    if experiment is None or kept is None or kept.lesson != lesson_id:
        st.warning("There is no run of this lesson at this address: it was deleted, or the address is incomplete.")
        return None
    return experiment, kept


def _answer(lesson_id: str, experiment: Experiment, kept: Guess, student: str) -> None:
    """The run and what it says; whoever opens somebody else's is asked for a guess of their own first."""
    if experiment.owner == student:
        guesses = {"Your guess": kept.guess}
    elif guess.visitor_was_asked(experiment.id):
        guesses = {"Your guess": guess.of_visitor(experiment.id), "Their guess": kept.guess}
    else:
        st.markdown(lesson.text(lesson_id)[0])
        guess.ask_visitor(lesson_id, experiment.id)
        return
    from pages.shared.lessons import live  # plotly and pandas only when there is something to draw

    ended = live.show(lesson_id, experiment, student, guesses, guess.just_started())
    if ended or experiment.owner != student:
        words = "Guess and run again" if experiment.owner == student else "Run it yourself"
        st.button(words, icon=":material/replay:", key="again", on_click=_forget, args=(lesson_id,))


def _forget(lesson_id: str) -> None:
    st.query_params.from_dict({"lesson": lesson_id})


def _next(lesson_id: str) -> None:
    names = list(LESSONS)
    place = names.index(lesson_id) + 1
    if place < len(names):
        st.divider()
        listing.link(names[place], f"Next: {LESSONS[names[place]].title}", ":material/arrow_forward:")
