"""The reveal of a lesson as plotly figures: every arm with its seeds, and the guess beside the answer."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import plotly.graph_objects as go

from tl_core.base.wording import percent
from tl_core.figures.layout import X, framed, share_axes, write_beside

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
    in_percent = {name: [100 * share for share in each] for name, each in values.items()}
    for name, each in in_percent.items():
        colour, marker = looks[name]
        middle = sum(each) / len(each)
        figure.add_trace(
            go.Scatter(
                x=each,
                y=[name] * len(each),
                mode="markers",
                showlegend=False,
                marker={"symbol": "circle-open", "size": 9, "color": colour, "line": {"width": 1.5}},
                hovertemplate=f"one seed: {X}<extra></extra>",
            )
        )
        figure.add_trace(
            go.Scatter(
                x=[middle],
                y=[name],
                mode="markers",
                showlegend=False,
                marker={"symbol": marker, "size": 15, "color": colour},
                hovertemplate=f"{name}, mean: {X}<extra></extra>",
            )
        )
        write_beside(figure, name, percent(middle / 100), min(each), max(each), gap=14)
    low = min(0.0, *(value for each in in_percent.values() for value in each))
    share_axes(figure, title, chance, low - 2)
    return framed(figure, 90 + 46 * len(values), legend=False)


def guess_beside(
    guesses: Mapping[str, float], answer: float, each: Sequence[float], unit: str, low: float, high: float
) -> go.Figure:
    """A number line: guesses as hollow marks, the answer as a solid one, the answer of each seed as a ring.

    `guesses`: whose ("Your guess") → its value. All values in `unit`, which stands behind the numbers; the line reaches
    from `low` to `high` at least.
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
    _mark(figure, answer, f"Measured: {answer:.1f}", ANSWER, "diamond", 26)
    for row, (whose, guess) in enumerate(guesses.items()):
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
        _mark(figure, guess, f"{whose}: {guess:g}", GUESS, "triangle-down-open", -26 - 22 * row)
    least, most = min([low, answer, *each]), max([high, answer, *each])
    margin = 0.06 * (most - least)
    figure.update_xaxes(title_text=unit, range=[least - margin, most + margin], zeroline=False)
    figure.update_yaxes(visible=False, range=[-1, 1])
    return framed(figure, 160 + 44 * max(0, len(guesses) - 1), legend=False)


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
