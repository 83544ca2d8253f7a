"""What was measured to find the defaults, and what each default costs against the best of its tries."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from tl_core.base.spec import run_spec
from tl_core.catalog import BACKBONES, DATASETS, strategies
from tl_core.races import fields, tuning
from tl_core.results import over_seeds

if TYPE_CHECKING:
    import pandas as pd


def default(grid: str, task: Mapping[Any, Any]) -> str:
    """What a strategy does unless told otherwise, as its row is written.

    `task`: backbone, dataset, per_class and strategy.
    """
    given = {name: task[name] for name in ("backbone", "dataset", "per_class")}
    kind = {"optimizer": "sgd"} if grid == "sgd" else {}
    spec = fields.changed(run_spec(strategy=str(task["strategy"])), **given, **kind)
    if grid == "batch_norm":
        return tuning.written({"batch_norm": strategies.batch_norm(spec)})
    return tuning.written({**kind, "learning_rate": strategies.learning_rate(spec)})


def rows(grid: str) -> pd.DataFrame:
    """Raw rows of a grid and of the defaults that its tries are set against, one per run.

    Columns: task (in words), backbone, dataset, per_class, strategy, tried, default (as `tried`), seed, val_accuracy
    (in [0, 1]; 0 where the run diverged).
    """
    import pandas as pd

    found = pd.read_csv(tuning.ROWS).fillna({"val_accuracy": 0.0})
    found = found.sort_values(["backbone", "dataset", "per_class"], kind="stable")
    titles = found["backbone"].map(lambda name: BACKBONES[name].title)
    sets = found["dataset"].map(lambda name: DATASETS[name].title)
    lines = found[["backbone", "dataset", "per_class", "strategy"]].to_dict("records")
    defaults = pd.Series([default(grid, line) for line in lines], found.index, dtype=object)
    known = {(name, tuning.written(one)) for name, tries in tuning.GRIDS[grid].items() for one in tries}
    own = pd.Series([pair in known for pair in zip(found["strategy"], found["tried"], strict=True)], found.index)
    per_class = found["per_class"].astype(str)
    found = found.assign(default=defaults, task=titles + " on " + sets + ", " + per_class + " per class")
    return found[own | found["tried"].eq(defaults) & found["strategy"].isin(tuning.GRIDS[grid])]


def differences(rows: pd.DataFrame) -> pd.DataFrame:
    """Every try against the default of its strategy: a line per task, strategy and try, the default's own included.

    `rows`: as the function of that name has them. Columns: task, strategy, tried, default, seeds (that both have), and
    mean, low and high: difference of validation accuracies over seeds in points, with its 95 % interval; NaN with one
    seed. There is none where the default was not tried, or nothing else.
    """
    import pandas as pd

    names = ("task", "strategy", "tried", "default", "seeds", "mean", "low", "high")
    lines = []
    for (task, strategy), part in rows.groupby(["task", "strategy"], sort=False):
        scores = part.pivot_table(index="seed", columns="tried", values="val_accuracy", sort=False)
        usual = part["default"].iloc[0]
        for tried in scores if usual in scores and len(scores.columns) > 1 else ():
            gains = 100 * (scores[tried] - scores[usual]).dropna()
            if len(gains):
                lines.append((task, strategy, tried, usual, len(gains), *over_seeds.mean(list(gains))))
    return pd.DataFrame(lines, columns=list(names)).astype({"low": float, "high": float})


def cost(rows: pd.DataFrame) -> pd.DataFrame:
    """What each default costs against the best of its tries: a line per task and strategy.

    `rows`: as the function of that name has them. Columns: task, strategy, seeds (of the default), best and default (as
    tried), cost (difference of mean validation accuracies over the seeds that both have, in points, >= 0).
    """
    found = differences(rows)
    own = found[found["tried"].eq(found["default"])].set_index(["task", "strategy"])["seeds"]
    best = found.loc[found.groupby(["task", "strategy"], sort=False)["mean"].idxmax()]
    best = best.rename(columns={"tried": "best", "mean": "cost"})
    best["seeds"] = list(own[list(zip(best["task"], best["strategy"], strict=True))])
    return best[["task", "strategy", "seeds", "best", "default", "cost"]].reset_index(drop=True)
