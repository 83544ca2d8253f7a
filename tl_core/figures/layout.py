"""What every figure has in common: its frame, and how a run looks in it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
import plotly.graph_objects as go

from tl_core.base.markup import in_figure
from tl_core.figures.palette import GREY, STYLES

STATIC = {"displayModeBar": False, "scrollZoom": False}
BAND = 0.16  # opacity
PERCENT = {"ticksuffix": "\N{NO-BREAK SPACE}%"}  # of an axis of values in [0, 100]
X, Y = ("%{" + axis + ":.1f}\N{NO-BREAK SPACE}%" for axis in "xy")  # of a point on such an axis, in its label


class Trace(NamedTuple):
    """One run as a figure shows it. `strategy` decides colour and marker."""

    run_id: str
    title: str
    strategy: str

    @property
    def label(self) -> str:
        """The title as Plotly is to be given it."""
        return in_figure(self.title)


def styles(arms: Sequence[Trace]) -> dict[str, tuple[str, str]]:
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


def framed(
    figure: go.Figure, height: int, uirevision: str = "fixed", legend: bool = True, top: int = 8, unified: bool = False
) -> go.Figure:
    """The figure with the app's margins, letters and legend. `height`, `top`: in pixels."""
    return figure.update_layout(
        height=height,
        uirevision=uirevision,
        margin={"l": 8, "r": 12, "t": top, "b": 8},
        font={"size": 14},
        hovermode="x unified" if unified else "closest",
        dragmode="zoom",
        showlegend=legend,
        legend={"orientation": "h", "yanchor": "bottom", "y": 1.02, "xanchor": "left", "x": 0},
    )


def guessing(figure: go.Figure, chance: float | None, named: bool = True, **place: int) -> None:
    """A thin line in per cent at the accuracy of guessing, in [0, 1], in the legend too where it is `named`.

    `place`: row and col of a subplot.
    """
    if chance is not None:
        figure.add_hline(
            y=100 * chance,
            **place,
            line={"color": GREY, "width": 1, "dash": "dash"},
            layer="below",
            name=f"guessing: {100 * chance:.0f}\N{NO-BREAK SPACE}%",
            showlegend=named,
        )


def interval(value: float, low: float, high: float, colour: str) -> dict[str, Any]:
    """The error bar of a mark, from low to high."""
    return {
        "type": "data",
        "symmetric": False,
        "array": [high - value],
        "arrayminus": [value - low],
        "color": colour,
        "thickness": 3,
        "width": 8,
    }


def outline(x: np.ndarray, low: np.ndarray, high: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The points around a band: along the lowest, and back along the highest."""
    return np.concatenate([x, x[::-1]]), np.concatenate([low, high[::-1]])


def band(around: tuple[np.ndarray, np.ndarray], colour: str, group: str, uid: str) -> go.Scatter:
    """A band behind a curve. `around`: its `outline`; `colour`: #rrggbb; `group`: of the legend."""
    red, green, blue = (int(colour[i : i + 2], 16) for i in (1, 3, 5))
    return go.Scatter(
        x=around[0],
        y=around[1],
        fill="toself",
        fillcolor=f"rgba({red},{green},{blue},{BAND})",
        line={"width": 0},
        mode="lines",
        hoverinfo="skip",
        showlegend=False,
        legendgroup=group,
        uid=uid,
    )


def write_beside(figure: go.Figure, y: str, text: str, low: float, high: float, gap: int = 12) -> None:
    """A number to the right of what reaches from low to high, in per cent, or above it where there is no room.

    To the left it could stand on the line of guessing. `gap`: in pixels.
    """
    room = high < 75
    figure.add_annotation(
        x=high,
        y=y,
        text=text,
        showarrow=False,
        font={"size": 15},
        xanchor="left" if room else "right",
        xshift=gap if room else 0,
        yshift=0 if room else gap + 6,
    )


def share_axes(figure: go.Figure, title: str, chance: float | None = None, low: float = 0.0) -> None:
    """A row for each name, from the top; per cent across, from `low`, with a thin line where guessing, in [0, 1], is.

    No line runs along a row: there is what is written beside the marks.
    """
    if chance is not None:
        figure.add_vline(x=100 * chance, line={"color": GREY, "width": 1, "dash": "dash"}, layer="below")
    figure.update_xaxes(title_text=title, range=[low, 102], **PERCENT)
    figure.update_yaxes(autorange="reversed", automargin=True, ticklabelstandoff=8, showgrid=False)
