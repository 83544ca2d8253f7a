"""Test scores of a classifier, with their uncertainty."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

import numpy as np
from scipy.stats import binomtest
from sklearn.metrics import average_precision_score, f1_score, precision_recall_fscore_support, roc_auc_score, roc_curve

from tl_core.base import clusters
from tl_core.base.events import Accuracy, Answers, ClassScore, Roc
from tl_core.base.spec import RunSpec
from tl_core.ml.data import modalities
from tl_core.ml.data.splits import Split, Splits
from tl_core.ml.training import weighted
from tl_core.ml.training.outputs import Output

ROC_POINTS = np.linspace(0, 1, 51) ** 2  # false positive rates, closest where curves rise


class Labelled(Protocol):
    """Labels and their weights as in a Split."""

    @property
    def labels(self) -> np.ndarray: ...
    @property
    def weights(self) -> np.ndarray: ...


def loss_and_accuracy(output: Output, logits: np.ndarray, rows: Labelled) -> tuple[float, float]:
    """Mean loss in nats, each label counted by its weight, and accuracy in [0, 1]. `logits`: (N, K) float.

    Both are NaN when a logit is not a finite number.
    """
    if not np.isfinite(logits).all():
        return float("nan"), float("nan")
    accuracy = output.answered(output.probabilities(logits), rows.labels).mean()
    return float(np.mean(rows.weights * output.losses(logits, rows.labels))), float(accuracy)


def wilson(correct: int, total: int) -> tuple[float, float]:
    """95 % interval of a proportion (Wilson 1927, Probable Inference, the Law of Succession …)."""
    interval = binomtest(correct, total).proportion_ci(0.95, method="wilson")
    return float(interval.low), float(interval.high)


def accuracy_interval(right: np.ndarray, labels: np.ndarray, groups: np.ndarray | None) -> tuple[float, float]:
    """95 % interval of an accuracy: Wilson's, and where images come in groups, that of resampling groups.

    `right` (N,) bool, `labels` (N,) int, `groups` (N,) int.
    """
    alone = wilson(int(right.sum()), len(right))
    return alone if groups is None else clusters.widened(alone, right.astype(float), groups, labels)


def accuracy(output: Output, probabilities: np.ndarray, test: Split) -> Accuracy:
    """Of (N, K) probabilities for the examples of `test`."""
    answers = answers_of(output, probabilities, test)
    right = answers.right()
    low, high = accuracy_interval(right, output.strata(test.labels), test.groups)
    return Accuracy(value=float(right.mean()), low=low, high=high, answers=answers)


def answers_of(output: Output, probabilities: np.ndarray, test: Split) -> Answers:
    """Of (N, K) probabilities for the examples of `test`."""
    return Answers.of(test.ids, test.labels, output.answered(probabilities, test.labels), test.groups)


def called(
    output: Output, probabilities: np.ndarray, labels: np.ndarray, groups: np.ndarray | None = None
) -> dict[str, float | None]:
    """What is asked of every answer, by a network or without: accuracy and macro F1 with their intervals.

    `probabilities` (N, K), `labels` as in a Split, `groups` (N,) int, which images belong together.
    """
    right, strata = output.answered(probabilities, labels), output.strata(labels)
    low, high = accuracy_interval(right, strata, groups)
    wanted, answers = (output.wanted(these).astype(int) for these in (labels, output.called(probabilities)))
    return {
        "test_accuracy": float(right.mean()),
        "test_accuracy_low": low,
        "test_accuracy_high": high,
        **weighted.with_ends({"macro_f1": weighted.macro_f1(wanted, answers)}, strata, groups),
    }


def measures(spec: RunSpec, output: Output, splits: Splits, probabilities: np.ndarray) -> dict[str, float | None]:
    """The task's own measures of (N, K) probabilities of the test examples, with the ends of their intervals."""
    found = modalities.of(spec.backbone).measures(splits, probabilities)
    return weighted.with_ends(found, output.strata(splits.test.labels), splits.test.groups)


def scores(
    output: Output, logits: np.ndarray, labels: np.ndarray, classes: Sequence[str], groups: np.ndarray | None = None
) -> dict[str, object]:
    """The test part of a Summary.

    Parameters
    ----------
    logits : (N, K) float
    labels : as in a Split
    groups : (N,) int, which images belong together; None: each stands alone
    """
    probabilities = output.probabilities(logits)
    wanted, answers = (output.wanted(these).astype(int) for these in (labels, output.called(probabilities)))
    per_class = _per_class(wanted, answers, probabilities, classes)
    return {
        **called(output, probabilities, labels, groups),
        "micro_f1": float(f1_score(wanted, answers, average="micro", zero_division=np.nan)),
        "mean_average_precision": _mean([score.average_precision for score in per_class]),
        "roc_auc": _mean([score.roc_auc for score in per_class]),
        **weighted.ends("roc_auc", weighted.roc_auc(wanted, probabilities), output.strata(labels), groups),
        "test_loss": float(output.losses(logits, labels).mean()),
        "test_images": len(labels),
        "test_groups": None if groups is None else len(np.unique(groups)),
        "per_class": per_class,
        "confusion": output.confusion(probabilities, labels),
        "roc": roc(wanted, probabilities),
    }


def _per_class(
    wanted: np.ndarray, called: np.ndarray, probabilities: np.ndarray, classes: Sequence[str]
) -> list[ClassScore]:
    """All (N, K): what is so and what was called so, 0 or 1, and with what probability."""
    table = precision_recall_fscore_support(wanted, called, average=None, zero_division=np.nan)
    return [
        ClassScore(
            name=name,
            **dict(zip(("precision", "recall", "f1"), map(_defined, numbers), strict=True)),
            support=int(support),
            average_precision=float(average_precision_score(so, p)) if so.any() else None,
            roc_auc=float(roc_auc_score(so, p)) if 0 < so.sum() < len(so) else None,
        )
        for name, *numbers, support, so, p in zip(classes, *table, wanted.T, probabilities.T, strict=True)
    ]


def _defined(value: float) -> float | None:
    return None if np.isnan(value) else float(value)


def _mean(values: Sequence[float | None]) -> float | None:
    """None where one of them is not defined: a mean of the others would be about another task."""
    known = [value for value in values if value is not None]
    return float(np.mean(known)) if len(known) == len(values) else None


def roc(wanted: np.ndarray, probabilities: np.ndarray) -> Roc:
    """Of each class against the rest: (N, K) 0 or 1, and (N, K) in [0, 1]."""
    tpr: list[list[float] | None] = []
    for so, p in zip(wanted.T, probabilities.T, strict=True):
        if not 0 < so.sum() < len(so):
            tpr.append(None)
            continue
        false, true, _ = roc_curve(so, p)
        tpr.append(np.interp(ROC_POINTS, false, true).round(4).tolist())
    return Roc(fpr=ROC_POINTS.round(6).tolist(), tpr=tpr)
