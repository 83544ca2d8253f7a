"""Test images that come in groups, such as the drawings of one design: whole groups are drawn again, not images.

Images of one group are right or wrong together, so that a thousand of them say less than a thousand that stand alone;
what takes them for independent is too sure.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np

BLOCK, BLOCKS = 100, 50  # sign flips at once, and how many times
SEED = 0
Interval = tuple[float, float]


def widened(
    alone: Interval, values: np.ndarray, groups: np.ndarray, classes: np.ndarray | None = None
) -> tuple[float, float]:
    """The 95 % interval of the mean of `values` (N,) by the bootstrap over groups, at least as wide as `alone`.

    (Field and Welsh 2007, "Bootstrapping Clustered Data", section 2.) `alone` is the interval that takes images for
    independent: resampling has no width where all values are the same. `groups` (N,) int; `classes` (N,) int, within
    which groups are drawn again, unless one is in several; None: among all.
    """
    import numpy as np

    from tl_core.base import bootstrap

    within = np.zeros(len(values), int) if classes is None else classes
    found = bootstrap.interval(lambda counts: values @ counts / counts.sum(axis=0), within, groups)
    return alone if found is None else (min(alone[0], found[0]), max(alone[1], found[1]))


def p_value(differences: np.ndarray, groups: np.ndarray) -> float:
    """How often a mean as far from zero comes about when every group's sign is chance: two-sided, in (0, 1].

    The wild cluster bootstrap with Rademacher weights and the null imposed (Cameron, Gelbach and Miller 2008,
    "Bootstrap-Based Improvements for Inference with Clustered Errors", section III), which for a mean is the
    randomisation test that swaps two arms' answers on whole groups. `differences` (N,) numbers, `groups` (N,) int.
    """
    import numpy as np

    _, place = np.unique(groups, return_inverse=True)
    sums = np.bincount(place, weights=differences)
    sums = sums[sums != 0]
    seen, rng = abs(sums.sum()), np.random.default_rng(SEED)
    as_far = sum(
        int((abs((2 * rng.integers(2, size=(BLOCK, len(sums))) - 1) @ sums) >= seen - 1e-9).sum())
        for _ in range(BLOCKS)
    )
    return (1 + as_far) / (1 + BLOCK * BLOCKS)
