"""A run's summary → figures of its scores, its time and its confusions."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
import plotly.graph_objects as go

from tl_core.base.markup import in_figure
from tl_core.base.wording import percent
from tl_core.figures.layout import Trace, framed, interval, share_axes, styles, write_beside
from tl_core.figures.palette import GREY

TIME_PARTS = {"prefix_s": ("Prefix", "#3591CF"), "train_s": ("Training", "#B87800"), "rest_s": ("Rest", GREY)}
# From nothing to blue: it reads the same on white and on black. No shade lies between those that carry dark letters and
# those, from one half, that carry white ones.
SHADES = [[0, "rgba(0,88,140,0.05)"], [0.5, "rgba(0,88,140,0.45)"], [0.5, "rgba(0,88,140,0.82)"], [1, "rgb(0,88,140)"]]


def accuracy_intervals(results: pd.DataFrame, arms: Sequence[Trace], chance: float | None = None) -> go.Figure:
    """Test accuracy of every arm as a dot with its interval.

    Parameters
    ----------
    results
        Columns run_id, test_accuracy, test_accuracy_low, test_accuracy_high, all scores in [0, 1].
    """
    figure = go.Figure()
    looks = styles(arms)
    by_run = results.set_index("run_id")
    for arm in arms:
        if arm.run_id not in by_run.index:
            continue
        row = by_run.loc[[arm.run_id]]
        score, low, high = (
            float(row[name].iloc[0]) for name in ("test_accuracy", "test_accuracy_low", "test_accuracy_high")
        )
        colour, marker = looks[arm.run_id]
        mark = {"symbol": marker, "size": 13, "color": colour}
        figure.add_trace(_dot(arm.label, arm.label, (score, low, high), mark))
        write_beside(figure, arm.label, percent(score), 100 * low, 100 * high)
    share_axes(figure, "Test accuracy, with its 95 % interval", chance)
    return framed(figure, 90 + 46 * len(figure.data), legend=False)


def source_scores(results: pd.DataFrame, arms: Sequence[Trace]) -> go.Figure:
    """Accuracy on the source task of every arm's backbone: a grey ring before the race, the arm's marker after it.

    Parameters
    ----------
    results
        Columns run_id, before, before_low, before_high, after, after_low, after_high, all in [0, 1].
    """
    figure, looks = go.Figure(), styles(arms)
    for arm in arms:
        row = results[results["run_id"] == arm.run_id].iloc[0]
        before, after = (
            tuple(float(row[name]) for name in (when, f"{when}_low", f"{when}_high")) for when in ("before", "after")
        )
        colour, marker = looks[arm.run_id]
        ring = {"symbol": "circle-open", "size": 20, "color": GREY, "line": {"width": 2}}
        figure.add_trace(_dot(arm.label, f"{arm.label}, before the race", before, ring))
        mark = {"symbol": marker, "size": 13, "color": colour}
        figure.add_trace(_dot(arm.label, f"{arm.label}, after the race", after, mark))
        text = f"{percent(before[0])} → {percent(after[0])}"
        write_beside(figure, arm.label, text, 100 * min(before[1], after[1]), 100 * max(before[2], after[2]))
    share_axes(figure, "Accuracy on the source task")
    return framed(figure, 90 + 46 * len(arms), legend=False)


def _dot(y: str, name: str, score: tuple[float, ...], marker: dict[str, Any]) -> go.Scatter:
    """A score with its interval: (value, low, high) in [0, 1]; drawn in per cent."""
    value, low, high = (100 * one for one in score)
    return go.Scatter(
        x=[value],
        y=[y],
        name=name,
        mode="markers",
        showlegend=False,
        marker=marker,
        error_x=interval(value, low, high, marker["color"]),
        hovertemplate=f"{name}: {percent(score[0])}, 95 % interval {percent(score[1])} to {percent(score[2])}"
        "<extra></extra>",
    )


def time_split(results: pd.DataFrame, arms: Sequence[Trace]) -> go.Figure:
    """Where the seconds of every arm went, as stacked bars.

    Parameters
    ----------
    results
        Columns run_id, prefix_s, train_s, total_s, in seconds. What is left of the total is drawn as the rest:
        loading, building the network, the test.
    """
    known = results.set_index("run_id")
    shown = [arm for arm in arms if arm.run_id in known.index]
    table = known.loc[[arm.run_id for arm in shown]]
    parts = table.assign(rest_s=(table["total_s"] - table["prefix_s"] - table["train_s"]).clip(lower=0))
    figure = go.Figure()
    for column, (title, colour) in TIME_PARTS.items():
        seconds = parts[column].to_numpy(float)
        figure.add_trace(
            go.Bar(
                x=seconds,
                y=[arm.label for arm in shown],
                name=title,
                orientation="h",
                marker={"color": colour},
                hovertemplate=title + ": %{x:.1f} s<extra></extra>",
            )
        )
    figure.update_layout(barmode="stack")
    figure.update_xaxes(title_text="Seconds", rangemode="tozero")
    figure.update_yaxes(autorange="reversed", automargin=True, ticklabelstandoff=8)
    key = "  ".join(f'<span style="color:{colour}">■</span> {title}' for title, colour in TIME_PARTS.values())
    figure.add_annotation(
        text=key,
        xref="paper",
        yref="paper",
        x=1,
        y=1,
        xanchor="right",
        yanchor="bottom",
        showarrow=False,
        font={"size": 14},
    )
    return framed(figure, 106 + 46 * len(shown), top=30, legend=False)


def confusion(counts: Sequence[Sequence[int]], classes: Sequence[str], many: str = "images") -> go.Figure:
    """Confusion matrix: a row for each true class, a column for each answer, shaded by the share of its row.

    Parameters
    ----------
    counts
        (K, K) numbers of test images; `counts[i][j]` are of class i and were called j.
    many
        What is counted.
    """
    table = np.asarray(counts, dtype=int)  # (K, K) int, >= 0
    names = [in_figure(name) for name in classes]
    shares = 100 * table / np.maximum(table.sum(axis=1, keepdims=True), 1)
    figure = go.Figure(
        go.Heatmap(
            z=shares,
            x=names,
            y=names,
            customdata=table,
            zmin=0,
            zmax=100,
            xgap=1,
            ygap=1,
            colorscale=SHADES,
            showscale=False,
            hovertemplate=f"%{{y}}, predicted %{{x}}: %{{customdata}} {many} "
            "(%{z:.1f}\N{NO-BREAK SPACE}% of its class)<extra></extra>",
        )
    )
    small = len(classes) > 12
    for i in range(len(classes)):
        for j in range(len(classes)):
            if table[i, j] and not small:
                font = {"size": 14, "color": "white"} if shares[i, j] > 50 else {"size": 14}
                figure.add_annotation(x=j, y=i, text=str(table[i, j]), showarrow=False, font=font)
    figure.update_xaxes(title_text="Predicted", side="bottom", type="category", showgrid=False, tickangle=-45)
    figure.update_yaxes(title_text="True class", autorange="reversed", type="category", showgrid=False, automargin=True)
    return framed(figure, max(360, 130 + 32 * len(classes)), legend=False)
