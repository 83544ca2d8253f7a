"""Pictures: (N, H, W, 3) uint8 [0, 255], resized to the side that the network takes."""

from __future__ import annotations

from collections.abc import Callable

import tensorflow as tf

from tl_core.base.events import Emit, ShouldStop
from tl_core.ml.data.augment import augmenter as augmenter
from tl_core.ml.data.splits import Images

DTYPE = "float32"


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
