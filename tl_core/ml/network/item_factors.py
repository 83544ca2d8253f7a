"""What many people's ratings say of films, and a place for every new person: (N, 2) int32 film and person → features.

    means      (N, 3)              the film, the person, and how much better than the average film people find it
    factors    (N, 3 + factors)    and what kind of film it is
    people     (N, (people + 1) · (2 + factors))    1 and these numbers where the person has their place, and for all

A linear head on `people` is one small regression for each person, drawn together by what it learns of all of them.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import keras
from keras import layers, ops

from tl_core.ml.network.tiny_resnet import load_weights as load_weights


def preprocess_input(x: Any) -> Any:
    """Places are taken as they are."""
    return x


def _learned(x: Any, films: int, width: int, name: str) -> Any:
    """(N, 2 + k): a film, a person and k numbers → (N, 2 + k + width): and `width` more of the film."""
    numbers = layers.Embedding(films, width, name=name)(ops.cast(x[:, 0], "int32"))
    return layers.Concatenate(name=f"with_{name}")([x, numbers])


def _in_place_of_person(x: Any, people: int, name: str) -> Any:
    """(N, 2 + k) → (N, (people + 1) · (1 + k)): 1 and the k numbers in the person's place, noughts in others', and
    once more at the end, where everybody has them.
    """
    shared = ops.concatenate([ops.ones_like(x[:, :1]), x[:, 2:]], axis=1)
    person = ops.one_hot(ops.cast(x[:, 1], "int32"), people, dtype="float32")
    own = ops.expand_dims(person, 2) * ops.expand_dims(shared, 1)
    return layers.Concatenate(name=name)([layers.Flatten(name="own")(own), shared])


def item_factors(
    input_shape: tuple[int],
    include_top: bool = False,
    weights: str | Path | None = None,
    *,
    films: int,
    factors: int,
    people: int,
) -> keras.Model:
    """With random numbers for every film; `factors` 0: its mean alone.

    `include_top` and `weights` are as in keras.applications, and stay as they are.
    """
    pairs = keras.Input(input_shape, dtype="int32", name="pairs")
    x = _learned(ops.cast(pairs, "float32"), films, 1, "means")
    if factors:
        x = _learned(x, films, factors, "factors")
    return keras.Model(pairs, _in_place_of_person(x, people, "people"), name="item_factors")
