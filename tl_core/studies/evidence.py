"""The study that comes with the app: what pretraining is worth, by target, source, labels and strategy.

`python -m tl_core study evidence` runs it and writes assets/evidence/transfer.csv (one row per run) and transfer.md.
"""

from __future__ import annotations

from collections.abc import Hashable
from functools import cache
from itertools import product
from typing import TYPE_CHECKING, Any

from tl_core.base.settings import ASSETS
from tl_core.base.wording import many
from tl_core.catalog import BACKBONES, DATASETS, STRATEGIES
from tl_core.studies.grid import Study, key

if TYPE_CHECKING:
    import pandas as pd

ROWS = ASSETS / "evidence" / "transfer.csv"
SOURCES = ("tiny_resnet_cifar100", "tiny_resnet_glyphs")
EPOCHS = {5: 40, 20: 30, 50: 20, 200: 10}  # by labels per class: few images make few steps an epoch


MOST = {"digits": 100}  # labels per class, where there are no 200 beside the validation images
LATER = {"cifar10": 3}  # added to its seeds: on 0 to 2 the recipe of the photographs backbone was chosen


def _equal_terms(point: dict[str, Any]) -> dict[str, Any]:
    """Epochs by the number of labels, the same for every arm; from scratch, both backbones are one network."""
    dataset, labels = point["data.dataset"], point["data.per_class"]
    seed = point["seed"] + LATER.get(dataset, 0)
    fitted = point | {"epochs": EPOCHS[labels], "data.per_class": min(labels, MOST.get(dataset, labels))}
    fitted |= {"seed": seed, "data.seed": seed}
    return fitted | {"backbone": SOURCES[0]} if point["strategy"] == "from_scratch" else fitted


STUDY = Study(
    "What pretraining is worth",
    base={"image_size": 32, "data.test_images": 2000},
    axes={
        "data.dataset": ("pictograms", "digits", "cifar10"),
        "data.per_class": tuple(EPOCHS),
        "backbone": SOURCES,
        "strategy": ("from_scratch", "feature_extraction", "fine_tune_all", "lp_ft"),
    },
    fit=_equal_terms,
)


def earlier(rows: pd.DataFrame) -> int:
    """How many rows were measured with other defaults than today's, and are still to be measured anew."""
    return int((~rows["spec"].isin({key(spec) for spec in STUDY.specs()})).sum())


@cache
def caveat() -> str:
    """What stands beside the shipped rows while some of them are of earlier defaults; "" once none is."""
    import pandas as pd

    old = earlier(pd.read_csv(ROWS, dtype={"spec": "str"}))
    if not old:
        return ""
    return (
        f"{old} runs of this table were measured before batch normalisation, the rate of a new head and the probe had "
        "the defaults that they have now."
    )


def table(rows: pd.DataFrame) -> str:
    """The raw rows (columns of `studies.row`) as Markdown: means and spreads over seeds, and where transfer loses.

    Each cell: mean test accuracy in per cent ± standard deviation over seeds, then the lead over the twin from
    scratch with the same seeds, in points. A lead below zero is bold: there transfer loses.
    """
    text = []
    for dataset, part in rows.groupby("data.dataset", sort=False):
        twin = part[part["strategy"] == "from_scratch"].set_index(["data.per_class", "seed"])["test_accuracy"]
        labels = sorted(part["data.per_class"].unique())
        text += [f"### {DATASETS[str(dataset)].title}", ""]
        text += ["| backbone | strategy | " + " | ".join(f"{n} per class" for n in labels) + " |"]
        text += ["|---|---|" + "---:|" * len(labels)]
        for backbone, strategy in product(SOURCES, STUDY.axes["strategy"]):
            arm = part[(part["backbone"] == backbone) & (part["strategy"] == strategy)]
            if arm.empty:
                continue
            title = "any" if strategy == "from_scratch" else BACKBONES[backbone].title
            scores = arm.set_index(["data.per_class", "seed"])["test_accuracy"]
            cells = [_cell(scores, twin, n, strategy) for n in labels]
            text.append(f"| {title} | {STRATEGIES[strategy].title} | " + " | ".join(cells) + " |")
        text.append("")
    return "\n".join(text)


def losses(rows: pd.DataFrame) -> list[str]:
    """Where an arm's mean over seeds is below its twin's from scratch, a sentence each, the largest loss first."""
    at = ["data.dataset", "data.per_class", "seed"]
    twin = rows[rows["strategy"] == "from_scratch"].set_index(at)["test_accuracy"].rename("twin")
    arms = rows[rows["strategy"] != "from_scratch"].join(twin, on=at, how="inner")
    arms = arms.assign(lead=arms["test_accuracy"] - arms["twin"])
    means = arms.groupby(["data.dataset", "data.per_class", "backbone", "strategy"])["lead"].agg(["mean", "count"])
    lost = means[means["mean"] < 0].sort_values("mean").reset_index()
    return [_loss(row) for row in lost.to_dict("records")]


def _loss(row: dict[Hashable, Any]) -> str:
    arm = f"{STRATEGIES[row['strategy']].title} of {BACKBONES[row['backbone']].title}"
    where = f"{DATASETS[row['data.dataset']].title} with {row['data.per_class']} labels per class"
    return f"{arm} on {where}: −{-100 * row['mean']:.1f} points ({many(row['count'], 'seed')})."


def _cell(scores: pd.Series, twin: pd.Series, labels: int, strategy: str) -> str:
    if labels not in scores.index.get_level_values(0):
        return "–"
    own = 100 * scores[labels]
    spread = f" ± {own.std():.1f}" if len(own) > 1 else ""
    cell = f"{own.mean():.1f}{spread}"
    if strategy == "from_scratch" or labels not in twin.index.get_level_values(0):
        return cell
    lead = (own - 100 * twin[labels]).mean()
    words = f"{lead:+.1f}".replace("-", "−")
    return f"{cell} (**{words}**)" if lead < 0 else f"{cell} ({words})"
