"""The history as a list to search: which experiments, in which order."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tl_core.store.tables import Experiment, Run


@dataclass(frozen=True)
class Wanted:
    """What is looked for. Empty: everything. `words` must all stand in the title or the note."""

    words: tuple[str, ...] = ()
    datasets: tuple[str, ...] = ()
    backbones: tuple[str, ...] = ()
    strategies: tuple[str, ...] = ()
    statuses: tuple[str, ...] = ()
    order: str = "newest"


def _best(experiment: Experiment) -> float:
    return max((run.summary.test_accuracy for run in experiment.runs if run.summary), default=-1.0)


ORDERS: dict[str, tuple[str, Callable[[Experiment], object], bool]] = {  # name → title, what it sorts by, descending
    "newest": ("Newest first", lambda experiment: experiment.created_at, True),
    "oldest": ("Oldest first", lambda experiment: experiment.created_at, False),
    "best": ("Best test accuracy first", _best, True),
    "title": ("By title", lambda experiment: experiment.title.lower(), False),
}


def _fits(run: Run, wanted: Wanted) -> bool:
    return (
        (not wanted.datasets or run.spec.data.dataset in wanted.datasets)
        and (not wanted.backbones or run.spec.backbone in wanted.backbones)
        and (not wanted.strategies or run.strategy in wanted.strategies)
        and (not wanted.statuses or run.status in wanted.statuses)
    )


def chosen(experiments: Sequence[Experiment], wanted: Wanted) -> list[Experiment]:
    """The experiments with at least one run that fits everything, in the wanted order."""
    found = [
        experiment
        for experiment in experiments
        if all(word in f"{experiment.title} {experiment.note}".lower() for word in wanted.words)
        and any(_fits(run, wanted) for run in experiment.runs)
    ]
    _, by, descending = ORDERS[wanted.order]
    return sorted(found, key=by, reverse=descending)  # type: ignore[arg-type]
