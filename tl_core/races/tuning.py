"""What was tried to find the defaults of every strategy: tasks, and grids with as many tries for each strategy.

`python -m tl_core.ml.making.tune GRID` measures them on validation images; the rows are assets/evidence/tuning.csv.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from itertools import product
from typing import Any, NamedTuple

from tl_core.base.settings import ASSETS
from tl_core.base.spec import RunSpec, run_spec
from tl_core.races import fields

ROWS = ASSETS / "evidence" / "tuning.csv"
EPOCHS = {5: 20, 20: 12, 50: 10, 200: 6}  # by labels per class: few images make few steps per epoch
SHARES = {5: 0.89, 20: 0.7, 50: 0.5, 200: 0.2}  # so that 40 to 50 images per class validate: a point is a real one
FAR = 0.06  # of validation accuracy: on so many images three standard errors of a difference
Settings = dict[str, Any]  # by their names in `fields`; in capitals: a constant of `catalog.strategies`


class Task(NamedTuple):
    """What the strategies are tuned on. `labels`: numbers per class."""

    backbone: str
    dataset: str
    image_size: int
    labels: tuple[int, ...]


class Try(NamedTuple):
    """One run of a grid."""

    task: Task
    labels: int
    strategy: str
    settings: Settings
    seed: int

    @property
    def spec(self) -> RunSpec:
        given = {name: value for name, value in self.settings.items() if not name.isupper()}
        return fields.changed(
            run_spec(strategy=self.strategy),
            backbone=self.task.backbone,
            dataset=self.task.dataset,
            image_size=self.task.image_size,
            per_class=self.labels,
            validation_share=SHARES[self.labels],
            test_images=10,
            epochs=EPOCHS[self.labels],
            seed=self.seed,
            split_seed=self.seed,
            **given,
        )

    @property
    def constants(self) -> Settings:
        return {name: value for name, value in self.settings.items() if name.isupper()}

    def row(self) -> dict[str, str]:
        """What identifies it, as text."""
        return {
            "backbone": self.task.backbone,
            "dataset": self.task.dataset,
            "per_class": str(self.labels),
            "strategy": self.strategy,
            "tried": written(self.settings),
            "seed": str(self.seed),
        }


TASKS = (
    Task("tiny_resnet_glyphs", "pictograms", 32, (5, 20, 50, 200)),
    Task("tiny_resnet_cifar100", "cifar10", 32, (5, 20, 50, 200)),
    Task("tiny_resnet_cifar100", "digits", 32, (5, 20)),
    Task("mobilenet_025", "cifar10", 64, (5, 20, 50, 200)),
    Task("mobilenet_075", "cifar10", 64, (5, 20, 50, 200)),
    Task("mobilenet_100", "cifar10", 64, (5, 20, 50, 200)),
)
SMALL = tuple(task._replace(labels=(20,)) for task in TASKS[:4])  # for what matters less than the rate


def _each(name: str, *values: Any, **fixed: Any) -> list[Settings]:
    return [{**fixed, name: value} for value in values]


MODES = _each("batch_norm", "inference", "affine", "training")
FINE, HIGH, HIGHER = (3e-5, 1e-4, 3e-4, 1e-3, 3e-3), (3e-4, 1e-3, 3e-3, 1e-2, 3e-2), (1e-3, 3e-3, 1e-2, 3e-2, 1e-1)
STEEP = (5e-3, 1.5e-2, 5e-2, 1.5e-1, 5e-1)
TUNING = ("fine_tune_top", "fine_tune_all", "lp_ft", "gradual_unfreezing", "layerwise_rates")
BESIDES = [*_each("schedule", "constant", "warmup_cosine"), *_each("weight_decay", 1e-2, 1e-1, optimizer="adamw")]
IN_STEPS = [{"probe": "steps", **tried} for tried in BESIDES]  # a solved probe knows neither
GRIDS: dict[str, dict[str, list[Settings]]] = {  # strategy → its tries; a try not named holds the default
    "batch_norm": dict.fromkeys(("fine_tune_top", "fine_tune_all", "lp_ft"), MODES),
    "rates": {
        "from_scratch": _each("learning_rate", *HIGH),
        "feature_extraction": _each("learning_rate", *HIGHER),
        **{name: _each("learning_rate", *FINE) for name in TUNING},
    },
    "sgd": {
        "from_scratch": _each("learning_rate", *STEEP, optimizer="sgd"),
        "feature_extraction": _each("learning_rate", *STEEP, optimizer="sgd"),
        **{name: _each("learning_rate", *HIGH, optimizer="sgd") for name in TUNING},
    },
    "besides": {  # weight decay, warm-up, and two tries at what is the strategy's own
        "from_scratch": [*BESIDES, *_each("batch_size", 16, 64)],
        "feature_extraction": [*IN_STEPS, *_each("head_start", "zeros", "random", probe="steps")],
        "fine_tune_top": [*BESIDES, *_each("head_rate", 1e-3, 3e-2)],
        "fine_tune_all": [*BESIDES, *_each("head_rate", 1e-3, 3e-2)],
        "lp_ft": [*BESIDES, *_each("PROBE_SHARE", 0.25, 0.75)],
        "gradual_unfreezing": [*BESIDES, *_each("head_rate", 1e-3, 1e-2)],
        "layerwise_rates": [*BESIDES, *_each("DECAY", 0.35, 0.7)],
    },
}


def tries(grid: str, seeds: int) -> Iterator[Try]:
    """Every run of a grid, all of one seed before the next, the same number for every strategy."""
    tasks = TASKS if grid in ("batch_norm", "rates") else SMALL
    for seed, task in product(range(seeds), tasks):
        for labels, (strategy, settings) in product(task.labels, GRIDS[grid].items()):
            for tried in settings:
                yield Try(task, labels, strategy, tried, seed)


def hopeless(one: Try, grid: str, rows: Iterable[Mapping[str, str]]) -> bool:
    """Whether a further seed of a try is spared: with the first seed it was FAR behind the best of its strategy.

    So Maron and Moore 1994, Hoeffding Races, section 2, leave out what cannot win. `rows`: as ROWS has them.
    """
    wanted = [one._replace(settings=settings, seed=0).row().items() for settings in GRIDS[grid][one.strategy]]
    scores = {
        row["tried"]: float(row["val_accuracy"] or 0) for row in rows if any(its <= row.items() for its in wanted)
    }
    tried = one.row()["tried"]
    return one.seed > 0 and tried in scores and scores[tried] < max(scores.values()) - FAR


def written(settings: Settings) -> str:
    """The settings of a try as its row has them."""
    return " ".join(f"{name}={value}" for name, value in settings.items())
