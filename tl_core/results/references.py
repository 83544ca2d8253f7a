"""What is reached without a network on the same examples: what every arm has to beat."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from tl_core.base.events import Reference, numbers
from tl_core.base.wording import in_sentence, percent, points, signed
from tl_core.results import arm
from tl_core.results.arm import seeds_of
from tl_core.results.lead import Score, Seeds, lead
from tl_core.results.over_seeds import means
from tl_core.results.paired import ALPHA

if TYPE_CHECKING:
    from tl_core.store.tables import Run


def _measured(runs: Sequence[Run]) -> dict[str, dict[Seeds, Reference]]:
    """By name, and by the seeds of the runs, which differ in nothing but their arms and their seeds."""
    found: dict[str, dict[Seeds, Reference]] = {}
    for run in runs:
        for name, one in (run.summary.references if run.summary else {}).items():
            found.setdefault(name, {})[seeds_of(run)] = one
    return found


def scores(runs: Sequence[Run]) -> list[Score]:
    """The test result of each, as an arm has it; without those of runs from before it was measured."""
    found = []
    for name, by_seed in _measured(runs).items():
        first = next(iter(by_seed.values()))
        accuracies = {seeds: one.test_accuracy for seeds, one in by_seed.items() if one.test_accuracy is not None}
        if first.test_accuracy_low is not None and first.test_accuracy_high is not None:
            alone = first.test_accuracy_low, first.test_accuracy_high
            tested = next(run for run in runs if run.summary and run.summary.references)
            found.append(arm.over_seeds(name, tested, accuracies, alone, first.answers))
    return found


def table(runs: Sequence[Run]) -> list[dict[str, Any]]:
    """A row for each, with `title` and numbers as `experiments.table` has them for an arm."""
    intervals = {one.title: {"test_accuracy_low": one.low, "test_accuracy_high": one.high} for one in scores(runs)}
    return [
        {"title": name, **means([numbers(one) for one in by_seed.values()]), **intervals.get(name, {})}
        for name, by_seed in _measured(runs).items()
    ]


def words(runs: Sequence[Run]) -> str:
    """How far the best arm is ahead of the best of them; "" where there are none."""
    found, arms = scores(runs), arm.scores(runs)
    if not found:
        return ""
    best, first = (max(some, key=lambda one: one.accuracy) for some in (found, arms))
    reached = f"Without a network, {best.title} calls {percent(best.accuracy)} of the same test images right"
    judged = lead(first, best)
    if judged is None or not judged.difference:
        return f"{reached}."
    seeds = f" over {judged.seeds} seeds" if judged.seeds > 1 else ""
    verdict = "more than luck" if judged.p * len(found) * len(arms) <= ALPHA else "too close to call"
    return (
        f"{reached}: {in_sentence(first.title)} is {points(judged.difference)} "
        f"{'ahead' if judged.difference > 0 else 'behind'} (95 % interval{seeds} {signed(judged.low)} to "
        f"{signed(judged.high)} points{best.resampled}), {verdict}."
    )
