"""Architecture cards: what a backbone looks like without its head, read from assets/cards."""

from __future__ import annotations

import json
import math
from dataclasses import dataclass
from functools import cache

from tl_core.base.settings import ASSETS


@dataclass(frozen=True)
class Layer:
    """One layer on a card. `output_shape`, at the card's image size: its places, as (H, W), and last its channels."""

    name: str
    kind: str
    params: int
    output_shape: tuple[int, ...]
    macs: int  # multiply-adds for one image at the card's size

    @property
    def norm(self) -> bool:
        """Whether it is batch normalisation."""
        return self.kind == "BatchNormalization"


@dataclass(frozen=True)
class Stage:
    """Neighbouring layers that end where a single tensor crosses the graph; `cut` names the last of them."""

    name: str
    cut: str
    output_shape: tuple[int, ...]
    layers: tuple[Layer, ...]

    @property
    def params(self) -> int:
        return sum(layer.params for layer in self.layers)

    @property
    def macs(self) -> int:
        return sum(layer.macs for layer in self.layers)


@dataclass(frozen=True)
class Card:
    """The architecture of a backbone without its head, written by `python -m tl_core.ml.making.cards`."""

    backbone: str
    image_size: int
    stages: tuple[Stage, ...]

    @property
    def stage_names(self) -> tuple[str, ...]:
        return tuple(stage.name for stage in self.stages)

    @property
    def params(self) -> int:
        return sum(stage.params for stage in self.stages)

    def shape_at(self, shape: tuple[int, ...], size: int) -> tuple[int, ...]:
        """An output shape for examples of another size: all but the channels scale with it, rounded up."""
        *places, channels = shape
        return *(math.ceil(extent * (size / self.image_size)) for extent in places), channels

    def scale(self, size: int) -> float:
        """How many times as many places examples of this size have, and so multiply-adds."""
        axes = len(self.stages[0].output_shape) - 1
        return float((size / self.image_size) ** axes)


@cache
def card(backbone: str) -> Card:
    """The architecture card of a backbone, from assets/cards."""
    raw = json.loads((ASSETS / "cards" / f"{backbone}.json").read_text(encoding="utf-8"))
    stages = tuple(
        Stage(
            stage["name"],
            stage["cut"],
            tuple(stage["output_shape"]),
            tuple(Layer(name, kind, params, tuple(shape), macs) for name, kind, params, shape, macs in stage["layers"]),
        )
        for stage in raw["stages"]
    )
    return Card(backbone, raw["image_size"], stages)
