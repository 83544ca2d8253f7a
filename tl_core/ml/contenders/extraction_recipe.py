"""`PER_CLASS EPOCHS`: the recipe of https://keras.io/guides/transfer_learning, on the same images.

The frozen base is called with training=False inside the model that fit trains.
"""

from __future__ import annotations

import sys
import time

import keras

from tl_core.ml.contenders.task import extraction, tell
from tl_core.ml.data import splits as data
from tl_core.ml.data.downloads import fetch_weights
from tl_core.ml.network import models


def main(per_class: int, epochs: int) -> None:
    spec = extraction(per_class, epochs)
    splits = data.load(spec.data, lambda event: None, lambda: False)
    weights = fetch_weights(spec.backbone, lambda event: None, lambda: False)
    keras.utils.set_random_seed(spec.seed)
    began = time.perf_counter()
    base = models.build_backbone(spec.backbone, spec.image_size, weights)
    base.trainable = False
    inputs = keras.Input(splits.train.images.shape[1:])
    x = keras.layers.Resizing(spec.image_size, spec.image_size)(inputs)
    x = models.preprocess(spec.backbone)(x)
    x = base(x, training=False)
    x = keras.layers.GlobalAveragePooling2D()(x)
    model = keras.Model(inputs, keras.layers.Dense(len(splits.classes))(x))
    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    rate = spec.optimizer.learning_rate
    model.compile(keras.optimizers.Adam(rate), loss, metrics=["accuracy"])
    train, val, test = splits.train, splits.val, splits.test
    model.fit(
        train.images[:], train.labels, spec.batch_size, epochs, validation_data=(val.images[:], val.labels), verbose=0
    )
    _, accuracy = model.evaluate(test.images[:], test.labels, verbose=0)
    tell(seconds=time.perf_counter() - began, accuracy=accuracy)


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
