"""The compiled training and prediction steps of one phase."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import keras
import numpy as np
import tensorflow as tf

from tl_core.base.spec import Optimizer
from tl_core.ml.training.outputs import Output

Forward = Callable[[tf.Tensor, bool], tf.Tensor]


def build_optimizer(spec: Optimizer) -> keras.optimizers.Optimizer:
    """Adam (Kingma and Ba 2015), AdamW (Loshchilov and Hutter 2019) or SGD with Nesterov momentum."""
    if spec.name == "adam":
        return keras.optimizers.Adam(1.0)
    if spec.name == "adamw":
        optimizer = keras.optimizers.AdamW(1.0, weight_decay=spec.weight_decay)
        optimizer.exclude_from_weight_decay(var_names=["bias", "gamma", "beta"])
        return optimizer
    return keras.optimizers.SGD(1.0, momentum=spec.momentum, nesterov=spec.momentum > 0)


@dataclass
class Group:
    """Variables that share a learning rate: `share` times the phase's."""

    share: float
    variables: list[keras.Variable]
    optimizer: keras.optimizers.Optimizer


def group_variables(layers: Sequence[tuple[keras.Layer, float]], spec: Optimizer) -> list[Group]:
    """One optimiser for each distinct share of the learning rate."""
    by_share: dict[float, list[keras.Variable]] = {}
    for layer, share in layers:
        by_share.setdefault(share, []).extend(layer.trainable_variables)
    groups = []
    for share, variables in sorted(by_share.items(), reverse=True):
        if variables:
            optimizer = build_optimizer(spec)
            optimizer.build(variables)
            groups.append(Group(share, variables, optimizer))
    return groups


def _compact(value: np.ndarray) -> np.ndarray:
    """The same numbers; zeros, as moments are at first, take no memory."""
    return value if value.any() else np.broadcast_to(np.zeros((), value.dtype), value.shape)


class Steps:
    """Train and predict through `forward`, with running sums on the device.

    Parameters
    ----------
    forward : (x, training) → logits (B, K) float32
    input_spec : shape and dtype of x, batch dimension None
    output : what the logits say

    `train(x, y, weights, rates, size)` takes len(rates) steps in one call, each on the next `size` rows at its own
    learning rate; the last one may be smaller.
    """

    def __init__(self, forward: Forward, input_spec: tf.TensorSpec, groups: list[Group], output: Output) -> None:
        self.forward, self.input_spec, self.groups, self.output = forward, input_spec, groups, output
        self.loss_sum, self.correct, self.seen = (tf.Variable(0.0, trainable=False) for _ in range(3))
        self._start = [_compact(variable.numpy()) for variable in self.optimizer_variables]
        labels, weights = (tf.TensorSpec((None, *output.label_shape), kind) for kind in (tf.int32, tf.float32))
        rates, size = tf.TensorSpec((None,), tf.float32), tf.TensorSpec((), tf.int32)
        self.train = tf.function(
            self._train, input_signature=[input_spec, labels, weights, rates, size], autograph=False
        )
        self.logits = tf.function(self._logits, input_signature=[input_spec], autograph=False)

    @property
    def optimizer_variables(self) -> list[keras.Variable]:
        return [variable for group in self.groups for variable in group.optimizer.variables]

    @property
    def optimizer_bytes(self) -> int:
        return sum(v.dtype.size * v.shape.num_elements() for v in (v.value for v in self.optimizer_variables))

    def restart(self) -> None:
        """Optimisers as they were built, sums at zero."""
        for variable, value in zip(self.optimizer_variables, self._start, strict=True):
            variable.assign(value)
        self.reset()

    def rehearse(self, size: int) -> None:
        """Compile both: one step of no length on `size` rows of nothing."""
        x = tf.zeros([size, *self.input_spec.shape[1:]], self.input_spec.dtype)
        labels, weights = (tf.zeros([size, *self.output.label_shape], kind) for kind in (tf.int32, tf.float32))
        self.train(x, labels, weights, tf.zeros(1), tf.constant(size))
        self.logits(x)

    def _train(self, x: tf.Tensor, y: tf.Tensor, weights: tf.Tensor, rates: tf.Tensor, size: tf.Tensor) -> None:
        def step(i: tf.Tensor) -> tuple[tf.Tensor]:
            rows = slice(i * size, (i + 1) * size)
            self._step(x[rows], y[rows], weights[rows], rates[i])
            return (i + 1,)

        tf.while_loop(lambda i: i < tf.size(rates), step, (tf.constant(0),), parallel_iterations=1)

    def _step(self, x: tf.Tensor, y: tf.Tensor, weights: tf.Tensor, rate: tf.Tensor) -> None:
        with tf.GradientTape() as tape:
            logits = self.forward(x, True)
            loss = tf.reduce_mean(weights * self.output.tensor_losses(logits, y))
        variables = [v.value for group in self.groups for v in group.variables]
        gradients = tape.gradient(loss, variables)
        start = 0
        for group in self.groups:
            end = start + len(group.variables)
            group.optimizer.learning_rate.assign(rate * group.share)
            group.optimizer.apply(gradients[start:end], group.variables)
            start = end
        size = tf.cast(tf.shape(y)[0], tf.float32)
        hits = self.output.tensor_right(logits, y)
        self.loss_sum.assign_add(loss * size)
        self.correct.assign_add(tf.reduce_sum(tf.cast(hits, tf.float32)))
        self.seen.assign_add(size)

    def _logits(self, x: tf.Tensor) -> tf.Tensor:
        return self.forward(x, False)

    def running(self) -> tuple[float, float]:
        """(mean loss, accuracy) since the last reset."""
        seen = max(float(self.seen), 1.0)
        return float(self.loss_sum) / seen, float(self.correct) / seen

    def reset(self) -> None:
        for total in (self.loss_sum, self.correct, self.seen):
            total.assign(0.0)
