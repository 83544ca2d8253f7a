"""The luck of the seed: means over seeds (Student 1908, "The probable error of a mean")."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np


class Mean(NamedTuple):
    """A mean over seeds with its 95 % interval, Student's t; None with one seed."""

    value: float
    low: float | None
    high: float | None

    @property
    def sure(self) -> bool:
        """Whether the interval leaves zero out."""
        return self.low is not None and self.high is not None and (self.low > 0 or self.high < 0)


def mean(values: Sequence[float], step: float = 0.0) -> Mean:
    """The mean of one number per seed. `step`: see `p_value`."""
    numbers = np.asarray(values, dtype=float)
    centre = float(numbers.mean())
    if len(numbers) < 2:
        return Mean(centre, None, None)
    half = reach(numbers, step)
    return Mean(centre, centre - half, centre + half)


def means(each: Sequence[Mapping[str, float | None]]) -> dict[str, float | None]:
    """The mean of every number over seeds, of which each has a mapping; None where it is not defined for one of them.

    With several seeds, `…_low` and `…_high` are the ends of the interval over seeds, not of one over test images.
    """
    columns = {name: [value for one in each if (value := one.get(name)) is not None] for name in each[0]}
    found = {name: mean(values).value if len(values) == len(each) else None for name, values in columns.items()}
    for name in columns if len(each) > 1 else ():
        if f"{name}_low" in columns and len(columns[name]) > 1:
            _, found[f"{name}_low"], found[f"{name}_high"] = mean(columns[name])
    return found


def reach(values: Sequence[float] | np.ndarray, step: float = 0.0) -> float:
    """Half the width of the 95 % interval of the mean of two or more. `step`: see `p_value`."""
    from scipy.special import stdtrit

    numbers = np.asarray(values, dtype=float)
    return float(stdtrit(len(numbers) - 1, 0.975)) * _error(numbers, step)


def p_value(differences: Sequence[float], step: float = 0.0) -> float:
    """How often seeds differ on average so far from zero when neither is better: the t test of two or more pairs.

    `step`: what the two numbers behind a difference are rounded to, such as one test image. Two seeds whose differences
    round to the same number have not shown that seeds make no difference; so the variance of rounding both, step² / 6,
    is added to theirs (Sheppard 1897, "On the calculation of the most probable values of frequency-constants").
    """
    from scipy.special import stdtr

    numbers = np.asarray(differences, dtype=float)
    centre, error = abs(float(numbers.mean())), _error(numbers, step)
    if not error:
        return 0.0 if centre else 1.0
    return float(2 * stdtr(len(numbers) - 1, -centre / error))


def _error(numbers: np.ndarray, step: float) -> float:
    return math.sqrt((float(numbers.var(ddof=1)) + step**2 / 6) / len(numbers))
