"""BACKBONES, DATASETS and STRATEGIES: plain dicts, one entry adds one thing everywhere. Knows no TensorFlow."""
from __future__ import annotations

import json
import time
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Literal

from tl_core import datasets as uploaded
from tl_core import strategies
from tl_core.backbones import BACKBONES, Backbone
from tl_core.decode import SIDE
from tl_core.settings import ASSETS, keras_home
from tl_core.spec import RunSpec, SpecError
from tl_core.strategies import STRATEGIES

__all__ = [
    "BACKBONES", "DATASETS", "STRATEGIES", "Availability", "Backbone", "Card", "Dataset", "card", "check", "dataset",
    "datasets", "settled",
]


@dataclass(frozen=True)
class Availability:
    """Whether a thing can be used now. `sentence` says it in words."""

    kind: Literal["bundled", "local", "download", "none"]
    megabytes: float
    sentence: str


@dataclass(frozen=True)
class Dataset:
    """One labelled set of pictures. `pool` and `test` count images a class that can be drawn on.

    Where classes differ in size, `pools` and `tests` have a number for each; `pool` is then the largest, of which
    smaller classes give what they have, and `test` the smallest.
    """

    title: str
    classes: tuple[str, ...]
    side: int  # native height and width in pixels
    pool: int  # images a class for training and validation
    test: int  # images a class for testing
    flip: bool  # whether a mirrored picture keeps its label
    source: str
    licence: str
    download_mb: float = 0.0
    folder: str = ""  # below the Keras home; "": bundled
    pools: tuple[int, ...] = ()
    tests: tuple[int, ...] = ()

    def pools_of(self, classes: Sequence[str] = ()) -> list[int]:
        """Images for training and validation of each of these classes; of every class when none is named."""
        each = self.pools or (self.pool,) * len(self.classes)
        return [each[self.classes.index(name)] for name in classes or self.classes]

    def tests_of(self, classes: Sequence[str] = ()) -> list[int]:
        """Test images of each of these classes; of every class when none is named."""
        each = self.tests or (self.test,) * len(self.classes)
        return [each[self.classes.index(name)] for name in classes or self.classes]


CIFAR10_CLASSES = ("airplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck")
PICTOGRAMS = ("anchor", "bell", "bicycle", "cup", "fish", "house", "key", "scissors", "tree", "umbrella")

DATASETS: dict[str, Dataset] = {
    "cifar10": Dataset(
        "CIFAR-10 photographs", CIFAR10_CLASSES, side=32, pool=5000, test=1000, flip=True,
        source="Krizhevsky 2009, Learning Multiple Layers of Features from Tiny Images",
        licence="no licence stated; free for research and teaching", download_mb=170.5,
        folder="datasets/cifar-10-batches-py-target/cifar-10-batches-py",
    ),
    "digits": Dataset(
        "Handwritten digits", tuple("0123456789"), side=8, pool=122, test=52, flip=False,
        source="Alpaydin and Kaynak 1998, Optical Recognition of Handwritten Digits (UCI), by way of scikit-learn",
        licence="CC BY 4.0",
    ),
    "pictograms": Dataset(
        "Pictograms", PICTOGRAMS, side=32, pool=320, test=100, flip=True,
        source="made for this app by tl_core.ml.pictograms from open icon sets (assets/stencils/README.md)",
        licence="icons under MIT, ISC, Apache 2.0 and OFL 1.1",
    ),
}


def dataset(name: str) -> Dataset:
    """The data set of this name, or the uploaded one with this id, whoever owns it.

    Raises
    ------
    SpecError
        When there is none. An uploaded one that was deleted has a title and no classes.
    """
    if name in DATASETS:
        return DATASETS[name]
    manifest = uploaded.find(name)
    if manifest is not None:
        return _own(manifest)
    if uploaded.ID.fullmatch(name):
        return Dataset("Pictures that were deleted", (), SIDE, pool=0, test=0, flip=True, source="", licence="")
    raise SpecError(f"There is no data set called {name!r}. There are: {', '.join(DATASETS)}.")


def datasets(owner: str) -> dict[str, Dataset]:
    """Every data set that a student can train on: their own first, newest first."""
    return {manifest.id: _own(manifest) for manifest in uploaded.owned(owner)} | DATASETS


def _own(manifest: uploaded.Manifest) -> Dataset:
    tests = tuple(manifest.test[name] for name in manifest.classes)
    pools = tuple(images - test for images, test in zip(manifest.classes.values(), tests, strict=True))
    return Dataset(
        manifest.title, tuple(manifest.classes), SIDE, pool=max(pools), test=min(tests), flip=True,
        source=f"Your own pictures, uploaded on {_day(manifest.created_at)}", licence="yours",
        pools=pools, tests=tests,
    )


def _day(seconds: float) -> str:
    return time.strftime("%d %B %Y", time.localtime(seconds)).lstrip("0")


@dataclass(frozen=True)
class Layer:
    """One layer on a card. `output_shape` is (H, W, C) or (C,) at the card's image size."""

    name: str
    kind: str
    params: int
    output_shape: tuple[int, ...]
    macs: int  # multiply-adds for one image at the card's size


@dataclass(frozen=True)
class Stage:
    """Neighbouring layers that end where a single tensor crosses the graph; `cut` names the last of them."""

    name: str
    cut: str
    output_shape: tuple[int, ...]
    layers: tuple[Layer, ...]

    @property
    def params(self) -> int:
        return sum(layer.params for layer in self.layers)

    @property
    def macs(self) -> int:
        return sum(layer.macs for layer in self.layers)


@dataclass(frozen=True)
class Card:
    """The architecture of a backbone without its head, written by `python -m tl_core.ml.cards`."""

    backbone: str
    image_size: int
    stages: tuple[Stage, ...]

    @property
    def stage_names(self) -> tuple[str, ...]:
        return tuple(stage.name for stage in self.stages)

    @property
    def params(self) -> int:
        return sum(stage.params for stage in self.stages)


@cache
def card(backbone: str) -> Card:
    """The architecture card of a backbone, from assets/cards."""
    raw = json.loads((ASSETS / "cards" / f"{backbone}.json").read_text(encoding="utf-8"))
    stages = tuple(
        Stage(
            stage["name"], stage["cut"], tuple(stage["output_shape"]),
            tuple(
                Layer(name, kind, params, tuple(shape), macs)
                for name, kind, params, shape, macs in stage["layers"]
            ),
        )
        for stage in raw["stages"]
    )
    return Card(backbone, raw["image_size"], stages)


def dataset_folder(entry: Dataset) -> Path:
    return keras_home() / entry.folder


def dataset_availability(name: str) -> Availability:
    """Whether a data set is bundled, on this machine, or has to be downloaded first."""
    if uploaded.ID.fullmatch(name):
        return _own_availability(name)
    entry = DATASETS[name]
    if not entry.folder:
        return Availability("bundled", 0.0, "Always there: it comes with the app.")
    if dataset_folder(entry).is_dir():
        return Availability("local", 0.0, "On this machine.")
    return Availability(
        "download", entry.download_mb, f"Needs a download of {entry.download_mb:.0f} MB, once."
    )


def _own_availability(name: str) -> Availability:
    manifest = uploaded.find(name)
    if manifest is None or manifest.gone:
        return Availability("none", 0.0, "Deleted.")
    return Availability("local", 0.0, f"Your own, on this server until {_day(manifest.expires_at)}.")


def weights_path(name: str) -> Path:
    """Where the pretrained weights of a backbone lie or will lie."""
    entry = BACKBONES[name]
    return (keras_home() / "models" if entry.weights_url else ASSETS / "weights") / entry.weights_file


def backbone_availability(name: str) -> Availability:
    """Whether the pretrained weights come with the app, are on this machine, need a download, or are missing."""
    entry, path = BACKBONES[name], weights_path(name)
    if not entry.weights_url:
        if path.is_file():
            return Availability("bundled", 0.0, "Weights come with the app.")
        return Availability("none", 0.0, f"Its weights are missing here ({path.name}): trains from scratch only.")
    if path.is_file():
        return Availability("local", 0.0, "Weights are on this machine.")
    return Availability(
        "download", entry.download_mb, f"Weights need a download of {entry.download_mb:.0f} MB, once."
    )


def _known(name: str, what: str, there: Collection[str]) -> None:
    if name not in there:
        raise SpecError(f"There is no {what} called {name!r}. There are: {', '.join(there)}.")


def check(spec: RunSpec, owner: str | None = None) -> None:
    """Hold a spec against the catalogue. `owner`: who wants to run it; another's uploads do not exist for them.

    Raises
    ------
    SpecError
        With one sentence: an unknown name, fewer than two classes, more images than there are, an image size
        below the backbone's smallest, a freeze plan for another network, a strategy without weights to transfer.
    """
    _known(spec.backbone, "backbone", BACKBONES)
    _check_owned(spec.data.dataset, owner)
    _known(spec.strategy, "strategy", STRATEGIES)
    _check_data(spec)
    backbone = BACKBONES[spec.backbone]
    if spec.image_size < backbone.min_size:
        raise SpecError(
            f"{backbone.title} needs images of at least {backbone.min_size}×{backbone.min_size} pixels; "
            f"the size was {spec.image_size}. Choose a larger image size or another backbone."
        )
    _check_plan(spec)


def settled(spec: RunSpec) -> RunSpec:
    """The same spec with the classes of an uploaded data set by name: results outlive the pictures."""
    if spec.data.classes or not uploaded.ID.fullmatch(spec.data.dataset):
        return spec
    data = spec.data.model_copy(update={"classes": dataset(spec.data.dataset).classes})
    return spec.model_copy(update={"data": data})


def _check_owned(name: str, owner: str | None) -> None:
    if not uploaded.ID.fullmatch(name):
        _known(name, "data set", DATASETS)
    elif owner is not None and not uploaded.belongs(name, owner):
        raise SpecError(f"There is no data set {name!r} of yours. It may have been deleted: upload it again.")
    elif dataset_availability(name).kind == "none":
        raise SpecError(f"{dataset(name).title!r} was deleted or has expired: upload the pictures again.")


def _check_data(spec: RunSpec) -> None:
    data, entry = spec.data, dataset(spec.data.dataset)
    for name in data.classes:
        if name not in entry.classes:
            raise SpecError(f"{entry.title} has no class {name!r}. It has: {', '.join(entry.classes)}.")
    chosen = data.classes or entry.classes
    if len(set(chosen)) != len(chosen):
        raise SpecError("A class is named twice. Name each class once.")
    if len(chosen) < 2:
        raise SpecError("A classifier needs at least two classes to tell apart; only one was chosen.")
    pool = max(entry.pools_of(chosen))
    if data.per_class is not None and data.per_class > pool - 2:
        raise SpecError(
            f"{entry.title} has {pool} images a class for training and validation; {data.per_class} to "
            f"train on leave too few. Choose at most {pool - 2}, or all."
        )
    if data.test_images is not None and data.test_images < len(chosen):
        raise SpecError(
            f"{data.test_images} test images for {len(chosen)} classes are too few: take at least one a class."
        )


def _check_plan(spec: RunSpec) -> None:
    stages = card(spec.backbone).stages
    names = {stage.name for stage in stages}
    layers = {layer.name for stage in stages for layer in stage.layers}
    plan = spec.plan
    if plan is not None and spec.strategy != "custom":
        raise SpecError(
            f"A freeze plan of your own goes with the strategy 'custom', not with {spec.strategy!r}, which brings one."
        )
    if plan is not None:
        for name in plan.stages:
            if name not in names:
                raise SpecError(f"{BACKBONES[spec.backbone].title} has no stage {name!r}.")
        for name in plan.layers:
            if name not in layers:
                raise SpecError(f"{BACKBONES[spec.backbone].title} has no layer {name!r}.")
    if spec.strategy == "custom" and plan is None:
        raise SpecError("The strategy 'custom' needs a freeze plan: say which stages train.")
    if plan is not None and plan.source == "target" and spec.epochs < 2:
        raise SpecError("Weights from the target itself take two phases: train for at least 2 epochs.")
    transfers = strategies.transfers(spec, [stage.name for stage in stages])
    weights = backbone_availability(spec.backbone)
    if transfers and weights.kind == "none":
        raise SpecError(
            f"{BACKBONES[spec.backbone].title} cannot be transferred: its file {weights_path(spec.backbone).name} is "
            "missing from this installation. Install the app again, train from scratch, or choose another backbone."
        )
