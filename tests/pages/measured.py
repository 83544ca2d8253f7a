"""Experiments recorded through the store's own interface, as a worker records them."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from tl_core.base.events import Accuracy, Answers, ClassScore, Event, Metric, Note, Progress, ShiftScore, Summary
from tl_core.base.spec import ShiftKind
from tl_core.catalog import card
from tl_core.catalog.strategies import recipe
from tl_core.races.race import Race, race_of
from tl_core.store import Run, Store

ME = "the-student-of-this-test"

RACE = race_of(
    backbone="tiny_resnet_cifar100",
    dataset="digits",
    image_size=32,
    per_class=20,
    arms=("from_scratch", "fine_tune_all"),
    epochs=3,
    test_images=None,
)


def submit(store: Store, owner: str, race: Race = RACE, title: str = "A race") -> str:
    return store.submit(race.specs(), owner, title)


def train(store: Store, experiment_id: str, epochs: int = 2, accuracies: Sequence[float] = (0.4, 0.71)) -> None:
    """Let every arm run for so many epochs, up to its accuracy."""
    found = store.experiment(experiment_id)
    assert found is not None
    for run, accuracy in zip(found.runs, accuracies, strict=True):
        assert store.claim(run.id, "worker", 1) is not None
        events: list[Event] = [Note("Nothing is cached: every layer trains."), Progress("Training", epochs, 3, 512.0)]
        for epoch in range(1, epochs + 1):
            for split in ("train", "val"):
                for name, value in (("accuracy", accuracy * epoch / epochs), ("loss", 2.0 / epoch)):
                    events.append(Metric(0, epoch, 10 * epoch, 2.5 * epoch, 200 * epoch, split, name, value))
        assert store.record(run.id, 1, events)


def finish(store: Store, experiment_id: str, accuracies: Sequence[float] = (0.4, 0.71)) -> None:
    """Every arm ends with this test accuracy on 1,000 images of ten classes."""
    found = store.experiment(experiment_id)
    assert found is not None
    for run, accuracy in zip(found.runs, accuracies, strict=True):
        assert store.finish(run.id, 1, "finished", summary=summary(accuracy))


def shifted(summary: Summary, plain: float, adapted: float | None) -> Summary:
    """The summary of a run that was also tested on noisy and on blurred images, 1,000 each."""

    def accuracy(value: float) -> Accuracy:
        right = np.arange(1000) < 1000 * value
        answers = Answers.of(np.arange(1000), np.repeat(np.arange(10), 100), right)
        return Accuracy(value=value, low=value - 0.03, high=value + 0.03, answers=answers)

    remedy = None if adapted is None else accuracy(adapted)
    kinds: tuple[ShiftKind, ...] = ("noise", "blur")
    scores = [ShiftScore(kind=kind, plain=accuracy(plain), adapted=remedy) for kind in kinds]
    return summary.model_copy(update={"shifted": scores, "adapted": remedy and accuracy(summary.test_accuracy - 0.1)})


def of_run(run: Run, accuracy: float) -> Summary:
    """The same of a run that was measured with today's defaults."""
    return summary(accuracy).model_copy(update={"recipe": recipe(run.spec, card(run.spec.backbone).stage_names)})


def summary(accuracy: float) -> Summary:
    right = round(100 * accuracy)
    return Summary(
        test_accuracy=accuracy,
        test_accuracy_low=accuracy - 0.03,
        test_accuracy_high=accuracy + 0.03,
        macro_f1=accuracy - 0.01,
        roc_auc=0.9,
        test_loss=1.0,
        test_images=1000,
        train_images=200,
        val_images=200,
        per_class=[
            ClassScore(name=str(digit), precision=accuracy, recall=accuracy, f1=accuracy, support=100)
            for digit in range(10)
        ],
        confusion=[[right if i == j else (100 - right) // 9 for j in range(10)] for i in range(10)],
        prefix_s=1.5,
        train_s=6.0,
        total_s=9.0,
        epochs=3,
        steps=30,
        trainable_params=1000,
        total_params=2000,
        cut=None,
        prefix_images_per_s=None,
        train_images_per_s=500.0,
        prefix_from_cache=False,
        early_stopped=False,
        notes=[],
        versions={"keras": "3"},
        answers=Answers.of(np.arange(1000), np.repeat(np.arange(10), 100), np.arange(1000) < 1000 * accuracy),
    )
