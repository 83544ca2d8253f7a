"""Pure functions: data frames → plotly figures. They know no store, no catalogue and no page."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Literal, NamedTuple

import numpy as np
import pandas as pd
import plotly.graph_objects as go
from plotly.subplots import make_subplots

from tl_core.figures.palette import GREY, STYLES

Axis = Literal["epoch", "elapsed_s", "images"]

POINTS = 400  # of one curve: more than a screen can show
MARKERS = 40  # of one curve: enough to tell the arms apart, few enough for a slow browser
DECIMALS = 5  # of a point: more than a label can show, and a third of the bytes at every look
STATIC = {"displayModeBar": False, "scrollZoom": False}
AXES: dict[Axis, str] = {"epoch": "Epochs", "elapsed_s": "Seconds", "images": "Training images seen"}

TIME_PARTS = {"prefix_s": ("Prefix", "#3591CF"), "train_s": ("Training", "#B87800"), "rest_s": ("Rest", GREY)}


class Arm(NamedTuple):
    """One run as a figure shows it. `strategy` decides colour and marker."""

    run_id: str
    title: str
    strategy: str


def styles(arms: Sequence[Arm]) -> dict[str, tuple[str, str]]:
    """run_id → (colour, marker). A strategy keeps its own; a second arm of it takes one that is still free."""
    free = [style for style in STYLES.values() if style not in [STYLES.get(arm.strategy) for arm in arms]]
    taken: set[tuple[str, str]] = set()
    chosen = {}
    for arm in arms:
        style = STYLES.get(arm.strategy)
        if style is None or style in taken:
            style = free.pop(0) if free else (GREY, "circle-open")
        taken.add(style)
        chosen[arm.run_id] = style
    return chosen


def learning_curves(
    metrics: pd.DataFrame,
    arms: Sequence[Arm],
    x: Axis = "epoch",
    *,
    chance: float | None = None,
    epochs: int | None = None,
    accuracy_only: bool = False,
) -> go.Figure:
    """Accuracy above, loss below, over a shared x axis: validation solid with markers, training dotted.

    Parameters
    ----------
    metrics
        Tidy rows with columns run_id, phase, epoch, elapsed_s, images, split ("train" or "val"), name ("accuracy" or
        "loss") and value; accuracy in [0, 1].
    arms
        The runs to draw, in the order of the legend.
    x
        Which column to draw over.
    chance
        Accuracy of guessing, in [0, 1], drawn as a thin line.
    epochs
        How far the x axis reaches from the start when x is "epoch", so that it does not grow under the reader.
    accuracy_only
        Leave the loss out: a smaller figure.
    """
    names = ("accuracy",) if accuracy_only else ("accuracy", "loss")
    heights = [1.0] if accuracy_only else [0.62, 0.38]
    figure = make_subplots(rows=len(names), cols=1, shared_xaxes=True, vertical_spacing=0.07, row_heights=heights)
    looks, points = styles(arms), iter(curve_points(metrics, arms, x, accuracy_only=accuracy_only))
    for row, name in enumerate(names, start=1):
        for arm in arms:
            for split in ("train", "val"):
                figure.add_trace(_curve(next(points), arm, looks[arm.run_id], split, name), row=row, col=1)
    for arm in arms:
        figure.add_trace(_phase_starts(next(points), arm, looks[arm.run_id]), row=1, col=1)
    if chance is not None:
        figure.add_hline(
            y=chance,
            row=1,
            col=1,
            line={"color": GREY, "width": 1, "dash": "dash"},
            layer="below",
            annotation={"text": f"guessing: {chance:.0%}", "font": {"size": 12, "color": GREY}},
            annotation_position="bottom right",
        )
    figure.update_yaxes(title_text="Accuracy", range=[0, 1.02], tickformat=".0%", row=1, col=1)
    if not accuracy_only:
        figure.update_yaxes(title_text="Loss", rangemode="tozero", row=2, col=1)
    figure.update_xaxes(title_text=AXES[x], rangemode="tozero", row=len(names), col=1)
    if x == "epoch" and epochs:
        figure.update_xaxes(range=[0, epochs * 1.02])
    # The same revision on every redraw of the same axis: a zoom survives new points.
    return _framed(figure, 340 if accuracy_only else 560, uirevision=x, unified=True)


def curve_points(
    metrics: pd.DataFrame, arms: Sequence[Arm], x: Axis = "epoch", *, accuracy_only: bool = False
) -> list[tuple[np.ndarray, np.ndarray]]:
    """The points (x, y) of every trace of `learning_curves`, in its order: a fraction of the work of the figure."""
    ordered = metrics.sort_values(["epoch", "elapsed_s"])
    across, value, phase = (ordered[name].to_numpy().round(DECIMALS) for name in (x, "value", "phase"))
    places = ordered.groupby(["run_id", "split", "name"], sort=False).indices

    def points(key: tuple[str, str, str], pick: Callable[[np.ndarray], np.ndarray]) -> tuple[np.ndarray, np.ndarray]:
        curve = pick(np.asarray(places.get(key, ()), int))
        return across[curve], value[curve]

    names = ("accuracy",) if accuracy_only else ("accuracy", "loss")
    return [
        points((arm.run_id, split, name), _thinned) for name in names for arm in arms for split in ("train", "val")
    ] + [points((arm.run_id, "val", "accuracy"), lambda curve: curve[:-1][np.diff(phase[curve]) > 0]) for arm in arms]


def _curve(points: tuple[np.ndarray, np.ndarray], arm: Arm, look: tuple[str, str], split: str, name: str) -> go.Scatter:
    validation = split == "val"
    colour, marker = look
    value = "%{y:.1%}" if name == "accuracy" else "%{y:.3f}"
    return go.Scatter(
        x=points[0],
        y=points[1],
        name=arm.title,
        legendgroup=arm.run_id,
        showlegend=validation and name == "accuracy",
        mode="lines+markers" if validation else "lines",
        line={"color": colour, "width": 3 if validation else 1.6, "dash": "solid" if validation else "dot"},
        marker={"symbol": marker, "size": 8, "maxdisplayed": MARKERS},
        opacity=1 if validation else 0.8,
        hovertemplate=f"{arm.title}, {'validation' if validation else 'training'}: {value}<extra></extra>",
        uid=f"{arm.run_id}-{split}-{name}",
    )


def _phase_starts(points: tuple[np.ndarray, np.ndarray], arm: Arm, look: tuple[str, str]) -> go.Scatter:
    """A ring around the last validation point of every phase but the last: from there on, other layers train."""
    return go.Scatter(
        x=points[0],
        y=points[1],
        name=f"{arm.title}, next phase",
        mode="markers",
        legendgroup=arm.run_id,
        showlegend=False,
        uid=f"{arm.run_id}-phase-accuracy",
        marker={"symbol": "circle-open", "size": 17, "color": look[0], "line": {"width": 2}},
        hovertemplate=f"{arm.title}: the next phase begins<extra></extra>",
    )


def _thinned(curve: np.ndarray) -> np.ndarray:
    """At most POINTS of the curve's places, evenly spread, the first and the last among them."""
    return curve[np.linspace(0, len(curve) - 1, POINTS).round().astype(int)] if len(curve) > POINTS else curve


def accuracy_intervals(results: pd.DataFrame, arms: Sequence[Arm], chance: float | None = None) -> go.Figure:
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
        figure.add_trace(_dot(arm.title, arm.title, (score, low, high), mark))
        _write_beside(figure, arm.title, f"{score:.1%}", low, high)
    if chance is not None:
        figure.add_vline(x=chance, line={"color": GREY, "width": 1, "dash": "dash"}, layer="below")
    figure.update_xaxes(title_text="Test accuracy, with its 95 % interval", range=[0, 1.02], tickformat=".0%")
    figure.update_yaxes(autorange="reversed", automargin=True, ticklabelstandoff=8)
    return _framed(figure, 90 + 46 * len(figure.data), legend=False)


def source_scores(results: pd.DataFrame, arms: Sequence[Arm]) -> go.Figure:
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
        figure.add_trace(_dot(arm.title, f"{arm.title}, before the race", before, ring))
        mark = {"symbol": marker, "size": 13, "color": colour}
        figure.add_trace(_dot(arm.title, f"{arm.title}, after the race", after, mark))
        text = f"{before[0]:.1%} → {after[0]:.1%}"
        _write_beside(figure, arm.title, text, min(before[1], after[1]), max(before[2], after[2]))
    figure.update_xaxes(title_text="Accuracy on the source task", range=[0, 1.02], tickformat=".0%")
    figure.update_yaxes(autorange="reversed", automargin=True, ticklabelstandoff=8)
    return _framed(figure, 90 + 46 * len(arms), legend=False)


def _dot(y: str, name: str, score: tuple[float, ...], marker: dict[str, object]) -> go.Scatter:
    """A score with its interval: (value, low, high) in [0, 1]."""
    value, low, high = score
    return go.Scatter(
        x=[value],
        y=[y],
        name=name,
        mode="markers",
        showlegend=False,
        marker=marker,
        error_x={
            "type": "data",
            "symmetric": False,
            "array": [high - value],
            "arrayminus": [value - low],
            "color": marker["color"],
            "thickness": 3,
            "width": 8,
        },
        hovertemplate=f"{name}: {value:.1%}, 95 % interval {low:.1%} to {high:.1%}<extra></extra>",
    )


def _write_beside(figure: go.Figure, y: str, text: str, low: float, high: float) -> None:
    """A number beside what reaches from low to high, on the side where there is room."""
    right = high < 0.75
    figure.add_annotation(
        x=high if right else low,
        y=y,
        text=text,
        showarrow=False,
        font={"size": 15},
        xanchor="left" if right else "right",
        xshift=12 if right else -12,
    )


def time_split(results: pd.DataFrame, arms: Sequence[Arm]) -> go.Figure:
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
                y=[arm.title for arm in shown],
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
    return _framed(figure, 106 + 46 * len(shown), top=30, legend=False)


def confusion(counts: Sequence[Sequence[int]], classes: Sequence[str]) -> go.Figure:
    """Confusion matrix: a row for each true class, a column for each answer, shaded by the share of its row.

    Parameters
    ----------
    counts
        (K, K) numbers of test images; `counts[i][j]` are of class i and were called j.
    """
    table = np.asarray(counts, dtype=int)  # (K, K) int, >= 0
    shares = table / np.maximum(table.sum(axis=1, keepdims=True), 1)
    figure = go.Figure(
        go.Heatmap(
            z=shares,
            x=list(classes),
            y=list(classes),
            customdata=table,
            zmin=0,
            zmax=1,
            xgap=1,
            ygap=1,
            # From nothing to blue: it reads the same on white and on black.
            colorscale=[[0, "rgba(53,145,207,0.06)"], [1, "rgba(0,114,178,1)"]],
            showscale=False,
            hovertemplate="%{y} called %{x}: %{customdata} images (%{z:.1%} of its class)<extra></extra>",
        )
    )
    small = len(classes) > 12
    for i in range(len(classes)):
        for j in range(len(classes)):
            if table[i, j] and not small:
                font = {"size": 13, "color": "white"} if shares[i, j] > 0.5 else {"size": 13}
                figure.add_annotation(x=j, y=i, text=str(table[i, j]), showarrow=False, font=font)
    figure.update_xaxes(title_text="Called", side="bottom", type="category", showgrid=False, tickangle=-45)
    figure.update_yaxes(title_text="True class", autorange="reversed", type="category", showgrid=False, automargin=True)
    return _framed(figure, max(360, 130 + 32 * len(classes)), legend=False)


def _framed(
    figure: go.Figure, height: int, uirevision: str = "fixed", legend: bool = True, top: int = 8, unified: bool = False
) -> go.Figure:
    figure.update_layout(
        height=height,
        uirevision=uirevision,
        margin={"l": 8, "r": 12, "t": top, "b": 8},
        font={"size": 14},
        hovermode="x unified" if unified else "closest",
        dragmode="zoom",
        showlegend=legend,
        legend={"orientation": "h", "yanchor": "bottom", "y": 1.02, "xanchor": "left", "x": 0},
    )
    return figure
