"""The study that comes with the app: what pretraining is worth, by target, source, labels and strategy.

`python -m tl_core study evidence` runs it and writes assets/evidence/transfer.csv (one row per run) and transfer.md.
"""

from __future__ import annotations

from functools import cache
from itertools import product
from typing import TYPE_CHECKING, Any, NamedTuple

from tl_core.base.settings import ASSETS
from tl_core.base.spec import DataSpec
from tl_core.base.wording import many, signed
from tl_core.catalog import BACKBONES, DATASETS, STRATEGIES
from tl_core.races import labels
from tl_core.studies.grid import Study, key
from tl_core.studies.over_seeds import Cell, table_of

if TYPE_CHECKING:
    import pandas as pd

ROWS = ASSETS / "evidence" / "transfer.csv"
SCRATCH = "from_scratch"
SOURCES = ("tiny_resnet_cifar100", "tiny_resnet_glyphs")
EPOCHS = {5: 40, 20: 30, 50: 20, 200: 10}  # by labels per class: few images make few steps per epoch


MOST = {"digits": 100}  # labels per class, where there are no 200 beside the validation images
LATER = {"cifar10": 3}  # added to its seeds: on 0 to 2 the recipe of the photographs backbone was chosen


def _equal_terms(point: dict[str, Any]) -> dict[str, Any]:
    """Epochs by the number of labels, the same for every arm; from scratch, both backbones are one network."""
    dataset, asked = point["data.dataset"], point["data.per_class"]
    seed = point["seed"] + LATER.get(dataset, 0)
    fitted = point | {"epochs": EPOCHS[asked], "data.per_class": min(asked, MOST.get(dataset, asked))}
    fitted |= {"seed": seed, "data.seed": seed}
    return fitted | {"backbone": SOURCES[0]} if point["strategy"] == SCRATCH else fitted


STUDY = Study(
    "What pretraining is worth",
    base={"image_size": 32, "data.test_images": 2000},
    axes={
        "data.dataset": ("pictograms", "digits", "cifar10"),
        "data.per_class": tuple(EPOCHS),
        "backbone": SOURCES,
        "strategy": (SCRATCH, "feature_extraction", "fine_tune_all", "lp_ft"),
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
        "their present defaults."
    )


class Lead(NamedTuple):
    """How far an arm is ahead of its twin from scratch with the same seeds, and where."""

    dataset: str
    labels: int  # per class, to train on
    backbone: str
    strategy: str


def leads(rows: pd.DataFrame) -> dict[Lead, Cell]:
    """Every lead of the table, negative where transfer loses. Tests are corrected for all of them."""
    at = ["data.dataset", "data.per_class", "seed"]
    twin = rows[rows["strategy"] == SCRATCH].set_index(at)["test_accuracy"].rename("twin")
    arms = rows[rows["strategy"] != SCRATCH].join(twin, on=at, how="inner")
    arms = arms.assign(lead=arms["test_accuracy"] - arms["twin"])
    parts = arms.groupby([*at[:2], "backbone", "strategy"], sort=False)["lead"]
    return table_of({Lead._make(where): list(part) for where, part in parts}, step=1 / rows["test_images"].min())


def lead_rows(rows: pd.DataFrame, dataset: str) -> pd.DataFrame:
    """The leads on one data set as `figures.leads` draws them."""
    import pandas as pd

    return pd.DataFrame(
        {
            "labels": lead.labels,
            "strategy": lead.strategy,
            "source": lead.backbone,
            "lead": cell.mean.value,
            "low": cell.mean.low,
            "high": cell.mean.high,
        }
        for lead, cell in leads(rows).items()
        if lead.dataset == dataset
    )


def table(rows: pd.DataFrame) -> str:
    """The raw rows (columns of `studies.row`) as Markdown: means and spreads over seeds, and where transfer loses.

    Each cell: mean test accuracy in per cent ± standard deviation over seeds, then the lead over the twin from
    scratch with the same seeds, in points. A lead below zero is bold where it is more than the luck of the seeds.
    """
    text, known = [], leads(rows)
    for dataset, part in rows.groupby("data.dataset", sort=False):
        labelled = sorted(part["data.per_class"].unique())
        text += [f"### {DATASETS[str(dataset)].title}", ""]
        text += ["| backbone | strategy | " + " | ".join(_column(str(dataset), n, part) for n in labelled) + " |"]
        text += ["|---|---|" + "---:|" * len(labelled)]
        for backbone, strategy in product(SOURCES, STUDY.axes["strategy"]):
            arm = part[(part["backbone"] == backbone) & (part["strategy"] == strategy)]
            if arm.empty:
                continue
            title = "any" if strategy == SCRATCH else BACKBONES[backbone].title
            scores = {n: 100 * arm[arm["data.per_class"] == n]["test_accuracy"] for n in labelled}
            cells = [_cell(scores[n], known.get(Lead(str(dataset), n, backbone, strategy))) for n in labelled]
            text.append(f"| {title} | {STRATEGIES[strategy].title} | " + " | ".join(cells) + " |")
        text.append("")
    return "\n".join(text)


def losses(rows: pd.DataFrame) -> tuple[list[str], list[str]]:
    """Where an arm's mean over seeds is below its twin's from scratch, a sentence each, the largest loss first.

    First those that are more than the luck of the seeds, among all leads of the table; then those that may be luck.
    """
    lost = sorted((one for one in leads(rows).items() if one[1].mean.value < 0), key=lambda one: one[1].mean.value)
    return [_loss(*one) for one in lost if one[1].sure], [_loss(*one) for one in lost if not one[1].sure]


def _loss(lead: Lead, cell: Cell) -> str:
    data = DataSpec(dataset=lead.dataset, per_class=lead.labels)
    arm = f"{STRATEGIES[lead.strategy].title} of {BACKBONES[lead.backbone].title}"
    within = many(cell.seeds, "seed")
    if cell.mean.low is not None and cell.mean.high is not None:
        within += f", 95 % interval {signed(cell.mean.low)} to {signed(cell.mean.high)}"
    where = f"{DATASETS[lead.dataset].title} with {labels.words(data)}"
    return f"{arm} on {where}: {signed(cell.mean.value)} points ({within})."


def _column(dataset: str, per_class: int, part: pd.DataFrame) -> str:
    epochs = part[part["data.per_class"] == per_class]["epochs"].max()
    return f"{labels.short(DataSpec(dataset=dataset, per_class=per_class))}, {many(int(epochs), 'epoch')}"


def _cell(own: pd.Series, lead: Cell | None) -> str:
    if own.empty:
        return "–"
    spread = f" ± {own.std():.1f}" if len(own) > 1 else ""
    cell = f"{own.mean():.1f}{spread}"
    if lead is None:
        return cell
    words = signed(lead.mean.value)
    return f"{cell} (**{words}**)" if lead.sure and lead.mean.value < 0 else f"{cell} ({words})"
