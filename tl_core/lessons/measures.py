"""What lessons read from their runs beyond every arm's mean test accuracy. Shares in [0, 1], points in percent."""

from __future__ import annotations

from collections.abc import Sequence
from statistics import mean, stdev

from tl_core.lessons.lesson import Measured, Results, RunResult, points

LABELS = (5, 20, 80)  # a class, in the lesson on how much data it takes


def best(measured: Measured, names: tuple[str, ...]) -> str:
    return max(names, key=lambda name: measured[name])


def lead(results: Results, means: Measured) -> Measured:
    return {"lead_points": points(means["frozen"], means["from_scratch"])}


def source_scores(results: Results, means: Measured) -> Measured:
    tasks = [outcome.summary.source_task for outcome in results["frozen"]]
    return {
        "source_before": mean(task.before for task in tasks if task),
        "source_after": mean(task.after for task in tasks if task),
        "lost_points": points(means["frozen"], means["top_forgotten"]),
    }


def leads(results: Results, means: Measured) -> Measured:
    return {
        f"lead_at_{labels}_points": points(means[f"frozen_{labels}"], means[f"scratch_{labels}"]) for labels in LABELS
    }


def near_and_far(results: Results, means: Measured) -> Measured:
    return {
        "near_over_far_points": points(means["near"], means["far"]),
        "negative_transfer_points": points(means["scratch_digits"], means["far_digits"]),
    }


def source_kept(outcome: RunResult) -> float:
    task = outcome.summary.source_task
    return task.after if task else 0.0


def target_accuracies(results: Results, means: Measured) -> Measured:
    """The test accuracy of every arm beside what it kept of its source."""
    accuracy = {f"{name}_accuracy": mean(o.summary.test_accuracy for o in found) for name, found in results.items()}
    return accuracy | {"forgotten_points": points(means["gentle"], means["high_rate"])}


def judged(results: Results, means: Measured) -> Measured:
    found = results["from_scratch"]
    accuracies = [outcome.summary.test_accuracy for outcome in results["frozen_balanced"]]
    return {
        "macro_f1_percent": 100 * mean(outcome.summary.macro_f1 for outcome in found),
        **_area("roc_auc_percent", found),
        "accuracy_percent": 100 * means["from_scratch"],
        **_area("frozen_roc_auc_percent", results["frozen"]),
        "spread_over_seeds_points": 100 * stdev(accuracies) if len(accuracies) > 1 else 0.0,
    }


def _area(name: str, found: Sequence[RunResult]) -> Measured:
    """The mean ROC AUC; nothing where it is not defined for one of the runs."""
    areas = [area for outcome in found if (area := outcome.summary.roc_auc) is not None]
    return {name: 100 * mean(areas)} if len(areas) == len(found) else {}


def gap(outcome: RunResult) -> float:
    return outcome.train_accuracy - outcome.summary.test_accuracy


def test_accuracies(results: Results, means: Measured) -> Measured:
    accuracy = {f"{name}_accuracy": mean(o.summary.test_accuracy for o in found) for name, found in results.items()}
    return accuracy | {"gap_points": 100 * means["bare"]}
