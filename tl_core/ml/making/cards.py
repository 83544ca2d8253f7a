"""Write the architecture cards: `python -m tl_core.ml.making.cards` → assets/cards/<backbone>.json.

A card lets the pages draw a network without TensorFlow: its stages and layers with parameters, output
shapes and multiply-adds, at the backbone's default size. Run it after a change of BACKBONES.
"""

from __future__ import annotations

import json
import sys
from math import prod
from typing import Any

import keras

from tl_core.base.settings import ASSETS
from tl_core.catalog.backbones import BACKBONES
from tl_core.ml.network.models import build_backbone, canonical_names, flat_layers, nodes, stages_of


def multiply_adds(layer: Any) -> int:
    """Multiplications by weights for one image: convolutions and dense layers, nested ones included."""
    return sum(_own_multiply_adds(inner) for inner in flat_layers(layer))


def _own_multiply_adds(layer: Any) -> int:
    layers = keras.layers
    if isinstance(layer, layers.SeparableConv2D):
        # The strided depthwise part comes first, so both parts are computed at the output's places.
        weights = prod(layer.depthwise_kernel.shape) + prod(layer.pointwise_kernel.shape)
    elif isinstance(layer, layers.Conv2D | layers.DepthwiseConv2D | layers.Dense):
        weights = prod(layer.kernel.shape)
    else:
        return 0
    places = prod(layer.output.shape[1:-1])
    return weights * places


def card_json(name: str, backbone: keras.Model) -> dict[str, Any]:
    """The card of a backbone, built at its default size, as `tl_core.catalog.card` reads it."""
    graph = dict(zip(canonical_names(backbone), nodes(backbone), strict=True))
    stages = []
    for stage, members in stages_of(name, backbone):
        layers = [_row(member, graph[member]) for member in members]
        stages.append({"name": stage, "cut": members[-1], "output_shape": layers[-1][3], "layers": layers})
    return {"backbone": name, "image_size": BACKBONES[name].default_size, "stages": stages}


def _row(name: str, node: Any) -> list[Any]:
    operation = node.operation
    params = operation.count_params() if isinstance(operation, keras.Layer) else 0
    return [name, type(operation).__name__, params, list(node.outputs[0].shape[1:]), multiply_adds(operation)]


def card_text(name: str, backbone: keras.Model) -> str:
    """The card as the file holds it: one line per layer, so that a change shows in a diff."""
    card = card_json(name, backbone)
    stages = []
    for stage in card["stages"]:
        head = {key: value for key, value in stage.items() if key != "layers"}
        rows = ",\n  ".join(json.dumps(row) for row in stage["layers"])
        stages.append(f'{json.dumps(head)[:-1]}, "layers": [\n  {rows}\n]}}')
    start = json.dumps({"backbone": card["backbone"], "image_size": card["image_size"]})[:-1]
    return f'{start}, "stages": [\n' + ",\n".join(stages) + "\n]}\n"


def main(names: list[str]) -> None:
    folder = ASSETS / "cards"
    folder.mkdir(parents=True, exist_ok=True)
    for name in names or BACKBONES:
        keras.backend.clear_session()
        text = card_text(name, build_backbone(name, BACKBONES[name].default_size, None))
        (folder / f"{name}.json").write_text(text, encoding="utf-8", newline="\n")


if __name__ == "__main__":
    main(sys.argv[1:])
