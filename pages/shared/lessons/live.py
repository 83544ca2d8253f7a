"""The runs of a lesson as they go on, a line for each arm; once they have ended, below what they say."""

from __future__ import annotations

from collections.abc import Mapping

import streamlit as st

from pages.shared.lessons import reveal
from pages.shared.race import live
from pages.shared.widgets import steady_chart
from pages.shared.widgets.arm_label import progress_bar
from pages.shared.widgets.watch import pause_s, stop_runs, watch
from tl_core.base.wording import in_sentence
from tl_core.catalog import DATASETS
from tl_core.figures import curves, layout
from tl_core.lessons import lesson, results
from tl_core.lessons.entries import LESSONS
from tl_core.lessons.lesson import Lesson
from tl_core.results import experiments
from tl_core.results.arm import guessing
from tl_core.store import Experiment, open_store
from tl_core.store.tables import Answer


def show(
    lesson_id: str, experiment: Experiment, student: str, guesses: Mapping[str, Answer], in_view: bool = False
) -> bool:
    """The experiment, live, below its reveal once that is there; whether it has ended.

    `guesses`: whose ("Your guess") → what was expected. `in_view`: scroll to the runs where they stand low.
    """
    entry, going = LESSONS[lesson_id], any(run.active for run in experiment.runs)
    metrics = open_store().metrics([run.id for run in experiment.runs])
    found = None if going else results.finding(entry, experiment.runs, metrics)
    if found is not None:
        reveal.show(lesson_id, found, guesses, student)
        st.header("How it was measured", anchor=False)
    elif not going:
        st.warning("Not every run finished, so there is no answer yet. Run it again; what was measured is kept.")
    st.markdown(lesson.text(lesson_id)[0])
    with st.container(key="race" if going else None):
        watch(
            experiment,
            lambda: open_store().experiment(experiment.id),
            lambda now: _draw(now, student, entry, guesses),
            lambda now: pause_s(now.runs),
        )
    if in_view:
        live.to_the_race(experiment.id)
    return not going


def _draw(experiment: Experiment, student: str, entry: Lesson, guesses: Mapping[str, Answer]) -> None:
    runs, arms = experiment.runs, reveal.traces(entry)
    measured = results.curves(entry, runs, live.followed(experiment.id, [run.id for run in runs]))
    styles = layout.styles(arms)
    for whose, guess in guesses.items():
        if guess is not None and any(run.active for run in runs):
            st.caption(f"{whose}: **{results.answer_words(entry, guess)}**")
    with st.container(border=True, gap="small"):
        for arm, (share, doing) in results.standing(entry, runs, live.places(runs)).items():
            progress_bar(entry.arms[arm].title, styles[arm], share, doing)
    live.why_it_waits(experiment)
    if experiment.owner == student:
        stop_runs(runs, "stop_lesson")
    else:
        st.caption(live.SOMEBODY_ELSES)
    chance = guessing(runs) if len({(run.spec.data.dataset, run.spec.data.classes) for run in runs}) == 1 else None
    steady_chart.draw_points(
        curves.curve_points(measured, arms, accuracy_only=True),
        (chance, *arms),
        lambda: curves.learning_curves(
            measured, arms, chance=chance, epochs=max(run.spec.epochs for run in runs), accuracy_only=True
        ),
        f"curves-{experiment.id}",
        "Validation and training accuracy of every arm",
    )
    sets = " and ".join(dict.fromkeys(in_sentence(DATASETS[run.spec.data.dataset].title) for run in runs))
    splits = experiments.held(runs).said("Solid: validation images. Dotted: training images.")
    st.caption(
        f"{splits} {'Dashed: guessing. ' if chance else ''}Each curve is the mean over the seeds so far, on {sets}."
    )
    for text in dict.fromkeys(note for run in runs for note in run.notes if note.startswith("Mistake")):
        st.caption(f":material/warning: {text}")
