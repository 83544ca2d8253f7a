"""What the probabilities of a race are worth: calibration of one arm, ROC curves of all of them."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import streamlit as st

from pages.shared.race import thresholds
from tl_core.base.events import Summary
from tl_core.base.wording import defined, percent
from tl_core.figures import layout, probabilities
from tl_core.figures.layout import Trace
from tl_core.results import experiments
from tl_core.results.arm import arm_titles
from tl_core.store import Run


def show(tested: Sequence[Run], chosen: Run) -> None:
    """Nothing for runs from before this was measured."""
    titles, said = arm_titles(tested), experiments.held(tested).said
    arms = [Trace(run.id, titles[run.id], run.strategy) for run in tested]
    left, right = st.columns(2)
    if chosen.summary is not None and chosen.summary.reliability is not None:
        with left:
            colour = layout.styles(arms)[chosen.id][0]
            _reliability(chosen.summary, colour, titles[chosen.id], said)
    measured = {run.id: run.summary for run in tested if run.summary is not None and run.summary.roc is not None}
    if measured:
        arms, classes = [arm for arm in arms if arm.run_id in measured], experiments.classes_of(chosen)
        with right:
            _roc(measured, arms, classes, said)
        thresholds.show(measured, arms, classes, said)


def _reliability(summary: Summary, colour: str, title: str, said: Callable[[str], str]) -> None:
    st.markdown(f"**Reliability** of {title}")
    assert summary.reliability is not None
    figure = probabilities.reliability(summary.reliability, summary.scaled_reliability, colour)
    st.plotly_chart(figure, key="reliability", config=layout.STATIC)
    scaled = (
        "No temperature is defined here: on the validation images, no finite one is best."
        if summary.temperature is None
        else f"With the logits divided by {summary.temperature:.2f}, the temperature that fits the validation images: "
        f"{defined(summary.scaled_ece, percent)}, and a loss of {defined(summary.scaled_loss)} in place of "
        f"{summary.test_loss:.3f}. No answer changes."
    )
    st.caption(
        f"On the diagonal, what is called {percent(0.8)} sure comes true in {percent(0.8)} of the cases. Expected "
        f"calibration error as trained: {defined(summary.ece, percent)}. {said(scaled)}"
    )


def _roc(measured: dict[str, Summary], arms: list[Trace], classes: Sequence[str], said: Callable[[str], str]) -> None:
    st.markdown("**ROC curves**, each class against the rest")
    label = st.selectbox(
        "Class",
        [None, *range(len(classes))],
        key="roc_class",
        format_func=lambda number: "Average over the classes" if number is None else classes[number],
        label_visibility="collapsed",
    )
    areas = {
        run_id: summary.roc_auc if label is None else summary.per_class[label].roc_auc
        for run_id, summary in measured.items()
    }
    curves = {run_id: summary.roc for run_id, summary in measured.items() if summary.roc is not None}
    figure = probabilities.roc_curves(curves, arms, areas, label, said)
    st.plotly_chart(figure, key="roc", config=layout.STATIC)
    st.caption("In the legend, the area under each curve. The diagonal is guessing.")
