"""Experiments as words and rows: how an experiment stands, what came out, how long is left."""

from __future__ import annotations

from collections.abc import Sequence
from functools import reduce
from operator import and_
from typing import TYPE_CHECKING, Any

from tl_core.base.events import numbers
from tl_core.base.spec import Status
from tl_core.base.wording import duration, many
from tl_core.catalog import BACKBONES, STRATEGIES, dataset
from tl_core.races import labels
from tl_core.results import headline
from tl_core.results.headline import Score, Standing
from tl_core.results.source_task import Kept
from tl_core.store import open_store

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd

    from tl_core.store.tables import Experiment, Run

STATUS_WORDS: dict[Status, str] = {
    "queued": "in the queue",
    "running": "running",
    "finished": "finished",
    "stopped": "stopped",
    "failed": "failed",
    "interrupted": "interrupted",
}


def arm_titles(runs: Sequence[Run]) -> dict[str, str]:
    """run id → what to call the arm; a number tells apart two arms of the same strategy."""
    seen: dict[str, int] = {}
    titles = {}
    for run in runs:
        seen[run.strategy] = seen.get(run.strategy, 0) + 1
        name = STRATEGIES[run.strategy].title if run.strategy in STRATEGIES else run.strategy
        titles[run.id] = name if seen[run.strategy] == 1 else f"{name} {seen[run.strategy]}"
    return titles


def classes_of(run: Run) -> tuple[str, ...]:
    """The classes a run tells apart, in the order of its labels."""
    return run.spec.data.classes or dataset(run.spec.data.dataset).classes


def title(experiment: Experiment) -> str:
    """What an experiment is called; one that nobody named, such as of the command line, by what it was run on."""
    if experiment.title:
        return experiment.title
    spec = experiment.runs[0].spec
    return f"{BACKBONES[spec.backbone].title} on {dataset(spec.data.dataset).title}, {labels.words(spec.data)}"


def setting(experiment: Experiment) -> str:
    """What all arms of an experiment have in common, in short."""
    spec = experiment.runs[0].spec
    parts = [
        BACKBONES[spec.backbone].title,
        dataset(spec.data.dataset).title,
        labels.words(spec.data),
        f"{spec.image_size}×{spec.image_size} pixels",
        many(spec.epochs, "epoch"),
        f"seed {spec.seed}",
    ]
    return " · ".join(parts)


def state(experiment: Experiment) -> str:
    """One word or two for a whole experiment."""
    counts: dict[Status, int] = {}
    for run in experiment.runs:
        counts[run.status] = counts.get(run.status, 0) + 1
    if len(counts) == 1:
        return STATUS_WORDS[next(iter(counts))]
    return ", ".join(f"{count} {STATUS_WORDS[status]}" for status, count in counts.items())


def outcome(experiment: Experiment) -> str:
    """The test result of an experiment in one or two sentences."""
    return headline.final(_scores(experiment))


def lesson(experiment: Experiment) -> str:
    """What an experiment with few labels has shown, in one sentence."""
    tested = next((run.summary for run in experiment.runs if run.summary is not None), None)
    return headline.lesson(_scores(experiment), labels.of_run(tested) if tested else "")


def _scores(experiment: Experiment) -> list[Score]:
    titles = arm_titles(experiment.runs)
    return [
        Score(
            titles[run.id],
            run.strategy,
            found.test_accuracy,
            found.test_accuracy_low,
            found.test_accuracy_high,
            found.test_images,
            found.answers,
            resampled(run),
        )
        for run in experiment.runs
        if (found := run.summary) is not None
    ]


def resampled(run: Run) -> str:
    """How to go on after an interval of a run's test: ", by resampling 200 designs"; "" where images stand alone."""
    groups = run.summary.test_groups if run.summary else None
    return "" if groups is None else f", by resampling {groups:,} {dataset(run.spec.data.dataset).groups}"


def standing(experiment: Experiment, metrics: pd.DataFrame, few_labels: bool = False) -> str:
    """How an experiment stands: the test result once every arm has ended, validation until then.

    `few_labels`: say of the result on how few labels it rests.
    """
    runs = experiment.runs
    over = not any(run.active for run in runs)
    if over and any(run.summary is not None for run in runs):
        return lesson(experiment) if few_labels else outcome(experiment)
    titles = arm_titles(runs)
    return headline.live(
        [Standing(titles[run.id], run.strategy, _accuracies(metrics, run.id)) for run in runs],
        labels.validation_images(runs[0].spec.data),
        over,
    )


def _accuracies(metrics: pd.DataFrame, run_id: str) -> dict[int, float]:
    epochs, values = _columns(metrics, ("epoch", "value"), run_id=run_id, split="val", name="accuracy")
    return {
        round(epoch): value for epoch, value in zip(epochs.tolist(), values.tolist(), strict=True) if round(epoch) >= 1
    }


def _columns(metrics: pd.DataFrame, names: Sequence[str], **wanted: str) -> list[np.ndarray]:
    """These columns of the rows with the wanted values: for a page that asks at every look, quicker than pandas."""
    chosen = reduce(and_, (metrics[name].to_numpy() == value for name, value in wanted.items())).nonzero()[0]
    return [metrics[name].to_numpy()[chosen] for name in names]


def seconds_left(run: Run, metrics: pd.DataFrame) -> float | None:
    """About how long a run will go on, from the pace of its last half epoch; None until there is a pace."""
    if run.status != "running":
        return None
    epochs, elapsed = _columns(metrics, ("epoch", "elapsed_s"), run_id=run.id, name="loss")
    if not len(epochs):
        return None
    order = epochs.argsort(kind="stable")
    epochs, elapsed = epochs[order], elapsed[order]
    earlier = (epochs <= epochs[-1] - 0.5).nonzero()[0]
    if not len(earlier):
        return None
    before = earlier[-1]
    pace = (elapsed[-1] - elapsed[before]) / (epochs[-1] - epochs[before])
    left = float(pace * (run.spec.epochs - epochs[-1]))
    if run.spec.seconds is not None:
        left = min(left, run.spec.seconds - float(elapsed[-1]))
    return max(left, 0.0)


def progress(run: Run, metrics: pd.DataFrame, place: int | None) -> tuple[float, str]:
    """(share done in [0, 1], what the run is doing now in words). `place` is its place in the queue."""
    if run.status == "queued":
        where = f"number {place} in the queue" if place else "in the queue"
        return _share(run), f"{where}. {run.reason}" if run.reason else where
    if run.status == "finished":
        return 1.0, f"finished after {duration(run.summary.total_s)}" if run.summary else "finished"
    share = _share(run)
    if run.status == "stopped":
        return share, run.reason or "stopped"
    if run.status != "running":
        return share, f"{STATUS_WORDS[run.status]}: {run.reason}" if run.reason else STATUS_WORDS[run.status]
    parts = [run.progress_label or "Starting"]
    if run.stop_requested_at is not None:
        parts = ["Stopping"]
    elif run.images_per_s:
        parts.append(f"{run.images_per_s:,.0f} images/s")
    left = seconds_left(run, metrics)
    if left and run.images_per_s and run.stop_requested_at is None:
        parts.append(f"about {duration(left)} left")
    return share, " · ".join(parts)


def _share(run: Run) -> float:
    return min(run.progress_done / run.progress_total, 1.0) if run.progress_total else 0.0


def table(runs: Sequence[Run]) -> list[dict[str, Any]]:
    """One row for each run that was tested: what the result table and the figures are drawn from."""
    titles = arm_titles(runs)
    return [
        {
            "run_id": run.id,
            "title": titles[run.id],
            "strategy": run.strategy,
            "status": run.status,
            **numbers(run.summary),
        }
        for run in runs
        if run.summary is not None
    ]


def kept(runs: Sequence[Run]) -> dict[str, Kept]:
    """run id → how its backbone does on its source task, for the runs where that was measured."""
    titles = arm_titles(runs)
    return {
        run.id: Kept(titles[run.id], run.strategy, run.summary.source_task)
        for run in runs
        if run.summary is not None and run.summary.source_task is not None
    }


def title_of(run: Run) -> str:
    """What to call a run's model: the arm and its experiment."""
    experiment = open_store().experiment(run.experiment_id)
    about = title(experiment) if experiment is not None else "a run of Transfer Lab"
    return f"{STRATEGIES[run.strategy].title}: {about}"
