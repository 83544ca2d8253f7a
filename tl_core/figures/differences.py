"""What other settings change against a default, as a plotly figure: better to the right, worse to the left."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd
import plotly.graph_objects as go

from tl_core.base.markup import in_figure
from tl_core.figures.layout import framed
from tl_core.figures.palette import GREY, STYLES

APART = 22  # pixels between two marks of a task


def forest(rows: pd.DataFrame, titles: Mapping[str, str]) -> go.Figure:
    """A line for each task, on it a mark with its interval for each try, the first on top.

    Parameters
    ----------
    rows
        Columns task, tried, mean, low and high (in points; low and high NaN with one seed).
    titles
        What a try is called, in the order of the legend.
    """
    figure = go.Figure()
    tasks = list(dict.fromkeys(rows["task"]))
    looks = [style for name, style in STYLES.items() if name != "from_scratch"]
    for place, (tried, title) in enumerate(titles.items()):
        own = rows[rows["tried"] == tried]
        colour, marker = looks[place % len(looks)]
        figure.add_trace(
            go.Scatter(
                x=list(own["mean"]),
                y=[tasks.index(task) + (place + 1) / (len(titles) + 1) - 0.5 for task in own["task"]],
                error_x={
                    "array": own["high"] - own["mean"],
                    "arrayminus": own["mean"] - own["low"],
                    "thickness": 1.5,
                    "width": 3,
                },
                name=in_figure(title),
                mode="markers",
                marker={"symbol": marker, "size": 10, "color": colour},
                uid=tried,
                customdata=list(own["task"]),
                hovertemplate="%{customdata}: %{x:+.1f} points<extra>%{fullData.name}</extra>",
            )
        )
    for between in range(1, len(tasks)):
        figure.add_hline(y=between - 0.5, line={"color": GREY, "width": 0.5}, layer="below")
    figure.add_vline(x=0, line={"color": GREY, "width": 2}, layer="below")
    figure.update_xaxes(title_text="Difference, in points", zeroline=False)
    figure.update_yaxes(
        tickvals=list(range(len(tasks))),
        ticktext=[_folded(task) for task in tasks],
        range=[len(tasks) - 0.5, -0.5],
        showgrid=False,
        zeroline=False,
        tickfont={"size": 12},
    )
    return framed(figure, 110 + len(tasks) * max(60, APART * (len(titles) + 1)))


def _folded(task: str) -> str:
    """'A, b on C, 5 per class' in three lines."""
    where, _, labels = in_figure(task).rpartition(", ")
    return f"{where.replace(' on ', '<br>on ')},<br>{labels}"
