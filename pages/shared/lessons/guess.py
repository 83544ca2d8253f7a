"""What is expected before a lesson runs: of who runs it, and of who opens what somebody else ran."""

from __future__ import annotations

from typing import TYPE_CHECKING

import streamlit as st

from pages.shared.race import start_button
from pages.shared.widgets.terms import meaning
from tl_core.base.spec import RunSpec
from tl_core.base.wording import in_sentence, many
from tl_core.catalog import BACKBONES, DATASETS, backbone_availability, dataset_availability
from tl_core.lessons.entries import LESSONS
from tl_core.lessons.lesson import Lesson, Slider
from tl_core.races import labels

if TYPE_CHECKING:
    from tl_core.store.tables import Answer

STARTED = "lesson_started"  # in the session: a lesson was started by the click before this run of the page
VISITS = "lesson_visits"  # in the session: somebody else's experiment → what this visitor guessed


def ask(lesson_id: str, student: str) -> None:
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
        st.caption(_what_runs(entry, specs, student), help=meaning("Arm", "Seed"))
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


def just_started() -> bool:
    """Whether the click before this run of the page started the lesson."""
    started: bool = st.session_state.pop(STARTED, False)
    return started


def ask_visitor(lesson_id: str, experiment_id: str) -> None:
    """The same question to who opens somebody else's run; the answer may be had without a guess, too."""
    with st.container(border=True):
        st.markdown(
            "Somebody else ran this lesson. Make your own guess; then their guess and what was measured are shown."
        )
        guess = _guess(LESSONS[lesson_id], f"visit_{experiment_id}")
        with st.container(horizontal=True):
            st.button(
                "Show what was measured",
                type="primary",
                icon=":material/visibility:",
                key="visit",
                disabled=guess is None,
                on_click=_visit,
                args=(experiment_id, guess),
                help=None if guess is not None else "Guess first.",
            )
            st.button("Without a guess", type="tertiary", key="visit_only", on_click=_visit, args=(experiment_id, None))


def visitor_was_asked(experiment_id: str) -> bool:
    """Whether this visitor has guessed, or wanted to see it without."""
    return experiment_id in st.session_state.get(VISITS, {})


def of_visitor(experiment_id: str) -> Answer:
    """What this visitor guessed; None without a guess."""
    guessed: Answer = st.session_state.get(VISITS, {}).get(experiment_id)
    return guessed


def _visit(experiment_id: str, guess: Answer) -> None:
    st.session_state.setdefault(VISITS, {})[experiment_id] = guess


def _guess(entry: Lesson, key: str) -> float | str | None:
    """The widget; None until a guess is made."""
    st.markdown("**What do you expect?**")
    guess = entry.guess
    if isinstance(guess, Slider):
        number: int | None = st.select_slider(
            guess.label,
            [None, *range(guess.low, guess.high + 1)],
            key=key,
            format_func=lambda value: "move to guess" if value is None else f"{value} {guess.unit}",
        )
        return number
    options = guess.options
    return st.radio(guess.label, list(options), index=None, key=key, format_func=lambda name: options[name])


def _what_runs(entry: Lesson, specs: list[RunSpec], student: str) -> str:
    used = " and ".join(dict.fromkeys(BACKBONES[spec.backbone].title for spec in specs))
    data = " and ".join(dict.fromkeys(in_sentence(DATASETS[spec.data.dataset].title) for spec in specs))
    each = labels.words(*(spec.data for spec in specs))
    runs = f"{many(len(entry.arms), 'arm')}, {many(len(entry.seeds), 'seed')} each. Backbone: {used}. "
    runs += f"{DATASETS[specs[0].data.dataset].holds.said('Pictures')}: {data}, {each}."
    there = [dataset_availability(spec.data.dataset) for spec in specs]
    there += [backbone_availability(spec.backbone) for spec in specs]
    runs += "".join(f" {one.sentence}" for one in dict.fromkeys(there) if one.kind == "download")
    about = start_button.about(specs, student)
    if not about:
        return f"{runs} The time is known once the workers have measured this machine."
    return f"{runs} {about.capitalize()} here."


def _start(lesson_id: str, specs: list[RunSpec], student: str) -> None:
    from tl_core.store import Guess

    guess = Guess(lesson_id, st.session_state[f"guess_{lesson_id}"])
    experiment = start_button.submit(lambda: specs, student, f"Lesson: {LESSONS[lesson_id].title}", guess)
    if experiment is not None:
        st.query_params["experiment"] = experiment
        st.session_state[STARTED] = True
