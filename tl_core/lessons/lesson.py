"""What a lesson is: a question, a guess, the runs that answer it, and what to make of them. The entries: lessons.py."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from statistics import mean
from typing import Any, NamedTuple

from tl_core import catalog
from tl_core.base.events import Summary
from tl_core.base.settings import ASSETS
from tl_core.base.spec import RunSpec, nested, run_spec
from tl_core.catalog import rates
from tl_core.races.race import Race, race_of

TEXTS = ASSETS / "lessons"
# Few labels give few steps; small batches make more of them.
FEW: dict[str, Any] = {
    "backbone": "tiny_resnet_glyphs",
    "image_size": 32,
    "data.dataset": "pictograms",
    "data.per_class": 5,
    "data.test_images": 500,
    "optimizer.name": "sgd",
    "batch_size": 8,
    "epochs": 10,
    "strategy": "feature_extraction",
}
LAB: dict[str, Any] = {
    "backbone": "tiny_resnet_glyphs",
    "image_size": 32,
    "dataset": "pictograms",
    "per_class": 5,
    "test_images": 500,
    "optimizer": "sgd",
    "batch_size": 8,
    "epochs": 10,
}
# Real ImageNet weights on photographs, at a size and a budget that two cores carry in about a minute.
PHOTOGRAPHS: dict[str, Any] = {
    "backbone": "mobilenet_075",
    "data.dataset": "cifar10",
    "image_size": 64,
    "data.test_images": 200,
    "epochs": 8,
}
HIGH_RATE = 30 * rates.fine_tuning(run_spec(**nested(FEW))).backbone
AFTER = "<!-- after the run -->"  # in a text: what follows is shown once the answer is there


class RunResult(NamedTuple):
    """What one run of a lesson measured. The accuracies are of its last epoch, in [0, 1]."""

    summary: Summary
    train_accuracy: float
    val_accuracy: float


Results = Mapping[str, Sequence[RunResult]]  # arm → one result per seed
Measured = dict[str, float]


@dataclass(frozen=True)
class Arm:
    """One of the ways that a lesson sets side by side. `settings` changes the lesson's base, dotted where nested."""

    title: str
    settings: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Slider:
    """A guess by a number. `answer` names the measured value it is held against; `unit` is '%' or 'points'."""

    label: str
    answer: str
    low: int = 0
    high: int = 100
    unit: str = "%"


@dataclass(frozen=True)
class Choice:
    """A guess by choosing one of `options`, value → words; `answer` says from what was measured which one it was."""

    label: str
    options: Mapping[str, str]
    answer: Callable[[Measured], str]


@dataclass(frozen=True)
class Lesson:
    """One question, and the runs that answer it.

    `shown` is what the figure draws of each run, and `shown_title` its name; every arm's mean of it over the seeds
    is measured, and `more` adds to that. `effects`: measured numbers in points that are above zero where the
    expectation holds, and what they are in words. `expected` says what to expect and `source` who found it; `evidence`
    names rows of our own table: (data set, labels per class, backbone, strategy). `change` is what to change next, and
    `next` that race in the Lab. `larger` are the settings of a form with real ImageNet weights and photographs,
    offered where they are.
    """

    title: str
    question: str
    guess: Slider | Choice
    arms: Mapping[str, Arm]
    expected: str
    source: str
    effects: Mapping[str, str]
    change: str
    next: Mapping[str, Any]
    base: Mapping[str, Any] = field(default_factory=dict)
    seeds: tuple[int, ...] = (0, 1, 2)
    shown: Callable[[RunResult], float] = lambda outcome: outcome.summary.test_accuracy
    shown_title: str = "Test accuracy"
    more: Callable[[Results, Measured], Measured] = lambda results, means: {}
    evidence: tuple[tuple[str, int, str, str], ...] = ()
    larger: Mapping[str, Any] = field(default_factory=dict)
    pitfall: bool = False

    def specs(self, changes: Mapping[str, Any] | None = None) -> list[tuple[str, RunSpec]]:
        """(arm, spec) of every run, seeds outermost, so that one whole comparison is there early.

        `changes` replaces settings of every arm: `larger`, or a smaller budget.
        """
        return [
            (
                name,
                run_spec(**nested({**self.base, **arm.settings, **(changes or {}), "seed": seed, "data.seed": seed})),
            )
            for seed in self.seeds
            for name, arm in self.arms.items()
        ]

    @property
    def larger_is_here(self) -> bool:
        """Whether the lesson has a larger form and everything that it needs is on this machine."""
        return bool(self.larger) and (
            catalog.backbone_availability(self.larger["backbone"]).kind == "local"
            and catalog.dataset_availability(self.larger["data.dataset"]).kind == "local"
        )

    def race(self) -> Race:
        """The settings that the Lab opens with when one thing is to be changed."""
        return race_of(**self.next)

    def measure(self, results: Results) -> Measured:
        """Plain numbers: the mean of `shown` for every arm, and what the lesson adds."""
        means = {name: mean(self.shown(outcome) for outcome in results[name]) for name in self.arms}
        return means | self.more(results, means)

    def answer(self, measured: Measured) -> float | str:
        """What the guess is held against: a number in the slider's unit, or the right option of the choice."""
        return measured[self.guess.answer] if isinstance(self.guess, Slider) else self.guess.answer(measured)


def text(lesson_id: str) -> tuple[str, str]:
    """The prose of a lesson as Markdown: (what stands before the run, what stands after it)."""
    before, _, after = (TEXTS / f"{lesson_id}.md").read_text(encoding="utf-8").partition(AFTER)
    return before.strip(), after.strip()


def points(better: float, worse: float) -> float:
    """The difference of two accuracies in points: 0.75, 0.5 → 25."""
    return 100 * (better - worse)


def plain_source(source: str) -> str:
    """A source without the Markdown of its links, for a terminal."""
    return re.sub(r"\[([^\]]*)\]\(([^)]*)\)", r"\1 (\2)", source)
