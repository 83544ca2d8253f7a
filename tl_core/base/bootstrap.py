"""An interval of any score of test images, from drawing the images again (Efron 1979, "Bootstrap methods: another look
at the jackknife").

Test images are drawn class by class, and so they are drawn again. Where images come in groups that have more in common
than a class, such as drawings of one design or ratings of one person, whole groups are drawn: a group is the
independent observation (Davison and Hinkley 1997, "Bootstrap Methods and their Application", section 3.8).
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

RESAMPLES = 1000
CELLS = 2**20  # of the table of counts that is worked on at once: it stays in a processor's cache

Score = Callable[[np.ndarray], np.ndarray]


def interval(
    score: Score, classes: np.ndarray, groups: np.ndarray | None = None, resamples: int = RESAMPLES, seed: int = 0
) -> tuple[float, float] | None:
    """The 2.5 and 97.5 percentiles of a score over resamples: its 95 % interval.

    None where it is not defined in some resample, or the same in all of them: images that are all called right say
    nothing about those that would not be.

    Parameters
    ----------
    score : (N, B) float32, how often each image is drawn in each of B resamples → (B,) float
    classes : (N,) int, of every image
    groups : (N,) int, of every image; where one is in several classes, they are drawn among all. None: every image is
        a group of its own
    """
    rng, images = np.random.default_rng(seed), len(classes)
    own = np.arange(images) if groups is None else groups
    _, first, place = np.unique(own, return_index=True, return_inverse=True)
    within = classes[first] if (classes[first][place] == classes).all() else np.zeros(len(first), int)
    at_once, values = max(1, CELLS // images), []
    for start in range(0, resamples, at_once):
        drawn = _drawn(within, min(at_once, resamples - start), rng)
        values.append(score(drawn if groups is None else drawn[place]))
    found = np.concatenate(values)
    if not np.isfinite(found).all() or found.min() == found.max():
        return None
    low, high = np.quantile(found, (0.025, 0.975))
    return float(low), float(high)


def _drawn(classes: np.ndarray, resamples: int, rng: np.random.Generator) -> np.ndarray:
    """(G, resamples) float32: how often each group is drawn, of every class as many as it has."""
    times = np.empty((len(classes), resamples), np.float32)
    for name in np.unique(classes):
        own = np.flatnonzero(classes == name)
        picks = rng.integers(len(own), size=(len(own), resamples)) * resamples + np.arange(resamples)
        times[own] = np.bincount(picks.ravel(), minlength=picks.size).reshape(picks.shape)
    return times
