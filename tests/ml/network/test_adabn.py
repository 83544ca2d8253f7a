"""AdaBN against the statistics computed directly, layer by layer, in NumPy."""

from __future__ import annotations

from contextlib import nullcontext

import keras
import numpy as np
import pytest
import tensorflow as tf

from tl_core.ml.network import freezing, models
from tl_core.ml.network.adabn import AdaBN

SIGNATURE = tf.TensorSpec((None, 6, 6, 3))


@pytest.fixture
def model() -> keras.Model:
    """Two layers of batch normalisation, one of them frozen and the other one with scale and shift of its own."""
    keras.utils.set_random_seed(3)
    x = inputs = keras.Input((6, 6, 3))
    for name in ("one", "two"):
        x = keras.layers.Conv2D(4, 3, padding="same")(x)
        x = keras.layers.BatchNormalization(name=name)(x)
        x = keras.layers.ReLU()(x)
    x = keras.layers.Dropout(0.5)(keras.layers.GlobalAveragePooling2D()(x))
    model = keras.Model(inputs, keras.layers.Dense(2)(x))
    model.get_layer("one").trainable = False
    freezing.set_batch_norm(model.get_layer("two"), "affine")
    rng = np.random.default_rng(0)
    for name in ("one", "two"):
        for variable in model.get_layer(name).weights:
            variable.assign(rng.uniform(0.5, 2, variable.shape))
    return model


def adabn(model: keras.Model) -> AdaBN:
    return AdaBN(model, lambda x: model(x, training=False), SIGNATURE)


def images(count: int) -> np.ndarray:
    return np.random.default_rng(1).normal(2, 3, (count, 6, 6, 3)).astype(np.float32)


def directly(model: keras.Model, x: np.ndarray) -> tuple[list[np.ndarray], np.ndarray]:
    """(means and variances of every layer's input, logits), each layer normalised by what comes to it."""
    statistics = []
    for layer in model.layers[1:]:
        if isinstance(layer, keras.layers.BatchNormalization):
            mean, variance = x.mean(axis=(0, 1, 2)), x.var(axis=(0, 1, 2))
            statistics += [mean, variance]
            x = (x - mean) / np.sqrt(variance + layer.epsilon) * layer.gamma.numpy() + layer.beta.numpy()
        elif not isinstance(layer, keras.layers.Dropout):
            x = layer(x).numpy()
    return statistics, x


def test_statistics_and_logits_are_those_of_a_direct_computation(model: keras.Model) -> None:
    x = images(40)
    statistics, logits = directly(model, x)
    adapting = adabn(model)
    with adapting.adapted([x]):
        found = [v.numpy() for layer in adapting.layers for v in (layer.moving_mean, layer.moving_variance)]
        answer = model(x, training=False).numpy()
    for one, other in zip(found, statistics, strict=True):
        assert one == pytest.approx(other, rel=1e-4, abs=1e-5)
    assert answer == pytest.approx(logits, rel=1e-4, abs=1e-4)


def test_batches_of_different_sizes_add_up_to_all_images(model: keras.Model) -> None:
    x = images(50)
    first = model.get_layer("one")
    with adabn(model).adapted([x[:7], x[7:30], x[30:]]):
        statistics, _ = directly(model, x)
        assert first.moving_mean.numpy() == pytest.approx(statistics[0], rel=1e-4, abs=1e-5)
        assert first.moving_variance.numpy() == pytest.approx(statistics[1], rel=1e-4)


@pytest.mark.parametrize("fails", [False, True])
def test_afterwards_the_network_is_as_it_was(model: keras.Model, fails: bool) -> None:
    x = images(10)
    before = model(x, training=False).numpy()
    weights = [v.numpy() for v in model.variables]
    state = freezing.graph_state(model)
    adapting = adabn(model)
    with pytest.raises(KeyboardInterrupt) if fails else nullcontext(), adapting.adapted([x]):
        assert not np.allclose(model(x, training=False), before, atol=1e-3)
        if fails:
            raise KeyboardInterrupt
    assert np.array_equal(model(x, training=False), before)
    assert all(np.array_equal(one, v) for one, v in zip(weights, model.variables, strict=True))
    assert freezing.graph_state(model) == state


def test_a_network_without_batch_normalisation_has_nothing_to_adapt() -> None:
    inputs = keras.Input((6, 6, 3))
    plain = keras.Model(inputs, keras.layers.Dense(2)(keras.layers.Flatten()(inputs)))
    assert models.batch_norms(plain) == []
    with adabn(plain).adapted([images(3)]):
        pass
