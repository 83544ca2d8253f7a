"""What came out of an experiment: test scores, where the time went, every class, and what to do next."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from pages.shared.race import forgetting, form, shifted
from tl_core.figures import layout, scores
from tl_core.figures.layout import Trace
from tl_core.races import race
from tl_core.results import experiments
from tl_core.store import Experiment, Run, open_store

PERCENT = st.column_config.NumberColumn(format="%.1f %%")
SECONDS = st.column_config.NumberColumn(format="%.1f s")
BOOTSTRAP = (
    "Bootstrap over the test images, or over the groups they come in (Efron 1979). No interval where nothing varies, "
    "as when all are called right."
)
WHOLE = st.column_config.NumberColumn(format="localized")
COLUMNS = {
    "arm": "Arm",
    "test_accuracy": "Accuracy",
    "interval": "95 % interval",
    "macro_f1": "Macro F1",
    "macro_f1_interval": "F1, 95 %",
    "roc_auc": "ROC AUC",
    "roc_auc_interval": "AUC, 95 %",
    "epochs": "Epochs",
    "prefix_s": "Prefix",
    "train_s": "Training",
    "total_s": "Total",
    "trainable_params": "Trained",
    "total_params": "Parameters",
}


def show(experiment: Experiment, student: str) -> None:
    """The test results of an experiment that has ended."""
    rows = experiments.table(experiment.runs)
    if rows:
        table = pd.DataFrame(rows)
        tested = [run for run in experiment.runs if run.summary is not None]
        arms = [Trace(row["run_id"], row["title"], row["strategy"]) for row in rows]
        st.subheader("On the test images", anchor=False)
        _scores(table, experiments.resampled(tested[0]))
        left, right = st.columns(2)
        with left:
            chance = 1 / len(experiments.classes_of(tested[0]))
            st.plotly_chart(scores.accuracy_intervals(table, arms, chance), key="intervals", config=layout.STATIC)
        with right:
            st.plotly_chart(scores.time_split(table, arms), key="times", config=layout.STATIC)
        shifted.show(tested)
        forgetting.show(tested)
        _classes(tested)
    _next(experiment, student)


def _scores(table: pd.DataFrame, resampled: str) -> None:
    method = f"The 95 % interval{resampled}" if resampled else "Wilson interval"
    table = table.assign(
        interval=_intervals(table, "test_accuracy", 100, "%.1f", " %"),
        macro_f1_interval=_intervals(table, "macro_f1"),
        roc_auc_interval=_intervals(table, "roc_auc"),
        test_accuracy=100 * table["test_accuracy"],
        arm=[
            title if status == "finished" else f"{title} ({status})"
            for title, status in zip(table["title"], table["status"], strict=True)
        ],
    )
    st.dataframe(
        table[list(COLUMNS)].rename(columns=COLUMNS),
        hide_index=True,
        column_config={
            "Accuracy": st.column_config.NumberColumn(format="%.1f %%", help="Test images that were called right."),
            "95 % interval": st.column_config.TextColumn(help=f"{method}: other test images would land here."),
            "Macro F1": st.column_config.NumberColumn(format="%.3f", help="F1 of every class, averaged."),
            "F1, 95 %": st.column_config.TextColumn(help=BOOTSTRAP),
            "ROC AUC": st.column_config.NumberColumn(format="%.3f", help="One class against the rest, averaged."),
            "AUC, 95 %": st.column_config.TextColumn(help=BOOTSTRAP),
            "Prefix": st.column_config.NumberColumn(format="%.1f s", help="Seconds in the frozen prefix."),
            "Epochs": st.column_config.NumberColumn(format="%.3g"),
            "Training": SECONDS,
            "Total": SECONDS,
            "Trained": WHOLE,
            "Parameters": WHOLE,
        },
    )
    if resampled:
        st.caption(f"95 % intervals{resampled}: pictures that belong together are right or wrong together.")


def _intervals(table: pd.DataFrame, name: str, scale: int = 1, form: str = "%.3f", unit: str = "") -> list[str]:
    """'61.2 – 64.8 %' for every arm; "–" where there is none."""
    ends = zip(scale * table[f"{name}_low"], scale * table[f"{name}_high"], strict=True)
    return [f"{form % low} – {form % high}{unit}" if pd.notna(low) else "–" for low, high in ends]


def _classes(tested: list[Run]) -> None:
    titles = experiments.arm_titles(tested)
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
    run = next(run for run in tested if run.id == chosen)
    assert run.summary is not None
    left, right = st.columns(2)
    with left:
        st.markdown("**Scores of every class**")
        table = pd.DataFrame([score.model_dump() for score in run.summary.per_class])
        table[["precision", "recall", "f1"]] *= 100
        st.dataframe(
            table.rename(columns=str.capitalize),
            hide_index=True,
            height=38 + 35 * len(table),
            column_config={
                "Name": "Class",
                "Precision": PERCENT,
                "Recall": PERCENT,
                "F1": PERCENT,
                "Support": st.column_config.NumberColumn("Images"),
            },
        )
    with right:
        st.markdown("**Confusion matrix**, in test images")
        figure = scores.confusion(run.summary.confusion, experiments.classes_of(run))
        st.plotly_chart(figure, key="confusion", config=layout.STATIC)


def _next(experiment: Experiment, student: str) -> None:
    if experiment.owner == student and any(run.status == "finished" for run in experiment.runs):
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
    titles = experiments.arm_titles(experiment.runs)
    return metrics.assign(arm=metrics["run_id"].map(titles)).to_csv(index=False).encode()
