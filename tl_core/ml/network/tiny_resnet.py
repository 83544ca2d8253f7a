"""A small residual network for small pictures: the backbone that ships with its weights.

The plain post-activation design of He et al. 2015 (arXiv:1512.03385) with the averaged shortcut of He et al.
2018 (arXiv:1812.01187, ResNet-D). Four stages, each ending in one tensor that every path crosses:

    stem     (N, H,   W,   32)     one convolution
    stage1   (N, H/2, W/2, 64)
    stage2   (N, H/4, W/4, 128)
    stage3   (N, H/8, W/8, 256)

At 32 x 32 that is about 44 million multiply-adds and 1.2 million parameters.
"""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

import keras
import numpy as np
from keras import layers, ops

STEM_WIDTH = 32
STAGE_WIDTHS = (64, 128, 256)
MIN_SIZE = 16

# The middle and a quarter of the pixel range, the same for every channel: no statistics of any one source.
PIXEL_MEAN = 127.5
PIXEL_SCALE = 64.0

# Keras' default of 0.99 leaves the moving averages behind in runs of a few hundred steps.
BATCH_NORM_MOMENTUM = 0.9


def preprocess_input(x: Any) -> Any:
    """(..., 3) pixels in [0, 255], any dtype -> float32 in [-2, 2]; NumPy stays NumPy, a tensor a tensor."""
    x = x.astype("float32") if isinstance(x, np.ndarray) else ops.cast(x, "float32")
    return (x - PIXEL_MEAN) / PIXEL_SCALE


def tiny_resnet(
    input_shape: tuple[int | None, int | None, int] = (32, 32, 3),
    include_top: bool = False,
    classes: int = 100,
    weights: str | Path | None = None,
    name: str = "tiny_resnet",
) -> keras.Model:
    """Build the network; input is what `preprocess_input` returns, (N, H, W, 3) float32.

    Output: the last stage's feature map, (N, ceil(H/8), ceil(W/8), 256) float32, or with `include_top` the
    logits, (N, classes) float32. `weights` is a file written by `save_weights`, else the start is random.
    Raises ValueError for pictures below 16 x 16 and for a weights file that is damaged or does not fit.
    """
    if any(side is not None and side < MIN_SIZE for side in input_shape[:2]):
        raise ValueError(f"tiny_resnet needs at least {MIN_SIZE} x {MIN_SIZE} pixels, not {input_shape[:2]}.")
    inputs = keras.Input(input_shape, name="pixels")
    x = _conv_norm(inputs, STEM_WIDTH, "stem", "")
    x = layers.Activation("relu", name="stem_relu")(x)
    for number, width in enumerate(STAGE_WIDTHS, start=1):
        x = _block(x, width, stride=2, name=f"stage{number}_block1")
    if include_top:
        x = layers.GlobalAveragePooling2D(name="pool")(x)
        x = layers.Dense(classes, dtype="float32", name="logits")(x)
    model = keras.Model(inputs, x, name=name)
    if weights is not None:
        load_weights(model, weights)
    return model


def _block(x: Any, width: int, stride: int, name: str) -> Any:
    """Two 3 x 3 convolutions and a shortcut: (N, H, W, C) -> (N, H/stride, W/stride, width)."""
    shortcut = x
    if stride > 1:
        shortcut = layers.AveragePooling2D(stride, padding="same", name=f"{name}_shortcut_pool")(shortcut)
    if x.shape[-1] != width:
        shortcut = _conv_norm(shortcut, width, f"{name}_shortcut", "", kernel=1)
    y = _conv_norm(x, width, name, "1", stride=stride)
    y = layers.Activation("relu", name=f"{name}_relu1")(y)
    y = _conv_norm(y, width, name, "2")
    y = layers.Add(name=f"{name}_add")([y, shortcut])
    return layers.Activation("relu", name=f"{name}_relu")(y)


def _conv_norm(x: Any, width: int, name: str, number: str, kernel: int = 3, stride: int = 1) -> Any:
    x = layers.Conv2D(
        width,
        kernel,
        stride,
        padding="same",
        use_bias=False,
        kernel_initializer="he_normal",
        name=f"{name}_conv{number}",
    )(x)
    return layers.BatchNormalization(momentum=BATCH_NORM_MOMENTUM, epsilon=1e-5, name=f"{name}_bn{number}")(x)


def named_weights(model: keras.Model) -> dict[str, Any]:
    """Every weight of the model under its layer's name: `{"stem_conv/kernel": …}`."""
    return {f"{layer.name}/{weight.name}": weight for layer in model.layers for weight in layer.weights}


def save_weights(model: keras.Model, path: str | Path) -> str:
    """Write every weight as float16 under its layer's name; return the file's SHA-256 in hex."""
    weights = named_weights(model).items()
    arrays: dict[str, Any] = {key: np.asarray(weight).astype("float16") for key, weight in weights}
    with Path(path).open("wb") as file:
        np.savez(file, **arrays)
    return sha256(path)


def load_weights(model: keras.Model, path: str | Path) -> None:
    """Fill `model` from a file of `save_weights`; the file may hold more (a head) than the model has.

    Where a card lies beside the file (`NAME.json` for `NAME.weights.npz`), the file must have its hash.
    """
    path = Path(path)
    card = path.with_name(path.name.removesuffix(".weights.npz") + ".json")
    if card.exists() and json.loads(card.read_text())["sha256"] != sha256(path):
        raise ValueError(f"{path.name} is damaged: its SHA-256 is not the one in {card.name}.")
    with np.load(path) as stored:
        for key, weight in named_weights(model).items():
            if key not in stored or stored[key].shape != tuple(weight.shape):
                raise ValueError(f"{path.name} does not fit {model.name}: {key} is missing or not its shape.")
            weight.assign(stored[key].astype("float32"))


def sha256(path: str | Path) -> str:
    with Path(path).open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
