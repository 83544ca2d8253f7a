"""A study's curves over seeds: tables of differences, crossovers with 95 % intervals, and the Pareto frontier.

A crossover is no mean, so it has the interval of the bootstrap (Efron 1979, "Bootstrap methods: another look at the
jackknife").
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import product
from typing import NamedTuple, TypeVar

import numpy as np
import pandas as pd

from tl_core.results.over_seeds import Mean, mean, p_value
from tl_core.results.paired import ALPHA, holm

RESAMPLES = 3125  # all of them for up to five seeds, else so many drawn with a fixed seed


class Cell(NamedTuple):
    """One difference of a table: its mean over seeds, over how many, and the p-value of there being none.

    `p` is corrected for all cells of the table; 1 with a single seed.
    """

    mean: Mean
    seeds: int
    p: float

    @property
    def sure(self) -> bool:
        return self.p <= ALPHA


K = TypeVar("K")


def table_of(differences: Mapping[K, Sequence[float]], step: float) -> dict[K, Cell]:
    """Every cell of a table of differences seed by seed, by t tests that are corrected for its size (Holm 1979).

    `step`: what the accuracies behind them are rounded to, one test image; see `results.over_seeds.p_value`.
    """
    corrected = holm([p_value(each, step) if len(each) > 1 else 1.0 for each in differences.values()])
    cells = zip(differences.items(), corrected, strict=True)
    return {key: Cell(mean(each, step), len(each), p) for (key, each), p in cells}


def by_seed(rows: pd.DataFrame, axis: str, series: str, value: str = "test_accuracy") -> pd.DataFrame:
    """(series, seed) × axis → value, in the order of first appearance; NaN where a run is missing."""
    table = rows.pivot_table(index=[series, "seed"], columns=axis, values=value, sort=False, observed=True)
    return table[list(dict.fromkeys(rows[axis]))]


def labels_needed(labels: Sequence[float], accuracies: Sequence[float], level: float) -> float:
    """Labels at which the curve first reaches `level`, straight between its points over log labels.

    `labels` ascend. The first of them when the curve begins at or above the level; infinite when it never gets there.
    """
    if accuracies[0] >= level:
        return float(labels[0])
    for i in range(1, len(labels)):
        before, after = accuracies[i - 1], accuracies[i]
        if after >= level:
            share = (level - before) / (after - before)
            return float(math.exp(math.log(labels[i - 1]) + share * math.log(labels[i] / labels[i - 1])))
    return math.inf


def overtaken(labels: Sequence[float], scratch: Sequence[float], transfer: Sequence[float]) -> float:
    """Labels from which on the curve from scratch stays at or above the other: where it overtakes for good.

    The first of `labels` when it is never below; infinite when it is below at the end.
    """
    lead = np.asarray(transfer, dtype=float) - np.asarray(scratch, dtype=float)
    below = np.flatnonzero(lead > 0)  # where transfer leads
    if not len(below):
        return float(labels[0])
    last = int(below[-1])
    if last == len(labels) - 1:
        return math.inf
    share = lead[last] / (lead[last] - lead[last + 1])
    return float(math.exp(math.log(labels[last]) + share * math.log(labels[last + 1] / labels[last])))


def _resampled(seeds: int) -> Iterator[tuple[int, ...]]:
    """Which seeds each bootstrap sample takes, with repetition."""
    if seeds**seeds <= RESAMPLES:
        return product(range(seeds), repeat=seeds)
    drawn = np.random.default_rng(0).integers(seeds, size=(RESAMPLES, seeds))
    return (tuple(int(i) for i in row) for row in drawn)


def bootstrap(number: Callable[[np.ndarray], float], curves: np.ndarray) -> Mean:
    """`number` of the mean curve, and the 2.5 and 97.5 percentiles of `number` over resampled seeds.

    `curves`: (seeds, …). Infinite numbers are larger than all others. With two or three seeds these are the lowest
    and the highest that any draw gives, which covers less than 95 %.
    """
    value = number(curves.mean(axis=0))
    if len(curves) < 2:
        return Mean(value, None, None)
    found = sorted(number(curves[list(chosen)].mean(axis=0)) for chosen in _resampled(len(curves)))
    last = len(found) - 1
    return Mean(value, found[math.floor(0.025 * last)], found[math.ceil(0.975 * last)])


def pareto(seconds: Sequence[float], accuracies: Sequence[float]) -> list[bool]:
    """Which points no other beats: none is at least as quick and as accurate, and better in one of the two."""
    pairs = list(zip(seconds, accuracies, strict=True))
    return [not any(s <= t and a >= b and (s, a) != (t, b) for s, a in pairs) for t, b in pairs]
