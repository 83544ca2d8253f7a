"""The freeze plan on a real model: what trains, what stays as it is, what starts anew."""

from __future__ import annotations

from functools import partial
from typing import Any

import keras

from tl_core.base.spec import BatchNorm, LayerPlan, Phase
from tl_core.catalog import Card
from tl_core.ml.network.models import canonical_names, flat_layers, stable_seed


def apply_plan(model: keras.Model, plan: LayerPlan, card: Card, seed: int) -> None:
    """Give the re-initialised stages and layers of a plan fresh weights from their layers' own initialisers.

    Same seed, same weights, in any process. The statistics of batch normalisation start anew; those by
    which a layer normalises the input stay, for they describe the data. A single layer's state wins over
    its stage's.
    """
    operations = canonical_names(model)
    for stage in card.stages:
        for layer in stage.layers:
            state = plan.layers.get(layer.name, plan.stages.get(stage.name, "frozen"))
            if state == "reinitialised" and layer.params:
                for number, inner in enumerate(flat_layers(operations[layer.name])):
                    _reinitialise(inner, stable_seed(seed, f"{layer.name}/{number}"))


def _reinitialise(layer: keras.Layer, seed: int) -> None:
    if not layer.weights or isinstance(layer, keras.layers.Normalization):
        return
    fresh = type(layer).from_config({**layer.get_config(), "trainable": True})
    for name, value in list(vars(fresh).items()):
        if isinstance(value, keras.initializers.Initializer) and hasattr(value, "seed"):
            value.seed = stable_seed(seed, name)
    fresh.build_from_config(layer.get_build_config())
    for variable, start in zip(layer.weights, fresh.weights, strict=True):
        variable.assign(start)


def renew_head(model: keras.Model, seed: int) -> None:
    """Give the head fresh weights from its layers' own initialisers."""
    for name, operation in canonical_names(model).items():
        if name.startswith("head_") and isinstance(operation, keras.Layer):
            _reinitialise(operation, stable_seed(seed, name))


def set_trainable(
    model: keras.Model,
    phase: Phase,
    plan: LayerPlan,
    card: Card,
    batch_norm: BatchNorm = "inference",
    momentum: float = 0.9,
) -> None:
    """Say for every layer whether it trains in this phase; the head always does.

    A frozen layer behaves as it does at inference, wherever it lies: its batch normalisation uses and keeps
    the moving statistics, its dropout (drop-connect in EfficientNet) is off. `batch_norm` says how batch
    normalisation behaves in pretrained layers that train. In layers that start at random it is in training mode, its
    moving statistics following with `momentum` in [0, 1); pretrained ones have the momentum they were trained with.
    Compile or trace anew afterwards.
    """
    training, random = _training(phase, plan, card), _reinitialised(plan, card)
    for name, operation in canonical_names(model).items():
        trains = name in training or name.startswith("head_")
        if isinstance(operation, keras.Layer):
            operation.trainable = trains
        if isinstance(operation, keras.layers.Dropout):
            _switch(operation, trains)
        for layer in flat_layers(operation):
            if isinstance(layer, keras.layers.BatchNormalization) and trains:
                if name in random:
                    set_batch_norm(layer, "training", momentum)
                else:
                    set_batch_norm(layer, batch_norm)


def set_batch_norm(layer: keras.layers.BatchNormalization, mode: BatchNorm, momentum: float | None = None) -> None:
    """Put one layer in a mode: `inference`, `training`, or `affine` (scale and shift train, statistics stay).

    `momentum` of the moving statistics in [0, 1); None: the layer's own. Keras' 0.99 leaves them near their start for
    some hundred steps, so that a short run from random weights would be tested with statistics of nothing.
    """
    if not hasattr(layer, "own_momentum"):
        layer.own_momentum = layer.momentum
    layer.trainable = mode != "inference"
    layer.momentum = layer.own_momentum if momentum is None else momentum
    if mode == "affine":
        layer.call = partial(_call_with_own_statistics, layer)
    elif keeps_statistics(layer):
        del layer.call


def _call_with_own_statistics(
    layer: keras.layers.BatchNormalization, inputs: Any, training: bool | None = None, mask: Any = None
) -> Any:
    return type(layer).call(layer, inputs, training=False, mask=mask)


def keeps_statistics(layer: Any) -> bool:
    """Whether batch normalisation is in the mode `affine`."""
    return "call" in vars(layer)


def _reinitialised(plan: LayerPlan, card: Card) -> set[str]:
    """The backbone's operations whose weights start at random."""
    return {
        layer.name
        for stage in card.stages
        for layer in stage.layers
        if plan.layers.get(layer.name, plan.stages.get(stage.name)) == "reinitialised"
    }


def _switch(dropout: keras.layers.Dropout, on: bool) -> None:
    if not hasattr(dropout, "own_rate"):
        dropout.own_rate = dropout.rate
    dropout.rate = dropout.own_rate if on else 0.0


def graph_state(model: keras.Model) -> list[tuple[bool, bool, float]]:
    """What goes into a traced graph though it can be changed: does a layer train, does it keep its statistics if it
    does, and how slowly do they follow if not."""
    return [
        (layer.trainable, keeps_statistics(layer), getattr(layer, "momentum", 0.0) * layer.trainable)
        for layer in flat_layers(model)
    ]


def frozen_names(model: keras.Model, phase: Phase, plan: LayerPlan, card: Card) -> set[str]:
    """Canonical names of all operations whose output depends only on their input in this phase.

    Those are the frozen layers, the weightless operations between them, and the head's pooling or flattening.
    """
    training = _training(phase, plan, card)
    weightless = {"head_pool", "head_flatten"}
    return {
        name
        for name in canonical_names(model)
        if name in weightless or (name not in training and not name.startswith("head_"))
    }


def _training(phase: Phase, plan: LayerPlan, card: Card) -> set[str]:
    """The backbone's operations that train in this phase.

    A stage trains when the phase says so and the plan has not frozen it; a single layer's state in the plan
    wins. A weightless operation goes with the layer below it in its stage (the first ones with the layer
    above them).
    """
    training = set()
    for stage in card.stages:
        state = plan.stages.get(stage.name, "frozen")
        opened = stage.name in phase.train if state != "frozen" else None
        trains = {
            layer.name: opened is not False and plan.layers.get(layer.name, state) != "frozen"
            for layer in stage.layers
            if layer.params
        }
        current = next(iter(trains.values()), bool(opened))
        for layer in stage.layers:
            current = trains.get(layer.name, current)
            if current:
                training.add(layer.name)
    return training
