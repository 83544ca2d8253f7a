"""A linear probe solved: on fixed features it is logistic regression, a convex problem with one optimum.

With one label per picture it is multinomial, with several it is one regression for each class, of the same penalty.

L-BFGS (Liu and Nocedal 1989) finds it in some dozens of passes over the features. The strength of the penalty on the
weights is chosen by the loss on the validation images, from the strongest down, each solution being the start of the
next (the regularisation path of Friedman, Hastie and Tibshirani 2010).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
from scipy.optimize import minimize
from threadpoolctl import threadpool_limits

from tl_core.ml.data.splits import Split
from tl_core.ml.training.feed import Feed
from tl_core.ml.training.outputs import Output

STRENGTHS = tuple(10.0**-k for k in range(10))
PASSES = 500  # at most, for one strength
TOLERANCE = 1e-7  # of the gradient
PATIENCE = 2  # weaker penalties that do worse: the path ends


class Examples(NamedTuple):
    """`labels` and their `weights` as in a Split."""

    features: np.ndarray  # (N, C) float
    labels: np.ndarray
    weights: np.ndarray


class Weights(NamedTuple):
    """Of a dense layer: logits are features @ kernel (C, K) + bias (K,), both float64."""

    kernel: np.ndarray
    bias: np.ndarray

    def logits(self, features: np.ndarray) -> np.ndarray:
        """(N, C) → (N, K)."""
        return features @ self.kernel + self.bias


class Solution(NamedTuple):
    """`path`: the weights after every pass, up to the optimum of `strength`, the last of them.

    `strength` is λ in the mean over pictures of the loss, summed over their labels, + λ/2 · ‖kernel · scale‖², where
    `scale` is the features' root mean square norm: scikit-learn's LogisticRegression, for several labels within its
    OneVsRestClassifier, has the same optimum with C = 1 / (λ · N) on features / scale.
    """

    path: list[Weights]
    strength: float
    scale: float


def solve(train: Examples, val: Examples, output: Output, check_stop: Callable[[], None] = lambda: None) -> Solution:
    """The probe whose penalty does best on the validation images.

    `output` says what the logits say. `check_stop` is called after every pass; it may raise.
    """
    scale = float(np.sqrt(np.mean(np.sum(np.square(train.features, dtype=np.float64), axis=1)))) or 1.0
    scaled = train._replace(features=train.features.astype(np.float64) / scale)
    path: list[np.ndarray] = [np.zeros((scaled.features.shape[1] + 1) * output.classes)]
    ends: list[tuple[float, int]] = []  # validation loss and place in the path of every strength
    for strength in STRENGTHS:

        def seen(flat: np.ndarray) -> None:
            check_stop()
            path.append(flat.copy())

        with threadpool_limits(1):  # products so small are slower on several threads, far slower beside another run
            minimize(
                _loss_and_gradient,
                path[-1],
                (scaled, output, strength),
                "L-BFGS-B",
                jac=True,
                callback=seen,
                options={"maxiter": PASSES, "gtol": TOLERANCE, "ftol": 1e-12},
            )
        logits = _weights(path[-1], output.classes, scale).logits(val.features)
        ends.append((float(np.mean(val.weights * output.losses(logits, val.labels))), len(path)))
        if len(ends) > PATIENCE and min(ends)[0] < min(ends[-PATIENCE:])[0]:
            break
    best = min(range(len(ends)), key=lambda i: ends[i][0])
    return Solution([_weights(flat, output.classes, scale) for flat in path[: ends[best][1]]], STRENGTHS[best], scale)


def _weights(flat: np.ndarray, classes: int, scale: float) -> Weights:
    both = flat.reshape(-1, classes)
    return Weights(both[:-1] / scale, both[-1])


def _loss_and_gradient(flat: np.ndarray, train: Examples, output: Output, strength: float) -> tuple[float, np.ndarray]:
    """Mean loss of a picture with the penalty on the kernel, in nats, and its gradient, (C + 1) · K flat."""
    x, count = train.features, len(train.features)
    both = flat.reshape(-1, output.classes)
    kernel = both[:-1]
    logits = x @ kernel + both[-1]
    weights = train.weights.reshape(count, -1)
    error = weights * (output.probabilities(logits) - output.wanted(train.labels)) / count
    loss = np.sum(train.weights * output.losses(logits, train.labels)) / count + 0.5 * strength * np.sum(kernel**2)
    return float(loss), np.vstack([x.T @ error + strength * kernel, error.sum(0)]).ravel()


def shown(path: list[Weights], epochs: int) -> list[Weights]:
    """`epochs` of them, evenly spread, the last one last."""
    places = np.linspace(0, len(path) - 1, epochs + 1).round().astype(int)[1:]
    return [path[i] for i in places]


def examples(feed: Feed, part: str, split: Split) -> Examples:
    """A whole split as the head's last layer is given it."""
    return Examples(features(feed, part), split.labels, split.weights)


def features(feed: Feed, part: str) -> np.ndarray:
    """(N, C) float32: what the head's last layer is given, of a whole split in its own order."""
    count = len(feed.graph.images[part])
    if feed.graph.features:
        return feed.rows(part, np.arange(count))
    embed = feed.graph.embed
    assert embed is not None  # a phase that trains the head alone has a frozen prefix
    pieces = []
    for start in range(0, count, feed.span):
        feed.check_stop()
        pieces.append(embed(feed.graph.rows(part, slice(start, start + feed.span))).numpy())
    return np.concatenate(pieces)


def note(found: Solution) -> str:
    """What the student is told of it."""
    return (
        f"The probe was solved, not trained in steps: L-BFGS went {len(found.path) - 1} times over the features to "
        f"reach the optimum with the penalty {found.strength:g}, which does best on the validation images. Its curve "
        "shows these passes, spread over the epochs of the other arms."
    )
