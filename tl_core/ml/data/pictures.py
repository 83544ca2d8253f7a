"""Pictures: (N, H, W, 3) uint8 [0, 255], resized to the side that the network takes."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import keras
import numpy as np
import tensorflow as tf
from keras import ops

from tl_core.base.bootstrap import Score
from tl_core.base.events import Emit, ShouldStop
from tl_core.base.questions import Example
from tl_core.ml.data.augment import augmenter as augmenter
from tl_core.ml.data.splits import Images, Splits
from tl_core.uploads import stored
from tl_core.uploads.decode import decode

DTYPE = "float32"
READ_AS = "(N, H, W, 3) uint8 RGB in [0, 255]"


def input_shape(size: int) -> tuple[int, ...]:
    return size, size, 3


def reader(backbone: str, size: int, emit: Emit, should_stop: ShouldStop) -> Callable[[Images], Images]:
    """They are numbers already."""
    return lambda images: images


def fitted(size: int) -> Callable[[tf.Tensor], tf.Tensor]:
    """(B, h, w, 3) float32 [0, 255] → (B, size, size, 3)."""

    def resized(x: tf.Tensor) -> tf.Tensor:
        if x.shape[1:3] != (size, size):
            x = tf.image.resize(x, (size, size), antialias=size < max(x.shape[1:3]))
        return x

    return resized


def opened(content: bytes, name: str) -> tuple[np.ndarray, np.ndarray]:
    """All of a picture, and its middle square; deep grey is as bright as where the model was trained."""
    manifest = stored.find(name)
    whole, square = (
        decode(content, manifest.scales if manifest else None, all_of_it).pixels for all_of_it in (True, False)
    )
    return whole, square


def alike(numbers: tf.Tensor, side: int) -> tf.Tensor:
    """(B, h, w, 3) float32 → (B, side, side, 3)."""
    if numbers.shape[1:3] != (side, side):
        numbers = tf.image.resize(numbers, (side, side), antialias=True)
    numbers.set_shape((None, side, side, 3))
    return numbers


def entrance(side: int, size: int) -> tuple[Any, Any]:
    """(N, H, W, 3) of any size, uint8 or float → cut to the middle, and resized twice as in training."""
    layers = keras.layers
    pictures = keras.Input((None, None, 3), name="pictures")
    x = layers.Resizing(side, side, crop_to_aspect_ratio=True, antialias=True, name="like_the_training_pictures")(
        pictures
    )
    if side != size:
        x = layers.Resizing(size, size, antialias=size < side, name="to_the_network")(x)
    return pictures, x


def lite_entrance(side: int, size: int) -> tuple[Any, Any]:
    """(1, side, side, 3) float32 → (1, size, size, 3)."""
    picture = keras.Input((side, side, 3), batch_size=1, name="picture")
    if size < side:
        return picture, _shrunk(picture, side, size)
    return picture, keras.layers.Resizing(size, size)(picture) if size > side else picture


def _shrunk(x: Any, side: int, size: int) -> Any:
    """tf.image.resize with antialias=True, which TensorFlow Lite lacks, as two products with its own weights."""
    one_row_each = np.eye(side, dtype=np.float32).reshape(1, side, 1, side)
    weights = tf.image.resize(one_row_each, (size, 1), antialias=True).numpy().reshape(size, side)
    x = ops.reshape(ops.matmul(weights, ops.reshape(x, (1, side, side * 3))), (1, size, side, 3))
    return ops.matmul(weights, x)


def given(name: str, ids: np.ndarray, examples: np.ndarray) -> list[Example]:
    """A person is given what a network is."""
    return list(examples)


def companions(backbone: str, size: int, emit: Emit, should_stop: ShouldStop) -> dict[str, bytes]:
    """Everything is in the model."""
    return {}


def shown(numbers: Images, load: Callable[[], Images]) -> Images:
    """The reader leaves pictures as they are."""
    return numbers


def references(splits: Splits) -> dict[str, np.ndarray]:
    """Nothing as simple is worth a race on pictures."""
    return {}


def without(example: Example) -> list[tuple[str, Example]]:
    """A picture has no words."""
    return []


def measures(splits: Splits, probabilities: np.ndarray) -> dict[str, Score]:
    """Those of a classifier are all there are."""
    return {}
