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


class Learned(layers.Layer):
    """(N, 2 + k): a film, a person and k numbers → (N, 2 + k + width): and `width` more of the film."""

    def __init__(self, films: int, width: int, table_initializer: Any = "uniform", **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.films, self.width = films, width
        self.table_initializer = keras.initializers.get(table_initializer)

    def build(self, input_shape: tuple[int | None, ...]) -> None:
        self.table = self.add_weight(shape=(self.films, self.width), initializer=self.table_initializer, name="table")
        self.built = True

    def call(self, x: Any) -> Any:
        numbers = ops.take(self.table, ops.cast(x[:, 0], "int32"), axis=0)
        return ops.concatenate([ops.cast(x, self.compute_dtype), numbers], axis=1)

    def get_config(self) -> dict[str, Any]:
        start = keras.initializers.serialize(self.table_initializer)
        return {**super().get_config(), "films": self.films, "width": self.width, "table_initializer": start}


class PlaceOfPerson(layers.Layer):
    """(N, 2 + k) → (N, (people + 1) · (1 + k)): 1 and the k numbers in the person's place, noughts in others', and
    once more at the end, where everybody has them.
    """

    def __init__(self, people: int, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.people = people

    def call(self, x: Any) -> Any:
        shared = ops.concatenate([ops.ones_like(x[:, :1]), x[:, 2:]], axis=1)
        person = ops.one_hot(ops.cast(x[:, 1], "int32"), self.people, dtype=x.dtype)
        own = ops.reshape(person[:, :, None] * shared[:, None, :], (-1, self.people * (x.shape[1] - 1)))
        return ops.concatenate([own, shared], axis=1)

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "people": self.people}


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
    x = Learned(films, 1, name="means")(pairs)
    if factors:
        x = Learned(films, factors, name="factors")(x)
    return keras.Model(pairs, PlaceOfPerson(people, name="people")(x), name="item_factors")
