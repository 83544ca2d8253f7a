"""Pure functions: a study's rows → plotly figures. They know no store, no catalogue and no page."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
import plotly.graph_objects as go

from tl_core.base.wording import signed
from tl_core.figures.layout import PERCENT, Y, band, framed, guessing, outline
from tl_core.figures.palette import GREY, STYLES

FORM_STYLES = {  # transferred: blue and red, as frozen and fine-tuned are elsewhere; the controls: grey and purple
    "AnB": STYLES["feature_extraction"],
    "AnB+": STYLES["fine_tune_all"],
    "BnB": STYLES["from_scratch"],
    "BnB+": STYLES["layerwise_rates"],
}


def look(name: str, among: Sequence[str]) -> tuple[str, str]:
    """(colour, marker) of a series: a strategy's or a form's own, else one that is still free."""
    known = STYLES | FORM_STYLES
    if name in known:
        return known[name]
    taken = {known[other] for other in among if other in known}
    free = [style for style in STYLES.values() if style not in taken]
    strangers = [other for other in among if other not in known]
    return free[strangers.index(name) % len(free)] if free else (GREY, "circle-open")


def curves(
    rows: pd.DataFrame,
    axis: str,
    series: str,
    titles: Mapping[str, str],
    axis_title: str,
    *,
    logarithmic: bool = False,
    chance: float | None = None,
    grid: Sequence[Any] = (),
    names: Sequence[str] = (),
    bridges: Mapping[str, tuple[float, float]] | None = None,
    part: str = "test",
) -> go.Figure:
    """Accuracy over a numeric axis: a line through the means over seeds, a band from the lowest to the highest.

    Parameters
    ----------
    rows
        Columns `axis` (numeric), `series` (names), seed and PART_accuracy in [0, 1]; unfinished combinations missing.
    grid, names
        Every value and every series there will be, so that the axes do not move while rows arrive.
    chance
        Accuracy of guessing, in [0, 1], drawn as a thin line.
    bridges
        Series → (from, to) on the axis: a dotted line at the level that the series has at `from`, such as to where
        another one reaches the same level.
    part
        Of which images the accuracy is: "test" or "val".
    """
    figure = go.Figure()
    names = list(names) or list(dict.fromkeys(rows[series]))
    for name in names:
        own = rows[rows[series] == name]
        table = 100 * own.groupby(axis)[f"{part}_accuracy"].agg(["mean", "min", "max"]).sort_index()
        colour, marker = look(name, names)
        around = outline(table.index.to_numpy(), table["min"].to_numpy(), table["max"].to_numpy())
        figure.add_trace(band(around, colour, name, f"{name}-band"))
        figure.add_trace(
            go.Scatter(
                x=table.index.to_numpy(),
                y=table["mean"].to_numpy(),
                name=titles.get(name, name),
                mode="lines+markers",
                line={"color": colour, "width": 3},
                marker={"symbol": marker, "size": 10},
                legendgroup=name,
                uid=f"{name}-mean",
                hovertemplate=titles.get(name, name) + f": {Y}<extra></extra>",
            )
        )
        if bridges is not None:
            _bridge(figure, table, name, colour, bridges.get(name))
    guessing(figure, chance)
    title = {"test": "Test accuracy", "val": "Validation accuracy"}[part]
    figure.update_yaxes(title_text=title, range=[0, 102], **PERCENT)
    _ticks(figure, list(grid) or sorted(set(rows[axis])), axis_title, logarithmic)
    return framed(figure, 430)


def _bridge(figure: go.Figure, table: pd.DataFrame, name: str, colour: str, ends: tuple[float, float] | None) -> None:
    level = float(table["mean"].get(ends[0], np.nan)) if ends else np.nan
    x = np.array(ends) if ends else np.empty(0)
    figure.add_trace(
        go.Scatter(
            x=x,
            y=np.full(len(x), level),
            mode="lines+markers",
            line={"color": colour, "width": 2, "dash": "dot"},
            marker={"symbol": "arrow-right", "size": [0, 12], "color": colour},
            showlegend=False,
            legendgroup=name,
            uid=f"{name}-bridge",
            hovertemplate="as good at %{x:.0f}<extra></extra>",
        )
    )


def _ticks(figure: go.Figure, grid: list[Any], title: str, logarithmic: bool) -> None:
    """A tick at every value of the grid, and the whole grid in view from the start."""
    texts = [f"{value:g}" for value in grid]
    figure.update_xaxes(title_text=title, tickvals=grid, ticktext=texts)
    if logarithmic and grid:
        low, high = np.log10(grid[0]), np.log10(grid[-1])
        margin = 0.04 * (high - low or 1)
        figure.update_xaxes(type="log", range=[low - margin, high + margin])
    elif grid:
        margin = 0.04 * (grid[-1] - grid[0] or 1)
        figure.update_xaxes(range=[grid[0] - margin, grid[-1] + margin])


def range_test(table: pd.DataFrame, titles: Mapping[str, str]) -> go.Figure:
    """Validation loss over a learning rate that rises within one run, a line for each strategy.

    Parameters
    ----------
    table
        Columns strategy, rate and loss, in the order of the epochs.
    """
    figure, names = go.Figure(), list(dict.fromkeys(table["strategy"]))
    for name in names:
        part, (colour, marker) = table[table["strategy"] == name], look(name, names)
        figure.add_trace(
            go.Scatter(
                x=part["rate"].to_numpy(),
                y=part["loss"].to_numpy(),
                name=titles.get(name, name),
                mode="lines+markers",
                line={"color": colour, "width": 3},
                marker={"symbol": marker, "size": 8},
                uid=f"{name}-range",
                hovertemplate=titles.get(name, name) + ": loss %{y:.3f} at a rate of %{x:.2g}<extra></extra>",
            )
        )
    top = 2 * float(table["loss"].median()) if len(table) else 1.0
    figure.update_yaxes(title_text="Validation loss", range=[0, top])
    figure.update_xaxes(title_text="Learning rate, rising", type="log", exponentformat="power", dtick=1)
    return framed(figure, 340)


def matrix(
    rows: pd.DataFrame,
    axis: str,
    series: str,
    titles: Mapping[str, str],
    baseline: str,
    grid: Sequence[str] = (),
    names: Sequence[str] = (),
) -> go.Figure:
    """Mean test accuracy in per cent of every series at every place of the axis, coloured by its lead over `baseline`.

    The lead is also written, in points; blue: ahead, orange: behind. The longer of the two goes downwards: a phone has
    room for few columns.
    """
    names = list(names) or list(dict.fromkeys(rows[series]))
    grid = list(grid) or list(dict.fromkeys(rows[axis]))
    means = rows.groupby([series, axis])["test_accuracy"].mean()
    scores = (
        means.unstack(axis).reindex(index=names, columns=grid)
        if len(rows)
        else pd.DataFrame(np.nan, index=names, columns=grid)
    )
    leads = scores - scores.loc[baseline] if baseline in names else scores * np.nan
    text = scores.map(lambda score: "" if np.isnan(score) else f"{100 * score:.1f}")
    text += leads.drop(index=baseline, errors="ignore").map(_lead).reindex(index=names, fill_value="")
    if len(grid) > len(names):
        leads, text = leads.T, text.T
    down, across = ([titles.get(name, name) for name in part] for part in (leads.index, leads.columns))
    figure = go.Figure(
        go.Heatmap(
            z=leads.to_numpy(float),
            x=across,
            y=down,
            zmid=0,
            zmin=-0.5,
            zmax=0.5,
            xgap=3,
            ygap=3,
            showscale=False,
            colorscale=[[0, "rgba(200,90,0,0.6)"], [0.5, "rgba(128,128,128,0.1)"], [1, "rgba(0,114,178,0.6)"]],
            hoverinfo="skip",
        )
    )
    for (i, j), words in np.ndenumerate(text):  # annotations take the colour of the theme
        figure.add_annotation(x=j, y=i, text=words, showarrow=False, font={"size": 14})
    figure.update_xaxes(type="category", side="top", showgrid=False, automargin=True)
    figure.update_yaxes(type="category", autorange="reversed", showgrid=False, automargin=True, ticklabelstandoff=8)
    return framed(figure, 120 + 64 * len(down), legend=False)


def _lead(lead: float) -> str:
    return "" if np.isnan(lead) else f"<br>{signed(lead)}"


def frontier(table: pd.DataFrame, titles: Mapping[str, str]) -> go.Figure:
    """Accuracy over seconds: a marker for each backbone and strategy, the Pareto points joined by a line.

    Parameters
    ----------
    table
        Columns backbone, strategy, seconds, accuracy, low, high and best (`study_findings.frontier`).
    """
    figure = go.Figure()
    table = table.assign(**{name: 100 * table[name] for name in ("accuracy", "low", "high")})
    best = table[table["best"]].sort_values("seconds")
    figure.add_trace(
        go.Scatter(
            x=best["seconds"].to_numpy(),
            y=best["accuracy"].to_numpy(),
            mode="lines",
            name="Frontier",
            uid="frontier",
            line={"color": GREY, "width": 2, "dash": "dot", "shape": "hv"},
            hoverinfo="skip",
        )
    )
    names = list(dict.fromkeys(table["strategy"]))
    for name in names:
        part = table[table["strategy"] == name]
        colour, marker = look(name, names)
        figure.add_trace(
            go.Scatter(
                x=part["seconds"].to_numpy(),
                y=part["accuracy"].to_numpy(),
                name=titles.get(name, name),
                uid=name,
                mode="markers+text",
                text=[titles.get(b, b) for b in part["backbone"]],
                textposition=_places(part["seconds"]),
                marker={
                    "symbol": [marker if best else f"{marker}-open" for best in part["best"]],
                    "size": 13,
                    "color": colour,
                    "line": {"width": 2},
                },
                error_y={
                    "type": "data",
                    "symmetric": False,
                    "array": (part["high"] - part["accuracy"]).to_numpy(),
                    "arrayminus": (part["accuracy"] - part["low"]).to_numpy(),
                    "color": colour,
                    "visible": bool((part["high"] > part["low"]).any()),
                },
                hovertemplate=f"%{{text}}: {Y} after %{{x:.1f}} s<extra></extra>",
            )
        )
    figure.update_yaxes(title_text="Test accuracy", range=[0, 102], **PERCENT)
    figure.update_xaxes(title_text="Seconds of a whole run", rangemode="tozero")
    if len(table):
        figure.update_xaxes(range=[0, 1.35 * float(table["seconds"].max())])
    return framed(figure, 430)


def _places(seconds: pd.Series) -> list[str]:
    """Where names stand: below and above by turns, from left to right, so that neighbours do not overlap."""
    return [("top right", "bottom right")[int(rank) % 2] for rank in seconds.rank(method="first")]
