"""Accuracy in and out of distribution: every arm on the test images as they are, and changed on purpose."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd
import plotly.graph_objects as go

from tl_core.figures.layout import PERCENT, Trace, X, framed, styles
from tl_core.figures.palette import GREY

ROW = 22  # pixels of one arm in one way of changing the images


def shifts(rows: pd.DataFrame, arms: Sequence[Trace], chance: float | None = None) -> go.Figure:
    """A group of rows for each way of changing the test images, in it a mark with its interval for each arm.

    Parameters
    ----------
    rows
        Columns run_id, way (what was changed, in words; the first is no change) and plain, low, high, adapted in
        [0, 1]; adapted is NaN where nothing was adapted. It is drawn as an open mark, joined to the filled one.
    chance
        Accuracy of guessing, in [0, 1], drawn as a thin line.
    """
    figure, looks = go.Figure(), styles(arms)
    rows = rows.assign(**{name: 100 * rows[name] for name in ("plain", "low", "high", "adapted")})
    ways = list(dict.fromkeys(rows["way"]))
    for place, arm in enumerate(arms):
        own = rows[rows["run_id"] == arm.run_id].set_index("way").reindex(ways)
        colour, marker = looks[arm.run_id]
        y = [way + (place - (len(arms) - 1) / 2) / (len(arms) + 1) for way in range(len(ways))]
        figure.add_trace(_lines(own, y, arm.label, colour))
        figure.add_trace(_adapted(own, y, arm.label, colour, marker))
        figure.add_trace(_plain(own, y, arm.label, colour, marker))
    if chance is not None:
        figure.add_vline(x=100 * chance, line={"color": GREY, "width": 1, "dash": "dash"}, layer="below")
    for boundary in range(1, len(ways)):
        figure.add_hline(y=boundary - 0.5, line={"color": "rgba(128,128,128,0.25)", "width": 1}, layer="below")
    figure.update_xaxes(title_text="Test accuracy, with its 95 % interval", range=[0, 102], **PERCENT)
    figure.update_yaxes(
        range=[len(ways) - 0.5, -0.5],
        tickvals=list(range(len(ways))),
        ticktext=ways,
        showgrid=False,
        zeroline=False,
        automargin=True,
        ticklabelstandoff=8,
    )
    return framed(figure, 130 + ROW * (len(arms) + 1) * len(ways), top=40)


def _plain(own: pd.DataFrame, y: Sequence[float], title: str, colour: str, marker: str) -> go.Scatter:
    return go.Scatter(
        x=own["plain"].to_numpy(),
        y=y,
        name=title,
        legendgroup=title,
        mode="markers",
        marker={"symbol": marker, "size": 11, "color": colour},
        error_x={
            "type": "data",
            "symmetric": False,
            "array": (own["high"] - own["plain"]).to_numpy(),
            "arrayminus": (own["plain"] - own["low"]).to_numpy(),
            "color": colour,
            "thickness": 2,
            "width": 5,
        },
        customdata=own[["low", "high"]].to_numpy(),
        hovertemplate=f"{title}: {X}, 95 % interval %{{customdata[0]:.1f}} to %{{customdata[1]:.1f}}<extra></extra>",
    )


def _adapted(own: pd.DataFrame, y: Sequence[float], title: str, colour: str, marker: str) -> go.Scatter:
    return go.Scatter(
        x=own["adapted"].to_numpy(float),
        y=y,
        name=f"{title}, adapted",
        legendgroup=title,
        showlegend=False,
        mode="markers",
        marker={"symbol": f"{marker.removesuffix('-open')}-open", "size": 12, "color": colour, "line": {"width": 2}},
        hovertemplate=f"{title}, statistics re-estimated: {X}<extra></extra>",
    )


def _lines(own: pd.DataFrame, y: Sequence[float], title: str, colour: str) -> go.Scatter:
    """From each filled mark to the open one in its row."""
    gap = [None] * len(y)
    return go.Scatter(
        x=[end for row in zip(own["plain"], own["adapted"], gap, strict=True) for end in row],
        y=[end for row in zip(y, y, gap, strict=True) for end in row],
        mode="lines",
        line={"color": colour, "width": 1, "dash": "dot"},
        legendgroup=title,
        showlegend=False,
        hoverinfo="skip",
    )
