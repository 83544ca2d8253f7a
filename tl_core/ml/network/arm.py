"""The network of one arm: as it starts, which of its variables a run changes, and as it was at the end of its run."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import keras
import numpy as np

from tl_core import catalog
from tl_core.base.events import Emit, Progress, RunError, ShouldStop
from tl_core.base.spec import LayerPlan, Phase, RunSpec
from tl_core.catalog import Card, strategies
from tl_core.ml.data.downloads import fetch_weights
from tl_core.ml.network import checkpoint, freezing, mistakes, models


def build(spec: RunSpec, card: Card, classes: int, weights: Path | None) -> keras.Model:
    """The network without its plan: (N, H, W, 3) float32, preprocessed → (N, classes) float32 logits."""
    backbone = models.build_backbone(spec.backbone, spec.image_size, weights)
    return models.attach_head(backbone, strategies.head(spec, card.stage_names), classes, spec.seed)


def begin(model: keras.Model, spec: RunSpec, plan: LayerPlan, card: Card, bias: np.ndarray) -> None:
    """What `build` made, as it is before the first step of this run. `bias`: of the logits, (K,) float."""
    models.restart_head(model, strategies.head(spec, card.stage_names), spec.seed)
    freezing.apply_plan(model, plan, card, spec.seed)
    models.set_bias(model, bias)


def bn_momentum(steps: int) -> float:
    """Momentum of batch normalisation's moving averages in random layers, for a run of so many steps.

    Keras' default 0.99 forgets its start only after several hundred steps; a short run would be tested with
    averages that are still near their initial values. A window of a tenth of the run, at most 10 steps, is safe
    (0.9 is also PyTorch's default).
    """
    return min(0.9, max(0.5, 1 - 10 / max(steps, 1)))


def set_trainable(
    spec: RunSpec, model: keras.Model, phase: Phase, plan: LayerPlan, card: Card, train_images: int = 1
) -> None:
    """Say for every layer whether and how it trains in this phase of the run, on so many images per epoch."""
    momentum = bn_momentum(-(-train_images // spec.batch_size) * spec.epochs)
    freezing.set_trainable(model, phase, plan, card, strategies.batch_norm(spec), momentum)
    mistakes.set_trainable(spec, model)


def touched(spec: RunSpec, model: keras.Model, plan: LayerPlan, card: Card) -> list[keras.Variable]:
    """The variables that any phase changes: all that a checkpoint has to hold."""
    found: dict[int, keras.Variable] = {}
    for phase in mistakes.compiled(spec, strategies.phases(spec, card.stage_names)):
        set_trainable(spec, model, phase, phase.plan or plan, card)
        for layer in model._flatten_layers(include_self=False):
            if layer.trainable and layer.weights:
                found.update((id(v), v) for v in layer.weights)
    return list(found.values())


def trainable_params(spec: RunSpec, model: keras.Model, plan: LayerPlan, card: Card) -> int:
    """Parameters that any phase trains."""
    found: dict[int, int] = {}
    for phase in mistakes.compiled(spec, strategies.phases(spec, card.stage_names)):
        set_trainable(spec, model, phase, phase.plan or plan, card)
        found.update((id(v), int(np.prod(v.shape))) for v in model.trainable_variables)
    return sum(found.values())


def assign(variables: Sequence[keras.Variable], values: Sequence[np.ndarray]) -> None:
    for variable, value in zip(variables, values, strict=True):
        variable.assign(value)


@dataclass
class RunModel:
    """The network of a finished run, its last phase's layers set to train."""

    spec: RunSpec
    classes: tuple[str, ...]
    model: keras.Model  # (N, H, W, 3) float32, preprocessed → (N, K) float32 logits


def start(spec: RunSpec, bias: np.ndarray | None, emit: Emit, should_stop: ShouldStop) -> RunModel:
    """The network of a run as it was before its first step. `bias`: of the logits, (K,) float; None: noughts.

    Raises
    ------
    RunError
        When the pretrained weights are missing or damaged.
    """
    card = catalog.card(spec.backbone)
    plan = strategies.phases(spec, card.stage_names)[0].plan or strategies.plan(spec, card.stage_names)
    transfers = strategies.transfers(spec, card.stage_names)
    weights = fetch_weights(spec.backbone, emit, should_stop) if transfers else None
    classes = spec.data.classes or catalog.dataset(spec.data.dataset).classes
    model = build(spec, card, len(classes), weights)
    begin(model, spec, plan, card, np.zeros(len(classes)) if bias is None else bias)
    return RunModel(spec, tuple(classes), model)


def trained(spec: RunSpec, folder: Path, emit: Emit, should_stop: ShouldStop) -> RunModel:
    """The network as it was tested: of the last epoch, with early stopping of the best one. `folder` is the run's.

    Raises
    ------
    RunError
        When the checkpoint is missing or does not fit, or the pretrained weights are missing or damaged.
    """
    best = checkpoint.load(folder / checkpoint.BEST) if spec.patience is not None else None
    saved = best or checkpoint.load(folder)
    if saved is None:
        raise RunError("What this run has learned is no longer on this machine. Train it again.")
    emit(Progress("Rebuilding the trained network", 0, 1))
    arm = start(spec, None, emit, should_stop)
    card = catalog.card(spec.backbone)
    plan = strategies.plan(spec, card.stage_names)
    try:
        assign(touched(spec, arm.model, plan, card), saved[1]["model"])
    except (ValueError, KeyError) as error:
        raise RunError("What this run has learned was saved by another version of the app. Train it again.") from error
    return arm
