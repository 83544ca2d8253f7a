"""A spec held against the catalogue."""

from __future__ import annotations

from collections.abc import Collection

from tl_core.base.spec import LARGEST_SEED, DataSpec, RunSpec, SpecError
from tl_core.catalog import strategies
from tl_core.catalog.availability import backbone_availability, dataset_availability, weights_path
from tl_core.catalog.backbones import BACKBONES
from tl_core.catalog.cards import card
from tl_core.catalog.datasets import Dataset, dataset
from tl_core.catalog.strategies import STRATEGIES
from tl_core.uploads import stored


def _known(name: str, what: str, there: Collection[str]) -> None:
    if name not in there:
        raise SpecError(f"There is no {what} called {name!r}. There are: {', '.join(there)}.")


def check(spec: RunSpec, owner: str | None = None) -> None:
    """Hold a spec against the catalogue. `owner`: who wants to run it; another's uploads do not exist for them.

    Raises
    ------
    SpecError
        With one sentence: an unknown name, fewer than two classes, more images than there are, an image size
        below the backbone's smallest, a freeze plan for another network, a strategy without weights to transfer,
        a seed that no generator takes.
    """
    for title, seed in (("seed", spec.seed), ("split seed", spec.data.seed)):
        check_seed(title, seed)
    _known(spec.backbone, "backbone", BACKBONES)
    data = _owned(spec.data.dataset, owner)
    _known(spec.strategy, "strategy", STRATEGIES)
    _check_data(spec.data, data)
    check_pair(spec.backbone, spec.data.dataset)
    if problem := BACKBONES[spec.backbone].wrong_size(spec.image_size):
        raise SpecError(problem)
    if spec.shift.kind != "none" and not data.holds.shifts:
        raise SpecError(f"Shifts change pixels, and {data.title} has none. Choose no shift for {data.holds.many}.")
    if spec.augmentation != "none" and not data.holds.augments:
        raise SpecError(f"{data.holds.many.capitalize()} cannot be changed at random. Choose no augmentation for them.")
    _check_plan(spec)


def together(backbone: str, name: str) -> bool:
    """Whether a backbone takes what a data set holds."""
    return BACKBONES[backbone].modality == dataset(name).seen_as


def check_pair(backbone: str, name: str) -> None:
    """Raise SpecError, with what goes together, unless the backbone takes what the data set holds."""
    if not together(backbone, name):
        data = dataset(name)
        fit = [entry.title for other, entry in BACKBONES.items() if together(other, name)]
        raise SpecError(
            f"{BACKBONES[backbone].title} takes {BACKBONES[backbone].takes.many}, and {data.title} holds "
            f"{data.holds.many}. Choose another data set, or one of these backbones: {', '.join(fit)}."
        )


def check_seed(title: str, seed: int) -> None:
    """Raise SpecError unless a seed lies in [0, 2³² − 1]. Specs of before this was checked can still be read."""
    if not 0 <= seed <= LARGEST_SEED:
        raise SpecError(f"The {title} must be at least 0 and at most {LARGEST_SEED}; it was {seed}.")


def settled(spec: RunSpec) -> RunSpec:
    """The same spec with the classes of an uploaded data set by name: results outlive the pictures."""
    if spec.data.classes or not dataset(spec.data.dataset).own:
        return spec
    data = spec.data.model_copy(update={"classes": dataset(spec.data.dataset).classes})
    return spec.model_copy(update={"data": data})


def _owned(name: str, owner: str | None) -> Dataset:
    entry = dataset(name)
    if entry.own and owner is not None and not stored.belongs(name, owner):
        raise SpecError(f"There is no data set {name!r} of yours. It may have been deleted: upload it again.")
    if dataset_availability(name).kind == "none":
        raise SpecError(f"'{entry.title}' was deleted or has expired: upload its {entry.holds.many} again.")
    return entry


def _check_data(data: DataSpec, entry: Dataset) -> None:
    for name in data.classes:
        if name not in entry.classes:
            raise SpecError(f"{entry.title} has no class '{name}'. It has: {', '.join(entry.classes)}.")
    if entry.strata and (data.classes or data.imbalance > 1):
        raise SpecError(
            f"{entry.title} gives as many {entry.holds.many} of each {entry.holds.per}, whatever their class: leave "
            "the classes and the imbalance as they are."
        )
    chosen = data.classes or entry.classes
    if len(set(chosen)) != len(chosen):
        raise SpecError("A class is named twice. Name each class once.")
    if len(chosen) < 2:
        raise SpecError("A classifier needs at least two classes to tell apart; only one was chosen.")
    if entry.multi_label and not entry.own and len(chosen) < 3:
        raise SpecError(f"{entry.title} show two classes at once, so two are too few: choose at least three.")
    pool = max(entry.pools_of(chosen))
    if data.per_class is not None and data.per_class > pool - 2:
        raise SpecError(
            f"{entry.title} has {pool} {entry.holds.many} per {entry.holds.per} for training and validation; "
            f"{data.per_class} to train on leave too few. Choose at most {pool - 2}, or all."
        )
    drawn = len(entry.tests_of(chosen))
    if data.test_images is not None and data.test_images < drawn:
        raise SpecError(
            f"{data.test_images} test {entry.holds.many} for {drawn} {entry.holds.pers} are too few: take at least one "
            f"per {entry.holds.per}."
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
