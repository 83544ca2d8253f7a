"""The learning-rate range test: one run for each strategy, while its rate rises from 0.00001 to 1.

Smith 2017, Cyclical Learning Rates for Training Neural Networks, section 3.3.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from tl_core.studies import build
from tl_core.studies.grid import Study
from tl_core.studies.setup import Setup

if TYPE_CHECKING:
    import pandas as pd

    from tl_core.store.tables import Run
    from tl_core.studies.findings import Finding

TOP = 1.0  # where the rate ends
EPOCHS = 25  # as many points on each curve


def study(setup: Setup) -> Study:
    """The range test that goes with a learning-rate study: same data, network and strategies, one seed."""
    grid = build.build(setup)
    base = dict(grid.base) | {"epochs": EPOCHS, "optimizer.learning_rate": TOP, "optimizer.schedule": "range_test"}
    return Study(f"Range test, {grid.title.removeprefix('Study: ')}", base, {"strategy": grid.axes["strategy"]}, (0,))


def table(metrics: pd.DataFrame, runs: Sequence[Run]) -> pd.DataFrame:
    """A row for each finished epoch: strategy, rate (at its end) and loss (validation). `metrics`: of the store."""
    import pandas as pd

    strategies = {run.id: run.strategy for run in runs}
    ends = metrics[metrics["epoch"] % 1 == 0]
    at = ["run_id", "epoch"]
    rates = ends[ends["name"] == "learning_rate"].set_index(at)["value"].rename("rate")
    losses = ends[(ends["name"] == "loss") & (ends["split"] == "val")].set_index(at)["value"].rename("loss")
    both = pd.concat([rates, losses], axis=1, join="inner").reset_index()
    return both.assign(strategy=both["run_id"].map(strategies)).sort_values(["strategy", "epoch"])


def findings(found: pd.DataFrame, titles: Mapping[str, str]) -> list[Finding]:
    """The rate at which each strategy's validation loss, a median of three epochs, was lowest while the rate rose."""
    from tl_core.studies.findings import Finding

    said = []
    for name, part in found.groupby("strategy", sort=False):
        smooth = part["loss"].rolling(3, center=True, min_periods=1).median().to_numpy()
        rate = float(part["rate"].to_numpy()[smooth.argmin()])
        sentence = f"{titles[str(name)]}: the loss is lowest at a rate of about {rate:.1g}."
        said.append(Finding(f"range_test_lowest_loss.{name}", sentence, rate, None, None, "learning rate"))
    return said
