"""Leads of transfer over from scratch as a plotly figure: wins above the line, losses below it."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd
import plotly.graph_objects as go

from tl_core.figures.layout import framed
from tl_core.figures.palette import GREY, STYLES

APART = 0.035  # of the number of labels: what keeps intervals at the same number apart


def over_labels(rows: pd.DataFrame, strategies: Mapping[str, str], sources: Mapping[str, str]) -> go.Figure:
    """A line for each strategy and source: its lead, with its interval over seeds.

    Parameters
    ----------
    rows
        Columns labels (per class), strategy, source, lead, low and high: shares in [-1, 1], low and high NaN with one
        seed.
    strategies, sources
        Names → titles. Sources differ by line and filling: the first is solid.
    """
    figure = go.Figure()
    arms = [(source, strategy) for source in sources for strategy in strategies]
    for place, (source, strategy) in enumerate(arms):
        own = rows[(rows["source"] == source) & (rows["strategy"] == strategy)].sort_values("labels")
        first = source == next(iter(sources))
        colour, marker = STYLES[strategy]
        figure.add_trace(
            go.Scatter(
                x=list(own["labels"] * (1 + APART * (place - (len(arms) - 1) / 2))),
                y=list(100 * own["lead"]),
                error_y={
                    "array": 100 * (own["high"] - own["lead"]),
                    "arrayminus": 100 * (own["lead"] - own["low"]),
                    "thickness": 1.2,
                    "width": 3,
                },
                name=f"{strategies[strategy]}, {sources[source]}",
                mode="lines+markers",
                line={"color": colour, "width": 2.5, "dash": "solid" if first else "dot"},
                marker={
                    "symbol": marker if first else f"{marker}-open",
                    "size": 9,
                    "line": {"width": 2, "color": colour},
                },
                hovertemplate="%{y:+.1f} points<extra>%{fullData.name}</extra>",
            )
        )
    labels = sorted(rows["labels"].unique())
    figure.update_xaxes(
        title_text="Labels per class to train on", type="log", tickvals=labels, ticktext=[f"{n}" for n in labels]
    )
    figure.update_yaxes(title_text="Lead over from scratch, in points", zeroline=False)
    figure.add_hline(y=0, line={"color": GREY, "width": 2}, layer="below", name="From scratch", showlegend=True)
    return framed(figure, 430)
