"""One lesson: the question, the guess, the run, the reveal, and the way on into the Lab."""

from __future__ import annotations

import streamlit as st

from pages.shared.lessons import listing
from pages.shared.race import start_button
from tl_core.base.spec import RunSpec
from tl_core.base.wording import in_sentence, many
from tl_core.catalog import BACKBONES, DATASETS
from tl_core.lessons import lesson
from tl_core.lessons.entries import LESSONS
from tl_core.lessons.lesson import Lesson, Slider
from tl_core.races import labels

STARTED = "lesson_started"  # in the session: a lesson was started by the click before this run of the page


def draw(lesson_id: str, student: str) -> None:
    """The lesson, and its answer where the address names an experiment of it."""
    entry = LESSONS[lesson_id]
    st.page_link("pages/5_Lessons.py", label="All lessons", icon=":material/arrow_back:")
    st.title(entry.title, anchor=False)
    st.markdown(f"#### {entry.question}")
    before, _ = lesson.text(lesson_id)
    st.markdown(before)
    experiment = st.query_params.get("experiment")
    if not (experiment and _watch(lesson_id, experiment, student)):
        _ask(lesson_id, student)
    _next(lesson_id)


def _ask(lesson_id: str, student: str) -> None:
    """The guess, how long it will take, and the button that runs it."""
    entry = LESSONS[lesson_id]
    with st.container(border=True):
        guess = _guess(entry, f"guess_{lesson_id}")
        larger = entry.larger_is_here and st.toggle(
            "With ImageNet weights, on photographs (slower)",
            key=f"larger_{lesson_id}",
            help="MobileNet 0.75 and CIFAR-10 are on this machine.",
        )
        specs = [spec for _, spec in entry.specs(entry.larger if larger else None)]
        st.caption(_what_runs(entry, specs, student))
        st.button(
            "Run it and see",
            type="primary",
            icon=":material/play_arrow:",
            key="run_lesson",
            disabled=guess is None,
            on_click=_start,
            args=(lesson_id, specs, student),
            help=None if guess is not None else "Guess first.",
        )


def _guess(entry: Lesson, key: str) -> float | str | None:
    st.markdown("**What do you expect?**")
    if isinstance(entry.guess, Slider):
        middle = (entry.guess.low + entry.guess.high) // 2
        return st.slider(
            entry.guess.label,
            entry.guess.low,
            entry.guess.high,
            middle,
            key=key,
            format=f"%d {entry.guess.unit}".replace("%d %", "%d %%"),
        )
    options = entry.guess.options
    return st.radio(entry.guess.label, list(options), index=None, key=key, format_func=lambda name: options[name])


def _what_runs(entry: Lesson, specs: list[RunSpec], student: str) -> str:
    used = " and ".join(dict.fromkeys(BACKBONES[spec.backbone].title for spec in specs))
    data = " and ".join(dict.fromkeys(in_sentence(DATASETS[spec.data.dataset].title) for spec in specs))
    each = labels.words(*(spec.data for spec in specs))
    runs = f"{many(len(entry.arms), 'arm')}, {many(len(entry.seeds), 'seed')} each. Backbone: {used}. "
    runs += f"Pictures: {data}, {each}."
    about = start_button.about(specs, student)
    if not about:
        return f"{runs} How long it takes is known once the workers have measured this machine."
    return f"{runs} {about.capitalize()} here."


def _start(lesson_id: str, specs: list[RunSpec], student: str) -> None:
    from tl_core.store import Guess

    guess = Guess(lesson_id, st.session_state[f"guess_{lesson_id}"])
    experiment = start_button.submit(lambda: specs, student, f"Lesson: {LESSONS[lesson_id].title}", guess)
    if experiment is not None:
        st.query_params["experiment"] = experiment
        st.session_state[STARTED] = True


def _watch(lesson_id: str, experiment_id: str, student: str) -> bool:
    """The experiment at this address; whether it is there and one of this lesson."""
    from tl_core.store import guesses, open_store

    kept = guesses.of(open_store(), experiment_id)
    if kept is None or kept.lesson != lesson_id:
        st.warning("There is no run of this lesson at this address: it was deleted, or the address is incomplete.")
        return False
    from pages.shared.lessons import live  # plotly and pandas only when there is something to draw

    ended = live.show(lesson_id, experiment_id, student, kept.guess, st.session_state.pop(STARTED, False))
    if ended:
        st.button("Guess and run again", icon=":material/replay:", key="again", on_click=_forget)
    return True


def _forget() -> None:
    st.query_params.pop("experiment", None)


def _next(lesson_id: str) -> None:
    names = list(LESSONS)
    place = names.index(lesson_id) + 1
    if place < len(names):
        st.divider()
        listing.link(names[place], f"Next: {LESSONS[names[place]].title}", ":material/arrow_forward:")
