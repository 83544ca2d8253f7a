"""Probabilities from which on a class is called, chosen on validation images to find enough of it, then tested."""

from __future__ import annotations

import math

import numpy as np

from tl_core.base.events import WANTED, Operating


def operating(
    wanted_val: np.ndarray, val: np.ndarray, wanted_test: np.ndarray, test: np.ndarray
) -> list[list[Operating] | None]:
    """For each class and each share of WANTED, the highest threshold that finds so much of it on validation images.

    Parameters
    ----------
    wanted_val, wanted_test : (N, K) 0 or 1, what is so
    val, test : (N, K) in [0, 1], how probable it was called

    Returns
    -------
    K lists with one point for each of WANTED; None where a class has no validation image, or no test image, or where
    every test image shows it.
    """
    columns = zip(wanted_val.T, val.T, wanted_test.T, test.T, strict=True)
    return [_of_class(*(array for array in column)) for column in columns]


def _of_class(so_val: np.ndarray, val: np.ndarray, so: np.ndarray, test: np.ndarray) -> list[Operating] | None:
    if not so_val.any() or not 0 < so.sum() < len(so):
        return None
    highest_first = np.sort(val[so_val == 1])[::-1]
    return [_tested(float(highest_first[math.ceil(share * len(highest_first)) - 1]), so == 1, test) for share in WANTED]


def _tested(threshold: float, so: np.ndarray, test: np.ndarray) -> Operating:
    called = test >= threshold
    return Operating(
        threshold=threshold,
        recall=float(called[so].mean()),
        false_alarms=float(called[~so].mean()),
        precision=float(so[called].mean()) if called.any() else None,
    )
