"""What came out of an experiment: test scores, where the time went, every class, and what to do next."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from pages.shared.race import forgetting, form, more_time, probabilities, score_table, shifted
from tl_core.figures import layout, scores
from tl_core.figures.layout import Trace
from tl_core.races import race
from tl_core.results import experiments
from tl_core.results.arm import arm_titles
from tl_core.results.lead import chance
from tl_core.store import Experiment, Run, open_store

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
        arms = [Trace(row["run_id"], row["title"], row["strategy"]) for row in rows]
        said = experiments.held(tested).said
        st.subheader(said("On the test images"), anchor=False)
        score_table.draw(experiment.runs, rows)
        more_time.offer(experiment, student)
        left, right = st.columns(2)
        with left:
            guessing = max(filter(None, (chance(run.summary) for run in tested if run.summary)), default=None)
            st.plotly_chart(scores.accuracy_intervals(table, arms, guessing), key="intervals", config=layout.STATIC)
        with right:
            st.plotly_chart(scores.time_split(table, arms), key="times", config=layout.STATIC)
        shifted.show(tested)
        forgetting.show(tested)
        chosen = _chosen(tested)
        _classes(chosen)
        probabilities.show(tested, chosen)
    _next(experiment, student)


def _chosen(tested: list[Run]) -> Run:
    titles = arm_titles(tested)
    st.subheader("Class by class", anchor=False)
    chosen = st.pills(
        "Arm",
        [run.id for run in tested],
        default=tested[-1].id,
        required=True,
        key=f"classes_{tested[0].id}",
        format_func=lambda run_id: titles[run_id],
        label_visibility="collapsed",
        wrap=True,
    )
    return next(run for run in tested if run.id == chosen)


def _classes(run: Run) -> None:
    assert run.summary is not None
    left, right = st.columns(2)
    with left:
        st.markdown("**Scores of every class**")
        table = pd.DataFrame([score.model_dump() for score in run.summary.per_class])
        table = table[list(OF_A_CLASS)].dropna(axis=1, how="all").rename(columns=OF_A_CLASS)
        shares = table.columns[2:]
        table[shares] *= 100
        st.dataframe(
            table.style.format("{:.1f}\N{NO-BREAK SPACE}%", subset=shares, na_rep="not defined"),
            hide_index=True,
            height=38 + 35 * len(table),
            column_config={"AP": st.column_config.Column(help="Average precision")},
        )
    with right:
        st.markdown(experiments.held([run]).said("**Confusion matrix**, in test images"))
        if run.summary.confusion is None:
            st.markdown("Not defined: with several labels a picture, every class is called by itself.")
            return
        figure = scores.confusion(run.summary.confusion, experiments.classes_of(run))
        st.plotly_chart(figure, key="confusion", config=layout.STATIC)


def _next(experiment: Experiment, student: str) -> None:
    finished = any(run.status == "finished" for run in experiment.runs)
    if experiment.owner == student and finished and experiments.held(experiment.runs).kept:
        st.page_link(
            "pages/4_Predict.py",
            label="Try it on pictures, see its wrong answers, take it home",
            icon=":material/image_search:",
            query_params={"experiment": experiment.id},
        )
    with st.container(horizontal=True):
        st.button(
            "Run again with one change",
            icon=":material/replay:",
            key="again",
            on_click=_again,
            args=(experiment,),
            help="Puts these settings into the form: change one thing, then start.",
        )
        st.download_button(
            "Metrics as CSV",
            lambda: _csv(experiment),
            f"transfer-lab-{experiment.id}.csv",
            "text/csv",
            icon=":material/download:",
            on_click="ignore",
            key="csv",
        )


def _again(experiment: Experiment) -> None:
    form.set_race(race.of_specs([run.spec for run in experiment.runs]))


def _csv(experiment: Experiment) -> bytes:
    metrics = open_store().metrics([run.id for run in experiment.runs])
    titles = arm_titles(experiment.runs)
    return metrics.assign(arm=metrics["run_id"].map(titles)).to_csv(index=False).encode()
