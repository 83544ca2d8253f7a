"""Macro F1 and ROC AUC of test images that count several times or not at all, for many such counts at once."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from threadpoolctl import threadpool_limits

from tl_core.base.bootstrap import Score, interval


def with_ends(scores: Mapping[str, Score], strata: np.ndarray, groups: np.ndarray | None) -> dict[str, float | None]:
    """Each score by its name, None where it is not defined, with the ends of its interval. Otherwise as `ends`."""
    found: dict[str, float | None] = {}
    for name, score in scores.items():
        value = float(score(np.ones((len(strata), 1)))[0])
        found |= {name: None if np.isnan(value) else value, **ends(name, score, strata, groups)}
    return found


def ends(name: str, score: Score, strata: np.ndarray, groups: np.ndarray | None = None) -> dict[str, float | None]:
    """The 95 % bootstrap interval of a score, as a Summary names its ends; None where it is not defined or has no
    spread.

    `strata` (N,) int, within which images are drawn again; `groups` (N,) int, which images belong together; None: each
    stands alone.
    """
    with threadpool_limits(1):  # products so small are slower on several threads
        low, high = interval(score, strata, groups) or (None, None)
    return {f"{name}_low": low, f"{name}_high": high}


def macro_f1(wanted: np.ndarray, called: np.ndarray) -> Score:
    """(N, B) counts → (B,): the mean of the classes' F1, 0 for a class that is never called right; one that neither is
    there nor is called is left out."""
    truth, answers = (table.T.astype(np.float32) for table in (wanted, called))

    def score(counts: np.ndarray) -> np.ndarray:
        hits, both = (truth * answers) @ counts, (truth + answers) @ counts
        return (2 * hits / np.maximum(both, 1)).sum(axis=0) / np.maximum((both > 0).sum(axis=0), 1)

    return score


def roc_auc(wanted: np.ndarray, probabilities: np.ndarray) -> Score:
    """(N, B) counts → (B,): every class against the rest, averaged. Each class has an image that counts."""
    areas = [_area(so == 1, scores) for so, scores in zip(wanted.T, probabilities.T, strict=True)]
    return lambda counts: np.mean([area(counts) for area in areas], axis=0)


def _area(positive: np.ndarray, scores: np.ndarray) -> Score:
    """How often a positive image scores above a negative one, ties by half (Mann and Whitney 1947)."""
    ours, others = np.flatnonzero(positive), np.flatnonzero(~positive)
    others = others[np.argsort(scores[others])]
    below, upto = (np.searchsorted(scores[others], scores[ours], side) for side in ("left", "right"))

    def score(counts: np.ndarray) -> np.ndarray:
        mine, theirs = counts[ours], np.zeros((len(others) + 1, counts.shape[1]), np.float32)
        np.cumsum(counts[others], axis=0, out=theirs[1:])
        beaten = mine * (theirs[below] + theirs[upto])
        whole = 2 * mine.sum(axis=0, dtype=np.float64) * theirs[-1]  # 0 where the class, or the rest, was not drawn
        return np.divide(beaten.sum(axis=0, dtype=np.float64), whole, out=np.full(len(whole), np.nan), where=whole > 0)

    return score
