"""AdaBN: batch normalisation takes the statistics of the images that the network is used on, without their labels.

Li et al. 2017, "Revisiting Batch Normalization For Practical Domain Adaptation" (arXiv:1603.04779), algorithm 1: in
every layer, the mean and the variance over the target's images take the place of the source's; weights stay.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from typing import Any

import keras
import numpy as np
import tensorflow as tf

from tl_core.ml.network.models import batch_norms

Statistics = list[tuple[np.ndarray, np.ndarray]]  # (mean, variance) of every layer, each (C,)


class AdaBN:
    """Re-estimates the statistics of a network.

    Parameters
    ----------
    model : with or without batch normalisation; its modes stay as they are
    forward : (B, …) → logits, through `model` in inference mode
    signature : of what `forward` takes, batch dimension None
    """

    def __init__(self, model: keras.Model, forward: Callable[[tf.Tensor], tf.Tensor], signature: tf.TensorSpec) -> None:
        self.layers = batch_norms(model)
        with _by_batch(self.layers):
            self._pass = tf.function(forward, input_signature=[signature], autograph=False).get_concrete_function()

    @contextmanager
    def adapted(self, batches: Sequence[np.ndarray]) -> Iterator[None]:
        """Inside, the network has the statistics of these images; afterwards its own again.

        With one batch they are exact: every layer's are of its input from layers below that are adapted already. With
        several, each batch is normalised by itself on its way, and mean and variance are those of all images together
        (Wu and Johnson 2021, "Rethinking 'Batch' in BatchNorm", section 3, PreciseBN).
        """
        before = self._statistics()
        try:
            each = [(len(batch), self._of(batch)) for batch in batches]
            self._assign([_together(each, place) for place in range(len(self.layers))])
            yield
        finally:
            self._assign(before)

    def _of(self, batch: np.ndarray) -> Statistics:
        self._pass(tf.constant(batch))
        return self._statistics()

    def _statistics(self) -> Statistics:
        return [(layer.moving_mean.numpy(), layer.moving_variance.numpy()) for layer in self.layers]

    def _assign(self, statistics: Statistics) -> None:
        for layer, (mean, variance) in zip(self.layers, statistics, strict=True):
            layer.moving_mean.assign(mean)
            layer.moving_variance.assign(variance)


def _together(each: Sequence[tuple[int, Statistics]], place: int) -> tuple[np.ndarray, np.ndarray]:
    """Mean and variance of a layer's input over all batches, from those of each."""
    sizes = np.array([size for size, _ in each], float)
    means, variances = (np.stack([found[place][i] for _, found in each]).astype(float) for i in (0, 1))
    mean = np.average(means, axis=0, weights=sizes)
    return mean, np.average(variances + (means - mean) ** 2, axis=0, weights=sizes)


@contextmanager
def _by_batch(layers: Sequence[keras.layers.BatchNormalization]) -> Iterator[None]:
    """Inside, what is traced normalises by its batch and leaves the batch's statistics in the layer."""
    own = [vars(layer).get("call") for layer in layers]
    for layer in layers:
        layer.call = partial(_call_by_batch, layer)
    try:
        yield
    finally:
        for layer, call in zip(layers, own, strict=True):
            if call is None:
                del layer.call
            else:
                layer.call = call


def _call_by_batch(
    layer: keras.layers.BatchNormalization, inputs: Any, training: bool | None = None, mask: Any = None
) -> Any:
    axes = [axis for axis in range(len(inputs.shape)) if axis != layer.axis % len(inputs.shape)]
    mean, variance = keras.ops.moments(inputs, axes)
    layer.moving_mean.assign(mean)
    layer.moving_variance.assign(variance)
    return type(layer).call(layer, inputs, training=False, mask=mask)
