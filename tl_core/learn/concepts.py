"""Small live figures that each belong to one chapter: what trains, what a pixel becomes, how sure a test is, LEEP."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import cos, log, radians, sqrt

import numpy as np
import plotly.graph_objects as go

from tl_core.base.wording import count, percent
from tl_core.figures.layout import PERCENT, framed
from tl_core.learn.figures import BLUE, GREY, ORANGE, softmax
from tl_core.learn.references import by_topic

IMAGENET_RED = 123.68  # mean of ImageNet's red channel, which ResNet50 and VGG subtract (Keras, mode "caffe")
CAPTIONS = {"a photo of a cat": 0.0, "a photo of a dog": 6.0, "a photo of a ship": 25.0}  # → direction in degrees
CLIP_SCALE = 100.0  # CLIP multiplies cosines by at most this (Radford et al. 2021, section 2.5)
Z = 1.959964  # of the 95 % interval


def stage_bars(params: Mapping[str, int], frozen: int, head: int) -> go.Figure:
    """Parameters of every stage, bottom up, the lowest `frozen` of them held; `head`: those of the new last layer."""
    names, values = [*params, "new head"], [*params.values(), head]
    held = [place < frozen for place in range(len(params))] + [False]
    figure = go.Figure(
        go.Bar(
            x=values,
            y=names,
            orientation="h",
            marker={"color": [BLUE if still else ORANGE for still in held]},
            text=[
                f"{count(value)} {'frozen' if still else 'train'}" for value, still in zip(values, held, strict=True)
            ],
            textposition="outside",
            cliponaxis=False,
            hoverinfo="skip",
        )
    )
    figure.update_xaxes(title_text="Parameters", range=[0, 1.35 * max(values)])
    figure.update_yaxes(ticklabelstandoff=8)
    return framed(figure, 90 + 38 * len(names), legend=False)


def resnet_input(pixel: float) -> float:
    """What ResNet50 and VGG are given for a red value in [0, 255]: ImageNet's mean is taken off, in [−124, 132]."""
    return pixel - IMAGENET_RED


def pixel_lines(pixel: int) -> go.Figure:
    """A red value in [0, 255] as these networks know it, and divided by 255."""
    grid = np.arange(0, 256, 5)
    figure = go.Figure()
    for name, colour, values, here in (
        ("as in pretraining", BLUE, grid - IMAGENET_RED, resnet_input(pixel)),
        ("divided by 255", ORANGE, grid / 255, pixel / 255),
    ):
        figure.add_trace(
            go.Scatter(x=list(grid), y=list(values), mode="lines", name=name, line={"color": colour, "width": 3})
        )
        figure.add_trace(
            go.Scatter(
                x=[pixel], y=[here], mode="markers", marker={"size": 13, "color": colour}, showlegend=False, name=name
            )
        )
    figure.update_xaxes(title_text="Red value of a pixel")
    figure.update_yaxes(title_text="What the network gets")
    return framed(figure, 320)


def wilson(accuracy: float, images: int) -> tuple[float, float]:
    """The 95 % interval of an accuracy in [0, 1] on so many test images (Wilson 1927)."""
    spread = Z * Z / images
    centre = (accuracy + spread / 2) / (1 + spread)
    half = Z / (1 + spread) * sqrt(accuracy * (1 - accuracy) / images + spread / (4 * images))
    return centre - half, centre + half


def interval_over_images(accuracy: float, images: int) -> go.Figure:
    """Wilson's interval of an accuracy over the number of test images, with a mark at one number."""
    grid = [round(number) for number in np.geomspace(10, 10_000, 60)]
    ends = 100 * np.array([wilson(accuracy, number) for number in grid])
    figure = go.Figure(
        go.Scatter(
            x=grid + grid[::-1],
            y=[*ends[:, 0], *ends[::-1, 1]],
            fill="toself",
            mode="lines",
            line={"color": BLUE, "width": 1},
            hoverinfo="skip",
        )
    )
    here = [100 * end for end in wilson(accuracy, images)]
    figure.add_trace(go.Scatter(x=[images, images], y=here, mode="lines+markers", line={"color": ORANGE, "width": 4}))
    figure.update_xaxes(title_text="Test images", type="log", tickvals=[10, 100, 1000, 10_000])
    figure.update_yaxes(title_text="Accuracy", range=[0, 102], **PERCENT)
    return framed(figure, 320, legend=False)


def leep(theta: np.ndarray, labels: np.ndarray) -> float:
    """LEEP of the source network's probabilities θ (N, Z), rows adding up to 1, for target labels (N,) in 0..K−1.

    Nguyen et al. 2020, equation 2: <= 0, in nats; 0 where the source classes tell the labels without doubt.
    """
    joint = np.stack([theta[labels == label].sum(axis=0) for label in range(int(labels.max()) + 1)])
    given = joint / joint.sum(axis=0)
    return float(np.log((theta @ given.T)[np.arange(len(labels)), labels]).mean())


def four_classes(share: float) -> tuple[np.ndarray, np.ndarray]:
    """θ (2, 4) and labels (2,): each label's two source classes get `share` in [0.5, 1] of the probability."""
    own, other = share / 2, (1 - share) / 2
    return np.array([[own, own, other, other], [other, other, own, own]]), np.array([0, 1])


def leep_curve(share: float) -> go.Figure:
    """LEEP over how much of the probability falls on the source classes that go with the right label."""
    grid = np.linspace(0.5, 1, 51)
    figure = go.Figure(
        go.Scatter(x=list(100 * grid), y=[leep(*four_classes(each)) for each in grid], line={"color": BLUE, "width": 3})
    )
    here = leep(*four_classes(share))
    figure.add_trace(go.Scatter(x=[100 * share], y=[here], mode="markers", marker={"size": 14, "color": ORANGE}))
    figure.add_hline(
        y=log(0.5),
        line={"color": GREY, "width": 1, "dash": "dash"},
        annotation={"text": "a coin for two labels: log ½", "font": {"size": 12, "color": GREY}},
        annotation_position="bottom right",
    )
    figure.update_xaxes(title_text="Probability on the source classes of the right label", **PERCENT)
    figure.update_yaxes(title_text="LEEP", range=[-0.78, 0.05])
    return framed(figure, 320, legend=False)


def zero_shot(angle: float) -> dict[str, float]:
    """Caption → probability for a picture whose vector points at `angle`, in degrees: CLIP in two dimensions."""
    cosines = [cos(radians(angle - direction)) for direction in CAPTIONS.values()]
    return dict(zip(CAPTIONS, softmax([CLIP_SCALE * cosine for cosine in cosines]).tolist(), strict=True))


def zero_shot_bars(angle: float) -> go.Figure:
    """The captions' probabilities as bars, the likeliest in orange."""
    found = zero_shot(angle)
    best = max(found, key=found.__getitem__)
    figure = go.Figure(
        go.Bar(
            x=[100 * share for share in found.values()],
            y=list(found),
            orientation="h",
            marker={"color": [ORANGE if name == best else BLUE for name in found]},
            text=[percent(share) for share in found.values()],
            textposition="outside",
            cliponaxis=False,
            hoverinfo="skip",
        )
    )
    figure.update_xaxes(title_text="Probability", range=[0, 112], **PERCENT)
    figure.update_yaxes(autorange="reversed", ticklabelstandoff=8)
    return framed(figure, 200, legend=False)


def hidden(words: Sequence[str], share: float, seed: int) -> list[bool]:
    """Which words a network like BERT would have to fill in: `share` of them, drawn by seed, at least one."""
    wanted = max(1, round(share * len(words)))
    chosen = set(np.random.default_rng(seed).choice(len(words), wanted, replace=False).tolist())
    return [place in chosen for place in range(len(words))]


def works() -> go.Figure:
    """Every cited work by its year and topic."""
    figure = go.Figure()
    for topic, found in by_topic().items():
        figure.add_trace(
            go.Scatter(
                x=[work.year for work in found],
                y=[topic] * len(found),
                mode="markers",
                marker={"size": 12, "color": BLUE, "opacity": 0.7},
                text=[f"{work.short}: {work.title}" for work in found],
                hovertemplate="%{text}<extra></extra>",
            )
        )
    figure.update_yaxes(autorange="reversed", automargin=True, ticklabelstandoff=8)
    return framed(figure, 60 + 30 * len(by_topic()), legend=False)
