"""The runs of a lesson as they go on, a line for each arm, and the reveal at their end."""

from __future__ import annotations

import streamlit as st

from pages.shared.race import form, live
from pages.shared.widgets import steady_chart
from pages.shared.widgets.arm_label import arm_label, progress_bar
from pages.shared.widgets.watch import pause_s, stop_runs, watch
from tl_core.base.wording import count, duration, in_sentence, percent
from tl_core.catalog import DATASETS
from tl_core.figures import curves, layout, lessons
from tl_core.figures.layout import Trace
from tl_core.lessons import lesson, results
from tl_core.lessons.entries import LESSONS
from tl_core.lessons.lesson import Lesson, Slider
from tl_core.lessons.results import Reveal
from tl_core.lessons.verdict import Outcome
from tl_core.results.over_seeds import Mean
from tl_core.store import Experiment, open_store
from tl_core.store.tables import Answer
from tl_core.studies import evidence

ICONS: dict[Outcome, str] = {"held": ":material/check:", "against": ":material/close:", "undecided": ":material/help:"}


def show(lesson_id: str, experiment_id: str, student: str, guess: Answer, in_view: bool) -> bool:
    """The experiment, live, then the reveal; whether it has ended. `in_view`: scroll to it where it stands low."""
    experiment = open_store().experiment(experiment_id)
    if experiment is None:
        return False
    going = any(run.active for run in experiment.runs)
    found = None if going else _finding(LESSONS[lesson_id], experiment)
    if found is not None:
        st.subheader(results.beside(LESSONS[lesson_id], guess, found), anchor=False)
    with st.container(key="race"):
        watch(
            experiment,
            lambda: open_store().experiment(experiment_id),
            lambda now: _draw(now, student, LESSONS[lesson_id], guess),
            lambda now: pause_s(now.runs),
        )
    if in_view:
        st.html(live.TO_THE_RACE, unsafe_allow_javascript=True)
    if found is not None:
        _reveal(lesson_id, found, guess)
    elif not going:
        st.warning("Not every run finished, so there is no answer yet. Run it again; what was measured is kept.")
    return not going


def _finding(entry: Lesson, experiment: Experiment) -> Reveal | None:
    metrics = open_store().metrics([run.id for run in experiment.runs])
    return results.finding(entry, experiment.runs, metrics)


def _arms(entry: Lesson) -> list[Trace]:
    strategies = {arm: spec.strategy for arm, spec in entry.specs()}
    return [Trace(arm, found.title, strategies[arm]) for arm, found in entry.arms.items()]


def _draw(experiment: Experiment, student: str, entry: Lesson, guess: Answer) -> None:
    runs, arms = experiment.runs, _arms(entry)
    measured = results.curves(entry, runs, live.followed(experiment.id, [run.id for run in runs]))
    styles = layout.styles(arms)
    if guess is not None and any(run.active for run in runs):
        st.caption(f"Your guess: **{results.answer_words(entry, guess)}**")
    with st.container(border=True, gap="small", key="arms"):
        for arm, (share, doing) in results.standing(entry, runs).items():
            progress_bar(entry.arms[arm].title, styles[arm], share, doing)
    live.why_it_waits(experiment)
    if experiment.owner == student:
        stop_runs(runs, "stop_all")
    else:
        st.caption(live.SOMEBODY_ELSES)
    chances = {DATASETS[run.spec.data.dataset].chance(run.spec.data.classes) for run in runs}
    steady_chart.draw_points(
        curves.curve_points(measured, arms, accuracy_only=True),
        tuple(arms),
        lambda: curves.learning_curves(
            measured,
            arms,
            chance=chances.pop() if len(chances) == 1 else None,
            epochs=max(run.spec.epochs for run in runs),
            accuracy_only=True,
        ),
        f"curves-{experiment.id}",
        "Validation and training accuracy of every arm",
    )
    st.caption(
        "Solid: validation images. Dotted: training images. Each curve is the mean over the seeds that have come so "
        f"far, on {' and '.join(dict.fromkeys(in_sentence(DATASETS[run.spec.data.dataset].title) for run in runs))}."
    )
    for text in dict.fromkeys(note for run in runs for note in run.notes if note.startswith("Mistake")):
        st.caption(f":material/warning: {text}")


def _reveal(lesson_id: str, found: Reveal, guess: Answer) -> None:
    """The answer beside the guess, what was to be expected, the explanation, and one thing to change."""
    entry = LESSONS[lesson_id]
    _figures(entry, found, guess)
    st.markdown(f"{ICONS[found.verdict.outcome]} {found.verdict.sentence}")
    st.markdown(f"Expected: {entry.expected} Source: {entry.source}")
    found_before = results.evidence(entry)
    for sentence in found_before:
        st.caption(f"Our evidence table: {sentence}")
    if found_before and (caveat := evidence.caveat()):
        st.caption(f":material/update: {caveat}")
    _, after = lesson.text(lesson_id)
    st.markdown(after)
    _change_one_thing(entry)


def _figures(entry: Lesson, found: Reveal, guess: Answer) -> None:
    if isinstance(entry.guess, Slider):
        number = None if guess is None else float(guess)
        st.plotly_chart(
            lessons.guess_beside(
                number, float(found.answer), found.each, entry.guess.unit, entry.guess.low, entry.guess.high
            ),
            key="guess_beside",
            config=layout.STATIC,
        )
    arms = _arms(entry)
    styles = layout.styles(arms)
    values = {arm.title: found.shown[arm.run_id] for arm in arms}
    st.plotly_chart(
        lessons.arms(values, {arm.title: styles[arm.run_id] for arm in arms}, entry.shown_title),
        key="reveal_arms",
        config=layout.STATIC,
    )
    st.caption(
        "Rings: single seeds. Filled marks: their mean. Below: means over the seeds; small beside the accuracy, its "
        "95 % interval over the seeds (Student's t)."
    )
    st.html(_table(arms, styles, found))


def _table(arms: list[Trace], styles: dict[str, tuple[str, str]], found: Reveal) -> str:
    rows = ""
    for arm in arms:
        scores = found.scores[arm.run_id]
        cells = (
            _accuracy(scores["test_accuracy"]),
            f"{scores['macro_f1'].value:.3f}",
            f"{scores['roc_auc'].value:.3f}" if "roc_auc" in scores else "–",
            count(scores["trainable_params"].value),
            duration(scores["total_s"].value),
        )
        rows += f"<tr><td>{arm_label(arm.title, styles[arm.run_id])}</td>" + "".join(f"<td>{c}</td>" for c in cells)
    heads = "".join(f"<th>{head}</th>" for head in ("Arm", "Test accuracy", "Macro F1", "ROC AUC", "Trained", "Time"))
    return f'<table class="tl-table"><thead><tr>{heads}</tr></thead><tbody>{rows}</tbody></table>'


def _accuracy(found: Mean) -> str:
    """The mean over seeds and, with several, its interval over seeds beside it."""
    if found.low is None or found.high is None:
        return percent(found.value)
    return f"{percent(found.value)} <small>{100 * max(found.low, 0):.0f}–{100 * min(found.high, 1):.0f}</small>"


def _change_one_thing(entry: Lesson) -> None:
    st.subheader("Now change one thing", anchor=False)
    st.markdown(entry.change)
    if st.button(
        "Open it in the Lab", type="primary", icon=":material/science:", key="to_lab", on_click=_to_lab, args=(entry,)
    ):
        st.switch_page("pages/1_Lab.py")


def _to_lab(entry: Lesson) -> None:
    form.set_race(entry.race())
    st.session_state["experiment"] = None
