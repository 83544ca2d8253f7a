"""The reveal of a lesson as plotly figures: every arm with its seeds, and the guess beside the answer."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import plotly.graph_objects as go

from tl_core.figures.palette import GREY

GUESS = "#C2571A"
ANSWER = "#006CB4"


def arms(
    values: Mapping[str, Sequence[float]], looks: Mapping[str, tuple[str, str]], title: str, chance: float | None = None
) -> go.Figure:
    """Every arm: its seeds as rings, their mean as a mark with the number beside it.

    Parameters
    ----------
    values
        Arm's title → a share for each seed, in [-1, 1].
    looks
        Arm's title → (colour, marker).
    title
        What the values are, for the axis.
    chance
        What guessing would reach, drawn as a dashed line.
    """
    figure = go.Figure()
    for name, each in values.items():
        colour, marker = looks[name]
        middle = sum(each) / len(each)
        figure.add_trace(
            go.Scatter(
                x=list(each),
                y=[name] * len(each),
                mode="markers",
                showlegend=False,
                marker={"symbol": "circle-open", "size": 9, "color": colour, "line": {"width": 1.5}},
                hovertemplate="one seed: %{x:.1%}<extra></extra>",
            )
        )
        figure.add_trace(
            go.Scatter(
                x=[middle],
                y=[name],
                mode="markers",
                showlegend=False,
                marker={"symbol": marker, "size": 15, "color": colour},
                hovertemplate=f"{name}, mean: %{{x:.1%}}<extra></extra>",
            )
        )
        right = max(each) < 0.8
        figure.add_annotation(
            x=max(each) if right else min(each),
            y=name,
            text=f"{middle:.1%}",
            showarrow=False,
            font={"size": 15},
            xanchor="left" if right else "right",
            xshift=14 if right else -14,
        )
    if chance is not None:
        figure.add_vline(x=chance, line={"color": GREY, "width": 1, "dash": "dash"}, layer="below")
    low = min(0.0, *(value for each in values.values() for value in each))
    figure.update_xaxes(title_text=title, range=[low - 0.02, 1.02], tickformat=".0%")
    figure.update_yaxes(autorange="reversed", automargin=True, ticklabelstandoff=8)
    return _framed(figure, 90 + 46 * len(values))


def guess_beside(
    guess: float | None, answer: float, each: Sequence[float], unit: str, low: float, high: float
) -> go.Figure:
    """A number line: the guess as a hollow mark, the answer as a solid one, the answer of each seed as a ring.

    All values in `unit`, which stands behind the numbers; the line reaches from `low` to `high` at least.
    """
    figure = go.Figure()
    figure.add_trace(
        go.Scatter(
            x=list(each),
            y=[0] * len(each),
            mode="markers",
            showlegend=False,
            marker={"symbol": "circle-open", "size": 10, "color": ANSWER},
            hovertemplate=f"one seed: %{{x:.1f}} {unit}<extra></extra>",
        )
    )
    _mark(figure, answer, f"measured: {answer:.1f}", ANSWER, "diamond", 26)
    if guess is not None:
        figure.add_trace(
            go.Scatter(
                x=[guess, answer],
                y=[0, 0],
                mode="lines",
                line={"color": GUESS, "width": 3, "dash": "dot"},
                showlegend=False,
                hoverinfo="skip",
            )
        )
        _mark(figure, guess, f"your guess: {guess:g}", GUESS, "triangle-down-open", -26)
    least, most = min([low, answer, *each]), max([high, answer, *each])
    margin = 0.06 * (most - least)
    figure.update_xaxes(title_text=unit, range=[least - margin, most + margin], zeroline=False)
    figure.update_yaxes(visible=False, range=[-1, 1])
    return _framed(figure, 160)


def _mark(figure: go.Figure, value: float, text: str, colour: str, symbol: str, below: int) -> None:
    figure.add_trace(
        go.Scatter(
            x=[value],
            y=[0],
            mode="markers",
            showlegend=False,
            hovertemplate=f"{text}<extra></extra>",
            marker={"symbol": symbol, "size": 18, "color": colour, "line": {"width": 3}},
        )
    )
    figure.add_annotation(
        x=value, y=0, text=f"<b>{text}</b>", showarrow=False, yshift=-below, font={"size": 15, "color": colour}
    )


def _framed(figure: go.Figure, height: int) -> go.Figure:
    figure.update_layout(
        height=height,
        margin={"l": 8, "r": 12, "t": 8, "b": 8},
        font={"size": 14},
        hovermode="closest",
        showlegend=False,
    )
    return figure
