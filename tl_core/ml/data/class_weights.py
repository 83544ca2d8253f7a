"""Class weights: how much a label counts in the loss, so that a rare class is not drowned by a frequent one."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np


def balanced(labels: np.ndarray, classes: int) -> Callable[[np.ndarray], np.ndarray]:
    """Labels to their weights, from the training labels: n / (number of possible values · n with this value).

    So King and Zeng 2001 ("Logistic Regression in Rare Events Data", section 4.2) weigh with a target share of one
    half, and scikit-learn with class_weight="balanced". Over the training labels the weights are 1 on average.

    Parameters
    ----------
    labels : (N,) int [0, K): one label per picture; or (N, K) 0 or 1: each class by itself, shown or not
    classes : K

    Returns
    -------
    A function from labels of the same kind to float weights of their shape. A value that no training picture has
    weighs 1.
    """
    columns = labels.reshape(len(labels), -1)
    values = classes if labels.ndim == 1 else 2
    counts = np.stack([(columns == value).sum(0) for value in range(values)])  # (values, columns)
    table = np.where(counts, len(labels) / (values * np.maximum(counts, 1)), 1.0)

    def weigh(these: np.ndarray) -> np.ndarray:
        flat = these.reshape(len(these), -1)
        return table[flat, np.arange(flat.shape[1])].reshape(these.shape)

    return weigh
