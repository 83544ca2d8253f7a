"""The test results of a race as tables: over seeds where there are several, and which luck each word is about."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from html import escape
from typing import Any, NamedTuple

import pandas as pd
import streamlit as st

from pages.shared.widgets.arm_label import arm_label
from pages.shared.widgets.terms import term
from tl_core.base.wording import count, defined, percent, points
from tl_core.catalog import Measure, dataset
from tl_core.figures import layout
from tl_core.figures.layout import Trace
from tl_core.results import experiments, lead, references
from tl_core.results.arm import intervals, resampled, scores
from tl_core.store import Run

Row = dict[str, Any]
BOOTSTRAP = (
    "Bootstrap over the test images, or over the groups they come in (Efron 1979). No interval where nothing varies, "
    "as when all are classified correctly, or where a class may not be drawn at all."
)
ONE = (
    "Intervals and “more than luck” are about the luck of the test images: pairs are judged by {test}, "
    "corrected after Holm for the choice among several arms. The luck of the seed shows only in a race with several "
    "seeds: set them under Training choices."
)
SEVERAL = (
    "Accuracies are means over seeds. Intervals and “more than luck” are about the luck of the seed: Student's t over "
    "the differences seed by seed, corrected after Holm for the choice among several arms. The luck of the test images "
    "is in the intervals of every run."
)


class Column(NamedTuple):
    """One column: its head, what it means, and the HTML of its cell."""

    head: str
    help: str
    cell: Callable[[Row], str]


def draw(runs: Sequence[Run], rows: Sequence[Row]) -> None:
    """`rows`: those of `experiments.table` for these runs, which were tested."""
    several = any(row["seeds"] > 1 for row in rows)
    groups = next((words for run in runs if (words := resampled(run))), "")
    said = experiments.held(runs).said
    looks = layout.styles([Trace(row["run_id"], row["title"], row["strategy"]) for row in rows])
    arm = Column(term("Arm"), "", lambda row: arm_label(_title(row), looks[row["run_id"]]))
    beside = references.table(runs)
    named = arm._replace(cell=lambda row: _without_network(row["title"]) if row in beside else arm.cell(row))
    table = _table([named, *_scores(runs, several, groups)], [*rows, *beside], said)
    wide = '<div class="tl-wide" tabindex="0" role="region" aria-label="Scores">{}</div>'  # a phone scrolls it alone
    st.html(wide.format(table) if experiments.held(runs).measures else table)
    if beside:
        how = "; ".join(map(", ".join, experiments.held(runs).references.items()))
        st.caption(f"Without a network: {how}.")
    test = "the wild cluster bootstrap over groups" if groups else "McNemar's exact test"
    st.caption(said(SEVERAL if several else ONE.format(test=test)))
    if not several:
        st.caption(said(intervals(runs)))
    with st.expander("More numbers", icon=":material/table:"):
        st.html(_table([arm, *_costs(runs, rows, several)], rows, said))
    if several:
        with st.expander("Every run", icon=":material/list:"):
            st.dataframe(pd.DataFrame(experiments.each_run(runs)), hide_index=True, key="each_run")


def _title(row: Row) -> str:
    return row["title"] if row["status"] == "finished" else f"{row['title']} ({row['status']})"


def _without_network(title: str) -> str:
    return f"{escape(title[0].upper() + title[1:])}{_small('without a network')}"


def _scores(runs: Sequence[Run], several: bool, groups: str) -> list[Column]:
    found = scores(runs)
    beside = [*(one for one in found if one.strategy == lead.BASELINE), *references.scores(runs)]
    against = lead.against_twin(beside) | lead.against_twin(found)
    method = f"The 95 % interval{groups}" if groups else "Wilson interval"
    luck = "Student's t: other seeds would land here." if several else f"{method}: other test images would land here."
    other = luck if several else BOOTSTRAP
    columns = [Column("Accuracy", f"Test images that were classified correctly. Below: {luck}", _accuracy)]
    if against:
        meaning = "Difference in points to the twin from scratch, on the same images; in brackets its 95 % interval."
        columns.append(Column("Against from scratch", meaning, lambda row: escape(against.get(row["title"], ""))))
    return [
        *columns,
        Column("Macro F1", f"F1 of every class, averaged. Below: {other}", lambda row: _score(row, "macro_f1")),
        Column("ROC AUC", f"One class against the rest, averaged. Below: {other}", lambda row: _score(row, "roc_auc")),
        *map(_own, experiments.held(runs).measures),
    ]


def _own(measure: Measure) -> Column:
    """A measure of the task's own."""
    return Column(measure.head, measure.help, lambda row: _score(row, measure.name))


def _accuracy(row: Row) -> str:
    low, high = row["test_accuracy_low"], row["test_accuracy_high"]
    interval = "" if low is None else _small(f"{100 * low:.1f} – {100 * high:.1f}")
    return defined(row["test_accuracy"], percent) + interval


def _score(row: Row, name: str) -> str:
    low, high = row.get(f"{name}_low"), row.get(f"{name}_high")
    return defined(row.get(name)) + ("" if low is None else _small(f"{low:.3f} – {high:.3f}"))


def _small(text: str) -> str:
    return f"<small>{text}</small>"


def _costs(runs: Sequence[Run], rows: Sequence[Row], several: bool) -> list[Column]:
    """What is asked for less often: other scores, seconds, parameters."""

    def seconds(name: str) -> Callable[[Row], str]:
        return lambda row: f"{row[name]:.1f} s"

    columns = []
    if several:
        meaning = "Standard deviation of the accuracy over seeds."
        columns.append(Column("Spread", meaning, lambda row: defined(row["spread"], points)))
    if dataset(runs[0].spec.data.dataset).multi_label:
        columns += [
            Column("Micro F1", "F1 of all labels of all classes together.", lambda row: defined(row["micro_f1"])),
            Column(
                "mAP", "Average precision of every class, averaged.", lambda row: defined(row["mean_average_precision"])
            ),
        ]
    if any(row["ece"] is not None for row in rows):
        meaning = "Expected calibration error of the probabilities as trained."
        columns.append(Column("ECE", meaning, lambda row: defined(row["ece"], percent)))
    return [
        *columns,
        Column("Epochs", "", lambda row: f"{row['epochs']:.3g}"),
        Column(term("Prefix"), "", seconds("prefix_s")),
        Column("Training", "", seconds("train_s")),
        Column("Total", "", seconds("total_s")),
        Column("Trained", "Parameters that were trained, of all.", _parameters),
    ]


def _parameters(row: Row) -> str:
    return f"{count(row['trainable_params'])} of {count(row['total_params'])}"


def _table(columns: Sequence[Column], rows: Sequence[Row], said: Callable[[str], str]) -> str:
    heads = "".join(f'<th title="{escape(said(column.help), quote=True)}">{column.head}</th>' for column in columns)
    lines = "".join("<tr>" + "".join(f"<td>{column.cell(row)}</td>" for column in columns) + "</tr>" for row in rows)
    return f'<table class="tl-table tl-scores"><thead><tr>{heads}</tr></thead><tbody>{lines}</tbody></table>'
