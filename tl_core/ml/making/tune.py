"""Measure what the defaults of every strategy rest on: `python -m tl_core.ml.making.tune GRID`.

`tl_core.races.tuning` says what is tried. A row per run goes to assets/evidence/tuning.csv, with accuracy and loss on
validation images: test images play no part. Rows that are there are not measured again, so an interrupted command goes
on where it was; several may run at once. Further seeds are spared what is hopeless with the first.
"""

from __future__ import annotations

import argparse
import csv
import tempfile
from contextlib import nullcontext
from pathlib import Path
from unittest import mock

from tl_core.base.events import Event, Metric, RunError
from tl_core.catalog import strategies
from tl_core.ml.training import train
from tl_core.races import tuning
from tl_core.races.tuning import Try

MEASURED = ("val_accuracy", "val_loss")


def measure(one: Try) -> tuple[float, float] | None:
    """(validation accuracy, validation loss) at the end of the run; None where it diverged."""
    last: dict[str, float] = {}

    def keep(event: Event) -> None:
        if isinstance(event, Metric) and event.split == "val":
            last[event.name] = event.value

    changed = mock.patch.multiple(strategies, **one.constants) if one.constants else nullcontext()
    with tempfile.TemporaryDirectory() as folder, changed:
        try:
            train.run(one.spec, keep, lambda: False, Path(folder))
        except RunError as error:
            if not str(error).startswith("The loss became"):
                raise
            return None
    return last["accuracy"], last["loss"]


def _rows() -> list[dict[str, str]]:
    with tuning.ROWS.open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def _known(one: Try) -> bool:
    wanted = one.row().items()
    return any(wanted <= row.items() for row in _rows())


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tl_core.ml.making.tune")
    parser.add_argument("grid", choices=tuning.GRIDS)
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--only", default="", help="words that a row must have, such as: mobilenet_025 lp_ft 50")
    arguments = parser.parse_args()
    words = set(arguments.only.split())
    for one in tuning.tries(arguments.grid, arguments.seeds):
        named = one.row()
        if not words <= set(named.values()) or _known(one) or tuning.hopeless(one, arguments.grid, _rows()):
            continue
        found = measure(one)
        values = [f"{value:.4f}" for value in found] if found else ["", ""]
        with tuning.ROWS.open("a", newline="", encoding="utf-8") as file:
            csv.writer(file, lineterminator="\n").writerow([*named.values(), *values])
        print(*named.values(), *values, flush=True)


if __name__ == "__main__":
    main()
