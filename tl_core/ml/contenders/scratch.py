"""`ENGINE STEPS`: training images per second of tiny_resnet at 32 px, every weight trained with Adam."""

from __future__ import annotations

import sys
from collections.abc import Callable

import numpy as np

from tl_core.ml.contenders.task import need, noise, seconds, tell

BATCH, SIDE, CLASSES, RATE, TIMES = 32, 32, 10, 1e-3, 3


def ours(images: np.ndarray, labels: np.ndarray) -> Callable[[], object]:
    """With deterministic operations, as in every run."""
    import keras
    import tensorflow as tf

    from tl_core.base.spec import Head, Optimizer
    from tl_core.ml.network import models
    from tl_core.ml.training.outputs import Softmax
    from tl_core.ml.training.steps import Steps, group_variables

    keras.utils.set_random_seed(0)
    tf.config.experimental.enable_op_determinism()
    name = "tiny_resnet_cifar100"
    model = models.attach_head(models.build_backbone(name, SIDE, None), Head(), CLASSES, 0)
    prepare = models.preprocess(name)
    groups = group_variables([(layer, 1.0) for layer in model.layers], Optimizer())
    steps = Steps(
        lambda x, training: model(prepare(tf.cast(x, tf.float32)), training=training),
        tf.TensorSpec((None, SIDE, SIDE, 3), tf.uint8),
        groups,
        Softmax(CLASSES),
    )
    rates, weights = np.full(len(images) // BATCH, RATE, np.float32), np.ones(len(images), np.float32)
    return lambda: steps.train(images, labels, weights, rates, np.int32(BATCH))


def keras_fit(images: np.ndarray, labels: np.ndarray) -> Callable[[], object]:
    import keras

    from tl_core.ml.network.tiny_resnet import preprocess_input, tiny_resnet

    model = tiny_resnet((SIDE, SIDE, 3), include_top=True, classes=CLASSES)
    model.compile(keras.optimizers.Adam(RATE), keras.losses.SparseCategoricalCrossentropy(from_logits=True))
    x = preprocess_input(images)
    return lambda: model.fit(x, labels, BATCH, epochs=1, verbose=0)


def torch(images: np.ndarray, labels: np.ndarray) -> Callable[[], object]:
    need("torch", "PyTorch")
    from torch import from_numpy, optim
    from torch.nn.functional import cross_entropy

    from tl_core.ml.contenders.tiny_resnet_torch import channels_last, tiny_resnet

    model = tiny_resnet(CLASSES)
    optimizer = optim.Adam(model.parameters(), RATE)

    def call() -> None:
        for start in range(0, len(images), BATCH):
            rows = slice(start, start + BATCH)
            x = channels_last(from_numpy(images[rows]))
            optimizer.zero_grad()
            cross_entropy(model(x), from_numpy(labels[rows]).long()).backward()
            optimizer.step()

    return call


ENGINES = {engine.__name__: engine for engine in (ours, keras_fit, torch)}


def main(engine: str, steps: str) -> None:
    images = noise(BATCH * int(steps), SIDE)
    labels = np.random.default_rng(1).integers(0, CLASSES, len(images)).astype(np.int32)
    call = ENGINES[engine](images, labels)
    call()
    tell(images_per_s=len(images) / seconds(call, TIMES))


if __name__ == "__main__":
    main(*sys.argv[1:])
