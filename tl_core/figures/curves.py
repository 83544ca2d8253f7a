"""A run's metrics → its learning curves. Pure functions, like all figures: they know no store and no page."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from itertools import product
from typing import Literal

import numpy as np
import pandas as pd
import plotly.graph_objects as go
from plotly.subplots import make_subplots

from tl_core.figures.layout import PERCENT, Trace, Y, band, framed, guessing, interval, outline, styles

Axis = Literal["epoch", "elapsed_s", "images"]

POINTS = 400  # of one curve: more than a screen can show
MARKERS = 40  # of one curve: enough to tell the arms apart, few enough for a slow browser
DECIMALS = 5  # of a point: more than a label can show, and a third of the bytes at every look
HEIGHT, OF_ACCURACY = 560, 340  # pixels
LABELLED = 3  # test scores have room for their number beside the curves
LINE, BESIDE = 17, 7.0  # the height of a number: pixels, and at least so many points of accuracy
AXES: dict[Axis, str] = {"epoch": "Epochs", "elapsed_s": "Seconds", "images": "Training images seen"}
Tests = Mapping[str, tuple[float, float, float]]  # run id → accuracy on the test images, its 95 % interval; in [0, 1]


def learning_curves(
    metrics: pd.DataFrame,
    arms: Sequence[Trace],
    x: Axis = "epoch",
    *,
    chance: float | None = None,
    epochs: int | None = None,
    accuracy_only: bool = False,
    tests: Tests | None = None,
    height: int | None = None,
    legend: bool = True,
    said: Callable[[str], str] = str,
) -> go.Figure:
    """Accuracy above, loss below, over a shared x axis: validation solid with markers, training dotted.

    Parameters
    ----------
    metrics
        Tidy rows with columns run_id, phase, epoch, elapsed_s, images, split ("train" or "val"), name ("accuracy" or
        "loss") and value; accuracy in [0, 1]. Where they are means, `low` and `high` are the edges of a band around
        the validation curve.
    arms
        The runs to draw, in the order of the legend.
    x
        Which column to draw over.
    chance
        Accuracy of guessing, in [0, 1], drawn as a thin line.
    epochs
        How far the x axis reaches from the start when x is "epoch", so that it does not grow under the reader.
    accuracy_only
        Leave the loss out.
    tests
        What the arms reached on the test images, drawn to the right of the curves with its interval.
    height
        In pixels; None: HEIGHT, or OF_ACCURACY where the loss is left out.
    said
        Turns words about images into those about what the runs were trained on.
    """
    names = ("accuracy",) if accuracy_only else ("accuracy", "loss")
    figure = _panels(names, bool(tests))
    looks, points = styles(arms), iter(curve_points(metrics, arms, x, accuracy_only=accuracy_only))
    for row, name in enumerate(names, start=1):
        for arm in arms:
            look = looks[arm.run_id]
            if "low" in metrics:
                figure.add_trace(band(next(points), look[0], arm.run_id, f"{arm.run_id}-band-{name}"), row=row, col=1)
            for split in ("train", "val"):
                figure.add_trace(_curve(next(points), arm, look, split, name), row=row, col=1)
    for arm in arms:
        figure.add_trace(_phase_starts(next(points), arm, looks[arm.run_id]), row=1, col=1)
    guessing(figure, chance, named=False, row=1, col=1)
    figure.update_yaxes(title_text="Accuracy", range=[0, 102], **PERCENT, row=1, col=1)
    if not accuracy_only:
        figure.update_yaxes(title_text="Loss", rangemode="tozero", row=2, col=1)
    figure.update_xaxes(title_text=said(AXES[x]), rangemode="tozero", row=len(names), col=1)
    if x == "epoch" and epochs:
        figure.update_xaxes(range=[0, epochs * 1.02], col=1)
    if tests:
        _add_tests(figure, tests, [arm for arm in arms if arm.run_id in tests], looks)
    # The same revision on every redraw of the same axis: a zoom survives new points.
    height = height or (OF_ACCURACY if accuracy_only else HEIGHT)
    return framed(figure, height, uirevision=x, unified=True, legend=legend, top=28 + LINE if tests else 8)


def _panels(names: Sequence[str], tested: bool) -> go.Figure:
    """A row for each name; beside the first one, where there are test scores, a narrow panel for them."""
    blank: list[list[dict[str, str] | None]] = [[{}], [{}]] if not tested else [[{}, {}], [{}, None]]
    return make_subplots(
        rows=len(names),
        cols=2 if tested else 1,
        specs=blank[: len(names)],
        shared_xaxes="columns",
        shared_yaxes="rows" if tested else False,
        column_widths=[0.84, 0.16] if tested else None,
        horizontal_spacing=0.02,
        vertical_spacing=0.09,
        row_heights=[0.62, 0.38][: len(names)],
    )


def _add_tests(figure: go.Figure, tests: Tests, arms: Sequence[Trace], looks: Mapping[str, tuple[str, str]]) -> None:
    lifts = _lifts([100 * tests[arm.run_id][2] for arm in arms])
    for place, (arm, lift) in enumerate(zip(arms, lifts, strict=True)):
        score, low, high = (100 * value for value in tests[arm.run_id])
        colour, marker = looks[arm.run_id]
        trace = go.Scatter(
            x=[place],
            y=[score],
            name=f"{arm.label}, test",
            mode="markers",
            legendgroup=arm.run_id,
            showlegend=False,
            uid=f"{arm.run_id}-test",
            marker={"symbol": marker, "size": 12, "color": colour},
            error_y=interval(score, low, high, colour),
            hovertemplate=f"{arm.label}, test: {Y}<extra></extra>",
        )
        figure.add_trace(trace, row=1, col=2)
        if len(arms) <= LABELLED:
            figure.add_annotation(
                x=place,
                y=high,
                text=f"<b>{score:.0f}</b>",
                showarrow=False,
                yanchor="bottom",
                yshift=4 + lift,
                font={"size": 14},
                row=1,
                col=2,
            )
    figure.update_xaxes(title_text="Test", range=[-0.7, len(arms) - 0.3], visible=True, row=1, col=2)
    figure.update_xaxes(showticklabels=False, showgrid=False, zeroline=False, fixedrange=True, row=1, col=2)
    figure.update_yaxes(showgrid=False, row=1, col=2)


def _lifts(heights: Sequence[float]) -> list[int]:
    """How many pixels above its usual place each number stands, so that it touches none beside it."""
    lines, before = [], -np.inf
    for height in heights:
        lines.append(0)
        while abs(height + BESIDE * lines[-1] - before) < BESIDE:
            lines[-1] += 1
        before = height + BESIDE * lines[-1]
    return [LINE * count for count in lines]


def curve_points(
    metrics: pd.DataFrame, arms: Sequence[Trace], x: Axis = "epoch", *, accuracy_only: bool = False
) -> list[tuple[np.ndarray, np.ndarray]]:
    """The points (x, y) of every curve of `learning_curves`, in its order: a fraction of the work of the figure.

    Accuracies are in per cent, as they are drawn.
    """
    ordered = metrics.sort_values(["epoch", "elapsed_s"])
    unit = np.where(ordered["name"] == "accuracy", 100, 1)
    across, phase = (ordered[name].to_numpy().round(DECIMALS) for name in (x, "phase"))
    value, *edges = (
        (unit * ordered[name].to_numpy()).round(DECIMALS) for name in ("value", "low", "high") if name in ordered
    )
    places = ordered.groupby(["run_id", "split", "name"], sort=False).indices

    def points(key: tuple[str, str, str], pick: Callable[[np.ndarray], np.ndarray]) -> tuple[np.ndarray, np.ndarray]:
        curve = pick(np.asarray(places.get(key, ()), int))
        return across[curve], value[curve]

    found = []
    for name, arm in product(("accuracy",) if accuracy_only else ("accuracy", "loss"), arms):
        if edges:
            curve = _thinned(np.asarray(places.get((arm.run_id, "val", name), ()), int))
            found.append(outline(across[curve], *(edge[curve] for edge in edges)))
        found += [points((arm.run_id, split, name), _thinned) for split in ("train", "val")]
    rings = [
        points((arm.run_id, "val", "accuracy"), lambda curve: curve[:-1][np.diff(phase[curve]) > 0]) for arm in arms
    ]
    return found + rings


def over_seeds(metrics: pd.DataFrame, arms: Mapping[str, str | None]) -> pd.DataFrame:
    """Ends of epochs as means over the runs of an arm that have come so far, and the lowest and highest of them.

    Parameters
    ----------
    metrics
        Rows as `learning_curves` takes them.
    arms
        run_id → its arm, which is the `run_id` of the rows that come back; runs without one are left out.
    """
    ends = metrics[metrics["epoch"] % 1 == 0]
    by_arm = ends.assign(run_id=ends["run_id"].map(arms)).groupby(["run_id", "epoch", "split", "name"], as_index=False)
    return by_arm.agg(
        phase=("phase", "min"),
        elapsed_s=("elapsed_s", "mean"),
        images=("images", "mean"),
        low=("value", "min"),
        high=("value", "max"),
        value=("value", "mean"),
    )


def _curve(
    points: tuple[np.ndarray, np.ndarray], arm: Trace, look: tuple[str, str], split: str, name: str
) -> go.Scatter:
    validation = split == "val"
    colour, marker = look
    value = Y if name == "accuracy" else "%{y:.3f}"
    return go.Scatter(
        x=points[0],
        y=points[1],
        name=arm.label,
        legendgroup=arm.run_id,
        showlegend=validation and name == "accuracy",
        mode="lines+markers" if validation else "lines",
        line={"color": colour, "width": 3 if validation else 1.6, "dash": "solid" if validation else "dot"},
        marker={"symbol": marker, "size": 8, "maxdisplayed": MARKERS},
        opacity=1 if validation else 0.8,
        hovertemplate=f"{arm.label}, {'validation' if validation else 'training'}: {value}<extra></extra>",
        uid=f"{arm.run_id}-{split}-{name}",
    )


def _phase_starts(points: tuple[np.ndarray, np.ndarray], arm: Trace, look: tuple[str, str]) -> go.Scatter:
    """A ring around the last validation point of every phase but the last: from there on, other layers train."""
    return go.Scatter(
        x=points[0],
        y=points[1],
        name=f"{arm.label}, next phase",
        mode="markers",
        legendgroup=arm.run_id,
        showlegend=False,
        uid=f"{arm.run_id}-phase-accuracy",
        marker={"symbol": "circle-open", "size": 17, "color": look[0], "line": {"width": 2}},
        hovertemplate=f"{arm.label}: the next phase begins<extra></extra>",
    )


def _thinned(curve: np.ndarray) -> np.ndarray:
    """At most POINTS of the curve's places, evenly spread, the first and the last among them."""
    return curve[np.linspace(0, len(curve) - 1, POINTS).round().astype(int)] if len(curve) > POINTS else curve
