"""Cut a model in two where a single tensor crosses its graph: prefix, suffix = split(model, cut)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection
from typing import Any

import keras

from tl_core.ml.network.models import canonical_names, nodes


def cut_points(model: keras.Model) -> list[str]:
    """Canonical names of the operations whose output every path from input to output crosses, bottom up.

    One sweep in topological order counts the tensors that are still needed above; where one is left, the
    graph can be cut. Input and output themselves are left out: there is nothing below the one and above the
    other.
    """
    graph = nodes(model)
    uses = Counter(id(tensor) for node in graph for tensor in node.input_tensors)
    uses.update(id(tensor) for tensor in model.outputs)
    live: set[int] = set()
    cuts = []
    for name, node in zip(canonical_names(model), graph, strict=True):
        for tensor in node.input_tensors:
            uses[id(tensor)] -= 1
            if uses[id(tensor)] == 0:
                live.discard(id(tensor))
        live.update(id(tensor) for tensor in node.outputs)
        if len(live) == 1 and node.input_tensors:
            cuts.append(name)
    return cuts[:-1]


def split(model: keras.Model, cut: str) -> tuple[keras.Model, keras.Model]:
    """(prefix, suffix) that share the weights of `model`: suffix(prefix(x)) is model(x), bit for bit.

    Run the prefix with training=False: what is below a cut is frozen. Raises ValueError when `cut` is no
    cut point.
    """
    if cut not in cut_points(model):
        raise ValueError(f"{cut!r} is no cut point of {model.name}.")
    tensor = _outputs(model)[cut]
    prefix = keras.Model(model.inputs[0], tensor, name="prefix")
    return prefix, keras.Model(tensor, model.outputs[0], name="suffix")


def _outputs(model: keras.Model) -> dict[str, Any]:
    return {name: node.outputs[0] for name, node in zip(canonical_names(model), nodes(model), strict=True)}


def longest_frozen_cut(model: keras.Model, frozen: Collection[str]) -> str | None:
    """The highest cut with only `frozen` operations (canonical names) at it and below it, or None."""
    cuts = set(cut_points(model))
    highest = None
    for name in canonical_names(model):
        if name not in frozen:
            break
        if name in cuts:
            highest = name
    return highest
