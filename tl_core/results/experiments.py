"""Experiments as words and rows: how an experiment stands, what came out, how long is left."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from functools import reduce
from operator import and_
from statistics import fmean
from typing import TYPE_CHECKING, Any

from tl_core.base.events import TESTING, numbers
from tl_core.base.spec import Status
from tl_core.base.wording import duration, many, percent
from tl_core.catalog import BACKBONES, STRATEGIES, Modality, dataset
from tl_core.races import labels
from tl_core.results import headline, references
from tl_core.results.arm import Arm, arms, score, scores, seeds_of
from tl_core.results.headline import Standing
from tl_core.results.lead import Seeds, against_twin
from tl_core.results.over_seeds import means
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


def classes_of(run: Run) -> tuple[str, ...]:
    """The classes a run tells apart, in the order of its labels."""
    return run.spec.data.classes or dataset(run.spec.data.dataset).classes


def held(runs: Sequence[Run]) -> Modality:
    """What the data set of these runs holds."""
    return dataset(runs[0].spec.data.dataset).holds


def title(experiment: Experiment) -> str:
    """What an experiment is called; one that nobody named, such as of the command line, by what it was run on."""
    if experiment.title:
        return experiment.title
    spec = experiment.runs[0].spec
    return f"{BACKBONES[spec.backbone].title} on {dataset(spec.data.dataset).title}, {labels.words(spec.data)}"


def setting(experiment: Experiment) -> str:
    """What all arms of an experiment have in common, in short."""
    spec, seeds = experiment.runs[0].spec, list(dict.fromkeys(run.spec.seed for run in experiment.runs))
    takes = BACKBONES[spec.backbone].takes
    parts = [
        BACKBONES[spec.backbone].title,
        dataset(spec.data.dataset).title,
        labels.words(spec.data),
        *([takes.of_size(spec.image_size)] if takes.sizes else []),
        many(spec.epochs, "epoch"),
        f"seed {seeds[0]}" if len(seeds) == 1 else f"seeds {', '.join(map(str, seeds))}",
        *(["balanced class weights"] if spec.data.class_weight == "balanced" else []),
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
    return held(experiment.runs).said(headline.final(scores(experiment.runs)))


def beside(runs: Sequence[Run]) -> str:
    """How far the best arm is ahead of what needs no network, in a sentence; "" where there is none."""
    words = references.words(runs)
    return held(runs).said(words) if words else ""


def lesson(experiment: Experiment) -> str:
    """What an experiment with few labels has shown, in one sentence."""
    tested = next((run.summary for run in experiment.runs if run.summary is not None), None)
    said = headline.lesson(scores(experiment.runs), labels.of_run(tested) if tested else "")
    return held(experiment.runs).said(said)


def standing(experiment: Experiment, metrics: pd.DataFrame, few_labels: bool = False) -> str:
    """How an experiment stands: the test result once every arm has ended, validation until then.

    `few_labels`: say of the result on how few labels it rests.
    """
    runs = experiment.runs
    over = not any(run.active for run in runs)
    if over and any(run.summary is not None for run in runs):
        return lesson(experiment) if few_labels else outcome(experiment)
    if all(run.status == "queued" for run in runs):
        return "The race waits for a free worker."
    counted = _counted(runs)
    said = headline.live(
        [Standing(arm.title, arm.strategy, _accuracies(arm, counted, metrics)) for arm in arms(runs)],
        labels.validation_images(runs[0].spec.data),
        over,
        len(counted),
    )
    return held(runs).said(said)


def _counted(runs: Sequence[Run]) -> list[Seeds]:
    """The seeds with which every arm has ended; the first while there are none."""
    going = {seeds_of(run) for run in runs if run.active}
    every = list(dict.fromkeys(seeds_of(run) for run in runs))
    return [seeds for seeds in every if seeds not in going] or every[:1]


def _accuracies(arm: Arm, seeds: Collection[Seeds], metrics: pd.DataFrame) -> dict[int, float]:
    """Validation accuracy by epoch: the mean over these seeds at the epochs that all of them have finished."""
    each = [_accuracies_of(run.id, metrics) for run in arm.runs if seeds_of(run) in seeds]
    common = set.intersection(*map(set, each)) if each else set()
    return {epoch: fmean(one[epoch] for one in each) for epoch in common}


def _accuracies_of(run_id: str, metrics: pd.DataFrame) -> dict[int, float]:
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
        where = waiting(place)
        return share(run), f"{where}. {run.reason}" if run.reason else where
    if run.status == "finished":
        return 1.0, f"finished after {duration(run.summary.total_s)}" if run.summary else "finished"
    if run.status == "stopped":
        return share(run), run.reason or "stopped"
    if run.status != "running":
        return share(run), f"{STATUS_WORDS[run.status]}: {run.reason}" if run.reason else STATUS_WORDS[run.status]
    parts = [run.progress_label or "Starting"]
    if run.stop_requested_at is not None:
        parts = ["Stopping"]
    elif run.images_per_s:
        parts.append(f"{run.images_per_s:,.0f} {held([run]).many}/s")
    left = seconds_left(run, metrics)
    if left and run.images_per_s and run.stop_requested_at is None:
        parts.append(f"{'at most' if run.spec.patience else 'about'} {duration(left)} left")
    return share(run), " · ".join(parts)


def waiting(place: int | None) -> str:
    """Where in the queue a run is. `place`: 1 for the one that begins next; None when it is not known."""
    if place is None:
        return "in the queue"
    return f"in the queue, {many(place - 1, 'run')} ahead" if place > 1 else "next in the queue"


def share(run: Run) -> float:
    """How much of a run is done, in [0, 1]: all that it trains, once it is tested."""
    if run.progress_label.startswith(TESTING):
        return 1.0
    return min(run.progress_done / run.progress_total, 1.0) if run.progress_total else 0.0


def arm_progress(runs: Sequence[Run], metrics: pd.DataFrame, places: Mapping[str, int]) -> tuple[float, str]:
    """(share done in [0, 1], what it is doing now in words) of an arm. `places`: of its runs in the queue."""
    each = [progress(run, metrics, places.get(run.id)) for run in runs]
    order: tuple[Status, ...] = ("failed", "interrupted", "stopped", "running", "queued", "finished")
    shown = min(range(len(runs)), key=lambda i: order.index(runs[i].status))
    words = each[shown][1]
    if len(runs) > 1:
        words += f" · {sum(not run.active for run in runs)} of {len(runs)} seeds"
    return fmean(done for done, _ in each), words


def accuracy_words(arm: Arm, metrics: pd.DataFrame) -> str:
    """The accuracy that stands beside an arm: on the test images once it is known, else on the validation images."""
    if arm.tested:
        return f"{percent(score(arm).accuracy)} test"
    accuracies = _accuracies(arm, _counted(arm.runs), metrics)
    return f"{percent(accuracies[max(accuracies)])} validation" if accuracies else ""


def tests(runs: Sequence[Run]) -> dict[str, tuple[float, float, float]]:
    """id of an arm → its accuracy on the test images and the 95 % interval of it, in [0, 1], as the headline has it."""
    ids = {arm.title: arm.id for arm in arms(runs)}
    return {ids[one.title]: (one.accuracy, one.low, one.high) for one in scores(runs)}


def span(runs: Sequence[Run]) -> int | None:
    """How many epochs there will be at most; None where early stopping leaves it open."""
    return None if any(run.spec.patience for run in runs) else max(run.spec.epochs for run in runs)


def table(runs: Sequence[Run]) -> list[dict[str, Any]]:
    """One row for each arm that was tested: what the result table and the figures are drawn from.

    Numbers are means over its seeds; None where one of them is not defined. The interval of the accuracy is over seeds
    where there are several, and `spread` their standard deviation; with one seed it is None.
    """
    return [_row(arm) for arm in arms([run for run in runs if run.summary is not None])]


def _row(arm: Arm) -> dict[str, Any]:
    found = score(arm)
    return {
        "run_id": arm.id,
        "title": arm.title,
        "strategy": arm.strategy,
        "status": next((run.status for run in arm.runs if run.status != "finished"), "finished"),
        "seeds": len(arm.runs),
        **means([numbers(run.summary) for run in arm.runs]),
        "test_accuracy_low": found.low,
        "test_accuracy_high": found.high,
        "spread": found.spread,
    }


def each_run(runs: Sequence[Run]) -> list[dict[str, Any]]:
    """A row in words for every run that was tested, seed by seed: its interval is about the luck of the test images."""
    rows = []
    for seeds in dict.fromkeys(seeds_of(run) for run in runs):
        found = scores([run for run in runs if seeds_of(run) == seeds])
        against = against_twin(found)
        rows += [
            {
                "Seed": seeds[0],
                "Arm": one.title,
                "Accuracy": percent(one.accuracy),
                "95 % interval": f"{percent(one.low)} – {percent(one.high)}",
                "Against from scratch": against.get(one.title, ""),
            }
            for one in found
        ]
    return rows


def kept(runs: Sequence[Run]) -> dict[str, Kept]:
    """run id → how its backbone does on its source task, for the first run of every arm where that was measured."""
    return {
        arm.id: Kept(arm.title, arm.strategy, arm.runs[0].summary.source_task)
        for arm in arms(runs)
        if arm.runs[0].summary is not None and arm.runs[0].summary.source_task is not None
    }


def title_of(run: Run) -> str:
    """What to call a run's model: the arm and its experiment."""
    experiment = open_store().experiment(run.experiment_id)
    about = title(experiment) if experiment is not None else "a run of Transfer Lab"
    return f"{STRATEGIES[run.strategy].title}: {about}"
