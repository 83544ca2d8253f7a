"""How the default learning rate from scratch was found: `python -m tl_core.ml.making.tune`.

Trains the twin from scratch at every rate of a grid and writes one row a run to assets/evidence/learning_rates.csv,
by validation accuracy; test images play no part. Rows that are there already are not measured again.
"""

from __future__ import annotations

import argparse
import csv
import tempfile
from itertools import product
from pathlib import Path
from typing import Any

from tl_core.base.events import Event, Metric, RunError
from tl_core.base.settings import ASSETS
from tl_core.base.spec import RunSpec, run_spec
from tl_core.ml.training import train

TABLE = ASSETS / "evidence" / "learning_rates.csv"
RATES = {"adam": (3e-4, 1e-3, 3e-3, 1e-2), "sgd": (0.01, 0.03, 0.05, 0.1, 0.3)}
TASKS: tuple[dict[str, Any], ...] = (
    {"backbone": "tiny_resnet_cifar100", "image_size": 32, "data": {"dataset": "digits", "per_class": 50}},
    {"backbone": "tiny_resnet_cifar100", "image_size": 32, "data": {"dataset": "cifar10", "per_class": 50}},
    {"backbone": "tiny_resnet_cifar100", "image_size": 32, "data": {"dataset": "pictograms", "per_class": 50}},
    {"backbone": "mobilenet_075", "image_size": 64, "data": {"dataset": "cifar10", "per_class": 20}},
)
COLUMNS = (
    "backbone",
    "dataset",
    "per_class",
    "image_size",
    "optimizer",
    "learning_rate",
    "seed",
    "epochs",
    "val_accuracy",
    "val_loss",
)


def specs(seeds: int) -> list[RunSpec]:
    """The grid, tasks outermost."""
    return [
        run_spec(
            **task, strategy="from_scratch", epochs=10, seed=seed, optimizer={"name": optimizer, "learning_rate": rate}
        )
        for task, optimizer, seed in product(TASKS, RATES, range(seeds))
        for rate in RATES[optimizer]
    ]


def key(spec: RunSpec) -> tuple[str, ...]:
    """What identifies a row: every column before the measured ones, as text."""
    data, optimizer = spec.data, spec.optimizer
    parts = (
        spec.backbone,
        data.dataset,
        data.per_class,
        spec.image_size,
        optimizer.name,
        optimizer.learning_rate,
        spec.seed,
        spec.epochs,
    )
    return tuple(str(part) for part in parts)


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
    parser.add_argument("--seeds", type=int, default=2)
    arguments = parser.parse_args()
    TABLE.parent.mkdir(parents=True, exist_ok=True)
    done = set()
    if TABLE.exists():
        with TABLE.open(newline="", encoding="utf-8") as file:
            done = {tuple(row[:8]) for row in csv.reader(file)}
    else:
        TABLE.write_text(",".join(COLUMNS) + "\n", encoding="utf-8")
    for spec in specs(arguments.seeds):
        if key(spec) in done:
            continue
        measured = ["" if value is None else f"{value:.4f}" for value in measure(spec)]
        with TABLE.open("a", newline="", encoding="utf-8") as file:
            csv.writer(file, lineterminator="\n").writerow([*key(spec), *measured])
        print(*key(spec), *measured, flush=True)


if __name__ == "__main__":
    main()
