"""What came out of an experiment: test scores, where the time went, every class, and what to do next."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from pages.shared.race import forgetting, mistake_pictures, more_time, probabilities, published, score_table, shifted
from tl_core.catalog import dataset
from tl_core.figures import layout, scores
from tl_core.figures.layout import Trace
from tl_core.results import experiments
from tl_core.results.arm import arm_titles, arms, guessing, seeds_of
from tl_core.store import Experiment, Run, open_store

MISTAKES = 9
OF_A_CLASS = {
    "name": "Class",
    "support": "Images",
    "precision": "Precision",
    "recall": "Recall",
    "f1": "F1",
    "average_precision": "AP",
    "roc_auc": "ROC AUC",
}


def show(experiment: Experiment, student: str) -> None:
    """The test results of an experiment that has ended."""
    rows = experiments.table(experiment.runs)
    if rows:
        table = pd.DataFrame(rows)
        tested = [run for run in experiment.runs if run.summary is not None]
        traces = [Trace(row["run_id"], row["title"], row["strategy"]) for row in rows]
        said = experiments.held(tested).said
        st.header(said("On the test images"), anchor=False)
        score_table.draw(experiment.runs, rows)
        st.markdown(experiments.beside(tested))
        published.show(dataset(tested[0].spec.data.dataset))
        more_time.offer(experiment, student)
        left, right = st.columns(2)
        with left:
            figure = scores.accuracy_intervals(table, traces, guessing(tested))
            st.plotly_chart(figure, key="intervals", config=layout.STATIC)
        with right:
            st.plotly_chart(scores.time_split(table, traces), key="times", config=layout.STATIC)
        shifted.show(tested)
        forgetting.show(tested)
        chosen = _chosen(tested)
        _classes(chosen, experiment.owner == student)
        probabilities.show([run for run in tested if seeds_of(run) == seeds_of(chosen)], chosen)
    st.download_button(
        "Metrics as CSV",
        lambda: _csv(experiment),
        f"transfer-lab-{experiment.id}.csv",
        "text/csv",
        icon=":material/download:",
        on_click="ignore",
        key="csv",
    )


def _chosen(tested: list[Run]) -> Run:
    """The run that is looked at class by class: of one arm and, where there are several, of one seed."""
    st.header("Class by class", anchor=False)
    by_arm = {arm.title: arm for arm in arms(tested)}
    with st.container(horizontal=True, vertical_alignment="center"):
        title = st.pills(
            "Arm",
            list(by_arm),
            default=list(by_arm)[-1],
            required=True,
            key=f"classes_{tested[0].id}",
            label_visibility="collapsed",
            wrap=True,
        )
        arm = by_arm[title]
        if len(arm.runs) == 1:
            return arm.runs[0]
        return st.selectbox(
            "Seed",
            arm.runs,
            key=f"seed_{tested[0].id}",
            format_func=lambda run: f"Seed {run.spec.seed}",
            label_visibility="collapsed",
            width=120,
        )


def _classes(run: Run, mine: bool) -> None:
    assert run.summary is not None
    data = dataset(run.spec.data.dataset)
    left, right = st.columns(2)
    with left:
        st.markdown(data.holds.said("**Confusion matrix**, in numbers of test images"))
        if run.summary.confusion is None:
            st.markdown(
                data.holds.said("Not defined: with several labels per picture, every class is called by itself.")
            )
        else:
            figure = scores.confusion(run.summary.confusion, experiments.classes_of(run), data.holds.many)
            st.plotly_chart(figure, key="confusion", config=layout.STATIC)
    if data.holds.kept:
        with right:
            st.markdown("**Surest mistakes**")
            if mine or not data.own:
                mistake_pictures.show(run, MISTAKES)
            else:
                st.markdown(data.holds.said("The pictures are their owner's."))
    st.markdown("**Scores of every class**")
    table = pd.DataFrame([score.model_dump() for score in run.summary.per_class])
    table = table[list(OF_A_CLASS)].dropna(axis=1, how="all")
    table = table.rename(columns={name: data.holds.said(head) for name, head in OF_A_CLASS.items()})
    shares = table.columns[2:]
    table[shares] *= 100
    st.dataframe(
        table.style.format("{:.1f}\N{NO-BREAK SPACE}%", subset=shares, na_rep="not defined"),
        hide_index=True,
        height=38 + 35 * len(table),
        column_config={"AP": st.column_config.Column(help="Average precision")},
    )


def _csv(experiment: Experiment) -> bytes:
    metrics = open_store().metrics([run.id for run in experiment.runs])
    titles = arm_titles(experiment.runs)
    return metrics.assign(arm=metrics["run_id"].map(titles)).to_csv(index=False).encode()
