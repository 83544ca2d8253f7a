"""Whether probabilities mean what they say: reliability diagrams, their error, and temperature scaling."""

from __future__ import annotations

import numpy as np
from scipy.optimize import minimize_scalar

from tl_core.base.events import Reliability
from tl_core.ml.training.outputs import Output

BINS = 15  # as in Guo et al. 2017, "On Calibration of Modern Neural Networks"
COLDEST, HOTTEST = 0.05, 20.0  # a best temperature at or beyond one of these is none


def reliability(probabilities: np.ndarray, came_true: np.ndarray) -> Reliability:
    """(M,) probabilities in [0, 1] and (M,) bool → bins ((m − 1) / BINS, m / BINS] (Guo et al. 2017, section 2)."""
    bins = np.clip(np.ceil(probabilities * BINS).astype(int) - 1, 0, BINS - 1)
    counts = np.bincount(bins, minlength=BINS)
    said, so = (np.bincount(bins, values, minlength=BINS) for values in (probabilities, came_true))
    share = [[float(s / n) if n else None for s, n in zip(sums, counts, strict=True)] for sums in (said, so)]
    return Reliability(counts=counts.tolist(), confidence=share[0], accuracy=share[1])


def ece(found: Reliability) -> float | None:
    """Expected calibration error in [0, 1]: the mean of |accuracy − confidence| over the forecasts, bin by bin.

    Naeini, Cooper and Hauskrecht 2015, "Obtaining Well Calibrated Probabilities Using Bayesian Binning". None: there
    are no forecasts.
    """
    gaps = [
        count * abs(accuracy - confidence)
        for count, confidence, accuracy in zip(found.counts, found.confidence, found.accuracy, strict=True)
        if confidence is not None and accuracy is not None
    ]
    return sum(gaps) / sum(found.counts) if gaps else None


def temperature(output: Output, logits: np.ndarray, labels: np.ndarray) -> float | None:
    """What the logits are divided by to make the loss the least: temperature scaling (Guo et al. 2017, section 4.2).

    `logits`, `labels`: of validation images. None: there is no best temperature, such as where every answer is right
    and a colder one is always better, or nothing is learned and a hotter one is.
    """

    def loss(log_temperature: float) -> float:
        return float(output.losses(logits / np.exp(log_temperature), labels).mean())

    bounds = np.log([COLDEST, HOTTEST])
    if not len(labels):
        return None
    best = float(minimize_scalar(loss, bounds=bounds, method="bounded", options={"xatol": 1e-4}).x)
    inside = bounds[0] + 0.01 < best < bounds[1] - 0.01 and loss(best) < min(map(loss, bounds))
    return float(np.exp(best)) if inside else None


def scores(
    output: Output, logits: np.ndarray, labels: np.ndarray, val_logits: np.ndarray, val_labels: np.ndarray
) -> dict[str, object]:
    """The part of a Summary on calibration: `logits`, `labels` of test images, the others of validation images."""
    before = reliability(*output.forecasts(output.probabilities(logits), labels))
    found: dict[str, object] = {"reliability": before, "ece": ece(before)}
    best = temperature(output, val_logits, val_labels)
    if best is None:
        return found
    scaled = logits / best
    after = reliability(*output.forecasts(output.probabilities(scaled), labels))
    return found | {
        "temperature": best,
        "scaled_reliability": after,
        "scaled_ece": ece(after),
        "scaled_loss": float(output.losses(scaled, labels).mean()),
    }
