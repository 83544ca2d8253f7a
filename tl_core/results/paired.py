"""Two arms on the same test images: their difference is judged by the images that only one of them called right.

Two intervals that overlap say little about a difference between two scores from the same images; the pairs say it
directly (Dietterich 1998, "Approximate Statistical Tests for Comparing Supervised Classification Learning
Algorithms", section 3.1).
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import NamedTuple

from tl_core.base import clusters
from tl_core.base.events import Answers

ALPHA = 0.05


class Paired(NamedTuple):
    """How far the first is ahead of the second.

    `difference` of their accuracies in [-1, 1], `low` and `high` its 95 % interval (Bonett and Price 2012, "Adjusted
    Wald Confidence Interval for a Difference of Binomial Proportions Based on Paired Data"), `p` of the exact test of
    McNemar (1947): how often pairs as uneven as these come about when neither is better. Where the images come in
    groups, the bootstrap over groups says both (`base.clusters`), with an interval that is no narrower than that.
    """

    difference: float
    low: float
    high: float
    p: float
    groups: int | None = None  # None: each image stands alone


def paired(first: Answers | None, second: Answers | None) -> Paired | None:
    """The two compared; None where one has no answers, or they are about other images."""
    if first is None or second is None or first.images != second.images:
        return None
    ours, theirs = first.right(), second.right()
    alone = of_counts(int((ours & ~theirs).sum()), int((theirs & ~ours).sum()), len(ours))
    groups = (first if first.groups else second).group_numbers()  # those of an earlier version may lack them
    if groups is None:
        return alone
    gained = ours.astype(int) - theirs
    low, high = clusters.widened((alone.low, alone.high), gained, groups)
    return Paired(alone.difference, low, high, clusters.p_value(gained, groups), len(set(groups.tolist())))


def of_counts(only_first: int, only_second: int, images: int) -> Paired:
    """From the numbers of images that only the first and only the second called right, of so many images."""
    from scipy.stats import binomtest

    p = binomtest(only_first, only_first + only_second).pvalue if only_first + only_second else 1.0
    one, other = (only_first + 1) / (images + 2), (only_second + 1) / (images + 2)
    reach = 1.959964 * math.sqrt((one + other - (one - other) ** 2) / (images + 2))
    return Paired((only_first - only_second) / images, one - other - reach, one - other + reach, float(p))


def holm(values: Sequence[float]) -> list[float]:
    """p-values corrected for being several (Holm 1979, "A Simple Sequentially Rejective Multiple Test Procedure")."""
    order = sorted(range(len(values)), key=lambda i: values[i])
    corrected, largest = [0.0] * len(values), 0.0
    for rank, i in enumerate(order):
        largest = max(largest, min(1.0, values[i] * (len(values) - rank)))
        corrected[i] = largest
    return corrected
