"""Trainable and total parameters of a run, counted from the architecture card: no network is built for it."""

from __future__ import annotations

import math
from typing import NamedTuple

from tl_core.base.spec import Head, LayerPlan, RunSpec
from tl_core.catalog import Card, Layer, card, dataset
from tl_core.catalog.strategies import batch_norm, phases, plan


class Params(NamedTuple):
    """Numbers of weights. `exact` is False where the head depends on a size that the card does not know."""

    trainable: int
    total: int
    exact: bool = True


def learnable(layer: Layer) -> int:
    """The weights of a layer that gradient descent could change: moving statistics are not among them."""
    if layer.norm:
        return layer.params - 2 * layer.output_shape[-1]
    return 0 if layer.kind in {"Normalization", "Rescaling"} else layer.params


def head_params(head: Head, features: tuple[int, ...], classes: int) -> int:
    """Weights and biases of the new layers on features whose last axis is their channels."""
    width = math.prod(features) if head.kind == "flatten_256" else features[-1]
    hidden = {"pool": None, "pool_hidden": 128, "flatten_256": 256}[head.kind]
    if hidden is None:
        return width * classes + classes
    return width * hidden + hidden + hidden * classes + classes


def features_shape(network: Card, image_size: int) -> tuple[int, ...]:
    """(H, W, C) of pictures, (C,) of sentences: what the backbone hands to the head."""
    return network.shape_at(network.stages[-1].output_shape, image_size)


def count(spec: RunSpec) -> Params:
    """How many weights a run trains, over all its phases, and how many there are.

    Batch normalisation in inference mode, as it usually is in pretrained layers that are fine-tuned, trains nothing.
    """
    network = card(spec.backbone)
    data = dataset(spec.data.dataset)
    head = head_params(spec.head, features_shape(network, spec.image_size), len(spec.data.classes or data.classes))
    chosen = plan(spec, network.stage_names)
    training = {name for phase in phases(spec, network.stage_names) for name in phase.train}
    kept = batch_norm(spec) == "inference"
    base = any(phase.plan is not None for phase in phases(spec, network.stage_names))  # all of it trains at first
    trainable = 0
    for stage in network.stages:
        for layer in stage.layers:
            random = base or chosen.layers.get(layer.name, chosen.stages.get(stage.name)) == "reinitialised"
            if trains(chosen, training, stage.name, layer.name) and not (kept and layer.norm and not random):
                trainable += learnable(layer)
    exact = spec.head.kind != "flatten_256" or spec.image_size == network.image_size
    return Params(trainable + head, network.params + head, exact)


def trains(chosen: LayerPlan, training: set[str], stage: str, layer: str) -> bool:
    """Whether a layer trains: a single-layer exception wins over its stage."""
    exception = chosen.layers.get(layer)
    return exception != "frozen" if exception else stage in training
