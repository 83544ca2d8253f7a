"""The answer of a lesson: beside the guess, against what was expected, explained."""

from __future__ import annotations

from collections.abc import Mapping

import streamlit as st

from pages.shared.lessons import one_change
from pages.shared.widgets.arm_label import arm_label
from pages.shared.widgets.terms import term
from tl_core.base.wording import count, duration, percent
from tl_core.catalog import dataset
from tl_core.figures import layout, lessons
from tl_core.figures.layout import Trace
from tl_core.lessons import lesson, results
from tl_core.lessons.entries import LESSONS
from tl_core.lessons.lesson import Lesson, Slider
from tl_core.lessons.results import Reveal
from tl_core.lessons.verdict import Outcome
from tl_core.results.over_seeds import Mean
from tl_core.store.tables import Answer
from tl_core.studies import evidence

ICONS: dict[Outcome, str] = {"held": ":material/check:", "against": ":material/close:", "undecided": ":material/help:"}


def show(lesson_id: str, found: Reveal, guesses: Mapping[str, Answer], student: str) -> None:
    """The answer beside the guesses, what was to be expected, the explanation, and one thing to change."""
    entry = LESSONS[lesson_id]
    st.header(results.beside(entry, guesses, found), anchor=False)
    st.markdown(f"{ICONS[found.verdict.outcome]} {found.verdict.sentence}")
    _figures(entry, found, guesses)
    st.markdown(f"Expected: {entry.expected} Source: {entry.source}")
    found_before = results.evidence(entry)
    for sentence in found_before:
        st.caption(f"Our evidence table: {sentence}")
    if found_before and (caveat := evidence.caveat()):
        st.caption(f":material/update: {caveat}")
    st.markdown(lesson.text(lesson_id)[1])
    one_change.draw(lesson_id, student)


def traces(entry: Lesson) -> list[Trace]:
    """The arms of a lesson as figures name and colour them."""
    strategies = {arm: spec.strategy for arm, spec in entry.specs()}
    return [Trace(arm, found.title, strategies[arm]) for arm, found in entry.arms.items()]


def _figures(entry: Lesson, found: Reveal, guesses: Mapping[str, Answer]) -> None:
    if isinstance(entry.guess, Slider):
        numbers = {whose: float(guess) for whose, guess in guesses.items() if guess is not None}
        st.plotly_chart(
            lessons.guess_beside(
                numbers, float(found.answer), found.each, entry.guess.unit, entry.guess.low, entry.guess.high
            ),
            key="guess_beside",
            config=layout.STATIC,
        )
    arms = traces(entry)
    styles = layout.styles(arms)
    values = {arm.title: found.shown[arm.run_id] for arm in arms}
    st.plotly_chart(
        lessons.arms(values, {arm.title: styles[arm.run_id] for arm in arms}, entry.shown_title),
        key="reveal_arms",
        config=layout.STATIC,
    )
    st.caption(
        "Rings: single seeds. Filled marks: their mean. Below: means over the seeds; small, beside the accuracy: its "
        "95 % interval over the seeds (Student's t)."
    )
    st.html(_table(entry, arms, styles, found))


def _table(entry: Lesson, arms: list[Trace], styles: dict[str, tuple[str, str]], found: Reveal) -> str:
    own, rows = dataset(next(iter(entry.specs()))[1].data.dataset).holds.measures, ""
    for arm in arms:
        scores = found.scores[arm.run_id]
        cells = (
            _accuracy(scores["test_accuracy"]),
            f"{scores['macro_f1'].value:.3f}",
            *(
                f"{scores[name].value:.3f}" if name in scores else "–"
                for name in ("roc_auc", *(measure.name for measure in own))
            ),
            count(scores["trainable_params"].value),
            duration(scores["total_s"].value),
        )
        rows += f"<tr><td>{arm_label(arm.title, styles[arm.run_id])}</td>" + "".join(f"<td>{c}</td>" for c in cells)
    titles = (
        term("Arm"),
        "Test accuracy",
        "Macro F1",
        "ROC AUC",
        *(measure.head for measure in own),
        "Trained",
        "Time",
    )
    heads = "".join(f"<th>{title}</th>" for title in titles)
    return f'<table class="tl-table"><thead><tr>{heads}</tr></thead><tbody>{rows}</tbody></table>'


def _accuracy(found: Mean) -> str:
    """The mean over seeds and, with several, its interval over seeds beside it."""
    if found.low is None or found.high is None:
        return percent(found.value)
    return f"{percent(found.value)} <small>{100 * max(found.low, 0):.0f}–{100 * min(found.high, 1):.0f}</small>"
