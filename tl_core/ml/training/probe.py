"""A linear probe solved: on fixed features it is multinomial logistic regression, a convex problem with one optimum.

L-BFGS (Liu and Nocedal 1989) finds it in some dozens of passes over the features. The strength of the penalty on the
weights is chosen by the loss on the validation images, from the strongest down, each solution being the start of the
next (the regularisation path of Friedman, Hastie and Tibshirani 2010).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
from scipy.optimize import minimize
from scipy.special import log_softmax
from threadpoolctl import threadpool_limits

from tl_core.ml.training.feed import Feed

STRENGTHS = tuple(10.0**-k for k in range(10))
PASSES = 200  # at most, for one strength
TOLERANCE = 1e-6  # of the gradient
PATIENCE = 2  # weaker penalties that do worse: the path ends


class Weights(NamedTuple):
    """Of a dense layer: logits are features @ kernel (C, K) + bias (K,), both float64."""

    kernel: np.ndarray
    bias: np.ndarray

    def logits(self, features: np.ndarray) -> np.ndarray:
        """(N, C) → (N, K)."""
        return features @ self.kernel + self.bias


class Solution(NamedTuple):
    """`path`: the weights after every pass, up to the optimum of `strength`, the last of them.

    `strength` is λ in mean cross-entropy + λ/2 · ‖kernel · scale‖², where `scale` is the features' root mean square
    norm: scikit-learn's LogisticRegression has the same optimum with C = 1 / (λ · N) on features / scale.
    """

    path: list[Weights]
    strength: float
    scale: float


def solve(
    features: np.ndarray,
    labels: np.ndarray,
    val_features: np.ndarray,
    val_labels: np.ndarray,
    classes: int,
    check_stop: Callable[[], None] = lambda: None,
) -> Solution:
    """The probe whose penalty does best on the validation images.

    Parameters
    ----------
    features, val_features : (N, C), (M, C) float
    labels, val_labels : (N,), (M,) int in [0, classes)
    check_stop : called after every pass; may raise
    """
    scale = float(np.sqrt(np.mean(np.sum(np.square(features, dtype=np.float64), axis=1)))) or 1.0
    x, wanted = features.astype(np.float64) / scale, np.eye(classes)[labels]
    path: list[np.ndarray] = [np.zeros((x.shape[1] + 1) * classes)]
    ends: list[tuple[float, int]] = []  # validation loss and place in the path of every strength
    for strength in STRENGTHS:

        def seen(flat: np.ndarray) -> None:
            check_stop()
            path.append(flat.copy())

        with threadpool_limits(1):  # products so small are slower on several threads, far slower beside another run
            minimize(
                _loss_and_gradient,
                path[-1],
                (x, wanted, strength),
                "L-BFGS-B",
                jac=True,
                callback=seen,
                options={"maxiter": PASSES, "gtol": TOLERANCE, "ftol": 1e-12},
            )
        logs = log_softmax(_weights(path[-1], classes, scale).logits(val_features), axis=1)
        ends.append((float(-logs[np.arange(len(val_labels)), val_labels].mean()), len(path)))
        if len(ends) > PATIENCE and min(ends)[0] < min(ends[-PATIENCE:])[0]:
            break
    best = min(range(len(ends)), key=lambda i: ends[i][0])
    return Solution([_weights(flat, classes, scale) for flat in path[: ends[best][1]]], STRENGTHS[best], scale)


def _weights(flat: np.ndarray, classes: int, scale: float) -> Weights:
    both = flat.reshape(-1, classes)
    return Weights(both[:-1] / scale, both[-1])


def _loss_and_gradient(
    flat: np.ndarray, x: np.ndarray, wanted: np.ndarray, strength: float
) -> tuple[float, np.ndarray]:
    """Mean cross-entropy with the penalty on the kernel, in nats, and its gradient, (C + 1) · K flat."""
    both = flat.reshape(-1, wanted.shape[1])
    kernel = both[:-1]
    logs = log_softmax(x @ kernel + both[-1], axis=1)
    error = (np.exp(logs) - wanted) / len(x)
    loss = -np.sum(wanted * logs) / len(x) + 0.5 * strength * np.sum(kernel**2)
    return float(loss), np.vstack([x.T @ error + strength * kernel, error.sum(0)]).ravel()


def shown(path: list[Weights], epochs: int) -> list[Weights]:
    """`epochs` of them, evenly spread, the last one last."""
    places = np.linspace(0, len(path) - 1, epochs + 1).round().astype(int)[1:]
    return [path[i] for i in places]


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
