"""The live figures of the Learn page: every number in them is computed from its formula when it is drawn."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from statistics import NormalDist
from typing import NamedTuple

import numpy as np
import plotly.graph_objects as go
from numpy.typing import NDArray
from plotly.subplots import make_subplots

from tl_core.catalog import schedules
from tl_core.figures.layout import PERCENT
from tl_core.figures.palette import GREY

BLUE, ORANGE, RED = "#3591CF", "#B87800", "#C02418"
CLASSES = ("cat", "dog", "ship")
LAYERS = ("Stage 1", "Stage 2", "Stage 3", "Head")
WIDTHS = (8, 16, 16, 16, 3)  # inputs, three stages, classes

Floats = NDArray[np.float64]


def softmax(logits: Sequence[float], temperature: float = 1.0) -> Floats:
    """Probabilities of K classes, (K,) float64 in (0, 1) with sum 1: exp(z_k / T) / Σ_j exp(z_j / T).

    Raises
    ------
    ValueError
        The temperature is not above 0.
    """
    if temperature <= 0:
        raise ValueError("A temperature must be above 0.")
    scaled = np.asarray(logits, dtype=float) / temperature
    powers = np.exp(scaled - scaled.max())  # the largest power is 1: nothing overflows
    return powers / powers.sum()


def cross_entropy(logits: Sequence[float], label: int, temperature: float = 1.0) -> float:
    """−log p of the right class, in nats, >= 0; exact where p itself would round to 0."""
    scaled = np.asarray(logits, dtype=float) / temperature
    top = float(scaled.max())
    return float(np.log(np.exp(scaled - top).sum()) + top - scaled[label])


def logit_gradient(logits: Sequence[float], label: int, temperature: float = 1.0) -> Floats:
    """∂ cross-entropy / ∂ logits, (K,): (p − onehot) / T. Its sum is 0."""
    gradient = softmax(logits, temperature)
    gradient[label] -= 1
    return gradient / temperature


def loss_curve(p: float) -> go.Figure:
    """−log p over p in (0, 1], with the chosen p in (0, 1] and the slope −1/p there."""
    grid = np.linspace(0.005, 1, 400)
    here, slope = loss(p), -1 / p
    figure = go.Figure(
        go.Scatter(
            x=grid,
            y=-np.log(grid),
            mode="lines",
            line={"color": BLUE, "width": 3},
            name="−log p",
            hovertemplate="p %{x:.2f}: loss %{y:.2f}<extra></extra>",
        )
    )
    ends = np.array([max(p - 0.12, 0.005), min(p + 0.12, 1.0)])
    figure.add_trace(
        go.Scatter(
            x=ends,
            y=here + slope * (ends - p),
            mode="lines",
            line={"color": ORANGE, "width": 2, "dash": "dot"},
            name="slope",
            hoverinfo="skip",
        )
    )
    figure.add_trace(
        go.Scatter(
            x=[p],
            y=[here],
            mode="markers",
            marker={"size": 14, "color": ORANGE},
            name="here",
            hovertemplate="p %{x:.2f}: loss %{y:.2f}<extra></extra>",
        )
    )
    figure.update_xaxes(title_text="p, the probability given to the right class", range=[0, 1.03])
    figure.update_yaxes(title_text="Loss, −log p", range=[0, 5.4])
    return _framed(figure, 300)


def softmax_bars(logits: Sequence[float], label: int, temperature: float = 1.0) -> go.Figure:
    """Three classes: their probabilities on the left, the gradient at their logits on the right."""
    p, gradient = softmax(logits, temperature), logit_gradient(logits, label, temperature)
    figure = make_subplots(
        rows=1, cols=2, horizontal_spacing=0.12, subplot_titles=("Probability p", "Gradient at the logit")
    )
    for column, values in enumerate((p, gradient), start=1):
        colours = [ORANGE if index == label else BLUE for index in range(len(values))]
        figure.add_trace(
            go.Bar(
                x=list(CLASSES),
                y=values,
                marker={"color": colours},
                text=[f"{value:.2f}" for value in values],
                textposition="outside",
                cliponaxis=False,
                hovertemplate="%{x}: %{y:.4f}<extra></extra>",
            ),
            row=1,
            col=column,
        )
    reach = max(1.0, float(np.abs(gradient).max()))
    figure.update_yaxes(range=[0, 1.15], row=1, col=1)
    figure.update_yaxes(range=[-1.25 * reach, 1.25 * reach], zeroline=True, row=1, col=2)
    return _framed(figure, 300, top=32)


class Detector(NamedTuple):
    """How a detector of a rare class does, each in [0, 1]. `f1` is of that class, `macro_f1` the mean of both."""

    accuracy: float
    precision: float
    recall: float
    f1: float
    macro_f1: float
    roc_auc: float


def detector(share: float, apart: float, threshold: float) -> Detector:
    """Scores of a detector that says yes above `threshold`, in closed form.

    Its scores are normal with variance 1: mean 0 for the others, mean `apart` (>= 0) for the class, which is
    `share` in (0, 1) of all pictures. The area under the ROC curve is then Φ(apart / √2), whatever the share.
    """
    normal = NormalDist()
    recall, alarms = 1 - normal.cdf(threshold - apart), 1 - normal.cdf(threshold)
    hits, false_alarms = share * recall, (1 - share) * alarms
    misses, rest = share - hits, 1 - share - false_alarms
    f1, other_f1 = (2 * right / (2 * right + misses + false_alarms) for right in (hits, rest))
    precision = hits / (hits + false_alarms) if hits + false_alarms else 0.0
    return Detector(hits + rest, precision, recall, f1, (f1 + other_f1) / 2, normal.cdf(apart / 2**0.5))


def detector_scores(share: float, apart: float, threshold: float) -> go.Figure:
    """Density of the scores of the class and of the others, by their shares, and the threshold."""
    grid = np.linspace(-4, 7, 300)
    figure = go.Figure()
    for name, mean, part, colour in (("Others", 0.0, 1 - share, BLUE), ("The class", apart, share, ORANGE)):
        density = part * np.exp(-((grid - mean) ** 2) / 2) / np.sqrt(2 * np.pi)
        figure.add_trace(
            go.Scatter(
                x=grid,
                y=density,
                name=name,
                mode="lines",
                fill="tozeroy",
                line={"color": colour, "width": 2},
                hovertemplate=name + " at score %{x:.1f}<extra></extra>",
            )
        )
    figure.add_vline(x=threshold, line={"color": GREY, "width": 2, "dash": "dash"}, annotation_text="threshold")
    figure.update_xaxes(title_text="Score that the detector gives", range=[-4, 7])
    figure.update_yaxes(title_text="Share of pictures", rangemode="tozero", showticklabels=False)
    return _framed(figure, 280, top=30, legend=True)


def loss(p: float) -> float:
    """−log p, in nats, >= 0, for p in (0, 1]."""
    return float(-np.log(p))


def gradient_norms(frozen: Sequence[bool], seed: int = 0) -> Floats:
    """Norm of the loss's gradient at the weights of every layer, (4,) float64 >= 0; 0 where nothing is computed.

    A network of three ReLU layers and a head, on a batch of 32 random inputs in 3 classes, cross-entropy, He
    initialisation; backpropagation goes from the head down and ends at the lowest layer that trains. A frozen
    layer above it passes the gradient on without a gradient of its own weights.

    Parameters
    ----------
    frozen
        For each layer, bottom up, whether it is frozen.
    """
    inputs, labels, weights = batch(seed)
    norms = np.zeros(len(weights))
    below = forward(inputs, weights)
    trained = [layer for layer, held in enumerate(frozen) if not held]
    if not trained:
        return norms
    delta = _delta_at_logits(below[-1], labels)  # (N, 3)
    for layer in range(len(weights) - 1, min(trained) - 1, -1):
        if not frozen[layer]:
            norms[layer] = np.linalg.norm(below[layer].T @ delta)
        delta = (delta @ weights[layer].T) * (below[layer] > 0)
    return norms


def batch(seed: int) -> tuple[Floats, NDArray[np.int64], list[Floats]]:
    """Inputs (32, 8), labels (32,) in 0..2, and the four weight matrices of the small network."""
    rng = np.random.default_rng(seed)
    weights = [rng.normal(0, np.sqrt(2 / fan_in), (fan_in, fan_out)) for fan_in, fan_out in pairwise(WIDTHS)]
    return rng.normal(size=(32, WIDTHS[0])), rng.integers(0, WIDTHS[-1], 32), weights


def forward(inputs: Floats, weights: Sequence[Floats]) -> list[Floats]:
    """What goes into each layer, bottom up, and last the logits (N, 3)."""
    below = [inputs]
    for matrix in weights[:-1]:
        below.append(np.maximum(below[-1] @ matrix, 0))
    return [*below, below[-1] @ weights[-1]]


def _delta_at_logits(logits: Floats, labels: NDArray[np.int64]) -> Floats:
    """(p − onehot) / N for a batch, (N, 3): the gradient of the mean loss."""
    rows = [logit_gradient(row, int(label)) for row, label in zip(logits, labels, strict=True)]
    return np.stack(rows) / len(labels)


def gradient_bars(frozen: Sequence[bool], seed: int = 0) -> go.Figure:
    """The gradient norms of `gradient_norms`, a bar a layer, the input on the left."""
    norms = gradient_norms(frozen, seed)
    reach = float(gradient_norms([False] * len(LAYERS), seed).max())  # so that the axis stays while layers freeze
    first = next((layer for layer, held in enumerate(frozen) if not held), len(LAYERS))
    words = [_gradient_word(layer, first, held, norms[layer]) for layer, held in enumerate(frozen)]
    figure = go.Figure(
        go.Bar(
            x=list(LAYERS),
            y=norms,
            marker={"color": [GREY if held else ORANGE for held in frozen]},
            text=words,
            textposition="outside",
            cliponaxis=False,
            hovertemplate="%{x}: %{y:.4f}<extra></extra>",
        )
    )
    if first:
        figure.add_vrect(
            x0=-0.5,
            x1=first - 0.5,
            fillcolor=BLUE,
            opacity=0.12,
            line_width=0,
            layer="below",
            annotation={"text": "no gradient gets here", "font": {"size": 13}},
            annotation_position="top left",
        )
    figure.update_yaxes(title_text="Norm of the gradient", range=[0, 1.35 * reach])
    figure.update_xaxes(range=[-0.5, len(LAYERS) - 0.5])
    return _framed(figure, 320)


def _gradient_word(layer: int, first: int, held: bool, norm: float) -> str:
    if layer < first:
        return "cached"
    return "passes on" if held else f"{norm:.2f}"


def schedule_curves(names: Sequence[str], rate: float, steps: int = 200) -> go.Figure:
    """Learning rate over one phase, for schedules of `tl_core.catalog.schedules`; `rate` is its highest value."""
    progress = np.linspace(0, 1, steps)
    looks = {"constant": (GREY, "dash"), "cosine": (BLUE, "solid"), "warmup_cosine": (ORANGE, "solid")}
    figure = go.Figure()
    for name in names:
        colour, dash = looks[name]
        figure.add_trace(
            go.Scatter(
                x=100 * progress,
                y=[rate * schedules.factor(name, share) for share in progress],
                mode="lines",
                name=SCHEDULES[name],
                line={"color": colour, "width": 3, "dash": dash},
                hovertemplate=SCHEDULES[name] + ": %{y:.2e}<extra></extra>",
            )
        )
    figure.update_xaxes(title_text="Share of the phase", range=[0, 102], **PERCENT)
    figure.update_yaxes(title_text="Learning rate", exponentformat="power", range=[0, rate * 1.08])
    return _framed(figure, 320, legend=True)


SCHEDULES = {"constant": "Constant", "cosine": "Cosine", "warmup_cosine": "Warm-up, then cosine"}


def _framed(figure: go.Figure, height: int, top: int = 8, legend: bool = False) -> go.Figure:
    figure.update_layout(
        height=height,
        margin={"l": 8, "r": 12, "t": top, "b": 8},
        font={"size": 14},
        dragmode=False,
        showlegend=legend,
        legend={"orientation": "h", "yanchor": "bottom", "y": 1.02, "xanchor": "left", "x": 0},
    )
    return figure
