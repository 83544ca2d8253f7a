"""How the defaults of every strategy were found: `python -m tl_core.ml.making.tune batch_norm` and `… rates`.

Trains every strategy over one grid with as many tries for each and writes a row per run to
assets/evidence/tuning_<grid>.csv, by accuracy and loss on validation images; test images play no part. Rows that are
there already are not measured again. The twin from scratch was tuned in the same way, on more rates, in
learning_rates.csv.
"""

from __future__ import annotations

import argparse
import csv
import tempfile
from collections.abc import Iterator
from itertools import product
from pathlib import Path
from typing import Any

from tl_core.base.events import Event, Metric, RunError
from tl_core.base.settings import ASSETS
from tl_core.base.spec import RunSpec, run_spec
from tl_core.ml.training import train
from tl_core.races import fields

EPOCHS = {5: 20, 20: 12, 50: 10, 200: 6}  # by labels per class: few images make few steps per epoch
SHARES = {5: 0.89, 20: 0.7, 50: 0.5, 200: 0.2}  # so that 40 to 50 images per class validate: a point is a real one
TASKS: tuple[dict[str, Any], ...] = (
    {"backbone": "tiny_resnet_glyphs", "dataset": "pictograms", "image_size": 32, "labels": (5, 20, 50)},
    {"backbone": "tiny_resnet_cifar100", "dataset": "cifar10", "image_size": 32, "labels": (5, 20, 50)},
    {"backbone": "tiny_resnet_cifar100", "dataset": "digits", "image_size": 32, "labels": (5, 20)},
    {"backbone": "mobilenet_025", "dataset": "cifar10", "image_size": 64, "labels": (5, 20)},
    {"backbone": "mobilenet_075", "dataset": "cifar10", "image_size": 64, "labels": (20,)},
)
TUNING = ("fine_tune_top", "fine_tune_all", "lp_ft", "gradual_unfreezing", "layerwise_rates")
GRIDS: dict[str, dict[str, tuple[Any, ...]]] = {
    "batch_norm": {
        "strategy": ("fine_tune_top", "fine_tune_all", "lp_ft"),
        "batch_norm": ("inference", "affine", "training"),
        "learning_rate": (1e-4, 1e-3),
        "head_rate": (1e-2,),
    },
    "rates": {
        "strategy": TUNING,
        "batch_norm": ("automatic",),
        "learning_rate": (3e-5, 1e-4, 3e-4, 1e-3, 3e-3),
        "head_rate": (None,),
    },
    "head": {
        "strategy": ("fine_tune_top", "fine_tune_all", "layerwise_rates"),
        "batch_norm": ("automatic",),
        "learning_rate": (None,),
        "head_rate": (1e-3, 3e-3, 1e-2, 3e-2),
    },
}
NAMED = (
    "backbone",
    "dataset",
    "per_class",
    "image_size",
    "strategy",
    "batch_norm",
    "learning_rate",
    "head_rate",
    "epochs",
    "seed",
)  # what identifies a row


def specs(grid: str, seeds: int) -> Iterator[RunSpec]:
    """The grid over all tasks, a whole one for each seed before the next seed."""
    axes = GRIDS[grid]
    for seed, task in product(range(seeds), TASKS):
        for labels, *values in product(task["labels"], *axes.values()):
            settings = {name: value for name, value in task.items() if name != "labels"}
            tried = dict(zip(axes, values, strict=True))
            yield fields.changed(
                run_spec(strategy=tried.pop("strategy")),
                **settings,
                **tried,
                per_class=labels,
                validation_share=SHARES[labels],
                test_images=10,
                epochs=EPOCHS[labels],
                seed=seed,
                split_seed=seed,
            )


def key(spec: RunSpec) -> tuple[str, ...]:
    """What identifies a row, as text."""
    return tuple(str(spec.strategy if name == "strategy" else fields.value(spec, name)) for name in NAMED)


def measure(spec: RunSpec) -> tuple[float | None, float | None]:
    """(validation accuracy, validation loss) at the end of the run; None where it diverged."""
    last: dict[str, float] = {}

    def keep(event: Event) -> None:
        if isinstance(event, Metric) and event.split == "val":
            last[event.name] = event.value

    with tempfile.TemporaryDirectory() as folder:
        try:
            train.run(spec, keep, lambda: False, Path(folder))
        except RunError as error:
            print(error)
            return None, None
    return last["accuracy"], last["loss"]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("grid", choices=GRIDS)
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--seed", type=int, help="this one alone")
    parser.add_argument("--backbone", help="this one alone")
    arguments = parser.parse_args()
    table = ASSETS / "evidence" / f"tuning_{arguments.grid}.csv"
    if not table.exists():
        table.write_text(",".join((*NAMED, "val_accuracy", "val_loss")) + "\n", encoding="utf-8")
    with table.open(newline="", encoding="utf-8") as file:
        done = {tuple(row[: len(NAMED)]) for row in csv.reader(file)}
    for spec in specs(arguments.grid, arguments.seeds):
        wanted = arguments.seed in (None, spec.seed) and arguments.backbone in (None, spec.backbone)
        if not wanted or key(spec) in done:
            continue
        measured = ["" if value is None else f"{value:.4f}" for value in measure(spec)]
        with table.open("a", newline="", encoding="utf-8") as file:
            csv.writer(file, lineterminator="\n").writerow([*key(spec), *measured])
        print(*key(spec), *measured, flush=True)


if __name__ == "__main__":
    main()
