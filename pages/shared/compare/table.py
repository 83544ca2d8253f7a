"""Chosen runs side by side: what differs, the curves, the scores against the reference, and what to do next."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import TYPE_CHECKING, Any

import pandas as pd
import streamlit as st

from pages.shared.race import form, live
from pages.shared.widgets import model_files, steady_chart
from pages.shared.widgets.watch import pause_s, watch
from tl_core.figures import curves
from tl_core.figures.layout import Trace
from tl_core.results import compare, experiments
from tl_core.results.experiments import held
from tl_core.store import Run, open_store

if TYPE_CHECKING:
    import plotly.graph_objects as go


def show(runs: list[Run], reference: str) -> None:
    """Everything about the chosen runs; looked at again and again while one of them is active."""
    watch(runs, lambda: _look([run.id for run in runs]), lambda now: _draw(now, reference), pause_s)
    _next(runs)


def _look(run_ids: list[str]) -> list[Run] | None:
    store = open_store()
    return [run for run_id in run_ids if (run := store.run(run_id)) is not None] or None


def _draw(runs: list[Run], reference: str) -> None:
    run_ids = [run.id for run in runs]
    rows = pd.DataFrame([row | {"verdict": compare.verdict(row)} for row in compare.table(runs, reference)])
    _settings(runs, rows)
    arms = [Trace(run.id, title, run.strategy) for run, title in zip(runs, rows["title"], strict=True)]
    axis = st.segmented_control(
        "Draw over",
        list(curves.AXES),
        default="epoch",
        required=True,
        key="compared_axis",
        format_func=lambda name: held(runs).said(curves.AXES[name]),
        label_visibility="collapsed",
    )
    box = f"compared-{'-'.join(run_id[:6] for run_id in run_ids)}"
    metrics = live.followed(box, run_ids)

    def figure() -> go.Figure:
        drawn = curves.learning_curves(metrics, arms, axis, epochs=experiments.span(runs), said=held(runs).said)
        return drawn.update_layout(height=560 + 18 * len(arms))  # on a phone each name takes a line of the legend

    steady_chart.draw_points(
        curves.curve_points(metrics, arms, axis), (axis, *arms), figure, box, "Accuracy and loss of every chosen run"
    )
    st.caption(held(runs).said("Solid: validation images. Dotted: training images."))
    _scores(rows, compare.measured(runs), reference, held(runs).said)
    st.markdown(compare.beside(runs, reference))


def _settings(runs: list[Run], rows: pd.DataFrame) -> None:
    label = partial(compare.label, holds=held(runs))
    apart = compare.differing(runs)
    if apart:
        st.header("What differs", anchor=False)
        titles = {"title": "Run"} | {name: label(name) for name in apart}
        st.dataframe(rows[list(titles)].rename(columns=titles), hide_index=True, key="compared_settings")
    elif len(runs) > 1:
        st.caption("All settings are the same: these are repetitions of one run.")
    with st.expander("What all of them share", icon=":material/equal:"):
        shared = compare.common(runs)
        st.dataframe(
            pd.DataFrame({"Setting": [label(name) for name in shared], "Value": list(shared.values())}),
            hide_index=True,
            key="compared_shared",
        )


def _scores(rows: pd.DataFrame, titles: Mapping[str, str], reference: str, said: Callable[[str], str]) -> None:
    st.header(said("On the test images"), anchor=False)
    shown = pd.DataFrame(
        {
            "Run": [
                title + (" (reference)" if run_id == reference else "")
                for title, run_id in zip(rows["title"], rows["run_id"], strict=True)
            ],
            "Status": rows["status"],
        }
    )
    numbers: dict[str, Any] = {
        "Verdict": st.column_config.TextColumn(
            help=said(
                "Difference from the reference in points, with its 95 % interval in brackets. It is judged by the "
                "images that only one of the two classified correctly (McNemar's exact test, or a bootstrap over "
                "groups where they come in groups), corrected for the number of runs."
            )
        )
    }
    for name, title in titles.items():
        scale = 100 if name == "test_accuracy" else 1
        shown[title] = pd.to_numeric(rows[name]) * scale
        shown[f"Δ {title}"] = pd.to_numeric(rows[f"{name}_difference"]) * scale
        if name == "test_accuracy":
            shown["Verdict"] = rows["verdict"]
        unit = {"test_accuracy": "%.1f %%", "total_s": "%.1f s"}.get(name, "%.3f")
        numbers[title] = st.column_config.NumberColumn(format=unit)
        unit = {"test_accuracy": "%+.1f points", "total_s": "%+.1f s"}.get(name, "%+.3f")
        numbers[f"Δ {title}"] = st.column_config.NumberColumn(format=unit, help="Difference from the reference.")
    st.dataframe(shown, hide_index=True, column_config=numbers, key="compared_scores")


def _next(runs: list[Run]) -> None:
    titles = compare.names(runs)
    model_files.gone([run for run in runs if run.status == "finished"], titles)
    with st.container(horizontal=True, vertical_alignment="bottom"):
        chosen = st.selectbox(
            "Run",
            [run.id for run in runs],
            format_func=lambda run_id: titles[run_id],
            key="compared_again_of",
            width=420,
        )
        run = next(run for run in runs if run.id == chosen)
        if st.button(
            "Run again with one change",
            icon=":material/replay:",
            key="compared_again",
            on_click=_again,
            args=(run,),
            help="Puts its settings into the Lab's form: change one thing, then start.",
        ):
            st.switch_page("pages/1_Lab.py")
        st.download_button(
            "Metrics as CSV",
            lambda: _csv(runs),
            "transfer-lab-comparison.csv",
            "text/csv",
            icon=":material/download:",
            on_click="ignore",
            key="compared_csv",
        )
    if run.spec.mistake != "none":
        st.caption("This run made a mistake on purpose, as only lessons do: the Lab runs it again without the mistake.")


def _again(run: Run) -> None:
    form.set_race(compare.again(run))
    st.session_state["experiment"] = None


def _csv(runs: list[Run]) -> bytes:
    metrics = open_store().metrics([run.id for run in runs])
    return metrics.assign(run=metrics["run_id"].map(compare.names(runs))).to_csv(index=False).encode()
