"""The test results of a race as a table: over seeds where there are several, and which luck each word is about."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import pandas as pd
import streamlit as st

from tl_core.catalog import dataset
from tl_core.results import experiments, lead
from tl_core.results.arm import resampled, scores
from tl_core.store import Run

WHOLE = st.column_config.NumberColumn(format="localized")
SECONDS = st.column_config.NumberColumn(format="%.1f s")
COLUMNS = {
    "arm": "Arm",
    "test_accuracy": "Accuracy",
    "interval": "95 % interval",
    "spread": "Spread",
    "against": "Against from scratch",
    "macro_f1": "Macro F1",
    "macro_f1_interval": "F1, 95 %",
    "roc_auc": "ROC AUC",
    "roc_auc_interval": "AUC, 95 %",
    "micro_f1": "Micro F1",
    "mean_average_precision": "mAP",
    "ece": "ECE",
    "epochs": "Epochs",
    "prefix_s": "Prefix",
    "train_s": "Training",
    "total_s": "Total",
    "trainable_params": "Trained",
    "total_params": "Parameters",
}
SCORES = ("Macro F1", "Micro F1", "mAP", "ROC AUC", "ECE")
BOOTSTRAP = (
    "Bootstrap over the test images, or over the groups they come in (Efron 1979). No interval where nothing varies, "
    "as when all are called right."
)
ONE = (
    "Intervals and “more than luck” are about the luck of the test images: pairs are judged by McNemar's exact test, "
    "corrected after Holm for the choice among several arms. The luck of the seed shows only in a race with several "
    "seeds: set them under Training choices."
)
SEVERAL = (
    "Accuracies are means over seeds. Intervals and “more than luck” are about the luck of the seed: Student's t over "
    "the differences seed by seed, corrected after Holm for the choice among several arms. The luck of the test images "
    "is in the intervals of every run."
)


def draw(runs: Sequence[Run], rows: Sequence[dict[str, Any]]) -> None:
    """`rows`: those of `experiments.table` for these runs, which were tested."""
    several = any(row["seeds"] > 1 for row in rows)
    against = lead.against_twin(scores(runs))
    table = pd.DataFrame(rows)
    table = table.assign(
        interval=_intervals(table, "test_accuracy", 100, "%.1f", " %"),
        macro_f1_interval=_intervals(table, "macro_f1"),
        roc_auc_interval=_intervals(table, "roc_auc"),
        against=[against.get(row["title"], "") for row in rows],
        test_accuracy=100 * table["test_accuracy"],
        spread=pd.to_numeric(table["spread"]) * 100,
        arm=[row["title"] if row["status"] == "finished" else f"{row['title']} ({row['status']})" for row in rows],
    )
    hidden = {"spread": not several, "against": not against, "ece": table["ece"].isna().all()}
    hidden |= dict.fromkeys(("micro_f1", "mean_average_precision"), not dataset(runs[0].spec.data.dataset).multi_label)
    shown = [name for name in COLUMNS if not hidden.get(name)]
    groups = next((words for run in runs if (words := resampled(run))), "")
    table = table[shown].rename(columns=COLUMNS)
    undefined = table.style.format({name: "{:.3f}" for name in SCORES if name in table}, na_rep="not defined")
    said = experiments.held(runs).said
    st.dataframe(undefined, hide_index=True, column_config=_configuration(several, groups, said))
    st.caption(said(SEVERAL if several else ONE))
    if groups and not several:
        st.caption(said(f"95 % intervals{groups}: pictures that belong together are right or wrong together."))
    if several:
        with st.expander("Every run", icon=":material/list:"):
            st.dataframe(pd.DataFrame(experiments.each_run(runs)), hide_index=True, key="each_run")


def _intervals(table: pd.DataFrame, name: str, scale: int = 1, form: str = "%.3f", unit: str = "") -> list[str]:
    """'61.2 – 64.8 %' for every arm; "–" where there is none."""
    ends = zip(scale * pd.to_numeric(table[f"{name}_low"]), scale * pd.to_numeric(table[f"{name}_high"]), strict=True)
    return [f"{form % low} – {form % high}{unit}" if pd.notna(low) else "–" for low, high in ends]


def _configuration(several: bool, groups: str, said: Callable[[str], str]) -> dict[str, Any]:
    method = f"The 95 % interval{groups}" if groups else "Wilson interval"
    luck = "Student's t: other seeds" if several else said(f"{method}: other test images")
    other = luck + " would land here." if several else said(BOOTSTRAP)
    return {
        "Accuracy": st.column_config.NumberColumn(format="%.1f %%", help=said("Test images that were called right.")),
        "95 % interval": st.column_config.TextColumn(help=f"{luck} would land here."),
        "Spread": st.column_config.NumberColumn(format="%.1f points", help="Standard deviation over seeds."),
        "Against from scratch": st.column_config.TextColumn(
            help=said(
                "Difference in points to the twin from scratch, on the same images; in brackets its 95 % interval."
            )
        ),
        "Macro F1": st.column_config.Column(help="F1 of every class, averaged."),
        "F1, 95 %": st.column_config.TextColumn(help=other),
        "AUC, 95 %": st.column_config.TextColumn(help=other),
        "ROC AUC": st.column_config.Column(help="One class against the rest, averaged."),
        "Micro F1": st.column_config.Column(help="F1 of all labels of all classes together."),
        "mAP": st.column_config.Column(help="Average precision of every class, averaged."),
        "ECE": st.column_config.Column(help="Expected calibration error of the probabilities as trained."),
        "Prefix": st.column_config.NumberColumn(format="%.1f s", help="Seconds in the frozen prefix."),
        "Epochs": st.column_config.NumberColumn(format="%.3g"),
        "Training": SECONDS,
        "Total": SECONDS,
        "Trained": WHOLE,
        "Parameters": WHOLE,
    }
