"""The encoder of BERT (Devlin et al. 2019, arXiv:1810.04805) as one flat graph of Keras' own layers, and its weights.

    embeddings   (N, L, C)   word + position + segment, normalised
    block_1 …    (N, L, C)   self-attention, then two dense layers, each added to its input and normalised
    pooling      (N, C)      the mean over the words, as Sentence-BERT takes it (Reimers and Gurevych 2019), then made
                             of length 1, as all-MiniLM-L6-v2 was trained

Between stages one tensor crosses the graph, so that a network can be cut there. It carries the mask, too: at places
of padding it is zero, which is the convention of `keras.layers.Masking`. The pooled token of BERT's own pretraining
and dropout are left out.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import keras
import numpy as np
from keras import layers, ops
from safetensors import SafetensorError
from safetensors.numpy import load_file

PADDING = 0  # this token fills sentences up
EPSILON = 1e-12  # of the normalisation
DEVIATION = 0.02  # of random weights: Devlin et al.'s own code
NAMES = {  # ours → in the weights file
    "query": "attention.self.query",
    "key": "attention.self.key",
    "value": "attention.self.value",
    "mixed": "attention.output.dense",
    "attention_norm": "attention.output.LayerNorm",
    "expand": "intermediate.dense",
    "shrink": "output.dense",
    "norm": "output.LayerNorm",
}


def _start() -> keras.initializers.Initializer:
    return keras.initializers.TruncatedNormal(stddev=DEVIATION)


def _there(x: Any) -> Any:
    """(N, L) tokens or (N, L, C) activations → (N, L) bool: where there is a word."""
    return ops.not_equal(x, PADDING) if len(x.shape) == 2 else ops.any(ops.not_equal(x, 0.0), axis=-1)


def _masked(x: Any, source: Any, name: str) -> Any:
    """(N, L, C) → the same, zero where `source`, tokens or activations, has no word."""
    return layers.Multiply(name=name)([x, ops.expand_dims(ops.cast(_there(source), x.dtype), -1)])


def _attended(query: Any, key: Any, value: Any, source: Any, heads: int) -> Any:
    """Scaled dot-product attention (Vaswani et al. 2017, section 3.2) of `heads` heads, over the words of `source`.

    Query, key and value (N, L, C) → (N, L, C).
    """
    length, width = source.shape[1:]

    def by_head(x: Any) -> Any:
        return ops.swapaxes(ops.reshape(x, (-1, length, heads, width // heads)), 1, 2)

    scores = ops.matmul(by_head(query), ops.swapaxes(by_head(key), 2, 3)) / (width // heads) ** 0.5
    seen = ops.reshape(_there(source), (-1, 1, 1, length))
    weights = ops.softmax(ops.where(seen, scores, -1e9))  # (N, heads, L, L)
    return ops.reshape(ops.swapaxes(ops.matmul(weights, by_head(value)), 1, 2), (-1, length, width))


def _mean_over_words(x: Any) -> Any:
    """(N, L, C), zero at places of padding → (N, C)."""
    words = ops.sum(ops.cast(_there(x), x.dtype), axis=1, keepdims=True)
    return ops.sum(x, axis=1) / ops.maximum(words, 1.0)


def preprocess_input(x: Any) -> Any:
    """Tokens are taken as they are."""
    return x


def bert(
    input_shape: tuple[int],
    include_top: bool = False,
    weights: str | Path | None = None,
    *,
    vocabulary: int,
    positions: int,
    width: int,
    hidden: int,
    blocks: int,
    heads: int,
) -> keras.Model:
    """The encoder with random weights: (N, L) int32 tokens, 0 after the last one → (N, width) float32 of length 1.

    `include_top` and `weights` are as in keras.applications, and stay as they are. Raises ValueError for more than
    `positions` tokens.
    """
    if input_shape[0] > positions:
        raise ValueError(f"At most {positions} tokens, not {input_shape[0]}.")
    tokens = keras.Input(input_shape, dtype="int32", name="tokens")
    x = layers.Embedding(vocabulary, width, embeddings_initializer=_start(), name="words")(tokens)
    places = ops.cumsum(ops.ones_like(tokens), axis=1) - 1
    x = x + layers.Embedding(positions, width, embeddings_initializer=_start(), name="positions")(places)
    x = _masked(_norm("embeddings_norm")(x), tokens, "embeddings")
    for number in range(1, blocks + 1):
        x = _block(x, hidden, heads, f"block_{number}")
    return keras.Model(tokens, layers.UnitNormalization(name="pooling")(_mean_over_words(x)), name="bert")


def _norm(name: str) -> layers.Layer:
    return layers.LayerNormalization(epsilon=EPSILON, name=name)


def _block(x: Any, hidden: int, heads: int, name: str) -> Any:
    """(N, L, C) → (N, L, C), zero at places of padding before and after."""

    def dense(units: int, part: str, activation: Any = None) -> layers.Layer:
        return layers.Dense(units, activation, kernel_initializer=_start(), name=f"{name}_{part}")

    width = x.shape[-1]
    query, key, value = (dense(width, part)(x) for part in ("query", "key", "value"))
    y = dense(width, "mixed")(_attended(query, key, value, x, heads))
    y = _norm(f"{name}_attention_norm")(layers.Add(name=f"{name}_attention_add")([x, y]))
    z = dense(width, "shrink")(dense(hidden, "expand", keras.activations.gelu)(y))
    z = _norm(f"{name}_norm")(layers.Add(name=f"{name}_add")([y, z]))
    return _masked(z, x, name)


def load_weights(model: keras.Model, path: Path) -> None:
    """Weights as the library transformers keeps them, from a safetensors file.

    Raises
    ------
    ValueError
        The file is damaged, or for another network; the network is then as it was.
    OSError
        It cannot be read.
    """
    try:
        there = load_file(path)
        found = {layer: _weights_of(layer.name, there) for layer in model.layers if layer.weights}
    except (SafetensorError, KeyError) as error:
        raise ValueError(f"{path.name} is damaged or for another network: {error}") from error
    for layer, values in found.items():
        if [value.shape for value in values] != [tuple(weight.shape) for weight in layer.weights]:
            raise ValueError(f"{path.name} is for another network: {layer.name} differs.")
    for layer, values in found.items():
        layer.set_weights(values)


def _weights_of(name: str, there: dict[str, np.ndarray]) -> list[np.ndarray]:
    if name == "words":
        return [there["embeddings.word_embeddings.weight"]]
    if name == "positions":
        segments = there["embeddings.token_type_embeddings.weight"]
        return [there["embeddings.position_embeddings.weight"] + segments[0]]
    if name == "embeddings_norm":
        place = "embeddings.LayerNorm"
    else:
        _, number, part = name.split("_", 2)
        place = f"encoder.layer.{int(number) - 1}.{NAMES[part]}"
    weight, bias = (there[f"{place}.{kind}"] for kind in ("weight", "bias"))
    return [weight.T if weight.ndim == 2 else weight, bias]
