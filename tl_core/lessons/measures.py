"""What lessons read from their runs beyond every arm's mean test accuracy. Shares in [0, 1], points in percent."""

from __future__ import annotations

from collections.abc import Sequence
from statistics import mean, stdev

from tl_core.lessons.lesson import Measured, Results, RunResult, points
from tl_core.results.shifted import mean_accuracy

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
        "above_guessing_points": points(means["frozen"], mean(1 / len(o.summary.per_class) for o in results["frozen"])),
        "lost_points": points(means["frozen"], means["top_forgotten"]),
    }


def bottom(results: Results, means: Measured) -> Measured:
    return {
        "top_over_bottom_points": points(means["lost_top"], means["lost_bottom"]),
        "frozen_over_bottom_points": points(means["all_frozen"], means["lost_bottom"]),
    }


def leads(results: Results, means: Measured) -> Measured:
    found = {
        f"lead_at_{labels}_points": points(means[f"frozen_{labels}"], means[f"scratch_{labels}"]) for labels in LABELS
    }
    return found | {"lead_shrinks_points": found["lead_at_5_points"] - found["lead_at_80_points"]}


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
    return accuracy | {
        "forgotten_points": points(means["gentle"], means["high_rate"]),
        "lost_on_target_points": points(accuracy["gentle_accuracy"], accuracy["high_rate_accuracy"]),
    }


def out_of_distribution(outcome: RunResult) -> float:
    return mean_accuracy(outcome.summary.shifted)


def lost_and_regained(results: Results, means: Measured) -> Measured:
    """Of the frozen arm, and every arm's accuracy with AdaBN; clean ones stand in its scores."""
    adapted = {
        f"{name}_adapted": mean(mean_accuracy(o.summary.shifted, adapted=True) for o in found)
        for name, found in results.items()
    }
    clean = mean(outcome.summary.test_accuracy for outcome in results["frozen"])
    return adapted | {
        "lost_points": points(clean, means["frozen"]),
        "regained_points": points(adapted["frozen_adapted"], means["frozen"]),
    }


def judged(results: Results, means: Measured) -> Measured:
    found = results["from_scratch"]
    accuracies = [outcome.summary.test_accuracy for outcome in results["frozen_balanced"]]
    macro_f1 = mean(outcome.summary.macro_f1 for outcome in found)
    return {
        "macro_f1_percent": 100 * macro_f1,
        "beyond_20_points": points(means["from_scratch"], macro_f1) - 20,
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
    return accuracy | {
        "gap_points": 100 * means["bare"],
        "gap_beyond_5_points": 100 * means["bare"] - 5,
        "narrowed_points": points(means["bare"], means["augmented"]),
    }
