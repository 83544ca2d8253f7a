"""BUILT_IN: the studies that come with the app, a plain dict. One entry adds one to the page and the command line."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import pandas as pd

from tl_core.base.spec import LayerPlan, State
from tl_core.catalog import BACKBONES, DATASETS, STRATEGIES, backbone_availability, card, dataset, dataset_availability
from tl_core.catalog.check import together
from tl_core.catalog.shifts import SHIFTS
from tl_core.races.defaults import BUNDLED
from tl_core.studies import findings, out_of_distribution
from tl_core.studies.findings import SCRATCH, Finding
from tl_core.studies.out_of_distribution import CLEAN
from tl_core.studies.setup import Setup

STEPS = 60  # every run makes at least so many optimiser steps, however few its images
VALIDATION = 20  # images per class that a subset keeps to validate on, where it can
LABELS = (2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000)
RATES = (1e-5, 3e-5, 1e-4, 3e-4, 1e-3, 3e-3, 1e-2, 3e-2, 1e-1)
# Of every form of the freeze-depth study: layers that start anew and the controls' base network have to learn.
ONE_RATE = 1e-3
BASE_LABELS = 200
BASE_STEPS = 600
MOST_EPOCHS = 500  # for the sake of these steps: a run may have 1,000, and the controls train twice
FORMS: dict[str, tuple[str, Literal["backbone", "target"], State]] = {
    "AnB": ("Transferred, frozen (AnB)", "backbone", "frozen"),
    "AnB+": ("Transferred, fine-tuned (AnB+)", "backbone", "fine_tuned"),
    "BnB": ("Selffer, frozen (BnB)", "target", "frozen"),
    "BnB+": ("Selffer, fine-tuned (BnB+)", "target", "fine_tuned"),
}
Value = int | float | str


@dataclass(frozen=True)
class BuiltIn:
    """One study. `grid` and `series`: every value that can be asked for, and which of them are proposed.

    `axis` and `series_axis` name columns of its rows (`studies.rows`). `figure` names a function of
    tl_core.figures.studies. `source` is the paper whose question or method it is.
    """

    title: str
    question: str
    method: str
    source: str
    axis: str
    axis_title: str
    series_axis: str
    series_title: str
    figure: Literal["curves", "matrix", "frontier"]
    grid: Callable[[Setup], tuple[Sequence[Value], Sequence[Value]]]
    series: Callable[[Setup], tuple[Sequence[str], Sequence[str]]]
    findings: Callable[[pd.DataFrame, Mapping[str, str]], list[Finding]]
    fit: Callable[[dict[str, Any]], dict[str, Any]]
    logarithmic: bool = False
    uses: tuple[str, ...] = ("dataset", "backbone", "per_class", "image_size")
    of: tuple[str, ...] = ("pictures",)  # modalities that it makes sense for
    baseline: str = SCRATCH  # of a matrix: the row that the others are held against
    of_the_seen: bool = False  # about what a network is shown, such as the picture of a recording, not the recording


def most_labels(name: str) -> int:
    """Training images per class that a data set can give with enough left to validate on; of each person likewise."""
    entry = dataset(name)
    pools = entry.pools_of()
    pool, reserved = max(pools, default=0), VALIDATION * len(entry.classes) // max(1, len(pools))
    return max(pool - reserved, pool // 2)


def _labels_grid(setup: Setup) -> tuple[Sequence[Value], Sequence[Value]]:
    there = [n for n in LABELS if n <= most_labels(setup.dataset)]
    return there, [n for n in there if n <= 50]


def _cuts(setup: Setup) -> tuple[Sequence[Value], Sequence[Value]]:
    stages = len(card(setup.backbone).stages)
    return range(stages + 1), sorted({0, 1, stages // 2, stages})


def _datasets(setup: Setup) -> tuple[Sequence[Value], Sequence[Value]]:
    fit = [n for n in DATASETS if together(setup.backbone, n) and dataset_availability(n).kind != "download"]
    return fit, [name for name in fit if not DATASETS[name].caution]


def _rates(setup: Setup) -> tuple[Sequence[Value], Sequence[Value]]:
    return RATES, RATES[2:8]


def _sizes(setup: Setup) -> tuple[Sequence[Value], Sequence[Value]]:
    sizes = [n for n in (16, 24, 32, 48, 64, 96, 128, 160, 192, 224) if n >= BACKBONES[setup.backbone].min_size]
    return sizes, sizes[:4]


def _backbones(setup: Setup) -> tuple[Sequence[Value], Sequence[Value]]:
    fit = [name for name in BACKBONES if together(name, setup.dataset)]
    there = [name for name in fit if backbone_availability(name).kind in ("bundled", "local")]
    return there, there


def _strategies(*usual: str) -> Callable[[Setup], tuple[Sequence[str], Sequence[str]]]:
    return lambda setup: ([name for name in STRATEGIES if name != "custom"], usual)


def _sources(setup: Setup) -> tuple[Sequence[str], Sequence[str]]:
    small = [name for name in _backbones(setup)[0] if BACKBONES[str(name)].min_size <= setup.image_size]
    return ["from_scratch", *map(str, small)], ["from_scratch", *BUNDLED]


def _shifted(point: dict[str, Any]) -> dict[str, Any]:
    """One run is tested on its test images as they are and in every way changed: it is every column of its row."""
    return _budget({name: value for name, value in point.items() if name != "shift"} | {"shift.kind": "all"})


def _budget(point: dict[str, Any], least: int = STEPS) -> dict[str, Any]:
    """As many labels as the data set can give, and the epochs that follow from them, the same for every arm."""
    entry = dataset(point["data.dataset"])
    labels = min(point["data.per_class"], most_labels(point["data.dataset"]))
    steps = math.ceil(labels * len(entry.pools_of()) / point["batch_size"])
    wanted = min(math.ceil(least / steps), MOST_EPOCHS)
    return point | {"data.per_class": labels, "epochs": max(point["epochs"], wanted)}


def _source(point: dict[str, Any]) -> dict[str, Any]:
    """A linear probe on the source's backbone, or from scratch: then both bundled backbones are one network."""
    source = point["source"]
    arm = (BUNDLED[0], source) if source == "from_scratch" else (source, "feature_extraction")
    rest = {name: value for name, value in point.items() if name != "source"}
    return _budget(rest | {"backbone": arm[0], "strategy": arm[1]})


def _form(point: dict[str, Any]) -> dict[str, Any]:
    """The lowest `cut` stages from the form's source, those above it re-initialised; cut 0 is the base network B.

    Everything that trains does so at one rate, a new head too; where all stages are frozen, the head is no exception.
    """
    fitted = {name: value for name, value in point.items() if name not in ("cut", "form")}
    fitted = _budget(fitted | {"data.per_class": BASE_LABELS}, BASE_STEPS)
    fitted |= {"optimizer.learning_rate": ONE_RATE, "optimizer.head_rate": ONE_RATE, "optimizer.probe": "steps"}
    if point["cut"] == 0:
        return fitted | {"strategy": "from_scratch"}
    _, source, kept = FORMS[point["form"]]
    if (source, kept, point["cut"]) == ("backbone", "frozen", len(card(point["backbone"]).stages)):
        return fitted | {"strategy": "feature_extraction"}
    stages = {
        name: kept if i < point["cut"] else "reinitialised"
        for i, name in enumerate(card(point["backbone"]).stage_names)
    }
    plan = LayerPlan.model_validate({"stages": stages, "source": source})
    epochs = fitted["epochs"] * (2 if source == "target" else 1)  # the first half makes the weights to keep
    return fitted | {"strategy": "custom", "plan": plan.model_dump(), "epochs": epochs}


def _size(point: dict[str, Any]) -> dict[str, Any]:
    """A backbone that cannot take the size gets its smallest one."""
    return _budget(point | {"image_size": max(point["image_size"], BACKBONES[point["backbone"]].min_size)})


BUILT_IN: dict[str, BuiltIn] = {
    "labels": BuiltIn(
        "Labels per class",
        "How many labels is pretraining worth?",
        "The same network with and without its pretrained weights, on more and more labelled images per class. The "
        "subsets are nested, and both arms have the same images and epochs. Where the curve from scratch, straight "
        "between points over the logarithm of labels, reaches the level of the other, both are worth the same. The "
        "answer holds for these epochs: from scratch needs more, and comes closer with them (He, Girshick and Dollár "
        "2019, Rethinking ImageNet Pre-training). Validation labels come on top, as many for every arm.",
        "Kornblith et al. 2019, Do Better ImageNet Models Transfer Better?, asks the same of ImageNet",
        "data.per_class",
        "Labels per class",
        "strategy",
        "Strategies",
        "curves",
        _labels_grid,
        _strategies("from_scratch", "feature_extraction"),
        findings.labels,
        _budget,
        logarithmic=True,
        uses=("dataset", "backbone", "image_size"),
        of=("pictures", "sentences", "ratings"),
    ),
    "freeze_depth": BuiltIn(
        "Freeze depth",
        "Which layers can be carried over, and which may be frozen?",
        "The network is cut after its lowest n stages. Those are kept, frozen or fine-tuned; all above, and the head, "
        "start from random weights. A is the task the backbone was pretrained on, B the data set chosen here. AnB and "
        "AnB+ keep the pretrained stages. BnB and BnB+, the controls, keep stages of a network that was first trained "
        "from scratch on the same training images of B, for as many epochs as follow the cut. Cut 0 keeps nothing: it "
        "is that network, trained once. All forms share the images, and everything that trains does so at one rate, "
        "the head too. In the paper A and B are halves of ImageNet, about 645,000 images each; here B has 200 images "
        "per class, or as many as the data set has. The controls mean something only where that base network, cut 0, "
        "has learned something.",
        "Yosinski, Clune, Bengio and Lipson 2014, How transferable are features in deep neural networks?, section 2",
        "cut",
        "Lowest stages kept",
        "form",
        "Forms",
        "curves",
        _cuts,
        lambda setup: (list(FORMS), list(FORMS)),
        findings.freeze_depth,
        _form,
        uses=("dataset", "backbone", "image_size"),
    ),
    "sources": BuiltIn(
        "Source × target",
        "Does it matter what the backbone has learned before?",
        "A linear probe on every source's frozen backbone, for every target, against the same small network trained "
        "from scratch on the same images. Points are test accuracy; below zero, transfer loses.",
        "Zamir et al. 2018, Taskonomy: Disentangling Task Transfer Learning, measures such a matrix for vision tasks",
        "data.dataset",
        "Target",
        "source",
        "Sources",
        "matrix",
        _datasets,
        _sources,
        findings.sources,
        _source,
        uses=("per_class", "image_size"),
    ),
    "learning_rate": BuiltIn(
        "Learning rate",
        "How sensitive is each strategy to its learning rate?",
        "The same runs at every rate of the grid, with Adam and a cosine schedule.",
        "Smith 2017, Cyclical Learning Rates for Training Neural Networks, section 3.3, on how to bracket a rate",
        "optimizer.learning_rate",
        "Learning rate",
        "strategy",
        "Strategies",
        "curves",
        _rates,
        _strategies("from_scratch", "fine_tune_all"),
        findings.best("optimizer.learning_rate", "a learning rate of {:g}", "learning rate"),
        _budget,
        logarithmic=True,
        of=("pictures", "sentences", "ratings"),
    ),
    "image_size": BuiltIn(
        "Image size",
        "What do larger pictures gain, and what do they cost?",
        "Every picture is resized to the side of the grid before the network sees it; the network was pretrained at "
        "one size. The time grows with the square of the side.",
        "Touvron et al. 2019, Fixing the train-test resolution discrepancy",
        "image_size",
        "Side in pixels",
        "strategy",
        "Strategies",
        "curves",
        _sizes,
        _strategies("from_scratch", "feature_extraction"),
        findings.best("image_size", "{:d} pixels", "pixels"),
        _size,
        logarithmic=True,
        uses=("dataset", "backbone", "per_class"),
        of_the_seen=True,
    ),
    "backbones": BuiltIn(
        "Backbone against backbone",
        "Which network gives the most accuracy for the time?",
        "Every backbone whose weights are on this machine, on the same images. Seconds are those of a whole run, from "
        "loading to the test, as measured in this study; runs side by side share the cores.",
        "Kornblith et al. 2019, Do Better ImageNet Models Transfer Better?",
        "backbone",
        "Backbone",
        "strategy",
        "Strategies",
        "frontier",
        _backbones,
        _strategies("feature_extraction"),
        findings.backbones,
        _size,
        uses=("dataset", "per_class", "image_size"),
        of=("pictures", "ratings"),
    ),
    "shifts": BuiltIn(
        "Strategies × shifts",
        "Which strategy keeps its accuracy when the test pictures are no longer like the training pictures?",
        "Every strategy trains on the pictures as they are, and is tested on the same test pictures as they are and "
        "shifted: with noise, blurred and so on, at severity 3 of 5. Points are relative to the linear probe. AdaBN "
        "re-estimates the statistics of batch normalisation on the shifted test pictures, without their labels.",
        "Kumar et al. 2022, Fine-Tuning can Distort Pretrained Features and Underperform Out-of-Distribution; shifts "
        "after Hendrycks and Dietterich 2019; AdaBN: Li et al. 2017",
        "shift",
        "Test pictures",
        "strategy",
        "Strategies",
        "matrix",
        lambda setup: ([CLEAN, *SHIFTS], [CLEAN, *SHIFTS]),
        _strategies("from_scratch", "feature_extraction", "fine_tune_all", "lp_ft"),
        out_of_distribution.shifts,
        _shifted,
        baseline=out_of_distribution.PROBE,
    ),
}
