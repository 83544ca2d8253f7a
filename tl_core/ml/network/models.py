"""Backbones and heads as Keras models, and the freeze plan on a real model.

Layers go by *canonical names*. Keras numbers unnamed layers over the whole process (`conv2d_17` is
`conv2d_311` in a process that has built another model before); here each kind is numbered from the start of
its model, so a name on an architecture card, in a freeze plan or in a cache key means the same layer
everywhere.
"""

from __future__ import annotations

import importlib
import re
import zipfile
import zlib
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import keras
import numpy as np

from tl_core.base.events import RunError
from tl_core.base.spec import Head
from tl_core.catalog.backbones import BACKBONES, Backbone
from tl_core.ml.data import modalities

# Of the photographs of ImageNet, RGB in [0, 1]: the constants of every network trained on them.
IMAGENET_MEAN = (0.485, 0.456, 0.406)
IMAGENET_STD = (0.229, 0.224, 0.225)


def _module(entry: Backbone) -> Any:
    if not entry.module:
        return importlib.import_module(f"tl_core.ml.network.{entry.builder}")
    return getattr(keras.applications, entry.module)


def build_backbone(name: str, image_size: int, weights: Path | None) -> keras.Model:
    """The backbone `name` without its top: pictures (N, image_size, image_size, 3) float32 → (N, H, W, C) float32,
    sentences of so many tokens (N, image_size) int32 → (N, C) float32.

    Input is what `preprocess(name)` returns. `weights` is the include_top=False file; None: random weights,
    which only training from scratch asks for.

    Raises
    ------
    RunError
        The backbone cannot take the size, or the weights file is missing, damaged or for another
        network.
    """
    entry = BACKBONES[name]
    if problem := entry.wrong_size(image_size):
        raise RunError(problem)
    builder = getattr(keras.applications if entry.module else _module(entry), entry.builder)
    shape = modalities.of(name).input_shape(image_size)
    backbone = builder(include_top=False, weights=None, input_shape=shape, **entry.kwargs)
    if weights is not None:
        _load(backbone, entry, weights)
    _set_input_statistics(backbone)
    return backbone


def _load(backbone: keras.Model, entry: Backbone, path: Path) -> None:
    try:
        if entry.module:
            backbone.load_weights(str(path))
        else:
            _module(entry).load_weights(backbone, path)
    except (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile) as error:
        again = (
            f"Delete it (in {path.parent}) and start again, so that it is downloaded afresh."
            if entry.weights_url
            else "It comes with the app: install it again."
        )
        raise RunError(
            f"The weights file {path.name} of {entry.title} cannot be read: it is missing, damaged or for "
            f"another network. {again}"
        ) from error


def _set_input_statistics(backbone: keras.Model) -> None:
    """Let EfficientNet's input normalisation be (x/255 - mean) / std of ImageNet, whatever its weights.

    Its weights file holds std where the layer wants std²; keras.applications mends that by one more Rescaling
    layer, but only for weights="imagenet", not for a path, and leaves random weights without any statistics.
    See https://github.com/tensorflow/tensorflow/issues/49930.
    """
    for layer in backbone.layers:
        if isinstance(layer, keras.layers.Normalization) and layer.weights:
            layer.adapt_mean.assign(IMAGENET_MEAN)
            layer.adapt_variance.assign([std**2 for std in IMAGENET_STD])
            layer.finalize_state()


def preprocess(name: str) -> Callable[[Any], Any]:
    """The family's own preprocess_input: (N, H, W, 3) float32 RGB in [0, 255] → (N, H, W, 3) float32 tensor; sentences
    as (N, L) int32 tokens.

    Unlike Keras' own, it leaves a NumPy array that it is given as it was.
    """
    own, dtype = _module(BACKBONES[name]).preprocess_input, modalities.of(name).DTYPE
    return lambda images: own(keras.ops.convert_to_tensor(images, dtype))


def preprocess_graph(name: str, x: Any) -> Any:
    """The same as a part of a functional graph, of Keras' own operations: a Keras tensor in and out."""
    return _module(BACKBONES[name]).preprocess_input(x)


def attach_head(backbone: keras.Model, head: Head, classes: int, seed: int) -> keras.Model:
    """One flat functional graph: the backbone's own layers, then head_*; outputs (N, classes) float32 logits.

    The weights are shared with `backbone`. Random weights of the head are Glorot-uniform and depend on `seed`
    only; `head.start` says whether its last layer has them.
    """
    layers = keras.layers

    def dense(units: int, name: str, activation: str | None = None, zeros: bool = False) -> keras.Layer:
        start = "zeros" if zeros else keras.initializers.GlorotUniform(seed=stable_seed(seed, name))
        return layers.Dense(units, activation, kernel_initializer=start, dtype="float32", name=name)

    if head.kind == "flatten_256":
        x = layers.Flatten(name="head_flatten")(backbone.output)  # (N, H * W * C)
        x = dense(256, "head_hidden", "relu")(x)
    else:
        pooling = layers.GlobalAveragePooling2D if len(backbone.output.shape) == 4 else layers.Flatten
        x = pooling(name="head_pool")(backbone.output)  # (N, C)
        if head.kind == "pool_hidden":
            x = dense(128, "head_hidden", "relu")(x)
    if head.dropout > 0:
        x = layers.Dropout(head.dropout, seed=stable_seed(seed, "head_dropout"), name="head_dropout")(x)
    logits = dense(classes, "head_logits", zeros=head.start == "zeros")(x)
    return keras.Model(backbone.inputs[0], logits, name=f"{backbone.name}_with_head")


def stable_seed(seed: int, name: str) -> int:
    """A 31-bit seed for one named thing of a run: the same in every process, and its own for each name."""
    return zlib.crc32(f"{seed}/{name}".encode()) & 0x7FFFFFFF


def nodes(model: keras.Model) -> list[Any]:
    """The calls of which the graph consists, each after all it depends on.

    A node knows its `operation`, `input_tensors` and `outputs`. (`layer.output` would not do: of a layer
    that two models share it tells the tensor of the first.)
    """
    by_depth = model._nodes_by_depth
    return [node for depth in sorted(by_depth, reverse=True) for node in by_depth[depth]]


def _own_name(operation: Any) -> str:
    """The name Keras gives to an unnamed operation of this class: MaxPooling2D → max_pooling2d."""
    name = re.sub("(.)([A-Z][a-z0-9]+)", r"\1_\2", type(operation).__name__)
    return re.sub("([a-z])([A-Z])", r"\1_\2", name).lower()


def canonical_names(model: keras.Model) -> dict[str, Any]:
    """Every operation of the graph by its canonical name, in topological order.

    Operations are layers, and bare ones such as the Add that `x + y` leaves behind. Names that were given
    stay; names that Keras counted are counted again from the start of this model: add, add_1, add_2, …
    """
    counts: Counter[str] = Counter()
    names = {}
    for operation in (node.operation for node in nodes(model)):
        name = own = _own_name(operation)
        if re.fullmatch(rf"{own}(_\d+)?", operation.name):
            name = f"{own}_{counts[own]}" if counts[own] else own
            counts[own] += 1
        else:
            name = operation.name
        names[name] = operation
    return names


def stages_of(name: str, backbone: keras.Model) -> list[tuple[str, list[str]]]:
    """The stages of the entry `name`, bottom up, with the canonical names of their layers; a head has none.

    Every layer of the backbone is in exactly one stage, and each stage ends where a single tensor crosses
    the graph.
    """
    ends = {last: stage for stage, last in BACKBONES[name].stages.items()}
    stages, layers = [], []
    for layer in canonical_names(backbone):
        layers.append(layer)
        if layer in ends:
            stages.append((ends[layer], layers))
            layers = []
    return stages


def flat_layers(layer: Any) -> Iterator[Any]:
    """The layer itself, or the layers inside it when it is a model (ConvNeXt's stem is a Sequential)."""
    if isinstance(layer, keras.Model):
        for inner in layer.layers:
            yield from flat_layers(inner)
    elif isinstance(layer, keras.Layer):
        yield layer


def batch_norms(model: keras.Model) -> list[keras.layers.BatchNormalization]:
    """Every layer of batch normalisation, bottom up."""
    return [layer for layer in flat_layers(model) if isinstance(layer, keras.layers.BatchNormalization)]


def set_bias(model: keras.Model, bias: np.ndarray) -> None:
    """Give the logits their first bias, (K,) float."""
    model.get_layer("head_logits").bias.assign(bias)


def restart_head(model: keras.Model, head: Head, seed: int) -> None:
    """The random weights of the head as `attach_head` makes them from this seed."""
    for layer in model.layers:
        if isinstance(layer, keras.layers.Dense) and layer.name.startswith("head_"):
            if layer.name == "head_logits" and head.start == "zeros":
                continue
            start = keras.initializers.GlorotUniform(seed=stable_seed(seed, layer.name))
            layer.kernel.assign(start(layer.kernel.shape))
