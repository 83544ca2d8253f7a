"""Test scores of a classifier, with their uncertainty."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from scipy.special import log_softmax
from scipy.special import softmax as _softmax
from scipy.stats import binomtest
from sklearn.metrics import confusion_matrix, log_loss, precision_recall_fscore_support, roc_auc_score

from tl_core.base import clusters
from tl_core.base.events import ClassScore
from tl_core.ml.training import weighted


def softmax(logits: np.ndarray) -> np.ndarray:
    """(N, K) logits → (N, K) float64 probabilities, rows add up to 1."""
    return _softmax(logits.astype(np.float64), axis=1)


def loss_and_accuracy(logits: np.ndarray, labels: np.ndarray) -> tuple[float, float]:
    """Mean cross-entropy −log softmax(logits)[label] in nats, and accuracy in [0, 1].

    The loss is NaN when a logit is not a finite number.
    """
    if not np.isfinite(logits).all():
        return float("nan"), float((logits.argmax(1) == labels).mean())
    chosen = log_softmax(logits.astype(np.float64), axis=1)[np.arange(len(labels)), labels]
    return float(-chosen.mean()), float((logits.argmax(1) == labels).mean())


def wilson(correct: int, total: int) -> tuple[float, float]:
    """95 % interval of a proportion (Wilson 1927, Probable Inference, the Law of Succession …)."""
    interval = binomtest(correct, total).proportion_ci(0.95, method="wilson")
    return float(interval.low), float(interval.high)


def accuracy_interval(right: np.ndarray, labels: np.ndarray, groups: np.ndarray | None) -> tuple[float, float]:
    """95 % interval of an accuracy: Wilson's, and where images come in groups, that of resampling groups.

    `right` (N,) bool, `labels` (N,) int, `groups` (N,) int, each in one class.
    """
    alone = wilson(int(right.sum()), len(right))
    return alone if groups is None else clusters.widened(alone, right.astype(float), groups, labels)


def _roc_auc(labels: np.ndarray, probabilities: np.ndarray) -> float | None:
    """One-vs-rest ROC AUC, macro average; None when a class has no test image."""
    classes = probabilities.shape[1]
    if len(np.unique(labels)) < classes:
        return None
    if classes == 2:
        return float(roc_auc_score(labels, probabilities[:, 1]))
    return float(roc_auc_score(labels, probabilities, multi_class="ovr", average="macro"))


def scores(
    labels: np.ndarray, probabilities: np.ndarray, classes: Sequence[str], groups: np.ndarray | None = None
) -> dict[str, object]:
    """The test part of a Summary.

    Parameters
    ----------
    labels : (N,) int in [0, K)
    probabilities : (N, K) float in [0, 1], rows add up to 1
    groups : (N,) int, which images belong together; None: each stands alone
    """
    every = np.arange(len(classes))
    called = probabilities.argmax(1)
    low, high = accuracy_interval(called == labels, labels, groups)
    precision, recall, f1, support = precision_recall_fscore_support(labels, called, labels=every, zero_division=0)
    return {
        "test_accuracy": float((called == labels).mean()),
        "test_accuracy_low": low,
        "test_accuracy_high": high,
        "macro_f1": float(f1.mean()),
        "roc_auc": _roc_auc(labels, probabilities),
        **weighted.intervals(labels, probabilities, groups),
        "test_loss": float(log_loss(labels, probabilities, labels=every)),
        "test_images": len(labels),
        "test_groups": None if groups is None else len(np.unique(groups)),
        "per_class": [
            ClassScore(name=n, precision=p, recall=r, f1=f, support=int(s))
            for n, p, r, f, s in zip(classes, precision, recall, f1, support, strict=True)
        ],
        "confusion": confusion_matrix(labels, called, labels=every).tolist(),
    }
